"""Writing contacts: who is kept, which fields are ours, and what the PSA refuses."""

from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, person
from tests.scenarios.records import HARBOR, agreement, contact, line, profile
from tests.scenarios.world import World

ANNA, BEN, CARLA = person("Anna Adler"), person("Ben Berg"), person("Carla Castillo")
GONE = but(ANNA, enabled=False)


def company(**more: object) -> list[dict[str, Any]]:
    """The client's company."""
    return [{"id": HARBOR, "identifier": "HarborDental", "name": "Harbor Dental", **more}]


def held_leaver(world: World) -> str:
    """Anna leaves, her contact is protected and stays; the reason."""
    world.people(GONE, BEN)
    told = world.sync()
    assert (told.code, told.held) == (3, [("protected", "Anna Adler (aadler)")])
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled(held=True)
    return told.why


def test_s51_leaver_who_is_the_companys_default_contact_is_held(build: Build) -> None:
    """A company is never left without one."""
    world = build([ANNA, BEN], companies=company(defaultContact={"id": 101}), agreements=[])
    assert "is the company's default contact" in held_leaver(world)


def test_s51_a_configured_replacement_takes_over_before_the_leaver_goes(build: Build) -> None:
    """One patch makes it the default, a second inactivates the leaver."""
    world = build([ANNA, BEN], "[contacts]\ndefault_contact = 102", companies=company(defaultContact={"id": 101}),
                  agreements=[])  # fmt: skip
    world.people(GONE, BEN)
    told = world.sync()
    assert [kind for kind, _ in told.changes] == ["contact.update", "contact.inactivate"]
    assert (world.contact(102)["defaultFlag"], world.contact(101)["defaultFlag"]) == (True, False)
    assert world.inactive() == ["Anna Adler"]
    world.settled()


@pytest.mark.parametrize("who", [101, 103, 999], ids=["the leaver", "another leaver", "nobody"])
def test_s51_a_replacement_that_cannot_take_over_releases_nobody(build: Build, who: int) -> None:
    """It must be an active contact of the company that stays."""
    world = build([ANNA, BEN, CARLA], f"[contacts]\ndefault_contact = {who}\n[guard]\ninactivate_percent = 100",
                  companies=company(defaultContact={"id": 101}), agreements=[])  # fmt: skip
    world.people(GONE, BEN, but(CARLA, enabled=False))
    assert world.sync().held == [("protected", "Anna Adler (aadler)")]
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled(held=True)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ({"contacts": [contact(101, "Anna Adler", defaultBillingFlag=True), contact(102, "Ben Berg")]},
         "is the company's billing contact (a finance matter)"),
        ({"companies": company(billingContact={"id": 101})}, "is the company's billing contact (a finance matter)"),
        ({"agreements": [agreement(contact={"id": 102}, billToContact={"id": 101})]},
         "gets the invoices of Managed Users (a finance matter)"),
    ],
    ids=["flag", "company", "bill to"],
)  # fmt: skip
def test_s52_leaver_who_gets_the_invoices_is_held_as_a_finance_matter(
    build: Build, records: dict[str, Any], words: str
) -> None:
    """Of the company or of an agreement; a replacement for the default contact does not release it."""
    assert words in held_leaver(build([ANNA, BEN], "[contacts]\ndefault_contact = 102", **records))


def test_s54_leaver_who_is_an_agreements_contact_is_held(build: Build) -> None:
    """Until another contact is named on the agreement."""
    world = build([ANNA, BEN], agreements=[agreement(contact={"id": 101})])
    assert "is the contact of agreement Managed Users" in held_leaver(world)


def test_s51_leaver_goes_once_the_company_has_another_default_contact(build: Build) -> None:
    """Naming a replacement in the PSA releases the leaver."""
    world = build([ANNA, BEN], companies=company(defaultContact={"id": 101}), agreements=[])
    world.people(GONE, BEN)
    assert world.sync().code == 3
    world.edit("/company/contacts/102", defaultFlag=True)
    assert world.sync().changes == [("contact.inactivate", "aadler")]
    assert world.inactive() == ["Anna Adler"]
    world.settled()


TICKETS = [
    {"id": number, "summary": summary, "company": {"id": HARBOR}, "contact": {"id": 101}, "closedFlag": closed}
    for number, summary, closed in ((9001, "Printer", False), (9002, "Old", True))
]


