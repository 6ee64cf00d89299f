"""Who is billed on which line, and what becomes of the line."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.core.model import Company, LineWrite, Memory
from connector.core.plan import HeldKind, Kind
from connector.core.profiles import count
from connector.core.rules import BillingProfile, PeopleRules, Waiver
from tests.core.build import (
    FRONTLINE,
    NEXT_INVOICE,
    NOW,
    STAFF,
    TODAY,
    account,
    agreement,
    billed,
    contact,
    idle,
    line,
    only_change,
    only_held,
    only_line,
    planned,
    profile,
    psa,
    rules,
    wrote,
)

DAY = timedelta(days=1)
BOTH = account("jberg", groups=(STAFF, FRONTLINE))
STAFF_ONLY = account("adahl")
NOBODYS = account("mlund", groups=())


def counted(*profiles: BillingProfile, people: Any = (BOTH, STAFF_ONLY, NOBODYS)) -> dict[str, list[str]]:
    """Account names by profile."""
    return {name: [one.account for one in found] for name, found in count(profiles, people, PeopleRules()).items()}


def test_s39_a_person_is_billed_on_the_first_exclusive_profile() -> None:
    """The order of the profiles decides."""
    frontline, staff = profile(name="F", groups=(FRONTLINE,)), profile(name="S")
    assert counted(frontline, staff) == {"F": ["jberg"], "S": ["adahl"]}
    assert counted(staff, frontline) == {"S": ["adahl", "jberg"], "F": []}


def test_s32_an_additive_profile_takes_everybody_who_fits() -> None:
    """Beside exclusive ones, before or after them."""
    backup = profile(name="B", exclusive=False)
    expected = {"B": ["adahl", "jberg"], "S": ["adahl", "jberg"], "F": []}
    assert counted(backup, profile(name="S"), profile(name="F", groups=(FRONTLINE,))) == expected
    assert counted(profile(name="S"), backup)["B"] == ["adahl", "jberg"]


def test_a_profile_without_groups_takes_every_person() -> None:
    """And says so as the rule."""
    found = count([profile(groups=(), units=Decimal(2))], [NOBODYS], PeopleRules())["Managed user"]
    assert [(one.rule, one.units) for one in found] == [("every person", Decimal(2))]


def test_the_rule_names_the_first_group_that_fits() -> None:
    """In the profile's order and spelling."""
    found = count([profile(groups=(FRONTLINE, STAFF))], [BOTH, STAFF_ONLY], PeopleRules())["Managed user"]
    assert {one.account: one.rule for one in found} == {
        "jberg": f"member of {FRONTLINE}",
        "adahl": f"member of {STAFF}",
    }


def test_s40_a_person_in_no_profile_is_listed_as_unclassified() -> None:
    """Never silently unbilled."""
    plan = planned([NOBODYS], psa(agreements=(agreement(),), additions=(line(0),)), rules(profile(), create=False))
    assert [(one.account, one.rule) for one in plan.not_counted] == [("mlund", "billing")]
    assert "unclassified" in plan.not_counted[0].reason


def test_only_people_are_counted() -> None:
    """Neither leavers nor refused accounts, whatever groups they are in; each is listed with its rule."""
    accounts = [account("jberg", enabled=False), account("room", mailbox="room"), STAFF_ONLY]
    plan = planned(accounts, psa(agreements=(agreement(),), additions=(line(1),)), rules(profile(), create=False))
    assert only_line(plan).counted == 1
    assert [one.rule for one in plan.not_counted] == ["directory.disabled", "people.exclude_mailboxes"]


def test_a_quantity_follows_the_count() -> None:
    """One change with before, after, target and reason; money and date on the line."""
    plan = billed(3, profile(), line(1))
    change, found = only_change(plan), only_line(plan)
    assert (change.kind, change.before, change.after) == (Kind.SET, {"quantity": "1"}, {"quantity": "3"})
    assert (change.target.agreement_id, change.target.addition_id, change.label) == (77, 3301, "Managed user")
    assert change.reason == "3 people counted, line stands at 1"
    assert (found.monthly_change, found.effective, found.unit_price) == (Decimal(85), NEXT_INVOICE, Decimal("42.50"))


