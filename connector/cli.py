"""The command line. Each command is a few lines: read the config, ask the service, show the result, exit with its code.

Exit codes: 0 done or nothing to do, 2 ``plan`` found changes, 3 something is held for a person, 4 some clients failed,
1 failed.
"""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from connector import __version__
from connector.console import (
    LEVELS,
    LogFormat,
    ReportFormat,
    StatementFormat,
    complain,
    out,
    progress,
    set_up_logs,
    show,
    use_utf8,
    write_private,
)
from connector.errors import ConfigError, ConnectorError

if TYPE_CHECKING:
    from connector.wiring import Wiring

app = typer.Typer(
    help="Keeps ConnectWise PSA contacts and per-user billing true to each client's Active Directory.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Clients = Annotated[list[str] | None, typer.Argument(metavar="[CLIENT]...", help="Client names; none means all.")]
Output = Annotated[Path | None, typer.Option("--output", help="Write the report to this file instead of stdout.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; else the login name.")]
Format = Annotated[ReportFormat, typer.Option("--format", help="How the report is drawn.")]

INTERRUPTED = 130
"""What the framework makes of Ctrl-C."""


@dataclass(frozen=True)
class Options:
    """What stands before the command."""

    config: Path | None


def main() -> NoReturn:
    """Run the command line. Expected trouble is one clear message and exit code 1, wrong usage too."""
    use_utf8()
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
    except ConnectorError as error:
        complain(error)
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        print("connector: stopped; what was written is in the journal, run again for the rest.", file=sys.stderr)  # noqa: T201
        code = 1
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        error.show()  # type: ignore[attr-defined]
        code = 1
    sys.exit(code or 0)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"connector {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="DIR", help="Config directory; else $CONNECTOR_CONFIG, else ./config."),
    ] = None,
    log_format: Annotated[LogFormat, typer.Option("--log-format", help="How logs are written to stderr.")] = "console",
    log_level: Annotated[
        str, typer.Option("--log-level", metavar="L", help=f"One of {', '.join(LEVELS)}.")
    ] = "warning",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    if log_level.lower() not in LEVELS:
        raise ConfigError(f"There is no log level {log_level}.", f"Take one of {', '.join(LEVELS)}.")
    set_up_logs(log_format, log_level)
    context.obj = Options(config)


def _wiring(context: typer.Context, patience: float = float("inf")) -> "Wiring":
    from connector.settings import config_dir, load  # noqa: PLC0415
    from connector.wiring import Wiring  # noqa: PLC0415

    wiring = Wiring(load(config_dir(context.obj.config)), patience=patience)
    context.call_on_close(wiring.close)
    return wiring


def _chosen(wiring: "Wiring", clients: list[str] | None) -> list[str]:
    return [wiring.client(name).name for name in dict.fromkeys(clients or wiring.settings.clients)]


def _leave(code: int) -> NoReturn:
    raise typer.Exit(code)


@app.command()
def demo(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the sample clients and the report are written.")
    ] = Path("demo"),
) -> None:
    """The whole story on an embedded sandbox and three sample clients; needs no account."""
    from connector.demo import run_demo  # noqa: PLC0415

    _leave(run_demo(directory, out()))


@app.command()
def check(context: typer.Context, clients: Clients = None) -> None:
    """Config, directory login and TLS, PSA login and permissions, products, agreements: each line ok or fix it so."""
    from connector.printing import print_lines  # noqa: PLC0415
    from connector.report.words import plural  # noqa: PLC0415
    from connector.sync.checking import Line, check_client, check_code  # noqa: PLC0415

    wiring = _wiring(context, patience=5)
    chosen = _chosen(wiring, clients)
    lines = [Line("config", "files", True, f"read without a fault, {plural(len(wiring.settings.clients), 'client')}")]
    lines += wiring.check_psa()
    if all(line.ok for line in lines):
        for name in chosen:
            lines += check_client(name, wiring.world, wiring.store().memory(name))
    print_lines(out(), lines)
    _leave(check_code(lines))


@app.command()
def plan(
    context: typer.Context,
    clients: Clients = None,
    fmt: Format = "text",
    output: Output = None,
    save: Annotated[Path | None, typer.Option("--save", metavar="PLAN.json", help="Keep the plan for apply.")] = None,
) -> None:
    """A dry run: what would be written, what is held, who is counted and who is not. Writes nothing."""
    from connector.core.planjson import document, dumps  # noqa: PLC0415
    from connector.sync.outcome import exit_code  # noqa: PLC0415

    wiring = _wiring(context)
    reports = wiring.service(progress()).plan(_chosen(wiring, clients))
    if save is not None:
        write_private(save, dumps(document(report.plan for report in reports if report.plan)))
    show(reports, fmt, output)
    _leave(exit_code(reports))


