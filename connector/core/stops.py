"""What forbids every change of a client: half a directory, another company, or one that is no customer now."""

from connector.core.model import DirectorySnapshot, Memory, PsaSnapshot
from connector.core.normalize import label_key
from connector.core.plan import Held, HeldKind
from connector.core.rules import ClientRules


def stop(rules: ClientRules, directory: DirectorySnapshot, psa: PsaSnapshot, memory: Memory) -> Held | None:
    """The one reason why nothing of the client may change, or None."""
    client = rules.client
    if not directory.complete:
        return Held(
            HeldKind.GUARD,
            client,
            f"the directory was not read completely: {directory.problem or 'no reason given'}",
            "Nothing is changed because of half a reading. Run again.",
        )
    company = psa.company
    own = {contact.id for contact in psa.contacts}
    # one contact that was moved is its person's matter, not the client's
    if len(psa.elsewhere) > 1 and not any(link.contact_id in own for link in memory.links.values()):
        return Held(
            HeldKind.GUARD,
            client,
            f"every linked contact belongs to another company of the PSA than {company.identifier}: "
            "the client was merged or moved, or its config names the wrong company",
            "Mend company in the client's file. If it is another company now, give the file a new name: it then starts "
            "afresh, with sync --adopt-only.",
        )
    excluded = {label_key(status) for status in rules.guard.excluded_statuses}
    if not company.inactive and label_key(company.status) not in excluded:
        return None
    state = "is inactive" if company.inactive else "has an excluded status"
    release = "Make the company active again in the PSA" if company.inactive else "Give it another status in the PSA"
    return Held(
        HeldKind.BILLING,
        company.identifier,
        f"the company {state} in the PSA (status {company.status or 'deleted'}); nothing is created or billed",
        f"{release}, or remove this client's config file.",
    )
