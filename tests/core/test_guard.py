"""How much one run may do, at each limit and one above it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connector.core.guard import allowed, check
from connector.core.plan import BillingLine, Change, Held, HeldKind, Kind, Target
from connector.core.rules import GuardLimits
from tests.core.build import WIDE, account, billed, contact, line, linked, planned, profile, psa, rules


def changes(kind: Kind, number: int) -> list[Change]:
    """So many changes of one kind."""
    return [Change(kind, Target(at), {}, {}, "") for at in range(number)]


def moved(before: str | None, after: str, price: str = "0") -> BillingLine:
    """A line that moves."""
    stands = None if before is None else Decimal(before)
    return BillingLine("Managed user", 77, 1, "X", 0, Decimal(after), stands, Decimal(after), Decimal(price), None, ())


def held(*args: Any, limits: GuardLimits = WIDE, managed: int = 0, lines: Any = ()) -> tuple[Held, ...]:
    """What the guard holds."""
    return check("harbor", args, lines, managed, limits)


@pytest.mark.parametrize(
    ("existing", "percent", "share"),
    [
        (0, 20, 1), (1, 20, 1), (4, 20, 1), (4, 99, 1), (5, 20, 2), (10, 20, 2), (14, 20, 2), (15, 20, 3),
        (100, 25, 25),
        (5, 0, 2), (4, 0, 1), (4, 100, 4), (0, 3700, 37), (3, 200, 6),
    ],
)  # fmt: skip
def test_small_numbers_have_no_exempt_size(existing: int, percent: int, share: int) -> None:
    """Up to four one, else the larger of two and the percentage; 100 % and more is a decision and counts for all."""
    assert allowed(Decimal(existing), Decimal(percent)) == share


@pytest.mark.parametrize(("managed", "share"), [(3, 1), (4, 1), (5, 2), (10, 2), (50, 10)])
def test_s93_inactivations_are_limited_by_share(managed: int, share: int) -> None:
    """At the limit they pass, one above the client is held with both numbers."""
    limits = replace(WIDE, inactivate_percent=Decimal(20))
    assert held(*changes(Kind.INACTIVATE, share), limits=limits, managed=managed) == ()
    (broken,) = held(*changes(Kind.INACTIVATE, share + 1), limits=limits, managed=managed)
    percent = (share + 1) / managed * 100
    assert broken.kind is HeldKind.GUARD
    assert (
        f"harbor would lose {share + 1} of {managed} managed contacts, {percent:.0f} %; at most {share}"
        in broken.reason
    )


def test_s93_inactivations_are_limited_by_number() -> None:
    """Whatever the share."""
    limits = replace(WIDE, inactivate_count=50)
    assert held(*changes(Kind.INACTIVATE, 50), limits=limits, managed=9999) == ()
    (broken,) = held(*changes(Kind.INACTIVATE, 51), limits=limits, managed=9999)
    assert "guard.inactivate_count in clients/harbor.toml to 51" in broken.how_to_release


def test_s93_creations_are_limited_by_number() -> None:
    """A wrong base or pattern makes strangers."""
    limits = replace(WIDE, create_count=100)
    assert held(*changes(Kind.CREATE, 100), limits=limits) == ()
    (broken,) = held(*changes(Kind.CREATE, 101), limits=limits)
    assert "101 new contacts; at most 100" in broken.reason


@pytest.mark.parametrize(
    ("before", "passes", "breaks"),
    [
        ("0", "1", "2"), ("4", "5", "6"), ("4", "3", "2"), ("8", "10", "11"), ("100", "75", "74"), ("40", "50", "50.5"),
        (None, "1", "2"),
    ],
)  # fmt: skip
def test_s93_a_quantity_moves_by_its_share(before: str | None, passes: str, breaks: str) -> None:
    """Up and down alike; a new line counts from zero."""
    limits = replace(WIDE, quantity_percent=Decimal(25))
    assert held(limits=limits, lines=[moved(before, passes)]) == ()
    (broken,) = held(limits=limits, lines=[moved(before, breaks)])
    assert f"would go from {before or 0} to {breaks}" in broken.reason


def test_s93_money_is_limited_over_all_lines() -> None:
    """Rises and falls do not cancel each other out."""
    limits = replace(WIDE, money_per_month=Decimal(1000))
    rise, fall = moved("10", "20", "50"), moved("30", "20", "50")
    assert held(limits=limits, lines=[rise, fall]) == ()
    (broken,) = held(limits=limits, lines=[rise, moved("30", "20", "50.01")])
    assert "1,000.10 a month would move; at most 1,000.00" in broken.reason


@pytest.mark.parametrize(
    ("before", "after", "percent"), [("0", "37", "3700"), ("3", "5", "100"), ("7", "10", "43"), ("10", "12.5", "30")]
)
def test_the_limit_that_a_held_quantity_names_lets_it_pass(before: str, after: str, percent: str) -> None:
    """The way out works when it is taken."""
    (broken,) = held(limits=replace(WIDE, quantity_percent=Decimal(25)), lines=[moved(before, after)])
    assert f"set guard.quantity_percent in clients/harbor.toml to {percent} for one run" in broken.how_to_release
    assert held(limits=replace(WIDE, quantity_percent=Decimal(percent)), lines=[moved(before, after)]) == ()


@pytest.mark.parametrize(("managed", "leaving"), [(1, 1), (4, 3), (5, 5), (7, 3), (1000, 333)])
def test_the_limit_that_held_inactivations_name_lets_them_pass(managed: int, leaving: int) -> None:
    """A percentage of at most 100."""
    limits = replace(WIDE, inactivate_percent=Decimal(1))
    found = held(*changes(Kind.INACTIVATE, leaving), limits=limits, managed=managed)
    named = [one.how_to_release.split(" to ")[1].split(" ")[0] for one in found] or ["1"]
    assert Decimal(named[0]) <= 100
    limits = replace(WIDE, inactivate_percent=Decimal(named[0]))
    assert held(*changes(Kind.INACTIVATE, leaving), limits=limits, managed=managed) == ()


def test_s46_a_sharp_fall_of_the_directory_is_held() -> None:
    """Contacts of absent accounts count as managed before the run."""
    names = [f"user{at}" for at in range(10)]
    contacts = [contact(at, f"User{at} Lund") for at in range(10)]
    memory = linked(*((name, at) for at, name in enumerate(names)), absent_reads=1)
    limited = rules(guard=GuardLimits())
    plan = planned([account(name) for name in names[3:]], psa(*contacts), limited, memory)
    assert plan.tripped
    assert "would lose 3 of 10 managed contacts, 30 %; at most 2" in plan.held[0].reason
    assert not planned([account(name) for name in names[2:]], psa(*contacts), limited, memory).tripped


def test_s47_the_plan_of_a_tripped_client_still_shows_everything() -> None:
    """A person approves what they can read."""
    limited = replace(rules(profile()), guard=GuardLimits())
    plan = billed(9, profile(), line(1))
    assert not plan.tripped
    people = [account(f"user{at}") for at in range(3)]
    plan = planned(people, psa(), replace(limited, guard=replace(GuardLimits(), create_count=2), billing=()))
    assert plan.tripped
    assert len(plan.changes) == 3


def test_what_is_held_moves_nothing_the_guard_could_hold() -> None:
    """A line that waits for another reason does not stop the client."""
    plan = billed(900, profile(increase="hold"), line(1))
    assert [one.kind for one in plan.held] == [HeldKind.BILLING]
