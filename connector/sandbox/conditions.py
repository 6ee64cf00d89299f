"""The language of ``conditions``: text to tokens to a tree (api.md 3.2).

expr  := term { (AND | OR) term }        AND binds tighter; parentheses group; any letter case
term  := path op value | path [not] in (value, …) | path [not] contains "…" | path [not] like "…"
value := "text" | 'text' | number | true | false | null | [2026-04-01T00:00:00Z]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.sandbox.schema import parse_time

Value = str | float | bool | datetime | None
OPERATORS = ("<=", ">=", "!=", "=", "<", ">")
PATH = re.compile(r"[A-Za-z_]\w*(?:/\w+)*")
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?![\w.])")
MAX_DEPTH = 50


class ConditionError(ValueError):
    """The text is not a condition, or names what cannot be filtered; the message goes into the 400 answer."""


@dataclass(frozen=True)
class Term:
    """One comparison. ``operator`` is a symbol, ``in``, ``contains`` or ``like``; ``in`` has several values."""

    path: str
    operator: str
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True)
class Both:
    """All of the parts hold."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True)
class Either:
    """At least one of the parts holds."""

    parts: tuple[Expr, ...]


Expr = Term | Both | Either


@dataclass(frozen=True)
class Token:
    """A piece of the text: ``kind`` is word, value, operator, ``(``, ``)``, ``,`` or end; ``at`` its place."""

    kind: str
    text: str
    at: int
    value: Value = None


def parse(text: str, quote_escape: str = "backslash") -> Expr:
    """Read a condition; raises ``ConditionError``. ``quote_escape`` is the switch of that name."""
    reader = Reader(list(tokens(text, quote_escape)))
    expression = reader.expression(0)
    reader.expect("end")
    return expression


def terms(expression: Expr) -> Iterator[Term]:
    """Every comparison in a tree."""
    if isinstance(expression, Term):
        yield expression
    else:
        for part in expression.parts:
            yield from terms(part)


def tokens(text: str, quote_escape: str) -> Iterator[Token]:
    """Cut a condition into tokens."""
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
        return Token("value", match.group(), at, float(match.group())), match.end()
    if match := PATH.match(text, at):
        return word(match.group(), at), match.end()
    raise ConditionError(f"Unexpected character '{letter}' at position {at}.")


def word(text: str, at: int) -> Token:
    """A name, or one of the words true, false and null."""
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


class Reader:
    """Reads tokens into a tree by recursive descent."""

    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.at = 0

    def peek(self) -> Token:
        """The next token."""
        return self.found[self.at]

    def take(self) -> Token:
        """The next token, consumed; the end stays."""
        token = self.found[self.at]
        self.at = min(self.at + 1, len(self.found) - 1)
        return token

    def keyword(self, text: str) -> bool:
        """Consume a word in any letter case if it is next."""
        token = self.peek()
        if token.kind == "word" and token.text.lower() == text:
            self.take()
            return True
        return False

    def expect(self, kind: str) -> Token:
        """Consume a token of this kind or raise."""
        token = self.take()
        if token.kind != kind:
            raise ConditionError(f"Unexpected '{token.text or 'end of text'}' at position {token.at}.")
        return token

    def expression(self, depth: int) -> Expr:
        """Terms joined by OR."""
        if depth > MAX_DEPTH:
            raise ConditionError("The condition is nested too deeply.")
        parts = [self.conjunction(depth)]
        while self.keyword("or"):
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def conjunction(self, depth: int) -> Expr:
        """Terms joined by AND."""
        parts = [self.operand(depth)]
        while self.keyword("and"):
            parts.append(self.operand(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def operand(self, depth: int) -> Expr:
        """A group in parentheses or one term."""
        if self.peek().kind != "(":
            return self.term()
        self.take()
        inner = self.expression(depth + 1)
        self.expect(")")
        return inner

    def term(self) -> Term:
        """One comparison."""
        path = self.expect("word").text
        if self.peek().kind == "operator":
            return Term(path, self.take().text, (self.value(),))
        negated = self.keyword("not")
        if self.keyword("in"):
            return Term(path, "in", self.listed(), negated)
        for operator in ("contains", "like"):
            if self.keyword(operator):
                return Term(path, operator, (self.text_value(operator),), negated)
        token = self.peek()
        raise ConditionError(f"An operator is expected at position {token.at}.")

    def value(self) -> Value:
        """A constant."""
        return self.expect("value").value

    def text_value(self, operator: str) -> str:
        """A constant that must be text."""
        token = self.expect("value")
        if not isinstance(token.value, str):
            raise ConditionError(f"The {operator} operator needs a string, not {token.text}.")
        return token.value

    def listed(self) -> tuple[Value, ...]:
        """The constants between the parentheses of IN."""
        self.expect("(")
        values = [self.value()]
        while self.peek().kind == ",":
            self.take()
            values.append(self.value())
        self.expect(")")
        return tuple(values)
