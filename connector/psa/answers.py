"""What an answer that is not 2xx means (api.md 5): the PSA's own words, and whose turn it is."""

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from connector.errors import PsaError, PsaMissing, PsaRefused, PsaRejected, PsaUnreachable

_ROLES = (
    ("/company/contacts/types", "System: Table Setup, Inquire"),
    ("/company/contacts/departments", "System: Table Setup, Inquire"),
    ("/company/contacts/relationships", "System: Table Setup, Inquire"),
    ("/company/communicationTypes", "System: Table Setup, Inquire"),
    ("/company/companies/statuses", "System: Table Setup, Inquire"),
    ("/system/userDefinedFields", "System: Table Setup, Inquire"),
    ("/system/info", "System: My Company, Inquire"),
    ("/company/contacts", "Companies: Contacts, Add, Edit and Inquire"),
    ("/company/companies", "Companies: Company Maintenance, Inquire"),
    ("/finance", "Finance: Agreements, Add, Edit and Inquire, level All"),
    ("/service/tickets", "Service Desk: Service Tickets, Inquire"),
    ("/system/documents", "Companies: Manage Attachments, Add and Inquire"),
    ("/procurement", "Procurement: Product Catalog, Inquire"),
)
_TAG = re.compile(r"<[^>]*>")
_HTML_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Said:
    """An error body: its ``code`` (``""`` when it has none) and its message with the fields it names."""

    code: str
    text: str


def read_error(body: str) -> Said:
    """The code and the words of an error body, in any of the shapes seen (api.md 5.1): the JSON envelope with or
    without ``errors``, ``{"error": …}``, plain text, an HTML page."""
    try:
        envelope = json.loads(body)
    except ValueError:
        return Said("", _plain(body))
    if not isinstance(envelope, dict):
        return Said("", _plain(str(envelope)))
    details = envelope.get("errors")
    said = [_detail(item) for item in details if isinstance(item, dict)] if isinstance(details, list) else []
    text = " ".join(part for part in said if part) or str(envelope.get("message") or envelope.get("error") or "")
    return Said(str(envelope.get("code") or envelope.get("error") or ""), _short(text))


def error_for(status: int, said: Said, method: str, path: str) -> PsaError:
    """The error for a refused request; ``path`` is the resource, without query."""
    request = f"{method} {path}"
    words = said.text.rstrip(".") or "no reason given"
    if status == 401:
        return PsaRefused(
            f"ConnectWise does not accept the login ({request}): {words}.",
            "Check psa.company, the API member's keys and the clientId.",
            status,
        )
    if status == 403:
        return PsaRefused(f"ConnectWise does not allow {request}: {words}.", _fix(said, method, path), status)
    if status == 404 and said.code.casefold() == "notfound":
        return PsaMissing(f"ConnectWise has no such record ({request}): {words}.", "", status)
    if status == 429 or status >= 500 or status == 408:
        return PsaUnreachable(
            f"ConnectWise did not answer {request} properly (HTTP {status}): {words}.",
            "Try again later.",
            status,
        )
    if status in {301, 302, 303, 307, 308, 404}:
        return PsaRejected(
            f"ConnectWise does not know the address of {request} (HTTP {status}): {words}.",
            "Check psa.site and psa.company.",
            status,
        )
    return PsaRejected(f"ConnectWise refuses {request}: {words}.", "", status)


def means_other_codebase(status: int, said: Said) -> bool:
    """Whether the path may be out of date: a 404 not about a record, or the gateway's text (api.md 2.1, 5.1)."""
    if status == 404:
        return said.code.casefold() != "notfound"
    return status == 400 and said.text.startswith("Cannot route")


def role_for(path: str, *, writes: bool = False) -> str:
    """The permission that the API member's security role needs for ``path`` (api.md 2.4), where it ``writes`` there."""
    role = next((role for prefix, role in _ROLES if path.startswith(prefix)), "System: Table Setup, Inquire")
    if writes and "Service Tickets" in role:
        return role.replace("Inquire", "Add, Edit and Inquire")
    return role


def _fix(said: Said, method: str, path: str) -> str:
    if "SSL" in said.text:
        return "Check psa.site: the API of the cloud answers at a host that starts with api-."
    role = role_for(path, writes=method != "GET")
    if method == "POST" and "Table Setup" in role:
        role = role.replace("Inquire", "Add and Inquire")
    return f"Give the security role of the API member: {role}. Check the clientId as well."


def _detail(item: dict[str, Any]) -> str:
    message, name = str(item.get("message") or ""), str(item.get("field") or "")
    return f"{message} ({name})" if name and name not in message else message


def _plain(body: str) -> str:
    if "<" not in body:
        return _short(body)
    title = _HTML_TITLE.search(body)
    return _short(unescape(_TAG.sub(" ", title.group(1) if title else body)))


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
