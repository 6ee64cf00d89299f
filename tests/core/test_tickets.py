"""Which tickets a run opens, notes and ends."""

from dataclasses import replace

import pytest

from connector.core.plan import Held, HeldKind, PersonRef, Plan
from connector.core.tickets import (
    CHANGED,
    CLEARED,
    CLOSE_IT,
    SUMMARIES,
    SUMMARY_LIMIT,
    Action,
    Cause,
    Clear,
    Known,
    Tell,
    decide,
    ended,
    summary,
)
from tests.core.build import NOW

ALL = frozenset(Cause)
QUIET = Plan("harbor", 412, "HarborDental", NOW, complete=True, accounts=9, people=8)
LIMIT = Held(HeldKind.GUARD, "inactivations", "harbor would lose 5 of 12", "Raise the limit.", by_changes=True)
TWINS = Held(HeldKind.CONFLICT, "Anna Dahl (adahl)", "two contacts fit", "Make one of them inactive.")
LATE = Held(HeldKind.STALE, "Anna Dahl (adahl)", "contact.update failed: it is gone", "Look at the record.")


def actions(
    plan: Plan | None, *known: Known, error: str = "", adopted: bool = False, closes: bool = True
) -> list[Action]:
    """What is to be done after a run of harbor."""
    return list(decide(ended("harbor", plan, error, adopted=adopted), ALL, known, closes=closes))


def told(plan: Plan | None, error: str = "") -> list[Known]:
    """The tickets as they are after that run, from 1 on."""
    found = [one for one in actions(plan, error=error) if isinstance(one, Tell)]
    return [Known(one.cause, number, one.told) for number, one in enumerate(found, 1)]


def holding(*held: Held) -> Plan:
    """A plan that holds these."""
    return replace(QUIET, held=held)


def test_a_quiet_run_without_tickets_does_nothing() -> None:
    """Nothing is held and nothing was."""
    assert actions(QUIET) == []


def test_each_cause_gets_a_ticket_of_its_own() -> None:
    """With its summary, and with what is held, why, and how to release it."""
    conflict, guard = sorted(actions(holding(LIMIT, TWINS)), key=lambda one: one.cause)
    assert isinstance(conflict, Tell)
    assert isinstance(guard, Tell)
    assert (conflict.summary, guard.summary) == (
        "Connector harbor: unclear who is who", "Connector harbor: stopped by the guard",
    )  # fmt: skip
    assert "1. inactivations: harbor would lose 5 of 12\n   What to do: Raise the limit." in guard.words
    assert "two contacts fit" not in guard.words
    assert "1. Anna Dahl (adahl): two contacts fit" in conflict.words


def test_the_same_reasons_again_are_not_told_again() -> None:
    """In whatever order they come."""
    other = replace(TWINS, what="Ben Berg")
    assert actions(holding(other, TWINS), *told(holding(TWINS, other))) == []


def test_changed_reasons_are_one_note_on_the_same_ticket() -> None:
    """It tells all that holds now."""
    (known,) = told(holding(TWINS))
    (note,) = actions(holding(TWINS, replace(TWINS, what="Ben Berg")), known)
    assert isinstance(note, Tell)
    assert (note.ticket_id, note.note.startswith(CHANGED)) == (known.ticket_id, True)
    assert "Anna Dahl" in note.note
    assert "2. Ben Berg" in note.note


def test_a_cause_that_is_gone_ends_its_ticket_alone() -> None:
    """The other one stays as it is."""
    guard, conflict = told(holding(LIMIT, TWINS))
    assert actions(holding(TWINS), guard, conflict) == [Clear(Cause.GUARD, guard.ticket_id, CLEARED)]


def test_a_ticket_that_is_only_noted_says_who_closes_it() -> None:
    """Without a status for it the connector closes nothing."""
    (end,) = actions(QUIET, *told(holding(TWINS)), closes=False)
    assert isinstance(end, Clear)
    assert end.note == f"{CLEARED} {CLOSE_IT}"


def test_a_failed_run_opens_its_ticket_and_ends_none() -> None:
    """A run that failed to read says nothing about conflicts."""
    (failed,) = actions(None, *told(holding(LIMIT, TWINS, LATE)), error="The directory does not answer.")
    assert isinstance(failed, Tell)
    assert failed.cause is Cause.FAILED
    assert "The directory does not answer." in failed.words


