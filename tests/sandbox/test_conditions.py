"""The condition language on its own (api.md 3.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sandbox.conditions import Both, ConditionError, Either, Term, parse
from connector.sandbox.predicates import child_predicate, custom_field_predicate, record_predicate
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.switches import default_switches

CONTACT: dict[str, Any] = {
    "id": 8123,
    "firstName": "Jonas",
    "title": None,
    "inactiveFlag": False,
    "company": {"id": 412, "identifier": "HarborDental", "name": "Harbor Dental"},
    "communicationItems": [
        {"value": "j.berg@harbor.example", "communicationType": "Email", "defaultFlag": True, "type": {"id": 1}},
        {"value": "5550142", "communicationType": "Phone", "defaultFlag": False, "type": {"id": 2}},
    ],
    "types": [{"id": 2, "name": "User"}],
    "customFields": [{"id": 51, "caption": "AD Object", "value": "6f0c"}, {"id": 52, "caption": "Note"}],
    "_info": {"lastUpdated": "2026-05-04T08:10:11Z", "updatedBy": "adconnector"},
}


def matches(text: str, collection: str = "contacts", record: dict[str, Any] | None = None, **switches: Any) -> bool:
    """Whether the record satisfies the condition."""
    test = record_predicate(text, BY_COLLECTION[collection], {**default_switches(), **switches})
    return test(record or CONTACT)


@pytest.mark.parametrize(
    "text",
    [
        "id = 8123",
        "ID=8123",
        "company/id=412 AND inactiveFlag=False",
        "company/identifier = 'harbordental' and inactiveFlag = false",
        'firstName != "Anna"',
        "id > 8000 and id <= 8123",
        "id in (1, 8123)",
        "id not in (1,2)",
        "firstName contains 'ona'",
        "firstName not contains 'x'",
        "firstName like 'J*'",
        "firstName like 'j%s'",
        "firstName not like 'K*'",
        "title = null",
        "company/id != null",
        "department = null",
        "lastUpdated > [2026-05-04T08:10:10Z]",
        "_info/lastUpdated >= [2026-05-04]",
        "id = 1 or id = 2 or firstName = 'Jonas'",
        "(id = 1 or id = 8123) and firstName = 'Jonas'",
        "updatedBy = 'adconnector'",
    ],
)
def test_condition_holds(text: str) -> None:
    """Each written form of the grammar selects the record."""
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "id = 1",
        "firstName = 'Jon'",
        "firstName = 'J*'",
        "firstName like 'ona'",
        "title != 'x'",
        "title not like 'x'",
        "inactiveFlag = True",
        "lastUpdated < [2026-05-04]",
        "firstName = 'Jonas' and (id = 1 or id = 2)",
    ],
)
def test_condition_does_not_hold(text: str) -> None:
    """What does not fit is left out; an empty value fits no comparison but ``= null``."""
    assert not matches(text)


def test_and_binds_tighter_than_or() -> None:
    """``a or b and c`` is ``a or (b and c)``."""
    one, two, three = (Term("id", "=", (float(n),)) for n in (1, 2, 3))
    assert parse("id=1 or id=2 and id=3") == Either((one, Both((two, three))))


def test_strings_take_either_quote_and_escaped_quotes() -> None:
    """A backslash before a quote or a backslash escapes it; elsewhere it is itself."""
    assert parse(r'firstName="a\"b\\c\d"') == Term("firstName", "=", ('a"b\\c\\d',))
    assert parse("firstName='O\\'Neil'") == Term("firstName", "=", ("O'Neil",))


def test_quote_escape_is_a_switch() -> None:
    """With ``doubled`` a quote is written twice; with ``none`` a backslash is plain."""
    assert parse("firstName='O''Neil'", "doubled") == Term("firstName", "=", ("O'Neil",))
    assert parse(r"firstName='a\'", "none") == Term("firstName", "=", ("a\\",))


def test_dates_are_read_in_brackets() -> None:
    """A bracketed date is a UTC time."""
    assert parse("lastUpdated>[2026-04-01]") == Term("lastUpdated", ">", (datetime(2026, 4, 1, tzinfo=UTC),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo=1", "foo is not a recognized name."),
        ("company/foo=1", "company/foo is not a recognized name."),
        ("communicationItems/value='x'", "communicationItems/value is not a recognized name."),
        ("types/id=1", "types/id is not a recognized name."),
        ("customFields=null", "customFields is not a recognized name."),
        ("id='abc'", "cannot be compared"),
        ("inactiveFlag=3", "cannot be compared"),
        ("id=", "Unexpected 'end of text'"),
        ("id 1", "An operator is expected"),
        ("id=1 id=2", "Unexpected 'id'"),
        ("(id=1", "Unexpected 'end of text'"),
        ("firstName='x", "not closed"),
        ("lastUpdated>[nonsense]", "is not a date"),
        ("firstName like 5", "needs a string"),
        ("id in ()", "Unexpected ')'"),
        ("id=1 & id=2", "Unexpected character"),
        ("(" * 60 + "id=1" + ")" * 60, "nested too deeply"),
    ],
)
def test_bad_condition_is_refused_in_words(text: str, message: str) -> None:
    """A name that is not known or not allowed, and broken grammar, each say what is wrong."""
    with pytest.raises(ConditionError) as caught:
        matches(text)
    assert message in str(caught.value)


def test_enum_values_are_checked() -> None:
    """``Canceled`` with one l is an error, not an empty list; letter case does not matter."""
    with pytest.raises(ConditionError, match="Enum value supplied was invalid"):
        matches('agreementStatus = "Canceled"', "agreements", {"agreementStatus": "Cancelled"})
    assert matches('agreementStatus = "cancelled"', "agreements", {"agreementStatus": "Cancelled"})


def test_members_refuse_inactive_flag() -> None:
    """Some lists return inactiveFlag yet refuse it in conditions."""
    with pytest.raises(ConditionError, match="inactiveFlag is not a recognized name"):
        matches("inactiveFlag = false", "members", {"inactiveFlag": False})


def test_bracket_is_written_doubled_in_like() -> None:
    """``[[]`` stands for one opening bracket."""
    assert matches("firstName like '[[]x]*'", record={"firstName": "[x] y"})


@pytest.mark.parametrize(
    ("text", "switches"),
    [
        ("firstName = 'J*'", {"wildcard_in_equals": True}),
        ("firstName like 'ona'", {"like_without_wildcard": "contains"}),
        ("firstName like 'J_nas'", {"underscore_wildcard": True}),
        ("title != 'x'", {"null_not_equal": True}),
    ],
)
def test_unsettled_comparisons_are_switches(text: str, switches: dict[str, Any]) -> None:
    """Each condition holds only with its switch."""
    assert not matches(text)
    assert matches(text, **switches)


def test_letter_case_is_a_switch() -> None:
    """Text compares in any letter case unless switched."""
    assert matches("firstName = 'JONAS'")
    assert not matches("firstName = 'JONAS'", string_case="sensitive")


@pytest.mark.parametrize(
    "text",
    [
        'communicationItems/value = "J.Berg@harbor.example"',
        'communicationItems/value like "%@harbor.example" AND communicationItems/communicationType = "Email"',
        "types/id = 2",
        "types/name = 'user'",
        "communicationItems/type/id = 2",
        "communicationItems/defaultFlag = true",
    ],
)
def test_child_conditions_look_into_the_arrays(text: str) -> None:
    """Any element that fits is enough."""
    assert child_predicate(text, default_switches())(CONTACT)


def test_two_child_clauses_may_hold_for_different_elements() -> None:
    """Whether one element must satisfy both is a switch; without it the client has to check again."""
    text = 'communicationItems/value = "5550142" and communicationItems/communicationType = "Email"'
    assert child_predicate(text, default_switches())(CONTACT)
    assert not child_predicate(text, {**default_switches(), "child_same_element": True})(CONTACT)


def test_child_conditions_do_not_know_in() -> None:
    """``in`` is not among the documented operators there, unless switched on."""
    with pytest.raises(ConditionError, match="IN operator"):
        child_predicate("types/id in (2)", default_switches())
    assert child_predicate("types/id in (2)", {**default_switches(), "child_in": "accept"})(CONTACT)


def test_custom_field_conditions_hold_for_one_field() -> None:
    """Caption and value must be of the same custom field."""
    assert custom_field_predicate("caption = 'AD Object' and value = '6f0c'", default_switches())(CONTACT)
    assert not custom_field_predicate("caption = 'Note' and value != null", default_switches())(CONTACT)


WORDS = ["id", "company/id", "firstName", "lastUpdated", "=", "!=", "<", "and", "or", "not", "in", "like", "contains"]
WORDS += ["(", ")", ",", "'x'", '"', "[2026-01-01]", "[", "null", "true", "-1", "1.5", "\\", "*", "agreementStatus"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    """Whatever a client sends, nothing but ``ConditionError`` comes out of parsing and matching."""
    makers = (matches, lambda t: child_predicate(t, default_switches())(CONTACT))
    for make in (*makers, lambda t: custom_field_predicate(t, default_switches())(CONTACT)):
        try:
            result = make(text)
        except ConditionError as error:
            result = bool(str(error))
        assert result in {True, False}
