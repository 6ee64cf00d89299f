"""All rows of a list, none twice and none left out (api.md 3.3)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.errors import PsaRejected
from connector.psa.query import Params

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
    """Every row, by forward-only pages; by numbered pages in the order of ids where the server does not know those."""
    last = 0
    while True:
        page = fetch({**query, "pageSize": PAGE_SIZE, "pageId": last}, _FORWARD_ONLY)
        ids = page.ids(path)
        if not _is_forward(ids, last, page):
            break
        yield from page.rows
        if page.is_last:
            return
        last = ids[-1]
    for row in _numbered(fetch, query, path):
        if row["id"] > last:
            yield row


def _is_forward(ids: list[int], last: int, page: Page) -> bool:
    rising = all(before < after for before, after in zip([last, *ids], ids, strict=False))
    return rising and not (page.next_query.get("page") and not page.next_query.get("pageId"))


def _numbered(fetch: Fetch, query: Params, path: str) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    number = 0
    while True:
        number += 1
        page = fetch({**query, "pageSize": PAGE_SIZE, "orderBy": "id", "page": number}, {})
        ids = page.ids(path)
        if len(set(ids)) < len(ids) or seen.intersection(ids):
            raise PsaRejected(
                f"ConnectWise repeats rows of {path} on page {number}: the list cannot be read for certain.",
                "Try again; if it stays so, report it to ConnectWise.",
            )
        seen.update(ids)
        yield from page.rows
        if page.is_last:
            return
