"""What is said of trouble with the state database: the reason in the database's words, and the way out."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

_STOPPED = "Nothing more is written to the PSA."
_OTHERWISE = "Check the disk, the path and the rights, then run again."
_SERVER = "Check that the PostgreSQL server runs and can be reached, then run again."
_REFUSED = "Check the account, the password and the database in state.url (createdb makes one), then run again."
_RESTORE = "Put back the last backup (docs/state.md says how, and what it costs to begin anew), then run again."
_RIGHTS = "The account in state.url must own the database or its schema. Give it that right, then run again."
_FILE: Mapping[str, str] = {
    "SQLITE_BUSY": "Another program holds it for too long: end that (a copy, an editor, a stuck run), then run again.",
    "SQLITE_FULL": "Make room on its disk, then run again.",
    "SQLITE_IOERR": "Check its disk: is it full, failing, or away? Then run again.",
    "SQLITE_CORRUPT": _RESTORE,
    "SQLITE_NOTADB": _RESTORE,
    "SQLITE_CANTOPEN": "Check that the file is there and may be written, or put back the last backup, then run again.",
    "SQLITE_READONLY": "Let the connector's account write to the file and its folder, then run again.",
}
"""What to do, by the beginning of SQLite's name of the error."""
_STATES: Mapping[str, str] = {
    "55P03": "Another connection holds its rows for too long: end that, then run again.",
    "25P03": "This computer stood still in the middle of a transaction, which was undone. Run again.",
    "53": "Make room on the server (disk, memory, connections), then run again.",
    "57": _SERVER,
    "08": _SERVER,
    "28": _REFUSED,
    "3D": _REFUSED,
    "42501": _RIGHTS,
    "XX": _RESTORE,
}
"""What to do, by the beginning of PostgreSQL's code of the error."""


def told(error: DBAPIError) -> tuple[str, str]:
    """The reason without its full stop, and what to do."""
    lines = [line.strip(" -\t") for line in str(error.orig).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    if reason.endswith(":") and len(lines) > 1:
        reason = f"{reason} {lines[1]}"
    return reason.rstrip("."), f"{_STOPPED} {_way_out(error.orig)}"


def _way_out(error: Any) -> str:
    name, state = getattr(error, "sqlite_errorname", None), getattr(error, "sqlstate", None)
    if name is not None:
        return _first(_FILE, name)
    if state is not None:
        return _first(_STATES, state)
    if not type(error).__module__.startswith("psycopg"):
        return _OTHERWISE
    # while a connection is made there is no code, only the server's words, or those of who did not reach it
    return _REFUSED if "FATAL:" in str(error) else _SERVER


def _first(ways: Mapping[str, str], code: str) -> str:
    return next((way for beginning, way in ways.items() if code.startswith(beginning)), _OTHERWISE)