def test_a_quantity_that_is_right_is_left_alone() -> None:
    """Compared by value, not by spelling."""
    assert billed(3, profile(), line(3.0)).changes == ()


def test_without_a_next_invoice_date_nothing_is_written() -> None:
    """Which periods are invoiced is not known then."""
    held = only_held(billed(2, profile(), line(1), agreements=(agreement(next_invoice_date=None),)))
    assert "has no next invoice date" in held.reason


@pytest.mark.parametrize(
    ("people", "fields", "quantity", "how"),
    [
        (3, {}, "3", ""),
        (3, {"units": "2"}, "6", "3 x 2"),
        (3, {"units": "0.5"}, "1.5", "3 x 0.5"),
        (3, {"offset": "2"}, "5", "3 x 1 + offset 2"),
        (3, {"offset": "-2"}, "1", "3 x 1 - offset 2"),
        (3, {"offset": "-5"}, "0", "3 x 1 - offset 5, at least 0"),
        (3, {"minimum": "5"}, "5", "3 x 1, at least 5"),
        (5, {"minimum": "5", "maximum": "5"}, "5", ""),
        (3, {"maximum": "2"}, "2", "3 x 1, at most 2"),
        (3, {"units": "2", "offset": "1", "minimum": "40", "maximum": "50"}, "40", "3 x 2 + offset 1, at least 40"),
        (3, {"units": "20", "offset": "1", "minimum": "40", "maximum": "50"}, "50", "3 x 20 + offset 1, at most 50"),
    ],
)
def test_s66_billed_is_count_times_units_plus_offset_within_limits(
    people: int, fields: dict[str, str], quantity: str, how: str
) -> None:
    """And the line says how, where it is not simply the count."""
    wanted = profile(**{name: Decimal(value) for name, value in fields.items()})
    found = only_line(billed(people, wanted, line(99)))
    assert (found.counted, found.billed, found.quantity_after, found.how) == (
        people,
        Decimal(quantity),
        Decimal(quantity),
        how,
    )


def test_s65_nobody_counted_is_held_by_default() -> None:
    """The line stays where it is."""
    plan = billed(0, profile(), line(7))
    assert "nobody is counted, and the line stands at 7" in only_held(plan).reason
    assert only_line(plan).quantity_after == 7


def test_s65_nobody_counted_is_held_at_once_where_the_decrease_would_only_come_later() -> None:
    """In arrears a decrease waits for the next period; that nobody is left is asked about today."""
    arrears = (agreement(period_type="Current"),)
    plan = billed(0, profile(), line(7), agreements=arrears)
    assert "nobody is counted, and the line stands at 7" in only_held(plan).reason
    waiting = only_line(billed(0, profile(at_zero="zero"), line(7), agreements=arrears))
    assert waiting.pending is not None
    assert (waiting.pending.quantity, waiting.quantity_after) == (0, 7)


@pytest.mark.parametrize(
    ("at_zero", "fields", "quantity"),
    [
        ("zero", {}, "0"),
        ("zero", {"minimum": Decimal(5), "offset": Decimal(2)}, "0"),
        ("minimum", {"minimum": Decimal(5)}, "5"),
        ("minimum", {"offset": Decimal(2)}, "2"),
        ("minimum", {}, "0"),
    ],
)
def test_s65_nobody_counted_sets_what_the_profile_says(at_zero: str, fields: dict[str, Any], quantity: str) -> None:
    """Zero whatever the minimum, or what minimum and offset come to."""
    plan = billed(0, profile(at_zero=at_zero, **fields), line(7))
    assert only_change(plan).after == {"quantity": quantity}


