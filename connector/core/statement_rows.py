"""Who a line of the PSA is billed for: its quantity and its amount, taken apart into people and named rows.

The rows always come to exactly the amount. Whatever the counts do not account for is a row of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from connector.core.history import History, Stay, Tally
from connector.core.model import Addition, Agreement
from connector.core.periods import Period, next_renewal, renewal
from connector.core.plan import CENT
from connector.core.quantity import plain
from connector.core.rules import BillingProfile
from connector.core.statement_values import Line, Row, RowKind

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bill:
    """A line of the PSA in one period, and what is known about it. ``stays`` are those of the history by guid.
    ``tally`` is the count that its bill takes, None where the people are another line's. ``quantity`` and ``price`` are
    what is invoiced, ``over`` says whether counts are known up to the end of the period. ``moves`` are the other
    profiles that people came from or went to, by guid and day; such a move may have waited since ``since``, and so may
    every change after ``counted_on``, where a day of the month is the client's counting day."""

    line: Addition
    agreement: Agreement
    profile: BillingProfile | None
    history: History
    stays: Mapping[str, Sequence[Stay]]
    period: Period
    first: date
    last: date
    quantity: Decimal
    price: Decimal
    invoiced: bool
    tally: Tally | None
    since: date
    over: bool
    moves: Mapping[tuple[str, date], str]
    counted_on: date | None = None
    notes: tuple[str, ...] = ()

    @property
    def charged(self) -> Decimal:
        """The quantity without the included units."""
        return max(self.quantity - self.line.less_included, Decimal(0))

    def cost(self, units: Decimal) -> Decimal:
        """What so many units cost, to the cent, half a cent up."""
        days = (self.last - self.first).days + 1 if self.agreement.prorate else self.period.days
        return (units * self.price * days / self.period.days).quantize(CENT, ROUND_HALF_UP)

    def told(self) -> Line:
        """The line with its rows."""
        line, agreement = self.line, self.agreement
        return Line(
            line.id, agreement.id, agreement.name, agreement.currency, line.product,
            line.description or line.product, self.period, self.first, self.last, agreement.prorate, self.invoiced,
            self.quantity, self.charged, self.price, self.cost(self.charged), tuple(self._rows()), self.notes,
        )  # fmt: skip

    # rows

    def _rows(self) -> Iterable[Row]:
        people, told = self._people()
        # with nobody on it, a line at zero has no offset and no minimum either
        rows = [*people, *(self._adjustments() if people or self.quantity else [])]
        rest = self.quantity - _units(rows)
        rows += told
        if rest:
            rows.append(self._row(RowKind.UNEXPLAINED, rest, _unexplained(self.quantity, rest, self.tally)))
        included = self.charged - self.quantity
        if included:
            what = "included in another price" if included < 0 else "a quantity below zero is not charged"
            rows.insert(len(rows) - bool(rest), self._row(RowKind.INCLUDED, included, what))
        odd = self.cost(self.charged) - sum((row.amount for row in rows), Decimal(0))
        if odd:
            rows.insert(len(rows) - bool(rest), Row(RowKind.ROUNDING, Decimal(0), odd, "rounding to the cent"))
        return rows

    def _row(self, kind: RowKind, units: Decimal, what: str) -> Row:
        return Row(kind, units, self.cost(units), what)

    def _people(self) -> tuple[list[Row], list[Row]]:
        """Who is billed, and who is only told of."""
        if self.tally is None:
            return [], []
        on = self.tally.day
        counted = _by_name(stay for stay in self.history.stays if stay.on(on))
        wanted = _units(counted) + _units(self._adjustments())
        left = self._left_by_the_run(self.tally)
        waiting = self._latest_joiners(counted, wanted - max(self.quantity, left))
        still = self._latest_leavers(on, min(self.quantity, left) - wanted)
        billed = [self._person(stay) for stay in counted if stay not in waiting]
        after = self._joined_after(on) if self.last == self.period.last else []
        return [*billed, *map(self._left, still)], [*map(self._waiting, waiting), *map(self._joined, after)]

    def _adjustments(self) -> list[Row]:
        """What the rules of the profile make of the units that were counted."""
        tally, profile = self.tally, self.profile
        if tally is None or tally.billed == tally.units:
            return []
        offset = profile.offset if profile else Decimal(0)
        rows = [self._row(RowKind.OFFSET, offset, "agreed offset")] if offset else []
        wanted = tally.units + offset
        if profile and wanted < profile.minimum:
            what = f"up to the minimum of {plain(profile.minimum)}"
            rows.append(self._row(RowKind.MINIMUM, profile.minimum - wanted, what))
        if profile and profile.maximum and wanted > profile.maximum:
            what = f"down to the maximum of {plain(profile.maximum)}"
            rows.append(self._row(RowKind.MAXIMUM, profile.maximum - wanted, what))
        if _units(rows) == tally.billed - tally.units:
            return rows
        return [self._row(RowKind.COUNT, tally.billed - tally.units, _other_count(profile, tally))]

    def _left_by_the_run(self, tally: Tally) -> Decimal:
        """The quantity as the run left it: what somebody changed since then is no leaver's and no joiner's."""
        known = tally.quantity if tally.addition_id == self.line.id else None
        return self.quantity if known is None else known

    def _latest_leavers(self, on: date, missing: Decimal) -> list[Stay]:
        """Those who had left by the day of the count and are still billed: the last to leave, up to the quantity."""
        profile = self.profile
        waits = profile is None or profile.decrease != "now" or profile.renewal or profile.count != "snapshot"
        gone = [
            stay
            for stay in self.history.stays
            if stay.until is not None
            and stay.until <= on
            and not follows(stay, self.stays[stay.guid])
            and self._may_wait(stay.guid, stay.until, by_policy=bool(waits))
        ]
        return _fill(sorted(gone, key=lambda stay: (stay.until or on, stay.name), reverse=True), missing)

    def _latest_joiners(self, counted: Sequence[Stay], too_many: Decimal) -> list[Stay]:
        """Those who are counted and not billed yet: the last to join, down to the quantity."""
        profile = self.profile
        waits = profile is None or profile.increase != "now" or profile.count != "snapshot"
        new = [stay for stay in counted if self._may_wait(stay.guid, self._begun(stay), by_policy=waits)]
        return _fill(sorted(new, key=lambda stay: (self._begun(stay), stay.name), reverse=True), too_many)

    def _may_wait(self, guid: str, day: date, *, by_policy: bool) -> bool:
        """Whether what was seen of somebody on a day may be billed only later."""
        if self.counted_on is not None and day > self.counted_on:
            return True
        if day >= self.since and (guid, day) in self.moves:
            return True
        start = self.period.start
        if self.profile is not None and self.profile.renewal is not None:
            start = renewal(self.profile.renewal, self.profile.commitment_months, start)
        return by_policy and day >= start

    def _joined_after(self, on: date) -> list[Stay]:
        """Those who joined inside the period, after the count that is billed."""
        new = (stay for stay in self.history.stays if on < stay.since <= self.period.last)
        return _by_name(stay for stay in new if self._begun(stay) == stay.since)

    # people in words

    def _begun(self, stay: Stay) -> date:
        """Since when somebody was counted without a break, for whatever units."""
        since = stay.since
        while earlier := next((one for one in self.stays[stay.guid] if one.until == since and one.since < since), None):
            since = earlier.since
        return since

    def _person(self, stay: Stay) -> Row:
        until = stay.until
        if until is None or until > self.last or follows(stay, self.stays[stay.guid]):
            return self._counted(stay, RowKind.PERSON, "")
        return self._counted(stay, RowKind.LEFT, self._left_words(stay, until))

    def _left(self, stay: Stay) -> Row:
        return self._counted(stay, RowKind.LEFT, self._left_words(stay, stay.until or self.last))

    def _left_words(self, stay: Stay, until: date) -> str:
        other = self.moves.get((stay.guid, until), "")
        gone = f"moved to {other} on {said(until)}" if other else f"left on {said(until)}"
        if until > self.period.start:
            return f"{gone}, billed until the period's end"
        if self.profile and self.profile.renewal:
            months = self.profile.commitment_months
            return f"{gone}, committed until {said(next_renewal(self.profile.renewal, months, self.first) - DAY)}"
        return f"{gone}, after the count for this bill"

    def _waiting(self, stay: Stay) -> Row:
        begun = self._begun(stay)
        came = "joined" if begun > self.history.tallies[0].day else "first counted"
        return self._told_of(stay, f"{came} on {said(begun)}, billed from the next period")

    def _joined(self, stay: Stay) -> Row:
        if stay.until is not None and stay.until <= self.period.end:
            return self._told_of(stay, f"joined on {said(stay.since)}, left on {said(stay.until)}, not billed")
        return self._told_of(stay, f"joined on {said(stay.since)}, billed from the next period")

    def _told_of(self, stay: Stay, what: str) -> Row:
        return replace(self._counted(stay, RowKind.JOINED, what), units=Decimal(0), amount=Decimal(0))

    def _counted(self, stay: Stay, kind: RowKind, what: str) -> Row:
        first, last = max(self._begun(stay), self.first), None
        ends = stay.until is not None and stay.until <= self.last and not follows(stay, self.stays[stay.guid])
        if ends and stay.until is not None:
            last = stay.until - DAY
        elif self.over or self.last < self.period.last:
            last = self.last
        days = (first, last) if last is None or first <= last else (None, None)
        return Row(kind, stay.units, self.cost(stay.units), what, stay.name, stay.account, stay.guid, *days)


