"""Billing periods at their edges: short months, leap days, weeks over the new year, made-up cycles."""

from datetime import date, timedelta

import pytest

from connector.core.periods import Calendar, Cycle, Period, UnknownCycleError, cycle_of, next_renewal, renewal

MONTH = Cycle(1)


@pytest.mark.parametrize("name", ["Biweeklyish", "Monthlong", "Annualized", "xmonthly", "1monthlyx"])
def test_a_length_inside_another_word_says_nothing(name: str) -> None:
    """Only whole words name a cycle."""
    assert cycle_of(name) is None


def test_a_leap_day_comes_back_every_four_years() -> None:
    """29 February by years: the 28th in between, the 29th again in 2032."""
    years = [Cycle(12).after(date(2028, 2, 29), at) for at in (-1, 1, 3, 4)]
    assert years == [date(2027, 2, 28), date(2029, 2, 28), date(2031, 2, 28), date(2032, 2, 29)]


def test_months_back_cross_the_year() -> None:
    """From 15 January two months back is 15 November."""
    assert MONTH.after(date(2026, 1, 15), -2) == date(2025, 11, 15)


def test_weeks_are_counted_in_days_across_the_change_of_the_year() -> None:
    """Two weeks from 23 December 2026 are 6 January 2027."""
    assert Cycle(days=14).after(date(2026, 12, 23), 1) == date(2027, 1, 6)


def test_a_period_ends_before_its_end() -> None:
    """February of a leap year has 29 days; its end is the next one's first."""
    february = Period(date(2028, 2, 1), date(2028, 3, 1))
    assert (february.days, february.last) == (29, date(2028, 2, 29))
    assert (february.start in february, february.last in february, february.end in february) == (True, True, False)


def test_boundaries_in_arrears_are_counted_from_the_period_that_is_over() -> None:
    """The next invoice of 1 December bills November: that is number 0, and December is number 1."""
    calendar = Calendar.of(date(2026, 12, 1), "Monthly", "Current")
    assert [calendar.boundary(at) for at in (-1, 0, 1, 2)] == [
        date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1),
    ]  # fmt: skip


def test_periods_from_the_31st_have_no_gap_in_february() -> None:
    """January's begins on the 31st, February's on the 28th, March's on the 31st again."""
    calendar = Calendar.of(date(2027, 1, 31), "Monthly", "Future")
    assert calendar.around(date(2027, 2, 27)) == Period(date(2027, 1, 31), date(2027, 2, 28))
    assert calendar.around(date(2027, 2, 28)) == Period(date(2027, 2, 28), date(2027, 3, 31))


def test_what_follows_a_day_of_the_open_period_in_arrears_is_its_end() -> None:
    """November is open: what is seen in it waits for December, and what was seen before it for November."""
    calendar = Calendar.of(date(2026, 12, 1), "Monthly", "Current")
    assert calendar.following(date(2026, 11, 1)) == date(2026, 12, 1)
    assert calendar.following(date(2026, 11, 30)) == date(2026, 12, 1)
    assert calendar.following(date(2026, 10, 31)) == date(2026, 11, 1)


def test_what_follows_a_week_is_the_next_week() -> None:
    """From Monday 7 December weekly: Sunday the 13th waits for Monday the 14th."""
    calendar = Calendar.of(date(2026, 12, 7), "Weekly", "Future")
    assert calendar.following(date(2026, 12, 13)) == date(2026, 12, 14)
    assert calendar.around(date(2026, 11, 30)) == Period(date(2026, 11, 30), date(2026, 12, 7))


def test_a_day_that_is_invoiced_in_advance_needs_no_known_cycle() -> None:
    """A change seen before the next invoice begins with it, whatever the cycle is; on that day the length is needed."""
    calendar = Calendar.of(date(2026, 12, 1), "Custom", "Future")
    assert calendar.following(date(2026, 11, 30)) == date(2026, 12, 1)
    with pytest.raises(UnknownCycleError, match="Custom"):
        calendar.following(date(2026, 12, 1))


@pytest.mark.parametrize(
    ("day", "last", "following"),
    [
        (date(2026, 2, 27), date(2025, 2, 28), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 2, 28), date(2027, 2, 28)),
        (date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_a_commitment_of_a_leap_day_is_renewed_on_the_last_of_february(day: date, last: date, following: date) -> None:
    """The 28th in other years, and not lost for the next leap year."""
    known = date(2024, 2, 29)
    assert (renewal(known, 12, day), next_renewal(known, 12, day)) == (last, following)


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_renewal_every_month_from_the_31st(away: int) -> None:
    """Known is 31 January: the renewal of February is the 28th."""
    day = date(2027, 2, 28) + timedelta(days=away)
    known = date(2027, 1, 31)
    assert renewal(known, 1, day) == (known if away < 0 else date(2027, 2, 28))
    assert next_renewal(known, 1, day) == (date(2027, 2, 28) if away < 0 else date(2027, 3, 31))


@pytest.mark.parametrize(
    "name",
    [
        "Two-monthly",
        "Every two months",
        "Every other month",
        "Twice monthly",
        "Twice a month",
        "Three times a year",
        "Four-weekly",
        "Every second week",
        "Semi - Monthly",
        "Semi\N{EN DASH}monthly",
        "semi_monthly",
        "3 - monthly",
        "Half-quarterly",
        "Tri-annual",
    ],
)
def test_a_cycle_that_says_how_many_in_words_is_not_taken_for_one(name: str) -> None:
    """A number, a half or an "other" before the length makes another length: it is not known."""
    assert cycle_of(name) is None


@pytest.mark.parametrize(
    ("name", "cycle"),
    [
        ("Once a month", MONTH),
        ("1st of the month", MONTH),
        ("Level 2: monthly", MONTH),
        ("Monthly, on the 15th of each month", MONTH),
        ("Weekly on Monday", Cycle(days=7)),
        ("Bi - weekly", Cycle(days=14)),
        ("Half year", Cycle(6)),
        ("Per quarter", Cycle(3)),
    ],
)
def test_a_cycle_is_known_among_other_words(name: str, cycle: Cycle) -> None:
    """Words that do not change the length do not matter, nor does the same length said twice."""
    assert cycle_of(name) == cycle
