"""A PSA that does what a plan says, as far as contacts and lines go: the real writer's operations, carried out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from connector import phones
from connector.core.bills import tallies
from connector.core.decide import Decision
from connector.core.fields import standing
from connector.core.history import History, stays_after
from connector.core.model import Addition, Communication, Contact, LineWrite, Link, Memory, Named, PsaSnapshot
from connector.core.plan import Change, Kind, Plan, Value
from connector.psa.items import item_operations
from connector.psa.keeping import Keeping
from tests.core import build
from tests.properties.worlds import Scene


def applied(scene: Scene, decision: Decision) -> Scene:
    """The scene after every change was written and the reading was remembered. A plan that the guard holds writes
    nothing, and only how often accounts were absent is remembered."""
    plan, memory = decision.plan, scene.memory
    if plan.tripped:
        return replace(scene, memory=replace(memory, links=_absent(dict(memory.links), plan.absent)))
    links, writes = dict(memory.links), dict(memory.line_writes)
    for pair in plan.pairs:
        _link(links, Link(pair.guid, pair.contact_id, pair.account, pair.name))
    _absent(links, plan.absent)
    for line in plan.billing:
        if line.addition_id is not None and line.due is not None and line.quantity_before == line.due:
            writes[line.addition_id] = LineWrite(line.addition_id, line.due, scene.now, None, line.accepted)
    accepted = {line.profile: line.accepted for line in plan.billing}
    psa = _Psa(scene, {pair.account: pair.contact_id for pair in plan.pairs})
    stands: dict[str, Addition] = {}
    for change in plan.changes:
        if change.person is None:
            made = psa.write_line(change)
            if "quantity" in change.after:
                writes[made.id] = LineWrite(made.id, made.quantity, scene.now, None, accepted[change.label])
                stands[change.label] = made
        elif change.kind is Kind.CREATE:
            person = change.person
            _link(links, Link(person.guid, psa.create(change), person.account, person.name))
        else:
            psa.update(change)
    learned = decision.learned
    memory = Memory(links, writes, dict(learned.away), learned.reading, _counted(memory.history, plan, stands))
    return replace(scene, psa=psa.snapshot(), memory=memory)


def _counted(history: History, plan: Plan, stands: Mapping[str, Addition]) -> History:
    """The recorded counts with those of this reading, and what its writes left on the lines."""
    counts, counted = tallies(plan)
    counts = tuple(
        replace(one, addition_id=line.id, quantity=line.quantity) if (line := stands.get(one.profile)) else one
        for one in counts
    )
    ended, begun = stays_after(history.stays, counted, plan.made_at.date())
    over = {(one.profile, one.guid): one for one in ended}
    stays = (over.get((one.profile, one.guid), one) if one.until is None else one for one in history.stays)
    return History((*history.tallies, *counts), (*stays, *begun))


def _link(links: dict[str, Link], link: Link) -> None:
    for other in [one.guid for one in links.values() if one.contact_id == link.contact_id]:
        del links[other]
    links[link.guid] = link


def _absent(links: dict[str, Link], absent: Mapping[str, int]) -> dict[str, Link]:
    for guid in absent.keys() & links.keys():
        links[guid] = replace(links[guid], absent_reads=absent[guid])
    return links


class _Psa:
    """The PSA's records while they are written. ``contact_of`` are the contacts of accounts, those just made
    included."""

    def __init__(self, scene: Scene, contact_of: dict[str, int]) -> None:
        self.psa, self.rules, self.contact_of = scene.psa, scene.rules.contacts, contact_of
        self.contacts = {contact.id: contact for contact in scene.psa.contacts}
        self.lines = {line.id: line for line in scene.psa.additions}
        self.keeping = Keeping("GB", old_mail=self.rules.old_mail)

    def snapshot(self) -> PsaSnapshot:
        """What the next run reads."""
        return replace(self.psa, contacts=tuple(self.contacts.values()), additions=tuple(self.lines.values()))

    def create(self, change: Change) -> int:
        """Make a contact, on the company's primary site where none is named."""
        assert change.person is not None and change.after["first_name"] and change.after["last_name"]
        number = max([200, *self.contacts]) + 1
        primary = next((Named(one.id, one.name) for one in self.psa.sites if one.primary), None)
        made = self._written(Contact(number, self.psa.company.id), change.after)
        self.contacts[number] = made if made.site else replace(made, site=primary)
        self.contact_of[change.person.account] = number
        return number

    def update(self, change: Change) -> None:
        """Write to a contact that stands as the plan found it, and stands as the plan says afterwards."""
        after = dict(change.after)
        if isinstance(after.get("manager"), str):
            after["manager"] = self.contact_of[str(after["manager"])]
        person = change.person
        number = change.target.contact_id or self.contact_of[person.account if person else ""]
        contact = self.contacts[number]
        assert standing(contact, change.before, self.psa) == dict(change.before)
        assert not (after.get("inactive") and (contact.default or number == self.psa.company.default_contact_id))
        self.contacts[number] = self._written(contact, after)
        if after.get("default"):
            others = {one.id: replace(one, default=False) for one in self.contacts.values() if one.id != number}
            self.contacts.update(others)
            self.psa = replace(self.psa, company=replace(self.psa.company, default_contact_id=number))
        assert standing(self.contacts[number], after, self.psa) == after

    def write_line(self, change: Change) -> Addition:
        """Set, cancel or add an agreement's line."""
        after = change.after
        if change.kind is Kind.ADD and "copy_of" in after:
            old = self.lines[int(str(after["copy_of"]))]
            assert old.cancelled_date is not None and old.cancelled_date.isoformat() < str(after["effective_date"])
            made = replace(old, id=max([3400, *self.lines]) + 1, cancelled_date=None,
                           effective_date=date.fromisoformat(str(after["effective_date"])))  # fmt: skip
        elif change.kind is Kind.ADD:
            product = next(one for one in self.psa.products if one.identifier == after["product"])
            number = max([3400, *self.lines]) + 1
            made = build.line(0, number, product=product.identifier, product_id=product.id)
            made = replace(made, effective_date=date.fromisoformat(str(after["effective_date"])))
        else:
            made = self.lines[change.target.addition_id or 0]
        for name in ("less_included", "invoice_description"):
            if name in after:
                value = after[name]
                made = replace(made, **{name: Decimal(str(value)) if name == "less_included" else value})
        if "quantity" in after:
            made = replace(made, quantity=Decimal(str(after["quantity"])))
        if "cancelled_date" in after:
            made = replace(made, cancelled_date=date.fromisoformat(str(after["cancelled_date"])))
        self.lines[made.id] = made
        return made

    def _written(self, contact: Contact, values: Mapping[str, Value]) -> Contact:
        items = _Items(contact, self.psa)
        for operation in item_operations(contact, values, self.psa.communication_types, self.keeping):
            items.carry_out(operation)
        fields: dict[str, Any] = {"items": tuple(items.items)}
        for name, value in values.items():
            if name in ("department", "relationship", "site"):
                fields[name] = self._named(name, str(value)) if value else None
            elif name == "types":
                assert isinstance(value, list)
                held = {one.name for one in contact.types}
                added = (one for one in self.psa.contact_types if one.name in value and one.name not in held)
                fields[name] = (*contact.types, *added)
            elif name == "manager":
                fields[name] = Named(int(value), "Boss") if value is not None else None
            elif name in ("first_name", "last_name", "title", "link"):
                fields[name] = value or ""
            elif name in ("inactive", "default"):
                fields[name] = value
        return replace(contact, **fields)

    def _named(self, name: str, value: str) -> Named:
        """The entry of a setup table, made where the rules allow it."""
        table = f"{name}s"
        known = {one.name: Named(one.id, one.name) for one in getattr(self.psa, table)}
        if value not in known:
            assert name in self.rules.create_missing
            known[value] = Named(max([40, *(one.id for one in known.values())]) + 1, value)
            self.psa = replace(self.psa, **{table: (*getattr(self.psa, table), known[value])})
        return known[value]


class _Items:
    """The communication items of one contact under the writer's patch operations."""

    def __init__(self, contact: Contact, psa: PsaSnapshot) -> None:
        self.items = list(contact.items)
        self.names = {kind.id: kind.name for kind in psa.communication_types}

    def carry_out(self, operation: Mapping[str, Any]) -> None:
        """One JSON patch operation."""
        _, _, index, *names = operation["path"].split("/")
        at = int(index)
        if operation["op"] == "remove":
            del self.items[at]
        elif operation["op"] == "add":
            value = operation["value"]
            kind = Named(value["type"]["id"], self.names[value["type"]["id"]])
            made = Communication(None, kind, value["communicationType"], value["value"], value.get("extension", ""),
                                 value["defaultFlag"])  # fmt: skip
            self.items.insert(at, _read(made))
        else:
            field = {"value": "value", "extension": "extension", "defaultFlag": "default"}[names[0]]
            self.items[at] = _read(replace(self.items[at], **{field: operation["value"]}))


def _read(item: Communication) -> Communication:
    phone = None if item.kind == "Email" else phones.parse(item.value, "GB", item.extension)
    return replace(item, phone=phone)
