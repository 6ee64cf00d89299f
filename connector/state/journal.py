"""The journal: what happened to each change, in the order in which it happened. Rows are added and never changed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connector.core.model import Undone
from connector.core.plan import Change
from connector.core.planjson import change_from_json, change_to_json
from connector.core.undo import asked_again
from connector.state.schema import journal, runs
from connector.state.times import as_text, as_time

PAGE = 500
"""How many lines of the journal are read at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one change of a run. ``state`` is ``planned | sending | done | failed | doubt | refused``, ``at``
    when it became so, ``answer`` what the PSA said. ``request`` is the id that the last request which wrote it carried,
    ``record`` the id of the contact or line that it made."""

    seq: int
    change: Change
    state: str
    at: datetime
    answer: str = ""
    request: str = ""
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the journal: a change of a run came to a state. ``actor`` is who asked for the run, ``worker`` which
    process wrote the line. ``change`` is None where an older version kept no more of it than its id."""

    run: str
    client: str
    seq: int
    at: datetime
    state: str
    actor: str
    worker: str
    request: str
    record: int | None
    answer: str
    change_id: str
    change: Change | None


def plan(connection: sa.Connection, run: str, worker: str, changes: Sequence[Change], at: datetime) -> None:
    """Begin with each change as ``planned``, whole: its target, person, before and after."""
    rows = [
        {"run": run, "seq": seq, "change": change.id, "state": "planned", "at": as_text(at), "worker": worker,
         "detail": json.dumps(change_to_json(change), separators=(",", ":"))}
        for seq, change in enumerate(changes)
    ]  # fmt: skip
    if rows:
        connection.execute(journal.insert(), rows)


def add(
    connection: sa.Connection,
    run: str,
    worker: str,
    seq: int,
    state: str,
    at: datetime,
    *,
    answer: str = "",
    request: str = "",
    record: int | None = None,
) -> None:
    """Say that a change of the run came to a state."""
    own = sa.and_(journal.c.run == run, journal.c.seq == seq)
    change = connection.scalar(sa.select(journal.c.change).where(own).limit(1))
    values = {"answer": answer, "request": request, "record": record, "worker": worker}
    connection.execute(
        journal.insert().values(run=run, seq=seq, change=change or "", state=state, at=as_text(at), **values)
    )


def doubt_what_was_sent(connection: sa.Connection, run: str, worker: str, at: datetime) -> None:
    """A change whose sending never came to an end is in doubt."""
    for row in _latest(connection, run):
        if row.state == "sending":
            add(connection, run, worker, row.seq, "doubt", at)


def entries(connection: sa.Connection, run: str) -> list[Entry]:
    """What became of each change of a run, in its order."""
    found: dict[int, list[sa.Row[Any]]] = {}
    for row in connection.execute(sa.select(journal).where(journal.c.run == run).order_by(journal.c.id)):
        found.setdefault(row.seq, []).append(row)
    return [entry for seq in sorted(found) if (entry := _entry(found[seq])) is not None]


def doubts(connection: sa.Connection, client: str) -> dict[str, datetime]:
    """When the client's changes that are in doubt were last sent, by the ids of the changes. Only a change that is done
    later is in doubt no more."""
    own = sa.and_(runs.c.id == journal.c.run, runs.c.client == client)
    doubted = sa.select(journal.c.change).join(runs, own).where(journal.c.state == "doubt")
    query = (
        sa.select(journal.c.change, journal.c.state, journal.c.at)
        .join(runs, own)
        .where(journal.c.change.in_(doubted), journal.c.state.in_(("sending", "doubt", "done")))
        .order_by(journal.c.id)
    )
    sent: dict[str, datetime] = {}
    for row in connection.execute(query):
        if row.state == "done":
            sent.pop(row.change, None)
        elif row.state == "sending" or row.change not in sent:
            # a journal of an older version has no line of the sending
            sent[row.change] = as_time(row.at)
    return sent


def done_for(connection: sa.Connection, run: str) -> frozenset[str]:
    """The ids of the changes that are done in runs that were opened to apply this one."""
    own = sa.and_(runs.c.id == journal.c.run, runs.c.of_run == run)
    return frozenset(connection.scalars(sa.select(journal.c.change).join(runs, own).where(journal.c.state == "done")))


UNDO, UNDO_APPROVED = "undo", "approved undo"
UNDOING = (UNDO, UNDO_APPROVED)
"""What a run is opened for that takes another one back, at once or after a person has approved it."""


