"""Contacts: creation, items, types, the company's default contact, deletion (api.md 4.3 to 4.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Client

BERG = "/company/contacts/8123"


def errors(response: Any) -> list[tuple[str, str]]:
    """(code, field) of every entry in a 400 answer."""
    assert response.status_code == 400, response.text
    return [(entry["code"], entry["field"]) for entry in response.json()["errors"]]


def test_created_contact_has_the_system_defaults(psa: Client) -> None:
    """201 with the record; references are completed from their ids, typeIds become types."""
    response = psa.post("/company/contacts", {"firstName": "Lena", "company": {"id": 412}, "typeIds": [2]})
    record = response.json()
    assert response.status_code == 201
    assert record["company"]["identifier"] == "HarborDental"
    assert [kind["name"] for kind in record["types"]] == ["VIP"]
    assert (record["inactiveFlag"], record["portalSecurityLevel"], record["disablePortalLoginFlag"]) == (False, 1, True)
    assert "typeIds" not in record
    assert psa.get(f"/company/contacts/{record['id']}/typeAssociations").json()[0]["type"]["name"] == "VIP"


def test_first_name_is_required(psa: Client) -> None:
    """The vendor's own words."""
    response = psa.post("/company/contacts", {"lastName": "X", "company": {"id": 412}})
    assert errors(response) == [("MissingRequiredField", "firstName")]
    assert response.json()["message"] == "contact object is invalid"
    assert response.json()["errors"][0]["message"] == "The firstName field is required."


def test_lengths_are_limited(psa: Client) -> None:
    """Every fault is listed."""
    response = psa.post("/company/contacts", {"firstName": "x" * 31, "userDefinedField1": "y" * 51})
    assert errors(response) == [("MaxLengthField", "firstName"), ("MaxLengthField", "userDefinedField1")]


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("company", {"id": 999}, "company/id"),
        ("company", {"identifier": "Nobody"}, "company/identifier"),
        ("site", {"id": 902}, "site/id"),
        ("typeIds", [99], "types/id"),
    ],
)
def test_unknown_references_are_refused(psa: Client, field: str, value: Any, fault: str) -> None:
    """Also a site of another company."""
    body = {"firstName": "Lena", "company": {"id": 412}, field: value}
    assert errors(psa.post("/company/contacts", body)) == [("NotFound", fault)]


def test_unknown_contact_is_404(psa: Client) -> None:
    """NotFound with the id."""
    response = psa.get("/company/contacts/999999")
    assert (response.status_code, response.json()["message"]) == (404, "Contact 999999 not found")


def test_item_without_type_is_refused(psa: Client) -> None:
    """The answer names type/id."""
    item = {"value": "x@harbor.example", "communicationType": "Email"}
    response = psa.post("/company/contacts", {"firstName": "Lena", "communicationItems": [item]})
    assert errors(response) == [("MissingRequiredField", "communicationItems/type/id")]


def test_items_get_ids_kinds_and_domains(psa: Client) -> None:
    """The kind follows from the type; the domain from the address; type ids may be text."""
    items = [{"type": {"id": "1"}, "value": "lena@harbor.example", "defaultFlag": True}]
    record = psa.post("/company/contacts", {"firstName": "Lena", "communicationItems": items}).json()
    item = record["communicationItems"][0]
    assert (item["communicationType"], item["domain"], item["type"]["name"]) == ("Email", "@harbor.example", "Email")
    assert isinstance(item["id"], int)


def test_item_kind_must_fit_its_type(psa: Client) -> None:
    """An e-mail type holds no phone."""
    item = {"type": {"id": 1}, "value": "5550100", "communicationType": "Phone"}
    body = {"firstName": "Lena", "communicationItems": [item]}
    assert errors(psa.post("/company/contacts", body)) == [("InvalidField", "communicationItems/communicationType")]


