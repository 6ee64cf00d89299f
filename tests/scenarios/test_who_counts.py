"""Who counts: which accounts are people, which line they are billed on, and why the others are not."""

from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd, filetime, generalized, group, group_dn, person
from tests.scenarios.records import contact, contacts_of, line, profile

ANNA, BEN, CARLA = person("Anna Adler"), person("Ben Berg"), person("Carla Castillo")
USERS = profile("Managed user")
E3, FRONTLINE = group_dn("M365 E3"), group_dn("Frontline")
BY_GROUP = profile("Managed user", groups=[E3]) + profile("Frontline user", "MS-FRONTLINE", [FRONTLINE])


def test_s23_service_accounts_are_excluded_with_the_rule(build: Build) -> None:
    """A pattern takes svc-* out; a managed service account is none by itself."""
    managed = person(
        "gmsa", "gmsa$", objectClass=("top", "person", "user", "computer", "msDS-GroupManagedServiceAccount")
    )
    world = build([ANNA, BEN, person("Backup Service", "svc-backup"), managed],
                  '[people]\nexclude_accounts = ["svc-*"]', USERS,
                  contacts=contacts_of([ANNA, BEN]), additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    told = world.sync()
    assert told.counted("Managed user") == ["aadler", "bberg"]
    assert told.refused["svc-backup"] == ("people.exclude_accounts", "account name fits the excluded pattern svc-*")
    assert told.refused["gmsa$"][0] == "directory.service_account"
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 2)
    world.settled()


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize(("kind", "name"), [("4", "shared"), ("16", "room"), ("32", "equipment")])
def test_s24_mailboxes_of_nobody_are_excluded_by_default(build: Build, kind: str, name: str, enabled: bool) -> None:
    """Shared, room and equipment mailboxes are no people, whether their account is enabled or not."""
    world = build([ANNA, person("Info Desk", enabled=enabled, msExchRecipientTypeDetails=kind)], contacts=[])
    assert world.sync().refused == {"idesk": ("people.exclude_mailboxes", f"{name} mailbox")}
    assert world.active() == ["Anna Adler"]
    world.settled()


def test_s26_break_glass_account_is_never_billed_and_never_inactivated(build: Build) -> None:
    """An excluded account costs nothing, and the contact made for it by hand stays active."""
    glass = person("Break Glass", "bg-admin")
    world = build([ANNA, BEN, glass], '[people]\nexclude_accounts = ["bg-*"]', USERS,
                  additions=[line(3301, "MS-USER", 3)])  # fmt: skip
    world.sync()
    assert world.quantity(3301) == 2
    assert world.active() == ["Anna Adler", "Ben Berg", "Break Glass"]
    world.settled()


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        ('exclude_ous = ["OU=Provider,DC=harbor,DC=example"]', "people.exclude_ous"),
        (f'exclude_groups = ["{group_dn("Bluefjord")}"]', "people.exclude_groups"),
        ('exclude_mail_domains = ["bluefjord.example"]', "people.exclude_mail_domains"),
    ],
    ids=["ou", "group", "mail domain"],
)
def test_s27_the_providers_own_accounts_are_excluded_by_rule(build: Build, rules: str, rule: str) -> None:
    """An OU, a group or the mail domain tells them from the client's people."""
    ours = person("Tim Technician", ou="Provider", groups=("Bluefjord",), mail="tim@bluefjord.example")
    world = build([ANNA, ours], f"[people]\n{rules}", contacts=[])
    assert world.sync().refused["ttechnician"][0] == rule
    assert world.active() == ["Anna Adler"]
    world.settled()


def test_s29_what_is_no_user_account_is_never_read_as_one(build: Build) -> None:
    """Contacts, computers, foreign security principals and trusts are not even accounts."""
    others = [
        person("Ext Supplier", objectClass=("top", "person", "organizationalPerson", "contact")),
        person("PC01", "pc01$", objectClass=("top", "person", "organizationalPerson", "user", "computer")),
        person("S-1-5-11", objectClass=("top", "foreignSecurityPrincipal")),
        person("PARTNER", "partner$", userAccountControl="2080"),
    ]
    world = build([ANNA, *others], contacts=[])
    assert world.sync().plan["directory"]["accounts"] == 1
    assert world.active() == ["Anna Adler"]
    world.settled()


