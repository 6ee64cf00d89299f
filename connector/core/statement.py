"""What a client was billed for in a month, as a list of people: the PSA's lines, explained by what was counted.

The lines are those of the billing period that starts in the month. What stood on them when they were invoiced, and who
was counted then, is known from the recorded counts; a period that is not invoiced yet is told as it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from connector.core.history import History, Stay, Tally, trend
from connector.core.holding import HoldError
from connector.core.lines import calendar_of
from connector.core.model import Addition, Agreement, PsaSnapshot
from connector.core.normalize import folded, same_text
from connector.core.periods import Calendar, Period, UnknownCycleError
from connector.core.rules import BillingProfile, ClientRules
from connector.core.statement_rows import Bill, by_guid, follows, said
from connector.core.statement_values import Line, Movement, ProfileStatement, Statement


class NothingRecordedError(Exception):
    """There is nothing to make a statement of; ``hint`` says which months there are."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def month_of(day: date) -> Period:
    """The calendar month in which a day lies."""
    start = day.replace(day=1)
    return Period(start, (start + timedelta(days=31)).replace(day=1))


def agreements_of(history: History, month: Period) -> tuple[int, ...]:
    """The ids of the agreements that the counts of a month name."""
    return tuple(dict.fromkeys(one.agreement_id for one in _of_month(history, month) if one.agreement_id is not None))


def check_month(history: History, month: Period, today: date) -> None:
    """Raises NothingRecordedError for a month that has not begun, or that nothing is recorded of."""
    name = f"{month.start:%Y-%m}"
    if month.start > today:
        raise NothingRecordedError(f"{name} has not begun yet.", f"The last month there is, is {today:%Y-%m}.")
    if not history.tallies:
        raise NothingRecordedError(
            f"Nothing was counted yet, so there is no statement of {name}.",
            "Counts are recorded by every connector sync, from the first one on.",
        )
    if not _of_month(history, month):
        first, last = history.tallies[0].day, history.tallies[-1].day
        months = f"of {first:%Y-%m} alone" if f"{first:%Y-%m}" == f"{last:%Y-%m}" else f"{first:%Y-%m} to {last:%Y-%m}"
        raise NothingRecordedError(f"No count of {name} is recorded.", f"There are counts {months}.")


def statement(rules: ClientRules, psa: PsaSnapshot, history: History, month: Period, today: date) -> Statement:
    """The statement of a month, made on ``today``. ``psa`` holds the agreements that the counts of the month name,
    with all their lines. Raises NothingRecordedError."""
    check_month(history, month, today)
    case = _Case(rules, psa, history, month)
    profiles = tuple(told for name in _profiles(rules, history, month) if (told := case.profile(name)))
    ends = [line.period.last for one in profiles for line in one.lines]
    end = max([month.last, *ends])
    first = min(one.day for one in history.tallies)
    return Statement(
        rules.client,
        psa.company.name or psa.company.identifier,
        month,
        max(one.day for one in history.tallies if one.day <= end or one.day == first),
        profiles,
        first if first > month.start and first in month else None,
    )


def _of_month(history: History, month: Period) -> list[Tally]:
    """The counts of a month, and those that its bills took."""
    return [one for one in history.tallies if one.day in month or (one.open_from and one.open_from in month)]


def _profiles(rules: ClientRules, history: History, month: Period) -> list[str]:
    """The names of the profiles with counts of the month: the configured ones in their order, then all others."""
    known = {one.profile for one in _of_month(history, month)}
    configured = [one.name for one in rules.billing if one.name in known]
    return [*configured, *sorted(known - set(configured))]


