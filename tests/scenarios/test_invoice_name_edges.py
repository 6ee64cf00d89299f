"""The names in the invoice description at their edges: who is on the list when, and what the PSA does to texts."""

from datetime import date

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd, person
from tests.scenarios.records import agreement, line, profile
from tests.scenarios.world import World

ANNA, BEN, CARL = (person(name) for name in ("Anna Adler", "Ben Berg", "Carl Cole"))
WIDE = "[guard]\nquantity_percent = 10000\nmoney_per_month = 100000\ninactivate_percent = 100\ndrop_percent = 100\n"
NAMED = WIDE + profile("Managed user", names_on_invoice="true")
LINE = "/finance/agreements/77/additions/3301"


def described(text: str, quantity: float = 2, **more: object) -> dict[str, object]:
    """A line with an invoice description."""
    return line(3301, "MS-USER", quantity, invoiceDescription=text, **more)


def words(world: World, number: int = 3301) -> str:
    """The invoice description of a line."""
    return str(world.line(number)["invoiceDescription"])


def test_s82_only_the_names_are_written_where_the_quantity_is_right(build: Build) -> None:
    """One request with one field; no money moves."""
    world = build([ANNA, BEN], NAMED, additions=[described("As agreed")])
    assert world.sync().billing("Managed user")["monthly_change"] == "0.00"
    bodies = [one["body"] for one in world.sandbox.requests()["requests"] if one["method"] == "PATCH"]
    text = "As agreed [Users (2): Anna Adler; Ben Berg]"
    assert bodies == [[{"op": "replace", "path": "invoiceDescription", "value": text}]]
    world.settled()


@pytest.mark.parametrize("keep", [True, False])
def test_s82_line_breaks_are_not_ours_to_lose_whatever_the_psa_does_with_them(build: Build, keep: bool) -> None:
    """The text is held until finance writes it on one line, also where this PSA would have kept the breaks."""
    world = build([ANNA, BEN], NAMED, additions=[described("Head\ntail")])
    world.sandbox.control("POST", "switches", {"keep_newlines": keep})
    assert "has line breaks" in world.sync().why
    assert words(world) == "Head\ntail"
    world.settled(held=True)
    world.edit(LINE, invoiceDescription="Head, tail")
    assert world.sync().code == 0
    assert words(world) == "Head, tail [Users (2): Anna Adler; Ben Berg]"
    world.settled()


@pytest.mark.parametrize("keep", [True, False])
def test_s82_line_breaks_in_a_name_never_reach_the_description(build: Build, keep: bool) -> None:
    """The block is one line, whether the PSA keeps line breaks or not."""
    broken = but(ANNA, givenName="Anna\r\nMaria", displayName="Anna\r\nMaria Adler")
    world = build([broken, BEN], NAMED, "[contacts]\nignore_accounts = ['aadler']\n", additions=[described("Head")])
    world.sandbox.control("POST", "switches", {"keep_newlines": keep})
    world.sync()
    assert words(world) == "Head [Users (2): Anna Maria Adler; Ben Berg]"
    world.settled()


def test_s82_finance_may_move_and_edit_everything_around_the_block(build: Build) -> None:
    """Before it, behind it, and the block itself away: the next run writes it anew at the end."""
    world = build([ANNA, BEN], NAMED, additions=[described("")])
    world.sync()
    assert words(world) == "[Users (2): Anna Adler; Ben Berg]"
    block = "[Users (2): Anna Adler; Ben Berg]"
    for text in (f"PO 7:  {block}; net 30", f"{block} \u20ac {{x}} \\1"):
        world.edit(LINE, invoiceDescription=text)
        world.settled()
        assert words(world) == text
    world.edit(LINE, invoiceDescription="Rewritten")
    world.sync()
    assert words(world) == "Rewritten [Users (2): Anna Adler; Ben Berg]"
    world.settled()


