"""Delivering callbacks in the background: order, retries, and switching off what keeps failing (api.md 6.4)."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.callback_events import Message
from connector.sandbox.callback_post import Post
from connector.sandbox.clock import elapsed
from connector.sandbox.store import Record, Store

TIMEOUT = 5.0
"""Seconds of real time that a receiver has to answer."""
RETRIED = frozenset({404, 409, 419, 429})
RETRY_AFTER = (timedelta(seconds=2), timedelta(seconds=4))
PATIENCE = timedelta(days=3)
MOST_WORKERS = 32
KEPT = 10_000
LONGEST_PAUSE = 3600.0
LONGEST_END = 1.0
"""Seconds to wait for threads that are still looking for the way to an address, which nothing can break off."""


@dataclass(eq=False)
class Delivery:
    """A message with the number of its next attempt and, for a retry, when it is due on the sandbox's clock."""

    message: Message
    attempt: int = 1
    due: datetime | None = None
    at: str = ""


class Courier:
    """Sends messages from background threads: one at a time per entry, in order, several entries side by side.

    First attempts go at once, also while the clock stands still; retries when the clock reaches their time.
    ``changed`` is the application's lock as a condition: it guards everything here, and callers of all methods but
    ``stop`` hold it. ``timeout`` is in seconds of real time.
    """

    def __init__(self, changed: threading.Condition, store: Store, timeout: float) -> None:
        self.changed = changed
        self.store = store
        self.timeout = timeout
        self.queue: list[Delivery] = []
        self.under_way: dict[Delivery, Post] = {}
        self.log: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.workers: list[threading.Thread] = []
        self.stopped = False

    def serve(self, store: Store) -> None:
        """Go over to another tenant: what is pending and what was logged is forgotten."""
        self.store = store
        self.log.clear()
        self.forget()

    def send(self, messages: Iterable[Message]) -> None:
        """Take messages on, drop those of entries that are gone or inactive by now, and look at the clock again.

        To be called after every request, also with no messages.
        """
        new = [Delivery(message) for message in messages]
        if not new and not self.queue:
            return
        self.queue = [delivery for delivery in self.queue if self.entry_of(delivery) is not None] + new
        self.engage(len({delivery.message.entry for delivery in [*self.queue, *self.under_way]}))
        self.changed.notify_all()

    def engage(self, entries: int) -> None:
        """Have a thread for each entry with something pending, so that a receiver holds up nobody but itself."""
        while len(self.workers) < min(entries, MOST_WORKERS) and not self.stopped:
            self.workers.append(threading.Thread(target=self.work, daemon=True))
            self.workers[-1].start()

    def stop(self) -> None:
        """End the threads; what is pending is forgotten. Callers do not hold the lock."""
        with self.changed:
            self.stopped = True
            self.forget()
        end = elapsed() + LONGEST_END
        for worker in self.workers:
            worker.join(max(0.0, end - elapsed()))

    def forget(self) -> None:
        """Drop everything pending and break off what is under way."""
        self.queue.clear()
        for post in self.under_way.values():
            post.break_off()
        self.under_way.clear()
        self.changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until nothing is due, at most some seconds of real time. The lock is free meanwhile."""
        self.changed.wait_for(lambda: self.stopped or self.due_count() == 0, seconds)

    def due_count(self) -> int:
        """How many deliveries are under way or could go now."""
        return len(self.under_way) + sum(self.is_due(delivery) for delivery in self.queue)

    def report(self) -> dict[str, Any]:
        """``pending``, those of them that are ``due``, and the last attempts as ``deliveries``."""
        pending = len(self.under_way) + len(self.queue)
        return {"pending": pending, "due": self.due_count(), "deliveries": list(self.log)}

    def work(self) -> None:
        """A background thread: deliver what is due until stopped."""
        while (taken := self.take()) is not None:
            delivery, post = taken
            headers = {"Content-Type": "application/json", "x-content-signature": delivery.message.signature}
            self.settle(delivery, post.run(delivery.message.body, headers))

    def take(self) -> tuple[Delivery, Post] | None:
        """Wait for a delivery that is due; ``None`` when stopped."""
        with self.changed:
            while not self.stopped:
                delivery = self.next_due()
                if delivery is not None:
                    self.queue.remove(delivery)
                    delivery.at = self.store.clock.text()
                    self.under_way[delivery] = Post(delivery.message.url, self.timeout)
                    return delivery, self.under_way[delivery]
                self.changed.wait(self.pause())
            return None

    def next_due(self) -> Delivery | None:
        """The first delivery that may go now: an entry gets one at a time."""
        busy = {delivery.message.entry for delivery in self.under_way}
        return next((one for one in self.queue if one.message.entry not in busy and self.is_due(one)), None)

    def is_due(self, delivery: Delivery) -> bool:
        """Whether its time has come."""
        return delivery.due is None or delivery.due <= self.store.clock.now()

    def pause(self) -> float | None:
        """Seconds until the clock reaches the next retry; ``None`` when only a call can change anything."""
        clock = self.store.clock
        times = [one.due for one in self.queue if one.due is not None and not self.is_due(one)]
        if clock.stopped_at is not None or not times:
            return None
        return min(max(0.0, (min(times) - clock.now()).total_seconds()), LONGEST_PAUSE)

    def settle(self, delivery: Delivery, status: int) -> None:
        """Log an attempt and draw the conclusions; one that was forgotten meanwhile counts for nothing."""
        with self.changed:
            if self.under_way.pop(delivery, None) is None:
                return
            self.log.append(logged(delivery, status))
            entry = self.entry_of(delivery)
            if entry is not None and 200 <= status < 300:
                self.store.failing_since.pop(entry["id"], None)
            elif entry is not None:
                self.failed(entry, delivery, status)
            self.changed.notify_all()

    def failed(self, entry: Record, delivery: Delivery, status: int) -> None:
        """A failed attempt: retry, or not, or switch the entry off (api.md 6.4)."""
        now = self.store.clock.now()
        since = self.store.failing_since.setdefault(entry["id"], now)
        if now - since >= PATIENCE:
            self.switch_off(entry)
        elif status in RETRIED and delivery.attempt <= len(RETRY_AFTER):
            delivery.due = now + RETRY_AFTER[delivery.attempt - 1]
            delivery.attempt += 1
            self.queue.append(delivery)

    def switch_off(self, entry: Record) -> None:
        """What the PSA does after three days without a success; a PATCH of ``inactiveFlag`` turns it on again."""
        entry["inactiveFlag"] = True
        entry["_info"] = {**entry["_info"], "lastUpdated": self.store.clock.text()}
        self.queue = [delivery for delivery in self.queue if delivery.message.entry != entry["id"]]

    def entry_of(self, delivery: Delivery) -> Record | None:
        """The entry of a delivery, as long as it is there and active."""
        entry = self.store.get("callbacks", delivery.message.entry)
        return entry if entry is not None and not entry.get("inactiveFlag") else None


def logged(delivery: Delivery, status: int) -> dict[str, Any]:
    """One attempt as the control endpoint shows it; ``status`` 0 is no answer, ``at`` the sandbox's time."""
    message = delivery.message
    return {
        "entry": message.entry,
        "message_id": message.message_id,
        "url": message.url,
        "type": message.type,
        "action": message.action,
        "id": message.record_id,
        "attempt": delivery.attempt,
        "at": delivery.at,
        "status": status,
        "body": json.loads(message.body),
    }
