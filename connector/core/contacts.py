"""What becomes of each contact: created, brought in line, inactivated, reactivated, or left alone and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.core.fields import LABELS, Basis, FieldView, compare, filled, names_of
from connector.core.matching import Match, Pairing, ref
from connector.core.model import Account, Contact, Link, PsaSnapshot
from connector.core.normalize import dn_key, fits_any, label_key
from connector.core.plan import Change, Held, HeldKind, Kind, PersonRef, Target, Value
from connector.core.protection import Obstacle, Protection
from connector.core.rules import ClientRules, ContactRules
from connector.core.selection import LEFT_ALONE, Standing, Verdict


@dataclass
class ContactOutcome:
    """All contact changes of a client, what is held, notes for the report, absent reads by guid, and how many active
    contacts are linked to accounts that this reading did not see. ``basis`` is what was compared against."""

    basis: Basis
    changes: list[Change] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    absent: dict[str, int] = field(default_factory=dict)
    absent_active: int = 0


def keep(
    verdicts: Sequence[Verdict], pairing: Pairing, links: Mapping[str, Link], psa: PsaSnapshot, client: ClientRules
) -> ContactOutcome:
    """Every contact change the rules ask for, given who was selected and who is whose contact."""
    rules = client.contacts
    accounts = [verdict.account for verdict in verdicts]
    basis = Basis(psa, rules, _managers(verdicts, pairing, rules), filled(accounts, rules.erase))
    keeper = _Keeper(pairing, basis)
    for verdict in verdicts:
        if rules.ignores(verdict.account.account):
            continue
        if verdict.standing is Standing.PERSON:
            keeper.person(verdict.account)
        else:
            keeper.no_person(verdict)
    keeper.absent(links, {account.guid for account in accounts}, (*rules.ignore_accounts, *client.people.break_glass))
    keeper.take_over()
    keeper.outcome.warnings.extend(keeper.notes())
    return keeper.outcome


def _managers(verdicts: Sequence[Verdict], pairing: Pairing, rules: ContactRules) -> dict[str, int | str]:
    """The contact of everybody who could be somebody's manager, by the key of their DN."""
    if rules.fields.manager == "psa":
        return {}
    found: dict[str, int | str] = {}
    for verdict in verdicts:
        account, match = verdict.account, pairing.matches.get(verdict.account.guid)
        if verdict.standing not in (Standing.PERSON, Standing.ON_LEAVE) or account.guid in pairing.blocked:
            continue
        if match is not None:
            found[dn_key(account.dn)] = match.contact.id
        elif verdict.standing is Standing.PERSON and _gets_contact(account, rules):
            found[dn_key(account.dn)] = account.account
    return found


def _gets_contact(account: Account, rules: ContactRules) -> bool:
    """Whether a contact is made for a person who has none."""
    return rules.create and all(names_of(account, rules)) and not rules.ignores(account.account)


