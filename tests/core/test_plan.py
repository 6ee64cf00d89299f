"""A plan cut down to some of its changes says only what those do."""

from dataclasses import replace
from decimal import Decimal

from connector.core.guard import check_reading
from connector.core.model import Reading
from connector.core.plan import Plan
from connector.core.rules import GuardLimits
from tests.core.build import WIDE, account, agreement, line, planned, profile, psa, rules


def _moving(quantity: int, guard: GuardLimits = WIDE) -> Plan:
    """One new contact, and one line that goes from ``quantity`` to 1."""
    snapshot = psa(agreements=(agreement(),), additions=(line(quantity),))
    return planned([account("jberg")], snapshot, rules(profile(), guard=guard))


def test_a_line_whose_change_is_left_out_moves_no_money() -> None:
    """With the contact's change alone the line stays as it stands."""
    plan = _moving(2)
    create, *_ = plan.changes
    kept = plan.only({create.id})
    assert (kept.changes, kept.billing[0].quantity_after, kept.monthly_change) == ((create,), Decimal(2), Decimal(0))
    assert plan.only({change.id for change in plan.changes}) == plan


def test_a_limit_goes_with_the_changes_that_broke_it() -> None:
    """Nothing is written, so nothing is too much."""
    plan = _moving(40, GuardLimits())
    assert plan.tripped
    assert not plan.without_changes().tripped
    assert plan.without_changes().monthly_change == 0


def test_s46_a_small_reading_stays_held_without_changes() -> None:
    """It is not the changes that are too many, but the people who are too few."""
    held = check_reading("harbor", (), Reading(3), Reading(10), GuardLimits())
    assert [one.what for one in held] == ["people"]
    assert replace(_moving(2), held=held).without_changes().tripped
    assert check_reading("harbor", (), Reading(8), Reading(10), GuardLimits()) == ()


def test_s49_changed_rules_hold_what_takes_away_and_nothing_else() -> None:
    """A quantity that moves is held; without it there is nothing to accept."""
    last, now = Reading(2, {"people.units": "{}"}), Reading(2, {"people.units": "1", "people.aliases": "{}"})
    held = check_reading("harbor", _moving(2).changes, now, last, GuardLimits())
    assert "people.aliases, people.units" in held[0].reason
    assert not replace(_moving(2), held=held).without_changes().tripped
    assert check_reading("harbor", (), now, last, GuardLimits()) == ()
    assert check_reading("harbor", _moving(2).changes, last, last, GuardLimits()) == ()
