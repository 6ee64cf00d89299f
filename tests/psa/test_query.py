"""Conditions say what was meant, whatever text is in them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.psa.paging import after
from connector.psa.query import URL_LIMIT, Condition, chunked_in, encode, field, literal


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ((field("company/id") == 412) & (field("inactiveFlag") == False), "company/id=412 and inactiveFlag=False"),  # noqa: E712
        (field("name") != None, "name!=null"),  # noqa: E711
        (field("id") > 5, "id>5"),
        (field("id") >= 5, "id>=5"),
        (field("id") < 5, "id<5"),
        (field("price") <= Decimal("4.50"), "price<=4.50"),
        (field("id").in_([1, 2]), "id in (1,2)"),
        (field("identifier").in_(["A", 'B"']), r'identifier in ("A","B\"")'),
        (field("url").contains("hook"), 'url contains "hook"'),
        (field("name").contains("[x]"), 'name contains "[[]x]"'),
        (field("name").like("a*"), 'name like "a*"'),
        (field("name").about("O'Brien 50%*_"), """name="O'Brien 50%*_\""""),
        (field("name").about('The "Old" [x] \\ inn'), 'name like "The %Old% %x% % inn"'),
        (field("effectiveDate") == date(2026, 4, 1), "effectiveDate=[2026-04-01]"),
        (
            field("lastUpdated") > datetime(2026, 4, 1, 9, 30, 5, 999, tzinfo=timezone(timedelta(hours=2))),
            "lastUpdated>[2026-04-01T07:30:05Z]",
        ),
        (field("lastUpdated") > datetime(999, 1, 1, tzinfo=UTC), "lastUpdated>[0999-01-01T00:00:00Z]"),
        (((field("a") == 1) | (field("b") == 2)) & (field("c") == 3), "(a=1 or b=2) and c=3"),
    ],
)
def test_a_condition_is_written_in_the_grammar_of_the_psa(condition: Condition, text: str) -> None:
    """Strings in double quotes, times in brackets and UTC, True and False, parentheses where joined (api.md 3.2)."""
    assert str(condition) == text


@given(st.text())
def test_no_text_leaves_its_quotes(value: str) -> None:
    """Read back by the rules of the grammar, exactly one string comes out, and it is the one that went in."""
    quoted = literal(value)
    assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', quoted)
    read_back = re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)
    assert read_back == re.sub(r"[\x00-\x1f\x7f]", " ", value)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_an_encoded_value_comes_back_as_it_was(value: str) -> None:
    """Nothing open is left that a server could read as a separator or a blank."""
    encoded = encode({"conditions": value})
    assert parse_qs(encoded, keep_blank_values=True) == {"conditions": [value]}
    assert re.fullmatch(r"conditions=[A-Za-z0-9_.~/%-]*", encoded)


@pytest.mark.parametrize("path", ["id=1 or id", "", "a b", "a/", "/a", 'a"', "a(", "é"])
def test_a_field_path_cannot_carry_a_condition(path: str) -> None:
    """Only names and slashes make a path."""
    with pytest.raises(ValueError, match="not a field path"):
        field(path)


def test_python_s_own_and_is_refused() -> None:
    """``a and b`` would silently drop the first condition."""
    with pytest.raises(TypeError, match="&"):
        (field("a") == 1) and (field("b") == 2)


def test_an_empty_list_is_refused() -> None:
    """``in ()`` fits nothing and would be an error at the PSA."""
    with pytest.raises(ValueError, match="empty"):
        field("id").in_([])


def test_a_time_without_zone_is_refused() -> None:
    """The PSA's times are UTC; a guess would be wrong by hours."""
    with pytest.raises(ValueError, match="zone"):
        literal(datetime(2026, 4, 1, tzinfo=UTC).replace(tzinfo=None))


def test_a_number_that_is_none_is_refused() -> None:
    """The PSA has no word for it."""
    for value in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(ValueError, match="not a number"):
            literal(Decimal(value))


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=75), max_size=120))
def test_lists_are_split_so_that_every_address_is_short_enough(values: list[str]) -> None:
    """Path and query stay within what the PSA takes, and no value is lost (api.md 3.2)."""
    path = "/procurement/catalog"
    queries = list(chunked_in(path, field("identifier"), values, {"fields": "id,identifier"}))
    for query in queries:
        for paged in ({**query, "pageId": 2147483647}, {**after(query, 2147483647), "page": 1}):
            assert len(f"/v4_6_release/apis/3.0{path}?{encode({**paged, 'pageSize': 1000})}") <= URL_LIMIT
    listed = [str(query["conditions"]).removeprefix("identifier in (").removesuffix(")") for query in queries]
    assert ",".join(listed) == ",".join(map(literal, values))


def test_long_lists_of_ids_take_few_requests() -> None:
    """A thousand links are looked up in a handful of calls."""
    queries = list(chunked_in("/company/contacts", field("id"), range(10_000, 11_000), {"fields": "id"}))
    assert len(queries) <= 7
