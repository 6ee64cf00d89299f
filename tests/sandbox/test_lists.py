"""Lists: filters, order, fields (api.md 3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import API, Client


def test_parameter_names_are_read_in_any_letter_case(psa: Client) -> None:
    """Of every parameter."""
    query = {"CONDITIONS": "id > 1", "ORDERBY": "id desc", "FIELDS": "id", "PAGESIZE": 2, "PAGE": 1}
    assert psa.get("/company/contacts", **query).json() == [{"id": 8125}, {"id": 8124}]


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n"])
def test_blank_parameters_are_as_if_not_sent(psa: Client, blank: str) -> None:
    """Conditions, order, fields and paging alike."""
    for name in ("conditions", "childConditions", "customFieldConditions", "orderBy", "fields", "page", "pageSize"):
        assert psa.ids("/company/contacts", **{name: blank}) == [8123, 8124, 8125]


def test_order_by_several_keys(psa: Client) -> None:
    """Keys by comma, each with a direction, also through references; empty values first."""
    assert psa.ids("/company/contacts", orderBy="company/name desc, lastName asc") == [8125, 8123, 8124]
    assert psa.ids("/company/contacts", orderBy="title") == [8124, 8125, 8123]
    assert psa.get("/company/contacts", orderBy="foo").json()["code"] == "ApiFindCondition"
    assert psa.get("/company/contacts", orderBy="id sideways").status_code == 400


def test_order_by_several_keys_is_a_switch(psa: Client) -> None:
    """With ``refuse`` the comma is no part of a name; one key is always taken."""
    psa.switch(order_by_several="refuse")
    response = psa.get("/company/contacts", orderBy="company/name desc,lastName")
    assert (response.status_code, response.json()["code"]) == (400, "ApiFindCondition")
    assert psa.ids("/company/contacts", orderBy=" COMPANY/Name  DESC ") == [8125, 8123, 8124]


def test_empty_values_come_first_and_descending_last(psa: Client) -> None:
    """As in SQL Server; what is equal stays in the order of ids both ways."""
    assert psa.ids("/company/contacts", orderBy="title desc") == [8123, 8124, 8125]
    assert psa.ids("/company/contacts", orderBy="inactiveFlag desc") == [8124, 8123, 8125]
    assert psa.ids("/company/contacts", orderBy="_info/lastUpdated desc") == [8123, 8124, 8125]


@pytest.mark.parametrize(
    "name", ["company", "communicationItems", "communicationItems/value", "types/id", "foo,id", "id/x"]
)
def test_what_has_no_order_is_refused(psa: Client, name: str) -> None:
    """Whole references, child arrays and unknown names."""
    assert psa.get("/company/contacts", orderBy=name).json()["code"] == "ApiFindCondition"


def test_a_bound_on_today_may_find_nothing(psa: Client) -> None:
    """The present day is that of the sandbox's clock."""
    assert len(psa.ids("/company/contacts", conditions="lastUpdated >= [2026-05-10]")) == 3
    psa.switch(lower_bound_today="nothing")
    assert psa.ids("/company/contacts", conditions="lastUpdated >= [2026-05-10]") == []
    psa.sandbox.control("POST", "clock", {"now": "2026-05-11T00:00:00Z"})
    assert len(psa.ids("/company/contacts", conditions="lastUpdated >= [2026-05-10]")) == 3


def test_conditions_and_child_conditions_apply_together(psa: Client) -> None:
    """Rows must satisfy both; parameter names are read in any letter case."""
    child = 'communicationItems/value like "*@harbor.example"'
    assert psa.ids("/company/contacts", conditions="company/id=412", childconditions=child) == [8123]
    assert psa.ids("/company/contacts", conditions="company/id=413", childConditions=child) == []


def test_bad_condition_is_api_find_condition(psa: Client) -> None:
    """Code and message, nothing else."""
    response = psa.get("/company/contacts", conditions="foo=1")
    assert response.status_code == 400
    assert response.json() == {"code": "ApiFindCondition", "message": "foo is not a recognized name."}


def test_plus_in_a_query_is_a_space_unless_encoded(psa: Client) -> None:
    """An address with + must be sent as %2B."""
    item = {"type": {"id": 1}, "value": "a+b@harbor.example"}
    assert psa.post("/company/contacts/8124/communications", item).status_code == 201
    raw = API + "/company/contacts?childConditions=communicationItems/value="
    assert psa.http.get(raw + "%22a+b@harbor.example%22").json() == []
    assert len(psa.http.get(raw + "%22a%2Bb@harbor.example%22").json()) == 1


