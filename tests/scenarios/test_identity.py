"""Identity and matching: who is whose contact, whatever happens to names, addresses and accounts."""

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import anew, but, crowd, group_dn, person
from tests.scenarios.records import contact, contacts_of, line, profile

ANNA, BEN = person("Anna Adler"), person("Ben Berg")


def test_s01_surname_change_updates_the_same_contact(build: Build) -> None:
    """A marriage changes the surname and the address on the same contact; its id and history stay."""
    world = build([ANNA, BEN])
    world.sync()
    world.people(but(ANNA, sn="Larsen", mail="anna.larsen@harbor.example"), BEN)
    assert world.sync().changes == [("contact.update", "aadler")]
    assert world.contact(101)["lastName"] == "Larsen"
    assert world.active() == ["Anna Larsen", "Ben Berg"]
    world.settled()


def test_s02_rebranded_mail_domain_updates_everyone_in_place(build: Build) -> None:
    """A new domain for all is one update each: no creates, no inactivations."""
    people = crowd(6)
    world = build(people)
    world.sync()
    world.people(*(but(one, mail=one.mail.replace("harbor.", "bluebay."), userPrincipalName="") for one in people))
    assert {kind for kind, _ in world.sync().changes} == {"contact.update"}
    assert world.mails(101) == [("sam.aaastrom@bluebay.example", True)]
    assert len(world.active()) == 6
    world.settled()


def test_s03_new_account_name_is_not_a_new_person(build: Build) -> None:
    """The objectGUID is the identity; a renamed account changes nothing in the PSA."""
    world = build([ANNA, BEN])
    world.sync()
    world.people(but(ANNA, sAMAccountName="anna.adler"), BEN)
    assert world.sync().changes == []
    world.settled()


def test_s04_moved_to_another_ou_is_the_same_person(build: Build) -> None:
    """A move within the scope changes nothing."""
    world = build([ANNA, BEN])
    world.sync()
    world.people(but(ANNA, ou="Branch"), BEN)
    assert world.sync().changes == []
    world.settled()


def test_s04_moved_out_of_the_scope_is_decided_by_the_scope_alone(build: Build) -> None:
    """An account outside the included OUs leaves with that reason; coming back makes the same contact active."""
    scope = '[people]\ninclude_ous = ["OU=Staff,DC=harbor,DC=example"]'
    world = build([ANNA, BEN], scope)
    world.sync()
    world.people(but(ANNA, ou="Archive"), BEN)
    assert world.sync().refused["aadler"][0] == "people.include_ous"
    assert world.inactive() == ["Anna Adler"]
    world.people(ANNA, BEN)
    assert world.sync().changes == [("contact.reactivate", "aadler")]
    world.settled()


def test_s05_rehire_with_the_old_account_reactivates_the_contact(build: Build) -> None:
    """Disabled: inactive. Enabled again: the same contact is active again."""
    world = build([ANNA, BEN])
    world.people(but(ANNA, enabled=False), BEN)
    world.sync()
    assert world.inactive() == ["Anna Adler"]
    world.people(ANNA, BEN)
    assert world.sync().changes == [("contact.reactivate", "aadler")]
    assert (world.active(), world.inactive()) == (["Anna Adler", "Ben Berg"], [])
    world.settled()


def test_s06_rehire_with_a_new_account_takes_the_old_contact(build: Build) -> None:
    """A new account with the old address and name gets the old contact; there are never two."""
    world = build([ANNA, BEN])
    world.sync()
    world.people(but(ANNA, enabled=False), BEN)
    world.sync()
    world.people(anew(ANNA), BEN)
    assert world.sync().changes == [("contact.reactivate", "aadler")]
    assert (world.active(), world.inactive()) == (["Anna Adler", "Ben Berg"], [])
    world.settled()


def test_s07_address_given_to_another_human_is_held(build: Build) -> None:
    """A newcomer with a leaver's address does not take over the leaver's contact."""
    world = build([ANNA, BEN])
    world.sync()
    left = but(ANNA, enabled=False, mail="", userPrincipalName="")
    world.people(left, BEN, person("Carla Castillo", mail=ANNA.mail))
    told = world.sync()
    assert (told.code, told.held) == (3, [("conflict", "Carla Castillo (ccastillo)")])
    assert (world.contact(101)["firstName"], world.active()) == ("Anna", ["Ben Berg"])
    world.settled(held=True)


