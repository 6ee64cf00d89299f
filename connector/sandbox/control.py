"""The control side under ``/_sandbox/``: state, reset, faults, switches, log, clock, callbacks, invoices."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from connector.sandbox.agreement_rules import clock_moved
from connector.sandbox.billing import delete_invoice, invoice_agreement
from connector.sandbox.callback_courier import Courier
from connector.sandbox.callback_events import messages
from connector.sandbox.errors import ApiError
from connector.sandbox.faults import Fault, read_fault
from connector.sandbox.loading import load
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.requestlog import RequestLog
from connector.sandbox.store import Record
from connector.sandbox.switches import SWITCHES, merge_switches

Handler = Callable[[Any], Any]
LONGEST_WAIT = 600


class Control:
    """The tenant with everything that steers it. Callers hold the application's lock, which is ``changed``."""

    def __init__(self, data: dict[str, Any] | None, changed: threading.Condition, callback_timeout: float) -> None:
        self.data = data
        self.store = load(data)
        self.courier = Courier(changed, self.store, callback_timeout)
        self.faults: list[Fault] = []
        self.log = RequestLog()

    def answer(self, request: Request) -> Response:
        """Answer one control request; 400 says in words what is wrong with it."""
        name = request.path.removeprefix("/_sandbox").strip("/")
        handler = self.handlers().get((request.method, name))
        if handler is None:
            return json_response(404, {"message": f"there is no {request.method} /_sandbox/{name}"})
        try:
            return json_response(200, handler(request.json()))
        except ApiError as error:
            return json_response(error.status, error.body())
        except (ValueError, TypeError, AttributeError) as error:
            return json_response(400, {"message": str(error)})

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """Method and name of every control endpoint."""
        return {
            ("GET", "state"): lambda _: self.store.dump(),
            ("POST", "reset"): self.reset,
            ("GET", "faults"): lambda _: self.list_faults(),
            ("POST", "faults"): self.set_faults,
            ("DELETE", "faults"): lambda _: self.set_faults([]),
            ("GET", "switches"): lambda _: self.list_switches(),
            ("POST", "switches"): self.set_switches,
            ("GET", "requests"): lambda _: self.log.report(),
            ("DELETE", "requests"): lambda _: self.clear_log(),
            ("GET", "clock"): lambda _: self.tell_time(),
            ("POST", "clock"): self.set_clock,
            ("GET", "callbacks"): lambda _: self.courier.report(),
            ("POST", "callbacks"): self.wait_for_callbacks,
            ("DELETE", "callbacks"): lambda _: self.clear_callbacks(),
            ("POST", "invoice"): self.invoice,
        }

    def reset(self, data: dict[str, Any] | None) -> dict[str, Any]:
        """Back to the initial data, or on to new data; faults, switches, clock and logs are as new, and pending
        callbacks are forgotten."""
        self.store = load(self.data if data is None else data)
        self.courier.serve(self.store)
        self.data = self.data if data is None else data
        self.faults = []
        self.log.clear()
        return {"reset": True}

    def list_faults(self) -> list[dict[str, Any]]:
        """The rules with how often each was met and acted."""
        return [asdict(fault) for fault in self.faults]

    def set_faults(self, rules: Any) -> list[dict[str, Any]]:
        """A list takes the place of all rules; a single rule is added."""
        if isinstance(rules, list):
            self.faults = [read_fault(rule) for rule in rules]
        else:
            self.faults.append(read_fault(rules))
        return self.list_faults()

    def has(self, fault: Fault) -> bool:
        """Whether this very rule still stands."""
        return any(fault is one for one in self.faults)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The first rule that acts on a request."""
        return next((fault for fault in self.faults if fault.acts_on(method, path)), None)

    def list_switches(self) -> dict[str, Any]:
        """Every switch with its value, the values allowed and the fact behind it."""
        return {
            name: {"value": self.store.switches[name], "allowed": list(switch.values), "fact": switch.fact}
            for name, switch in SWITCHES.items()
        }

    def set_switches(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Turn switches; raises ``ValueError``."""
        self.store.switches = merge_switches(self.store.switches, changes)
        return self.store.switches

    def clear_log(self) -> dict[str, Any]:
        """Forget the requests so far."""
        self.log.clear()
        return {"total": 0}

    def tell_time(self) -> dict[str, str]:
        """The sandbox's time."""
        return {"now": self.store.clock.text()}

    def set_clock(self, order: dict[str, Any]) -> dict[str, str]:
        """Move the clock; callbacks whose time has come go, agreements expire. Raises ``ValueError``."""
        before = self.store.clock.now()
        self.store.clock.control(order)
        clock_moved(self.store, before)
        return self.tell_time()

    def invoice(self, order: dict[str, Any] | None) -> Record:
        """Bill an agreement, or take an invoice back; answers the invoice. Raises ``ApiError``, ``ValueError``."""
        if order is None or len(order.keys() & {"agreement", "delete"}) != 1:
            raise ValueError('an invoice is made with {"agreement": id} and taken back with {"delete": id}')
        if "delete" in order:
            return delete_invoice(self.store, order["delete"])
        return invoice_agreement(self.store, order["agreement"])

    def call_back(self, origin: str) -> None:
        """Deliver what was changed to those who want to be told; ``origin`` is the sandbox's ``http://host:port``."""
        self.courier.send(messages(self.store, origin))

    def wait_for_callbacks(self, order: dict[str, Any] | None) -> dict[str, Any]:
        """Wait until no callback is due, without holding the lock; raises ``ValueError``."""
        seconds = float((order or {}).get("wait_seconds", 5))
        if not 0 <= seconds <= LONGEST_WAIT:
            raise ValueError(f"wait_seconds is a number from 0 to {LONGEST_WAIT}")
        self.courier.wait(seconds)
        return self.courier.report()

    def clear_callbacks(self) -> dict[str, Any]:
        """Forget the attempts so far; what is pending stays."""
        self.courier.log.clear()
        return self.courier.report()
