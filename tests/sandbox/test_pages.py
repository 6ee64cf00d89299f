"""Lists in pages, and the header that leads from one to the next (api.md 3.3)."""

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


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pageSize", ["0", "-1", "x", "1.5", "99999999999", "٣"]),
        ("page", ["0", "-1", "x", "1e3", "2147483648"]),
    ],
)
def test_a_page_that_is_no_page_is_refused(psa: Client, name: str, values: list[str]) -> None:
    """Zero, negative numbers, text and what no 32 bits hold are 400 and name the parameter."""
    for value in values:
        response = psa.get("/company/contacts", **{name: value})
        error = response.json()
        assert (response.status_code, error["code"], error["errors"][0]["field"]) == (400, "InvalidObject", name), value


def test_a_page_id_is_a_whole_number(psa: Client) -> None:
    """Ids of 32 bits are answered, text is refused; without the header the parameter means nothing."""
    forward = {"pagination-type": "forward-only"}
    assert psa.get("/company/contacts", forward, pageId=2147483647).json() == []
    assert len(psa.get("/company/contacts", forward, pageId=-1).json()) == 3
    assert psa.get("/company/contacts", forward, pageId="x").status_code == 400
    assert len(psa.get("/company/contacts", pageId="x").json()) == 3


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


def test_forward_only_is_a_switch(many: Client) -> None:
    """A server that does not know it answers numbered pages."""
    many.switch(forward_only="ignored")
    response = many.get("/company/contacts", {"pagination-type": "forward-only"}, pageSize=50, pageId=8124)
    assert [row["id"] for row in response.json()][:2] == [8123, 8124]
    assert links(response).keys() == {"next", "last"}
    assert links(response)["next"].endswith("/company/contacts/?pageSize=50&page=2")


def test_forward_only_is_not_for_the_audit_trail(psa: Client) -> None:
    """It answers numbered pages there."""
    psa.patch("/company/contacts/8123", ("replace", "title", "X"))
    response = psa.get("/system/audittrail", {"pagination-type": "forward-only"}, type="Contact", pageId=99999)
    assert (len(response.json()), list(links(response))) == (1, ["last"])


def test_links_keep_every_parameter_in_the_server_s_spelling(psa: Client) -> None:
    """Slash after the resource, ``+`` for blanks, lower-case hex, the page last (api.md 3.3, 12.1)."""
    query = {"page": 1, "conditions": 'firstName != "Å+&%\'#*" and id > 0', "orderBy": "id", "pageSize": 2, "x": "ä/b"}
    following = links(psa.get("/company/contacts", **query))["next"]
    assert following == (
        f"{psa.sandbox.url}{API}/company/contacts/?conditions=firstName+%21%3d+%22%c3%85%2b%26%25%27%23%2a%22+and+id+%3e+0"
        "&orderBy=id&pageSize=2&x=%c3%a4%2fb&page=2"
    )
    assert [row["id"] for row in psa.http.get(following).json()] == [8125]


def test_links_past_the_end_lead_back(psa: Client) -> None:
    """prev is the last page that has rows."""
    past = links(psa.get("/company/contacts", page=9, pageSize=2))
    assert {rel: url[-1] for rel, url in past.items()} == {"first": "1", "prev": "2", "last": "2"}


def test_forward_only_may_end_with_an_empty_link(psa: Client) -> None:
    """By switch, as one public client expects."""
    psa.switch(forward_only_end="empty")
    end = psa.get("/company/contacts", {"pagination-type": "forward-only"}, pageId=99999)
    assert links(end)["next"].endswith("pageId=")
