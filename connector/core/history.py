"""What earlier readings counted: how many and who, by billing profile; and what can be read from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Tally:
    """What one reading counted on one profile: ``people``, their ``units``, and ``billed`` after offset, minimum and
    maximum. ``day`` is the client's own date. The line as that run left it: ``quantity`` and ``unit_price`` are None
    where there was none. ``open_from`` is the first day that was not invoiced then."""

    profile: str
    at: datetime
    day: date
    people: int
    units: Decimal
    billed: Decimal
    agreement_id: int | None = None
    addition_id: int | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    open_from: date | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody counted on a profile, for ``units``, from the day ``since`` on which a reading first saw them to the day
    ``until`` on which one no longer did; None while they are counted."""

    profile: str
    guid: str
    name: str
    account: str
    units: Decimal
    since: date
    until: date | None = None

    def on(self, day: date) -> bool:
        """Whether they were counted on that day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class History:
    """A client's recorded counts: tallies in the order in which they were made, and stays by their first days."""

    tallies: tuple[Tally, ...] = ()
    stays: tuple[Stay, ...] = ()

    def of(self, profile: str) -> "History":
        """The same of one profile alone."""
        return History(
            tuple(one for one in self.tallies if one.profile == profile),
            tuple(one for one in self.stays if one.profile == profile),
        )


@dataclass(frozen=True, slots=True)
class Value:
    """A number that was right from a day on."""

    day: date
    number: Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers in the order in which they were seen; the last one holds today."""

    values: tuple[Value, ...] = field(default_factory=tuple)

    def peak(self, first: date, last: date) -> Decimal | None:
        """The highest number of those days; None when none was seen on them."""
        return max((one.number for one in self.values if first <= one.day <= last), default=None)

    def average(self, first: date, last: date) -> tuple[Decimal, int] | None:
        """The mean over the days from the first reading on, to a hundredth, and how many days these are. A day has its
        last number, a day without a reading that of the day before. None when nothing was seen on those days."""
        days = {one.day: one.number for one in self.values if first <= one.day <= last}
        if not days:
            return None
        day, number, numbers = min(days), Decimal(0), []
        while day <= last:
            number = days.get(day, number)
            numbers.append(number)
            day += timedelta(days=1)
        mean = sum(numbers, Decimal(0)) / len(numbers)
        return mean.quantize(HUNDREDTH, ROUND_HALF_UP), len(numbers)


@dataclass(frozen=True, slots=True)
class Month:
    """The last count of a profile in one month (``2026-11``): people, and the quantity they came to."""

    month: str
    people: int
    billed: Decimal


def trend(tallies: Iterable[Tally], months: int = 12) -> tuple[Month, ...]:
    """The last count of each month that has one, oldest first, of the latest so many calendar months."""
    last = {f"{one.day:%Y-%m}": Month(f"{one.day:%Y-%m}", one.people, one.billed) for one in tallies}
    if not last:
        return ()
    newest = max(last)
    count = int(newest[:4]) * 12 + int(newest[5:])
    return tuple(one for name, one in sorted(last.items()) if count - int(name[:4]) * 12 - int(name[5:]) < months)


def stays_after(known: Sequence[Stay], counted: Iterable[Stay], day: date) -> tuple[tuple[Stay, ...], tuple[Stay, ...]]:
    """What a reading of ``day`` changes about the open stays: those that end, and those that begin. ``counted`` is
    everybody who is counted now. Whose units have changed ends one stay and begins another."""
    running = {(one.profile, one.guid): one for one in known if one.until is None}
    now = {(one.profile, one.guid): one for one in counted}
    ended = tuple(one for key, one in running.items() if key not in now or now[key].units != one.units)
    ended_keys = {(one.profile, one.guid) for one in ended}
    begun = tuple(one for key, one in now.items() if key not in running or key in ended_keys)
    return tuple(replace(one, until=day) for one in ended), begun
