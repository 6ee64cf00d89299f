"""A list that changes while it is read: the pages neither lose nor double a record that stayed (api.md 3.3)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.psa import paging
from connector.psa.rest import PsaRest
from connector.sandbox import Sandbox
from tests.psa.helpers import Clock

PATH = "/company/contacts"
QUERY = {"conditions": "company/id=412 and inactiveFlag=False", "fields": "id"}
FIRST, COUNT, PAGE = 8001, 100, 30
IDS = range(FIRST, FIRST + COUNT)
CHANGES = st.lists(
    st.tuples(st.integers(0, COUNT), st.sampled_from(["delete", "leave", "move", "add"]), st.sampled_from(IDS)),
    max_size=12,
)
MODES = pytest.mark.parametrize("forward_only", ["supported", "ignored"])


def data(forward_only: str) -> dict[str, Any]:
    """A hundred contacts of one company, and a neighbour."""
    return {
        "switches": {"delete_in_use": "accept", "forward_only": forward_only},
        "companies": [{"id": 412, "identifier": "HarborDental"}, {"id": 413, "identifier": "Lindqvist"}],
        "contacts": [{"id": number, "firstName": f"N{number}", "company": {"id": 412}} for number in IDS],
    }


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """One sandbox for all examples."""
    with Sandbox(data("supported")) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: Sandbox) -> Iterator[PsaRest]:
    """The real client, logged in to it, with pages of 30 rows."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "PAGE_SIZE", PAGE)
        with PsaRest(
            server.url, "bluefjord", "demo", "demo", "guid", 6_000_000, clock=clock, sleep=clock.sleep
        ) as connection:
            yield connection


def change(http: PsaRest, action: str, contact: int) -> None:
    """Do to a contact what another user of the PSA could do."""
    path = f"{PATH}/{contact}"
    if action == "delete":
        http.delete(path)
    elif action == "leave":
        http.patch(path, [{"op": "replace", "path": "inactiveFlag", "value": True}])
    elif action == "move":
        http.patch(path, [{"op": "replace", "path": "company", "value": {"id": 413}}])
    else:
        http.post(PATH, {"firstName": "New", "company": {"id": 412}})


def read(http: PsaRest, changes: list[tuple[int, str, int]]) -> list[int]:
    """The ids of the list, with each change done when so many rows were read."""
    seen: list[int] = []
    rows = http.pages(PATH, QUERY)
    for count in range(COUNT + len(changes) + 1):
        for at, action, contact in changes:
            if at == count:
                change(http, action, contact)
        row = next(rows, None)
        if row is None:
            break
        seen.append(row["id"])
    return seen


def once_each(changes: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    """The changes without those of a contact that was changed before, which may be gone."""
    touched: set[int] = set()
    kept = []
    for at, action, contact in sorted(changes):
        if action == "add" or contact not in touched:
            kept.append((at, action, contact))
            touched |= set() if action == "add" else {contact}
    return kept


@MODES
@settings(max_examples=25, deadline=None)
@given(changes=CHANGES.map(once_each))
def test_a_moving_list_is_read_whole(
    server: Sandbox, http: PsaRest, forward_only: str, changes: list[tuple[int, str, int]]
) -> None:
    """Whatever is deleted, added or leaves the filter between two rows, every other record comes once, in order."""
    server.control("POST", "reset", data(forward_only))
    seen = read(http, changes)
    touched = {contact for _, action, contact in changes if action != "add"}
    assert seen == sorted(set(seen))
    assert set(IDS) - touched <= set(seen)
    assert set(seen) - set(IDS) <= set(range(FIRST + COUNT, FIRST + COUNT + len(changes)))


@MODES
@pytest.mark.parametrize("action", ["delete", "leave", "move"])
def test_rows_that_leave_pages_already_read_take_none_with_them(
    server: Sandbox, http: PsaRest, forward_only: str, action: str
) -> None:
    """The whole first page goes while the second is fetched."""
    server.control("POST", "reset", data(forward_only))
    assert read(http, [(PAGE, action, number) for number in IDS[:PAGE]]) == list(IDS)


@MODES
def test_a_record_added_at_the_end_is_read_too(server: Sandbox, http: PsaRest, forward_only: str) -> None:
    """Its id is behind the last id seen."""
    server.control("POST", "reset", data(forward_only))
    assert read(http, [(PAGE, "add", 0)]) == [*IDS, FIRST + COUNT]


def test_page_numbers_would_lose_records(server: Sandbox, http: PsaRest) -> None:
    """What the client must not do: after a deletion the next page begins one record too late (api.md 3.3)."""
    server.control("POST", "reset", data("ignored"))
    first = http.rows(PATH, {**QUERY, "orderBy": "id", "pageSize": PAGE, "page": 1})
    change(http, "delete", first[0]["id"])
    second = http.rows(PATH, {**QUERY, "orderBy": "id", "pageSize": PAGE, "page": 2})
    assert second[0]["id"] == first[-1]["id"] + 2


@MODES
def test_reading_a_moving_list_costs_one_request_for_each_page(
    server: Sandbox, http: PsaRest, forward_only: str
) -> None:
    """And one more where the server does not know forward-only pages."""
    server.control("POST", "reset", data(forward_only))
    assert len(list(http.pages(PATH, QUERY))) == COUNT
    assert server.requests()["counts"][f"GET {PATH}"] == -(-COUNT // PAGE) + (forward_only == "ignored")
