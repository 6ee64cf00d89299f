"""Bodies that are too long, too short, or do not come: answered, and no thread hangs."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from connector.sandbox import Sandbox, server
from tests.sandbox.conftest import API, HEADERS, Client


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[socket.socket]:
    """A bare connection to the sandbox, which has little patience."""
    sandbox.server.body_seconds = 0.2
    with socket.create_connection(("127.0.0.1", sandbox.server.server_address[1]), timeout=5) as connection:
        yield connection


def head(*headers: str) -> bytes:
    """The head of a POST of a contact."""
    lines = [f"POST {API}/company/contacts HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in HEADERS.items()), "", ""]).encode()


def all_of(connection: socket.socket) -> bytes:
    """Everything until the connection closes."""
    received = b""
    while block := connection.recv(4096):
        received += block
    return received


def test_body_that_is_too_long_is_refused_unread(psa: Client, wire: socket.socket) -> None:
    """413 before the first byte of it has come; the log knows."""
    wire.sendall(head(f"Content-Length: {server.MAX_BODY + 1}"))
    assert wire.recv(12) == b"HTTP/1.1 413"
    wire.shutdown(socket.SHUT_WR)
    assert b"Request Entity Too Large" in all_of(wire)
    last = psa.sandbox.requests()["requests"][-1]
    assert (last["path"], last["status"], last["body"]) == ("/company/contacts", 413, None)


def test_client_that_sends_it_all_the_same_sees_the_answer(psa: Client) -> None:
    """The connection is closed only after the client is done."""
    response = psa.http.post(f"{API}/company/contacts", content=b" " * (server.MAX_BODY + 1))
    assert response.status_code == 413
    assert psa.get("/company/contacts/8123").status_code == 200


def test_longest_body_is_taken(psa: Client) -> None:
    """25 MiB are read; white space around JSON is nothing."""
    body = b'{"firstName": "Ann"}'.ljust(server.MAX_BODY)
    headers = {"Content-Type": "application/json"}
    assert psa.http.post(f"{API}/company/contacts", content=body, headers=headers).status_code == 201


def test_tenant_may_be_longer(psa: Client) -> None:
    """The limit is the API's; a control request carries documents and all."""
    body = b"{}".ljust(server.MAX_BODY + 1)
    assert psa.http.post("/_sandbox/reset", content=body).status_code == 200


def test_client_that_asks_first_is_told(wire: socket.socket) -> None:
    """``Expect: 100-continue`` gets 100 before the body, or 413 without it."""
    wire.sendall(head("Expect: 100-continue", "Content-Length: 20"))
    assert wire.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.sendall(b'{"firstName": "Ann"}')
    assert wire.recv(12) == b"HTTP/1.1 201"


def test_client_that_asks_first_need_not_send_too_much(wire: socket.socket) -> None:
    """The refusal comes in place of 100."""
    wire.sendall(head("Expect: 100-continue", f"Content-Length: {server.MAX_BODY + 1}"))
    assert wire.recv(12) == b"HTTP/1.1 413"


def test_body_that_does_not_come_is_not_waited_for(psa: Client, wire: socket.socket) -> None:
    """408 and the connection closes; nothing is written."""
    wire.sendall(head("Content-Length: 30") + b'{"firstName": "Ann"}')
    assert all_of(wire).startswith(b"HTTP/1.1 408")
    assert psa.get("/company/contacts/count").json() == {"count": 3}


def test_body_that_ends_early_is_refused(psa: Client, wire: socket.socket) -> None:
    """400, even if what came is good JSON."""
    wire.sendall(head("Content-Length: 30") + b'{"firstName": "Ann"}')
    wire.shutdown(socket.SHUT_WR)
    assert all_of(wire).startswith(b"HTTP/1.1 400")
    assert psa.get("/company/contacts/count").json() == {"count": 3}


@pytest.mark.parametrize("length", ["x", "-1", "1" * 5000, "²"])
def test_length_that_is_no_number_is_refused(wire: socket.socket, length: str) -> None:
    """400 and the connection closes, since nobody knows where the next request begins."""
    wire.sendall(head(f"Content-Length: {length}"))
    assert all_of(wire).startswith(b"HTTP/1.1 400")


def test_connection_may_rest_between_requests(wire: socket.socket) -> None:
    """Patience is about bodies; a connection that is kept alive may be silent."""
    for _ in range(2):
        wire.sendall(head("Content-Length: 20") + b'{"firstName": "Ann"}')
        assert wire.recv(65536).startswith(b"HTTP/1.1 201")
        wire.settimeout(0.4)
        with pytest.raises(TimeoutError):
            wire.recv(1)
