"""Parts of a period, to the day and the cent (api.md 4.8)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connector.sandbox.cycles import CYCLES
from tests.sandbox.conftest import Client

AGREEMENT = "/finance/agreements/77"
LINES = f"{AGREEMENT}/additions"
LINE = f"{LINES}/3301"


def invoice(psa: Client) -> Any:
    """Invoice the agreement's period, June unless told otherwise."""
    return psa.sandbox.control("POST", "invoice", {"agreement": 77})


def prorate(psa: Client, flag: bool = True) -> None:
    """Whether the agreement prorates."""
    assert psa.patch(AGREEMENT, ("replace", "prorateFlag", flag)).status_code == 200


def add(psa: Client, **values: Any) -> Any:
    """A new line of managed users: 42.50 each, cost 11.00."""
    response = psa.post(LINES, {"product": {"id": 55}, "billCustomer": "Billable", **values})
    assert response.status_code == 201, response.text
    return response.json()


def parts(line: Any) -> tuple[float, float, float, float]:
    """The four prorate fields: price, cost, and both extended."""
    return line["proratePrice"], line["prorateCost"], line["extendedProratePrice"], line["extendedProrateCost"]


@pytest.mark.parametrize(
    ("begin", "last", "days", "amount"),
    [
        ("2026-06-15", None, 16, 68.0),  # 3 x 42.50 x 16/30
        ("2026-06-30", None, 1, 4.25),
        ("2026-01-01", "2026-06-01", 1, 4.25),
        ("2026-06-10", "2026-06-10", 1, 4.25),
        ("2026-06-10", "2026-06-16", 7, 29.75),
        ("2026-06-01", "2026-06-30", 30, 127.5),
        ("2026-01-01", "2026-12-31", 30, 127.5),
    ],
)
def test_part_of_a_period_is_billed_by_days(
    psa: Client, begin: str, last: str | None, days: int, amount: float
) -> None:
    """Of a prorating agreement; effective and cancelled day both count."""
    prorate(psa)
    made = add(psa, quantity=3, effectiveDate=begin, cancelledDate=last)["id"]
    line = next(line for line in invoice(psa)["lines"] if line["additionId"] == made)
    assert (line["days"], line["periodDays"], line["amount"]) == (days, 30, amount)


@pytest.mark.parametrize(("price", "amount"), [(0.15, 0.01), (0.1, 0.0), (0.45, 0.02), (100, 3.33), (200, 6.67)])
def test_half_a_cent_is_rounded_up(psa: Client, price: float, amount: float) -> None:
    """One of thirty days: 0.005, 0.0033, 0.015, 3.3333, 6.6667."""
    prorate(psa)
    psa.delete(LINE)
    add(psa, quantity=1, unitPrice=price, effectiveDate="2026-06-30")
    made = invoice(psa)
    assert (made["lines"][0]["amount"], made["total"]) == (amount, amount)


def test_part_of_a_period_is_billed_in_full_without_prorating(psa: Client) -> None:
    """One day of the month costs the month; invoiceProratedAdditionsFlag does not change that."""
    psa.patch(AGREEMENT, ("replace", "invoiceProratedAdditionsFlag", True))
    made = add(psa, quantity=3, effectiveDate="2026-06-30")["id"]
    assert [line["amount"] for line in invoice(psa)["lines"] if line["additionId"] == made] == [127.5]


@pytest.mark.parametrize("flag", [False, True])
def test_line_cancelled_before_it_takes_effect_is_never_billed(psa: Client, flag: bool) -> None:
    """By one day or many, prorated or not."""
    prorate(psa, flag)
    add(psa, effectiveDate="2026-06-10", cancelledDate="2026-06-09")
    add(psa, effectiveDate="2026-06-20", cancelledDate="2026-01-01")
    assert [line["additionId"] for line in invoice(psa)["lines"]] == [3301]


def test_old_and_new_line_of_a_change_make_a_whole(psa: Client) -> None:
    """36 users to 14 June, 37 from 15 June, 5 included: 31 x 42.50 x 14/30 and 32 x 42.50 x 16/30."""
    prorate(psa)
    psa.patch(LINE, ("replace", "cancelledDate", "2026-06-14"))
    add(psa, quantity=37, lessIncluded=5, effectiveDate="2026-06-15")
    made = invoice(psa)
    assert [line["amount"] for line in made["lines"]] == [614.83, 725.33]
    assert made["total"] == 1340.16


