"""A condition tree becomes a test of records: names and values checked once, then fast (api.md 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import product
from typing import Any

from connector.sandbox.comparing import value_test
from connector.sandbox.conditions import Both, Expr, Term, parse, terms
from connector.sandbox.names import child_path, condition_path, custom_field_name
from connector.sandbox.resources import CUSTOM_FIELD, Resource
from connector.sandbox.tokens import ConditionError

Record = dict[str, Any]
Switches = Mapping[str, Any]
Predicate = Callable[[Record], bool]


def record_predicate(
    text: str, row: Resource, switches: Switches, extra: Iterable[str] = (), now: datetime | None = None
) -> Predicate:
    """``conditions`` as a test of records; ``extra`` are names that only the data knows, ``now`` is the server's time.

    Raises ``ConditionError``.
    """

    def leaf(term: Term) -> Predicate:
        path, field = condition_path(term.path, row, extra)
        test = value_test(term, field, switches)
        if switches["lower_bound_today"] == "nothing" and bounds_today(term, now):
            return lambda _: False
        return lambda record: test(follow(record, path))

    return combine(parse(text, switches["quote_escape"]), leaf)


def bounds_today(term: Term, now: datetime | None) -> bool:
    """Whether a term asks for what came at or after a time of the present day."""
    times = [value for value in term.values if isinstance(value, datetime)]
    return term.operator in {">", ">="} and now is not None and any(time.date() == now.date() for time in times)


def child_predicate(text: str, row: Resource, switches: Switches) -> Predicate:
    """The ``childConditions`` parameter as a test. Whether two clauses need one element is a switch."""
    expression = checked_children(text, switches)
    arrays = sorted({child_path(term.path, row)[0] for term in terms(expression)})

    def leaf(term: Term) -> Predicate:
        array, path, field = child_path(term.path, row)
        test = value_test(term, field, switches)
        return lambda bound: any(test(follow(element, path)) for element in bound[array])

    whole = combine(expression, leaf)
    if not switches["child_same_element"]:
        return lambda record: whole({array: record.get(array) or [] for array in arrays})

    def same_element(record: Record) -> bool:
        choices = [[[element] for element in record.get(array) or []] or [[]] for array in arrays]
        return any(whole(dict(zip(arrays, chosen, strict=True))) for chosen in product(*choices))

    return same_element


def checked_children(text: str, switches: Switches) -> Expr:
    """Parse child or custom-field conditions; ``in`` is not among their documented operators."""
    expression = parse(text, switches["quote_escape"])
    if switches["child_in"] == "refuse" and any(term.operator == "in" for term in terms(expression)):
        raise ConditionError("The IN operator is not supported here.")
    return expression


def custom_field_predicate(text: str, row: Resource, switches: Switches) -> Predicate:
    """The ``customFieldConditions`` parameter as a test: all clauses on one custom field."""

    def leaf(term: Term) -> Predicate:
        name = custom_field_name(term.path, row)
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
