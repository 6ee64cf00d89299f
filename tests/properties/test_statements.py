"""Every invoice of many days is stated afterwards to the cent, and the people on it account for it."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given

from connector.core.periods import Period
from connector.core.statement import NothingRecordedError, month_of, statement
from connector.core.statement_values import Line
from tests.properties.test_billing_days import Step, _ledgers, calendar, invoiced, on
from tests.properties.test_decide import bounded
from tests.properties.worlds import Scene
from tests.properties.writing import applied

CENT = Decimal("0.01")
Bill = tuple[Period, dict[int, Decimal]]


def made(scene: Scene) -> Bill:
    """The next invoice as finance makes it: its period, and the amount of each line."""
    period, (agreement,) = calendar(scene).open, scene.psa.agreements
    days = [period.start + timedelta(days=at) for at in range(period.days)]
    found: dict[int, Decimal] = {}
    for line in scene.psa.additions:
        inside = sum((line.effective_date or date.min) <= day <= (line.cancelled_date or date.max) for day in days)
        if inside:
            amount = max(line.quantity - line.less_included, Decimal(0)) * line.unit_price
            share = amount * inside / period.days if agreement.prorate else amount
            found[line.id] = share.quantize(CENT, ROUND_HALF_UP)
    return period, found


def played(ledger: tuple[Scene, list[Step]]) -> tuple[Scene, list[Bill], bool]:
    """The scene after its days, its invoices, and whether the line was right when counting began, never held, and
    counted on every counting day."""
    scene, steps = ledger
    bills, right = [], True
    for at, step in enumerate(steps):
        scene = on(scene, step)
        decision = scene.decide()
        if not at:
            (line,) = decision.plan.billing
            right = line.billed == line.quantity_before
        missed = any((scene.now - timedelta(days=ago)).day == scene.rules.count_day for ago in range(1, step.days))
        right = right and not decision.plan.held and not missed
        scene = applied(scene, decision)
        if step.invoice:
            bills.append(made(scene))
            scene = invoiced(scene)
    return scene, bills, right


def stated(scene: Scene, period: Period) -> list[Line]:
    """The lines of a period, as the statement of the month in which it starts tells them."""
    today = max(scene.now.date(), period.start)
    try:
        found = statement(scene.rules, scene.psa, scene.memory.history, month_of(period.start), today)
    except NothingRecordedError:
        return []
    return [line for line in found.lines if line.period == period]


@bounded
@given(_ledgers())
def test_every_invoice_is_stated_to_the_cent(ledger: tuple[Scene, list[Step]]) -> None:
    """Whatever was counted, written and invoiced since, the amounts of an old invoice are told as it had them."""
    scene, bills, _ = played(ledger)
    for period, amounts in bills:
        assert {line.addition_id: line.amount for line in stated(scene, period)} == amounts


@bounded
@given(_ledgers())
def test_what_only_the_rules_have_moved_is_explained(ledger: tuple[Scene, list[Step]]) -> None:
    """Where it was right when counting began, and every run could do its work, people and rules account for it."""
    scene, bills, right = played(ledger)
    for period, _ in bills if right else ():
        assert [line.rows for line in stated(scene, period) if line.unexplained] == []
