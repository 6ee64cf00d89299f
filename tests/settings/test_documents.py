"""The schema, the examples and the page about the config agree with the config that is read."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from connector.settings import load, schema
from connector.settings.outline import FileKind, known_keys, nodes, tables
from tests.settings.conftest import CLIENT, Write

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "configuration.md"
KINDS: tuple[FileKind, ...] = ("connector", "client")
KEYS = [(kind, table, key) for kind in KINDS for table in tables(kind) for key in known_keys(kind, table)]


def test_the_schema_file_is_up_to_date() -> None:
    """`connector schema > config/connector.schema.json` renews it."""
    written = (ROOT / "config" / "connector.schema.json").read_text(encoding="utf-8")
    assert written == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_explains_every_key() -> None:
    """Each has a description; limits and defaults are in TOML's own types."""
    for kind, table, key in KEYS:
        for node in nodes(kind, table):
            assert node.get("properties", {}).get(key, {"description": "elsewhere"})["description"], (kind, table, key)
    minimum = schema()["$defs"]["BillingProfile"]["properties"]["minimum"]
    assert minimum == {"default": 0, "description": "Never billed below this.", "minimum": 0, "type": "number"}
    assert schema()["$defs"]["client"]["required"] == ["company", "directory"]


def test_the_examples_load() -> None:
    """As they stand, and without any secret."""
    settings = load(ROOT / "config")
    assert list(settings.clients) == ["harbor", "meadow"]
    assert [profile.name for profile in settings.clients["meadow"].rules.billing] == ["Frontline user", "Managed user"]


@pytest.mark.parametrize("kind", ["connector", "client"])
def test_the_examples_show_every_key(kind: FileKind) -> None:
    """A key that is off stands in a comment; the defaults are shown by example."""
    paths = (
        [ROOT / "config" / "connector.toml"] if kind == "connector" else (ROOT / "config" / "clients").glob("*.toml")
    )
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    wanted = {key for table in tables(kind) for key in known_keys(kind, table) if len(table) < 2 or kind == "client"}
    missing = {key for key in wanted if not re.search(rf"(?m)(^|[{{,# .\[]){key}( =|\]|\.)", text)}
    assert missing == set()


def test_an_example_shows_the_default_where_a_default_makes_sense() -> None:
    """Names, paths, groups, patterns and the minimum of the line are the example's own."""
    shown = tomllib.loads((ROOT / "config" / "clients" / "harbor.toml").read_text(encoding="utf-8"))
    own = {"include_ous", "exclude_groups", "exclude_accounts", "name", "groups", "product", "minimum", "agreement"}
    compared = 0
    for path in (("people",), ("contacts",), ("contacts", "fields"), ("billing", 0), ("guard",)):
        table = shown
        for part in path:
            table = table[part]  # type: ignore[index]
        for key, value in table.items():
            (node,) = nodes("client", (*path, key))
            if key not in own and "default" in node:
                assert value == node["default"], (path, key)
                compared += 1
    assert compared == 65


def test_the_page_names_every_key() -> None:
    """In a table row or a sentence of docs/configuration.md, as code."""
    page = PAGE.read_text(encoding="utf-8")
    assert {key for _, _, key in KEYS if not re.search(rf"[`\[.]{key}[`\].]", page)} == set()


def test_the_page_gives_the_default_of_every_key() -> None:
    """Each row with a default shows the one that is used."""
    page = PAGE.read_text(encoding="utf-8")
    for kind, table, key in KEYS:
        for node in nodes(kind, (*table, key)):
            if table == ("billing", 0) and key in ("name", "product"):
                continue  # an empty default says that they must be given
            plain = node.get("type") != "array" or node["items"].get("type") == "string"
            if table[:1] != ("defaults",) and table[-1:] != ("agreement",) and plain and "default" in node:
                assert f"| `{key}` | `{json.dumps(node['default'])}` |" in page, (table, key)


def test_the_page_shows_real_links() -> None:
    """Every link within the page leads to a heading."""
    page = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^#+ (.+)$", page)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


@pytest.mark.parametrize("block", re.findall(r"(?ms)^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8")))
def test_the_examples_of_the_page_load(write: Write, block: str) -> None:
    """Each below a client's company and directory."""
    before, after = (load(write(harbor=CLIENT + text)).clients["harbor"].rules for text in ("", block))
    assert before != after
