"""A plan as JSON: the shape others rely on, and the way back."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.plan import (
    BillingLine,
    Change,
    Counted,
    Held,
    HeldKind,
    Kind,
    NotCounted,
    Pair,
    PersonRef,
    Plan,
    Target,
)
from connector.core.planjson import amount, document, dumps, from_document, from_json, loads, quantity, to_json
from tests.report.samples import busy, quiet

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
IDS = st.none() | st.integers(1, 10**9)
DECIMALS = st.decimals(-(10**8), 10**8, places=4, allow_nan=False)
MAYBE = st.none() | DECIMALS
VALUES = st.dictionaries(
    TEXT, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2), max_size=3
)
PEOPLE = st.none() | st.builds(PersonRef, TEXT, TEXT, TEXT)
TARGETS = st.builds(Target, IDS, IDS, IDS)


def _several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2).map(tuple)


COUNTED = st.builds(Counted, TEXT, TEXT, TEXT, TEXT, DECIMALS)
PLANS = st.builds(
    Plan,
    client=TEXT,
    company_id=st.integers(),
    company=TEXT,
    made_at=st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-5)))),
    complete=st.booleans(),
    accounts=st.integers(0),
    people=st.integers(0),
    changes=_several(st.builds(Change, st.sampled_from(Kind), TARGETS, VALUES, VALUES, TEXT, PEOPLE, TEXT)),
    held=_several(st.builds(Held, st.sampled_from(HeldKind), TEXT, TEXT, TEXT, PEOPLE, TARGETS)),
    billing=_several(
        st.builds(
            BillingLine,
            TEXT,
            IDS,
            IDS,
            TEXT,
            st.integers(0),
            DECIMALS,
            MAYBE,
            MAYBE,
            MAYBE,
            st.none() | st.dates(),
            _several(COUNTED),
            TEXT,
            TEXT,
        )
    ),
    not_counted=_several(st.builds(NotCounted, TEXT, TEXT, TEXT, TEXT, TEXT)),
    warnings=_several(TEXT),
    pairs=_several(st.builds(Pair, TEXT, st.integers(), TEXT, TEXT, TEXT)),
    absent=st.dictionaries(TEXT, st.integers(0), max_size=2),
    source=TEXT,
)


@given(PLANS)
def test_a_plan_comes_back_equal(plan: Plan) -> None:
    """Writing a plan and reading it again loses nothing, through the JSON text as well."""
    assert from_json(to_json(plan)) == plan
    assert loads(dumps(document([plan]))) == [plan]


def test_the_contract_keys_come_first_and_in_order() -> None:
    """Others read these keys; what was added later stands after them."""
    plan = to_json(busy())
    assert list(plan)[:10] == [
        "client",
        "company",
        "digest",
        "made_at",
        "directory",
        "changes",
        "held",
        "billing",
        "not_counted",
        "warnings",
    ]
    assert list(plan["company"]) == ["id", "identifier"]
    assert list(plan["directory"])[:3] == ["complete", "accounts", "people"]
    assert list(plan["changes"][0])[:7] == ["id", "kind", "target", "person", "before", "after", "reason"]
    assert list(plan["changes"][0]["target"]) == ["contact_id", "agreement_id", "addition_id"]
    assert list(plan["held"][0])[:4] == ["kind", "what", "reason", "how_to_release"]
    assert list(plan["billing"][0])[:12] == [
        "profile",
        "agreement_id",
        "addition_id",
        "product",
        "counted",
        "billed",
        "quantity_before",
        "quantity_after",
        "unit_price",
        "monthly_change",
        "effective",
        "people",
    ]
    assert list(plan["billing"][0]["people"][0])[:3] == ["guid", "name", "rule"]
    assert list(plan["not_counted"][0])[:3] == ["account", "reason", "rule"]


def test_values_are_written_as_the_contract_shows_them() -> None:
    """Quantities and money are text, ``billed`` is a number, times end in Z, a change without a person says null."""
    plan = to_json(busy())
    line = plan["billing"][0]
    shown = {key: line[key] for key in ("counted", "billed", "quantity_before", "quantity_after", "unit_price")}
    assert shown == {
        "counted": 37,
        "billed": 37,
        "quantity_before": "36",
        "quantity_after": "37",
        "unit_price": "42.50",
    }
    assert (line["monthly_change"], line["effective"]) == ("42.50", "2026-12-01")
    assert plan["made_at"] == "2026-11-22T07:15:03Z"
    created = plan["changes"][0]["person"]
    assert created == {"guid": "6f0c0000-0000-0000-0000-000000000032", "account": "lbak", "name": "Lars Bak"}
    assert plan["changes"][-1]["person"] is None
    assert plan["changes"][-1]["target"] == {"contact_id": None, "agreement_id": 77, "addition_id": 3301}
    assert plan["changes"][0]["kind"] == "contact.create"


@pytest.mark.parametrize(
    ("value", "as_quantity", "as_amount"),
    [
        ("37.0000", "37", "37.00"),
        ("1E+3", "1000", "1000.00"),
        ("42.5", "42.5", "42.50"),
        ("-0.00", "0", "0.00"),
        ("8.1250", "8.125", "8.125"),
        ("-12.5", "-12.5", "-12.50"),
        ("1E-7", "0.0000001", "0.0000001"),
    ],
)
def test_decimals_have_no_exponent_and_no_superfluous_zeros(value: str, as_quantity: str, as_amount: str) -> None:
    """Whatever arithmetic made a decimal, it is written in one way."""
    assert quantity(Decimal(value)) == as_quantity
    assert amount(Decimal(value)) == as_amount


def test_what_is_not_a_number_is_never_billed() -> None:
    """NaN and infinity are refused instead of being written."""
    with pytest.raises(ValueError, match="not a number that can be billed"):
        quantity(Decimal("NaN"))
    with pytest.raises(ValueError, match="not a number that can be billed"):
        amount(Decimal("Infinity"))


def test_a_time_without_a_zone_is_refused() -> None:
    """A plan's time is never taken for local time by accident."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        to_json(replace(quiet(), made_at=naive))


