"""What a report tells and in which order, as plain words: the one value that text, Markdown, CSV and HTML lay out.

The order is that of a reader with little time: what needs a person, what it costs, what changes, who is not counted
and why, and what else was noticed.
"""

from dataclasses import dataclass
from decimal import Decimal

from connector.core.plan import BillingLine, Change, Held, Kind, NotCounted
from connector.report.words import DONE, NEW


@dataclass(frozen=True, slots=True)
class HeldItem:
    """Something that needs a person: what kind of thing, what it is, why it waits, and how it goes on."""

    kind: str
    what: str
    reason: str
    release: str
    source: Held


@dataclass(frozen=True, slots=True)
class PersonItem:
    """Somebody with the words that go with them: the units they are billed for, or why they are not counted."""

    name: str
    note: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """People under one heading: the rule that counted or refused them, or the key that paired them. ``why`` is the note
    that all of them share."""

    heading: str
    people: tuple[PersonItem, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class LineItem:
    """A billing line in words. ``notes`` explain what the numbers do not: units, limits, waiting, refusals."""

    profile: str
    place: str
    counted: str
    billed: str
    before: str
    after: str
    price: str
    change: str
    effective: str
    moves: bool
    notes: tuple[str, ...]
    people: tuple[People, ...]
    source: BillingLine

    @property
    def quantity(self) -> str:
        """``36 → 37``, or the quantity that stays."""
        return f"{self.before} → {self.after}" if self.before != self.after else self.before


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One change: whom it is about, its fields as (label, before, after), why, and what became of it (``""``: open).
    ``deed`` is the sentence without its subject."""

    who: str
    where: str
    sentence: str
    deed: str
    fields: tuple[tuple[str, str, str], ...]
    reason: str
    outcome: str
    source: Change

    @property
    def failed(self) -> bool:
        """Whether it was to be written and was not."""
        return self.outcome not in ("", DONE)


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes of one kind."""

    kind: Kind
    heading: str
    items: tuple[ChangeItem, ...]

    @property
    def new(self) -> bool:
        """Whether these changes make a record: it has no values before."""
        return self.kind in NEW


@dataclass(frozen=True, slots=True)
class Story:
    """One client. ``alerts`` are sentences that stand above everything else; ``quiet`` clients have nothing to tell;
    of a client that ``waits`` nothing is written before it is approved. ``money`` is what the plan moves a month.
    ``correctable`` says whether a pair in ``pairs`` was found by a key, so that somebody should read it."""

    client: str
    company: str
    company_id: int
    headline: str
    quiet: bool
    waits: bool
    alerts: tuple[str, ...]
    held: tuple[HeldItem, ...]
    lines: tuple[LineItem, ...]
    total: str
    changes: tuple[ChangeGroup, ...]
    not_counted: tuple[People, ...]
    refusals: tuple[NotCounted, ...]
    warnings: tuple[str, ...]
    pairs: tuple[People, ...]
    correctable: bool
    footing: str
    money: Decimal

    @property
    def tried(self) -> bool:
        """Whether it is known what became of the changes."""
        return any(item.outcome for group in self.changes for item in group.items)

    @property
    def not_counted_total(self) -> int:
        """How many accounts are not counted."""
        return sum(len(group.people) for group in self.not_counted)


@dataclass(frozen=True, slots=True)
class Report:
    """All clients of one plan or run: ``summary`` tells them in a few sentences."""

    title: str
    made: str
    summary: tuple[str, ...]
    failures: tuple[tuple[str, str], ...]
    stories: tuple[Story, ...]

    @property
    def telling(self) -> tuple[Story, ...]:
        """The clients to write about, those that need a person first: all with something to tell, or the only one."""
        found = self.stories if len(self.stories) == 1 else [story for story in self.stories if not story.quiet]
        return tuple(sorted(found, key=lambda story: not (story.held or story.alerts)))

    @property
    def quiet(self) -> tuple[Story, ...]:
        """The clients that one line sums up."""
        return tuple(story for story in self.stories if story.quiet and len(self.stories) > 1)
