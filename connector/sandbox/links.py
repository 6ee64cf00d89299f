"""The Link header, by which clients find the other pages of a list (api.md 3.3, 12.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote_plus


def page_links(url: str, query: Mapping[str, str], page: int, last: int) -> str:
    """first and prev after page 1, next before the end, last always (api.md 3.3)."""
    wanted = [("first", 1), ("prev", min(page - 1, last))] if page > 1 else []
    wanted += [("next", page + 1)] if page < last else []
    return ", ".join(link(url, query, "page", str(at), rel) for rel, at in [*wanted, ("last", last)])


def link(url: str, query: Mapping[str, str], name: str, value: str, rel: str) -> str:
    """One link: all parameters kept, ``+`` for spaces, lower-case hex, the page last (api.md 3.3, 12.1)."""
    kept = [(key, text) for key, text in query.items() if key.lower() not in {"page", "pageid"}]
    parts = "&".join(f"{encoded(key)}={encoded(text)}" for key, text in [*kept, (name, value)])
    return f'<{url}/?{parts}>; rel="{rel}"'


def encoded(text: str) -> str:
    """Text in a query; halves of letters, which no address can hold, become question marks."""
    quoted = quote_plus(text, safe="", errors="replace")
    return re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), quoted)
