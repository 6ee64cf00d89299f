"""On which line of a TOML file each key and each list element stands; tomllib does not say.

Only for text that tomllib has accepted: the scanner follows the grammar of TOML 1.0 and checks nothing.
"""

import re
import tomllib
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_KEY = re.compile(r'[ \t]*([A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')[ \t]*')
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\r\n]+")


def line_map(text: str) -> Mapping[KeyPath, int]:
    """The line (from 1) of every table, key and list element, by its path. A list of tables has the index of the
    table in its paths: ``("billing", 0, "name")``."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def nearest_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The line of the path, or of the closest thing around it; 1 when nothing of it is in the file."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Scanner:
    """One pass over the text. ``at`` is where it stands; every method leaves it behind what it has read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._lists: dict[KeyPath, int] = {}
        self._counted = 0
        self._line = 1

    def document(self) -> None:
        table: KeyPath = ()
        while self._skip():
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _header(self, brackets: int) -> KeyPath:
        start = self.at
        self.at += brackets
        *outer, last = self._keys()
        self.at += brackets
        path: KeyPath = ()
        for part in outer:
            self._note((*path, part), start)
            path = self._resolved((*path, part))
        path = (*path, last)
        if brackets == 2:
            self._lists[path] = self._lists.get(path, -1) + 1
            self._note(path, start)
            path = (*path, self._lists[path])
        self._note(path, start)
        return path

    def _resolved(self, path: KeyPath) -> KeyPath:
        """A header that goes through a list of tables means the last table of it."""
        return (*path, self._lists[path]) if path in self._lists else path

    def _pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for part in self._keys():
            path = (*path, part)
            self._note(path, start)
        self.at += 1
        self._value(path)

    def _keys(self) -> list[str]:
        """A dotted key; the quotes of quoted parts are taken off."""
        parts: list[str] = []
        while True:
            found = _KEY.match(self.text, self.at)
            if found is None:
                raise ValueError(f"not a TOML key: {self.text[self.at : self.at + 20]!r}")
            self.at = found.end()
            part = found.group(1)
            parts.append(str(tomllib.loads(f"key = {part}")["key"]) if part[0] in "\"'" else part)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        self._skip()
        opening = self.text[self.at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            found = (_STRING if opening in "\"'" else _PLAIN).match(self.text, self.at)
            self.at = found.end() if found else len(self.text)

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self._skip() and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._note((*path, index), self.at)
            self._value((*path, index))
            index += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._skip() and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
            else:
                self._pair(path)
        self.at += 1

    def _skip(self) -> bool:
        """Over white space, line breaks and comments; whether anything is left."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.text)

    def _note(self, path: KeyPath, start: int) -> None:
        self._line += self.text.count("\n", self._counted, start)
        self._counted = max(self._counted, start)
        self.lines.setdefault(path, self._line)