def test_s30_test_and_template_accounts_are_excluded_with_the_reason(build: Build) -> None:
    """The pattern that took them out is named."""
    world = build([ANNA, person("Test User", "test-1"), person("Template Sales", "template_sales")],
                  '[people]\nexclude_accounts = ["test-*", "template*"]', contacts=[])  # fmt: skip
    refused = world.sync().refused
    assert refused["test-1"][1] == "account name fits the excluded pattern test-*"
    assert refused["template_sales"][1] == "account name fits the excluded pattern template*"
    assert world.active() == ["Anna Adler"]
    world.settled()


def test_s31_shared_role_accounts_count_as_configured_units_on_their_own_line(build: Build) -> None:
    """A kiosk at half a unit each goes to its own line."""
    kiosks = [person("Kiosk One", "kiosk1", groups=("Kiosks",)), person("Kiosk Two", "kiosk2", groups=("Kiosks",))]
    rules = profile("Kiosk", "MS-FRONTLINE", [group_dn("Kiosks")], units=1.5) + USERS
    world = build([*kiosks, ANNA], rules, additions=[line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 2)])
    world.sync()
    assert (world.quantity(3302), world.quantity(3301)) == (3, 1)
    world.settled()


def test_s32_frontline_user_is_billed_on_the_cheaper_line_only(build: Build) -> None:
    """Profiles are exclusive by their order."""
    people = [but(ANNA, groups=("M365 E3",)), but(BEN, groups=("Frontline",))]
    world = build(people, profile("Frontline user", "MS-FRONTLINE", [FRONTLINE]), USERS,
                  additions=[line(3301, "MS-USER", 2), line(3302, "MS-FRONTLINE", 0)])  # fmt: skip
    told = world.sync()
    assert (told.counted("Frontline user"), told.counted("Managed user")) == (["bberg"], ["aadler"])
    assert (world.quantity(3302), world.quantity(3301)) == (1, 1)
    world.settled()


def test_s34_disabled_with_a_shared_mailbox_leaves_the_count(build: Build) -> None:
    """The leaver's mailbox lives on as a shared one; the contact is inactivated and not billed."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 2)])
    world.sync()
    world.people(but(ANNA, enabled=False, msExchRecipientTypeDetails="4"), BEN)
    world.sync()
    assert (world.inactive(), world.quantity(3301)) == (["Anna Adler"], 1)
    world.settled()


def test_s35_expired_account_is_a_leaver(build: Build) -> None:
    """accountExpires in the past ends it like disabling does."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 2)])
    world.people(but(ANNA, accountExpires="131000000000000000"), BEN)
    assert world.sync().refused["aadler"] == ("directory.expired", "account expired on 2016-02-15")
    assert (world.inactive(), world.quantity(3301)) == (["Anna Adler"], 1)
    world.settled()


@pytest.mark.parametrize(
    "attributes",
    [{"lockoutTime": "134000000000000000"}, {"userAccountControl": "8389120"}, {"pwdLastSet": "0"}],
    ids=["locked out", "password expired", "must change password"],
)
def test_s35_locked_out_or_expired_password_is_not_a_leaver(build: Build, attributes: dict[str, Any]) -> None:
    """Such an account counts as before."""
    world = build([but(ANNA, **attributes), BEN], USERS, additions=[line(3301, "MS-USER", 2)])
    assert (world.sync().changes, world.active()) == ([], ["Anna Adler", "Ben Berg"])
    world.settled()


