"""Which line a marker means, and which agreement of a tree: texts that only look alike, and lines that have ended."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.core.model import Agreement
from connector.core.plan import Kind
from connector.core.rules import AgreementSelector
from tests.core.build import (
    FRONTLINE,
    NEXT_INVOICE,
    STAFF,
    TODAY,
    account,
    agreement,
    billed,
    idle,
    line,
    only_change,
    only_held,
    only_line,
    planned,
    profile,
    psa,
    rules,
)

DAY = timedelta(days=1)
TREE = (agreement(70), agreement(77, parent_id=70))


# markers


@pytest.mark.parametrize("field", ["description", "invoice_description"])
@pytest.mark.parametrize("text", ["Users PER HEAD", "x per\u00a0head y", "(per  head)"])
def test_s62_a_marker_is_looked_for_in_both_texts(field: str, text: str) -> None:
    """Letter case and the kind of blank do not matter."""
    plan = billed(2, profile(marker="Per head"), line(1, 3301), line(1, 3302, **{field: text}))
    assert only_change(plan).target.addition_id == 3302


def test_s62_a_marker_that_fits_two_lines_is_held_with_both_ids() -> None:
    """The connector does not choose."""
    lines = (line(1, 3301, description="per head"), line(4, 3302, invoice_description="per head"), line(9, 3303))
    held = only_held(billed(2, profile(marker="per head"), *lines))
    assert "line 3301 (quantity 1) and line 3302 (quantity 4)" in held.reason


def test_s62_a_marker_that_fits_no_line_is_as_no_line() -> None:
    """Another line of the product is not taken instead."""
    assert "has no running line of MS-USER" in only_held(billed(2, profile(marker="per head"), line(1))).reason


def test_s62_a_marker_of_an_ended_line_finds_its_successor() -> None:
    """Both carry the text; the one in effect is meant."""
    lines = (line(9, 3301, description="per head", cancelled_date=TODAY - DAY),
             line(1, 3302, description="per head", effective_date=TODAY), line(5, 3303))  # fmt: skip
    assert only_change(billed(2, profile(marker="per head"), *lines)).target.addition_id == 3302


# trees of agreements


def tree(child: Agreement | None = None) -> tuple[Agreement, Agreement]:
    """A parent and its child, both of the type."""
    return (TREE[0], child or TREE[1])


def test_s75_of_parent_and_child_the_one_with_the_running_line_is_meant() -> None:
    """On whichever of the two it is."""
    for number in (70, 77):
        plan = billed(2, profile(), line(1, agreement_id=number), agreements=tree())
        assert only_change(plan).target.agreement_id == number


def test_s75_a_line_on_both_is_held_with_both_lines() -> None:
    """The same people would be billed on each."""
    lines = (line(1, 3301, agreement_id=70), line(1, 3302))
    held = only_held(billed(2, profile(), *lines, agreements=tree()))
    assert "line 3301 on Managed Users 70 and line 3302 on Managed Users 77" in held.reason


def test_s75_a_line_on_neither_is_held_with_both_agreements() -> None:
    """Not even create_line chooses between them."""
    held = only_held(billed(2, profile(create_line=True), agreements=tree()))
    assert "2 active agreements fit" in held.reason


def test_s75_a_grandchild_belongs_to_the_tree() -> None:
    """Three levels: the line lives on the lowest."""
    three = (*TREE, agreement(80, parent_id=77))
    assert only_change(billed(2, profile(), line(1, agreement_id=80), agreements=three)).target.agreement_id == 80


def test_s75_a_child_without_dates_is_billed_with_its_parent() -> None:
    """Cycle, next invoice and period type are the parent's: in arrears the open period is November."""
    parent = agreement(70, type="Master", period_type="Current")
    child = agreement(77, parent_id=70, billing_cycle="", next_invoice_date=None)
    found = only_line(billed(2, profile(), line(1), agreements=(parent, child)))
    assert (found.open_from, found.effective) == (NEXT_INVOICE.replace(month=11), NEXT_INVOICE.replace(month=11))


@pytest.mark.parametrize(
    ("child", "parent", "words"),
    [
        ({"billing_cycle": "Quarterly"}, {}, "has the billing cycle Quarterly, and its parent"),
        ({"currency": "Euro"}, {"currency": "US Dollar"}, "has the currency Euro, and its parent"),
    ],
)
def test_s85_a_child_unlike_its_parent_is_held(child: dict[str, str], parent: dict[str, str], words: str) -> None:
    """A tree is invoiced together."""
    both = (agreement(70, type="Master", **parent), agreement(77, parent_id=70, **child))
    assert words in only_held(billed(2, profile(), line(1), agreements=both)).reason


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ({"currency": "us dollar"}, {"currency": "US Dollar"}),
        ({"currency": ""}, {"currency": "US Dollar"}),
        ({"currency": "Euro"}, {"currency": "US Dollar", "status": "Expired"}),
    ],
)
def test_s85_a_child_that_differs_in_spelling_or_from_a_parent_that_is_over_is_billed(
    child: dict[str, str], parent: dict[str, str]
) -> None:
    """Letter case does not matter, a blank currency is the usual one, and an expired parent is not invoiced."""
    both = (agreement(70, type="Master", **parent), agreement(77, parent_id=70, **child))
    assert only_change(billed(2, profile(), line(1), agreements=both)).after == {"quantity": "2"}


