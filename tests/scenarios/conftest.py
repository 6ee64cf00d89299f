"""Worlds that end with their test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox import Sandbox
from tests.scenarios.directory import Entry
from tests.scenarios.records import contacts_of, tenant
from tests.scenarios.sources import Source
from tests.scenarios.world import World

Build = Callable[..., World]


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of a scenario waits for a lost creation to show."""
    monkeypatch.setattr("connector.sync.apply.SETTLING", timedelta(0))


@contextmanager
def building(folder: Path, source: Source | None = None) -> Iterator[Build]:
    """Builds a world of one client, ``harbor``, from people, its rules as TOML, and records of the PSA. Without
    ``contacts`` everybody has one already, from 101 on."""
    with ExitStack() as stack:

        def make(people: Iterable[Entry], *rules: str, groups: Iterable[str] = (), **collections: Any) -> World:
            people = list(people)
            collections.setdefault("contacts", contacts_of(people))
            world = World(folder, stack.enter_context(Sandbox(tenant(**collections))), source)
            world.rules(*rules)
            world.people(*people, groups=groups)
            return world

        yield make


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Builds worlds whose directories are exports (see :func:`building`)."""
    with building(tmp_path) as make:
        yield make
