"""Keeps the leases of a worker's runs while it reads, waits for the PSA, or writes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from connector.errors import StateError
from connector.state.store import Store
from connector.state.worker import LEASE


@contextmanager
def beating(store: Store, clock: Callable[[], datetime], every: timedelta = LEASE / 3) -> Iterator[None]:
    """While the block runs, say every so often that this worker is alive: one request to a slow PSA may outlast the
    lease, and a worker elsewhere must not take a run over and send it again.

    Trouble is not raised here: the next write to a run meets it, in the thread that can stop.
    """
    done = threading.Event()

    def beat() -> None:
        while not done.wait(every.total_seconds()):
            try:
                store.beat_all(clock())
            except StateError:
                continue

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
