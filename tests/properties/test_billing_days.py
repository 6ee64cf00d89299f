"""Many days of one line under any policy: what must hold after every run and on every invoice."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.core.model import Addition, Memory
from connector.core.periods import Calendar
from connector.core.plan import Change, Kind
from connector.core.rules import BillingProfile
from tests.core import build
from tests.properties.test_decide import bounded
from tests.properties.worlds import Scene
from tests.properties.writing import applied

PEOPLE = 4
ANY_DROP = replace(build.WIDE, drop_percent=Decimal(100))
OURS = {"quantity", "effective_date", "cancelled_date", "id", "invoice_description", "updated"}


@dataclass(frozen=True)
class Step:
    """So many days later: who works there, and whether finance makes the next invoice after the run."""

    days: int
    present: tuple[bool, ...]
    invoice: bool


_STEP = st.builds(Step, st.sampled_from((1, 1, 1, 2, 5, 12)), st.tuples(*[st.booleans()] * PEOPLE), st.booleans())
_WHEN = st.sampled_from(("now", "next_period"))
_PROFILE = st.fixed_dictionaries({
    "groups": st.just(()),
    "method": st.sampled_from(("in_place", "cancel_and_add")),
    "count": st.sampled_from(("snapshot", "snapshot", "snapshot", "peak", "average")),
    "increase": _WHEN,
    "decrease": _WHEN,
    "renewal": st.sampled_from((None, None, None, date(2026, 1, 15))),
    "commitment_months": st.sampled_from((1, 12)),
    "at_zero": st.sampled_from(("zero", "minimum")),
    "names_on_invoice": st.booleans(),
    "offset": st.sampled_from(("0", "0", "1")).map(Decimal),
})  # fmt: skip
_AGREEMENT = st.fixed_dictionaries({
    "next_invoice_date": st.sampled_from((date(2026, 12, 1), date(2026, 11, 1), date(2026, 11, 24), date(2027, 1, 1))),
    "billing_cycle": st.sampled_from(("Monthly", "Monthly", "Weekly", "Quarterly")),
    "period_type": st.sampled_from(("Future", "Current")),
    "prorate": st.booleans(),
})  # fmt: skip


@st.composite
def _ledgers(draw: st.DrawFn) -> tuple[Scene, list[Step]]:
    """A client with one line that stands at what was counted last."""
    profile = BillingProfile(**{**vars(build.profile()), **draw(_PROFILE)})
    rules = replace(
        build.rules(profile, guard=ANY_DROP, create=False, inactivate=False),
        count_day=draw(st.sampled_from((0, 0, 0, 20))),
    )
    finance: dict[str, Any] = {"description": "Users", "less_included": Decimal(1)}
    line = build.line(draw(st.integers(0, PEOPLE)), effective_date=date(2025, 1, 1), **finance)
    psa = build.psa(agreements=(build.agreement(**draw(_AGREEMENT)),), additions=(line,))
    return Scene((), psa, rules, Memory()), draw(st.lists(_STEP, min_size=1, max_size=9))


def on(scene: Scene, step: Step) -> Scene:
    """The scene so many days later, with these people."""
    accounts = tuple(build.account(f"user{at}", enabled=here) for at, here in enumerate(step.present))
    return replace(scene, accounts=accounts, now=scene.now + timedelta(days=step.days))


def calendar(scene: Scene) -> Calendar:
    """The billing periods of the agreement as it stands."""
    (one,) = scene.psa.agreements
    assert one.next_invoice_date is not None
    return Calendar.of(one.next_invoice_date, one.billing_cycle, one.period_type)


def invoiced(scene: Scene) -> Scene:
    """Finance has made the next invoice."""
    (one,), cycle = scene.psa.agreements, calendar(scene).cycle
    assert one.next_invoice_date is not None and cycle is not None
    moved = replace(one, next_invoice_date=cycle.after(one.next_invoice_date, 1))
    return replace(scene, psa=replace(scene.psa, agreements=(moved,)))


def in_effect(lines: tuple[Addition, ...], day: date) -> list[Addition]:
    """The lines that are billed for a day."""
    return [
        one for one in lines
        if (one.effective_date or day) <= day and (one.cancelled_date is None or one.cancelled_date >= day)
    ]  # fmt: skip


def of_lines(changes: tuple[Change, ...]) -> list[Change]:
    """The changes that are about lines."""
    return [one for one in changes if one.person is None]


@bounded
@given(_ledgers())
def test_after_every_run_nothing_is_left_to_do(ledger: tuple[Scene, list[Step]]) -> None:
    """For every method, date and policy: apply, and the next plan of the same day has no change of a line."""
    scene, steps = ledger
    for step in steps:
        scene = on(scene, step)
        scene = applied(scene, scene.decide())
        assert of_lines(scene.decide().plan.changes) == []
        scene = invoiced(scene) if step.invoice else scene


@bounded
@given(_ledgers())
def test_no_day_is_billed_on_two_lines_or_on_none(ledger: tuple[Scene, list[Step]]) -> None:
    """However often lines take each other's place, each day has exactly one."""
    scene, steps = ledger
    for step in steps:
        scene = on(scene, step)
        scene = applied(scene, scene.decide())
        scene = invoiced(scene) if step.invoice else scene
    first = date(2026, 9, 1)
    for ahead in range(300):
        assert len(in_effect(scene.psa.additions, first + timedelta(days=ahead))) == 1


