"""Rules that make chosen requests go wrong, before or after the write they carry (api.md 10.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from connector.sandbox.messages import Response, json_response, text_response

EFFECTS = {
    "429", "500", "500-after", "502-html", "503-html", "504-html", "400-text", "401", "403", "408", "not-json", "empty",
    "slow", "slow-after", "cut", "drop", "drop-after", "codebase",
}  # fmt: skip
GATEWAY = {"408": "Request Timeout", "502-html": "Bad Gateway", "503-html": "Service Unavailable",
           "504-html": "Gateway Timeout"}  # fmt: skip
LOGIN_PAGE = "<html><head><title>Sign in</title></head><body><form><input type='password'></form></body></html>"
TIMEOUT = {"code": "ConnectWiseApi", "message": "A timeout has occured. Please try again."}


@dataclass
class Fault:
    """One rule. ``path`` is a glob or a regular expression that fits the whole path without the codebase.

    It lets ``after`` matching requests pass, then acts ``times`` times (0 = for ever). ``seconds`` is the delay of
    ``slow`` and ``slow-after``, ``retry_after`` the header of ``429`` and ``codebase`` the new one of ``codebase``.
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

    def instead(self) -> Response | None:
        """The answer to a request that is not carried out, ``None`` when it is; bodies as in api.md 5.1, 5.3."""
        if self.effect in GATEWAY:
            return gateway_page(int(self.effect[:3]), GATEWAY[self.effect])
        answers: Mapping[str, Response] = {
            "400-text": text_response(400, "Cannot route. Codebase/company is invalid"),
            "401": json_response(401, {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}),
            "403": json_response(
                403,
                {"code": "Security", "message": "You do not have security permission to perform this action."},
            ),
            "500": json_response(500, TIMEOUT),
            "429": throttled(self.retry_after),
            "not-json": text_response(200, LOGIN_PAGE, "text/html"),
            "drop": Response(0, drop=True),
        }
        return answers.get(self.effect)

    def afterwards(self, response: Response) -> Response:
        """What the client gets to see of the answer to a request that was carried out."""
        if self.effect == "cut":
            return replace(response, cut=True)
        hidden = {
            "500-after": json_response(500, TIMEOUT),
            "drop-after": Response(0, drop=True),
            "empty": Response(200),
        }
        return hidden.get(self.effect, response)


def gateway_page(status: int, reason: str) -> Response:
    """What a balancer before the PSA answers in its place."""
    title = f"{status} {reason}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return text_response(status, page, "text/html")


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
