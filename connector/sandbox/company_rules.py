"""What the PSA checks when a company is written."""

from __future__ import annotations

from connector.sandbox.errors import invalid_field
from connector.sandbox.store import Record, Store


def finish_company(store: Store, record: Record, _old: Record | None) -> None:
    """Refuse an identifier that another company has, in whatever letter case (api.md 5.2)."""
    wanted = record["identifier"].casefold()
    others = (other for other in store.rows("companies") if other["id"] != record["id"])
    if any(str(other.get("identifier")).casefold() == wanted for other in others):
        raise invalid_field("company", "identifier", "Company ID already in use.", "ObjectExists")
