"""Held runs: what a person approves is written once, what they reject is not, and who said so is remembered."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, crowd, person
from tests.scenarios.records import LINDQVIST, line, profile
from tests.scenarios.world import Ran, World

USERS = profile("Managed user", decrease='"now"')
ONE_MORE = "[guard]\ncreate_count = 1\n"
COMPANIES = {412: "HarborDental", 413: "LindqvistLaw", 414: "Northwind"}


def leave(world: World, people: list[Entry], count: int) -> None:
    """That many of them are switched off."""
    world.people(*(but(one, enabled=False) for one in people[:count]), *people[count:])


def held_run(told: Ran) -> str:
    """The run that a report says can be approved."""
    (run,) = set(re.findall(r"connector approve (\w+)", " ".join(one["how_to_release"] for one in told.plan["held"])))
    return run


def approve(world: World, *runs: str) -> Ran:
    """Ann approves."""
    return world.run("approve", *runs, "--by", "Ann", "--format", "json")


@pytest.fixture
def branch(build: Build) -> tuple[World, list[Entry]]:
    """Twelve people, of whom five have left since the last good run."""
    people = crowd(12)
    world = build(people, USERS, additions=[line(3301, "MS-USER", 12)])
    assert world.sync().code == 0
    leave(world, people, 5)
    return world, people


def test_s93_an_approved_run_is_written_once(branch: tuple[World, list[Entry]]) -> None:
    """The guard holds it, a person approves it, everything is written, and the next run finds nothing."""
    world, _ = branch
    told = world.sync()
    assert (told.code, {kind for kind, _ in told.held}, world.writes()) == (3, {"guard"}, 0)
    done = approve(world, held_run(told))
    assert (done.code, done.held) == (0, [])
    assert (len(world.active()), world.quantity(3301)) == (7, 7)
    world.settled()


def test_s46_a_sharp_drop_of_people_is_approved_with_both_numbers(branch: tuple[World, list[Entry]]) -> None:
    """What the directory has lost since the last good reading passes too, and is the new last good reading."""
    world, people = branch
    world.people(*people[5:])
    world.sync()
    told = world.sync()
    assert "are 7 now and were 12 at the last good reading, 42 % fewer; at most 2 may be missing (20 %)" in told.why
    assert approve(world, held_run(told)).code == 0
    assert len(world.active()) == 7
    world.settled()


def test_s49_changed_rules_are_approved(build: Build) -> None:
    """The guard asks again because of the rules; the approval is the answer."""
    people = [person("Anna Adler"), person("Ben Berg"), person("Carl Cole")]
    world = build(people, USERS, additions=[line(3301, "MS-USER", 3)])
    assert world.sync().code == 0
    world.rules('[people]\nexclude_accounts = ["ccole"]\n', USERS)
    told = world.sync()
    assert "the rules have changed since the last run (people.exclude_accounts)" in told.why
    assert approve(world, held_run(told)).code == 0
    assert world.quantity(3301) == 2
    world.settled()


def test_an_approval_is_used_once(branch: tuple[World, list[Entry]]) -> None:
    """A second time it says by which run it was used; nothing is written."""
    world, people = branch
    run = held_run(world.sync())
    approve(world, run)
    world.people(*people)
    world.sync()
    leave(world, people, 5)
    before = world.writes()
    again = approve(world, run)
    assert (again.code, world.writes()) == (1, before)
    assert re.search(rf"Run {run} of harbor was approved by Ann on .* and used by run \w+\.", again.err)


def test_s91_what_moved_since_the_approved_run_is_refused_and_named(branch: tuple[World, list[Entry]]) -> None:
    """One came back and one more left: what still stands is written, the others are not."""
    world, people = branch
    run = held_run(world.sync())
    world.people(people[0], *(but(one, enabled=False) for one in people[1:6]), *people[6:])
    told = approve(world, run)
    assert told.code == 3
    assert "contact.inactivate: the plan no longer asks for it" in told.why
    assert len(world.active()) == 8


def test_a_limit_broken_only_since_the_approval_holds(branch: tuple[World, list[Entry]]) -> None:
    """Nobody has read that: nothing is written, and the new run can be approved."""
    world, _ = branch
    world.rules("[guard]\ninactivate_percent = 100\n", USERS)
    run = held_run(world.sync())
    world.rules(USERS)
    told = approve(world, run)
    assert (told.code, told.held, world.writes()) == (3, [("guard", "inactivations")], 0)
    assert approve(world, held_run(told)).code == 0
    assert len(world.active()) == 7
    world.settled()


def test_a_rejected_run_is_not_written_and_later_ones_say_so(branch: tuple[World, list[Entry]]) -> None:
    """It cannot be approved any more; the next run that asks for the same names who said no."""
    world, _ = branch
    run = held_run(world.sync())
    said = world.run("reject", run, "--by", "Ann")
    assert (said.code, said.out.strip()) == (0, f"Run {run} of harbor is rejected. Nothing was written.")
    assert "was rejected by Ann" in approve(world, run).err
    again = world.sync()
    assert again.plan["held"][0]["how_to_release"].startswith("Rejected by Ann on ")
    assert (again.code, world.writes()) == (3, 0)


def test_an_approved_run_cannot_be_rejected(branch: tuple[World, list[Entry]]) -> None:
    """What is written is taken back by undo."""
    world, _ = branch
    run = held_run(world.sync())
    approve(world, run)
    assert "was approved by Ann" in world.run("reject", run).err


@pytest.mark.parametrize(("later", "code"), [(timedelta(hours=72), 0), (timedelta(hours=72, minutes=1), 1)])
def test_a_held_run_can_be_approved_for_a_configured_time(
    branch: tuple[World, list[Entry]], later: timedelta, code: int
) -> None:
    """At the limit it can, a minute later a new run is needed."""
    world, _ = branch
    world.on(datetime.now(UTC).date())
    run = held_run(world.sync())
    assert world.now is not None
    world.now += later
    told = approve(world, run)
    assert told.code == code
    if code:
        assert (
            "older than 72 hours (guard.approval_hours). Make a new one and read it: connector sync harbor" in told.err
        )


def test_an_approval_that_met_trouble_is_taken_up_by_the_next_sync(branch: tuple[World, list[Entry]]) -> None:
    """The PSA fails half way: the night goes on with what was approved, and does the rest alone."""
    world, _ = branch
    run = held_run(world.sync())
    world.fault("403", method="PATCH", path="/company/contacts/*", after=2, times=0)
    assert approve(world, run).code == 1
    assert len(world.active()) == 10
    world.sandbox.control("DELETE", "faults")
    night = world.sync()
    assert (night.code, night.held) == (0, [])
    assert (len(world.active()), world.quantity(3301)) == (7, 7)
    world.settled()


def test_who_approved_is_remembered(branch: tuple[World, list[Entry]]) -> None:
    """The list of runs and the journal name the person and the run."""
    world, _ = branch
    run = held_run(world.sync())
    approve(world, run)
    newest = world.run("runs").out.splitlines()[1]
    assert f"approval of {run}, Ann" in newest
    told = world.run("show", run).out
    assert re.search(rf"Approved by Ann, \d{{4}}-.* UTC, written by run {newest.split()[0]}", told)


@pytest.mark.parametrize("command", ["approve", "reject"])
def test_a_run_that_waits_for_nobody_cannot_be_decided(branch: tuple[World, list[Entry]], command: str) -> None:
    """It says how the run ended, or that there is none."""
    world, people = branch
    world.people(*people)
    world.sync()
    newest = world.run("runs").out.splitlines()[1].split()[0]
    refused = world.run(command, newest).err
    assert f"Run {newest} of harbor waits for nobody's approval: it found nothing to do." in refused
    assert "There is no run 0123." in world.run(command, "0123").err


def test_a_conflict_stays_held_in_an_approved_run(branch: tuple[World, list[Entry]]) -> None:
    """An approval answers the guard and nothing else."""
    world, people = branch
    twin = person("Tom Twin")
    rules = '[contacts]\nmatch = ["name"]\n'
    world.rules(rules, USERS)
    for _ in range(2):
        world.call("POST", "/company/contacts", {"firstName": "Tom", "lastName": "Twin", "company": {"id": 412}})
    world.people(*(but(one, enabled=False) for one in people[:5]), *people[5:], twin)
    told = world.sync()
    assert {kind for kind, _ in told.held} == {"guard", "conflict"}
    done = approve(world, held_run(told))
    assert (done.code, {kind for kind, _ in done.held}) == (3, {"conflict"})
    assert sum(name != "Tom Twin" for name in world.active()) == 7


def test_a_dry_run_says_how_to_get_a_run_that_can_be_approved(branch: tuple[World, list[Entry]]) -> None:
    """It has no number of its own."""
    world, _ = branch
    release = world.plan().plan["held"][0]["how_to_release"]
    assert "if they are right, let `connector sync harbor` hold them and approve that run, or set guard." in release


def over_all(world: World, **limits: int) -> None:
    """Set limits over all clients."""
    path = world.folder / "connector.toml"
    text = "".join(f"{key} = {limit}\n" for key, limit in limits.items())
    path.write_text(path.read_text(encoding="utf-8") + f"\n[guard]\n{text}", encoding="utf-8")


@pytest.fixture
def two(build: Build) -> World:
    """Two clients, each with two people who have no contact yet."""
    world = build([person("Anna Adler"), person("Ben Berg")], contacts=[])
    world.client("lindqvist", "LindqvistLaw")
    world.people(person("Carl Cole"), person("Dora Dahl"), client="lindqvist")
    return world


def releases(told: Ran) -> list[str]:
    """The runs that a report says can be approved, one for each client."""
    return [
        next(iter(re.findall(r"connector approve (\w+)", one["held"][0]["how_to_release"])))
        for one in told.document["plans"]
    ]


@pytest.mark.parametrize("limit", [4, 3])
def test_s93_contacts_created_over_all_clients_have_a_limit(two: World, limit: int) -> None:
    """At the limit all are made; one above, nobody's are, for any client, in a dry run too."""
    over_all(two, create_count=limit)
    dry, told = two.plan(), two.sync()
    if limit == 4:
        assert (dry.code, told.code, len(two.active()), len(two.active(LINDQVIST))) == (2, 0, 2, 2)
        return
    assert (dry.code, told.code, two.writes()) == (3, 3, 0)
    for plan in told.document["plans"]:
        (held,) = plan["held"]
        assert held["what"] == "all clients"
        assert held["reason"] == "the 2 clients of this run together would get 4 new contacts; at most 3 may"
        assert "set guard.create_count in connector.toml to 4 for one run" in held["how_to_release"]


