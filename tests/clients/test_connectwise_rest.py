"""connectwise-rest, as its registry has it, works against the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.sandbox import Sandbox
from tests.clients.conftest import CALLBACK, EVERYBODY, IDA
from tests.clients.node import ConnectwiseRest, Driver, Thrown

pytestmark = pytest.mark.xdist_group("connectwise-rest")


def contacts(rest: ConnectwiseRest, **params: Any) -> list[int]:
    """The ids of a list of contacts."""
    return [contact["id"] for contact in rest.call("CompanyAPI", "getCompanyContacts", params)]


def test_it_logs_in_by_the_router_path(rest: ConnectwiseRest) -> None:
    """It does not ask for the codebase: its default is v4_6_release."""
    assert rest.call("SystemAPI", "getSystemInfo")["version"] == "v2026.4.101234"


def test_it_works_with_the_codebase_as_entry_point(driver: Driver, sandbox: Sandbox) -> None:
    """The codebase of the day leads to the same API; that of another release is 404."""
    today, before = (ConnectwiseRest(driver, sandbox.url, entryPoint=one) for one in ("v2026_4", "v2019_1"))
    assert contacts(today, pageSize=1) == [8123]
    with pytest.raises(Thrown) as error:
        contacts(before)
    assert error.value.status == 404


def test_a_wrong_key_throws_401(driver: Driver, sandbox: Sandbox) -> None:
    """Status and body are handed on."""
    with pytest.raises(Thrown) as error:
        ConnectwiseRest(driver, sandbox.url, privateKey="wrong").call("SystemAPI", "getSystemInfo")
    assert (error.value.status, error.value.data["code"]) == (401, "Unauthorized")


def test_a_list_is_the_first_page(rest: ConnectwiseRest) -> None:
    """25 records, and the count tells that there are more."""
    assert contacts(rest) == EVERYBODY[:25]
    assert rest.call("CompanyAPI", "getCompanyContactsCount") == {"count": 130}


def test_pages_are_followed_to_the_end_and_each_record_is_seen_once(sandbox: Sandbox, rest: ConnectwiseRest) -> None:
    """130 contacts in pages of 50 are three requests; a page that is not full is the last."""
    found = rest.paginate("CompanyAPI", "getCompanyContacts", {"pageSize": 50}, {"orderBy": "id"})
    assert [contact["id"] for contact in found] == EVERYBODY
    assert sandbox.requests()["counts"]["GET /company/contacts"] == 3


def test_paging_ends_with_an_empty_page_when_the_last_one_is_full(sandbox: Sandbox, rest: ConnectwiseRest) -> None:
    """It does not read the Link header, so 130 contacts in pages of 65 take a third request, past the end."""
    found = rest.paginate("CompanyAPI", "getCompanyContacts", {"pageSize": 65}, {"orderBy": "id"})
    assert [contact["id"] for contact in found] == EVERYBODY
    assert sandbox.requests()["counts"]["GET /company/contacts"] == 3


def test_conditions_hold_on_every_page(rest: ConnectwiseRest) -> None:
    """Filtering and paging together."""
    params = {"conditions": 'company/id = 412 and (inactiveFlag = False or lastName like "Ö*")', "orderBy": "id desc"}
    found = rest.paginate("CompanyAPI", "getCompanyContacts", {"pageSize": 50}, params)
    assert [contact["id"] for contact in found] == [one for one in reversed(EVERYBODY) if one != 8125]


def test_child_conditions_find_a_contact_by_its_address(rest: ConnectwiseRest) -> None:
    """Also by one with a plus sign."""
    created = rest.call("CompanyAPI", "postCompanyContacts", IDA)
    child = 'communicationItems/value = "ida+news@harbor.example" and communicationItems/communicationType = "Email"'
    assert contacts(rest, childConditions=child) == [created["id"]]


def test_fields_trim_the_answer(rest: ConnectwiseRest) -> None:
    """Only what was named comes back."""
    trimmed = rest.call("CompanyAPI", "getCompanyContactsById", 8123, {"fields": "id,company/identifier"})
    assert trimmed == {"id": 8123, "company": {"identifier": "HarborDental"}}


def test_a_contact_is_created_with_its_communication_items(rest: ConnectwiseRest) -> None:
    """The answer and a later reading show them, completed by the server."""
    created = rest.call("CompanyAPI", "postCompanyContacts", IDA)
    assert rest.call("CompanyAPI", "getCompanyContactsById", created["id"]) == created
    assert [
        (i["type"]["name"], i["value"], i.get("extension"), i.get("domain")) for i in created["communicationItems"]
    ] == [
        ("Email", "ida+news@harbor.example", None, "@harbor.example"),
        ("Direct", "5550199", "7", None),
    ]
    items = rest.call("CompanyAPI", "getCompanyContactsByParentIdCommunications", created["id"])
    assert [item["value"] for item in items] == ["ida+news@harbor.example", "5550199"]


def test_a_patched_contact_reads_back_changed(rest: ConnectwiseRest) -> None:
    """A plain field, one communication item by its place, and a flag."""
    operations = [
        {"op": "replace", "path": "title", "value": "Dentist"},
        {"op": "replace", "path": "/communicationItems/0/value", "value": "jonas@harbor.example"},
        {"op": "replace", "path": "inactiveFlag", "value": True},
    ]
    patched = rest.call("CompanyAPI", "patchCompanyContactsById", 8123, operations)
    assert rest.call("CompanyAPI", "getCompanyContactsById", 8123) == patched
    assert (patched["title"], patched["communicationItems"][0]["value"], patched["inactiveFlag"]) == (
        "Dentist",
        "jonas@harbor.example",
        True,
    )


def test_a_patched_quantity_reads_back_changed(rest: ConnectwiseRest) -> None:
    """The billed quantity follows; the line is found by the product's identifier. The client takes the line's id before
    the agreement's."""
    conditions = {"conditions": 'product/identifier = "MS-USER"'}
    [line] = rest.call("FinanceAPI", "getFinanceAgreementsByParentIdAdditions", 77, conditions)
    operations = [{"op": "replace", "path": "/quantity", "value": 37}]
    patched = rest.call("FinanceAPI", "patchFinanceAgreementsByParentIdAdditionsById", line["id"], 77, operations)
    assert (line["quantity"], patched["quantity"], patched["billedQuantity"]) == (36, 37, 32)
    assert rest.call("FinanceAPI", "getFinanceAgreementsByParentIdAdditionsById", line["id"], 77) == patched


