"""Exports that are damaged, cut short or incomplete, and what is said about them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from connector.core.model import DirectorySnapshot
from connector.core.normalize import dn_key
from connector.directory.file import FileDirectory
from connector.errors import DirectoryIncomplete
from tests.directory import seeded
from tests.directory.export import Record, csvde, ldifde

BASE = seeded.BASE
WRITERS = {"ldf": ldifde, "csv": csvde}
both = pytest.mark.parametrize("kind", WRITERS)


def person(number: int, **changes: list[bytes]) -> Record:
    values = {
        "objectClass": [b"top", b"person", b"organizationalPerson", b"user"],
        "objectGUID": [number.to_bytes(16, "little")],
        "objectSid": [seeded.sid(2000 + number)],
        "sAMAccountName": [f"p{number}".encode()],
        "userAccountControl": [b"512"],
        "mail": [f"p{number}@x.test".encode()],
        **changes,
    }
    return f"CN=P{number},{BASE}", values


def group(name: str, *members: str, rid: int = 900, changes: Mapping[str, list[bytes]] | None = None) -> Record:
    values = {
        "objectClass": [b"top", b"group"],
        "member": [member.encode() for member in members],
        "objectSid": [seeded.sid(rid)],
        "sAMAccountName": [name.encode()],
        **(changes or {}),
    }
    return f"CN={name},{BASE}", {key: each for key, each in values.items() if each}


def read(tmp_path: Path, data: bytes, name: str, *groups: str) -> DirectorySnapshot:
    (tmp_path / name).write_bytes(data)
    return FileDirectory(tmp_path / name).read(groups)


def refusal(tmp_path: Path, data: bytes, name: str, *groups: str) -> str:
    with pytest.raises(DirectoryIncomplete) as caught:
        read(tmp_path, data, name, *groups)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """An export that did not run is said so."""
    with pytest.raises(DirectoryIncomplete, match=r"gone\.ldf cannot be read: No such file"):
        FileDirectory(tmp_path / "gone.ldf").read([])


@both
@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_not_an_empty_company(tmp_path: Path, kind: str, data: bytes) -> None:
    """Nothing may be taken away because of it."""
    assert "is empty" in refusal(tmp_path, data, f"a.{kind}")


@both
def test_an_export_without_users_is_incomplete(tmp_path: Path, kind: str) -> None:
    """Groups alone are not a directory."""
    assert "not a single user account" in refusal(tmp_path, WRITERS[kind]([group("G")]), f"a.{kind}")


@both
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_cut_anywhere_is_refused_or_loses_nothing_but_whole_records(
    tmp_path: Path, kind: str, encoding: str
) -> None:
    """However much of the file was copied, no account comes out changed."""
    data = WRITERS[kind]([person(1), person(2)], encoding)
    whole = {account.guid: account for account in read(tmp_path, data, f"a.{kind}").accounts}
    for cut in range(len(data) - 6, 3, -1):
        try:
            found = read(tmp_path, data[:cut], f"a.{kind}").accounts
        except DirectoryIncomplete:
            continue
        changed = [account for account in found if account != whole[account.guid] and account.mail]
        assert not changed, cut


@both
@pytest.mark.parametrize("name", ["objectGUID", "userAccountControl", "sAMAccountName"])
def test_an_account_without_what_decides_about_it_is_named(tmp_path: Path, kind: str, name: str) -> None:
    """With its place in the file, and what is missing."""
    message = refusal(tmp_path, WRITERS[kind]([person(1), person(2, **{name: []})]), f"a.{kind}")
    assert f"{name} is missing" in message
    assert "CN=P2" in message
    assert ("record 2" if kind == "ldf" else "row 3") in message


@both
def test_two_accounts_with_one_guid_are_refused(tmp_path: Path, kind: str) -> None:
    """An export put together from two is not one directory."""
    twin = person(2, objectGUID=[(1).to_bytes(16, "little")])
    message = refusal(tmp_path, WRITERS[kind]([person(1), twin]), f"a.{kind}")
    assert "CN=P1" in message
    assert "CN=P2" in message


@both
def test_nested_and_cyclic_groups_have_all_their_members(tmp_path: Path, kind: str) -> None:
    """A cycle ends, and membership goes both ways round it."""
    records = [
        person(1),
        person(2),
        person(3, primaryGroupID=[b"901"]),
        group("A", f"CN=B,{BASE}", f"CN=P1,{BASE}"),
        group("B", f"cn=a, {BASE}", f"CN=P2,{BASE}", rid=901),
    ]
    found = read(tmp_path, WRITERS[kind](records), f"a.{kind}", f"CN=A,{BASE}", f"CN=B,{BASE}")
    keys = {dn_key(f"CN=A,{BASE}"), dn_key(f"CN=B,{BASE}")}
    assert [account.groups for account in found.accounts] == [keys, keys, keys]


@both
def test_member_of_counts_where_a_group_lists_nobody(tmp_path: Path, kind: str) -> None:
    """An export of users with memberOf is as good as one of groups with member."""
    records = [person(1, memberOf=[f"CN=A,{BASE}".encode()]), person(2), group("A")]
    found = read(tmp_path, WRITERS[kind](records), f"a.{kind}", f"CN=A,{BASE}")
    assert [bool(account.groups) for account in found.accounts] == [True, False]


@both
def test_an_export_without_any_membership_is_refused_when_groups_are_asked(tmp_path: Path, kind: str) -> None:
    """An attribute left out of the export must not look like an empty group."""
    message = refusal(tmp_path, WRITERS[kind]([person(1), group("A")]), f"a.{kind}", f"CN=A,{BASE}")
    assert "no group memberships at all" in message


@both
def test_a_missing_primary_group_is_warned_of(tmp_path: Path, kind: str) -> None:
    """Who is a member that way cannot be told from such an export."""
    records = [person(1), group("A", f"CN=P1,{BASE}")]
    assert "primaryGroupID" in read(tmp_path, WRITERS[kind](records), f"a.{kind}", f"CN=A,{BASE}").warnings[0]


@both
def test_a_first_range_of_members_is_not_the_whole_group(tmp_path: Path, kind: str) -> None:
    """A tool that wrote the first 1,500 members only would cost the client the rest."""
    first = {"member": [], "member;range=0-0": [f"CN=P1,{BASE}".encode()]}
    message = refusal(tmp_path, WRITERS[kind]([person(1), group("A", changes=first)]), f"a.{kind}", f"CN=A,{BASE}")
    assert "only the first 1 members" in message


def test_ranges_up_to_the_end_are_the_whole_group(tmp_path: Path) -> None:
    """All ranges together are as good as one list."""
    ranges = {"member;range=0-0": [f"CN=P1,{BASE}".encode()], "member;range=1-*": [f"CN=P2,{BASE}".encode()]}
    found = read(tmp_path, ldifde([person(1), person(2), group("A", changes=ranges)]), "a.ldf", f"CN=A,{BASE}")
    assert all(account.groups for account in found.accounts)


def test_ldif_may_have_comments_a_version_and_bare_newlines(tmp_path: Path) -> None:
    """Whatever RFC 2849 allows around the records."""
    data = b"version: 1\n# folded\n comment\n\n" + ldifde([person(1)]).replace(b"\r\n", b"\n")
    assert read(tmp_path, data, "a.ldf").accounts[0].account == "p1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"dn: CN=x,DC=y\nno colon here\n\n", "record 1 cannot be read: a line has no colon"),
        (b"dn: CN=x,DC=y\nmail:: @@@=\n\n", "record 1"),
        (b"cn: x\nmail: y\n\n", "record 1"),
        (b"dn: CN=x,DC=y\ndn: CN=z,DC=y\n\n", "record 1"),
        (b"dn: CN=x,DC=y\nchangetype: delete\n\n", "record 1 is a change (delete)"),
        (b"PK\x03\x04\x00\x00\n", "record 1"),
    ],
)
def test_what_is_no_ldif_is_refused_by_record(tmp_path: Path, text: bytes, words: str) -> None:
    """The number of the record helps to find it."""
    assert words in refusal(tmp_path, text, "a.ldf")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"name,mail\r\nx,y\r\n", "no column DN"),
        (b'DN,mail\r\n"CN=x,DC=y",a,b\r\n', "row 2 has 3 cells, but the first row names 2"),
        (b'DN,mail\r\n"CN=x,DC=y,a\r\n', "is not CSV"),
        (b'DN,mail\r\n"CN=x,DC=y",caf\xe9\r\n', "line 2 is not UTF-8"),
    ],
)
def test_what_is_no_csvde_export_is_refused_by_row(tmp_path: Path, text: bytes, words: str) -> None:
    """The number of the row helps to find it."""
    assert words in refusal(tmp_path, text, "a.csv")


def test_the_dn_column_may_double_its_backslashes(tmp_path: Path) -> None:
    """Without the column distinguishedName, a DN is read either way it may be written."""
    values = person(1)[1]
    for dn in ("CN=Doe\\, Jane,DC=y", "CN=Doe\\\\, Jane,DC=y"):
        found = read(tmp_path, csvde([(dn, values)]), "a.csv")
        assert found.accounts[0].dn == "CN=Doe\\, Jane,DC=y"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Without an extension the content decides."""
    assert "neither LDIF nor CSV" in refusal(tmp_path, b"<html></html>\n", "export")


