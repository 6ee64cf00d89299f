"""Where the tenant's API is on its server, which moves at every upgrade (api.md 2.1, 2.3)."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.errors import PsaRejected

API_VERSION = "2026.4"
"""The newest version whose records are known here (api.md 1, 2.3)."""

_CODEBASE = re.compile(r"[A-Za-z0-9._-]+/")
_VERSION = re.compile(r"v(20\d\d)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Codebase:
    """``path`` is the first segment of API paths, such as ``v2026_4/``; ``version`` is the one to ask for."""

    path: str
    version: str


class KnownCodebase:
    """The codebase, asked for once by whichever thread comes first, and again when it turns out to be stale."""

    def __init__(self, ask: Callable[[], Codebase]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: Codebase | None = None

    def get(self, stale: Codebase | None = None) -> Codebase:
        """The codebase as it is known, or a newly asked one when that is still the ``stale`` one."""
        with self._lock:
            if self._known is None or self._known == stale:
                self._known = self._ask()
            return self._known


def codebase_of(info: Any, server: str) -> Codebase:
    """What ``/login/companyinfo`` says. Raises ``PsaRejected`` when it does not say where the API is."""
    path = info.get("Codebase") if isinstance(info, dict) else None
    # Anything but one path segment could send credentials elsewhere.
    if not isinstance(path, str) or not _CODEBASE.fullmatch(path) or ".." in path:
        raise PsaRejected(f"{server} does not say where its API is.", "Check psa.site.")
    return Codebase(path, version_for(str(info.get("VersionCode") or "")))


def version_for(server: str) -> str:
    """The version to ask for: ours, or the server's own when it is older and cannot know ours."""
    found = _VERSION.fullmatch(server)
    known = tuple(map(int, API_VERSION.split(".")))
    older = found is not None and (int(found.group(1)), int(found.group(2))) < known
    return server.removeprefix("v") if older else API_VERSION