def test_s08_shared_mail_address_is_a_conflict_for_both(build: Build) -> None:
    """Neither of two people with one address is paired by it."""
    world = build([person("Anna Adler", mail="desk@harbor.example"), person("Ben Berg", mail="desk@harbor.example")],
                  contacts=[contact(101, "Front Desk", "desk@harbor.example")])  # fmt: skip
    assert sorted(world.sync().held) == [("conflict", "Anna Adler (aadler)"), ("conflict", "Ben Berg (bberg)")]
    assert world.active() == ["Front Desk"]
    world.settled(held=True)


def test_s09_two_people_of_one_name_without_mail_are_never_paired_by_it(build: Build) -> None:
    """An ambiguous name is a conflict, also when only one contact has it."""
    twins = [person("Anna Adler", account, ou=ou, mail="", userPrincipalName="")
             for account, ou in (("aadler", "Staff"), ("aadler2", "Branch"))]  # fmt: skip
    world = build(twins, contacts=[contact(101, "Anna Adler", "")])
    told = world.sync()
    assert [kind for kind, _ in told.held] == ["conflict", "conflict"]
    assert world.active() == ["Anna Adler"]
    world.settled(held=True)


def test_s10_two_contacts_for_one_person_are_held_with_both_ids(build: Build) -> None:
    """The report names both contacts and neither is written."""
    world = build([ANNA, BEN], contacts=[contact(101, "Anna Adler"), contact(102, "A. Adler", ANNA.mail),
                                         contact(103, "Ben Berg")])  # fmt: skip
    told = world.sync()
    assert told.held == [("conflict", "Anna Adler (aadler)")]
    assert "contact 101" in told.why
    assert "contact 102" in told.why
    world.settled(held=True)


def test_s11_only_an_inactive_contact_fits_and_is_reactivated(build: Build) -> None:
    """No second contact is made."""
    world = build([ANNA], contacts=[contact(101, "Anna Adler", inactiveFlag=True)])
    assert world.sync().changes == [("contact.reactivate", "aadler")]
    assert (world.active(), world.inactive()) == (["Anna Adler"], [])
    world.settled()


def test_s11_inactive_contact_of_a_protected_type_stays_as_it_is(build: Build) -> None:
    """A contact that is to be kept as it is stays inactive, and no twin is made."""
    world = build([ANNA], contacts=[contact(101, "Anna Adler", inactiveFlag=True, types=["VIP"])])
    assert world.sync().changes == []
    assert (world.active(), world.inactive()) == ([], ["Anna Adler"])
    world.settled()


@pytest.mark.parametrize(
    ("directory", "psa"),
    [
        ("José Núñez", "JOSE NUNEZ"),
        ("Siobhán O’Brien", "siobhan O'Brien"),
        ("Mia Garcia-Lopez", "Mia Garcia Lopez"),
        ("Tom Cole", "Tom Cole Jr."),
    ],
)
def test_s12_spellings_of_a_name_match_and_the_directory_is_written(build: Build, directory: str, psa: str) -> None:
    """Case, accents, apostrophes, hyphens and suffixes do not matter for matching; the directory's spelling wins."""
    world = build([person(directory)], contacts=[contact(101, psa, "")])
    assert [kind for kind, _ in world.sync().changes] == ["contact.update"]
    assert world.active() == [directory]
    world.settled()


def test_s13_person_without_mail_is_matched_created_and_billed(build: Build) -> None:
    """A unique name matches; who has no contact gets one without an address."""
    silent = [person("Anna Adler", mail="", userPrincipalName=""), person("Ben Berg", mail="", userPrincipalName="")]
    world = build(silent, profile("Managed user"), contacts=[contact(101, "Anna Adler", "")],
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    assert world.sync().changes == [("contact.create", "bberg"), ("line.set", "Managed user")]
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 2)
    world.settled()


def test_s14_names_come_from_the_display_name_or_the_account_is_held(build: Build) -> None:
    """Never is an empty name written."""
    told = person("Mona Lind", givenName="", sn="", displayName="Lind, Mona")
    mute = person(
        "Reception", "reception", givenName="", sn="", displayName="Reception", mail="reception@harbor.example"
    )
    world = build([told, mute], contacts=[])
    assert world.sync().held == [("conflict", "Reception (reception)")]
    assert world.active() == ["Mona Lind"]
    world.settled(held=True)