def test_s53_leaver_with_open_tickets_or_portal_access_goes_and_what_is_open_is_listed(build: Build) -> None:
    """Closed tickets are not; nothing is asked about people who stay."""
    world = build([ANNA, BEN], tickets=TICKETS, contacts=[contact(101, "Anna Adler", disablePortalLoginFlag=False),
                                                          contact(102, "Ben Berg")])  # fmt: skip
    world.people(GONE, BEN)
    told = world.sync()
    assert "leaves with an open ticket (#9001 Printer), access to the customer portal" in told.warnings
    assert "#9002" not in told.warnings
    assert world.inactive() == ["Anna Adler"]
    world.settled()


def test_s53_what_else_refers_to_a_leavers_contact_is_listed_and_holds_nothing(build: Build) -> None:
    """Also where open tickets would hold it."""
    closed = {"summary": "Old", "company": {"id": HARBOR}, "contact": {"id": 101}, "closedFlag": True}
    boss = contact(102, "Ben Berg", managerContact={"id": 101})
    world = build([ANNA, BEN], '[contacts]\nopen_items = "hold"', tickets=[closed],
                  contacts=[contact(101, "Anna Adler"), boss])  # fmt: skip
    world.people(GONE, BEN)
    told = world.sync()
    assert "Anna Adler (aadler) leaves with further uses (1 contact)." in told.warnings
    assert world.inactive() == ["Anna Adler"]
    world.settled()


def test_s53_leaver_with_open_tickets_is_held_where_the_policy_says_so(build: Build) -> None:
    """Closing the ticket releases the contact."""
    world = build([ANNA, BEN], '[contacts]\nopen_items = "hold"', tickets=TICKETS)
    assert "but the contact has an open ticket (#9001 Printer)" in held_leaver(world)
    world.edit("/service/tickets/9001", closedFlag=True)
    assert world.sync().changes == [("contact.inactivate", "aadler")]
    world.settled()


def test_s55_protected_type_is_never_changed(build: Build) -> None:
    """Neither the fields of a person nor the activity of a leaver."""
    world = build([ANNA, BEN], contacts=[contact(101, "Anna Adler", types=["VIP"]),
                                         contact(102, "Ben Berg", types=["VIP"])])  # fmt: skip
    world.people(GONE, but(BEN, sn="Berger", title="Dentist"))
    told = world.sync()
    assert (told.changes, told.held) == ([], [("protected", "Anna Adler (aadler)")])
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled(held=True)


def test_s56_blank_in_the_directory_keeps_the_psas_value(build: Build) -> None:
    """Title and address stay although the directory has none."""
    world = build([ANNA], contacts=[contact(101, "Anna Adler", title="Dentist")])
    world.sync()
    world.people(but(ANNA, mail="", userPrincipalName=""))
    assert world.sync().changes == []
    assert (world.contact(101)["title"], world.mails(101)) == ("Dentist", [(ANNA.mail, True)])
    world.settled()


@pytest.mark.parametrize("mark", ["userDefinedField9", "custom:Keep as is"])
def test_s55_contact_with_the_keep_as_is_mark_is_never_changed(build: Build, mark: str) -> None:
    """A mark in a field of the contact protects like a type does; a mark that says no is none."""
    field = {"podId": 1, "podDescription": "contact_overview", "caption": "Keep as is", "fieldTypeIdentifier": "Text"}
    world = build([ANNA, BEN], f'[contacts]\nkeep_mark = "{mark}"', userDefinedFields=[field])
    for number, value in ((101, "yes"), (102, "no")):
        at = world.contact(number)["customFields"][0]["id"]
        custom = mark.startswith("custom")
        world.edit(
            f"/company/contacts/{number}",
            **({"customFields": [{"id": at, "value": value}]} if custom else {mark: value}),
        )
    world.people(GONE, but(BEN, sn="Berger"))
    told = world.sync()
    assert (told.changes, told.held) == ([("contact.update", "bberg")], [("protected", "Anna Adler (aadler)")])
    assert world.active() == ["Anna Adler", "Ben Berger"]
    world.settled(held=True)


