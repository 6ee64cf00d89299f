"""A run taken back: an ordinary plan in reverse, from what the journal says stood there before.

What has moved since stays as it is and is named. What was made is not deleted: a contact is inactivated, a line ends on
its first day with the quantity 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from connector.core import guard
from connector.core.again import title
from connector.core.fields import LABELS, standing
from connector.core.holding import HoldError
from connector.core.lines import calendar_of, stands
from connector.core.model import Contact, Memory, PsaSnapshot
from connector.core.plan import BillingLine, Change, Held, HeldKind, Kind, Plan, Target, Value
from connector.core.quantity import plain
from connector.core.rules import ClientRules

FOR_GOOD = frozenset({"types", "default"})
"""Fields that the PSA gives and that are not taken away again (api.md 4.3)."""

REVERSE = {
    Kind.CREATE: Kind.INACTIVATE,
    Kind.UPDATE: Kind.UPDATE,
    Kind.REACTIVATE: Kind.INACTIVATE,
    Kind.INACTIVATE: Kind.REACTIVATE,
    Kind.SET: Kind.SET,
    Kind.CANCEL: Kind.SET,
    Kind.ADD: Kind.CANCEL,
}


@dataclass(frozen=True, slots=True)
class Made:
    """A change that a run has made, or is in doubt about. ``record`` is the contact or line that it made."""

    change: Change
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Undoing:
    """The run that is taken back: its plan, its number, when it was, and what it made, in its order."""

    plan: Plan
    run: str
    at: datetime
    made: Sequence[Made]


class _LeftError(Exception):
    """This one cannot be taken back, and why."""


def undo(undoing: Undoing, psa: PsaSnapshot, memory: Memory, rules: ClientRules, now: datetime) -> Plan:
    """The plan that brings back what stood there before the run, against a fresh reading of the PSA."""
    back = _Back(undoing, psa)
    found: list[Change] = []
    left: list[Held] = []
    notes: list[str] = []
    for made in reversed(undoing.made):
        try:
            change = back.reverse(made)
        except _LeftError as error:
            left.append(_held(made.change, str(error)))
            continue
        notes += _kept(made.change)
        found += [change] if change is not None else []
    torn = {hold.what for hold in left if hold.person is None}
    changes = tuple(change for change in found if change.person is not None or change.label not in torn)
    lines = tuple(_reversed_line(line, undoing.run, changes) for line in undoing.plan.billing)
    managed = sum(not one.inactive for one in psa.contacts if one.id in {it.contact_id for it in memory.links.values()})
    return replace(
        undoing.plan,
        made_at=now,
        changes=changes,
        held=(*guard.check(rules.client, changes, lines, managed, rules.guard), *left),
        billing=lines,
        not_counted=(),
        warnings=tuple(notes),
        pairs=(),
        unpaired=(),
        unmatched=(),
        absent={},
        source=f"the journal of run {undoing.run}; the directory was not read",
    )


def asked_again(reversed_change: Change) -> tuple[str, Mapping[str, Value]]:
    """What a plan would ask for that wants again what this change has taken back: the id of that change, and what it
    would bring. The quantity of a line counts as asked for again whatever it is."""
    kind, target = reversed_change.kind, reversed_change.target
    if kind is Kind.CANCEL:
        kind, target = Kind.ADD, Target(agreement_id=target.agreement_id)
    elif kind is Kind.SET and "cancelled_date" in reversed_change.before:
        kind = Kind.CANCEL
    elif kind in (Kind.INACTIVATE, Kind.REACTIVATE):
        kind = REVERSE[kind]
    again = replace(reversed_change, kind=kind, target=target)
    return again.id, {} if again.person is None else reversed_change.before


class _Back:
    """What stands in the PSA now, beside what the run made."""

    def __init__(self, undoing: Undoing, psa: PsaSnapshot) -> None:
        self.undoing, self.psa = undoing, psa
        self.contacts = {one.id: one for one in psa.contacts}
        self.lines = {one.id: one for one in psa.additions}
        self.of_account = {
            made.change.person.account: made.record
            for made in undoing.made
            if made.change.kind is Kind.CREATE and made.change.person is not None and made.record is not None
        }

    def reverse(self, made: Made) -> Change | None:
        """The change that takes this one back; None where it stands already as before. Raises _LeftError."""
        if made.change.person is not None:
            return self._contact(made)
        return self._line(made)

    def _contact(self, made: Made) -> Change | None:
        change = made.change
        number = change.target.contact_id or made.record
        if number is None:
            raise _LeftError("it is not known whether the contact was made; run connector sync, then look for it")
        contact = self.contacts.get(number)
        if contact is None:
            raise _LeftError(f"contact {number} is gone, or belongs to another company now")
        before, after = self._ways(change)
        self._check_stands(contact, before, after)
        if change.kind is Kind.CREATE and contact.inactive:
            return None
        if standing(contact, before, self.psa) == before:
            return None
        if before.get("inactive") and contact.default:
            raise _LeftError(f"contact {number} is the company's default contact now")
        shown = {name: after[name] for name in before}
        return self._back(change, Target(contact_id=number), shown, before)

    def _ways(self, change: Change) -> tuple[dict[str, Value], dict[str, Value]]:
        """What stood before, and what was brought, in the fields that can be taken back."""
        after = {name: value for name, value in change.after.items() if name not in FOR_GOOD}
        manager = after.get("manager")
        if isinstance(manager, str):
            after["manager"] = self.of_account.get(manager)
        if change.kind is Kind.CREATE:
            return {"inactive": True}, {**{name: value for name, value in after.items() if value}, "inactive": False}
        return {name: change.before.get(name) for name in after}, after

    def _check_stands(self, contact: Contact, before: Mapping[str, Value], after: Mapping[str, Value]) -> None:
        now = standing(contact, after, self.psa)
        moved = [name for name in after if now[name] != after[name] and now[name] != before.get(name, after[name])]
        if moved:
            names = ", ".join(LABELS.get(name, name.replace("_", " ")) for name in moved)
            raise _LeftError(f"contact {contact.id} has been changed since ({names})")

    def _line(self, made: Made) -> Change | None:
        change = made.change
        number = change.target.addition_id or made.record
        if number is None:
            raise _LeftError("it is not known whether the line was made; run connector sync, then look for it")
        line = self.lines.get(number)
        if line is None:
            raise _LeftError(f"line {number} is gone")
        before, after = dict(change.before), dict(change.after)
        if change.kind is Kind.ADD:
            after = {"quantity": after["quantity"], "cancelled_date": None}
            before = {"quantity": "0", "cancelled_date": str(change.after["effective_date"])[:10]}
        if stands(line, before):
            return None
        if not stands(line, after):
            raise _LeftError(
                f"line {number} stands at {plain(line.quantity)}, cancelled {line.cancelled_date or 'never'}: it has "
                "been changed since"
            )
        if self._invoiced(change):
            raise _LeftError(f"line {number} has been invoiced since; set what the next invoice is to bill by hand")
        return self._back(change, Target(None, line.agreement_id, number), after, before)

    def _invoiced(self, change: Change) -> bool:
        """Whether an invoice of the line's agreement was made since the run."""
        billed = next((one for one in self.undoing.plan.billing if one.profile == change.label), None)
        agreement = next((one for one in self.psa.agreements if one.id == change.target.agreement_id), None)
        if agreement is None:
            raise _LeftError(f"agreement {change.target.agreement_id} is gone")
        if billed is None or billed.open_from is None:
            return False
        try:
            return calendar_of(agreement, self.psa.agreements).start > billed.open_from
        except HoldError as error:
            raise _LeftError(error.reason) from error

    def _back(self, change: Change, target: Target, now: Mapping[str, Value], wanted: Mapping[str, Value]) -> Change:
        reason = f"taken back: {change.reason} (run {self.undoing.run} of {self.undoing.at:%Y-%m-%d})"
        return Change(REVERSE[change.kind], target, dict(now), dict(wanted), reason, change.person, change.label)