def test_a_failure_while_writing_tells_what_is_held_and_ends_nothing() -> None:
    """The plan was read completely, so its conflicts are real; what is missing from it may still come."""
    found = actions(holding(TWINS), *told(holding(LATE)), error="The PSA does not answer.")
    assert [one.cause for one in found] == [Cause.FAILED, Cause.CONFLICT]
    assert all(isinstance(one, Tell) for one in found)


def test_a_run_that_works_again_ends_the_ticket_of_the_failure() -> None:
    """Also where something is held."""
    known = told(None, "The directory does not answer.")
    assert [one.cause for one in actions(holding(LIMIT), *known)] == [Cause.FAILED, Cause.GUARD]


def test_a_failure_that_differs_in_figures_is_the_same() -> None:
    """3 of 10 or 7 of 10 changes made, 26 or 50 hours old: nothing new for a technician."""
    assert actions(None, *told(None, "Stopped after 3 of 10."), error="Stopped after 7 of 10.") == []
    assert actions(None, *told(None, "Stopped after 3."), error="Refused after 3.") != []


def test_figures_of_what_is_held_do_matter() -> None:
    """They are contacts, quantities and money."""
    assert actions(holding(replace(LIMIT, reason="harbor would lose 6 of 12")), *told(holding(LIMIT))) != []


def test_while_the_guard_holds_everything_nothing_is_known_of_failing_writes() -> None:
    """Nothing was written, so nothing could fail; conflicts are seen."""
    known = told(holding(LATE, TWINS))
    assert [one.cause for one in actions(holding(LIMIT), *known)] == [Cause.GUARD, Cause.CONFLICT]


def test_adopting_ends_neither_limits_nor_failing_writes() -> None:
    """It looks at no changes."""
    known = told(holding(LATE, TWINS, LIMIT))
    assert [one.cause for one in actions(QUIET, *known, adopted=True)] == [Cause.CONFLICT]


@pytest.mark.parametrize(
    "hold", [Held(HeldKind.GUARD, "harbor", "moved", "Mend it."), Held(HeldKind.BILLING, "HarborDental", "gone", "")]
)
def test_a_client_that_is_stopped_as_a_whole_hides_the_rest(hold: Held) -> None:
    """Its one reason stands for everything, so no conflict is known to be gone."""
    known = [*told(holding(TWINS)), *told(None, "x")]
    found = actions(holding(hold), *known)
    assert [one.cause for one in found if isinstance(one, Clear)] == [Cause.FAILED]


def test_half_a_reading_ends_nothing() -> None:
    """Unknown is never zero."""
    assert actions(replace(QUIET, complete=False), *told(holding(TWINS))) == []


def test_only_the_causes_that_are_asked_for_are_told() -> None:
    """A ticket that is open for another one gets no note, and still ends when it is gone."""
    (known,) = told(holding(TWINS))
    more, none = holding(TWINS, replace(TWINS, what="Ben Berg")), frozenset[Cause]()
    assert decide(ended("harbor", more, ""), none, [known], closes=True) == ()
    (end,) = decide(ended("harbor", QUIET, ""), none, [known], closes=True)
    assert isinstance(end, Clear)


def test_a_summary_is_short_and_never_cut_in_its_cause() -> None:
    """100 characters at most, whatever a client's file is called."""
    for cause in Cause:
        assert len(summary("h" * 200, cause)) == SUMMARY_LIMIT
        assert summary("h" * 200, cause).endswith(SUMMARIES[cause])


def test_names_forge_no_lines() -> None:
    """A line break or a direction mark in a name stays without effect."""
    bad = replace(TWINS, what="Eve\n2. Nobody: all is well\u202e", reason="two\r\ncontacts", how_to_release="")
    (found,) = actions(holding(bad))
    assert isinstance(found, Tell)
    assert "1. Eve 2. Nobody: all is well: two contacts" in found.words


def test_a_person_is_told_by_name_and_account() -> None:
    """So that a technician finds the account."""
    held = replace(TWINS, what="contact 101", person=PersonRef("g", "adahl", "Anna Dahl"))
    (found,) = actions(holding(held))
    assert isinstance(found, Tell)
    assert "1. Anna Dahl (adahl): two contacts fit" in found.words


def test_many_reasons_are_cut_in_words_and_not_in_the_digest() -> None:
    """The twenty-first is not told, and still makes a difference."""
    many = [replace(TWINS, what=f"Person {number}") for number in range(22)]
    (found,) = actions(holding(*many))
    assert isinstance(found, Tell)
    assert found.words.endswith("And 2 more; the attached report has them all.")
    assert "Person 20" not in found.words
    assert actions(holding(*many[:21]), *told(holding(*many))) != []
