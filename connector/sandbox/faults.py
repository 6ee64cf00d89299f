"""Rules that make chosen requests go wrong, before or after the write they carry (api.md 10.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from connector.sandbox.messages import Response, json_response, text_response

AFTER_THE_WRITE = {"500-after", "drop-after"}
EFFECTS = {
    "429",
    "500",
    "500-after",
    "502-html",
    "400-text",
    "401",
    "403",
    "slow",
    "drop",
    "drop-after",
    "codebase",
}
GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
TIMEOUT = {"code": "ConnectWiseApi", "message": "A timeout has occured. Please try again."}


@dataclass
class Fault:
    """One rule. ``path`` is a glob or a regular expression that fits the whole path without the codebase.

    It lets ``after`` matching requests pass, then acts ``times`` times (0 = for ever). ``seconds`` is the delay of
    ``slow``, ``retry_after`` the header of ``429`` and ``codebase`` the new one of ``codebase``.
    """

    effect: str
    method: str = "*"
    path: str = "*"
    after: int = 0
    times: int = 1
    seconds: float = 1.0
    retry_after: int = 30
    codebase: str = "v2027_1/"
    seen: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise ValueError(f"there is no effect {self.effect!r}; known: {', '.join(sorted(EFFECTS))}")
        if self.after < 0 or self.times < 0 or self.seconds < 0:
            raise ValueError("after, times and seconds cannot be negative")

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of those that the rule is about."""
        if self.method not in {"*", method}:
            return False
        if fnmatchcase(path, self.path):
            return True
        try:
            return re.fullmatch(self.path, path) is not None
        except re.error:
            return False

    def acts_on(self, method: str, path: str) -> bool:
        """Count a request and say whether this one is to go wrong."""
        if not self.matches(method, path) or (self.times and self.fired >= self.times):
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        self.fired += 1
        return True

    def response(self) -> Response:
        """The answer instead of the real one; bodies as in api.md 5.3."""
        answers: Mapping[str, Response] = {
            "400-text": text_response(400, "Cannot route. Codebase/company is invalid"),
            "401": json_response(401, {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}),
            "403": json_response(
                403,
                {"code": "Security", "message": "You do not have security permission to perform this action."},
            ),
            "502-html": text_response(502, GATEWAY_PAGE, "text/html"),
            "500": json_response(500, TIMEOUT),
            "500-after": json_response(500, TIMEOUT),
            "429": throttled(self.retry_after),
        }
        return answers.get(self.effect, Response(0, drop=True))


def throttled(seconds: int) -> Response:
    """429 with Retry-After; the body has ``error`` where others have ``code`` (api.md 5.1)."""
    message = f"Too many requests. Please try again in {seconds} seconds."
    return json_response(429, {"error": "ConnectWiseAPI", "message": message}).with_headers(
        {"Retry-After": str(seconds)}
    )


def read_fault(rule: Any) -> Fault:
    """A rule from JSON; raises ``ValueError`` saying what is wrong with it."""
    if not isinstance(rule, dict):
        raise ValueError("a fault rule is an object")
    known = {"method", "path", "after", "times", "effect", "seconds", "retry_after", "codebase"}
    if unknown := set(rule) - known - {"seen", "fired"}:
        raise ValueError(f"a fault rule has no {sorted(unknown)}; known: {sorted(known)}")
    try:
        return Fault(
            **{key: value for key, value in rule.items() if key in known} | {"effect": str(rule.get("effect"))}
        )
    except TypeError as error:
        raise ValueError(str(error)) from None