def test_s65_at_zero_says_why_the_minimum_is_not_billed() -> None:
    """A clerk sees both numbers side by side."""
    found = only_line(billed(0, profile(at_zero="zero", minimum=Decimal(5)), line(7)))
    assert found.how == "nobody is counted, and at_zero = zero"


def test_s65_nobody_counted_may_cancel_the_line() -> None:
    """From the first day that is not invoiced yet; the quantity stays in the record."""
    change = only_change(billed(0, profile(at_zero="cancel"), line(7)))
    assert (change.kind, change.after) == (Kind.CANCEL, {"cancelled_date": "2026-11-30"})


def test_s65_a_line_is_never_cancelled_back_in_time() -> None:
    """An invoice that is overdue is no reason to take past days away; the policy for decreases counts from today."""
    late = agreement(next_invoice_date=date(2026, 10, 1))
    for decrease, last in (("now", "2026-11-21"), ("next_period", "2026-11-30")):
        change = only_change(billed(0, profile(at_zero="cancel", decrease=decrease), line(7), agreements=(late,)))
        assert change.after == {"cancelled_date": last}


def test_s65_a_line_that_was_cancelled_because_nobody_is_counted_needs_nothing() -> None:
    """The second run writes and holds nothing and moves no money, before and after its last day."""
    for end in (date(2026, 11, 30), TODAY - DAY):
        plan = billed(0, profile(at_zero="cancel"), line(7, cancelled_date=end))
        assert idle(plan)
        assert plan.monthly_change == 0


@pytest.mark.parametrize(("stands", "way"), [(1, "increase"), (9, "decrease")])
def test_s68_each_direction_can_wait_for_a_person(stands: int, way: str) -> None:
    """The other one goes on."""
    held = only_held(billed(3, profile(**{way: "hold"}), line(stands)))
    assert held.reason == f"{way} from {stands} to 3 waits for a person ({way} = hold)"
    other = {"increase": "decrease", "decrease": "increase"}[way]
    assert only_change(billed(3, profile(**{other: "hold"}), line(stands))).kind is Kind.SET


def test_s80_a_quantity_that_somebody_changed_is_held_as_drift() -> None:
    """Ours, theirs and the way out are named."""
    plan = billed(3, profile(), line(5), memory=wrote(3))
    held = only_held(plan)
    assert held.kind is HeldKind.DRIFT
    assert "was 3 after our run of 2026-11-22; somebody has set it to 5" in held.reason
    assert "set offset = 2," in held.how_to_release
    assert only_line(plan).quantity_after == 5


def test_s80_the_offset_that_drift_proposes_settles_it() -> None:
    """It contains the offset that stands already."""
    held = only_held(billed(3, profile(offset=Decimal(1)), line(6), memory=wrote(4)))
    assert "set offset = 3," in held.how_to_release
    assert billed(3, profile(offset=Decimal(3)), line(6), memory=wrote(4)).changes == ()
    assert billed(3, profile(offset=Decimal(3)), line(6), memory=wrote(4)).held == ()


def test_s80_where_the_count_moved_too_drift_says_that_the_offset_is_not_enough() -> None:
    """The advice works when it is followed."""
    held = only_held(billed(4, profile(), line(5), memory=wrote(3)))
    assert 'offset = 2 and, for one run, on_drift = "overwrite"' in held.how_to_release
    change = only_change(billed(4, profile(offset=Decimal(2), on_drift="overwrite"), line(5), memory=wrote(3)))
    assert change.after == {"quantity": "6"}


def test_s80_drift_can_be_overwritten() -> None:
    """By the profile's own choice."""
    assert only_change(billed(3, profile(on_drift="overwrite"), line(5), memory=wrote(3))).after == {"quantity": "3"}


