"""Tickets: boards and their statuses (api.md 4.9, 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connector.sandbox import DataError, Sandbox
from connector.sandbox.loading import load
from tests.sandbox.conftest import Client, tenant

TICKETS = "/service/tickets"


@pytest.fixture
def psa() -> Iterator[Client]:
    """The client of a tenant with three boards; the last one has no statuses in the data."""
    boards = [
        {"id": 21, "name": "Help", "statuses": [{"id": 17, "name": "New"}, {"id": 18, "name": "Closed"}]},
        {"id": 22, "name": "Projects", "statuses": [{"id": 31, "name": "Open"}, "Closed"]},
        {"id": 23, "name": "Free"},
    ]
    with Sandbox(tenant() | {"boards": boards}) as running:
        client = Client(running)
        yield client
        client.http.close()


def ticket(**more: Any) -> dict[str, Any]:
    """The body of a new ticket."""
    return {"summary": "AD sync: user count rose 36 -> 37", "company": {"id": 412}, **more}


def test_new_ticket_has_board_and_status(psa: Client) -> None:
    """The first board unless one is named, and the first status there."""
    made = psa.post(TICKETS, ticket()).json()
    assert (made["board"]["name"], made["status"]) == ("Help", {"id": 17, "name": "New"})
    made = psa.post(TICKETS, ticket(board={"id": 22})).json()
    assert (made["board"]["id"], made["status"]["name"]) == (22, "Open")


@pytest.mark.parametrize("status", [{"id": 18}, {"id": "18"}, {"name": "closed"}])
def test_status_is_found_on_the_board(psa: Client, status: dict[str, Any]) -> None:
    """By id, which may be text, or by name."""
    assert psa.post(TICKETS, ticket(status=status)).json()["status"] == {"id": 18, "name": "Closed"}


def test_status_of_another_board_is_not_found(psa: Client) -> None:
    """The vendor's own words, for a new ticket and for a change."""
    made = psa.post(TICKETS, ticket()).json()["id"]
    for response in (
        psa.post(TICKETS, ticket(board={"id": 22}, status={"id": 17})),
        psa.patch(f"{TICKETS}/{made}", ("replace", "board", {"id": 22}), ("replace", "status", {"id": 18})),
    ):
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert (error["code"], error["field"], error["resource"]) == ("NotFound", "status/id", "ticket")
    response = psa.post(TICKETS, ticket(status={"id": 31}))
    assert response.json()["errors"][0]["message"] == "Service Status 31 not found for Service Board 21"


def test_ticket_that_moves_to_another_board_starts_there_anew(psa: Client) -> None:
    """Unless its status is one of that board, too; a patch of something else leaves the status alone."""
    path = f"{TICKETS}/{psa.post(TICKETS, ticket(status={'id': 18})).json()['id']}"
    assert psa.patch(path, ("replace", "summary", "X")).json()["status"]["id"] == 18
    assert psa.patch(path, ("replace", "board", {"id": 22})).json()["status"] == {"id": 31, "name": "Open"}


def test_board_without_statuses_takes_any(psa: Client) -> None:
    """The data does not say which there are."""
    made = psa.post(TICKETS, ticket(board={"id": 23}, status={"id": 99, "name": "Odd"})).json()
    assert made["status"] == {"id": 99, "name": "Odd"}
    assert psa.post(TICKETS, ticket(board={"id": 23})).json()["status"] == {"id": 1, "name": "New"}


def test_statuses_stay_out_of_the_board(psa: Client) -> None:
    """They are data, not a field; a PUT of the board leaves them."""
    board = psa.get("/service/boards/21").json()
    assert "statuses" not in board
    whole = {"name": "Desk", "location": {"id": 1}, "department": {"id": 1}}
    assert psa.put("/service/boards/21", whole).json()["name"] == "Desk"
    assert psa.post(TICKETS, ticket(status={"id": 31})).status_code == 400


def test_first_texts_can_only_be_used_when_creating(psa: Client) -> None:
    """They are taken with a new ticket, never answered, and refused later."""
    made = psa.post(TICKETS, ticket(initialDescription="By itself")).json()
    assert "initialDescription" not in made
    response = psa.patch(f"{TICKETS}/{made['id']}", ("replace", "initialDescription", "x"))
    assert response.json()["errors"][0]["message"] == "initialDescription can only be used when creating"


