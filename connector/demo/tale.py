"""The demo's story: last month's adoption, this month's changes, a dry run, the writing, and a second look."""

import shutil
from pathlib import Path

from rich.console import Console

from connector.console import write_private
from connector.demo.config import write_config
from connector.demo.export import write_export
from connector.demo.people import SampleClient, sample_clients
from connector.demo.psa import HAND_EDITED, psa_records
from connector.errors import ConfigError
from connector.report import print_text, render
from connector.report.statement import render as render_statement
from connector.sandbox import Sandbox
from connector.settings import load
from connector.sync.outcome import Outcome, Report, exit_code
from connector.sync.statement import make_statement
from connector.wiring import Wiring

MARK = ".connector-demo"


def run_demo(directory: Path, console: Console) -> int:
    """Tell the whole story and leave config, exports and reports in ``directory``. 0 when it ended as it should."""
    _clear(directory)
    clients = sample_clients()
    with Sandbox(psa_records(clients)) as sandbox:
        write_config(directory / "config", sandbox.url, (directory / "state.db").resolve(), clients)
        wiring = Wiring(load(directory / "config"))
        try:
            return _tell(wiring, directory, clients, console)
        finally:
            wiring.close()


def _tell(wiring: Wiring, directory: Path, clients: tuple[SampleClient, ...], console: Console) -> int:
    service, names = wiring.service(), [client.name for client in clients]
    _chapter(console, "Bluefjord IT, a made-up provider, bills three clients per user")
    for client in clients:
        console.print(f"  • {client.title}", highlight=False)
    console.print(
        "\nTheir contacts and billing lines live in ConnectWise PSA (here: the sandbox). Who works there is in their "
        "Active Directories (here: LDIF exports). Last month the connector met them for the first time:",
        highlight=False,
    )
    _export(directory, clients, now=False)
    for report in service.sync(names):
        console.print(f"  {report.client}: {_first_night(report)}", highlight=False)
    _chapter(console, "A month goes by: people join, leave, marry, move; somebody edits a quantity by hand")
    _export(directory, clients, now=True)
    _edit_by_hand(wiring)
    _chapter(console, "1. connector plan: a dry run that shows what would happen, and why")
    planned = service.plan(names)
    _print(console, planned, "dry run")
    _chapter(console, "2. connector sync: the same plan, written")
    written = service.sync(names)
    _summary(console, written)
    _chapter(console, "3. connector plan, once more")
    again = service.plan(names)
    done = _second_look(console, again)
    html = directory / "report.html"
    plans = [report.plan for report in written if report.plan]
    write_private(html, render("html", plans, occasion="applied", outcomes=_outcomes(written)))
    _chapter(console, "The report for the finance desk, and what the clinic can be shown for its invoice")
    console.print(f"  {html.resolve()}", highlight=False, soft_wrap=True)
    console.print(f"  {_statement(wiring, directory).resolve()}", highlight=False, soft_wrap=True)
    console.print("\nYour own first client: README.md, or connector init.", highlight=False)
    return 0 if done and exit_code(written) in (0, 3) else 1


def _clear(directory: Path) -> None:
    """A fresh folder; one that was not made by the demo is left alone."""
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise ConfigError(f"{directory} is not empty and was not made by the demo.", "Choose another --dir.")
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "exports").mkdir(parents=True)
    (directory / MARK).touch()


def _export(directory: Path, clients: tuple[SampleClient, ...], *, now: bool) -> None:
    for client in clients:
        write_export(directory / "exports" / f"{client.name}.ldf", client, client.now if now else client.before)


def _edit_by_hand(wiring: Wiring) -> None:
    """What somebody in finance does in the PSA's own window."""
    lines = wiring.world("northwind").lines
    lines.update(lines.get(73, 3030), {"quantity": str(HAND_EDITED)})


def _first_night(report: Report) -> str:
    if report.plan is None:
        return report.error
    plan = report.plan
    return f"{plan.people} people paired with their contacts, {len(plan.changes)} changes, {len(plan.held)} held"


def _print(console: Console, reports: list[Report], occasion: str) -> None:
    plans = [report.plan for report in reports if report.plan]
    failures = [(report.client, report.error) for report in reports if report.error]
    print_text(console, plans, failures, occasion=occasion)


def _summary(console: Console, reports: list[Report]) -> None:
    for report in reports:
        done = sum(result.state == "done" for result in report.results)
        held = len(report.plan.held) if report.plan else 0
        words = f"{done} changes written" + (f", {held} left for a person" if held else "")
        console.print(f"  {report.client}: {report.error or words}", highlight=False)


def _second_look(console: Console, reports: list[Report]) -> bool:
    quiet = True
    for report in reports:
        plan = report.plan
        nothing = plan is not None and not plan.changes and report.outcome is not Outcome.FAILED
        quiet = quiet and nothing
        waiting = f"; {len(plan.held)} still wait for a person" if plan and plan.held else ""
        console.print(f"  {report.client}: {'nothing to do' if nothing else 'not settled'}{waiting}", highlight=False)
        if plan and plan.changes:
            print_text(console, [plan])
    return quiet


def _statement(wiring: Wiring, directory: Path) -> Path:
    """The clinic's statement of this month."""
    world, path = wiring.world("harbor"), directory / "statement.html"
    made = make_statement(world, wiring.store(), f"{world.clock():%Y-%m}")
    write_private(path, render_statement("html", made))
    return path


def _outcomes(reports: list[Report]) -> dict[str, str]:
    return {result.change.id: result.state for report in reports for result in report.results}


def _chapter(console: Console, title: str) -> None:
    console.print()
    console.rule(title, align="left", style="dim")
