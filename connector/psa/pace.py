"""How fast requests may go out, for all threads together."""

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Pace(Protocol):
    """Spaces requests. One that is shared by several processes fits as well."""

    def wait(self) -> None:
        """Return when the next request may go out."""

    def hold(self, seconds: float) -> None:
        """The PSA asks for a pause: let nothing out for so long."""


class LocalPace:
    """Even spacing within this process. The vendor throttles above about 1,000 requests a minute (api.md 5.1)."""

    def __init__(
        self,
        requests_per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 60 / requests_per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()

    def wait(self) -> None:
        """Take the next free moment and sleep until it comes."""
        with self._lock:
            now = self._clock()
            moment = max(now, self._next)
            self._next = moment + self._interval
        if moment > now:
            self._sleep(moment - now)

    def hold(self, seconds: float) -> None:
        """Give out no moment within the next ``seconds``."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
