"""The tables of the connector's own database, and the steps that bring an older one up to date.

Migrations are forward only: an ordered tuple, each step run once, under the database's write lock.
"""

import json
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from connector.state import ticketing

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
    sa.Column("actor", sa.String, nullable=False, server_default=""),
    sa.Column("of_run", sa.String),
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
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run", sa.String, nullable=False, index=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("change", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("worker", sa.String, nullable=False, server_default=""),
    sa.Column("request", sa.String, nullable=False, server_default=""),
    sa.Column("record", sa.Integer),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Column("detail", sa.Text),
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

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("run", sa.String, primary_key=True),
    sa.Column("client", sa.String, nullable=False, index=True),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("until", sa.String, nullable=False),
    sa.Column("used_by", sa.String),
)

_older = sa.MetaData()
_first_journal = sa.Table(
    "journal",
    _older,
    sa.Column("run", sa.String, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("change", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
)

Step = Callable[[sa.Connection], None]


def _first(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[runs, links, line_writes])
    _first_journal.create(connection)


def _readings(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[away, readings])


def _counts(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[counts, stays])
    _add_columns(connection, "line_writes", {"accepted": "VARCHAR NOT NULL DEFAULT '0'", "ends": "VARCHAR"})


def _append_only(connection: sa.Connection) -> None:
    """The journal becomes a list of what happened, which the database itself keeps from being changed."""
    _add_columns(connection, "runs", {"actor": "VARCHAR NOT NULL DEFAULT ''", "of_run": "VARCHAR"})
    metadata.create_all(connection, tables=[decisions])
    rows = connection.execute(sa.select(_first_journal).order_by("run", "seq")).all()
    query = sa.select(runs.c.id, runs.c.plan).where(runs.c.plan.is_not(None))
    plans = {row.id: json.loads(row.plan)["changes"] for row in connection.execute(query)} if rows else {}
    _first_journal.drop(connection)
    journal.create(connection)
    for row in rows:
        known = plans.get(row.run, [])
        detail = json.dumps(known[row.seq], separators=(",", ":")) if row.seq < len(known) else None
        values = {name: getattr(row, name) for name in ("run", "seq", "change", "state", "at", "answer")}
        connection.execute(journal.insert().values(**values, detail=detail))
    for statement in _GUARDS[connection.dialect.name]:
        connection.execute(sa.text(statement))


_REFUSED = "the journal is append-only"
_NO_REPLACE = """CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"""
"""SQLite fires no trigger of deletion where a row is replaced."""
_GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER journal_no_{what} BEFORE {what} ON journal BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for what in ("update", "delete")
    ]
    + [_NO_REPLACE],
    "postgresql": [
        "CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
        "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()",
    ],
}


def _add_columns(connection: sa.Connection, table: str, kinds: Mapping[str, str]) -> None:
    """Give a table the columns that an older version did not make."""
    known = {column["name"] for column in sa.inspect(connection).get_columns(table)}
    for name, kind in kinds.items():
        if name not in known:
            connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {name} {kind}"))


def _tickets(connection: sa.Connection) -> None:
    ticketing.make(connection)


MIGRATIONS: tuple[Step, ...] = (_first, _readings, _counts, _append_only, _tickets)


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
