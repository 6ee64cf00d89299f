"""Somebody to call back: an HTTP server on loopback whose answers are scripted."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """One POST as it came in; ``path`` with its query, header names in lower case."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def entity(self) -> dict[str, Any]:
        """The record inside the body."""
        found: dict[str, Any] = json.loads(self.body["Entity"])
        return found


class Handler(BaseHTTPRequestHandler):
    """Notes the call, waits while the receiver hangs, answers the next scripted status."""

    server: Server

    def do_POST(self) -> None:
        """Take one callback."""
        receiver = self.server.receiver
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        status = receiver.note(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, raw))
        receiver.answering.wait()
        self.send_response(status)
        self.send_header("Location", f"{receiver.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Knows its receiver; a caller who hung up is no error."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The sandbox may go away first."""


class Receiver:
    """Receives callbacks at ``url``. ``statuses`` are answered in turn, then 204; without ``answering`` it hangs."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.statuses: deque[int] = deque()
        self.answering = threading.Event()
        self.answering.set()
        self.came = threading.Condition()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.receiver = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.answering.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def note(self, call: Call) -> int:
        """Keep a call; answers its status."""
        with self.came:
            self.calls.append(call)
            self.came.notify_all()
            return self.statuses.popleft() if self.statuses else 204

    def wait_for(self, number: int) -> None:
        """Wait until this many calls came in."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.calls) >= number, 5)
