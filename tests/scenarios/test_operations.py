"""Operations: crashes, a PSA in trouble, saved plans, first runs, and what finance reads."""

import csv
import io
import json
import re
import time
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd, person
from tests.scenarios.records import LINDQVIST, contact, contacts_of, line, profile
from tests.scenarios.world import World

ANNA, BEN, CARLA = person("Anna Adler"), person("Ben Berg"), person("Carla Castillo")
USERS = profile("Managed user")
FREE = "[guard]\nmoney_per_month = 100000\nquantity_percent = 1000\ninactivate_percent = 100\n"


def wait_for_contacts(world: World, count: int) -> None:
    """Until the company has that many active contacts."""
    for _ in range(400):
        if len(world.active()) >= count:
            return
        time.sleep(0.02)
    raise TimeoutError


def wait_for_fault(world: World) -> None:
    """Until a request has met the fault, so that the run is in the middle of it."""
    for _ in range(1000):
        if any(rule["fired"] for rule in world.sandbox.control("GET", "faults")):
            return
        time.sleep(0.02)
    raise TimeoutError


def test_s88_killed_while_a_contact_is_created_converges_without_a_double(build: Build) -> None:
    """The process dies after its second POST has left and before the answer came; a rerun doubles nothing."""
    world = build([ANNA, BEN, CARLA], FREE, USERS, contacts=[], additions=[line(3301, "MS-USER", 1)])
    world.fault("slow", method="POST", path="/company/contacts", after=1, seconds=1.5)
    with world.start("sync") as process:
        wait_for_fault(world)
        process.kill()
    wait_for_contacts(world, 2)
    assert world.quantity(3301) == 1
    again = world.sync()
    assert (again.code, again.changes[0]) == (0, ("contact.create", "ccastillo"))
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg", "Carla Castillo"], 3)
    world.settled()


