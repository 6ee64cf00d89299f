"""Forms with files, ``multipart/form-data``, without touching a byte of a file (RFC 7578, RFC 2046 section 5.1).

The ``email`` package reads only the headers here: of a body it takes a boundary-like line after a bare CR or LF for the
boundary, and it takes apart a file that is itself a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

MEDIA = "multipart/form-data"
LONGEST_BOUNDARY = 70
LONGEST_HEADERS = 16_384
"""Bytes of one part's headers; a name longer than that is none."""
ESCAPED = re.compile(r"%(22|[01][0-9A-F])", re.IGNORECASE)
"""How clients write quotes and control characters in a name (the HTML standard, which RFC 7578 leaves it to)."""


class FormError(ValueError):
    """The body is no form; the message says why."""


@dataclass(frozen=True)
class Part:
    """One field of a form: its ``name``, its ``filename`` (None for a plain value) and its bytes as they were sent."""

    name: str
    filename: str | None
    content: bytes

    @property
    def text(self) -> str:
        """The value of a field that is no file."""
        return self.content.decode("utf-8", "replace")


def parse_form(content_type: str, body: bytes) -> list[Part]:
    """The fields of a form in the order sent; raises ``FormError``."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = (message.get_boundary() or "").encode("latin-1", "replace")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        raise FormError("The form has no boundary.")
    return [read_part(raw) for raw in split_body(body, boundary)]


def split_body(body: bytes, boundary: bytes) -> list[bytes]:
    """The parts between the boundary lines. A line counts only after CRLF, and whole: boundary, optional ``--``,
    optional blanks, CRLF or the end. What stands before the first and after the closing line is no part."""
    line = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\Z)")
    parts: list[bytes] = []
    start = -1
    for match in line.finditer(body):
        if start >= 0:
            parts.append(body[start : match.start()])
        if match[1]:
            return parts
        start = match.end()
    raise FormError("The form has no closing boundary.")


def read_part(raw: bytes) -> Part:
    """One part: headers, an empty line, the content."""
    head, found, content = raw.partition(b"\r\n\r\n")
    if not found or len(head) > LONGEST_HEADERS:
        raise FormError("A part of the form has no headers.")
    message = Message()
    for header in re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n"):
        key, _, value = header.decode("utf-8", "replace").partition(":")
        message[key.strip()] = value.strip()
    name, filename = parameter(message, "name"), parameter(message, "filename")
    if message.get_content_disposition() != "form-data" or name is None:
        raise FormError("A part of the form has no name.")
    return Part(name, filename, content)


def parameter(message: Message, wanted: str) -> str | None:
    """A parameter of Content-Disposition; the extended form (``filename*``) goes before the plain one (RFC 6266)."""
    params: list[tuple[str, Any]] = message.get_params(failobj=[], header="content-disposition")
    found = [value for name, value in params if name.lower() == wanted]
    for value in found:
        if isinstance(value, tuple):
            return collapse_rfc2231_value(value)
    for value in found:
        return ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
    return None
