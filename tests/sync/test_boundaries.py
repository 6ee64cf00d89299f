"""A run killed with -9 at every boundary, or without the answer to any one request: each write happens once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from tenacity import wait_none

from connector.core.plan import Kind
from connector.sandbox import Sandbox
from connector.settings import load
from connector.sync.outcome import Outcome
from connector.sync.service import Service
from connector.wiring import Wiring
from tests.scenarios.directory import but
from tests.scenarios.records import agreement, contact, line, profile, tenant
from tests.scenarios.world import NO_TLS, World
from tests.sync.boundaries import killed_at
from tests.sync.conftest import ANNA, BEN, CARL, DORA, RULES

TODAY = date(2026, 11, 16)
PARTS = 8
"""Into how many tests the boundaries are dealt out, so that they run beside each other."""
ADDITIONS = "/finance/agreements/77/additions"
WRITES = Counter([
    ("POST", "/company/contacts"),
    ("POST", "/company/contacts/departments"),
    ("PATCH", "/company/contacts/101"),
    ("POST", "/company/contacts/101/typeAssociations"),
    ("PATCH", "/company/contacts/103"),
    ("PATCH", "/company/contacts/104"),
    ("PATCH", f"{ADDITIONS}/3301"),
    ("PATCH", f"{ADDITIONS}/3302"),
    ("PATCH", f"{ADDITIONS}/3303"),
    *[("POST", ADDITIONS)] * 2,
])  # fmt: skip
"""Every write of the run, whose changes are of every kind: Ben is created with a department that is made for him; Anna
gets a title and a type that she lacked; Carl is back, Dora has left; one line is set, one ends for good, one ends to
make room for another, one is new."""


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is under way any more when a run is repeated, and nobody waits before a repeated request."""
    monkeypatch.setattr("connector.sync.apply.SETTLING", timedelta(0))
    monkeypatch.setattr("connector.psa.retry._BACKOFF", wait_none())
    monkeypatch.setattr("connector.psa.http._trust", lambda _: NO_TLS)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The client ``harbor`` before the run."""
    with Sandbox(_tenant()) as sandbox:
        made = World(tmp_path, sandbox)
        dated = profile("Dated", "MS-DATED", exclusive="false", method='"cancel_and_add"')
        contacts = '[contacts]\ntypes_for = "all"\ncreate_missing = ["department"]\n'
        guard = "[guard]\ninactivate_percent = 100\nquantity_percent = 100\n"
        made.rules(contacts, guard, *RULES, dated)
        made.people(ANNA, but(BEN, department="Surgery"), CARL, DORA, groups=["Old"])
        made.on(TODAY)
        yield made


def _tenant() -> dict[str, object]:
    products = {"MS-USER": 40, "MS-FRONTLINE": 15, "MS-OLD": 5, "MS-DATED": 9}
    return tenant(
        contacts=[
            contact(101, "Anna Adler", title="Nurse", types=[]),
            contact(103, "Carl Cole", inactiveFlag=True),
            contact(104, "Dora Dahl"),
        ],
        additions=[line(3301, "MS-USER", 4), line(3302, "MS-OLD", 1), line(3303, "MS-DATED", 2, price=9)],
        catalog=[
            {"id": at, "identifier": name, "price": price} for at, (name, price) in enumerate(products.items(), 55)
        ],
        agreements=[agreement(startDate="2025-01-01T00:00:00Z", nextInvoiceDate="2026-11-01T00:00:00Z")],
    )


def anew(world: World) -> None:
    """Back to the time before the run, on both sides."""
    world.lose_state()
    world.sandbox.control("POST", "reset")
    world.on(TODAY)


@contextmanager
def connected(world: World) -> Iterator[Service]:
    """The application as another night's process; the lock of a dead one does not keep it waiting."""
    assert world.now is not None
    wiring = Wiring(load(world.folder), now=world.now.astimezone, patience=5)
    try:
        yield wiring.service()
    finally:
        wiring.close()


def ends_well(world: World) -> None:
    """One ordinary run more, or two where the first leaves something in doubt: everything stands as it should, the PSA
    has carried out each write once, and there is nothing left to do."""
    with connected(world) as service:
        (again,) = service.sync(["harbor"])
        if again.outcome not in (Outcome.APPLIED, Outcome.NOTHING):
            (again,) = service.sync(["harbor"])
        assert again.outcome in (Outcome.APPLIED, Outcome.NOTHING), again.error or again.plan
        right_end(world)
        (left,) = service.plan(["harbor"])
        assert (left.outcome, left.error) == (Outcome.NOTHING, "")


