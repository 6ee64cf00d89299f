"""Rows in the order of ``orderBy`` (api.md 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connector.sandbox.names import Path, condition_path, unknown
from connector.sandbox.predicates import follow
from connector.sandbox.resources import Resource
from connector.sandbox.tokens import ConditionError

Record = dict[str, Any]
DIRECTIONS = {"": False, "asc": False, "desc": True}


def sorted_rows(text: str, rows: list[Record], row: Resource, extra: Iterable[str], *, several: bool) -> list[Record]:
    """Rows by ``text``, the ``orderBy`` parameter, and where that leaves them equal as they came.

    ``several`` keys may stand with commas between them. Raises ``ConditionError`` for an unknown name or direction.
    """
    keys = [part for part in text.split(",") if part.strip()] if several else [text]
    for path, descending in reversed([read_key(key, row, extra) for key in keys if key.strip()]):
        rows = sorted(rows, key=lambda record, at=path: sort_key(follow(record, at)), reverse=descending)  # type: ignore[misc]
    return rows


def read_key(text: str, row: Resource, extra: Iterable[str]) -> tuple[Path, bool]:
    """The path of one key, and whether it is descending; a whole reference has no order."""
    name, *rest = text.split()
    direction = " ".join(rest).lower()
    if direction not in DIRECTIONS:
        raise ConditionError(f"{direction} is not a sort direction.")
    path, field = condition_path(name, row, extra)
    if field.kind == "ref":
        raise unknown(name)
    return path, DIRECTIONS[direction]


def sort_key(value: Any) -> tuple[int, Any]:
    """How a value is ordered: empty ones first, as in SQL Server, then numbers, then text in any letter case."""
    if value is None:
        return (0, 0)
    return (1, value) if isinstance(value, int | float) else (2, str(value).casefold())
