"""What the PSA was asked and how it went, counted for the whole process and for each thread."""

import threading

from connector.core.model import Traffic


class Meter:
    """Counts requests as they happen. A run works in one thread, so the difference of two readings of that thread's
    count is what the run cost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Traffic()
        self._own = threading.local()

    @property
    def total(self) -> Traffic:
        """All threads, since the start of the process."""
        return self._total

    def of_this_thread(self) -> Traffic:
        """This thread alone, since its start."""
        own: Traffic = getattr(self._own, "traffic", Traffic())
        return own

    def add(self, more: Traffic) -> None:
        """Count what has just happened."""
        self._own.traffic = self.of_this_thread() + more
        with self._lock:
            self._total += more
