"""Bodies are JSON that a person can read (api.md 2.3)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.sandbox.pretty import json_bytes
from tests.sandbox.conftest import Client

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=15
)


def by_the_library(value: Any) -> bytes:
    """The same value indented by the standard library, whose line ends are LF."""
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\r\n").encode("utf-8", "replace")


@given(VALUES)
def test_any_value_is_indented_as_the_standard_library_would(value: Any) -> None:
    """Two blanks for each level, CRLF between lines and in no string, empty lists and objects on one line."""
    assert json_bytes(value) == by_the_library(value)


@given(VALUES)
def test_any_value_comes_back(value: Any) -> None:
    """Whatever letters are in it, a body is valid JSON of what was answered."""
    assert json.loads(json_bytes(value)) == value


def test_what_is_no_number_is_null() -> None:
    """JSON has no infinity: a stored one must not make the whole list unreadable."""
    assert json.loads(json_bytes([float("inf"), float("-inf"), float("nan"), 1e300])) == [None, None, None, 1e300]


def test_half_a_letter_does_not_break_a_body() -> None:
    """A lone surrogate cannot be written as UTF-8."""
    assert json.loads(json_bytes({"a\ud800": "b\udfff"})) == {"a?": "b?"}


def test_lists_records_and_errors_are_indented(psa: Client) -> None:
    """A page, a record and a refusal alike."""
    for path in ("/company/contacts", "/company/contacts/8123", "/company/contacts/1"):
        response = psa.get(path)
        assert response.content == by_the_library(response.json())
        assert b"\r\n  " in response.content
