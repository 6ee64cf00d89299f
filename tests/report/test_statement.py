"""A statement is shown to a client: whatever names hold, it only ever shows them, and its numbers add up."""

import csv
import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from io import StringIO
from typing import Any, get_args

import pytest
from rich.console import Console

from connector.core.history import History, Month, Stay, Tally
from connector.core.statement import month_of, statement
from connector.core.statement_values import Statement
from connector.report.chart import chart
from connector.report.clean import SHOWN_FOR_UNSAFE, clean
from connector.report.statement import StatementFormat, print_statement, render
from tests.core import build
from tests.report.hostile import ATTACKS, HIDDEN
from tests.report.test_hostile import _seen

D = Decimal
FORMATS: tuple[StatementFormat, ...] = get_args(StatementFormat)
NOVEMBER = month_of(date(2026, 11, 1))
NAMES = ("Anna Adler", "محمد الأحمد", "דוד כהן", "田中 太郎", "Zoë O'Hara-Østby")


def day(number: int) -> date:
    """A day of November."""
    return date(2026, 11, number)


def counted(month: int, people: int, quantity: int) -> Tally:
    """The last reading of a month."""
    on = date(2026, month, 28)
    at = datetime(2026, month, 28, 2, tzinfo=UTC)
    billed = D(people + 2)
    return Tally("Managed user", at, on, people, D(people), billed, 77, 3301, D(quantity), D("42.5"), on.replace(day=1))


def sample() -> Statement:
    """Five people of whom one left and one joined, an offset, included units, and one more that nobody knows."""
    stays = [
        Stay("Managed user", f"guid{at}", name, f"account{at}", D(1), date(2026, 8, 3)) for at, name in enumerate(NAMES)
    ]
    stays[1], stays[3] = replace(stays[1], until=day(17)), replace(stays[3], since=day(20))
    history = History((counted(9, 3, 5), counted(10, 4, 6), counted(11, 4, 7)), tuple(stays))
    line = build.line(8, description="Managed user", less_included=D(2))
    agreement = build.agreement(period_type="Current", currency="US Dollars")
    rules = build.rules(build.profile(offset=D(2)))
    return statement(rules, build.psa(agreements=(agreement,), additions=(line,)), history, NOVEMBER, day(29))


def attacked(value: Any, attack: str) -> Any:
    """The same value with ``attack`` as every text; months keep their names, which are ours."""
    if isinstance(value, Enum | Decimal | date | int | Month) or value is None:
        return value
    if isinstance(value, str):
        return attack
    if isinstance(value, tuple):
        return tuple(attacked(part, attack) for part in value)
    return replace(value, **{field.name: attacked(getattr(value, field.name), attack) for field in fields(value)})


def rows(made: Statement) -> list[dict[str, str]]:
    """The spreadsheet's rows."""
    return list(csv.DictReader(StringIO(render("csv", made), newline="")))


def test_the_sample_says_all_that_a_statement_can() -> None:
    """The tests below are about something."""
    made = sample()
    kinds = [row.kind.value for line in made.lines for row in line.rows]
    assert kinds == ["person"] * 4 + ["left", "offset", "included", "unexplained"]
    assert (len(made.profiles[0].joiners), len(made.profiles[0].leavers), len(made.profiles[0].trend)) == (1, 1, 3)


def test_the_rows_of_the_spreadsheet_add_up_to_the_line() -> None:
    """Units and amounts are plain numbers: 8 less 2 included, at 42.50."""
    found = rows(sample())
    assert sum(D(row["units"]) for row in found if row["amount"]) == 6
    assert sum(D(row["amount"]) for row in found if row["amount"]) == D("255.00")
    assert {row["unit_price"] for row in found if row["amount"]} == {"42.50"}


def test_every_format_names_the_same_people_and_the_same_total() -> None:
    """Names in any script, whole."""
    for fmt in FORMATS:
        shown = render(fmt, sample(), width=200).replace("&#39;", "'")
        assert [name for name in NAMES if name not in shown] == []
    assert "Total: 255.00 US Dollars" in render("text", sample())
    assert "255.00 US Dollars" in render("html", sample())


