"""One request through the whole sandbox: control, faults, tenant, API, log."""

from __future__ import annotations

import re
import threading
from typing import Any

from connector.sandbox import api
from connector.sandbox.callback_courier import TIMEOUT
from connector.sandbox.callback_keys import answer_key
from connector.sandbox.control import Control
from connector.sandbox.faults import AFTER_THE_WRITE, Fault, throttled
from connector.sandbox.login import company_info
from connector.sandbox.messages import Request, Response, text_response
from connector.sandbox.throttle import Throttle

API_PATH = re.compile(r"/(?P<codebase>[^/]+/)apis/3\.0(?P<route>/.*)?")
RELEASE = re.compile(r"v\d+_\d+(_release)?/")
ROUTER_CODEBASE = "v4_6_release/"
CALLBACK_KEY = re.compile(r"/(?P<codebase>[^/]+/)(?P<route>/?system/callbackkey/index\.rails)", re.IGNORECASE)
COMPANY_INFO = re.compile(r"/login/companyinfo/(?P<company>[^/]+)/?", re.IGNORECASE)


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
        """The answer to a request; a slow fault waits outside the lock."""
        if request.path.startswith("/_sandbox/"):
            with self.lock:
                response = self.control.answer(request)
                self.control.call_back(request.origin)
                return response
        match = API_PATH.fullmatch(request.path) or CALLBACK_KEY.fullmatch(request.path)
        path = (match["route"] or "/") if match else request.path
        path = path.rstrip("/") or "/"
        with self.lock:
            pause = self.throttle.pause(self.control.store.switches)
            if pause:
                response = throttled(pause)
                self.control.log.add(request, path, response.status, None)
                return response
            fault = self.control.fault_for(request.method, path)
        if fault is not None and fault.effect == "slow":
            self.stopping.wait(fault.seconds)
        with self.lock:
            response = self.with_fault(request, match, fault)
            self.control.call_back(request.origin)
            self.control.log.add(request, path, response.status, fault.effect if fault else None)
        return response

    def stop(self) -> None:
        """End slow answers and the delivery of callbacks."""
        self.stopping.set()
        self.control.courier.stop()

    def with_fault(self, request: Request, match: re.Match[str] | None, fault: Fault | None) -> Response:
        """Do what was asked, unless a fault stands before it; a fault after it hides what was done."""
        if fault is not None and fault.effect == "codebase":
            self.control.store.codebase = fault.codebase.strip("/") + "/"
        elif fault is not None and fault.effect not in AFTER_THE_WRITE and fault.effect != "slow":
            return fault.response()
        response = self.tenant(request, match)
        return fault.response() if fault is not None and fault.effect in AFTER_THE_WRITE else response

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
