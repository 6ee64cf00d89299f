"""Communication items: positions, ids, defaults, and what the server makes (api.md 4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import API, Client

BERG = "/company/contacts/8123"
MOBILE = {"type": {"id": 3}, "value": "5550999"}


def items(response: Any) -> list[tuple[int, str]]:
    """(id, value) of the items in an answer."""
    assert response.status_code == 200, response.text
    return [(item["id"], item["value"]) for item in response.json().get("communicationItems", [])]


def fault(response: Any) -> tuple[str, str]:
    """(code, field) of a 400 answer."""
    assert response.status_code == 400, response.text
    return response.json()["errors"][0]["code"], response.json()["errors"][0]["field"]


@pytest.mark.parametrize("position", ["-", "2"])
def test_item_is_added_at_the_end(psa: Client, position: str) -> None:
    """By the number of items, or by a dash; it may be a default at once."""
    response = psa.patch(BERG, ("add", f"/communicationItems/{position}", MOBILE | {"defaultFlag": True}))
    assert [value for _, value in items(response)] == ["j.berg@harbor.example", "5550142", "5550999"]
    assert [item["defaultFlag"] for item in response.json()["communicationItems"]] == [True, False, True]


@pytest.mark.parametrize("position", ["0", "1"])
def test_item_added_before_the_end_stands_at_the_end_without_default(psa: Client, position: str) -> None:
    """The position is taken, not kept, and defaultFlag is lost."""
    response = psa.patch(BERG, ("add", f"/communicationItems/{position}", MOBILE | {"defaultFlag": True}))
    assert [value for _, value in items(response)] == ["j.berg@harbor.example", "5550142", "5550999"]
    assert [item["defaultFlag"] for item in response.json()["communicationItems"]] == [True, True, False]


@pytest.mark.parametrize(
    ("op", "position"), [("add", "3"), ("add", "x"), ("add", "-1"), ("replace", "2"), ("replace", "-"), ("remove", "2")]
)
def test_position_that_is_none_is_refused(psa: Client, op: str, position: str) -> None:
    """Past the end, a dash for what must be there, no number."""
    response = psa.patch(BERG, (op, f"communicationItems/{position}", MOBILE))
    assert (response.status_code, response.json()["code"]) == (400, "InvalidPatch")
    assert f"path segment '{position}'" in response.json()["message"]


def test_removals_count_what_is_left(psa: Client) -> None:
    """Each operation sees the list as the one before left it: highest first, or the first one twice."""
    response = psa.patch(BERG, ("remove", "communicationItems/0", None), ("remove", "communicationItems/1", None))
    assert response.status_code == 400
    assert len(items(psa.get(BERG))) == 2
    both = (("remove", "communicationItems/1", None), ("remove", "communicationItems/0", None))
    assert items(psa.patch(BERG, *both)) == []


def test_example_of_the_vendor_works(psa: Client) -> None:
    """Change one, add one, remove one in a single patch: the first keeps its id, the new one gets one."""
    response = psa.patch(
        BERG,
        ("replace", "/communicationItems/0/value", "jonas.berg@harbor.example"),
        ("add", "/communicationItems/2", MOBILE | {"communicationType": "Phone", "defaultFlag": True}),
        ("remove", "/communicationItems/1", None),
    )
    first, second = items(response)
    assert first == (41, "jonas.berg@harbor.example")
    assert second[1] == "5550999"
    assert second[0] > 42


def test_replaced_item_keeps_its_id(psa: Client) -> None:
    """Also one that the same patch has just added, once it has an id."""
    assert items(psa.patch(BERG, ("replace", "communicationItems/1", MOBILE)))[1] == (42, "5550999")
    again = ("replace", "communicationItems/2", MOBILE | {"value": "5550777"})
    assert items(psa.patch(BERG, ("add", "communicationItems/-", MOBILE), again))[2][1] == "5550777"


def test_ids_of_items_may_be_text_and_count_once(psa: Client) -> None:
    """The second of two items with one id is a new item, and so is one with an id of another contact."""
    one = {"id": "42", "type": {"id": "2"}, "value": "1"}
    first, second, third = items(psa.patch(BERG, ("replace", "communicationItems", [one, one, one | {"id": 9}])))
    assert first == (42, "1")
    assert len({42, 9, second[0], third[0]}) == 4


def test_items_need_the_id_of_their_type(psa: Client) -> None:
    """A name is not enough, an unknown id is not found."""
    nameless = {"type": {"name": "Email"}, "value": "x@harbor.example"}
    needed = ("MissingRequiredField", "communicationItems/type/id")
    assert fault(psa.patch(BERG, ("add", "communicationItems/-", nameless))) == needed
    assert fault(psa.post(f"{BERG}/communications", nameless)) == needed
    assert fault(psa.patch(BERG, ("remove", "communicationItems/0/type", None))) == needed
    unknown = ("replace", "communicationItems/0/type", {"id": 99})
    assert fault(psa.patch(BERG, unknown)) == ("NotFound", "communicationItems/type/id")


def test_value_of_an_item_is_required(psa: Client) -> None:
    """An extension is not."""
    assert fault(psa.patch(BERG, ("remove", "communicationItems/0/value", None))) == ("MissingRequiredField", "value")
    response = psa.patch(BERG, ("remove", "communicationItems/1/extension", None))
    assert "extension" not in response.json()["communicationItems"][1]


def test_what_the_server_makes_cannot_be_sent(psa: Client) -> None:
    """The domain follows the address; other server-made values are passed over."""
    made_up = {"domain": "@evil.example", "mobileGuid": "x", "contactId": 1}
    changed = {"id": 41, "type": {"id": 1}, "value": "a@b@c.example", **made_up}
    item = psa.patch(BERG, ("replace", "communicationItems", [changed])).json()["communicationItems"][0]
    assert item["domain"] == "@c.example"
    assert not {"mobileGuid", "contactId"} & item.keys()
    response = psa.patch(BERG, ("replace", "communicationItems/0/domain", "@evil.example"))
    assert response.json()["communicationItems"][0]["domain"] == "@c.example"


def test_new_type_brings_its_kind(psa: Client) -> None:
    """A phone number becomes a fax number; the domain goes when it is no address."""
    item = psa.patch(BERG, ("replace", "communicationItems/0/type", {"id": 4})).json()["communicationItems"][0]
    assert (item["communicationType"], "domain" in item) == ("Fax", False)


def test_sub_path_of_an_items_type_is_a_switch(psa: Client) -> None:
    """It does nothing, unless switched to apply; below a scalar there is nothing."""
    deep = ("replace", "communicationItems/1/type/id", 3)
    assert psa.patch(BERG, deep).json()["communicationItems"][1]["type"]["name"] == "Direct"
    psa.switch(reference_subpath="apply")
    assert psa.patch(BERG, deep).json()["communicationItems"][1]["type"]["name"] == "Mobile"
    assert psa.patch(BERG, ("replace", "communicationItems/1/value/x", 3)).json()["code"] == "InvalidPatch"


def test_of_two_new_defaults_the_last_wins(psa: Client) -> None:
    """In one kind; the default of another kind stays."""
    mails = [{"type": {"id": 1}, "value": f"{name}@harbor.example", "defaultFlag": True} for name in "ab"]
    kept = {"id": 42, "type": {"id": 2}, "value": "5550142", "defaultFlag": True}
    record = psa.patch(BERG, ("replace", "communicationItems", [*mails, kept])).json()
    assert [item["defaultFlag"] for item in record["communicationItems"]] == [False, True, True]


def test_switching_a_default_on_switches_the_other_off(psa: Client) -> None:
    """By a deep path, and also through the sub-resource."""
    psa.patch(BERG, ("add", "communicationItems/-", MOBILE))
    record = psa.patch(BERG, ("replace", "communicationItems/2/defaultFlag", True)).json()
    assert [item["defaultFlag"] for item in record["communicationItems"]] == [True, False, True]
    psa.patch(f"{BERG}/communications/42", ("replace", "defaultFlag", True))
    assert [item["defaultFlag"] for item in psa.get(BERG).json()["communicationItems"]] == [True, True, False]


def test_item_as_a_record_has_its_contact_and_a_guid(psa: Client) -> None:
    """Both are only there, not in the contact's list."""
    item = psa.get(f"{BERG}/communications/41").json()
    assert item["contactId"] == 8123
    assert len(item["mobileGuid"]) == 36
    assert not {"contactId", "mobileGuid"} & psa.get(BERG).json()["communicationItems"][0].keys()


def test_put_of_an_item_replaces_it(psa: Client) -> None:
    """The id in the path counts, the extension that is left out goes; what is no object is refused."""
    one = f"{BERG}/communications/42"
    item = psa.put(one, {"id": 41, "type": {"id": 3}, "value": "5550777"}).json()
    assert (item["id"], item["type"]["name"], "extension" in item) == (42, "Mobile", False)
    assert psa.put(one, [1]).status_code == 400
    assert fault(psa.put(one, {"value": "1"})) == ("MissingRequiredField", "communicationItems/type/id")
    assert items(psa.get(BERG)) == [(41, "j.berg@harbor.example"), (42, "5550777")]


def test_item_patch_takes_the_bare_path_or_a_slash(psa: Client) -> None:
    """Unknown names are refused as everywhere."""
    one = f"{BERG}/communications/42"
    assert psa.patch(one, ("replace", "/value", "1")).json()["value"] == "1"
    assert psa.patch(one, ("replace", "Value", "2")).json()["code"] == "InvalidPatch"
    assert psa.http.patch(API + one, json={}).json()["code"] == "InvalidPatch"