def test_what_all_clients_together_may_not_do_is_approved_client_by_client(two: World) -> None:
    """Both at once; two runs of one client are refused before anything is remembered."""
    over_all(two, create_count=3)
    first, second = releases(two.sync()), releases(two.sync())
    refused = approve(two, first[0], second[0])
    assert "Two of these runs are of harbor. Approve the later one." in refused.err
    done = approve(two, *second)
    assert (done.code, len(two.active()), len(two.active(LINDQVIST))) == (0, 2, 2)
    two.settled()


def test_of_two_runs_none_is_approved_where_one_cannot_be(two: World) -> None:
    """Nothing is remembered of the first where the second was rejected."""
    over_all(two, create_count=3)
    first, second = releases(two.sync())
    two.run("reject", second)
    assert f"Run {second} of lindqvist was rejected by" in approve(two, first, second).err
    assert two.writes() == 0
    assert two.run("reject", first).code == 0


def test_more_than_a_quarter_of_the_clients_tripping_stops_all(build: Build) -> None:
    """Two of three clients are held by their own guard: the third waits as well, and is told why."""
    companies = [{"id": number, "identifier": name, "name": name} for number, name in COMPANIES.items()]
    world = build([person("Anna Adler"), person("Ben Berg")], ONE_MORE, contacts=[], companies=companies)
    for name, company, rules in (("lindqvist", "LindqvistLaw", ONE_MORE), ("northwind", "Northwind", "")):
        world.client(name, company, rules)
        world.people(person("Carl Cole"), person("Dora Dahl"), client=name)
    told = world.sync()
    northwind = next(plan for plan in told.document["plans"] if plan["client"] == "northwind")
    assert [one["reason"] for one in northwind["held"]] == [
        "2 of 3 clients are held by their guard, 67 % of this run; with more than 25 % one cause is behind it, and "
        "nothing is written for any client"
    ]
    assert (told.code, world.writes()) == (3, 0)
    over_all(world, clients_percent=67)
    assert world.sync().code == 3
    assert [len(world.active(number)) for number in COMPANIES] == [0, 0, 2]


def test_one_tripping_client_stops_nobody_else(two: World) -> None:
    """One of two is more than a quarter, and still one accident."""
    two.client("lindqvist", "LindqvistLaw", ONE_MORE)
    assert two.sync().code == 3
    assert (len(two.active()), len(two.active(LINDQVIST))) == (2, 0)
