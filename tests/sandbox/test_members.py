"""Members with keys of their own, the rights of their security roles, and the throttle (api.md 2.2, 2.4, 5.1)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connector.sandbox import DataError, Sandbox
from connector.sandbox.throttle import Throttle
from tests.sandbox.conftest import API, Client, tenant

READER = {"Companies: Contacts": ["inquire"], "Finance: Agreements": ["inquire", "edit"]}


def members(permissions: Any = None) -> dict[str, Any]:
    """The small tenant with a second member, Smith, who has the given rights."""
    role = {"name": "Helper"} | ({} if permissions is None else {"permissions": permissions})
    smith = {"identifier": "asmith", "keys": {"public": "sm", "private": "ith"}, "securityRole": {"name": "Helper"}}
    return tenant() | {"securityRoles": [role], "members": [smith]}


def as_smith(
    sandbox: Sandbox, method: str, path: str, body: Any = None, keys: tuple[str, str] = ("sm", "ith")
) -> httpx.Response:
    """One request with Smith's keys."""
    login = httpx.BasicAuth(f"bluefjord+{keys[0]}", keys[1])
    return httpx.request(method, sandbox.url + API + path, json=body, auth=login, headers={"clientId": "1"})


def as_owner(sandbox: Sandbox, method: str, path: str, body: Any = None) -> httpx.Response:
    """One request with the tenant's own keys."""
    return as_smith(sandbox, method, path, body, ("demo", "demo"))


def test_what_a_member_writes_carries_its_name() -> None:
    """``updatedBy`` and the audit trail name the member whose keys were used."""
    with Sandbox(members()) as sandbox:
        patch = [{"op": "replace", "path": "title", "value": "X"}]
        record = as_smith(sandbox, "PATCH", "/company/contacts/8123", patch).json()
        assert record["_info"]["updatedBy"] == "asmith"
        assert as_owner(sandbox, "GET", "/system/audittrail").json()[-1]["enteredBy"] == "asmith"
        patch[0]["value"] = "Y"
        own = as_owner(sandbox, "PATCH", "/company/contacts/8123", patch).json()
        assert own["_info"]["updatedBy"] == "adconnector"


def test_keys_are_never_answered_and_are_kept_in_the_state() -> None:
    """A member's record does not show them; the state can be loaded again with them."""
    with Sandbox(members()) as sandbox:
        assert "keys" not in as_smith(sandbox, "GET", "/system/members/asmith").json()
        state = json.loads(json.dumps(sandbox.state()))
    with Sandbox(state) as again:
        assert as_smith(again, "GET", "/company/contacts/8123").status_code == 200


def test_a_member_has_a_licence_and_settings_without_being_given_any() -> None:
    """The published document requires them of every member, so a client may count on them."""
    settings = {
        "defaultEmail": "Office",
        "defaultPhone": "Office",
        "invoiceScreenDefaultTabFormat": "ShowInvoicingTab",
        "invoicingDisplayOptions": "RemainOnInvoicingScreen",
        "agreementInvoicingDisplayOptions": "RemainOnInvoicingScreen",
    }
    with Sandbox(members()) as sandbox:
        own, smith = as_owner(sandbox, "GET", "/system/members").json()
    assert (own["licenseClass"], smith["licenseClass"]) == ("A", "F")
    assert settings.items() <= own.items()
    assert settings.items() <= smith.items()


