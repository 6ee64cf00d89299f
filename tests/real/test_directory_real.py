"""Reading a real Active Directory (Samba) over TLS, through the limits of a Windows domain controller."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import ldap3
import pytest

from connector.core.normalize import dn_key
from connector.directory import attributes
from connector.directory.file import FileDirectory
from connector.directory.ldap import LdapDirectory
from connector.directory.ldap_connection import Login, address_of, connect, trust
from connector.directory.ldap_groups import read_admins
from connector.directory.several import SeveralDirectories
from connector.directory.snapshot import Membership
from connector.errors import DirectoryError, DirectoryIncomplete, DirectoryRefused, DirectoryUnreachable
from tests.directory import conformance
from tests.directory.export import Record, csvde, ldifde
from tests.directory.test_several import group, person
from tests.real.ad.edit import editing
from tests.real.ad.lab import Ad, running_wire

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("ad")]

_EXPORTED = (
    *attributes.ATTRIBUTES,
    "objectCategory",
    "member",
    "memberOf",
    "distinguishedName",
    "groupType",
    "description",
    "otherTelephone",
)


def directory(
    ad: Ad,
    *servers: str,
    base: str = "",
    password: str = "",
    bind: str = "",
    ca_file: Path | None = None,
    start_tls: bool = False,
) -> LdapDirectory:
    return LdapDirectory(
        servers=servers or (ad.ldaps_url,),
        base=base or ad.base_dn,
        bind=bind or ad.bind_dn,
        password=password or ad.password,
        ca_file=ca_file or ad.ca_file,
        start_tls=start_tls,
        timeout=10,
    )


def export(ad: Ad) -> list[Record]:
    """Every object of the directory, as an administrator's tool would read it."""
    address, login = address_of(ad.direct_url, start_tls=False), Login(ad.bind_dn, ad.password)
    with connect(address, login, trust(ad.ca_file), 30) as session:
        found = session.search(ad.base_dn, "(objectClass=*)", _EXPORTED, what="everything", setting="base")
        return [(entry.dn, dict(entry.attributes)) for entry in found]


@pytest.fixture(scope="module", params=["ldaps", "ldif", "csv"])
def reading(request: pytest.FixtureRequest, ad: Ad, tmp_path_factory: pytest.TempPathFactory) -> conformance.Reading:
    if request.param == "ldaps":
        return conformance.reading_of(directory(ad), ad.expectation)
    path = tmp_path_factory.mktemp("export") / f"export.{request.param}"
    path.write_bytes((ldifde if request.param == "ldif" else csvde)(export(ad)))
    return conformance.reading_of(FileDirectory(path), ad.expectation)


@conformance.every_check
def test_a_real_directory_conforms(check: object, reading: conformance.Reading) -> None:
    """Each rule of the suite holds over LDAPS, and for exports of the very same directory."""
    assert callable(check)
    check(reading)


def test_ldap_and_an_export_give_the_same_accounts(ad: Ad, tmp_path: Path) -> None:
    """How the directory was read does not matter."""
    groups = list(ad.expectation["groups"])
    path = tmp_path / "export.ldf"
    path.write_bytes(ldifde(export(ad)))
    assert directory(ad).read(groups).accounts == FileDirectory(path).read(groups).accounts


def test_more_than_one_page_is_read(ad: Ad) -> None:
    """All people come although the server gives 1,000 at most in one answer."""
    names = {account.account for account in directory(ad).read([]).accounts}
    assert len(ad.expectation["people"]) > 1000
    assert set(ad.expectation["people"]) <= names


def test_members_come_in_ranges(ad: Ad) -> None:
    """A group with more members than one answer holds has all of them."""
    group = ad.group("All Staff")
    members = [account for account in directory(ad).read([group]).accounts if dn_key(group) in account.groups]
    assert len(members) == len(ad.expectation["groups"][group]) > 1000


def test_start_tls_works(ad: Ad) -> None:
    """ldap:// is good enough once TLS is started on it."""
    assert len(directory(ad, ad.starttls_url, start_tls=True).read([]).accounts) > 1000


@pytest.mark.parametrize("name", ["ip", "localhost"])
def test_the_certificate_may_name_an_address_or_a_host(ad: Ad, name: str) -> None:
    """Both an IP address and a DNS name of the certificate are accepted."""
    with running_wire(ad.tls_dir, "127.0.0.1" if name == "localhost" else ad.ip, ad.ip) as port:
        host = "localhost" if name == "localhost" else ad.ip
        assert directory(ad, f"ldaps://{host}:{port}").read([]).complete


