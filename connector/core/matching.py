"""Who is whose contact: the link first, then the configured keys, one to one. Ambiguity is a conflict, not a guess."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

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

LISTED = 5
"""How many rivals or contacts one sentence names."""


@dataclass(frozen=True, slots=True)
class Match:
    """A contact found for an account, and by which key (``link`` or a match key)."""

    contact: Contact
    by: str


@dataclass
class Pairing:
    """The outcome: ``matches`` by guid, what is ``held``, and the guids that are ``blocked`` from getting a contact.
    ``links`` are all known links, contact ids by guid: the remembered ones, overruled by what stands on contacts."""

    links: Mapping[str, int] = field(default_factory=dict)
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

    ``people`` are paired by link, then by each key in turn; ``leavers`` by link, then by an address that is no
    person's, with contacts that nobody else has or claims; ``others`` (refused accounts) by link alone. A link that
    leads nowhere counts as none.
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
        self.links, self.copies = _effective_links(contacts, links)
        self.owner = {contact_id: guid for guid, contact_id in self.links.items()}
        self.taken: dict[int, str] = {}
        self.claimed: set[int] = set()
        self.result = Pairing(self.links)
        self.by_address = _index(contacts, lambda contact: (item.value for item in contact.of_kind("Email")), mail_key)
        self.by_name = _index(contacts, lambda contact: (f"{contact.first_name} {contact.last_name}",), name_key)

    def follow_links(self, accounts: Sequence[Account], elsewhere: Sequence[Contact]) -> None:
        moved = {contact.id: contact for contact in elsewhere}
        for account in accounts:
            if account.guid in self.copies:
                self._hold(account, *_copied(self.copies[account.guid]))
                self.claimed.update(contact.id for contact in self.copies[account.guid])
            elif (contact_id := self.links.get(account.guid)) is not None:
                self._follow(account, contact_id, moved.get(contact_id))

    def _follow(self, account: Account, contact_id: int, moved: Contact | None) -> None:
        contact = self.contacts.get(contact_id)
        if contact is not None:
            second = self._second(account) if contact.inactive and account.guid in self.guids else None
            if second is not None:
                self._hold(account, *_two(contact, second))
                self.claimed.add(second.id)
            else:
                self._take(account, contact, "link")
        elif moved is not None:
            self._hold(account, *_moved(moved))
        elif account.guid in self.guids:
            self.result.warnings.append(
                f"The contact linked to {account.name} ({account.account}), number {contact_id}, "
                "is gone from the PSA; the account is matched again."
            )

    def _second(self, account: Account) -> Contact | None:
        """An active contact with the account's mail address that is linked to nobody."""
        ids = (found for value in _values(account, "mail") for found in self.by_address.get(value, ()))
        active = (self.contacts[found] for found in ids if found not in self.owner)
        return next((contact for contact in active if not contact.inactive), None)

    def match_people(self, key: MatchKey) -> None:
        """One key for all people still without a contact: first every proposal, then only those nobody disputes."""
        sharers = _sharers(self.people, key)
        candidates = self._candidates(key)
        proposals: dict[int, list[Account]] = defaultdict(list)
        disputed: set[frozenset[str]] = set()
        for account in self._unmatched(self.people):
            rivals = _others(account, (one for value in _values(account, key) for one in sharers[value]))
            values = _values(account, key)
            found = candidates(values)
            if rivals and (key == "mail" or (key == "name" and (found or not account.mail))):
                self._hold(account, *_shared(key, rivals, found))
                disputed.add(values)
            elif len(found) > 1:
                self._hold(account, *_several(key, found))
                disputed.add(values)
            elif found:
                proposals[found[0].id].append(account)
        self.claimed.update(contact.id for values in disputed for contact in candidates(values))
        for contact_id, accounts in proposals.items():
            self._settle(self.contacts[contact_id], accounts, key)

    def match_leavers(self, leavers: Sequence[Account], key: MatchKey) -> None:
        living = {value for account in self.people for one in ADDRESS_KEYS for value in _values(account, one)}
        candidates = self._candidates(key, self.owner.keys() | self.claimed | self.taken.keys())
        for account in self._unmatched(leavers):
            found = [] if _values(account, key) & living else candidates(_values(account, key))
            if len(found) == 1 and found[0].id not in self.taken:
                self._take(account, found[0], key)

    def _settle(self, contact: Contact, accounts: list[Account], key: MatchKey) -> None:
        if len(accounts) > 1:
            for account in accounts:
                self._hold(account, *_shared(key, _others(account, accounts), [contact]))
            self.claimed.add(contact.id)
            return
        account = accounts[0]
        if contact.id in self.claimed:
            self._hold(account, *_disputed(contact, key))
            return
        former = self.owner.get(contact.id)
        if former is not None and not _is_same_human(account, contact, key):
            self._hold(account, *_taken_over(account, contact, key))
            self.claimed.add(contact.id)
            return
        if former is not None:
            self.result.matches.pop(former, None)
        self._take(account, contact, key)

    def _unmatched(self, accounts: Sequence[Account]) -> list[Account]:
        done = self.result
        return [
            account for account in accounts if account.guid not in done.matches and account.guid not in done.blocked
        ]

    def _candidates(
        self, key: MatchKey, not_these: Collection[int] = ()
    ) -> Callable[[frozenset[str]], Sequence[Contact]]:
        """Which contacts fit some values, as things stand now: those that are not a living person's, and inactive ones
        only when no active one fits. Found once for all accounts that share the values."""
        index = self.by_name if key == "name" else self.by_address
        not_free = {found for found, guid in self.taken.items() if guid in self.guids}.union(not_these)

        @cache
        def fitting(values: frozenset[str]) -> Sequence[Contact]:
            ids = {found for value in values for found in index.get(value, ())} - not_free
            free = [self.contacts[found] for found in sorted(ids)]
            return [contact for contact in free if not contact.inactive] or free

        return fitting

    def _take(self, account: Account, contact: Contact, by: str) -> None:
        self.taken[contact.id] = account.guid
        self.result.matches[account.guid] = Match(contact, by)

    def _hold(self, account: Account, reason: str, release: str, about: Sequence[Contact]) -> None:
        """Keep the account from getting a contact; where a person is concerned, somebody has to look."""
        self.result.blocked.add(account.guid)
        if account.guid not in self.guids:
            return
        what = f"{account.name} ({account.account})"
        target = Target(contact_id=about[0].id) if len(about) == 1 else Target()
        self.result.held.append(Held(HeldKind.CONFLICT, what, reason, release, ref(account), target))