def test_new_default_item_turns_the_old_one_off(psa: Client) -> None:
    """One default per kind, others untouched."""
    item = {"type": {"id": 1}, "value": "second@harbor.example", "defaultFlag": True}
    record = psa.patch(BERG, ("add", "/communicationItems/2", item)).json()
    assert [i["defaultFlag"] for i in record["communicationItems"]] == [False, True, True]


def test_kind_without_default_is_promoted_by_switch(psa: Client) -> None:
    """Whether the server picks a new default is not settled."""
    gone = ("replace", "/communicationItems/0/defaultFlag", False)
    assert psa.patch(BERG, gone).json()["communicationItems"][0]["defaultFlag"] is False
    psa.switch(promote_default_item=True)
    assert psa.patch(BERG, gone).json()["communicationItems"][0]["defaultFlag"] is True


def test_second_item_of_a_type_is_refused_by_switch(psa: Client) -> None:
    """Accepted unless switched."""
    item = {"type": {"id": 1}, "value": "second@harbor.example"}
    assert psa.post(f"{BERG}/communications", item).status_code == 201
    psa.switch(items_per_type="one")
    assert psa.post(f"{BERG}/communications", item).status_code == 400


def test_communications_are_a_resource_of_their_own(psa: Client) -> None:
    """POST, PATCH with path value, DELETE; the contact shows the result."""
    created = psa.post(f"{BERG}/communications", {"type": {"id": 4}, "value": "5550999"}).json()
    assert (created["contactId"], created["communicationType"]) == (8123, "Fax")
    one = f"{BERG}/communications/{created['id']}"
    assert psa.patch(one, ("replace", "value", "5550777")).json()["value"] == "5550777"
    assert psa.get(f"{BERG}/communications/count").json() == {"count": 3}
    assert psa.delete(one).status_code == 204
    assert psa.get(one).status_code == 404
    assert psa.ids(f"{BERG}/communications") == [41, 42]


def test_default_phone_is_worked_out(psa: Client) -> None:
    """Read-only copies of the default phone."""
    record = psa.patch(BERG, ("replace", "defaultPhoneNbr", "1")).json()
    assert (record["defaultPhoneNbr"], record["defaultPhoneExtension"]) == ("5550142", "21")


def test_default_phone_of_the_site_is_a_switch(psa: Client) -> None:
    """Where the contact has no phone: none, or its site's, or else its company's main site's."""
    sites = "/company/companies/412/sites"
    psa.patch(f"{sites}/900", ("replace", "phoneNumber", "5550900"), ("replace", "primaryAddressFlag", True))
    psa.patch(f"{sites}/901", ("replace", "phoneNumber", "5550901"), ("replace", "phoneNumberExt", "7"))
    ann = "/company/contacts/8124"
    assert "defaultPhoneNbr" not in psa.patch(ann, ("replace", "title", "X")).json()
    psa.switch(default_phone="site")
    record = psa.patch(ann, ("replace", "title", "Y")).json()
    assert (record["defaultPhoneType"], record["defaultPhoneNbr"]) == ("Site", "5550900")
    record = psa.patch(ann, ("replace", "site", {"id": 901})).json()
    assert (record["defaultPhoneNbr"], record["defaultPhoneExtension"]) == ("5550901", "7")
    assert psa.patch(BERG, ("replace", "title", "Z")).json()["defaultPhoneType"] == "Direct"


def test_types_change_through_associations(psa: Client) -> None:
    """POST and DELETE of an association change the contact's types; the same type twice is refused."""
    body = {"type": {"id": 2}, "contact": {"id": 8123}}
    made = psa.post("/company/contactTypeAssociations", body)
    assert made.status_code == 201
    assert [t["name"] for t in psa.get(BERG).json()["types"]] == ["End User", "VIP"]
    assert psa.post(f"{BERG}/typeAssociations", {"type": {"id": 2}}).status_code == 400
    assert psa.delete(f"{BERG}/typeAssociations/{made.json()['id']}").status_code == 204
    assert [t["name"] for t in psa.get(BERG).json()["types"]] == ["End User"]