@dataclass(frozen=True, slots=True)
class _Case:
    rules: ClientRules
    psa: PsaSnapshot
    history: History
    month: Period

    def profile(self, name: str) -> ProfileStatement | None:
        """What a profile was billed for; None where its lines are all told under another one."""
        own = self.history.of(name)
        ids = agreements_of(own, self.month)
        lines: list[Line] = []
        problems: list[str] = []
        for number in ids:
            agreement = next((one for one in self.psa.agreements if one.id == number), None)
            if agreement is None:
                problems.append(f"agreement {number} is not among the company's agreements in ConnectWise any more")
            else:
                lines += self._lines(name, own, agreement)
        if not lines:
            if any(one.addition_id is not None and self._owner(one) != name for one in _of_month(own, self.month)):
                return None
            problems += self._why_no_line(own, ids)
        problems += self._gone(own)
        moves = self._moves(name)
        return ProfileStatement(
            name,
            ids,
            tuple(lines),
            tuple(self._joiners(own, moves)),
            tuple(self._leavers(own, moves)),
            trend(one for one in own.tallies if one.day < self.month.end),
            (*self._notes(own), *(self._to_come(own) if not lines else ())),
            tuple(problems),
        )

    # lines

    def _lines(self, name: str, own: History, agreement: Agreement) -> Iterable[Line]:
        history = History(tuple(one for one in own.tallies if one.agreement_id == agreement.id), own.stays)
        calendar, notes = self._calendar(agreement)
        for period in _periods(calendar, self.month):
            lines = [
                one
                for one in sorted(self.psa.additions, key=lambda line: (line.effective_date or date.min, line.id))
                if one.agreement_id == agreement.id and _is_billed(one, period) and self._belongs(one, name, period)
            ]
            for line in lines:
                case = _Segment(self, name, agreement, history, calendar, period, line, tuple(lines))
                yield case.bill(notes).told()

    def _calendar(self, agreement: Agreement) -> tuple[Calendar | None, tuple[str, ...]]:
        try:
            return calendar_of(agreement, self.psa.agreements), ()
        except HoldError as hold:
            return None, (f"Its billing periods are not known ({hold.reason}), so the calendar month is shown.",)

    def _belongs(self, line: Addition, name: str, period: Period) -> bool:
        """Whether the line is this profile's: the last count that names it decides, else product and marker do."""
        named = [one for one in self.history.tallies if one.addition_id == line.id]
        if named:
            return _last_of(named, period).profile == name
        meant = [one.name for one in self.rules.billing if self._means(one, line)]
        if not meant:
            ids = {one.addition_id for one in self.history.of(name).tallies}
            products = {one.product for one in self.psa.additions if one.id in ids}
            return all(one.name != name for one in self.rules.billing) and any(
                same_text(line.product, product) for product in products
            )
        return meant[0] == name

    def _means(self, profile: BillingProfile, line: Addition) -> bool:
        on = {one.agreement_id for one in self.history.of(profile.name).tallies}
        if profile.addition is not None or line.agreement_id not in on:
            return False
        marked = folded(profile.marker) in folded(f"{line.description}\n{line.invoice_description}")
        return same_text(line.product, profile.product) and marked

    def _owner(self, tally: Tally) -> str:
        named = [one for one in self.history.tallies if one.addition_id == tally.addition_id]
        return _last_of(named, self.month).profile

    def _gone(self, own: History) -> Iterable[str]:
        """Lines that the counts name and that were deleted since: what was invoiced for them is not known any more."""
        agreements, there = {one.id for one in self.psa.agreements}, {one.id for one in self.psa.additions}
        named = dict.fromkeys(one.addition_id for one in _of_month(own, self.month) if one.agreement_id in agreements)
        return (f"line {one} is not in ConnectWise any more" for one in named if one is not None and one not in there)

    def _to_come(self, own: History) -> Iterable[str]:
        """Lines that only start after the month: until then nothing is billed, and nothing is wrong."""
        for line in self._named(own):
            if line.effective_date and line.effective_date >= self.month.end:
                yield f"Line {line.id} only starts on {said(line.effective_date)}; nothing is billed before."

    def _named(self, own: History) -> list[Addition]:
        ids = {one.addition_id for one in _of_month(own, self.month)}
        return [one for one in self.psa.additions if one.id in ids]

    def _why_no_line(self, own: History, agreements: Iterable[int]) -> Iterable[str]:
        for line in self._named(own):
            if line.bill_customer == "DoNotBill":
                yield f"line {line.id} is set to Do Not Bill in ConnectWise"
            elif line.effective_date is None or line.effective_date < self.month.end:
                yield f"line {line.id} is not in effect in this period"
        if all(one.addition_id is None for one in _of_month(own, self.month)):
            where = " and ".join(f"agreement {number}" for number in agreements)
            yield f"there was no line on {where}" if where else "there was no agreement with a line for it"

    # people

    def _moves(self, name: str) -> dict[tuple[str, date], str]:
        """The other profile of everybody who came from one or went to one on the day, by guid and day."""
        ends = {(one.guid, one.until) for one in self.history.stays if one.profile == name}
        begins = {(one.guid, one.since) for one in self.history.stays if one.profile == name}
        found: dict[tuple[str, date], str] = {}
        for one in self.history.stays:
            if one.profile != name:
                if (one.guid, one.since) in ends:
                    found[one.guid, one.since] = one.profile
                if one.until is not None and (one.guid, one.until) in begins:
                    found[one.guid, one.until] = one.profile
        return found

    def _joiners(self, own: History, moves: Mapping[tuple[str, date], str]) -> Iterable[Movement]:
        first = min(one.day for one in own.tallies)
        ends = {(one.guid, one.until) for one in own.stays}
        for stay in sorted(own.stays, key=lambda one: (one.since, one.name.casefold(), one.guid)):
            if stay.since in self.month and stay.since > first and (stay.guid, stay.since) not in ends:
                yield _movement(stay, stay.since, moves)

    def _leavers(self, own: History, moves: Mapping[tuple[str, date], str]) -> Iterable[Movement]:
        stays = by_guid(own.stays)
        for stay in sorted(own.stays, key=lambda one: (one.until or date.max, one.name.casefold(), one.guid)):
            if stay.until is not None and stay.until in self.month and not follows(stay, stays[stay.guid]):
                yield _movement(stay, stay.until, moves)

    def _notes(self, own: History) -> Iterable[str]:
        first, begun = own.tallies[0].day, self.history.tallies[0].day
        if first > max(begun, self.month.start) and first in self.month:
            yield f"It is counted from {said(first)} on; who came or went before that day is not known."


