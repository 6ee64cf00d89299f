"""How fast requests may go out, for all threads together."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

SLOWEST = 1 / 16
"""The pace never falls below this share of what is configured: a run must come to an end."""

RECOVERY = 120.0
"""Seconds in which a pace that was cut to nothing would be back at its full rate."""


class Pace(Protocol):
    """Spaces requests. One that is shared by several processes fits as well."""

    def wait(self) -> None:
        """Return when the next request may go out."""

    def throttled(self, seconds: float) -> None:
        """The PSA has said 429 and asks for a pause: let nothing out for so long, and go slower afterwards."""


class LocalPace:
    """Even spacing within this process that adapts to what the PSA bears.

    It begins at ``requests_per_minute``, which it never exceeds. A 429 halves the rate; from there it rises steadily
    again. The vendor names no limit and throttles above about 1,000 requests a minute, counted over all integrations
    of a tenant (api.md 5.1), so what is left for this one shows only by trying.
    """

    def __init__(
        self,
        requests_per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._full = requests_per_minute / 60
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()
        self._rate_then, self._since = self._full, clock()

    @property
    def requests_per_minute(self) -> float:
        """The rate at this moment."""
        return self._rate(self._clock()) * 60

    def wait(self) -> None:
        """Take the next free moment and sleep until it comes."""
        with self._lock:
            now = self._clock()
            moment = max(now, self._next)
            self._next = moment + 1 / self._rate(moment)
        if moment > now:
            self._sleep(moment - now)

    def throttled(self, seconds: float) -> None:
        """Give out no moment within the next ``seconds`` and go on at half the rate. Answers to requests that were
        under way together are one sign, not several: within the pause, and a second, the rate is cut once."""
        with self._lock:
            now = self._clock()
            if now >= self._since:
                self._rate_then = max(self._rate(now) / 2, self._full * SLOWEST)
                self._since = now + max(seconds, 1)
            self._next = max(self._next, now + seconds)

    def _rate(self, moment: float) -> float:
        """Requests a second: what it was cut to, plus what was won back since the pause ended."""
        won = max(0.0, moment - self._since) * self._full / RECOVERY
        return min(self._full, self._rate_then + won)
