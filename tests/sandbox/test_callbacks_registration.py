"""Registering callbacks: what is asked for, what is refused, what is filled in (api.md 5.2, 6.1)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from connector.sandbox import DataError, Sandbox
from tests.sandbox.calling import CALLBACKS, SMITH, as_member
from tests.sandbox.conftest import Client, tenant

HOOK = {"url": "https://hook.bluefjord.example/cw?recordId=", "objectId": 412, "type": "contact", "level": "company"}
LEVELS = {
    "company": "owner status type territory company integratortag",
    "contact": "owner type territory company contact",
    "agreement": "owner type company agreement",
    "ticket": "owner board project phase status ticket integratortag",
    "activity": "owner status type company activity",
    "configuration": "owner type status configuration",
    "productcatalog": "owner",
    "invoice": "owner status company invoice",
    "member": "owner location securityrole member",
    "expense": "owner",
    "opportunity": "owner",
    "project": "owner",
    "purchaseorder": "owner",
    "schedule": "owner",
    "time": "owner",
}
ANY_LEVEL = sorted({level for levels in LEVELS.values() for level in levels.split()})


def faults(psa: Client, **changes: Any) -> list[tuple[str, str, str]]:
    """Code, field and message of the refusal of ``HOOK`` with changes; ``None`` leaves a field out."""
    body = {key: value for key, value in (HOOK | changes).items() if value is not None}
    response = psa.post(CALLBACKS, body)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidObject")
    assert {error["resource"] for error in response.json()["errors"]} == {"callbackEntry"}
    return [(error["code"], error["field"], error["message"]) for error in response.json()["errors"]]


def test_a_new_entry_is_answered_whole(psa: Client) -> None:
    """What was not sent has its default; the PSA adds id, member and a GUID."""
    response = psa.post(CALLBACKS, HOOK)
    made = response.json()
    assert response.status_code == 201
    assert str(uuid.UUID(made.pop("connectWiseID")))
    assert made == HOOK | {
        "id": 2651,
        "memberId": 243,
        "payloadVersion": "3.0.0",
        "inactiveFlag": False,
        "isSoapCallbackFlag": False,
        "isSelfSuppressedFlag": False,
        "_info": {"lastUpdated": "2026-05-10T08:00:00Z", "updatedBy": "adconnector"},
    }


def test_entries_are_listed_found_counted_changed_and_deleted(psa: Client) -> None:
    """The same methods as for any other record."""
    first = psa.post(CALLBACKS, HOOK).json()["id"]
    second = psa.post(CALLBACKS, HOOK | {"url": "https://other.example/?recordId="}).json()["id"]
    assert psa.ids(CALLBACKS) == [first, second]
    assert psa.ids(CALLBACKS, conditions='url contains "hook.bluefjord.example"') == [first]
    assert psa.get(f"{CALLBACKS}/count", conditions='type = "contact"').json() == {"count": 2}
    assert psa.get(f"{CALLBACKS}/{first}").json()["url"] == HOOK["url"]
    changed = psa.patch(f"{CALLBACKS}/{first}", ("replace", "inactiveFlag", True))
    assert (changed.status_code, changed.json()["inactiveFlag"]) == (200, True)
    put = psa.put(f"{CALLBACKS}/{first}", HOOK | {"level": "Owner"}).json()
    assert (put["level"], put["inactiveFlag"], put["memberId"]) == ("owner", False, 243)
    assert put["connectWiseID"] == changed.json()["connectWiseID"]
    assert psa.delete(f"{CALLBACKS}/{first}").status_code == 204
    assert psa.get(f"{CALLBACKS}/{first}").status_code == 404


def test_type_and_level_may_be_in_any_case(psa: Client) -> None:
    """They are answered in lower case."""
    made = psa.post(CALLBACKS, HOOK | {"type": "ProductCatalog", "level": "OWNER"}).json()
    assert (made["type"], made["level"]) == ("productcatalog", "owner")


@pytest.mark.parametrize("name", ["url", "objectId", "type", "level"])
def test_four_fields_are_required(psa: Client, name: str) -> None:
    """Each is missed by name."""
    assert faults(psa, **{name: None}) == [("MissingRequiredField", name, f"The {name} field is required.")]


def test_a_description_has_at_most_100_letters(psa: Client) -> None:
    """101 are refused in the usual words."""
    assert psa.post(CALLBACKS, HOOK | {"description": "d" * 100}).status_code == 201
    message = "The field description must be a string with a maximum length of 100."
    assert faults(psa, description="d" * 101) == [("MaxLengthField", "description", message)]


@pytest.mark.parametrize("kind", LEVELS)
def test_a_type_has_its_levels_and_no_others(psa: Client, kind: str) -> None:
    """The vendor's table; of the types it does not detail, Owner alone."""
    taken = [
        level for level in ANY_LEVEL if psa.post(CALLBACKS, HOOK | {"type": kind, "level": level}).status_code == 201
    ]
    assert taken == sorted(LEVELS[kind].split())


def test_a_wrong_level_is_refused_in_the_vendors_words(psa: Client) -> None:
    """On the field ``level``."""
    message = "Unrecognized level for type, see documentation for supported levels for each type"
    assert faults(psa, level="board") == [("InvalidObject", "level", message)]


def test_an_unknown_type_is_refused(psa: Client) -> None:
    """There is no type for additions."""
    assert [(code, field) for code, field, _ in faults(psa, type="addition")] == [("InvalidObject", "type")]