@dataclass(frozen=True, slots=True)
class _Segment:
    """One line in one period. ``history`` is that of the profile on the agreement, ``lines`` are all of the profile in
    the period."""

    case: _Case
    name: str
    agreement: Agreement
    history: History
    calendar: Calendar | None
    period: Period
    line: Addition
    lines: tuple[Addition, ...]

    def bill(self, notes: tuple[str, ...]) -> Bill:
        """The line with the count that its bill takes."""
        first = max(self.period.start, self.line.effective_date or date.min)
        last = min(self.period.last, self.line.cancelled_date or date.max)
        tally, more = self._tally(last)
        stood = self._stood(tally)
        quantity = stood.quantity if stood and stood.quantity is not None else self.line.quantity
        price = stood.unit_price if stood and stood.unit_price is not None else self.line.unit_price
        profile = next((one for one in self.case.rules.billing if one.name == self.name), None)
        return Bill(
            self.line,
            self.agreement,
            profile,
            self.history,
            by_guid(self.history.stays),
            self.period,
            first,
            last,
            quantity,
            price * (self.line.bill_customer != "NoCharge"),
            self._invoiced,
            self._counted(profile, tally) if self._is_for(tally, last) else None,
            min((one.day for one in self._of_period), default=self.period.start),
            self.case.history.tallies[-1].day >= self.period.last,
            self.case._moves(self.name),
            self._counted_on(),
            (*notes, *more),
        )

    def _counted(self, profile: BillingProfile | None, tally: Tally) -> Tally:
        """The count of a bill, with the quantity that the last run before it left. A peak or an average, too, is only
        final with the last count that was made for it."""
        final = next((one for one in reversed(self._of_period) if one.addition_id == tally.addition_id), tally)
        waits = profile is not None and profile.count != "snapshot" and tally.day <= self.period.last
        return replace(tally, quantity=final.quantity, billed=final.billed if waits else tally.billed)

    def _counted_on(self) -> date | None:
        """The counting day whose count the bill takes: in arrears in its period, in advance before it."""
        wanted = self.case.rules.count_day
        if not wanted or self.calendar is None:
            return None
        day = (self.period.end if self.calendar.arrears else self.period.start) - timedelta(days=1)
        while day.day != wanted:
            day -= timedelta(days=1)
        return day

    @property
    def _invoiced(self) -> bool:
        try:
            return self.calendar is not None and self.period.start < self.calendar.start
        except UnknownCycleError:
            return False

    @property
    def _of_period(self) -> list[Tally]:
        """The counts that were made while the period was the next one to be invoiced."""
        return [one for one in self.history.tallies if one.open_from and one.open_from in self.period]

    def _tally(self, last: date) -> tuple[Tally, tuple[str, ...]]:
        """The count that the bill of the line takes."""
        if usable := [one for one in self._of_period if one.day <= last]:
            return usable[-1], ()
        before = [one for one in self.history.tallies if one.day <= last]
        if before and self._of_period:
            # the line ended before the first count of its period: nothing was seen to change while it ran
            return before[-1], ()
        if not self._invoiced:
            return (before or list(self.history.tallies[:1]))[-1], ()
        after = [one for one in self.history.tallies if one.day >= self.period.start]
        advance = self.calendar is not None and not self.calendar.arrears
        found = after[0] if after and (advance or not before) else before[-1]
        day = said(found.day)
        return found, (f"No count from before its invoice is recorded; told are the people and quantity of {day}.",)

    def _stood(self, tally: Tally) -> Tally | None:
        """The count that tells what stood on the line when it was invoiced; None while it is not."""
        if not self._invoiced:
            return None
        told = self._of_period or [tally]
        return next((one for one in reversed(told) if one.addition_id == self.line.id), None)

    def _is_for(self, tally: Tally, last: date) -> bool:
        """Whether the people of a count are billed on this line, and not on another one of that day."""
        if tally.addition_id == self.line.id:
            return True
        others = [one for one in self.lines if one.id != self.line.id]
        if any(one.id == tally.addition_id for one in others if _runs(one, last)):
            return False
        counted = {one.addition_id for one in self.history.tallies}
        rivals = [one for one in others if _runs(one, last) and (one.id in counted or one.id < self.line.id)]
        return self.line.id in counted or not rivals


