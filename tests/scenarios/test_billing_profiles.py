"""Who is on which line, and which line that is: attributes, OUs, aliases, markers, units, trees, currencies."""

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import BASE, but, crowd, person
from tests.scenarios.records import agreement, line, profile

ANNA, BEN, CARL, DORA = (person(name) for name in ("Anna Adler", "Ben Berg", "Carl Cole", "Dora Dahl"))
WIDE = "[guard]\nquantity_percent = 1000\n"
FRONTLINE = line(3302, "MS-FRONTLINE", 1, price=15)


def test_s41_three_spellings_of_a_department_are_one_line_and_an_unknown_one_is_listed(build: Build) -> None:
    """value_aliases say what is meant; whoever has another value is on no line, and the value is told."""
    people = [but(who, department=spelling) for who, spelling in
              ((ANNA, "Surgery"), (BEN, "SURG."), (CARL, "Chirurgie"), (DORA, "Surgeyr"))]  # fmt: skip
    rules = '[people]\nvalue_aliases = { Department = { "Surg." = "Surgery", chirurgie = "Surgery" } }\n'
    rules += profile("Surgeons", where='{ department = ["surgery"] }')
    world = build(people, WIDE, rules, additions=[line(3301, "MS-USER", 2)])
    ran = world.sync()
    assert (ran.counted("Surgeons"), world.quantity(3301)) == (["aadler", "bberg", "ccole"], 3)
    assert 'department is "Surgeyr" for ddahl, and no billing profile knows it' in ran.warnings
    assert ran.refused["ddahl"][0] == "billing"
    assert "department = Surgery" in {one["rule"] for one in ran.billing("Surgeons")["people"]}
    world.settled()


def test_a_profile_takes_people_below_its_ous_who_fit_every_other_part(build: Build) -> None:
    """Place and attribute together: only who fits both is on the line."""
    people = [but(ANNA, ou="Nurses", employeeType="Staff"), but(BEN, ou="Nurses", employeeType="Temp"),
              but(CARL, employeeType="Staff")]  # fmt: skip
    rules = profile("Nurse", ous=f'["OU=Nurses,{BASE}"]', where='{ employeeType = ["staff"] }')
    world = build(people, WIDE, rules, additions=[line(3301, "MS-USER", 2)])
    ran = world.sync()
    assert (ran.counted("Nurse"), sorted(ran.refused), world.quantity(3301)) == (["aadler"], ["bberg", "ccole"], 1)
    world.settled()


def test_s31_a_kiosk_goes_to_its_own_line_for_its_units(build: Build) -> None:
    """The desk that three people share is three units of the cheaper product, and nobody's on the other."""
    kiosk = person("Front Desk", "kiosk-1", ou="Kiosks")
    rules = '[people]\nunits = { "kiosk-*" = 3 }\n'
    rules += profile("Kiosk", "MS-FRONTLINE", ous=f'["OU=Kiosks,{BASE}"]') + profile("Managed user")
    world = build([ANNA, BEN, kiosk], WIDE, rules, additions=[line(3301, "MS-USER", 1), FRONTLINE])
    ran = world.sync()
    assert (ran.counted("Kiosk"), ran.counted("Managed user")) == (["kiosk-1"], ["aadler", "bberg"])
    assert (world.quantity(3302), world.quantity(3301)) == (3, 2)
    world.settled()


@pytest.mark.parametrize("method", ["in_place", "cancel_and_add"])
def test_s62_a_marker_text_tells_the_line_from_others_of_its_product(build: Build, method: str) -> None:
    """In the description or the invoice description, in any letter case; a line that takes the place carries it on."""
    lines = [line(3301, "MS-USER", 7), line(3302, "MS-USER", 1, invoiceDescription="Users [per head] as agreed")]
    rules = profile("Managed user", marker='"[PER HEAD]"', method=f'"{method}"')
    world = build(crowd(2), WIDE, rules, additions=lines)
    world.sync()
    marked = [row["quantity"] for row in world.lines() if "per head" in str(row.get("invoiceDescription"))]
    assert (world.quantity(3301), marked[-1]) == (7, 2)
    world.settled()
    world.people(*crowd(3))
    world.sync()
    marked = [row["quantity"] for row in world.lines() if "per head" in str(row.get("invoiceDescription"))]
    assert (world.quantity(3301), marked[-1]) == (7, 3)
    world.settled()


def test_s66_included_units_are_written_where_the_profile_names_them_and_cost_nothing(build: Build) -> None:
    """Six people, five of them included: the line has 6 and lessIncluded 5, and one unit is charged."""
    world = build(crowd(6), WIDE, profile("Managed user", included=5), additions=[line(3301, "MS-USER", 5)])
    found = world.sync().billing("Managed user")
    assert (found["billed"], found["included"], found["monthly_change"]) == (6, "5", "40.00")
    assert (world.line(3301)["quantity"], world.line(3301)["lessIncluded"]) == (6, 5)
    world.settled()