def test_association_may_move_to_another_contact(psa: Client) -> None:
    """The types of both follow."""
    (association,) = psa.ids(f"{BERG}/typeAssociations")
    moved = ("replace", "contact", {"id": 8124})
    assert psa.patch(f"/company/contactTypeAssociations/{association}", moved).status_code == 200
    assert psa.get(BERG).json()["types"] == []
    assert [t["name"] for t in psa.get("/company/contacts/8124").json()["types"]] == ["End User"]


def test_type_ids_are_for_creation_only(psa: Client) -> None:
    """A patch of typeIds is refused; one of types is passed over, applied or refused by switch."""
    response = psa.patch(BERG, ("replace", "typeIds", [2]))
    assert errors(response) == [("InvalidField", "typeIds")]
    assert response.json()["errors"][0]["message"] == "typeIds can only be used when creating"
    vip = ("replace", "types", [{"id": 2}])
    assert psa.patch(BERG, vip).json()["types"][0]["name"] == "End User"
    psa.switch(patch_types="apply")
    assert psa.patch(BERG, vip).json()["types"][0]["name"] == "VIP"
    psa.switch(patch_types="refuse")
    assert psa.patch(BERG, vip).status_code == 400


def test_default_contact_is_kept_consistent(psa: Client) -> None:
    """The contact's flag and the company's reference follow each other."""
    psa.patch(BERG, ("replace", "defaultFlag", True))
    assert psa.get("/company/companies/412").json()["defaultContact"]["id"] == 8123
    psa.patch("/company/companies/412", ("replace", "defaultContact", {"id": 8124}))
    assert psa.get(BERG).json()["defaultFlag"] is False
    assert psa.get("/company/contacts/8124").json()["defaultFlag"] is True


@pytest.mark.parametrize("switch", ["inactivate_default_contact", "inactivate_with_tickets"])
def test_inactivating_may_be_refused(psa: Client, switch: str) -> None:
    """Accepted unless switched, for the default contact and for one with open tickets."""
    psa.patch(BERG, ("replace", "defaultFlag", True))
    psa.post("/service/tickets", {"summary": "x", "company": {"id": 412}, "contact": {"id": 8123}})
    leave = ("replace", "inactiveFlag", True)
    psa.switch(**{switch: "refuse"})
    assert psa.patch(BERG, leave).status_code == 400
    psa.switch(**{switch: "accept"})
    assert psa.patch(BERG, leave).json()["inactiveFlag"] is True


def test_duplicates_are_refused_by_switch(psa: Client) -> None:
    """Same name in the same company, unless ignoreDuplicates is sent."""
    twin = {"firstName": "Jonas", "lastName": "Berg", "company": {"id": 412}}
    psa.switch(contact_duplicates="refuse")
    assert errors(psa.post("/company/contacts", twin)) == [("ObjectExists", "firstName")]
    assert psa.post("/company/contacts", {**twin, "ignoreDuplicates": True}).status_code == 201


def test_contact_in_use_is_deleted_only_with_a_transfer(psa: Client) -> None:
    """409 without; with transferContactId the references move."""
    assert psa.get(f"{BERG}/usages").json()[0]["type"] == "Agreement"
    assert psa.delete(BERG).status_code == 409
    assert psa.delete(BERG, transferContactId=8124).status_code == 204
    assert psa.get("/finance/agreements/77").json()["contact"]["id"] == 8124
    assert psa.get(BERG).status_code == 404
    assert psa.ids("/company/contactTypeAssociations") == []


def test_transfer_of_the_default_contact_makes_another_one_default(psa: Client) -> None:
    """The company's reference and the flag agree."""
    psa.patch(BERG, ("replace", "defaultFlag", True))
    psa.delete(BERG, transferContactId=8124)
    assert psa.get("/company/companies/412").json()["defaultContact"]["id"] == 8124
    assert psa.get("/company/contacts/8124").json()["defaultFlag"] is True


def test_rename_reaches_references(psa: Client) -> None:
    """References repeat the current name."""
    psa.patch(BERG, ("replace", "lastName", "Lund"))
    assert psa.get("/finance/agreements/77").json()["contact"]["name"] == "Jonas Lund"


