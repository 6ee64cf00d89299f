"""What still hangs on a contact that is about to be inactivated."""

from typing import Any

import pytest

from connector.core.model import OpenWork
from connector.errors import PsaUnreachable
from connector.psa.source import PsaReader
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.tenant import tenant


def ticket(number: int, summary: str, contact: int = 8123, **more: Any) -> dict[str, Any]:
    """A ticket of the client."""
    return {"id": number, "summary": summary, "company": {"id": 412}, "contact": {"id": contact}, **more}


@pytest.fixture
def busy(sandbox: Sandbox) -> Sandbox:
    """Two open tickets and a closed one of contact 8123, one of a neighbour."""
    tickets = [
        ticket(1310, "Printer jams"),
        ticket(1203, "No mail"),
        ticket(1100, "Long done", closedFlag=True),
        ticket(1400, "Neighbour", 8200),
    ]
    sandbox.control("POST", "reset", tenant() | {"tickets": tickets})
    return sandbox


def test_open_tickets_and_counts_of_other_records_are_told_by_contact(reader: PsaReader, busy: Sandbox) -> None:
    """In words, the tickets by number; who has nothing is not named; nothing is written."""
    assert reader.open_work([8124, 8123]) == OpenWork(
        tickets={8123: ("#1203 No mail", "#1310 Printer jams")}, usages={8123: ("2 agreements",)}
    )
    assert writes(busy) == []


def test_one_record_and_another_ending_are_told_in_good_english(reader: PsaReader, sandbox: Sandbox) -> None:
    """1 agreement, 2 companies."""
    data = tenant()
    data["agreements"][1]["contact"] = 8124
    for company in data["companies"][:2]:
        company["billingContact"] = {"id": 8123}
    sandbox.control("POST", "reset", data)
    assert reader.open_work([8123]).usages == {8123: ("1 agreement", "2 companies")}


def test_a_contact_that_is_gone_has_no_work(reader: PsaReader, busy: Sandbox) -> None:
    """The others are still told."""
    assert list(reader.open_work([999_999, 8123]).usages) == [8123]


def test_nobody_asks_for_nobody(reader: PsaReader, sandbox: Sandbox) -> None:
    """No request without a contact."""
    assert reader.open_work([]) == OpenWork()
    assert sandbox.requests()["requests"] == []


def test_tickets_of_many_contacts_are_asked_for_in_short_requests(reader: PsaReader, sandbox: Sandbox) -> None:
    """Addresses stay below the PSA's limit, which the sandbox enforces."""
    data = tenant()
    data["contacts"] += [{"id": n, "firstName": f"P{n}", "company": {"id": 412}} for n in range(20_001, 20_301)]
    data["tickets"] = [ticket(n, "Same", n) for n in range(20_001, 20_301)]
    sandbox.control("POST", "reset", data)
    work = reader.open_work(range(20_001, 20_301))
    assert work.tickets == {n: (f"#{n} Same",) for n in range(20_001, 20_301)}
    assert 2 <= sandbox.requests()["counts"]["GET /service/tickets"] <= 4


@pytest.mark.parametrize(
    ("path", "right"),
    [("/service/tickets", "Service Desk: Service Tickets, Inquire"), ("*/usages", "Companies: Contacts")],
)
def test_what_may_not_be_read_is_a_problem_and_no_failure(
    reader: PsaReader, busy: Sandbox, path: str, right: str
) -> None:
    """The right is named, and nothing is claimed to be known."""
    busy.control("POST", "faults", {"path": path, "effect": "403"})
    work = reader.open_work([8123])
    assert right in work.problem
    assert (work.tickets, work.usages) == ({}, {})


@pytest.mark.parametrize("path", ["/service/tickets", "*/usages"])
def test_other_trouble_is_raised(reader: PsaReader, busy: Sandbox, path: str) -> None:
    """A PSA that does not answer must not look like one without tickets."""
    busy.control("POST", "faults", {"path": path, "effect": "500", "times": 0})
    with pytest.raises(PsaUnreachable):
        reader.open_work([8123])


def test_a_passing_failure_does_not_matter(reader: PsaReader, busy: Sandbox) -> None:
    """Readings are repeated."""
    busy.control("POST", "faults", {"path": "/service/tickets", "effect": "429"})
    assert reader.open_work([8123]).tickets == {8123: ("#1203 No mail", "#1310 Printer jams")}
