"""What became of one client, and how a command ends because of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from connector.core.model import Traffic
from connector.core.plan import Plan
from connector.sync.apply import Result


class Outcome(StrEnum):
    """How a client's run ended; also what ``runs`` shows."""

    NOTHING = "nothing"
    CHANGES = "changes"
    APPLIED = "applied"
    ADOPTED = "adopted"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one client: its plan (None when it failed before), the results by change, the error, and what the
    PSA was asked for it. ``busy`` says that nothing was done because another run is under way."""

    client: str
    outcome: Outcome
    plan: Plan | None = None
    results: tuple[Result, ...] = ()
    error: str = ""
    traffic: Traffic = field(default_factory=Traffic)
    busy: bool = False


def outcome_of(plan: Plan) -> Outcome:
    """What a dry run found: something held, else changes, else nothing to do."""
    if plan.held:
        return Outcome.HELD
    return Outcome.CHANGES if plan.changes else Outcome.NOTHING


def exit_code(reports: Sequence[Report]) -> int:
    """0 done or nothing to do, 2 changes found, 3 something held, 4 some clients failed, 1 all failed."""
    outcomes = [report.outcome for report in reports]
    if Outcome.FAILED in outcomes:
        return 1 if all(outcome is Outcome.FAILED for outcome in outcomes) else 4
    if Outcome.HELD in outcomes:
        return 3
    return 2 if Outcome.CHANGES in outcomes else 0