def test_the_second_server_is_used_when_the_first_is_dead(ad: Ad) -> None:
    """A dead first server costs nothing but time; the snapshot names the one that was read."""
    snapshot = directory(ad, f"ldaps://{ad.ip}:1", ad.ldaps_url).read([])
    assert snapshot.source == ad.ldaps_url


def test_an_umlaut_ou_can_be_the_base(ad: Ad) -> None:
    """A base with letters beyond ASCII reads its own people only."""
    base = f"OU=Vertrieb Zürich,OU=Staff,{ad.base_dn}"
    accounts = directory(ad, base=base).read([ad.group("All Staff")]).accounts
    assert accounts
    assert all(account.dn.endswith(base) and account.groups for account in accounts)


def refusal(kind: type[DirectoryError], source: LdapDirectory, groups: tuple[str, ...] = ()) -> str:
    with pytest.raises(kind) as caught:
        source.read(groups)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in message
    assert caught.value.hint
    return message


def test_a_wrong_password_is_refused_at_once(ad: Ad) -> None:
    """It is said plainly, and no second server is tried: that would count towards a lockout."""
    source = directory(ad, ad.ldaps_url, f"ldaps://{ad.ip}:1", password="not-the-password")
    message = refusal(DirectoryRefused, source)
    assert "wrong name or password" in message
    assert ad.ldaps_url in message
    assert "not-the-password" not in message + repr(source)


def test_an_untrusted_certificate_is_refused(ad: Ad) -> None:
    """A server whose CA we do not trust never gets the password."""
    message = refusal(DirectoryUnreachable, directory(ad, ca_file=ad.wrong_ca_file))
    assert "not trusted" in message
    assert "ca_file" in message


def test_a_certificate_for_another_name_is_refused(ad: Ad) -> None:
    """The right CA is not enough: the certificate must be for this address."""
    with running_wire(ad.tls_dir, "127.0.0.1", ad.ip) as port:
        message = refusal(DirectoryUnreachable, directory(ad, f"ldaps://127.0.0.1:{port}"))
    assert "127.0.0.1" in message
    assert "not trusted" in message


def test_start_tls_checks_the_certificate_too(ad: Ad) -> None:
    """StartTLS with an untrusted certificate is as bad as LDAPS with one."""
    source = directory(ad, ad.starttls_url, start_tls=True, ca_file=ad.wrong_ca_file)
    assert "not trusted" in refusal(DirectoryUnreachable, source)


def test_an_unknown_host_and_a_closed_port_are_both_named(ad: Ad) -> None:
    """When no server can be reached, each is named with its own cause."""
    message = refusal(DirectoryUnreachable, directory(ad, "ldaps://no-such-host.invalid", f"ldaps://{ad.ip}:1"))
    assert "no-such-host.invalid: its name cannot be found" in message
    assert f"{ad.ip}:1: connection refused" in message


def test_a_missing_base_is_named(ad: Ad) -> None:
    """A base that is not there makes the reading incomplete, never empty."""
    base = f"OU=Nowhere,{ad.base_dn}"
    assert base in refusal(DirectoryIncomplete, directory(ad, base=base))


def test_an_empty_base_is_incomplete(ad: Ad) -> None:
    """No accounts at all is a fault, not a company without people."""
    message = refusal(DirectoryIncomplete, directory(ad, base=f"OU=Groups,{ad.base_dn}"))
    assert "not a single user account" in message


@pytest.mark.parametrize("after", [1, 500, 1005])
def test_a_connection_cut_half_way_is_incomplete(ad: Ad, after: int) -> None:
    """Whether in the first page or a later one, half a directory is never taken for a whole one."""
    with running_wire(ad.tls_dir, ad.ip, ad.ip, cut=after) as port:
        message = refusal(DirectoryIncomplete, directory(ad, f"ldaps://{ad.ip}:{port}"))
    assert "broke off" in message


def test_a_disabled_bind_account_is_refused_with_its_reason(ad: Ad, disabled_reader: str) -> None:
    """The reason Active Directory hides in its answer is put into words."""
    assert "disabled" in refusal(DirectoryRefused, directory(ad, bind=disabled_reader))


@pytest.fixture
def disabled_reader(ad: Ad) -> Iterator[str]:
    """The DN of a disabled service account that has the administrator's password."""
    account = f"CN=svc-app000,OU=Service Accounts,{ad.base_dn}"
    with editing(ad) as editor:
        editor.set_enabled(account, enabled=False)
        yield account
        editor.set_enabled(account, enabled=True)


