"""The boundaries of a run, and a process that dies at one of them.

A boundary is the moment before or after a transaction that writes to the state database, and the moment before a
request to the PSA is sent or after it was carried out and before its answer is looked at. Between two boundaries a run
changes nothing that outlives it.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from connector.psa.http import Answer, Transport
from connector.settings import load
from connector.state.database import Database
from connector.wiring import Wiring
from tests.scenarios.world import NO_TLS

_KILLED = -signal.SIGKILL
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([
    "pytest", "connector.psa.agreements", "connector.psa.contacts", "connector.psa.documents", "connector.psa.source",
    "connector.directory.file", __name__,
])  # fmt: skip


@contextmanager
def boundaries(reached: Callable[[str], None]) -> Iterator[None]:
    """While the block runs, ``reached`` is called at every boundary of this process with what is about to happen or has
    just happened; what it raises ends the run there."""
    writing, send = Database.writing, Transport.send

    @contextmanager
    def watched_writing(self: Database, *values: Any) -> Iterator[sa.Connection]:
        reached("before a transaction")
        with writing(self, *values) as connection:
            yield connection
        reached("after a transaction")

    def watched_send(self: Transport, method: str, url: str, *values: Any, **more: Any) -> Answer:
        reached(f"before {method} {url}")
        answer = send(self, method, url, *values, **more)
        reached(f"after {method} {url}")
        return answer

    with patch.object(Database, "writing", watched_writing), patch.object(Transport, "send", watched_send):
        yield


def killed_at(number: int, folder: Path, now: datetime, undo: str = "") -> bool:
    """Run ``sync`` for the client ``harbor`` of the config in ``folder``, or ``undo`` a run of it, in a process of its
    own that kills itself with -9 at its boundary of that number, counted from 0. False when the run was over before it
    came to it."""
    process = _PROCESSES.Process(target=_act, args=(number, folder, now, undo))
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    assert code in (0, _KILLED), f"the run ended with {code} before boundary {number}"
    return code == _KILLED


def _act(number: int, folder: Path, now: datetime, undo: str) -> None:
    left = iter(range(number))

    def reached(_what: str) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    with patch("connector.psa.http._trust", return_value=NO_TLS), boundaries(reached):
        service = Wiring(load(folder), now=now.astimezone).service()
        if undo:
            service.undo(undo)
        else:
            service.sync(["harbor"])
        os._exit(0)
