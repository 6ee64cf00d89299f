"""Names and values come from a directory: whatever they hold, a report only ever shows it."""

import csv
import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from connector.report import Format, print_text, render
from connector.report.clean import SHOWN_FOR_UNSAFE, clean
from connector.report.csvs import safe
from connector.report.markdown import escape
from tests.report.hostile import ATTACKS, HIDDEN, hostile
from tests.report.samples import busy

HUMAN: tuple[Format, ...] = ("text", "markdown", "csv", "html")


class _Tags(HTMLParser):
    """Collects what a browser would see: tags with their attributes, and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def _seen(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    return tags


@pytest.mark.parametrize("fmt", HUMAN)
@pytest.mark.parametrize("char", HIDDEN)
def test_characters_that_reorder_hide_or_command_are_neutralised(fmt: Format, char: str) -> None:
    """No human format lets a bidirectional, invisible or control character through."""
    shown = render(fmt, [hostile(f"Jo{char}nas")], [(f"el{char}m", f"fa{char}iled")], title=f"ti{char}tle")
    assert char not in shown
    assert f"Jo{SHOWN_FOR_UNSAFE}nas" in shown


def test_names_that_need_a_joiner_keep_it() -> None:
    """Persian and Indic spelling uses U+200C and U+200D; accents and other scripts stay as they are."""
    assert clean("علی\u200cرضا Østby 田中") == "علی\u200cرضا Østby 田中"


@pytest.mark.parametrize("attack", ATTACKS)
def test_html_shows_a_hostile_value_as_text(attack: str) -> None:
    """The page has the same tags and attributes whatever the values are, and shows the values themselves."""
    page, calm = _seen(render("html", [hostile(attack)])), _seen(render("html", [hostile("calm")]))
    assert page.tags == calm.tags
    assert "script" not in {tag for tag, _ in page.tags}
    assert clean(attack) in page.said


def test_html_needs_nothing_from_outside() -> None:
    """No tag loads anything, and the page forbids it besides."""
    page = render("html", [hostile(ATTACKS[5])])
    names = {name for _, attributes in _seen(page).tags for name in attributes}
    assert not names & {"src", "srcset", "onclick", "onload", "style"}
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page


def test_csv_cells_are_no_formulas() -> None:
    """Each text that begins like a formula has an apostrophe before it; numbers stay numbers."""
    rows = list(csv.reader(StringIO(render("csv", [hostile(ATTACKS[1])]), newline="")))
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    risky = [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r"))]
    assert [cell for cell in risky if not re.fullmatch(r"-?\d+(\.\d+)?", cell)] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_csv_prefixes_each_risky_start(start: str) -> None:
    """The starts that spreadsheets take for a formula are all known."""
    assert safe(f"{start}1") == f"'{start}1"
    assert safe(f"1{start}") == f"1{start}"


def test_csv_rows_all_have_the_columns_of_the_heading() -> None:
    """Quotes, commas and line breaks in values move no column (RFC 4180)."""
    rows = list(csv.reader(StringIO(render("csv", [hostile('a",b\r\nc;"')]), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}


def test_markdown_values_start_no_line_and_no_column() -> None:
    """A value with pipes and line breaks leaves as many lines and columns as a calm one."""
    attacked = render("markdown", [hostile(ATTACKS[3])])
    calm = render("markdown", [hostile("calm")])
    assert len(attacked.splitlines()) == len(calm.splitlines())
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in attacked.splitlines()]
    assert bars == [len(re.findall(r"(?<!\\)\|", line)) for line in calm.splitlines()]


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("<b>", r"\<b\>"),
        ("a|b", r"a\|b"),
        ("[x](y)", r"\[x\](y)"),
        ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
        ("back\\", "back\\\\"),
        ("&lt;", r"\&lt;"),
        ("# x", r"\# x"),
        ("- x", r"\- x"),
        ("---", r"\---"),
        ("1. x", r"1\. x"),
        ("1) x", r"1\) x"),
        ("+42.50", "+42.50"),
        ("42.50", "42.50"),
        ("https://evil.example", r"https\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("Østby-Larsen (jo)", "Østby-Larsen (jo)"),
    ],
)
def test_markdown_escapes_markup_and_leaves_names_readable(value: str, escaped: str) -> None:
    """Only what means something to Markdown is escaped."""
    assert escape(value) == escaped


def test_text_shows_rich_markup_as_it_is() -> None:
    """Markup and links in a name are shown, not obeyed, on a colour terminal too."""
    out = StringIO()
    console = Console(file=out, width=200, force_terminal=True, color_system="truecolor", legacy_windows=False)
    print_text(console, [hostile(ATTACKS[2])], [(ATTACKS[2], ATTACKS[2])])
    assert "[red]red[/red]" in out.getvalue()
    assert "\x1b]8" not in out.getvalue()


def test_json_keeps_every_character_and_shows_none_that_harms() -> None:
    """The machine's format is exact; what could harm on a screen is written as an escape."""
    shown = render("json", [hostile(HIDDEN)])
    assert not set(HIDDEN) & set(shown)


def test_outcomes_are_found_for_people_with_hidden_characters() -> None:
    """Cleaning a name for display does not lose what became of its change."""
    plan = hostile("Jo\u202enas")
    done = {change.id: "done" for change in plan.changes}
    assert "not written" not in render("text", [plan], outcomes=done)
    assert "not written" in render("text", [busy()], outcomes={})
