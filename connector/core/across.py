"""The guard over all clients of one run: what they may do together, and whether one cause is behind their trouble."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from connector.core.plan import Held, HeldKind, Kind, Plan
from connector.core.quantity import plain
from connector.core.rules import RunLimits

EVERYBODY = "all clients"


def check(plans: Sequence[Plan], limits: RunLimits) -> tuple[Held, ...]:
    """Every limit that the plans of one run break together. Where there is one, nothing is written for any client.

    A client whose own guard holds it writes nothing, so what it asks for does not count; that it is held does: more
    than a share of the clients (and more than one) is one cause, not so many accidents. Money is added as numbers,
    whatever its currency.
    """
    tripped = sum(plan.tripped for plan in plans)
    found = []
    if tripped > 1 and tripped * 100 > limits.clients_percent * len(plans):
        share = (Decimal(tripped * 100) / len(plans)).quantize(Decimal(1))
        reason = (
            f"{tripped} of {len(plans)} clients are held by their guard, {share} % of this run; with more than "
            f"{plain(limits.clients_percent)} % one cause is behind it, and nothing is written for any client"
        )
        needed = (Decimal(tripped * 100) / len(plans)).to_integral_value(ROUND_CEILING)
        found.append((reason, "clients_percent", needed))
    free = [plan for plan in plans if not plan.tripped]
    for key, what, moved, limit in _sums(free, limits):
        if moved > limit:
            told = f"{moved:,.2f}" if key == "money_per_month" else plain(moved)
            most = f"{limit:,.2f}" if key == "money_per_month" else plain(limit)
            reason = f"the {len(free)} clients of this run together would {what.format(told)}; at most {most} may"
            found.append((reason, key, moved.to_integral_value(ROUND_CEILING)))
    return tuple(
        Held(HeldKind.GUARD, EVERYBODY, reason, _release(key, value), by_changes=True, approvable=True)
        for reason, key, value in found
    )


def _sums(plans: Sequence[Plan], limits: RunLimits) -> list[tuple[str, str, Decimal, Decimal]]:
    """For each limit its key, what is counted in words, the sum, and the most that it may be."""
    kinds = [change.kind for plan in plans for change in plan.changes]
    lines = [line for plan in plans for line in plan.billing if line.quantity_after is not None]
    units = sum((abs((line.quantity_after or 0) - (line.quantity_before or Decimal(0))) for line in lines), Decimal(0))
    money = sum((abs(line.monthly_change) for line in lines), Decimal(0))
    leaving, joining = (Decimal(kinds.count(kind)) for kind in (Kind.INACTIVATE, Kind.CREATE))
    return [
        ("inactivate_count", "lose {} contacts", leaving, Decimal(limits.inactivate_count)),
        ("create_count", "get {} new contacts", joining, Decimal(limits.create_count)),
        ("quantity_count", "move {} units", units, Decimal(limits.quantity_count)),
        ("money_per_month", "move {} a month", money, limits.money_per_month),
    ]


def _release(key: str, value: Decimal) -> str:
    return (
        "Look for what the clients have in common: a changed default, one wrong export, another directory. Read the "
        f"changes below; if they are right, set guard.{key} in connector.toml to {plain(value)} for one run."
    )