def test_s82_a_name_that_finance_changes_inside_the_block_is_set_back(build: Build) -> None:
    """The block is ours as long as its marks are whole."""
    world = build([ANNA, BEN], NAMED, additions=[described("Head [Users (9): Zoe Zimmer] tail")])
    world.sync()
    assert words(world) == "Head [Users (2): Anna Adler; Ben Berg] tail"
    world.settled()


def test_s82_a_person_who_marries_is_listed_by_the_new_name(build: Build) -> None:
    """The count stands still, the names do not; the order follows."""
    world = build([ANNA, BEN], NAMED, additions=[described("Head")])
    world.sync()
    world.people(but(ANNA, givenName="Zoe", sn="Zimmer", displayName="Zoe Zimmer"), BEN)
    world.sync()
    assert (words(world), world.quantity(3301)) == ("Head [Users (2): Ben Berg; Zoe Zimmer]", 2)
    world.settled()


def test_s82_switching_the_names_off_leaves_the_text_and_on_again_goes_on_in_its_place(build: Build) -> None:
    """Nothing is taken away that finance may want to keep."""
    world = build([ANNA, BEN], NAMED, additions=[described("Head")])
    world.sync()
    world.rules(WIDE, profile("Managed user"))
    world.people(ANNA, BEN, CARL)
    world.sync()
    assert (words(world), world.quantity(3301)) == ("Head [Users (2): Anna Adler; Ben Berg]", 3)
    world.settled()
    world.rules(NAMED)
    world.sync()
    assert words(world) == "Head [Users (3): Anna Adler; Ben Berg; Carl Cole]"
    world.settled()


def test_s82_units_of_a_shared_desk_stand_behind_its_name(build: Build) -> None:
    """Three units, one name: the number in the block is of names, the quantity of units."""
    world = build([ANNA, person("Front Desk", "kiosk-1")], '[people]\nunits = { "kiosk-*" = 3 }\n', NAMED,
                  additions=[described("", 1)])  # fmt: skip
    world.sync()
    assert (words(world), world.quantity(3301)) == ("[Users (2): Anna Adler; Front Desk x 3]", 4)
    world.settled()


def test_s82_two_people_of_one_name_are_two_entries(build: Build) -> None:
    """In the same order on every run."""
    twins = [person("Sam Smith", "ssmith"), person("Sam Smith", "ssmith2", mail="sam2@harbor.example", ou="Branch")]
    world = build(twins, NAMED, additions=[described("")])
    world.sync()
    assert words(world) == "[Users (2): Sam Smith; Sam Smith]"
    world.settled()
    world.people(*twins[::-1])
    world.settled()


def test_s82_a_new_line_is_made_with_its_names(build: Build) -> None:
    """In one request; the second run finds nothing to do."""
    world = build([BEN, ANNA], WIDE, profile("Managed user", names_on_invoice="true", create_line="true"))
    assert world.sync().changes == [("line.add", "Managed user")]
    (added,) = world.lines()
    assert added["invoiceDescription"] == "[Users (2): Anna Adler; Ben Berg]"
    assert [one["method"] for one in world.sandbox.requests()["requests"] if one["method"] != "GET"] == ["POST"]
    world.settled()


def test_s82_the_line_that_takes_the_place_has_the_new_names_and_the_old_one_keeps_its_own(build: Build) -> None:
    """Prorated in arrears: who was billed until the 15th stands on the old line, who is billed since on the new one."""
    rules = WIDE + profile("Managed user", names_on_invoice="true", method='"cancel_and_add"')
    agreements = [agreement(periodType="Current", prorateFlag=True, nextInvoiceDate="2026-12-01")]
    world = build([ANNA], rules, additions=[described("Head", 1)], agreements=agreements)
    world.on(date(2026, 11, 10))
    world.sync()
    world.people(ANNA, BEN)
    world.on(date(2026, 11, 16))
    world.sync()
    assert [(row["quantity"], row["invoiceDescription"]) for row in world.lines()] == [
        (1, "Head [Users (1): Anna Adler]"), (2, "Head [Users (2): Anna Adler; Ben Berg]"),
    ]  # fmt: skip
    world.settled()


