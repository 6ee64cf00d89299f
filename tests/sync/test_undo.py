"""A run taken back: everything stands as before, once, unless it has moved since; and it is not simply done again."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.scenarios.directory import but, crowd
from tests.scenarios.records import profile
from tests.scenarios.world import Ran, World
from tests.sync.conftest import ANNA, BEN, PEOPLE, RULES, right_end

Record = dict[str, Any]
FREE = "[guard]\nmoney_per_month = 100000\nquantity_percent = 1000\ninactivate_percent = 100\n"


def stands(world: World) -> list[Record]:
    """What the PSA holds of contacts and lines, without what it writes itself."""
    state = world.sandbox.state()
    rows = [row for name in ("contacts", "additions") for row in state[name]]
    return [{name: value for name, value in row.items() if name != "_info"} for row in rows]


def last_run(world: World) -> str:
    """The id of the newest run."""
    return world.run("runs").out.splitlines()[1].split()[0]


def undo(world: World, run: str = "", *more: str) -> Ran:
    """Ann takes it back."""
    return world.run("undo", run or last_run(world), "--by", "Ann", "--format", "json", *more)


@pytest.fixture
def written(world: World) -> World:
    """A run that has made one change of every kind; the guard lets all of them pass."""
    world.rules(FREE, *RULES)
    assert world.sync().code == 0
    right_end(world)
    return world


def test_every_kind_of_change_is_taken_back(world: World) -> None:
    """Contacts and lines that were there stand as before to the letter; what was made is switched off, not deleted."""
    world.rules(FREE, *RULES)
    before = stands(world)
    world.sync()
    told = undo(world)
    assert (told.code, told.held) == (0, [])
    now = stands(world)
    made = [row for row in now if row["id"] not in {one["id"] for one in before}]
    assert [row for row in now if row not in made] == before
    (contact,) = (row for row in made if "firstName" in row)
    (new,) = (row for row in made if "product" in row)
    assert (contact["firstName"], contact["inactiveFlag"]) == ("Ben", True)
    assert (new["quantity"], new["cancelledDate"]) == (0, new["effectiveDate"])


def test_the_plan_is_the_run_in_reverse(written: World) -> None:
    """Last change first, each with what stands now and what stood before."""
    told = undo(written, "", "--dry-run")
    assert [change["kind"] for change in told.plan["changes"]] == [
        "line.cancel", "line.set", "line.set", "contact.reactivate", "contact.inactivate", "contact.update",
        "contact.inactivate",
    ]  # fmt: skip
    update = told.plan["changes"][5]
    assert (update["before"]["title"], update["after"]["title"]) == ("Manager", "Nurse")
    assert re.match(r"taken back: .*\(run \w+ of \d{4}-\d\d-\d\d\)", update["reason"])


def test_a_dry_run_of_it_writes_nothing(written: World) -> None:
    """Neither to the PSA nor to the list of runs."""
    before, run = written.writes(), last_run(written)
    told = undo(written, run, "--dry-run")
    assert (told.code, len(told.changes), written.writes(), last_run(written)) == (2, 7, before, run)


def test_a_second_time_there_is_nothing_left(written: World) -> None:
    """Everything stands as before already: no request writes."""
    run = last_run(written)
    undo(written, run)
    before = written.writes()
    again = undo(written, run)
    assert (again.code, again.changes, written.writes()) == (0, [], before)


EDITS: dict[str, tuple[str, Record, str]] = {
    "contact": ("/company/contacts/101", {"title": "Head nurse"}, "contact 101 has been changed since (job title)"),
    "line": ("/finance/agreements/77/additions/3301", {"quantity": 9}, "line 3301 stands at 9, cancelled never"),
}


@pytest.mark.parametrize("what", EDITS)
def test_s91_what_has_moved_since_stays_and_is_named(written: World, what: str) -> None:
    """Somebody edited it by hand: their value stays, everything else is taken back."""
    path, values, words = EDITS[what]
    written.edit(path, **values)
    told = undo(written)
    assert (told.code, [kind for kind, _ in told.held], len(told.changes)) == (3, ["stale"], 6)
    assert words in told.why
    record = written.call("GET", path)
    assert {name: record[name] for name in values} == values


def test_a_new_contact_that_was_worked_on_stays(written: World) -> None:
    """Somebody has given it a title: it is not switched off."""
    (ben,) = (row["id"] for row in written.sandbox.state()["contacts"] if row["firstName"] == "Ben")
    written.edit(f"/company/contacts/{ben}", lastName="Bergson")
    told = undo(written)
    assert f"contact {ben} has been changed since (surname)" in told.why
    assert "Ben Bergson" in written.active()


def test_an_invoiced_line_is_not_taken_back(written: World) -> None:
    """The bill is made: another quantity now would be another bill's."""
    written.invoice()
    told = undo(written)
    assert "line 3301 has been invoiced since" in told.why
    assert {kind for kind, _ in told.changes} == {"contact.inactivate", "contact.reactivate", "contact.update"}
    assert written.quantity(3301) == 3


