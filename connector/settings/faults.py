"""What pydantic finds, in plain words: what is wrong with which key, and what may stand there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connector.settings.lines import KeyPath
from connector.settings.outline import FileKind, known_keys, nodes, tables

_UNKNOWN = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_UNTAGGED = frozenset({"union_tag_not_found", "union_tag_invalid"})
# behind these, with every index as 0, pydantic names the alternative that it tried
_ALTERNATIVES: frozenset[KeyPath] = frozenset(
    {("directory",), ("directory", "table"), ("directory", "list", 0), ("defaults", "billing")}
)
_PLAIN_WORDS = {
    "missing": "is missing",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "finite_number": "must be a number",
    "string_type": "must be text in quotes",
    "path_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "tuple_type": "must be a list in square brackets",
    "dataclass_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "date_type": "must be a date such as 2026-12-31",
    "date_parsing": "must be a date such as 2026-12-31",
    "date_from_datetime_parsing": "must be a date such as 2026-12-31",
    "date_from_datetime_inexact": "must be a date such as 2026-12-31, without a time",
}
_LIMITS = {
    "greater_than": ("must be more than", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be less than", "lt"),
    "less_than_equal": ("must be at most", "le"),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong at a path. ``absent``: something is not there at all, so another file could have supplied it."""

    path: KeyPath
    text: str
    absent: bool = False


class _Mistyped:
    """Stands for a value of the wrong type that pydantic would otherwise convert."""


def problems(error: ValidationError, kind: FileKind) -> Iterator[Problem]:
    """Every error of one validation."""
    details = error.errors(include_url=False, include_input=False)
    with_faults = {detail["loc"][:end] for detail in details for end in range(len(detail["loc"]))}
    for detail in details:
        path = _key_path(detail["loc"])
        if detail["type"] == "too_short" and detail["loc"] in with_faults:
            continue  # pydantic does not count the entries that are faults themselves
        if detail["type"] in _UNTAGGED:
            yield _untagged((*path, "kind"), kind, detail["type"] == "union_tag_not_found")
        else:
            yield Problem(path, _words(detail, path, kind), absent=detail["type"] == "missing")


def without_conversion(value: Any, kind: FileKind, path: KeyPath = ()) -> Any:
    """The values of a TOML file, where each one that has the wrong type is spoilt: ``"5"`` is not a number and ``1``
    is not true."""
    if isinstance(value, dict):
        return {key: without_conversion(inner, kind, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_conversion(inner, kind, (*path, index)) for index, inner in enumerate(value)]
    expected = {node.get("type") for node in nodes(kind, path)}
    if expected and not any(_is_of(value, name) for name in expected):
        return _Mistyped()
    return value


def shown(path: KeyPath) -> str:
    """A path as it is written in messages; the entries of a list are counted from 1."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


_FITS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: not isinstance(value, bool | str),
    "number": lambda value: not isinstance(value, bool | str),
}


def _is_of(value: Any, name: Any) -> bool:
    return _FITS[name](value) if name in _FITS else True


def _key_path(location: tuple[str | int, ...]) -> KeyPath:
    """The place in the file: the location without the names of alternatives."""
    shape = tuple(0 if isinstance(part, int) else part for part in location)
    return tuple(part for at, part in enumerate(location) if shape[:at] not in _ALTERNATIVES)


def _words(detail: ErrorDetails, path: KeyPath, kind: FileKind) -> str:
    name, context = detail["type"], detail.get("ctx", {})
    if name in _UNKNOWN:
        return _unknown(path, kind)
    if name in _PLAIN_WORDS:
        return _PLAIN_WORDS[name]
    if name in _LIMITS:
        words, limit = _LIMITS[name]
        return f"{words} {context[limit]}"
    if name == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        return f"must be one of {', '.join(choice or repr('') for choice in choices)}"
    if name == "string_pattern_mismatch":
        description = next((node["description"] for node in nodes(kind, path) if "description" in node), "")
        return f"has the wrong form. {description}".rstrip()
    return str(context["error"]) if name == "value_error" else detail["msg"]


def _unknown(path: KeyPath, kind: FileKind) -> str:
    *outer, key = path
    known = known_keys(kind, tuple(outer))
    if key in known:
        return "does not belong to this kind of directory"
    near = get_close_matches(str(key), known, n=1)
    if near:
        return f"unknown key; did you mean {near[0]}?"
    homes = [table for table in tables(kind) if key in known_keys(kind, table)]
    if len(homes) == 1:
        return f"unknown key; it belongs {_home(homes[0])}"
    return f"unknown key; known here: {', '.join(known)}"


def _home(table: KeyPath) -> str:
    name = ".".join(str(part) for part in table if not isinstance(part, int))
    if not name:
        return "to the top of the file, before the first table"
    return f"to [[{name}]]" if table[-1] == 0 else f"to [{name}]"


def _untagged(path: KeyPath, kind: FileKind, absent: bool) -> Problem:
    choices = ", ".join(str(choice["const"]) for choice in nodes(kind, path) if "const" in choice)
    return Problem(path, f"{'is missing; ' if absent else ''}must be one of {choices}", absent)
