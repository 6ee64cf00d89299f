"""The login goes over a connection that is trusted, or not at all."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from connector.errors import ConfigError, PsaUnreachable
from tests.psa.helpers import Clock, connect


class Psa(BaseHTTPRequestHandler):
    """Says where the API is and answers everything with one record."""

    def do_GET(self) -> None:
        body = b'{"Codebase": "v2026_4/", "id": 1}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture
def port(authority: trustme.CA) -> Iterator[int]:
    """A server with a certificate for 127.0.0.1 alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Psa)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are the point
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """The authority's certificate as a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_a_server_of_a_named_authority_is_trusted(port: int, ca_file: str) -> None:
    """A self-hosted PSA may have a private authority."""
    with connect(site=f"https://127.0.0.1:{port}", ca_file=ca_file) as http:
        assert http.get("/company/contacts/1")["id"] == 1


def test_a_certificate_nobody_trusts_fails_at_once_and_names_the_setting(port: int) -> None:
    """Repeating cannot help; the authority has to be configured."""
    clock = Clock()
    with connect(clock, f"https://127.0.0.1:{port}") as http, pytest.raises(PsaUnreachable, match=r"psa\.ca_file"):
        http.get("/company/contacts/1")
    assert max(clock.slept, default=0) < 0.1


def test_a_certificate_for_another_name_is_refused(port: int, ca_file: str) -> None:
    """The authority alone is not enough."""
    with (
        connect(site=f"https://localhost:{port}", ca_file=ca_file) as http,
        pytest.raises(PsaUnreachable, match="not trusted"),
    ):
        http.get("/company/contacts/1")


def test_an_authority_file_that_cannot_be_read_is_a_config_error(tmp_path: Path) -> None:
    """It is found before anything is sent."""
    with pytest.raises(ConfigError, match=r"psa\.ca_file"):
        connect(ca_file=str(tmp_path / "missing.pem"))
