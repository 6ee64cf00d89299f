"""The sandbox's own clock: real time shifted, or standing still."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from connector.sandbox.schema import parse_time, stamp


def elapsed() -> float:
    """Seconds of real time since some moment, for what does not follow the simulated time."""
    return time.monotonic()


class Clock:
    """Tells the simulated time (UTC). It runs with real time from the moment set, unless frozen."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.stopped_at: datetime | None = None

    def now(self) -> datetime:
        """The simulated time."""
        return self.stopped_at or datetime.now(UTC) + self.offset

    def text(self) -> str:
        """The simulated time as the PSA writes it."""
        return stamp(self.now())

    def set(self, moment: datetime) -> None:
        """Move to ``moment``."""
        self.offset = moment - datetime.now(UTC)
        if self.stopped_at is not None:
            self.stopped_at = moment

    def control(self, order: dict[str, object]) -> None:
        """Apply ``{"now": "…Z"}``, ``{"advance_seconds": n}``, ``{"frozen": bool}``; raises ``ValueError``."""
        unknown = set(order) - {"now", "advance_seconds", "frozen"}
        if unknown:
            raise ValueError(f"the clock takes now, advance_seconds and frozen, not {sorted(unknown)}")
        if "now" in order:
            self.set(parse_time(str(order["now"])))
        if "advance_seconds" in order:
            self.set(self.now() + timedelta(seconds=float(str(order["advance_seconds"]))))
        if "frozen" in order:
            self.set(self.now())
            self.stopped_at = self.now() if order["frozen"] else None
