"""What the five formats promise to those who read them with a program, a spreadsheet or a browser."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, person
from tests.scenarios.records import contacts_of, line, profile
from tests.scenarios.world import Ran, World

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
TARGET = {"contact_id": (int, None), "agreement_id": (int, None), "addition_id": (int, None)}
PERSON = {"guid": str, "account": str, "name": str}
PLAN: dict[str, Any] = {
    "client": str,
    "company": {"id": int, "identifier": str},
    "digest": str,
    "made_at": str,
    "directory": {"complete": bool, "accounts": int, "people": int},
    "changes": [
        {"id": str, "kind": str, "target": TARGET, "person": (PERSON, None), "before": dict, "after": dict,
         "reason": str}
    ],
    "held": [{"kind": str, "what": str, "reason": str, "how_to_release": str}],
    "billing": [
        {"profile": str, "agreement_id": (int, None), "addition_id": (int, None), "product": str, "counted": int,
         "billed": (int, float), "quantity_before": (str, None), "quantity_after": (str, None),
         "unit_price": (str, None), "monthly_change": str, "effective": (str, None),
         "people": [{"guid": str, "name": str, "rule": str}]}
    ],
    "not_counted": [{"account": str, "reason": str, "rule": str}],
    "warnings": [str],
}  # fmt: skip
KINDS = {"contact.create", "contact.update", "contact.inactivate", "contact.reactivate", "line.set", "line.cancel",
         "line.add"}  # fmt: skip
HELD = {"conflict", "protected", "guard", "drift", "billing", "stale"}


def fits(value: Any, shape: Any, place: str = "plan") -> None:
    """The value has the shape: the named keys first and in this order, further ones only after them."""
    if isinstance(shape, tuple):
        choices = [choice for choice in shape if choice is not None]
        if value is not None or None not in shape:
            fits(value, choices[0] if len(choices) == 1 else float if isinstance(value, float) else int, place)
    elif isinstance(shape, dict):
        assert list(value)[: len(shape)] == list(shape), place
        for key, inner in shape.items():
            fits(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        for one in value:
            fits(one, shape[0], f"{place}[]")
    else:
        assert type(value) is shape, f"{place} is {value!r}"


@pytest.fixture
def world(build: Build) -> World:
    """A client with every kind of thing to tell: changes, a held item, lines, accounts not counted, a warning."""
    evil = person("=cmd|'/c calc'!A1 <script>alert(1)</script>", "evil", mail="evil@harbor.example")
    mute = person("Reception", "reception", givenName="", sn="", displayName="")
    people = [ANNA, BEN, evil, mute, person("Backup Service", "svc-backup")]
    built = build(people, '[people]\nexclude_accounts = ["svc-*"]', profile("Managed user"),
                  profile("Spare", "NO-SUCH", exclusive="false"), contacts=contacts_of([ANNA, BEN]),
                  additions=[line(3301, "MS-USER", 3)])  # fmt: skip
    built.people(but(ANNA, sn="Larsen", physicalDeliveryOfficeName="Moon"), but(BEN, enabled=False), *people[2:])
    return built


def test_json_has_the_shape_that_others_rely_on(world: World) -> None:
    """Version 1, the plans, and in each the promised keys with their types, in their order."""
    told = world.plan()
    assert list(told.document) == ["version", "plans"]
    assert told.document["version"] == 1
    fits(told.plan, PLAN)
    assert {change["kind"] for change in told.plan["changes"]} <= KINDS
    assert {item["kind"] for item in told.plan["held"]} <= HELD
    assert all(told.plan[key] for key in ("changes", "held", "billing", "not_counted", "warnings"))


def test_json_writes_money_days_and_times_as_promised(world: World) -> None:
    """Money is text with two decimals, a day is ISO, a time is UTC with a Z; ids of changes are unique."""
    plan = world.plan().plan
    found = plan["billing"][0]
    assert (found["unit_price"], found["monthly_change"], found["quantity_before"]) == ("40.00", "0.00", "3")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["effective"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", plan["made_at"])
    assert len({change["id"] for change in plan["changes"]}) == len(plan["changes"])


def test_digest_is_the_same_for_the_same_plan_and_moves_with_it(world: World) -> None:
    """Two dry runs agree; one more title and they do not."""
    first, second = world.plan().plan["digest"], world.plan().plan["digest"]
    world.people(but(ANNA, title="Dentist"), BEN)
    assert first == second != world.plan().plan["digest"]


def test_csv_cannot_run_as_a_formula(world: World) -> None:
    """No cell but a number begins like one."""
    out = world.run("plan", "--format", "csv").out
    cells = [cell for row in csv.reader(io.StringIO(out, newline="")) for cell in row]
    risky = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert all(re.fullmatch(r"-\d+(\.\d+)?", cell) for cell in risky)
    assert any(cell.startswith("'=cmd") for cell in cells)


def test_html_needs_nothing_else_and_runs_nothing(world: World) -> None:
    """No reference to another file or host, no script, and names stay names."""

    class Seen(HTMLParser):
        tags: list[str]
        links: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.append(tag)
            self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]

    html = world.run("plan", "--format", "html").out
    seen = Seen()
    seen.tags, seen.links = [], []
    seen.feed(html)
    assert (html.lower().startswith("<!doctype html>"), "script" in seen.tags, "link" in seen.tags) == (
        True,
        False,
        False,
    )
    assert [link for link in seen.links if not link.startswith("#")] == []
    assert not re.search(r"url\(|@import", html)
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("fmt", ["text", "markdown", "json", "csv", "html"])
def test_every_format_tells_the_same_people_and_reasons(world: World, fmt: str) -> None:
    """On stdout and in a file alike."""
    path = world.folder / "report"
    ran, written = world.run("plan", "--format", fmt), world.run("plan", "--format", fmt, "--output", str(path))
    assert (ran.code, written.code, written.out, ran.err) == (3, 3, "", "")
    in_file = Ran(0, path.read_bytes().decode(), "").out
    for text in (ran.out, in_file):
        told = " ".join(re.sub(r"[│|\\]", " ", text).split())
        for part in ("Larsen", "Ben Berg", "svc-backup", "reception", "NO-SUCH", "Managed user", "account is disabled"):
            assert part in told, part


def test_several_clients_are_one_document(world: World) -> None:
    """Plans in the order asked for; a client that failed is named with its cause."""
    world.client("lindqvist", "LindqvistLaw")
    document = world.plan("lindqvist", "harbor").document
    assert [plan["client"] for plan in document["plans"]] == ["harbor"]
    assert [one["client"] for one in document["failures"]] == ["lindqvist"]
    world.people(ANNA, client="lindqvist")
    assert [plan["client"] for plan in world.plan("lindqvist", "harbor").document["plans"]] == ["lindqvist", "harbor"]
    assert json.loads(world.plan("harbor", "harbor").out)["plans"][1:] == []
