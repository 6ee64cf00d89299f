"""Forms: what a client sends is what is read, byte by byte (RFC 7578, RFC 2046 section 5.1)."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.sandbox.multipart import FormError, Part, parse_form

BOUNDARY = b"bound.ary-1"
MEDIA = 'multipart/form-data; boundary="bound.ary-1"'
PIECES = [b"\r", b"\n", b"\r\n", b"\0", b"--", BOUNDARY, BOUNDARY[:-1], b" ", b"\t", b"Content-Disposition: form-data"]
CONTENT = st.binary(max_size=60) | st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=12).map(b"".join)


def form(*parts: bytes) -> bytes:
    """The body of a form with these parts."""
    return b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"


def part(disposition: bytes, content: bytes = b"x") -> bytes:
    """One part with a single header."""
    return b"Content-Disposition: " + disposition + b"\r\n\r\n" + content


@given(st.lists(CONTENT, min_size=1, max_size=3))
@example([b"a\n--" + BOUNDARY + b"\nb"])
@example([b"a\r--" + BOUNDARY + b"--\r"])
@example([b"a\r\n--" + BOUNDARY + b"x\r\n"])
@example([b"\r\n"])
def test_any_bytes_survive(contents: list[bytes]) -> None:
    """CR, LF, NUL and boundary-like text are content; a real client never sends the boundary line itself."""
    lines = [b"\r\n" + content + b"\r\n" for content in contents]
    if any(b"\r\n--" + BOUNDARY + end in line for line in lines for end in (b"\r\n", b"--", b" ", b"\t")):
        return
    body = form(*(part(b'form-data; name="file"; filename="a"', content) for content in contents))
    assert parse_form(MEDIA, body) == [Part("file", "a", content) for content in contents]


@given(st.binary(), st.text(st.characters(codec="utf-8", exclude_characters="\\%\0"), min_size=1, max_size=12))
def test_a_real_client_is_understood(content: bytes, name: str) -> None:
    """What httpx sends: any bytes, and names with quotes, line breaks and letters of any script."""
    request = httpx.Request("POST", "http://x", data={"title": "t"}, files={"file": (name, content, "message/rfc822")})
    request.read()
    assert parse_form(request.headers["content-type"], request.content) == [
        Part("title", None, b"t"),
        Part("file", name, content),
    ]


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        (b'form-data; name="file"; filename="a b;c.txt"', "file", "a b;c.txt"),
        (b"form-data; name=file; filename=a.txt", "file", "a.txt"),
        (b'form-data; name="file"; filename="a\\"b.txt"', "file", 'a"b.txt'),
        (b'form-data; name="file"; filename="x.txt"; filename*=UTF-8\'\'%C3%85sa.txt', "file", "Åsa.txt"),
        (b'form-data;\r\n name="file"', "file", None),
    ],
)
def test_names_are_read_in_every_spelling(disposition: bytes, name: str, filename: str | None) -> None:
    """Quoted, bare, escaped, extended (which goes first), folded."""
    assert parse_form(MEDIA, form(part(disposition))) == [Part(name, filename, b"x")]


def test_what_stands_around_the_parts_is_nothing() -> None:
    """Text before the first boundary, blanks after a boundary, text after the closing one."""
    body = (
        b"before\r\n--" + BOUNDARY + b" \t\r\n" + part(b'form-data; name="a"') + b"\r\n--" + BOUNDARY + b"-- \r\nafter"
    )
    assert parse_form(MEDIA, body) == [Part("a", None, b"x")]


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("multipart/form-data", form()),
        ("multipart/form-data; boundary=" + "x" * 71, b"--" + b"x" * 71 + b"--"),
        (MEDIA, b""),
        (MEDIA, form(part(b'form-data; name="a"'))[:-4]),
        (MEDIA, form(b"no headers")),
        (MEDIA, form(part(b"form-data"))),
        (MEDIA, form(part(b'attachment; name="a"'))),
        (MEDIA, form(part(b'form-data; name="' + b"a" * 20_000 + b'"'))),
    ],
)
def test_what_is_no_form_is_refused(media: str, body: bytes) -> None:
    """No boundary, no end, a part without headers or name, endless headers."""
    with pytest.raises(FormError):
        parse_form(media, body)


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    """Nothing but ``FormError`` comes out of a wrong body."""
    try:
        parse_form(MEDIA, b"--" + BOUNDARY + b"\r\n" + body + b"\r\n--" + BOUNDARY + b"--")
    except FormError as error:
        assert str(error)
