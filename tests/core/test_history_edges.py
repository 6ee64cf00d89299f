"""Recorded counts at their edges: several profiles in one reading, several readings in one month, ends of a window."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connector.core.history import Month, Series, Stay, Tally, Value, stays_after, trend

D = Decimal
TODAY = date(2026, 11, 16)


def stay(who: str, profile: str = "User", since: date = TODAY, units: str = "1", until: date | None = None) -> Stay:
    """Somebody counted on a profile."""
    return Stay(profile, who, who.title(), who, D(units), since, until)


def tally(day: date, people: int, hour: int = 2) -> Tally:
    """A reading of a day that bills two more than it counts."""
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Tally("User", at, day, people, D(people), D(people + 2))


def series(*values: tuple[int, str]) -> Series:
    """Numbers by days of November."""
    return Series(tuple(Value(date(2026, 11, day), D(number)) for day, number in values))


def test_one_person_on_two_profiles_has_two_stays() -> None:
    """Leaving one of them does not end the other."""
    known = (stay("anna"), stay("anna", "Backup"))
    assert stays_after((), known, TODAY) == ((), known)
    ended, begun = stays_after(known, [stay("anna", "Backup")], TODAY)
    assert ([one.profile for one in ended], begun) == (["User"], ())


def test_the_same_units_in_another_spelling_are_the_same_stay() -> None:
    """1 is 1.00."""
    assert stays_after((stay("anna"),), [stay("anna", units="1.00")], TODAY) == ((), ())


def test_another_name_is_the_same_stay() -> None:
    """Who marries is not somebody else."""
    married = Stay("User", "anna", "Anna Berg", "aberg", D(1), TODAY)
    assert stays_after((stay("anna"),), [married], TODAY) == ((), ())


def test_an_empty_reading_ends_every_stay() -> None:
    """On its day, with the first day kept."""
    known = (stay("anna", since=date(2026, 11, 1)), stay("ben", since=date(2026, 11, 2)))
    ended, begun = stays_after(known, [], TODAY)
    assert ([(one.since.day, one.until) for one in ended], begun) == ([(1, TODAY), (2, TODAY)], ())


def test_of_two_readings_in_a_month_the_later_one_is_its_count() -> None:
    """Also of two on one day; people and what is billed are told apart."""
    readings = [tally(date(2026, 11, 2), 9), tally(date(2026, 11, 16), 4), tally(date(2026, 11, 16), 5, hour=9)]
    assert trend(readings) == (Month("2026-11", 5, D(7)),)


def test_a_trend_goes_back_eleven_months_before_the_latest() -> None:
    """From November 2026 to December 2025, whatever was not read in between."""
    days = [date(2025, 11, 30), date(2025, 12, 1), date(2026, 6, 15), date(2026, 11, 1)]
    assert [one.month for one in trend([tally(day, 1) for day in days])] == ["2025-12", "2026-06", "2026-11"]
    assert [one.month for one in trend([tally(day, 1) for day in days], months=1)] == ["2026-11"]


def test_a_peak_on_the_first_or_the_last_day_of_the_window_counts() -> None:
    """The day before and the day after do not."""
    found = series((9, "9"), (10, "5"), (20, "6"), (21, "8"))
    assert found.peak(date(2026, 11, 10), date(2026, 11, 20)) == 6
    assert found.peak(date(2026, 11, 10), date(2026, 11, 19)) == 5


def test_an_average_takes_the_last_number_to_the_end_of_the_window() -> None:
    """2 on the first day, 5 on the last of ten: (9 x 2 + 5) / 10; a number after the window is nothing to it."""
    found = series((1, "2"), (10, "5"), (11, "99"))
    assert found.average(date(2026, 11, 1), date(2026, 11, 10)) == (D("2.30"), 10)
    assert found.average(date(2026, 11, 10), date(2026, 11, 10)) == (D("5.00"), 1)


def test_an_average_does_not_begin_with_what_was_counted_before_the_window() -> None:
    """Days 3 and 4 only: the 9 of the first day lies before."""
    assert series((1, "9"), (3, "4")).average(date(2026, 11, 2), date(2026, 11, 4)) == (D("4.00"), 2)


def test_a_half_of_a_hundredth_is_rounded_up() -> None:
    """1 / 200 of a unit: 0.005 is 0.01, and 0.025 is 0.03."""
    assert series((1, "0.005")).average(date(2026, 11, 1), date(2026, 11, 1)) == (D("0.01"), 1)
    assert series((1, "0.025")).average(date(2026, 11, 1), date(2026, 11, 1)) == (D("0.03"), 1)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), min_size=1, max_size=12))
def test_an_average_is_never_above_the_peak_nor_below_the_least(numbers: list[tuple[int, int]]) -> None:
    """Of the same days, whatever was read."""
    found = series(*((day, str(number)) for day, number in sorted(numbers)))
    window = date(2026, 11, 1), date(2026, 11, 30)
    average, peak = found.average(*window), found.peak(*window)
    assert average is not None
    assert peak is not None
    assert min(number for _, number in numbers) <= average[0] <= peak
    assert average[1] == 31 - min(day for day, _ in numbers)


@given(st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))), st.sets(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))))  # fmt: skip
def test_after_a_reading_the_open_stays_are_those_who_are_counted(
    before: set[tuple[str, str]], now: set[tuple[str, str]]
) -> None:
    """Whoever was on which profile before; nobody has two open stays on one."""
    known = [stay(who, profile, date(2026, 11, 1)) for who, profile in sorted(before)]
    counted = [stay(who, profile) for who, profile in sorted(now)]
    ended, begun = stays_after(known, counted, TODAY)
    gone = {(one.guid, one.profile) for one in ended}
    still_open = [key for one in known if (key := (one.guid, one.profile)) not in gone]
    assert sorted([*still_open, *((one.guid, one.profile) for one in begun)]) == sorted(now)
