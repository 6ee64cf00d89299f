"""The sandbox reads conditions as an independent reading of the grammar does (api.md 3.2)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.application import Application
from connector.sandbox.messages import Request
from tests.sandbox.conftest import API
from tests.sandbox.trees import ANY, All, Leaf, Some, Tree, Writer, holds

pytestmark = pytest.mark.planted
LOGIN = {"authorization": "Basic " + base64.b64encode(b"bluefjord+demo:demo").decode(), "clientid": "1111"}
APPLICATION = Application(None)
# Few values, so that records and conditions often meet.
WORDS = [*r"""ab ABB [x] [[] a_*%b it's "hi" \ \' Straße STRASSE 007 null 😀""".split(), " a and b"]
TEXTS = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
CUTS = st.integers(0, 3)
PATTERNS = st.builds(
    lambda word, first, middle, end, last: [word[:first], ANY, word[middle:end], ANY, word[last:]],
    st.sampled_from(WORDS),
    *[CUTS] * 4,
) | st.lists(st.just(ANY) | st.sampled_from(WORDS), max_size=3)
INTEGERS = st.sampled_from([-7, 0, 7, 8, 2**60, 2**60 + 1])
DECIMALS = st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("-2.5"), Decimal(7)])
HOURS = st.sampled_from([0, 1, 2, 4.5, 5.5, 24])
TIMES = HOURS.map(lambda hours: datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hours))
FLAGS = st.booleans()
KINDS = st.sampled_from(["Email", "Fax", "Phone"])
EQUAL, ORDERED = ["=", "!="], ["=", "!=", "<", "<=", ">", ">="]
Fields = dict[tuple[str, ...], st.SearchStrategy[Any]]
FIELDS: Fields = {
    ("identifier",): TEXTS,
    ("city",): TEXTS,
    ("status", "name"): TEXTS,
    ("status", "id"): INTEGERS,
    ("parentCompany", "identifier"): TEXTS,
    ("numberOfEmployees",): INTEGERS,
    ("annualRevenue",): DECIMALS,
    ("deletedFlag",): FLAGS,
    ("dateAcquired",): TIMES,
    ("_info", "lastUpdated"): TIMES,
}
REFERENCES = [("status",), ("parentCompany",)]
CHILD_FIELDS: Fields = {
    ("communicationItems", "value"): TEXTS,
    ("communicationItems", "communicationType"): KINDS,
    ("communicationItems", "defaultFlag"): FLAGS,
    ("communicationItems", "type", "id"): INTEGERS,
    ("types", "id"): INTEGERS,
    ("types", "name"): TEXTS,
}
CUSTOM_FIELDS: Fields = {("caption",): TEXTS, ("value",): TEXTS}


@st.composite
def leaves(draw: st.DrawFn, fields: Fields, references: list[tuple[str, ...]], *, lists: bool) -> Leaf:
    """A comparison of any field with values of its type; ``lists`` allows IN."""
    path = draw(st.sampled_from([*fields, *references]))
    if path in references or draw(st.integers(0, 9)) == 0:
        return Leaf(path, draw(st.sampled_from(EQUAL)), (None,))
    values = fields[path]
    kind = draw(st.sampled_from(["compare", *["in"] * lists, *["pattern"] * (values is TEXTS)]))
    if kind == "pattern":
        letters = tuple(letter for piece in draw(PATTERNS) for letter in as_letters(piece))
        return Leaf(path, draw(st.sampled_from(["like", "contains"])), (letters,), draw(st.booleans()))
    if kind == "in":
        return Leaf(path, "in", tuple(draw(st.lists(values, min_size=1, max_size=3))), draw(st.booleans()))
    operators = EQUAL if values in (FLAGS, KINDS) else ORDERED
    return Leaf(path, draw(st.sampled_from(operators)), (draw(values),))


def as_letters(piece: str) -> Iterable[str]:
    """A piece of a pattern letter by letter; ``*`` and ``%`` cannot be written as letters."""
    return [ANY] if piece == ANY else piece.replace("*", "").replace("%", "")


def trees(fields: Fields, references: list[tuple[str, ...]], *, lists: bool = True) -> st.SearchStrategy[Tree]:
    """Comparisons joined by AND and OR."""
    kinds = st.sampled_from([All, Some])
    return st.recursive(
        leaves(fields, references, lists=lists),
        lambda inner: st.builds(
            lambda kind, parts: kind(parts), kinds, st.lists(inner, min_size=2, max_size=3).map(tuple)
        ),
        max_leaves=6,
    )


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Any]:
    """A company as it is stored; every value may be missing."""
    record = draw(holding(FIELDS))
    for (name,) in REFERENCES:
        if not any(value is not None for value in record[name].values()):
            record[name] = None
    return record


