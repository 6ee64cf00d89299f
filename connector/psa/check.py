"""Is the PSA reachable, and may the API member do what the connector needs?"""

from typing import NamedTuple

from connector.core.normalize import same_text
from connector.errors import PsaError, PsaRefused
from connector.psa.answers import role_for
from connector.psa.rest import PsaRest, Record
from connector.psa.tickets import PATH as TICKETS
from connector.psa.tickets import find_board, statuses_of

_READS = (
    ("companies", "/company/companies"),
    ("company statuses", "/company/companies/statuses"),
    ("contacts", "/company/contacts"),
    ("contact types", "/company/contacts/types"),
    ("departments", "/company/contacts/departments"),
    ("communication types", "/company/communicationTypes"),
    ("agreements", "/finance/agreements"),
    ("catalogue", "/procurement/catalog"),
)
_OPTIONAL = (
    ("documents", "/system/documents", "to attach statements to agreements"),
    ("tickets", TICKETS, "to list the open tickets of leavers"),
)


class Check(NamedTuple):
    """One line of ``connector check``: what was tried, whether it works, and what was seen or how to fix it."""

    name: str
    ok: bool
    message: str


def check(http: PsaRest, board: str = "", status_closed: str = "") -> list[Check]:
    """The login, then each permission by reading one record (api.md 2.4). Without a login only that line is returned.
    With a ``board`` also whether tickets can be opened there, and closed with ``status_closed``.

    Rights to add and edit show only when they are used; the message of a refused write names the right as well.
    """
    login = _login(http)
    if not login.ok:
        return [login]
    needed = (_read(http, name, path) for name, path in _READS)
    wishes = [_optional(http, *wish) for wish in _OPTIONAL]
    return [login, *needed, *wishes, *(_tickets(http, board, status_closed) if board else ())]


def _login(http: PsaRest) -> Check:
    try:
        info = http.get("/system/info")
    except PsaError as error:
        if isinstance(error, PsaRefused) and error.status == 403:
            return Check("login", True, "accepted; its version may not be read, which is not needed")
        return Check("login", False, str(error))
    return Check("login", True, f"ConnectWise PSA {info.get('version', 'of unknown version')} answers.")


def _tickets(http: PsaRest, board: str, status_closed: str) -> list[Check]:
    """The board for held and failed clients, and what its tickets need."""
    try:
        board_id = find_board(http, board)
        statuses = statuses_of(http, board_id) if status_closed else []
    except PsaError as error:
        return [Check("tickets.board", False, str(error))]
    lines = [Check("tickets.board", True, f"{board} (board {board_id})")]
    readable = _read(http, "tickets to open", TICKETS)
    if readable.ok:
        words = (
            f"readable; to open them the security role needs {role_for(TICKETS, writes=True)}, which only shows then"
        )
        readable = Check(readable.name, True, words)
    lines.append(readable)
    if status_closed:
        lines.append(_status(board, status_closed, statuses))
    return lines


def _status(board: str, wanted: str, statuses: list[Record]) -> Check:
    name = "tickets.status_closed"
    found = next((one for one in statuses if same_text(str(one.get("name") or ""), wanted)), None)
    if found is None:
        there = ", ".join(str(one.get("name")) for one in statuses) or "none"
        return Check(name, False, f"board {board} has no status {wanted}; it has: {there}")
    if found.get("closedStatus") is not True:
        return Check(
            name, True, f"{wanted} is a status of board {board}, but one in which a ticket still counts as open"
        )
    return Check(name, True, f"{wanted} closes tickets of board {board}")


def _optional(http: PsaRest, name: str, path: str, use: str) -> Check:
    """What is not needed otherwise, so that a right that is missing is no fault."""
    line = _read(http, name, path)
    if line.ok:
        return line
    return Check(name, True, f"optional, {use}, and not readable: {line.message}")


def _read(http: PsaRest, name: str, path: str) -> Check:
    try:
        rows = http.rows(path, {"pageSize": 1, "fields": "id"})
    except PsaError as error:
        return Check(name, False, str(error))
    return Check(name, True, "readable" if rows else "readable, but the list is empty")
