"""All rows of a list, none twice and none left out (api.md 3.3)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.errors import PsaRejected
from connector.psa.query import Params, field

PAGE_SIZE = 1000
SMALLEST_PAGE = 25
"""The PSA's default page size. A page below it was not cut short by any known limit (api.md 3.3)."""

_FORWARD_ONLY = {"pagination-type": "forward-only"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, whether it came with a Link header, and the query of that header's next page."""

    rows: list[dict[str, Any]]
    has_links: bool
    next_query: Mapping[str, str]

    def ids(self, path: str) -> list[int]:
        """The ids of the rows; ``PsaRejected`` when one has none."""
        ids = [row.get("id") for row in self.rows]
        if not all(isinstance(number, int) for number in ids):
            raise PsaRejected(f"ConnectWise lists a record without id in {path}.")
        return [int(number) for number in ids if number is not None]

    @property
    def is_last(self) -> bool:
        """Whether nothing can follow. A short page is believed only when no page limit can have cut it."""
        if not self.rows or len(self.rows) >= PAGE_SIZE:
            return not self.rows
        follows = bool(self.next_query.get("pageId") or self.next_query.get("page"))
        return len(self.rows) < SMALLEST_PAGE or (self.has_links and not follows)


Fetch = Callable[[Params, Mapping[str, str]], Page]


def read_all(fetch: Fetch, query: Params, path: str) -> Iterator[dict[str, Any]]:
    """Every row, in the order of ids. Each page is asked for by the last id seen, never by a number: where rows are
    deleted or leave the list meanwhile, numbered pages move up and leave others out (api.md 3.3)."""
    last = 0
    while True:
        page = fetch({**query, "pageSize": PAGE_SIZE, "pageId": last}, _FORWARD_ONLY)
        ids = page.ids(path)
        if not _rises(ids, last) or _is_numbered(page):
            break
        yield from page.rows
        if page.is_last:
            return
        last = ids[-1]
    yield from _by_condition(fetch, query, path, last)


def after(query: Params, last: int) -> Params:
    """``query`` for the rows behind id ``last``, in the order of ids, from a server without forward-only pages."""
    behind = field("id") > last
    given = str(query.get("conditions", ""))
    return {**query, "conditions": f"({given}) and {behind}" if given else str(behind), "orderBy": "id"}


def _rises(ids: list[int], last: int) -> bool:
    return all(before < behind for before, behind in zip([last, *ids], ids, strict=False))


def _is_numbered(page: Page) -> bool:
    """Whether the server goes on by page numbers, so that it does not know forward-only pages."""
    return "page" in page.next_query


def _by_condition(fetch: Fetch, query: Params, path: str, last: int) -> Iterator[dict[str, Any]]:
    while True:
        page = fetch({**after(query, last), "pageSize": PAGE_SIZE, "page": 1}, {})
        ids = page.ids(path)
        if not _rises(ids, last):
            raise PsaRejected(
                f"ConnectWise repeats rows of {path} or does not sort them: the list cannot be read for certain.",
                "Try again; if it stays so, report it to ConnectWise.",
            )
        yield from page.rows
        if page.is_last:
            return
        last = ids[-1]