def test_tickets_of_the_data_get_their_status() -> None:
    """By name, in a board by name; a status that the board lacks, or without a name, is an error."""
    boards = [{"name": "Help", "statuses": ["New", "Closed"]}]
    one = {"summary": "x", "company": {"id": 412}, "board": "Help", "status": "closed"}
    store = load(tenant() | {"boards": boards, "tickets": [one]})
    assert store.rows("tickets")[0]["status"] == {"id": 502, "name": "Closed"}
    with pytest.raises(DataError, match=r"tickets 15001: Service Status Gone not found for Service Board 21"):
        load(tenant() | {"boards": boards, "tickets": [one | {"status": "Gone"}]})
    with pytest.raises(DataError, match="a status needs a name"):
        load(tenant() | {"boards": [{"name": "Help", "statuses": [{"id": 1}]}]})


def notes(psa: Client, number: int) -> list[dict[str, Any]]:
    """The notes of a ticket."""
    rows: list[dict[str, Any]] = psa.get(f"{TICKETS}/{number}/notes").json()
    return rows


def test_notes_are_kept_below_their_ticket(psa: Client) -> None:
    """With their kind, the ticket, the time and the member; they go with the ticket."""
    first, second = (psa.post(TICKETS, ticket()).json()["id"] for _ in range(2))
    made = psa.post(f"{TICKETS}/{first}/notes", {"text": "Seen", "internalAnalysisFlag": True})
    assert made.status_code == 201
    (note,) = notes(psa, first)
    assert note == made.json()
    assert (note["ticketId"], note["createdBy"]) == (first, "adconnector")
    assert (note["internalAnalysisFlag"], note["detailDescriptionFlag"]) == (True, False)
    assert notes(psa, second) == []
    assert psa.delete(f"{TICKETS}/{first}").status_code == 204
    assert psa.get(f"{TICKETS}/{first}/notes").status_code == 404
    assert psa.sandbox.state()["ticketNotes"] == []


def test_a_note_needs_a_text(psa: Client) -> None:
    """And a ticket that is there."""
    made = psa.post(TICKETS, ticket()).json()["id"]
    assert psa.post(f"{TICKETS}/{made}/notes", {"internalAnalysisFlag": True}).status_code == 400
    assert psa.post(f"{TICKETS}/99999/notes", {"text": "Seen"}).status_code == 404


def test_the_first_texts_of_a_ticket_become_notes(psa: Client) -> None:
    """Each of its kind."""
    made = psa.post(TICKETS, ticket(initialDescription="All", initialInternalAnalysis="Us")).json()["id"]
    told = [(one["text"], one["detailDescriptionFlag"], one["internalAnalysisFlag"]) for one in notes(psa, made)]
    assert told == [("All", True, False), ("Us", False, True)]


def test_a_status_that_closes_closes_the_ticket() -> None:
    """And another one opens it again; the statuses of a board can be read."""
    boards = [{"id": 21, "name": "Help", "statuses": ["New", {"name": "Done", "closedStatus": True}]}]
    with Sandbox(tenant() | {"boards": boards}) as running:
        client = Client(running)
        known = client.get("/service/boards/21/statuses").json()
        assert [(one["name"], one.get("closedStatus", False), one["board"]["id"]) for one in known] == [
            ("New", False, 21), ("Done", True, 21),
        ]  # fmt: skip
        path = f"{TICKETS}/{client.post(TICKETS, ticket()).json()['id']}"
        done = client.patch(path, ("replace", "status", {"id": known[1]["id"]})).json()
        assert (done["closedFlag"], done["closedBy"]) == (True, "adconnector")
        again = client.patch(path, ("replace", "status", {"id": known[0]["id"]})).json()
        assert again["closedFlag"] is False
        assert "closedDate" not in again
        client.http.close()


def test_notes_of_the_data_are_notes() -> None:
    """They name their ticket, and survive a dump."""
    data = tenant() | {"tickets": [{"id": 15001, "summary": "x", "company": {"id": 412}}]}
    store = load(data | {"ticketNotes": [{"ticketId": 15001, "text": "Seen"}]})
    (note,) = load(store.dump()).rows("ticketNotes")
    assert (note["ticketId"], note["text"], note["resolutionFlag"]) == (15001, "Seen", False)
