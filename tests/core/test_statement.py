"""The statement of a month: numbers worked out by hand, and rows that always come to the amount."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from connector.core.history import History, Stay, Tally
from connector.core.model import Addition, Agreement
from connector.core.statement import NothingRecordedError, month_of, statement
from connector.core.statement_values import Line, Row, RowKind, Statement
from tests.core import build
from tests.properties.test_billing_days import Step, _ledgers, invoiced, on
from tests.properties.test_decide import bounded
from tests.properties.worlds import Scene
from tests.properties.writing import applied

D = Decimal
NOVEMBER, DECEMBER = month_of(date(2026, 11, 1)), month_of(date(2026, 12, 1))
LAST = date(2026, 11, 28)


def day(number: int) -> date:
    """A day of November."""
    return date(2026, 11, number)


def stay(name: str, since: date, until: date | None = None, units: int = 1) -> Stay:
    """Somebody counted on the profile."""
    return Stay("Managed user", name, name.title(), name, D(units), since, until)


def tally(on_day: date, units: int, billed: int, quantity: int, open_from: date) -> Tally:
    """A reading, and what stood on the line after its run."""
    at = datetime(on_day.year, on_day.month, on_day.day, 2, tzinfo=UTC)
    return Tally("Managed user", at, on_day, units, D(units), D(billed), 77, 3301, D(quantity), D(30), open_from)


def told(
    history: History, *lines: Addition, agreement: Agreement, month: Any = NOVEMBER, today: date = LAST, **profile: Any
) -> Statement:
    """The statement of these records."""
    rules = build.rules(build.profile(**profile))
    psa = build.psa(agreements=(agreement,), additions=lines)
    return statement(rules, psa, history, month, today)


def user(quantity: int, **fields: Any) -> Addition:
    """A line at 30.00."""
    return build.line(quantity, **{"unit_price": D(30), "effective_date": date(2025, 1, 1), **fields})


def of(line: Line) -> list[tuple[str, str, Decimal]]:
    """Kind, name or words, and amount of each row."""
    return [(row.kind.value, row.name or row.what, row.amount) for row in line.rows]


ARREARS = build.agreement(period_type="Current")
THREE = (stay("anna", day(2)), stay("ben", day(2), day(10)), stay("carl", day(20)))


def test_in_arrears_a_leaver_is_billed_to_the_end_of_the_period() -> None:
    """Two people on the 2nd, one left on the 10th and nobody came: two seats at 30.00."""
    history = History((tally(day(2), 2, 2, 2, day(1)), tally(day(10), 1, 1, 2, day(1))), THREE[:2])
    (line,) = told(history, user(2), agreement=ARREARS).lines
    assert (line.quantity, line.amount, line.invoiced) == (2, D("60.00"), False)
    assert of(line) == [("person", "Anna", D("30.00")), ("left", "Ben", D("30.00"))]
    assert line.rows[1].what == "left on 10 Nov, billed until the period's end"
    assert (line.rows[1].first, line.rows[1].last) == (day(2), day(9))


def test_in_advance_a_joiner_after_the_bill_is_told_and_not_billed() -> None:
    """The bill of November was made with one person; Carl came on the 20th."""
    history = History(
        (tally(date(2026, 10, 31), 1, 1, 1, day(1)), tally(day(20), 2, 2, 2, date(2026, 12, 1))),
        (stay("anna", date(2026, 10, 31)), stay("carl", day(20))),
    )
    (line,) = told(history, user(2), agreement=build.agreement()).lines
    assert (line.quantity, line.amount, line.invoiced) == (1, D("30.00"), True)
    assert of(line) == [("person", "Anna", D("30.00")), ("joined", "Carl", D(0))]
    assert line.rows[1].what == "joined on 20 Nov, billed from the next period"


def test_the_lines_of_a_prorated_agreement_share_the_days() -> None:
    """Two until the 9th, one from the 10th: 2 x 30 x 9/30 = 18.00 and 30 x 21/30 = 21.00."""
    second = Tally(**{**_fields(tally(day(10), 1, 1, 1, day(1))), "addition_id": 3302})
    history = History((tally(day(2), 2, 2, 2, day(1)), second), THREE[:2])
    lines = (user(2, cancelled_date=day(9)), user(1, number=3302, effective_date=day(10)))
    agreement = build.agreement(period_type="Current", prorate=True)
    first, then = told(history, *lines, agreement=agreement, method="cancel_and_add").lines
    assert (first.amount, first.days, then.amount, then.days) == (D("18.00"), 9, D("21.00"), 21)
    assert [row.amount for row in first.rows] == [D("9.00"), D("9.00")]
    assert of(then) == [("person", "Anna", D("21.00"))]


def _fields(one: Tally) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Tally.__slots__}


@pytest.mark.parametrize(
    ("profile", "billed", "row"),
    [
        ({"offset": D(2)}, 3, ("offset", "agreed offset", D("60.00"))),
        ({"minimum": D(5)}, 5, ("minimum", "up to the minimum of 5", D("120.00"))),
    ],
)
def test_what_the_profile_adds_is_a_row_of_its_own(profile: Any, billed: int, row: Any) -> None:
    """One person, and the offset or the minimum beside them."""
    history = History((tally(day(2), 1, billed, billed, day(1)),), THREE[:1])
    (line,) = told(history, user(billed), agreement=ARREARS, **profile).lines
    assert of(line) == [("person", "Anna", D("30.00")), row]


def test_a_line_that_ended_before_the_first_count_of_its_period_has_the_people_of_the_last_one() -> None:
    """In advance, prorated: Anna's line of 4 days of December, 30 x 4/31 = 3.87; on the 5th nobody was there."""
    fifth, first = date(2026, 12, 5), date(2026, 12, 1)
    then = Tally(**{**_fields(tally(fifth, 0, 0, 0, first)), "addition_id": 3302})
    history = History((tally(day(23), 1, 1, 1, day(1)), then), (stay("anna", day(23), fifth),))
    lines = (user(1, cancelled_date=date(2026, 12, 4)), user(0, number=3302, effective_date=fifth))
    agreement = build.agreement(prorate=True, next_invoice_date=date(2027, 1, 1))
    found = told(history, *lines, agreement=agreement, month=DECEMBER, today=fifth, method="cancel_and_add")
    assert [of(line) for line in found.lines] == [[("person", "Anna", D("3.87"))], []]
    assert found.explained


