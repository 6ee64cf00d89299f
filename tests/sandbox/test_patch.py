"""PATCH on any record (api.md 4.1, 4.4, 4.6, 12.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.application import Application
from connector.sandbox.errors import ApiError
from connector.sandbox.records import replace, update
from connector.sandbox.resources import BY_COLLECTION, RESOURCES
from connector.sandbox.store import Store, dig
from connector.sandbox.switches import SWITCHES
from tests.sandbox.conftest import Client, tenant

BERG = "/company/contacts/8123"


def values(record: dict[str, Any]) -> list[str]:
    """The values of a contact's items."""
    return [item["value"] for item in record["communicationItems"]]


@pytest.mark.parametrize("path", ["title", "/title"])
def test_path_may_begin_with_a_slash(psa: Client, path: str) -> None:
    """Both spellings write; the answer is the whole record."""
    assert psa.patch(BERG, ("replace", path, "Dentist")).json()["title"] == "Dentist"
    assert psa.get(BERG).json()["title"] == "Dentist"


@pytest.mark.parametrize("path", ["Title", "foo", "/title/x", "communicationItems/9/value", "communicationItems/0/foo"])
def test_unknown_path_is_invalid_patch(psa: Client, path: str) -> None:
    """Paths are case-sensitive; code and message alone."""
    response = psa.patch(BERG, ("replace", path, "x"))
    assert response.status_code == 400
    assert (response.json()["code"], set(response.json())) == ("InvalidPatch", {"code", "message"})


def test_unknown_name_is_passed_over_by_switch(psa: Client) -> None:
    """200 and no change, for a top-level name; a wrong position in a list is refused all the same."""
    psa.switch(unknown_path="ignore")
    assert psa.patch(BERG, ("replace", "Title", "X")).json()["title"] == "Hygienist"
    assert psa.patch(BERG, ("replace", "communicationItems/9/value", "x")).status_code == 400


@pytest.mark.parametrize("op", ["move", "test", "", None, 1])
def test_unknown_operation_is_invalid_patch(psa: Client, op: Any) -> None:
    """Missing or null ones, too."""
    body: Any = [{"op": op, "path": "title", "value": "x"}]
    response = psa.http.patch("/v4_6_release/apis/3.0" + BERG, json=body)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidPatch")
    assert response.json()["message"] == f"Invalid JsonPatch operation '{op or ''}'."


@pytest.mark.parametrize("op", ["add", "replace", "Replace"])
def test_add_and_replace_are_one_for_a_field(psa: Client, op: str) -> None:
    """In any letter case."""
    assert psa.patch(BERG, (op, "nickName", "Joe")).json()["nickName"] == "Joe"


def test_operations_follow_one_another(psa: Client) -> None:
    """The last one on a field wins."""
    assert psa.patch(BERG, ("replace", "title", "A"), ("replace", "title", "B")).json()["title"] == "B"


@pytest.mark.parametrize("body", [{}, ["x"], [{"op": "move", "path": "title"}], [{"op": "replace"}]])
def test_body_must_be_a_list_of_operations(psa: Client, body: Any) -> None:
    """Anything else is InvalidPatch."""
    response = psa.http.patch("/v4_6_release/apis/3.0" + BERG, json=body)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidPatch")


def test_failed_patch_changes_nothing(psa: Client) -> None:
    """A good operation before a bad one is not kept."""
    before = psa.get(BERG).json()
    assert psa.patch(BERG, ("replace", "title", "X"), ("replace", "foo", 1)).status_code == 400
    assert psa.get(BERG).json() == before


def test_remove_clears_a_scalar(psa: Client) -> None:
    """ignoreDuplicates cannot be removed."""
    assert "title" not in psa.patch(BERG, ("remove", "title", None)).json()
    assert psa.patch(BERG, ("remove", "ignoreDuplicates", None)).status_code == 400


def test_remove_clears_a_reference_and_a_list(psa: Client) -> None:
    """The list is empty, and not answered."""
    record = psa.patch(BERG, ("replace", "site", {"id": 901}), ("remove", "site", None)).json()
    assert "site" not in record
    assert "communicationItems" not in psa.patch(BERG, ("remove", "communicationItems", None)).json()


