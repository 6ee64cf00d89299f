"""How the attributes of a directory object become an account."""

import uuid
from datetime import UTC, datetime

import pytest

from connector.core.model import Account
from connector.directory import attributes
from tests.directory.seeded import sid

GUID = uuid.UUID("d08f810b-a35c-49a8-a4cd-c6923dfc031e")
PERSON = {
    "objectClass": [b"top", b"person", b"organizationalPerson", b"user"],
    "objectGUID": [GUID.bytes_le],
    "sAMAccountName": [b"jberg"],
    "userAccountControl": [b"512"],
}


def account(**changes: list[bytes]) -> Account:
    return attributes.account_from("CN=x,DC=y", {**PERSON, **changes}, (), "US")


def test_the_guid_is_read_little_endian() -> None:
    """Its text is the one that Microsoft's tools show."""
    assert PERSON["objectGUID"][0].hex() == "0b818fd05ca3a849a4cdc6923dfc031e"
    assert account().guid == str(GUID)


@pytest.mark.parametrize("name", ["objectGUID", "sAMAccountName", "userAccountControl"])
def test_an_account_without_what_decides_about_it_is_not_guessed(name: str) -> None:
    """Identity, name and state must be there."""
    with pytest.raises(ValueError, match=f"{name} is missing"):
        account(**{name: []})


def test_a_guid_of_another_length_is_refused() -> None:
    """A cut GUID must not become another identity."""
    with pytest.raises(ValueError, match="15 bytes"):
        account(objectGUID=[GUID.bytes_le[:15]])


def test_attribute_names_are_read_in_any_letter_case() -> None:
    """LDAP does not tell them apart."""
    loud = {name.upper(): values for name, values in {**PERSON, "givenName": [b"Jo"]}.items()}
    assert attributes.account_from("CN=x", loud, (), "US").first_name == "Jo"


@pytest.mark.parametrize(("flags", "enabled"), [(b"512", True), (b"514", False), (b"66050", False), (b"262656", True)])
def test_bit_two_of_the_account_control_disables(flags: bytes, enabled: bool) -> None:
    """Whatever other bits are set."""
    assert account(userAccountControl=[flags]).enabled is enabled


@pytest.mark.parametrize(
    ("ticks", "date"),
    [
        (b"0", None),
        (b"9223372036854775807", None),
        (b"9223372036854775806", None),
        (b"1", datetime(1601, 1, 1, tzinfo=UTC)),
        (b"132695712000000000", datetime(2021, 7, 1, tzinfo=UTC)),
    ],
)
def test_expiry_is_a_filetime(ticks: bytes, date: datetime | None) -> None:
    """Zero and the largest numbers mean never; one means 1601."""
    assert account(accountExpires=[ticks]).expires_at == date


def test_a_number_spoilt_by_a_spreadsheet_is_refused() -> None:
    """9.22E+18 is not a date, and guessing would bill or drop somebody."""
    with pytest.raises(ValueError, match="accountExpires"):
        account(accountExpires=[b"9.22337E+18"])


@pytest.mark.parametrize(("rid", "built_in"), [(500, True), (501, True), (502, True), (503, False), (1500, False)])
def test_built_in_accounts_are_told_by_the_end_of_their_sid(rid: int, built_in: bool) -> None:
    """Renaming the Administrator does not hide it."""
    assert account(objectSid=[sid(rid)]).built_in is built_in


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        (b"1", "user"),
        (b"2", "user"),
        (b"4", "shared"),
        (b"16", "room"),
        (b"32", "equipment"),
        (b"2147483648", "user"),
        (b"8589934592", "room"),
        (b"17179869184", "equipment"),
        (b"34359738368", "shared"),
        (b"128", ""),
    ],
)
def test_the_mailbox_is_what_exchange_says(details: bytes, kind: str) -> None:
    """On-premises and remote mailboxes alike."""
    assert account(msExchRecipientTypeDetails=[details]).mailbox == kind


def test_proxy_addresses_are_mail_only_and_primary_first() -> None:
    """SIP, X400 and X500 addresses are not mail."""
    found = account(
        proxyAddresses=[b"smtp:b@x.test", b"SIP:j@x.test", b"x500:/o=x", b"SMTP:j@x.test", b"smtp:a@x.test"]
    )
    assert found.proxy_addresses == ("j@x.test", "a@x.test", "b@x.test")


def test_broken_utf8_does_not_hide_a_person() -> None:
    """One bad byte in a title is shown as such."""
    assert account(title=[b"Caf\xe9 manager"]).title == "Caf� manager"


@pytest.mark.parametrize("kind", attributes.MANAGED_SERVICE_CLASSES)
def test_managed_service_accounts_are_told_by_their_class(kind: str) -> None:
    """They are accounts, although they carry the flags of a computer."""
    found = attributes.fold({**PERSON, "objectClass": [kind.encode()], "userAccountControl": [b"4096"]})
    assert attributes.is_user_account(found)
    assert attributes.is_managed_service(found)


@pytest.mark.parametrize(
    ("classes", "category", "flags"),
    [
        ([b"computer"], b"CN=Computer,CN=Schema", b"4096"),
        ([b"user", b"computer"], b"CN=Computer,CN=Schema", b"4096"),
        ([b"contact"], b"CN=Person,CN=Schema", b"512"),
        ([b"foreignSecurityPrincipal"], b"CN=Foreign-Security-Principal", b"512"),
        ([b"user"], b"CN=Computer,CN=Schema", b"512"),
        ([b"user"], b"CN=Person,CN=Schema", b"2080"),
        ([b"user"], b"CN=Person,CN=Schema", b"8192"),
    ],
)
def test_what_is_no_user_account_is_left_out(classes: list[bytes], category: bytes, flags: bytes) -> None:
    """Computers, contacts, foreign principals and trusts are never people."""
    found = {**PERSON, "objectClass": classes, "objectCategory": [category], "userAccountControl": [flags]}
    assert not attributes.is_user_account(attributes.fold(found))


def test_the_primary_group_is_a_sid_of_the_same_domain() -> None:
    """primaryGroupID is only the last part."""
    found = attributes.fold({**PERSON, "objectSid": [sid(1234)], "primaryGroupID": [b"513"]})
    assert attributes.primary_group_sid(found) == "S-1-5-21-1-2-3-513"
