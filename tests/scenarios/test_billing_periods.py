"""Periods, commitments, peaks, counting days, movers, and lines that take each other's place."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, crowd, group_dn
from tests.scenarios.records import Record, agreement, line, profile
from tests.scenarios.world import World

E3, FRONTLINE = group_dn("M365 E3"), group_dn("Frontline")
WIDE = "[guard]\nquantity_percent = 100\nmoney_per_month = 100000\ndrop_percent = 100\ninactivate_percent = 100\n"
DAY = timedelta(days=1)


def arrears(**more: Any) -> Record:
    """The agreement in November, which is invoiced on 1 December for November."""
    return agreement(periodType="Current", nextInvoiceDate="2026-12-01", **more)


def ahead(**more: Any) -> Record:
    """The agreement in November, of which November is invoiced."""
    return agreement(nextInvoiceDate="2026-12-01", **more)


def left(people: list[Entry], count: int) -> list[Entry]:
    """The same people, of whom only the first ``count`` still work there."""
    return [*people[:count], *(but(one, enabled=False) for one in people[count:])]


def november(day: int) -> date:
    """A day of November."""
    return date(2026, 11, day)


def quantities(world: World) -> list[float]:
    """The quantities of all lines in the order in which they were made."""
    return [row["quantity"] for row in world.lines()]


def test_s67_a_commitment_may_rise_and_falls_on_its_renewal_only(build: Build) -> None:
    """Joiners are billed at once; a leaver waits for 1 February, and the day is told."""
    team = crowd(7)
    rules = profile("Managed user", renewal="2026-02-01", decrease='"now"')
    world = build(left(team, 6), WIDE, rules, agreements=[agreement(nextInvoiceDate="2026-12-01")],
                  additions=[line(3301, "MS-USER", 6)])  # fmt: skip
    world.on(november(2))
    world.sync()
    world.on(november(9))
    world.people(*team)
    assert (world.sync().code, quantities(world)) == (0, [7])
    world.on(november(16))
    world.people(*left(team, 5))
    ran = world.sync()
    pending = ran.billing("Managed user")["pending"]
    assert (ran.code, quantities(world), pending["quantity"], pending["on"]) == (0, [7], "5", "2027-02-01")
    assert "committed until 2027-01-31" in pending["reason"]
    world.invoice()
    world.settled()
    assert [one["quantity"] for one in world.invoice()["lines"]] == [7]
    world.on(date(2027, 1, 20))
    ran = world.sync()
    assert (quantities(world), ran.billing("Managed user")["effective"]) == ([5], "2027-02-01")
    world.settled()


def test_s68_increases_now_and_decreases_from_the_next_period(build: Build) -> None:
    """In arrears: one more is billed for November, one less only for December."""
    team = crowd(5)
    world = build(team[:4], WIDE, profile("Managed user"), agreements=[arrears()],
                  additions=[line(3301, "MS-USER", 4)])  # fmt: skip
    world.on(november(2))
    world.sync()
    world.on(november(10))
    world.people(*team)
    world.sync()
    assert quantities(world) == [5]
    world.on(november(20))
    world.people(*left(team, 3))
    pending = world.sync().billing("Managed user")["pending"]
    assert (quantities(world), pending["quantity"], pending["on"]) == ([5], "3", "2026-12-01")
    world.on(date(2026, 12, 1))
    world.sync()
    assert quantities(world) == [5]
    assert [billed["quantity"] for billed in world.invoice()["lines"]] == [5]
    world.sync()
    assert quantities(world) == [3]
    world.settled()


def test_s70_an_invoice_that_was_deleted_and_made_again_has_the_quantity_of_its_own_period(build: Build) -> None:
    """The plan follows the next invoice date of the PSA: with the invoice gone, November is the open bill again."""
    team = crowd(4)
    world = build(team, WIDE, profile("Managed user"), agreements=[arrears()], additions=[line(3301, "MS-USER", 4)])
    world.on(november(2))
    world.sync()
    world.on(november(20))
    world.people(*left(team, 3))
    world.sync()
    world.on(date(2026, 12, 2))
    first = world.invoice()
    world.sync()
    assert quantities(world) == [3]
    world.sandbox.control("POST", "invoice", {"delete": first["id"]})
    found = world.sync().billing("Managed user")
    assert (quantities(world), found["pending"]["on"], found["effective"]) == ([4], "2026-12-01", "2026-11-01")
    world.settled()
    again = world.invoice()
    assert [one["lines"][0]["amount"] for one in (first, again)] == [160, 160]
    world.sync()
    assert quantities(world) == [3]
    world.settled()


def test_s71_an_agreement_that_is_invoiced_ahead_takes_changes_from_its_next_invoice_on(build: Build) -> None:
    """Invoiced to the end of January: whatever happens in November begins on 1 February, and no invoice is touched."""
    world = build(crowd(2), WIDE, profile("Managed user"), agreements=[agreement(nextInvoiceDate="2026-11-01")],
                  additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.on(november(2))
    for _ in range(3):
        world.invoice()
    made = world.sandbox.state()["invoices"]
    world.people(*crowd(3))
    found = world.sync().billing("Managed user")
    assert (found["effective"], found["pending"], quantities(world)) == ("2027-02-01", None, [3])
    assert world.sandbox.state()["invoices"] == made
    world.settled()


@pytest.mark.parametrize(
    ("count", "billed"), [("peak", 6), ("average", 4.67), ("snapshot", 4)], ids=["peak", "average", "snapshot"]
)
def test_s73_peak_average_or_last_count_of_the_period(build: Build, count: str, billed: float) -> None:
    """In arrears, 4 people for twenty days and 6 for ten: the highest, (20 x 4 + 10 x 6) / 30 = 4.67, or the last."""
    team = crowd(6)
    rules = profile("Managed user", count=f'"{count}"', decrease='"now"')
    world = build(left(team, 4), WIDE, rules, agreements=[arrears()], additions=[line(3301, "MS-USER", 4)])
    for day in range(1, 31):
        world.on(november(day))
        world.people(*left(team, 6 if 11 <= day <= 20 else 4))
        assert world.sync().code == 0
    world.on(date(2026, 12, 2))
    world.people(*left(team, 5))
    world.sync()
    assert [one["quantity"] for one in world.invoice()["lines"]] == [billed]
    world.sync()
    assert quantities(world) == [5]
    world.settled()


def test_s73_a_peak_without_recorded_counts_is_held(build: Build) -> None:
    """In advance the bill of December takes the peak of November; nobody counted in November, so nobody guesses."""
    world = build(crowd(3), WIDE, profile("Managed user", count='"peak"'),
                  agreements=[ahead()], additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.on(date(2026, 12, 2))
    told = world.sync()
    assert (told.code, "no reading of these days is recorded" in told.why, quantities(world)) == (3, True, [2])
    world.settled(held=True)


def test_s74_all_lines_of_a_client_are_counted_on_one_day(build: Build) -> None:
    """Counting day 25: who comes later is billed a period later on either line, though one bills on the 1st and one on
    the 10th."""
    agreements = [agreement(nextInvoiceDate="2026-12-01"), agreement(78, "Backup", nextInvoiceDate="2026-12-10")]
    rules = "".join(
        profile(name, product, agreement=f"{{ id = {number} }}", exclusive="false")
        for name, product, number in (("Managed user", "MS-USER", 77), ("Backup", "MS-FRONTLINE", 78))
    )
    lines = [line(3301, "MS-USER", 2), line(3302, "MS-FRONTLINE", 2, price=15, agreementId=78)]
    world = build(crowd(2), WIDE, rules, agreements=agreements, additions=lines)
    _count_day(world, WIDE + rules)
    world.on(november(25))
    assert world.sync().code == 0
    world.people(*crowd(3))
    world.on(november(27))
    ran = world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (2, 2)
    assert "takes the count of 2026-11-25" in ran.billing("Managed user")["pending"]["reason"]
    world.on(date(2026, 12, 11))
    for number in (77, 78):
        assert [one["quantity"] for one in world.invoice(number)["lines"]] == [2]
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (3, 3)
    world.settled()


def _count_day(world: World, rules: str) -> None:
    """Write the client's file with the counting day, a key that stands above its tables."""
    path = world.folder / "clients" / "harbor.toml"
    world.client("harbor", "HarborDental", rules)
    path.write_text(f"count_day = 25\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


def test_s72_an_average_is_never_prorated_on_top(build: Build) -> None:
    """It spreads the days already: the new line begins with the period, so the invoice takes no share of it."""
    team = crowd(6)
    world = build(left(team, 4), WIDE, profile("Managed user", count='"average"', method='"cancel_and_add"'),
                  agreements=[arrears(prorateFlag=True)], additions=[line(3301, "MS-USER", 4)])  # fmt: skip
    for day, count in ((1, 4), (16, 6), (30, 6)):
        world.on(november(day))
        world.people(*left(team, count))
        assert world.sync().code == 0
    old, new = world.lines()
    assert (old["cancelledDate"][:10], new["effectiveDate"][:10], new["quantity"]) == ("2026-10-31", "2026-11-01", 5)
    world.settled()
    world.on(date(2026, 12, 1))
    assert [one["amount"] for one in world.invoice()["lines"]] == [200]


@pytest.mark.parametrize("method", ["in_place", "cancel_and_add"])
def test_s83_a_mover_is_one_minus_and_one_plus_on_one_day_in_arrears_too(build: Build, method: str) -> None:
    """The old line may only fall with December, so the new one rises with December as well: never billed on both."""
    team = crowd(4)

    def staff(moved: bool) -> list[Entry]:
        groups = [("M365 E3",), ("M365 E3",) if moved else ("Frontline",), ("Frontline",), ("Frontline",)]
        return [but(one, groups=group) for one, group in zip(team, groups, strict=True)]

    rules = profile("Managed user", groups=[E3], method=f'"{method}"')
    rules += profile("Frontline user", "MS-FRONTLINE", [FRONTLINE], method=f'"{method}"')
    world = build(staff(moved=False), WIDE, rules, agreements=[arrears()],
                  additions=[line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 3, price=15)])  # fmt: skip
    world.on(november(2))
    world.sync()
    world.people(*staff(moved=True))
    world.on(november(12))
    ran = world.sync()
    pending = [ran.billing(name)["pending"] for name in ("Managed user", "Frontline user")]
    assert ([one["quantity"] for one in pending], {one["on"] for one in pending}) == (["2", "2"], {"2026-12-01"})
    assert quantities(world) == [1, 3]
    world.settled()
    world.on(date(2026, 12, 1))
    assert [one["quantity"] for one in world.invoice()["lines"]] == [1, 3]
    ran = world.sync()
    found = [ran.billing(name) for name in ("Managed user", "Frontline user")]
    assert [(one["quantity_after"], one["effective"]) for one in found] == [("2", "2026-12-01"), ("2", "2026-12-01")]
    world.settled()


