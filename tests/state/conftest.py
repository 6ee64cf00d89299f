"""A state database in a temporary folder, and workers that play other processes and other machines."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.core.plan import Change, Kind, PersonRef, Plan, Target
from connector.state.store import Store
from tests.real.postgres import Postgres

NOW = datetime(2026, 5, 10, 8, 0, tzinfo=UTC)
ELSEWHERE = "another machine#1#aaaaaaaa"
Open = Callable[..., Store]
NewUrl = Callable[..., str]


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.real)]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database."""
    return str(request.param)


@pytest.fixture
def new_urls(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewUrl]:
    """Makes addresses of databases of the kind without anything in them yet."""
    with ExitStack() as stack:

        def make(name: str = "state") -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path}/{name}.db"
            server: Postgres = request.getfixturevalue("postgres")
            return stack.enter_context(server.database())

        yield make


@pytest.fixture
def url(new_urls: NewUrl) -> str:
    """The address of such a database."""
    return new_urls()


@pytest.fixture
def new_url(new_urls: NewUrl) -> str:
    """The address of another one."""
    return new_urls("other")


@pytest.fixture
def stores(url: str) -> Iterator[Open]:
    """Opens stores on one database, each as the worker that is named."""
    with ExitStack() as stack:

        def make(worker: str | None = None) -> Store:
            store = Store(url, worker)
            stack.callback(store.close)
            return store

        yield make


@pytest.fixture
def store(stores: Open) -> Store:
    """The store of this process."""
    return stores()


def plan(client: str = "harbor") -> Plan:
    """A plan with one contact to change and one line to set."""
    changes = (
        Change(
            Kind.UPDATE, Target(contact_id=101), {"title": "Nurse"}, {"title": "Manager"}, "title differs",
            PersonRef("g-1", "aadler", "Anna Adler"),
        ),
        Change(Kind.SET, Target(None, 77, 3301), {"quantity": "36"}, {"quantity": "37"}, "counted", label="Managed"),
    )  # fmt: skip
    return Plan(client, 412, "HarborDental", NOW, True, 40, 37, changes)


def states(store: Store, run_id: str) -> list[str]:
    """The journal's states of one run, in order."""
    return [entry.state for entry in store.entries(run_id)]
