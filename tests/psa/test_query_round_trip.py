"""Client and sandbox agree on conditions: what the client writes selects exactly the records it meant (api.md 3.2)."""

import base64
import json
import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.psa.query import Condition, Params, chunked_in, encode, field
from connector.psa.rest import PsaRest
from connector.sandbox.application import Application
from connector.sandbox.messages import Request

pytestmark = pytest.mark.planted
COMPANIES = "/company/companies"
LOGIN = {"authorization": "Basic " + base64.b64encode(b"bluefjord+demo:demo").decode(), "clientid": "1111"}
APPLICATION = Application(None)
SIGNS = "+&%\"'*\\[]_# ;=?/<>(),|{}^~`$!@.:-0aAß"
WORDS = ["Å", "å", "名前", "😀", "א", "null", "True", "[2026-04-01]", "a+b@c.example", "100%", 'a" or id>0']
LETTERS = st.sampled_from(SIGNS) | st.characters(exclude_categories=["Cs", "Cc"])
TEXTS = st.text(LETTERS, min_size=1, max_size=5) | st.sampled_from(WORDS)
TIMES = st.integers(-(2**32), 2**32).map(lambda seconds: datetime(2026, 4, 1, tzinfo=UTC) + timedelta(seconds=seconds))
DECIMALS = st.floats(-1e9, 1e9).map(lambda number: Decimal(repr(number)))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "city": TEXTS,
    "status/name": TEXTS,
    "numberOfEmployees": st.integers(-(2**31), 2**31),
    "annualRevenue": DECIMALS,
    "deletedFlag": st.booleans(),
    "dateAcquired": TIMES,
}
COLUMNS = st.sampled_from(list(KINDS)).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(KINDS[name], min_size=1, max_size=5))
)
OPERATORS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def record(at: int, name: str, value: Any) -> dict[str, Any]:
    """A company as the sandbox stores it, with a value in one field."""
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%dT%H:%M:%SZ}"
    value = float(value) if isinstance(value, Decimal) else value
    head, _, rest = name.partition("/")
    return {"id": at, head: {rest: value} if rest else value}


def found(query: Params, name: str, values: list[Any]) -> list[int]:
    """The places of the values that the sandbox selects, the query read as its server reads an address."""
    APPLICATION.control.store.tables["companies"] = {at: record(at, name, value) for at, value in enumerate(values)}
    sent = dict(parse_qsl(encode({**query, "pageSize": 1000}), keep_blank_values=True))
    answer = APPLICATION.handle(Request("GET", f"/v4_6_release/apis/3.0{COMPANIES}", sent, LOGIN))
    assert answer.status == 200, answer.body.decode()
    return [row["id"] for row in json.loads(answer.body)]


def selected(condition: Condition, name: str, values: list[Any]) -> list[int]:
    """The places of the values that a condition selects."""
    return found({"conditions": str(condition)}, name, values)


def places(values: list[Any], fits: Callable[[Any], bool]) -> list[int]:
    """The places of the values that fit; an empty one never does."""
    return [at for at, value in enumerate(values) if value is not None and fits(value)]


def folded(value: Any) -> Any:
    """The value as it is compared: text in any letter case."""
    return value.casefold() if isinstance(value, str) else value


@settings(max_examples=150, deadline=None)
@given(COLUMNS, st.sampled_from(OPERATORS), st.data())
def test_a_comparison_selects_the_records_it_means(
    column: tuple[str, list[Any]], compare: Callable[[Any, Any], Any], data: st.DataObject
) -> None:
    """With any value of any type: no letter of it is lost, changed or read as something else on the way."""
    name, values = column
    wanted = data.draw(st.sampled_from(values) | KINDS[name])
    condition = compare(field(name), wanted)
    assert selected(condition, name, [*values, None]) == places(values, lambda v: compare(folded(v), folded(wanted)))


@given(COLUMNS)
@settings(max_examples=40, deadline=None)
def test_null_selects_the_empty_ones(column: tuple[str, list[Any]]) -> None:
    """And its opposite the others."""
    name, values = column
    assert selected(field(name) == None, name, [*values, None]) == [len(values)]  # noqa: E711
    assert selected(field(name) != None, name, [*values, None]) == list(range(len(values)))  # noqa: E711