def test_a_rename_keeps_the_identity(ad: Ad) -> None:
    """A renamed and moved account has the same objectGUID and the new DN."""
    with editing(ad) as editor:
        dn = editor.add_user("renamed.one", givenName="Before", sn="Renamed")
        before = {account.account: account for account in directory(ad).read([]).accounts}["renamed.one"]
        moved = editor.move(editor.rename(dn, "After"), "OU=Finance,OU=Staff")
        after = {account.account: account for account in directory(ad).read([]).accounts}["renamed.one"]
        editor.delete(moved)
    assert (after.guid, dn_key(after.dn)) == (before.guid, dn_key(moved))


def test_an_edit_moves_the_time_of_the_last_change_only(ad: Ad) -> None:
    """When the account was made stays; when it changed is the server's own time."""
    with editing(ad) as editor:
        dn = editor.add_user("edited.one", description="before")
        before = {account.account: account for account in directory(ad).read([]).accounts}["edited.one"]
        time.sleep(1.1)  # the server counts in whole seconds
        editor.modify(dn, description="after")
        after = {account.account: account for account in directory(ad).read([]).accounts}["edited.one"]
        editor.delete(dn)
    assert before.changed_at is not None
    assert after.changed_at is not None
    assert (after.created_at, after.changed_at > before.changed_at) == (before.created_at, True)


def test_administrators_are_known_below_any_base(ad: Ad) -> None:
    """Their groups stand at the top of the domain, above the client's own base."""
    accounts = directory(ad, base=f"OU=Service Accounts,{ad.base_dn}").read([]).accounts
    assert {account.account for account in accounts if account.admin} == set(ad.expectation["admins"])


def test_a_live_domain_and_an_export_are_one_directory(ad: Ad, tmp_path: Path) -> None:
    """Each group is asked where it is; a member from the export's domain that stands in the live group counts."""
    path = tmp_path / "other.ldf"
    path.write_bytes(
        ldifde([person(1, "DC=other,DC=test"), group("Billed", "DC=other,DC=test", "CN=P1,DC=other,DC=test")])
    )
    groups = [ad.group("All Staff"), "CN=Billed,DC=other,DC=test"]
    with editing(ad) as editor:
        editor.add_member(ad.group("Helpdesk"), "<SID=S-1-5-21-1-2-3-2001>")
        found = SeveralDirectories([directory(ad), FileDirectory(path)]).read([*groups, ad.group("Helpdesk")])
        editor.remove_member(ad.group("Helpdesk"), "<SID=S-1-5-21-1-2-3-2001>")
    accounts = {account.account: account for account in found.accounts}
    staff = {name for name, account in accounts.items() if dn_key(groups[0]) in account.groups}
    assert staff == set(ad.expectation["groups"][groups[0]])
    assert accounts["p1"].groups == {dn_key(groups[1]), dn_key(ad.group("Helpdesk"))}
    assert accounts["p1"].admin
    assert found.source == f"{ad.ldaps_url} and {path}"


def test_groups_of_administrators_that_cannot_be_seen_are_not_asked(ad: Ad) -> None:
    """Neither a domain that is not there nor SIDs of another one make the reading fail."""
    address, login = address_of(ad.direct_url, start_tls=False), Login(ad.bind_dn, ad.password)
    foreign = {"S-1-5-21-1-2-3-512"}
    with connect(address, login, trust(ad.ca_file), 30) as session:
        for base in ("DC=nowhere,DC=test", "O=no domain", ad.base_dn):
            assert read_admins(session, base, foreign) == Membership(frozenset(), frozenset(foreign))


def test_both_readers_give_the_same_entries(ad: Ad) -> None:
    """Our reading of search entries equals ldap3's own, value by value."""
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(ad.ca_file), valid_names=[ad.host])
    server = ldap3.Server(ad.direct_url, tls=tls, get_info=ldap3.NONE)
    plain = ldap3.Connection(server, ad.bind_dn, ad.password, auto_bind=True, return_empty_attributes=False)
    try:
        plain.search(ad.base_dn, "(objectClass=*)", attributes=list(_EXPORTED))
        theirs = {
            row["raw_dn"].decode(): attributes.fold(row["raw_attributes"])
            for row in plain.response or ()
            if row["type"] == "searchResEntry"
        }
    finally:
        plain.unbind()
    assert len(theirs) > 1000
    assert dict(export(ad)) == theirs
