"""When a new quantity is billed: what ought to stand on a line now, from which day on, and what waits for which day.

A line bills the first period that is not invoiced yet. Increases and decreases follow their own policies, a commitment
lets the quantity fall on its renewals only, and somebody who moves from one line to another is one minus and one plus
on one day. What earlier readings counted decides where a policy looks back: a decrease that waits for the next period
is due in that period with the count with which it began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from connector.core.history import History, Series, Stay, Tally, Value
from connector.core.holding import HoldError
from connector.core.lines import Place, unknown_cycle
from connector.core.periods import Calendar, UnknownCycleError, next_renewal, renewal
from connector.core.plan import Counted, Pending
from connector.core.quantity import Formula
from connector.core.rules import BillingProfile

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """The units that one reading counted on a profile."""

    day: date
    units: Decimal


@dataclass(frozen=True, slots=True)
class Transfer:
    """Somebody moved between two lines on ``day``; both lines change on ``until``. Up to then the ``units`` count on
    this line as well, or, where negative, not yet. ``who`` is their name, ``other`` the other profile."""

    day: date
    units: Decimal
    until: date
    who: str
    other: str

    def holds(self, seen: date, billed: date) -> bool:
        """Whether it bears on what was counted on ``seen`` for the bill of ``billed``."""
        return self.day <= seen and billed < self.until


@dataclass(frozen=True, slots=True)
class Due:
    """What ought to stand on the line now: ``quantity``, billed from ``effective`` on; ``pending`` is what it gets
    later. ``how`` tells of units that are not those counted now, ``since`` from which day a stay that is over may still
    be billed."""

    quantity: Decimal
    effective: date
    pending: Pending | None = None
    how: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything that decides when a profile's quantity is billed. ``seen`` are the readings in their order, the
    present one last; ``standing`` is what stands on the line, for what no reading tells. ``count_day`` is the
    client's."""

    profile: BillingProfile
    place: Place
    today: date
    seen: tuple[Seen, ...]
    formula: Formula
    standing: Decimal
    transfers: tuple[Transfer, ...] = ()
    count_day: int = 0

    @property
    def calendar(self) -> Calendar:
        """The billing periods of the agreement."""
        return self.place.calendar

    @property
    def dated(self) -> bool:
        """Whether a change is a line of its own, from its day on."""
        return self.profile.method == "cancel_and_add"

    def due(self) -> Due:
        """What is due. Raises HoldError where it depends on what is not known."""
        try:
            return self._snapshot() if self.profile.count == "snapshot" else self._of_period()
        except UnknownCycleError as error:
            raise unknown_cycle(error) from error

    def starts(self) -> date:
        """From when people are billed who have no line yet. Raises HoldError."""
        try:
            return takes_effect(self.profile, self.calendar, self.today, up=True)
        except UnknownCycleError as error:
            raise unknown_cycle(error) from error

    def _now(self) -> Decimal:
        return self.formula.billed(self.seen[-1].units)

    def _value(self, seen: Seen, billed: date) -> Decimal:
        moved = sum((one.units for one in self.transfers if one.holds(seen.day, billed)), Decimal(0))
        return self.formula.billed(max(seen.units + moved, Decimal(0)))

    def _snapshot(self) -> Due:
        day, limit = self.place.day, self._last_counted()
        usable = tuple(one for one in self.seen if one.day <= limit)
        free = self._free_since(day)
        if free > self.today:
            quantity = self._value(usable[-1], day) if usable else self.standing
            return self._told(Due(quantity, max(free, self.calendar.start), since=free), limit)
        base = self._at(usable, free)
        quantity, moved = self._walk(self.standing if base is None else base, usable, free, day)
        return self._told(Due(quantity, self._effective(moved), since=free), limit)

    def _walk(self, base: Decimal, usable: Sequence[Seen], free: date, day: date) -> tuple[Decimal, date]:
        """The quantity after the moves that the policies allow from the day ``free`` on, and the day of the last."""
        quantity, moved = base, free
        rises, falls = self.profile.increase != "next_period", self.profile.decrease != "next_period"
        values = [Value(one.day, self._value(one, one.day)) for one in usable if one.day >= free]
        if self.profile.renewal:
            values = values if rises else self._at_period_starts(usable, free, day)
            rises, falls = True, False
        for value in values:
            if (value.number > quantity and rises) or (value.number < quantity and falls):
                quantity, moved = value.number, value.day
        return quantity, moved

    def _at_period_starts(self, usable: Sequence[Seen], free: date, day: date) -> list[Value]:
        """What was right when each period since ``free`` began; one that only begins has what is right today."""
        start, found = self.calendar.around(free).end, []
        while start <= day:
            number = self._at(usable, start)
            found += [] if number is None else [Value(start, number)]
            start = self.calendar.around(start).end
        return found

    def _at(self, usable: Sequence[Seen], day: date) -> Decimal | None:
        """The quantity by what was counted first on a day, else last before it; None where nothing was."""
        on_it = next((one for one in usable if one.day == day), None)
        found = on_it or next((one for one in reversed(usable) if one.day < day), None)
        return None if found is None else self._value(found, day)

    def _free_since(self, day: date) -> date:
        """The last day up to ``day`` on which the quantity could move in both directions."""
        if self.profile.renewal:
            return renewal(self.profile.renewal, self.profile.commitment_months, day)
        return self.calendar.start if day <= self.calendar.start else self.calendar.around(day).start

    def _last_counted(self) -> date:
        """The last day whose readings the bill may take."""
        limit = min(self.today, self.place.day)
        return min(limit, self._count_day()) if self.count_day else limit

    def _count_day(self) -> date:
        """The client's counting day before the bill is made: before its period in advance, inside it in arrears."""
        day = self.place.day
        end = self.calendar.start if not self.calendar.arrears else self.calendar.around(day).end
        if not self.calendar.arrears and day > self.calendar.start:
            end = self.calendar.around(day).start
        found = end - DAY
        while found.day != self.count_day:
            found -= DAY
        return found

    def _effective(self, moved: date) -> date:
        """The first day that is billed with a quantity that moved on a day of a period that is not invoiced."""
        if self.dated and self.place.agreement.prorate:
            return max(self.calendar.start, moved)
        day = moved if self.dated else self.place.day
        return max(self.calendar.start, self.calendar.around(day).start)

    def _told(self, due: Due, limit: date) -> Due:
        now = self._now()
        return due if due.quantity == now else replace(due, pending=self._pending(due, now, limit))

    def _pending(self, due: Due, now: Decimal, limit: date) -> Pending:
        day, falls = self.place.day, now < due.quantity
        moving = [one for one in self.transfers if one.holds(self.today, day)]
        if moving and self._value(self.seen[-1], day) == due.quantity:
            names = ", ".join(one.who for one in moving)
            others = ", ".join(dict.fromkeys(one.other for one in moving))
            reason = f"between this line and {others}: {names}, and both lines change on one day"
            return Pending(now, max(one.until for one in moving), reason)
        if falls and self.profile.renewal:
            on = next_renewal(self.profile.renewal, self.profile.commitment_months, max(self.today, day))
            return Pending(now, on, f"committed until {on - DAY}, and may fall on {on}")
        if day < self.today:
            over = self.calendar.open
            return Pending(now, over.end, f"the invoice for {over.start} to {over.last} has not been made yet")
        if self.count_day and limit < self.today:
            on = self.calendar.around(day).end
            return Pending(now, on, f"the bill from {due.effective} on takes the count of {limit}")
        way = "decrease" if falls else "increase"
        return Pending(now, self.calendar.following(max(self.today, day)), f"{way} = next_period")

    def _of_period(self) -> Due:
        """Peak and average belong to one period: that of the bill in arrears, in advance the one before it."""
        window = self.calendar.period(0 if self.calendar.arrears else -1)
        start, kind = self.calendar.start, self.profile.count
        if self.today < window.start:
            return Due(self._now(), start)
        last = min(self.today, window.last, *([self._count_day()] if self.count_day else []))
        series = Series(tuple(Value(one.day, one.units) for one in self.seen))
        days = ""
        if kind == "peak":
            units = series.peak(window.start, last)
        else:
            mean = series.average(window.start, last)
            units = mean[0] if mean else None
            days = f" of {mean[1]} days" if mean else ""
        if units is None:
            raise HoldError(
                f"count = {kind} needs the counts of {window.start} to {window.last}, and no reading of these days is "
                "recorded",
                "Set the quantity of this bill by hand; the next one is counted. Or set count = snapshot.",
            )
        how = self.formula.told(units, f"{kind}{days} since {window.start}:")
        return Due(self.formula.billed(units), start, how=how)


