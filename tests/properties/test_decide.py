"""What must hold for every decision, whatever the client looks like."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.core.plan import Kind
from connector.core.planjson import document, dumps, from_json, to_json
from connector.core.selection import Standing
from tests.properties.worlds import Scene, scenes, shuffled

bounded = settings(
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""The same examples every time, and few enough for a short run."""


@bounded
@given(scenes(), st.randoms(use_true_random=False))
def test_the_order_of_what_was_read_does_not_matter(scene: Scene, random: Any) -> None:
    """The same plan to the last character."""
    other = shuffled(scene, lambda values: tuple(random.sample(values, len(values))))
    plan, again = scene.decide().plan, other.decide().plan
    assert plan.digest == again.digest
    assert dumps(document([plan])) == dumps(document([again]))


@bounded
@given(scenes())
def test_a_plan_survives_its_file(scene: Scene) -> None:
    """What is saved is what was decided."""
    plan = scene.decide().plan
    assert from_json(to_json(plan)) == plan


@bounded
@given(scenes())
def test_half_a_reading_changes_nothing(scene: Scene) -> None:
    """No contact, no quantity, and no absence is counted."""
    plan = replace(scene, complete=False).decide().plan
    assert (plan.changes, plan.absent, plan.monthly_change, plan.tripped) == ((), {}, 0, True)


@bounded
@given(scenes())
def test_an_inactive_company_gets_nothing(scene: Scene) -> None:
    """Nothing is created, changed or billed, and somebody has to look."""
    closed = replace(scene.psa, company=replace(scene.psa.company, inactive=True))
    plan = replace(scene, psa=closed).decide().plan
    assert (plan.changes, plan.monthly_change, bool(plan.held)) == ((), 0, True)


@bounded
@given(scenes())
def test_nobody_is_on_two_exclusive_lines(scene: Scene) -> None:
    """A person is billed on the first that takes them."""
    plan = scene.decide().plan
    exclusive = {one.name for one in scene.rules.billing if one.exclusive}
    on = Counter(person.guid for line in plan.billing if line.profile in exclusive for person in line.people)
    assert set(on.values()) <= {1}


@bounded
@given(scenes())
def test_everybody_is_counted_or_listed_exactly_once(scene: Scene) -> None:
    """With a reason; only the accounts that are people and are not free of charge are counted."""
    decision = scene.decide()
    plan, rules = decision.plan, scene.rules
    counted = {person.guid for line in plan.billing for person in line.people}
    listed = [one.guid for one in plan.not_counted]
    assert not counted & set(listed) and len(listed) == len(set(listed))
    assert not rules.billing or len(counted) + len(listed) == len(scene.accounts)
    assert all(one.reason and one.rule for one in plan.not_counted)
    billable = {Standing.PERSON, Standing.ON_LEAVE} if rules.people.bill_leave else {Standing.PERSON}
    free = {one.account.guid for one in decision.verdicts if one.standing not in billable or one.waiver}
    assert not counted & free


@bounded
@given(scenes())
def test_who_is_gone_is_listed_as_gone(scene: Scene) -> None:
    """A waiver is the reason only for somebody who would be billed without it."""
    decision = scene.decide()
    rules = {one.guid: one.rule for one in decision.plan.not_counted}
    people = {one.account.guid for one in decision.verdicts if one.standing in (Standing.PERSON, Standing.ON_LEAVE)}
    assert {guid for guid, rule in rules.items() if rule == "people.waivers"} <= people


@bounded
@given(scenes())
def test_billed_is_the_sum_of_units_before_offset_and_limits(scene: Scene) -> None:
    """The profile's units for each person, times those of the account; never below zero or the minimum, nor above the
    maximum, unless nobody is left."""
    for line, wanted in zip(scene.decide().plan.billing, scene.rules.billing, strict=True):
        if wanted.count != "snapshot":
            continue
        each = [Decimal(3) if one.account == "user0" else Decimal("0.5") for one in line.people]
        own = {"user0", "user*"} <= scene.rules.people.units.keys()
        total = sum((one.units for one in line.people), Decimal(0))
        usual = [Decimal(1) if not one.account.startswith("user") or not own else units
                 for one, units in zip(line.people, each, strict=True)]  # fmt: skip
        assert total == wanted.units * sum(usual, Decimal(0))
        assert line.counted == len(line.people)
        if line.people or wanted.at_zero in ("minimum", "hold"):
            billed = max(total + wanted.offset + line.accepted, wanted.minimum, Decimal(0))
            assert line.billed == (min(billed, wanted.maximum) if wanted.maximum else billed)
        else:
            assert line.billed == 0
        assert line.billed == total or line.how


@bounded
@given(scenes())
def test_quantities_move_only_with_a_change(scene: Scene) -> None:
    """Money in the report is money in the changes."""
    plan = scene.decide().plan
    moved = {line.profile for line in plan.billing if line.quantity_after not in (None, line.quantity_before)}
    setting = (change for change in plan.changes if change.kind in (Kind.SET, Kind.ADD))
    changed = {change.label for change in setting if "quantity" in change.after}
    cancelled = {change.label for change in plan.changes if change.kind is Kind.CANCEL}
    assert changed <= moved <= changed | cancelled