def test_a_role_without_permissions_may_do_everything() -> None:
    """So may a member without a role."""
    with Sandbox(members()) as sandbox:
        assert as_smith(sandbox, "POST", "/company/contacts", {"firstName": "A"}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/company/contacts", 200),
        ("GET", "/company/contacts/8123/communications", 200),
        ("POST", "/company/contacts", 403),
        ("POST", "/company/contacts/8123/communications", 403),
        ("DELETE", "/company/contacts/8123", 403),
        ("GET", "/company/contacts/count", 200),
        ("PATCH", "/finance/agreements/77/additions/3301", 200),
        ("POST", "/finance/agreements/77/additions", 403),
        ("POST", "/finance/agreements/77/invoice", 403),
        ("GET", "/company/companies", 403),
        ("GET", "/company/contacts/types", 403),
        ("GET", "/procurement/catalog", 403),
        ("POST", "/service/tickets/search", 403),
        ("GET", "/system/info", 403),
        ("GET", "/system/members/asmith", 200),
    ],
)
def test_a_role_forbids_what_it_does_not_list(method: str, path: str, status: int) -> None:
    """403 in the PSA's words, module by module and right by right; nothing is written."""
    with Sandbox(members(READER)) as sandbox:
        body = None if method in {"GET", "DELETE"} else [] if method == "PATCH" else {"firstName": "A"}
        before = sandbox.state()
        answer = as_smith(sandbox, method, path, body)
        assert answer.status_code == status
        if status == 403:
            message = "You do not have security permission to perform this action."
            assert answer.json() == {"code": "Security", "message": message}
            assert sandbox.state() == before


def test_the_tenants_own_member_can_have_a_role() -> None:
    """``keys.role`` names it."""
    data = members(READER) | {"keys": {"public": "demo", "private": "demo", "role": "Helper"}}
    with Sandbox(data) as sandbox:
        assert as_owner(sandbox, "POST", "/company/contacts", {"firstName": "A"}).status_code == 403


def test_the_bodies_of_401_and_403_are_switches(psa: Client) -> None:
    """Two forms of each were seen."""
    psa.switch(login_refusal="user_not_authenticated")
    refused = httpx.get(psa.sandbox.url + API + "/company/contacts", auth=("bluefjord+x", "y"))
    assert (refused.status_code, refused.json()["message"]) == (401, "UserNotAuthenticated")
    with Sandbox(members(READER) | {"switches": {"forbidden_code": "Unauthorized"}}) as sandbox:
        assert as_smith(sandbox, "GET", "/procurement/catalog").json()["code"] == "Unauthorized"


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        ({"Companies": ["inquire"]}, "there is no module 'Companies'"),
        ({"Companies: Contacts": ["read"]}, "the rights are inquire, add, edit, delete"),
        ([], "permissions are rights by module"),
    ],
)
def test_permissions_that_mean_nothing_are_refused(permissions: Any, told: str) -> None:
    """A typing error in the data never opens a door."""
    with pytest.raises(DataError, match=told):
        Sandbox(members(permissions))


def test_a_member_needs_both_keys() -> None:
    """Half a pair is no login."""
    with pytest.raises(DataError, match="asmith need public and private"):
        Sandbox(tenant() | {"members": [{"identifier": "asmith", "keys": {"public": "x"}}]})


def test_the_throttle_answers_429_until_the_window_has_moved_on() -> None:
    """Only answered requests count; the pause is the time until the oldest of them leaves the window."""
    now = [100.0]
    throttle = Throttle(lambda: now[0])
    switches = {"throttle_requests": 2, "throttle_seconds": 20}
    assert [throttle.pause(switches) for _ in range(3)] == [0, 0, 20]
    now[0] += 19.5
    assert throttle.pause(switches) == 1
    now[0] += 0.5
    assert [throttle.pause(switches) for _ in range(3)] == [0, 0, 20]


def test_throttled_requests_change_nothing_and_are_logged(psa: Client) -> None:
    """429 with Retry-After of at most 30 seconds, in the vendor's body."""
    psa.switch(throttle_requests=1)
    assert psa.get("/company/contacts/8123").status_code == 200
    answer = psa.post("/company/contacts", {"firstName": "A"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert answer.json()["error"] == "ConnectWiseAPI"
    assert len(psa.sandbox.state()["contacts"]) == 3
    assert psa.sandbox.requests()["requests"][-1]["status"] == 429