def test_whether_sites_are_a_type_is_a_switch(psa: Client) -> None:
    """Refused by default; else with the levels Owner and Company."""
    assert [field for _, field, _ in faults(psa, type="site")] == ["type"]
    psa.switch(callback_site_type="accept")
    assert psa.post(CALLBACKS, HOOK | {"type": "Site"}).status_code == 201
    assert psa.post(CALLBACKS, HOOK | {"type": "Site", "level": "owner"}).status_code == 201
    assert [field for _, field, _ in faults(psa, type="site", level="site")] == ["level"]


@pytest.mark.parametrize(
    "url",
    [
        "hook.example/cw?recordId=",
        "ftp://hook.example/?recordId=",
        "https:///cw?recordId=",
        "http://hook.example:99999/?recordId=",
        "http://hook.example:x/?recordId=",
        "http://hook.example:0/?recordId=",
        "http://hook example/?recordId=",
        "http://hook.example/\n?recordId=",
        "http://[::1/?recordId=",
    ],
)
def test_a_url_that_leads_nowhere_is_refused(psa: Client, url: str) -> None:
    """InvalidField "Invalid URL"."""
    assert faults(psa, url=url) == [("InvalidField", "url", "Invalid URL")]


def test_faults_are_told_together(psa: Client) -> None:
    """A bad URL does not hide a bad level; nothing is stored."""
    assert [field for _, field, _ in faults(psa, url="x", level="y")] == ["url", "level"]
    assert psa.ids(CALLBACKS) == []


def test_object_0_of_the_owner_is_answered_as_1(psa: Client) -> None:
    """At other levels it stays what it is."""
    assert psa.post(CALLBACKS, HOOK | {"level": "owner", "objectId": 0}).json()["objectId"] == 1
    assert psa.post(CALLBACKS, HOOK | {"objectId": 0}).json()["objectId"] == 0


def test_a_second_entry_for_the_same_is_refused(psa: Client) -> None:
    """Same type, level, object and URL, also when it is inactive."""
    psa.post(CALLBACKS, HOOK | {"inactiveFlag": True})
    exists = ("ObjectExists", "objectId", "A matching callback entry already exists")
    assert faults(psa, level="Company") == [exists]
    for change in ({"url": "https://other.example/?recordId="}, {"objectId": 413}, {"level": "contact"}):
        assert psa.post(CALLBACKS, HOOK | change).status_code == 201


def test_whether_the_url_makes_a_difference_is_a_switch(psa: Client) -> None:
    """``any_url`` allows one entry per type, level and object."""
    psa.switch(callback_duplicates="any_url")
    psa.post(CALLBACKS, HOOK)
    assert faults(psa, url="https://other.example/?recordId=")[0][0] == "ObjectExists"
    assert psa.post(CALLBACKS, HOOK | {"objectId": 413}).status_code == 201


def test_an_entry_is_not_its_own_duplicate(psa: Client) -> None:
    """A patch can leave it as it is, but not make it like another."""
    first = psa.post(CALLBACKS, HOOK).json()["id"]
    psa.post(CALLBACKS, HOOK | {"objectId": 413})
    assert psa.patch(f"{CALLBACKS}/{first}", ("replace", "objectId", 412)).status_code == 200
    assert psa.patch(f"{CALLBACKS}/{first}", ("replace", "objectId", 413)).status_code == 400


def test_an_entry_is_of_the_member_who_made_it() -> None:
    """A sent memberId is ignored, another member's patch changes nothing about it."""
    with Sandbox(tenant() | {"members": [SMITH]}) as sandbox:
        made = as_member(sandbox, "POST", CALLBACKS, HOOK | {"memberId": 1}).json()
        psa = Client(sandbox)
        patched = psa.patch(f"{CALLBACKS}/{made['id']}", ("replace", "description", "X")).json()
        psa.http.close()
    assert (made["memberId"], patched["memberId"]) == (244, 244)


@pytest.mark.parametrize(("right", "status"), [("none", 201), ("System: Table Setup", 403)])
def test_the_right_needed_is_a_switch(right: str, status: int) -> None:
    """No right by default, else Table Setup."""
    role = {"name": "Helper", "permissions": {"System: Table Setup": ["inquire"]}}
    data = tenant() | {"members": [SMITH | {"securityRole": {"name": "Helper"}}], "securityRoles": [role]}
    with Sandbox(data | {"switches": {"callback_right": right}}) as sandbox:
        assert as_member(sandbox, "POST", CALLBACKS, HOOK).status_code == status
        assert as_member(sandbox, "GET", CALLBACKS).status_code == 200


def test_the_data_may_bring_entries() -> None:
    """They are filled in, their ids are not given again, and the state can be loaded again."""
    with Sandbox(tenant() | {"callbacks": [HOOK | {"id": 2700, "type": "Contact"}]}) as sandbox:
        state = json.loads(json.dumps(sandbox.state()))
        psa = Client(sandbox)
        assert psa.get(f"{CALLBACKS}/2700").json()["memberId"] == 243
        assert psa.post(CALLBACKS, HOOK | {"objectId": 413}).json()["id"] == 2701
        psa.http.close()
    assert (state["callbacks"][0]["type"], state["callbacks"][0]["inactiveFlag"]) == ("contact", False)
    with Sandbox(state) as again:
        assert again.state() == state


def test_half_an_entry_in_the_data_is_an_error() -> None:
    """The message names what is missing."""
    with pytest.raises(DataError, match="callbacks 2651: objectId, level missing"):
        Sandbox(tenant() | {"callbacks": [{"url": "https://hook.example/?id=", "type": "contact"}]})
