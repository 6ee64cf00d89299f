"""What the PSA does to a ticket when it is written: its board, and a status of that board (api.md 4.9, 5.2)."""

from __future__ import annotations

from typing import Any

from connector.sandbox.errors import invalid_field
from connector.sandbox.store import Record, Store, dig, make_reference

NEW: Record = {"id": 1, "name": "New"}
"""The status of a new ticket on a board whose statuses the data does not name; such a board takes any status."""


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
    elif status and status != before:
        named = status.get("id") or status.get("name")
        message = f"Service Status {named} not found for Service Board {dig(record, 'board/id')}"
        raise invalid_field("ticket", "status/id", message, "NotFound")
    elif not status or dig(record, "board/id") != dig(old, "board/id"):
        record["status"] = {"id": statuses[0]["id"], "name": statuses[0]["name"]}


def statuses_of(store: Store, ticket: Record) -> list[Record]:
    """The statuses of a ticket's board, as far as the data names them."""
    board = store.get("boards", dig(ticket, "board/id")) or {}
    return board.get("statuses") or []


def is_meant(status: Record, reference: Any) -> bool:
    """Whether a reference means a status: by id, which may be text, or else by name in any letter case."""
    if dig(reference, "id") is not None:
        return str(dig(reference, "id")) == str(status["id"])
    return str(dig(reference, "name")).casefold() == str(status["name"]).casefold()
