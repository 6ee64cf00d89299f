"""What can be told about the LDAP source without a server, or with a hostile one."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.directory import ldap_connection, ldap_errors
from connector.directory.ldap import LdapDirectory
from connector.directory.ldap_reader import read_entry
from connector.errors import ConfigError, DirectoryIncomplete, DirectoryRefused, DirectoryUnreachable


def directory(*servers: str, start_tls: bool = False, password: str | None = None) -> LdapDirectory:
    return LdapDirectory(
        servers, "DC=x", "CN=reader", "secret-word" if password is None else password, start_tls=start_tls, timeout=1
    )


@pytest.mark.parametrize("server", ["ldap://dc1.x.test", "LDAP://dc1.x.test:389"])
def test_a_password_never_travels_in_clear(server: str) -> None:
    """ldap:// without StartTLS is refused before anything is sent."""
    with pytest.raises(ConfigError, match="unencrypted"):
        directory(server)


@pytest.mark.parametrize("server", ["dc1.x.test", "https://dc1.x.test", "ldaps://", "ldaps://dc1:port", ""])
def test_what_is_no_ldap_address_is_refused(server: str) -> None:
    """And the right form is shown."""
    with pytest.raises(ConfigError, match="ldaps://host"):
        directory(server)


def test_an_empty_password_is_refused() -> None:
    """A server would take it for an anonymous login and give half the directory."""
    with pytest.raises(ConfigError, match="needs bind and password"):
        directory("ldaps://dc1.x.test", password="")


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("no certificate", "not a PEM")])
def test_an_unusable_ca_file_is_a_config_error(tmp_path: Path, content: str | None, reason: str) -> None:
    """It is named, with the reason."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=reason):
        LdapDirectory(["ldaps://dc1.x.test"], "DC=x", "CN=reader", "secret-word", ca_file=path)


def test_the_password_is_not_shown() -> None:
    """Neither the source nor anything in it prints the password."""
    source = directory("ldaps://dc1.x.test")
    assert "secret-word" not in repr(source) + repr(vars(source))


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_server_that_says_nothing_is_given_up(silent_server: str, scheme: str) -> None:
    """The run goes on after the timeout, with one clear line."""
    with pytest.raises(DirectoryUnreachable, match="no answer in time") as caught:
        directory(f"{scheme}://{silent_server}", start_tls=scheme == "ldap").read([])
    assert silent_server in str(caught.value)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("52e", "wrong name or password"),
        ("525", "does not exist"),
        ("530", "at this hour"),
        ("531", "this computer"),
        ("532", "password of the bind account has expired"),
        ("533", "is disabled"),
        ("701", "account has expired"),
        ("773", "must change its password"),
        ("775", "locked out"),
        ("99", "reason 99"),
    ],
)
def test_a_refused_login_is_put_into_words(code: str, words: str) -> None:
    """Active Directory hides the reason in a hexadecimal sub-code."""
    text = f"80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data {code}, v4563\x00"
    error = ldap_errors.login_error("ldaps://dc1", "CN=reader", {"result": 49, "message": text})
    if code != "99":
        assert words in str(error)
    assert isinstance(error, DirectoryRefused)
    assert "ldaps://dc1 refuses the login of CN=reader" in str(error)


@pytest.mark.parametrize(
    ("code", "text", "kind", "words"),
    [
        (4, "", DirectoryIncomplete, "at a limit"),
        (3, "", DirectoryIncomplete, "at a limit"),
        (11, "", DirectoryIncomplete, "at a limit"),
        (32, "0000208D: NameErr", DirectoryIncomplete, "is not there"),
        (10, "0000202B: RefErr", DirectoryIncomplete, "is not there"),
        (50, "", DirectoryRefused, "does not let"),
        (1, "000004DC: a successful bind must be completed", DirectoryRefused, "does not let"),
        (52, "going\ndown", DirectoryIncomplete, "stopped reading"),
    ],
)
def test_a_search_that_ends_badly_is_never_taken_for_complete(
    code: int, text: str, kind: type[Exception], words: str
) -> None:
    """Each result says what to do, in one line that names the server and what was read."""
    result = {"result": code, "description": "x", "message": text}
    error = ldap_errors.read_error("ldaps://dc1", "the base DC=x", "base", result)
    assert type(error) is kind
    assert words in str(error)
    assert "ldaps://dc1" in str(error)
    assert "the base DC=x" in str(error)
    assert "\n" not in str(error)


def element(tag: int, *parts: bytes, wide: bool = False) -> bytes:
    body = b"".join(parts)
    length = b"\x84" + len(body).to_bytes(4, "big") if wide or len(body) > 127 else bytes([len(body)])
    return bytes([tag]) + length + body


@pytest.mark.parametrize("wide", [False, True])
def test_an_entry_is_read_with_short_and_long_lengths(wide: bool) -> None:
    """Windows writes every length in four bytes, others as short as they can."""
    values = element(0x31, element(4, b"a", wide=wide), element(4, b"", wide=wide), wide=wide)
    attribute = element(0x30, element(4, b"mail", wide=wide), values, wide=wide)
    none = element(0x30, element(4, b"title", wide=wide), element(0x31, wide=wide), wide=wide)
    entry = element(0x64, element(4, b"CN=x", wide=wide), element(0x30, attribute, none, wide=wide), wide=wide)
    found = read_entry(entry, 0)
    assert found == {"type": "searchResEntry", "raw_dn": b"CN=x", "raw_attributes": {"mail": [b"a", b""], "title": []}}


def test_the_package_does_not_load_ldap3() -> None:
    """Commands that read no directory start without it."""
    code = "import sys, connector.directory, connector.directory.file; sys.exit('ldap3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_reference_to_another_server_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that points elsewhere gets the password sent nowhere: ldap3 is told so, and what it hands over of a
    reference is no entry."""
    made: list[Any] = []
    monkeypatch.setattr(ldap_connection, "_bind", lambda connection, *_: made.append(connection))
    address = ldap_connection.address_of("ldaps://dc1.harbor.example", False)
    login = ldap_connection.Login("reader", "x")
    session = ldap_connection.connect(address, login, ldap_connection.trust(None), 1)
    (connection,) = made
    assert (connection.auto_referrals, connection.server.allowed_referral_hosts) == (False, [])
    elsewhere = {"type": "searchResRef", "uri": ["ldap://evil.example/DC=harbor,DC=example"]}
    page = {"result": 0}, [elsewhere]
    monkeypatch.setattr(session, "_page", lambda *_: page)
    assert list(session.search("DC=x", "(objectClass=*)", ["cn"], what="the base", setting="base")) == []
