"""Which record was made, when nobody said so."""

from datetime import date
from decimal import Decimal

import pytest

from connector.core.doubt import Trace, trace_contact, trace_line
from connector.core.model import Addition, Communication, Contact, Named
from connector.core.plan import Value

GUID = "6f0c2b1e-0000-4000-8000-000000000001"
BERG: dict[str, Value] = {"first_name": "Jonas", "last_name": "Berg", "mail": "j.berg@harbor.example"}
LINE: dict[str, Value] = {"product": "MS-USER", "quantity": "3", "effective_date": "2026-12-01"}


def contact(number: int, name: str = "Jonas Berg", mail: str = "", link: str = "") -> Contact:
    """A contact that was not there before."""
    first, _, last = name.partition(" ")
    items = (Communication(None, Named(1, "Email"), "Email", mail),) if mail else ()
    return Contact(number, 412, first, last, items=items, link=link)


def line(number: int, product: str = "MS-USER", quantity: str = "3", day: date | None = date(2026, 12, 1)) -> Addition:
    """A line that was not there before."""
    return Addition(number, 77, 55, product, Decimal(quantity), Decimal(40), effective_date=day)


def test_nothing_new_means_that_nothing_was_made() -> None:
    """Then it may be made again."""
    assert trace_contact([], BERG) == Trace()
    assert trace_line([], LINE) == Trace()


def test_name_and_address_are_the_identity_of_a_contact() -> None:
    """In any spelling that compares as the same."""
    made = contact(9, "JONAS  Berg", "J.Berg@Harbor.example")
    assert trace_contact([contact(8, "Mia Cole"), made], BERG) == Trace(made)


def test_without_an_address_the_name_is_enough() -> None:
    """Nobody else of that name appeared in those seconds."""
    made = contact(9)
    assert trace_contact([made], {"first_name": "Jonas", "last_name": "Berg"}) == Trace(made)


def test_the_guid_on_the_contact_is_the_best_proof() -> None:
    """It decides whatever the name says; another person's GUID rules a namesake out."""
    made, other = contact(9, "Jonas Berg-Lund", link=GUID), contact(8, mail="j.berg@harbor.example", link="other")
    assert trace_contact([other, made], BERG | {"link": GUID}) == Trace(made)
    assert trace_contact([other], BERG | {"link": GUID}) == Trace()


@pytest.mark.parametrize("one", [contact(8), contact(8, "J. Berg", "j.berg@harbor.example")])
def test_half_an_identity_leaves_it_open(one: Contact) -> None:
    """The name alone or the address alone: it might be, so neither taken nor made again."""
    assert trace_contact([one], BERG) == Trace(None, (one,))


def test_two_that_fit_leave_it_open() -> None:
    """Both are named, none is taken."""
    both = contact(8, mail="j.berg@harbor.example"), contact(9, mail="j.berg@harbor.example")
    assert trace_contact(both, BERG) == Trace(None, both)


def test_product_quantity_and_day_are_the_identity_of_a_line() -> None:
    """Quantities are compared by value, products in any letter case."""
    made = line(9, "ms-user", "3.0")
    assert trace_line([line(8, "MS-OTHER"), made], LINE) == Trace(made)


@pytest.mark.parametrize("one", [line(8, quantity="4"), line(8, day=date(2026, 11, 1)), line(8, day=None)])
def test_another_new_line_of_the_product_leaves_it_open(one: Addition) -> None:
    """Somebody added a line of the same product: neither taken nor added again."""
    assert trace_line([one], LINE) == Trace(None, (one,))
