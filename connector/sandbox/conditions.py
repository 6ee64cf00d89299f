"""The grammar of ``conditions``: tokens to a tree (api.md 3.2).

expr  := term { (AND | OR) term }        AND binds tighter; parentheses group; any letter case
term  := path op value | path [not] in (value, …) | path [not] contains "…" | path [not] like "…"
value := "text" | 'text' | number | true | false | null | [2026-04-01T00:00:00Z] | [2026-04-01]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connector.sandbox.tokens import ConditionError, Token, Value, tokens

MAX_DEPTH = 50


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
