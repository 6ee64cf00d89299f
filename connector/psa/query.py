"""Conditions of the PSA's lists (api.md 3.2), built from values so that no text can leave its quotes.

``(field("company/id") == 412) & (field("inactiveFlag") == False)``
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

Literal = str | int | bool | Decimal | date | datetime | None
Params = Mapping[str, str | int]

URL_LIMIT = 1745
"""Characters of path and query that the PSA takes for certain (api.md 3.2)."""

_PAGING = "&orderBy=id&pageSize=1000&page=1" + quote("() and id>2147483647")
"""The longest that reading page by page adds to a query, which is without forward-only pages."""
_RESERVED = len("/v4_6_release/apis/3.0") + len(_PAGING) + 20
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
_UNSETTLED = re.compile(r"""["\\[\]]+""")
_CONTROLS = dict.fromkeys((*range(32), 127), " ")


@dataclass(frozen=True, slots=True)
class Condition:
    """A finished condition; ``text`` is what the PSA reads. Join with ``&`` and ``|``."""

    text: str
    joined: bool = False

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"{self._part()} and {other._part()}", joined=True)

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(f"{self._part()} or {other._part()}", joined=True)

    def __bool__(self) -> bool:
        raise TypeError("join conditions with & and |, not with 'and' and 'or'")

    def __str__(self) -> str:
        return self.text

    def _part(self) -> str:
        return f"({self.text})" if self.joined else self.text


class Field:
    """The path of a field, such as ``company/id``; its operators make conditions. Raises ValueError for any other text,
    so a path cannot carry a condition of its own."""

    def __init__(self, path: str) -> None:
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r} is not a field path")
        self.path = path

    __hash__ = None  # type: ignore[assignment]  # == makes a condition, so a field cannot be looked up

    def __eq__(self, value: Literal) -> Condition:  # type: ignore[override]
        return self._compare("=", value)

    def __ne__(self, value: Literal) -> Condition:  # type: ignore[override]
        return self._compare("!=", value)

    def __lt__(self, value: Literal) -> Condition:
        return self._compare("<", value)

    def __le__(self, value: Literal) -> Condition:
        return self._compare("<=", value)

    def __gt__(self, value: Literal) -> Condition:
        return self._compare(">", value)

    def __ge__(self, value: Literal) -> Condition:
        return self._compare(">=", value)

    def in_(self, values: Iterable[Literal]) -> Condition:
        """One of ``values``; ValueError when there are none."""
        listed = [literal(value) for value in values]
        if not listed:
            raise ValueError(f"{self.path}: an empty list fits nothing")
        return Condition(f"{self.path} in ({','.join(listed)})")

    def about(self, value: str) -> Condition:
        """True wherever the text is ``value``, perhaps elsewhere too: compare what comes back.

        How the PSA writes a quote, a backslash or a bracket in a string is not settled (api.md 3.2), so a value that
        has one is asked for with a wildcard in its place.
        """
        if not _UNSETTLED.search(value):
            return self._compare("=", value)
        return self.like(_UNSETTLED.sub("%", value))

    def contains(self, value: str) -> Condition:
        """The text has ``value`` in it. ``*`` and ``%`` in it stand for anything, so check what was found again; a
        bracket stands for itself (api.md 3.2)."""
        return self._compare(" contains ", value.replace("[", "[[]"))

    def like(self, pattern: str) -> Condition:
        """The text fits ``pattern``, in which ``%`` and ``*`` stand for anything and ``[[]`` for a bracket."""
        return self._compare(" like ", pattern)

    def _compare(self, operator: str, value: Literal) -> Condition:
        return Condition(f"{self.path}{operator}{literal(value)}")


def field(path: str) -> Field:
    """The field at ``path``, to be compared."""
    return Field(path)


def literal(value: Literal) -> str:
    """``value`` as the PSA reads it (api.md 3.2). Control characters become blanks, as the PSA itself makes them (2.3).
    Raises ValueError for a time without a zone and for a decimal that is no number."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time in a condition needs a zone")
        return f"[{value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z]"
    if isinstance(value, date):
        return f"[{value.isoformat()}]"
    if isinstance(value, str):
        escaped = value.translate(_CONTROLS).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is not a number")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def encode(params: Params) -> str:
    """The query string: everything but letters, digits and ``_.-~/`` percent-encoded, blanks as ``%20``.

    An open ``+`` would become a blank on the way, and ``*`` must be encoded (api.md 3.2).
    """
    return "&".join(f"{quote(name, safe='')}={quote(str(value), safe='/')}" for name, value in params.items())


def lookups(path: str, target: Field, values: Iterable[str], query: Params) -> Iterator[dict[str, str | int]]:
    """``query`` as often as it takes to find every record whose ``target`` is one of ``values``, and perhaps others:
    compare what comes back (see :meth:`Field.about`)."""
    plain: list[Literal] = []
    for value in values:
        if _UNSETTLED.search(value):
            yield {**query, "conditions": str(target.about(value))}
        else:
            plain.append(value)
    yield from chunked_in(path, target, plain, query)


def chunked_in(
    path: str, target: Field, values: Iterable[Literal], query: Params, also: Condition | None = None
) -> Iterator[dict[str, str | int]]:
    """``query`` as often as ``target in (values)``, and ``also`` with it, needs it; path and query of each within
    :data:`URL_LIMIT`."""

    def asking(chunk: list[Literal]) -> dict[str, str | int]:
        among = target.in_(chunk)
        return {**query, "conditions": str(among & also if also is not None else among)}

    room = URL_LIMIT - _RESERVED - len(path) - len(encode(asking([None]))) + len("null")
    chunk: list[Literal] = []
    used = 0
    for value in values:
        size = len(quote("," + literal(value), safe="/"))
        if chunk and used + size > room:
            yield asking(chunk)
            chunk, used = [], 0
        chunk.append(value)
        used += size
    if chunk:
        yield asking(chunk)
