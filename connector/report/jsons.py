"""The report as JSON: the plan document itself, with what failed and what became of each change after it."""

from collections.abc import Mapping, Sequence

from connector.core.plan import Plan
from connector.core.planjson import document, dumps


def render_json(plans: Sequence[Plan], failures: Sequence[tuple[str, str]], outcomes: Mapping[str, str] | None) -> str:
    """The document of ``plans``; ``failures`` and ``outcomes`` are keys of it only where there are some."""
    value = document(plans)
    if failures:
        value["failures"] = [{"client": client, "message": message} for client, message in failures]
    if outcomes is not None:
        value["outcomes"] = dict(outcomes)
    return dumps(value) + "\n"