def test_put_sets_what_is_left_out_to_its_default(psa: Client) -> None:
    """Custom fields and types stay, everything else goes."""
    record = psa.put(BERG, {"firstName": "Jonas", "company": {"id": 412}}).json()
    assert record["id"] == 8123
    assert not {"title", "lastName", "communicationItems"} & record.keys()
    assert record["types"][0]["name"] == "End User"


def test_put_leaves_types_to_their_associations(psa: Client) -> None:
    """typeIds are for creation; types are passed over, applied or refused by the same switch as in a patch."""
    body = {"firstName": "Jonas", "company": {"id": 412}}
    assert errors(psa.put(BERG, {**body, "typeIds": [2]})) == [("InvalidField", "typeIds")]
    vip = {**body, "types": [{"id": 2}]}
    assert psa.put(BERG, vip).json()["types"][0]["name"] == "End User"
    psa.switch(patch_types="apply")
    assert psa.put(BERG, vip).json()["types"][0]["name"] == "VIP"
    psa.switch(patch_types="refuse")
    assert errors(psa.put(BERG, vip)) == [("InvalidField", "types")]


def test_put_checks_the_whole_record(psa: Client) -> None:
    """What is required must be in it; a refused one changes nothing."""
    before = psa.get(BERG).json()
    assert errors(psa.put(BERG, {"lastName": "Berg"})) == [("MissingRequiredField", "firstName")]
    assert psa.get(BERG).json() == before


def test_put_keeps_custom_fields_that_are_left_out(psa: Client) -> None:
    """Whatever the switch says about patches."""
    data = psa.sandbox.state()
    data["contacts"][0]["customFields"] = [{"caption": "AD Object", "value": "6f0c"}]
    psa.sandbox.control("POST", "reset", data)
    for mode in ("merge", "replace", "strict"):
        psa.switch(custom_fields=mode)
        record = psa.put(BERG, {"firstName": "Jonas", "company": {"id": 412}}).json()
        assert record["customFields"][0]["value"] == "6f0c"


@pytest.mark.parametrize("identifier", ["HarborDental", "harbordental"])
def test_identifier_of_a_company_must_be_new(psa: Client, identifier: str) -> None:
    """In whatever letter case, for a new company and for a change; its own may stay."""
    response = psa.post("/company/companies", {"identifier": identifier, "name": "Twin"})
    assert errors(response) == [("ObjectExists", "identifier")]
    assert response.json()["errors"][0]["message"] == "Company ID already in use."
    taken = ("replace", "identifier", identifier)
    assert errors(psa.patch("/company/companies/413", taken)) == [("ObjectExists", "identifier")]
    assert psa.patch("/company/companies/412", taken).json()["identifier"] == identifier


def test_setup_tables_are_resources(psa: Client) -> None:
    """Departments, relationships, types and communication types can be read and made."""
    made = psa.post("/company/contacts/departments", {"name": "Hygiene"})
    assert made.status_code == 201
    assert psa.ids("/company/contacts/departments") == [made.json()["id"]]
    assert errors(psa.post("/company/contacts/departments", {"name": "x" * 31})) == [("MaxLengthField", "name")]
    defaults = psa.get("/company/communicationTypes", conditions="defaultFlag=true").json()
    assert [row["description"] for row in defaults] == ["Email", "Direct", "Fax"]
    assert psa.delete("/company/contacts/types/1").status_code == 409
    assert psa.get("/company/companies/412/sites", conditions="name='main'").json()[0]["id"] == 900


def test_deleted_company_stays_listable(psa: Client) -> None:
    """A company is only marked; in use it is refused."""
    made = psa.post("/company/companies", {"identifier": "Old", "name": "Old Ltd"}).json()
    assert psa.delete(f"/company/companies/{made['id']}").status_code == 204
    assert psa.ids("/company/companies", conditions="deletedFlag=true") == [made["id"]]
    assert psa.delete("/company/companies/412").status_code == 409