def test_s36_never_or_long_ago_logged_on_is_still_counted_and_told(build: Build) -> None:
    """An account that is paid for counts until it is disabled; the report names who does not log on."""
    people = [but(ANNA, lastLogonTimestamp="131000000000000000"), but(BEN, whenCreated=generalized(200)),
              but(CARLA, lastLogonTimestamp=filetime(5))]  # fmt: skip
    world = build(people, USERS, additions=[line(3301, "MS-USER", 3)])
    told = world.sync()
    assert told.counted("Managed user") == ["aadler", "bberg", "ccastillo"]
    assert "1 never logged on, and still counted: Ben Berg (bberg)." in told.warnings
    assert "1 not logged on for 90 days or more, and still counted: Anna Adler (aadler)." in told.warnings
    world.settled()


def test_s38_nested_and_primary_group_members_are_seen(build: Build) -> None:
    """A member through two groups, and one by the primary group alone, are billed."""
    world = build(
        [but(ANNA, groups=("Hygienists",)), but(BEN, primaryGroupID="1201"), group("Hygienists", groups=("Clinical",)),
         group("Clinical", groups=("M365 E3",)), group("M365 E3", rid=1201)],
        profile("Managed user", groups=[E3]),
        contacts=contacts_of([ANNA, BEN]), additions=[line(3301, "MS-USER", 1)],
    )  # fmt: skip
    assert world.sync().counted("Managed user") == ["aadler", "bberg"]
    assert world.quantity(3301) == 2
    world.settled()


def test_s38_a_group_above_1500_members_is_seen_whole(build: Build) -> None:
    """All 1,600 members are counted."""
    people = crowd(1600, groups=("M365 E3",))
    world = build(people, "[contacts]\ncreate = false", profile("Managed user", groups=[E3]), contacts=[],
                  additions=[line(3301, "MS-USER", 1600)])  # fmt: skip
    assert world.sync().billing("Managed user")["counted"] == 1600
    world.settled()


def test_s39_person_in_two_billing_groups_is_billed_on_the_first(build: Build) -> None:
    """The order of the profiles decides."""
    world = build([but(ANNA, groups=("M365 E3", "Frontline")), but(BEN, groups=("Frontline",))], BY_GROUP,
                  additions=[line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 2)])  # fmt: skip
    told = world.sync()
    assert (told.counted("Managed user"), told.counted("Frontline user")) == (["aadler"], ["bberg"])
    assert (world.quantity(3301), world.quantity(3302)) == (1, 1)
    world.settled()


def test_s39_declared_additive_a_second_profile_counts_too(build: Build) -> None:
    """exclusive = false bills the same person on a further line."""
    world = build([ANNA], USERS, profile("Backup", "MS-FRONTLINE", exclusive="false"),
                  additions=[line(3301, "MS-USER", 1), line(3302, "MS-FRONTLINE", 0)])  # fmt: skip
    world.sync()
    assert (world.quantity(3301), world.quantity(3302)) == (1, 1)
    world.settled()


