"""The block of names in an invoice description: where it stands, its order, its limit, and what is around it."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.holding import HoldError
from connector.core.invoice_text import LIMIT, names_in, with_names
from connector.core.plan import Counted

MARKS = "[];\n\r\t\N{GRINNING FACE}\N{HEBREW LETTER ALEF}\N{ARABIC LETTER BEH}\N{RIGHT-TO-LEFT OVERRIDE}\ud800漢é"
NAMES = st.lists(
    st.text(st.sampled_from(MARKS) | st.characters(), max_size=12)
    | st.sampled_from(["[Users (1): X]", "Ann; Ben", "and 3 more", "[Users (", "👩‍👩‍👧‍👦"]),
    max_size=10,
)


def named(*names: str) -> list[Counted]:
    """People by their names; the name is the account as well."""
    return [Counted(f"{at:03}", name, "every person", f"u{at}", Decimal(1)) for at, name in enumerate(names)]


def size(value: str) -> int:
    """Characters as UTF-16 counts them."""
    return len(value.encode("utf-16-le")) // 2


def room_for(description: str, *names: str) -> str:
    """A description that leaves just the room that the block of these names needs."""
    block = with_names("", named(*names))
    return description * (LIMIT - size(block) - 1)


def test_s82_order_does_not_follow_that_of_the_directory() -> None:
    """By name in any letter case, then by identity."""
    people = [*named("ben", "Anna", "ANNA", "Carl")]
    block = "[Users (4): Anna; ANNA; ben; Carl]"
    assert {with_names("", people), with_names("", people[::-1])} == {block}


def test_s82_the_block_in_the_middle_stays_in_the_middle() -> None:
    """Blanks, tabs and signs around it are finance's."""
    text = "\t Users per head: [Users (1): Old]; PO-4711 \N{EURO SIGN} {a} \\1 "
    assert with_names(text, named("Anna")) == text.replace("[Users (1): Old]", "[Users (1): Anna]")


def test_s82_other_brackets_of_finance_are_no_block() -> None:
    """Nor is a list in another spelling; ours goes to the end."""
    text = "[per head] [users (2): a; b] Users (3): x"
    assert with_names(text, named("Anna")) == f"{text} [Users (1): Anna]"


def test_s82_a_name_can_neither_end_nor_double_the_block() -> None:
    """Brackets and semicolons in a name become others that mean nothing here."""
    text = with_names("", named("[Users (1): X]", "Ann; Ben]"))
    assert text == "[Users (2): (Users (1): X); Ann, Ben)]"
    assert with_names(text, named("Cy")) == "[Users (1): Cy]"


def test_s82_a_name_is_one_line() -> None:
    """Line breaks and doubled blanks of a display name become a blank; signs that show nothing are left out."""
    assert with_names("", named("Anna\r\n  Adler\u202e")) == "[Users (1): Anna Adler]"


def test_s82_who_has_no_name_stands_with_the_account() -> None:
    """Also when the name shows nothing."""
    assert with_names("", named("", "\u200b")) == "[Users (2): u0; u1]"


def test_s82_names_that_just_fit_are_written_whole() -> None:
    """6,000 characters, and not one more."""
    text = with_names(room_for("x", "Anna", "Ben"), named("Anna", "Ben"))
    assert (size(text), text[-24:]) == (LIMIT, "x [Users (2): Anna; Ben]")


def test_s82_one_character_too_many_cuts_the_last_name() -> None:
    """It takes 22 characters with its separator, the count of the rest 11; who is written stays whole."""
    people = named(*(f"Person {at:04} Longname" for at in range(3)))
    room = room_for("x", *(one.name for one in people))
    assert with_names(room, people).endswith("Person 0001 Longname; Person 0002 Longname]")
    one_less = "x [Users (3): Person 0000 Longname; Person 0001 Longname and 1 more]"
    assert with_names(room + "x", people).endswith(one_less)
    assert with_names(room + "x" * 11, people).endswith(one_less)
    assert with_names(room + "x" * 12, people).endswith("x [Users (3): Person 0000 Longname and 2 more]")


def test_s82_the_limit_is_of_the_whole_description_with_the_text_behind_the_block() -> None:
    """5,000 characters of finance leave 1,000 for the block."""
    people = named(*(f"Person {at:04}" for at in range(200)))
    text = with_names("a" * 2500 + "[Users (0): -]" + "b" * 2500, people)
    block = names_in(text)
    assert (text[:2500], text[-2500:]) == ("a" * 2500, "b" * 2500)
    assert LIMIT - len("; Person 0000") < size(text) <= LIMIT
    shown = block.removeprefix("[Users (200): ").partition(" and ")[0].split("; ")
    assert block.endswith(f" and {200 - len(shown)} more]")


