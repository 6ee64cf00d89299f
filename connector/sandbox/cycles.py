"""Billing cycles: how long one is, by its name, and which period of them a day lies in (api.md 4.7)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

NAME = re.compile(
    r"(?<![a-z0-9])(?:(?P<prefix>bi|semi|half|tri|[2-9]|1[0-2])[- ]?)?"
    r"(?P<unit>weekly|monthly|quarterly|annual|annually|yearly)(?![a-z0-9])"
)


@dataclass(frozen=True)
class Cycle:
    """The length of a period: whole months, or else days."""

    months: int = 0
    days: int = 0

    def move(self, day: date, times: int = 1) -> date:
        """The day some cycles later, earlier for negative ``times``; raises ``ValueError`` outside the calendar.

        By months it is the same day of the month, or the last one of a month that is too short.
        """
        try:
            if not self.months:
                return day + timedelta(days=self.days * times)
            year, month = divmod(day.year * 12 + day.month - 1 + self.months * times, 12)
            return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        except (OverflowError, ValueError):
            raise ValueError(f"{times} billing cycles from {day} is outside the calendar") from None

    def period_with(self, day: date, begin: date) -> tuple[date, date]:
        """First day, and first day after, of the period that ``day`` lies in, where one begins on ``begin``.

        Raises ``ValueError`` outside the calendar.
        """
        if not self.months:
            times = (day - begin).days // self.days
        else:
            times = ((day.year - begin.year) * 12 + day.month - begin.month) // self.months
            times -= self.move(begin, times) > day
        return self.move(begin, times), self.move(begin, times + 1)


CYCLES = {
    "weekly": Cycle(days=7),
    "biweekly": Cycle(days=14),
    "monthly": Cycle(months=1),
    "bimonthly": Cycle(months=2),
    "quarterly": Cycle(months=3),
    "semiannual": Cycle(months=6),
    "semiannually": Cycle(months=6),
    "annual": Cycle(months=12),
    "annually": Cycle(months=12),
    "yearly": Cycle(months=12),
}


def cycle_named(name: str) -> Cycle | None:
    """The cycle that a name speaks of, in any letter case and among other words.

    ``None`` when it speaks of none, of one that is not known (semi-monthly, 3-monthly), or of several.
    """
    words = {(found["prefix"] or "") + found["unit"] for found in NAME.finditer(name.lower())}
    known = {CYCLES.get(word) for word in words}
    return known.pop() if len(known) == 1 else None
