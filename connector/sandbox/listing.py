"""Lists: filter, order, cut a page, and the Link header (api.md 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from connector.sandbox.conditions import ConditionError
from connector.sandbox.errors import ApiError, invalid_field
from connector.sandbox.predicates import (
    child_predicate,
    custom_field_predicate,
    follow,
    record_path,
    record_predicate,
)
from connector.sandbox.resources import Resource
from connector.sandbox.schema import Field

Record = dict[str, Any]
DEFAULT_SIZE, MAX_SIZE = 25, 1000


@dataclass(frozen=True)
class ListRequest:
    """What a list was asked for. ``query`` keeps the client's own order and spelling for the Link header."""

    row: Resource
    query: Mapping[str, str]
    forward_only: bool
    url: str
    switches: Mapping[str, Any]
    extra: frozenset[str] = frozenset()

    def parameter(self, name: str) -> str:
        """A query parameter by its name in any letter case, or an empty text."""
        return next((value for key, value in self.query.items() if key.lower() == name.lower()), "")


def filtered(request: ListRequest, rows: Iterable[Record]) -> list[Record]:
    """The rows that satisfy the three condition parameters; 400 ApiFindCondition for a bad one."""
    makers: dict[str, Callable[[str], Callable[[Record], bool]]] = {
        "conditions": lambda text: record_predicate(text, request.row, request.switches, request.extra),
        "childConditions": lambda text: child_predicate(text, request.switches),
        "customFieldConditions": lambda text: custom_field_predicate(text, request.switches),
    }
    kept = list(rows)
    for name, make in makers.items():
        text = request.parameter(name)
        if text.strip():
            test = find_condition(make, text)
            kept = [row for row in kept if test(row)]
    return kept


def find_condition(make: Callable[[str], Callable[[Record], bool]], text: str) -> Callable[[Record], bool]:
    """Build a test or answer 400 (api.md 5.3)."""
    try:
        return make(text)
    except ConditionError as error:
        raise ApiError(400, "ApiFindCondition", str(error)) from None


def listed(request: ListRequest, rows: Iterable[Record]) -> tuple[list[Record], str]:
    """The page asked for, and the Link header (empty text for none)."""
    kept = filtered(request, rows)
    size = page_size(request)
    if request.forward_only:
        return forward_page(request, kept, size)
    kept = sorted_rows(request, kept)
    page = number(request, "page", 1, low=1)
    last = max(1, -(-len(kept) // size))
    return kept[(page - 1) * size : page * size], page_links(request, page, last)


def page_size(request: ListRequest) -> int:
    """1 to 1000, 25 when not asked for; more is capped or refused by switch (api.md 3.3)."""
    size = number(request, "pageSize", DEFAULT_SIZE)
    too_big = size > MAX_SIZE and request.switches["page_size_over_max"] == "refuse"
    if size < 1 or too_big:
        message = f"The field pageSize must be between 1 and {MAX_SIZE}."
        raise invalid_field("pageSize", "pageSize", message, "OutOfRange")
    return min(size, MAX_SIZE)


def number(request: ListRequest, name: str, default: int, low: int | None = None) -> int:
    """A whole-number parameter; 400 when it is none."""
    text = request.parameter(name).strip()
    if not text:
        return default
    if not re.fullmatch(r"-?\d{1,9}", text) or (low is not None and int(text) < low):
        raise invalid_field(name, name, f"The value '{text}' is not valid for {name}.", "OutOfRange")
    return int(text)


def sorted_rows(request: ListRequest, rows: list[Record]) -> list[Record]:
    """Rows by ``orderBy`` (several keys by comma), then by id. Empty values come first, as in SQL Server."""
    for part in reversed([p for p in request.parameter("orderBy").split(",") if p.strip()]):
        name, _, direction = part.strip().partition(" ")
        path, field = order_path(request, name, direction.strip().lower())
        descending = direction.strip().lower() == "desc"
        rows = sorted(rows, key=lambda row, p=path, f=field: sort_key(follow(row, p), f), reverse=descending)  # type: ignore[misc]
    return rows


def order_path(request: ListRequest, name: str, direction: str) -> tuple[tuple[str, ...], Field]:
    """The path to order by; 400 for an unknown name or direction."""
    try:
        if direction not in {"", "asc", "desc"}:
            raise ConditionError(f"{direction} is not a sort direction.")
        return record_path(name, request.row, request.extra)
    except ConditionError as error:
        raise ApiError(400, "ApiFindCondition", str(error)) from None


def sort_key(value: Any, field: Field) -> tuple[int, Any]:
    """How a value is ordered."""
    if value is None:
        return (0, 0)
    if field.kind in {"int", "num", "flag"} and isinstance(value, int | float):
        return (1, value)
    return (2, str(value).casefold())


def forward_page(request: ListRequest, rows: list[Record], size: int) -> tuple[list[Record], str]:
    """Forward-only: rows after ``pageId`` in id order; ``page`` is ignored (api.md 3.3)."""
    after = number(request, "pageId", 0)
    page = [row for row in rows if row["id"] > after][:size]
    if page:
        return page, link(request, "pageId", str(page[-1]["id"]), "next")
    return [], link(request, "pageId", "", "next") if request.switches["forward_only_end"] == "empty" else ""


def page_links(request: ListRequest, page: int, last: int) -> str:
    """first and prev after page 1, next before the end, last always (api.md 3.3)."""
    wanted = [("first", 1), ("prev", page - 1)] if page > 1 else []
    wanted += [("next", page + 1)] if page < last else []
    return ", ".join(link(request, "page", str(at), rel) for rel, at in [*wanted, ("last", last)])


def link(request: ListRequest, name: str, value: str, rel: str) -> str:
    """One link: all parameters kept, ``+`` for spaces, lower-case hex, the page last (api.md 3.3, 12.1)."""
    kept = [(key, text) for key, text in request.query.items() if key.lower() not in {"page", "pageid"}]
    query = "&".join(f"{quote_plus(key)}={quote_plus(text, safe='')}" for key, text in [*kept, (name, value)])
    lower = re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), query)
    return f'<{request.url}/?{lower}>; rel="{rel}"'
