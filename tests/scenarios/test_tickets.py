"""Tickets for what failed or is held, from the command line to the service board."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.state.store import Store
from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, crowd, person
from tests.scenarios.records import contact, contacts_of, line, profile
from tests.scenarios.world import Ran, World

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
TWINS = [contact(101, "Anna Adler", ""), contact(102, "Anna Adler", "")]
BOARD = {"id": 21, "name": "Help", "statuses": ["New", {"id": 19, "name": "Closed", "closedStatus": True}]}
BY_NAME = '[contacts]\nmatch = ["name"]\n'
USERS = profile("Managed user")
GUARD, CONFLICT = "Connector harbor: stopped by the guard", "Connector harbor: unclear who is who"
FAILED = "Connector harbor: the run failed"


def desk(world: World, board: str = "Help", more: str = 'status_closed = "Closed"') -> World:
    """The world with tickets switched on."""
    path = world.folder / "connector.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}\n[tickets]\nboard = "{board}"\n{more}\n', encoding="utf-8")
    return world


def people_leave(world: World, people: list[Entry], count: int) -> Ran:
    """That many accounts are switched off, and the next run of the night."""
    world.people(*(but(one, enabled=False) for one in people[:count]), *people[count:])
    return world.sync()


@pytest.fixture
def office(build: Build) -> tuple[World, list[Entry]]:
    """Twelve people with tickets switched on, and one quiet run."""
    people = crowd(12)
    world = desk(build(people, USERS, boards=[BOARD], additions=[line(3301, "MS-USER", 12)]))
    assert world.sync().code == 0
    return world, people


def tickets(world: World) -> dict[str, dict[str, Any]]:
    """The tickets by summary; there must not be two that are called the same."""
    rows = world.sandbox.state()["tickets"]
    found = {row["summary"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def inside(world: World, summary: str) -> list[str]:
    """The internal notes of a ticket."""
    number = tickets(world)[summary]["id"]
    notes = [note for note in world.sandbox.state()["ticketNotes"] if note["ticketId"] == number]
    return [note["text"] for note in notes if note["internalAnalysisFlag"]]


def quiet(world: World) -> None:
    """Another night with the same reasons writes nothing."""
    before = world.writes()
    world.sync()
    assert world.writes() == before


def test_a_client_held_by_the_guard_gets_one_ticket_with_reasons_and_report(office: tuple[World, list[Entry]]) -> None:
    """What is held, why, how to release it, and the page of the run; the next night writes nothing."""
    world, people = office
    assert people_leave(world, people, 5).code == 3
    assert list(tickets(world)) == [GUARD]
    (told,) = inside(world, GUARD)
    assert "harbor would lose 5 of 12 managed contacts" in told
    assert "guard.inactivate_percent in clients/harbor.toml" in told
    (page,) = world.sandbox.state()["documents"]
    assert (page["recordType"], page["publicFlag"]) == ("Ticket", False)
    assert "would lose 5 of 12" in base64.b64decode(page["content"]).decode()
    quiet(world)


def test_a_dry_run_writes_no_ticket(office: tuple[World, list[Entry]]) -> None:
    """It is only looked at."""
    world, people = office
    world.people(*(but(one, enabled=False) for one in people[:5]), *people[5:])
    assert world.plan().code == 3
    assert tickets(world) == {}


def test_changed_reasons_are_one_note(office: tuple[World, list[Entry]]) -> None:
    """Six instead of five: the same ticket, one note, another page; then quiet again."""
    world, people = office
    people_leave(world, people, 5)
    people_leave(world, people, 6)
    first, note = inside(world, GUARD)
    assert "5 of 12" in first
    assert "6 of 12" in note
    assert [page["title"] for page in world.sandbox.state()["documents"]] == [
        "Connector report",
        "Connector report (2)",
    ]
    quiet(world)


def test_a_cause_that_is_gone_closes_its_ticket_with_a_note(office: tuple[World, list[Entry]]) -> None:
    """Once; and what comes back later is another ticket's."""
    world, people = office
    people_leave(world, people, 5)
    assert people_leave(world, people, 0).code == 0
    assert tickets(world)[GUARD]["closedFlag"] is True
    assert inside(world, GUARD)[-1].startswith("This has cleared")
    quiet(world)
    people_leave(world, people, 5)
    assert [row["closedFlag"] for row in world.sandbox.state()["tickets"]] == [True, False]


def test_without_a_status_the_ticket_is_noted_and_used_again(build: Build) -> None:
    """Nobody closed it before the cause came back."""
    people = crowd(12)
    world = desk(build(people, USERS, boards=[BOARD], additions=[line(3301, "MS-USER", 12)]), more="")
    for leaving in (5, 0, 5):
        people_leave(world, people, leaving)
        quiet(world)
    assert tickets(world)[GUARD]["closedFlag"] is False
    assert len(inside(world, GUARD)) == 3


