"""Who is whose contact: the link first, then the configured keys, one to one. Ambiguity is a conflict, not a guess."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connector.core.model import Account, Contact, Link
from connector.core.normalize import mail_key, name_key, split_name
from connector.core.plan import Held, HeldKind, PersonRef, Target
from connector.core.rules import MatchKey

ADDRESS_KEYS: tuple[MatchKey, ...] = ("mail", "proxy_addresses", "upn")
WORDS: Mapping[str, str] = {
    "link": "link",
    "mail": "mail address",
    "proxy_addresses": "secondary mail address",
    "upn": "user principal name",
    "name": "name",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A contact found for an account, and by which key (``link`` or a match key)."""

    contact: Contact
    by: str


@dataclass
class Pairing:
    """The outcome: ``matches`` by guid, what is ``held``, and the guids that are ``blocked`` from getting a contact."""

    matches: dict[str, Match] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def ref(account: Account) -> PersonRef:
    """How plans speak of an account."""
    return PersonRef(account.guid, account.account, account.name)


def pair(
    people: Sequence[Account],
    leavers: Sequence[Account],
    others: Sequence[Account],
    contacts: Sequence[Contact],
    elsewhere: Sequence[Contact],
    links: Mapping[str, Link],
    keys: Sequence[MatchKey],
) -> Pairing:
    """Pair accounts with contacts, one to one.

    ``people`` are paired by link, then by each key in turn; ``leavers`` by link, then by address only, with contacts
    that nobody else took; ``others`` (refused accounts) by link alone. A link that leads nowhere counts as none.
    """
    matcher = _Matcher(people, contacts, links)
    matcher.follow_links([*people, *leavers, *others], elsewhere)
    for key in keys:
        matcher.match_people(key)
    for key in keys:
        if key in ADDRESS_KEYS:
            matcher.match_leavers(leavers, key)
    return matcher.result


class _Matcher:
    def __init__(self, people: Sequence[Account], contacts: Sequence[Contact], links: Mapping[str, Link]) -> None:
        self.people = people
        self.guids = {account.guid for account in people}
        self.contacts = {contact.id: contact for contact in contacts}
        self.links = _effective_links(contacts, links)
        self.owner = {contact_id: guid for guid, contact_id in self.links.items()}
        self.taken: dict[int, str] = {}
        self.result = Pairing()
        self.by_address = _index(contacts, lambda contact: (item.value for item in contact.of_kind("Email")), mail_key)
        self.by_name = _index(contacts, lambda contact: (f"{contact.first_name} {contact.last_name}",), name_key)

    def follow_links(self, accounts: Sequence[Account], elsewhere: Sequence[Contact]) -> None:
        moved = {contact.id: contact for contact in elsewhere}
        for account in accounts:
            contact_id = self.links.get(account.guid)
            if contact_id is None:
                continue
            if contact_id in self.contacts:
                self._take(account, self.contacts[contact_id], "link")
            elif contact_id in moved:
                self._hold(account, *_moved(account, moved[contact_id]))
            else:
                self.result.warnings.append(
                    f"The contact linked to {account.name} ({account.account}), number {contact_id}, "
                    "is gone from the PSA; the account is matched again."
                )

    def match_people(self, key: MatchKey) -> None:
        """One key for all people still without a contact: first every proposal, then only those nobody disputes."""
        sharers = _sharers(self.people, key)
        proposals: dict[int, list[Account]] = defaultdict(list)
        for account in self._unmatched(self.people):
            rivals = sorted({rival for value in _values(account, key) for rival in sharers[value]} - {account.account})
            found = self._candidates(account, key)
            if rivals and (key == "mail" or (key == "name" and (found or not account.mail))):
                self._hold(account, *_shared(account, key, rivals, found))
            elif len(found) > 1:
                self._hold(account, *_several(account, key, found))
            elif found:
                proposals[found[0].id].append(account)
        for contact_id, accounts in proposals.items():
            self._settle(self.contacts[contact_id], accounts, key)

    def match_leavers(self, leavers: Sequence[Account], key: MatchKey) -> None:
        for account in self._unmatched(leavers):
            found = [contact for contact in self._candidates(account, key) if contact.id not in self.owner]
            if len(found) == 1:
                self._take(account, found[0], key)

    def _settle(self, contact: Contact, accounts: list[Account], key: MatchKey) -> None:
        if len(accounts) > 1:
            for account in accounts:
                rivals = sorted(other.account for other in accounts if other is not account)
                self._hold(account, *_shared(account, key, rivals, [contact]))
            return
        account = accounts[0]
        former = self.owner.get(contact.id)
        if former is not None and not _values(account, "name") & {name_key(contact.name)}:
            self._hold(account, *_taken_over(account, contact, key))
            return
        if former is not None:
            self.result.matches.pop(former, None)
        self._take(account, contact, key)

    def _unmatched(self, accounts: Sequence[Account]) -> list[Account]:
        done = self.result
        return [
            account for account in accounts if account.guid not in done.matches and account.guid not in done.blocked
        ]

    def _candidates(self, account: Account, key: MatchKey) -> list[Contact]:
        """Contacts that fit by this key and are not a living person's; inactive ones only when no active one fits."""
        index = self.by_name if key == "name" else self.by_address
        ids = {contact_id for value in _values(account, key) for contact_id in index.get(value, ())}
        free = [self.contacts[found] for found in sorted(ids) if self.taken.get(found) not in self.guids]
        return [contact for contact in free if not contact.inactive] or free

    def _take(self, account: Account, contact: Contact, by: str) -> None:
        self.taken[contact.id] = account.guid
        self.result.matches[account.guid] = Match(contact, by)

    def _hold(self, account: Account, reason: str, release: str, target: Target) -> None:
        self.result.blocked.add(account.guid)
        what = f"{account.name} ({account.account})"
        self.result.held.append(Held(HeldKind.CONFLICT, what, reason, release, ref(account), target))


