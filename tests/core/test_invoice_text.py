"""The block of names in an invoice description."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.holding import HoldError
from connector.core.invoice_text import LIMIT, names_in, with_names
from connector.core.plan import Counted


def people(*names: str, units: str = "1") -> list[Counted]:
    """People by their names."""
    return [Counted(str(at), name, "every person", f"user{at}", Decimal(units)) for at, name in enumerate(names)]


NAMES = st.lists(st.text(max_size=20), max_size=8)
AROUND = st.text(
    st.characters(exclude_characters="[]\r\n\x0b\x0c", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30
)


def test_s82_the_block_stands_at_the_end_of_what_finance_wrote() -> None:
    """After a blank; alone where there was nothing."""
    assert with_names("As agreed", people("Ben Berg", "Anna Adler")) == "As agreed [Users (2): Anna Adler; Ben Berg]"
    assert with_names("", people("Anna Adler")) == "[Users (1): Anna Adler]"


def test_s82_the_block_is_replaced_where_it_stands() -> None:
    """What is around it stays to the character."""
    assert with_names("  A [Users (1): X]  B ", people("Anna")) == "  A [Users (1): Anna]  B "


def test_s82_nobody_and_no_block_leaves_the_text_alone() -> None:
    """A block that is there says that nobody is."""
    assert with_names("As agreed", []) == "As agreed"
    assert with_names("As agreed [Users (1): X]", []) == "As agreed [Users (0): -]"


def test_s82_units_other_than_one_are_told() -> None:
    """A kiosk of three units is one name."""
    assert with_names("", people("Front Desk", units="3")) == "[Users (1): Front Desk x 3]"


@pytest.mark.parametrize("text", ["[Users (1): X", "[Users (1): X] and [Users (2): Y]", "[Users (", "[Users (x): X]"])
def test_s82_a_block_that_is_not_whole_or_not_the_only_one_is_held(text: str) -> None:
    """What is ours cannot be told from the rest."""
    with pytest.raises(HoldError, match="edited or doubled"):
        with_names(text, people("Anna"))


def test_s82_line_breaks_are_held_only_when_something_would_change() -> None:
    """The write would turn them into blanks."""
    right = "A\r\n[Users (1): Anna]"
    assert with_names(right, people("Anna")) == right
    with pytest.raises(HoldError, match="line breaks"):
        with_names(right, people("Ben"))


def test_s82_letters_beyond_the_basic_plane_count_twice() -> None:
    """The limit is that of the PSA, which counts as UTF-16 does."""
    text = with_names("", people(*["😀" * 20] * 300))
    assert len(text.encode("utf-16-le")) // 2 <= LIMIT
    assert " more]" in text


@given(AROUND, AROUND, NAMES, NAMES)
def test_s82_writing_twice_is_writing_once_and_the_surroundings_stay(
    before: str, after: str, first: list[str], then: list[str]
) -> None:
    """Names of any script, and whatever order they come in."""
    text = with_names(f"{before}[Users (0): -]{after}", people(*first))
    assert with_names(text, people(*first)[::-1]) == text
    moved = with_names(text, people(*then))
    block = names_in(moved)
    assert moved == f"{before}{block}{after}"
    assert block.startswith(f"[Users ({len(then)}): ")
