"""What the PSA does to a ticket when it is written: its board, and a status of that board (api.md 4.9, 5.2)."""

from __future__ import annotations

from typing import Any

from connector.sandbox.errors import invalid_field
from connector.sandbox.store import Record, Store, dig, make_reference

NEW: Record = {"id": 1, "name": "New"}
"""The status of a new ticket on a board whose statuses the data does not name; such a board takes any status."""

FIRST_TEXTS = {
    "initialDescription": "detailDescriptionFlag",
    "initialInternalAnalysis": "internalAnalysisFlag",
    "initialResolution": "resolutionFlag",
}
"""What may be said with a new ticket, and the kind of note that it becomes."""


def finish_ticket(store: Store, record: Record, old: Record | None) -> None:
    """A new ticket without board goes to the first one; raises ``ApiError`` for a status that the board lacks.

    A ticket that moves to another board without naming a status gets the first status there.
    """
    boards = store.rows("boards")
    if record.get("board") is None and old is None and boards:
        record["board"] = make_reference("boards", boards[0])
    statuses = statuses_of(store, record)
    status, before = record.get("status"), (old or {}).get("status")
    found = next((one for one in statuses if is_meant(one, status)), None)
    if not statuses:
        record["status"] = status or (None if old else dict(NEW))
    elif found is not None:
        record["status"] = {"id": found["id"], "name": found["name"]}
        if dig(before, "id") != found["id"]:
            close(
                store,
                record,
                closed=bool(found.get("closedStatus")) or (old is None and bool(record.get("closedFlag"))),
            )
    elif status and status != before:
        named = status.get("id") or status.get("name")
        message = f"Service Status {named} not found for Service Board {dig(record, 'board/id')}"
        raise invalid_field("ticket", "status/id", message, "NotFound")
    elif not status or dig(record, "board/id") != dig(old, "board/id"):
        record["status"] = {"id": statuses[0]["id"], "name": statuses[0]["name"]}


def close(store: Store, record: Record, *, closed: bool) -> None:
    """A status that closes makes the ticket closed, any other opens it again."""
    record["closedFlag"] = closed
    record["closedDate"] = record.get("closedDate") or store.clock.text() if closed else None
    record["closedBy"] = record.get("closedBy") or store.member if closed else None


def ticket_stored(store: Store, record: Record, old: Record | None) -> None:
    """The first texts of a new ticket become its notes; they are not kept in the ticket."""
    for name, flag in FIRST_TEXTS.items():
        text = record.pop(name, None)
        if text and old is None:
            note = {"id": store.new_id("ticketNotes"), "ticketId": record["id"], "text": text, flag: True}
            finish_note(store, note, None)
            store.save("ticketNotes", note)


def finish_note(store: Store, record: Record, _old: Record | None) -> None:
    """A note has a text, says of what kind it is, and who wrote it when."""
    if not record.get("text"):
        raise invalid_field("ticketNote", "text", "The text field is required.", "MissingRequiredField")
    for flag in (*FIRST_TEXTS.values(), "issueFlag", "customerUpdatedFlag"):
        record.setdefault(flag, False)
    record.setdefault("dateCreated", store.clock.text())
    record.setdefault("createdBy", store.member)


def statuses_of(store: Store, ticket: Record) -> list[Record]:
    """The statuses of a ticket's board, as far as the data names them."""
    board = store.get("boards", dig(ticket, "board/id")) or {}
    return board.get("statuses") or []


def is_meant(status: Record, reference: Any) -> bool:
    """Whether a reference means a status: by id, which may be text, or else by name in any letter case."""
    if dig(reference, "id") is not None:
        return str(dig(reference, "id")) == str(status["id"])
    return str(dig(reference, "name")).casefold() == str(status["name"]).casefold()
