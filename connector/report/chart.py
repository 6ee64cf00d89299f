"""The counts of the last months as a small bar chart: an SVG inside the page, without script, font or network."""

import re
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from connector.core.history import Month
from connector.report.words import units

_WIDTH, _HEIGHT, _GAP = 44, 96, 10
_LABELS = 34
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def chart(months: Sequence[Month], title: str) -> Markup:
    """The chart of the billed quantity by month, oldest first; ``""`` for fewer than two months. ``title`` stands above
    it; those who cannot see it are told it with all the numbers. Every text in it is escaped."""
    if len(months) < 2:
        return Markup("")
    highest = max([Decimal(1), *(one.billed for one in months)])
    width = len(months) * _WIDTH
    told = ", ".join(f"{_label(one)} {units(one.billed)}" for one in months)
    head = Markup(
        '<figure class="chart"><figcaption><bdi>{title}</bdi></figcaption>'
        '<svg role="img" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-label="{title}: {told}">'
        "<title>{title}</title><desc>{told}</desc>"
    ).format(w=width, h=_HEIGHT + _LABELS, title=title, told=told)
    bars = Markup("").join(_bar(at, one, int(one.billed * (_HEIGHT - 20) / highest)) for at, one in enumerate(months))
    return head + bars + Markup("</svg></figure>")


def _bar(at: int, month: Month, height: int) -> Markup:
    left, middle = at * _WIDTH + _GAP // 2, at * _WIDTH + _WIDTH // 2
    top = _HEIGHT - max(height, 1)
    return Markup(
        '<rect class="bar" x="{x}" y="{y}" width="{w}" height="{h}"/>'
        '<text class="value" x="{m}" y="{above}" text-anchor="middle">{value}</text>'
        '<text class="month" x="{m}" y="{below}" text-anchor="middle">{label}</text>'
        '<text class="month" x="{m}" y="{last}" text-anchor="middle">{year}</text>'
    ).format(
        x=left, y=top, w=_WIDTH - _GAP, h=_HEIGHT - top, m=middle, above=top - 4, value=units(month.billed),
        below=_HEIGHT + 14, label=_label(month), last=_HEIGHT + 28, year=_year(at, month),
    )  # fmt: skip


def _label(month: Month) -> str:
    found = re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month.month)
    return _NAMES[int(found[1]) - 1] if found else month.month


def _year(at: int, month: Month) -> str:
    """The year below the first month and below each January."""
    return month.month[:4] if at == 0 or month.month.endswith("-01") else ""