def test_an_export_of_users_alone_tells_direct_members_and_warns_that_nested_ones_are_not_seen(tmp_path: Path) -> None:
    """Without group entries the users' own memberOf decides; a group that nobody names is still missing."""
    path = tmp_path / "users.ldf"
    path.write_text(
        "dn: CN=Jonas Berg,DC=h\nobjectClass: user\nsAMAccountName: jberg\nuserAccountControl: 512\n"
        "objectGUID:: AAECAwQFBgcICQoLDA0ODw==\nmemberOf: CN=Billed,DC=h\n\n",
        encoding="utf-8",
    )
    snapshot = FileDirectory(path).read(["CN=Billed,DC=h"])
    assert snapshot.accounts[0].groups == {"cn=billed,dc=h"}
    assert any("members of nested groups are not seen" in warning for warning in snapshot.warnings)
    with pytest.raises(DirectoryIncomplete, match="CN=Other,DC=h is not in the export"):
        FileDirectory(path).read(["CN=Other,DC=h"])


@both
def test_a_missing_column_is_an_absent_attribute(tmp_path: Path, kind: str) -> None:
    """What is not in the export is not there; what is there is found in any letter case; blank is absent."""
    records = [person(1, company=[b"Harbor"], info=[b" "]), person(2, thumbnailPhoto=[b"\xff\xd8"])]
    (tmp_path / f"a.{kind}").write_bytes(WRITERS[kind](records))
    found = FileDirectory(tmp_path / f"a.{kind}").read([], ("Company", "info", "thumbnailphoto", "employeeType"))
    assert [account.attributes for account in found.accounts] == [
        {"company": ("Harbor",)},
        {"thumbnailphoto": ("\ufffd\ufffd",)},
    ]