def test_a_directory_that_cannot_be_read_is_a_ticket_until_it_works_again(build: Build) -> None:
    """The company is found by its identifier; a conflict that cannot be seen meanwhile does not end."""
    world = desk(build([ANNA], BY_NAME, boards=[BOARD], contacts=TWINS))
    assert world.sync().code == 3
    export = world.folder / "exports" / "harbor.ldf"
    kept = export.read_bytes()
    export.unlink()
    assert world.sync().code == 1
    assert list(tickets(world)) == [CONFLICT, FAILED]
    assert tickets(world)[FAILED]["company"]["id"] == 412
    assert "harbor.ldf" in inside(world, FAILED)[0]
    quiet(world)
    export.write_bytes(kept)
    assert world.sync().code == 3
    assert {name: row["closedFlag"] for name, row in tickets(world).items()} == {CONFLICT: False, FAILED: True}
    quiet(world)


def test_two_causes_are_two_tickets(build: Build) -> None:
    """Each ends by itself."""
    people = crowd(12)
    twins = [contact(201, "Anna Adler", ""), contact(202, "Anna Adler", "")]
    contacts = [*contacts_of(people), *twins]
    world = desk(build([*people, ANNA], '[contacts]\nmatch = ["mail", "name"]\n', boards=[BOARD], contacts=contacts))
    world.sync()
    assert list(tickets(world)) == [CONFLICT]
    world.people(*(but(one, enabled=False) for one in people[:5]), *people[5:], ANNA)
    world.sync()
    assert {name: row["closedFlag"] for name, row in tickets(world).items()} == {CONFLICT: False, GUARD: False}
    quiet(world)
    world.people(*people, ANNA)
    world.sync()
    assert {name: row["closedFlag"] for name, row in tickets(world).items()} == {CONFLICT: False, GUARD: True}


@pytest.mark.parametrize("effect", ["drop-after", "500-after", "drop", "500", "502-html"])
def test_a_lost_answer_makes_one_ticket(office: tuple[World, list[Entry]], effect: str) -> None:
    """Whether it was opened or not: there is one after the next night, and the run ends as it would."""
    world, people = office
    world.fault(effect, method="POST", path="/service/tickets")
    assert people_leave(world, people, 5).code == 3
    world.sync()
    assert list(tickets(world)) == [GUARD]
    quiet(world)


def test_a_lost_state_doubles_no_ticket(build: Build) -> None:
    """It is found by its summary, and told nothing that it tells already."""
    world = desk(build([ANNA], BY_NAME, boards=[BOARD], contacts=TWINS))
    world.sync()
    for _ in range(2):
        world.lose_state()
        quiet(world)
    assert list(tickets(world)) == [CONFLICT]
    assert len(inside(world, CONFLICT)) == 1


def test_a_ticket_closed_by_hand_stays_closed_until_the_reasons_change(office: tuple[World, list[Entry]]) -> None:
    """Then a new one is opened; the closed one is left alone."""
    world, people = office
    people_leave(world, people, 5)
    world.edit(f"/service/tickets/{tickets(world)[GUARD]['id']}", status={"id": 19})
    quiet(world)
    people_leave(world, people, 6)
    assert [row["closedFlag"] for row in world.sandbox.state()["tickets"]] == [True, False]
    quiet(world)


@pytest.mark.parametrize("path", ["/service/tickets", "/service/boards", "/system/documents"])
def test_without_the_rights_the_run_ends_as_before_with_a_warning(office: tuple[World, list[Entry]], path: str) -> None:
    """In the report and on stderr; nothing is opened, or nothing attached, and the next night tries again."""
    world, people = office
    world.fault("403", path=path, method="POST" if path == "/service/tickets" else "*", times=0)
    told = people_leave(world, people, 5)
    assert (told.code, told.held[0][0]) == (3, "guard")
    for words in ("ConnectWise does not allow", f" {path}"):
        assert words in told.warnings
        assert words in told.err
    attached = path == "/system/documents"
    assert list(tickets(world)) == ([GUARD] if attached else [])
    world.sandbox.control("DELETE", "faults")
    world.sync()
    assert list(tickets(world)) == [GUARD]
    quiet(world)


@pytest.mark.parametrize("path", ["/service/tickets/*", "*/notes"])
def test_a_note_that_may_not_be_written_is_tried_again(office: tuple[World, list[Entry]], path: str) -> None:
    """The run ends as before, with a warning."""
    world, people = office
    people_leave(world, people, 5)
    world.fault("403", path=path, times=0)
    told = people_leave(world, people, 6)
    assert (told.code, 'Ticket "stopped by the guard" of harbor: ConnectWise does not allow' in told.warnings) == (
        3,
        True,
    )
    world.sandbox.control("DELETE", "faults")
    world.sync()
    assert len(inside(world, GUARD)) == 2
    quiet(world)


