"""One request through the whole sandbox: control, faults, tenant, API, log."""

from __future__ import annotations

import re
import threading
from typing import Any

from connector.sandbox import api
from connector.sandbox.callback_courier import TIMEOUT
from connector.sandbox.callback_keys import answer_key
from connector.sandbox.control import Control
from connector.sandbox.faults import Fault, throttled
from connector.sandbox.login import company_info
from connector.sandbox.messages import Request, Response, text_response
from connector.sandbox.throttle import Throttle

API_PATH = re.compile(r"/(?P<codebase>[^/]+/)apis/3\.0(?P<route>/.*)?")
RELEASE = re.compile(r"v\d+_\d+(_release)?/")
ROUTER_CODEBASE = "v4_6_release/"
CALLBACK_KEY = re.compile(r"/(?P<codebase>[^/]+/)(?P<route>/?system/callbackkey/index\.rails)", re.IGNORECASE)
COMPANY_INFO = re.compile(r"/login/companyinfo/(?P<company>[^/]+)/?", re.IGNORECASE)


def is_control(request: Request) -> bool:
    """Whether a request is for the control side."""
    return request.path.startswith("/_sandbox/")


def route_of(request: Request) -> re.Match[str] | None:
    """The codebase and the route after it, of a path that has them."""
    return API_PATH.fullmatch(request.path) or CALLBACK_KEY.fullmatch(request.path)


def logged_path(request: Request) -> str:
    """The path as faults and log know it: without the codebase, and without a slash at the end."""
    match = route_of(request)
    path = (match["route"] or "/") if match else request.path
    return path.rstrip("/") or "/"


class Application:
    """Answers requests. One lock guards all state, so a request sees and leaves a consistent tenant.

    The lock is a condition, on which the threads wait that deliver callbacks; ``callback_timeout`` is in seconds.
    """

    def __init__(self, data: dict[str, Any] | None, callback_timeout: float = TIMEOUT) -> None:
        self.lock = threading.Condition()
        self.control = Control(data, self.lock, callback_timeout)
        self.throttle = Throttle()
        self.stopping = threading.Event()

    def handle(self, request: Request) -> Response:
        """The answer to a request; the slow faults wait outside the lock."""
        if is_control(request):
            with self.lock:
                response = self.control.answer(request)
                self.control.call_back(request.origin)
                self.lock.notify_all()
                return response
        match = route_of(request)
        path = logged_path(request)
        with self.lock:
            pause = self.throttle.pause(self.control.store.switches)
            if pause:
                response = throttled(pause)
                self.control.log.add(request, path, response.status, None)
                return response
            fault = self.control.fault_for(request.method, path)
        if fault is not None and fault.effect == "slow":
            self.wait(fault)
        with self.lock:
            response = self.with_fault(request, match, fault)
            self.control.call_back(request.origin)
            self.control.log.add(request, path, response.status, fault.effect if fault else None)
        if fault is not None and fault.effect == "slow-after":
            self.wait(fault)
        return response

    def wait(self, fault: Fault) -> None:
        """Let a slow answer take its time; it ends early when the rule is taken away or the sandbox stops."""
        with self.lock:
            self.lock.wait_for(lambda: self.stopping.is_set() or not self.control.has(fault), fault.seconds)

    def refuse(self, request: Request, response: Response) -> Response:
        """Note a request whose body could not be taken; it reaches neither tenant nor faults."""
        if not is_control(request):
            with self.lock:
                self.control.log.add(request, logged_path(request), response.status, None)
        return response

    def stop(self) -> None:
        """End slow answers and the delivery of callbacks."""
        self.stopping.set()
        with self.lock:
            self.lock.notify_all()
        self.control.courier.stop()

    def with_fault(self, request: Request, match: re.Match[str] | None, fault: Fault | None) -> Response:
        """Do what was asked, unless a fault stands before it; a fault after it may hide or spoil the answer."""
        if fault is None:
            return self.tenant(request, match)
        if fault.effect == "codebase":
            self.control.store.codebase = fault.codebase.strip("/") + "/"
        return fault.instead() or fault.afterwards(self.tenant(request, match))

    def tenant(self, request: Request, match: re.Match[str] | None) -> Response:
        """The tenant's answer: discovery, a path of another release, no path at all, or the API (api.md 12.2)."""
        store = self.control.store
        if found := COMPANY_INFO.fullmatch(request.path):
            return company_info(store, found["company"])
        limit = store.switches["max_url_length"]
        if limit and request.target_length > limit:
            return text_response(414, "Request URL Too Long", "text/html")
        if match is None or not RELEASE.fullmatch(match["codebase"]) or "/apis/3.0" in (match["route"] or ""):
            return text_response(400, "Cannot route. Codebase/company is invalid")
        if match["codebase"] not in {store.codebase, ROUTER_CODEBASE}:
            return text_response(
                404, "<html><body><h2>404 - File or directory not found.</h2></body></html>", "text/html"
            )
        if match.re is CALLBACK_KEY:
            return answer_key(store, request)
        base = f"{request.origin}/{match['codebase']}apis/3.0/"
        return api.answer(store, request, base, match["route"] or "")