def test_s15_secondary_address_matches(build: Build) -> None:
    """A contact that holds a secondary proxy address is the person's; it gets the primary one."""
    anna = but(ANNA, proxyAddresses=(f"SMTP:{ANNA.mail}", "smtp:a.old@harbor.example"))
    world = build([anna], contacts=[contact(101, "Annie A.", "a.old@harbor.example")])
    assert world.sync().changes == [("contact.update", "aadler")]
    assert world.active() == ["Anna Adler"]
    world.settled()


@pytest.mark.parametrize(
    "spare", [[], [{"type": "Email", "value": "anna.larsen@harbor.example"}]], ids=["new", "known"]
)
def test_s16_new_primary_address_becomes_the_only_default(build: Build, spare: list[dict[str, str]]) -> None:
    """Whether the contact knows the new address or not, afterwards exactly one is the default: that one."""
    items = [{"type": "Email", "value": ANNA.mail, "defaultFlag": True}, *spare]
    world = build([ANNA], contacts=[contact(101, "Anna Adler", communicationItems=items)])
    world.sync()
    world.people(but(ANNA, mail="anna.larsen@harbor.example"))
    world.sync()
    assert [mail for mail, default in world.mails(101) if default] == ["anna.larsen@harbor.example"]
    world.settled()


def test_s17_contact_from_an_e_mailed_ticket_is_adopted(build: Build) -> None:
    """A half-filled contact with the address is completed, not doubled."""
    world = build([ANNA], contacts=[contact(101, "anna.adler", ANNA.mail, lastName=None, types=[])])
    assert world.sync().changes == [("contact.update", "aadler")]
    assert world.active() == ["Anna Adler"]
    world.settled()


def test_s18_deleted_contact_is_found_again_by_its_keys(build: Build) -> None:
    """After a merge the surviving contact is adopted, and the dangling link is told."""
    world = build([ANNA, BEN])
    world.sync()
    world.call("DELETE", "/company/contacts/101")
    survivor = {"firstName": "Anna", "lastName": "Adler", "company": {"id": 412}}
    item = {"type": {"id": 1}, "value": ANNA.mail, "communicationType": "Email", "defaultFlag": True}
    world.call("POST", "/company/contacts", survivor | {"communicationItems": [item]})
    told = world.sync()
    assert (told.changes, "is gone from the PSA" in told.warnings) == ([], True)
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled()


def test_s18_deleted_contact_is_made_again_exactly_once(build: Build) -> None:
    """Where nothing fits any more, one new contact is made."""
    world = build([ANNA, BEN])
    world.sync()
    world.call("DELETE", "/company/contacts/101")
    assert world.sync().changes == [("contact.create", "aadler")]
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled()


def test_s19_one_human_in_two_companies_has_a_contact_in_each(build: Build) -> None:
    """Each client's rules decide for itself."""
    world = build([ANNA], contacts=[])
    world.client("lindqvist", "LindqvistLaw")
    world.people(but(anew(ANNA), mail="anna@lindqvist.example"), client="lindqvist")
    assert world.sync().code == 0
    assert (world.active(412), world.active(413)) == (["Anna Adler"], ["Anna Adler"])
    world.settled()


def test_s21_contact_moved_to_another_company_is_held(build: Build) -> None:
    """No twin is made in the old company."""
    world = build([ANNA, BEN])
    world.sync()
    world.edit("/company/contacts/101", company={"id": 413})
    told = world.sync()
    assert (told.code, told.held) == (3, [("conflict", "Anna Adler (aadler)")])
    assert (world.active(412), world.active(413)) == (["Ben Berg"], ["Anna Adler"])
    world.settled(held=True)


def test_s22_one_domain_is_split_between_clients_by_ou(build: Build) -> None:
    """Two clients read the same directory; each keeps its own OU."""
    world = build([ANNA, but(BEN, ou="Law")], '[people]\ninclude_ous = ["OU=Staff,DC=harbor,DC=example"]', contacts=[])
    law = '[people]\ninclude_ous = ["OU=Law,DC=harbor,DC=example"]'
    world.client("lindqvist", "LindqvistLaw", law, directory=world.source.table("harbor"))
    world.sync()
    assert (world.active(412), world.active(413)) == (["Anna Adler"], ["Ben Berg"])
    world.settled()


