"""Recorded counts: who came and went, the months, peaks and averages."""

from datetime import UTC, date, datetime
from decimal import Decimal

from connector.core.history import History, Month, Series, Stay, Tally, Value, stays_after, trend

D = Decimal
TODAY = date(2026, 11, 16)


def stay(who: str, since: date = TODAY, units: int = 1, profile: str = "User", until: date | None = None) -> Stay:
    """Somebody counted on a profile."""
    return Stay(profile, who, who.title(), who, D(units), since, until)


def tally(day: date, people: int, hour: int = 2) -> Tally:
    """A reading of a day."""
    return Tally("User", datetime(day.year, day.month, day.day, hour, tzinfo=UTC), day, people, D(people), D(people))


def series(*values: tuple[int, int]) -> Series:
    """Numbers by days of November."""
    return Series(tuple(Value(date(2026, 11, day), D(number)) for day, number in values))


def test_a_reading_ends_and_begins_stays() -> None:
    """Who is no longer counted ends with the day, who is new begins, everybody else goes on."""
    known = (stay("anna", date(2026, 11, 1)), stay("ben", date(2026, 11, 1)))
    ended, begun = stays_after(known, [stay("anna"), stay("carl")], TODAY)
    assert ended == (stay("ben", date(2026, 11, 1), until=TODAY),)
    assert begun == (stay("carl"),)


def test_the_same_reading_again_changes_nothing() -> None:
    """Stays go on from their first day."""
    assert stays_after((stay("anna", date(2026, 11, 1)),), [stay("anna")], TODAY) == ((), ())


def test_other_units_are_another_stay() -> None:
    """From one to two units: one stay ends and one begins on that day."""
    ended, begun = stays_after((stay("anna", date(2026, 11, 1)),), [stay("anna", units=2)], TODAY)
    assert (ended[0].until, begun[0].units) == (TODAY, 2)


def test_a_mover_leaves_one_profile_and_comes_to_the_other() -> None:
    """Stays are by profile."""
    ended, begun = stays_after((stay("anna", date(2026, 11, 1)),), [stay("anna", profile="Frontline")], TODAY)
    assert ([one.profile for one in ended], [one.profile for one in begun]) == (["User"], ["Frontline"])


def test_a_stay_that_is_over_does_not_end_again() -> None:
    """Somebody who came back has a new one."""
    over = stay("anna", date(2026, 10, 1), until=date(2026, 10, 5))
    assert stays_after((over,), [stay("anna")], TODAY) == ((), (stay("anna"),))


def test_a_stay_lasts_up_to_the_day_on_which_it_was_no_longer_seen() -> None:
    """Its end is the first day without it."""
    one = stay("anna", date(2026, 11, 1), until=date(2026, 11, 5))
    assert [one.on(date(2026, 11, day)) for day in (1, 4, 5)] == [True, True, False]
    assert not one.on(date(2026, 10, 31))


def test_the_trend_has_the_last_count_of_each_month_of_a_year() -> None:
    """Months without a reading are left out, and what is older than twelve months is too."""
    readings = [tally(date(2025, 10, 5), 9), tally(date(2025, 12, 5), 7), tally(date(2026, 11, 2), 4),
                tally(date(2026, 11, 16), 5)]  # fmt: skip
    assert trend(readings) == (Month("2025-12", 7, D(7)), Month("2026-11", 5, D(5)))
    assert trend([]) == ()


def test_a_peak_is_the_highest_number_of_its_days() -> None:
    """Both ends count; nothing seen is no number."""
    found = series((1, 4), (5, 9), (10, 6), (20, 7))
    assert found.peak(date(2026, 11, 10), date(2026, 11, 20)) == 7
    assert found.peak(date(2026, 11, 1), date(2026, 11, 30)) == 9
    assert found.peak(date(2026, 12, 1), date(2026, 12, 31)) is None


def test_an_average_counts_days_from_the_first_reading_on() -> None:
    """Days 3 to 6: 4, 4, 7, 7; a day without a reading counts as the day before, of two readings the last."""
    found = series((3, 4), (5, 6), (5, 7))
    assert found.average(date(2026, 11, 1), date(2026, 11, 6)) == (D("5.50"), 4)
    assert found.average(date(2026, 11, 7), date(2026, 11, 9)) is None


def test_an_average_is_rounded_to_a_hundredth_half_up() -> None:
    """2 / 8 is 0.25, 1 / 8 is 0.13."""
    assert series((1, 1), (2, 0)).average(date(2026, 11, 1), date(2026, 11, 8)) == (D("0.13"), 8)


def test_the_history_of_a_profile_is_its_own() -> None:
    """Tallies and stays of others are left out."""
    history = History((tally(TODAY, 1),), (stay("anna"), stay("ben", profile="Frontline")))
    assert history.of("Frontline") == History((), (stay("ben", profile="Frontline"),))