def _reversed_line(line: BillingLine, run: str, changes: Sequence[Change]) -> BillingLine:
    """The line as it will stand again, with the people whom the run had counted on it."""
    bare = replace(line, due=None, pending=None, prorated=None, effective=None, notes=(), trend=())
    now = line.quantity_after
    change = next((one for one in changes if one.label == line.profile and one.target.addition_id), None)
    if change is None:
        return replace(bare, billed=now or Decimal(0), quantity_before=now)
    back, number = line.quantity_before or Decimal(0), line.addition_id or change.target.addition_id
    how = f"as before run {run}"
    return replace(bare, billed=back, quantity_before=now, quantity_after=back, how=how, addition_id=number)


def _kept(change: Change) -> list[str]:
    """What of a change cannot be taken back, in words."""
    names = sorted(FOR_GOOD & change.after.keys())
    if not names or change.kind is Kind.CREATE:
        return []
    return [f"{title(change)}: {' and '.join(LABELS[name] for name in names)} stay; take them back by hand."]


def _held(change: Change, words: str) -> Held:
    return Held(
        HeldKind.STALE, title(change), f"{change.kind.value} is not taken back: {words}",
        "Look at the record in the PSA; what is wrong there, change by hand.", change.person, change.target,
    )  # fmt: skip
