"""A plan cut down to some of its changes says only what those do."""

from decimal import Decimal

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
