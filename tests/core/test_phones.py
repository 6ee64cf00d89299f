"""Telephone numbers in one form."""

import pytest

from connector.phones import parse


@pytest.mark.parametrize(
    "text",
    [
        "020 7946 0142",
        "+44 20 7946 0142",
        "(0)20 7946-0142",
        "０２０ ７９４６ ０１４２",
        "\u202a+44 20 7946 0142\u202c",
        "0044 20 7946 0142",
    ],
)
def test_s61_a_number_is_the_same_however_it_is_typed(text: str) -> None:
    """Compared by E.164."""
    found = parse(text, "GB")
    assert found is not None
    assert found.same_as == ("+442079460142", "")


@pytest.mark.parametrize("text", ["020 7946 0142 x21", "020 7946 0142 ext. 21", "tel:+44-20-7946-0142;ext=21"])
def test_s61_an_extension_is_taken_apart(text: str) -> None:
    """Inside the text or given apart is the same."""
    inside, apart = parse(text, "GB"), parse("020 7946 0142", "GB", "21")
    assert inside is not None and apart is not None
    assert inside.same_as == apart.same_as == ("+442079460142", "21")
    assert inside.text == "020 7946 0142"


@pytest.mark.parametrize("text", ["020 7946 0142 x21", "+1 617 555 0142 x7", "+39 06 1234 567 x3"])
def test_s61_what_was_taken_apart_is_read_again_the_same(text: str) -> None:
    """A second run finds nothing to write."""
    once = parse(text, "GB")
    assert once is not None
    assert parse(once.text, "GB", once.extension) == once


def test_a_number_without_an_extension_keeps_its_spelling() -> None:
    """The PSA gets what the directory says."""
    found = parse("  (020)  7946.0142 ", "GB")
    assert found is not None
    assert found.text == "(020) 7946.0142"


def test_a_number_that_cannot_be_parsed_is_compared_by_its_digits() -> None:
    """In whatever script they are."""
    long = parse("9" * 30, "GB"), parse("９" * 30, "GB")
    assert [found and found.number for found in long] == ["9" * 30, "9" * 30]


@pytest.mark.parametrize("text", ["", "  ", "n/a", "–", "½", "²"])
def test_text_without_a_digit_is_no_number(text: str) -> None:
    """None, so that it is as good as blank."""
    assert parse(text, "GB") is None


def test_another_country_is_another_number() -> None:
    """Without a country code the client's region decides."""
    british, american = parse("020 7946 0142", "GB"), parse("+1 20 7946 0142", "GB")
    assert british is not None and american is not None
    assert british.same_as != american.same_as
