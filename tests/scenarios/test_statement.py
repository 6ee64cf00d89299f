"""The statement of a month, through the real command line: people, days, amounts, and what the lines say."""

import csv
from base64 import b64decode
from datetime import date
from decimal import Decimal
from io import StringIO

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, person
from tests.scenarios.records import Record, agreement, line, profile
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
    assert [(row["kind"], row["who"], row["from"] or row["to"]) for row in rows(world) if not row["amount"]] == [
        ("joiner", "Dora Dahl", "2026-11-20"), ("leaver", "Carl Cole", "2026-11-09"),
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


def told(world: World, month: str = "2026-11") -> dict[str, Decimal]:
    """The amount of each line by the statement's rows."""
    found: dict[str, Decimal] = {}
    for row in rows(world, month):
        if row["amount"]:
            found[row["addition_id"]] = found.get(row["addition_id"], Decimal(0)) + Decimal(row["amount"])
    return found


def billed(invoice: Record) -> dict[str, Decimal]:
    """The amount of each line by finance's invoice."""
    return {str(one["additionId"]): Decimal(str(one["amount"])).quantize(Decimal("0.01")) for one in invoice["lines"]}


def test_in_advance_what_was_invoiced_is_told_whatever_the_line_says_later(build: Build) -> None:
    """November is invoiced on the 3rd with two people; Carl comes on the 20th and is on December's bill."""
    lines, agreements = [line(3301, "MS-USER", 2, price=30)], [agreement(nextInvoiceDate="2026-11-01")]
    world = build(TEAM[:2], GUARD, profile("Managed user"), agreements=agreements, additions=lines)
    world.on(date(2026, 11, 2))
    assert world.sync().code == 0
    world.on(date(2026, 11, 3))
    november_ = billed(world.invoice())
    world.on(date(2026, 11, 20))
    world.people(*TEAM[:3])
    assert world.sync().code == 0
    assert world.quantity(3301) == 3
    assert told(world) == november_ == {"3301": Decimal("60.00")}
    (joined,) = [row for row in rows(world) if row["kind"] == "joined"]
    assert (joined["who"], joined["what"]) == ("Carl Cole", "joined on 20 Nov, billed from the next period")
    world.on(date(2026, 12, 1))
    world.sync()
    assert told(world, "2026-12") == billed(world.invoice()) == {"3301": Decimal("90.00")}


def test_offset_minimum_and_included_units_come_to_the_invoice(build: Build) -> None:
    """Three people and an offset of 1, at least 6, of which 2 are included: 4 x 33.335 = 133.34."""
    world = build(TEAM[:3], GUARD, profile("Managed user", offset="1", minimum="6"),
                  agreements=[agreement(periodType="Current", nextInvoiceDate="2026-12-01")],
                  additions=[line(3301, "MS-USER", 6, price=33.335, lessIncluded=2)])  # fmt: skip
    world.on(date(2026, 11, 2))
    assert world.sync().code == 0
    kinds = [(row["kind"], row["units"]) for row in rows(world) if row["kind"] not in ("person", "rounding")]
    assert kinds == [("offset", "1"), ("minimum", "2"), ("included", "-2")]
    before = told(world)
    world.on(date(2026, 12, 1))
    assert before == told(world) == billed(world.invoice()) == {"3301": Decimal("133.34")}


def test_a_month_that_is_partly_recorded_says_so(build: Build) -> None:
    """Counting began on the 2nd; the day before is not known."""
    world = november(build)
    shown = world.run("statement", "harbor", "--month", "2026-11").out
    assert "Counts are recorded from 2 Nov 2026 on." in shown


def test_a_profile_that_is_no_longer_configured_is_told_too(build: Build) -> None:
    """Its counts and its line are there all the same."""
    world = november(build)
    world.rules(GUARD, profile("Frontline", "MS-FRONTLINE"))
    assert [row["who"] for row in rows(world) if row["amount"]] == ["Anna Adler", "Ben Berg", "Dora Dahl"]
    assert told(world) == {"3301": Decimal("90.00")}


def test_an_agreement_that_has_ended_since_is_still_told(build: Build) -> None:
    """Its lines are read whatever its state."""
    world = november(build)
    world.edit("/finance/agreements/77", agreementStatus="Inactive", contact={"id": 101})
    assert told(world) == {"3301": Decimal("90.00")}


def test_each_agreement_gets_the_page_with_its_own_lines(build: Build) -> None:
    """Two profiles on two agreements: one document beside each, and nobody else's money in it."""
    world = build(TEAM[:2], GUARD, profile("Managed user", agreement="{ id = 77 }"),
                  profile("Frontline", "MS-FRONTLINE", agreement="{ id = 78 }", exclusive="false"),
                  agreements=[agreement(nextInvoiceDate="2026-11-01"),
                              agreement(78, "Frontline Users", nextInvoiceDate="2026-11-01")],
                  additions=[line(3301, "MS-USER", 2, price=30),
                             line(3302, "MS-FRONTLINE", 2, price=7, agreementId=78)])  # fmt: skip
    world.on(date(2026, 11, 2))
    assert world.sync().code == 0
    ran = world.run("statement", "harbor", "--month", "2026-11", "--attach")
    assert ran.code == 0
    assert "attached to Managed Users\n" in ran.err
    assert "attached to Frontline Users\n" in ran.err
    pages = {}
    for one in world.sandbox.state()["documents"]:
        pages[one["recordId"]] = b64decode(one["content"]).decode()
    assert ("60.00" in pages[77], "14.00" in pages[77]) == (True, False)
    assert ("60.00" in pages[78], "14.00" in pages[78]) == (False, True)


def test_an_upload_that_is_not_allowed_fails_and_names_the_right(build: Build) -> None:
    """The statement itself is shown all the same."""
    world = november(build)
    world.fault("403", method="POST", path="/system/documents")
    ran = world.run("statement", "harbor", "--month", "2026-11", "--attach")
    assert ran.code == 1
    assert "Anna Adler" in ran.out
    assert "Companies: Manage Attachments" in ran.err


def test_a_lost_answer_to_an_upload_is_no_second_document(build: Build) -> None:
    """It is found there by its title and content."""
    world = november(build)
    world.fault("drop-after", method="POST", path="/system/documents", times=1)
    ran = world.run("statement", "harbor", "--month", "2026-11", "--attach")
    assert (ran.code, "attached to Managed Users" in ran.err) == (0, True)
    assert len(world.sandbox.state()["documents"]) == 1


def test_a_statement_writes_nothing_but_the_document_that_is_asked_for(build: Build) -> None:
    """Without --attach not a single request that writes."""
    world = november(build)
    before = world.writes()
    for fmt in ("text", "html", "csv"):
        assert world.run("statement", "harbor", "--month", "2026-11", "--format", fmt).code == 0
    assert world.writes() == before
