"""Everything that is decided about one person."""

from io import StringIO

from rich.console import Console

from connector.report.explain import Explanation, FieldFate, print_explanation, render_explanation
from tests.report.samples import busy, person

TOLD = Explanation(
    client="harbor",
    person=person(1),
    facts=(("mail", "jonas.holm-larsen@harbor.example"), ("office", "")),
    verdicts=(
        ("people.include_ous", "accepted: below OU=Staff"),
        ("people.exclude_accounts", "no pattern fits jholm1"),
    ),
    pairing="contact 8001, already linked",
    fields=(
        FieldFate("surname", "Holm-Larsen", "Holm", "directory", "written"),
        FieldFate("mobile", "+45 55 50 01 42", "+45 55 50 09 99", "fill", "stays: not blank in the PSA"),
    ),
    billing=(("Managed user", "counted by group M365 E3, 1 unit"), ("Frontline seat", "not: already on Managed user")),
    changes=busy().changes[1:2],
    held=busy().held[:1],
)


def test_an_explanation_tells_every_decision_in_order() -> None:
    """From what the directory says to what changes."""
    shown = render_explanation(TOLD, width=120)
    order = ["WHAT THE DIRECTORY", "WHO COUNTS", "CONTACT\n", "FIELDS", "BILLING", "NEEDS A PERSON", "CHANGES"]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert "stays: not blank in the PSA" in shown
    assert "not: already on Managed user" in shown
    assert "surname Holm → Holm-Larsen" in shown
    assert "Both contacts have the mail address" in shown


def test_a_person_without_changes_is_told_so() -> None:
    """An empty list is an answer as well."""
    assert "Nothing changes." in render_explanation(Explanation("harbor", person(1)))


def test_an_explanation_fits_eighty_columns() -> None:
    """Values fold, nothing is cut."""
    shown = render_explanation(TOLD, width=80)
    assert max(len(row) for row in shown.splitlines()) <= 80
    assert "…" not in shown


def test_hostile_values_are_shown_and_not_obeyed() -> None:
    """Markup stays text and hidden characters are replaced."""
    out = StringIO()
    told = Explanation("harbor", person(1), facts=(("title", "[red]x[/red]\u202e\x1b[2J"),))
    print_explanation(Console(file=out, width=80, color_system=None, legacy_windows=False), told)
    assert "[red]x[/red]\ufffd\ufffd[2J" in out.getvalue()
