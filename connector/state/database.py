"""The connection to the state database: SQLite in one file or PostgreSQL, its transactions, its troubles in words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from connector.errors import ConfigError, StateError
from connector.state.schema import is_current, migrate

WAIT = 30
"""Seconds that a transaction waits for another process's writes."""
_ADDRESSES = "Write sqlite:///PATH (three slashes) or postgresql+psycopg://HOST/NAME."


class Database:
    """The state database at ``url``, brought up to this version's schema. Any trouble with it is a ``StateError``.

    Raises ConfigError for an address that cannot be a state database, or whose driver is not installed.
    """

    def __init__(self, url: str) -> None:
        parsed = _address(url)
        self._where = parsed.render_as_string(hide_password=True)
        self._engine = _engine(parsed)
        self._reader = self._engine.execution_options(begin="BEGIN")
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def _bring_up_to_date(self) -> None:
        try:
            with self.reading() as connection:
                current = is_current(connection)
            if not current:
                with self.writing() as connection:
                    migrate(connection)
        except ValueError as error:
            raise self._error(str(error), "Install the newer version, or name another database in state.url.") from None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction that writes. On SQLite it begins by taking the write lock, so that writers queue."""
        with self._in_words(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction that sees one state of the data and waits for no writer."""
        with self._in_words(), self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error).__name__
            raise self._error(
                reason, "Nothing more is written to the PSA. Check the disk, the path and the rights, then run again."
            ) from error

    def _error(self, reason: str, hint: str) -> StateError:
        return StateError(f"The state database {self._where} cannot be used: {reason}.", hint)


def _address(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError("state.url is not a database address.", _ADDRESSES) from None
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise ConfigError(f"state.url names a {kind} database, which the connector does not use.", _ADDRESSES)
    if kind == "sqlite" and (parsed.host or parsed.database in (None, "", ":memory:")):
        raise ConfigError("state.url names no file, and what is remembered must outlive the run.", _ADDRESSES)
    return parsed


def _engine(url: sa.URL) -> sa.Engine:
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _make_private_file(Path(str(url.database)))
    try:
        engine = sa.create_engine(url, connect_args={"timeout": WAIT} if sqlite else {})
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            f"state.url asks for {url.drivername}, and its driver cannot be loaded: {error}.",
            "Install the driver (Python package psycopg) beside the connector, or use sqlite:///PATH.",
        ) from None
    if sqlite:
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    """The database holds client data: only its owner may read it. SQLite gives its side files the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StateError(
            f"The state database {path} cannot be made: {error.strerror}.", "Choose another path in state.url."
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL and full sync: readers wait for nobody, and a power cut loses no journal line."""
    connection.isolation_level = None
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()  # the pool only closes what it has taken in
        raise


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))