def _effective_links(contacts: Sequence[Contact], links: Mapping[str, Link]) -> dict[str, int]:
    """The remembered links, overruled by what stands on the contacts themselves."""
    on_contacts = {contact.link: contact.id for contact in contacts if contact.link}
    spoken_for = set(on_contacts.values())
    remembered = {guid: link.contact_id for guid, link in links.items() if link.contact_id not in spoken_for}
    return {**remembered, **on_contacts}


def _index(
    contacts: Sequence[Contact], values: Callable[[Contact], Iterable[str]], key: Callable[[str], str]
) -> dict[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for contact in contacts:
        for value in values(contact):
            wanted = key(value)
            if wanted and contact.id not in index[wanted]:
                index[wanted].append(contact.id)
    return index


def _values(account: Account, key: MatchKey) -> frozenset[str]:
    if key == "name":
        first, last = split_name(account.first_name, account.last_name, account.display_name)
        return frozenset(filter(None, (name_key(f"{first} {last}"),)))
    raw: Collection[str] = account.proxy_addresses
    if key != "proxy_addresses":
        raw = (account.mail if key == "mail" else account.upn,)
    return frozenset(filter(None, map(mail_key, raw)))


def _sharers(people: Iterable[Account], key: MatchKey) -> dict[str, set[str]]:
    sharers: dict[str, set[str]] = defaultdict(set)
    for account in people:
        for value in _values(account, key):
            sharers[value].add(account.account)
    return sharers


def _contacts_in_words(contacts: Sequence[Contact]) -> str:
    return " and ".join(f"{contact.name} (contact {contact.id})" for contact in contacts)


def _one(contacts: Sequence[Contact]) -> Target:
    return Target(contact_id=contacts[0].id) if len(contacts) == 1 else Target()


def _shared(account: Account, key: str, rivals: list[str], found: Sequence[Contact]) -> tuple[str, str, Target]:
    whose = f"; it fits {_contacts_in_words(found)}" if found else ""
    return (
        f"shares the {WORDS[key]} with {', '.join(rivals)}{whose}",
        f"Give each account its own {WORDS[key]} in the directory, or exclude the account that is not a person.",
        _one(found),
    )


def _several(account: Account, key: str, found: Sequence[Contact]) -> tuple[str, str, Target]:
    return (
        f"{len(found)} contacts fit by {WORDS[key]}: {_contacts_in_words(found)}",
        "Merge the contacts in the PSA, or take the address off the one that is wrong.",
        Target(),
    )


def _taken_over(account: Account, contact: Contact, key: str) -> tuple[str, str, Target]:
    return (
        f"the {WORDS[key]} belongs to {contact.name} (contact {contact.id}), who was linked to another account",
        f"If {account.name} is a new person, take the address off contact {contact.id} in the PSA; "
        "if it is the same person, give the contact the new name.",
        Target(contact_id=contact.id),
    )


def _moved(account: Account, contact: Contact) -> tuple[str, str, Target]:
    return (
        f"the linked contact {contact.id} ({contact.name}) now belongs to another company of the PSA "
        f"(company {contact.company_id}); no second contact is made here",
        "Move the contact back in the PSA, or remove the account from this client's rules.",
        Target(contact_id=contact.id),
    )
