"""How checks, past runs and single runs are printed."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from connector.console import ending
from connector.report import print_text
from connector.state.decisions import Decision
from connector.state.journal import Entry
from connector.state.store import Run
from connector.sync.checking import Line

if TYPE_CHECKING:
    from rich.console import Console


def print_lines(console: "Console", lines: Iterable[Line]) -> None:
    """One line per check: ok, or what to fix."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for line in lines:
        verdict = Text("ok" if line.ok else "FIX", style="green" if line.ok else "bold red")
        table.add_row(verdict, Text(line.of), Text(line.what), Text(line.words, overflow="fold"))
    console.print(table)


def print_runs(console: "Console", found: Sequence[Run]) -> None:
    """The runs as a table, newest first."""
    if not found:
        console.print("No run yet. Start with: connector sync --adopt-only")
        return
    table = Table("run", "client", "started (UTC)", "by", "outcome", "note", box=None, pad_edge=False)
    for run in found:
        started = f"{run.opened_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(
            *(Text(part) for part in (run.id, run.client, started, _asked(run), run.outcome or "open", run.message))
        )
    console.print(table)


def _asked(run: Run) -> str:
    """What the run was opened for, by whom, and which run it is about."""
    about = f" of {run.of_run}" if run.of_run else ""
    return f"{run.trigger}{about}, {run.actor}" if run.actor else f"{run.trigger}{about}"


def print_run(console: "Console", run: Run, entries: Sequence[Entry], decision: Decision | None = None) -> None:
    """One run: its plan with what became of each change, or why there was none, and what a person decided."""
    console.print(Text(f"Run {run.id} of {run.client}, {run.opened_at:%Y-%m-%d %H:%M:%S} UTC, by {_asked(run)}"))
    console.print(Text(f"Outcome: {run.outcome or 'open'}. {run.message}".strip()))
    if decision is not None:
        used = f", written by run {decision.used_by}" if decision.used_by else ""
        console.print(
            Text(f"{decision.decision.capitalize()} by {decision.actor}, {decision.at:%Y-%m-%d %H:%M:%S} UTC{used}")
        )
    if run.plan is None:
        return
    outcomes = {entry.change.id: ending(entry.state, entry.answer) for entry in entries}
    print_text(console, [run.plan], occasion=run.outcome or "open", outcomes=outcomes)
