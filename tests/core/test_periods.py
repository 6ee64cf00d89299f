"""Billing periods: cycles by their names, calendars in advance and in arrears, renewals."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.periods import Calendar, Cycle, UnknownCycleError, cycle_of, next_renewal, renewal

FIRST = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("name", "cycle"),
    [
        ("Monthly", Cycle(1)),
        ("MONTHLY-1ST", Cycle(1)),
        ("Per month", Cycle(1)),
        ("Bi-Monthly", Cycle(2)),
        ("bimonthly", Cycle(2)),
        ("Quarterly", Cycle(3)),
        ("Semi-Annual", Cycle(6)),
        ("Semi Annually", Cycle(6)),
        ("Yearly", Cycle(12)),
        ("Annual", Cycle(12)),
        ("Weekly", Cycle(days=7)),
        ("Bi-Weekly", Cycle(days=14)),
        ("Semi-monthly", None),
        ("3-monthly", None),
        ("Bi-annual", None),
        ("Monthly or quarterly", None),
        ("Custom", None),
        ("", None),
    ],
)
def test_a_cycle_is_known_by_its_name(name: str, cycle: Cycle | None) -> None:
    """What ConnectWise offers, in any spelling; whatever else it may be called is not guessed."""
    assert cycle_of(name) == cycle


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    """31 January, 28 February, and back to 31 March: counted from the anchor, so no day is lost for good."""
    assert [Cycle(1).after(date(2026, 1, 31), at) for at in (0, 1, 2, -2)] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2025, 11, 30),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period_type", "start", "end"),
    [
        ("Future", FIRST, date(2027, 1, 1)),
        ("Both", FIRST, date(2027, 1, 1)),
        ("Undefined", FIRST, date(2027, 1, 1)),
        ("", FIRST, date(2027, 1, 1)),
        ("Current", date(2026, 11, 1), FIRST),
    ],
)
def test_the_open_period_begins_or_ends_with_the_next_invoice(period_type: str, start: date, end: date) -> None:
    """In advance it begins on that day, in arrears it ends before it."""
    found = Calendar.of(FIRST, "Monthly", period_type).open
    assert (found.start, found.end, found.last) == (start, end, end - timedelta(days=1))


def test_where_a_day_lies_and_what_follows_it() -> None:
    """Periods before and after the open one; what follows an invoiced day is the open period."""
    calendar = Calendar.of(FIRST, "Monthly", "Future")
    assert calendar.around(date(2026, 9, 30)).start == date(2026, 9, 1)
    assert calendar.around(date(2027, 2, 1)).start == date(2027, 2, 1)
    assert calendar.following(date(2026, 11, 16)) == FIRST
    assert calendar.following(FIRST) == date(2027, 1, 1)
    assert calendar.following(date(2027, 1, 31)) == date(2027, 2, 1)


def test_the_length_of_a_cycle_is_asked_for_only_where_it_matters() -> None:
    """In advance the first day is known without it; every other day is not."""
    calendar = Calendar.of(FIRST, "Custom", "Future")
    assert calendar.start == FIRST
    with pytest.raises(UnknownCycleError, match="Custom"):
        _ = calendar.open
    with pytest.raises(UnknownCycleError):
        _ = Calendar.of(FIRST, "Custom", "Current").start


@pytest.mark.parametrize(
    ("day", "last", "following"),
    [
        (date(2026, 11, 16), date(2026, 2, 1), date(2027, 2, 1)),
        (date(2027, 2, 1), date(2027, 2, 1), date(2028, 2, 1)),
        (date(2027, 1, 31), date(2026, 2, 1), date(2027, 2, 1)),
        (date(2030, 5, 5), date(2030, 2, 1), date(2031, 2, 1)),
    ],
)
def test_renewals_come_every_so_many_months_before_and_after_the_known_one(
    day: date, last: date, following: date
) -> None:
    """Any one of them may be named."""
    known = date(2028, 2, 1)
    assert (renewal(known, 12, day), next_renewal(known, 12, day)) == (last, following)


@given(
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.sampled_from(("Weekly", "Bi-weekly", "Monthly", "Bi-monthly", "Quarterly", "Annual")),
    st.sampled_from(("Future", "Current")),
)
def test_every_day_lies_in_exactly_one_period(day: date, anchor: date, cycle: str, period_type: str) -> None:
    """Periods follow each other without a gap, and what follows a day begins one."""
    calendar = Calendar.of(anchor, cycle, period_type)
    period = calendar.around(day)
    assert day in period
    assert calendar.around(period.end).start == period.end
    assert calendar.around(period.last) == period
    assert day < calendar.following(day) or day < calendar.start == calendar.following(day)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 36))
def test_a_day_lies_between_its_last_renewal_and_the_next(day: date, known: date, months: int) -> None:
    """Whatever the known one and the months between them."""
    assert renewal(known, months, day) <= day < next_renewal(known, months, day)
