"""Lists: filters, order, pages, fields (api.md 3)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.conftest import API, Client


@pytest.fixture
def many(psa: Client) -> Client:
    """The client of a tenant with 60 more contacts."""
    data = psa.sandbox.state()
    data["contacts"] += [{"id": n, "firstName": f"N{n}", "company": {"id": 413}} for n in range(9001, 9061)]
    psa.sandbox.control("POST", "reset", data)
    return psa


def links(response: Any) -> dict[str, str]:
    """The Link header as rel to URL."""
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', response.headers.get("link", ""))}


def test_default_page_has_25_rows_in_id_order(many: Client) -> None:
    """Without pageSize a list is cut at 25."""
    assert many.ids("/company/contacts") == [8123, 8124, 8125, *range(9001, 9023)]


def test_link_header_leads_through_all_pages(many: Client) -> None:
    """Following rel=next reads every row once; the page parameter stands last; next ends, last stays."""
    url, seen, pages = f"{API}/company/contacts?page=1&pageSize=20&conditions=id>0", [], []
    while url:
        response = many.http.get(url)
        seen += [row["id"] for row in response.json()]
        pages.append(sorted(links(response)))
        url = links(response).get("next", "")
        assert not url or re.search(r"/company/contacts/\?pageSize=20&conditions=id%3e0&page=\d$", url)
    assert seen == [8123, 8124, 8125, *range(9001, 9061)]
    assert pages[0] == ["last", "next"]
    assert pages[1] == ["first", "last", "next", "prev"]
    assert pages[-1] == ["first", "last", "prev"]


def test_past_the_end_is_an_empty_list(psa: Client) -> None:
    """Not an error."""
    response = psa.get("/company/contacts", page=9)
    assert (response.status_code, response.json()) == (200, [])


def test_page_size_over_1000_is_capped_or_refused(psa: Client) -> None:
    """Which of both is a switch; zero is always refused."""
    assert psa.get("/company/contacts", pageSize=1001).status_code == 200
    psa.switch(page_size_over_max="refuse")
    error = psa.get("/company/contacts", pageSize=1001)
    assert error.json()["errors"][0]["message"] == "The field pageSize must be between 1 and 1000."
    assert psa.get("/company/contacts", pageSize=0).status_code == 400


def test_forward_only_continues_after_the_last_id(many: Client) -> None:
    """Rows come in id order after pageId; the link names the last id seen; order and page are ignored."""
    headers = {"pagination-type": "forward-only"}
    first = many.get("/company/contacts", headers, pageSize=50, pageId=0, page=3, orderBy="id desc")
    assert [row["id"] for row in first.json()][:4] == [8123, 8124, 8125, 9001]
    assert links(first)["next"].endswith("&pageId=9047")
    rest = many.http.get(links(first)["next"], headers=headers)
    assert [row["id"] for row in rest.json()] == list(range(9048, 9061))
    end = many.http.get(links(rest)["next"], headers=headers)
    assert (end.json(), links(end)) == ([], {})


def test_forward_only_may_end_with_an_empty_link(psa: Client) -> None:
    """By switch, as one public client expects."""
    psa.switch(forward_only_end="empty")
    end = psa.get("/company/contacts", {"pagination-type": "forward-only"}, pageId=99999)
    assert links(end)["next"].endswith("pageId=")


def test_order_by_several_keys(psa: Client) -> None:
    """Keys by comma, each with a direction, also through references; empty values first."""
    assert psa.ids("/company/contacts", orderBy="company/name desc, lastName asc") == [8125, 8123, 8124]
    assert psa.ids("/company/contacts", orderBy="title") == [8124, 8125, 8123]
    assert psa.get("/company/contacts", orderBy="foo").json()["code"] == "ApiFindCondition"
    assert psa.get("/company/contacts", orderBy="id sideways").status_code == 400


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


def test_fields_trim_the_answer(psa: Client) -> None:
    """Slash paths reach into references and arrays; ``_info`` only when named; unknown names are refused."""
    row = psa.get("/company/contacts/8123", fields="id,company/id,communicationItems/value").json()
    items = [{"value": "j.berg@harbor.example"}, {"value": "5550142"}]
    assert row == {"id": 8123, "company": {"id": 412}, "communicationItems": items}
    assert set(psa.get("/company/contacts/8123", fields="id,_info").json()) == {"id", "_info"}
    assert psa.get("/company/contacts/8123", fields="id,foo").status_code == 400


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
