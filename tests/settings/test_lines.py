"""The line of every key and element, whatever TOML it is written in."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.settings.lines import KeyPath, line_map, nearest_line

EXAMPLES = Path(__file__).parents[2] / "config"

NASTY = '''\
# [not.a.table] "nor" a 'string'
top = 1
a.b . "c.d" = """three
lines \\""" # [no]
end"""
list = [ # comment with ] and "
  "x]",
  { k = 'v#', "q\\"q" = [1, 2] },
  [ "deep",
    1979-05-27 07:32:00 ],
]
literal = \'\'\'it's
[[billing]]
name = 1\'\'\'\'\'

[table."quoted.key" . 'it' ]
"" = -1_000.5e3
[[billing]]
name = "first"
  [billing.agreement]
  id = 7
  [[billing.deep]]
  x = 1
[[billing]]
name = "second"
[[billing.deep]]
y.z = { a.b = 1 }
[billing.agreement]
id = 8
'''


def _paths(values: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from _paths(value, (*path, key))


@pytest.mark.parametrize(
    "text",
    [NASTY, NASTY.replace("\n", "\r\n"), *(path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*.toml"))],
)
def test_every_path_has_a_line_and_no_other_path_has_one(text: str) -> None:
    """The paths found are exactly the paths that tomllib reads."""
    assert set(line_map(text)) == set(_paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("a", "b", "c.d"), 3),
        (("list",), 6),
        (("list", 0), 7),
        (("list", 1, "k"), 8),
        (("list", 1, 'q"q', 1), 8),
        (("list", 2, 1), 10),
        (("literal",), 12),
        (("table", "quoted.key", "it"), 16),
        (("table", "quoted.key", "it", ""), 17),
        (("billing", 0), 18),
        (("billing", 0, "name"), 19),
        (("billing", 0, "agreement", "id"), 21),
        (("billing", 0, "deep", 0, "x"), 23),
        (("billing", 1, "name"), 25),
        (("billing", 1, "deep", 0, "y", "z", "a", "b"), 27),
        (("billing", 1, "agreement", "id"), 29),
    ],
)
def test_the_line_is_the_one_on_which_the_key_stands(path: KeyPath, line: int) -> None:
    """Strings, comments and arrays over several lines do not shift the count."""
    assert line_map(NASTY)[path] == line


@pytest.mark.parametrize(
    "value", ['""', '""""""', "''''''", '"""a"" b"""', '"""a"""""', "'''a'''''", '"\\\\"', '"a\\"#"']
)
def test_a_string_ends_where_toml_ends_it(value: str) -> None:
    """Empty strings, and quotes inside and at the end of long strings."""
    assert line_map(f"a = {value} # c\nb = 2\n") == {("a",): 1, ("b",): 2}


def test_what_is_missing_is_looked_for_around_its_place() -> None:
    """A missing key has the line of its table; what has no table has the first line."""
    lines = line_map("x = 1\n[people]\n")
    assert nearest_line(lines, ("people", "include_ous", 0)) == 2
    assert nearest_line(lines, ("guard", "create_count")) == 1
