"""The words of ``conditions``: names, operators, strings, numbers, dates (api.md 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.sandbox.schema import parse_time

OPERATORS = ("<=", ">=", "!=", "=", "<", ">")
PATH = re.compile(r"[A-Za-z_]\w*(?:/\w+)*")
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?![\w.])")


class ConditionError(ValueError):
    """The text is not a condition, or names what cannot be filtered; the message goes into the 400 answer."""


@dataclass(frozen=True)
class Number:
    """A number as it was written: which type it becomes is for the field to say, and text keeps its zeros."""

    text: str

    def __str__(self) -> str:
        return self.text


Value = str | Number | bool | datetime | None


@dataclass(frozen=True)
class Token:
    """A piece of the text: ``kind`` is word, value, operator, ``(``, ``)``, ``,`` or end; ``at`` its place."""

    kind: str
    text: str
    at: int
    value: Value = None


def tokens(text: str, quote_escape: str) -> Iterator[Token]:
    """Cut a condition into tokens; raises ``ConditionError``."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = next_token(text, at, quote_escape)
        yield token
    yield Token("end", "", len(text))


def next_token(text: str, at: int, quote_escape: str) -> tuple[Token, int]:
    """The token that begins at ``at``, and where it ends."""
    letter = text[at]
    if letter in "\"'":
        value, end = quoted(text, at, quote_escape)
        return Token("value", text[at:end], at, value), end
    if letter == "[":
        return bracketed(text, at)
    if letter in "(),":
        return Token(letter, letter, at), at + 1
    for operator in OPERATORS:
        if text.startswith(operator, at):
            return Token("operator", operator, at), at + len(operator)
    if match := NUMBER.match(text, at):
        return Token("value", match.group(), at, Number(match.group())), match.end()
    if match := PATH.match(text, at):
        return word(match.group(), at), match.end()
    raise ConditionError(f"Unexpected character '{letter}' at position {at}.")


def word(text: str, at: int) -> Token:
    """A name, or one of the words true, false and null in any letter case."""
    constants: dict[str, Value] = {"true": True, "false": False, "null": None}
    if text.lower() in constants:
        return Token("value", text, at, constants[text.lower()])
    return Token("word", text, at)


def quoted(text: str, at: int, quote_escape: str) -> tuple[str, int]:
    """The text between quotes, and where it ends. Only a quote or a backslash can be escaped with a backslash."""
    quote, letters, place = text[at], [], at + 1
    while place < len(text):
        pair = text[place : place + 2]
        escaped = (quote_escape == "backslash" and pair in {f"\\{quote}", "\\\\"}) or (
            quote_escape == "doubled" and pair == quote * 2
        )
        if escaped:
            letters.append(pair[1])
            place += 2
        elif text[place] == quote:
            return "".join(letters), place + 1
        else:
            letters.append(text[place])
            place += 1
    raise ConditionError(f"The string that begins at position {at} is not closed.")


def bracketed(text: str, at: int) -> tuple[Token, int]:
    """A time in square brackets."""
    end = text.find("]", at)
    if end < 0:
        raise ConditionError(f"The date that begins at position {at} is not closed.")
    try:
        return Token("value", text[at : end + 1], at, parse_time(text[at + 1 : end])), end + 1
    except ValueError:
        raise ConditionError(f"{text[at : end + 1]} is not a date.") from None