def test_hidden_characters_are_written_as_escapes() -> None:
    """A file shown on a screen must not reorder or hide text; names stay readable."""
    text = dumps({"name": "Øst\u202eby \udc80\x9b"})
    assert "Øst\\u202eby \\udc80\\u009b" in text
    assert json.loads(text) == {"name": "Øst\u202eby \udc80\x9b"}


def _broken(path: str, value: object) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(dumps(document([busy()])))
    at: Any = whole
    *parts, last = path.split(".")
    for part in parts:
        at = at[int(part)] if part.isdigit() else at[part]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("version", 2, "has version 2"),
        ("version", True, "has version True"),
        ("plans", {}, '"plans" is not a list'),
        ("plans.0.company", None, '"company" of "plans" 1 of the document is not an object'),
        ("plans.0.company.id", "412", '"id" is not a whole number'),
        ("plans.0.made_at", "2026-11-22T07:15:03", "not a time with its zone"),
        ("plans.0.directory.complete", 1, '"complete" is not true or false'),
        ("plans.0.changes.1.kind", "contact.delete", "not a kind of change"),
        ("plans.0.changes.1.after", {"title": 1.5}, '"title" is neither text'),
        ("plans.0.changes.1.reason", KeyError, '"reason" is missing in "changes" 2'),
        ("plans.0.billing.0.quantity_after", "many", '"quantity_after" is not a number'),
        ("plans.0.billing.0.billed", True, '"billed" is not a number'),
        ("plans.0.billing.0.unit_price", "NaN", '"unit_price" is not a number'),
        ("plans.0.billing.0.effective", "soon", "is not a date"),
        ("plans.0.warnings", [1], "not a list of texts"),
    ],
)
def test_a_malformed_document_is_refused_by_naming_the_fault(path: str, value: object, says: str) -> None:
    """Each refusal is a ValueError that names the key and where it stands."""
    with pytest.raises(ValueError) as refused:
        from_document(_broken(path, value))
    assert says in str(refused.value)


def test_a_plan_that_was_edited_after_saving_is_refused() -> None:
    """The digest in the file must be that of the plan in it."""
    with pytest.raises(ValueError, match="'harbor' was changed after it was made"):
        from_document(_broken("plans.0.changes.4.after", {"quantity": "370"}))


@pytest.mark.parametrize("text", ["", "no", "[]", '"x"', "null", '{"plans": []}'])
def test_text_that_is_no_plan_file_is_refused(text: str) -> None:
    """Anything else than a document is a ValueError in a sentence."""
    with pytest.raises(ValueError, match="This is not a plan file"):
        loads(text)


def test_a_file_from_before_the_later_keys_is_read() -> None:
    """Keys that were added later may be missing."""
    old = to_json(quiet())
    for key in ("pairs", "absent"):
        del old[key]
    del old["directory"]["source"]
    for line in old["billing"]:
        del line["agreement"], line["how"]
        for person in line["people"]:
            del person["account"], person["units"]
    assert from_json(old).billing[0].people[0].units == 1
    assert from_json(old).pairs == ()
