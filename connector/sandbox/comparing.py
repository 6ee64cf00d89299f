"""One comparison of a condition as a test of values: constants read once in the type of the field (api.md 3.2)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.conditions import Term
from connector.sandbox.schema import Field, parse_time
from connector.sandbox.tokens import NUMBER, ConditionError, Number, Value
from connector.sandbox.wildcards import has_wildcard, pattern

Test = Callable[[Any], bool]
Switches = Mapping[str, Any]
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
PATTERNS = {"contains", "like"}


def value_test(term: Term, field: Field, switches: Switches) -> Test:
    """The test of a value of ``field``; an empty value only satisfies ``= null`` (and ``!=`` by switch).

    Raises ``ConditionError`` for a constant that the field cannot be compared with.
    """
    if None in term.values and term.operator in {"=", "!="}:
        return (lambda value: value is None) if term.operator == "=" else (lambda value: value is not None)
    test = any_test(term, field, switches) if field.kind == "any" else filled_test(term, field, switches)
    empty = term.operator == "!=" and bool(switches["null_not_equal"])
    return lambda value: empty if value is None else test(value)


def filled_test(term: Term, field: Field, switches: Switches) -> Test:
    """The test of a value that is there."""
    if term.operator in PATTERNS:
        return pattern_test(term, field, switches)
    fold = switches["string_case"] == "insensitive"
    wanted = [constant(value, field, term) for value in term.values]
    if term.operator == "in":
        members = {key(value, fold) for value in wanted}
        return lambda value: (key(typed(value, field), fold) in members) != term.negated
    if switches["wildcard_in_equals"] and term.operator == "=" and isinstance(wanted[0], str):
        return like(wanted[0], switches, inside=False)
    compare, right = COMPARE[term.operator], key(wanted[0], fold)
    return lambda value: ordered(compare, key(typed(value, field), fold), right)


def pattern_test(term: Term, field: Field, switches: Switches) -> Test:
    """``contains`` and ``like``, which only text has."""
    if field.kind not in {"text", "enum"}:
        raise ConditionError(f"The {term.operator} operator cannot be used with {term.path}.")
    text = str(constant(term.values[0], field, term))
    loose = switches["like_without_wildcard"] == "contains" and not has_wildcard(text)
    test = like(text, switches, inside=term.operator == "contains" or loose)
    return lambda value: test(value) != term.negated


def like(text: str, switches: Switches, *, inside: bool) -> Test:
    """Whether a value is of a pattern; ``inside`` lets anything stand before and behind it."""
    fold = switches["string_case"] == "insensitive"
    fitting = pattern(key(text, fold), one_letter=switches["underscore_wildcard"], inside=inside)
    return lambda value: fitting.fits(key(str(value), fold))


def any_test(term: Term, field: Field, switches: Switches) -> Test:
    """The test of a field whose type only its values tell, such as a custom field's value."""
    text_kind = "date" if any(isinstance(value, datetime) for value in term.values) else "text"
    kinds: dict[type, str] = {bool: "flag", int: "int", float: "num", str: text_kind, dict: "ref", list: "list"}
    tests = {kind: kind_test(term, Field(field.name, name), switches) for kind, name in kinds.items()}
    return lambda value: tests[type(value)](value)


def kind_test(term: Term, field: Field, switches: Switches) -> Test:
    """The test of values of one type; a constant that cannot be of that type is unlike all of them."""
    try:
        return filled_test(term, field, switches)
    except ConditionError:
        return lambda _: term.negated or term.operator == "!="


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
    if value is None:
        return None
    try:
        return READ[field.kind](value, field)
    except ConditionError:
        raise
    except (KeyError, ValueError):
        raise ConditionError(f"{term.path} cannot be compared with {value}.") from None


def read_enum(value: Value, field: Field) -> str:
    """Enum values are checked: a misspelling is an error, not an empty list (api.md 3.2)."""
    if str(value).casefold() not in {choice.casefold() for choice in field.choices}:
        raise ConditionError("Enum value supplied was invalid")
    return str(value)


def read_number(value: Value, field: Field) -> Decimal | float:
    """A number, also in quotes: exact beside whole numbers, a double beside doubles (api.md 4.8)."""
    text = str(value).strip()
    if not isinstance(value, Number | str) or not NUMBER.fullmatch(text):
        raise ValueError(field.name)
    return Decimal(text) if field.kind == "int" else float(text)


def read_flag(value: Value, field: Field) -> bool:
    """A boolean, also in quotes."""
    if str(value).lower() not in {"true", "false"}:
        raise ValueError(field.name)
    return str(value).lower() == "true"


def read_date(value: Value, field: Field) -> datetime:
    """A time in brackets, or in quotes."""
    if not isinstance(value, datetime | str):
        raise ValueError(field.name)
    return value if isinstance(value, datetime) else parse_time(value)


def read_text(value: Value, field: Field) -> str:
    """Text, or a number as it was written."""
    if not isinstance(value, Number | str):
        raise ValueError(field.name)
    return str(value)


READ: Mapping[str, Callable[[Value, Field], Any]] = {
    "text": read_text,
    "enum": read_enum,
    "int": read_number,
    "num": read_number,
    "flag": read_flag,
    "date": read_date,
}
