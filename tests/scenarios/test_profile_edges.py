"""Profiles at their edges: several agreements, texts that tell lines apart, included units, renewals, trees."""

from datetime import date

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import BASE, but, crowd, person
from tests.scenarios.records import agreement, line, profile

ANNA, BEN, CARL = (person(name) for name in ("Anna Adler", "Ben Berg", "Carl Cole"))
WIDE = "[guard]\nquantity_percent = 1000\nmoney_per_month = 100000\ndrop_percent = 100\ninactivate_percent = 100\n"


def test_s39_s40_exclusive_profiles_on_two_agreements_share_nobody_and_the_rest_is_listed(build: Build) -> None:
    """Nurses on one agreement, the department on another, and who fits neither is unclassified."""
    people = [but(ANNA, ou="Nurses", department="Lab"), but(BEN, department="Lab 3"), but(CARL, department="")]
    rules = profile("Nurses", ous=f'["OU=Nurses,{BASE}"]')
    rules += profile("Lab", "MS-FRONTLINE", where='{ Department = ["lab*"] }', agreement='{ type = "Lab Agreement" }')
    lines = [line(3301, "MS-USER", 5), line(3302, "MS-FRONTLINE", 5, price=15, agreementId=78)]
    world = build(people, WIDE, rules, agreements=[agreement(), agreement(78, "Lab", type="Lab Agreement")],
                  additions=lines)  # fmt: skip
    ran = world.sync()
    assert (ran.counted("Nurses"), ran.counted("Lab")) == (["aadler"], ["bberg"])
    assert ran.refused == {"ccole": ("billing", "in no billing profile: unclassified")}
    assert (world.quantity(3301), world.quantity(3302)) == (1, 1)
    world.settled()


