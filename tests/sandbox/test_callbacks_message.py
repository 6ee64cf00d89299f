"""What a callback looks like on the wire: URL, headers, body, entity, key and signature (api.md 6.2, 6.3, 12.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connector.sandbox.callback_events import called_url
from connector.sandbox.callback_keys import sign
from tests.sandbox.calling import BERG, register
from tests.sandbox.conftest import HEADERS, Client
from tests.sandbox.receiver import Call, Receiver

TITLE = ("replace", "title", "X")
KEYS = [
    "MessageId",
    "FromUrl",
    "CompanyId",
    "MemberId",
    "Action",
    "Type",
    "ID",
    "ProductInstanceId",
    "PartnerId",
    "Entity",
    "Metadata",
    "CallbackObjectRecId",
]


def only_call(psa: Client, receiver: Receiver) -> Call:
    """The one call that came in."""
    psa.sandbox.deliveries()
    assert len(receiver.calls) == 1
    return receiver.calls[0]


def call_about(psa: Client, receiver: Receiver, *operations: tuple[str, str, Any], **more: Any) -> Call:
    """Register for all contacts, patch one, and answer the call."""
    register(psa, receiver, **more)
    assert psa.patch(BERG, *operations or [TITLE]).status_code == 200
    return only_call(psa, receiver)


@pytest.mark.parametrize("tail", ["/cw?recordId=", "/cw?a=1&recordId=", "/cw?id=", "/?recordId=", "/cw/?x=%20&id="])
def test_id_and_action_follow_the_registered_url(psa: Client, receiver: Receiver, tail: str) -> None:
    """Behind ``recordId=``, or whatever the URL ends in."""
    call = call_about(psa, receiver, url=receiver.url + tail)
    assert call.path == f"{tail}8123&action=updated"


@pytest.mark.parametrize(
    ("setting", "tail", "path"),
    [
        ("glued", "/cw", "/cw8123&action=updated"),
        ("glued", "/cw?a=1", "/cw?a=18123&action=updated"),
        ("glued", "", "/8123&action=updated"),
        ("query", "/cw", "/cw?recordId=8123&action=updated"),
        ("query", "/cw?a=1", "/cw?a=1&recordId=8123&action=updated"),
        ("query", "", "/?recordId=8123&action=updated"),
        ("query", "/cw?id=", "/cw?id=8123&action=updated"),
    ],
)
def test_what_happens_to_a_plain_url_is_a_switch(
    psa: Client, receiver: Receiver, setting: str, tail: str, path: str
) -> None:
    """Glued on, or in a query of its own; the host and the port stay those that were registered."""
    psa.switch(callback_url_tail=setting)
    assert call_about(psa, receiver, url=receiver.url + tail).path == path


def test_a_host_alone_is_not_lengthened() -> None:
    """The id never becomes a part of another name or port."""
    assert called_url("https://hook.example", 8123, "added", "glued") == "https://hook.example/8123&action=added"
    assert called_url("http://hook.example?id=", 1, "added", "glued") == "http://hook.example/?id=1&action=added"


def test_letters_outside_ascii_are_percent_encoded(psa: Client, receiver: Receiver) -> None:
    """What is encoded already stays."""
    call = call_about(psa, receiver, url=f"{receiver.url}/å%2B?id=")
    assert call.path == "/%C3%A5%2B?id=8123&action=updated"


def test_the_body_has_the_vendors_keys(psa: Client, receiver: Receiver) -> None:
    """What happened to what, who did it, and for which entry."""
    entry = register(psa, receiver)["id"]
    psa.patch(BERG, TITLE)
    body = only_call(psa, receiver).body
    assert list(body) == KEYS
    assert str(uuid.UUID(body["MessageId"]))
    told = {key: body[key] for key in ("FromUrl", "CompanyId", "MemberId", "Action", "Type", "ID")}
    assert told == {
        "FromUrl": "127.0.0.1",
        "CompanyId": "bluefjord",
        "MemberId": "adconnector",
        "Action": "updated",
        "Type": "contact",
        "ID": 8123,
    }
    assert body["CallbackObjectRecId"] == entry
    assert list(body["Metadata"]) == ["key_url"]


def test_the_body_is_compact_json(psa: Client, receiver: Receiver) -> None:
    """So that a receiver who writes it again gets the same bytes; letters are UTF-8."""
    call = call_about(psa, receiver, ("replace", "firstName", "Åsa"))
    assert call.raw == json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode()
    assert "Åsa".encode() in call.raw
    assert call.headers["content-type"] == "application/json"


def test_the_entity_is_the_record_without_items(psa: Client, receiver: Receiver) -> None:
    """What GET answers, but for the items, the links and the empty references."""
    entity = call_about(psa, receiver, TITLE).entity
    record = psa.get(BERG).json()
    assert "communicationItems" in record
    assert "communicationItems" not in entity
    plain = {key: value for key, value in record.items() if not isinstance(value, dict | list)}
    assert {key: entity[key] for key in plain} == plain
    assert entity["company"]["id"] == 412
    assert entity["types"][0]["name"] == "End User"


def test_links_in_the_entity_have_the_current_codebase(psa: Client, receiver: Receiver) -> None:
    """And a double slash behind it, also when the change came by the router's path."""
    entity = call_about(psa, receiver, TITLE).entity
    base = f"{psa.sandbox.url}/v2026_4//apis/3.0"
    assert entity["company"]["_info"] == {"company_href": f"{base}/company/companies/412"}
    assert entity["_info"]["communications_href"] == f"{base}/company/contacts/8123/communications"
    assert entity["_info"]["updatedBy"] == "adconnector"


