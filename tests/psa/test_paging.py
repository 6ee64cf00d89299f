"""Every row of a list, once."""

import httpx
import pytest
import respx

from connector.errors import PsaRejected
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


def numbered(total: int, limit: int = 1000) -> respx.Route:
    """A server that knows numbered pages only."""

    def answer(request: httpx.Request) -> httpx.Response:
        page, size = int(request.url.params.get("page", 1)), min(limit, int(request.url.params["pageSize"]))
        link = f'<{URL}/?page={page + 1}>; rel="next", ' if page * size < total else ""
        found = rows((page - 1) * size + 1, min(total, page * size))
        return httpx.Response(200, json=found, headers={"Link": f'{link}<{URL}/?page=9>; rel="last"'})

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
@pytest.mark.parametrize(("total", "limit"), [(10, 1000), (2500, 1000), (230, 100)])
def test_a_server_without_forward_only_is_read_by_numbered_pages(total: int, limit: int) -> None:
    """In the order of ids, so that moving data repeats and misses nothing (api.md 3.3)."""
    discovery(respx.mock)
    route = numbered(total, limit)
    assert ids() == list(range(1, total + 1))
    if total > limit:
        assert route.calls.last.request.url.params["orderBy"] == "id"


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
