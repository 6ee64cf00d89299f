"""What the connector remembers: runs with their plans, the journal of writes, links, last written quantities."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from connector.core.history import History, Stay, Tally
from connector.core.model import Addition, LineWrite, Link, Memory, Reading
from connector.core.plan import Plan
from connector.core.planjson import from_json, to_json
from connector.core.tickets import Cause, Known
from connector.errors import Busy
from connector.state import counting, decisions, journal, ticketing
from connector.state.database import Database
from connector.state.decisions import Decision
from connector.state.journal import Entry, Step, Steps
from connector.state.schema import away, line_writes, links, readings, runs
from connector.state.times import as_text, as_time
from connector.state.worker import may_live, this_worker

ABANDONED = "The worker stopped half way; the next run read everything again and went on."


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one client. ``outcome`` is ``applied | nothing | held | failed | adopted``, or ``""`` while open.
    ``actor`` asked for it, ``of_run`` is the run that it applies or takes back."""

    id: str
    client: str
    trigger: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    message: str
    actor: str = ""
    of_run: str = ""
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run held by this worker. Another worker that takes over closes it and opens one of its own: from then on
    every write to this one is refused."""

    id: str
    client: str


class Store:
    """The state database. Every method is one transaction; any trouble with the database is a ``StateError``.

    ``worker`` is who writes here: this process, unless a test plays another one.
    """

    def __init__(self, url: str, worker: str | None = None) -> None:
        self.worker = worker or this_worker()
        self._database = Database(url)

    def close(self) -> None:
        """Give the database's connections back."""
        self._database.close()

    # runs

    def open_run(self, client: str, trigger: str, now: datetime, *, actor: str = "", of_run: str = "") -> OpenRun:
        """Open the client's run, or take over one whose worker is gone. Raises Busy while another worker holds it."""
        with self._database.writing(client) as connection:
            query = sa.select(runs).where(runs.c.client == client, runs.c.closed_at.is_(None))
            row = connection.execute(query).first()
            if row is not None and may_live(row.owner, as_time(row.beat_at), now, self.worker):
                since = f"{as_time(row.opened_at):%Y-%m-%d %H:%M:%S} UTC"
                raise Busy(f"{client}: another run ({row.id}) is under way since {since}.", "Wait until it is done.")
            if row is not None:
                self._end(connection, row.id, "failed", ABANDONED, now)
            why = {"trigger": trigger, "actor": actor, "of_run": of_run or None}
            return self._insert(connection, client, why, now)

    def beat(self, run: OpenRun, now: datetime) -> None:
        """Say that this run's worker is alive. Raises Busy when another worker has taken the run over."""
        with self._database.writing(run.client) as connection:
            self._hold(connection, run, now)

    def beat_all(self, now: datetime) -> None:
        """Say of every run of this worker that it is alive."""
        mine = sa.and_(runs.c.owner == self.worker, runs.c.closed_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(runs.update().where(mine).values(beat_at=as_text(now)))

    def keep_plan(self, run: OpenRun, plan: Plan) -> None:
        """Remember the plan and its changes as ``planned``, before the first of them is sent."""
        with self._database.writing(run.client) as connection:
            self._hold(connection, run, plan.made_at)
            connection.execute(runs.update().where(runs.c.id == run.id).values(plan=_dump(to_json(plan))))
            journal.plan(connection, run.id, self.worker, plan.changes, plan.made_at)

    def close_run(self, run: OpenRun, outcome: str, message: str, now: datetime, *, approval: str = "") -> None:
        """End the run with its outcome and a sentence. A change whose sending never came to an end is in doubt.
        ``approval`` is the run whose approval this one has used up."""
        with self._database.writing(run.client) as connection:
            self._hold(connection, run, now)
            self._end(connection, run.id, outcome, message, now)
            if approval:
                decisions.use(connection, approval, run.id)

    def runs(self, client: str | None = None, limit: int = 50) -> list[Run]:
        """The latest runs, newest first, without their plans."""
        query = sa.select(runs).order_by(runs.c.opened_at.desc(), runs.c.id).limit(limit)
        if client is not None:
            query = query.where(runs.c.client == client)
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(query)]

    def run(self, run_id: str) -> Run | None:
        """One run with its plan, by its id or an unambiguous beginning of it."""
        query = sa.select(runs).where(runs.c.id.startswith(run_id.lower(), autoescape=True)).limit(2)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        if len(rows) != 1 or not run_id:
            return None
        return _run(rows[0], with_plan=True)

    # journal

    def mark(
        self,
        run: OpenRun,
        seq: int,
        state: str,
        now: datetime,
        answer: str = "",
        *,
        request: str = "",
        record: int | None = None,
    ) -> None:
        """Say that one change of the run came to a state. Raises Busy when the run was taken over: then nothing is
        sent."""
        with self._database.writing(run.client) as connection:
            self._hold(connection, run, now)
            journal.add(connection, run.id, self.worker, seq, state, now, answer=answer, request=request, record=record)

    def entries(self, run_id: str) -> list[Entry]:
        """What became of each change of one run, in order."""
        with self._database.reading() as connection:
            return journal.entries(connection, run_id)

    def doubts(self, client: str) -> dict[str, datetime]:
        """When the client's changes that are in doubt were last sent, by the ids of the changes."""
        with self._database.reading() as connection:
            return journal.doubts(connection, client)

    def steps(self, client: str = "", run: str = "", since: datetime | None = None) -> Iterator[Step]:
        """The lines of the journal in the order in which they were written, page by page."""
        steps = Steps(client, run, since)
        while page := self._page(steps):
            yield from page

    def _page(self, steps: Steps) -> list[Step]:
        with self._database.reading() as connection:
            return steps.page(connection)

    def done_for(self, run_id: str) -> frozenset[str]:
        """The ids of the changes that later runs have made in the name of this one."""
        with self._database.reading() as connection:
            return journal.done_for(connection, run_id)

    # decisions of persons

    def decide(self, decision: Decision) -> Decision | None:
        """Keep what a person has decided about a run; one about the same run that was there before stays, and is
        returned."""
        with self._database.writing(decision.client) as connection:
            return decisions.add(connection, decision)

    def decision(self, run_id: str) -> Decision | None:
        """What was decided about a run."""
        with self._database.reading() as connection:
            return decisions.of(connection, run_id)

    def approval(self, client: str, now: datetime) -> Decision | None:
        """The client's approval that waits to be used."""
        with self._database.reading() as connection:
            return decisions.pending(connection, client, now)

    def rejection(self, client: str, digest: str) -> Decision | None:
        """The last rejection of a plan of the client that means the same."""
        with self._database.reading() as connection:
            return decisions.rejected(connection, client, digest)

    # memory

    def memory(self, client: str, undone_since: datetime | None = None) -> Memory:
        """What is remembered of one client; of what was taken back, what was so since a time."""
        with self._database.reading() as connection:
            found, written, off, last = (
                connection.execute(sa.select(table).where(table.c.client == client)).all()
                for table in (links, line_writes, away, readings)
            )
            taken_back = journal.undone(connection, client, undone_since)
        return Memory(
            {row.guid: Link(row.guid, row.contact_id, row.account, row.name, row.absent_reads) for row in found},
            {row.addition_id: _line_write(row) for row in written},
            {row.guid: date.fromisoformat(row.since) for row in off},
            next((Reading(row.people, json.loads(row.rules)) for row in last), None),
            self.history(client),
            taken_back,
        )

    def history(self, client: str) -> History:
        """What the readings of the last years have counted (see :mod:`connector.state.counting`)."""
        with self._database.reading() as connection:
            return counting.read(connection, client)

    def remember_counts(self, client: str, tallies: Sequence[Tally], counted: Sequence[Stay]) -> None:
        """Keep what a reading counted on each profile, and who: ``counted`` is everybody, with ``since`` that day. A
        tally that says the same as the last one of its day is not kept."""
        with self._database.writing(client) as connection:
            counting.keep(connection, client, tallies, counted)

    def line_stands(self, client: str, profile: str, addition_id: int, quantity: Decimal) -> None:
        """Say in the profile's last tally that its line was brought to a quantity, or took another line's place."""
        with self._database.writing(client) as connection:
            counting.line_stands(connection, client, profile, addition_id, quantity)

    def remember_reading(self, client: str, reading: Reading, off: Mapping[str, date], now: datetime) -> None:
        """Keep the last good reading, and since when accounts are switched off, by guid: these and no others."""
        rows = [{"client": client, "guid": guid, "since": since.isoformat()} for guid, since in off.items()]
        values = {"people": reading.people, "rules": _dump(dict(reading.rules)), "at": as_text(now)}
        with self._database.writing(client) as connection:
            for table in (away, readings):
                connection.execute(table.delete().where(table.c.client == client))
            connection.execute(readings.insert().values(client=client, **values))
            if rows:
                connection.execute(away.insert(), rows)

    def remember_links(self, client: str, found: Sequence[Link], now: datetime) -> None:
        """Keep these links; a link that used one of their contacts or accounts before is replaced, and of two in
        ``found`` that share one the later stays."""
        with self._database.writing(client) as connection:
            for link in found:
                same = sa.or_(links.c.guid == link.guid, links.c.contact_id == link.contact_id)
                connection.execute(links.delete().where(links.c.client == client, same))
                connection.execute(
                    links.insert().values(
                        client=client,
                        guid=link.guid,
                        contact_id=link.contact_id,
                        account=link.account,
                        name=link.name,
                        absent_reads=link.absent_reads,
                        seen_at=as_text(now),
                    )
                )

    def remember_absent(self, client: str, absent: dict[str, int]) -> None:
        """Keep how many complete reads in a row have missed each of these linked accounts."""
        with self._database.writing(client) as connection:
            for guid, reads in absent.items():
                same = sa.and_(links.c.client == client, links.c.guid == guid)
                connection.execute(links.update().where(same).values(absent_reads=reads))

    def remember_line(
        self, client: str, addition_id: int, quantity: Decimal, now: datetime, accepted: Decimal = Decimal(0)
    ) -> None:
        """Keep the quantity that is right on a line, as the base of the next three-way comparison, and how much of it
        was ``accepted`` from somebody else."""
        values = {"quantity": str(quantity), "at": as_text(now), "sent": None, "accepted": str(accepted)}
        with self._database.writing(client) as connection:
            dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
            statement = dialect.insert(line_writes).values(client=client, addition_id=addition_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["client", "addition_id"], set_=values))

    def sending_line(self, client: str, addition_id: int, quantity: Decimal) -> None:
        """Keep, before it is sent, the quantity a line is about to get: should the answer be lost, a line that stands
        at it was not changed by somebody else. :meth:`remember_line` settles it."""
        same = sa.and_(line_writes.c.client == client, line_writes.c.addition_id == addition_id)
        with self._database.writing(client) as connection:
            connection.execute(line_writes.update().where(same).values(sent=str(quantity)))

    def ending_line(self, client: str, line: Addition, last_day: date, now: datetime) -> None:
        """Keep, before it is sent, that a line is ended on ``last_day`` to put another in its place: should that other
        one never come to be, the next run makes it."""
        ends = {"ends": last_day.isoformat()}
        values = {"quantity": str(line.quantity), "at": as_text(now)}
        with self._database.writing(client) as connection:
            dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
            statement = dialect.insert(line_writes).values(client=client, addition_id=line.id, **values, **ends)
            connection.execute(statement.on_conflict_do_update(index_elements=["client", "addition_id"], set_=ends))

    # tickets

    def tickets(self, client: str) -> tuple[Known, ...]:
        """The client's tickets that are open in the PSA as far as is known."""
        with self._database.reading() as connection:
            return ticketing.read(connection, client)

    def remember_ticket(self, client: str, ticket: Known, now: datetime) -> None:
        """Keep a ticket and what it has told, in place of the one for the same cause."""
        with self._database.writing(client) as connection:
            ticketing.keep(connection, client, ticket, now)

    def forget_ticket(self, client: str, cause: Cause) -> None:
        """Say that the client's ticket for this cause has come to its end."""
        with self._database.writing(client) as connection:
            ticketing.forget(connection, client, cause)

    # inside

    def _insert(self, connection: sa.Connection, client: str, why: Mapping[str, Any], now: datetime) -> OpenRun:
        run, at = OpenRun(uuid.uuid4().hex[:12], client), as_text(now)
        values = {"id": run.id, "client": client, "owner": self.worker, **why}
        try:
            connection.execute(runs.insert().values(**values, opened_at=at, beat_at=at))
        except IntegrityError as error:
            raise Busy(f"{client}: another run has just begun.", "Wait until it is done.") from error
        return run

    def _end(self, connection: sa.Connection, run_id: str, outcome: str, message: str, now: datetime) -> None:
        journal.doubt_what_was_sent(connection, run_id, self.worker, now)
        ended = {"closed_at": as_text(now), "outcome": outcome, "message": message, "owner": None}
        connection.execute(runs.update().where(runs.c.id == run_id).values(**ended))

    def _hold(self, connection: sa.Connection, run: OpenRun, now: datetime) -> None:
        """The fence: say in this transaction that the run is still this worker's, or raise Busy; a run that has ended
        is nobody's."""
        mine = sa.and_(runs.c.id == run.id, runs.c.owner == self.worker)
        if not connection.execute(runs.update().where(mine).values(beat_at=as_text(now))).rowcount:
            raise Busy(
                f"{run.client}: run {run.id} was taken over by another worker.", "Nothing more is written by this one."
            )


def _run(row: sa.Row[Any], *, with_plan: bool = False) -> Run:
    plan = from_json(json.loads(row.plan)) if with_plan and row.plan else None
    closed = as_time(row.closed_at) if row.closed_at else None
    of_run = row.of_run or ""
    opened, outcome = as_time(row.opened_at), row.outcome or ""
    return Run(row.id, row.client, row.trigger, opened, closed, outcome, row.message, row.actor, of_run, plan)


def _line_write(row: sa.Row[Any]) -> LineWrite:
    sent = Decimal(row.sent) if row.sent else None
    ends = date.fromisoformat(row.ends) if row.ends else None
    return LineWrite(row.addition_id, Decimal(row.quantity), as_time(row.at), sent, Decimal(row.accepted), ends)


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
