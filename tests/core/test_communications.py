"""Which item holds what, and numbers in plans."""

from dataclasses import replace

import pytest

from connector.core.communications import ItemField, contact_value, over_limit, phone_text, split_phone_text, type_for
from connector.core.model import Communication, CommunicationType, Contact, Named, Phone

EMAIL = CommunicationType(1, "Email", email=True)
WORK = CommunicationType(2, "Work email", email=True, default=True)
CELL = CommunicationType(3, "Cell phone", phone=True, default=True)
HOME = CommunicationType(4, "Home", phone=True)
DIRECT = CommunicationType(5, "Direct", phone=True)
FAX = CommunicationType(6, "Fax", fax=True)
TYPES = (EMAIL, WORK, CELL, HOME, DIRECT, FAX)


def item(kind: CommunicationType, value: str, name: str, *, default: bool = False) -> Communication:
    """One item."""
    return Communication(None, Named(kind.id, kind.name), name, value, default=default)


def holder(*items: Communication) -> Contact:
    """A contact with these items."""
    return Contact(id=1, company_id=1, items=items)


@pytest.mark.parametrize(("field", "kind"), [("mail", WORK), ("phone", HOME), ("mobile", CELL), ("fax", FAX)])
def test_each_field_has_its_type(field: ItemField, kind: CommunicationType) -> None:
    """The default of its kind, else the first; a mobile type is never a phone's, even as the default."""
    assert type_for(field, TYPES) == kind


@pytest.mark.parametrize("field", ["mail", "phone", "mobile", "fax"])
def test_a_field_without_a_type_has_none(field: ItemField) -> None:
    """A PSA without mobile or fax types exists."""
    assert type_for(field, ()) is None


def test_mail_is_the_default_address_of_any_type() -> None:
    """Else the first."""
    first, second = item(EMAIL, "a@x", "Email"), item(WORK, "b@x", "Email", default=True)
    assert contact_value(holder(first, second), "mail", TYPES) == second
    assert contact_value(holder(first), "mail", TYPES) == first


def test_phone_and_mobile_are_found_by_type_whatever_the_default() -> None:
    """The default phone may well be the mobile."""
    mobile, phone = item(CELL, "1", "Phone", default=True), item(HOME, "2", "Phone")
    assert contact_value(holder(mobile, phone), "phone", TYPES) == phone
    assert contact_value(holder(mobile, phone), "mobile", TYPES) == mobile
    assert contact_value(holder(item(DIRECT, "3", "Phone")), "phone", TYPES) is None


def test_fax_is_the_first_fax() -> None:
    """There is hardly ever a second."""
    fax = item(FAX, "1", "Fax")
    assert contact_value(holder(fax, item(FAX, "2", "Fax", default=True)), "fax", TYPES) == fax
    assert contact_value(holder(), "fax", TYPES) is None


@pytest.mark.parametrize(
    ("phone", "text"),
    [(Phone("020 7946 0142", "x", "21"), "020 7946 0142 x21"), (Phone("020 7946 0142", "x"), "020 7946 0142")],
)
def test_a_number_in_a_plan_comes_apart_as_it_was_put_together(phone: Phone, text: str) -> None:
    """Number text and extension survive."""
    assert phone_text(phone) == text
    assert split_phone_text(text) == (phone.text, phone.extension)


@pytest.mark.parametrize("text", ["x21", "reception", "", "5550142x21"])
def test_text_that_no_plan_wrote_has_no_extension(text: str) -> None:
    """Only a number, a blank and x with digits is the plan's form."""
    assert split_phone_text(text) == (text, "")


def test_of_several_items_the_one_with_the_number_looked_for_is_preferred() -> None:
    """Among those that could hold the field; a number elsewhere is not found, and without it the default is meant."""
    first = replace(item(HOME, "1", "Phone", default=True), phone=Phone("1", "1"))
    second = replace(item(HOME, "2", "Phone"), phone=Phone("2", "2", "9"))
    mobile = replace(item(CELL, "3", "Phone"), phone=Phone("3", "3"))
    contact = holder(first, second, mobile)
    assert contact_value(contact, "phone", TYPES, Phone("02", "2", "9")) == second
    assert contact_value(contact, "phone", TYPES, Phone("2", "2")) == first
    assert contact_value(contact, "phone", TYPES, Phone("3", "3")) == first


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("phone", f"{'1' * 250} x{'2' * 15}", ""),
        ("phone", f"1 x{'2' * 16}", "its extension is longer than the PSA's 15 characters"),
        ("fax", "1" * 251, "it is longer than the PSA's 250 characters"),
        ("mail", f"{'a' * 241} x{'1' * 16}", "it is longer than the PSA's 250 characters"),
    ],
)
def test_what_is_too_long_for_the_psa_is_told_apart(field: ItemField, text: str, words: str) -> None:
    """One such value makes the PSA refuse the whole contact (api.md 4.3)."""
    assert over_limit(field, text) == words
