"""Every row of a list, once."""

import re

import httpx
import pytest
import respx

from connector.errors import PsaRejected
from connector.psa.paging import after
from tests.psa.helpers import API, connect, discovery

URL = f"{API}/company/contacts"


def rows(first: int, last: int) -> list[dict[str, int]]:
    """Records with these ids."""
    return [{"id": number} for number in range(first, last + 1)]


def forward(total: int, limit: int = 1000, end: str | None = None) -> respx.Route:
    """A server that pages forward; ``end`` is the pageId of its last Link, None for no link."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["pagination-type"] == "forward-only"
        after, size = int(request.url.params["pageId"]), min(limit, int(request.url.params["pageSize"]))
        found = rows(after + 1, min(total, after + size))
        following = str(found[-1]["id"]) if found and found[-1]["id"] < total else end
        link = {} if following is None else {"Link": f'<{URL}/?pageSize=1000&pageId={following}>; rel="next"'}
        return httpx.Response(200, json=found, headers=link)

    return respx.get(url__startswith=URL).mock(side_effect=answer)


def numbered(total: int, limit: int = 1000, kept: str = "") -> respx.Route:
    """A server that knows numbered pages only, and sorts by name when not told otherwise, which is backwards here.

    ``kept`` is what its links keep of parameters it does not know.
    """

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        page, size = int(asked.get("page", 1)), min(limit, int(asked["pageSize"]))
        behind = re.search(r"id>(\d+)$", asked["conditions"])
        found = rows(int(behind[1]) + 1 if behind else 1, total)
        found = found if asked.get("orderBy") == "id" else found[::-1]
        link = f'<{URL}/?{kept}page={page + 1}>; rel="next", ' if page * size < len(found) else ""
        headers = {"Link": f'{link}<{URL}/?{kept}page=9>; rel="last"'}
        return httpx.Response(200, json=found[(page - 1) * size : page * size], headers=headers)

    return respx.get(url__startswith=URL).mock(side_effect=answer)


def ids() -> list[int]:
    """What the connection gives."""
    return [row["id"] for row in connect().pages("/company/contacts", {"conditions": "company/id=412"})]


@respx.mock
@pytest.mark.parametrize("total", [0, 1, 24, 25, 999, 1000, 1001, 2500])
@pytest.mark.parametrize("end", [None, ""])
def test_all_rows_are_read_once_whatever_their_number(total: int, end: str | None) -> None:
    """Empty, one page, exactly one page, several; with no link or an empty one at the end (api.md 3.3)."""
    discovery(respx.mock)
    forward(total, end=end)
    assert ids() == list(range(1, total + 1))


@respx.mock
@pytest.mark.parametrize("limit", [25, 100, 999])
def test_a_server_that_cuts_pages_short_does_not_cut_the_list(limit: int) -> None:
    """A page smaller than asked for is the end only when nothing follows: money hangs on the last row."""
    discovery(respx.mock)
    forward(limit * 2 + 3, limit)
    assert ids() == list(range(1, limit * 2 + 4))


@respx.mock
def test_a_short_list_costs_one_request() -> None:
    """No known limit cuts below 25 rows, so 24 are all."""
    discovery(respx.mock)
    route = forward(24, end="24")
    ids()
    assert route.call_count == 1


@respx.mock
def test_conditions_stay_on_every_page() -> None:
    """A page without the conditions would bring other companies' contacts."""
    discovery(respx.mock)
    route = forward(1500)
    ids()
    assert {call.request.url.params["conditions"] for call in route.calls} == {"company/id=412"}


@respx.mock
@pytest.mark.parametrize("kept", ["", "pageId=0&"])
@pytest.mark.parametrize(("total", "limit"), [(1, 1000), (10, 1000), (1000, 1000), (2500, 1000), (230, 100), (100, 25)])
def test_a_server_without_forward_only_is_read_behind_the_last_id(total: int, limit: int, kept: str) -> None:
    """In the order of ids and by a condition on them: page numbers would miss rows of moving data (api.md 3.3)."""
    discovery(respx.mock)
    route = numbered(total, limit, kept)
    assert ids() == list(range(1, total + 1))
    assert not [call for call in route.calls if call.request.url.params.get("page", "1") != "1"]


@respx.mock
def test_the_condition_on_ids_is_added_to_the_whole_of_the_others() -> None:
    """``a or b and id>5`` would be another list."""
    discovery(respx.mock)
    route = numbered(30, 25)
    query = {"conditions": "company/id=412 or company/id=413"}
    assert len(list(connect().pages("/company/contacts", query))) == 30
    asked = [call.request.url.params["conditions"] for call in route.calls]
    assert asked[1:] == [f"({query['conditions']}) and id>{last}" for last in (0, 25)]
    assert after({}, 5) == {"conditions": "id>5", "orderBy": "id"}


@respx.mock
def test_a_short_list_of_such_a_server_costs_one_request() -> None:
    """One page in the order of ids with nothing behind it is all of it."""
    discovery(respx.mock)
    route = respx.get(url__startswith=URL).respond(json=rows(1, 900), headers={"Link": f'<{URL}/?page=1>; rel="last"'})
    assert len(ids()) == 900
    assert route.call_count == 1


@respx.mock
def test_a_list_that_is_not_sorted_is_refused() -> None:
    """A server that ignores the order cannot be read behind the last id."""
    discovery(respx.mock)
    respx.get(url__startswith=URL).respond(json=rows(1, 30)[::-1])
    with pytest.raises(PsaRejected, match="does not sort"):
        ids()


@respx.mock
def test_a_list_that_repeats_itself_is_refused() -> None:
    """A server that ignores every kind of paging must not end in a loop or in doubled rows."""
    discovery(respx.mock)
    respx.get(url__startswith=URL).respond(json=rows(1, 1000))
    with pytest.raises(PsaRejected, match="repeats rows"):
        ids()


@respx.mock
def test_a_row_without_id_is_refused() -> None:
    """An error body inside a list is no record."""
    discovery(respx.mock)
    respx.get(url__startswith=URL).respond(json=[{"code": "x"}])
    with pytest.raises(PsaRejected, match="without id"):
        ids()
