"""The wording that every report shares."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connector.core.plan import Change, HeldKind, Kind, Target
from connector.report import words
from tests.report.samples import busy, line, person, quiet, raised


def test_a_change_of_a_person_reads_in_one_line() -> None:
    """Who, which field, before and after."""
    who = replace(person(1), account="jberg", name="Jonas Berg")
    change = Change(Kind.UPDATE, Target(8123), {"last_name": "Berg"}, {"last_name": "Berg-Larsen"}, "", who)
    assert words.sentence(change) == "Jonas Berg (jberg): surname Berg → Berg-Larsen"


def test_each_kind_of_change_has_its_sentence() -> None:
    """A new contact shows its values, a leaver only that the contact becomes inactive, a line its profile."""
    told = [words.sentence(change, busy().billing) for change in busy().changes]
    assert told[0].startswith(
        "Lars Bak (lbak): new contact, mail address lars.bak@harbor.example, phone +45 55 50 01 42"
    )
    assert told[1].endswith("job title (blank) → Dentist")
    assert told[2].endswith(": contact active again")
    assert told[3].endswith(": contact inactive")
    assert told[4] == "Managed user: quantity 36 → 37"


def test_a_line_without_a_label_is_called_by_its_profile_or_id() -> None:
    """A clerk never reads about nothing."""
    change = Change(Kind.CANCEL, Target(None, 77, 3302), {}, {"cancelled_date": "2026-12-01"}, "")
    assert words.sentence(change, busy().billing).startswith("Frontline seat: line cancelled")
    assert words.sentence(change) == "line 3302: line cancelled, last day (blank) → 2026-12-01"


@pytest.mark.parametrize(
    ("value", "plain", "signed"),
    [
        ("42.5", "42.50", "+42.50"),
        ("-1250", "-1,250.00", "-1,250.00"),
        ("0", "0.00", "0.00"),
        ("-0.004", "0.00", "0.00"),
        ("0.005", "0.01", "+0.01"),
        ("1234567.895", "1,234,567.90", "+1,234,567.90"),
    ],
)
def test_money_has_two_decimals_a_sign_and_separators(value: str, plain: str, signed: str) -> None:
    """Halves of a cent are rounded away from zero, and nothing is never negative."""
    assert words.money(Decimal(value)) == plain
    assert words.signed(Decimal(value)) == signed


def test_a_unit_price_keeps_the_decimals_that_mean_something() -> None:
    """A price of less than a cent is not shown as another price."""
    assert [words.price(Decimal(text)) for text in ("8.1250", "1250", "0.005", "12.5")] == [
        "8.125",
        "1,250.00",
        "0.005",
        "12.50",
    ]
    assert words.price(None) == "unknown"


def test_the_headline_of_a_plan_says_what_is_to_be_done() -> None:
    """A dry run never reads as if something had been done."""
    assert words.headline(busy()) == (
        "41 people counted, 1 contact to create, 1 to update, 1 to make active again, 1 to inactivate, "
        "Managed user 36 → 37, +42.50 a month, 2 items need a person"
    )


def test_the_headline_of_a_run_says_only_what_was_done() -> None:
    """A refused line moves no money, and a change without an outcome was not written."""
    plan = busy()
    outcomes = {change.id: "done" for change in plan.changes[:3]}
    outcomes[plan.changes[4].id] = "refused: it moved"
    assert words.headline(plan, outcomes) == (
        "41 people counted, 1 contact created, 1 updated, 1 made active again, 2 not written, 2 items need a person"
    )


def test_a_client_without_changes_has_nothing_to_do() -> None:
    """Said in words, with the people counted."""
    assert words.headline(quiet()) == "4 people counted, nothing to do"


def test_a_held_client_waits_in_its_headline() -> None:
    """What the guard holds is not told as if it would happen by itself."""
    assert words.headline(raised()).startswith("Waiting for approval: 10 people counted")


@pytest.mark.parametrize(
    ("before", "after", "flagged"),
    [(10, 11, False), (10, 9, False), (9, 10, True), (19, 21, True), (100, 89, True), (4, 4, False), (200, 221, True)],
)
def test_s94_more_than_a_tenth_of_the_billing_is_flagged(before: int, after: int, flagged: bool) -> None:
    """A run that moves more than 10 % of the client's per-user billing is flagged; exactly 10 % is not."""
    plan = replace(quiet(), billing=(line("Managed user", before, after, "42.50", ()),))
    assert bool(words.billing_flag(plan)) is flagged


def test_s94_rises_and_falls_do_not_hide_each_other() -> None:
    """A quarter of the people on another product is a large move, though the sum stays the same."""
    lines = (line("A", 20, 15, "40", (), 1), line("B", 0, 5, "40", (), 2))
    plan = replace(quiet(), billing=lines)
    assert plan.monthly_change == 0
    assert words.billing_flag(plan).startswith("Moves 50 % of this client's per-user billing (400.00 a month)")


def test_s94_a_share_just_above_the_limit_is_not_shown_as_the_limit() -> None:
    """10.004 % reads as more than 10 %."""
    plan = replace(quiet(), billing=(line("A", 10000, 11001, "1", ()),))
    assert "10.1 %" in words.billing_flag(plan)


def test_s94_the_first_billing_of_a_client_is_flagged() -> None:
    """Where nothing was billed before there is no percentage, and still something to look at."""
    plan = replace(quiet(), billing=(line("A", None, 5, "40", ()),))
    assert "200.00 a month where nothing was billed before" in words.billing_flag(plan)


def test_every_kind_has_its_words() -> None:
    """A new kind of change or held item cannot reach a report without a name."""
    assert set(words.KINDS) == set(Kind)
    assert set(words.HELD) == set(HeldKind)