def test_prorate_fields_tell_the_share_of_the_first_period(psa: Client) -> None:
    """From 15 May, 17 of 31 days: 42.50 and 11.00 a unit, and that three times, each rounded by itself."""
    prorate(psa)
    line = add(psa, quantity=3, effectiveDate="2026-05-15")
    assert parts(line) == (23.31, 6.03, 69.92, 18.1)


@pytest.mark.parametrize(("begin", "expected"), [("2026-06-01", 0.0), ("2026-06-02", 41.08), ("2025-12-31", 1.37)])
def test_prorate_fields_are_set_within_a_period_only(psa: Client, begin: str, expected: float) -> None:
    """0 from the first day of one on; 29 of 30 days from the second; also in periods long past, 1 of 31 days."""
    prorate(psa)
    assert add(psa, effectiveDate=begin)["proratePrice"] == expected


def test_prorate_fields_end_with_the_cancelled_day(psa: Client) -> None:
    """From 16 to 18 June is 3 of 30 days; cancelled before, none."""
    prorate(psa)
    line = add(psa, quantity=2, effectiveDate="2026-06-16", cancelledDate="2026-06-18")
    assert parts(line) == (4.25, 1.1, 8.5, 2.2)
    assert parts(add(psa, effectiveDate="2026-06-16", cancelledDate="2026-06-15")) == (0.0, 0.0, 0.0, 0.0)


def test_prorate_fields_are_zero_without_prorating(psa: Client) -> None:
    """They follow when the agreement's flag is changed, or its cycle cleared."""
    made = add(psa, effectiveDate="2026-06-16")
    assert parts(made) == (0.0, 0.0, 0.0, 0.0)
    prorate(psa)
    assert psa.get(f"{LINES}/{made['id']}").json()["proratePrice"] == 21.25
    psa.patch(AGREEMENT, ("remove", "billingCycle", None))
    assert psa.get(f"{LINES}/{made['id']}").json()["proratePrice"] == 0.0


def test_extended_prorate_fields_count_what_ext_price_counts(psa: Client) -> None:
    """All ten units, or by switch the eight that are billed: half of 42.50 each."""
    prorate(psa)
    made = add(psa, quantity=10, lessIncluded=2, effectiveDate="2026-06-16")
    assert made["extendedProratePrice"] == 212.5
    psa.switch(ext_price="billed")
    changed = psa.patch(f"{LINES}/{made['id']}", ("replace", "description", "X")).json()
    assert changed["extendedProratePrice"] == 170.0


@pytest.mark.parametrize(
    ("cycle", "day", "expected"),
    [
        ("monthly", date(2026, 6, 1), (date(2026, 6, 1), date(2026, 7, 1))),
        ("monthly", date(2026, 5, 31), (date(2026, 5, 1), date(2026, 6, 1))),
        ("quarterly", date(2026, 5, 31), (date(2026, 3, 1), date(2026, 6, 1))),
        ("quarterly", date(2027, 1, 31), (date(2026, 12, 1), date(2027, 3, 1))),
        ("yearly", date(2025, 1, 31), (date(2024, 6, 1), date(2025, 6, 1))),
        ("weekly", date(2026, 5, 31), (date(2026, 5, 25), date(2026, 6, 1))),
        ("biweekly", date(2026, 6, 15), (date(2026, 6, 15), date(2026, 6, 29))),
    ],
)
def test_period_with_a_day_is_found_before_and_after(cycle: str, day: date, expected: tuple[date, date]) -> None:
    """Counted from the period that begins on 1 June."""
    assert CYCLES[cycle].period_with(day, date(2026, 6, 1)) == expected


def test_period_with_a_day_keeps_to_the_ends_of_months() -> None:
    """Periods from the 31st on begin on the last day of a shorter month."""
    found = CYCLES["monthly"].period_with(date(2026, 3, 1), date(2026, 1, 31))
    assert found == (date(2026, 2, 28), date(2026, 3, 31))
