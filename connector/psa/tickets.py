"""Tickets on the configured board: found by their summary, opened once, noted inside, closed when they are done.

The client's contact is told nothing. What is said stands in internal notes (``internalAnalysisFlag``), and every write
says ``processNotifications: false``, which skips the notifications: the vendor's document says so of a ticket, and of a
note public clients do, one of which saw internal notes mailed to the contact without it (CWSlack-SlashCommands #40).
Notes are ``POST /service/tickets/{id}/notes`` (ConnectWiseManageAPI, New-CWMTicketNote), the statuses of a board
``GET /service/boards/{id}/statuses`` (Jetbuilt/connect_wise, docs/BoardStatus.md).
"""

from dataclasses import dataclass
from typing import Any

from connector.core.normalize import same_text
from connector.core.tickets import Tell
from connector.errors import PsaInDoubt, PsaMissing, PsaRejected
from connector.psa.company import find_company
from connector.psa.query import field
from connector.psa.records import named
from connector.psa.rest import PsaRest, Record

PATH, BOARDS = "/service/tickets", "/service/boards"
INSIDE = "What waits and why stands in the internal notes of this ticket."
"""The description of a ticket, which a client may see."""
_FIELDS = "id,summary,board,closedFlag"
_SILENT = {"processNotifications": False}


@dataclass(frozen=True, slots=True)
class PsaTickets:
    """The :class:`~connector.sync.ports.TicketDesk` of the PSA. ``board`` is where tickets are opened,
    ``status_closed`` the status that closes them, ``""`` where they are only noted: names, in any letter case."""

    http: PsaRest
    board: str
    status_closed: str = ""

    def company_id(self, identifier: str) -> int:
        """The id of a client's company. Raises ``PsaMissing`` when there is none."""
        return int(find_company(self.http, identifier, "id,identifier")["id"])

    def tell(self, company_id: int, wanted: Tell) -> int:
        """Note the reasons on the open ticket, or open one where there is none; its number.

        A ticket that was closed by hand, or is gone, counts as none. Nothing is said twice: a ticket or a note whose
        answer was lost is looked for. Raises ``PsaInDoubt`` when it is not seen.
        """
        ticket = self._open(wanted.ticket_id) or self._find(company_id, wanted.summary)
        if ticket is None:
            return self._create(company_id, wanted)
        self._note(ticket["id"], wanted.note, wanted.words)
        return int(ticket["id"])

    def clear(self, ticket_id: int, note: str) -> None:
        """Note on an open ticket that it is done, and close it. Raises ``PsaRejected`` where its board has no such
        status."""
        ticket = self._open(ticket_id)
        if ticket is None:
            return
        self._note(ticket_id, note)
        if self.status_closed:
            status = self._closing_status(ticket)
            values = {"status": {"id": status}, **_SILENT}
            self.http.patch(
                f"{PATH}/{ticket_id}",
                [{"op": "replace", "path": name, "value": value} for name, value in values.items()],
            )

    def _open(self, ticket_id: int | None) -> Record | None:
        """The ticket, where it is there and open."""
        try:
            ticket = self.http.get(f"{PATH}/{ticket_id}", {"fields": _FIELDS}) if ticket_id is not None else None
        except PsaMissing:
            return None
        return ticket if ticket is not None and ticket.get("closedFlag") is not True else None

    def _find(self, company_id: int, summary: str) -> Record | None:
        """The oldest open ticket of the company with exactly this summary, on whatever board it is by now."""
        still_open = field("closedFlag") == False  # noqa: E712
        conditions = (field("company/id") == company_id) & field("summary").about(summary) & still_open
        rows = self.http.pages(PATH, {"conditions": str(conditions), "fields": _FIELDS})
        return next((row for row in rows if same_text(str(row.get("summary") or ""), summary)), None)

    def _create(self, company_id: int, wanted: Tell) -> int:
        body: dict[str, Any] = {
            "summary": wanted.summary,
            "board": {"id": find_board(self.http, self.board)},
            "company": {"id": company_id},
            "initialDescription": INSIDE,
            "initialInternalAnalysis": wanted.words,
            "automaticEmailContactFlag": False,
            "automaticEmailCcFlag": False,
            **_SILENT,
        }
        try:
            return int(self.http.post(PATH, body)["id"])
        except PsaInDoubt:
            found = self._find(company_id, wanted.summary)
            if found is None:
                raise
            return int(found["id"])

    def _note(self, ticket_id: int, words: str, *alike: str) -> None:
        """Say it inside the ticket, unless the last thing that was said there is the same, or one of ``alike``."""
        path = f"{PATH}/{ticket_id}/notes"
        before = self._inside(path)
        if before and any(_says(before[-1], one) for one in (words, *alike)):
            return
        kinds = {"detailDescriptionFlag": False, "internalAnalysisFlag": True, "resolutionFlag": False}
        try:
            self.http.post(path, {"text": words, **kinds, **_SILENT})
        except PsaInDoubt:
            known = {note["id"] for note in before}
            if not any(_says(note, words) for note in self._inside(path) if note["id"] not in known):
                raise

    def _inside(self, path: str) -> list[Record]:
        """The internal notes of a ticket, oldest first."""
        notes = self.http.pages(path, {"fields": "id,text,internalAnalysisFlag"})
        return [note for note in notes if note.get("internalAnalysisFlag") is True]

    def _closing_status(self, ticket: Record) -> int:
        board = named(ticket.get("board"))
        statuses = statuses_of(self.http, board.id) if board is not None else []
        found = next((one for one in statuses if same_text(str(one.get("name") or ""), self.status_closed)), None)
        if board is None or found is None:
            raise PsaRejected(
                f"Ticket {ticket['id']} was noted and not closed: its board {board.name if board else ''} has no "
                f'status called "{self.status_closed}".',
                "Close it by hand. tickets.status_closed in connector.toml must name a status of the board.",
            )
        return int(found["id"])


def find_board(http: PsaRest, name: str) -> int:
    """The id of the active service board with this name. Raises ``PsaRejected`` when there is none."""
    active = field("inactiveFlag") == False  # noqa: E712
    query = {"conditions": str(field("name").about(name) & active), "fields": "id,name"}
    for row in http.pages(BOARDS, query):
        if same_text(str(row.get("name") or ""), name):
            return int(row["id"])
    raise PsaRejected(
        f'ConnectWise has no active service board called "{name}".', "Name one in tickets.board of connector.toml."
    )


def statuses_of(http: PsaRest, board_id: int) -> list[Record]:
    """The statuses of a board that are in use."""
    rows = http.pages(f"{BOARDS}/{board_id}/statuses", {"fields": "id,name,closedStatus,inactive"})
    return [row for row in rows if row.get("inactive") is not True]


def _says(note: Record, words: str) -> bool:
    """Whether a note is this text; the PSA may have its own line breaks and blanks (api.md 2.3)."""
    return "".join(str(note.get("text") or "").split()) == "".join(words.split())
