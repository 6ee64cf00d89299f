"""Tickets on a board: opened once, noted inside, closed, and never doubled by a lost answer."""

from typing import Any

import pytest

from connector.core.tickets import Cause, Tell
from connector.errors import PsaInDoubt, PsaMissing, PsaRefused, PsaRejected
from connector.psa.check import check
from connector.psa.documents import Attached, PsaDocuments
from connector.psa.rest import PsaRest
from connector.psa.tickets import INSIDE, PsaTickets
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.tenant import tenant

SUMMARY = "Connector harbor: stopped by the guard"
FIRST = Tell(Cause.GUARD, SUMMARY, "5 of 12 would go.\n\nRaise the limit.", "Now: 5 of 12 would go.", "digest")
BOARDS = [
    {"id": 21, "name": "Help", "statuses": ["New", "Waiting", {"id": 19, "name": "Closed", "closedStatus": True}]},
    {"id": 22, "name": 'Sync "quiet"', "statuses": ["Open", {"id": 39, "name": "Done", "closedStatus": True}]},
    {"id": 23, "name": "Old", "inactiveFlag": True},
]
LOST = ["drop-after", "500-after"]


@pytest.fixture(autouse=True)
def boards(sandbox: Sandbox) -> None:
    """The tenant with its boards."""
    sandbox.control("POST", "reset", tenant() | {"boards": BOARDS})


@pytest.fixture
def desk(http: PsaRest) -> PsaTickets:
    """The second board, where tickets are closed."""
    return PsaTickets(http, 'sync "QUIET"', "done")


def tell(note: str, ticket: int | None = None) -> Tell:
    """Other reasons for the same ticket."""
    return Tell(Cause.GUARD, SUMMARY, f"words: {note}", note, "other", ticket)