@pytest.mark.parametrize("effect", ["drop-after", "500-after", "drop", "500"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/company/contacts"), ("PATCH", "/company/contacts/*"),
                                              ("PATCH", "/finance/agreements/*/additions/*")])  # fmt: skip
def test_s88_lost_answer_of_any_write_ends_in_the_same_place(build: Build, effect: str, method: str, path: str) -> None:
    """Whether the write was carried out or not, at most one more run brings everything about, once."""
    world = build([but(ANNA, title="Dentist"), BEN], FREE, USERS, contacts=contacts_of([ANNA]),
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    world.fault(effect, method=method, path=path)
    world.sync()
    assert world.sync().code == 0
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 2)
    assert world.contact(101)["title"] == "Dentist"
    world.settled()


@pytest.mark.parametrize("effect", ["drop-after", "500-after", "drop", "500"])
@pytest.mark.parametrize("path", ["/company/contacts/*/typeAssociations", "/company/contacts/departments"])
def test_s88_lost_answer_of_what_belongs_to_a_contact_makes_no_second_one(build: Build, effect: str, path: str) -> None:
    """A type that is added and a department that is made are there once, after at most two more runs."""
    rules = '[contacts]\ntypes_for = "all"\ncreate_missing = ["department"]'
    people = [but(ANNA, department="Surgery"), but(BEN, department="Surgery")]
    world = build(people, rules, contacts=[contact(101, "Anna Adler", types=[]), contact(102, "Ben Berg", types=[])])
    world.fault(effect, method="POST", path=path)
    for _ in range(3):
        world.sync()
    for number in (101, 102):
        found = world.contact(number)
        assert ([one["name"] for one in found["types"]], found["department"]["name"]) == (["End User"], "Surgery")
    assert [one["name"] for one in world.sandbox.state()["departments"]] == ["Surgery"]
    world.settled()


@pytest.mark.parametrize("effect", ["drop-after", "drop", "500"])
def test_s88_lost_creation_of_a_manager_leaves_nobody_without_one(build: Build, effect: str) -> None:
    """The person's own contact is made; who the manager is waits for the manager's contact."""
    people = [but(ANNA, manager=BEN.dn), BEN]
    world = build(people, '[contacts.fields]\nmanager = "directory"', contacts=[])
    world.fault(effect, method="POST", path="/company/contacts", after=1)
    for _ in range(2):
        world.sync()
    rows = {row["firstName"]: row for row in world.sandbox.state()["contacts"]}
    assert (world.active(), rows["Anna"]["managerContact"]["id"]) == (["Anna Adler", "Ben Berg"], rows["Ben"]["id"])
    world.settled()


@pytest.mark.parametrize("effect", ["drop-after", "500-after"])
def test_s88_lost_answer_of_an_added_line_adds_no_second_one(build: Build, effect: str) -> None:
    """The line was added and nobody said so: it is found by product, quantity and day."""
    world = build([ANNA], profile("Managed user", create_line="true"))
    world.fault(effect, method="POST", path="/finance/agreements/*/additions")
    assert world.sync().code == 0
    assert (world.sync().changes, world.sync().changes) == ([], [])
    assert [one["quantity"] for one in world.sandbox.state()["additions"]] == [1]


def test_s88_killed_while_a_line_is_written_goes_on_although_the_count_moved(build: Build) -> None:
    """Our own write that nobody confirmed is not taken for somebody else's."""
    world = build([ANNA], USERS, additions=[line(3301, "MS-USER", 1)])
    world.sync()
    world.people(ANNA, BEN)
    world.fault("slow", method="PATCH", path="/finance/agreements/*/additions/*", seconds=1)
    with world.start("sync") as process:
        wait_for_fault(world)
        process.kill()
    time.sleep(1.2)
    assert world.quantity(3301) == 2
    world.people(ANNA, BEN, CARLA)
    assert world.sync().code == 0
    assert world.quantity(3301) == 3
    world.settled()


def test_s88_killed_run_is_shown_as_failed(build: Build) -> None:
    """The journal keeps what was under way, and runs tells that the worker stopped."""
    world = build([ANNA, BEN], contacts=[])
    world.fault("slow", method="POST", path="/company/contacts", after=1, seconds=1.5)
    with world.start("sync") as process:
        wait_for_fault(world)
        process.kill()
    wait_for_contacts(world, 2)
    world.sync()
    told = " ".join(world.run("runs").out.split())
    assert "failed" in told
    assert "stopped half way" in told


def test_s87_one_run_per_client_at_a_time(build: Build) -> None:
    """While one sync writes, a second one is refused with the cause; nothing is doubled."""
    world = build([ANNA, BEN], contacts=[])
    world.fault("slow", method="POST", path="/company/contacts", after=1, seconds=1)
    with world.start("sync") as process:
        wait_for_fault(world)
        told = world.sync()
        assert process.wait(timeout=20) == 0
        assert process.communicate()[1] == ""
    assert (told.code, "another run" in told.failures["harbor"]) == (1, True)
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled()


@pytest.mark.parametrize("rule", [{"effect": "429", "retry_after": 0}, {"effect": "500"}, {"effect": "502-html"},
                                  {"effect": "drop"}, {"effect": "slow", "seconds": 0.2}])  # fmt: skip
def test_s89_trouble_while_reading_is_waited_out(build: Build, rule: dict[str, Any]) -> None:
    """Throttling, server errors, HTML pages and dropped connections: the run asks again and succeeds."""
    world = build([ANNA, BEN], contacts=[])
    world.fault(**rule, method="GET", path="/company/*", times=2)
    told = world.sync()
    asked = world.sandbox.requests()["total"]
    assert (told.code, world.active()) == (0, ["Anna Adler", "Ben Berg"])
    repeated = 0 if rule["effect"] == "slow" else 2
    counted = told.document.get("traffic", {"harbor": {"repeated": 0, "requests": asked}})["harbor"]
    assert (counted["repeated"], counted["requests"]) == (repeated, asked)
    world.settled()


def test_s89_throttled_writes_are_repeated(build: Build) -> None:
    """429 says that nothing was done, so the write is sent again."""
    world = build([ANNA, BEN], contacts=[])
    world.fault("429", method="POST", retry_after=0, times=2)
    assert world.sync().code == 0
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled()


def test_s91_what_moved_since_the_plan_was_saved_is_refused_and_named(build: Build) -> None:
    """One contact was edited after the plan: that change is refused, the other is applied."""
    world = build([ANNA, BEN])
    world.people(but(ANNA, title="Dentist"), but(BEN, title="Nurse"))
    saved = str(world.folder / "plan.json")
    world.run("plan", "--save", saved)
    world.edit("/company/contacts/101", title="Surgeon")
    told = world.run("apply", saved)
    assert told.code == 3
    assert "Anna Adler (aadler)" in told.out
    assert "moved since the plan was made" in " ".join(told.out.split())
    assert [world.contact(number)["title"] for number in (101, 102)] == ["Surgeon", "Nurse"]


def test_s91_line_that_moved_since_the_plan_was_saved_is_refused(build: Build) -> None:
    """Finance set the quantity between plan and apply: their number stays."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 1)])
    saved = str(world.folder / "plan.json")
    world.run("plan", "--save", saved)
    world.edit("/finance/agreements/77/additions/3301", quantity=3)
    told = world.run("apply", saved)
    assert (told.code, "moved since the plan was made" in " ".join(told.out.split())) == (3, True)
    assert world.quantity(3301) == 3


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"title": "Surgeon"}, "contact 102 has changed since the plan was made"),
        ({"company": {"id": LINDQVIST}}, "contact 102 now belongs to another company"),
    ],
    ids=["title", "company"],
)
def test_s91_record_edited_while_the_run_writes_is_refused(build: Build, edit: dict[str, Any], told: str) -> None:
    """Each record is read again right before its write: an edit made half way through the run stays."""
    world = build([ANNA, BEN])
    world.people(but(ANNA, title="Dentist"), but(BEN, title="Nurse"))
    world.fault("slow", method="PATCH", path="/company/contacts/101", seconds=1.5)
    with world.start("sync") as process:
        wait_for_fault(world)
        world.edit("/company/contacts/102", **edit)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err, told in " ".join(out.split())) == (3, "", True)
    assert [world.contact(number).get("title") for number in (101, 102)] == ["Dentist", edit.get("title")]


def test_s91_plan_for_a_person_who_has_left_since_is_refused(build: Build) -> None:
    """The account was disabled between plan and apply: nobody is created."""
    world = build([ANNA, BEN], contacts=contacts_of([ANNA]))
    saved = str(world.folder / "plan.json")
    world.run("plan", "--save", saved)
    world.people(ANNA, but(BEN, enabled=False))
    told = world.run("apply", saved)
    assert (told.code, "no longer asks for it" in " ".join(told.out.split())) == (3, True)
    assert (world.active(), world.writes()) == (["Anna Adler"], 0)


def test_s92_adopt_only_pairs_and_writes_nothing(build: Build) -> None:
    """Creates, changes and inactivates nothing; the pairs hold afterwards, whatever becomes of the address."""
    world = build([but(ANNA, title="Dentist"), BEN, but(CARLA, enabled=False)], USERS, contacts=contacts_of([ANNA]),
                  additions=[line(3301, "MS-USER", 9)])  # fmt: skip
    told = world.sync("--adopt-only")
    assert (told.code, told.changes, told.held, world.writes()) == (0, [], [], 0)
    assert told.plan["billing"][0]["monthly_change"] == "0.00"
    assert [(pair["account"], pair["contact_id"], pair["by"]) for pair in told.plan["pairs"]] == [
        ("aadler", 101, "mail")
    ]
    world.people(but(ANNA, sn="Larsen", mail="anna.larsen@harbor.example", userPrincipalName=""))
    assert world.plan().plan["pairs"][0]["by"] == "link"


def test_s93_large_reductions_wait_for_a_person(build: Build) -> None:
    """The guard holds the client and says which limits to raise to what; then the same plan goes through."""
    people = crowd(12)
    world = build(people, USERS, additions=[line(3301, "MS-USER", 12)])
    world.people(*(but(one, enabled=False) for one in people[:5]), *people[5:])
    told = world.sync()
    assert {kind for kind, _ in told.held} == {"guard"}
    assert (told.code, "would lose 5 of 12 managed contacts" in told.why) == (3, True)
    releases = " ".join(item["how_to_release"] for item in told.plan["held"])
    raised = dict(re.findall(r"guard\.(\w+) in clients/harbor\.toml to (\d+)", releases))
    assert (len(world.active()), world.quantity(3301), world.writes()) == (12, 12, 0)
    world.rules("[guard]", *(f"{key} = {limit}" for key, limit in raised.items()), USERS)
    assert world.sync().code == 0
    assert (len(world.active()), world.quantity(3301)) == (7, 7)
    world.settled()


def test_s94_finance_reads_money_reason_and_names_per_line(build: Build) -> None:
    """The CSV report has the line with its amount, every person on it with the rule, and the flag above 10 %."""
    world = build([ANNA, BEN, CARLA], USERS, additions=[line(3301, "MS-USER", 2, price=42.5)])
    rows = list(csv.DictReader(io.StringIO(world.run("plan", "--format", "csv").out, newline="")))
    (moved,) = (row for row in rows if row["item"] == "line")
    assert (moved["quantity_before"], moved["quantity_after"], moved["monthly_change"]) == ("2", "3", "42.50")
    people = {row["who"]: row["rule"] for row in rows if row["account"]}
    assert people == dict.fromkeys(["Anna Adler", "Ben Berg", "Carla Castillo"], "every person")
    (flag,) = (row["reason"] for row in rows if row["item"] == "alert")
    assert flag.startswith("Moves 50 % of this client's per-user billing (42.50 a month)")


def test_s94_nothing_is_flagged_below_a_tenth(build: Build) -> None:
    """One of twenty moves 5 %."""
    world = build(crowd(21), USERS, additions=[line(3301, "MS-USER", 20)])
    told = world.run("plan", "--format", "csv").out
    assert "per-user billing" not in told
    assert "40.00" in told


def test_one_clients_refused_record_does_not_stop_another(build: Build) -> None:
    """Two clients, one with a PSA company that does not exist: exit 4, the other is done."""
    world = build([ANNA], contacts=[contact(101, "Anna Alder", ANNA.mail)])
    world.client("lindqvist", "NoSuchCompany")
    world.people(BEN, client="lindqvist")
    told = world.sync()
    assert (told.code, "NoSuchCompany" in told.failures["lindqvist"]) == (4, True)
    assert world.active() == ["Anna Adler"]


def test_outcomes_are_told_for_each_change(build: Build) -> None:
    """After a sync the JSON says what became of every change, by its id."""
    world = build([ANNA, BEN], contacts=contacts_of([ANNA]))
    told = world.sync()
    assert told.document["outcomes"] == {change["id"]: "done" for change in told.plan["changes"]}
    assert json.loads(told.out)["plans"][0]["changes"][0]["kind"] == "contact.create"
