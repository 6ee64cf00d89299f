"""Billing periods of an agreement: which of them is billed next, and where a day lies among them (api.md 4.7)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

ARREARS = "Current"
"""The ``periodType`` of an agreement that is invoiced for the period that is over; every other one is invoiced for the
period that begins."""

_NAMES: dict[tuple[str, str], tuple[int, int]] = {
    ("", "week"): (0, 7),
    ("bi", "week"): (0, 14),
    ("", "month"): (1, 0),
    ("bi", "month"): (2, 0),
    ("", "quarter"): (3, 0),
    ("semi", "annual"): (6, 0),
    ("half", "year"): (6, 0),
    ("", "annual"): (12, 0),
    ("", "year"): (12, 0),
}
"""Months and days of the billing cycles that ConnectWise offers, by the words that name them."""

_HOW_MANY = (
    "bi|semi|half|tri|[0-9]+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|twice|thrice|other|second|"
    "third|fourth"
)
_NAME = re.compile(
    rf"(?<![a-z0-9])(?:({_HOW_MANY})(?:\s*[-_\u2010-\u2015]?\s*|\s+(?:times\s+)?(?:a|an|per|each|every)\s+))?"
    r"(week|month|quarter|annual|year)(?:ly|s)?(?![a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Cycle:
    """How long a billing period is: whole months, or days."""

    months: int = 0
    days: int = 0

    def after(self, start: date, periods: int) -> date:
        """The day so many periods after ``start`` (before it where negative), at most the last day of its month."""
        if self.days:
            return start + timedelta(days=self.days * periods)
        year, month = divmod(start.year * 12 + start.month - 1 + self.months * periods, 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


class UnknownCycleError(Exception):
    """The length of a billing cycle is needed, and its name does not tell it."""


def cycle_of(name: str) -> Cycle | None:
    """The cycle that a name such as ``Monthly`` or ``QUARTERLY-1ST`` means; None when it says none that is known, as
    ``Semi-monthly`` does, or several."""
    lengths = {_NAMES.get((found[1] or "", found[2])) for found in _NAME.finditer(name.lower())}
    length = lengths.pop() if len(lengths) == 1 else None
    return Cycle(*length) if length else None


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` up to, and without, ``end``."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True)
class Calendar:
    """The billing periods of one agreement. ``anchor`` is a day on which a period starts, ``first`` how many periods
    after it the first one starts that is not invoiced yet."""

    anchor: date
    first: int
    cycle: Cycle | None
    name: str = ""
    arrears: bool = False

    @classmethod
    def of(cls, next_invoice: date, cycle: str, period_type: str) -> "Calendar":
        """The calendar of an agreement from its next invoice date, its billing cycle's name and its period type."""
        arrears = period_type == ARREARS
        return cls(next_invoice, -1 if arrears else 0, cycle_of(cycle), cycle, arrears)

    def boundary(self, number: int) -> date:
        """The first day of a period, counted from the first that is not invoiced. Raises UnknownCycleError."""
        place = self.first + number
        if place == 0:
            return self.anchor
        if self.cycle is None:
            raise UnknownCycleError(self.name)
        return self.cycle.after(self.anchor, place)

    @property
    def start(self) -> date:
        """The first day that is not invoiced yet. Raises UnknownCycleError."""
        return self.boundary(0)

    @property
    def open(self) -> Period:
        """The period that the next invoice bills. Raises UnknownCycleError."""
        return self.period(0)

    def period(self, number: int) -> Period:
        """A period, counted from the first that is not invoiced. Raises UnknownCycleError."""
        return Period(self.boundary(number), self.boundary(number + 1))

    def around(self, day: date) -> Period:
        """The period in which a day lies, invoiced or not. Raises UnknownCycleError."""
        number = 0
        while day < self.boundary(number):
            number -= 1
        while day >= self.boundary(number + 1):
            number += 1
        return self.period(number)

    def following(self, day: date) -> date:
        """Where a change that was seen on ``day`` and waits for the next period begins: the first day after it on which
        a period begins that is not invoiced. Raises UnknownCycleError."""
        return self.start if day < self.start else self.around(day).end


def renewal(known: date, months: int, day: date) -> date:
    """The last day of renewal on or before ``day``; ``known`` is one of them, and one comes every so many months."""
    cycle = Cycle(months)
    number = 0
    while cycle.after(known, number) > day:
        number -= 1
    while cycle.after(known, number + 1) <= day:
        number += 1
    return cycle.after(known, number)


def next_renewal(known: date, months: int, day: date) -> date:
    """The first day of renewal after ``day``."""
    return Cycle(months).after(known, _count(known, months, renewal(known, months, day)) + 1)


def _count(known: date, months: int, day: date) -> int:
    return ((day.year - known.year) * 12 + day.month - known.month) // months
