"""The sandbox with the small tenant, and everything that talks to it."""

from collections.abc import Iterator

import pytest

from connector.core.model import PsaSnapshot
from connector.core.rules import ClientRules
from connector.psa.contacts import PsaContacts
from connector.psa.keeping import Keeping
from connector.psa.rest import PsaRest
from connector.psa.setup import SetupTables
from connector.psa.source import PsaReader
from connector.sandbox import Sandbox
from tests.psa.helpers import Clock
from tests.psa.tenant import tenant


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of its own for each test."""
    with Sandbox(tenant()) as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[PsaRest]:
    """A connection to it that never really sleeps."""
    clock = Clock()
    with PsaRest(
        sandbox.url,
        "bluefjord",
        "demo",
        "demo",
        "client-guid",
        6_000_000,
        retry_budget=120,
        clock=clock,
        sleep=clock.sleep,
    ) as connection:
        yield connection


@pytest.fixture
def tables(http: PsaRest) -> SetupTables:
    """The setup tables of the sandbox."""
    return SetupTables(http)


@pytest.fixture
def reader(http: PsaRest, tables: SetupTables) -> PsaReader:
    """The source for a client in the United States."""
    return PsaReader(http, tables, "US")


@pytest.fixture
def snapshot(reader: PsaReader) -> PsaSnapshot:
    """What the PSA holds for the client."""
    return reader.read(ClientRules(client="harbor", company="HarborDental"), [])


@pytest.fixture
def contacts(http: PsaRest, tables: SetupTables) -> PsaContacts:
    """The writer, with the link in the state only."""
    return PsaContacts(http, tables, Keeping("US"))


def writes(sandbox: Sandbox) -> list[dict[str, object]]:
    """The requests so far that were not readings."""
    return [entry for entry in sandbox.requests()["requests"] if entry["method"] != "GET"]
