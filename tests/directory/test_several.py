"""Two domains of one client, read as one directory."""

from collections.abc import Collection
from pathlib import Path

import pytest

from connector.core.model import DirectorySnapshot
from connector.core.normalize import dn_key
from connector.directory.file import FileDirectory
from connector.directory.ldap import LdapDirectory
from connector.directory.several import SeveralDirectories
from connector.errors import DirectoryError, DirectoryIncomplete
from tests.directory import seeded
from tests.directory.export import Record, ldifde

NORTH, SOUTH = "DC=north,DC=test", "DC=south,DC=test"


def person(number: int, domain: str, **more: list[bytes]) -> Record:
    values = {
        "objectClass": [b"user"],
        "objectGUID": [number.to_bytes(16, "little")],
        "objectSid": [seeded.sid(2000 + number)],
        "sAMAccountName": [f"p{number}".encode()],
        "userAccountControl": [b"512"],
        "primaryGroupID": [b"513"],
    }
    return f"CN=P{number},{domain}", values | more


def group(name: str, domain: str, *members: str) -> Record:
    values = {"objectClass": [b"group"], "sAMAccountName": [name.encode()], "member": [one.encode() for one in members]}
    return f"CN={name},{domain}", values


def export(folder: Path, name: str, *records: Record) -> FileDirectory:
    (folder / name).write_bytes(ldifde(records))
    return FileDirectory(folder / name)


def read(*parts: FileDirectory, groups: Collection[str] = (), attributes: Collection[str] = ()) -> DirectorySnapshot:
    return SeveralDirectories(parts).read(groups, attributes)


def refusal(*parts: FileDirectory, groups: Collection[str] = ()) -> str:
    with pytest.raises(DirectoryIncomplete) as caught:
        read(*parts, groups=groups)
    assert caught.value.hint
    return str(caught.value)


def test_the_accounts_of_both_come_in_one_order(tmp_path: Path) -> None:
    """Sorted by DN whichever is read first; the source names both."""
    one = export(tmp_path, "n.ldf", person(2, NORTH), person(4, NORTH, company=[b"N"]))
    two = export(tmp_path, "s.ldf", person(1, SOUTH), person(3, SOUTH))
    found = read(one, two, attributes=["company"])
    assert [account.account for account in found.accounts] == ["p1", "p2", "p3", "p4"]
    assert found.accounts == read(two, one, attributes=["company"]).accounts
    assert found.accounts[3].attributes == {"company": ("N",)}
    assert (found.complete, found.source) == (True, f"{tmp_path}/n.ldf and {tmp_path}/s.ldf")


def test_each_group_is_asked_of_the_directory_that_has_it(tmp_path: Path) -> None:
    """Groups of one name in two domains are two groups; members of the other domain count."""
    one = export(tmp_path, "n.ldf", person(1, NORTH), group("Billed", NORTH, f"CN=P1,{NORTH}", f"CN=P2,{SOUTH}"))
    two = export(tmp_path, "s.ldf", person(2, SOUTH), person(3, SOUTH), group("Billed", SOUTH, f"CN=P3,{SOUTH}"))
    north, south = f"CN=Billed,{NORTH}", f"cn=billed, {SOUTH}"
    groups = {account.account: account.groups for account in read(one, two, groups=[north, south]).accounts}
    assert groups == {"p1": {dn_key(north)}, "p2": {dn_key(north)}, "p3": {dn_key(south)}}


def test_a_member_from_another_forest_is_known_by_its_sid(tmp_path: Path) -> None:
    """Across a trust a group holds a placeholder whose name is the SID of the member, or of its primary group."""
    north_sid = "S-1-5-21-1-2-3"
    placeholders = [f"CN={north_sid}-{rid},CN=ForeignSecurityPrincipals,{SOUTH}" for rid in (2001, 777)]
    records = [person(1, NORTH), person(2, NORTH), person(3, NORTH, primaryGroupID=[b"777"])]
    south = person(4, SOUTH, objectSid=[seeded.sid(2001)[:-8] + bytes(8)])
    two = export(tmp_path, "s.ldf", south, group("G", SOUTH, *placeholders))
    found = read(export(tmp_path, "n.ldf", *records), two, groups=[f"CN=G,{SOUTH}"])
    assert [account.account for account in found.accounts if account.groups] == ["p1", "p3"]


def test_an_administrator_of_one_domain_is_one_in_the_other(tmp_path: Path) -> None:
    """The administrators of a forest's first domain are members of groups there."""
    admins = group("Domain Admins", NORTH, f"CN=P2,{SOUTH}")
    admins[1]["objectSid"] = [seeded.sid(512)]  # type: ignore[index]
    found = read(export(tmp_path, "n.ldf", person(1, NORTH), admins), export(tmp_path, "s.ldf", person(2, SOUTH)))
    assert [account.admin for account in found.accounts] == [False, True]


def test_a_group_that_none_or_both_have_is_named(tmp_path: Path) -> None:
    """Nothing is guessed; the directories are named, too."""
    one = export(tmp_path, "n.ldf", person(1, NORTH), group("G", NORTH, f"CN=P1,{NORTH}"))
    two = export(tmp_path, "s.ldf", person(2, SOUTH), group("G", NORTH, f"CN=P1,{NORTH}"))
    both = refusal(one, two, groups=[f"CN=G,{NORTH}"])
    assert f"The group CN=G,{NORTH} is in more than one directory: {tmp_path}/n.ldf and {tmp_path}/s.ldf." in both
    none = refusal(one, two, groups=[f"CN=H,{NORTH}"])
    assert f"The group CN=H,{NORTH} is in none of the client's directories: {tmp_path}/n.ldf and" in none
    assert "'Billed' is not a distinguished name" in refusal(one, two, groups=["Billed"])


def test_one_directory_that_fails_fails_all(tmp_path: Path) -> None:
    """Half a company must not look like a whole one."""
    one = export(tmp_path, "n.ldf", person(1, NORTH))
    for broken in (FileDirectory(tmp_path / "gone.ldf"), export(tmp_path, "e.ldf", group("G", SOUTH))):
        with pytest.raises(DirectoryError, match=Path(broken.name).name):
            read(one, broken)


def test_one_account_in_two_directories_is_refused(tmp_path: Path) -> None:
    """Both places are named: the bases overlap, or one export was made twice."""
    message = refusal(export(tmp_path, "n.ldf", person(1, NORTH)), export(tmp_path, "s.ldf", person(1, SOUTH)))
    assert f"CN=P1,{NORTH} in {tmp_path}/n.ldf and CN=P1,{SOUTH} in {tmp_path}/s.ldf" in message
    assert "same objectGUID" in message


def test_a_warning_says_whose_it_is(tmp_path: Path) -> None:
    """Each export has its own gaps."""
    one = export(tmp_path, "n.ldf", person(1, NORTH, memberOf=[f"CN=G,{NORTH}".encode()]))
    (warning,) = read(one, export(tmp_path, "s.ldf", person(2, SOUTH)), groups=[f"CN=G,{NORTH}"]).warnings
    assert warning.startswith(f"{tmp_path}/n.ldf: The export holds users but no groups")


def test_over_ldap_the_domain_of_the_base_decides() -> None:
    """Without asking a server; a child domain is a domain of its own."""
    directory = LdapDirectory(["ldaps://dc1.north.test"], f"OU=Staff,{NORTH}", "CN=reader", "secret-word")
    groups = [f"CN=G,OU=Groups,{NORTH.upper()}", f"CN=G,{SOUTH}", f"CN=G,DC=child,{NORTH}"]
    assert directory.holding(groups) == groups[:1]
