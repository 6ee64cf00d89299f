"""What must hold for every decision, whatever the client looks like."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.core.plan import Kind
from connector.core.planjson import document, dumps, from_json, to_json
from tests.properties.worlds import Scene, applied, scenes

bounded = settings(
    max_examples=60,
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

    def mixed(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    psa = scene.psa
    psa = replace(psa, contacts=mixed(psa.contacts), additions=mixed(psa.additions), products=mixed(psa.products))
    links = dict(mixed(tuple(scene.memory.links.items())))
    other = replace(scene, accounts=mixed(scene.accounts), psa=psa, memory=replace(scene.memory, links=links))
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
def test_pairing_is_one_to_one(scene: Scene) -> None:
    """No contact has two accounts, no account two contacts, and nobody in conflict has one."""
    decision = scene.decide()
    contacts = Counter(pair.contact_id for pair in decision.plan.pairs)
    guids = Counter(pair.guid for pair in decision.plan.pairs)
    assert {*contacts.values(), *guids.values()} <= {1}
    assert not decision.pairing.blocked & decision.pairing.matches.keys()


@bounded
@given(scenes())
def test_no_contact_is_changed_twice_and_none_that_is_neither_paired_nor_linked(scene: Scene) -> None:
    """Only what we own is written."""
    decision = scene.decide()
    targets = [change.target.contact_id for change in decision.plan.changes if change.target.contact_id]
    ours = {match.contact.id for match in decision.pairing.matches.values()} | set(decision.pairing.links.values())
    assert len(targets) == len(set(targets))
    assert set(targets) <= ours


@bounded
@given(scenes())
def test_a_blank_never_erases(scene: Scene) -> None:
    """Whatever a change writes is something."""
    written = [value for change in scene.decide().plan.changes for value in change.after.values()]
    assert all(value not in ("", None, []) for value in written)


@bounded
@given(scenes())
def test_no_contact_is_made_without_both_names(scene: Scene) -> None:
    """And nobody who is held gets one."""
    plan = scene.decide().plan
    made = [change for change in plan.changes if change.kind is Kind.CREATE]
    assert all(change.after["first_name"] and change.after["last_name"] for change in made)
    assert not {change.person for change in made} & {held.person for held in plan.held}


@bounded
@given(scenes())
def test_nobody_is_on_two_exclusive_lines(scene: Scene) -> None:
    """And everybody is counted or listed, once."""
    plan = scene.decide().plan
    exclusive = {one.name for one in scene.rules.billing if one.exclusive}
    on = Counter(person.guid for line in plan.billing if line.profile in exclusive for person in line.people)
    assert set(on.values()) <= {1}
    counted = {person.guid for line in plan.billing for person in line.people}
    listed = [one.guid for one in plan.not_counted]
    assert not counted & set(listed) and len(listed) == len(set(listed))
    assert not scene.rules.billing or len(counted) + len(listed) == len(scene.accounts)


@bounded
@given(scenes())
def test_billed_is_the_sum_over_people_before_offset_and_limits(scene: Scene) -> None:
    """And never below zero or the minimum, unless nobody is left."""
    for line, wanted in zip(scene.decide().plan.billing, scene.rules.billing, strict=True):
        total = sum((person.units for person in line.people), Decimal(0))
        if line.people or wanted.at_zero in ("minimum", "hold"):
            assert line.billed == max(total + wanted.offset, wanted.minimum, Decimal(0))
        else:
            assert line.billed == 0
        assert line.billed == total or line.how


@bounded
@given(scenes())
def test_quantities_move_only_with_a_change(scene: Scene) -> None:
    """Money in the report is money in the changes."""
    plan = scene.decide().plan
    moved = {line.profile for line in plan.billing if line.quantity_after not in (None, line.quantity_before)}
    changed = {change.label for change in plan.changes if change.kind in (Kind.SET, Kind.ADD)}
    cancelled = {change.label for change in plan.changes if change.kind is Kind.CANCEL}
    assert changed <= moved <= changed | cancelled


@bounded
@given(scenes())
def test_a_second_run_writes_nothing(scene: Scene) -> None:
    """Whoever was held or absent aside: their turn may come once the rest is written."""
    plan = scene.decide().plan
    again = applied(scene, plan).decide().plan
    waited = {held.person.guid for held in plan.held if held.person} | again.absent.keys()
    assert [one for one in again.changes if not (one.person and one.person.guid in waited)] == []


@bounded
@given(scenes())
def test_nothing_is_taken_away_when_nothing_changed(scene: Scene) -> None:
    """Once settled, the same reading inactivates nobody and lowers no quantity, however often it is repeated."""
    for _ in range(5):
        scene = applied(scene, scene.decide().plan)
    plan = scene.decide().plan
    assert plan.changes == ()
    assert plan.monthly_change == 0
