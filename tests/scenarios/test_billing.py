"""Agreements and quantities: the right line, the right number, or a person decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, crowd, group_dn, person
from tests.scenarios.records import LINDQVIST, agreement, line, profile

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
USERS = profile("Managed user")
E3, FRONTLINE = group_dn("M365 E3"), group_dn("Frontline")


def day(offset: int) -> str:
    """A day from today, as the PSA writes it."""
    return f"{(datetime.now(UTC) + timedelta(days=offset)).date()}T00:00:00Z"


def disabled(people: list[Entry]) -> list[Entry]:
    """The same people, all of them gone."""
    return [but(one, enabled=False) for one in people]


TWO_LINES = [line(3301, "MS-USER", 1), line(3302, "MS-USER", 1)]


def test_s62_several_lines_of_one_product_are_held_with_both_ids(build: Build) -> None:
    """The connector does not choose."""
    world = build([ANNA, BEN], USERS, additions=TWO_LINES)
    told = world.sync()
    assert (told.code, told.held) == (3, [("billing", "Managed user")])
    assert "line 3301 (quantity 1) and line 3302 (quantity 1)" in told.why
    world.settled(held=True)


def test_s62_a_pinned_line_is_the_one(build: Build) -> None:
    """addition = … tells the lines apart."""
    world = build([ANNA, BEN], profile("Managed user", addition=3302), additions=TWO_LINES)
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (1, 2)
    world.settled()


def test_s63_cancelled_line_is_not_revived(build: Build) -> None:
    """There is no running line; nothing is written."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 1, cancelledDate=day(-30))])
    told = world.sync()
    assert (told.held, "has no running line of MS-USER" in told.why) == ([("billing", "Managed user")], True)
    assert world.quantity(3301) == 1
    world.settled(held=True)


def test_s63_line_with_a_cancel_date_ahead_is_held(build: Build) -> None:
    """A line that ends is not changed any more; the end is named."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 1, cancelledDate=day(30))])
    told = world.sync()
    assert (told.held, f"line 3301 ends on {day(30)[:10]}" in told.why) == ([("billing", "Managed user")], True)
    assert world.quantity(3301) == 1
    world.settled(held=True)


def test_s64_line_that_starts_later_is_held(build: Build) -> None:
    """It is not this period's line."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 1, effectiveDate=day(30))])
    told = world.sync()
    assert (told.held, f"only starts on {day(30)[:10]}" in told.why) == ([("billing", "Managed user")], True)
    world.settled(held=True)


def test_s64_line_that_starts_later_waits_beside_the_running_one(build: Build) -> None:
    """The running line is this period's; its successor is left alone."""
    lines = [line(3301, "MS-USER", 1, cancelledDate=None), line(3302, "MS-USER", 1, effectiveDate=day(30))]
    world = build([ANNA, BEN], USERS, additions=lines)
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (2, 1)
    world.settled()