@pytest.mark.parametrize("clearing", [("remove", None), ("replace", None), ("replace", "")])
def test_cleared_flag_has_its_default_again(psa: Client, clearing: tuple[str, Any]) -> None:
    """A record is never without one; a number may be."""
    op, value = clearing
    psa.patch(BERG, ("replace", "inactiveFlag", True), ("replace", "portalSecurityLevel", 6))
    record = psa.patch(BERG, (op, "inactiveFlag", value), (op, "portalSecurityLevel", value)).json()
    assert (record["inactiveFlag"], record["portalSecurityLevel"]) == (False, 1)
    line = psa.patch("/finance/agreements/77/additions/3301", (op, "quantity", value)).json()
    assert "quantity" not in line
    assert (line["billedQuantity"], line["extPrice"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("path", "field"), [("/company/contacts/8123", "firstName"), ("/finance/agreements/77", "company")]
)
def test_required_field_cannot_be_removed(psa: Client, path: str, field: str) -> None:
    """MissingRequiredField, for a scalar and for a reference."""
    error = psa.patch(path, ("remove", field, None)).json()["errors"][0]
    assert (error["code"], error["message"]) == ("MissingRequiredField", f"The {field} field is required.")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("communicationItems", "x", "System.String to ConnectWise.Apis.v3_0.ContactCommunicationItem[]"),
        ("communicationItems", "", "System.String to ConnectWise.Apis.v3_0.ContactCommunicationItem[]"),
        ("communicationItems", {}, "Newtonsoft.Json.Linq.JObject to ConnectWise.Apis.v3_0.ContactCommunicationItem[]"),
        ("communicationItems/0", [], "Newtonsoft.Json.Linq.JArray to ConnectWise.Apis.v3_0.ContactCommunicationItem"),
        ("communicationItems/-", None, "{null} to ConnectWise.Apis.v3_0.ContactCommunicationItem"),
        ("site", 901, "System.Int64 to ConnectWise.Apis.v3_0.SiteReference"),
        ("site", "", "System.String to ConnectWise.Apis.v3_0.SiteReference"),
        ("inactiveFlag", "maybe", "System.String to System.Boolean"),
        ("portalSecurityLevel", 1.5, "System.Double to System.Int32"),
        ("portalSecurityLevel", "1_0", "System.String to System.Int32"),
    ],
)
def test_value_of_another_type_is_invalid_patch(psa: Client, field: str, value: Any, sentence: str) -> None:
    """With the vendor's sentence; text is no value of a list or a reference, not even an empty one."""
    response = psa.patch(BERG, ("add" if field.endswith("-") else "replace", field, value))
    assert (response.status_code, response.json()["code"]) == (400, "InvalidPatch")
    assert response.json()["message"] == f"Could not cast or convert from {sentence}."


def test_list_of_texts_is_patched_by_position(psa: Client) -> None:
    """Its elements have no ids and no names."""
    record = psa.patch(BERG, ("replace", "integratorTags", ["a", "b"]), ("replace", "integratorTags/0", "c")).json()
    assert record["integratorTags"] == ["c", "b"]
    assert psa.patch(BERG, ("replace", "integratorTags/0/value", "x")).json()["code"] == "InvalidPatch"


def test_id_of_a_reference_may_be_text(psa: Client) -> None:
    """Like any number; the answer has the number."""
    assert psa.patch(BERG, ("replace", "site", {"id": "901"})).json()["site"]["id"] == 901


def test_list_of_references_takes_only_references(psa: Client) -> None:
    """An element that is none is refused and clears nothing."""
    path = "/company/companies/412"
    assert psa.patch(path, ("replace", "types", [{"id": 1}])).json()["types"][0]["name"] == "Customer"
    for wrong in ([1], [{}], [{"id": 99}]):
        assert psa.patch(path, ("replace", "types", wrong)).status_code == 400
    assert psa.get(path).json()["types"][0]["id"] == 1


def test_new_name_of_a_department_is_a_switch(psa: Client) -> None:
    """Not found; or made, but only if the whole request is good."""
    hygiene = ("replace", "department", {"name": "Hygiene"})
    error = psa.patch(BERG, hygiene).json()["errors"][0]
    assert (error["code"], error["field"]) == ("NotFound", "department/name")
    psa.switch(named_setup="create")
    assert psa.patch(BERG, hygiene, ("replace", "nickName", "x" * 31)).status_code == 400
    assert psa.patch(BERG, ("replace", "relationship", {"name": "x" * 51})).status_code == 400
    assert psa.get("/company/contacts/departments").json() == []
    made = psa.patch(BERG, hygiene).json()["department"]
    assert psa.patch("/company/contacts/8124", hygiene).json()["department"]["id"] == made["id"]
    assert psa.ids("/company/contacts/departments") == [made["id"]]


