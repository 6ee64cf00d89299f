"""SECURITY.md promises nothing without a test: what it names is there, and what it says of deletes is so."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))
FILES = sorted(set(re.findall(r"`([\w./-]+\.(?:py|lock|md|toml))`", PAGE)))
PROMISES = [
    [cell.strip() for cell in row.strip("|").split(" | ")]
    for row in PAGE.partition("## Promises")[2].partition("\n## ")[0].splitlines()
    if row.startswith("| ") and not row.startswith(("| promise", "| **"))
]
MAY_NAME_DELETES = {"psa/rest.py"}
"""The connection can delete; nobody asks it to."""


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[f"{file}-{test}" for file, test in NAMED])
def test_every_test_that_is_named_exists(file: str, test: str) -> None:
    """The file is there and has tests, the named one among them."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    assert tests
    assert not test or test in tests


@pytest.mark.parametrize("file", FILES)
def test_every_file_that_is_named_exists(file: str) -> None:
    """Locks and sources too."""
    assert (ROOT / file).is_file()


def test_every_promise_has_a_way_and_a_proof() -> None:
    """Three cells, the last of which names a test."""
    assert len(PROMISES) > 25
    assert [row for row in PROMISES if len(row) != 3 or not row[1] or "`tests/" not in row[2]] == []


def test_nothing_in_the_table_of_proofs_is_overlooked() -> None:
    """Everything set as code in the last column is a test in the form that is checked above."""
    said = {one for row in PROMISES for one in re.findall(r"`([^`]+)`", row[2])}
    assert said <= {f"{file}::{test}" if test else file for file, test in NAMED}


def test_nothing_of_the_product_deletes_in_the_psa() -> None:
    """No module but the connection itself names the method, and none that speaks to the PSA calls a delete."""
    naming, calling = set(), set()
    for path in sorted((ROOT / "connector").rglob("*.py")):
        place = path.relative_to(ROOT / "connector").as_posix()
        if place.startswith(("sandbox/", "state/", "demo/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value == "DELETE":
                naming.add(place)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "delete":
                calling.add(place)
    assert (naming, calling) == (MAY_NAME_DELETES, set())
