"""What all clients of a run may do together, at each limit and one above it."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from connector.core.across import EVERYBODY, check
from connector.core.plan import BillingLine, Change, Held, HeldKind, Kind, Plan, Target
from connector.core.rules import RunLimits
from tests.core.build import NOW

NONE = Held(HeldKind.GUARD, "inactivations", "too many", "look")


def plan(kinds: Sequence[Kind] = (), lines: Sequence[BillingLine] = (), *, tripped: bool = False) -> Plan:
    """One client's plan."""
    changes = tuple(Change(kind, Target(at), {}, {}, "") for at, kind in enumerate(kinds))
    return Plan("c", 1, "C", NOW, True, 9, 9, changes, (NONE,) if tripped else (), tuple(lines))


def moved(before: str | None, after: str, price: str = "0") -> BillingLine:
    """A line that moves."""
    stands = None if before is None else Decimal(before)
    return BillingLine("Managed user", 77, 1, "X", 0, Decimal(after), stands, Decimal(after), Decimal(price), None, ())


@pytest.mark.parametrize(
    ("limit", "plans", "above"),
    [
        (RunLimits(inactivate_count=4), [plan([Kind.INACTIVATE] * 2)] * 2, plan([Kind.INACTIVATE])),
        (RunLimits(create_count=4), [plan([Kind.CREATE] * 2)] * 2, plan([Kind.CREATE])),
        (RunLimits(quantity_count=Decimal(4)), [plan(lines=[moved("5", "7")]), plan(lines=[moved("7", "5")])],
         plan(lines=[moved(None, "0.5")])),
        (RunLimits(money_per_month=Decimal(80)), [plan(lines=[moved("5", "6", "40"), moved("6", "5", "40")]), plan()],
         plan(lines=[moved("1", "2", "0.01")])),
    ],
    ids=["inactivations", "creations", "quantity", "money"],
)  # fmt: skip
def test_s93_all_clients_together_have_a_limit(limit: RunLimits, plans: list[Plan], above: Plan) -> None:
    """At the limit they pass; one above, all are held with the sum, the limit and the key. Up and down both count."""
    assert check(plans, limit) == ()
    (held,) = check([*plans, above], limit)
    assert (held.kind, held.what, held.approvable, held.by_changes) == (HeldKind.GUARD, EVERYBODY, True, True)
    assert "the 3 clients of this run together would" in held.reason
    assert "in connector.toml to" in held.how_to_release


def test_what_a_client_is_held_for_itself_does_not_count() -> None:
    """It writes nothing."""
    limit = RunLimits(create_count=4)
    assert check([plan([Kind.CREATE] * 4), plan([Kind.CREATE] * 9, tripped=True)], limit) == ()


@pytest.mark.parametrize(
    ("tripped", "of", "stops"), [(1, 1, False), (1, 2, False), (2, 8, False), (2, 7, True), (3, 8, True)]
)
def test_more_than_a_share_of_tripping_clients_is_one_cause(tripped: int, of: int, stops: bool) -> None:
    """At a quarter they are so many accidents; one client alone never is a cause."""
    plans = [plan(tripped=at < tripped) for at in range(of)]
    assert bool(check(plans, RunLimits())) is stops


@pytest.mark.parametrize("what", ["inactivations", "creations", "quantity"])
def test_the_value_that_is_named_lets_the_run_pass(what: str) -> None:
    """Setting the key to it is enough."""
    plans = [plan([Kind.INACTIVATE, Kind.CREATE], [moved("1", "3")])]
    key = {"inactivations": "inactivate_count", "creations": "create_count", "quantity": "quantity_count"}[what]
    (held,) = check(plans, RunLimits(**{key: Decimal(0)}))  # type: ignore[arg-type]
    named = held.how_to_release.split(f"guard.{key} in connector.toml to ")[1].split(" ")[0]
    assert check(plans, RunLimits(**{key: Decimal(named)})) == ()  # type: ignore[arg-type]