def test_reference_is_replaced_whole(psa: Client) -> None:
    """By id or by name; an unknown id is NotFound."""
    assert psa.patch(BERG, ("replace", "site", {"id": 901})).json()["site"]["name"] == "Dock Street"
    assert psa.patch(BERG, ("replace", "site", {"name": "main"})).json()["site"]["id"] == 900
    error = psa.patch(BERG, ("replace", "site", {"id": 1})).json()
    assert (error["errors"][0]["code"], error["errors"][0]["field"]) == ("NotFound", "site/id")
    assert psa.patch(BERG, ("replace", "site", 901)).json()["code"] == "InvalidPatch"


def test_sub_path_of_a_reference_does_nothing(psa: Client) -> None:
    """It answers 200 all the same, unless switched to apply."""
    response = psa.patch(BERG, ("replace", "company/id", 413))
    assert (response.status_code, response.json()["company"]["id"]) == (200, 412)
    psa.switch(reference_subpath="apply")
    assert psa.patch(BERG, ("replace", "company/id", 413)).json()["company"]["identifier"] == "Lindqvist"


def test_array_positions(psa: Client) -> None:
    """Change a value, add at the end, remove; kept items keep their ids."""
    item = {"type": {"id": 3}, "value": "5550999"}
    record = psa.patch(
        BERG,
        ("replace", "/communicationItems/0/value", "new@harbor.example"),
        ("add", "/communicationItems/2", item),
        ("remove", "/communicationItems/1", None),
    ).json()
    assert values(record) == ["new@harbor.example", "5550999"]
    assert record["communicationItems"][0]["id"] == 41


def test_add_before_the_end_is_appended_without_default(psa: Client) -> None:
    """Index 0 appends all the same and ignores defaultFlag; beyond the end is refused."""
    item = {"type": {"id": 1}, "value": "x@harbor.example", "defaultFlag": True}
    record = psa.patch(BERG, ("add", "/communicationItems/0", item)).json()
    assert values(record)[-1] == "x@harbor.example"
    assert record["communicationItems"][-1]["defaultFlag"] is False
    assert psa.patch(BERG, ("add", "/communicationItems/9", item)).status_code == 400


def test_elements_put_there_by_the_same_patch_can_be_changed(psa: Client) -> None:
    """Nothing that an earlier operation left in an array makes a later one fail without an answer."""
    item = {"type": {"id": 2}, "value": "5550143"}
    done = psa.patch(BERG, ("add", "communicationItems/2", {"value": "x"}), ("replace", "communicationItems/2", item))
    assert values(done.json())[2:] == ["5550143"]
    for path, value in (("communicationItems/0", {}), ("communicationItems/0/value", "x")):
        assert psa.patch(BERG, ("replace", "communicationItems", [None]), ("replace", path, value)).status_code == 400


def test_whole_array_replace_drops_what_is_not_listed(psa: Client) -> None:
    """Items listed with their id keep it."""
    kept = {"id": 42, "type": {"id": 2}, "value": "5550143"}
    record = psa.patch(BERG, ("replace", "communicationItems", [kept])).json()
    assert [(item["id"], item["value"]) for item in record["communicationItems"]] == [(42, "5550143")]
    response = psa.patch(BERG, ("replace", "communicationItems", "x"))
    assert response.json()["message"].startswith("Could not cast or convert from System.String to")


def test_numbers_may_be_text_and_empty_text_clears(psa: Client) -> None:
    """Quantities are doubles; what is no number is InvalidPatch."""
    line = "/finance/agreements/77/additions/3301"
    assert psa.patch(line, ("replace", "/quantity", "7.5")).json()["quantity"] == 7.5
    assert psa.patch(line, ("replace", "quantity", "many")).json()["code"] == "InvalidPatch"
    assert "title" not in psa.patch(BERG, ("replace", "title", "")).json()


def test_line_breaks_become_spaces(psa: Client) -> None:
    """Input escapes are not kept, unless switched."""
    text = ("replace", "title", "a\r\nb")
    assert psa.patch(BERG, text).json()["title"] == "a b"
    psa.switch(keep_newlines=True)
    assert psa.patch(BERG, text).json()["title"] == "a\r\nb"


