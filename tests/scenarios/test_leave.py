"""People who are away for a while, come later, or are free of charge for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, generalized, group_dn, person
from tests.scenarios.records import contacts_of, line, profile

ANNA, BEN = person("Anna Adler"), person("Ben Berg", groups=("Staff",))
USERS = profile("Managed user")
TODAY = datetime.now(UTC).date()
ON_LEAVE = f'leave_groups = ["{group_dn("On leave")}"]'


@pytest.mark.parametrize("billed", [False, True])
def test_s33_disabled_member_of_a_hold_group_keeps_the_contact_and_is_billed_by_policy(
    build: Build, billed: bool
) -> None:
    """The contact stays active and as it is; out of the group the person has left."""
    world = build([ANNA, BEN], f"[people]\n{ON_LEAVE}\nbill_leave = {str(billed).lower()}", USERS,
                  groups=["On leave"], additions=[line(3301, "MS-USER", 2)])  # fmt: skip
    world.sync()
    world.people(but(ANNA, enabled=False, title="Away", groups=("On leave",)), BEN)
    told = world.sync()
    assert told.counted("Managed user") == (["aadler", "bberg"] if billed else ["bberg"])
    assert billed or told.refused["aadler"][0] == "people.leave_groups"
    assert (world.active(), world.contact(101).get("title")) == (["Anna Adler", "Ben Berg"], None)
    world.settled()
    world.people(but(ANNA, enabled=False), BEN)
    world.sync()
    assert (world.inactive(), world.quantity(3301)) == (["Anna Adler"], 1)
    world.settled()


@pytest.mark.parametrize(("days", "active"), [(3, True), (7, False)])
def test_s33_days_of_grace_count_from_the_last_change_of_the_account(build: Build, days: int, active: bool) -> None:
    """Within them the contact stays, after them it goes; either way nobody pays."""
    world = build([ANNA, BEN], "[people]\ngrace_days = 7", USERS, additions=[line(3301, "MS-USER", 2)])
    world.sync()
    world.people(but(ANNA, enabled=False, whenChanged=generalized(days)), BEN)
    told = world.sync()
    assert (world.active() == ["Anna Adler", "Ben Berg"], world.quantity(3301)) == (active, 1)
    assert told.refused["aadler"][0] == ("people.grace_days" if active else "directory.disabled")
    world.settled()


def test_s33_a_later_change_of_the_account_does_not_begin_the_days_anew(build: Build) -> None:
    """The day on which a reading first saw the account switched off is remembered."""
    world = build([ANNA, BEN], "[people]\ngrace_days = 7")
    world.people(but(ANNA, enabled=False, whenChanged=generalized(6)), BEN)
    assert world.sync().changes == []
    world.rules("[people]\ngrace_days = 6")
    world.people(but(ANNA, enabled=False, whenChanged=generalized(0)), BEN)
    world.sync("--adopt-only")
    assert world.sync().changes == [("contact.inactivate", "aadler")]
    world.settled()


@pytest.mark.parametrize(("start", "counts"), [(1, False), (0, True), (-9, True)])
def test_s37_starter_counts_from_the_configured_start(build: Build, start: int, counts: bool) -> None:
    """Before that day there is no contact and no charge, and the report says when it begins."""
    day = TODAY + timedelta(days=start)
    early = but(ANNA, extensionAttribute3=day.isoformat())
    world = build([early, BEN], '[people]\nstart_attribute = "extensionAttribute3"', USERS, contacts=contacts_of([BEN]),
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    told = world.sync()
    assert (world.active() == ["Anna Adler", "Ben Berg"], world.quantity(3301)) == (counts, 2 if counts else 1)
    assert counts or told.refused["aadler"] == ("people.start_attribute", f"starts on {day}")
    world.settled()


def test_s37_starter_without_a_start_counts_at_once(build: Build) -> None:
    """So does one whose start cannot be read, and then the report says so."""
    odd = but(BEN, extensionAttribute3="first of May")
    world = build([ANNA, odd], '[people]\nstart_attribute = "extensionAttribute3"', USERS,
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    told = world.sync()
    assert told.counted("Managed user") == ["aadler", "bberg"]
    assert "Ben Berg (bberg): extensionAttribute3 is 'first of May'" in told.warnings
    world.settled()


@pytest.mark.parametrize(("days", "free"), [(0, True), (-1, False)])
def test_s42_person_is_free_of_charge_until_the_waiver_ends(build: Build, days: int, free: bool) -> None:
    """Shown with its reason while it lasts; afterwards the person is billed, and the report says why."""
    until = TODAY + timedelta(days=days)
    waiver = f'[[people.waivers]]\naccount = "aadler"\nuntil = {until}\nreason = "owner\'s daughter"'
    world = build([ANNA, BEN], waiver, USERS, additions=[line(3301, "MS-USER", 1)])
    told = world.sync()
    assert told.counted("Managed user") == (["bberg"] if free else ["aadler", "bberg"])
    words = f"free of charge until {until}: owner's daughter"
    assert told.refused == ({"aadler": ("people.waivers", words)} if free else {})
    assert free or f"The waiver for aadler ended on {until}" in told.warnings
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled()
