"""The tables of the connector's own database, and the steps that bring an older one up to date.

Migrations are forward only: an ordered tuple, each step run once, under the database's write lock.
"""

from collections.abc import Callable

import sqlalchemy as sa

metadata = sa.MetaData()

version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("client", sa.String, nullable=False, index=True),
    sa.Column("trigger", sa.String, nullable=False),
    sa.Column("owner", sa.String),
    sa.Column("opened_at", sa.String, nullable=False),
    sa.Column("beat_at", sa.String, nullable=False),
    sa.Column("closed_at", sa.String),
    sa.Column("outcome", sa.String),
    sa.Column("message", sa.String, nullable=False, server_default=""),
    sa.Column("plan", sa.Text),
    sa.Index(
        "one_open_run",
        "client",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("run", sa.String, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("change", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("guid", sa.String, primary_key=True),
    sa.Column("contact_id", sa.Integer, nullable=False),
    sa.Column("account", sa.String, nullable=False, server_default=""),
    sa.Column("name", sa.String, nullable=False, server_default=""),
    sa.Column("absent_reads", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seen_at", sa.String, nullable=False),
    sa.UniqueConstraint("client", "contact_id", name="one_account_per_contact"),
)

line_writes = sa.Table(
    "line_writes",
    metadata,
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("addition_id", sa.Integer, primary_key=True),
    sa.Column("quantity", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("sent", sa.String),
    sa.Column("accepted", sa.String, nullable=False, server_default="0"),
    sa.Column("ends", sa.String),
)

away = sa.Table(
    "away",
    metadata,
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("guid", sa.String, primary_key=True),
    sa.Column("since", sa.String, nullable=False),
)

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)

counts = sa.Table(
    "counts",
    metadata,
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("profile", sa.String, primary_key=True),
    sa.Column("at", sa.String, primary_key=True),
    sa.Column("day", sa.String, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("units", sa.String, nullable=False),
    sa.Column("billed", sa.String, nullable=False),
    sa.Column("agreement_id", sa.Integer),
    sa.Column("addition_id", sa.Integer),
    sa.Column("quantity", sa.String),
    sa.Column("unit_price", sa.String),
    sa.Column("open_from", sa.String),
)

stays = sa.Table(
    "stays",
    metadata,
    sa.Column("client", sa.String, primary_key=True),
    sa.Column("profile", sa.String, primary_key=True),
    sa.Column("guid", sa.String, primary_key=True),
    sa.Column("begun", sa.String, primary_key=True),
    sa.Column("since", sa.String, nullable=False),
    sa.Column("until", sa.String),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("units", sa.String, nullable=False),
)

Step = Callable[[sa.Connection], None]


def _first(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[runs, journal, links, line_writes])


def _readings(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[away, readings])


def _counts(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[counts, stays])
    known = {column["name"] for column in sa.inspect(connection).get_columns(line_writes.name)}
    for column in (line_writes.c.accepted, line_writes.c.ends):
        if column.name not in known:
            kind = "VARCHAR NOT NULL DEFAULT '0'" if column.name == "accepted" else "VARCHAR"
            connection.execute(sa.text(f"ALTER TABLE line_writes ADD COLUMN {column.name} {kind}"))


MIGRATIONS: tuple[Step, ...] = (_first, _readings, _counts)


def is_current(connection: sa.Connection) -> bool:
    """Whether the database has this version's schema. Raises ValueError when it was made by a newer version."""
    stands = _stands(connection)
    if stands > len(MIGRATIONS):
        raise ValueError(
            f"it was made by a newer version of the connector (schema {stands}, this version knows {len(MIGRATIONS)})"
        )
    return stands == len(MIGRATIONS)


def migrate(connection: sa.Connection) -> None:
    """Bring the database to this version's schema; a second call does nothing."""
    version.create(connection, checkfirst=True)
    stands = _stands(connection)
    for number, step in enumerate(MIGRATIONS[stands:], stands + 1):
        step(connection)
        connection.execute(version.insert().values(version=number))


def _stands(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(version.name):
        return 0
    return connection.scalar(sa.select(sa.func.max(version.c.version))) or 0