def test_whole_record_is_checked(psa: Client) -> None:
    """An old bad value in an untouched field fails the patch."""
    data = psa.sandbox.state()
    data["companies"][0]["yearEstablished"] = 1066
    psa.sandbox.control("POST", "reset", data)
    error = psa.patch("/company/companies/412", ("replace", "website", "x")).json()["errors"][0]
    assert (error["code"], error["field"]) == ("OutOfRange", "yearEstablished")
    assert error["message"] == "The field yearEstablished must be between 1900 and 9999."


def test_no_record_is_refused_for_what_its_data_left_out(psa: Client) -> None:
    """The sandbox fills in what the API requires, setup records included, so an empty patch of each record is 200."""
    more = {
        "adjustments": [{"agreementId": 77, "amount": -5, "description": "Credit"}],
        "departments": [{"name": "Hygiene"}],
        "relationships": [{"name": "Manager"}],
        "tickets": [{"summary": "New laptop", "company": {"id": 412}}],
        "userDefinedFields": [{"caption": "AD Object"}],
    }
    data = {**tenant(), **more}
    data["contacts"][0]["customFields"] = [{"caption": "Badge", "value": "7"}]
    psa.sandbox.control("POST", "reset", data)
    state, answers = psa.sandbox.state(), {}
    for row in (one for one in RESOURCES if "PATCH" in one.methods):
        for record in state[row.collection]:
            parent = dig(record, row.parent[1]) if row.parent else None
            path = f"/{row.path}/{record['id']}".replace("{parent}", str(parent))
            answers[path] = psa.patch(path).status_code
    assert len(answers) > 30
    assert {path: status for path, status in answers.items() if status != 200} == {}


def test_old_text_that_is_too_long_fails_any_patch(psa: Client) -> None:
    """Of the record or of an item; a patch that mends it passes."""
    data = psa.sandbox.state()
    data["contacts"][0]["nickName"] = "x" * 31
    psa.sandbox.control("POST", "reset", data)
    error = psa.patch(BERG, ("replace", "title", "X")).json()["errors"][0]
    assert (error["code"], error["field"]) == ("MaxLengthField", "nickName")
    assert error["message"] == "The field nickName must be a string with a maximum length of 30."
    assert psa.patch(BERG, ("replace", "nickName", "Joe")).status_code == 200
    data["contacts"][0]["nickName"] = None
    data["contacts"][0]["communicationItems"][1]["extension"] = "1" * 16
    psa.sandbox.control("POST", "reset", data)
    error = psa.patch(BERG, ("replace", "title", "X")).json()["errors"][0]
    assert (error["code"], error["field"]) == ("MaxLengthField", "extension")


def test_ids_and_info_cannot_be_written(psa: Client) -> None:
    """They are passed over."""
    record = psa.patch(BERG, ("replace", "id", 1), ("replace", "_info", {})).json()
    assert record["id"] == 8123


@pytest.fixture
def custom(psa: Client) -> Client:
    """The client of a tenant with two contact custom fields."""
    data = psa.sandbox.state()
    pod = {"podId": 7, "podDescription": "Contact: Overview", "fieldTypeIdentifier": "Text"}
    data["userDefinedFields"] = [
        {"id": 51, "caption": "AD Object", "sequenceNumber": 1, **pod},
        {"id": 52, "caption": "Note", "sequenceNumber": 2, **pod},
    ]
    data["contacts"][0]["customFields"] = [{"id": 52, "value": "keep"}]
    psa.sandbox.control("POST", "reset", data)
    return psa


def custom_values(record: dict[str, Any]) -> dict[int, Any]:
    """Custom field values by id."""
    return {field["id"]: field.get("value") for field in record["customFields"]}


def test_custom_fields_are_merged_by_id(custom: Client) -> None:
    """All defined ones are answered; those left out keep their value; an empty list clears nothing."""
    assert custom_values(custom.get("/company/contacts/8124").json()) == {51: None, 52: None}
    record = custom.patch(BERG, ("replace", "/customFields", [{"id": 51, "value": "6f0c"}])).json()
    assert custom_values(record) == {51: "6f0c", 52: "keep"}
    assert custom_values(custom.patch(BERG, ("replace", "customFields", [])).json()) == {51: "6f0c", 52: "keep"}
    assert custom.ids("/company/contacts", customFieldConditions='caption="AD Object" and value="6f0c"') == [8123]
    assert custom.patch(BERG, ("replace", "customFields", [{"id": 9, "value": 1}])).status_code == 400


