"""What becomes of each contact: created, brought in line, inactivated, reactivated, or left alone and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connector.core.communications import KINDS, ItemField, contact_value, phone_text, type_for
from connector.core.matching import Match, Pairing, ref
from connector.core.model import Account, Communication, Contact, Link, Phone, PsaSnapshot, Site
from connector.core.normalize import label_key, mail_key, split_name, text
from connector.core.plan import Change, Held, HeldKind, Kind, PersonRef, Target, Value
from connector.core.rules import ContactRules
from connector.core.selection import Standing, Verdict

LIMITS = {"first_name": 30, "last_name": 30, "title": 100, "mail": 250}
"""Longest values the PSA takes (api.md 4.3, 4.4)."""
NAMES = ("first_name", "last_name")
SCALARS = (*NAMES, "title")
PHONES: tuple[ItemField, ...] = ("phone", "mobile", "fax")
LABELS = {"first_name": "given name", "last_name": "surname", "mail": "mail address"}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of one person: both sides, who owns it, and what would be written (None: nothing)."""

    name: str
    directory: str
    psa: str
    owner: str
    after: str | None = None
    note: str = ""


@dataclass
class ContactOutcome:
    """All contact changes of a client, what is held, notes for the report, absent reads by guid, and how many active
    contacts are linked to accounts that this reading did not see."""

    changes: list[Change] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    absent: dict[str, int] = field(default_factory=dict)
    absent_active: int = 0


def keep(
    verdicts: Sequence[Verdict], pairing: Pairing, links: Mapping[str, Link], psa: PsaSnapshot, rules: ContactRules
) -> ContactOutcome:
    """Every contact change the rules ask for, given who was selected and who is whose contact."""
    keeper = _Keeper(pairing, psa, rules)
    for verdict in verdicts:
        if verdict.standing is Standing.PERSON:
            keeper.person(verdict.account)
        else:
            keeper.gone(verdict)
    keeper.absent(links, {verdict.account.guid for verdict in verdicts})
    keeper.outcome.warnings.extend(keeper.notes())
    return keeper.outcome


def compare(account: Account, contact: Contact | None, psa: PsaSnapshot, rules: ContactRules) -> list[FieldView]:
    """Field by field: what the directory says, what the PSA holds, who owns it, what would be written."""
    first, last = split_name(account.first_name, account.last_name, account.display_name)
    wanted = {"first_name": first, "last_name": last, "title": text(account.title)}
    views = [_scalar(name, wanted[name], contact, rules) for name in SCALARS]
    views.append(_department(account, contact, psa, rules))
    views.append(_site(account, contact, psa, rules))
    views.append(_mail(account, contact, psa, rules))
    views.extend(_phone(name, getattr(account, name), contact, psa, rules) for name in PHONES)
    if rules.link != "state":
        held = contact.link if contact else ""
        views.append(FieldView("link", account.guid, held, "directory", account.guid if held != account.guid else None))
    return views


def standing(contact: Contact, names: Iterable[str], psa: PsaSnapshot) -> dict[str, Value]:
    """What a contact holds now in the named fields, in the form that plans use; None where it holds nothing."""
    return {name: _stands(contact, name, psa) for name in names}


def _stands(contact: Contact, name: str, psa: PsaSnapshot) -> Value:
    if name == "inactive":
        return contact.inactive
    if name == "types":
        return [one.name for one in contact.types]
    if name in ("department", "site"):
        named = contact.department if name == "department" else contact.site
        return named.name if named else None
    if name in ("mail", *PHONES):
        return _item_text(contact_value(contact, name, psa.communication_types)) or None
    return str(getattr(contact, name)) or None


def _item_text(item: Communication | None) -> str:
    return phone_text(Phone(item.value, "", item.extension)) if item else ""


def _decide(name: str, directory: str, psa: str, owner: str, *, same: bool) -> FieldView:
    """The ownership rule (``directory`` overwrites, ``fill`` fills blanks, ``psa`` never); blank never erases."""
    limit = LIMITS.get(name, len(directory))
    value, note = directory, ""
    if len(directory) > limit:
        value, note = directory[:limit].rstrip(), f"cut to the PSA's {limit} characters"
    if not value or same or owner == "psa" or value == psa:
        return FieldView(name, directory, psa, owner)
    if owner == "fill" and psa:
        return FieldView(name, directory, psa, owner, note="kept: the PSA's value is only filled when blank")
    if note and name not in SCALARS:
        return FieldView(name, directory, psa, owner, note=f"longer than the PSA's {limit} characters")
    return FieldView(name, directory, psa, owner, value, note)


def _scalar(name: str, wanted: str, contact: Contact | None, rules: ContactRules) -> FieldView:
    stands = str(getattr(contact, name)) if contact else ""
    # Whoever owns the names afterwards: a contact without one must never be made.
    owner = "directory" if contact is None and name in NAMES else getattr(rules.fields, name)
    return _decide(name, wanted, stands, owner, same=False)


