"""A company by its identifier, which is how a client's file names it."""

from connector.errors import PsaMissing
from connector.psa.query import field
from connector.psa.rest import PsaRest, Record


def find_company(http: PsaRest, identifier: str, fields: str) -> Record:
    """The company with this identifier, in any letter case, that is not deleted; ``fields`` must include
    ``identifier``. Raises ``PsaMissing`` when there is none."""
    conditions = field("identifier").about(identifier) & (field("deletedFlag") == False)  # noqa: E712
    for row in http.pages("/company/companies", {"conditions": str(conditions), "fields": fields}):
        if str(row.get("identifier") or "").casefold() == identifier.casefold():
            return row
    raise PsaMissing(
        f'ConnectWise has no company with the identifier "{identifier}".',
        "Write the Company ID of the company's screen in ConnectWise, which is not its name.",
    )
