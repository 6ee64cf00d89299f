"""The wording that all reports share: numbers, fields, changes and held items in a billing clerk's words."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from connector.core.conflicts import WORDS
from connector.core.fields import LABELS
from connector.core.invoice_text import names_in
from connector.core.plan import BillingLine, Change, HeldKind, Kind, PersonRef, Plan, Value
from connector.core.planjson import quantity as plain

FLAGGED_SHARE = Decimal(10)
"""A run that moves more than this percentage of a client's per-user billing is flagged."""

DONE = "done"
"""The outcome of a change that was written; any other outcome says why it was not."""

LINKED = "already linked"
CORRECT = (
    "If a pair is wrong: account = contact id in [contacts.pairs] of the client's file; ignore_accounts and "
    "ignore_contacts leave one alone."
)

_CENT = Decimal("0.01")
NAMES_SHOWN = 120
"""Characters of the names on an invoice that a change tells."""

FIELDS = {
    **LABELS,
    "title": "job title",
    "types": "contact types",
    "link": "directory link",
    "cancelled_date": "last day",
    "unit_price": "unit price",
    "effective_date": "effective from",
    "less_included": "included units",
    "invoice_description": "names on the invoice",
    "copy_of": "takes over the fields of line",
}

HELD = {
    HeldKind.CONFLICT: "Unclear who is who",
    HeldKind.PROTECTED: "Protected contact",
    HeldKind.GUARD: "More than the guard lets through",
    HeldKind.DRIFT: "Changed by somebody else",
    HeldKind.BILLING: "Billing decision",
    HeldKind.STALE: "Moved since the plan was made",
}

KINDS = {
    Kind.CREATE: "New contacts",
    Kind.UPDATE: "Contacts updated",
    Kind.REACTIVATE: "Contacts made active again",
    Kind.INACTIVATE: "Contacts made inactive",
    Kind.SET: "Quantities set",
    Kind.ADD: "Lines added",
    Kind.CANCEL: "Lines cancelled",
}

NEW = (Kind.CREATE, Kind.ADD)
"""Kinds that make a record; it has no values before."""

_HEADINGS = {
    Kind.CREATE: "new contact",
    Kind.REACTIVATE: "contact active again",
    Kind.INACTIVATE: "contact inactive",
    Kind.ADD: "new line",
    Kind.CANCEL: "line cancelled",
}


def said_day(day: date) -> str:
    """A day as a client reads it, whatever their country: ``12 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def plural(number: int, one: str, many: str = "") -> str:
    """``1 contact``, ``2 contacts``, ``1,200 contacts``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def money(value: Decimal) -> str:
    """An amount to the cent with thousands separators: ``1,250.00``. Halves of a cent are rounded away from zero."""
    rounded = value.quantize(_CENT, ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:,.2f}"


def signed(value: Decimal) -> str:
    """An amount with its sign, ``+42.50``; an amount that is no cent has none."""
    text = money(value)
    return text if text.startswith("-") or text == "0.00" else f"+{text}"


def price(value: Decimal | None) -> str:
    """A unit price with every decimal that means something, at least two; ``unknown`` where there is none."""
    if value is None:
        return "unknown"
    text = plain(value)
    return f"{value:,.2f}" if len(text.partition(".")[2]) <= 2 else f"{Decimal(text):,f}"


def units(value: Decimal | None, missing: str = "none") -> str:
    """A quantity with thousands separators and no superfluous zeros."""
    return missing if value is None else f"{Decimal(plain(value)):,f}"


def field_label(name: str) -> str:
    """What a clerk calls a field of a change."""
    return FIELDS.get(name, name.replace("_", " "))


def paired_by(key: str) -> str:
    """How a person and their contact were found, by ``link`` or a match key."""
    return LINKED if key == "link" else f"by {WORDS.get(key, key)}"


def shown(value: Value) -> str:
    """A field's value in words; a blank one says so."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return text or "(blank)"


def shown_as(name: str, value: Value) -> str:
    """A field's value in words; a manager is a contact by its id, of an invoice description only our part is told."""
    if name == "invoice_description":
        names = names_in(str(value or ""))
        return names if len(names) <= NAMES_SHOWN else f"{names[:NAMES_SHOWN]}…" if names else "(none)"
    return f"contact {value}" if name == "manager" and isinstance(value, int) else shown(value)


def who(person: PersonRef | None, label: str = "") -> str:
    """``Jonas Berg (jberg)``, or what a change is about where it is about no person."""
    return named(person.name, person.account) if person else label


def named(name: str, account: str) -> str:
    """A name with its account, where the two differ."""
    return f"{name} ({account})" if name and account and name != account else name or account


def subject(change: Change, lines: tuple[BillingLine, ...] = ()) -> str:
    """Whom or what a change is about: the person, else the billing profile, else the record's id."""
    found = who(change.person, change.label)
    if found:
        return found
    wanted = change.target.addition_id
    profile = next((line.profile for line in lines if wanted is not None and line.addition_id == wanted), "")
    return profile or (f"line {wanted}" if wanted is not None else f"contact {change.target.contact_id}")


def moved_fields(change: Change) -> list[tuple[str, str, str]]:
    """The fields that a change touches, as (label, before, after) in words, without what its kind says already."""
    names = dict.fromkeys((*change.before, *change.after))
    said = {"inactive"} if change.kind in (Kind.CREATE, Kind.REACTIVATE, Kind.INACTIVATE) else set()
    return [
        (field_label(name), shown_as(name, change.before.get(name)), shown_as(name, change.after.get(name)))
        for name in names
        if name not in said and change.before.get(name) != change.after.get(name)
    ]


