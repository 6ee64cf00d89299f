"""The state database past the connector: as an administrator sees it, on both kinds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def raw(url: str) -> Iterator[sa.Connection]:
    """One transaction on the database, committed at its end."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        yield connection


@contextmanager
def holding(url: str) -> Iterator[None]:
    """A writer that has changed every run and does not come to its end: meanwhile nobody can write to them."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE runs SET message = 'half'")
        yield


def rows(url: str) -> Rows:
    """Everything in the database, by table."""
    with raw(url) as connection:
        names = sorted(sa.inspect(connection).get_table_names())
        found = {name: connection.exec_driver_sql(f"SELECT * FROM {name}").mappings().all() for name in names}  # noqa: S608
        return {name: sorted(map(dict, table), key=str) for name, table in found.items()}


def shape(url: str) -> dict[str, Any]:
    """The columns, keys and indexes of every table, whatever the order in which they came."""
    with raw(url) as connection:
        look = sa.inspect(connection)
        return {name: _table(look, name) for name in look.get_table_names()}


def _table(look: sa.Inspector, name: str) -> dict[str, Any]:
    columns = {
        one["name"]: (str(one["type"]), one["nullable"], one["default"], one.get("autoincrement"))
        for one in look.get_columns(name)
    }
    indexes = {str(one["name"]): _index(dict(one)) for one in look.get_indexes(name)}
    unique = {str(one["name"]): one["column_names"] for one in look.get_unique_constraints(name)}
    checks = sorted(one["sqltext"] for one in look.get_check_constraints(name))
    triggers = _triggers(look, name)
    return {
        "columns": columns,
        "key": look.get_pk_constraint(name)["constrained_columns"],
        "foreign": sorted(map(str, look.get_foreign_keys(name))),
        "indexes": indexes,
        "unique": unique,
        "checks": checks,
        "triggers": triggers,
    }


def _index(found: dict[str, Any]) -> tuple[Any, ...]:
    options = found.get("dialect_options", {})
    where = next((str(value) for key, value in options.items() if key.endswith("_where")), "")
    return found["column_names"], bool(found["unique"]), where


def _triggers(look: sa.Inspector, table: str) -> list[str]:
    queries = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal",
    }
    connection = look.bind
    assert isinstance(connection, sa.Connection)
    return sorted(connection.scalars(sa.text(queries[connection.dialect.name]), {"table": table}))