def test_count_takes_the_same_filters(psa: Client) -> None:
    """``/count`` answers a number in an object."""
    assert psa.get("/company/contacts/count", conditions="company/id=412").json() == {"count": 2}
    child = {"childConditions": "types/name = 'End User'"}
    assert psa.get("/company/contacts/count", **child).json() == {"count": 1}
    assert psa.get("/company/contacts/8123/communications/count", conditions="value like '5*'").json() == {"count": 1}
    assert psa.get("/company/contacts/count", customFieldConditions="foo=1").status_code == 400


def test_fields_trim_the_answer(psa: Client) -> None:
    """Slash paths reach into references and arrays; ``_info`` comes only when named."""
    row = psa.get("/company/contacts/8123", fields="id,company/id,communicationItems/value").json()
    items = [{"value": "j.berg@harbor.example"}, {"value": "5550142"}]
    assert row == {"id": 8123, "company": {"id": 412}, "communicationItems": items}
    assert set(psa.get("/company/contacts/8123", fields="id,_info").json()) == {"id", "_info"}


def test_names_in_fields_are_read_in_any_letter_case(psa: Client) -> None:
    """And answered as the record spells them."""
    row = psa.get("/company/contacts/8123", fields=" COMPANY/NAME , types/Name,CommunicationItems/TYPE/name").json()
    items = [{"type": {"name": "Email"}}, {"type": {"name": "Direct"}}]
    assert row == {"company": {"name": "Harbor Dental"}, "types": [{"name": "End User"}], "communicationItems": items}


@pytest.mark.parametrize(
    "name", ["foo", "company/foo", "communicationItems/foo", "types/foo", "firstName/x", "customFields/foo", "id,"]
)
def test_unknown_names_in_fields_are_refused(psa: Client, name: str) -> None:
    """Also below a reference or an array: a misspelt name must not look like an empty field."""
    for path in ("/company/contacts", "/company/contacts/8123"):
        response = psa.get(path, fields=name)
        assert (response.status_code, response.json()["code"]) == (400, "InvalidObject")


def test_trailing_slash_is_tolerated(psa: Client) -> None:
    """Lists are called with and without it."""
    assert psa.ids("/company/contacts/", conditions="id=8123") == [8123]
    assert psa.ids("/finance/agreementrecap/") == [77]


def test_too_long_url_is_refused(psa: Client) -> None:
    """Path and query together stay under the limit, unless switched off."""
    long = "id in (" + ",".join(["8123"] * 400) + ")"
    assert psa.get("/company/contacts", conditions=long).status_code == 414
    psa.switch(max_url_length=0)
    assert psa.ids("/company/contacts", conditions=long) == [8123]


def test_answers_leave_out_nulls_and_empty_items(psa: Client) -> None:
    """types stays as an empty list, communicationItems goes, hrefs carry a double slash, lines end in CRLF."""
    response = psa.get("/company/contacts/8124")
    record = response.json()
    assert record["types"] == []
    assert not {"communicationItems", "title"} & record.keys()
    assert record["company"]["_info"]["company_href"].endswith("apis/3.0//company/companies/412")
    assert record["_info"]["lastUpdated"] == "2026-05-10T08:00:00Z"
    assert b",\r\n" in response.content


def test_ticket_search_takes_conditions_in_the_body(psa: Client) -> None:
    """Only tickets have POST search."""
    created = psa.post("/service/tickets", {"summary": "count rose", "company": {"id": 412}}).json()
    found = psa.post("/service/tickets/search", {"conditions": "summary contains 'rose'"}).json()
    assert [row["id"] for row in found] == [created["id"]]


@pytest.mark.parametrize("body", [{}, [], [1], 1, "x"])
def test_ticket_search_without_conditions_finds_all(psa: Client, body: Any) -> None:
    """A body that says nothing asks for nothing."""
    assert psa.post("/service/tickets/search", body).json() == []


def test_half_a_letter_in_a_search_is_answered(psa: Client) -> None:
    """JSON can carry what no address can; the Link header still is one."""
    psa.post("/service/tickets", {"summary": "x", "company": {"id": 412}})
    headers, body = {"content-type": "application/json"}, b'{"conditions": "summary != \'\\ud800\'"}'
    response = psa.http.post(f"{API}/service/tickets/search", content=body, headers=headers)
    assert (response.status_code, len(response.json())) == (200, 1)


def test_ticket_search_takes_the_names_as_the_document_spells_them(psa: Client) -> None:
    """``customfieldconditions`` filters like ``customFieldConditions``."""
    psa.post("/service/tickets", {"summary": "count rose", "company": {"id": 412}})
    for name in ("customfieldconditions", "customFieldConditions"):
        assert psa.post("/service/tickets/search", {name: "caption = 'No such field'"}).json() == []