def test_what_was_taken_back_is_not_simply_done_again(written: World) -> None:
    """The next run wants the same: it waits for a person, who is told by whom it was taken back; approved, it is
    done again and asked no more. The line that ends waits for its own answer."""
    undo(written)
    before = written.writes()
    night = written.sync()
    assert (night.code, night.held[0], written.writes()) == (3, ("guard", "taken back"), before)
    assert re.search(
        r"of the changes below were taken back by Ann on .* \(run \w+\), and are asked for again: ", night.why
    )
    (run,) = set(re.findall(r"connector approve (\w+)", night.plan["held"][0]["how_to_release"]))
    assert written.run("approve", run, "--format", "json").held == [("billing", "Front")]
    assert written.active() == ["Anna Adler", "Ben Berg", "Carl Cole"]
    assert (written.quantity(3301), written.contact(101)["title"]) == (3, "Manager")
    written.settled(held=True)
    assert written.sync().held == [("billing", "Front")]


def test_what_the_directory_no_longer_asks_for_does_not_wait(written: World) -> None:
    """The wrong title is mended at its source: the other title is written like any change."""
    undo(written)
    world = written
    world.rules(FREE)  # nothing is billed, so only contacts are asked for
    world.people(but(ANNA, title="Head nurse"), BEN, *PEOPLE[2:], groups=["Old"])
    told = world.sync()
    assert ("guard", "taken back") in told.held
    assert "Anna Adler" not in told.why


def test_the_guard_holds_an_undoing_too(world: World) -> None:
    """Twelve contacts were made; all at once do not go without a person, who can approve it."""
    people = crowd(12)
    world.rules("[guard]\ncreate_count = 50\n")
    world.people(*PEOPLE[:1], *people)
    assert world.sync().code == 0
    run = last_run(world)
    told = undo(world, run)
    assert (told.code, told.held) == (3, [("guard", "inactivations")])
    assert len(world.active()) == 14
    (held,) = set(re.findall(r"connector approve (\w+)", told.plan["held"][0]["how_to_release"]))
    assert world.run("approve", held, "--format", "json").code == 0
    assert len(world.active()) == 2
    assert undo(world, run).changes == []
    assert world.sync().held == [("guard", "taken back")]


def test_an_undoing_that_fails_half_way_is_finished_by_another(written: World) -> None:
    """The PSA fails half way; a second undo of the same run does the rest, and no write happens twice."""
    run = last_run(written)
    written.fault("403", method="PATCH", path="/company/contacts/*", after=1, times=0)
    assert undo(written, run).code == 1
    written.sandbox.control("DELETE", "faults")
    done = undo(written, run)
    assert (done.code, len(done.changes)) == (0, 3)
    assert undo(written, run).changes == []
    assert written.contact(101)["title"] == "Nurse"


def test_an_undoing_can_be_taken_back(written: World) -> None:
    """Everything is as the first run had left it, and the next one has nothing to do but look at the new line."""
    undo(written)
    again = undo(written)
    assert again.code == 0
    assert written.active() == ["Anna Adler", "Ben Berg", "Carl Cole"]
    assert (written.quantity(3301), written.contact(101)["title"]) == (3, "Manager")
    written.settled()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda world: world.sync("--adopt-only"), "has written nothing, so there is nothing to take back"),
        (lambda world: None, "There is no run 0123"),
    ],
    ids=["adopted", "unknown"],
)
def test_a_run_that_wrote_nothing_cannot_be_undone(world: World, prepare: Callable[[World], Any], words: str) -> None:
    """It says so."""
    known = prepare(world) is not None
    told = undo(world, last_run(world) if known else "0123")
    assert (told.code, words in told.err) == (1, True)


def test_an_undoing_of_another_company_is_refused(written: World) -> None:
    """The client's file was pointed at another company since: nothing is written."""
    run, before = last_run(written), written.writes()
    written.rules(FREE, *RULES, company="LindqvistLaw")
    told = undo(written, run)
    assert (told.code, written.writes()) == (1, before)
    assert "the run wrote to company 412 (HarborDental); the client is now company 413" in told.failures["harbor"]


def test_who_undid_is_remembered(written: World) -> None:
    """The list of runs names the run and the person."""
    run = last_run(written)
    undo(written, run)
    assert f"undo of {run}, Ann" in " ".join(written.run("runs").out.split())


def test_a_replaced_line_is_taken_back_whole(world: World) -> None:
    """The old line runs again and the new one bills nothing, both or neither; then it waits for a person."""
    world.rules(FREE, profile("Managed", decrease='"now"', increase='"now"', method='"cancel_and_add"'))
    world.sync()
    lines = [(one["quantity"], one.get("cancelledDate")) for one in world.lines()]
    assert len(lines) == 3
    run = last_run(world)
    new = world.lines()[-1]["id"]
    world.edit(f"/finance/agreements/77/additions/{new}", quantity=8)
    told = undo(world, run)
    assert [change for change in told.changes if change[1] == "Managed"] == []
    world.edit(f"/finance/agreements/77/additions/{new}", quantity=3)
    assert undo(world, run).code == 0
    assert [world.line(3301)["quantity"], world.line(3301).get("cancelledDate"), world.quantity(new)] == [4, None, 0]
    assert world.sync().held == [("guard", "taken back")]
