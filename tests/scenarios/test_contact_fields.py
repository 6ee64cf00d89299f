"""What is written to a contact beside name, mail and phones: manager, relationship, types, the former address."""

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, person
from tests.scenarios.records import contact, contacts_of
from tests.scenarios.world import World

ANNA, BEN, CARLA = person("Anna Adler"), person("Ben Berg"), person("Carla Castillo")
MANAGED = '[contacts.fields]\nmanager = "directory"'


def under(who: Entry, boss: Entry) -> Entry:
    """The same account with a manager."""
    return but(who, manager=boss.dn)


def manager(world: World, name: str) -> str:
    """The manager that a contact shows, by the first names of both."""
    row = next(one for one in world.sandbox.state()["contacts"] if one["firstName"] == name)
    return str((row.get("managerContact") or {}).get("name", ""))


@pytest.mark.parametrize("known", [[], [ANNA], [BEN], [ANNA, BEN]], ids=["none", "person", "manager", "both"])
def test_the_managers_contact_is_set_whoever_is_made_first(build: Build, known: list[Entry]) -> None:
    """Also where both contacts are made in the same run: nothing is left for the next."""
    world = build([under(ANNA, BEN), BEN], MANAGED, contacts=contacts_of(known))
    world.sync()
    assert manager(world, "Anna") == "Ben Berg"
    world.settled()


def test_a_new_manager_replaces_the_old_one_and_none_erases_only_by_rule(build: Build) -> None:
    """Blank keeps the PSA's; with erase it goes."""
    people = [under(ANNA, BEN), BEN, under(CARLA, BEN)]
    world = build(people, MANAGED)
    world.sync()
    world.people(under(ANNA, CARLA), BEN, under(CARLA, BEN))
    assert world.sync().changes == [("contact.update", "aadler")]
    assert manager(world, "Anna") == "Carla Castillo"
    world.people(ANNA, BEN, under(CARLA, BEN))
    assert world.sync().changes == []
    world.rules(MANAGED, '[contacts]\nerase = ["manager"]')
    assert world.sync().changes == [("contact.update", "aadler")]
    assert manager(world, "Anna") == ""
    world.settled()


def test_a_manager_who_is_no_person_is_told_and_not_set(build: Build) -> None:
    """A leaver, or somebody of another client."""
    world = build([under(ANNA, BEN), but(BEN, enabled=False)], MANAGED)
    told = world.sync()
    assert "Manager 'Ben Berg' of 1 person: the manager is no person with a contact." in told.warnings
    assert manager(world, "Anna") == ""
    world.settled()


@pytest.mark.parametrize("there", [True, False])
def test_people_get_the_configured_relationship_where_they_have_none(build: Build, there: bool) -> None:
    """Made in the PSA where the rules allow it; one that was set by hand stays."""
    rules = '[contacts]\nrelationship = "Employee"\ncreate_missing = ["relationship"]'
    known = [{"name": "Owner"}, *([{"name": "Employee"}] if there else [])]
    records = [contact(101, "Anna Adler"), contact(102, "Ben Berg", relationship={"name": "Owner"})]
    world = build([ANNA, BEN], rules, relationships=known, contacts=records)
    world.sync()
    assert [world.contact(number)["relationship"]["name"] for number in (101, 102)] == ["Employee", "Owner"]
    world.settled()


def test_an_unknown_relationship_is_told_and_not_made(build: Build) -> None:
    """The setup tables of the PSA are the provider's."""
    world = build([ANNA], '[contacts]\nrelationship = "Employee"')
    told = world.sync()
    assert (told.changes, "the PSA has no such relationship" in told.warnings) == ([], True)
    world.settled()


def test_contacts_there_are_get_the_types_where_the_rules_say_so_and_keep_their_own(build: Build) -> None:
    """By default the types are for new contacts alone."""
    records = [contact(101, "Anna Adler", types=["Approver"]), contact(102, "Ben Berg", types=["End User"])]
    world = build([ANNA, BEN], contacts=records)
    assert world.sync().changes == []
    world.rules('[contacts]\ntypes_for = "all"')
    assert world.sync().changes == [("contact.update", "aadler")]
    assert sorted(one["name"] for one in world.contact(101)["types"]) == ["Approver", "End User"]
    world.settled()


@pytest.mark.parametrize(("policy", "left"), [("replace", []), ("keep", [(ANNA.mail, False)])])
def test_the_former_address_is_replaced_or_kept_as_a_further_one(
    build: Build, policy: str, left: list[tuple[str, bool]]
) -> None:
    """Either way exactly one address is the default: the new one."""
    world = build([ANNA], f'[contacts]\nold_mail = "{policy}"')
    world.sync()
    world.people(but(ANNA, mail="anna.larsen@harbor.example"))
    assert world.sync().changes == [("contact.update", "aadler")]
    assert sorted(world.mails(101)) == sorted([("anna.larsen@harbor.example", True), *left])
    world.settled()


def test_one_contact_is_written_in_one_patch(build: Build) -> None:
    """Name, title, addresses, numbers, site and manager together."""
    full = but(under(ANNA, BEN), sn="Larsen", title="Dentist", mail="al@harbor.example", telephoneNumber="217 555 0142",
               mobile="217 555 0199", department="Surgery")  # fmt: skip
    world = build([ANNA, BEN], MANAGED, departments=[{"name": "Surgery"}])
    world.sync()
    world.people(full, BEN)
    before = world.writes()
    assert world.sync().changes == [("contact.update", "aadler")]
    assert world.writes() == before + 1
    world.settled()


def test_values_that_are_too_long_are_cut_with_a_warning(build: Build) -> None:
    """A long name or title is no error; an address is never cut."""
    long = but(ANNA, givenName="Anna-" + "x" * 40, title="y" * 150, mail="z" * 260 + "@harbor.example")
    world = build([long, BEN], contacts=contacts_of([BEN]))
    told = world.sync()
    (row,) = (one for one in world.sandbox.state()["contacts"] if one["lastName"] == "Adler")
    assert (len(row["firstName"]), len(row["title"]), row.get("communicationItems")) == (30, 100, [])
    assert "given name is cut to the PSA's 30 characters" in told.warnings
    world.settled()
