"""One client whose first run makes one change of every usual kind, over real adapters and a real state database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from connector.settings import load
from connector.state.store import Store
from connector.sync.service import Service
from connector.sync.together import Surroundings
from connector.wiring import Wiring
from tests.scenarios.directory import Entry, group_dn, person
from tests.scenarios.records import agreement, contact, line, profile, tenant
from tests.scenarios.world import World

ANNA = person("Anna Adler", title="Manager", groups=("Front",))
BEN = person("Ben Berg")
CARL = person("Carl Cole")
DORA = person("Dora Dahl", enabled=False)
PEOPLE = (ANNA, BEN, CARL, DORA)
RULES = (
    profile("Managed", decrease='"now"'),
    profile("Front", "MS-FRONTLINE", [group_dn("Front")], exclusive="false", create_line="true"),
    profile("Old", "MS-OLD", [group_dn("Old")], exclusive="false", at_zero='"cancel"'),
)
WRITES = {
    "contact.create": ("POST", "/company/contacts"),
    "contact.update": ("PATCH", "/company/contacts/101"),
    "contact.reactivate": ("PATCH", "/company/contacts/103"),
    "contact.inactivate": ("PATCH", "/company/contacts/104"),
    "line.set": ("PATCH", "/finance/agreements/77/additions/3301"),
    "line.cancel": ("PATCH", "/finance/agreements/77/additions/3302"),
    "line.add": ("POST", "/finance/agreements/77/additions"),
}
KINDS = list(WRITES)
Connect = Callable[..., Service]


def harbor_tenant() -> dict[str, object]:
    """The PSA before the first run: Anna's title is old, Ben has no contact, Carl's is inactive, Dora has left,
    nobody has the old product. The invoice of this month has not been made yet, so that a new line runs at once."""
    return tenant(
        contacts=[
            contact(101, "Anna Adler", title="Nurse"),
            contact(103, "Carl Cole", inactiveFlag=True),
            contact(104, "Dora Dahl"),
        ],
        additions=[line(3301, "MS-USER", 4), line(3302, "MS-OLD", 1)],
        catalog=[
            {"id": 55, "identifier": "MS-USER", "price": 40},
            {"id": 56, "identifier": "MS-FRONTLINE", "price": 15},
            {"id": 57, "identifier": "MS-OLD", "price": 5},
        ],
        agreements=[
            agreement(startDate="2025-01-01T00:00:00Z", nextInvoiceDate=f"{datetime.now(UTC):%Y-%m}-01T00:00:00Z")
        ],
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The client ``harbor`` with those four people."""
    with Sandbox(harbor_tenant()) as sandbox:
        made = World(tmp_path, sandbox)
        made.rules(*RULES)
        made.people(*PEOPLE, groups=["Old"])
        yield made


@pytest.fixture
def connect(world: World) -> Iterator[Connect]:
    """Makes the application over the world's config; it gives up on a PSA without answers after a second."""
    with ExitStack() as stack:

        def make(worker: str | None = None) -> Service:
            wiring = Wiring(load(world.folder), patience=1)
            stack.callback(wiring.close)
            store = Store(wiring.settings.state.url, worker)
            stack.callback(store.close)
            return Service(Surroundings(wiring.world, store, lambda: datetime.now(UTC)))

        yield make


@pytest.fixture
def service(connect: Connect) -> Service:
    """The application as this process."""
    return connect()


def before_writing(service: Service, action: Callable[[], object]) -> None:
    """Let something happen between the plan and its first write."""

    def listen(_client: str, what: str) -> None:
        if what.startswith("writing"):
            action()

    service.around.progress = listen


def sent(world: World) -> list[tuple[str, str]]:
    """Every request that writes, in the order in which the PSA saw them."""
    return [(one["method"], one["path"]) for one in world.sandbox.requests()["requests"] if one["method"] != "GET"]


def journal(service: Service, client: str = "harbor", back: int = 0) -> dict[str, str]:
    """The state of each change, by its kind, in the client's latest run (or one further ``back``)."""
    run = service.store.runs(client)[back]
    return {entry.change.kind.value: entry.state for entry in service.store.entries(run.id)}


def right_end(world: World) -> None:
    """Everybody has one contact as the directory says, the lines stand at their counts once, the old one ends."""
    assert world.active() == ["Anna Adler", "Ben Berg", "Carl Cole"]
    assert world.inactive() == ["Dora Dahl"]
    assert world.contact(101)["title"] == "Manager"
    lines = [(one["product"]["identifier"], one["quantity"]) for one in world.sandbox.state()["additions"]]
    assert sorted(lines) == [("MS-FRONTLINE", 1), ("MS-OLD", 1), ("MS-USER", 3)]
    assert "cancelledDate" in world.line(3302)


def joined(*more: Entry) -> tuple[Entry, ...]:
    """The people with new ones."""
    return (*PEOPLE, *more)
