"""Sees every exchange with every sandbox of this process."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connector.sandbox.application import API_PATH, Application
from connector.sandbox.messages import Request, Response
from connector.sandbox.resources import RESOURCES
from connector.sandbox.store import Store

PATIENCE = 10.0
"""Seconds to wait for answers that are still under way when a test is over."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the API; ``route`` is its path below ``apis/3.0``."""

    request: Request
    route: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the tenant answered, also when a fault rule hid it from the client, but never what such a rule said in its
    place. ``brought`` are the names that the tenant's data gave to records of this kind."""

    request: Request
    route: str
    response: Response
    brought: frozenset[str]


class Recorder:
    """Keeps what was said since it was last asked; server threads write, the test's thread reads."""

    def __init__(self) -> None:
        self._said: list[Asked | Answered] = []
        self._under_way = 0
        self._idle = threading.Condition()

    def install(self) -> None:
        """Listen to every application of this process from now on."""
        recorder, handle, tenant = self, Application.handle, Application.tenant

        def heard_handle(self: Application, request: Request) -> Response:
            with recorder.exchange(request):
                return handle(self, request)

        def heard_tenant(self: Application, request: Request, match: re.Match[str] | None) -> Response:
            response = tenant(self, request, match)
            recorder._answered(request, match, response, self.control.store)
            return response

        Application.handle = heard_handle  # type: ignore[method-assign]
        Application.tenant = heard_tenant  # type: ignore[method-assign]

    def take(self) -> list[Asked | Answered]:
        """Everything said so far, once; raises ``TimeoutError`` when a request is not answered in time."""
        with self._idle:
            if not self._idle.wait_for(lambda: self._under_way == 0, PATIENCE):
                raise TimeoutError(f"a sandbox has not answered {self._under_way} requests after {PATIENCE:.0f} s")
            said, self._said = self._said, []
        return said

    @contextmanager
    def exchange(self, request: Request) -> Iterator[None]:
        """Hear a request, and know that it is under way until the block ends."""
        match = API_PATH.fullmatch(request.path)
        with self._idle:
            self._under_way += 1
            if match is not None:
                self._said.append(Asked(request, match["route"] or "/"))
        try:
            yield
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def _answered(self, request: Request, match: re.Match[str] | None, response: Response, store: Store) -> None:
        if match is not None and match.re is API_PATH:
            route = match["route"] or "/"
            self._said.append(Answered(request, route, response, brought_names(store, route)))


def brought_names(store: Store, route: str) -> frozenset[str]:
    """Names that the data of a tenant gave to the records of a path though the published schema lacks them. The sandbox
    keeps and shows them, so that a test can say what is not known here."""
    path = route.strip("/")
    row = next((one for one in RESOURCES if one.pattern.fullmatch(path)), None)
    return store.data_names.get(row.collection, frozenset()) if row else frozenset()
