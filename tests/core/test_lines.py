"""Which agreement and which line a profile means, and when a line is made."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.core.plan import HeldKind, Kind
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
    product,
    profile,
    psa,
    rules,
)

DAY = timedelta(days=1)
BOTH = account("jberg", groups=(STAFF, FRONTLINE))
STAFF_ONLY = account("adahl")


def test_nobody_counted_and_no_line_needs_nothing() -> None:
    """There is nothing to bill and nothing to set."""
    plan = billed(0, profile())
    assert idle(plan)


def test_no_line_is_made_for_nobody_where_zero_is_held() -> None:
    """Not even for a minimum."""
    plan = billed(0, profile(minimum=Decimal(5), create_line=True))
    assert "nobody is counted, and there is no line yet" in only_held(plan).reason


@pytest.mark.parametrize(
    ("agreements", "reason"),
    [
        ((), "the company has no agreement of type User Based Agreement"),
        ((agreement(type="Block Time"),), "the company has no agreement of type"),
        ((agreement(status="Expired"),), "Managed Users 77 (agreement 77) is expired"),
        ((agreement(status="Cancelled"),), "(agreement 77) is cancelled"),
        ((agreement(billing_cycle=""),), "(agreement 77) has no billing cycle"),
        ((agreement(78), agreement(77)), "Managed Users 77 (agreement 77) and Managed Users 78 (agreement 78)"),
    ],
)
def test_s76_s77_s78_an_agreement_that_is_not_exactly_one_running_is_held(agreements: Any, reason: str) -> None:
    """Missing, over, unbilled or ambiguous."""
    held = only_held(billed(3, profile(), line(1), agreements=agreements))
    assert held.kind is HeldKind.BILLING
    assert reason in held.reason


def test_s76_an_agreement_that_is_over_does_not_hide_its_successor() -> None:
    """The type is followed to the active one."""
    plan = billed(3, profile(), line(1, agreement_id=78), agreements=(agreement(77, status="Expired"), agreement(78)))
    assert only_change(plan).target.agreement_id == 78


@pytest.mark.parametrize(
    "selector",
    [
        AgreementSelector(name="managed users 78"),
        AgreementSelector(id=78),
        AgreementSelector(parent="Master"),
        AgreementSelector(type="user  based agreement", id=78),
    ],
)
def test_s75_s77_a_selector_tells_agreements_apart(selector: AgreementSelector) -> None:
    """By name, id or parent; the line may live on a child."""
    agreements = (agreement(70, name="Master", type="Master"), agreement(77), agreement(78, parent_id=70))
    plan = billed(3, profile(agreement=selector), line(1, agreement_id=78), agreements=agreements)
    assert only_change(plan).target.agreement_id == 78


def test_s62_several_lines_of_one_product_are_held_with_both_ids() -> None:
    """Until one is pinned."""
    lines = (line(1, 3302), line(2, 3301))
    assert "line 3301 (quantity 2) and line 3302 (quantity 1)" in only_held(billed(3, profile(), *lines)).reason
    assert only_change(billed(3, profile(addition=3302), *lines)).target.addition_id == 3302


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (line(1, 3309), "has no line 3301"),
        (line(1, cancelled_date=TODAY), "is not running"),
        (line(1, effective_date=TODAY + DAY), "only starts on 2026-11-23"),
        (line(1, product="BACKUP"), "line 3301 is of product BACKUP, not MS-USER"),
        (line(1, agreement_id=99), "has no line 3301"),
    ],
)
def test_a_pinned_line_that_is_not_what_it_was_is_held(found: Any, reason: str) -> None:
    """Gone, over, not begun, of another product, on another agreement."""
    assert reason in only_held(billed(3, profile(addition=3301), found)).reason


def test_a_pinned_line_needs_no_product() -> None:
    """The line's own product is reported."""
    plan = billed(3, profile(addition=3301, product=""), line(1))
    assert only_line(plan).product == "MS-USER"
    assert only_change(plan).after == {"quantity": "3"}


def test_s63_a_line_that_ended_is_not_revived() -> None:
    """It is as if there were none."""
    assert (
        "has no running line of MS-USER" in only_held(billed(3, profile(), line(1, cancelled_date=TODAY - DAY))).reason
    )


def test_s63_a_line_with_an_end_ahead_is_held_when_it_would_move() -> None:
    """And left alone while it is right."""
    ending = line(1, cancelled_date=TODAY + DAY)
    assert "line 3301 ends on 2026-11-23" in only_held(billed(3, profile(), ending)).reason
    assert billed(1, profile(), ending).held == ()