def tickets(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The tickets the PSA has."""
    rows: list[dict[str, Any]] = sandbox.state()["tickets"]
    return rows


def inside(sandbox: Sandbox) -> list[str]:
    """The internal notes there are."""
    return [note["text"] for note in sandbox.state()["ticketNotes"] if note["internalAnalysisFlag"]]


def test_a_ticket_is_opened_on_the_board_with_its_reasons_inside(desk: PsaTickets, sandbox: Sandbox) -> None:
    """What a client may see tells nothing, and nobody is notified."""
    number = desk.tell(412, FIRST)
    (one,) = tickets(sandbox)
    assert (one["id"], one["summary"], one["board"]["id"], one["company"]["id"]) == (number, SUMMARY, 22, 412)
    assert one.get("contact") is None
    assert (one["processNotifications"], one["automaticEmailContactFlag"]) == (False, False)
    told = [(note["text"], note["internalAnalysisFlag"]) for note in sandbox.state()["ticketNotes"]]
    assert told == [(INSIDE, False), ("5 of 12 would go.  Raise the limit.", True)]


def test_telling_it_again_finds_the_ticket_and_writes_nothing(desk: PsaTickets, sandbox: Sandbox) -> None:
    """Also without knowing its number: the state may be lost."""
    number = desk.tell(412, FIRST)
    before = writes(sandbox)
    assert desk.tell(412, FIRST) == number
    assert writes(sandbox) == before


def test_other_reasons_are_one_note(desk: PsaTickets, sandbox: Sandbox) -> None:
    """On the same ticket, internal and silent; the second time nothing."""
    number = desk.tell(412, FIRST)
    assert {desk.tell(412, tell("6 of 12", known)) for known in (number, None, number)} == {number}
    assert len(tickets(sandbox)) == 1
    assert inside(sandbox)[1:] == ["6 of 12"]
    note = sandbox.state()["ticketNotes"][-1]
    assert (note["detailDescriptionFlag"], note["resolutionFlag"]) == (False, False)
    assert note["processNotifications"] is False


def test_reasons_that_return_are_told_again(desk: PsaTickets, sandbox: Sandbox) -> None:
    """Only the last note counts as said."""
    number = desk.tell(412, FIRST)
    for note in ("6 of 12", "7 of 12", "6 of 12"):
        desk.tell(412, tell(note, number))
    assert inside(sandbox)[1:] == ["6 of 12", "7 of 12", "6 of 12"]


def test_a_ticket_that_was_closed_by_hand_is_not_reopened(desk: PsaTickets, sandbox: Sandbox, http: PsaRest) -> None:
    """A new one takes its place; so it does for one that was deleted."""
    first = desk.tell(412, FIRST)
    http.patch(f"/service/tickets/{first}", [{"op": "replace", "path": "status", "value": {"id": 39}}])
    second = desk.tell(412, tell("6 of 12", first))
    http.delete(f"/service/tickets/{second}")
    third = desk.tell(412, tell("7 of 12", second))
    assert len({first, second, third}) == 3
    assert [one["id"] for one in tickets(sandbox)] == [first, third]


def test_tickets_that_are_alike_are_other_tickets(desk: PsaTickets, sandbox: Sandbox) -> None:
    """Another company's, a longer summary, a closed one."""
    alike = [
        {"id": 1, "summary": SUMMARY, "company": {"id": 413}},
        {"id": 2, "summary": f"{SUMMARY} again", "company": {"id": 412}},
        {"id": 3, "summary": SUMMARY, "company": {"id": 412}, "closedFlag": True},
    ]
    sandbox.control("POST", "reset", tenant() | {"boards": BOARDS, "tickets": alike})
    assert desk.tell(412, FIRST) not in {1, 2, 3}


def test_of_two_open_tickets_the_older_one_is_taken(desk: PsaTickets, sandbox: Sandbox) -> None:
    """Somebody copied it, and moved the older one to another board."""
    twins = [{"id": number, "summary": SUMMARY, "company": {"id": 412}, "board": 21} for number in (8, 5)]
    sandbox.control("POST", "reset", tenant() | {"boards": BOARDS, "tickets": twins})
    assert desk.tell(412, FIRST) == 5
    assert len(tickets(sandbox)) == 2


def test_what_is_done_is_noted_and_closed(desk: PsaTickets, sandbox: Sandbox) -> None:
    """With the status of the ticket's own board; the second time nothing."""
    number = desk.tell(412, FIRST)
    for _ in range(2):
        desk.clear(number, "Done.")
        assert inside(sandbox)[1:] == ["Done."]
    (one,) = tickets(sandbox)
    assert (one["status"]["name"], one["closedFlag"]) == ("Done", True)
    assert sum(entry["method"] == "PATCH" for entry in writes(sandbox)) == 1


def test_without_a_status_it_is_noted_alone(http: PsaRest, sandbox: Sandbox) -> None:
    """It stays open, and a second time nothing is said."""
    desk = PsaTickets(http, "Help")
    number = desk.tell(412, FIRST)
    for _ in range(2):
        desk.clear(number, "Done.")
    (one,) = tickets(sandbox)
    assert (one["closedFlag"], inside(sandbox)[1:]) == (False, ["Done."])


def test_a_ticket_that_is_closed_or_gone_needs_no_end(desk: PsaTickets, sandbox: Sandbox, http: PsaRest) -> None:
    """Nothing is written to it."""
    number = desk.tell(412, FIRST)
    http.patch(f"/service/tickets/{number}", [{"op": "replace", "path": "status", "value": {"id": 39}}])
    before = writes(sandbox)
    desk.clear(number, "Done.")
    desk.clear(99_999, "Done.")
    assert writes(sandbox) == before


def test_a_ticket_on_a_board_without_the_status_is_noted_and_named(
    desk: PsaTickets, sandbox: Sandbox, http: PsaRest
) -> None:
    """A technician moved it: who closes it is said."""
    number = desk.tell(412, FIRST)
    http.patch(f"/service/tickets/{number}", [{"op": "replace", "path": "board", "value": {"id": 21}}])
    with pytest.raises(
        PsaRejected, match=f'Ticket {number} was noted and not closed: its board Help has no status called "done"'
    ):
        desk.clear(number, "Done.")
    assert inside(sandbox)[1:] == ["Done."]


@pytest.mark.parametrize("effect", LOST)
def test_a_lost_answer_makes_no_second_ticket(desk: PsaTickets, sandbox: Sandbox, effect: str) -> None:
    """It is looked for by its summary."""
    sandbox.control("POST", "faults", {"effect": effect, "method": "POST", "path": "/service/tickets", "times": 1})
    number = desk.tell(412, FIRST)
    assert desk.tell(412, FIRST) == number
    assert [one["id"] for one in tickets(sandbox)] == [number]


def test_a_ticket_in_doubt_that_is_not_seen_is_not_sent_again(desk: PsaTickets, sandbox: Sandbox) -> None:
    """The next run looks for it, and opens it then."""
    sandbox.control("POST", "faults", {"effect": "502-html", "method": "POST", "path": "/service/tickets", "times": 1})
    with pytest.raises(PsaInDoubt):
        desk.tell(412, FIRST)
    assert sum(entry["method"] == "POST" for entry in writes(sandbox)) == 1
    desk.tell(412, FIRST)
    assert len(tickets(sandbox)) == 1


@pytest.mark.parametrize("effect", [*LOST, "502-html"])
def test_a_lost_answer_makes_no_second_note(desk: PsaTickets, sandbox: Sandbox, effect: str) -> None:
    """It is looked for, at once or by the next run."""
    number = desk.tell(412, FIRST)
    sandbox.control("POST", "faults", {"effect": effect, "method": "POST", "path": "*/notes", "times": 1})
    if effect == "502-html":
        with pytest.raises(PsaInDoubt):
            desk.tell(412, tell("6 of 12", number))
    for _ in range(2):
        desk.tell(412, tell("6 of 12", number))
    assert inside(sandbox)[1:] == ["6 of 12"]


def test_without_the_right_it_is_said(desk: PsaTickets, sandbox: Sandbox) -> None:
    """The right that is missing is named."""
    sandbox.control("POST", "faults", {"effect": "403", "method": "POST", "path": "/service/tickets"})
    with pytest.raises(PsaRefused) as refused:
        desk.tell(412, FIRST)
    assert "Service Desk: Service Tickets, Add, Edit and Inquire" in refused.value.hint


@pytest.mark.parametrize("name", ["Nowhere", "Old", "Hel%"])
def test_a_board_that_is_not_there_is_named(http: PsaRest, sandbox: Sandbox, name: str) -> None:
    """An inactive one is none, and a pattern is no name."""
    with pytest.raises(PsaRejected, match=f'no active service board called "{name}"'):
        PsaTickets(http, name).tell(412, FIRST)
    assert tickets(sandbox) == []


def test_a_company_is_found_by_its_identifier(desk: PsaTickets) -> None:
    """Not by the beginning of another one's."""
    assert desk.company_id("harbordental") == 412
    with pytest.raises(PsaMissing, match='no company with the identifier "Harbor"'):
        desk.company_id("Harbor")


def test_a_report_is_attached_to_a_ticket(desk: PsaTickets, sandbox: Sandbox, http: PsaRest) -> None:
    """Private, once; another one gets the next number."""
    number = desk.tell(412, FIRST)
    files = PsaDocuments(http, "Ticket")
    first = [files.attach(number, "Report", "report.html", b"<p>1") for _ in range(2)]
    assert first == [Attached(number, "Report", new=True), Attached(number, "Report", new=False)]
    assert files.attach(number, "Report", "report.html", b"<p>2") == Attached(number, "Report (2)", new=True)
    kept = [(one["recordType"], one["recordId"], one["publicFlag"]) for one in sandbox.state()["documents"]]
    assert kept == [("Ticket", number, False)] * 2


def checked(http: PsaRest, board: str, status: str = "") -> dict[str, tuple[bool, str]]:
    """What the check says of tickets."""
    return {one.name: (one.ok, one.message) for one in check(http, board, status)[11:]}


def test_the_check_says_whether_board_and_status_are_there(http: PsaRest) -> None:
    """And which right it takes to open a ticket."""
    found = checked(http, "Help", "Closed")
    assert found["tickets.board"] == (True, "Help (board 21)")
    assert found["tickets.status_closed"] == (True, "Closed closes tickets of board Help")
    assert "Service Desk: Service Tickets, Add, Edit and Inquire" in found["tickets to open"][1]
    assert checked(http, "Help", "Shut")["tickets.status_closed"] == (
        False, "board Help has no status Shut; it has: Closed, New, Waiting",
    )  # fmt: skip
    assert "still counts as open" in checked(http, "Help", "Waiting")["tickets.status_closed"][1]
    assert checked(http, "Nowhere")["tickets.board"][0] is False
    assert checked(http, "") == {}


def test_the_check_says_when_tickets_cannot_be_read(http: PsaRest, sandbox: Sandbox) -> None:
    """They are no more optional where there is a board."""
    sandbox.control("POST", "faults", {"path": "/service/tickets", "effect": "403", "times": 0})
    assert checked(http, "Help")["tickets to open"][0] is False
