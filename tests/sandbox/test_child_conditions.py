"""``childConditions`` and ``customFieldConditions`` on their own (api.md 3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.tokens import ConditionError
from tests.sandbox.matching import child_matches, custom_matches


@pytest.mark.parametrize(
    "text",
    [
        'communicationItems/value = "J.Berg@harbor.example"',
        'communicationItems/value like "%@harbor.example" AND communicationItems/communicationType = "Email"',
        "types/id = 2",
        "types/name = 'user'",
        "communicationItems/type/id = 2",
        "communicationItems/defaultFlag = true",
        "COMMUNICATIONITEMS/VALUE = '5550142'",
        "communicationItems/Type/ID = 2 and types/ID = 2",
        "communicationItems/extension = null",
        "communicationItems/value not like '*@*'",
    ],
)
def test_child_conditions_look_into_the_arrays(text: str) -> None:
    """Any element that fits is enough."""
    assert child_matches(text)


def test_two_child_clauses_may_hold_for_different_elements() -> None:
    """Whether one element must satisfy both is a switch; without it the client has to check again."""
    text = 'communicationItems/value = "5550142" and communicationItems/communicationType = "Email"'
    assert child_matches(text)
    assert not child_matches(text, child_same_element=True)


def test_child_conditions_do_not_know_in() -> None:
    """``in`` is not among the documented operators there, unless switched on."""
    with pytest.raises(ConditionError, match="IN operator"):
        child_matches("types/id in (2)")
    assert child_matches("types/id in (2)", child_in="accept")


@pytest.mark.parametrize(
    ("text", "collection"),
    [
        ("firstName = 'Jonas'", "contacts"),
        ("communicationItems = null", "contacts"),
        ("communicationItems/foo = 1", "contacts"),
        ("communicationItems/type/foo = 1", "contacts"),
        ("communicationItems/value/x = 1", "contacts"),
        ("types/description = 'x'", "contacts"),
        ("communicationItems/value = 'x'", "companies"),
        ("types/id = 1", "agreements"),
        ("company/id = 412", "contacts"),
    ],
)
def test_child_conditions_know_the_child_arrays_of_the_record_alone(text: str, collection: str) -> None:
    """A name that is in no array of these records is an error, not an empty list."""
    with pytest.raises(ConditionError, match="is not a recognized name"):
        child_matches(text, collection)


def test_child_conditions_check_enum_values() -> None:
    """As conditions do."""
    with pytest.raises(ConditionError, match="Enum value"):
        child_matches("communicationItems/communicationType = 'Mail'")


def test_custom_field_conditions_hold_for_one_field() -> None:
    """Caption and value must be of the same custom field."""
    assert custom_matches("caption = 'AD Object' and value = '6f0c'")
    assert not custom_matches("caption = 'Note' and value != null")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("caption = 'AD Object' AND value = \"6F0C\"", "6f0c"),
        ("CAPTION like 'AD*' and VALUE contains '0'", "6f0c"),
        ("caption = 'AD Object' and value != null", "6f0c"),
        ("caption = 'AD Object' and value = null", None),
        ("value = 36", "36"),
        ("value = '36'", 36),
        ("value > 35.5", 36),
        ("value = true", True),
        ("value >= [2026-05-01]", "2026-05-04T00:00:00Z"),
        ("id = 51", None),
    ],
)
def test_custom_field_values_are_compared_by_what_they_are(text: str, value: Any) -> None:
    """A field's value can be text, a number, a flag or a time."""
    assert custom_matches(text, value=value)


@pytest.mark.parametrize(("text", "value"), [("value = true", "6f0c"), ("value = 1", True), ("value > 5", None)])
def test_custom_field_values_of_another_type_are_unlike(text: str, value: Any) -> None:
    """No error, for the next record's value may be of the type asked for."""
    assert not custom_matches(text, value=value)


def test_custom_field_conditions_know_custom_fields_alone() -> None:
    """Another name, or records that have no custom fields, is an error."""
    for text, collection in (("foo = 1", "contacts"), ("value/x = 1", "contacts"), ("value = 1", "members")):
        with pytest.raises(ConditionError, match="is not a recognized name"):
            custom_matches(text, collection)


def test_custom_field_conditions_do_not_know_in() -> None:
    """As in child conditions, by the same switch."""
    with pytest.raises(ConditionError, match="IN operator"):
        custom_matches("value in ('6f0c')")
    assert custom_matches("value in ('6f0c')", child_in="accept")
