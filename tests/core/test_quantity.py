"""From units to the quantity that is billed, and how that is told."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.plan import Counted
from connector.core.quantity import Formula, plain
from connector.core.rules import BillingProfile

D = Decimal


def formula(accepted: str = "0", **fields: Any) -> Formula:
    """The formula of a profile; numbers are given as text."""
    keys = {key: value if key == "at_zero" else D(value) for key, value in fields.items()}
    return Formula(BillingProfile(name="User", **keys), D(accepted))


def people(*units: str) -> list[Counted]:
    """One person for each number of units."""
    return [Counted(str(at), f"P{at}", "every person", f"p{at}", D(each)) for at, each in enumerate(units)]


@pytest.mark.parametrize(
    ("number", "words"),
    [("37", "37"), ("37.0", "37"), ("3.7E+1", "37"), ("1200", "1200"), ("0.50", "0.5"), ("-2.10", "-2.1"), ("0", "0")],
)
def test_a_number_is_written_as_people_write_it(number: str, words: str) -> None:
    """No exponent, no zeros behind."""
    assert plain(D(number)) == words


@pytest.mark.parametrize(
    ("fields", "units", "billed"),
    [
        ({}, "4", "4"),
        ({"offset": "2"}, "4", "6"),
        ({"offset": "-6"}, "4", "0"),
        ({"minimum": "6"}, "4", "6"),
        ({"maximum": "3"}, "4", "3"),
        ({"offset": "-3", "minimum": "2", "maximum": "5"}, "4", "2"),
        ({"offset": "3", "minimum": "2", "maximum": "5"}, "4", "5"),
        ({"maximum": "0"}, "4", "4"),
        ({"minimum": "0.5"}, "0.25", "0.5"),
    ],
)
def test_s66_units_and_offset_lie_between_minimum_and_maximum(fields: dict[str, str], units: str, billed: str) -> None:
    """Never below 0 either; a maximum of 0 is none."""
    assert formula(**fields).billed(D(units)) == D(billed)


def test_s66_units_of_people_are_added_up() -> None:
    """Two at one, a kiosk at three, and an offset of one are six."""
    assert formula(offset="1").of(people("1", "3", "1")) == 6


def test_s80_what_was_accepted_by_hand_is_added_before_the_limits() -> None:
    """Five people and two accepted are seven; with a maximum of six, six; two fewer accepted with a minimum, that."""
    assert formula("2").billed(D(5)) == 7
    assert formula("2", maximum="6").billed(D(5)) == 6
    assert formula("-2", minimum="4").billed(D(5)) == 4


def test_s80_accepted_and_offset_add_up() -> None:
    """An offset of one and two accepted: five people are eight, and both are told."""
    found = formula("2", offset="1")
    assert (found.offset, found.billed(D(5))) == (3, 8)
    assert found.how(people(*"11111")) == "5 x 1 + offset 1 + accepted by hand 2"


@pytest.mark.parametrize("at_zero", ["zero", "cancel"])
def test_s65_nobody_is_zero_whatever_offset_and_minimum(at_zero: str) -> None:
    """Also with what was accepted by hand."""
    assert formula("3", offset="2", minimum="5", at_zero=at_zero).billed(D(0)) == 0


@pytest.mark.parametrize("at_zero", ["minimum", "hold"])
def test_s65_nobody_comes_to_offset_and_minimum_as_usual(at_zero: str) -> None:
    """A held line shows what would be right with nobody counted."""
    assert formula(offset="2", at_zero=at_zero).billed(D(0)) == 2
    assert formula(offset="2", minimum="5", at_zero=at_zero).billed(D(0)) == 5
    assert formula(offset="-2", at_zero=at_zero).billed(D(0)) == 0


@pytest.mark.parametrize(
    ("fields", "units", "words"),
    [
        ({}, "111", ""),
        ({}, "1131", "3 x 1 + 1 x 3"),
        ({"offset": "-1"}, "11", "2 x 1 - offset 1"),
        ({"minimum": "2"}, "11", ""),
        ({"minimum": "3"}, "11", "2 x 1, at least 3"),
        ({"maximum": "1"}, "11", "2 x 1, at most 1"),
        ({"offset": "-5"}, "11", "2 x 1 - offset 5, at least 0"),
        ({"minimum": "5", "at_zero": "minimum"}, "", "0 x 1, at least 5"),
        ({"minimum": "5", "at_zero": "zero"}, "", "nobody is counted, and at_zero = zero"),
        ({"offset": "2", "at_zero": "cancel"}, "", "nobody is counted, and at_zero = cancel"),
        ({"at_zero": "zero"}, "", ""),
        ({}, "", ""),
    ],
)
def test_how_tells_what_is_not_simply_the_number_of_people(fields: dict[str, str], units: str, words: str) -> None:
    """Groups of units in their order, then offset, then the limit that bites; nothing where nothing is to be told."""
    assert formula(**fields).how(people(*units)) == words


def test_how_tells_units_of_everybody_that_are_not_one() -> None:
    """Four people at 1.25 are told even without an offset."""
    assert formula(units="1.25").how(people("1.25", "1.25")) == "2 x 1.25"


def test_how_of_nobody_names_the_units_of_the_profile() -> None:
    """0 x 2 and an offset of one."""
    assert formula(units="2", offset="1", at_zero="minimum").how([]) == "0 x 2 + offset 1"


def test_s73_units_that_are_not_those_of_today_are_told_with_their_source() -> None:
    """A peak of six, an offset and a limit."""
    found = formula(offset="2", maximum="7")
    assert found.told(D("6.0"), "peak since 2026-11-01:") == "peak since 2026-11-01: 6 + offset 2, at most 7"


NUMBERS = st.decimals(0, 50, places=2)


@given(NUMBERS, st.decimals(-20, 20, places=2), NUMBERS, NUMBERS, NUMBERS)
def test_s66_billed_is_never_outside_its_limits_and_never_falls_when_units_rise(
    units: Decimal, offset: Decimal, minimum: Decimal, room: Decimal, more: Decimal
) -> None:
    """Whatever the numbers."""
    maximum = minimum + room
    found = Formula(BillingProfile(offset=offset, minimum=minimum, maximum=maximum, at_zero="minimum"))
    billed = found.billed(units)
    assert max(minimum, D(0)) <= billed
    assert billed <= maximum or maximum == 0
    assert billed <= found.billed(units + more)


@pytest.mark.parametrize("at_zero", ["zero", "cancel"])
def test_s65_a_period_of_nobody_is_told_without_the_offset_that_is_not_billed(at_zero: str) -> None:
    """A peak of nobody bills 0 there, so an offset of two has no part in it."""
    found = formula(offset="2", at_zero=at_zero)
    assert (found.billed(D(0)), found.told(D(0), "peak:")) == (0, f"peak: 0, and at_zero = {at_zero}")
    assert formula(offset="2", at_zero="minimum").told(D(0), "peak:") == "peak: 0 + offset 2"
    assert formula(at_zero=at_zero).told(D(0), "peak:") == "peak: 0"
