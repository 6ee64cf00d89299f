"""When a change is billed: policies, invoicing in advance and in arrears, proration, and what waits for which day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd
from tests.scenarios.records import agreement, line, profile
from tests.scenarios.world import World

ADVANCE, ARREARS = "Future", "Current"
FIRST, MID, LATE = date(2026, 11, 2), date(2026, 11, 16), date(2026, 12, 3)


def november(period_type: str, *, prorate: bool = False, invoiced: bool = False, **more: Any) -> dict[str, Any]:
    """The agreement in November. In advance its November is invoiced (next invoice on 1 December) where ``invoiced``,
    else not yet (1 November). In arrears November is invoiced on 1 December."""
    ahead = period_type == ARREARS or invoiced
    return agreement(
        periodType=period_type, prorateFlag=prorate, nextInvoiceDate="2026-12-01" if ahead else "2026-11-01", **more
    )


@dataclass(frozen=True)
class Row:
    """One row of the table: what an agreement and a policy make of a change on 16 November.

    ``quantities`` are the lines afterwards, each with its first day where that is after October, and its last;
    ``from_`` is the first day that is billed with the new quantity, ``pending`` the day on which it comes."""

    period: str
    invoiced: bool
    prorate: bool
    method: str
    policy: str
    quantities: list[tuple[float, str, str]]
    from_: str
    pending: str | None = None
    prorated: str | None = None


KEPT = [(4.0, "", "")]
SET = [(5.0, "", "")]


def split(start: str, end: str) -> list[tuple[float, str, str]]:
    """The old line until ``end``, the new one from ``start``."""
    return [(4.0, "", end), (5.0, start, "")]


TABLE = [
    # in advance, the running period is invoiced: every change begins with the next bill, on 1 December
    *(
        Row(ADVANCE, True, prorate, "in_place", policy, SET, "2026-12-01")
        for prorate in (False, True)
        for policy in ("now", "next_period")
    ),
    *(
        Row(ADVANCE, True, prorate, "cancel_and_add", policy, split("2026-12-01", "2026-11-30"), "2026-12-01")
        for prorate in (False, True)
        for policy in ("now", "next_period")
    ),
    # in advance, and the invoice for November has not been made yet: it is the bill that an in-place write changes
    Row(ADVANCE, False, False, "in_place", "now", SET, "2026-11-01"),
    Row(ADVANCE, False, True, "in_place", "now", SET, "2026-11-01"),
    Row(ADVANCE, False, False, "in_place", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    Row(ADVANCE, False, True, "in_place", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    Row(ADVANCE, False, False, "cancel_and_add", "now", split("2026-11-01", "2026-10-31"), "2026-11-01"),
    Row(
        ADVANCE, False, True, "cancel_and_add", "now", split("2026-11-16", "2026-11-15"), "2026-11-16",
        prorated="20.00",
    ),
    Row(ADVANCE, False, False, "cancel_and_add", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    Row(ADVANCE, False, True, "cancel_and_add", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    # in arrears: November is the open bill
    Row(ARREARS, False, False, "in_place", "now", SET, "2026-11-01"),
    Row(ARREARS, False, True, "in_place", "now", SET, "2026-11-01"),
    Row(ARREARS, False, False, "in_place", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    Row(ARREARS, False, True, "in_place", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    Row(ARREARS, False, False, "cancel_and_add", "now", split("2026-11-01", "2026-10-31"), "2026-11-01"),
    Row(
        ARREARS, False, True, "cancel_and_add", "now", split("2026-11-16", "2026-11-15"), "2026-11-16",
        prorated="20.00",
    ),
    Row(ARREARS, False, False, "cancel_and_add", "next_period", KEPT, "2026-11-01", "2026-12-01"),
    Row(ARREARS, False, True, "cancel_and_add", "next_period", KEPT, "2026-11-01", "2026-12-01"),
]  # fmt: skip


def standing(world: World) -> list[tuple[float, str, str]]:
    """Quantity, first day and last day of each line; a first day before November is left out."""
    found = []
    for row in world.lines():
        start, end = str(row["effectiveDate"])[:10], str(row.get("cancelledDate") or "")[:10]
        found.append((row["quantity"], start if start > "2026-10-31" else "", end))
    return found


def told(row: Row) -> str:
    """The name of a row."""
    words = [row.period, "invoiced" if row.invoiced else "open", "prorated" if row.prorate else "whole"]
    return "-".join([*words, row.method, row.policy])


def start(build: Build, row: Row, people: int, **rules: Any) -> World:
    """Four people, counted once on 2 November."""
    rules = {"method": f'"{row.method}"', "increase": f'"{row.policy}"', "decrease": f'"{row.policy}"', **rules}
    world = build(crowd(people), "[guard]\nquantity_percent = 100\n", profile("Managed user", **rules),
                  agreements=[november(row.period, prorate=row.prorate, invoiced=row.invoiced)],
                  additions=[line(3301, "MS-USER", people)])  # fmt: skip
    world.on(FIRST)
    assert world.sync().code == 0
    return world


@pytest.mark.parametrize("row", TABLE, ids=told)
def test_s67_s68_s69_s71_s72_an_increase_is_billed_when_agreement_and_policy_say(build: Build, row: Row) -> None:
    """One joiner on 16 November: the lines, the first day that is billed with five, what is pending and prorated."""
    world = start(build, row, 4)
    world.people(*crowd(5))
    world.on(MID)
    ran = world.sync()
    found = ran.billing("Managed user")
    pending = found["pending"] and found["pending"]["on"]
    assert (standing(world), pending) == (row.quantities, row.pending)
    assert (found["effective"], found["prorated"]) == (row.from_, row.prorated)
    assert found["monthly_change"] == ("0.00" if row.pending else "40.00")
    world.settled()


@pytest.mark.parametrize("row", TABLE, ids=told)
def test_s67_s68_s69_s71_s72_a_decrease_is_billed_when_agreement_and_policy_say(build: Build, row: Row) -> None:
    """One leaver on 16 November, the mirror of the table: five become four."""
    world = start(build, row, 5)
    *stay, leaver = crowd(5)
    world.people(*stay, but(leaver, enabled=False))
    world.on(MID)
    found = world.sync().billing("Managed user")
    mirror = {4.0: 5.0, 5.0: 4.0}
    expected = [(mirror[quantity], first, last) for quantity, first, last in row.quantities]
    assert (standing(world), found["pending"] and found["pending"]["on"]) == (expected, row.pending)
    assert found["prorated"] == (row.prorated and f"-{row.prorated}")
    world.settled()


@pytest.mark.parametrize("row", [row for row in TABLE if row.pending], ids=told)
def test_s67_what_is_pending_is_written_once_its_period_is_the_open_one(build: Build, row: Row) -> None:
    """November is invoiced on 3 December without the joiner; the next run writes the quantity from 1 December."""
    world = start(build, row, 4)
    world.people(*crowd(5))
    world.on(MID)
    world.sync()
    world.on(LATE)
    if row.method == "in_place":
        world.sync()
        assert standing(world) == KEPT
    (billed,) = world.invoice()["lines"]
    assert (billed["quantity"], billed["amount"]) == (4, 160)
    found = world.sync().billing("Managed user")
    assert (found["pending"], found["quantity_after"], found["effective"]) == (None, "5", "2026-12-01")
    world.settled()