def test_s63_an_ended_line_beside_a_running_one_does_not_matter() -> None:
    """The successor is the line."""
    lines = (line(9, 3300, cancelled_date=TODAY), line(1, 3301, effective_date=TODAY))
    assert only_change(billed(3, profile(), *lines)).target.addition_id == 3301


def test_s64_a_line_that_only_starts_later_is_waited_for() -> None:
    """No second line is made beside it."""
    held = only_held(billed(3, profile(create_line=True), line(1, effective_date=TODAY + DAY)))
    assert "line 3301 of MS-USER only starts on 2026-11-23" in held.reason


def test_s64_a_line_that_starts_later_and_is_right_needs_nothing() -> None:
    """Such as the one we made ourselves for the next period."""
    assert idle(billed(3, profile(create_line=True), line(3, effective_date=NEXT_INVOICE)))


def test_s64_two_lines_that_start_later_are_held() -> None:
    """Both are named."""
    later = (line(1, 3301, effective_date=NEXT_INVOICE), line(1, 3302, effective_date=NEXT_INVOICE))
    held = only_held(billed(3, profile(), *later))
    assert "line 3301 on 2026-12-01 and line 3302 on 2026-12-01" in held.reason


def test_a_missing_line_is_held_unless_it_may_be_made() -> None:
    """create_line = false is the default."""
    assert "has no running line of MS-USER" in only_held(billed(3, profile())).reason


def test_a_new_line_has_the_catalogues_price_and_starts_with_the_next_invoice() -> None:
    """The money is told before it is written."""
    plan = billed(3, profile(create_line=True))
    change = only_change(plan)
    assert (change.kind, change.before, change.target.agreement_id) == (Kind.ADD, {}, 77)
    assert change.after == {
        "product": "MS-USER", "quantity": "3", "unit_price": "42.5", "effective_date": "2026-12-01",
    }  # fmt: skip
    assert plan.monthly_change == Decimal("127.50")


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ((), "it is not in the catalogue"),
        ((product(inactive=True),), "it is inactive, a bundle, or has no price"),
        ((product(product_class="Bundle"),), "it is inactive, a bundle, or has no price"),
        ((product(price=None),), "it is inactive, a bundle, or has no price"),
    ],
)
def test_s86_a_product_that_cannot_be_a_line_is_refused_before_any_write(products: Any, reason: str) -> None:
    """Missing, inactive, a bundle, without a price."""
    assert reason in only_held(billed(3, profile(create_line=True), products=products)).reason


def test_an_active_product_is_taken_before_an_inactive_one_of_the_same_name() -> None:
    """Catalogues keep their past."""
    both = (product(number=1, inactive=True), product(number=2))
    assert only_change(billed(3, profile(create_line=True), products=both)).kind is Kind.ADD


def test_two_profiles_on_one_line_are_both_held() -> None:
    """Two owners of one quantity cannot both be right."""
    two = rules(profile(), profile(name="Frontline", groups=(FRONTLINE,)), create=False)
    plan = planned([BOTH, STAFF_ONLY], psa(agreements=(agreement(),), additions=(line(7),)), two)
    assert plan.changes == ()
    assert [held.reason for held in plan.held] == [
        "line 3301 is also the line of Frontline",
        "line 3301 is also the line of Managed user",
    ]
    assert {one.quantity_after for one in plan.billing} == {Decimal(7)}


def test_two_profiles_never_add_the_same_line() -> None:
    """The next run would find two of them."""
    two = rules(
        profile(create_line=True), profile(name="All", groups=(), exclusive=False, create_line=True), create=False
    )
    plan = planned([STAFF_ONLY], psa(agreements=(agreement(),)), two)
    assert plan.changes == ()
    assert "All would add a line of MS-USER" in plan.held[0].reason


def test_two_profiles_with_own_lines_do_not_meet() -> None:
    """Each is set."""
    lines = (line(1), line(3, 3302, product="MS-FRONTLINE", product_id=56))
    two = rules(
        profile(groups=(FRONTLINE,)),
        profile(name="F", product="MS-FRONTLINE", groups=(), units=Decimal(2)),
        create=False,
    )
    plan = planned([BOTH, STAFF_ONLY], psa(agreements=(agreement(),), additions=lines), two)
    assert [(one.profile, one.quantity_after) for one in plan.billing] == [
        ("Managed user", Decimal(1)),
        ("F", Decimal(2)),
    ]
    assert only_change(plan).target.addition_id == 3302


@pytest.mark.parametrize("how", ["NoCharge", "DoNotBill"])
def test_a_line_that_is_not_charged_moves_no_money(how: str) -> None:
    """Its quantity is kept true all the same."""
    plan = billed(3, profile(), line(2, bill_customer=how))
    assert (only_change(plan).after, plan.monthly_change) == ({"quantity": "3"}, 0)