def test_a_page_is_the_same_for_the_same_data() -> None:
    """Nothing in it tells when it was made, so that an attached page can be compared."""
    assert render("html", sample()) == render("html", sample())
    assert "As counted up to 28 Nov 2026." in render("html", sample())


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_page_shows_a_hostile_value_as_text(attack: str) -> None:
    """The same tags and attributes whatever the values are, and the values themselves."""
    page = _seen(render("html", attacked(sample(), attack)))
    assert page.tags == _seen(render("html", attacked(sample(), "calm"))).tags
    assert "script" not in {tag for tag, _ in page.tags}
    assert clean(attack) in page.said


def test_every_name_on_the_page_has_its_own_direction() -> None:
    """A name that is read from right to left moves nothing around it."""
    page = render("html", sample())
    for name in NAMES[:4]:
        assert page.count(name) == page.count(f"<bdi>{name}</bdi>") > 0


def test_the_page_needs_nothing_from_outside() -> None:
    """No tag loads anything, and the page forbids it besides."""
    page = render("html", attacked(sample(), ATTACKS[5]))
    names = {name for _, attributes in _seen(page).tags for name in attributes}
    assert not names & {"src", "srcset", "href", "onclick", "onload", "style"}
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("char", HIDDEN)
def test_characters_that_reorder_hide_or_command_are_neutralised(fmt: StatementFormat, char: str) -> None:
    """No format lets a bidirectional, invisible or control character through."""
    shown = render(fmt, attacked(sample(), f"Jo{char}nas"), width=200)
    assert char not in shown
    assert f"Jo{SHOWN_FOR_UNSAFE}nas" in shown


def test_cells_are_no_formulas() -> None:
    """Each text that begins like a formula has an apostrophe before it; numbers stay numbers."""
    cells = [cell for row in rows(attacked(sample(), ATTACKS[1])) for cell in row.values()]
    assert any("HYPERLINK" in cell for cell in cells)
    risky = [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
    assert [cell for cell in risky if not re.fullmatch(r"-?\d+(\.\d+)?", cell)] == []
    assert "-85.00" in risky


def test_the_terminal_obeys_no_markup_in_a_name() -> None:
    """Markup and links are shown, not followed, on a colour terminal too."""
    out = StringIO()
    console = Console(file=out, width=200, force_terminal=True, color_system="truecolor", legacy_windows=False)
    print_statement(console, attacked(sample(), ATTACKS[2]))
    assert "[red]red[/red]" in out.getvalue()
    assert "\x1b]8" not in out.getvalue()


def test_the_chart_tells_its_numbers_to_those_who_cannot_see_it() -> None:
    """Title and numbers are text; the bars are as high as the quantities."""
    shown = chart((Month("2026-10", 2, D(2)), Month("2026-11", 4, D("4.5"))), "Quantity <by> month")
    assert 'role="img"' in shown
    assert "<title>Quantity &lt;by&gt; month</title><desc>Oct 2, Nov 4.5</desc>" in shown
    low, high = (int(height) for height in re.findall(r'class="bar"[^>]* height="(\d+)"', shown))
    assert 0 < low < high


def test_one_month_makes_no_chart() -> None:
    """Two make one; a year begins with its number."""
    assert chart((Month("2026-12", 2, D(2)),), "x") == ""
    shown = chart((Month("2026-12", 2, D(2)), Month("2027-01", 2, D(2))), "x")
    assert re.findall(r">(\d{4})<", shown) == ["2026", "2027"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_chart_of_a_plan_that_somebody_wrote_shows_it_as_text(attack: str) -> None:
    """Months come from a file of the plan, too."""
    months = (Month(attack, 1, D(1)), Month("2026-13", 2, D(0)))
    assert _seen(chart(months, attack)).tags == _seen(chart((Month("a", 1, D(1)), Month("b", 1, D(0))), "calm")).tags
