"""The report as one HTML page that needs nothing else: no script, no font, no image, no network."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from connector.report.story import Report
from connector.report.words import CORRECT


def render_html(report: Report) -> str:
    """The whole page. Every value is escaped by the template engine; the template marks nothing as safe."""
    return _template().render(report=report, correct=CORRECT)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("connector.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
