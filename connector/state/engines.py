"""How each kind of state database is opened: SQLite in one file, PostgreSQL on a server."""

import itertools
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DisconnectionError

from connector.errors import ConfigError, StateError

WAIT = 30.0
"""Seconds that a transaction waits for another one's writes."""
STILL = 20.0
"""Seconds after which PostgreSQL undoes a transaction whose worker has gone silent, so that it frees who waits."""
_TURN = 0.02
_ADDRESSES = "Write sqlite:///PATH (three slashes) or postgresql+psycopg://HOST/NAME."
_NETWORK = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_SILENT = {"tcp_user_timeout": 30_000, "application_name": "connector"}


def address(url: str) -> sa.URL:
    """The parsed address. Raises ConfigError for one that cannot be a state database's."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError("state.url is not a database address.", _ADDRESSES) from None
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise ConfigError(f"state.url names a {kind} database, which the connector does not use.", _ADDRESSES)
    if kind == "sqlite" and (parsed.host or parsed.database in (None, "", ":memory:")):
        raise ConfigError("state.url names no file, and what is remembered must outlive the run.", _ADDRESSES)
    if kind == "postgresql" and "@" in f"{parsed.host}{parsed.database}":
        raise ConfigError("state.url has an @ too many.", "In a password write @ as %40, / as %2F, ? as %3F, % as %25.")
    return parsed


def shown(url: sa.URL) -> str:
    """The address as it may be shown: without a password, wherever in it that stands."""
    return url.set(query={}).render_as_string(hide_password=True)


def engine_of(url: sa.URL) -> sa.Engine:
    """The connections to the database at an address. Raises ConfigError where its driver is not installed."""
    try:
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            f"state.url asks for {url.drivername}, and its driver cannot be loaded: {error}.",
            'Install the driver beside the connector (pip install "psycopg[binary]"), or use sqlite:///PATH.',
        ) from None
    sa.event.listen(engine, "before_cursor_execute", _with_storable_texts, retval=True)
    return engine


def _with_storable_texts(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> Any:
    return statement, _storable(values)


def _storable(value: Any) -> Any:
    """Without the signs that a text in a database cannot hold: the words of a broken server must not stop a journal."""
    match value:
        case str():
            return value if value.isascii() and "\0" not in value else _clean(value)
        case dict():
            return {name: _storable(one) for name, one in value.items()}
        case tuple() | list():
            return type(value)(_storable(one) for one in value)
    return value


def _clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


# SQLite


def _sqlite(url: sa.URL) -> sa.Engine:
    path = Path(str(url.database))
    _make_private_file(path)
    engine = sa.create_engine(url, connect_args={"timeout": WAIT})
    sa.event.listen(engine, "do_connect", _open_existing)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "checkout", _check_file)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    """The database holds client data: only its owner may read it. SQLite gives its side files the same mode.

    A file that is there is not touched: to close it would take SQLite's locks on it away from this process.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        if isinstance(error, FileExistsError) and path.is_file():
            return
        reason = "Is a directory" if path.is_dir() else error.strerror
        raise StateError(
            f"The state database {path} cannot be made: {reason}.", "Choose another path in state.url."
        ) from error


def _open_existing(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    """A file that has vanished while the connector is at work is not made anew, empty."""
    arguments[0] = f"file:{quote(str(Path(arguments[0]).absolute()))}?mode=rw"
    options["uri"] = True


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """WAL and full sync: readers wait for nobody, and a power cut loses no journal line."""
    connection.isolation_level = None
    try:
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        _, _, record.info["path"] = connection.execute("PRAGMA database_list").fetchone()
        record.info["file"] = _identity(record.info["path"])
    except BaseException:
        connection.close()  # the pool only closes what it has taken in
        raise


def _switch_to_wal(connection: Any) -> None:
    """SQLite itself does not wait here for others that open the same new file; this does."""
    for turn in itertools.count(1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or turn * _TURN >= WAIT:
                raise
            threading.Event().wait(_TURN)
        else:
            return


def _check_file(_connection: Any, record: Any, _proxy: Any) -> None:
    """An open file goes on to take writes after it was deleted or replaced, and they would be lost: open it again."""
    if _identity(record.info["path"]) != record.info["file"]:
        raise DisconnectionError


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# PostgreSQL


def _postgresql(url: sa.URL) -> sa.Engine:
    """A connection that was dropped while nobody used it is noticed and replaced before the next transaction."""
    options = {name: value for name, value in (_NETWORK | _SILENT).items() if name not in url.query}
    engine = sa.create_engine(url, connect_args=options, pool_pre_ping=True)
    sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Waiting ends on this kind too: for a lock, and for a worker that stands still in the middle of a transaction."""
    limits = {"lock_timeout": WAIT, "idle_in_transaction_session_timeout": STILL}
    with connection.cursor() as cursor:
        for name, seconds in limits.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, f"{seconds * 1000:.0f}ms"))
    connection.commit()
