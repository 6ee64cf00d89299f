"""One plan, many renderers: for the terminal, Markdown, JSON, CSV and HTML. All draw the same values in the same words.

The renderers are imported when they are asked for, so that a command which reports nothing does not load them.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from connector.core.model import Traffic
from connector.core.plan import Plan

if TYPE_CHECKING:
    from rich.console import Console

Format = Literal["text", "markdown", "json", "csv", "html"]
Failures = Sequence[tuple[str, str]]


def render(
    fmt: Format,
    plans: Sequence[Plan],
    failures: Failures = (),
    *,
    occasion: str = "dry run",
    title: str = "",
    outcomes: Mapping[str, str] | None = None,
    traffic: Mapping[str, Traffic] | None = None,
    width: int = 100,
) -> str:
    """The report of ``plans`` as text of one format.

    ``failures`` are clients that could not be planned, with the cause. ``occasion`` says what the report is of: "dry
    run" promises that nothing was written. ``outcomes`` maps a change's id to "done" or "refused: …"; without it no
    change is called done. ``traffic`` is what the PSA was asked, by client. ``width`` is for text alone.
    CSV lines end in CRLF: write the file with ``newline=""``.
    Raises ValueError for an unknown format.
    """
    # Here and below, imported late: jinja2 and rich cost more than the rest of a command's start together.
    from connector.report.telling import report  # noqa: PLC0415

    if fmt == "json":
        from connector.report.jsons import render_json  # noqa: PLC0415

        return render_json(plans, failures, outcomes, traffic)
    story = report(plans, failures, occasion=occasion, title=title, outcomes=outcomes, traffic=traffic)
    if fmt == "text":
        from connector.report.text import render_text  # noqa: PLC0415

        return render_text(story, width)
    if fmt == "markdown":
        from connector.report.markdown import render_markdown  # noqa: PLC0415

        return render_markdown(story)
    if fmt == "csv":
        from connector.report.csvs import render_csv  # noqa: PLC0415

        return render_csv(story)
    if fmt == "html":
        from connector.report.html import render_html  # noqa: PLC0415

        return render_html(story)
    raise ValueError(f"There is no report format {fmt!r}; take text, markdown, json, csv or html.")


def print_text(
    console: "Console",
    plans: Sequence[Plan],
    failures: Failures = (),
    *,
    occasion: str = "dry run",
    title: str = "",
    outcomes: Mapping[str, str] | None = None,
    traffic: Mapping[str, Traffic] | None = None,
) -> None:
    """Print the text report on a console, in its width and with its colours. The arguments are those of ``render``."""
    from connector.report.telling import report  # noqa: PLC0415
    from connector.report.text import print_report  # noqa: PLC0415

    print_report(console, report(plans, failures, occasion=occasion, title=title, outcomes=outcomes, traffic=traffic))
