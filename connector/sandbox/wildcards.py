"""The patterns of ``like`` and ``contains``: ``*`` and ``%`` stand for anything, ``[[]`` for a bracket (api.md 3.2).

Every piece between two wildcards is looked for once, from left to right, so the work is at worst the length of the
text times that of the pattern, whatever a client sends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANYTHING = re.compile("[*%]+")


@dataclass(frozen=True)
class Run:
    """Text without a wildcard: ``parts`` with exactly one letter of any kind between each two."""

    parts: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many letters it covers."""
        return sum(map(len, self.parts)) + len(self.parts) - 1

    def fits(self, text: str, at: int) -> bool:
        """Whether it stands at a place of the text."""
        for part in self.parts:
            if not text.startswith(part, at):
                return False
            at += len(part) + 1
        return True

    def find(self, text: str, start: int) -> int:
        """The first place from ``start`` on where it stands, or -1."""
        if len(self.parts) == 1:
            return text.find(self.parts[0], start)
        return next((at for at in range(start, len(text) - self.length + 1) if self.fits(text, at)), -1)


@dataclass(frozen=True)
class Pattern:
    """Runs with anything, or nothing, between each two."""

    runs: tuple[Run, ...]

    def fits(self, text: str) -> bool:
        """Whether the whole text is of this pattern."""
        first, last = self.runs[0], self.runs[-1]
        if len(self.runs) == 1:
            return first.length == len(text) and first.fits(text, 0)
        at, end = first.length, len(text) - last.length
        if at > end or not first.fits(text, 0) or not last.fits(text, end):
            return False
        for run in self.runs[1:-1]:
            found = run.find(text, at)
            if found < 0:
                return False
            at = found + run.length
        return at <= end


def pattern(text: str, *, one_letter: bool, inside: bool) -> Pattern:
    """Read a pattern. ``one_letter`` makes ``_`` any letter; ``inside`` lets anything stand before and behind."""
    runs = [run.split("_") if one_letter else [run] for run in ANYTHING.split(text)]
    read = [Run(tuple(part.replace("[[]", "[") for part in parts)) for parts in runs]
    nothing = Run(("",))
    return Pattern((nothing, *read, nothing) if inside else tuple(read))


def has_wildcard(text: str) -> bool:
    """Whether anything in the text stands for more than itself."""
    return ANYTHING.search(text) is not None