def _movement(stay: Stay, day: date, moves: Mapping[tuple[str, date], str]) -> Movement:
    return Movement(day, stay.name, stay.account, stay.units, moves.get((stay.guid, day), ""))


def _last_of(tallies: list[Tally], period: Period) -> Tally:
    """The last of these counts that the bill of a period takes; else the last before its end, else the first."""
    taken = [one for one in tallies if one.open_from and one.open_from in period and one.day <= period.last]
    before = [one for one in tallies if one.day <= period.last]
    return (taken or before or tallies[:1])[-1]


def _periods(calendar: Calendar | None, month: Period) -> Iterable[Period]:
    """The billing periods that start in the month, else the one in which it begins."""
    if calendar is None:
        return [month]
    try:
        period = calendar.around(month.start)
        found = [period] if period.start == month.start else []
        following = calendar.around(period.end)
        while following.start in month:
            found.append(following)
            following = calendar.around(following.end)
    except UnknownCycleError:
        return [month]
    return found or [period]


def _is_billed(line: Addition, period: Period) -> bool:
    starts, ends = line.effective_date or date.min, line.cancelled_date or date.max
    inside = max(starts, period.start) <= min(ends, period.last)
    return inside and line.bill_customer != "DoNotBill"


def _runs(line: Addition, day: date) -> bool:
    return (line.effective_date or date.min) <= day <= (line.cancelled_date or date.max)
