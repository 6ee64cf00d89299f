"""What each format tells, and in which order."""

import csv
import itertools
import json
import re
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from connector.core.model import Traffic
from connector.core.plan import Counted, Held, HeldKind, Kind
from connector.core.planjson import loads
from connector.report import Format, print_text, render
from connector.report.text import NAMES_UP_TO
from tests.report.samples import busy, line, quiet, raised

HUMAN: tuple[Format, ...] = ("text", "markdown", "html")
REFUSED = "refused: the line holds 38 since the plan was made. Plan again."


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.mark.parametrize("fmt", HUMAN)
def test_what_needs_a_person_comes_first_then_money_changes_and_the_rest(fmt: Format) -> None:
    """The order is that of a reader with little time."""
    shown = render(fmt, [busy()], [("elm", "could not be reached")]).lower()
    order = ["failed (1)", "needs a person (2)", "billing", "changes\n", "not counted (5)", "warnings (2)"]
    if fmt == "html":
        order = [f">{part.strip()}" for part in order]
    order.append("people and contacts")
    places = [shown.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("fmt", HUMAN)
def test_everything_in_a_plan_is_told(fmt: Format) -> None:
    """Each change with its reason, held item with its way out, warning, person and account is in the report."""
    plan = busy()
    shown = _flat(render(fmt, [plan], width=4000).replace("&#34;", '"').replace("\\", ""))
    for held in plan.held:
        assert held.what in shown
        assert held.reason in shown
        assert held.how_to_release in shown
    texts = [change.reason for change in plan.changes] + list(plan.warnings)
    texts += [person.name for billed in plan.billing for person in billed.people]
    texts += [item.name for item in plan.not_counted] + [item.reason for item in plan.not_counted]
    assert [text for text in texts if text not in shown] == []


@pytest.mark.parametrize("fmt", ["text", "markdown", "csv", "html"])
def test_counted_and_billed_stand_side_by_side_with_the_reason_they_differ(fmt: Format) -> None:
    """S66: a clerk sees both numbers and why they are not the same."""
    one = (Counted("g", "Anna Berg", "every person"),)
    minimum = replace(line("Minimum seat", 5, 5, "40", one), how="1 x 1, at least 5")
    shown = _flat(render(fmt, [replace(quiet(), billing=(minimum,))], width=300))
    assert "1 person counted, 5 billed: 1 x 1, at least 5." in shown
    assert "4 people counted for 7 units." in _flat(render(fmt, [busy()], width=300))


@pytest.mark.parametrize("fmt", ["text", "markdown", "csv", "html"])
def test_a_line_that_stays_for_now_says_so(fmt: Format) -> None:
    """What would be right and what stands there are both told."""
    assert "11 would be right, but the line stays at 12 for now." in _flat(render(fmt, [busy()], width=300))


@pytest.mark.parametrize("fmt", HUMAN)
def test_a_dry_run_says_that_nothing_was_written(fmt: Format) -> None:
    """And a run does not say it."""
    assert "nothing was written." in render(fmt, [busy()])
    done = {change.id: "done" for change in busy().changes}
    shown = render(fmt, [busy()], occasion="applied", outcomes=done)
    assert "nothing was written." not in shown
    assert "5 of 5 changes written." in _flat(shown)


@pytest.mark.parametrize("fmt", ["text", "markdown", "csv", "html"])
def test_a_refused_change_is_told_and_moves_no_money(fmt: Format) -> None:
    """S91: the item is named with the reason; the quantity and the sum stay what they were."""
    plan = busy()
    outcomes = {change.id: "done" for change in plan.changes} | {plan.changes[4].id: REFUSED}
    shown = _flat(render(fmt, [plan], occasion="applied", outcomes=outcomes, width=300))
    assert f"Quantity 37 was planned; {REFUSED}" in shown
    assert "+42.50" not in shown


@pytest.mark.parametrize("fmt", HUMAN)
def test_money_that_waits_for_approval_is_not_in_the_sum(fmt: Format) -> None:
    """What the guard holds is told apart from what goes ahead."""
    shown = _flat(render(fmt, [busy(), raised()]))
    assert "+42.50 a month. 1 client waits for approval, with +2,500.00 a month more." in shown
    assert "nothing of it is written until a person approves" in shown


@pytest.mark.parametrize("fmt", ["text", "markdown", "csv", "html"])
def test_s94_a_large_move_is_flagged_in_every_format(fmt: Format) -> None:
    """More than 10 % of the per-user billing is said above everything else."""
    shown = _flat(render(fmt, [raised()], width=300)).replace("&#39;", "'")
    assert "Moves 25 % of this client's per-user billing (2,500.00 a month)." in shown


@pytest.mark.parametrize("fmt", HUMAN)
def test_an_incomplete_reading_is_told(fmt: Format) -> None:
    """Even of a client without changes."""
    shown = render(fmt, [replace(quiet(), complete=False), quiet("reed")], width=200)
    assert "The directory was not read completely" in shown


@pytest.mark.parametrize("fmt", HUMAN)
def test_clients_that_need_a_person_come_before_the_others(fmt: Format) -> None:
    """Among many clients nobody has to search for what waits."""
    calm = replace(busy(), client="aster", held=())
    shown = render(fmt, [calm, raised("zinnia")])
    assert shown.index("zinnia") < shown.index("aster")


def test_clients_with_nothing_to_tell_are_one_line_of_text() -> None:
    """2,000 clients make a short report; a lone client is told whatever it holds."""
    shown = render("text", [quiet(f"client{number}") for number in range(2000)])
    assert "Nothing to do for 2,000 clients: client0," in _flat(shown)
    assert len(shown.splitlines()) < 10
    assert "Managed user" in render("text", [quiet()])


def test_text_about_many_clients_counts_people_and_names_changes() -> None:
    """Names of the unmoved belong to the report of one client; changed people are always named."""
    plans = [replace(busy(), client=f"client{number}") for number in range(NAMES_UP_TO + 1)]
    many, one = render("text", plans), render("text", plans[:1])
    assert "group M365 E3 (31)\n" in many
    assert "Jonas Holm (jholm1): surname" in many
    assert "group M365 E3 (31): Anna Berg" in one


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_fits_its_width_and_cuts_no_name(width: int) -> None:
    """Long names are folded, never shortened."""
    name = "Wolfeschlegelsteinhausenbergerdorff" * 3
    plan = busy()
    line_of = replace(plan.billing[0], profile=name, people=(Counted("g", name, "every person"),))
    long = replace(plan, company=name, billing=(line_of, *plan.billing[1:]))
    shown = render("text", [long], width=width)
    assert max(len(row) for row in shown.splitlines()) <= width
    assert "…" not in shown
    assert re.sub(r"[^A-Za-z]", "", shown).count(name) >= 3


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_text_cuts_no_number(width: int) -> None:
    """Large numbers on a narrow terminal stand one below the other instead of losing digits."""
    large = replace(quiet(), billing=(line("Managed user", 12345, 12400, "12345.678", ()),))
    shown = render("text", [large], width=width)
    assert all(text in shown for text in ("12,345 → 12,400", "12,345.678", "+679,012.29", "2026-12-01"))


def test_text_without_colour_has_no_control_sequences() -> None:
    """A console without colours prints plain text."""
    out = StringIO()
    print_text(Console(file=out, width=80, color_system=None, legacy_windows=False), [busy()])
    assert "\x1b" not in out.getvalue()
    assert "NEEDS A PERSON (2)" in out.getvalue()


def test_csv_has_one_row_for_each_item_and_ends_rows_with_crlf() -> None:
    """RFC 4180; each row names its client."""
    plan = busy()
    text = render("csv", [plan, quiet()], [("elm", "could not be reached")])
    rows = [row for row in _rows(text) if row["client"] == "harbor"]
    kinds = [row["item"] for row in rows]
    assert text.count("\n") == text.count("\r\n")
    assert kinds.count("change") == len(plan.changes)
    assert kinds.count("held") == len(plan.held)
    assert kinds.count("line") == len(plan.billing)
    assert kinds.count("counted") == sum(len(billed.people) for billed in plan.billing)
    assert kinds.count("not counted") == len(plan.not_counted)
    assert {row["client"] for row in _rows(text)} == {"harbor", "pine", "elm"}


def test_csv_numbers_add_up_in_a_spreadsheet() -> None:
    """Money and quantities are plain numbers, a fall has its minus sign and no apostrophe."""
    falls = replace(quiet(), billing=(line("A", 30, 20, "1250.5", ()),))
    row = next(row for row in _rows(render("csv", [falls])) if row["item"] == "line")
    assert (row["quantity_before"], row["quantity_after"], row["unit_price"]) == ("30", "20", "1250.50")
    assert row["monthly_change"] == "-12505.00"


def test_json_is_the_document_that_apply_takes() -> None:
    """Failures and outcomes are further keys, there only when there are some."""
    assert loads(render("json", [busy(), quiet()])) == [busy(), quiet()]
    assert list(json.loads(render("json", [busy()]))) == ["version", "plans"]
    more = json.loads(render("json", [busy()], [("elm", "no answer")], outcomes={"a": "done"}))
    assert more["failures"] == [{"client": "elm", "message": "no answer"}]
    assert more["outcomes"] == {"a": "done"}
    asked = json.loads(render("json", [busy()], traffic={"elm": Traffic(9, 2, 1, 31.04)}))
    assert "traffic" not in json.loads(render("json", [busy()], traffic={"elm": Traffic(9)}))
    assert asked["traffic"] == {"elm": {"requests": 9, "repeated": 2, "throttled": 1, "seconds_waited": 31.0}}


@pytest.mark.parametrize("fmt", ["text", "markdown", "html"])
def test_the_report_says_what_the_psa_was_asked_and_what_had_to_be_repeated(fmt: Format) -> None:
    """At the foot of the client, in one sentence; without trouble only the number of requests."""
    told = " ".join(render(fmt, [busy()], traffic={busy().client: Traffic(1_024, 3, 2, 61.2)}).split())
    assert "1,024 requests to ConnectWise. 3 of them repeated after trouble" in told
    assert "61 seconds of waiting" in told
    calm = " ".join(render(fmt, [busy()], traffic={busy().client: Traffic(24)}).split())
    assert "24 requests to ConnectWise." in calm
    assert "repeated" not in calm


def test_html_is_accessible() -> None:
    """Tables have captions, header cells a scope, headings skip no level, and the language is named."""
    page = render("html", [busy(), raised(), quiet()], [("elm", "no answer")])
    assert '<html lang="en">' in page
    assert page.count("<table") == page.count("<caption>")
    assert re.findall(r"<th(?![^>]*scope=)[ >][^>]*", page) == []
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))


