"""Lists: filter, order, cut a page (api.md 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from connector.sandbox.errors import ApiError, invalid_field
from connector.sandbox.links import link, page_links
from connector.sandbox.ordering import sorted_rows
from connector.sandbox.predicates import Predicate, child_predicate, custom_field_predicate, record_predicate
from connector.sandbox.resources import Resource
from connector.sandbox.tokens import ConditionError

T = TypeVar("T")
Record = dict[str, Any]
DEFAULT_SIZE, MAX_SIZE = 25, 1000
MAX_INT = 2**31 - 1


@dataclass(frozen=True)
class ListRequest:
    """What a list was asked for. ``query`` keeps the client's own order and spelling for the Link header; ``extra`` are
    names that only the data knows."""

    row: Resource
    query: Mapping[str, str]
    forward_only: bool
    url: str
    switches: Mapping[str, Any]
    extra: frozenset[str] = frozenset()
    now: datetime | None = None

    def parameter(self, name: str) -> str:
        """A query parameter, or an empty text."""
        return parameter(self.query, name)


def parameter(query: Mapping[str, str], name: str) -> str:
    """A query parameter by its name in any letter case, or an empty text (api.md 3.1)."""
    return next((value for key, value in query.items() if key.lower() == name.lower()), "")


def filtered(request: ListRequest, rows: Iterable[Record]) -> list[Record]:
    """The rows that satisfy the three condition parameters; 400 ApiFindCondition for a bad one."""
    row, switches = request.row, request.switches
    makers: dict[str, Callable[[str], Predicate]] = {
        "conditions": lambda text: record_predicate(text, row, switches, request.extra, request.now),
        "childConditions": lambda text: child_predicate(text, row, switches),
        "customFieldConditions": lambda text: custom_field_predicate(text, row, switches),
    }
    kept = list(rows)
    for name, make in makers.items():
        text = request.parameter(name)
        if text.strip():
            test = find_condition(make, text)
            kept = [record for record in kept if test(record)]
    return kept


def find_condition(read: Callable[[str], T], text: str) -> T:
    """What a condition or an order means, or 400 (api.md 5.3)."""
    try:
        return read(text)
    except ConditionError as error:
        raise ApiError(400, "ApiFindCondition", str(error)) from None


def listed(request: ListRequest, rows: Iterable[Record]) -> tuple[list[Record], str]:
    """The page asked for, and the Link header (empty text for none)."""
    kept = filtered(request, rows)
    size = page_size(request)
    if request.forward_only and request.switches["forward_only"] == "supported":
        return forward_page(request, kept, size)
    kept = ordered_rows(request, kept)
    page = number(request, "page", 1, low=1)
    last = max(1, -(-len(kept) // size))
    return kept[(page - 1) * size : page * size], page_links(request.url, request.query, page, last)


def ordered_rows(request: ListRequest, rows: list[Record]) -> list[Record]:
    """The rows by ``orderBy``; 400 for a bad one."""
    several = request.switches["order_by_several"] == "accept"
    return find_condition(
        lambda text: sorted_rows(text, rows, request.row, request.extra, several=several), request.parameter("orderBy")
    )


def page_size(request: ListRequest) -> int:
    """1 to 1000, 25 when not asked for; more is capped or refused by switch (api.md 3.3)."""
    size = number(request, "pageSize", DEFAULT_SIZE)
    too_big = size > MAX_SIZE and request.switches["page_size_over_max"] == "refuse"
    if size < 1 or too_big:
        message = f"The field pageSize must be between 1 and {MAX_SIZE}."
        raise invalid_field("pageSize", "pageSize", message, "OutOfRange")
    return min(size, MAX_SIZE)


def number(request: ListRequest, name: str, default: int, low: int = -MAX_INT) -> int:
    """A whole-number parameter of 32 bits, as ids are; 400 when it is none."""
    text = request.parameter(name).strip()
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not low <= int(text) <= MAX_INT:
        raise invalid_field(name, name, f"The value '{text}' is not valid for {name}.", "OutOfRange")
    return int(text)


def forward_page(request: ListRequest, rows: list[Record], size: int) -> tuple[list[Record], str]:
    """Forward-only: rows after ``pageId`` in id order; ``page`` is ignored (api.md 3.3)."""
    after = number(request, "pageId", 0)
    page = [row for row in rows if row["id"] > after][:size]
    if page:
        return page, link(request.url, request.query, "pageId", str(page[-1]["id"]), "next")
    empty = request.switches["forward_only_end"] == "empty"
    return [], link(request.url, request.query, "pageId", "", "next") if empty else ""
