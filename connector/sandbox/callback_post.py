"""One HTTP POST to a registered address: no proxy, no redirect, one time limit, can be broken off."""

from __future__ import annotations

import contextlib
import socket
import ssl
import string
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import quote, urlsplit

from connector.sandbox.clock import elapsed

MOST_READ = 1 << 16


class Post:
    """A POST that waits at most ``timeout`` seconds for an answer, and ends at once when it is broken off."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        self.broken_off = False
        self.connection: HTTPConnection | None = None

    def run(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send, and say the status; 0 when there was no answer in time, or no way to the address."""
        end = elapsed() + self.timeout
        try:
            connection = self.connect()
            if self.broken_off:
                return 0
            self.limit(connection, end)
            connection.request("POST", self.target(), body, dict(headers))
            self.limit(connection, end)
            with connection.getresponse() as response:
                self.limit(connection, end)
                self.read_body(response, end)
                return response.status
        except (OSError, HTTPException, ValueError):
            return 0
        finally:
            if self.connection is not None:
                self.connection.close()

    def connect(self) -> HTTPConnection:
        """A connection to the host and port of the URL; raises ``OSError`` and ``ValueError``."""
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            self.connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=self.timeout, context=context)
        else:
            self.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=self.timeout)
        self.connection.connect()
        return self.connection

    def target(self) -> str:
        """Path and query as they are sent; letters outside ASCII are percent-encoded."""
        parts = urlsplit(self.url)
        rest = self.url[len(f"{parts.scheme}://{parts.netloc}") :].partition("#")[0]
        return quote(rest, safe=string.punctuation)

    def limit(self, connection: HTTPConnection, end: float) -> None:
        """Let the next step take no longer than until ``end``."""
        if connection.sock is not None:
            connection.sock.settimeout(max(0.001, end - elapsed()))

    def read_body(self, response: HTTPResponse, end: float) -> None:
        """Read what else is answered; left unread, it would make the closing connection look broken to the receiver."""
        with contextlib.suppress(OSError, HTTPException):
            while elapsed() < end and response.read1(MOST_READ):
                pass

    def break_off(self) -> None:
        """End the POST from another thread; it then answers 0."""
        self.broken_off = True
        sock = self.connection.sock if self.connection is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
