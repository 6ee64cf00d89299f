"""What a person decides about a held run: whether it can be decided, and what is remembered of it."""

from datetime import datetime, timedelta

from connector.core.again import Released, released
from connector.core.rules import GuardLimits
from connector.errors import ConfigError
from connector.state.decisions import Decision
from connector.state.journal import UNDO
from connector.state.store import Run, Store


def held_run(store: Store, run_id: str) -> Run:
    """The run of this id, which a person can decide about. Raises ConfigError saying why not."""
    run = found_run(store, run_id)
    if run.closed_at is None:
        raise ConfigError(f"Run {run.id} of {run.client} is still under way.", "Wait until it is done.")
    if run.plan is None or not any(hold.approvable for hold in run.plan.held):
        raise ConfigError(
            f"Run {run.id} of {run.client} waits for nobody's approval: it {_ended(run)}.",
            "What a person has to mend instead, the run says: connector show lists it.",
        )
    return run


def found_run(store: Store, run_id: str) -> Run:
    """The run of this id, or of an unambiguous beginning. Raises ConfigError."""
    run = store.run(run_id)
    if run is None:
        raise ConfigError(f"There is no run {run_id}.", "connector runs lists them.")
    return run


def decidable(store: Store, run: Run, decision: str, now: datetime, limits: GuardLimits) -> None:
    """Raises ConfigError where it is too late to decide about a run, or where somebody has decided otherwise. The same
    approval once more is no harm until it is used."""
    if run.closed_at is None or now - run.closed_at > timedelta(hours=limits.approval_hours):
        raise ConfigError(
            f"Run {run.id} of {run.client} is older than {limits.approval_hours} hours (guard.approval_hours).",
            f"Make a new one and read it: connector sync {run.client}",
        )
    known = store.decision(run.id)
    if known is not None:
        _refuse_another(known, decision)


def decide(store: Store, run: Run, decision: str, by: str, now: datetime, limits: GuardLimits) -> Decision:
    """Remember that a run was ``approved`` or ``rejected`` by somebody. Raises ConfigError where somebody was
    faster."""
    until = now + timedelta(hours=limits.approval_hours)
    made = Decision(run.id, run.client, run.plan.digest if run.plan else "", decision, by, now, until)
    known = store.decide(made)
    if known is not None:
        _refuse_another(known, decision)
    return known or made


def _refuse_another(known: Decision, decision: str) -> None:
    words = f"Run {known.run} of {known.client} was {known.decision} by {known.actor} on {known.at:%Y-%m-%d %H:%M} UTC"
    used = f", and used by run {known.used_by}" if known.used_by else ""
    if known.decision != decision or used:
        raise ConfigError(f"{words}{used}.", f"Make a new one: connector sync {known.client}")


def let_pass(store: Store, run: Run) -> Released:
    """What persons let pass who approve a run. One that was itself made of an approved run, and met a further limit,
    takes along what that approval let pass."""
    found: Released = released(run.plan) if run.plan is not None else frozenset()
    while run.of_run and run.trigger != UNDO:
        before, decision = store.run(run.of_run), store.decision(run.of_run)
        if before is None or before.plan is None or decision is None or decision.decision != "approved":
            break
        found |= released(before.plan)
        run = before
    return found


def _ended(run: Run) -> str:
    return {"held": "is held for other reasons", "failed": "failed", "nothing": "found nothing to do"}.get(
        run.outcome, f"was {run.outcome}"
    )