def sentence(change: Change, lines: tuple[BillingLine, ...] = ()) -> str:
    """One change in one line: ``Jonas Berg (jberg): surname Berg → Berg-Larsen``."""
    return f"{subject(change, lines)}: {deed(change)}"


def deed(change: Change) -> str:
    """What a change does, without whom it is about: ``surname Berg → Berg-Larsen``, ``contact inactive``."""
    new = change.kind in NEW
    parts = [f"{label} {after}" if new else f"{label} {before} → {after}" for label, before, after in _told(change)]
    heading = _HEADINGS.get(change.kind)
    return ", ".join([*([heading] if heading else []), *parts]) or "no field moves"


def _told(change: Change) -> list[tuple[str, str, str]]:
    named_already = {field_label("first_name"), field_label("last_name")} if change.kind is Kind.CREATE else set()
    return [part for part in moved_fields(change) if part[0] not in named_already or change.person is None]


def moved_share(plan: Plan) -> Decimal | None:
    """How much of the client's per-user billing the plan moves, in percent; lines that rise and fall do not cancel each
    other out. None when nothing was billed before."""
    before = sum(((line.quantity_before or 0) * (line.unit_price or 0) for line in plan.billing), Decimal(0))
    moved = sum((abs(line.monthly_change) for line in plan.billing), Decimal(0))
    return moved * 100 / before if before > 0 else None


def billing_flag(plan: Plan) -> str:
    """The sentence that flags a plan which moves more than a tenth of the client's per-user billing, or ``""``."""
    moved = sum((abs(line.monthly_change) for line in plan.billing), Decimal(0))
    share = moved_share(plan)
    if share is None:
        return f"Per-user billing starts here: {money(moved)} a month where nothing was billed before." if moved else ""
    if share <= FLAGGED_SHARE:
        return ""
    # Rounded up: a share just above the limit must not be shown as the limit itself.
    text = f"{share.quantize(Decimal('0.1'), 'ROUND_UP'):,f}".removesuffix(".0")
    return f"Moves {text} % of this client's per-user billing ({money(moved)} a month). Check it before it is invoiced."


def headline(plan: Plan, outcomes: Mapping[str, str] | None = None) -> str:
    """A client's plan in one line. Without ``outcomes`` it says what is to be done, with them only what was done."""
    parts = [counted(plan), *_contacts(plan, outcomes), *_lines(plan, outcomes)]
    refused = 0 if outcomes is None else sum(outcomes.get(change.id) != DONE for change in plan.changes)
    if refused:
        parts.append(f"{refused:,} not written")
    waiting = sum(line.pending is not None for line in plan.billing)
    if waiting:
        parts.append(plural(waiting, "quantity pending", "quantities pending"))
    if plan.held:
        parts.append(plural(len(plan.held), "item needs a person", "items need a person"))
    if len(parts) == 1:
        parts.append("nothing to do")
    waits = "Waiting for approval: " if plan.tripped and outcomes is None else ""
    return waits + ", ".join(parts)


def counted(plan: Plan) -> str:
    """How many different people the billing lines count; of a client without lines, how many there are."""
    if not plan.billing:
        return plural(plan.people, "person", "people")
    guids = {person.guid for line in plan.billing for person in line.people}
    return f"{plural(len(guids) or max(line.counted for line in plan.billing), 'person', 'people')} counted"


def line_done(line: BillingLine, plan: Plan, outcomes: Mapping[str, str] | None) -> bool:
    """Whether the line moves as planned, as far as is known: a change of it that was not made means it does not."""
    return outcomes is None or all(outcomes.get(change.id) == DONE for change in line_changes(line, plan))


def line_changes(line: BillingLine, plan: Plan) -> list[Change]:
    """The changes that are made to bring the line to its quantity."""
    kinds = (Kind.SET, Kind.ADD, Kind.CANCEL)
    return [change for change in plan.changes if change.kind in kinds and _is_for(change, line)]


def done_change(plan: Plan, outcomes: Mapping[str, str] | None) -> Decimal:
    """Money a month that the plan moves, without the lines that could not be written."""
    return sum((line.monthly_change for line in plan.billing if line_done(line, plan, outcomes)), Decimal(0))


def _is_for(change: Change, line: BillingLine) -> bool:
    same_line = change.target.addition_id is not None and change.target.addition_id == line.addition_id
    return same_line or (bool(change.label) and change.label == line.profile)


def _contacts(plan: Plan, outcomes: Mapping[str, str] | None) -> list[str]:
    planned = {
        Kind.CREATE: "to create",
        Kind.UPDATE: "to update",
        Kind.REACTIVATE: "to make active again",
        Kind.INACTIVATE: "to inactivate",
    }
    past = {
        Kind.CREATE: "created",
        Kind.UPDATE: "updated",
        Kind.REACTIVATE: "made active again",
        Kind.INACTIVATE: "inactivated",
    }
    made = [change.kind for change in plan.changes if outcomes is None or outcomes.get(change.id) == DONE]
    words = planned if outcomes is None else past
    found = [(made.count(kind), word) for kind, word in words.items() if kind in made]
    return [
        f"{plural(number, 'contact')} {word}" if first else f"{number:,} {word}"
        for first, (number, word) in zip([True] + [False] * len(found), found, strict=False)
    ]


def _lines(plan: Plan, outcomes: Mapping[str, str] | None) -> list[str]:
    moved = [
        line
        for line in plan.billing
        if line.quantity_after is not None
        and line.quantity_after != line.quantity_before
        and line_done(line, plan, outcomes)
    ]
    parts = [f"{line.profile} {units(line.quantity_before, 'new')} → {units(line.quantity_after)}" for line in moved]
    if len(parts) > 4:
        parts[3:] = [f"{len(parts) - 3} more lines"]
    return [*parts, f"{signed(done_change(plan, outcomes))} a month"] if moved else []
