"""Writing contacts: who is kept, which fields are ours, and what the PSA refuses."""

from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, person
from tests.scenarios.records import HARBOR, agreement, contact, line, profile

ANNA, BEN, CARLA = person("Anna Adler"), person("Ben Berg"), person("Carla Castillo")
GONE = but(ANNA, enabled=False)


def company(**more: object) -> list[dict[str, Any]]:
    """The client's company."""
    return [{"id": HARBOR, "identifier": "HarborDental", "name": "Harbor Dental", **more}]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ({"companies": company(defaultContact={"id": 101}), "agreements": []}, "is the company's default contact"),
        ({"contacts": [contact(101, "Anna Adler", defaultBillingFlag=True), contact(102, "Ben Berg")]},
         "is the company's billing contact (a finance matter)"),
        ({"companies": company(billingContact={"id": 101})}, "is the company's billing contact (a finance matter)"),
        ({"agreements": [agreement(contact={"id": 102}, billToContact={"id": 101})]},
         "gets the invoices of Managed Users (a finance matter)"),
        ({"agreements": [agreement(contact={"id": 101})]}, "is the contact of agreement Managed Users"),
    ],
    ids=["s51 default", "s52 billing flag", "s52 billing contact", "s52 bill to", "s54 agreement"],
)  # fmt: skip
def test_s51_s52_s54_leaver_the_company_depends_on_is_held(build: Build, records: dict[str, Any], words: str) -> None:
    """Default, billing and agreement contacts stay active until somebody else is named."""
    world = build([ANNA, BEN], **records)
    world.people(GONE, BEN)
    told = world.sync()
    assert (told.code, told.held) == (3, [("protected", "Anna Adler (aadler)")])
    assert words in told.why
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled(held=True)


def test_s51_leaver_goes_once_the_company_has_another_default_contact(build: Build) -> None:
    """Naming a replacement in the PSA releases the leaver."""
    world = build([ANNA, BEN], companies=company(defaultContact={"id": 101}), agreements=[])
    world.people(GONE, BEN)
    assert world.sync().code == 3
    world.edit("/company/contacts/102", defaultFlag=True)
    assert world.sync().changes == [("contact.inactivate", "aadler")]
    assert world.inactive() == ["Anna Adler"]
    world.settled()


def test_s53_leaver_with_open_tickets_is_inactivated(build: Build) -> None:
    """Open tickets do not keep a contact active by default."""
    ticket = {"summary": "Printer", "company": {"id": HARBOR}, "contact": {"id": 101}}
    world = build([ANNA, BEN], tickets=[ticket])
    world.people(GONE, BEN)
    world.sync()
    assert world.inactive() == ["Anna Adler"]
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
