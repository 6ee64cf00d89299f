"""What the connector remembers: runs with their plans, the journal of writes, links, last written quantities."""

import json
import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from connector.core.model import LineWrite, Link, Memory
from connector.core.plan import Change, Plan
from connector.core.planjson import from_json, to_json
from connector.errors import Busy, StateError
from connector.state.schema import journal, line_writes, links, migrate, runs

LEASE = timedelta(seconds=90)
"""A run whose worker has not been heard of for this long may be taken over."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one client. ``outcome`` is ``applied | nothing | held | failed | adopted``, or ``""`` while open."""

    id: str
    client: str
    trigger: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    message: str
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal line. ``state`` is ``planned | sending | done | failed | doubt | refused``."""

    seq: int
    change: Change
    state: str
    at: datetime
    answer: str = ""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run held by this process; writes to it are refused once another worker took it over (``epoch``)."""

    id: str
    client: str
    epoch: int


class Store:
    """The state database. Every method is one transaction; any trouble with the database is a ``StateError``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.engine = _engine(url)
        with self._transaction() as connection:
            try:
                migrate(connection)
            except ValueError as error:
                raise StateError(f"The state database {self._where} cannot be used: {error}.") from error

    @property
    def _where(self) -> str:
        return sa.make_url(self.url).render_as_string(hide_password=True)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            raise StateError(
                f"The state database {self._where} cannot be used: {reason}.",
                "Nothing more is written to the PSA. Check the disk, the path and the rights, then run again.",
            ) from error

    def close(self) -> None:
        """Give the database's connections back."""
        self.engine.dispose()

    # runs

    def open_run(self, client: str, trigger: str, now: datetime) -> OpenRun:
        """Open the client's run, or take over one whose worker is gone. Raises Busy while another worker holds it."""
        try:
            with self._transaction() as connection:
                query = sa.select(runs).where(runs.c.client == client, runs.c.closed_at.is_(None))
                row = connection.execute(query).first()
                if row is not None and self._lives(row.owner, _time(row.beat_at), now):
                    raise Busy(
                        f"{client}: another run ({row.id}) is under way since {row.opened_at}.",
                        "Wait until it is done.",
                    )
                if row is not None:
                    return self._abandon_and_open(connection, row, trigger, now)
                return self._insert(connection, client, trigger, 1, now)
        except IntegrityError as error:
            raise Busy(f"{client}: another run has just begun.", "Wait until it is done.") from error

    def beat(self, run: OpenRun, now: datetime) -> None:
        """Say that this run's worker is alive. Raises Busy when another worker has taken the run over."""
        with self._transaction() as connection:
            self._fenced(connection, run, beat_at=_text(now))

    def keep_plan(self, run: OpenRun, plan: Plan) -> None:
        """Remember the plan and its changes as ``planned``, before the first of them is sent."""
        with self._transaction() as connection:
            self._fenced(connection, run, plan=_dump(to_json(plan)))
            rows = [
                {
                    "run": run.id,
                    "seq": seq,
                    "change": change.id,
                    "kind": change.kind.value,
                    "state": "planned",
                    "at": _text(plan.made_at),
                }
                for seq, change in enumerate(plan.changes)
            ]
            if rows:
                connection.execute(journal.insert(), rows)

    def close_run(self, run: OpenRun, outcome: str, message: str, now: datetime) -> None:
        """End the run with its outcome and a sentence."""
        with self._transaction() as connection:
            self._fenced(connection, run, closed_at=_text(now), outcome=outcome, message=message, owner=None)

    def runs(self, client: str | None = None, limit: int = 50) -> list[Run]:
        """The latest runs, newest first, without their plans."""
        query = sa.select(runs).order_by(runs.c.opened_at.desc(), runs.c.id).limit(limit)
        if client is not None:
            query = query.where(runs.c.client == client)
        with self._transaction() as connection:
            return [_run(row) for row in connection.execute(query)]

    def run(self, run_id: str) -> Run | None:
        """One run with its plan, by its id or an unambiguous beginning of it."""
        query = sa.select(runs).where(runs.c.id.startswith(run_id, autoescape=True)).limit(2)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        if len(rows) != 1 or not run_id:
            return None
        return _run(rows[0], with_plan=True)

    # journal

    def mark(self, run: OpenRun, seq: int, state: str, now: datetime, answer: str = "") -> None:
        """Move one change of the run to a new state. Raises Busy when the run was taken over: then nothing is sent."""
        with self._transaction() as connection:
            self._fenced(connection, run, beat_at=_text(now))
            connection.execute(
                journal.update()
                .where(journal.c.run == run.id, journal.c.seq == seq)
                .values(state=state, at=_text(now), answer=answer)
            )

    def entries(self, run_id: str) -> list[Entry]:
        """The journal of one run, in order."""
        query = sa.select(journal).where(journal.c.run == run_id).order_by(journal.c.seq)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
            plan = connection.scalar(sa.select(runs.c.plan).where(runs.c.id == run_id))
        changes = from_json(json.loads(plan)).changes if plan else ()
        return [Entry(row.seq, changes[row.seq], row.state, _time(row.at), row.answer) for row in rows]

    # memory

    def memory(self, client: str) -> Memory:
        """Links and last written quantities of one client."""
        with self._transaction() as connection:
            found = connection.execute(sa.select(links).where(links.c.client == client)).all()
            written = connection.execute(sa.select(line_writes).where(line_writes.c.client == client)).all()
        return Memory(
            {row.guid: Link(row.guid, row.contact_id, row.account, row.name, row.absent_reads) for row in found},
            {row.addition_id: LineWrite(row.addition_id, Decimal(row.quantity), _time(row.at)) for row in written},
        )

    def remember_links(self, client: str, found: Sequence[Link], now: datetime) -> None:
        """Keep these links; a link that used one of their contacts or accounts before is replaced."""
        with self._transaction() as connection:
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
                        seen_at=_text(now),
                    )
                )

    def remember_absent(self, client: str, absent: dict[str, int]) -> None:
        """Keep how many complete reads in a row have missed each of these linked accounts."""
        with self._transaction() as connection:
            for guid, reads in absent.items():
                same = sa.and_(links.c.client == client, links.c.guid == guid)
                connection.execute(links.update().where(same).values(absent_reads=reads))

    def remember_line(self, client: str, addition_id: int, quantity: Decimal, now: datetime) -> None:
        """Keep the quantity that is right on a line, as the base of the next three-way comparison."""
        values = {"quantity": str(quantity), "at": _text(now)}
        dialect: Any = sqlite if self.engine.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(line_writes).values(client=client, addition_id=addition_id, **values)
        with self._transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["client", "addition_id"], set_=values))

    # inside

    def _lives(self, owner: str | None, beat_at: datetime, now: datetime) -> bool:
        if owner is None:
            return False
        host, pid, _ = owner.split(":")
        if host == socket.gethostname() and not _process_lives(int(pid)):
            return False
        return now - beat_at < LEASE

    def _abandon_and_open(self, connection: sa.Connection, row: sa.Row[Any], trigger: str, now: datetime) -> OpenRun:
        """Close a dead worker's run: what it was sending is in doubt, and the new run reads everything afresh."""
        sending = sa.and_(journal.c.run == row.id, journal.c.state == "sending")
        connection.execute(journal.update().where(sending).values(state="doubt", at=_text(now)))
        message = "The worker stopped half way; the next run read everything again and went on."
        connection.execute(
            runs.update()
            .where(runs.c.id == row.id)
            .values(closed_at=_text(now), outcome="failed", message=message, owner=None, epoch=row.epoch + 1)
        )
        return self._insert(connection, row.client, trigger, 1, now)

    def _insert(self, connection: sa.Connection, client: str, trigger: str, epoch: int, now: datetime) -> OpenRun:
        run_id = uuid.uuid4().hex[:12]
        connection.execute(
            runs.insert().values(
                id=run_id,
                client=client,
                trigger=trigger,
                owner=self.owner,
                epoch=epoch,
                opened_at=_text(now),
                beat_at=_text(now),
            )
        )
        return OpenRun(run_id, client, epoch)

    def _fenced(self, connection: sa.Connection, run: OpenRun, **values: Any) -> None:
        mine = sa.and_(runs.c.id == run.id, runs.c.epoch == run.epoch, runs.c.owner == self.owner)
        if not connection.execute(runs.update().where(mine).values(**values)).rowcount:
            raise Busy(
                f"{run.client}: run {run.id} was taken over by another worker.", "Nothing more is written by this one."
            )


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StateError(
            "state.url is not a database address.", "Write sqlite:///PATH or postgresql+psycopg://…"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed)
    if parsed.database and parsed.database != ":memory:":
        _make_private_file(Path(parsed.database))
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _make_private_file(path: Path) -> None:
    """The database holds client data: only its owner may read it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StateError(
            f"The state database {path} cannot be made: {error.strerror}.", "Choose another path in state.url."
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL and full sync: a power cut loses no journal line. Transactions begin immediate, so writers queue."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _process_lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _run(row: sa.Row[Any], *, with_plan: bool = False) -> Run:
    plan = from_json(json.loads(row.plan)) if with_plan and row.plan else None
    closed = _time(row.closed_at) if row.closed_at else None
    return Run(row.id, row.client, row.trigger, _time(row.opened_at), closed, row.outcome or "", row.message, plan)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)