def test_trouble_with_tickets_of_a_failed_run_is_a_warning(office: tuple[World, list[Entry]]) -> None:
    """There is no plan to hold it, so it is on stderr alone."""
    world, _ = office
    (world.folder / "exports" / "harbor.ldf").unlink()
    world.fault("403", path="/service/tickets", times=0)
    told = world.sync()
    assert (told.code, list(told.failures)) == (1, ["harbor"])
    assert 'Ticket "the run failed" of harbor: ConnectWise does not allow GET /service/tickets' in told.err


def test_a_board_that_is_not_there_is_a_warning(build: Build) -> None:
    """And the check says it beforehand."""
    world = desk(build([ANNA], BY_NAME, boards=[BOARD], contacts=TWINS), board="Nowhere")
    told = world.sync()
    assert (told.code, 'no active service board called "Nowhere"' in told.warnings) == (3, True)
    checked = world.run("check")
    assert (checked.code, "no active service board" in " ".join(checked.out.split())) == (1, True)


def test_a_client_that_is_busy_gets_no_ticket(build: Build) -> None:
    """Another run is under way, which is no trouble; an open ticket does not end either."""
    world = desk(build([ANNA], BY_NAME, boards=[BOARD], contacts=TWINS))
    world.sync()
    store = Store(f"sqlite:///{world.folder}/state.db", "another machine#1#aaaaaaaa")
    store.open_run("harbor", "manual", datetime.now(UTC))
    store.close()
    told = world.sync()
    assert "another run" in told.failures["harbor"]
    assert {name: row["closedFlag"] for name, row in tickets(world).items()} == {CONFLICT: False}


def test_adopting_tells_of_conflicts_too(build: Build) -> None:
    """The first run is where most of them are."""
    world = desk(build([ANNA], BY_NAME, boards=[BOARD], contacts=TWINS))
    assert world.sync("--adopt-only").code == 3
    assert list(tickets(world)) == [CONFLICT]
    world.edit("/company/contacts/102", firstName="Berta")
    assert world.sync("--adopt-only").code == 0
    assert tickets(world)[CONFLICT]["closedFlag"] is True


def test_protected_contacts_get_no_ticket_unless_asked_for(build: Build) -> None:
    """They wait because somebody wants them to."""
    vip = [contact(101, "Anna Adler", ANNA.mail, types=["VIP"]), contact(102, "Ben Berg", BEN.mail)]
    world = desk(build([ANNA, BEN], '[contacts]\nprotected_types = ["VIP"]\n', boards=[BOARD], contacts=vip))
    world.sync()
    world.people(but(ANNA, enabled=False), BEN)
    held = world.sync().held
    assert {kind for kind, _ in held} == {"protected"}
    assert tickets(world) == {}
    toml = world.folder / "connector.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + 'causes = ["protected"]\n', encoding="utf-8")
    world.sync()
    assert list(tickets(world)) == ["Connector harbor: protected contacts wait"]


def test_without_a_board_nothing_is_asked(build: Build) -> None:
    """Off is the default."""
    world = build([ANNA], BY_NAME, boards=[BOARD], contacts=TWINS)
    assert world.sync().code == 3
    assert not [one for one in world.sandbox.requests()["counts"] if "service" in one]


def test_taking_a_run_back_ends_no_ticket(build: Build) -> None:
    """It looks at no conflict, so it cannot say that one is gone."""
    world = desk(build([ANNA, person("Ben Berg")], BY_NAME, boards=[BOARD], contacts=TWINS))
    world.sync()
    run = world.run("runs").out.splitlines()[1].split()[0]
    before = inside(world, CONFLICT)
    assert "Ben Berg" in world.active()
    assert world.run("undo", run).code in (0, 3)
    assert "Ben Berg" not in world.active()
    assert (tickets(world)[CONFLICT]["closedFlag"], inside(world, CONFLICT)) == (False, before)


def test_what_holds_all_clients_is_one_ticket(build: Build) -> None:
    """Two clients wait for the same reason: the first one has the ticket, and it ends when that is gone."""
    world = desk(build([ANNA, person("Ben Berg")], boards=[BOARD], contacts=[]))
    world.client("lindqvist", "LindqvistLaw")
    world.people(person("Carl Cole"), person("Dora Dahl"), client="lindqvist")
    path = world.folder / "connector.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n[guard]\ncreate_count = 3\n", encoding="utf-8")
    assert world.sync().code == 3
    assert list(tickets(world)) == [GUARD]
    path.write_text(text, encoding="utf-8")
    assert world.sync().code == 0
    assert tickets(world)[GUARD]["closedFlag"] is True
