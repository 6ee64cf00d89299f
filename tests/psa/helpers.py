"""A connection to a PSA that respx plays, with a clock that only moves when somebody sleeps."""

from typing import Any

import httpx
import respx

from connector.psa.rest import PsaRest

SITE = "http://psa.test"
API = f"{SITE}/v2026_4/apis/3.0"
INFO = f"{SITE}/login/companyinfo/bluefjord"
PRIVATE = "private-key-of-the-member"


class Clock:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def connect(clock: Clock | None = None, site: str = SITE, **options: Any) -> PsaRest:
    """A connection with a small retry budget and no spacing worth speaking of."""
    clock = clock or Clock()
    given: dict[str, Any] = {"requests_per_minute": 6_000_000, "retry_budget": 20, "clock": clock, "sleep": clock.sleep}
    return PsaRest(site, "bluefjord", "public-key", PRIVATE, "client-guid", **(given | options))


def discovery(router: respx.Router, *codebases: str) -> respx.Route:
    """Answer companyinfo with these codebases, one after the other."""
    answers = [httpx.Response(200, json={"Codebase": codebase}) for codebase in codebases or ("v2026_4/",)]
    return router.get(INFO).mock(side_effect=answers)


def refusal(status: int, code: str, message: str, **headers: str) -> httpx.Response:
    """An error in the PSA's envelope."""
    return httpx.Response(status, json={"code": code, "message": message, "errors": None}, headers=headers)
