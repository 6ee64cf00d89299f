"""A plan that was read by a person, made again: what of it still holds, and what has moved since."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from connector.core.model import Undone
from connector.core.plan import Change, Held, HeldKind, Plan


def made_again(fresh: Plan, saved: Plan, done: Collection[str] = ()) -> Plan:
    """Of a fresh plan the changes that ``saved`` has in the same words; what has moved since is held as stale.

    ``done`` are the ids of changes of ``saved`` that an earlier run of it has made: they are not missed.
    """
    still = {change.id: change for change in fresh.changes}
    same = {one.id for one in saved.changes if one.id in still and still[one.id].meaning == one.meaning}
    plan = fresh.only(same)
    kept = {change.id for change in plan.changes} | set(done)
    moved = [change for change in saved.changes if change.id not in kept]
    return replace(plan, held=(*fresh.held, *(_stale(change, still.get(change.id)) for change in moved)))


Released = frozenset[tuple[HeldKind, str]]
"""What a person has let pass: kind and subject of what was held."""


def released(saved: Plan) -> Released:
    """What a person lets pass who approves a plan."""
    return frozenset((hold.kind, hold.what) for hold in saved.held if hold.approvable)


def approved(fresh: Plan, saved: Plan, let_pass: Released, done: Collection[str] = ()) -> Plan:
    """The same of a plan that a person has approved: what they ``let_pass`` holds nothing any more. A limit that is
    broken only now was not read by that person, and holds."""
    plan = made_again(fresh, saved, done)
    left = (hold for hold in plan.held if not (hold.approvable and (hold.kind, hold.what) in let_pass))
    return replace(plan, held=tuple(left))


def repeats(change: Change, undone: Iterable[Undone]) -> Undone | None:
    """The undoing that a change would overrule."""
    for one in undone:
        same = not one.values or any(change.after.get(name) == value for name, value in one.values.items())
        if one.change == change.id and same:
            return one
    return None


def title(change: Change) -> str:
    """Whom or what a change is about, in words."""
    return f"{change.person.name} ({change.person.account})" if change.person else change.label


def _stale(change: Change, now: Change | None) -> Held:
    reason = "the plan no longer asks for it" if now is None else "it has moved since the plan was made"
    if now is not None and now.meaning == change.meaning:
        reason = "another change of its line has moved since the plan was made"
    return Held(
        HeldKind.STALE, title(change), f"{change.kind.value}: {reason}", "Make a new plan and read it.",
        change.person, change.target,
    )  # fmt: skip
