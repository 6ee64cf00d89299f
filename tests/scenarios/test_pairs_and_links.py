"""Pairs and links: what a technician corrects by hand, and what a contact's own field says."""

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, person
from tests.scenarios.records import contact

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
FIELD = {"podId": 1, "podDescription": "contact_overview", "caption": "AD Object", "fieldTypeIdentifier": "Text"}
BOTH = pytest.mark.parametrize("link", ["userDefinedField10", "custom:AD Object"])
NAMESAKES = [contact(101, "Anna Adler"), contact(102, "Ben Berg"), contact(103, "Annie Adler", "annie@home.example")]


@BOTH
def test_link_kept_on_the_contact_survives_the_loss_of_the_state(build: Build, link: str) -> None:
    """With the state lost and name, account and address changed, the same contact is updated."""
    world = build([ANNA, BEN], f'[contacts]\nlink = "{link}"', userDefinedFields=[FIELD])
    world.sync()
    world.lose_state()
    world.people(but(ANNA, sn="Larsen", mail="al@bluebay.example", userPrincipalName="", sAMAccountName="al"), BEN)
    assert world.sync().changes == [("contact.update", "al")]
    assert world.active() == ["Anna Larsen", "Ben Berg"]
    world.settled()


@BOTH
def test_link_on_the_contact_wins_over_the_state_and_the_report_says_so(build: Build, link: str) -> None:
    """A technician moves the GUID to another contact: from then on that one is the person's."""
    world = build([ANNA, BEN], f'[contacts]\nlink = "{link}"', userDefinedFields=[FIELD], contacts=NAMESAKES)
    world.sync()
    world.set_link(103, link, world.link_of(101, link))
    world.set_link(101, link, "")
    told = world.sync()
    assert ("contact.update", "aadler") in told.changes
    assert "The link field of Annie Adler (contact 103) names Anna Adler (aadler)" in told.warnings
    assert world.mails(103)[0][0] == ANNA.mail
    world.settled()


@BOTH
def test_link_field_that_holds_something_else_is_left_alone(build: Build, link: str) -> None:
    """A field in use for another purpose makes nobody a leaver, is not overwritten, and is told."""
    world = build([ANNA, BEN], f'[contacts]\nlink = "{link}"', userDefinedFields=[FIELD])
    world.set_link(101, link, "Member since 1999")
    for _ in range(3):
        told = world.sync()
    assert "Directory link 'member since 1999' of 1 person: no objectGUID, so it is left alone." in told.warnings
    assert (world.link_of(101, link), world.active()) == ("Member since 1999", ["Anna Adler", "Ben Berg"])
    world.settled()


def test_a_pair_in_the_config_overrules_keys_and_links(build: Build) -> None:
    """By account or GUID; the contact that was linked before is left as it is."""
    world = build([ANNA, BEN], contacts=NAMESAKES)
    world.sync()
    world.rules(f'[contacts.pairs]\n"{ANNA.guid}" = 103')
    assert world.sync().changes == [("contact.update", "aadler")]
    assert (world.contact(103)["firstName"], world.mails(101)[0][0]) == ("Anna", ANNA.mail)
    assert world.active() == ["Anna Adler", "Anna Adler", "Ben Berg"]
    world.settled()


@pytest.mark.parametrize(("number", "words"), [(999, "not a contact of the company"), (104, "not a contact of")])
def test_a_pair_with_a_contact_that_is_not_the_companys_is_held(build: Build, number: int, words: str) -> None:
    """A typing mistake makes no second contact and takes nobody else's."""
    other = contact(104, "Anna Adler", company={"id": 413})
    world = build([ANNA, BEN], f"[contacts.pairs]\naadler = {number}", contacts=[*NAMESAKES, other])
    told = world.sync()
    assert (told.code, told.held, words in told.why) == (3, [("conflict", "Anna Adler (aadler)")], True)
    world.settled(held=True)


def test_a_pair_for_an_account_that_is_not_there_is_told(build: Build) -> None:
    """The rest of the client goes on."""
    world = build([ANNA, BEN], "[contacts.pairs]\nnobody = 101")
    told = world.sync()
    assert (told.code, "contacts.pairs names nobody" in told.warnings) == (0, True)
    world.settled()


def test_an_ignored_contact_is_nobodys(build: Build) -> None:
    """Never paired, changed or inactivated, even where it was linked; the person gets another one."""
    world = build([ANNA, BEN])
    world.sync()
    world.rules("[contacts]\nignore_contacts = [101]")
    world.people(but(ANNA, title="Dentist"), BEN)
    assert world.sync().changes == [("contact.create", "aadler")]
    assert world.contact(101).get("title") is None
    world.settled()


def test_an_ignored_account_counts_and_its_contact_is_left_alone(build: Build) -> None:
    """Not updated, and not inactivated when the account goes."""
    world = build([ANNA, BEN], '[contacts]\nignore_accounts = ["aad*"]\nabsent_reads = 1')
    world.sync()
    for people in ([but(ANNA, title="Dentist"), BEN], [but(ANNA, enabled=False), BEN], [BEN]):
        world.people(*people)
        assert world.sync().changes == []
    assert world.active() == ["Anna Adler", "Ben Berg"]
    world.settled()