def test_s40_person_in_no_billing_group_is_listed(build: Build) -> None:
    """Nobody is silently unbilled."""
    world = build([but(ANNA, groups=("M365 E3",)), BEN], profile("Managed user", groups=[E3]),
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    assert world.sync().refused == {"bberg": ("billing", "in no billing profile: unclassified")}
    world.settled()


def test_s28_contractors_are_counted_where_a_rule_says_so(build: Build) -> None:
    """Excluded by their group for people in general, they cost nothing, and a contact of a protected type stays."""
    world = build([ANNA, but(BEN, groups=("Contractors",))],
                  f'[people]\nexclude_groups = ["{group_dn("Contractors")}"]',
                  '[contacts]\nprotected_types = ["Approver"]', USERS,
                  contacts=[contact(101, "Anna Adler"), contact(102, "Ben Berg", types=["Approver"])],
                  additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.sync()
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 1)
    world.settled()


def test_s25_domain_administrators_count_only_where_a_rule_says_so(build: Build) -> None:
    """Not counted and listed by default, and listed as administrators where they are counted."""
    admins = group("Domain Admins", rid=512)
    world = build([ANNA, but(BEN, groups=("Domain Admins",)), admins], USERS, contacts=contacts_of([ANNA]),
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    assert world.sync().refused == {"bberg": ("people.include_admins", "administrator of the domain")}
    world.settled()
    world.rules('[people]\ninclude_admins = ["bb*"]', USERS)
    world.sync("--adopt-only")
    rules = {one["account"]: one["rule"] for one in world.sync().billing("Managed user")["people"]}
    assert rules == {"aadler": "every person", "bberg": "every person, administrator of the domain"}
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 2)
    world.settled()


def test_s26_emergency_account_with_a_contact_keeps_it_even_when_it_is_switched_off(build: Build) -> None:
    """Named as an emergency account after it was counted: no longer billed, its contact never inactivated."""
    glass = person("Break Glass", "bg-admin")
    world = build([ANNA, BEN, glass], USERS, additions=[line(3301, "MS-USER", 3)])
    world.sync()
    world.rules('[people]\nbreak_glass = ["bg-*"]', USERS)
    world.people(ANNA, BEN, but(glass, enabled=False))
    world.sync("--adopt-only")
    assert world.sync().refused["bg-admin"][0] == "people.break_glass"
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg", "Break Glass"], 2)
    world.settled()


def test_s26_account_that_a_rule_comes_to_exclude_keeps_its_contact_and_the_report_says_so(build: Build) -> None:
    """Somebody still works with it; inactivate_excluded makes it go with the leavers."""
    world = build([ANNA, BEN], USERS, additions=[line(3301, "MS-USER", 2)])
    world.sync()
    world.people(but(ANNA, groups=("No Billing",)), BEN)
    excluding = f'[people]\nexclude_groups = ["{group_dn("No Billing")}"]'
    world.rules(excluding, USERS)
    world.sync("--adopt-only")
    told = world.sync()
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 1)
    assert "and contact 101 stays active" in told.warnings
    world.settled()
    world.rules(excluding, "[contacts]\ninactivate_excluded = true", USERS)
    world.sync("--adopt-only")
    assert world.sync().changes == [("contact.inactivate", "aadler")]
    world.settled()


def test_s31_a_shared_role_account_counts_as_its_own_units_on_a_common_line(build: Build) -> None:
    """Three people share the desk: three units, named with them."""
    world = build([ANNA, person("Front Desk", "kiosk-front")], '[people]\nunits = { "kiosk-*" = 3 }', USERS,
                  additions=[line(3301, "MS-USER", 3)])  # fmt: skip
    people = world.sync().billing("Managed user")["people"]
    assert {one["account"]: one["units"] for one in people} == {"aadler": "1", "kiosk-front": "3"}
    assert world.quantity(3301) == 4
    world.settled()


def test_s41_department_spellings_become_one_and_unknown_ones_are_listed(build: Build) -> None:
    """Aliases of the config lead to the PSA's name; what it does not know is told once and not made."""
    people = [but(who, department=spelling)
              for who, spelling in ((ANNA, "SURGERY"), (BEN, "Surg."), (CARLA, "Moon base"))]  # fmt: skip
    world = build(people, '[contacts]\ndepartment_aliases = { Surg = "Surgery" }', departments=[{"name": "Surgery"}])
    told = world.sync()
    names = [world.contact(number).get("department", {}).get("name") for number in (101, 102, 103)]
    assert names == ["Surgery", "Surgery", None]
    assert "Department 'Moon base' of 1 person: the PSA has no such department." in told.warnings
    world.settled()


def test_s41_unknown_departments_are_made_where_the_rules_allow_it(build: Build) -> None:
    """Once for all who are in it, and the report says so."""
    people = [but(who, department="Moon base") for who in (ANNA, BEN)]
    world = build(people, '[contacts]\ncreate_missing = ["department"]')
    told = world.sync()
    assert [world.contact(number)["department"]["name"] for number in (101, 102)] == ["Moon base", "Moon base"]
    assert "Department 'Moon base' of 2 people: made in the PSA's setup tables." in told.warnings
    assert len([one for one in world.sandbox.state()["departments"] if one["name"] == "Moon base"]) == 1
    world.settled()