def test_s82_a_letter_beyond_the_basic_plane_takes_the_room_of_two() -> None:
    """With room for eleven letters: ten of the basic plane and a bracket fit, ten others do not."""
    room = room_for("x", "a" * 10)
    assert with_names(room, named("b" * 10)).endswith("[Users (1): bbbbbbbbbb]")
    with pytest.raises(HoldError, match="leaves no room for names"):
        with_names(room, named("\N{GRINNING FACE}" * 10))


def test_s82_no_room_is_told_with_the_numbers() -> None:
    """How long the description is without the block, and how long it may be."""
    with pytest.raises(HoldError, match="it has 5,995 of 6,000 characters") as held:
        with_names("x" * 5994, named("Anna"))
    assert "Shorten the description" in held.value.release


@pytest.mark.parametrize(
    "text",
    [
        "Head [Users (1): Anna",
        "Head [Users (2): Anna; Ben [per head]",
        "[Users (1): Anna] [Users (1): Anna]",
        "[Users (one): Anna]",
        "[Users (1) Anna]",
        "[Users (1): Anna] and [Users (",
    ],
)
@pytest.mark.parametrize("names", [(), ("Anna",)])
def test_s82_a_damaged_or_doubled_block_is_held_for_whomever(text: str, names: tuple[str, ...]) -> None:
    """Even where nobody is counted: what is ours is not known."""
    with pytest.raises(HoldError, match="edited or doubled"):
        with_names(text, named(*names))


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\r", "\f"])
def test_s82_a_text_with_line_breaks_is_held_only_when_it_would_be_written(sign: str) -> None:
    """The same people need no write, and nobody without a block needs none either."""
    assert with_names(f"A{sign}B", []) == f"A{sign}B"
    right = f"A{sign}[Users (1): Anna]"
    assert with_names(right, named("Anna")) == right
    for text in (f"A{sign}B", f"A{sign}[Users (1): Ben]", f"[Users (1): Ben]{sign}"):
        with pytest.raises(HoldError, match="has line breaks"):
            with_names(text, named("Anna"))


def test_s82_units_do_not_count_as_people() -> None:
    """One kiosk of three units and one half-time desk are two entries."""
    people = [Counted("1", "Kiosk", "x", "k", Decimal("3.0")), Counted("2", "Desk", "x", "d", Decimal("0.5"))]
    assert with_names("", people) == "[Users (2): Desk x 0.5; Kiosk x 3]"


def test_s82_the_last_person_gone_leaves_an_empty_list() -> None:
    """And the first one to come fills it again, in the same place."""
    empty = with_names("A [Users (1): Anna] B", [])
    assert (empty, with_names(empty, named("Ben"))) == ("A [Users (0): -] B", "A [Users (1): Ben] B")


@given(NAMES)
def test_s82_same_people_are_the_same_text_whatever_they_are_called(names: list[str]) -> None:
    """Emoji, both directions of writing, brackets, semicolons, line breaks, halves of letters; one block, one line."""
    people = named(*names)
    text = with_names("As agreed [per head]", people)
    assert with_names(text, people[::-1]) == text
    assert text.startswith("As agreed [per head]")
    assert text.count("[Users (") == bool(names)
    assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)
    assert with_names(text, []) == ("As agreed [per head] [Users (0): -]" if names else text)


@given(st.integers(0, 5995), st.integers(1, 60), st.integers(1, 90), st.booleans())
def test_s82_a_description_never_exceeds_the_limit_and_every_name_is_written_or_counted(
    head: int, people: int, length: int, wide: bool
) -> None:
    """Or nothing is written at all, and only where not even one name fits."""
    sign = "\N{GRINNING FACE}" if wide else "n"
    crowd = named(*(f"{at:02}{sign * length}" for at in range(people)))
    first = f"00{sign * length}"
    least = f" [Users ({people}): {first}" + (f" and {people - 1} more]" if people > 1 else "]")
    try:
        text = with_names("x" * head, crowd)
    except HoldError:
        assert (head or -1) + size(least) > LIMIT
        return
    assert size(text) <= LIMIT
    shown, _, rest = names_in(text)[:-1].partition(": ")[2].partition(" and ")
    assert len(shown.split("; ")) + int(rest.removesuffix(" more") or 0) == people
    assert with_names(text, crowd) == text


def test_s82_an_account_that_stands_for_a_name_cannot_end_the_block_either() -> None:
    """Brackets in it become others as well, so the next run finds the block."""
    text = with_names("", [Counted("1", "\u200b", "every person", "a[b];c", Decimal(1))])
    assert text == "[Users (1): a(b),c]"
    assert with_names(text, named("Anna")) == "[Users (1): Anna]"


def test_s82_a_sign_that_the_psa_leaves_out_is_held_before_it_is_lost() -> None:
    """A backspace is not kept when a program writes the field (api.md), so the text around would change."""
    with pytest.raises(HoldError, match="does not keep"):
        with_names("A\bB", named("Anna"))
