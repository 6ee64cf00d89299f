"""Carrying out tickets: trouble with one is told, and stops nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.core.plan import Held, HeldKind, Plan
from connector.core.tickets import Cause, Known, Tell
from connector.errors import PsaRejected, PsaUnreachable
from connector.state.store import Store
from connector.sync.outcome import Outcome, Report
from connector.sync.ports import Attached
from connector.sync.tickets import TITLE, ServiceDesk, tell

NOW = datetime(2026, 5, 10, 8, 0, tzinfo=UTC)
TWINS = Held(HeldKind.CONFLICT, "Anna Dahl", "two contacts fit", "Make one inactive.")
DRIFT = Held(HeldKind.DRIFT, "Managed user", "it was edited", "Set it back.")
QUIET = Plan("harbor", 412, "HarborDental", NOW, complete=True, accounts=9, people=8)
HELD = Plan("harbor", 412, "HarborDental", NOW, complete=True, accounts=9, people=8, held=(TWINS, DRIFT))


@dataclass
class Board:
    """A service board and the files beside its tickets; ``errors`` are raised by cause or by what is done."""

    errors: dict[str, Exception] = field(default_factory=dict)
    told: list[tuple[int, Cause]] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    pages: list[tuple[int, str, str, bytes]] = field(default_factory=list)

    def company_id(self, identifier: str) -> int:
        """The id of the company."""
        return {"HarborDental": 412}[identifier]

    def tell(self, company_id: int, wanted: Tell) -> int:
        """Note that it was told."""
        if error := self.errors.get(wanted.cause):
            raise error
        self.told.append((company_id, wanted.cause))
        return 15000 + list(Cause).index(wanted.cause)

    def clear(self, ticket_id: int, note: str) -> None:
        """Note that it has ended."""
        if error := self.errors.get("clear"):
            raise error
        self.cleared.append(ticket_id)

    def attach(self, record_id: int, title: str, filename: str, content: bytes) -> Attached:
        """Keep the file."""
        if error := self.errors.get("attach"):
            raise error
        self.pages.append((record_id, title, filename, content))
        return None  # type: ignore[return-value]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty state."""
    store = Store(f"sqlite:///{tmp_path}/state.db")
    yield store
    store.close()


def run(board: Board, store: Store, plan: Plan | None, error: str = "") -> tuple[str, ...]:
    """Tell the board what became of harbor."""
    desk = ServiceDesk(board, board, lambda report: f"page of {report.client}", frozenset(Cause), closes=True)
    outcome = Outcome.FAILED if error else Outcome.HELD
    return tell(desk, store, Report("harbor", outcome, plan, error=error), "HarborDental", NOW)


def test_what_was_told_is_remembered_with_its_page(store: Store) -> None:
    """The second time nothing is done."""
    board = Board()
    for _ in range(2):
        assert run(board, store, HELD) == ()
        assert board.told == [(412, Cause.CONFLICT), (412, Cause.DRIFT)]
    assert board.pages == [(number, TITLE, "connector-harbor.html", b"page of harbor") for number in (15002, 15003)]
    assert {one.ticket_id for one in store.tickets("harbor")} == {15002, 15003}


def test_a_run_that_failed_before_its_plan_finds_the_company_and_has_no_page(store: Store) -> None:
    """It has said everything in the ticket."""
    board = Board()
    assert run(board, store, None, "The directory does not answer.") == ()
    assert (board.told, board.pages) == ([(412, Cause.FAILED)], [])


@pytest.mark.parametrize("error", [PsaUnreachable("No answer.", "Try later."), RuntimeError("a fault")])
def test_trouble_with_one_ticket_does_not_stop_the_next(store: Store, error: Exception) -> None:
    """It is told and logged, and tried again; a fault of the connector, too."""
    board = Board({"conflict": error})
    with capture_logs() as logs:
        (trouble,) = run(board, store, HELD)
    assert trouble.startswith('Ticket "unclear who is who" of harbor: ')
    assert str(error) in trouble
    assert [entry["problem"] for entry in logs if "problem" in entry] == [trouble]
    assert board.told == [(412, Cause.DRIFT)]
    board.errors.clear()
    assert run(board, store, HELD) == ()
    assert board.told == [(412, Cause.DRIFT), (412, Cause.CONFLICT)]


def test_a_page_that_cannot_be_attached_is_told_and_the_ticket_remembered(store: Store) -> None:
    """So that it is not opened again."""
    board = Board({"attach": PsaRejected("Too large.")})
    assert run(board, store, HELD)[0] == "The report was not attached to ticket 15002 of harbor: Too large."
    assert run(board, store, HELD) == ()
    assert len(board.told) == 2


def test_an_end_that_is_refused_is_left_to_a_person(store: Store) -> None:
    """Told once; one that only found no answer is tried again."""
    board = Board({"clear": PsaUnreachable("No answer.")})
    store.remember_ticket("harbor", Known(Cause.DRIFT, 7, "x"), NOW)
    assert len(run(board, store, QUIET)) == 1
    board.errors["clear"] = PsaRejected("No such status.")
    assert run(board, store, QUIET) == ('Ticket "changed by somebody else" of harbor: No such status.',)
    assert run(board, store, QUIET) == ()
    assert board.cleared == []


def test_a_state_that_cannot_be_read_is_told(store: Store, tmp_path: Path) -> None:
    """Without it nothing is known of open tickets, so none is written."""
    board = Board()
    store.close()
    (tmp_path / "state.db").write_bytes(b"no database at all, and long enough to be looked at" * 40)
    (trouble,) = run(board, store, HELD)
    assert trouble.startswith("Tickets of harbor: The state database")
    assert board.told == []
