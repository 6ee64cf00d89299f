"""The journal as JSON lines: what happened to each change, for whoever keeps or searches the records of writes."""

from datetime import UTC, datetime
from typing import Any

from connector.core.plan import Change
from connector.core.planjson import change_to_json, dump_line

_OF_CHANGE = ("kind", "target", "person", "label", "before", "after", "reason")


def journal_line(
    change: Change | None,
    *,
    run: str,
    client: str,
    seq: int,
    at: datetime,
    state: str,
    change_id: str,
    actor: str,
    worker: str,
    request: str,
    record: int | None,
    answer: str,
) -> str:
    """One line of the journal as a JSON object on a line, keys in one stable order. What is not known of a change is
    null."""
    known = change_to_json(change) if change else {}
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    value: dict[str, Any] = {
        "run": run,
        "client": client,
        "seq": seq,
        "at": moment,
        "state": state,
        "change": change_id,
        **{key: known.get(key) for key in _OF_CHANGE},
        "actor": actor,
        "worker": worker,
        "request": request,
        "record": record,
        "answer": answer,
    }
    return dump_line(value) + "\n"
