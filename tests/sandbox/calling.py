"""Registering callbacks, and looking at what was delivered."""

from __future__ import annotations

from typing import Any

import httpx

from connector.sandbox import Sandbox
from tests.sandbox.conftest import API, Client
from tests.sandbox.receiver import Receiver

BERG = "/company/contacts/8123"
CALLBACKS = "/system/callbacks"
SMITH = {"id": 244, "identifier": "asmith", "keys": {"public": "sm", "private": "ith"}}


def entry(receiver: Receiver, kind: str = "contact", level: str = "owner", **more: Any) -> dict[str, Any]:
    """A callback entry to be registered; all contacts unless told otherwise."""
    return {"url": f"{receiver.url}/cw?recordId=", "objectId": 1, "type": kind, "level": level} | more


def register(psa: Client, receiver: Receiver, kind: str = "contact", level: str = "owner", **more: Any) -> Any:
    """Register one and answer it."""
    response = psa.post(CALLBACKS, entry(receiver, kind, level, **more))
    assert response.status_code == 201, response.text
    return response.json()


def told(sandbox: Sandbox) -> list[tuple[str, str, int]]:
    """Type, action and id of what was delivered, in order."""
    return [(one["type"], one["action"], one["id"]) for one in sandbox.deliveries()]


def as_member(sandbox: Sandbox, method: str, path: str, body: Any = None) -> httpx.Response:
    """One request with the keys of the second member, Smith (``SMITH``)."""
    login = httpx.BasicAuth("bluefjord+sm", "ith")
    return httpx.request(method, sandbox.url + API + path, json=body, auth=login, headers={"clientId": "1"})


def change(psa: Client, title: str = "X") -> None:
    """One change of one contact."""
    assert psa.patch(BERG, ("replace", "title", title)).status_code == 200


def advance(psa: Client, seconds: float) -> None:
    """Move the standing clock."""
    psa.sandbox.control("POST", "clock", {"advance_seconds": seconds})


def statuses(psa: Client) -> list[int]:
    """The outcome of every attempt so far, once none is due."""
    return [one["status"] for one in psa.sandbox.deliveries()]


def pending(psa: Client) -> int:
    """How many deliveries are not finished."""
    found: int = psa.sandbox.control("GET", "callbacks")["pending"]
    return found


def active(psa: Client, entry_id: int) -> bool:
    """Whether an entry is switched on."""
    return not psa.get(f"{CALLBACKS}/{entry_id}").json()["inactiveFlag"]