def test_s65_zero_people_is_held_by_default(build: Build) -> None:
    """Nobody in the group: a person says whether that is right."""
    world = build([ANNA], profile("Managed user", groups=[E3]), groups=["M365 E3", "Other"],
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    world.people(but(ANNA, groups=("Other",)))
    told = world.sync()
    assert (told.code, "nobody is counted, and the line stands at 1" in told.why) == (3, True)
    assert world.quantity(3301) == 1
    world.settled(held=True)


@pytest.mark.parametrize(("policy", "before", "after"), [("zero", 1, 0), ("minimum", 2, 1)])
def test_s65_zero_people_follow_the_policy(build: Build, policy: str, before: float, after: float) -> None:
    """The line goes to zero, or keeps its minimum."""
    rules = profile("Managed user", groups=[E3], at_zero=f'"{policy}"', minimum=1)
    world = build([but(ANNA, groups=("Other",))], rules, groups=["M365 E3"],
                  additions=[line(3301, "MS-USER", before)])  # fmt: skip
    world.sync()
    assert world.quantity(3301) == after
    world.settled()


def test_s65_zero_people_cancel_the_line_where_configured(build: Build) -> None:
    """The line gets a cancelled date ahead and keeps its quantity until then."""
    rules = profile("Managed user", groups=[E3], at_zero='"cancel"')
    world = build([but(ANNA, groups=("Other",))], rules, groups=["M365 E3"], additions=[line(3301, "MS-USER", 1)])
    assert world.sync().changes == [("line.cancel", "Managed user")]
    assert (world.quantity(3301), world.line(3301)["cancelledDate"] > day(-1)) == (1, True)
    world.settled()


@pytest.mark.parametrize(
    ("rules", "billed"),
    [
        ({"minimum": 5}, 5),
        ({"maximum": 3}, 3),
        ({"offset": -1}, 3),
        ({"offset": 1}, 5),
        ({"units": 1.25}, 5),
        ({"units": 2, "offset": -3, "minimum": 1, "maximum": 10}, 5),
    ],
)
def test_s66_billed_is_the_clamped_count_and_both_are_shown(build: Build, rules: dict[str, Any], billed: float) -> None:
    """Four people, with units, offset, minimum and maximum; the report shows count and billed side by side."""
    world = build(crowd(4), profile("Managed user", **rules), additions=[line(3301, "MS-USER", 4)])
    found = world.sync().billing("Managed user")
    assert (found["counted"], found["billed"], world.quantity(3301)) == (4, billed, billed)
    world.settled()


@pytest.mark.parametrize(("way", "people"), [("increase", 5), ("decrease", 3)])
def test_s68_a_direction_can_wait_for_a_person(build: Build, way: str, people: int) -> None:
    """Increase and decrease have a policy each."""
    world = build(crowd(people), profile("Managed user", **{way: '"hold"'}), additions=[line(3301, "MS-USER", 4)])
    told = world.sync()
    assert (told.held, f"({way} = hold)" in told.why) == ([("billing", "Managed user")], True)
    assert world.quantity(3301) == 4
    world.settled(held=True)


def test_s75_line_on_a_child_agreement_is_found_by_its_parent(build: Build) -> None:
    """parent = … picks the child; the parent's own line is left alone."""
    agreements = [agreement(70, "Master"), agreement(77, "Users", parentAgreement={"id": 70})]
    world = build([ANNA, BEN], profile("Managed user", agreement='{ parent = "Master" }'), agreements=agreements,
                  additions=[line(3301, "MS-USER", 1), line(3302, "MS-USER", 1, agreementId=70)])  # fmt: skip
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (2, 1)
    world.settled()


def test_s77_two_active_agreements_of_the_type_are_held(build: Build) -> None:
    """Both are named, with the way to tell them apart; a name then does."""
    agreements = [agreement(), agreement(78, "Branch Users")]
    world = build([ANNA, BEN], USERS, agreements=agreements, additions=[line(3301, "MS-USER", 1)])
    told = world.sync()
    assert "Managed Users (agreement 77) and Branch Users (agreement 78)" in told.why
    world.settled(held=True)
    world.rules(profile("Managed user", agreement='{ type = "User Based Agreement", name = "Managed Users" }'))
    world.sync()
    assert world.quantity(3301) == 2
    world.settled()


def test_s69_s71_a_change_takes_effect_with_the_next_invoice_and_leaves_made_ones_alone(build: Build) -> None:
    """The period is invoiced ahead: the effective day is the agreement's next invoice date, the old invoice stays."""
    world = build([ANNA, BEN], USERS, agreements=[agreement(nextInvoiceDate=day(-5))],
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    world.sandbox.control("POST", "invoice", {"agreement": 77})
    before = world.sandbox.state()["invoices"]
    (ahead,) = (one["nextInvoiceDate"] for one in world.sandbox.state()["agreements"])
    assert ahead > day(20)
    assert world.sync().billing("Managed user")["effective"] == ahead[:10]
    assert (world.quantity(3301), world.sandbox.state()["invoices"]) == (2, before)
    world.settled()


def test_s76_agreement_replaced_at_renewal_is_followed_by_its_type(build: Build) -> None:
    """The old one has expired, the new one of the type carries the line; a pinned id that is over is reported."""
    agreements = [agreement(agreementStatus="Expired"), agreement(78, "Managed Users 2027")]
    lines = [line(3301, "MS-USER", 1), line(3302, "MS-USER", 1, agreementId=78)]
    world = build([ANNA, BEN], profile("Managed user", agreement="{ id = 77 }"), agreements=agreements, additions=lines)
    assert "Managed Users (agreement 77) is expired" in world.sync().why
    world.rules(USERS)
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (1, 2)
    world.settled()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"agreementStatus": "Expired"}, "is expired"),
        ({"agreementStatus": "Cancelled"}, "is cancelled"),
        ({"agreementStatus": "Inactive"}, "is inactive"),
        ({"billingCycle": None}, "has no billing cycle"),
    ],
)
def test_s78_agreement_that_cannot_be_billed_is_held(build: Build, state: dict[str, Any], words: str) -> None:
    """Its state is the reason."""
    world = build([ANNA, BEN], USERS, agreements=[agreement(**state)], additions=[line(3301, "MS-USER", 1)])
    told = world.sync()
    assert (told.held, words in told.why) == ([("billing", "Managed user")], True)
    assert world.quantity(3301) == 1
    world.settled(held=True)