def test_s10_a_pair_in_the_config_settles_two_contacts_for_one_person(build: Build) -> None:
    """The technician names the right one; the other is left as it is and named as nobody's."""
    world = build([ANNA], contacts=[contact(101, "Anna Adler"), contact(102, "A. Adler", ANNA.mail)])
    assert world.sync().code == 3
    world.rules("[contacts.pairs]\naadler = 102")
    told = world.sync()
    assert told.changes == [("contact.update", "aadler")]
    assert told.plan["unmatched"] == [{"contact_id": 101, "name": "Anna Adler"}]
    assert world.contact(102)["firstName"] == "Anna"
    world.settled()


def test_s11_inactive_contact_with_the_keep_as_is_mark_stays_as_it_is(build: Build) -> None:
    """It stays inactive, no twin is made, and the report says so."""
    marked = contact(101, "Anna Adler", inactiveFlag=True, userDefinedField9="keep")
    world = build([ANNA], '[contacts]\nkeep_mark = "userDefinedField9"', contacts=[marked])
    told = world.sync()
    assert (told.changes, world.inactive()) == ([], ["Anna Adler"])
    assert "contact 101 has the keep-as-is mark and stays inactive" in told.warnings
    world.settled()


def test_s14_where_display_names_are_not_split_such_an_account_is_held(build: Build) -> None:
    """The policy of a client whose display names tell nothing."""
    told = person("Mona Lind", givenName="", sn="", displayName="Lind, Mona")
    world = build([ANNA, told], "[contacts]\nsplit_display_name = false", contacts=[])
    assert world.sync().held == [("conflict", "Lind, Mona (mlind)")]
    assert world.active() == ["Anna Adler"]
    world.settled(held=True)


@pytest.mark.parametrize("rule", ['aliases = { adm-aadler = "aadler" }', 'alias_patterns = ["adm-{account}"]'])
def test_s20_a_second_account_of_one_human_is_an_alias_of_the_first(build: Build, rule: str) -> None:
    """One contact and one unit; the second account is listed with the first one's name."""
    admin = person("Anna Adler", "adm-aadler", ou="Admins", mail="", userPrincipalName="")
    world = build([ANNA, admin, BEN], f"[people]\n{rule}", profile("Managed user"),
                  contacts=contacts_of([ANNA, BEN]), additions=[line(3301, "MS-USER", 3)])  # fmt: skip
    told = world.sync()
    assert told.counted("Managed user") == ["aadler", "bberg"]
    assert told.refused["adm-aadler"] == (
        f"people.{rule.split(maxsplit=1)[0]}",
        "a further account of Anna Adler (aadler)",
    )
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 2)
    world.settled()


def test_s20_the_contact_of_an_alias_becomes_the_main_accounts(build: Build) -> None:
    """A rule that comes later moves the link; nothing is made or inactivated."""
    admin = person("Anna Adler", "adm-aadler", ou="Admins", mail="anna.adler@harbor.example")
    world = build([admin, BEN], contacts=contacts_of([ANNA, BEN]))
    world.sync()
    daily = but(ANNA, mail="anna@bluebay.example", userPrincipalName="")
    world.rules('[people]\naliases = { adm-aadler = "aadler" }')
    world.people(daily, admin, BEN)
    assert world.sync().changes == [("contact.update", "aadler")]
    assert world.mails(101) == [("anna@bluebay.example", True)]
    world.settled()


@pytest.mark.parametrize(
    ("harbor", "law"),
    [
        ('include_where = { company = ["Harbor*"] }', 'include_where = { company = ["*law*"] }'),
        (f'include_groups = ["{group_dn("Harbor")}"]', f'include_groups = ["{group_dn("Law")}"]'),
    ],
    ids=["attribute", "group"],
)
def test_s22_one_domain_is_split_between_clients_by_attribute_or_group(build: Build, harbor: str, law: str) -> None:
    """Two clients read the same directory; each keeps its own people."""
    people = [
        but(ANNA, company="Harbor Dental", groups=("Harbor",)),
        but(BEN, company="Lindqvist Law", groups=("Law",)),
    ]
    world = build(people, f"[people]\n{harbor}", contacts=[])
    world.client("lindqvist", "LindqvistLaw", f"[people]\n{law}", directory=world.source.table("harbor"))
    world.sync()
    assert (world.active(412), world.active(413)) == (["Anna Adler"], ["Ben Berg"])
    world.settled()
