"""The guard: how much one run may do to one client before a person has to look."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from connector.core.again import repeats, title
from connector.core.model import Reading, Undone
from connector.core.plan import BillingLine, Change, Held, HeldKind, Kind, Plan
from connector.core.quantity import plain
from connector.core.rules import GuardLimits

SMALL = 4
_RIGHT = "if they are right, "


def allowed(existing: Decimal, percent: Decimal) -> int:
    """How many of ``existing`` may go in one run: up to four → one, else the larger of two and the percentage.

    A percentage of 100 or more is somebody's decision that more may go: it holds for small numbers too, and nothing
    counts as one.
    """
    share = int(max(existing, Decimal(1)) * percent / 100)
    if existing <= SMALL:
        return max(1, share) if percent >= 100 else 1
    return max(2, share)


def _needed(moved: Decimal, existing: Decimal) -> Decimal:
    """The smallest whole percentage under which ``moved`` may go."""
    exact = moved.to_integral_value(ROUND_CEILING) * 100 / max(existing, Decimal(1))
    least = Decimal(100) if existing <= SMALL else Decimal(0)
    return max(exact.to_integral_value(ROUND_CEILING), least)


def _share(moved: Decimal | int, existing: Decimal | int) -> str:
    """Which part of what there is moves, in words; nothing where nothing is there."""
    return f", {Decimal(moved) * 100 / Decimal(existing):.0f} %" if existing > 0 else ""


def check(
    client: str, changes: Sequence[Change], lines: Sequence[BillingLine], managed: int, limits: GuardLimits
) -> tuple[Held, ...]:
    """Every limit that the changes break, each as one sentence with the client, the count, the limit and the way out.

    ``managed`` is the number of active contacts that are paired with an account before the run.
    """
    found = [
        *_inactivations(client, changes, managed, limits),
        *_creations(client, changes, limits),
        *_quantities(client, lines, limits),
        *_money(client, lines, limits),
    ]
    return tuple(_held(what, reason, _release(client, key, value)) for what, reason, key, value in found)


def _held(what: str, reason: str, release: str, *, by_changes: bool = True) -> Held:
    return Held(HeldKind.GUARD, what, reason, release, by_changes=by_changes, approvable=True)


def to_approve(plan: Plan, run: str = "") -> Plan:
    """The plan as it is shown: whatever a person may let pass says how to approve the run, or, where there is none
    (a dry run), how to make one that can be approved."""
    way = f"{_RIGHT}approve them with `connector approve {run}`, or "
    if not run:
        way = f"{_RIGHT}let `connector sync {plan.client}` hold them and approve that run, or "

    def told(hold: Held) -> Held:
        return replace(hold, how_to_release=hold.how_to_release.replace(_RIGHT, way)) if hold.approvable else hold

    return replace(plan, held=tuple(map(told, plan.held)))


def check_reading(
    client: str, changes: Sequence[Change], reading: Reading, last: Reading | None, limits: GuardLimits
) -> tuple[Held, ...]:
    """What is strange about this reading beside the last good one: far fewer people, or other rules about who counts
    that would take contacts away or move quantities."""
    if last is None:
        return ()
    held = []
    gone, share = last.people - reading.people, allowed(Decimal(last.people), limits.drop_percent)
    if gone > share:
        reason = (
            f"the people of {client} are {reading.people} now and were {last.people} at the last good reading"
            f"{_share(gone, last.people)} fewer; at most {share} may be missing ({plain(limits.drop_percent)} %)"
        )
        release = _release(client, "drop_percent", _needed(Decimal(gone), Decimal(last.people)))
        held.append(_held("people", reason, release, by_changes=False))
    keys = _changed_keys(reading, last)
    moved = [change for change in changes if change.kind in TAKING]
    if keys and moved:
        reason = (
            f"the rules have changed since the last run ({keys}), so it is not the directory alone that inactivates "
            f"contacts or moves quantities ({len(moved)} of the changes below)"
        )
        release = (
            f"Read the changes below; if they are right, accept the rules with `connector sync --adopt-only {client}`, "
            "and run again."
        )
        held.append(_held("rules", reason, release))
    return tuple(held)


def check_undone(client: str, changes: Sequence[Change], undone: Sequence[Undone]) -> tuple[Held, ...]:
    """What a person has taken back is not done again without one."""
    found = [(change, one) for change in changes if (one := repeats(change, undone)) is not None]
    if not found:
        return ()
    last = max((one for _, one in found), key=lambda one: one.at)
    names = ", ".join(title(change) for change, _ in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    reason = (
        f"{client}: {len(found)} of the changes below were taken back by {last.actor or 'somebody'} on "
        f"{last.at:%Y-%m-%d} (run {last.run}), and are asked for again: {names}{more}"
    )
    release = (
        f"Read the changes below; {_RIGHT}mend the directory or the rules so that they are not asked for any more."
    )
    return (_held("taken back", reason, release),)


def changed_rules(reading: Reading, last: Reading | None) -> tuple[str, ...]:
    """That the rules about who counts are not those of the last run."""
    keys = _changed_keys(reading, last) if last else ""
    return (f"The rules have changed since the last run: {keys}.",) if keys else ()


def _changed_keys(reading: Reading, last: Reading) -> str:
    names = reading.rules.keys() | last.rules.keys()
    return ", ".join(sorted(name for name in names if reading.rules.get(name) != last.rules.get(name)))


NAMED = 5
"""So many of those who are asked for again are named in the reason."""

TAKING = frozenset({Kind.INACTIVATE, Kind.SET, Kind.ADD, Kind.CANCEL})
"""Kinds of change that take a contact away or move a quantity."""

Broken = tuple[str, str, str, Decimal]
"""What breaks a limit, the reason, the limit's key, and the value that would let it pass."""