@app.command()
def apply(context: typer.Context, saved: Annotated[Path, typer.Argument(metavar="PLAN.json")]) -> None:
    """Apply a saved plan. What has moved since is refused and named."""
    from connector.core.planjson import loads  # noqa: PLC0415
    from connector.sync.outcome import exit_code  # noqa: PLC0415

    try:
        plans = loads(saved.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{saved} cannot be read: {error.strerror}.", "Name a file that plan --save wrote."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{saved} is not a saved plan: {error}", "Name a file that plan --save wrote.") from error
    wiring = _wiring(context)
    _chosen(wiring, [one.client for one in plans])
    reports = wiring.service(progress()).apply(plans)
    show(reports, occasion="applied")
    _leave(exit_code(reports))


@app.command()
def sync(
    context: typer.Context,
    clients: Clients = None,
    adopt_only: Annotated[
        bool, typer.Option("--adopt-only", help="Pair people with contacts and remember the pairs; write nothing.")
    ] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Plan, guard, apply."""
    from connector.sync.outcome import exit_code  # noqa: PLC0415

    wiring = _wiring(context)
    reports = wiring.service(progress()).sync(_chosen(wiring, clients), adopt_only=adopt_only)
    show(reports, fmt, output, "adopted" if adopt_only else "applied")
    _leave(exit_code(reports))


@app.command()
def explain(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT")],
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="Account, mail address, name, GUID, or a contact's id.")
    ],
) -> None:
    """Every decision about one person or one contact: the rules, the contact, each field, each line."""
    from connector.report.explain import print_explanation  # noqa: PLC0415
    from connector.report.person import explain as tell  # noqa: PLC0415

    wiring = _wiring(context)
    rules = wiring.client(client).rules
    planned = wiring.service(progress()).planned(client)
    told = tell(planned.decision, planned.psa, rules, person)
    if not told:
        raise ConfigError(
            f"{client} has no account and no contact that is called {person}.",
            "Give the account name, the mail address, the full name, the GUID, or the contact's id.",
        )
    for explanation in told:
        print_explanation(out(), explanation)


@app.command()
def runs(context: typer.Context, client: Annotated[str | None, typer.Argument(metavar="[CLIENT]")] = None) -> None:
    """The latest runs: when, which client, how they ended."""
    from connector.printing import print_runs  # noqa: PLC0415

    wiring = _wiring(context)
    print_runs(out(), wiring.store().runs(wiring.client(client).name if client else None))


@app.command("show")
def show_run(context: typer.Context, run: Annotated[str, typer.Argument(metavar="RUN")]) -> None:
    """One run: its plan and what became of each change."""
    from connector.printing import print_run  # noqa: PLC0415

    wiring = _wiring(context)
    found = wiring.store().run(run)
    if found is None:
        raise ConfigError(f"There is no run {run}.", "connector runs lists them.")
    print_run(out(), found, wiring.store().entries(found.id), wiring.store().decision(found.id))


@app.command()
def approve(
    context: typer.Context,
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Held runs, each of another client.")],
    by: By = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Let held runs pass, and apply them: what a fresh plan still says of each."""
    from connector.sync.outcome import exit_code  # noqa: PLC0415

    service = _wiring(context).service(progress(), by)
    reports = service.approve(runs)
    show(reports, fmt, output, occasion="applied")
    _leave(exit_code(reports))


@app.command()
def reject(context: typer.Context, run: Annotated[str, typer.Argument(metavar="RUN")], by: By = "") -> None:
    """Say no to a held run: it can be approved no more, and later runs that ask for the same say so."""
    found = _wiring(context).service(progress(), by).reject(run)
    typer.echo(f"Run {found.id} of {found.client} is rejected. Nothing was written.")


@app.command()
def undo(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be taken back; write nothing.")] = False,
    by: By = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Take back what a run has written, as far as it still stands."""
    from connector.sync.outcome import exit_code  # noqa: PLC0415

    reports = [_wiring(context).service(progress(), by).undo(run, dry_run=dry_run)]
    show(reports, fmt, output, occasion="dry run" if dry_run else "taken back")
    _leave(exit_code(reports))


@app.command()
def journal(
    context: typer.Context,
    client: Annotated[str | None, typer.Argument(metavar="[CLIENT]")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="Only this run.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Only from this day on; days begin at 0:00 UTC.")
    ] = None,
    output: Output = None,
) -> None:
    """The journal as JSON lines: every write, from planned to its end, with who, what, before, after and the answer."""
    from connector.console import a_day, show_journal  # noqa: PLC0415

    begin = a_day(since) if since is not None else None
    wiring = _wiring(context)
    name = wiring.client(client).name if client is not None else ""
    found = wiring.store().run(run) if run is not None else None
    if run is not None and (found is None or name not in ("", found.client)):
        of = f" of {name}" if name else ""
        raise ConfigError(f"There is no run {run}{of}, or more than one begins so.", "connector runs lists them.")
    show_journal(wiring.store().steps(name, found.id if found else "", begin), output)


@app.command()
def statement(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT")],
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="The month that is stated.")],
    fmt: Annotated[StatementFormat, typer.Option("--format", help="How the statement is drawn.")] = "text",
    output: Output = None,
    attach: Annotated[
        bool, typer.Option("--attach", help="Put the page beside each agreement in ConnectWise, once.")
    ] = False,
) -> None:
    """What a client was billed for in a month: people, days, amounts, beside the lines of ConnectWise."""
    from connector.console import report_attached, show_statement  # noqa: PLC0415
    from connector.report.statement import render  # noqa: PLC0415
    from connector.sync.statement import attach as put  # noqa: PLC0415
    from connector.sync.statement import make_statement  # noqa: PLC0415

    wiring = _wiring(context)
    world = wiring.world(wiring.client(client).name)
    made = make_statement(world, wiring.store(), month)
    show_statement(made, fmt, output)
    if attach:
        report_attached(put(world, made, lambda part: render("html", part)))
    _leave(0 if made.explained else 3)


@app.command()
def init(
    context: typer.Context,
    psa_site: Annotated[str, typer.Option(prompt="ConnectWise site, such as na.myconnectwise.net")],
    psa_company: Annotated[str, typer.Option(prompt="Company name used at ConnectWise login")],
    client: Annotated[str, typer.Option(prompt="A short name for the first client, such as harbor")],
    company: Annotated[str, typer.Option(prompt="Its company identifier (Company ID) in ConnectWise")],
    agreement_type: Annotated[str, typer.Option(prompt="The agreement type that bills its users")],
    product: Annotated[str, typer.Option(prompt="The product of the billing line, by its catalogue identifier")],
    kind: Annotated[
        Literal["ldap", "file"], typer.Option(prompt="Read its directory over ldap, or from an export file")
    ],
    server: Annotated[
        list[str] | None, typer.Option(help="ldap: a domain controller, ldaps://…; may be repeated.")
    ] = None,
    base: Annotated[str, typer.Option(help="ldap: where reading starts, such as DC=harbor,DC=example.")] = "",
    bind: Annotated[str, typer.Option(help="ldap: the account that reads.")] = "",
    ca_file: Annotated[str, typer.Option(help="ldap: certificates to trust, PEM.")] = "",
    path: Annotated[str, typer.Option(help="file: the export of ldifde or csvde.")] = "",
) -> None:
    """Write a first config, asking or from flags."""
    from connector.initial import Answers, write_first_config  # noqa: PLC0415
    from connector.settings import config_dir  # noqa: PLC0415

    if kind == "ldap":
        server = server or [typer.prompt("A domain controller, such as ldaps://dc1.harbor.example")]
        base = base or typer.prompt("Where reading starts, such as DC=harbor,DC=example")
        bind = bind or typer.prompt("The account that reads, such as svc-psa@harbor.example")
    else:
        path = path or typer.prompt("The export file, from the config directory")
    answers = Answers(
        psa_site, psa_company, client, company, kind, product, agreement_type,
        servers=tuple(server or ()), base=base, bind=bind, ca_file=ca_file, path=path,
    )  # fmt: skip
    for written in write_first_config(config_dir(context.obj.config), answers):
        typer.echo(f"wrote {written}")
    typer.echo("Next: put the keys into the environment (the files say which), then connector check")


@app.command()
def sandbox(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 picks a free one.")
    ] = 8899,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE.json", help="The records it starts with.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE.pem", help="Speak HTTPS with this certificate.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE.pem", help="The certificate's private key.")
    ] = None,
) -> None:
    """The ConnectWise stand-in as a server of its own, on 127.0.0.1, until it is interrupted or terminated."""
    from connector.sandbox import CertificateError, serve  # noqa: PLC0415

    if (certificate is None) != (key is None):
        raise ConfigError("A certificate and its key go together.", "Give --certificate and --key, or neither.")
    files = (certificate, key) if certificate and key else None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        serve(port, data, lambda url: typer.echo(f"connector: the sandbox answers at {url}", err=True), files)
    except OSError as error:
        what = f"{data} cannot be read" if error.filename else f"Port {port} cannot be used"
        raise ConfigError(f"{what}: {error.strerror}.", "Choose another.") from error
    except CertificateError as error:
        raise ConfigError(str(error), "Both are PEM files, the key without a password.") from error
    except ValueError as error:
        raise ConfigError(f"{data} is no data for the sandbox: {error}.", "docs/sandbox.md shows its shape.") from error


@app.command()
def schema() -> None:
    """The JSON Schema of the config files."""
    import json  # noqa: PLC0415

    from connector.settings import schema as make  # noqa: PLC0415

    typer.echo(json.dumps(make(), indent=2, ensure_ascii=False))