def _department(account: Account, contact: Contact | None, psa: PsaSnapshot, rules: ContactRules) -> FieldView:
    wanted, owner = text(account.department), rules.fields.department
    stands = contact.department.name if contact and contact.department else ""
    key = label_key(wanted)
    view = _decide("department", wanted, stands, owner, same=key == label_key(stands))
    if view.after is None:
        return view
    known = sorted(one.name for one in psa.departments if key and label_key(one.name) == key)
    if not known:
        return FieldView("department", wanted, stands, owner, note="the PSA has no such department")
    return FieldView("department", wanted, stands, owner, known[0])


def _site(account: Account, contact: Contact | None, psa: PsaSnapshot, rules: ContactRules) -> FieldView:
    office = text(account.office) if rules.site_from == "office" else ""
    stands = contact.site.name if contact and contact.site else ""
    owner = "directory" if rules.site_from else "psa"
    if not office:
        return FieldView("site", office, stands, owner)
    found = _sites(label_key(office), psa.sites)
    if len(found) != 1:
        why = "no site of the company fits" if not found else f"{len(found)} sites of the company fit"
        return FieldView("site", office, stands, owner, note=f"{why}; the default site is kept")
    same = bool(contact and contact.site and contact.site.id == found[0].id)
    return FieldView("site", office, stands, owner, None if same else found[0].name)


def _sites(key: str, sites: Sequence[Site]) -> list[Site]:
    """The sites whose name is meant, else those whose address or street is."""
    if not key:
        return []
    named = [site for site in sites if label_key(site.name) == key]
    return named or [site for site in sites if key in (label_key(site.address), label_key(site.address.split(",")[0]))]


def _mail(account: Account, contact: Contact | None, psa: PsaSnapshot, rules: ContactRules) -> FieldView:
    wanted, owner = text(account.mail), rules.fields.mail
    item = contact_value(contact, "mail", psa.communication_types) if contact else None
    stands = item.value if item else ""
    return _decide("mail", wanted, stands, owner, same=mail_key(stands) == mail_key(wanted))


def _phone(
    name: ItemField, wanted: Phone | None, contact: Contact | None, psa: PsaSnapshot, rules: ContactRules
) -> FieldView:
    owner = getattr(rules.fields, name)
    item = contact_value(contact, name, psa.communication_types) if contact else None
    if contact and wanted and item is None:
        item = next((one for one in contact.of_kind(KINDS[name]) if _is_number(one, wanted)), None)
    stands = _item_text(item)
    same = bool(wanted and item and _is_number(item, wanted))
    view = _decide(name, phone_text(wanted) if wanted else "", stands, owner, same=same)
    if view.after is not None and item is None and type_for(name, psa.communication_types) is None:
        return FieldView(name, view.directory, stands, owner, note=f"the PSA has no communication type for a {name}")
    return view


def _is_number(item: Communication, wanted: Phone) -> bool:
    return item.phone is not None and item.phone.same_as == wanted.same_as


