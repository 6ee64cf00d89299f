"""Paths that the table of resources cannot describe: an action, a search, rows that live inside another record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from connector.sandbox import billing, communications, uploads
from connector.sandbox.call import Call
from connector.sandbox.computed import CURRENT_VERSION, contact_usage_counts, contact_usages, system_info
from connector.sandbox.errors import no_method
from connector.sandbox.messages import Response
from connector.sandbox.resources import (
    AGREEMENTS,
    BOARD_STATUSES,
    BY_COLLECTION,
    COMMUNICATIONS,
    CONTACTS,
    MY_COMPANY,
    SETUP,
    TICKETS,
    USAGES,
)
from connector.sandbox.store import Record, make_reference

Handler = Callable[[Call, "re.Match[str]"], Response]
ANYBODY = ""
SEARCH_WORDS = {"conditions", "orderby", "childconditions", "customfieldconditions"}


@dataclass(frozen=True)
class Special:
    """One such path as a regular expression, its method (``*`` for any), what answers it, and what guards it.

    ``action`` is the right that the security role must give, where the method alone does not say it. ``json`` is
    whether a body must be JSON.
    """

    path: str
    method: str
    handler: Handler
    module: str
    action: str = ""
    json: bool = True
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self.path, re.IGNORECASE))


def info(call: Call, _match: re.Match[str]) -> Response:
    """``/system/info`` (api.md 2.2)."""
    return call.json(200, system_info(CURRENT_VERSION))


def invoice(call: Call, match: re.Match[str]) -> Response:
    """Bill the agreement's next period; answers the invoice's id (api.md 4.7)."""
    return call.json(201, billing.invoice_agreement(call.store, int(match["id"]))["id"])


def ticket_search(call: Call, _match: re.Match[str]) -> Response:
    """The list of tickets with its parameters in a body, in any letter case (api.md 3.1, 3.2)."""
    body = call.request.json()
    given = body.items() if isinstance(body, dict) else ()
    sent = {key: str(value) for key, value in given if key.lower() in SEARCH_WORDS and value is not None}
    query = {**call.request.query, **sent}
    return call.page(BY_COLLECTION["tickets"], call.store.rows("tickets"), query, None)


def usages(call: Call, match: re.Match[str]) -> Response:
    """What refers to a contact: counted by kind, or each record below ``/list`` (api.md 4.3)."""
    contact = call.find(BY_COLLECTION["contacts"], None, match["parent"])
    rows = (contact_usages if match["list"] else contact_usage_counts)(call.store, contact)
    return call.page(USAGES, rows, call.request.query, contact["id"])


def board_statuses(call: Call, match: re.Match[str]) -> Response:
    """The statuses of a board, as far as the data names them."""
    board = call.find(BY_COLLECTION["boards"], None, match["parent"])
    rows = [{"board": make_reference("boards", board), **status} for status in board.get("statuses") or ()]
    return call.page(BOARD_STATUSES, rows, call.request.query, board["id"])


def contact_communications(call: Call, match: re.Match[str]) -> Response:
    """The items of a contact as records of their own (api.md 4.4)."""
    contact = call.find(BY_COLLECTION["contacts"], None, match["parent"])
    rows = communications.rows(contact)
    if call.method == "POST" and match["id"] is None and match["count"] is None:
        item = communications.add(call.store, contact, call.request.json())
        return call.one(201, COMMUNICATIONS, item, contact["id"])
    if match["id"] is not None:
        return communication(call, contact, communications.find(contact, match["id"]))
    if call.method != "GET":
        raise no_method(call.method)
    if match["count"]:
        return call.count_of(COMMUNICATIONS, rows)
    return call.page(COMMUNICATIONS, rows, call.request.query, contact["id"])


def communication(call: Call, contact: Record, item: Record) -> Response:
    """A method on one communication item."""
    if call.method == "DELETE":
        communications.remove(call.store, contact, item)
        return Response(204)
    if call.method in {"PATCH", "PUT"}:
        item = communications.change(call.store, contact, item, call.request.json(), whole=call.method == "PUT")
    elif call.method != "GET":
        raise no_method(call.method)
    return call.one(200, COMMUNICATIONS, item, contact["id"])


SPECIAL: tuple[Special, ...] = (
    Special(r"system/info", "GET", info, MY_COMPANY),
    Special(r"finance/agreements/(?P<id>\d+)/invoice", "POST", invoice, AGREEMENTS),
    Special(r"service/tickets/search", "POST", ticket_search, TICKETS, action="inquire"),
    Special(r"service/boards/(?P<parent>\d+)/statuses", "GET", board_statuses, SETUP),
    Special(r"company/contacts/(?P<parent>\d+)/usages(?P<list>/list)?", "GET", usages, CONTACTS),
    Special(r"system/documents", "POST", uploads.add_document, ANYBODY, json=False),
    Special(r"system/documents/uploadsample", "GET", uploads.upload_sample, ANYBODY),
    Special(r"system/documents/(?P<id>\d+)", "POST", uploads.change_document, ANYBODY, json=False),
    Special(r"system/documents/(?P<id>\d+)", "DELETE", uploads.delete_document, ANYBODY),
    Special(r"system/documents/(?P<id>\d+)/download", "GET", uploads.download, ANYBODY),
    Special(COMMUNICATIONS.pattern.pattern, "*", contact_communications, CONTACTS),
)
