"""Reading the directory safely: what was not read completely takes nothing away."""

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd, group, person
from tests.scenarios.records import line, profile

ANNA, BEN, CARLA, DAVID = (person(name) for name in ("Anna Adler", "Ben Berg", "Carla Castillo", "David Dahl"))
LDAP = """\
kind = "ldap"
servers = ["ldaps://127.0.0.1:1"]
base = "DC=harbor,DC=example"
bind = "svc-psa@harbor.example"
password = "file:private.key"
timeout_seconds = 2
"""


def test_s43_missing_export_fails_that_client_and_others_go_on(build: Build) -> None:
    """One client has no file: it fails with the cause, the other is written, the exit code is 4."""
    world = build([ANNA], contacts=[])
    world.client("lindqvist", "LindqvistLaw")
    told = world.sync()
    assert (told.code, list(told.failures)) == (4, ["lindqvist"])
    assert "lindqvist.ldf cannot be read: No such file or directory" in told.failures["lindqvist"]
    assert (world.active(412), world.active(413)) == (["Anna Adler"], [])


def test_s43_unreachable_server_fails_that_client_and_others_go_on(build: Build) -> None:
    """Nobody listens on the port: the server is named, nothing is written for the client."""
    world = build([ANNA], contacts=[])
    world.client("lindqvist", "LindqvistLaw", directory=LDAP)
    told = world.sync()
    assert (told.code, list(told.failures)) == (4, ["lindqvist"])
    assert "127.0.0.1:1" in told.failures["lindqvist"]
    assert (world.active(412), world.active(413)) == (["Anna Adler"], [])
    assert world.sync("lindqvist").code == 1


def test_s44_no_entries_is_a_failure_not_an_empty_company(build: Build) -> None:
    """An export without a single account inactivates nobody and decreases nothing."""
    world = build([ANNA, BEN], profile("Managed user"), additions=[line(3301, "MS-USER", 2)])
    world.sync()
    world.people(group("All Staff"))
    told = world.sync()
    assert (told.code, "not a single user account" in told.failures["harbor"]) == (1, True)
    assert (world.active(), world.quantity(3301), world.writes()) == (["Anna Adler", "Ben Berg"], 2, 0)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_s45_cut_export_is_a_failure(build: Build, kept: float) -> None:
    """A file that ends in the middle of a record fails; nobody is inactivated, nothing decreases."""
    world = build(crowd(12), profile("Managed user"), additions=[line(3301, "MS-USER", 12)])
    world.sync()
    path = world.folder / "exports" / "harbor.ldf"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)].rstrip(b"\r\n"))
    told = world.sync()
    assert (told.code, "cut short" in told.failures["harbor"]) == (1, True)
    assert (len(world.active()), world.quantity(3301), world.writes()) == (12, 12, 0)


def test_s46_sharp_drop_is_held_with_both_numbers(build: Build) -> None:
    """Half the people are gone from the export: the client waits for a person."""
    people = crowd(12)
    world = build(people, profile("Managed user"), additions=[line(3301, "MS-USER", 12)])
    world.sync()
    world.people(*people[:6])
    told = world.sync()
    assert (told.code, told.held) == (3, [("guard", "Managed user"), ("guard", "people")])
    assert "from 12 to 6" in told.why
    assert "the people of harbor are 6 now and were 12 at the last good reading" in told.why
    assert (world.quantity(3301), world.writes()) == (12, 0)


def test_s46_fewer_people_than_expected_is_a_failure(build: Build) -> None:
    """minimum_expected names a floor below which the reading is wrong."""
    world = build([ANNA, BEN], "[people]\nminimum_expected = 3")
    told = world.sync()
    assert told.code == 1
    assert "Only 2 of 2 accounts of harbor are people" in told.failures["harbor"]
    assert world.writes() == 0


def test_s47_dry_run_has_the_limits_of_a_real_run(build: Build) -> None:
    """What sync holds, plan shows as held, in the same words and with the same exit code."""
    people = crowd(12)
    world = build(people)
    world.people(*(but(one, enabled=False) for one in people[:6]), *people[6:])
    planned, synced = world.plan(), world.sync()
    assert (planned.code, planned.held, planned.why) == (synced.code, synced.held, synced.why)
    assert (planned.code, planned.held) == (3, [("guard", "inactivations")])
    assert world.writes() == 0


