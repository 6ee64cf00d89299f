"""The condition language on its own (api.md 3.2)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sandbox.conditions import Both, Either, Term, parse
from connector.sandbox.predicates import record_predicate
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.switches import default_switches
from connector.sandbox.tokens import ConditionError, Number
from tests.sandbox.matching import CONTACT, matches

CONTACTS = BY_COLLECTION["contacts"]


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
        "_INFO/LASTUPDATED >= [2026-05-04]",
        "lastUpdated = [2026-05-04T08:10:11z]",
        "lastUpdated = [2026-05-04T10:10:11+02:00]",
        "lastUpdated = [2026-05-04 08:10:11]",
        "lastUpdated < [2026-05-04T08:10:11.5Z]",
        "lastUpdated >= '2026-05-04'",
        "id = 1 or id = 2 or firstName = 'Jonas'",
        "(id = 1 or id = 8123) and firstName = 'Jonas'",
        "updatedBy = 'adconnector'",
        "COMPANY/ID=412 aNd INACTIVEFLAG=fAlSe Or FIRSTNAME Not In ('x')",
        "inactiveFlag = 'FALSE'",
        "title = NULL",
        "id = '8123'",
        "id = 8123.0",
        "id > -1 and id > +1 and id < 8123.5",
        "id < 99999999999999999999999999999999",
        "zip = 02134",
        "zip in (02134, 'x')",
        "site/name = 'main' and SITE/ID = 900",
        "\t id=8123\r\n",
        "((((id=8123))))",
        "firstName not  in('Anna',\t'Åsa')",
        "firstName like '*' and firstName like '%%' and firstName contains ''",
        "firstName like 'jonas'",
        "firstName contains 'o*a'",
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
        "zip = 2134",
        "firstName like '%x'",
        "firstName not contains 'JON'",
        "title in (null)",
        "id = null",
        "firstName < null",
        "id > 99999999999999999999999999999999",
        "id = 8123.0000000000000000000001",
        "id = " + "9" * 5000,
    ],
)
def test_condition_does_not_hold(text: str) -> None:
    """What does not fit is left out; an empty value fits no comparison but ``= null``."""
    assert not matches(text)


def test_and_binds_tighter_than_or() -> None:
    """``a or b and c`` is ``a or (b and c)``."""
    one, two, three = (Term("id", "=", (Number(n),)) for n in "123")
    assert parse("id=1 or id=2 and id=3") == Either((one, Both((two, three))))


def test_strings_take_either_quote_and_escaped_quotes() -> None:
    """A backslash before a quote or a backslash escapes it; elsewhere it is itself."""
    assert parse(r'firstName="a\"b\\c\d"') == Term("firstName", "=", ('a"b\\c\\d',))
    assert parse("firstName='O\\'Neil'") == Term("firstName", "=", ("O'Neil",))


def test_quote_escape_is_a_switch() -> None:
    """With ``doubled`` a quote is written twice; with ``none`` a backslash is plain."""
    assert parse("firstName='O''Neil'", "doubled") == Term("firstName", "=", ("O'Neil",))
    assert parse(r"firstName='a\'", "none") == Term("firstName", "=", ("a\\",))


def test_numbers_keep_their_text() -> None:
    """Text such as a postcode begins with zeros; which type a number becomes is for the field to say."""
    assert parse("zip=007.50") == Term("zip", "=", (Number("007.50"),))


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
        ("lastUpdated>[]", "is not a date"),
        ("lastUpdated>[2026-02-30]", "is not a date"),
        ("lastUpdated>[2026-04-01T25:00:00Z]", "is not a date"),
        ("lastUpdated>[0001-01-01T00:00:00+14:00]", "is not a date"),
        ("lastUpdated>[20260401]", "is not a date"),
        ("lastUpdated>[2026-W14-3]", "is not a date"),
        ("lastUpdated>[2026-04-01", "not closed"),
        ("lastUpdated>5", "cannot be compared"),
        ("firstName=[2026-04-01]", "cannot be compared"),
        ("firstName=true", "cannot be compared"),
        ("inactiveFlag='yes'", "cannot be compared"),
        ("id='nan'", "cannot be compared"),
        ("id='1_000'", "cannot be compared"),
        ("company=412", "cannot be compared"),
        ("id like '81%'", "like operator cannot be used with id"),
        ("inactiveFlag contains 'a'", "contains operator cannot be used with inactiveFlag"),
        ("contact/name='x'", "contact/name is not a recognized name."),
        ("site/identifier='x'", "site/identifier is not a recognized name."),
        ("company/id/id=1", "company/id/id is not a recognized name."),
        ("firstName/x=1", "firstName/x is not a recognized name."),
        ("_info=null", "_info is not a recognized name."),
        ("_info/x=1", "_info/x is not a recognized name."),
        ("lastUpdated/x=1", "lastUpdated/x is not a recognized name."),
        ("typeIds=1", "typeIds is not a recognized name."),
        ("firstName like 5", "needs a string"),
        ("id in ()", "Unexpected ')'"),
        ("id in (1", "Unexpected 'end of text'"),
        ("id in 1", "Unexpected '1'"),
        ("id in (1,)", "Unexpected ')'"),
        ("id not = 1", "An operator is expected"),
        ("not (id=1)", "An operator is expected"),
        ("id=1 and", "Unexpected 'end of text'"),
        ("and", "An operator is expected"),
        ("()", "Unexpected ')'"),
        ("id=1)", "Unexpected ')'"),
        ("id==1", "Unexpected '='"),
        ("id=1.5.2", "Unexpected character '1'"),
        ("id=.5", "Unexpected character '.'"),
        ("1=id", "Unexpected '1'"),
        ("company//id=1", "Unexpected character '/'"),
        ("firstName=Jonas", "Unexpected 'Jonas'"),
        ("id=1 & id=2", "Unexpected character"),
        ("(" * 60 + "id=1" + ")" * 60, "nested too deeply"),
        ("(" * 10_000, "nested too deeply"),
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
    """``[[]`` stands for one opening bracket, a bracket without it for itself as well."""
    assert matches("firstName like '[[]x]*'", record={"firstName": "[x] y"})
    assert matches("firstName contains '[x]'", record={"firstName": "[x] y"})
    assert matches("firstName = '[[]x'", record={"firstName": "[[]x"})


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


def test_a_bound_on_the_present_day_is_a_switch() -> None:
    """With ``nothing`` a client that asks for what came since this morning finds nothing; with a margin it does."""
    for bound in ("lastUpdated >= [2026-05-04]", "lastUpdated > [2026-05-04T08:00:00Z]"):
        assert matches(bound)
        assert not matches(bound, lower_bound_today="nothing")
    for margin in ("lastUpdated > [2026-05-03]", "lastUpdated <= [2026-05-04T09:00:00Z]"):
        assert matches(margin, lower_bound_today="nothing")


def test_letter_case_is_a_switch() -> None:
    """Text compares in any letter case unless switched."""
    assert matches("firstName = 'JONAS'")
    assert not matches("firstName = 'JONAS'", string_case="sensitive")
    assert not matches("firstName like 'JON*'", string_case="sensitive")
    assert matches("FIRSTNAME = 'Jonas'", string_case="sensitive")


def test_fields_that_only_the_data_knows_are_compared_by_what_they_hold() -> None:
    """Text with text, numbers with numbers, flags with flags, times with times; what cannot be equal is not."""
    record = {"text": "8", "number": 8, "flag": True, "time": "2026-05-04T00:00:00Z", "deep": {"part": "x"}}
    holds = ["text=8", "number='8'", "number=8.0", "flag=true", "time<=[2026-05-04]", "deep/part='X'", "deep != null"]
    for text in [*holds, "flag != 1", "number != 'x'", "text like '*'", "number not like '9'", "TEXT in ('8')"]:
        test = record_predicate(text, CONTACTS, default_switches(), record.keys())
        assert test(record), text
    for text in [
        "flag=1",
        "number=true",
        "number like '8'",
        "deep='x'",
        "deep/other='x'",
        "text/x=1",
        "time>[2027-01-01]",
    ]:
        assert not record_predicate(text, CONTACTS, default_switches(), record.keys())(record), text


def test_a_long_condition_takes_no_longer_than_its_length() -> None:
    """Fifty thousand letters of terms, of values, of one text, of wildcards against a value made to resist them."""
    record = {**CONTACT, "title": "a" * 5000}
    texts = [" or ".join(["id=1"] * 6000), f"id in ({','.join(['1'] * 25_000)})", f"title = '{'x' * 50_000}'"]
    texts += [f"title like '{'a*' * 25_000}b'", f"title contains '{'a%' * 100}b'", f"title like '{'[[]' * 16_000}'"]
    for text in texts:
        started = time.thread_time()
        assert not matches(text, record=record)
        assert time.thread_time() - started < 2
