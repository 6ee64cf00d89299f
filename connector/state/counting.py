"""The recorded counts of a client: a tally for each profile and day, and from when to when somebody was counted."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from connector.core.history import History, Stay, Tally, stays_after
from connector.state.schema import counts, stays
from connector.state.times import as_text

KEPT = timedelta(days=800)
"""Counts older than this are forgotten: two years and a bit, for a yearly comparison."""


def read(connection: sa.Connection, client: str) -> History:
    """Everything recorded of a client."""
    tallies = connection.execute(sa.select(counts).where(counts.c.client == client).order_by(counts.c.at))
    return History(tuple(map(_tally, tallies)), tuple(_stays(connection, client)))


def keep(connection: sa.Connection, client: str, tallies: Sequence[Tally], counted: Sequence[Stay]) -> None:
    """Keep what one reading counted; what is older than ``KEPT`` goes."""
    last = {one.profile: one for one in _last(connection, client)}
    for tally in tallies:
        known = last.get(tally.profile)
        if known is not None and known.at >= tally.at:
            same = sa.and_(
                counts.c.client == client, counts.c.profile == tally.profile, counts.c.at == as_text(known.at)
            )
            connection.execute(counts.delete().where(same))
        if known is None or known.at >= tally.at or _said(known) != _said(tally):
            connection.execute(counts.insert().values(client=client, **_row(tally)))
    if not tallies:
        return
    day, at = tallies[0].day, as_text(tallies[0].at)
    ended, begun = stays_after(tuple(_stays(connection, client, running=True)), counted, day)
    for stay in ended:
        connection.execute(stays.update().where(_running(client, stay)).values(until=day.isoformat()))
    _begin(connection, client, at, begun)
    oldest = (day - KEPT).isoformat()
    connection.execute(counts.delete().where(counts.c.client == client, counts.c.day < oldest))
    connection.execute(stays.delete().where(stays.c.client == client, stays.c.until < oldest))


def line_stands(connection: sa.Connection, client: str, profile: str, addition_id: int, quantity: Decimal) -> None:
    """Correct the last tally of a profile to the line and the quantity that a write left."""
    own = sa.and_(counts.c.client == client, counts.c.profile == profile)
    latest = sa.select(sa.func.max(counts.c.at)).where(own).scalar_subquery()
    values = {"addition_id": addition_id, "quantity": str(quantity)}
    connection.execute(counts.update().where(own, counts.c.at == latest).values(**values))


def _begin(connection: sa.Connection, client: str, at: str, begun: Sequence[Stay]) -> None:
    """Keep stays that begin; one that began and ended at this very moment goes on instead."""
    same = sa.and_(stays.c.client == client, stays.c.begun == at)
    known = connection.execute(sa.select(stays.c.profile, stays.c.guid).where(same)).all()
    for profile, guid in {(stay.profile, stay.guid) for stay in begun} & {(row.profile, row.guid) for row in known}:
        connection.execute(stays.delete().where(same, stays.c.profile == profile, stays.c.guid == guid))
    if begun:
        connection.execute(stays.insert(), [{"client": client, "begun": at, **_stay_row(stay)} for stay in begun])


def _last(connection: sa.Connection, client: str) -> Iterable[Tally]:
    newest = (
        sa.select(counts.c.profile, sa.func.max(counts.c.at).label("at"))
        .where(counts.c.client == client)
        .group_by(counts.c.profile)
        .subquery()
    )
    same = sa.and_(counts.c.profile == newest.c.profile, counts.c.at == newest.c.at)
    return map(_tally, connection.execute(sa.select(counts).join(newest, same).where(counts.c.client == client)))


def _said(tally: Tally) -> tuple[Any, ...]:
    return (
        tally.day, tally.people, tally.units, tally.billed, tally.addition_id, tally.quantity, tally.unit_price,
        tally.open_from,
    )  # fmt: skip


def _running(client: str, stay: Stay) -> sa.ColumnElement[bool]:
    return sa.and_(
        stays.c.client == client, stays.c.profile == stay.profile, stays.c.guid == stay.guid, stays.c.until.is_(None)
    )


def _stays(connection: sa.Connection, client: str, *, running: bool = False) -> Iterable[Stay]:
    query = sa.select(stays).where(stays.c.client == client).order_by(stays.c.begun, stays.c.guid)
    if running:
        query = query.where(stays.c.until.is_(None))
    for row in connection.execute(query):
        until = date.fromisoformat(row.until) if row.until else None
        since = date.fromisoformat(row.since)
        yield Stay(row.profile, row.guid, row.name, row.account, Decimal(row.units), since, until)


def _stay_row(stay: Stay) -> dict[str, Any]:
    return {
        "profile": stay.profile,
        "guid": stay.guid,
        "name": stay.name,
        "account": stay.account,
        "units": str(stay.units),
        "since": stay.since.isoformat(),
    }


def _row(tally: Tally) -> dict[str, Any]:
    return {
        "profile": tally.profile,
        "at": as_text(tally.at),
        "day": tally.day.isoformat(),
        "people": tally.people,
        "units": str(tally.units),
        "billed": str(tally.billed),
        "agreement_id": tally.agreement_id,
        "addition_id": tally.addition_id,
        "quantity": None if tally.quantity is None else str(tally.quantity),
        "unit_price": None if tally.unit_price is None else str(tally.unit_price),
        "open_from": None if tally.open_from is None else tally.open_from.isoformat(),
    }


def _tally(row: sa.Row[Any]) -> Tally:
    return Tally(
        row.profile,
        datetime.fromisoformat(row.at),
        date.fromisoformat(row.day),
        row.people,
        Decimal(row.units),
        Decimal(row.billed),
        row.agreement_id,
        row.addition_id,
        None if row.quantity is None else Decimal(row.quantity),
        None if row.unit_price is None else Decimal(row.unit_price),
        None if row.open_from is None else date.fromisoformat(row.open_from),
    )