def test_html_names_everybody_of_quiet_clients_too() -> None:
    """Why a client is billed as it is can be looked up though nothing changes."""
    page = render("html", [busy(), quiet()])
    assert "pine</bdi>: <bdi>4 people counted, nothing to do" in page


def test_a_held_item_names_its_person_once() -> None:
    """The person is put before what is held only where it does not name them already."""
    item = replace(busy().held[0], what="two contacts fit")
    shown = _flat(render("text", [replace(busy(), held=(item, busy().held[0]))], width=200))
    assert "Unclear who is who: Kim Lund (klund): two contacts fit" in shown
    assert "Unclear who is who: Kim Lund (klund) fits" in shown


def test_no_plans_and_no_failures_make_a_report_all_the_same() -> None:
    """Nothing is still an answer."""
    for fmt in HUMAN:
        assert "0 clients, 0 changes" in render(fmt, [])


def test_an_unknown_format_is_refused() -> None:
    """The message names the formats there are."""
    with pytest.raises(ValueError, match="take text, markdown, json, csv or html"):
        render("pdf", [busy()])  # type: ignore[arg-type]


def test_held_by_kind_uses_the_clerks_words() -> None:
    """No report shows the name of a kind as the code has it."""
    plan = replace(busy(), held=tuple(Held(kind, "x", "y", "z") for kind in HeldKind))
    shown = render("text", [plan])
    assert [kind for kind in HeldKind if f"- {kind.value}:" in shown] == []
    assert [kind for kind in Kind if kind.value in shown] == []


def test_importing_the_report_loads_no_renderer() -> None:
    """Start-up stays fast: templates and terminal drawing are loaded when they are used."""
    code = "import sys, connector.report; print([m for m in ('rich', 'jinja2') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