def test_s82_a_joiner_who_waits_for_the_next_period_is_not_on_the_list_yet(build: Build) -> None:
    """In arrears with increase = next_period: the invoice for November names whom it bills."""
    rules = WIDE + profile("Managed user", names_on_invoice="true", increase='"next_period"')
    world = build([ANNA], rules, additions=[described("", 1)],
                  agreements=[agreement(periodType="Current", nextInvoiceDate="2026-12-01")])  # fmt: skip
    world.on(date(2026, 11, 1))
    world.sync()
    world.people(ANNA, BEN)
    world.on(date(2026, 11, 16))
    ran = world.sync()
    assert (ran.code, ran.billing("Managed user")["pending"]["quantity"]) == (0, "2")
    assert (world.quantity(3301), words(world)) == (1, "[Users (1): Anna Adler]")
    world.settled()
    world.on(date(2026, 12, 1))
    world.invoice()
    world.sync()
    assert (world.quantity(3301), words(world)) == (2, "[Users (2): Anna Adler; Ben Berg]")
    world.settled()


def test_s82_one_joins_and_one_leaves_while_the_quantity_stands_still(build: Build) -> None:
    """In arrears, a leaver's place is taken by a joiner: two are billed, and those two are named."""
    world = build([ANNA, BEN], NAMED, additions=[described("")],
                  agreements=[agreement(periodType="Current", nextInvoiceDate="2026-12-01")])  # fmt: skip
    world.on(date(2026, 11, 1))
    world.sync()
    world.people(ANNA, but(BEN, enabled=False))
    world.on(date(2026, 11, 10))
    world.sync()
    assert words(world) == "[Users (2): Anna Adler; Ben Berg]"
    world.people(ANNA, but(BEN, enabled=False), CARL)
    world.on(date(2026, 11, 12))
    world.sync()
    assert (world.quantity(3301), words(world)) == (2, "[Users (2): Anna Adler; Carl Cole]")
    world.settled()


def test_s82_a_line_that_is_held_keeps_its_names(build: Build) -> None:
    """A direction that waits for a person: neither quantity nor list moves."""
    rules = WIDE + profile("Managed user", names_on_invoice="true", increase='"hold"')
    world = build([ANNA], rules, additions=[described("", 1)])
    world.sync()
    world.people(ANNA, BEN)
    assert world.sync().code == 3
    assert (world.quantity(3301), words(world)) == (1, "[Users (1): Anna Adler]")
    world.settled(held=True)


def test_s82_a_doubled_block_is_held_and_the_other_lines_go_on(build: Build) -> None:
    """Somebody copied the text: which of the two is ours is not known."""
    rules = WIDE + profile("Managed user", names_on_invoice="true")
    rules += profile("Backup", "MS-FRONTLINE", exclusive="false")
    both = "[Users (1): Anna Adler] [Users (1): Anna Adler]"
    world = build([ANNA, BEN], rules, additions=[described(both, 1), line(3302, "MS-FRONTLINE", 1, price=15)])
    told = world.sync()
    assert (told.code, told.held) == (3, [("billing", "Managed user")])
    assert (words(world), world.quantity(3301), world.quantity(3302)) == (both, 1, 2)
    world.settled(held=True)


def test_s82_as_many_names_as_fit_around_the_text_of_finance(build: Build) -> None:
    """400 people and 3,000 characters behind the block: cut within the limit, the text whole, and nothing to write
    afterwards."""
    tail = "t" * 3000
    people = crowd(400)
    world = build(people, NAMED, "[contacts]\ncreate = false\n", contacts=[],
                  additions=[described(f"Head [Users (0): -] {tail}", 400)])  # fmt: skip
    world.sync()
    text = words(world)
    block = text.removeprefix("Head ").removesuffix(f" {tail}")
    shown = block.removeprefix("[Users (400): ").partition(" and ")[0].split("; ")
    assert 5980 < len(text) <= 6000
    assert block.endswith(f" and {400 - len(shown)} more]")
    assert shown == sorted(one.name for one in people)[: len(shown)]
    world.settled()
    world.people(*people[::-1])
    world.settled()