def test_an_empty_reference_is_an_object_with_a_link_alone(psa: Client, receiver: Receiver) -> None:
    """Where GET has no such key."""
    entity = call_about(psa, receiver, TITLE).entity
    href = f"{psa.sandbox.url}/v2026_4//apis/3.0/company/contacts/relationships/"
    assert entity["relationship"] == {"_info": {"relationship_href": href}}
    assert "relationship" not in psa.get(BERG).json()


def test_a_deleted_record_has_no_entity(psa: Client, receiver: Receiver) -> None:
    """Null, with the same keys."""
    register(psa, receiver)
    psa.delete("/company/contacts/8124")
    body = only_call(psa, receiver).body
    assert list(body) == KEYS
    assert (body["Action"], body["ID"], body["Entity"]) == ("deleted", 8124, None)


def test_the_entity_is_the_record_as_it_was_at_the_change(psa: Client, receiver: Receiver) -> None:
    """However late it is delivered."""
    register(psa, receiver)
    receiver.answering.clear()
    for title in ("one", "two", "three"):
        psa.patch(BERG, ("replace", "title", title))
    receiver.answering.set()
    psa.sandbox.deliveries()
    assert [call.entity["title"] for call in receiver.calls] == ["one", "two", "three"]


def test_the_check_vector_of_the_signature() -> None:
    """base64(HMAC-SHA256(SHA256(signing_key), raw body))."""
    body = b'{"MessageId":"0b6c9c5e-7a51-4a55-9a52-5d5c1c7f0a11","Action":"updated","Type":"contact","ID":8123}'
    assert sign("demo-signing-key-1", body) == "jTXWaxqDM36mGXyoTtf+2HGAmpR9ZVFOohSFaPcgNFI="


def test_the_signature_verifies_over_the_raw_bytes(psa: Client, receiver: Receiver) -> None:
    """With the key that the key URL answers without a login."""
    call = call_about(psa, receiver, ("replace", "firstName", "Åsa"))
    answer = httpx.get(call.body["Metadata"]["key_url"])
    assert (answer.status_code, list(answer.json())) == (200, ["signing_key"])
    key = hashlib.sha256(answer.json()["signing_key"].encode()).digest()
    expected = base64.b64encode(hmac.new(key, call.raw, hashlib.sha256).digest()).decode()
    assert call.headers["x-content-signature"] == expected


def test_the_key_url_names_company_and_key(psa: Client, receiver: Receiver) -> None:
    """On the sandbox's own host, with a double slash behind the current codebase."""
    parts = urlsplit(call_about(psa, receiver).body["Metadata"]["key_url"])
    assert f"{parts.scheme}://{parts.netloc}" == psa.sandbox.url
    assert parts.path == "/v2026_4//system/callbackkey/index.rails"
    query = parse_qs(parts.query)
    assert query["companyName"] == ["bluefjord"]
    assert str(uuid.UUID(query["id"][0]))


def test_a_change_by_the_control_side_has_the_same_host(psa: Client, receiver: Receiver) -> None:
    """Also when it was called from Python."""
    register(psa, receiver, "invoice")
    psa.sandbox.control("POST", "invoice", {"agreement": 77})
    key_url = only_call(psa, receiver).body["Metadata"]["key_url"]
    assert httpx.get(key_url).status_code == 200


def test_every_entry_has_a_key_of_its_own(psa: Client, receiver: Receiver) -> None:
    """Which stays the same from message to message."""
    register(psa, receiver)
    register(psa, receiver, level="company", objectId=412)
    for title in ("one", "two"):
        psa.patch(BERG, ("replace", "title", title))
    psa.sandbox.deliveries()
    urls = {(call.body["CallbackObjectRecId"], call.body["Metadata"]["key_url"]) for call in receiver.calls}
    assert len(receiver.calls) == 4
    assert len(urls) == 2
    assert len({httpx.get(url).json()["signing_key"] for _, url in urls}) == 2


def test_whether_the_key_takes_a_login_is_a_switch(psa: Client, receiver: Receiver) -> None:
    """401 without one, the key with it."""
    key_url = call_about(psa, receiver).body["Metadata"]["key_url"]
    psa.switch(callback_key_login=True)
    assert httpx.get(key_url).status_code == 401
    assert "signing_key" in httpx.get(key_url, headers=HEADERS).json()


def test_a_key_that_does_not_exist_is_404(psa: Client, receiver: Receiver) -> None:
    """Another id, another company, an old codebase; other methods are 405."""
    key_url = call_about(psa, receiver).body["Metadata"]["key_url"]
    assert httpx.get(key_url[:-1] + "x").status_code == 404
    assert httpx.get(key_url.replace("bluefjord", "other")).status_code == 404
    assert httpx.get(key_url.replace("v2026_4", "v2025_1")).status_code == 404
    assert httpx.post(key_url).status_code == 405
    assert httpx.get(key_url.replace("v2026_4", "v4_6_release")).status_code == 200