@st.composite
def holding(draw: st.DrawFn, fields: Fields) -> dict[str, Any]:
    """A record with these fields, or without some."""
    record: dict[str, Any] = {}
    for path, values in fields.items():
        holder = record if len(path) == 1 else record.setdefault(path[0], {})
        holder[path[-1]] = stored(draw(st.none() | values))
    return record


def stored(value: Any) -> Any:
    """A value as a record keeps it: times as text, decimals as floats."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return float(value) if isinstance(value, Decimal) else value


def elements(array: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The elements of a child array."""
    return st.lists(
        holding({path[1:]: values for path, values in CHILD_FIELDS.items() if path[0] == array}), max_size=3
    )


CONTACTS = st.fixed_dictionaries({"communicationItems": elements("communicationItems"), "types": elements("types")})
TREES = trees(FIELDS, REFERENCES)
CHILD_TREES = trees(CHILD_FIELDS, [("communicationItems", "type")], lists=False)
CUSTOM_TREES = trees(CUSTOM_FIELDS, [], lists=False)
RANDOMS = st.randoms(use_true_random=False)


def selected(parameter: str, text: str, collection: str, rows: list[dict[str, Any]]) -> list[int]:
    """The places of the rows that the sandbox selects out of these."""
    APPLICATION.control.store.tables[collection] = {at: {"id": at, **row} for at, row in enumerate(rows)}
    answer = APPLICATION.handle(Request("GET", f"{API}/company/{collection}", {parameter: text}, LOGIN))
    assert answer.status == 200, answer.body.decode()
    return [row["id"] for row in json.loads(answer.body)]


@settings(max_examples=120, deadline=None)
@given(TREES, st.lists(companies(), max_size=4), RANDOMS)
def test_any_condition_selects_what_it_means(tree: Tree, rows: list[dict[str, Any]], random: Random) -> None:
    """In any spelling: letter case, blanks, quotes, zeros, zones, redundant parentheses."""
    text = Writer(random).write(tree)
    expected = [at for at, row in enumerate(rows) if holds(tree, row)]
    assert selected("conditions", text, "companies", rows) == expected, text


@settings(max_examples=60, deadline=None)
@given(CHILD_TREES, st.lists(CONTACTS, max_size=3), RANDOMS, st.booleans())
def test_any_child_condition_selects_what_it_means(
    tree: Tree, rows: list[dict[str, Any]], random: Random, same_element: bool
) -> None:
    """Each clause by any element of its array; by switch all clauses of an array by the same one."""
    APPLICATION.control.store.switches["child_same_element"] = same_element
    reading = holds_for_same if same_element else holds_for_any
    expected = [at for at, row in enumerate(rows) if reading(tree, row)]
    assert selected("childConditions", Writer(random).write(tree), "contacts", rows) == expected


def holds_for_any(tree: Tree, record: dict[str, Any]) -> bool:
    """Whether the clauses hold, each for any element."""
    if not isinstance(tree, Leaf):
        return (all if isinstance(tree, All) else any)(holds_for_any(part, record) for part in tree.parts)
    return any(holds(tree, {tree.path[0]: element}) for element in record[tree.path[0]])


def holds_for_same(tree: Tree, record: dict[str, Any]) -> bool:
    """Whether there is one element in each array for which the clauses hold."""
    chosen = product(*([{name: [element]} for element in held] or [{name: []}] for name, held in record.items()))
    return any(holds_for_any(tree, {**items, **types}) for items, types in chosen)


@settings(max_examples=60, deadline=None)
@given(CUSTOM_TREES, st.lists(st.lists(holding(CUSTOM_FIELDS), max_size=3), max_size=3), RANDOMS)
def test_any_custom_field_condition_selects_what_it_means(
    tree: Tree, rows: list[list[dict[str, Any]]], random: Random
) -> None:
    """All clauses by one and the same custom field."""
    expected = [at for at, fields in enumerate(rows) if any(holds(tree, field) for field in fields)]
    records = [{"customFields": fields} for fields in rows]
    assert selected("customFieldConditions", Writer(random).write(tree), "companies", records) == expected