def test_s79_flat_line_is_not_multiplied(build: Build) -> None:
    """1 x 1,250.00 at a catalogue price of 40.00 does not become 2 x 1,250.00."""
    world = build([ANNA, BEN], "[guard]\nmoney_per_month = 100000\n", USERS,
                  additions=[line(3301, "MS-USER", 1, price=1250)])  # fmt: skip
    told = world.sync()
    assert (told.held, "looks like a flat price" in told.why) == ([("billing", "Managed user")], True)
    assert world.quantity(3301) == 1
    world.settled(held=True)


def test_s80_quantity_changed_by_hand_is_held_as_drift(build: Build) -> None:
    """Our last, theirs and the way out are named; nothing is overwritten."""
    world = build(crowd(5), USERS, additions=[line(3301, "MS-USER", 5)])
    world.sync()
    world.edit("/finance/agreements/77/additions/3301", quantity=7)
    told = world.sync()
    assert (told.code, told.held) == (3, [("drift", "Managed user")])
    assert "somebody has set it to 7" in told.why
    assert world.quantity(3301) == 7
    world.settled(held=True)


@pytest.mark.parametrize(("rules", "quantity"), [({"offset": 2}, 7), ({"on_drift": '"overwrite"'}, 5)])
def test_s80_drift_is_released_by_an_offset_or_by_overwriting(
    build: Build, rules: dict[str, Any], quantity: float
) -> None:
    """The difference becomes part of the rule, or our count wins."""
    world = build(crowd(5), USERS, additions=[line(3301, "MS-USER", 5)])
    world.sync()
    world.edit("/finance/agreements/77/additions/3301", quantity=7)
    world.rules(profile("Managed user", **rules))
    assert world.sync().code == 0
    assert world.quantity(3301) == quantity
    world.settled()


def test_s81_only_the_quantity_of_a_line_is_written(build: Build) -> None:
    """Price, cost, tax and description of finance stay as they are."""
    finance = {"unitCost": 11.5, "taxableFlag": True, "invoiceDescription": "As agreed", "description": "Users"}
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 1, price=39.99, **finance)])
    world.sync()
    after = world.line(3301)
    assert {key: after[key] for key in finance} == finance
    assert (after["unitPrice"], after["quantity"]) == (39.99, 2)
    bodies = [one["body"] for one in world.sandbox.requests()["requests"] if one["method"] == "PATCH"]
    assert bodies == [[{"op": "replace", "path": "quantity", "value": 2}]]
    world.settled()