def _is_same_human(account: Account, contact: Contact, key: MatchKey) -> bool:
    """Whether an account may take the contact of a former one: a rehire, who has the contact's name and an address of
    it. By name alone only where neither side has an address that could tell otherwise."""
    if key == "name":
        return not (account.mail or account.proxy_addresses or contact.of_kind("Email"))
    return bool(_values(account, "name") & {name_key(contact.name)})


def _effective_links(
    contacts: Sequence[Contact], links: Mapping[str, Link]
) -> tuple[dict[str, int], dict[str, list[Contact]]]:
    """The remembered links, overruled by what stands on the contacts themselves; and, by guid, contacts that carry the
    same link: the remembered one of them is meant, and without it nobody knows."""
    carriers: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        if contact.link:
            carriers[contact.link].append(contact)
    found: dict[str, int] = {}
    copies: dict[str, list[Contact]] = {}
    for guid, several in carriers.items():
        remembered = links[guid].contact_id if guid in links else None
        meant = [contact for contact in several if contact.id == remembered] or several
        if len(meant) == 1:
            found[guid] = meant[0].id
        else:
            copies[guid] = several
    spoken_for = {contact.id for several in carriers.values() for contact in several}
    for guid, link in links.items():
        if guid not in carriers and link.contact_id not in spoken_for:
            found[guid] = link.contact_id
    return found, copies