def right_end(world: World) -> None:
    """The contacts and lines that the run was to bring about, and no others."""
    assert (world.active(), world.inactive()) == (["Anna Adler", "Ben Berg", "Carl Cole"], ["Dora Dahl"])
    anna, state = world.contact(101), world.sandbox.state()
    assert (anna["title"], [one["name"] for one in anna["types"]]) == ("Manager", ["End User"])
    assert [one["name"] for one in state["departments"]] == ["Surgery"]
    lines = Counter(
        (
            one["product"]["identifier"],
            one["quantity"],
            one["effectiveDate"][:10],
            (one.get("cancelledDate") or "")[:10],
        )
        for one in state["additions"]
    )
    assert lines == Counter([
        ("MS-USER", 3, "2025-01-01", ""),
        ("MS-OLD", 1, "2025-01-01", "2026-11-30"),
        ("MS-DATED", 2, "2025-01-01", "2026-10-31"),
        ("MS-DATED", 3, "2026-11-01", ""),
        ("MS-FRONTLINE", 1, "2026-11-16", ""),
    ])  # fmt: skip


def carried_out(world: World) -> Counter[tuple[str, str]]:
    """The writes that the PSA has carried out, by its request log; an answer that was lost on its way counts."""
    return Counter(
        (one["method"], one["path"])
        for one in world.sandbox.requests()["requests"]
        if one["method"] != "GET" and (200 <= one["status"] < 300 or one["fault"] in ("drop-after", "500-after"))
    )


def test_the_run_makes_changes_of_every_kind(world: World) -> None:
    """What is proved below is proved for each of them."""
    with connected(world) as service:
        (report,) = service.sync(["harbor"])
    assert report.plan is not None
    assert {change.kind for change in report.plan.changes} == set(Kind)
    assert (report.outcome, carried_out(world)) == (Outcome.APPLIED, WRITES)


@pytest.mark.parametrize("first", range(PARTS))
def test_killed_at_any_boundary_each_write_happens_once(world: World, first: int) -> None:
    """The process is gone before or after a transaction, before a request, or when the PSA has done what it says."""
    number = first
    while True:
        assert world.now is not None
        killed = killed_at(number, world.folder, world.now)
        ends_well(world)
        assert carried_out(world) == WRITES, f"killed at boundary {number}"
        if not killed:
            break
        anew(world)
        number += PARTS
    assert number > 100


Standing = dict[str, list[dict[str, object]]]


def stands(world: World) -> Standing:
    """What the PSA holds of contacts and lines, without when it was written."""
    state = world.sandbox.state()
    return {
        name: [{key: value for key, value in row.items() if key != "_info"} for row in state[name]]
        for name in ("contacts", "additions")
    }


def undone_once(world: World, run: str, before: Standing, first: Counter[tuple[str, str]]) -> None:
    """Another undoing does the rest: what was there stands as before (but for the type, which nobody takes away), what
    was made is switched off, and the PSA has carried out no write twice."""
    with connected(world) as service:
        report = service.undo(run)
        assert report.outcome in (Outcome.APPLIED, Outcome.NOTHING), report.error or report.plan
        assert service.undo(run).outcome is Outcome.NOTHING
    now = stands(world)
    for name, rows in before.items():
        there = {row["id"]: row for row in now[name]}
        assert [there[row["id"]] | {"types": row.get("types")} for row in rows] == [
            row | {"types": row.get("types")} for row in rows
        ]
    (ben,) = (row for row in now["contacts"] if row["firstName"] == "Ben")
    made = [row for row in now["additions"] if row["id"] not in {one["id"] for one in before["additions"]}]
    assert (ben["inactiveFlag"], [row["quantity"] for row in made]) == (True, [0, 0])
    again = carried_out(world) - first
    assert max(again.values()) == 1
    assert sum(again.values()) == len(UNDOINGS)


UNDOINGS = ("create", "update", "reactivate", "inactivate", "set", "cancel", "add", "dated: cancel", "dated: add")
"""One write takes each of them back."""


@pytest.mark.parametrize("first", [0, 3, 6])
def test_an_undoing_killed_half_way_is_finished_once(world: World, first: int) -> None:
    """At so many boundaries of it: it keeps the journal as any run does."""
    before, number = stands(world), first
    while True:
        assert world.now is not None
        with connected(world) as service:
            service.sync(["harbor"])
            run = service.store.runs("harbor")[0].id
        written = carried_out(world)
        killed = killed_at(number, world.folder, world.now, run)
        undone_once(world, run, before, written)
        if not killed:
            break
        anew(world)
        number += PARTS
    assert number > 50