class _Keeper:
    def __init__(self, pairing: Pairing, basis: Basis) -> None:
        self.pairing, self.basis, self.psa, self.rules = pairing, basis, basis.psa, basis.rules
        self.protection = Protection(basis.psa, basis.rules)
        self.outcome = ContactOutcome(basis)
        self.contacts = {contact.id: contact for contact in basis.psa.contacts}
        self.strangers: list[Contact] = []
        self.unplaced: Counter[tuple[str, str, str]] = Counter()
        self.defaults: list[tuple[Contact, PersonRef, str, Obstacle]] = []
        known = {label_key(one.name) for one in basis.psa.contact_types}
        self.unknown_types = [name for name in basis.rules.types if label_key(name) not in known]

    def person(self, account: Account) -> None:
        """A person gets a contact, keeps it true, or has it reactivated."""
        match = self.pairing.matches.get(account.guid)
        if account.guid in self.pairing.blocked:
            return
        if match and (why := self.protection.mark(match.contact)):
            if match.contact.inactive:
                self._warn(ref(account), f"contact {match.contact.id} {why} and stays inactive")
            return
        contact = match.contact if match else None
        views = compare(account, contact, self.basis)
        self._note(account, views)
        first, last = (view.directory for view in views[:2])
        if not (first and last) and (contact is None or not (contact.first_name and contact.last_name)):
            self._hold_nameless(account)
        elif match is None:
            self._create(account, views)
        else:
            self._update(account, match, views)

    def no_person(self, verdict: Verdict) -> None:
        """The contact of an account that is no person: inactivated when it is a leaver's, else left as it is and told,
        for somebody may still work with it."""
        match = self.pairing.matches.get(verdict.account.guid)
        if match is None:
            return
        person = ref(verdict.account)
        excluded = verdict.standing is Standing.REFUSED and verdict.rule not in LEFT_ALONE
        if verdict.ends or (excluded and self.rules.inactivate_excluded):
            both = f"{verdict.off}, {verdict.reason}"
            reason = both if verdict.standing is Standing.REFUSED and verdict.off else verdict.reason
            self._inactivate(person, match.contact, reason)
        elif (excluded or verdict.main) and not verdict.on_leave and not match.contact.inactive:
            self._warn(person, f"not counted ({verdict.reason}), and contact {match.contact.id} stays active")

    def absent(self, links: Mapping[str, Link], seen: set[str], spared: Sequence[str]) -> None:
        """Linked accounts that this complete reading did not see: counted, and after enough readings inactivated, but
        for those whose names fit the ``spared`` patterns. A contact whose own field alone names an account that was
        never seen is left alone: nobody knows whether it ever was one of this directory."""
        taken = {match.contact.id for match in self.pairing.matches.values()}
        for guid, contact_id in sorted(self.pairing.links.items()):
            contact, link = self.contacts.get(contact_id), links.get(guid)
            if guid in seen or contact is None or contact.id in taken or fits_any(link.account if link else "", spared):
                continue
            if link is None:
                self.strangers += [] if contact.inactive else [contact]
                continue
            reads = self.outcome.absent[guid] = link.absent_reads + 1
            self.outcome.absent_active += not contact.inactive
            person = PersonRef(guid, link.account, link.name or contact.name)
            if reads >= self.rules.absent_reads:
                self._inactivate(person, contact, f"no longer in the directory ({_reads(self.rules.absent_reads)})")
            elif not contact.inactive:
                words = f"{reads} of {self.rules.absent_reads} readings before the contact is inactivated"
                self._warn(person, f"was not in this reading of the directory: {words}", joint=" ")

    def take_over(self) -> None:
        """Make the configured contact the company's default in place of leavers who are; without one they are held."""
        leaving = {change.target.contact_id for change in self.outcome.changes if change.kind is Kind.INACTIVATE}
        heir = self.contacts.get(self.rules.default_contact or 0)
        for leaver, person, reason, obstacle in self.defaults:
            cannot = heir is None or heir.inactive or heir.id in {leaver.id, *leaving, *self.rules.ignore_contacts}
            if heir is None or cannot or self.protection.mark(heir):
                self._hold_contact(person, leaver, f"{reason}, but the contact {obstacle.reason}", obstacle.release)
            elif self._goes(person, leaver, reason):
                words = f"takes over as the company's default contact from {leaver.name}"
                self._add_to(heir, {"default": False}, {"default": True}, words)

    def notes(self) -> list[str]:
        """What could not be placed, once per value instead of once per person."""
        notes = [
            f"{LABELS.get(name, name).capitalize()} {value!r} of {_people(count)}: {why}."
            for (name, value, why), count in sorted(self.unplaced.items())
        ]
        if self.strangers:
            names = ", ".join(f"{one.name} (contact {one.id})" for one in self.strangers)
            notes.append(
                f"The link field names an account that was never seen in this directory: {names}. If they have left, "
                "inactivate the contact by hand."
            )
        gets_types = any("types" in change.after for change in self.outcome.changes)
        creates = any(change.kind is Kind.CREATE for change in self.outcome.changes)
        if self.unknown_types and (gets_types or creates):
            missing = ", ".join(self.unknown_types)
            notes.append(f"The PSA has no contact type {missing} (contacts.types); contacts do not get it.")
        return notes

    def _note(self, account: Account, views: Sequence[FieldView]) -> None:
        for view in views:
            if view.tell == "person":
                self._warn(ref(account), f"{LABELS.get(view.name, view.name)} is {view.note}")
            elif view.tell == "value":
                value = view.psa if view.name == "link" else view.directory or view.psa
                self.unplaced[(view.name, value, view.note)] += 1

    def _hold_nameless(self, account: Account) -> None:
        split = self.rules.split_display_name
        display = "no display name that tells it" if split else "the display name is not split (split_display_name)"
        self._hold(
            HeldKind.CONFLICT,
            ref(account),
            Target(),
            f"has no given name or no surname in the directory, and {display}",
            "Fill both names in the directory, or exclude the account if it is not a person.",
        )

    def _create(self, account: Account, views: Sequence[FieldView]) -> None:
        if not self.rules.create:
            return
        values = {view.name: view.after for view in views if view.moves and view.after is not None}
        manager = values.get("manager")
        late = {"manager": values.pop("manager")} if isinstance(manager, str) else {}
        reason = "new in the directory, and no contact fits"
        self.outcome.changes.append(Change(Kind.CREATE, Target(), {}, values, reason, ref(account)))
        if late:
            reason = "the manager's contact is made in the same run"
            self.outcome.changes.append(Change(Kind.UPDATE, Target(), {"manager": None}, late, reason, ref(account)))

    def _update(self, account: Account, match: Match, views: Sequence[FieldView]) -> None:
        contact = match.contact
        moving = [view for view in views if view.moves]
        before: dict[str, Value] = {view.name: view.before for view in moving}
        after: dict[str, Value] = {view.name: view.after for view in moving}
        if contact.inactive:
            kind, reason = Kind.REACTIVATE, "the account is active in the directory"
            before, after = {"inactive": True, **before}, {"inactive": False, **after}
        elif moving:
            kind, reason = Kind.UPDATE, _differing(moving)
        else:
            return
        self.outcome.changes.append(Change(kind, Target(contact_id=contact.id), before, after, reason, ref(account)))

    def _add_to(self, contact: Contact, before: dict[str, Value], after: dict[str, Value], reason: str) -> None:
        """Write more to a contact: in the change that it gets already, for one contact is written once."""
        for at, one in enumerate(self.outcome.changes):
            if one.target.contact_id == contact.id:
                reason = f"{one.reason}; {reason}"
                joined = replace(one, before={**one.before, **before}, after={**one.after, **after}, reason=reason)
                self.outcome.changes[at] = joined
                return
        owner = next((guid for guid, match in self.pairing.matches.items() if match.contact.id == contact.id), "")
        person = PersonRef(owner, "", contact.name)
        self.outcome.changes.append(Change(Kind.UPDATE, Target(contact_id=contact.id), before, after, reason, person))

    def _inactivate(self, person: PersonRef, contact: Contact, reason: str) -> None:
        if contact.inactive or not self.rules.inactivate:
            return
        obstacle = self.protection.obstacle(contact)
        if obstacle is None:
            self._goes(person, contact, reason)
        elif obstacle.default:
            self.defaults.append((contact, person, reason, obstacle))
        else:
            self._hold_contact(person, contact, f"{reason}, but the contact {obstacle.reason}", obstacle.release)

    def _goes(self, person: PersonRef, contact: Contact, reason: str) -> bool:
        """Inactivate a contact that nothing protects, unless what is open on it holds it."""
        still_open = self.protection.open_items(contact)
        if still_open and self.rules.open_items == "hold":
            release = 'Settle what is open in the PSA, or set contacts.open_items to "list".'
            self._hold_contact(person, contact, f"{reason}, but the contact has {still_open}", release)
            return False
        if hanging := self.protection.hanging(contact):
            self._warn(person, f"leaves with {hanging}", joint=" ")
        target = Target(contact_id=contact.id)
        change = Change(Kind.INACTIVATE, target, {"inactive": False}, {"inactive": True}, reason, person)
        self.outcome.changes.append(change)
        return True

    def _hold_contact(self, person: PersonRef, contact: Contact, reason: str, release: str) -> None:
        self._hold(HeldKind.PROTECTED, person, Target(contact_id=contact.id), reason, release)

    def _warn(self, person: PersonRef, words: str, joint: str = ": ") -> None:
        self.outcome.warnings.append(f"{_called(person)}{joint}{words}.")

    def _hold(self, kind: HeldKind, person: PersonRef, target: Target, reason: str, release: str) -> None:
        self.outcome.held.append(Held(kind, _called(person), reason, release, person, target))


def _people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"


def _reads(count: int) -> str:
    return f"{count} complete read{'' if count == 1 else 's'}"


def _called(person: PersonRef) -> str:
    return f"{person.name} ({person.account})" if person.account else person.name


def _differing(views: Sequence[FieldView]) -> str:
    """Why a contact is brought in line. The link is ours, and not the directory's."""
    names = [LABELS.get(view.name, view.name) for view in views if view.name != "link"]
    if not names:
        return "the link to the account is written"
    if len(names) == 1:
        return f"{names[0]} differs in the directory"
    return f"{', '.join(names[:-1])} and {names[-1]} differ in the directory"