def test_after_the_counting_day_leavers_are_billed_once_more() -> None:
    """In advance with count_day = 20: who left on the 26th is on December's bill, that was made the same day."""
    first = date(2026, 12, 1)
    history = History(
        (tally(day(19), 1, 1, 1, day(1)), tally(day(26), 0, 0, 1, first)), (stay("anna", day(19), day(26)),)
    )
    rules = replace(build.rules(build.profile(decrease="now")), count_day=20)
    agreement = build.agreement(next_invoice_date=date(2027, 1, 1))
    found = statement(rules, build.psa(agreements=(agreement,), additions=(user(1),)), history, DECEMBER, first)
    assert [(row.kind.value, row.name, row.what) for row in found.lines[0].rows] == [
        ("left", "Anna", "left on 26 Nov, after the count for this bill"),
    ]  # fmt: skip


def test_an_average_is_that_of_the_last_count_for_its_bill() -> None:
    """In arrears, counted once more after the period's end: 2 people, and 0.13 that the average adds."""
    late = replace(tally(date(2026, 12, 4), 2, 2, 2, day(1)), billed=D("2.13"), quantity=D("2.13"))
    early = replace(tally(day(29), 2, 2, 2, day(1)), billed=D("2.14"), quantity=D("2.14"))
    people = (stay("anna", day(2)), stay("ben", day(2)))
    agreement = build.agreement(period_type="Current", next_invoice_date=date(2027, 1, 1))
    line = replace(user(2), quantity=D("2.13"))
    (found,) = told(History((early, late), people), line, agreement=agreement, count="average").lines
    assert [(row.kind.value, row.units) for row in found.rows] == [("person", 1), ("person", 1), ("count", D("0.13"))]


def test_who_was_there_from_the_first_count_on_did_not_join_then() -> None:
    """Two are counted on the first day and one is billed, as increases wait: no day of joining is made up."""
    history = History((tally(day(2), 2, 2, 1, day(1)),), (stay("anna", day(2)), stay("ben", day(2))))
    (line,) = told(history, user(1), agreement=ARREARS, increase="next_period").lines
    assert line.rows[1].what == "first counted on 2 Nov, billed from the next period"


def test_a_line_that_nobody_is_billed_on_yet_has_no_offset_either() -> None:
    """Nobody was there, so it stands at zero; Anna comes, and she and the offset are billed from the next period."""
    history = History((tally(day(2), 0, 0, 0, day(1)), tally(day(20), 1, 2, 0, day(1))), (stay("anna", day(20)),))
    found = told(history, user(0), agreement=ARREARS, offset=D(1), increase="next_period")
    assert [(row.kind.value, row.name, row.units) for row in found.lines[0].rows] == [("joined", "Anna", 0)]
    assert found.explained


def test_a_seat_that_a_later_run_left_on_the_line_is_the_last_leavers() -> None:
    """In arrears: the only count of November's own bill was made in December, and left both seats there."""
    december = tally(date(2026, 12, 1), 0, 0, 2, day(1))
    before = tally(day(30), 0, 0, 1, date(2026, 10, 1))
    people = (stay("anna", day(28), day(30)), stay("ben", day(28), day(30)))
    agreement = build.agreement(period_type="Current", next_invoice_date=date(2027, 1, 1))
    found = told(History((before, december), people), user(2), agreement=agreement)
    assert [(row.kind.value, row.name) for row in found.lines[0].rows] == [("left", "Ben"), ("left", "Anna")]
    assert found.explained


def test_included_units_are_taken_off() -> None:
    """Three on the line, two included: 30.00."""
    history = History((tally(day(2), 1, 1, 1, day(1)),), THREE[:1])
    (line,) = told(history, user(1, less_included=D(1)), agreement=ARREARS).lines
    assert (line.charged, line.amount) == (0, D(0))
    assert of(line) == [("person", "Anna", D("30.00")), ("included", "included in another price", D("-30.00"))]


