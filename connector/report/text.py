"""The report on a terminal, by rich: reads in 80 columns and without colour, and cuts no name."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from connector.report.story import ChangeGroup, ChangeItem, HeldItem, LineItem, People, Report, Story
from connector.report.words import CORRECT, LINKED, plural

NAMES_UP_TO = 5
"""With more clients than this to tell about, people are counted and not named; the other formats name them all."""
_QUIET_NAMES = 8
_NAME_WIDTH = 14
_HEADINGS = (
    ("People", "Quantity", "On the", "Unit", "Change", "Billed"),
    ("counted", "billed", "line", "price", "a month", "from"),
)
_CHANGE = 5


def render_text(report: Report, width: int = 100) -> str:
    """The report as plain text, ``width`` columns wide, without colours."""
    out = StringIO()
    print_report(Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False), report)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def print_report(console: Console, report: Report) -> None:
    """Print the report. Every value goes in as ``Text``, so that no markup in a name is obeyed."""
    console.print(Text(report.title, "bold"), Text(report.made, "dim"))
    for line in report.summary:
        console.print(Text(line))
    if report.failures:
        console.print(_heading(f"Failed ({len(report.failures):,})", "bold red"))
        console.print(_points(Text.assemble((client, "bold"), ": ", why) for client, why in report.failures))
    named = len(report.telling) <= NAMES_UP_TO
    for story in report.telling:
        for part in _client(story, named):
            console.print(part)
    _print_quiet(console, report.quiet)


def points(texts: Iterable[RenderableType]) -> RenderableType:
    """Indented points whose further lines stand below their first."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=3, justify="right")
    grid.add_column(overflow="fold")
    for text in texts:
        grid.add_row("-", text)
    return grid


_points = points


def _client(story: Story, named: bool) -> Iterable[RenderableType]:
    yield Text()
    yield Rule(characters="─")
    yield Text(f"{story.client}: {story.company} ({story.company_id})", "bold")
    yield Text(story.headline, "bold")
    for alert in story.alerts:
        yield Text(f"! {alert}", "bold yellow")
    if story.held:
        yield _heading(f"Needs a person ({len(story.held):,})", "bold yellow")
        yield _points(_held(item) for item in story.held)
    if story.lines:
        yield _heading("Billing")
        yield _Money(story)
        for line in story.lines:
            yield from _line_details(line, named)
    if story.changes:
        yield _heading("Changes")
        for group in story.changes:
            yield from _changes(group)
    yield from _not_counted(story, named)
    if story.warnings:
        yield _heading(f"Warnings ({len(story.warnings):,})")
        yield _points(Text(warning) for warning in story.warnings)
    yield from _pairs(story)
    yield Padding(Text(story.footing, "dim"), (0 if story.pairs else 1, 0, 0, 0))


def _heading(text: str, style: str = "bold") -> RenderableType:
    return Padding(Text(text.upper(), style), (1, 0, 0, 0))


def _held(item: HeldItem) -> RenderableType:
    return Group(
        Text.assemble((item.kind, "yellow"), ": ", item.what),
        Text(f"Why: {item.reason}"),
        Text(f"To go on: {item.release}"),
    )


@dataclass(frozen=True)
class _Money:
    """The billing lines as a table, or, where a number would have to be cut to fit, as facts one below the other."""

    story: Story

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = [_cells(line) for line in self.story.lines]
        columns = zip(*_HEADINGS, (*[""] * 4, self.story.total, ""), *(row[1:] for row in rows), strict=True)
        needed = _NAME_WIDTH + sum(max(map(len, column)) + 2 for column in columns)
        yield Padding(self._table(rows) if needed + 2 <= options.max_width else self._facts(rows), (0, 0, 0, 2))

    def _table(self, rows: list[tuple[str, ...]]) -> RenderableType:
        table = Table(box=None, padding=(0, 2, 0, 0), show_footer=len(rows) > 1, pad_edge=False)
        table.add_column("Line", "Total", overflow="fold", vertical="bottom")
        for at, (first, second) in enumerate(zip(*_HEADINGS, strict=True), 1):
            footer = Text(self.story.total, "bold") if at == _CHANGE else ""
            justify: Literal["left", "right"] = "right" if at <= _CHANGE else "left"
            table.add_column(f"{first}\n{second}", footer, justify=justify, no_wrap=True)
        for row, line in zip(rows, self.story.lines, strict=True):
            table.add_row(*(Text(cell, "bold" if line.moves else "") for cell in row))
        return table

    def _facts(self, rows: list[tuple[str, ...]]) -> RenderableType:
        facts = Text()
        for row in rows:
            facts.append(f"{row[0]}\n", "bold")
            for first, second, cell in zip(*_HEADINGS, row[1:], strict=True):
                facts.append(f"  {first} {second}: {cell}\n" if cell else "")
        return facts.append(f"Total: {self.story.total} a month")


def _cells(line: LineItem) -> tuple[str, ...]:
    return line.profile, line.counted, line.billed, line.quantity, line.price, line.change, line.effective


def _line_details(line: LineItem, named: bool) -> Iterable[RenderableType]:
    facts = [Text(note, "yellow") for note in line.notes]
    facts += [_people(group, named) for group in line.people]
    yield Padding(Text.assemble((line.profile, "bold"), ": ", line.place), (1, 0, 0, 2))
    yield _points(facts)


def _people(group: People, named: bool) -> Text:
    why = f", {group.why}" if group.why else ""
    text = Text.assemble((group.heading, "cyan"), f"{why} ({len(group.people):,})")
    if named:
        names = (f"{item.name} [{item.note}]" if item.note else item.name for item in group.people)
        text.append(": " + ", ".join(names))
    return text


def _changes(group: ChangeGroup) -> Iterable[RenderableType]:
    yield Text(f"  {group.heading} ({len(group.items):,})", "cyan")
    yield _points(_change(item) for item in group.items)


def _change(item: ChangeItem) -> Text:
    text = Text.assemble(item.sentence, (f" ({item.reason})", "dim"))
    if item.outcome:
        text.append(f" {item.outcome}", "bold red" if item.failed else "green")
    return text


def _not_counted(story: Story, named: bool) -> Iterable[RenderableType]:
    if story.not_counted:
        yield _heading(f"Not counted ({story.not_counted_total:,})")
        yield _points(_people(group, named) for group in story.not_counted)


def _pairs(story: Story) -> Iterable[RenderableType]:
    if not story.correctable:
        if story.pairs:
            counts = ", ".join(f"{len(group.people):,} {group.heading}" for group in story.pairs)
            yield Padding(Text(f"People and contacts: {counts}.", "dim"), (1, 0, 0, 0))
        return
    yield _heading("People and contacts")
    yield _points(_people(group, group.heading != LINKED) for group in story.pairs)
    yield Padding(Text(CORRECT, "dim"), (0, 0, 0, 4))


def _print_quiet(console: Console, quiet: tuple[Story, ...]) -> None:
    if not quiet:
        return
    names = [story.client for story in quiet[:_QUIET_NAMES]]
    more = [f"{len(quiet) - len(names):,} more"] if len(quiet) > len(names) else []
    console.print()
    console.print(Text(f"Nothing to do for {plural(len(quiet), 'client')}: {', '.join([*names, *more])}."))