def test_s56_a_blank_erases_where_the_rules_say_so_field_by_field(build: Build) -> None:
    """The title goes; the mobile number, not named, stays."""
    full = but(ANNA, title="Dentist", mobile="217 555 0199")
    world = build([full, but(BEN, title="Nurse")], '[contacts]\nerase = ["title", "phone"]')
    world.sync()
    world.people(but(ANNA, title="", mobile=""), but(BEN, title="Nurse"))
    assert world.sync().changes == [("contact.update", "aadler")]
    anna = world.contact(101)
    assert (anna.get("title"), [one["value"] for one in anna["communicationItems"]]) == (
        None,
        [ANNA.mail, "217 555 0199"],
    )
    world.settled()


def test_s56_nothing_is_erased_where_nobody_has_a_value(build: Build) -> None:
    """Then the attribute was not read: the report says so, and a whole company keeps its titles."""
    world = build([but(ANNA, title="Dentist"), but(BEN, title="Nurse")], '[contacts]\nerase = ["title"]')
    world.sync()
    world.people(ANNA, BEN)
    told = world.sync()
    assert (told.changes, [world.contact(number)["title"] for number in (101, 102)]) == ([], ["Dentist", "Nurse"])
    assert "nobody in this reading has one, so a blank erases nothing" in told.warnings
    world.settled()


def test_s57_each_field_has_an_owner(build: Build) -> None:
    """``directory`` overwrites a hand edit, ``fill`` keeps it but fills a blank, ``psa`` is never touched."""
    fields = '[contacts.fields]\ntitle = "directory"\ndepartment = "fill"\nlast_name = "psa"'
    one, two = (but(who, title="Dentist", department="Surgery", sn="Smith") for who in (ANNA, BEN))
    world = build([one, two], fields, departments=[{"name": "Surgery"}, {"name": "Front Desk"}],
                  contacts=[contact(101, "Anna Adler", title="Boss", department={"name": "Front Desk"}),
                            contact(102, "Ben Berg", title="Boss")])  # fmt: skip
    world.sync()
    anna, ben = world.contact(101), world.contact(102)
    assert [one["title"] for one in (anna, ben)] == ["Dentist", "Dentist"]
    assert [one["department"]["name"] for one in (anna, ben)] == ["Front Desk", "Surgery"]
    assert [one["lastName"] for one in (anna, ben)] == ["Adler", "Berg"]
    world.settled()


def test_s57_hand_edit_of_an_owned_field_is_set_back(build: Build) -> None:
    """The directory did not change, the contact did."""
    world = build([but(ANNA, title="Dentist")])
    world.sync()
    world.edit("/company/contacts/101", title="Queen")
    assert world.sync().changes == [("contact.update", "aadler")]
    assert world.contact(101)["title"] == "Dentist"
    world.settled()


def test_s58_office_sets_a_matching_site_or_leaves_a_note(build: Build) -> None:
    """A name or street of a site matches; an unknown office leaves the PSA's default and is told once."""
    sites = [{"id": 900, "name": "Main", "company": {"id": HARBOR}, "primaryAddressFlag": True},
             {"id": 901, "name": "North", "company": {"id": HARBOR}, "addressLine1": "2 Hill Road"}]  # fmt: skip
    people = [but(who, physicalDeliveryOfficeName=office)
              for who, office in ((ANNA, "north"), (BEN, "2 Hill Road"), (CARLA, "Moon base"))]  # fmt: skip
    world = build(people, sites=sites, contacts=[])
    told = world.sync()
    assert "'Moon base' of 1 person: no site of the company fits" in told.warnings
    sites_by_name = {row["firstName"]: row.get("site", {}).get("name") for row in world.sandbox.state()["contacts"]}
    assert sites_by_name == {"Anna": "North", "Ben": "North", "Carla": None}
    world.settled()


def test_s58_offices_have_other_names_and_a_default_site(build: Build) -> None:
    """Aliases lead to a site; whose office names none gets the configured site, unless the contact has one already."""
    sites = [
        {"id": 900, "name": "Main", "company": {"id": HARBOR}},
        {"id": 901, "name": "North", "company": {"id": HARBOR}},
    ]
    people = [but(who, physicalDeliveryOfficeName=office)
              for who, office in ((ANNA, "Hill"), (BEN, "Moon base"), (CARLA, "Moon base"))]  # fmt: skip
    records = [contact(101, "Anna Adler"), contact(102, "Ben Berg"), contact(103, "Carla Castillo", site={"id": 901})]
    world = build(people, '[contacts]\nsite_default = "Main"\nsite_aliases = { Hill = "North" }', sites=sites,
                  contacts=records)  # fmt: skip
    world.sync()
    assert [world.contact(number)["site"]["name"] for number in (101, 102, 103)] == ["North", "Main", "North"]
    world.settled()