def test_s88_a_quantity_of_ours_whose_answer_was_lost_is_no_drift() -> None:
    """It was sent by us, whatever became of the answer."""
    ours = LineWrite(3301, Decimal(3), NOW, sent=Decimal(5))
    plan = billed(4, profile(), line(5), memory=Memory(line_writes={3301: ours}))
    assert only_change(plan).after == {"quantity": "4"}


def test_s80_drift_to_the_right_quantity_is_no_drift() -> None:
    """Somebody was faster than we were."""
    assert billed(3, profile(), line(3), memory=wrote(2)).held == ()


@pytest.mark.parametrize(("price", "held"), [("1250", True), ("85", True), ("84.99", False), ("42.50", False)])
def test_s79_one_unit_at_a_multiple_of_the_price_is_a_flat_fee(price: str, held: bool) -> None:
    """1 x 1,250.00 is not turned into 10 x 1,250.00."""
    plan = billed(10, profile(), line(1, unit_price=Decimal(price)))
    assert bool(plan.held) is held
    assert not held or "looks like a flat price" in only_held(plan).reason


def test_s81_only_the_quantity_is_written() -> None:
    """Price, description and the rest are finance's."""
    assert set(only_change(billed(3, profile(), line(1, unit_price=Decimal("39.99")))).after) == {"quantity"}


def test_s60_an_inactive_company_gets_nothing() -> None:
    """No contact, no quantity; one sentence says why."""
    snapshot = psa(
        agreements=(agreement(),), additions=(line(7),), company=Company(412, "X", status="Gone", inactive=True)
    )
    plan = planned([STAFF_ONLY], snapshot, rules(profile()))
    assert "the company is inactive in the PSA (status Gone)" in only_held(plan).reason
    assert plan.monthly_change == 0


def test_a_held_line_shows_what_would_be_right() -> None:
    """Billed beside the quantity that stays."""
    found = only_line(billed(3, profile(increase="hold"), line(1)))
    assert (found.billed, found.quantity_before, found.quantity_after) == (Decimal(3), Decimal(1), Decimal(1))
    assert found.monthly_change == 0


def test_the_billing_day_is_the_date_of_now_in_its_own_zone() -> None:
    """A line that ends tonight still runs this evening, wherever the server stands."""
    evening = replace(account("jberg"))
    snapshot = psa(contact(1), agreements=(agreement(),), additions=(line(1, cancelled_date=TODAY + DAY),))
    assert planned([evening], snapshot, rules(profile()), now=NOW).held == ()
    assert "has no running line" in planned([evening], snapshot, rules(profile()), now=NOW + 2 * DAY).held[0].reason


def test_s31_units_of_an_account_multiply_those_of_the_profile() -> None:
    """The first pattern that fits; everybody else counts as one."""
    kiosk, person = account("kiosk-1"), account("jberg")
    rules = PeopleRules(units={"kiosk-*": Decimal(3), "*-1": Decimal(9)})
    found = count([profile(groups=(), units=Decimal("1.5"))], [kiosk, person], rules)["Managed user"]
    assert {one.account: one.units for one in found} == {"kiosk-1": Decimal("4.5"), "jberg": Decimal("1.5")}


def test_s25_an_administrator_who_counts_is_listed_as_one() -> None:
    """In the words of the rule that counts them."""
    found = count([profile(groups=())], [account("jberg", admin=True), account("adahl")], PeopleRules())
    assert {one.account: one.rule for one in found["Managed user"]} == {
        "jberg": "every person, administrator of the domain",
        "adahl": "every person",
    }


def test_s42_a_leaver_with_a_waiver_is_listed_as_a_leaver() -> None:
    """What is not billed anyway is not free of charge."""
    waiver = Waiver("jberg", date(2027, 1, 1), "pilot")
    plan = planned([account("jberg", enabled=False)], psa(), rules(profile(), people={"waivers": (waiver,)}))
    assert [one.rule for one in plan.not_counted] == ["directory.disabled"]
