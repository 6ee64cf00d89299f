"""Recorded counts: a tally for each profile and day, stays of people, and what is forgotten."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from connector.core.history import Stay, Tally
from connector.core.model import LineWrite
from connector.state.store import Store
from tests.core import build
from tests.state.conftest import NOW, Open

D = Decimal
DAY = timedelta(days=1)


def tally(at: datetime, people: int, profile: str = "User") -> Tally:
    """A reading of a moment."""
    return Tally(profile, at, at.date(), people, D(people), D(people), 77, 3301, D(4), D("42.50"), date(2026, 6, 1))


def counted(day: date, *who: str, profile: str = "User") -> list[Stay]:
    """Everybody a reading counts on a profile."""
    return [Stay(profile, one, one.title(), one, D(1), day) for one in who]


def test_a_count_comes_back_as_it_was_kept(store: Store) -> None:
    """Numbers, ids, price and days of the tally; a stay that goes on."""
    store.remember_counts("harbor", [tally(NOW, 2)], counted(NOW.date(), "anna", "ben"))
    history = store.memory("harbor").history
    assert history.tallies == (tally(NOW, 2),)
    assert set(history.stays) == set(counted(NOW.date(), "anna", "ben"))
    assert store.history("lindqvist").tallies == ()


def test_the_same_count_of_one_day_is_kept_once(store: Store) -> None:
    """Runs every hour do not fill the database; another number or another day does count."""
    for at, people in ((NOW, 2), (NOW + timedelta(hours=1), 2), (NOW + timedelta(hours=2), 3), (NOW + DAY, 3)):
        store.remember_counts("harbor", [tally(at, people)], [])
    assert [(one.day, one.people) for one in store.history("harbor").tallies] == [
        (NOW.date(), 2), (NOW.date(), 3), ((NOW + DAY).date(), 3),
    ]  # fmt: skip


def test_two_counts_of_one_moment_are_the_later_one(store: Store) -> None:
    """A clock that stands still, or goes back, loses nothing and fails nothing."""
    for people in (2, 3):
        store.remember_counts("harbor", [tally(NOW, people)], [])
    assert [one.people for one in store.history("harbor").tallies] == [3]


def test_stays_end_begin_and_go_on(store: Store) -> None:
    """Ben leaves, Carl comes, Anna stays; the next day Ben is back."""
    store.remember_counts("harbor", [tally(NOW, 2)], counted(NOW.date(), "anna", "ben"))
    second, third = NOW + DAY, NOW + 2 * DAY
    store.remember_counts("harbor", [tally(second, 2)], counted(second.date(), "anna", "carl"))
    store.remember_counts("harbor", [tally(third, 3)], counted(third.date(), "anna", "ben", "carl"))
    found = {(one.guid, one.since.day, one.until and one.until.day) for one in store.history("harbor").stays}
    assert found == {("anna", 10, None), ("ben", 10, 11), ("carl", 11, None), ("ben", 12, None)}


def test_a_profile_that_is_gone_ends_its_stays(store: Store) -> None:
    """Whoever it counted is counted no more."""
    store.remember_counts("harbor", [tally(NOW, 1, "Old")], counted(NOW.date(), "anna", profile="Old"))
    later = NOW + DAY
    store.remember_counts("harbor", [tally(later, 1)], counted(later.date(), "anna"))
    found = {(one.profile, one.until) for one in store.history("harbor").stays}
    assert found == {("Old", later.date()), ("User", None)}


def test_what_is_older_than_two_years_is_forgotten(store: Store) -> None:
    """But not somebody who is counted since then."""
    old = NOW - timedelta(days=900)
    store.remember_counts("harbor", [tally(old, 2)], counted(old.date(), "anna", "ben"))
    store.remember_counts("harbor", [tally(old + DAY, 1)], counted(old.date(), "anna"))
    store.remember_counts("harbor", [tally(NOW, 1)], counted(NOW.date(), "anna"))
    history = store.history("harbor")
    assert [one.day for one in history.tallies] == [NOW.date()]
    assert [(one.guid, one.since) for one in history.stays] == [("anna", old.date())]


def test_a_write_corrects_the_last_count_alone(store: Store) -> None:
    """The line that took another one's place, with its quantity; what was counted before keeps its own."""
    for at in (NOW, NOW + DAY):
        store.remember_counts("harbor", [tally(at, 2), tally(at, 2, "Other")], [])
    store.line_stands("harbor", "User", 3302, D(5))
    found = [(one.profile, one.addition_id, one.quantity) for one in store.history("harbor").tallies]
    assert sorted(found) == [("Other", 3301, 4), ("Other", 3301, 4), ("User", 3301, 4), ("User", 3302, 5)]


def test_what_was_accepted_and_where_a_line_ends_are_kept_with_its_quantity(stores: Open) -> None:
    """The next process knows them; a new quantity settles what was sent and keeps the last day."""
    store = stores()
    store.ending_line("harbor", replace(build.line(4), id=3301), date(2026, 5, 31), NOW)
    store.remember_line("harbor", 3302, D(7), NOW, D(2))
    writes = stores().memory("harbor").line_writes
    assert writes[3301] == LineWrite(3301, D(4), NOW, ends=date(2026, 5, 31))
    assert writes[3302] == LineWrite(3302, D(7), NOW, accepted=D(2))