def test_empty_custom_field_is_answered_with_null(custom: Client) -> None:
    """Every defined field is there."""
    fields = custom.get(BERG).json()["customFields"]
    assert [(field["value"], field["rowNum"], field["podId"]) for field in fields] == [
        (None, 1, "contact_overview"),
        ("keep", 2, "contact_overview"),
    ]


def test_rows_of_custom_fields_are_counted_in_each_pod(custom: Client) -> None:
    """A second pod begins with 1 again."""
    data = custom.sandbox.state()
    data["userDefinedFields"][0]["pod"] = "contact_detail"
    custom.sandbox.control("POST", "reset", data)
    fields = custom.get(BERG).json()["customFields"]
    assert [(field["podId"], field["rowNum"]) for field in fields] == [("contact_detail", 1), ("contact_overview", 1)]


def test_custom_field_is_patched_by_position(custom: Client) -> None:
    """Its value, or the whole element; what the definition says cannot be written; the id may be text."""
    record = custom.patch(BERG, ("replace", "customFields/0/value", "a"), ("replace", "customFields/1/caption", "x"))
    assert custom_values(record.json()) == {51: "a", 52: "keep"}
    assert record.json()["customFields"][1]["caption"] == "Note"
    record = custom.patch(BERG, ("add", "customFields/-", {"id": "52", "value": ""}))
    assert custom_values(record.json()) == {51: "a", 52: None}
    assert custom.patch(BERG, ("replace", "customFields/0/foo", "a")).json()["code"] == "InvalidPatch"


def test_custom_fields_left_out_are_a_switch(custom: Client) -> None:
    """``replace`` clears them; ``strict`` refuses a patch without the array."""
    custom.switch(custom_fields="replace")
    record = custom.patch(BERG, ("replace", "customFields", [{"id": 51, "value": "6f0c"}])).json()
    assert custom_values(record) == {51: "6f0c", 52: None}
    custom.switch(custom_fields="strict")
    assert custom.patch(BERG, ("replace", "title", "X")).status_code == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["x@y.z", 1, 42]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "value", "name"]), inner)
    ),
    max_leaves=6,
)
PATHS = "title company communicationItems communicationItems/0 communicationItems/1/type communicationItems/-".split()
PATHS += "inactiveFlag customFields customFields/0 types portalSecurityLevel site gender department".split()
PATHS += "communicationItems/2 communicationItems/0/type/id integratorTags integratorTags/0 typeIds foo".split()
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(SWITCHES[name].values)
        for name in (
            "reference_subpath",
            "unknown_path",
            "patch_types",
            "named_setup",
            "custom_fields",
            "items_per_type",
        )
    },
)


def done_or_refused(switches: dict[str, Any], write: Callable[[Store, dict[str, Any]], dict[str, Any]]) -> None:
    """Write to a fresh tenant; a refusal must be an ``ApiError`` 400 and leave everything as it was."""
    store = Application(tenant() | {"switches": switches}).control.store
    before = store.dump()
    try:
        assert write(store, store.tables["contacts"][8123])["id"] == 8123
    except ApiError as error:
        assert error.status == 400
        assert store.dump() == before


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    SETTINGS,
    st.lists(st.tuples(st.sampled_from(["add", "replace", "remove"]), st.sampled_from(PATHS), JSON), max_size=3),
)
def test_any_patch_is_done_or_refused(switches: dict[str, Any], operations: list[tuple[str, str, Any]]) -> None:
    """Whatever is sent, and whatever the switches say."""
    body = [{"op": op, "path": path, "value": value} for op, path, value in operations]
    done_or_refused(switches, lambda store, record: update(store, BY_COLLECTION["contacts"], record, body))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SETTINGS, JSON | st.dictionaries(st.sampled_from([path.partition("/")[0] for path in PATHS]), JSON))
def test_any_put_is_done_or_refused(switches: dict[str, Any], body: Any) -> None:
    """With a first name, so that some are done."""
    sent = {"firstName": "Jonas", **body} if isinstance(body, dict) else body
    done_or_refused(switches, lambda store, record: replace(store, BY_COLLECTION["contacts"], record, sent))