def undone(connection: sa.Connection, client: str, since: datetime | None) -> tuple[Undone, ...]:
    """What was taken back, since a time where one is given, and was not done again by a later run of another kind."""
    mine = sa.and_(runs.c.client == client, runs.c.opened_at >= (as_text(since) if since else ""))
    began = connection.scalar(sa.select(sa.func.min(runs.c.opened_at)).where(mine, runs.c.trigger.in_(UNDOING)))
    if began is None:
        return ()
    query = (
        sa.select(journal.c.run, journal.c.seq, journal.c.change, journal.c.at, runs.c.trigger, runs.c.actor)
        .join(runs, runs.c.id == journal.c.run)
        .where(mine, journal.c.state == "done", runs.c.opened_at >= began)
        .order_by(journal.c.id)
    )
    found: dict[str, Undone] = {}
    for row in connection.execute(query):
        if row.trigger not in UNDOING:
            found.pop(row.change, None)
            continue
        own = sa.and_(journal.c.run == row.run, journal.c.seq == row.seq, journal.c.detail.is_not(None))
        detail = connection.scalar(sa.select(journal.c.detail).where(own).limit(1))
        again, values = asked_again(change_from_json(json.loads(detail or "{}")))
        found[again] = Undone(again, values, row.run, row.actor, as_time(row.at))
    return tuple(found.values())


class Steps:
    """The lines of the journal in their order, of one client or run, and not before a time; read page by page, so that
    a journal of years is never in memory at once and no transaction lasts while somebody looks at a page."""

    def __init__(self, client: str = "", run: str = "", since: datetime | None = None) -> None:
        wanted = [journal.c.run == run] if run else []
        wanted += [runs.c.client == client] if client else []
        wanted += [journal.c.at >= as_text(since)] if since is not None else []
        columns = [column for column in journal.c if column is not journal.c.detail]
        query = sa.select(*columns, runs.c.client, runs.c.actor).join(runs, runs.c.id == journal.c.run)
        self._query = query.where(*wanted).order_by(journal.c.id).limit(PAGE)
        self._last = 0
        self._whole: dict[str, tuple[str, dict[int, Change]]] = {}

    def page(self, connection: sa.Connection) -> list[Step]:
        """The next lines; none when all were read."""
        rows = connection.execute(self._query.where(journal.c.id > self._last)).all()
        self._last = rows[-1].id if rows else self._last
        return [self._step(connection, row) for row in rows]

    def _step(self, connection: sa.Connection, row: Any) -> Step:
        return Step(
            run=row.run,
            client=row.client,
            seq=row.seq,
            at=as_time(row.at),
            state=row.state,
            actor=row.actor,
            worker=row.worker,
            request=row.request,
            record=row.record,
            answer=row.answer,
            change_id=row.change,
            change=self._changes(connection, row.client, row.run).get(row.seq),
        )

    def _changes(self, connection: sa.Connection, client: str, run: str) -> dict[int, Change]:
        """The changes of a run by their place. A client has one run after the other, so the latest of each is kept."""
        of, changes = self._whole.get(client, ("", {}))
        if of != run:
            whole = sa.and_(journal.c.run == run, journal.c.detail.is_not(None))
            rows = connection.execute(sa.select(journal.c.seq, journal.c.detail).where(whole))
            changes = {row.seq: change_from_json(json.loads(row.detail)) for row in rows}
            self._whole[client] = run, changes
        return changes


def _entry(rows: Sequence[sa.Row[Any]]) -> Entry | None:
    detail = next((row.detail for row in rows if row.detail), None)
    if detail is None:
        return None
    last = rows[-1]
    return Entry(
        last.seq,
        change_from_json(json.loads(detail)),
        last.state,
        as_time(last.at),
        last.answer,
        next((row.request for row in reversed(rows) if row.request), ""),
        next((row.record for row in reversed(rows) if row.record is not None), None),
    )


def _latest(connection: sa.Connection, run: str) -> Iterable[sa.Row[Any]]:
    newest = (
        sa.select(sa.func.max(journal.c.id).label("id"))
        .where(journal.c.run == run)
        .group_by(journal.c.seq)
        .scalar_subquery()
    )
    return connection.execute(sa.select(journal).where(journal.c.id.in_(newest)).order_by(journal.c.seq)).all()
