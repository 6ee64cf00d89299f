"""Which spellings are the same, and which are not."""

import pytest

from connector.core.normalize import (
    dn_domain,
    dn_is_below,
    dn_key,
    folded,
    label_key,
    mail_key,
    name_key,
    split_name,
    text,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jonas BERG", "jonas berg"),
        ("Zoë Müller", "Zoe Muller"),
        ("Zoe\u0308 Müller", "Zoë Mu\u0308ller"),
        ("O’Brien", "O'Brien"),
        ("O´Brien", "OBrien"),
        ("O`Brien", "OBrien"),
        ("Smith-Jones", "Smith Jones"),
        ("John Smith Jr.", "John Smith"),
        ("John Smith PhD MD", "John Smith"),
        ("Søren Østby", "Soren Ostby"),
        ("İLKER IŞIK", "ilker ışık"),
        ("ilker isik", "ılker ışık"),
        ("ＪＯＮＡＳ Ｂｅｒｇ", "Jonas Berg"),
        ("Jonas\xa0Berg", "Jonas Berg"),
        ("Jo\u200bnas Berg\ufeff", "Jonas Berg"),
        ("\u202aJonas Berg\u202c", "Jonas Berg"),
        ("Jo\u200dnas\x00 Berg", "Jonas Berg"),
        ("Jo\u00adnas Berg", "Jonas Berg"),
        ("Straße", "Strasse"),
    ],
)
def test_s12_names_are_compared_without_case_accents_marks_and_suffixes(one: str, other: str) -> None:
    """Spelling that does not tell people apart does not matter."""
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("रीता", "राता"), ("がの", "かの"), ("นิ", "นุ"), ("Anna Berg", "Ann Berg"), ("Jonas B", "Jonas"), ("Li Jr", "Li")],
)
def test_names_that_differ_in_letters_are_different(one: str, other: str) -> None:
    """Vowel signs and voicing marks are letters there; a two-word name has no suffix to lose."""
    assert name_key(one) != name_key(other)


def test_labels_keep_what_looks_like_a_suffix() -> None:
    """Clinic II and Clinic III are two sites."""
    assert label_key("Boston Clinic II") != label_key("Boston Clinic III")
    assert label_key("Research & Development") == label_key("research - development")


@pytest.mark.parametrize("value", ["", " ", "-", "...", "\u200b"])
def test_nothing_has_no_key(value: str) -> None:
    """A placeholder is never equal to another one by accident: callers see that there is no key."""
    assert name_key(value) == label_key(value) == ""


@pytest.mark.parametrize("other", ["J.Berg@Harbor.Example", " j.berg@harbor.example\xa0", "ｊ.berg@harbor.example"])
def test_addresses_are_compared_without_case_width_and_blanks(other: str) -> None:
    """The same mailbox."""
    assert mail_key(other) == mail_key("j.berg@harbor.example")


@pytest.mark.parametrize("other", ["ılker@x.example", "i.lker@x.example", "ïlker@x.example", "ilker@x.example.com"])
def test_addresses_that_only_look_alike_are_different(other: str) -> None:
    """An address with another letter is another mailbox."""
    assert mail_key(other) != mail_key("ilker@x.example")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("  Jonas \t Berg\r\n", "Jonas Berg"),
        ("Mª José", "Mª José"),
        ("O´Brien", "O´Brien"),
        ("Jo\x00nas\x1b", "Jonas"),
        ("An\u200bna\ufeff", "Anna"),
        ("نیک\u200cنام", "نیک\u200cنام"),
        ("x\ud800y", "x\ufffdy"),
        ("Zoe\u0308", "Zoë"),
    ],
)
def test_what_is_written_keeps_its_spelling(value: str, written: str) -> None:
    """Only blanks and what shows nothing go; joiners that Persian is spelt with stay."""
    assert text(value) == written == text(written)


@pytest.mark.parametrize(
    ("first", "last", "display", "names"),
    [
        ("Jane", "Doe", "Somebody Else", ("Jane", "Doe")),
        ("", "", "Jane Doe", ("Jane", "Doe")),
        ("", "", "Doe, Jane", ("Jane", "Doe")),
        ("", "", "Doe, Jane, PhD", ("Jane", "Doe")),
        ("", "", "Jane Doe, MD", ("Jane", "Doe")),
        ("", "van der Berg", "Jan van der Berg", ("Jan", "van der Berg")),
        ("Anna", "", "Anna van Dyk", ("Anna", "van Dyk")),
        ("Anna Maria", "", "anna maria Berg", ("Anna Maria", "Berg")),
        ("Anna", "", "Berg, Anna", ("Anna", "Berg")),
    ],
)
def test_s14_missing_names_are_taken_from_the_display_name(
    first: str, last: str, display: str, names: tuple[str, str]
) -> None:
    """What is known is not taken for the other part as well."""
    assert split_name(first, last, display) == names


@pytest.mark.parametrize(
    ("first", "last", "display"),
    [
        ("", "", "Reception"),
        ("Reception", "", "Reception"),
        ("", "", ""),
        ("Bob", "", "Robert Smith"),
        ("", "Berg", ""),
    ],
)
def test_s14_a_name_that_nothing_tells_stays_empty(first: str, last: str, display: str) -> None:
    """Such an account is suspect; no name is made up."""
    assert "" in split_name(first, last, display)


@pytest.mark.parametrize(
    "other",
    ["cn=Berg\\2c Jonas , ou=Staff,dc=x", "CN=Berg\\, Jonas;OU=STAFF;DC=X", "CN=berg\\, jonas,OU=sta\\66f,DC=x"],
)
def test_distinguished_names_have_one_key(other: str) -> None:
    """RFC 4514: escapes, blanks around separators and letter case do not matter."""
    assert dn_key(other) == dn_key("CN=Berg\\, Jonas,OU=Staff,DC=x")


@pytest.mark.parametrize("value", ["Staff", "=x,DC=y", ",DC=x", "CN=a,,DC=x"])
def test_what_is_no_distinguished_name_is_refused(value: str) -> None:
    """A ValueError that shows the value."""
    with pytest.raises(ValueError, match="is not a distinguished name"):
        dn_key(value)


def test_below_means_whole_parts() -> None:
    """OU=XStaff is not OU=Staff."""
    assert dn_is_below(dn_key("CN=a,OU=Staff,DC=x"), dn_key("OU=Staff,DC=x"))
    assert not dn_is_below(dn_key("CN=a,OU=XStaff,DC=x"), dn_key("OU=Staff,DC=x"))
    assert not dn_is_below(dn_key("CN=a\\,OU=Staff,DC=x"), dn_key("OU=Staff,DC=x"))


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("CN=a,OU=dc=no,DC=X,DC=y", "dc=x,dc=y"),
        ("DC=x", "dc=x"),
        ("OU=adc=x,O=b", ""),
        ("DC=a,OU=b,DC=c,DC=d", "dc=c,dc=d"),
    ],
)
def test_the_domain_of_a_name_is_its_end(value: str, domain: str) -> None:
    """All the DC parts that nothing else follows."""
    assert dn_domain(value) == domain


@pytest.mark.parametrize("value", ["\ud800", "a\x00b\x1b", "\udfff\ud800 x", "\U0001f600", "e" + "\u0301" * 50])
def test_hostile_text_breaks_no_key(value: str) -> None:
    """Lone surrogates and control characters come out as text that can be encoded."""
    for key in (name_key, label_key, mail_key, folded, text):
        key(value).encode()
    dn_key(f"CN={value},DC=x").encode()
