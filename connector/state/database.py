"""The connection to the state database: SQLite in one file or PostgreSQL, its transactions, its troubles in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from connector.errors import StateError
from connector.state import engines
from connector.state.schema import is_current, migrate
from connector.state.troubles import told

_OURS = 0x636F6E6E
"""Keeps the connector's advisory locks apart from those of others in the same PostgreSQL database."""


class Database:
    """The state database at ``url``, brought up to this version's schema. Any trouble with it is a ``StateError``.

    Raises ConfigError for an address that cannot be a state database, or whose driver is not installed.
    """

    def __init__(self, url: str) -> None:
        parsed = engines.address(url)
        self._where = engines.shown(parsed)
        self._engine = engines.engine_of(parsed)
        self._file = parsed.get_backend_name() == "sqlite"
        snapshot = {} if self._file else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(writes=False, **snapshot)
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def _bring_up_to_date(self) -> None:
        try:
            with self.reading() as connection:
                current = is_current(connection)
                encoding = "UTF8" if current or self._file else connection.scalar(sa.text("SHOW server_encoding"))
            if encoding != "UTF8":
                raise self._error(f"its encoding is {encoding}", "Make it with ENCODING 'UTF8': names need it.")
            if not current:
                with self.writing() as connection:
                    migrate(connection)
        except ValueError as error:
            raise self._error(str(error), "Install the newer version, or name another database in state.url.") from None

    @contextmanager
    def writing(self, about: str = "") -> Iterator[sa.Connection]:
        """One transaction that writes. Writers queue: on SQLite all of them, on PostgreSQL those ``about`` one client
        (and those about none)."""
        with self._in_words(), self._engine.begin() as connection:
            if not self._file:
                lock = sa.func.pg_advisory_xact_lock(_OURS, sa.func.hashtext(about))
                connection.execute(sa.select(lock))
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
            raise self._error(*told(error)) from error

    def _error(self, reason: str, hint: str) -> StateError:
        return StateError(f"The state database {self._where} cannot be used: {reason}.", hint)
