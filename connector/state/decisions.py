"""What persons have decided about held runs: approved for a while and once, or rejected."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connector.state.schema import decisions
from connector.state.times import as_text, as_time


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody (``actor``) has read the plan of a held run, whose digest is given, and ``decision`` is ``approved`` or
    ``rejected``. An approval holds ``until`` a time, and is used up by the run ``used_by``."""

    run: str
    client: str
    digest: str
    decision: str
    actor: str
    at: datetime
    until: datetime
    used_by: str | None = None


def add(connection: sa.Connection, decision: Decision) -> Decision | None:
    """Keep a decision, unless there is one about this run already: then that one is returned."""
    known = of(connection, decision.run)
    if known is None:
        values = {name: getattr(decision, name) for name in ("run", "client", "digest", "decision", "actor")}
        times = {"at": as_text(decision.at), "until": as_text(decision.until)}
        connection.execute(decisions.insert().values(**values, **times))
    return known


def of(connection: sa.Connection, run: str) -> Decision | None:
    """The decision about a run."""
    row = connection.execute(sa.select(decisions).where(decisions.c.run == run)).first()
    return _decision(row) if row else None


def pending(connection: sa.Connection, client: str, now: datetime) -> Decision | None:
    """The client's latest approval that still holds and that no run has used."""
    query = sa.select(decisions).where(
        decisions.c.client == client,
        decisions.c.decision == "approved",
        decisions.c.used_by.is_(None),
        decisions.c.until >= as_text(now),
    )
    row = connection.execute(query.order_by(decisions.c.at.desc()).limit(1)).first()
    return _decision(row) if row else None


def rejected(connection: sa.Connection, client: str, digest: str) -> Decision | None:
    """The latest rejection of a plan that means the same."""
    query = sa.select(decisions).where(
        decisions.c.client == client, decisions.c.decision == "rejected", decisions.c.digest == digest
    )
    row = connection.execute(query.order_by(decisions.c.at.desc()).limit(1)).first()
    return _decision(row) if row else None


def use(connection: sa.Connection, run: str, by_run: str) -> None:
    """Say which run an approval was used by; older ones of its client that were never used go with it."""
    client = sa.select(decisions.c.client).where(decisions.c.run == run).scalar_subquery()
    connection.execute(
        decisions.update()
        .where(decisions.c.client == client, decisions.c.decision == "approved", decisions.c.used_by.is_(None))
        .values(used_by=by_run)
    )


def _decision(row: sa.Row[Any]) -> Decision:
    return Decision(
        row.run, row.client, row.digest, row.decision, row.actor, as_time(row.at), as_time(row.until), row.used_by
    )
