"""Billing lines are set exactly, once, and believed only when seen."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx
import pytest
import respx

from connector.core.plan import Value
from connector.errors import PsaInDoubt, PsaMissing, PsaRejected
from connector.psa.agreements import PsaLines
from connector.psa.rest import PsaRest
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.helpers import API, connect, discovery

NEW: dict[str, Value] = {"product": "ms-user", "quantity": "37", "unit_price": "42.50", "effective_date": "2026-05-15"}


def test_a_line_is_read_with_exact_amounts(http: PsaRest) -> None:
    """36.1 and 42.1 have no exact double; as decimals they are what the PSA wrote."""
    line = PsaLines(http).get(77, 3301)
    assert (line.quantity, line.unit_price, line.product) == (Decimal("36.1"), Decimal("42.1"), "MS-USER")
    assert (line.agreement_id, line.effective_date, line.cancelled_date) == (77, date(2025, 1, 1), None)
    assert line.updated


@pytest.mark.parametrize(("quantity", "number"), [("37", 37), ("37.00", 37), ("7.5", 7.5), ("0", 0)])
def test_a_quantity_is_set_in_place_as_a_number_and_only_once(
    http: PsaRest, sandbox: Sandbox, quantity: str, number: float
) -> None:
    """One operation that touches nothing else; the second time nothing is sent."""
    lines = PsaLines(http)
    after = lines.update(lines.get(77, 3301), {"quantity": quantity})
    assert after.quantity == Decimal(quantity)
    assert lines.update(lines.get(77, 3301), {"quantity": quantity}) == after
    (patch,) = writes(sandbox)
    assert patch["body"] == [{"op": "replace", "path": "quantity", "value": number}]
    assert after.unit_price == Decimal("42.1")


def test_a_line_is_cancelled_on_a_day_and_the_day_can_be_taken_back(http: PsaRest, sandbox: Sandbox) -> None:
    """Midnight UTC is the PSA's form of a day (api.md 2.3)."""
    lines = PsaLines(http)
    cancelled = lines.update(lines.get(77, 3301), {"cancelled_date": "2026-05-14"})
    assert cancelled.cancelled_date == date(2026, 5, 14)
    assert lines.update(cancelled, {"cancelled_date": "2026-05-14"}) is cancelled
    assert lines.update(cancelled, {"cancelled_date": None}).cancelled_date is None
    assert [entry["body"] for entry in writes(sandbox)] == [
        [{"op": "replace", "path": "cancelledDate", "value": "2026-05-14T00:00:00Z"}],
        [{"op": "remove", "path": "cancelledDate"}],
    ]


def test_a_line_is_added_for_the_product_of_the_catalogue(http: PsaRest) -> None:
    """The identifier is looked up in any letter case; the line is billable from its day on."""
    lines = PsaLines(http)
    line = lines.add(77, NEW)
    assert (line.product_id, line.quantity, line.unit_price) == (55, Decimal(37), Decimal("42.5"))
    assert (line.bill_customer, line.effective_date) == ("Billable", date(2026, 5, 15))
    assert lines.get(77, line.id) == line


@pytest.mark.parametrize(("product", "words"), [("NOPE", "0 active entries"), ("BUNDLE", "is a bundle")])
def test_a_product_that_cannot_be_a_line_is_rejected(http: PsaRest, sandbox: Sandbox, product: str, words: str) -> None:
    """S86: before any write."""
    with pytest.raises(PsaRejected, match=words):
        PsaLines(http).add(77, NEW | {"product": product})
    assert writes(sandbox) == []


@pytest.mark.parametrize("effect", ["500-after", "drop-after"])
def test_an_added_line_whose_answer_is_lost_is_in_doubt_and_stands_once(
    http: PsaRest, sandbox: Sandbox, effect: str
) -> None:
    """A second line would be billed twice."""
    before = len(sandbox.state()["additions"])
    sandbox.control("POST", "faults", {"method": "POST", "effect": effect})
    with pytest.raises(PsaInDoubt):
        PsaLines(http).add(77, NEW)
    assert len(sandbox.state()["additions"]) == before + 1


def test_a_line_that_is_gone_is_missing(http: PsaRest) -> None:
    """The caller decides what that means."""
    with pytest.raises(PsaMissing):
        PsaLines(http).get(77, 9999)


@respx.mock
def test_a_quantity_that_the_psa_does_not_keep_is_rejected() -> None:
    """The PSA may answer 200 and do nothing (api.md 4.1)."""
    discovery(respx.mock)
    record = {"id": 1, "product": {"id": 55, "identifier": "MS-USER"}, "quantity": 36, "unitPrice": 2}
    respx.route(url=f"{API}/finance/agreements/77/additions/1").mock(
        side_effect=lambda request: httpx.Response(200, json=record)
    )
    lines = PsaLines(connect())
    with pytest.raises(PsaRejected, match="did not keep it: quantity 36"):
        lines.update(replace(lines.get(77, 1), id=1), {"quantity": "37"})


def test_a_quantity_with_more_digits_than_a_double_holds_is_rejected(http: PsaRest, sandbox: Sandbox) -> None:
    """Nothing is rounded in silence."""
    lines = PsaLines(http)
    with pytest.raises(PsaRejected, match="more digits"):
        lines.update(lines.get(77, 3301), {"quantity": "1.2345678901234567890123"})
    assert writes(sandbox) == []


def test_a_price_cannot_be_changed(http: PsaRest) -> None:
    """S81: prices are finance's own."""
    lines = PsaLines(http)
    with pytest.raises(ValueError, match="unit_price"):
        lines.update(lines.get(77, 3301), {"unit_price": "1"})
