"""The statement of a month, through the real command line: people, days, amounts, and what the lines say."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, person
from tests.scenarios.records import agreement, line, profile
from tests.scenarios.world import World

TEAM = [person(name) for name in ("Anna Adler", "Ben Berg", "Carl Cole", "Dora Dahl")]
GUARD = "[guard]\nquantity_percent = 100\n"


def present(*who: int) -> list[Entry]:
    """The team; whoever is not present is disabled."""
    return [but(one, enabled=at in who) for at, one in enumerate(TEAM)]


def november(build: Build, **rules: str) -> World:
    """In arrears: three people on 2 November, one leaves on the 10th, one joins on the 20th."""
    world = build(present(0, 1, 2), GUARD, profile("Managed user", **rules),
                  agreements=[agreement(periodType="Current", prorateFlag=True, nextInvoiceDate="2026-12-01")],
                  additions=[line(3301, "MS-USER", 3, price=30, description="Managed user")])  # fmt: skip
    for day, who in ((2, (0, 1, 2)), (10, (0, 1)), (20, (0, 1, 3))):
        world.on(date(2026, 11, day))
        world.people(*present(*who))
        assert world.sync().code == 0
    return world


def rows(world: World, month: str = "2026-11") -> list[dict[str, str]]:
    """The statement as a spreadsheet reads it."""
    ran = world.run("statement", "harbor", "--month", month, "--format", "csv")
    return list(csv.DictReader(StringIO(ran.out)))


def test_a_line_set_in_place_names_who_is_billed_and_why(build: Build) -> None:
    """Ben's seat waited for the end of the month and Dora has it now; the amounts add up to the invoice."""
    world = november(build)
    found = [(row["who"], row["from"], row["to"], row["amount"]) for row in rows(world) if row["amount"]]
    assert found == [
        ("Anna Adler", "2026-11-02", "", "30.00"),
        ("Ben Berg", "2026-11-02", "", "30.00"),
        ("Dora Dahl", "2026-11-20", "", "30.00"),
    ]
    assert [(row["kind"], row["who"], row["from"]) for row in rows(world) if not row["amount"]] == [
        ("joiner", "Dora Dahl", "2026-11-20"), ("leaver", "Carl Cole", "2026-11-10"),
    ]  # fmt: skip
    world.on(date(2026, 12, 1))
    assert sum(one["amount"] for one in world.invoice()["lines"]) == 90
    assert sum(Decimal(row["amount"] or 0) for row in rows(world)) == 90


def test_lines_that_took_each_others_place_are_told_by_their_days(build: Build) -> None:
    """3 x 30 x 9/30 = 27.00, 2 x 30 x 10/30 = 20.00, 3 x 30 x 11/30 = 33.00, as the invoice has it."""
    world = november(build, method='"cancel_and_add"', decrease='"now"')
    amounts: dict[str, Decimal] = {}
    for row in rows(world):
        if row["amount"]:
            amounts[row["addition_id"]] = amounts.get(row["addition_id"], Decimal(0)) + Decimal(row["amount"])
    assert list(amounts.values()) == [Decimal("27.00"), Decimal("20.00"), Decimal("33.00")]
    world.on(date(2026, 12, 1))
    assert [one["amount"] for one in world.invoice()["lines"]] == [27, 20, 33]
    again = world.run("statement", "harbor", "--month", "2026-11")
    assert (again.code, "Total: 80.00" in again.out, "invoiced" in again.out) == (0, True, True)


def test_a_quantity_nobody_counted_is_not_explained(build: Build) -> None:
    """Somebody sets 5 by hand: the difference is named, the page flags it, and the exit code is 3."""
    world = november(build)
    world.edit("/finance/agreements/77/additions/3301", quantity=5)
    ran = world.run("statement", "harbor", "--month", "2026-11")
    assert ran.code == 3
    assert "not explained: the line stands at 5 in ConnectWise, 2 more than counted" in " ".join(ran.out.split())
    (odd,) = [row for row in rows(world) if row["kind"] == "unexplained"]
    assert (odd["units"], odd["amount"]) == ("2", "60.00")


def test_the_page_is_attached_once_and_again_when_it_says_something_else(build: Build) -> None:
    """A second time nothing is uploaded; a changed month is a further version."""
    world = november(build)
    for said in (
        "Statement 2026-11: attached to Managed Users",
        "Statement 2026-11: is attached to Managed Users already",
    ):
        ran = world.run("statement", "harbor", "--month", "2026-11", "--attach")
        assert (ran.code, said in ran.err) == (0, True)
    world.on(date(2026, 11, 25))
    world.people(*present(0, 1, 2, 3))
    world.sync()
    assert "Statement 2026-11 (2): attached" in world.run("statement", "harbor", "--month", "2026-11", "--attach").err
    kept = world.call("GET", "/system/documents?recordType=Agreement&recordId=77")
    assert [one["title"] for one in kept] == ["Statement 2026-11", "Statement 2026-11 (2)"]


def test_the_page_is_made_for_the_client_and_needs_nothing_else(build: Build) -> None:
    """Names are escaped, nothing is loaded, and a file that only its owner can read is written."""
    world = november(build)
    path = world.folder / "statement.html"
    ran = world.run("statement", "harbor", "--month", "2026-11", "--format", "html", "--output", str(path))
    page = path.read_text(encoding="utf-8")
    assert (ran.code, oct(path.stat().st_mode)[-3:]) == (0, "600")
    assert "<h1><bdi>Harbor Dental</bdi></h1>" in page
    assert "Users billed in November 2026" in page
    for forbidden in ("<script", "http://", "https://", "src="):
        assert forbidden not in page


def test_a_month_that_cannot_be_told_is_said(build: Build) -> None:
    """No month, a month to come, one without records, and a client that was never counted."""
    world = november(build)
    for month, words in (
        ("2026-13", "is no month"),
        ("november", "is no month"),
        ("2027-01", "has not begun yet"),
        ("2026-01", "No count of 2026-01 is recorded. There are counts of 2026-11 alone."),
    ):
        ran = world.run("statement", "harbor", "--month", month)
        assert (ran.code, words in ran.err) == (1, True)
    world.lose_state()
    assert "Nothing was counted yet" in world.run("statement", "harbor", "--month", "2026-11").err