def said(day: date) -> str:
    """A day of the month in words: ``12 Nov``."""
    return f"{day.day} {day:%b}"


def by_guid(stays: Iterable[Stay]) -> Mapping[str, Sequence[Stay]]:
    """Each person's stays, in their order."""
    found: dict[str, list[Stay]] = {}
    for stay in stays:
        found.setdefault(stay.guid, []).append(stay)
    return found


def follows(stay: Stay, own: Iterable[Stay]) -> bool:
    """Whether somebody went on to be counted on the same profile, for other units; ``own`` are their stays."""
    return any(one.since == stay.until and one is not stay for one in own)


def _units(rows: Iterable[Row | Stay]) -> Decimal:
    return sum((row.units for row in rows), Decimal(0))


def _by_name(stays: Iterable[Stay]) -> list[Stay]:
    return sorted(stays, key=lambda stay: (stay.name.casefold(), stay.guid, stay.since))


def _fill(stays: Iterable[Stay], missing: Decimal) -> list[Stay]:
    """The first of them whose units fit into what is missing, one after the other."""
    found: list[Stay] = []
    known: set[str] = set()
    for stay in stays:
        if stay.units <= missing and stay.guid not in known:
            found.append(stay)
            known.add(stay.guid)
            missing -= stay.units
    return found


def _other_count(profile: BillingProfile | None, tally: Tally) -> str:
    count = profile.count if profile else "snapshot"
    if count != "snapshot":
        return f"the {count} of the period instead of the last count"
    return f"offset, minimum or maximum: {plain(tally.billed)} are billed for {plain(tally.units)} counted"


def _unexplained(quantity: Decimal, rest: Decimal, tally: Tally | None) -> str:
    stands = f"not explained: the line stands at {plain(quantity)} in ConnectWise"
    if tally is None:
        return f"{stands}, and no count is for it"
    return f"{stands}, {plain(abs(rest))} {'more' if rest > 0 else 'fewer'} than counted"
