"""The sandbox on a loopback port: HTTP/1.1 with keep-alive, over TLS when wanted, one thread per connection."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from connector.sandbox.application import Application, is_control
from connector.sandbox.callback_courier import TIMEOUT
from connector.sandbox.messages import Request, Response, text_response
from connector.sandbox.tls import Certificate, server_context

HOST = "127.0.0.1"
MAX_BODY, MAX_STATE = 25 << 20, 1 << 30
"""Longest body in bytes: of an API request, and of a control request, which may carry a whole tenant."""
BODY_SECONDS = 30.0
"""How long a body may keep the server waiting for its next byte."""
UNREAD, BLOCK = 1 << 30, 1 << 16
"""How many bytes of a refused body are read and forgotten, and how many at a time."""


class Handler(BaseHTTPRequestHandler):
    """Turns HTTP into requests of the application and answers back into HTTP."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Server

    def serve(self) -> None:
        """Answer one request of any method."""
        parts = urlsplit(self.path)
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.answer(Response(411))
            return
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            origin=f"{self.server.scheme}://{self.headers.get('Host') or HOST}",
            target_length=len(self.path),
        )
        refusal, body = self.read_body(MAX_STATE if is_control(request) else MAX_BODY)
        if refusal is None:
            self.answer(self.server.application.handle(replace(request, body=body)))
            return
        self.close_connection = True
        self.answer(self.server.application.refuse(request, refusal))
        if refusal.status == 413:
            self.forget_body()

    def read_body(self, longest: int) -> tuple[Response | None, bytes]:
        """The body, just as long as its length says; or the refusal of one that is too long, too short, or does not
        come."""
        text = self.headers.get("Content-Length") or "0"
        if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
            return text_response(400, "Invalid Content Length", "text/html"), b""
        if int(text) > longest:
            return text_response(413, "Request Entity Too Large", "text/html"), b""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        self.connection.settimeout(self.server.body_seconds)
        try:
            body = self.rfile.read(int(text))
        except TimeoutError:
            return text_response(408, "Request Timeout", "text/html"), b""
        self.connection.settimeout(None)
        if len(body) < int(text):
            return text_response(400, "Body Shorter Than Content Length", "text/html"), b""
        return None, body

    def handle_expect_100(self) -> bool:
        """Say nothing yet to a client that asks whether it may send its body; that is ``read_body``'s to say."""
        return True

    def forget_body(self) -> None:
        """Read on without keeping anything: closing on a client that still sends would take the answer from it."""
        self.wfile.flush()
        self.connection.settimeout(self.server.body_seconds)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            for _ in range(UNREAD // BLOCK):
                if not self.rfile.read1(BLOCK):
                    return

    def answer(self, response: Response) -> None:
        """Send an answer, half of one, or none; after the latter two the connection closes."""
        self.close_connection |= response.drop or response.cut
        if response.drop:
            return
        self.send_response(response.status)
        if response.body:
            self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body[: len(response.body) // 2] if response.cut else response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet; the request log is an endpoint."""


for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Handler, f"do_{verb}", Handler.serve)


class Server(ThreadingHTTPServer):
    """Remembers its open connections, so that stopping ends them at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, application: Application, certificate: Certificate | None = None) -> None:
        self.application = application
        self.connections: set[socket.socket] = set()
        self.scheme = "http" if certificate is None else "https"
        context = None if certificate is None else server_context(certificate)
        self.body_seconds = BODY_SECONDS
        super().__init__((HOST, port), Handler)
        if context is not None:
            # The handshake is left to the connection's own thread: a client that stays silent holds up nobody else.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{HOST}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection and serve it in its own thread."""
        self.connections.add(cast(socket.socket, request))
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        self.connections.discard(cast(socket.socket, request))
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away or does not trust the certificate is no error; everything else is shown."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        """Stop listening, end every open connection and the delivery of callbacks."""
        self.application.stop()
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                # Not the method of SSLSocket, which would take the TLS state from under the thread that is reading.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class Sandbox:
    """A ConnectWise stand-in in this process, on a free loopback port unless ``port`` says otherwise.

    Use it as ``with Sandbox(data) as sandbox:`` and point a client at ``sandbox.url``; ``data`` has the shape of the
    data file. With a certificate (two PEM files: certificate, key) it speaks HTTPS. ``callback_timeout`` is how many
    seconds a receiver of callbacks has to answer. Raises ``DataError`` for data that cannot be a tenant,
    ``CertificateError`` for unusable files and ``OSError`` for a port in use.
    """

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        port: int = 0,
        certificate: Certificate | None = None,
        callback_timeout: float = TIMEOUT,
    ) -> None:
        self.application = Application(data, callback_timeout)
        self.server = Server(port, self.application, certificate)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.server.url

    def start(self) -> Self:
        """Begin to serve in a background thread."""
        self.thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close every connection."""
        self.server.close_all()
        self.thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """Call a control endpoint (``state``, ``reset`` …) without HTTP; raises ``ValueError`` if it refuses."""
        request = Request(
            method, f"/_sandbox/{name}", body=b"" if body is None else json.dumps(body).encode(), origin=self.url
        )
        response = self.application.handle(request)
        answer = json.loads(response.body)
        if response.status != 200:
            raise ValueError(answer["message"])
        return answer

    def state(self) -> dict[str, Any]:
        """Everything the tenant holds, in the shape of the data file."""
        return cast(dict[str, Any], self.control("GET", "state"))

    def requests(self) -> dict[str, Any]:
        """The request log: ``total``, ``counts`` by route, ``requests``."""
        return cast(dict[str, Any], self.control("GET", "requests"))

    def deliveries(self, wait_seconds: float = 5.0) -> list[dict[str, Any]]:
        """The attempts to deliver callbacks so far, oldest first, after waiting until none is due.

        Retries in the future are not waited for. Raises ``TimeoutError`` after ``wait_seconds`` of real time.
        """
        report = self.control("POST", "callbacks", {"wait_seconds": wait_seconds})
        if report["due"]:
            raise TimeoutError(f"{report['due']} callbacks are still due after {wait_seconds} seconds")
        return cast(list[dict[str, Any]], report["deliveries"])


def serve(
    port: int,
    data_file: str | Path | None = None,
    ready: Callable[[str], None] = lambda url: None,
    certificate: Certificate | None = None,
) -> None:
    """Serve until interrupted; ``ready`` is told the URL. Raises ``OSError`` for an unusable data file or port,
    ``CertificateError`` for an unusable certificate, another ``ValueError`` for bad data."""
    data = json.loads(Path(data_file).read_text(encoding="utf-8")) if data_file is not None else None
    server = Server(port, Application(data), certificate)
    try:
        ready(server.url)
        server.serve_forever(0.2)
    except KeyboardInterrupt:
        return
    finally:
        server.application.stop()
        server.server_close()
