"""What still hangs on contacts: their open tickets, and how many other records refer to them (api.md 4.3)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from connector.core.model import OpenWork
from connector.errors import PsaMissing, PsaRefused
from connector.psa import records
from connector.psa.query import chunked_in, field
from connector.psa.rest import PsaRest

_TICKETS = "/service/tickets"


def read_open_work(http: PsaRest, contact_ids: Collection[int]) -> OpenWork:
    """The open tickets of these contacts and what else refers to them. Where the API member may not read one of them,
    nothing is told but that, with the right it lacks; any other ``PsaError`` is raised."""
    wanted = sorted(set(contact_ids))
    try:
        return OpenWork(tickets=_open_tickets(http, wanted), usages=dict(_usages(http, wanted)))
    except PsaRefused as error:
        return OpenWork(problem=str(error))


def _open_tickets(http: PsaRest, contact_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    query = {"fields": "id,summary,contact"}
    still_open = field("closedFlag") == False  # noqa: E712
    found: dict[int, dict[int, str]] = {contact_id: {} for contact_id in contact_ids}
    for asked in chunked_in(_TICKETS, field("contact/id"), contact_ids, query, still_open):
        for row in http.pages(_TICKETS, asked):
            contact = records.named(row.get("contact"))
            if contact is not None and contact.id in found:
                found[contact.id][row["id"]] = f"#{row['id']} {row.get('summary') or ''}".rstrip()
    return {
        contact: tuple(words for _, words in sorted(tickets.items())) for contact, tickets in found.items() if tickets
    }


def _usages(http: PsaRest, contact_ids: Iterable[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """By contact, where there are any; a contact that is gone by now has none."""
    for contact_id in contact_ids:
        try:
            rows = http.rows(f"/company/contacts/{contact_id}/usages", {"pageSize": 1000})
        except PsaMissing:
            continue
        if told := tuple(words for words in map(_in_words, rows) if words):
            yield contact_id, told


def _in_words(usage: Mapping[str, Any]) -> str:
    """``"2 agreements"``; empty for tickets, which are listed themselves, and for the contact's own types."""
    kind, count = str(usage.get("type") or "").strip().lower(), usage.get("count")
    if not kind or count == 0 or "ticket" in kind or "type association" in kind:
        return ""
    if count is None:
        return kind
    return f"{count} {kind if count == 1 else _plural(kind)}"


def _plural(kind: str) -> str:
    if kind.endswith("s"):
        return kind
    return f"{kind[:-1]}ies" if kind.endswith("y") and kind[-2:-1] not in set("aeiou") else f"{kind}s"
