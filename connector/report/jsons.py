"""The report as JSON: the plan document itself, with what failed and what became of each change after it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from connector.core.model import Traffic
from connector.core.plan import Plan
from connector.core.planjson import document, dumps


def render_json(
    plans: Sequence[Plan],
    failures: Sequence[tuple[str, str]],
    outcomes: Mapping[str, str] | None,
    traffic: Mapping[str, Traffic] | None = None,
) -> str:
    """The document of ``plans``. ``failures`` and ``outcomes`` are keys of it only where there are some, ``traffic``
    only for clients whose requests had to be repeated."""
    value = document(plans)
    if failures:
        value["failures"] = [{"client": client, "message": message} for client, message in failures]
    if outcomes is not None:
        value["outcomes"] = dict(outcomes)
    if troubled := {client: _counts(one) for client, one in (traffic or {}).items() if one.repeated}:
        value["traffic"] = troubled
    return dumps(value) + "\n"


def _counts(traffic: Traffic) -> dict[str, int | float]:
    return asdict(traffic) | {"seconds_waited": round(traffic.seconds_waited, 1)}
