"""Conditions as trees, what they mean, and ways to write them: a second reading of the grammar (api.md 3.2).

It shares nothing with the sandbox's own: a tree is drawn at random, ``holds`` says in the plainest way what it means
for a record, ``Writer`` writes it down in a random spelling.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

ANY = "<any>"
WORD_LIKE = {"in", "contains", "like"}


@dataclass(frozen=True)
class Leaf:
    """A comparison. ``values`` are Python values; a pattern is a tuple of letters and ``ANY``."""

    path: tuple[str, ...]
    operator: str
    values: tuple[Any, ...]
    negated: bool = False


@dataclass(frozen=True)
class All:
    """All parts hold."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    """One of the parts holds."""

    parts: tuple[Any, ...]


Tree = Leaf | All | Some


def holds(tree: Tree, record: dict[str, Any]) -> bool:
    """Whether a record satisfies a tree."""
    if isinstance(tree, All):
        return all(holds(part, record) for part in tree.parts)
    if isinstance(tree, Some):
        return any(holds(part, record) for part in tree.parts)
    value: Any = record
    for name in tree.path:
        value = value.get(name) if isinstance(value, dict) else None
    return leaf_holds(tree, value)


def leaf_holds(leaf: Leaf, value: Any) -> bool:
    """Whether a value satisfies a comparison. Text compares in any letter case; an empty value is only ``= null``."""
    if leaf.values == (None,):
        return (value is None) == (leaf.operator == "=")
    if value is None:
        return False
    if leaf.operator == "in":
        return any(same(value, wanted) for wanted in leaf.values) != leaf.negated
    if leaf.operator in {"like", "contains"}:
        pattern = leaf.values[0] if leaf.operator == "like" else (ANY, *leaf.values[0], ANY)
        folded = tuple(letter for item in pattern for letter in ((item,) if item == ANY else item.casefold()))
        return fits(folded, value.casefold()) != leaf.negated
    left, right = comparable(value, leaf.values[0]), comparable(leaf.values[0], leaf.values[0])
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[leaf.operator]


def same(value: Any, wanted: Any) -> bool:
    """Whether two values are equal."""
    return bool(comparable(value, wanted) == comparable(wanted, wanted))


def comparable(value: Any, like: Any) -> Any:
    """A value in the type of the constant it is compared with."""
    if isinstance(like, datetime) and isinstance(value, str):
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if isinstance(value, str):
        return value.casefold()
    return Decimal(repr(value)) if isinstance(value, float) else value


@cache
def fits(pattern: tuple[str, ...], text: str) -> bool:
    """Whether a text is of a pattern: the definition, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == ANY:
        return fits(pattern[1:], text) or (bool(text) and fits(pattern, text[1:]))
    return bool(text) and pattern[0] == text[0] and fits(pattern[1:], text[1:])


@dataclass
class Writer:
    """Writes a tree in one of its many spellings."""

    random: Random

    def write(self, tree: Tree, outer: type | None = None) -> str:
        """A tree as text; parentheses where AND would bind its OR away, and here and there for nothing."""
        if isinstance(tree, Leaf):
            text = self.leaf(tree)
        else:
            word = "and" if isinstance(tree, All) else "or"
            text = self.joined(word, [self.write(part, type(tree)) for part in tree.parts])
        needed = isinstance(tree, Some) and outer is All
        if needed or self.random.random() < 0.2:
            text = f"({self.blank()}{text}{self.blank()})"
        return text

    def joined(self, word: str, parts: list[str]) -> str:
        """Parts with AND or OR between them."""
        text = parts[0]
        for part in parts[1:]:
            text += self.gap(text[-1]) + self.cased(word) + self.gap(part[0]) + part
        return text

    def leaf(self, leaf: Leaf) -> str:
        """A comparison."""
        path = self.cased("/".join(leaf.path))
        verb = self.cased(leaf.operator)
        if leaf.negated:
            verb = self.cased("not") + self.gap("x") + verb
        if leaf.operator == "in":
            listed = f"{self.blank()},{self.blank()}".join(self.value(value) for value in leaf.values)
            value = f"({self.blank()}{listed}{self.blank()})"
        else:
            value = self.value(leaf.values[0])
        if leaf.operator in WORD_LIKE:
            return f"{path}{self.gap('x')}{verb}{self.gap(value[0])}{value}"
        return f"{path}{self.blank()}{verb}{self.blank()}{value}"

    def value(self, value: Any) -> str:
        """A constant."""
        if isinstance(value, tuple):
            return self.text("".join(self.random.choice("*%") if c == ANY else "[[]" if c == "[" else c for c in value))
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, datetime):
            return f"[{self.time(value)}]"
        if isinstance(value, bool) or value is None:
            word = self.cased({True: "true", False: "false", None: "null"}[value])
            return self.text(word) if value is not None and self.random.random() < 0.2 else word
        return self.number(value)

    def text(self, text: str) -> str:
        """A string in either quote; a backslash must be escaped only where it would escape what follows."""
        quote = self.random.choice("\"'")
        written = ""
        for at, letter in enumerate(text):
            risky = letter == "\\" and text[at + 1 : at + 2] in {"", "\\", "'", '"'}
            written += f"\\{letter}" if letter == quote or risky else letter
        return f"{quote}{written}{quote}"

    def number(self, number: int | Decimal) -> str:
        """A number with or without sign, zeros, quotes."""
        sign = "-" if number < 0 else self.random.choice(["", "+"])
        text = sign + self.random.choice(["", "0", "00"]) + format(Decimal(abs(number)), "f")
        text += self.random.choice(["", ".0", ".00"]) if "." not in text else self.random.choice(["", "0"])
        return self.text(text) if self.random.random() < 0.2 else text

    def time(self, moment: datetime) -> str:
        """A time in UTC or another zone; a date alone where it is midnight."""
        if moment == moment.replace(hour=0, minute=0, second=0) and self.random.random() < 0.5:
            return f"{moment:%Y-%m-%d}"
        zone = self.random.choice([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5, minutes=30))])
        text = moment.astimezone(zone).replace(tzinfo=None).isoformat(sep=self.random.choice("T "))
        text += self.random.choice(["", ".000"])
        if zone is UTC:
            return text + self.random.choice(["Z", "z", "", "+00:00"])
        return text + {2: "+02:00"}.get(int(zone.utcoffset(None).total_seconds() // 3600), "-05:30")

    def cased(self, text: str) -> str:
        """A word or name in any letter case."""
        return "".join(self.random.choice([letter.lower(), letter.upper()]) for letter in text)

    def blank(self) -> str:
        """White space that may be left out."""
        return self.random.choice(["", "", " ", "\t", " \r\n "])

    def gap(self, beside: str) -> str:
        """White space that is needed only beside a letter or digit."""
        return self.blank() if beside in "()'\"[]" else self.blank() or " "