class _Keeper:
    def __init__(self, pairing: Pairing, psa: PsaSnapshot, rules: ContactRules) -> None:
        self.pairing, self.psa, self.rules = pairing, psa, rules
        self.outcome = ContactOutcome()
        self.protected_types = {label_key(name) for name in rules.protected_types}
        self.contacts = {contact.id: contact for contact in psa.contacts}
        self.unplaced: Counter[tuple[str, str, str]] = Counter()
        known = {label_key(one.name): one.name for one in reversed(psa.contact_types)}
        self.types: list[str] = [known[label_key(name)] for name in rules.types if label_key(name) in known]
        self.unknown_types = [name for name in rules.types if label_key(name) not in known]
        self.agreements = [one for one in psa.agreements if one.status == "Active"]

    def person(self, account: Account) -> None:
        """A person gets a contact, keeps it true, or has it reactivated."""
        match = self.pairing.matches.get(account.guid)
        if account.guid in self.pairing.blocked or (match and self._is_protected(match.contact)):
            return
        contact = match.contact if match else None
        views = compare(account, contact, self.psa, self.rules)
        self._note(account, views)
        first, last = (view.directory for view in views[:2])
        if not (first and last) and (match is None or not (match.contact.first_name and match.contact.last_name)):
            self._hold_nameless(account)
            return
        after = {view.name: view.after for view in views if view.after is not None}
        if match is None:
            self._create(account, after)
        else:
            self._update(account, match, views, after)

    def gone(self, verdict: Verdict) -> None:
        """The contact of an account that no longer counts is inactivated, unless something forbids it."""
        match = self.pairing.matches.get(verdict.account.guid)
        if match is not None:
            self._inactivate(ref(verdict.account), match.contact, verdict.reason)

    def absent(self, links: Mapping[str, Link], seen: set[str]) -> None:
        """Linked accounts that this complete reading did not see: counted, and after enough readings inactivated."""
        taken = {match.contact.id for match in self.pairing.matches.values()}
        for guid, contact_id in sorted(self.pairing.links.items()):
            contact = self.contacts.get(contact_id)
            if guid in seen or contact is None or contact.id in taken:
                continue
            link = links.get(guid, Link(guid, contact_id))
            reads = self.outcome.absent[guid] = link.absent_reads + 1
            self.outcome.absent_active += not contact.inactive
            person = PersonRef(guid, link.account, link.name or contact.name)
            if reads >= self.rules.absent_reads:
                reason = f"no longer in the directory ({self.rules.absent_reads} complete reads)"
                self._inactivate(person, contact, reason)
            elif not contact.inactive:
                self.outcome.warnings.append(
                    f"{_called(person)} was not in this reading of the directory: {reads} of "
                    f"{self.rules.absent_reads} readings before the contact is inactivated."
                )

    def notes(self) -> list[str]:
        """What could not be placed, once per value instead of once per person."""
        notes = [
            f"{name.capitalize()} {value!r} of {people} {'person' if people == 1 else 'people'}: {why}."
            for (name, value, why), people in sorted(self.unplaced.items())
        ]
        if self.unknown_types and any(change.kind is Kind.CREATE for change in self.outcome.changes):
            missing = ", ".join(self.unknown_types)
            notes.append(f"The PSA has no contact type {missing} (contacts.types); new contacts are made without it.")
        return notes

    def _note(self, account: Account, views: Sequence[FieldView]) -> None:
        for view in views:
            if view.after is None and view.note and not view.note.startswith("kept"):
                self.unplaced[(view.name, view.directory, view.note)] += 1
            elif view.after is not None and view.note.startswith("cut"):
                label = LABELS.get(view.name, view.name)
                self.outcome.warnings.append(f"{account.name} ({account.account}): {label} is {view.note}.")

    def _hold_nameless(self, account: Account) -> None:
        self._hold(
            HeldKind.CONFLICT,
            ref(account),
            Target(),
            "has no given name or no surname in the directory, and no display name that tells it",
            "Fill both names in the directory, or exclude the account if it is not a person.",
        )

    def _create(self, account: Account, after: dict[str, str]) -> None:
        if not self.rules.create:
            return
        values: dict[str, Value] = {**after}
        if self.types:
            values["types"] = list(self.types)
        change = Change(Kind.CREATE, Target(), {}, values, "new in the directory, and no contact fits", ref(account))
        self.outcome.changes.append(change)

    def _update(self, account: Account, match: Match, views: Sequence[FieldView], after: dict[str, str]) -> None:
        contact = match.contact
        before: dict[str, Value] = {view.name: view.psa or None for view in views if view.after is not None}
        values: dict[str, Value] = {**after}
        if contact.inactive:
            kind, reason = Kind.REACTIVATE, "the account is active in the directory"
            before, values = {"inactive": True, **before}, {"inactive": False, **values}
        elif values:
            kind, reason = Kind.UPDATE, f"{_listed(after)} in the directory"
        else:
            return
        self.outcome.changes.append(Change(kind, Target(contact_id=contact.id), before, values, reason, ref(account)))

    def _inactivate(self, person: PersonRef, contact: Contact, reason: str) -> None:
        if contact.inactive or not self.rules.inactivate:
            return
        obstacle = self._obstacle(contact)
        target = Target(contact_id=contact.id)
        if obstacle:
            self._hold(HeldKind.PROTECTED, person, target, f"{reason}, but the contact {obstacle[0]}", obstacle[1])
            return
        change = Change(Kind.INACTIVATE, target, {"inactive": False}, {"inactive": True}, reason, person)
        self.outcome.changes.append(change)

    def _obstacle(self, contact: Contact) -> tuple[str, str] | None:
        """Why a leaver's contact must stay, and what releases it: finance first, then protection."""
        company = self.psa.company
        if contact.default_billing or contact.id == company.billing_contact_id:
            return "is the company's billing contact (a finance matter)", "Name another billing contact in the PSA."
        for one in self.agreements:
            if contact.id == one.billing_contact_id:
                return f"gets the invoices of {one.name} (a finance matter)", "Name another bill-to contact there."
            if contact.id == one.contact_id:
                return f"is the contact of agreement {one.name}", "Name another contact on the agreement."
        if contact.default or contact.id == company.default_contact_id:
            return "is the company's default contact", "Make another contact the company's default in the PSA."
        if self._is_protected(contact):
            return "has a protected type", "Take the type off, or inactivate the contact by hand."
        return None

    def _is_protected(self, contact: Contact) -> bool:
        return any(label_key(one.name) in self.protected_types for one in contact.types)

    def _hold(self, kind: HeldKind, person: PersonRef, target: Target, reason: str, release: str) -> None:
        self.outcome.held.append(Held(kind, _called(person), reason, release, person, target))


def _called(person: PersonRef) -> str:
    return f"{person.name} ({person.account})" if person.account else person.name


def _listed(after: Mapping[str, object]) -> str:
    names = [LABELS.get(name, name) for name in after]
    if len(names) == 1:
        return f"{names[0]} differs"
    return f"{', '.join(names[:-1])} and {names[-1]} differ"