def _index(
    contacts: Sequence[Contact], values: Callable[[Contact], Iterable[str]], key: Callable[[str], str]
) -> dict[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for contact in contacts:
        for wanted in {key(value) for value in values(contact)} - {""}:
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


def _sharers(people: Iterable[Account], key: MatchKey) -> dict[str, list[Account]]:
    sharers: dict[str, list[Account]] = defaultdict(list)
    for account in people:
        for value in _values(account, key):
            sharers[value].append(account)
    return sharers


def _others(account: Account, sharers: Iterable[Account]) -> list[str]:
    """Who else is among the sharers, by account name; a few more than are ever listed are enough."""
    others: dict[str, str] = {}
    for one in sharers:
        if one.guid != account.guid:
            others[one.guid] = one.account
        if len(others) > LISTED:
            break
    return sorted(others.values())


def _few(words: Sequence[str], joint: str) -> str:
    more = "" if len(words) <= LISTED else f"{joint}more"
    return joint.join(words[:LISTED]) + more


def _contacts_in_words(contacts: Sequence[Contact]) -> str:
    return _few([f"{contact.name} (contact {contact.id})" for contact in contacts[: LISTED + 1]], " and ")


Conflict = tuple[str, str, Sequence[Contact]]
"""The reason, how to release it, and the contacts it is about."""


def _shared(key: str, rivals: Sequence[str], found: Sequence[Contact]) -> Conflict:
    whose = f"; it fits {_contacts_in_words(found)}" if found else ""
    own = "a mail address that tells them apart" if key == "name" else f"its own {WORDS[key]}"
    return (
        f"shares the {WORDS[key]} with {_few(rivals, ', ')}{whose}",
        f"Give each account {own} in the directory, or exclude the account that is not a person.",
        found,
    )


def _several(key: str, found: Sequence[Contact]) -> Conflict:
    return (
        f"{len(found)} contacts fit by {WORDS[key]}: {_contacts_in_words(found)}",
        "Merge the contacts in the PSA, or take the address off the one that is wrong.",
        found,
    )


def _two(linked: Contact, second: Contact) -> Conflict:
    return (
        f"the linked contact {linked.id} is inactive, and {second.name} (contact {second.id}) is active with the same "
        "mail address",
        f"Merge the two in the PSA, or take the address off contact {second.id} or make it inactive.",
        (linked, second),
    )


def _disputed(contact: Contact, key: str) -> Conflict:
    return (
        f"the {WORDS[key]} fits {contact.name} (contact {contact.id}), which another account in conflict fits as well",
        "Settle the other conflict first.",
        (contact,),
    )


def _copied(carriers: Sequence[Contact]) -> Conflict:
    return (
        f"{len(carriers)} contacts carry the link to this account: {_contacts_in_words(carriers)}",
        "Empty the link field of all but the right contact in the PSA.",
        carriers,
    )


def _taken_over(account: Account, contact: Contact, key: str) -> Conflict:
    whose = f"the {WORDS[key]} belongs to {contact.name} (contact {contact.id}), who was linked to another account"
    if key == "name":
        release = (
            f"If {account.name} is the same person, give contact {contact.id} the account's mail address in the PSA; "
            "if it is a new person, make a contact with that address there."
        )
    else:
        release = (
            f"If {account.name} is a new person, take the address off contact {contact.id} in the PSA; "
            "if it is the same person, give the contact the new name."
        )
    return whose, release, (contact,)


def _moved(contact: Contact) -> Conflict:
    return (
        f"the linked contact {contact.id} ({contact.name}) now belongs to another company of the PSA "
        f"(company {contact.company_id}); no second contact is made here",
        "Move the contact back in the PSA, or remove the account from this client's rules.",
        (contact,),
    )