def test_s83_a_person_who_moves_is_one_minus_and_one_plus_on_the_same_day(build: Build) -> None:
    """From Frontline to E3: both lines move in one run, with one effective date and the sum of both amounts."""
    rules = profile("Managed user", groups=[E3]) + profile("Frontline user", "MS-FRONTLINE", [FRONTLINE])
    anna, ben = but(ANNA, groups=("M365 E3",)), but(BEN, groups=("Frontline",))
    more = [but(one, groups=("Frontline",)) for one in crowd(2)]
    world = build([anna, ben, *more], rules,
                  additions=[line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 3, price=15)])  # fmt: skip
    world.sync()
    world.people(anna, but(BEN, groups=("M365 E3",)), *more)
    told = world.sync()
    assert told.changes == [("line.set", "Frontline user"), ("line.set", "Managed user")]
    assert (world.quantity(3301), world.quantity(3302)) == (2, 2)
    found = [told.billing(name) for name in ("Managed user", "Frontline user")]
    assert len({one["effective"] for one in found}) == 1
    assert [one["monthly_change"] for one in found] == ["40.00", "-15.00"]
    world.settled()


def test_s84_client_moved_to_another_company_is_held(build: Build) -> None:
    """The links point to the old company: in the new one nobody is linked or made anew, and no line moves."""
    theirs = agreement(78, company={"id": LINDQVIST})
    lines = [line(3301, "MS-USER", 2), line(3401, "MS-USER", 3, agreementId=78)]
    world = build([ANNA, BEN], USERS, agreements=[agreement(), theirs], additions=lines)
    world.sync()
    world.rules(company="LindqvistLaw")
    told = world.sync()
    assert (told.code, [kind for kind, _ in told.held]) == (3, ["guard"])
    assert "merged or moved" in told.why
    adopted = world.sync("--adopt-only")
    assert (adopted.code, [kind for kind, _ in adopted.held]) == (3, ["guard"])
    assert (world.active(412), world.active(LINDQVIST)) == (["Anna Adler", "Ben Berg"], [])
    assert world.quantity(3401) == 3
    world.settled(held=True)


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        ([{"id": 55, "identifier": "MS-USER", "price": 40, "inactiveFlag": True}], "is inactive"),
        ([{"id": 55, "identifier": "MS-USER", "price": 40, "productClass": "Bundle"}], "is a bundle"),
        ([{"id": 56, "identifier": "OTHER", "price": 40}], "has no running line of MS-USER"),
    ],
    ids=["inactive", "bundle", "missing"],
)
def test_s86_product_that_cannot_be_billed_is_refused_at_check_time(
    build: Build, catalog: list[dict[str, Any]], words: str
) -> None:
    """check says what is wrong with the product and exits with 1; nothing is written."""
    lines = [line(3301, "MS-USER", 1)] if len(catalog) == 1 and catalog[0]["id"] == 55 else []
    world = build([ANNA], USERS, catalog=catalog, additions=lines)
    ran = world.run("check")
    assert (ran.code, words in " ".join(ran.out.split()), world.writes()) == (1, True, 0)


def test_missing_line_is_added_at_the_catalogue_price_where_configured(build: Build) -> None:
    """create_line = true adds it, once; without it the missing line is held."""
    world = build([ANNA], USERS)
    assert world.sync().held == [("billing", "Managed user")]
    world.rules(profile("Managed user", create_line="true"))
    assert world.sync().changes == [("line.add", "Managed user")]
    (added,) = world.sandbox.state()["additions"]
    assert (added["quantity"], added["unitPrice"], added["product"]["identifier"]) == (1, 40, "MS-USER")
    assert world.sync().changes == []


def test_line_that_the_connector_added_waits_for_nobody(build: Build) -> None:
    """Until its first day has come there is nothing to decide about a line that an earlier run has added."""
    world = build([ANNA], profile("Managed user", create_line="true"))
    world.sync()
    world.settled()
