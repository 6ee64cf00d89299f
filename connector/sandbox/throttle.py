"""Too many requests in a window of time: 429 with Retry-After, where the switches say so (api.md 5.1)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from connector.sandbox.clock import elapsed

LONGEST_PAUSE = 30
"""Seconds that the vendor's own example asks for."""


class Throttle:
    """Counts the requests of the last ``throttle_seconds`` in real time; the tenant's clock may stand still."""

    def __init__(self, clock: Callable[[], float] = elapsed) -> None:
        self.clock = clock
        self.answered: deque[float] = deque()

    def pause(self, switches: Mapping[str, Any]) -> int:
        """Whole seconds to wait before the next request, 0 when this one may pass (then it is counted)."""
        most: int = switches["throttle_requests"]
        window: int = switches["throttle_seconds"]
        now = self.clock()
        while self.answered and self.answered[0] <= now - window:
            self.answered.popleft()
        if most and len(self.answered) >= most:
            return min(LONGEST_PAUSE, max(1, math.ceil(self.answered[0] + window - now)))
        self.answered.append(now)
        return 0
