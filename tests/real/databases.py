"""Fixtures of state databases for every test: SQLite files, and databases on a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.real import postgres as server
from tests.real.need import need
from tests.real.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this process's own. Skipped where it is missing, unless CONNECTOR_REQUIRE_REAL=1."""
    need("PostgreSQL", server.missing())
    with server.running_postgres() as running:
        yield running


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of a new database on it."""
    with postgres.database() as url:
        yield url