@bounded
@given(_ledgers())
def test_an_invoiced_period_is_never_touched(ledger: tuple[Scene, list[Step]]) -> None:
    """No line ends or begins inside it; in place, a period that is over gets only what was counted by its end."""
    scene, steps = ledger
    counted: dict[date, Decimal] = {}
    for step in steps:
        scene = on(scene, step)
        periods, plan = calendar(scene), scene.decide().plan
        counted[scene.now.date()] = plan.billing[0].billed
        for change in of_lines(plan.changes):
            if change.kind is Kind.CANCEL:
                last = date.fromisoformat(str(change.after["cancelled_date"]))
                assert last + timedelta(days=1) >= periods.start
            elif change.kind is Kind.ADD:
                assert date.fromisoformat(str(change.after["effective_date"])) >= periods.start
            elif scene.rules.billing[0].method == "in_place" and scene.rules.billing[0].count == "snapshot":
                known = {number for day, number in counted.items() if day <= max(periods.open.last, periods.start)}
                assert "quantity" not in change.after or Decimal(str(change.after["quantity"])) in known
        scene = applied(scene, scene.decide())
        scene = invoiced(scene) if step.invoice else scene


@bounded
@given(_ledgers())
def test_no_write_touches_what_finance_owns(ledger: tuple[Scene, list[Step]]) -> None:
    """Price, description, included units and the rest are those of the first line on every line that ever follows."""
    scene, steps = ledger
    (first,) = scene.psa.additions
    for step in steps:
        scene = on(scene, step)
        scene = applied(scene, scene.decide())
        scene = invoiced(scene) if step.invoice else scene
    names = [name for name in Addition.__slots__ if name not in OURS]
    for line in scene.psa.additions:
        assert [getattr(line, name) for name in names] == [getattr(first, name) for name in names]


@bounded
@given(_ledgers())
def test_what_is_billed_was_counted(ledger: tuple[Scene, list[Step]]) -> None:
    """The quantity on a line always lies between the lowest and the highest that was ever counted or stood there."""
    scene, steps = ledger
    offset = scene.rules.billing[0].offset
    seen = [line.quantity for line in scene.psa.additions]
    for step in steps:
        scene = on(scene, step)
        decision = scene.decide()
        seen += [
            Decimal(sum(step.present)) + offset if any(step.present) else Decimal(0),
            decision.plan.billing[0].billed,
        ]
        scene = applied(scene, decision)
        assert all(min(seen) <= line.quantity <= max(seen) for line in scene.psa.additions)
        scene = invoiced(scene) if step.invoice else scene


def test_the_play_moves(moment: datetime = build.NOW) -> None:
    """The properties above are about something: a joiner in arrears is written, a leaver waits."""
    agreement = build.agreement(period_type="Current")
    psa = build.psa(agreements=(agreement,), additions=(build.line(1, effective_date=date(2025, 1, 1)),))
    rules = build.rules(build.profile(groups=()), create=False, inactivate=False)
    scene = on(Scene((), psa, rules, Memory(), now=moment), Step(1, (True, True, False, False), invoice=False))
    assert [change.after for change in of_lines(scene.decide().plan.changes)] == [{"quantity": "2"}]
    scene = on(applied(scene, scene.decide()), Step(1, (True, False, False, False), invoice=False))
    assert scene.decide().plan.billing[0].pending is not None
