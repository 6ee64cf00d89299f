"""How much of a period a line is in effect, and what part of its price that is (api.md 4.8)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connector.sandbox.cycles import cycle_named
from connector.sandbox.schema import parse_time
from connector.sandbox.store import Record, dig

CENT = Decimal("0.01")


def number(value: Any) -> Decimal:
    """A stored number exactly as it is written; an empty one is zero."""
    return Decimal(str(value or 0))


def share(amount: Decimal, days: int, period_days: int) -> float:
    """The part of an amount of money that falls to some days of a period, to the cent, half a cent up."""
    return float((amount * days / period_days).quantize(CENT, ROUND_HALF_UP))


def day_of(moment: Any) -> date | None:
    """The day (UTC) of a stored time, ``None`` for an empty one."""
    return parse_time(str(moment)).date() if moment else None


def days_in_effect(line: Record, first: date, after: date) -> int:
    """Days of a period (``after`` is the first day behind it) from the line's effectiveDate to its cancelledDate.

    Both count. Never negative; 0 also when the line is cancelled before it takes effect.
    """
    begin, last = day_of(line.get("effectiveDate")), day_of(line.get("cancelledDate"))
    begin = max(first, begin) if begin else first
    last = min(after - timedelta(days=1), last) if last else after - timedelta(days=1)
    return max(0, (last - begin).days + 1)


def first_days(agreement: Record, line: Record) -> tuple[int, int]:
    """Days in effect, and days, of the period that a line begins in.

    No day in effect where the agreement does not prorate or has no cycle, or the line begins on the period's first day.
    """
    cycle = cycle_named(str(dig(agreement, "billingCycle/name")))
    begin, next_invoice = day_of(line.get("effectiveDate")), day_of(agreement.get("nextInvoiceDate"))
    if not agreement.get("prorateFlag") or cycle is None or begin is None or next_invoice is None:
        return 0, 1
    try:
        first, after = cycle.period_with(begin, next_invoice)
    except ValueError:
        return 0, 1
    return (days_in_effect(line, first, after) if begin > first else 0), (after - first).days


def prorated_amounts(agreement: Record, line: Record, quantity: Any) -> Record:
    """The prorate fields of a line: its unit price and cost for the first period, and those times ``quantity``.

    To the cent; all 0 where the first period is not prorated.
    """
    days, period_days = first_days(agreement, line)
    amounts: Record = {}
    for name in ("Price", "Cost"):
        unit = number(line.get(f"unit{name}"))
        amounts[f"prorate{name}"] = share(unit, days, period_days)
        amounts[f"extendedProrate{name}"] = share(unit * number(quantity), days, period_days)
    return amounts