def _release(client: str, key: str, value: Decimal) -> str:
    return (
        f"Read the changes below; if they are right, set guard.{key} in clients/{client}.toml to {plain(value)} for "
        "one run."
    )


def _inactivations(client: str, changes: Sequence[Change], managed: int, limits: GuardLimits) -> list[Broken]:
    leaving = sum(change.kind is Kind.INACTIVATE for change in changes)
    share = allowed(Decimal(managed), limits.inactivate_percent)
    found = []
    if leaving > share:
        found.append((
            "inactivations",
            f"{client} would lose {leaving} of {managed} managed contacts{_share(leaving, managed)}; at most "
            f"{share} may go in one run ({plain(limits.inactivate_percent)} %)",
            "inactivate_percent",
            _needed(Decimal(leaving), Decimal(managed)),
        ))  # fmt: skip
    if leaving > limits.inactivate_count:
        found.append((
            "inactivations",
            f"{client} would lose {leaving} contacts; at most {limits.inactivate_count} may go in one run",
            "inactivate_count",
            Decimal(leaving),
        ))  # fmt: skip
    return found


def _creations(client: str, changes: Sequence[Change], limits: GuardLimits) -> list[Broken]:
    joining = sum(change.kind is Kind.CREATE for change in changes)
    if joining <= limits.create_count:
        return []
    reason = f"{client} would get {joining} new contacts; at most {limits.create_count} may come in one run"
    return [("creations", reason, "create_count", Decimal(joining))]


def _quantities(client: str, lines: Sequence[BillingLine], limits: GuardLimits) -> list[Broken]:
    found = []
    for line in lines:
        before, after = line.quantity_before or Decimal(0), line.quantity_after
        share = allowed(before, limits.quantity_percent)
        if after is not None and abs(after - before) > share:
            found.append((
                line.profile,
                f"{client}: {line.profile} would go from {plain(before)} to {plain(after)}"
                f"{_share(abs(after - before), before)}; at most {share} may change in one run "
                f"({plain(limits.quantity_percent)} %)",
                "quantity_percent",
                _needed(abs(after - before), before),
            ))  # fmt: skip
    return found


def _money(client: str, lines: Sequence[BillingLine], limits: GuardLimits) -> list[Broken]:
    moved = sum((abs(line.monthly_change) for line in lines), Decimal(0))
    if moved <= limits.money_per_month:
        return []
    reason = f"{client}: {moved:,.2f} a month would move; at most {limits.money_per_month:,.2f} may move in one run"
    return [("money", reason, "money_per_month", moved.to_integral_value(ROUND_CEILING))]
