"""Everything that is decided about one person or one contact, told in the order in which it is decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connector.core.plan import Change, Held, PersonRef
from connector.report.clean import cleaned
from connector.report.text import points
from connector.report.words import HELD, sentence, who


@dataclass(frozen=True, slots=True)
class FieldFate:
    """One contact field: what the directory and the PSA hold, who owns it, and in words what comes of that."""

    field: str
    directory: str
    psa: str
    owner: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every decision about one person of a client, or about a contact that is no account's.

    ``facts`` are (label, value) pairs of the directory; ``verdicts`` (rule, what it says) for each rule asked;
    ``pairing`` says which contact, by which key; ``contact`` are (label, value) pairs of it; ``billing`` (profile, what
    it says) for each profile.
    """

    client: str
    person: PersonRef
    facts: tuple[tuple[str, str], ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    pairing: str = ""
    contact: tuple[tuple[str, str], ...] = ()
    fields: tuple[FieldFate, ...] = ()
    billing: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()


def render_explanation(explanation: Explanation, width: int = 100) -> str:
    """The explanation as plain text, ``width`` columns wide, without colours."""
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False)
    print_explanation(console, explanation)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def print_explanation(console: Console, explanation: Explanation) -> None:
    """Print the explanation. Every value goes in as ``Text``, so that no markup in a name is obeyed."""
    for part in _parts(cleaned(explanation)):
        console.print(part)


def _parts(told: Explanation) -> Iterable[RenderableType]:
    yield Text.assemble((who(told.person), "bold"), f", client {told.client}")
    yield from _pairs("What the directory says", told.facts)
    yield from _pairs("Who counts", told.verdicts)
    if told.pairing:
        yield from (_heading("Contact"), points([Text(told.pairing)]))
    yield from _pairs("What the PSA says", told.contact)
    if told.fields:
        yield from (_heading("Fields"), Padding(_fields(told.fields), (0, 0, 0, 2)))
    yield from _pairs("Billing", told.billing)
    if told.held:
        yield from (_heading("Needs a person", "bold yellow"), points(_held(item) for item in told.held))
    yield _heading("Changes")
    yield points(_change(change) for change in told.changes) if told.changes else Text("  Nothing changes.")


def _heading(text: str, style: str = "bold") -> RenderableType:
    return Padding(Text(text.upper(), style), (1, 0, 0, 0))


def _pairs(heading: str, pairs: tuple[tuple[str, str], ...]) -> Iterable[RenderableType]:
    if pairs:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(overflow="fold", max_width=32)
        grid.add_column(overflow="fold")
        for label, value in pairs:
            grid.add_row(Text(label, "cyan"), Text(value or "(blank)"))
        yield from (_heading(heading), Padding(grid, (0, 0, 0, 2)))


def _fields(fates: tuple[FieldFate, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in ("Field", "Directory", "PSA", "Owner", "So"):
        table.add_column(heading, overflow="fold")
    for fate in fates:
        cells = (fate.field, fate.directory or "(blank)", fate.psa or "(blank)", fate.owner, fate.outcome)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _held(item: Held) -> Text:
    return Text(f"{HELD[item.kind]}: {item.what}\nWhy: {item.reason}\nTo go on: {item.how_to_release}")


def _change(change: Change) -> Text:
    return Text.assemble(sentence(change), (f" ({change.reason})", "dim"))