def test_a_missing_first_name_throws_400_with_the_answer(rest: ConnectwiseRest) -> None:
    """The body says which field is missing."""
    with pytest.raises(Thrown) as error:
        rest.call("CompanyAPI", "postCompanyContacts", {"lastName": "Holm", "company": {"id": 412}})
    [fault] = error.value.data["errors"]
    assert error.value.status == 400
    assert (fault["code"], fault["field"]) == ("MissingRequiredField", "firstName")


def test_a_429_is_thrown_and_not_repeated(driver: Driver, sandbox: Sandbox) -> None:
    """A limit of the client: its ``retry`` knows broken connections alone, and passes over Retry-After."""
    sandbox.control("POST", "faults", {"effect": "429"})
    with pytest.raises(Thrown) as error:
        contacts(ConnectwiseRest(driver, sandbox.url, retry=True))
    assert (error.value.status, sandbox.requests()["total"]) == (429, 1)


def test_a_dropped_connection_is_not_repeated_either(driver: Driver, sandbox: Sandbox) -> None:
    """A limit of the client: ``retry`` looks for a code that its own error no longer carries."""
    sandbox.control("POST", "faults", {"effect": "drop"})
    with pytest.raises(Thrown) as error:
        contacts(ConnectwiseRest(driver, sandbox.url, retry=True))
    assert (error.value.status, sandbox.requests()["total"]) == (None, 1)


def test_its_verifier_accepts_the_check_vector_and_nothing_else(driver: Driver) -> None:
    """The signature of api.md 6.3. A limit of the client: it signs its own rendering, so only compact JSON verifies."""
    body = '{"MessageId":"0b6c9c5e-7a51-4a55-9a52-5d5c1c7f0a11","Action":"updated","Type":"contact","ID":8123}'
    signature = "jTXWaxqDM36mGXyoTtf+2HGAmpR9ZVFOohSFaPcgNFI="
    calls = [
        (json.loads(body), signature, "demo-signing-key-1"),
        ({**json.loads(body), "ID": 8124}, signature, "demo-signing-key-1"),
        (json.loads(body), signature, "demo-signing-key-2"),
    ]
    verified = [driver.ask({"api": "utils", "method": "verifyMessage", "args": arguments}) for arguments in calls]
    assert verified == [True, False, False]


def test_a_callback_is_registered_and_listed(rest: ConnectwiseRest) -> None:
    """Type and level come back in lower case; the list is filtered by the URL's host."""
    entry = rest.call("SystemAPI", "postSystemCallbacks", CALLBACK)
    conditions = {"conditions": 'url contains "hook.bluefjord.example"'}
    assert rest.call("SystemAPI", "getSystemCallbacks", conditions) == [entry]
    assert (entry["type"], entry["level"], entry["objectId"], entry["inactiveFlag"]) == (
        "contact",
        "company",
        412,
        False,
    )


def test_a_callback_is_changed(rest: ConnectwiseRest) -> None:
    """Switched off, and read back."""
    entry = rest.call("SystemAPI", "postSystemCallbacks", CALLBACK)
    operations = [{"op": "replace", "path": "inactiveFlag", "value": True}]
    patched = rest.call("SystemAPI", "patchSystemCallbacksById", entry["id"], operations)
    assert rest.call("SystemAPI", "getSystemCallbacksById", entry["id"]) == patched
    assert patched["inactiveFlag"] is True


def test_a_callback_is_deleted(rest: ConnectwiseRest) -> None:
    """It is gone from the list."""
    entry = rest.call("SystemAPI", "postSystemCallbacks", CALLBACK)
    rest.call("SystemAPI", "deleteSystemCallbacksById", entry["id"])
    assert rest.call("SystemAPI", "getSystemCallbacks") == []


def test_a_callback_that_is_there_already_throws_400(rest: ConnectwiseRest) -> None:
    """The body says that it exists."""
    rest.call("SystemAPI", "postSystemCallbacks", CALLBACK)
    with pytest.raises(Thrown) as error:
        rest.call("SystemAPI", "postSystemCallbacks", CALLBACK)
    [fault] = error.value.data["errors"]
    assert (error.value.status, fault["code"], fault["field"]) == (400, "ObjectExists", "objectId")
