"""The docs say what the program does: commands, options, links and functions are held against the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from connector.cli import app

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def _commands() -> Iterator[tuple[str, list[str]]]:
    group = typer.main.get_command(app)
    yield "", [option for one in group.params for option in one.opts]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        yield name, [option for one in command.params for option in one.opts if option.startswith("--")]


@pytest.mark.parametrize(("command", "options"), list(_commands()))
def test_every_command_and_option_is_documented(command: str, options: list[str]) -> None:
    """Each command has a heading in docs/commands.md, each of its options is named there."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    if command:
        assert re.search(rf"^### connector {command}\b", text, re.MULTILINE)
    missing = [option for option in options if f"`{option}" not in text]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file that is there and, behind #, one of its headings."""
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, heading = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.is_file(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}


def test_the_lifecycle_names_functions_that_exist() -> None:
    """Each linked function or class of docs/lifecycle.md is defined in the file its link leads to."""
    text = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    links = re.findall(r"\[`([\w.]+)`\]\(\.\./([\w/.]+)\)", text)
    assert len(links) > 15
    for name, file in links:
        assert name in {*_defined(ROOT / file), Path(file).name}, f"{name} is not in {file}"


def _defined(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef))


def test_the_readme_starts_with_the_two_commands() -> None:
    """The first lines of the README are what a newcomer types, and the Makefile has them."""
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[1:3]
    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)


def test_the_sample_table_of_the_plan_names_every_contract_key() -> None:
    """Every key that outside readers rely on is in the plan table of docs/commands.md."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    keys = (
        "client",
        "company",
        "digest",
        "made_at",
        "directory",
        "changes",
        "held",
        "billing",
        "not_counted",
        "warnings",
    )
    assert not [key for key in keys if f"`{key}`" not in text]
