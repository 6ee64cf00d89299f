"""The sandbox over TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from connector.sandbox import CertificateError, Sandbox
from tests.sandbox.conftest import API, HEADERS, tenant

Files = tuple[Path, Path]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("127.0.0.1")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "sandbox.pem", append=True)
    issued.private_key_pem.write_to_path(folder / "sandbox.key")
    return folder / "sandbox.pem", folder / "sandbox.key"


@pytest.fixture
def sandbox(files: Files) -> Iterator[Sandbox]:
    """A running sandbox with the small tenant, over TLS."""
    with Sandbox(tenant(), certificate=files) as running:
        yield running


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client needs that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_client_that_trusts_the_authority_is_answered_over_https(sandbox: Sandbox, trusting: ssl.SSLContext) -> None:
    """The URL and every link in an answer say https."""
    assert sandbox.url.startswith("https://127.0.0.1:")
    response = httpx.get(f"{sandbox.url}{API}/company/contacts?pageSize=1", headers=HEADERS, verify=trusting)
    links = [response.links["next"]["url"], response.json()[0]["_info"]["communications_href"]]
    assert response.status_code == 200
    assert all(link.startswith(f"{sandbox.url}{API}/") for link in links)


def test_a_client_that_does_not_trust_it_is_refused_quietly(
    sandbox: Sandbox, trusting: ssl.SSLContext, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither is one that speaks plain HTTP answered; others still are, and nothing is printed."""
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(sandbox.url, verify=ssl.create_default_context())
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(sandbox.url.replace("https", "http"))
    assert httpx.get(f"{sandbox.url}/_sandbox/clock", verify=trusting).status_code == 200
    assert capfd.readouterr() == ("", "")


def test_a_client_that_never_shakes_hands_holds_up_nobody(sandbox: Sandbox, trusting: ssl.SSLContext) -> None:
    """It only holds its own connection."""
    with socket.create_connection(sandbox.server.server_address[:2]):
        assert httpx.get(f"{sandbox.url}/_sandbox/clock", verify=trusting, timeout=5).status_code == 200


def test_stopping_ends_connections_that_are_kept_open(
    files: Files, trusting: ssl.SSLContext, capfd: pytest.CaptureFixture[str]
) -> None:
    """The client finds its connection closed, and nothing is printed."""
    with httpx.Client(verify=trusting) as client:
        with Sandbox(certificate=files) as sandbox:
            client.get(f"{sandbox.url}/_sandbox/clock")
        with pytest.raises(httpx.ConnectError):
            client.get(f"{sandbox.url}/_sandbox/clock")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", ["missing", "nonsense", "another key", "key with a password"])
def test_unusable_files_are_named(files: Files, tmp_path: Path, wrong: str) -> None:
    """Nothing is asked on the terminal, and no port is taken."""
    certificate, key = files[0], tmp_path / "wrong.key"
    if wrong == "nonsense":
        key.write_text("nonsense", encoding="utf-8")
    elif wrong == "another key":
        trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(key)
    elif wrong == "key with a password":
        key.write_text(locked(files[1].read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CertificateError, match=r"sandbox\.pem and .*wrong\.key are no certificate and key: \w+"):
        Sandbox(certificate=(certificate, key))


def locked(key: str) -> str:
    """A key in PEM, protected by a password."""
    from cryptography.hazmat.primitives import serialization as pem

    loaded = pem.load_pem_private_key(key.encode(), None)
    secret = pem.BestAvailableEncryption(b"secret")
    return loaded.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, secret).decode()
