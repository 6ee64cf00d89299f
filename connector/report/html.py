"""Reports and statements as HTML pages that need nothing else: no script, no font, no image, no network."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from connector.report import words
from connector.report.chart import chart
from connector.report.story import Report
from connector.report.words import CORRECT


def render_html(report: Report) -> str:
    """The whole page. Every value is escaped by the template engine; the template marks nothing as safe."""
    return render_page("report", report=report, correct=CORRECT)


def render_page(template: str, **values: object) -> str:
    """A page of another template, by the same rules. The same values make the same page."""
    return _template(template).render(**values)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("connector.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"chart": chart, "money": words.money, "units": words.units, "price": words.price}
    environment.filters["day"] = words.said_day
    return environment.get_template(f"{name}.html.j2")
