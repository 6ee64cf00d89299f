"""What every source of people must do, given the seeded population: one suite for LDAP, LDIF and CSV."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.core.model import Account, DirectorySnapshot
from connector.core.normalize import dn_key
from connector.errors import DirectoryIncomplete
from connector.sync.ports import Directory

# made by Samba or Windows themselves
BUILT_IN = {"Administrator", "Guest", "krbtgt"}
_OWN = BUILT_IN | {"dns-dc1"}


@dataclass(frozen=True)
class Reading:
    """A directory, what it must hold (:meth:`Population.expectation`), and one reading of it with all seeded groups."""

    directory: Directory
    expected: Mapping[str, Any]
    snapshot: DirectorySnapshot

    @property
    def accounts(self) -> dict[str, Account]:
        """The accounts by account name."""
        return {account.account: account for account in self.snapshot.accounts}

    def odd(self, name: str) -> Account:
        """One odd person."""
        return self.accounts[self.expected["odd"][name]]


def reading_of(directory: Directory, expected: Mapping[str, Any]) -> Reading:
    """Read all the seeded groups once."""
    return Reading(directory, expected, directory.read(list(expected["groups"])))


def reads_every_person_with_their_identity(reading: Reading) -> None:
    """Each person is there with objectGUID, DN and state."""
    seen = {
        name: (account.guid, dn_key(account.dn), account.enabled)
        for name, account in reading.accounts.items()
        if name in reading.expected["people"]
    }
    wanted = {
        name: (facts["guid"], dn_key(facts["dn"]), facts["enabled"])
        for name, facts in reading.expected["people"].items()
    }
    assert seen == wanted


def reads_nothing_but_user_accounts(reading: Reading) -> None:
    """Computers, contacts and groups are no accounts; service accounts are."""
    expected = reading.expected
    assert set(reading.accounts) - _OWN == {*expected["people"], *expected["service"], *expected["managed"]}


def marks_managed_service_accounts(reading: Reading) -> None:
    """Group and standalone managed service accounts are known as such."""
    marked = {name for name, account in reading.accounts.items() if account.managed_service}
    assert marked == set(reading.expected["managed"])


def marks_built_in_accounts(reading: Reading) -> None:
    """Administrator, Guest and krbtgt are told by their SIDs."""
    assert {name for name, account in reading.accounts.items() if account.built_in} == BUILT_IN


def knows_the_members_of_every_group(reading: Reading) -> None:
    """Nested, cyclic, empty, large and primary groups have exactly their members."""
    for group, wanted in reading.expected["groups"].items():
        members = {name for name, account in reading.accounts.items() if dn_key(group) in account.groups}
        assert members == set(wanted), group


def says_it_is_complete_and_where_from(reading: Reading) -> None:
    """A reading that ended is complete and names its source."""
    assert (reading.snapshot.complete, reading.snapshot.problem, bool(reading.snapshot.source)) == (True, "", True)


def reads_the_same_twice(reading: Reading) -> None:
    """Two readings of an unchanged directory are equal, order included."""
    assert reading.directory.read(list(reading.expected["groups"])) == reading.snapshot


def cleans_mail_addresses(reading: Reading) -> None:
    """Blanks around an address go; absent ones are blank; the primary proxy address is first; SIP is none."""
    assert reading.odd("mail-padded").mail == "mail.padded@contoso.test"
    assert (reading.odd("no-mail").mail, reading.odd("no-mail").proxy_addresses) == ("", ())
    odd = reading.odd("mail-not-primary")
    assert odd.proxy_addresses == ("new.address@contoso.test", "old.address@contoso.test")
    assert (len(reading.odd("many-proxies").proxy_addresses), reading.odd("many-proxies").proxy_addresses[0]) == (
        200,
        "many@contoso.test",
    )
    assert not any("SIP" in address for account in reading.snapshot.accounts for address in account.proxy_addresses)


def reads_expiry_dates(reading: Reading) -> None:
    """0 and the largest number never expire; a tiny number expired in 1601."""
    assert reading.odd("expires-zero").expires_at is None
    assert reading.odd("expires-1601").expires_at == datetime(1601, 1, 1, tzinfo=UTC)
    assert reading.odd("expires-past").expires_at == datetime(2021, 6, 30, tzinfo=UTC)
    assert reading.odd("expires-future").expires_at == datetime(2099, 12, 31, tzinfo=UTC)


def reads_odd_texts_as_they_are(reading: Reading) -> None:
    """Formulas, markup, separators and quotes stay text; missing names stay blank."""
    assert reading.odd("html-name").title == '=HYPERLINK("x")'
    assert reading.odd("csv-name").display_name == "X'4142'; semi\\;colon, \"quoted\""
    assert reading.odd("csv-name").title == "a;b\\\\c"
    assert reading.odd("dept-trailing-space").department == "Sales"
    bare = reading.odd("bare")
    assert (bare.first_name, bare.last_name, bare.upn, bare.phone, bare.manager_dn) == ("", "", "", None, "")


def reads_phones_and_managers(reading: Reading) -> None:
    """A number has its extension apart; a person can be their own manager."""
    phone = reading.odd("phone-extension").phone
    assert phone is not None
    assert phone.same_as == ("+12175550100", "123")
    itself = reading.odd("self-manager")
    assert dn_key(itself.manager_dn) == dn_key(itself.dn)


def reads_the_further_attributes_that_are_asked_for(reading: Reading) -> None:
    """By lower-case name, every value as text; absent and unknown ones are left out; bytes that are no text do not
    break the reading; what is not asked for is not there."""
    asked = ("Description", "otherTelephone", "title", "extensionAttribute3", "objectSid", "x-no-such-attribute")
    further = Reading(reading.directory, reading.expected, reading.directory.read([], asked))
    assert further.odd("long-description").attributes["description"] == ("d" * 1024,)
    assert further.odd("more-phones").attributes["othertelephone"] == ("+1 217 555 0198; at night", "+1 217 555 0199")
    assert further.odd("csv-name").attributes["title"] == ("a;b\\\\c",)
    assert set(further.odd("bare").attributes) == {"objectsid"}
    assert [account.attributes for account in reading.snapshot.accounts if account.attributes] == []


def reads_when_an_account_was_made_and_changed(reading: Reading) -> None:
    """Both in UTC, in their order."""
    for account in reading.snapshot.accounts:
        assert account.created_at is not None
        assert account.changed_at is not None
        assert datetime(2026, 1, 1, tzinfo=UTC) < account.created_at <= account.changed_at
        assert account.created_at.tzinfo is UTC


def knows_the_administrators_of_the_domain(reading: Reading) -> None:
    """Nested ones and those by primary group, and nobody who only once was one."""
    marked = {name for name, account in reading.accounts.items() if account.admin}
    assert marked == {"Administrator", *reading.expected["admins"]}


def refuses_a_missing_group(reading: Reading) -> None:
    """A group that is not there makes the reading incomplete, and is named."""
    _refuses(reading.directory, [f"CN=No such group,OU=Groups,{reading.expected['base']}"], "CN=No such group")


def refuses_a_group_that_is_no_group(reading: Reading) -> None:
    """An OU in place of a group makes the reading incomplete, and is named."""
    _refuses(reading.directory, [f"OU=Staff,{reading.expected['base']}"], "OU=Staff")


def refuses_a_group_that_is_no_dn(reading: Reading) -> None:
    """A group's bare name is not guessed at."""
    _refuses(reading.directory, ["All Staff"], "All Staff")


def _refuses(directory: Directory, groups: Collection[str], named: str) -> None:
    with pytest.raises(DirectoryIncomplete) as caught:
        directory.read(groups)
    message = str(caught.value)
    assert named in message
    assert "\n" not in message
    assert caught.value.hint


CHECKS: tuple[Callable[[Reading], None], ...] = (
    reads_every_person_with_their_identity,
    reads_nothing_but_user_accounts,
    marks_managed_service_accounts,
    marks_built_in_accounts,
    knows_the_members_of_every_group,
    says_it_is_complete_and_where_from,
    reads_the_same_twice,
    cleans_mail_addresses,
    reads_expiry_dates,
    reads_odd_texts_as_they_are,
    reads_phones_and_managers,
    reads_the_further_attributes_that_are_asked_for,
    reads_when_an_account_was_made_and_changed,
    knows_the_administrators_of_the_domain,
    refuses_a_missing_group,
    refuses_a_group_that_is_no_group,
    refuses_a_group_that_is_no_dn,
)
every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
