"""The names of the people in the invoice description: our own block, and everything around it finance's."""

from datetime import date

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd, person
from tests.scenarios.records import agreement, line, profile

ANNA, BEN, CARL = (person(name) for name in ("Anna Adler", "Ben Berg", "Carl Cole"))
RULES = "[guard]\nquantity_percent = 10000\nmoney_per_month = 100000\ninactivate_percent = 100\ndrop_percent = 100\n"
NAMED = RULES + profile("Managed user", names_on_invoice="true")


def described(text: str, quantity: float = 2) -> dict[str, object]:
    """A line with an invoice description."""
    return line(3301, "MS-USER", quantity, invoiceDescription=text)


def test_s82_names_stand_in_a_block_of_their_own_and_follow_joiners_and_leavers(build: Build) -> None:
    """In the order of their names; what finance wrote around it stays to the character, also when it is edited."""
    world = build([BEN, ANNA], NAMED, additions=[described("Managed user, as agreed")])
    world.sync()
    assert world.line(3301)["invoiceDescription"] == "Managed user, as agreed [Users (2): Anna Adler; Ben Berg]"
    world.settled()
    world.edit("/finance/agreements/77/additions/3301",
               invoiceDescription="Managed user  [Users (2): Anna Adler; Ben Berg]  PO 4711")  # fmt: skip
    world.people(ANNA, but(BEN, enabled=False), CARL)
    world.sync()
    assert world.line(3301)["invoiceDescription"] == "Managed user  [Users (2): Anna Adler; Carl Cole]  PO 4711"
    assert world.quantity(3301) == 2
    world.settled()


def test_s82_off_by_default_the_description_is_never_touched(build: Build) -> None:
    """Not even one that holds such a block."""
    text = "As agreed [Users (1): Zoe Zimmer]"
    world = build([ANNA, BEN], RULES, profile("Managed user"), additions=[described(text, 1)])
    world.sync()
    assert (world.line(3301)["invoiceDescription"], world.quantity(3301)) == (text, 2)
    world.settled()


def test_s82_more_names_than_fit_are_cut_with_a_count_of_the_rest(build: Build) -> None:
    """600 people, 6,000 characters: the last name is whole, the rest is counted, and a second run writes nothing."""
    people = crowd(600)
    world = build(people, NAMED, contacts=[], additions=[described("Head", 600)])
    world.rules(NAMED, "[contacts]\ncreate = false\n")
    world.sync()
    text = str(world.line(3301)["invoiceDescription"])
    shown = text.removeprefix("Head [Users (600): ").partition(" and ")[0].split("; ")
    assert 5900 < len(text) <= 6000
    assert text.endswith(f" and {600 - len(shown)} more]")
    assert set(shown) <= {one.name for one in people}
    world.settled()


def test_s82_names_in_every_script_are_written_as_they_are(build: Build) -> None:
    """Accents, Greek, Arabic, Chinese, and brackets that would end the block."""
    people = [person("Zoë Ångström", "zoe"), person("Νίκος Παππάς", "nikos", mail="n@harbor.example"),
              person("محمد علي", "mali", mail="m@harbor.example"), person("李 小龙", "lee", mail="l@harbor.example"),
              person("Bob [Temp]", "bob", mail="b@harbor.example")]  # fmt: skip
    world = build(people, NAMED, contacts=[], additions=[described("", 5)])
    world.sync()
    text = str(world.line(3301)["invoiceDescription"])
    assert text.startswith("[Users (5): Bob (Temp); Zoë Ångström; ")
    for name in ("Νίκος Παππάς", "محمد علي", "李 小龙"):
        assert name in text
    world.settled()


def test_s82_a_block_that_somebody_damaged_is_held(build: Build) -> None:
    """Where our part ends is not known, so nothing of the line is written until it is removed."""
    world = build([ANNA, BEN], NAMED, additions=[described("Head [Users (1): Anna Adler and tail", 1)])
    told = world.sync()
    assert (told.code, "edited or doubled" in told.why, world.quantity(3301)) == (3, True, 1)
    world.settled(held=True)
    world.edit("/finance/agreements/77/additions/3301", invoiceDescription="Head and tail")
    assert world.sync().code == 0
    assert world.line(3301)["invoiceDescription"] == "Head and tail [Users (2): Anna Adler; Ben Berg]"
    world.settled()


def test_s82_a_description_without_room_is_held(build: Build) -> None:
    """5,990 characters of finance leave no room for a single name."""
    world = build([ANNA, BEN], NAMED, additions=[described("x" * 5990, 1)])
    told = world.sync()
    assert (told.code, "leaves no room for names" in told.why) == (3, True)
    assert world.line(3301)["invoiceDescription"] == "x" * 5990
    world.settled(held=True)


def test_s82_line_breaks_that_would_be_lost_are_held(build: Build) -> None:
    """ConnectWise turns them into blanks when a program writes the field, and the text is not ours."""
    world = build([ANNA, BEN], NAMED, additions=[described("Managed user\r\nas agreed")])
    told = world.sync()
    assert (told.code, "has line breaks" in told.why) == (3, True)
    assert world.line(3301)["invoiceDescription"] == "Managed user\r\nas agreed"
    world.settled(held=True)


def test_s82_who_is_billed_until_the_end_of_the_period_stays_on_the_list(build: Build) -> None:
    """In arrears a leaver is billed to the end of the month, so the invoice names them, too."""

    world = build([ANNA, BEN], NAMED, agreements=[agreement(periodType="Current", nextInvoiceDate="2026-12-01")],
                  additions=[described("")])  # fmt: skip
    world.on(date(2026, 11, 2))
    world.sync()
    world.people(ANNA, but(BEN, enabled=False))
    world.on(date(2026, 11, 16))
    world.sync()
    assert (world.quantity(3301), world.line(3301)["invoiceDescription"]) == (2, "[Users (2): Anna Adler; Ben Berg]")
    world.settled()
    world.on(date(2026, 12, 1))
    world.invoice()
    world.sync()
    assert (world.quantity(3301), world.line(3301)["invoiceDescription"]) == (1, "[Users (1): Anna Adler]")
    world.settled()
