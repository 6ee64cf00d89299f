"""Records of the PSA become values, whatever is missing from them."""

from datetime import date
from decimal import Decimal

import pytest

from connector.core.model import Named
from connector.core.rules import ContactRules
from connector.errors import PsaRejected
from connector.psa import records
from connector.psa.contact_field import ContactField
from connector.psa.keeping import Keeping

STATE = Keeping("US")


def test_a_bare_contact_is_a_contact() -> None:
    """The PSA leaves out what is empty (api.md 3.3)."""
    contact = records.contact({"id": 7}, STATE)
    assert (contact.id, contact.company_id, contact.first_name, contact.items, contact.types) == (7, 0, "", (), ())


def test_nulls_and_references_without_id_mean_none() -> None:
    """Some answers hold null or an object with only ``_info`` (api.md 6.2)."""
    record: dict[str, object] = {
        "id": 7, "lastName": None, "department": {"_info": {"href": "x"}}, "site": None, "company": None,
        "communicationItems": None, "types": [{"_info": {}}], "_info": None,
    }  # fmt: skip
    contact = records.contact(record, STATE)
    assert (contact.last_name, contact.department, contact.site, contact.types) == ("", None, None, ())


def test_a_setup_record_is_called_by_its_description() -> None:
    """A reference has a name, its setup record a description (api.md 3.2)."""
    assert records.named({"id": 2, "description": "User"}) == Named(2, "User")


@pytest.mark.parametrize("record", [{}, {"id": None}, {"code": "NotFound", "message": "x"}, {"id": "7"}])
def test_what_has_no_id_is_no_record(record: dict[str, object]) -> None:
    """An error body must never become an empty contact (api.md 12.6)."""
    with pytest.raises(PsaRejected, match="no id"):
        records.contact(record, STATE)


def test_a_line_without_product_is_refused() -> None:
    """It could not be told which line it is."""
    with pytest.raises(PsaRejected, match="Line 3301 of agreement 77"):
        records.addition({"id": 3301, "quantity": 1}, 77)


def test_missing_amounts_of_a_line_are_zero_and_dates_none() -> None:
    """The PSA leaves out nulls; quantities are nullable (api.md 4.8)."""
    line = records.addition({"id": 1, "product": {"id": 5, "identifier": "X"}, "quantity": None}, 77)
    assert (line.quantity, line.unit_price, line.cancelled_date) == (Decimal(0), Decimal(0), None)


@pytest.mark.parametrize(
    ("text", "day"), [("2026-06-01T00:00:00Z", date(2026, 6, 1)), ("2026-06-01", date(2026, 6, 1)), (None, None)]
)
def test_a_day_is_read_with_or_without_its_midnight(text: str | None, day: date | None) -> None:
    """nextInvoiceDate is a plain string in the schema."""
    assert records.day({"d": text}, "d") == day


@pytest.mark.parametrize("record", [{"id": 1, "nextInvoiceDate": "soon"}, {"id": 1, "nextInvoiceDate": "2026-13-01"}])
def test_a_date_that_is_none_is_refused(record: dict[str, object]) -> None:
    """An unreadable date is not "no date"."""
    with pytest.raises(PsaRejected, match="nextInvoiceDate"):
        records.agreement(record)


def test_an_amount_that_is_none_is_refused() -> None:
    """An unreadable price is not 0."""
    with pytest.raises(PsaRejected, match="price"):
        records.product({"id": 1, "price": "much"})


@pytest.mark.parametrize(
    ("setting", "record"),
    [
        ("userDefinedField3", {"userDefinedField3": " 6F0C "}),
        ("custom:AD Object", {"customFields": [{"id": 1, "caption": "Other", "value": "x"},
                                               {"id": 2, "caption": "ad object", "value": "6F0C"}]}),
    ],
)  # fmt: skip
def test_a_link_is_read_from_the_configured_field(setting: str, record: dict[str, object]) -> None:
    """In lower case, as guids are kept."""
    assert ContactField.of(setting).link(record) == "6f0c"
    assert ContactField.of(setting).link({}) == ""
    assert ContactField.of("state").link(record) == ""


def test_relationship_and_manager_are_references() -> None:
    """By id and name, the manager a contact (api.md 4.3)."""
    record = {"id": 7, "relationship": {"id": 61, "name": "Employee"}, "managerContact": {"id": 8, "name": "Ada"}}
    contact = records.contact(record, STATE)
    assert (contact.relationship, contact.manager) == (Named(61, "Employee"), Named(8, "Ada"))


@pytest.mark.parametrize(
    ("record", "portal"),
    [({"disablePortalLoginFlag": False}, True), ({"disablePortalLoginFlag": True}, False), ({}, False)],
)
def test_a_login_to_the_portal_is_one_that_is_not_disabled(record: dict[str, object], portal: bool) -> None:
    """New contacts are disabled (api.md 4.3)."""
    assert records.contact({"id": 7, **record}, STATE).portal is portal


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Yes", True), ("VIP, ask first", True), (True, True), (Decimal("1.0"), True), ("00", True),
        (None, False), ("", False), ("  ", False), ("NO", False), (" False ", False), ("0", False), (False, False),
        (0, False), (Decimal("0.0"), False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("setting", ["userDefinedField9", "custom:Keep"])
def test_any_value_of_the_mark_counts_but_those_that_say_no(setting: str, value: object, kept: bool) -> None:
    """contacts.keep_mark, as text, number or check box."""
    keeping = Keeping.of(ContactRules(keep_mark=setting), "US")
    record = {"id": 7, "userDefinedField9": value, "customFields": [{"id": 1, "caption": "keep", "value": value}]}
    assert records.contact(record, keeping).keep is kept


def test_without_a_mark_nothing_is_kept() -> None:
    """The setting is empty, whatever the fields hold."""
    assert not records.contact({"id": 7, "userDefinedField9": "yes", "customFields": [{"caption": ""}]}, STATE).keep