def test_s75_the_same_people_for_another_product_of_the_tree_are_billed_twice_rightly() -> None:
    """Backup beside the seat: an additive profile of another product."""
    backup = profile(name="Backup", product="MS-FRONTLINE", exclusive=False, agreement=AgreementSelector(id=70))
    seat = profile(agreement=AgreementSelector(id=77))
    lines = (line(1), line(1, 3302, agreement_id=70, product="MS-FRONTLINE", product_id=56))
    people = [account("ada"), account("ben")]
    plan = planned(people, psa(agreements=TREE, additions=lines), rules(seat, backup, create=False))
    assert (plan.held, [one.after for one in plan.changes]) == ((), [{"quantity": "2"}, {"quantity": "2"}])


def test_s75_other_people_for_one_product_of_the_tree_are_billed_on_both() -> None:
    """Two exclusive profiles share nobody."""
    head = profile(name="Head", groups=(FRONTLINE,), agreement=AgreementSelector(id=70))
    branch = profile(name="Branch", groups=(STAFF,), agreement=AgreementSelector(id=77))
    lines = (line(2), line(2, 3302, agreement_id=70))
    people = [account("ada"), account("ben", groups=(FRONTLINE,))]
    plan = planned(people, psa(agreements=TREE, additions=lines), rules(head, branch, create=False))
    assert (plan.held, [one.after for one in plan.changes]) == ((), [{"quantity": "1"}, {"quantity": "1"}])


def test_s66_included_units_are_set_on_a_line_that_is_right_otherwise() -> None:
    """One change of one field, and only where it differs."""
    change = only_change(billed(3, profile(included=Decimal(2)), line(3)))
    assert (change.kind, change.before, change.after) == (Kind.SET, {"less_included": "0"}, {"less_included": "2"})
    assert idle(billed(3, profile(included=Decimal(2)), line(3, less_included=Decimal("2.0"))))
    assert idle(billed(3, profile(), line(3, less_included=Decimal(2))))


def test_s66_no_included_units_are_a_number_as_well() -> None:
    """``included = 0`` takes away what finance has set."""
    change = only_change(billed(3, profile(included=Decimal(0)), line(3, less_included=Decimal(2))))
    assert change.after == {"less_included": "0"}


def test_s62_a_name_on_the_invoice_is_no_marker() -> None:
    """Austin Powers is on Boston's line; that does not make it Austin's."""
    austin = profile(name="Austin", marker="Austin", groups=(FRONTLINE,))
    boston = profile(name="Boston", marker="Boston", names_on_invoice=True)
    people = [account("ap", first_name="Austin", last_name="Powers"), account("ben", groups=(FRONTLINE,))]
    lines = (line(1, 3301, invoice_description="Boston [Users (1): Austin Powers]"),
             line(2, 3302, invoice_description="Austin"))  # fmt: skip
    plan = planned(people, psa(agreements=(agreement(),), additions=lines), rules(austin, boston, create=False))
    change = only_change(plan)
    assert (change.target.addition_id, change.after) == (3302, {"quantity": "1"})


def test_s62_a_marker_does_not_run_from_one_text_into_the_other() -> None:
    """The end of the description and the beginning of the invoice description are not one text."""
    lines = (line(1, 3301, description="Users per", invoice_description="head office"),
             line(1, 3302, description="Users per head"))  # fmt: skip
    assert only_change(billed(2, profile(marker="per head"), *lines)).target.addition_id == 3302


def test_s65_a_line_of_a_tree_that_was_cancelled_because_nobody_is_counted_needs_nothing() -> None:
    """Parent and child are both of the type: the one whose line has ended is still the one that is meant."""
    ended = line(7, cancelled_date=TODAY - DAY)
    assert idle(billed(0, profile(at_zero="cancel"), ended, agreements=tree()))


def test_s63_a_line_of_a_tree_that_ended_gets_its_successor_on_its_own_agreement() -> None:
    """Where create_line allows it; without it the hold names the line, not the agreements."""
    ended = line(7, cancelled_date=TODAY - DAY)
    change = only_change(billed(2, profile(create_line=True), ended, agreements=tree()))
    assert (change.kind, change.target.agreement_id, change.after["copy_of"]) == (Kind.ADD, 77, 3301)
    held = only_held(billed(2, profile(), ended, agreements=tree()))
    assert "line 3301 ended on 2026-11-21" in held.reason


def test_s64_a_line_of_a_tree_that_only_starts_later_is_waited_for() -> None:
    """It tells the agreement as a running one does: nothing is ambiguous."""
    ahead = line(1, effective_date=NEXT_INVOICE + DAY)
    held = only_held(billed(2, profile(), ahead, agreements=tree()))
    assert "line 3301 of MS-USER only starts on 2026-12-02" in held.reason


def test_s75_lines_that_ended_on_both_agreements_of_a_tree_tell_nothing() -> None:
    """A person says which of the two goes on."""
    ended = (line(7, 3301, cancelled_date=TODAY - DAY), line(7, 3302, agreement_id=70, cancelled_date=TODAY - DAY))
    held = only_held(billed(2, profile(create_line=True), *ended, agreements=tree()))
    assert "2 active agreements fit" in held.reason