FINANCE = {
    "unitCost": 11.5, "taxableFlag": True, "invoiceDescription": "As agreed", "description": "Users, 2nd floor",
    "serialNumber": "S-1", "lessIncluded": 1.0, "billCustomer": "Billable", "prorateCurrentPeriodFlag": True,
}  # fmt: skip


def test_s81_cancel_and_add_copies_every_field_that_is_not_ours(build: Build) -> None:
    """Price, cost, tax, texts, included units: the new line is finance's own, with another quantity. What
    the PSA works out itself is not sent, for it may be refused."""
    world = build(crowd(3), WIDE, profile("Managed user", method='"cancel_and_add"'),
                  agreements=[agreement(nextInvoiceDate="2026-12-01")],
                  additions=[line(3301, "MS-USER", 2, price=39.99, **FINANCE)])  # fmt: skip
    world.sandbox.control("POST", "switches", {"computed_fields": "refuse"})
    world.on(november(9))
    assert world.sync().changes == [("line.cancel", "Managed user"), ("line.add", "Managed user")]
    old, new = world.lines()
    assert (old["quantity"], old["cancelledDate"][:10]) == (2, "2026-11-30")
    assert (new["quantity"], new["effectiveDate"][:10], new.get("cancelledDate")) == (3, "2026-12-01", None)
    assert {key: new[key] for key in FINANCE} == FINANCE
    assert (new["unitPrice"], new["product"]["identifier"]) == (39.99, "MS-USER")
    world.settled()
    world.people(*crowd(4))
    world.sync()
    assert quantities(world) == [2, 4]
    world.settled()