def test_s48_deleted_out_of_scope_disabled_and_expired_are_four_different_words(build: Build) -> None:
    """Each leaver's contact says why it goes."""
    scope = '[people]\ninclude_ous = ["OU=Staff,DC=harbor,DC=example"]'
    limits = "[guard]\ninactivate_percent = 100\ndrop_percent = 100"
    world = build([ANNA, BEN, CARLA, DAVID, *crowd(2)], scope, limits, "[contacts]\nabsent_reads = 1")
    world.sync()
    world.people(but(ANNA, ou="Archive"), but(BEN, enabled=False), but(CARLA, accountExpires="131000000000000000"),
                 *crowd(2))  # fmt: skip
    told = world.sync()
    assert {change["person"]["account"]: change["reason"] for change in told.plan["changes"]} == {
        "aadler": "out of scope: outside the included OUs",
        "bberg": "account is disabled",
        "ccastillo": "account expired on 2016-02-15",
        "ddahl": "no longer in the directory (1 complete read)",
    }
    world.settled()


def test_s50_absence_must_be_seen_in_two_complete_reads(build: Build) -> None:
    """The first reading without the account warns, the second inactivates; a dry run between counts for nothing."""
    world = build([ANNA, BEN])
    world.sync()
    world.people(BEN)
    first = world.sync()
    assert (first.changes, "Anna Adler (aadler) was not in this reading" in first.warnings) == ([], True)
    world.plan()
    assert world.active() == ["Anna Adler", "Ben Berg"]
    assert world.sync().changes == [("contact.inactivate", "aadler")]
    assert world.inactive() == ["Anna Adler"]
    world.settled()


def test_s50_an_account_that_comes_back_starts_anew(build: Build) -> None:
    """Seen again between two absences: the count begins again."""
    world = build([ANNA, BEN])
    world.sync()
    for people in ([BEN], [ANNA, BEN], [BEN]):
        world.people(*people)
        assert world.sync().changes == []
    assert world.active() == ["Anna Adler", "Ben Berg"]


def test_s46_sharp_drop_is_held_without_any_change_to_hold(build: Build) -> None:
    """The number is remembered of the last good reading alone, so a second small reading does not pass either."""
    people = crowd(12)
    world = build(people)
    world.sync()
    world.people(*people[:6])
    for _ in range(3):
        assert ("guard", "people") in world.sync().held
    assert (len(world.active()), world.writes()) == (12, 0)
    world.people(*people)
    assert world.sync().code == 0


def test_s49_changed_rules_are_told_and_the_guard_asks_again(build: Build) -> None:
    """The directory stands still; the rule that changed is named, and nothing goes before somebody accepts it."""
    world = build([ANNA, BEN, but(CARLA, ou="Branch")], profile("Managed user"), additions=[line(3301, "MS-USER", 3)])
    world.sync()
    world.rules('[people]\ninclude_ous = ["OU=Staff,DC=harbor,DC=example"]', profile("Managed user"))
    told = world.sync()
    assert (told.code, told.held) == (3, [("guard", "rules")])
    assert "The rules have changed since the last run: people.include_ous." in told.warnings
    assert (world.quantity(3301), world.writes()) == (3, 0)
    assert world.sync("--adopt-only").code == 0
    assert world.sync().changes == [("contact.inactivate", "ccastillo"), ("line.set", "Managed user")]
    assert (world.inactive(), world.quantity(3301)) == (["Carla Castillo"], 2)
    world.settled()


def test_s49_changed_rules_that_take_nothing_away_are_only_told(build: Build) -> None:
    """A rule for accounts that do not exist holds nobody up."""
    world = build([ANNA, BEN])
    world.sync()
    world.rules('[people]\nexclude_accounts = ["svc-*"]')
    told = world.sync()
    assert (told.code, told.held) == (0, [])
    assert "people.exclude_accounts" in told.warnings
    world.settled()
