"""Is the PSA reachable, and may the API member do what the connector needs?"""

from typing import NamedTuple

from connector.errors import PsaError, PsaRefused
from connector.psa.rest import PsaRest

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
    ("tickets", "/service/tickets", "to list the open tickets of leavers"),
)


class Check(NamedTuple):
    """One line of ``connector check``: what was tried, whether it works, and what was seen or how to fix it."""

    name: str
    ok: bool
    message: str


def check(http: PsaRest) -> list[Check]:
    """The login, then each permission by reading one record (api.md 2.4). Without a login only that line is returned.

    Rights to add and edit show only when they are used; the message of a refused write names the right as well.
    """
    login = _login(http)
    if not login.ok:
        return [login]
    needed = (_read(http, name, path) for name, path in _READS)
    return [login, *needed, *(_optional(http, *wish) for wish in _OPTIONAL)]


def _login(http: PsaRest) -> Check:
    try:
        info = http.get("/system/info")
    except PsaError as error:
        if isinstance(error, PsaRefused) and error.status == 403:
            return Check("login", True, "accepted; its version may not be read, which is not needed")
        return Check("login", False, str(error))
    return Check("login", True, f"ConnectWise PSA {info.get('version', 'of unknown version')} answers.")


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