@pytest.mark.parametrize("effect", ["drop", "drop-after", "500", "500-after", "400-text"])
@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_s88_a_crash_between_cancel_and_add_ends_with_exactly_one_right_line(
    build: Build, method: str, effect: str
) -> None:
    """Whichever of the two writes goes wrong, and however: after another run one line ends and one follows it."""
    world = build(crowd(3), WIDE, profile("Managed user", method='"cancel_and_add"'),
                  agreements=[ahead()], additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.on(november(9))
    world.fault(effect, method=method, path="*/additions*", times=1)
    world.sync()
    world.sandbox.control("DELETE", "faults")
    world.on(november(10))
    world.sync()
    found = [(row["quantity"], row["effectiveDate"][:10], str(row.get("cancelledDate"))[:10]) for row in world.lines()]
    assert found == [(2, "2025-01-01", "2026-11-30"), (3, "2026-12-01", "None")]
    world.settled()


def test_s88_a_line_that_was_ended_without_its_successor_gets_it_with_the_count_of_the_day(build: Build) -> None:
    """The second write was lost, and somebody joined before the next run: the successor has the later count."""
    world = build(crowd(3), WIDE, profile("Managed user", method='"cancel_and_add"'),
                  agreements=[ahead()], additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.on(november(9))
    world.fault("400-text", method="POST", path="*/additions", times=1)
    assert world.sync().code == 3
    assert quantities(world) == [2]
    world.people(*crowd(4))
    world.on(november(11))
    world.sync()
    assert [(row["quantity"], row["effectiveDate"][:10]) for row in world.lines()][1:] == [(4, "2026-12-01")]
    world.settled()


def test_s91_a_saved_replacement_is_applied_whole_or_not_at_all(build: Build) -> None:
    """The count moves after the plan was saved: neither the end of the old line nor the new one is written."""
    world = build(crowd(3), WIDE, profile("Managed user", method='"cancel_and_add"'), agreements=[ahead()],
                  additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.on(november(9))
    saved = str(world.folder / "plan.json")
    world.run("plan", "harbor", "--save", saved)
    world.people(*crowd(4))
    ran = world.run("apply", saved)
    assert (ran.code, quantities(world)) == (3, [2])
    assert "another change of its line has moved" in " ".join(ran.out.split())
    assert world.lines()[0].get("cancelledDate") is None
    world.people(*crowd(3))
    assert (world.run("apply", saved).code, quantities(world)) == (0, [2, 3])
    world.settled()


def test_s63_a_line_that_finance_ended_gets_a_successor_only_where_configured(build: Build) -> None:
    """Its own price, from the day after its last one; without create_line it is held."""
    lines = [line(3301, "MS-USER", 2, price=35, cancelledDate="2026-11-30")]
    world = build(crowd(3), WIDE, profile("Managed user"), agreements=[agreement(nextInvoiceDate="2026-12-01")],
                  additions=lines)  # fmt: skip
    world.on(november(9))
    told = world.sync()
    assert (told.held, "line 3301 ends on 2026-11-30" in told.why) == ([("billing", "Managed user")], True)
    world.settled(held=True)
    world.rules(WIDE, profile("Managed user", create_line="true"))
    assert world.sync().changes == [("line.add", "Managed user")]
    old, new = world.lines()
    assert (old["quantity"], new["quantity"], new["unitPrice"], new["effectiveDate"][:10]) == (2, 3, 35, "2026-12-01")
    world.settled()


def test_s80_a_pending_decrease_that_somebody_makes_by_hand_is_no_drift(build: Build) -> None:
    """Theirs is what is counted now: nothing is written over it in this period, and the next one agrees."""
    team = crowd(5)
    world = build(team, WIDE, profile("Managed user"), agreements=[arrears()], additions=[line(3301, "MS-USER", 5)])
    world.on(november(2))
    world.sync()
    world.on(november(16))
    world.people(*left(team, 3))
    assert world.sync().billing("Managed user")["pending"]["quantity"] == "3"
    world.edit("/finance/agreements/77/additions/3301", quantity=3)
    world.on(november(17))
    found = world.sync().billing("Managed user")
    assert (found["pending"], quantities(world)) == (None, [3])
    world.settled()
    world.on(date(2026, 12, 1))
    world.invoice()
    world.settled()
    assert quantities(world) == [3]


def test_s80_drift_that_is_accepted_is_kept_while_the_count_moves(build: Build) -> None:
    """Two more by hand become an offset: five people are billed as seven, six as eight; the report says so."""
    world = build(crowd(5), WIDE, profile("Managed user"), additions=[line(3301, "MS-USER", 5)])
    world.sync()
    world.edit("/finance/agreements/77/additions/3301", quantity=7)
    assert world.sync().held == [("drift", "Managed user")]
    world.rules(WIDE, profile("Managed user", on_drift='"accept"'))
    ran = world.sync()
    assert (ran.code, quantities(world), ran.billing("Managed user")["accepted"]) == (0, [7], "2")
    assert "set by hand and accepted" in " ".join(ran.billing("Managed user")["notes"])
    world.settled()
    world.people(*crowd(6))
    world.sync()
    assert quantities(world) == [8]
    world.rules(WIDE, profile("Managed user", offset=2))
    assert (world.sync().code, quantities(world)) == (0, [8])
    world.settled()