def test_s41_a_new_spelling_takes_a_person_off_the_line_and_says_so_and_an_alias_brings_them_back(
    build: Build,
) -> None:
    """Two on the line, one is retyped: unclassified and told. The alias makes them two again."""
    where = {"where": '{ department = ["Surgery"] }', "decrease": '"now"'}
    world = build([but(ANNA, department="Surgery"), but(BEN, department="Surgery")], WIDE, profile("Surgeons", **where),
                  additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.sync()
    world.people(but(ANNA, department="Surgery"), but(BEN, department="OR"))
    told = world.sync()
    assert (told.refused["bberg"][0], world.quantity(3301)) == ("billing", 1)
    assert 'department is "OR" for bberg' in told.warnings
    world.settled()
    world.rules(WIDE, '[people]\nvalue_aliases = { department = { "or" = "surgery" } }', profile("Surgeons", **where))
    told = world.sync()
    assert (told.code, "the rules have changed since the last run (people.value_aliases)" in told.why) == (3, True)
    assert world.quantity(3301) == 1
    assert world.sync("--adopt-only").code == 0
    told = world.sync()
    assert (told.counted("Surgeons"), world.quantity(3301), "department is" in told.warnings) == (
        ["aadler", "bberg"], 2, False,
    )  # fmt: skip
    world.settled()


def test_no_profile_of_the_client_means_that_nothing_is_billed(build: Build) -> None:
    """``billing = []`` in its file sets those of the defaults aside."""
    world = build(crowd(2), WIDE, additions=[line(3301, "MS-USER", 1)])
    path = world.folder / "connector.toml"
    defaults = profile("Managed user").replace("[[billing]]", "[[defaults.billing]]")
    path.write_text(path.read_text(encoding="utf-8") + defaults, encoding="utf-8")
    client = world.folder / "clients" / "harbor.toml"
    client.write_text("billing = []\n" + client.read_text(encoding="utf-8"), encoding="utf-8")
    ran = world.sync()
    assert (ran.code, ran.plan["billing"], world.quantity(3301)) == (0, [], 1)
    world.settled()


def test_s62_a_marker_in_the_description_goes_on_to_the_line_that_takes_the_place(build: Build) -> None:
    """In arrears and prorated: the old line ends yesterday, and next month the new one is found by the same text."""
    lines = [line(3301, "MS-USER", 7, description="Flat"), line(3302, "MS-USER", 1, description="Users (per head)")]
    world = build([ANNA], WIDE, profile("Managed user", marker='"per head"', method='"cancel_and_add"'),
                  agreements=[agreement(periodType="Current", prorateFlag=True, nextInvoiceDate="2026-12-01")],
                  additions=lines)  # fmt: skip
    world.on(date(2026, 11, 10))
    world.sync()
    world.people(ANNA, BEN)
    world.on(date(2026, 11, 16))
    world.sync()
    old, new = world.line(3302), world.lines()[-1]
    assert (old["quantity"], old["cancelledDate"][:10]) == (1, "2026-11-15")
    assert (new["quantity"], new["effectiveDate"][:10], new["description"]) == (2, "2026-11-16", "Users (per head)")
    world.settled()
    world.people(ANNA, BEN, CARL)
    world.on(date(2026, 11, 20))
    world.sync()
    assert [row["quantity"] for row in world.lines()] == [7, 1, 2, 3]
    world.settled()


def test_s62_a_name_on_the_invoice_does_not_make_a_line_that_of_a_marker(build: Build) -> None:
    """Austin Powers is billed in Boston: his name on that line is not the marker of the other."""
    powers, joiner = person("Austin Powers", ou="Boston"), person("Dora Dahl", ou="Austin")
    rules = "".join(profile(name, marker=f'"{name}"', ous=f'["OU={name},{BASE}"]', names_on_invoice="true")
                    for name in ("Boston", "Austin"))  # fmt: skip
    lines = [line(3301, "MS-USER", 1, invoiceDescription="Boston"),
             line(3302, "MS-USER", 1, invoiceDescription="Austin")]  # fmt: skip
    world = build([powers, but(BEN, ou="Austin")], WIDE, rules, additions=lines)
    world.sync()
    assert world.line(3301)["invoiceDescription"] == "Boston [Users (1): Austin Powers]"
    world.settled()
    world.people(powers, but(BEN, ou="Austin"), joiner)
    assert world.sync().code == 0
    assert world.line(3302)["invoiceDescription"] == "Austin [Users (2): Ben Berg; Dora Dahl]"
    assert (world.quantity(3301), world.quantity(3302)) == (1, 2)
    world.settled()


def test_s66_included_units_of_a_profile_are_one_write_of_one_field(build: Build) -> None:
    """The quantity is right already; what finance sets afterwards is set back, and with the key gone it stays."""
    world = build(crowd(6), WIDE, profile("Managed user", included=5), additions=[line(3301, "MS-USER", 6)])
    world.sync()
    bodies = [one["body"] for one in world.sandbox.requests()["requests"] if one["method"] == "PATCH"]
    assert bodies == [[{"op": "replace", "path": "lessIncluded", "value": 5}]]
    world.settled()
    world.edit("/finance/agreements/77/additions/3301", lessIncluded=2)
    world.sync()
    assert world.line(3301)["lessIncluded"] == 5
    world.edit("/finance/agreements/77/additions/3301", lessIncluded=2)
    world.rules(WIDE, profile("Managed user"))
    world.sync()
    assert (world.line(3301)["lessIncluded"], world.quantity(3301)) == (2, 6)
    world.settled()


@pytest.mark.parametrize("more", [{}, {"names_on_invoice": "true"}])
def test_s66_a_new_line_has_the_included_units_of_the_profile(build: Build, more: dict[str, str]) -> None:
    """Six people, five of them included: 40.00 a month at the catalogue's price."""
    world = build(crowd(6), WIDE, profile("Managed user", included=5, create_line="true", **more))
    assert world.sync().billing("Managed user")["monthly_change"] == "40.00"
    (added,) = world.lines()
    assert (added["quantity"], added["lessIncluded"]) == (6, 5)
    world.settled()


def test_s76_the_agreement_that_takes_the_place_of_an_expired_one_is_billed_from_its_first_run_on(
    build: Build,
) -> None:
    """By the type: what was written to the old line is not held against the new one, and the old one stays."""
    agreements = [agreement(contact={"id": 101}),
                  agreement(78, "Managed Users 2027", agreementStatus="Inactive", contact={"id": 101})]  # fmt: skip
    lines = [line(3301, "MS-USER", 1), line(3401, "MS-USER", 1, agreementId=78)]
    world = build(crowd(2), WIDE, profile("Managed user"), agreements=agreements, additions=lines)
    world.sync()
    assert (world.quantity(3301), world.quantity(3401)) == (2, 1)
    world.edit("/finance/agreements/77", agreementStatus="Expired")
    world.edit("/finance/agreements/78", agreementStatus="Active")
    world.people(*crowd(3))
    ran = world.sync()
    assert (ran.code, ran.billing("Managed user")["agreement_id"]) == (0, 78)
    assert (world.quantity(3301), world.quantity(3401)) == (2, 3)
    world.settled()


def test_s76_an_expired_agreement_without_a_successor_is_held(build: Build) -> None:
    """It was billed yesterday; today its state is the reason, and its line stays."""
    world = build(crowd(2), WIDE, profile("Managed user"), agreements=[agreement(contact={"id": 101})],
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    world.sync()
    world.edit("/finance/agreements/77", agreementStatus="Expired")
    world.people(*crowd(3))
    told = world.sync()
    assert (told.code, "Managed Users (agreement 77) is expired" in told.why) == (3, True)
    assert world.quantity(3301) == 2
    world.settled(held=True)


def test_s75_nobody_left_on_the_line_of_a_child_ends_it_and_asks_nothing_afterwards(build: Build) -> None:
    """Parent and child are both of the type: the ended line still tells which of them is meant."""
    agreements = [agreement(70, "Master", nextInvoiceDate="2026-12-01"),
                  agreement(77, "Users", parentAgreement={"id": 70}, nextInvoiceDate="2026-12-01")]  # fmt: skip
    rules = profile("Temps", ous=f'["OU=Temps,{BASE}"]', at_zero='"cancel"')
    world = build([but(ANNA, ou="Temps"), BEN], WIDE, rules, agreements=agreements,
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    world.on(date(2026, 11, 10))
    world.sync()
    world.people(ANNA, BEN)
    world.on(date(2026, 11, 16))
    assert world.sync().changes == [("line.cancel", "Temps")]
    assert world.line(3301)["cancelledDate"][:10] == "2026-11-30"
    world.settled()
    world.on(date(2026, 12, 2))
    assert world.sync().code == 0
    world.settled()


def test_s75_a_line_of_a_child_that_finance_ended_is_named_and_replaced_where_configured(build: Build) -> None:
    """Not two agreements that fit, but the line that ended; its successor is made on the child."""
    agreements = [agreement(70, "Master"), agreement(77, "Users", parentAgreement={"id": 70})]
    world = build(crowd(2), WIDE, profile("Managed user"), agreements=agreements,
                  additions=[line(3301, "MS-USER", 2, price=39, cancelledDate="2025-06-30T00:00:00Z")])  # fmt: skip
    assert "line 3301 ended on 2025-06-30" in world.sync().why
    world.settled(held=True)
    world.rules(WIDE, profile("Managed user", create_line="true"))
    assert world.sync().changes == [("line.add", "Managed user")]
    assert [(row["quantity"], row["unitPrice"]) for row in world.lines()] == [(2, 39), (2, 39)]
    assert world.lines(70) == []
    world.settled()


def test_s85_lines_in_one_currency_that_is_spelt_twice_are_billed(build: Build) -> None:
    """Letter case is no other currency, for check as for a run."""
    agreements = [agreement(currency={"name": "US Dollar"}), agreement(78, "Backup", currency={"name": "US DOLLAR"})]
    rules = "".join(profile(name, product, agreement=f"{{ id = {number} }}", exclusive="false")
                    for name, product, number in (("User", "MS-USER", 77), ("Backup", "MS-FRONTLINE", 78)))  # fmt: skip
    lines = [line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 1, price=15, agreementId=78)]
    world = build(crowd(2), WIDE, rules, agreements=agreements, additions=lines)
    ran = world.run("check")
    assert (ran.code, "different currencies" in " ".join(ran.out.split())) == (0, False)
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (2, 2)
    world.settled()


@pytest.mark.parametrize("cycle", ["Every two months", "Semi-monthly"])
def test_s78_a_cycle_of_unknown_length_is_held_where_dates_depend_on_it(build: Build, cycle: str) -> None:
    """In arrears the open period begins one cycle before the next invoice: not taken for a month."""
    world = build(crowd(2), WIDE, profile("Managed user"), additions=[line(3301, "MS-USER", 1)],
                  agreements=[agreement(periodType="Current", billingCycle={"name": cycle})])  # fmt: skip
    told = world.sync()
    assert (told.code, f'the length of the billing cycle "{cycle}" is not known' in told.why) == (3, True)
    assert world.quantity(3301) == 1
    world.settled(held=True)