def test_s66_included_units_of_finance_stay_and_count_in_the_money(build: Build) -> None:
    """Without the key lessIncluded is finance's: four included, three become five, so one unit is charged."""
    world = build(crowd(5), WIDE, profile("Managed user"), additions=[line(3301, "MS-USER", 3, lessIncluded=4)])
    assert world.sync().billing("Managed user")["monthly_change"] == "40.00"
    assert (world.line(3301)["quantity"], world.line(3301)["lessIncluded"]) == (5, 4)
    world.settled()


def test_profiles_of_all_clients_stand_in_the_defaults(build: Build) -> None:
    """[[defaults.billing]] bills a client whose own file names no profile, on several agreements."""
    lines = [line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 1, price=15, agreementId=78)]
    agreements = [agreement(), agreement(78, "Backup", type="Backup Agreement")]
    world = build(crowd(2), WIDE, agreements=agreements, additions=lines)
    path = world.folder / "connector.toml"
    profiles = profile("Managed user") + profile("Backup", "MS-FRONTLINE", agreement='{ type = "Backup Agreement" }',
                                                 exclusive="false")  # fmt: skip
    path.write_text(path.read_text(encoding="utf-8") + profiles.replace("[[billing]]", "[[defaults.billing]]"),
                    encoding="utf-8")  # fmt: skip
    assert world.sync().code == 0
    assert (world.quantity(3301), world.quantity(3302)) == (2, 2)
    world.settled()


def test_s75_of_a_parent_and_its_child_the_one_that_carries_the_line_is_meant(build: Build) -> None:
    """Both are of the type; the line lives on the child. With one on each, people would be billed twice: held."""
    agreements = [agreement(70, "Master"), agreement(77, "Users", parentAgreement={"id": 70})]
    world = build(crowd(2), WIDE, profile("Managed user"), agreements=agreements, additions=[line(3301, "MS-USER", 1)])
    world.sync()
    assert world.quantity(3301) == 2
    world.settled()
    world.call(
        "POST",
        "/finance/agreements/70/additions",
        {"product": {"id": 55}, "billCustomer": "Billable", "quantity": 2, "effectiveDate": "2025-01-01T00:00:00Z"},
    )
    told = world.sync()
    assert (told.code, "has a line on several agreements of one tree" in told.why) == (3, True)


def test_s75_nobody_is_counted_twice_for_one_product_across_a_tree(build: Build) -> None:
    """Two profiles that are not exclusive, one on the parent and one on the child: both are held, with a name."""
    agreements = [agreement(70, "Master"), agreement(77, "Users", parentAgreement={"id": 70})]
    rules = "".join(profile(name, agreement=f"{{ id = {number} }}", exclusive="false")
                    for name, number in (("Head office", 70), ("Branch", 77)))  # fmt: skip
    lines = [line(3301, "MS-USER", 1), line(3302, "MS-USER", 1, agreementId=70)]
    world = build(crowd(2), WIDE, rules, agreements=agreements, additions=lines)
    told = world.sync()
    assert [kind for kind, _ in told.held] == ["billing", "billing"]
    assert "and 1 more would be billed for MS-USER here and on Branch as well" in told.why
    assert (world.quantity(3301), world.quantity(3302)) == (1, 1)
    world.settled(held=True)


def test_s85_a_currency_that_differs_is_refused_at_check_time(build: Build) -> None:
    """The sums of a client cannot be in two currencies: check says so and nothing is written."""
    agreements = [agreement(currency={"name": "US Dollar"}), agreement(78, "Backup", currency={"name": "Euro"})]
    rules = "".join(profile(name, product, agreement=f"{{ id = {number} }}", exclusive="false")
                    for name, product, number in (("User", "MS-USER", 77), ("Backup", "MS-FRONTLINE", 78)))  # fmt: skip
    lines = [line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 1, price=15, agreementId=78)]
    world = build(crowd(2), WIDE, rules, agreements=agreements, additions=lines)
    ran = world.run("check")
    assert (ran.code, "different currencies: US Dollar, Euro" in " ".join(ran.out.split())) == (1, True)
    assert world.sync().held == [("billing", "User"), ("billing", "Backup")]
    world.settled(held=True)


@pytest.mark.parametrize(
    ("what", "child", "parent", "words"),
    [
        ("billingCycle", "Monthly", "Quarterly", "has the billing cycle Monthly, and its parent Master"),
        ("currency", "Euro", "US Dollar", "has the currency Euro, and its parent Master"),
    ],
)
def test_s85_a_child_that_is_billed_unlike_its_parent_is_refused_at_check_time(
    build: Build, what: str, child: str, parent: str, words: str
) -> None:
    """A tree is invoiced together, so one cycle and one currency."""
    agreements = [agreement(70, "Master", type="Master", **{what: {"name": parent}}),
                  agreement(77, "Users", parentAgreement={"id": 70}, **{what: {"name": child}})]  # fmt: skip
    world = build(crowd(2), WIDE, profile("Managed user"), agreements=agreements, additions=[line(3301, "MS-USER", 1)])
    ran = world.run("check")
    assert (ran.code, words in " ".join(ran.out.split())) == (1, True)
    assert world.sync().held == [("billing", "Managed user")]
    world.settled(held=True)