def takes_effect(profile: BillingProfile, calendar: Calendar, day: date, *, up: bool) -> date:
    """From when a change that was seen on ``day`` is billed, by the profile's policy. Raises UnknownCycleError."""
    first = max(day, calendar.start)
    if not up and profile.renewal:
        return next_renewal(profile.renewal, profile.commitment_months, first - DAY)
    if day < calendar.start:
        return calendar.start
    waits = (profile.increase if up else profile.decrease) == "next_period"
    return calendar.following(day) if waits else day


def seen_by(tallies: Iterable[Tally], counted: Sequence[Counted], today: date) -> tuple[Seen, ...]:
    """The readings of one profile in their order, with the present one at the end."""
    now = Seen(today, sum((person.units for person in counted), Decimal(0)))
    return (*(Seen(one.day, one.units) for one in tallies if one.day <= today), now)


def transfers(
    places: Mapping[str, tuple[BillingProfile, Place]],
    counted: Mapping[str, Sequence[Counted]],
    history: History,
    today: date,
) -> dict[str, tuple[Transfer, ...]]:
    """Who moved from one exclusive profile to another, by profile: both lines change on the later of their two days."""
    found: dict[str, list[Transfer]] = {}
    for left, came in _moves(places, counted, history, today):
        (old, old_place), (new, new_place) = places[left.profile], places[came.profile]
        try:
            minus = takes_effect(old, old_place.calendar, came.since, up=False)
            plus = takes_effect(new, new_place.calendar, came.since, up=True)
        except UnknownCycleError:
            continue
        until = max(minus, plus)
        if until > came.since:
            found.setdefault(old.name, []).append(Transfer(came.since, left.units, until, came.name, new.name))
            found.setdefault(new.name, []).append(Transfer(came.since, -came.units, until, came.name, old.name))
    return {name: tuple(one) for name, one in found.items()}


def _moves(
    places: Mapping[str, tuple[BillingProfile, Place]],
    counted: Mapping[str, Sequence[Counted]],
    history: History,
    today: date,
) -> Iterable[tuple[Stay, Stay]]:
    """The stay that ended and the one that began with it, of everybody who moved between snapshot lines."""
    taking_part = {name for name, (profile, _) in places.items() if profile.exclusive and profile.count == "snapshot"}
    now = {
        (name, one.guid): Stay(name, one.guid, one.name, one.account, one.units, today)
        for name in taking_part
        for one in counted.get(name, ())
    }
    known = [stay for stay in history.stays if stay.profile in taking_part]
    running = {(one.profile, one.guid) for one in known if one.until is None}
    begun = [*known, *(stay for key, stay in now.items() if key not in running)]
    ended = [
        replace(one, until=today) if one.until is None and (one.profile, one.guid) not in now else one for one in known
    ]
    over = {(one.guid, one.until): one for one in ended if one.until is not None}
    for came in begun:
        left = over.get((came.guid, came.since))
        if left is not None and left.profile != came.profile:
            yield left, came