def test_what_nobody_counted_is_not_explained() -> None:
    """Somebody set three: two more than counted, and the statement says that it is not explained."""
    history = History((tally(day(2), 1, 1, 1, day(1)),), THREE[:1])
    found = told(history, user(3), agreement=ARREARS)
    assert of(found.lines[0])[-1] == (
        "unexplained", "not explained: the line stands at 3 in ConnectWise, 2 more than counted", D("60.00"),
    )  # fmt: skip
    assert (found.explained, found.lines[0].unexplained) == (False, 2)


def test_shares_that_are_no_cents_are_rounded_once() -> None:
    """Three people for 20 of 30 days at 10.00 are 20.00; each is 6.67, so a cent is named."""
    people = tuple(stay(name, day(11)) for name in ("anna", "ben", "carl"))
    history = History((tally(day(11), 3, 3, 3, day(1)),), people)
    agreement = build.agreement(period_type="Current", prorate=True)
    line = user(3, effective_date=day(11), unit_price=D(10))
    (found,) = told(History((_priced(history.tallies[0], D(10)),), people), line, agreement=agreement).lines
    assert (found.amount, [row.amount for row in found.rows]) == (D("20.00"), [D("6.67")] * 3 + [D("-0.01")])


def _priced(one: Tally, price: Decimal) -> Tally:
    return Tally(**{**_fields(one), "unit_price": price})


def test_lines_that_are_not_billed_are_left_out_and_those_of_no_charge_cost_nothing() -> None:
    """DoNotBill and NoCharge (api.md 4.8)."""
    history = History((tally(day(2), 1, 1, 1, day(1)),), THREE[:1])
    (line,) = told(history, user(1, bill_customer="NoCharge"), agreement=ARREARS).lines
    assert line.amount == 0
    found = told(history, user(1, bill_customer="DoNotBill"), agreement=ARREARS)
    assert (found.lines, found.explained) == ((), False)
    assert found.profiles[0].problems == ("line 3301 is set to Do Not Bill in ConnectWise",)


def test_a_line_that_was_deleted_since_is_missed() -> None:
    """Ben's line until the 9th is gone from the PSA: what is left is stated, and does not pass for all of it."""
    tallies = (tally(day(2), 2, 2, 2, day(1)), tally(day(10), 1, 1, 1, day(1)))
    moved = Tally(**{**_fields(tallies[1]), "addition_id": 3302})
    line = user(1, number=3302, effective_date=day(10))
    found = told(History((tallies[0], moved), THREE[:2]), line, agreement=build.agreement(prorate=True))
    assert ([one.addition_id for one in found.lines], found.explained) == ([3302], False)
    assert found.profiles[0].problems == ("line 3301 is not in ConnectWise any more",)


def test_a_line_that_starts_with_the_next_month_is_no_trouble() -> None:
    """The agreement was set up in November and bills from December on: there is nothing to explain."""
    history = History((tally(day(2), 1, 1, 1, date(2026, 12, 1)),), THREE[:1])
    found = told(history, user(1, effective_date=date(2026, 12, 1)), agreement=build.agreement())
    assert (found.lines, found.explained, found.profiles[0].problems) == ((), True, ())
    assert found.profiles[0].notes[-1] == "Line 3301 only starts on 1 Dec; nothing is billed before."


@pytest.mark.parametrize(
    ("month", "words"),
    [
        (month_of(date(2027, 1, 5)), "2027-01 has not begun yet"),
        (month_of(date(2026, 1, 5)), "No count of 2026-01 is recorded"),
    ],
)
def test_a_month_without_counts_is_said(month: Any, words: str) -> None:
    """It is never an empty statement."""
    history = History((tally(day(2), 1, 1, 1, day(1)),), THREE[:1])
    with pytest.raises(NothingRecordedError, match=words):
        told(history, user(1), agreement=ARREARS, month=month)


@bounded
@given(_ledgers())
def test_the_rows_of_every_line_come_to_its_amount(ledger: tuple[Scene, list[Step]]) -> None:
    """To the cent, whatever was played; units too, of whoever is billed and whatever is added or taken off."""
    scene, steps = ledger
    for step in steps:
        scene = on(scene, step)
        scene = applied(scene, scene.decide())
        scene = invoiced(scene) if step.invoice else scene
    today = scene.now.date()
    for month in (NOVEMBER, DECEMBER):
        try:
            made = statement(scene.rules, scene.psa, scene.memory.history, month, today)
        except NothingRecordedError:
            continue
        for line in made.lines:
            assert sum((row.amount for row in line.rows), D(0)) == line.amount
            assert sum((row.units for row in line.rows), D(0)) == line.charged
            assert all(_is_sound(row) for row in line.rows)


def _is_sound(row: Row) -> bool:
    named = row.kind in (RowKind.PERSON, RowKind.LEFT, RowKind.JOINED)
    return bool(row.name) == named and (row.kind is not RowKind.JOINED or row.amount == row.units == 0)