@both
@pytest.mark.parametrize("when", [[], [b"2.02605E+13"]])
def test_a_date_that_is_missing_or_spoilt_is_unknown(tmp_path: Path, kind: str, when: list[bytes]) -> None:
    """The account is read all the same."""
    (found,) = read(tmp_path, WRITERS[kind]([person(1, whenCreated=when)]), f"a.{kind}").accounts
    assert (found.created_at, found.changed_at) == (None, None)


@both
def test_administrators_are_told_by_the_sids_of_their_groups(tmp_path: Path, kind: str) -> None:
    """Whatever the groups are called, and whoever claims to be one in another domain's name."""
    records = [
        person(1),
        person(2),
        person(3, adminCount=[b"1"]),
        group("Administratoren", f"CN=Helfer,{BASE}", changes={"objectSid": [seeded.built_in_sid(544)]}),
        group("Helfer", f"CN=P1,{BASE}"),
        group("Domain Admins", f"CN=P2,{BASE}", rid=1512),
    ]
    found = read(tmp_path, WRITERS[kind](records), f"a.{kind}")
    assert [account.admin for account in found.accounts] == [True, False, False]


@both
def test_without_groups_only_a_primary_group_makes_an_administrator(tmp_path: Path, kind: str) -> None:
    """An export of users alone is read as before; a primary group is a number on the account itself."""
    records = [person(1, memberOf=[b"CN=Domain Admins,CN=Users," + BASE.encode()]), person(2, primaryGroupID=[b"512"])]
    found = read(tmp_path, WRITERS[kind](records), f"a.{kind}")
    assert [account.admin for account in found.accounts] == [False, True]