@settings(max_examples=60, deadline=None)
@given(COLUMNS, st.data())
def test_lists_select_what_is_in_them(column: tuple[str, list[Any]], data: st.DataObject) -> None:
    """In one condition, and cut over several addresses."""
    name, values = column
    wanted = data.draw(st.lists(st.sampled_from(values) | KINDS[name], min_size=1, max_size=4))
    expected = places(values, lambda value: folded(value) in {folded(one) for one in wanted})
    assert selected(field(name).in_(wanted), name, values) == expected
    queries = chunked_in(COMPANIES, field(name), wanted * 20, {})
    assert sorted({at for query in queries for at in found(query, name, values)}) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_contains_selects_every_text_with_it(values: list[str], data: st.DataObject) -> None:
    """And no other, unless there are signs in it that stand for anything."""
    whole = data.draw(st.sampled_from(values))
    cut = data.draw(st.integers(0, len(whole)))
    wanted = whole[cut:]
    expected = places(values, lambda value: wanted.casefold() in value.casefold())
    got = selected(field("city").contains(wanted), "city", values)
    assert got == expected or (set(expected) <= set(got) and set(wanted) & {"*", "%"})


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from("*%"), st.data())
def test_like_selects_what_begins_so(values: list[str], sign: str, data: st.DataObject) -> None:
    """With a wildcard at the end and a bracket written as one."""
    start = "".join(letter for letter in data.draw(st.sampled_from(values))[:2] if letter not in "*%")
    condition = field("city").like(start.replace("[", "[[]") + sign)
    assert selected(condition, "city", values) == places(values, lambda v: v.casefold().startswith(start.casefold()))


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS, TEXTS)
def test_joined_conditions_keep_their_parentheses(values: list[str], one: str, other: str) -> None:
    """``(a | b) & c`` and ``a | (b & c)`` are what Python says they are."""
    a, b, c = field("city") == one, field("city") != other, field("city") == values[0]
    is_a, is_b, is_c = (
        lambda value: folded(value) == folded(one),
        lambda value: folded(value) != folded(other),
        lambda value: folded(value) == folded(values[0]),
    )
    assert selected((a | b) & c, "city", values) == places(values, lambda v: (is_a(v) or is_b(v)) and is_c(v))
    assert selected(a | (b & c), "city", values) == places(values, lambda v: is_a(v) or (is_b(v) and is_c(v)))


@settings(max_examples=40, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-23, 23))
def test_a_day_is_its_first_moment_and_a_time_the_same_in_any_zone(day: date, hours: int) -> None:
    """In UTC (api.md 2.3)."""
    first = datetime.combine(day, time(), UTC)
    values = [first - timedelta(seconds=1), first, first + timedelta(seconds=1)]
    elsewhere = first.astimezone(timezone(timedelta(hours=hours, minutes=30)))
    assert selected(field("dateAcquired") >= day, "dateAcquired", values) == [1, 2]
    assert selected(field("dateAcquired") == elsewhere, "dateAcquired", values) == [1]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(categories=["Cc"]), min_size=1, max_size=3))
def test_control_characters_are_the_blanks_that_the_psa_keeps(controls: str) -> None:
    """A line break in a text is stored as a blank and found as one (api.md 2.3)."""
    kept = "".join(" " if ord(letter) < 128 else letter for letter in controls)
    assert selected(field("city") == f"a{controls}b", "city", [f"a{kept}b", "ab"]) == [0]


SENT = [*r"""a+b a&b %* " ' \ \" a\ [x] [[] _ # Ø名א 😀 a=b;c %2B &amp;""".split(), " a b "]


@pytest.mark.parametrize("text", SENT)
def test_a_text_is_found_over_the_wire(http: PsaRest, text: str) -> None:
    """Written by the client, stored by the sandbox, found again by condition, in a list, and page by page."""
    made = http.post("/company/contacts", {"firstName": text, "company": {"id": 412}})
    assert made["firstName"] == text
    name = field("firstName")
    for condition in (name == text, name.in_(["x", text]), name.contains(text)):
        ids = [row["id"] for row in http.pages("/company/contacts", {"conditions": str(condition), "fields": "id"})]
        assert made["id"] in ids
        assert len(ids) == 1 or "*" in text
