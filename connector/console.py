"""What commands say and where: results to stdout, logs and progress to stderr."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from connector.errors import ConfigError, ConnectorError

if TYPE_CHECKING:
    from rich.console import Console

    from connector.core.statement_values import Statement
    from connector.state.journal import Step
    from connector.sync.outcome import Report
    from connector.sync.statement import Attachment

LogFormat = Literal["console", "json"]
ReportFormat = Literal["text", "markdown", "json", "csv", "html"]
StatementFormat = Literal["text", "html", "csv"]
LEVELS = ("debug", "info", "warning", "error")


def set_up_logs(log_format: LogFormat, level: str) -> None:
    """Send structured logs to stderr, as lines for people or as one JSON object each."""
    import logging  # noqa: PLC0415

    import structlog  # noqa: PLC0415

    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "console":
        # its own way to draw a traceback shows the values of local variables, and with them keys and passwords
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if log_format == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def use_utf8() -> None:
    """Write UTF-8 into files and pipes, whatever the locale: names are in every script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def progress() -> Callable[[str, str], None]:
    """A listener that logs what happens to which client, and shows it on stderr while it lasts if a person is there."""
    import structlog  # noqa: PLC0415

    log = structlog.get_logger()
    if not sys.stderr.isatty():
        return lambda client, what: log.info(what, client=client)
    from rich.console import Console  # noqa: PLC0415

    from connector.sync.outcome import Outcome  # noqa: PLC0415

    status = Console(stderr=True).status("")

    def listen(client: str, what: str) -> None:
        log.info(what, client=client)
        if what in set(Outcome):
            status.stop()
        else:
            status.update(f"{client}: {what}")
            status.start()

    return listen


def out() -> "Console":
    """The console on stdout; file and pipe get plain text, wide enough to keep names whole."""
    from rich.console import Console  # noqa: PLC0415

    return Console() if sys.stdout.isatty() else Console(width=110)


def complain(error: ConnectorError) -> None:
    """One error to stderr: what happened and what to do, and every fault of a config on a line of its own."""
    print(f"connector: {error}", file=sys.stderr)  # noqa: T201
    if isinstance(error, ConfigError):
        for fault in error.faults:
            print(f"  {fault}", file=sys.stderr)  # noqa: T201


def show(
    reports: Sequence["Report"], fmt: ReportFormat = "text", output: Path | None = None, occasion: str = "dry run"
) -> None:
    """Draw the reports: to ``output`` when given (only its owner can read it: it holds client data), else to stdout."""
    from connector.report import print_text, render  # noqa: PLC0415

    plans = [report.plan for report in reports if report.plan is not None]
    failures = [(report.client, report.error) for report in reports if report.error]
    outcomes = outcomes_of(reports)
    traffic = {report.client: report.traffic for report in reports}
    if output is not None:
        write_private(output, render(fmt, plans, failures, occasion=occasion, outcomes=outcomes, traffic=traffic))
    elif fmt == "text":
        print_text(out(), plans, failures, occasion=occasion, outcomes=outcomes, traffic=traffic)
    else:
        sys.stdout.write(render(fmt, plans, failures, occasion=occasion, outcomes=outcomes, traffic=traffic))


def show_statement(made: "Statement", fmt: StatementFormat = "text", output: Path | None = None) -> None:
    """Draw a statement: to ``output`` when given (only its owner can read it), else to stdout."""
    from connector.report.statement import print_statement, render  # noqa: PLC0415

    if output is not None:
        write_private(output, render(fmt, made))
    elif fmt == "text":
        print_statement(out(), made)
    else:
        sys.stdout.write(render(fmt, made))


def report_attached(found: Sequence["Attachment"]) -> None:
    """Tell on stderr what became of each agreement's document."""
    from connector.report.clean import clean  # noqa: PLC0415

    for one in found:
        agreement = clean(one.agreement)
        done = f"attached to {agreement}" if one.new else f"is attached to {agreement} already; nothing was uploaded"
        print(f"{one.title}: {done}", file=sys.stderr)  # noqa: T201
    if not found:
        print("No agreement has a line in this statement; nothing was attached.", file=sys.stderr)  # noqa: T201


def outcomes_of(reports: Sequence["Report"]) -> Mapping[str, str] | None:
    """How each change ended, by its id; None when nothing was tried."""
    results = [result for report in reports for result in report.results]
    if not results:
        return None
    return {result.change.id: ending(result.state, result.words) for result in results}


def ending(state: str, words: str) -> str:
    """How a change ended, in the form that reports take: ``done`` alone, any other state with its reason."""
    return f"{state}: {words}" if words and state != "done" else state


def a_day(text: str) -> datetime:
    """The beginning of a day in UTC. Raises ConfigError for what is no day."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ConfigError(f"{text} is not a day.", "Write it as YYYY-MM-DD, such as 2026-11-01.") from None


def show_journal(steps: Iterable["Step"], output: Path | None = None) -> None:
    """The lines of the journal as JSON lines, one after the other: to ``output`` when given (only its owner can read
    it), else to stdout."""
    from connector.report.journal import journal_line  # noqa: PLC0415

    names = ("run", "client", "seq", "at", "state", "change_id", "actor", "worker", "request", "record", "answer")
    lines = (journal_line(step.change, **{name: getattr(step, name) for name in names}) for step in steps)
    if output is not None:
        write_private(output, lines)
        return
    sys.stdout.writelines(lines)
    # a reader that has seen enough (head) must be noticed here: at the end of the process it would be a traceback
    sys.stdout.flush()


def write_private(path: Path, text: str | Iterable[str]) -> None:
    """Write a file that only its owner can read, at once or part by part. Raises ConfigError when it cannot be
    written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines([text] if isinstance(text, str) else text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.", "Choose another path.") from error
