"""What clients asked, with counts by route."""

from __future__ import annotations

import re
from collections import Counter, deque
from typing import Any

from connector.sandbox.messages import Request

KEPT = 50_000
ID = re.compile(r"(?<=/)\d+(?=/|$)")


class RequestLog:
    """The last requests in full and the count of all of them by method and route, ids written as ``{id}``."""

    def __init__(self) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.counts: Counter[str] = Counter()

    def add(self, request: Request, path: str, status: int, fault: str | None) -> None:
        """Note one request; ``status`` 0 means that the connection was dropped."""
        self.counts[f"{request.method} {ID.sub('{id}', path)}"] += 1
        entry = {"method": request.method, "path": path, "query": dict(request.query), "status": status}
        self.entries.append(entry | {"body": request.logged_body(), "fault": fault})

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.counts.clear()

    def report(self) -> dict[str, Any]:
        """The log as the control endpoint answers it."""
        return {"total": self.counts.total(), "counts": dict(self.counts), "requests": list(self.entries)}
