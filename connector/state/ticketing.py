"""The tickets that are open in the PSA as far as is known: one for each client and cause, with what it last told."""

from datetime import datetime

import sqlalchemy as sa

from connector.core.tickets import Cause, Known
from connector.state.times import as_text

tickets = sa.Table(
    "tickets",
    sa.MetaData(),
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("cause", sa.String, primary_key=True),
    sa.Column("ticket_id", sa.Integer, nullable=False),
    sa.Column("told", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)


def make(connection: sa.Connection) -> None:
    """Make the table where it is not there."""
    tickets.create(connection, checkfirst=True)


def read(connection: sa.Connection, client: str) -> tuple[Known, ...]:
    """The open tickets of a client."""
    own = sa.select(tickets).where(tickets.c.client == client).order_by(tickets.c.cause)
    return tuple(Known(Cause(row.cause), row.ticket_id, row.told) for row in connection.execute(own))


def keep(connection: sa.Connection, client: str, ticket: Known, now: datetime) -> None:
    """Remember a ticket in place of the one that the client had for its cause."""
    forget(connection, client, ticket.cause)
    values = {"ticket_id": ticket.ticket_id, "told": ticket.told, "at": as_text(now)}
    connection.execute(tickets.insert().values(client=client, cause=ticket.cause.value, **values))


def forget(connection: sa.Connection, client: str, cause: Cause) -> None:
    """The client has no open ticket for this cause any more."""
    own = sa.and_(tickets.c.client == client, tickets.c.cause == cause.value)
    connection.execute(tickets.delete().where(own))
