"""A plan: the changes one run would make, what it holds for a person, and who was counted.

A change is a value with *before* and *after*; a plan is a sorted list of them plus the reasons. Every report draws it.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from connector.core.history import Month
from connector.core.model import Named

Value = str | bool | int | list[str] | None
CENT = Decimal("0.01")


class Kind(StrEnum):
    """What a change does, in the order in which changes are made: people first, then lines."""

    CREATE = "contact.create"
    UPDATE = "contact.update"
    REACTIVATE = "contact.reactivate"
    INACTIVATE = "contact.inactivate"
    SET = "line.set"
    CANCEL = "line.cancel"
    ADD = "line.add"


ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Target:
    """The record a change writes to; ids that do not apply, or do not exist yet, are None."""

    contact_id: int | None = None
    agreement_id: int | None = None
    addition_id: int | None = None


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Whom a change is about."""

    guid: str
    account: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One write: what stands there (``before``), what will (``after``), and why in a clerk's words.

    Contact fields: first_name, last_name, title, department, relationship, site, mail, phone, mobile, fax, types,
    inactive, default (the company's default contact), link, and manager: a contact's id, or the account name of a
    person whose contact is made in the same run. None erases.
    Line fields: quantity and less_included (decimals as text), cancelled_date, product, unit_price, effective_date,
    invoice_description, and copy_of: the id of the line whose other fields a new one takes over. ``label`` names what
    is changed where there is no person: a billing profile.
    """

    kind: Kind
    target: Target
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    reason: str
    person: PersonRef | None = None
    label: str = ""

    @property
    def id(self) -> str:
        """The same for the same target in every plan; twelve hexadecimal digits."""
        target = [self.target.contact_id, self.target.agreement_id, self.target.addition_id]
        return _digest([self.kind, target, self.person.guid if self.person else self.label])[:12]

    @property
    def meaning(self) -> list[Any]:
        """What must not move between a plan's approval and its application."""
        return [self.id, dict(self.before), dict(self.after)]


class HeldKind(StrEnum):
    """Why something waits for a person."""

    CONFLICT = "conflict"
    PROTECTED = "protected"
    GUARD = "guard"
    DRIFT = "drift"
    BILLING = "billing"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Held:
    """Something that is not done until a person says so: ``what`` it is, ``reason``, and ``how_to_release`` it.
    ``by_changes`` says that it is a limit which the plan's changes break: without them it is none. ``approvable`` says
    that a person who approves the run lets it pass."""

    kind: HeldKind
    what: str
    reason: str
    how_to_release: str
    person: PersonRef | None = None
    target: Target = Target()
    by_changes: bool = False
    approvable: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A person billed on a line, by which rule, and for how many units."""

    guid: str
    name: str
    rule: str
    account: str = ""
    units: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Pending:
    """A quantity that is right and that the line gets later: on the first run on or after ``on``, None where that day
    is not known. ``reason`` says what is waited for."""

    quantity: Decimal
    on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class BillingLine:
    """What one profile comes to: ``counted`` people, ``billed`` quantity after units, offset, minimum and maximum.
    ``effective`` is the first day that is billed with the new quantity. Quantities are None when there is no line.
    ``how`` says how billed comes about where it is not simply the people counted: ``"37 x 1 + offset 2, at least 40"``.

    ``due`` is the quantity that ought to stand on the line now, and ``pending`` what it gets later. ``included`` units
    of the quantity are not charged. A period is ``months`` long, 0 where it is not whole months. ``prorated`` is what
    the period that is running costs more or less, where the change is billed by days. ``accepted`` units were added by
    hand and are kept. ``open_from`` is the first day that is not invoiced. ``notes`` are sentences for the report, and
    ``trend`` the counts of the last twelve months.
    """

    profile: str
    agreement_id: int | None
    addition_id: int | None
    product: str
    counted: int
    billed: Decimal
    quantity_before: Decimal | None
    quantity_after: Decimal | None
    unit_price: Decimal | None
    effective: date | None
    people: tuple[Counted, ...]
    agreement: str = ""
    how: str = ""
    due: Decimal | None = None
    pending: Pending | None = None
    included: Decimal = Decimal(0)
    months: int = 1
    prorated: Decimal | None = None
    accepted: Decimal = Decimal(0)
    open_from: date | None = None
    currency: str = ""
    notes: tuple[str, ...] = ()
    trend: tuple[Month, ...] = ()

    @property
    def monthly_change(self) -> Decimal:
        """Money a month that this run moves on the line; 0 where nothing is known to move. For periods that are not
        whole months it is the money of a period."""
        if self.quantity_after is None:
            return Decimal(0)
        return self.monthly(self.quantity_after) - self.monthly(self.quantity_before or Decimal(0))

    def monthly(self, quantity: Decimal) -> Decimal:
        """What a quantity costs a month, without the included units; 0 where no price is known."""
        charged = max(quantity - self.included, Decimal(0)) * (self.unit_price or 0)
        return charged if self.months <= 1 else (charged / self.months).quantize(CENT, ROUND_HALF_UP)

    def unmoved(self) -> "BillingLine":
        """The line as it stands, when its quantity is not written."""
        return replace(self, quantity_after=self.quantity_before)


@dataclass(frozen=True, slots=True)
class NotCounted:
    """An account that is not counted, why in words, and the configured rule that says so."""

    account: str
    reason: str
    rule: str
    guid: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A person and their contact, and by which key they were found: ``link`` or a match key."""

    guid: str
    contact_id: int
    by: str
    account: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One client's plan. ``pairs`` are the links this run would remember, ``unpaired`` the people without a contact,
    ``unmatched`` the active contacts that are no account's, ``absent`` how many complete reads in a row (this one
    included) have not seen each missing linked account, by guid."""

    client: str
    company_id: int
    company: str
    made_at: datetime
    complete: bool
    accounts: int
    people: int
    changes: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()
    billing: tuple[BillingLine, ...] = ()
    not_counted: tuple[NotCounted, ...] = ()
    warnings: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    unpaired: tuple[PersonRef, ...] = ()
    unmatched: tuple[Named, ...] = ()
    absent: Mapping[str, int] = field(default_factory=dict)
    source: str = ""

    @property
    def digest(self) -> str:
        """The same for two plans that mean the same, whenever they were made."""
        held = [[item.kind, item.what, item.reason] for item in self.held]
        return _digest([self.client, self.company_id, [change.meaning for change in self.changes], held])

    @property
    def tripped(self) -> bool:
        """Whether the guard holds the whole client."""
        return any(item.kind is HeldKind.GUARD for item in self.held)

    def only(self, ids: Collection[str]) -> "Plan":
        """The same plan with these changes alone; a line whose change is not among them stays as it is. The changes of
        one line go together or not at all."""
        torn = {change.label for change in self.changes if change.label and change.id not in ids}
        changes = tuple(change for change in self.changes if change.id in ids and change.label not in torn)
        moving = {change.label for change in changes}
        lines = tuple(line if line.profile in moving else line.unmoved() for line in self.billing)
        return replace(self, changes=changes, billing=lines)

    def without_changes(self) -> "Plan":
        """The same readings, counts and pairs with nothing to write, and without the limits that the changes broke."""
        return replace(self.only(()), held=tuple(item for item in self.held if not item.by_changes))

    @property
    def monthly_change(self) -> Decimal:
        """Money per billing cycle that this plan moves, over all lines."""
        return sum((line.monthly_change for line in self.billing), Decimal(0))


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
