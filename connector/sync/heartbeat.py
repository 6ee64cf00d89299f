"""Keeps a run's lease while its worker reads, waits for the PSA, or writes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from connector.errors import Busy, StateError
from connector.state.store import OpenRun, Store
from connector.state.worker import LEASE


@contextmanager
def beating(store: Store, run: OpenRun, clock: Callable[[], datetime], every: timedelta = LEASE / 3) -> Iterator[None]:
    """While the block runs, say every so often that this worker is alive: one request to a slow PSA may outlast the
    lease, and a worker elsewhere must not take the run over and send it again.

    Trouble is not raised here: the next write to the run meets it, in the thread that can stop.
    """
    done = threading.Event()

    def beat() -> None:
        while not done.wait(every.total_seconds()):
            try:
                store.beat(run, clock())
            except Busy:
                return
            except StateError:
                continue

    thread = threading.Thread(target=beat, name=f"beat {run.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
