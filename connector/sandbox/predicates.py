"""A condition tree becomes a test of records: names and values checked once, then fast (api.md 3.2)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import product
from typing import Any

from connector.sandbox.conditions import Both, ConditionError, Expr, Term, Value, parse, terms
from connector.sandbox.resources import CHILD_ARRAYS, CUSTOM_FIELD, Resource
from connector.sandbox.schema import Field, parse_time

Record = dict[str, Any]
Test = Callable[[Any], bool]
Predicate = Callable[[Record], bool]
REFERENCE_NAMES = ("id", "identifier", "name", "summary", "type", "symbol", "currencyCode", "sort")
INFO_NAMES = {"lastupdated": "lastUpdated", "updatedby": "updatedBy"}
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def record_predicate(text: str, row: Resource, switches: Mapping[str, Any], extra: Iterable[str] = ()) -> Predicate:
    """``conditions`` as a test of records; ``extra`` are names that only the data knows. Raises ``ConditionError``."""

    def leaf(term: Term) -> Predicate:
        path, field = record_path(term.path, row, extra)
        test = value_test(term, field, switches)
        return lambda record: test(follow(record, path))

    return combine(parse(text, switches["quote_escape"]), leaf)


def record_path(path: str, row: Resource, extra: Iterable[str]) -> tuple[tuple[str, ...], Field]:
    """The exact keys of a path written in any letter case, with the field they end in; raises ``ConditionError``."""
    head, *rest = path.split("/")
    if head == "_info" and len(rest) == 1:
        head, rest = rest[0], []
    if head.lower() in INFO_NAMES and not rest:
        name = INFO_NAMES[head.lower()]
        return ("_info", name), Field(name, "date" if name == "lastUpdated" else "text")
    names = {name.lower(): name for name in [*extra, *row.fields]}
    name = names.get(head.lower(), "")
    field = row.fields.get(name, Field(name, "any"))
    if not name or name in row.refused_in_conditions or name in row.hidden or field.kind == "list":
        raise ConditionError(f"{path} is not a recognized name.")
    if field.kind != "ref":
        if rest and field.kind != "any":
            raise ConditionError(f"{path} is not a recognized name.")
        return (name, *rest), field
    return reference_path(path, name, rest)


def reference_path(path: str, name: str, rest: list[str]) -> tuple[tuple[str, ...], Field]:
    """A name inside a reference; a bare reference can only be compared as a whole, with null."""
    if not rest:
        return (name,), Field(name, "ref")
    leaf = next((known for known in REFERENCE_NAMES if len(rest) == 1 and known.lower() == rest[0].lower()), None)
    if leaf is None:
        raise ConditionError(f"{path} is not a recognized name.")
    return (name, leaf), Field(leaf, "int" if leaf in {"id", "sort"} else "text")


def child_predicate(text: str, switches: Mapping[str, Any]) -> Predicate:
    """The ``childConditions`` parameter as a test. Whether two clauses need one element is a switch."""
    expression = checked_children(text, switches)
    arrays = sorted({child_path(term.path)[0] for term in terms(expression)})

    def leaf(term: Term) -> Predicate:
        array, name, field = child_path(term.path)
        test = value_test(term, field, switches)
        path = tuple(name.split("/"))
        return lambda bound: any(test(follow(element, path)) for element in bound[array])

    whole = combine(expression, leaf)
    if not switches["child_same_element"]:
        return lambda record: whole({array: record.get(array) or [] for array in arrays})

    def same_element(record: Record) -> bool:
        choices = [[[element] for element in record.get(array) or []] or [[]] for array in arrays]
        return any(whole(dict(zip(arrays, chosen, strict=True))) for chosen in product(*choices))

    return same_element


def checked_children(text: str, switches: Mapping[str, Any]) -> Expr:
    """Parse child or custom-field conditions; ``in`` is not among their documented operators."""
    expression = parse(text, switches["quote_escape"])
    if switches["child_in"] == "refuse" and any(term.operator == "in" for term in terms(expression)):
        raise ConditionError("The IN operator is not supported here.")
    return expression


def child_path(path: str) -> tuple[str, str, Field]:
    """(array, name inside the element, field) of a child path; raises ``ConditionError``."""
    head, _, rest = path.partition("/")
    array = next((name for name in CHILD_ARRAYS if name.lower() == head.lower()), "")
    fields = CHILD_ARRAYS.get(array, {})
    outer, _, inner = rest.partition("/")
    name = next((known for known in fields if known.lower() == outer.lower()), "")
    if not name or (inner and (fields[name].kind != "ref" or inner.lower() not in {"id", "name"})):
        raise ConditionError(f"{path} is not a recognized name.")
    if not inner:
        return array, name, fields[name]
    return array, f"{name}/{inner.lower()}", Field(inner.lower(), "int" if inner.lower() == "id" else "text")


def custom_field_predicate(text: str, switches: Mapping[str, Any]) -> Predicate:
    """The ``customFieldConditions`` parameter as a test: all clauses on one custom field."""

    def leaf(term: Term) -> Predicate:
        name = next((known for known in CUSTOM_FIELD if known.lower() == term.path.lower()), "")
        if not name:
            raise ConditionError(f"{term.path} is not a recognized name.")
        test = value_test(term, CUSTOM_FIELD[name], switches)
        return lambda element: test(element.get(name))

    whole = combine(checked_children(text, switches), leaf)
    return lambda record: any(whole(element) for element in record.get("customFields") or [])


def combine(expression: Expr, leaf: Callable[[Term], Predicate]) -> Predicate:
    """A test for the tree out of tests for its terms."""
    if isinstance(expression, Term):
        return leaf(expression)
    parts = [combine(part, leaf) for part in expression.parts]
    joined = all if isinstance(expression, Both) else any
    return lambda record: joined(part(record) for part in parts)


def follow(value: Any, path: tuple[str, ...]) -> Any:
    """The value at the end of a path of keys, or ``None``."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def value_test(term: Term, field: Field, switches: Mapping[str, Any]) -> Test:
    """The test of one value; an empty value only satisfies ``= null`` (and ``!=`` by switch)."""
    wanted = [constant(value, field, term) for value in term.values]
    if None in wanted and term.operator in {"=", "!="}:
        return (lambda value: value is None) if term.operator == "=" else (lambda value: value is not None)
    fold = switches["string_case"] == "insensitive"
    if term.operator in {"contains", "like"}:
        pattern = text_pattern(str(wanted[0]), term.operator, switches)
        return lambda value: value is not None and (pattern.fullmatch(str(value)) is not None) != term.negated
    if term.operator == "in":
        members = {key(value, fold) for value in wanted}
        return lambda value: value is not None and (key(typed(value, field), fold) in members) != term.negated
    if switches["wildcard_in_equals"] and term.operator == "=" and isinstance(wanted[0], str):
        pattern = text_pattern(wanted[0], "like", {**switches, "like_without_wildcard": "exact"})
        return lambda value: value is not None and pattern.fullmatch(str(value)) is not None
    compare, right = COMPARE[term.operator], key(wanted[0], fold)
    empty = bool(term.operator == "!=" and switches["null_not_equal"])
    return lambda value: empty if value is None else ordered(compare, key(typed(value, field), fold), right)


def ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Compare two values; kinds that have no order are only equal or unequal."""
    try:
        return compare(left, right)
    except TypeError:
        return compare is operator.ne


def key(value: Any, fold: bool) -> Any:
    """The form of a value in which it is compared."""
    return value.casefold() if fold and isinstance(value, str) else value


def typed(value: Any, field: Field) -> Any:
    """A stored value in the type of its field: dates as times, everything unlike its field as text."""
    if field.kind == "date":
        try:
            return parse_time(str(value))
        except ValueError:
            return None
    if field.kind in {"text", "enum"}:
        return str(value)
    return value


def constant(value: Value, field: Field, term: Term) -> Any:
    """A written constant in the type of the field; raises ``ConditionError`` where that cannot be."""
    if value is None or field.kind == "any":
        return value
    try:
        return READ[field.kind](value, field)
    except ConditionError:
        raise
    except (KeyError, ValueError):
        raise ConditionError(f"{term.path} cannot be compared with {value!r}.") from None


def read_enum(value: Value, field: Field) -> str:
    """Enum values are checked: a misspelling is an error, not an empty list (api.md 3.2)."""
    if str(value).casefold() not in {choice.casefold() for choice in field.choices}:
        raise ConditionError("Enum value supplied was invalid")
    return str(value)


def read_number(value: Value, field: Field) -> float:
    """A number, also in quotes."""
    if isinstance(value, bool | datetime) or value is None:
        raise ValueError(field.name)
    return float(value)


def read_flag(value: Value, field: Field) -> bool:
    """A boolean, also in quotes."""
    if str(value).lower() not in {"true", "false"}:
        raise ValueError(field.name)
    return str(value).lower() == "true"


def read_date(value: Value, _field: Field) -> datetime:
    """A time in brackets, or a date in quotes."""
    return value if isinstance(value, datetime) else parse_time(str(value))


def read_text(value: Value, _field: Field) -> str:
    """Text; whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


READ: Mapping[str, Callable[[Value, Field], Any]] = {
    "text": read_text,
    "enum": read_enum,
    "int": read_number,
    "num": read_number,
    "flag": read_flag,
    "date": read_date,
}


def text_pattern(text: str, verb: str, switches: Mapping[str, Any]) -> re.Pattern[str]:
    """``contains`` and ``like`` as a pattern: ``*`` and ``%`` stand for anything, ``[[]`` for a bracket."""
    any_letter = "." if switches["underscore_wildcard"] else "_"
    pieces = re.findall(r"\[\[\]|.", text, re.DOTALL)
    wild = {"*": ".*", "%": ".*", "[[]": r"\[", "_": any_letter}
    body = "".join(wild.get(piece) or re.escape(piece) for piece in pieces)
    plain = "*" not in text and "%" not in text
    if verb == "contains" or (plain and switches["like_without_wildcard"] == "contains"):
        body = f".*{body}.*"
    flags = re.DOTALL | (re.IGNORECASE if switches["string_case"] == "insensitive" else re.NOFLAG)
    return re.compile(body, flags)