def test_s59_contact_that_the_psa_refuses_fails_alone_with_its_words(build: Build) -> None:
    """The PSA checks a whole record on every change, old bad values too; the run goes on with the others."""
    keep = '[contacts.fields]\ntitle = "psa"'
    world = build([ANNA, BEN], keep, contacts=[contact(101, "Anna Alder", ANNA.mail, title="x" * 150),
                                               contact(102, "Ben Borg", BEN.mail)])  # fmt: skip
    told = world.sync()
    assert (told.code, told.held) == (3, [("stale", "Anna Adler (aadler)")])
    assert "maximum length of 100" in told.why
    assert world.active() == ["Anna Alder", "Ben Berg"]


def test_s60_inactive_company_gets_nothing(build: Build) -> None:
    """Nothing is created, and billing is held with the status."""
    world = build([ANNA, BEN], profile("Managed user"), contacts=[], additions=[line(3301, "MS-USER", 1)],
                  companies=company(status={"name": "Inactive"}))  # fmt: skip
    told = world.sync()
    assert (told.code, told.held) == (3, [("billing", "HarborDental")])
    assert "status Inactive" in told.why
    assert (world.active(), world.quantity(3301)) == ([], 1)
    world.settled(held=True)


def test_s60_company_with_an_excluded_status_gets_nothing(build: Build) -> None:
    """The status is active to the PSA, and the rules say that nothing is created or billed with it."""
    world = build([ANNA], profile("Managed user"), '[guard]\nexcluded_statuses = ["Credit Hold"]', contacts=[],
                  additions=[line(3301, "MS-USER", 0)], companies=company(status={"name": "Credit Hold"}))  # fmt: skip
    told = world.sync()
    assert (told.code, told.held) == (3, [("billing", "HarborDental")])
    assert "has an excluded status in the PSA (status Credit Hold)" in told.why
    assert (world.active(), world.quantity(3301)) == ([], 0)
    world.settled(held=True)


@pytest.mark.parametrize(
    ("directory", "psa", "extension"),
    [
        ("(217) 555-0142", "2175550142", ""),
        ("+1 217 555 0142", "217.555.0142", ""),
        ("217-555-0142 x21", "2175550142", "21"),
        ("+44 20 7946 0142", "011442079460142", ""),
        ("011 44 20 7946 0142", "+442079460142", ""),
    ],
)
def test_s61_spellings_of_a_number_are_equal(build: Build, directory: str, psa: str, extension: str) -> None:
    """Formats, country codes and extensions are compared canonically; nothing is written."""
    phone = {"type": "Direct", "value": psa, "extension": extension}
    items = [{"type": "Email", "value": ANNA.mail}, phone]
    world = build([but(ANNA, telephoneNumber=directory)],
                  contacts=[contact(101, "Anna Adler", communicationItems=items)])  # fmt: skip
    assert world.sync().changes == []
    world.settled()


def test_s61_new_numbers_are_written_once(build: Build) -> None:
    """A phone with an extension and a mobile go to items of their own types."""
    world = build([but(ANNA, telephoneNumber="(217) 555-0142 ext. 21", mobile="217 555 0199")])
    assert world.sync().changes == [("contact.update", "aadler")]
    items = {one["type"]["name"]: one for one in world.contact(101)["communicationItems"]}
    assert (items["Direct"]["extension"], "0199" in items["Mobile"]["value"]) == ("21", True)
    world.settled()


def test_s61_number_in_a_further_item_of_its_type_is_not_written_again(build: Build) -> None:
    """A contact may have several items of one type; the default one is not overwritten with what another holds."""
    items = [{"type": "Email", "value": ANNA.mail}, {"type": "Direct", "value": "217 555 0101", "defaultFlag": True},
             {"type": "Direct", "value": "(217) 555-0142"}]  # fmt: skip
    world = build([but(ANNA, telephoneNumber="+1 217 555 0142")],
                  contacts=[contact(101, "Anna Adler", communicationItems=items)])  # fmt: skip
    assert world.sync().changes == []
    world.settled()
