"""Who is whose contact: the link first, then the configured keys, one to one. Ambiguity is a conflict, not a guess."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from connector.core import conflicts
from connector.core.model import Account, Contact, Link
from connector.core.normalize import account_key, folded, is_guid, mail_key, name_key, split_name
from connector.core.plan import Held, HeldKind, PersonRef, Target
from connector.core.rules import ContactRules, MatchKey

ADDRESS_KEYS: tuple[MatchKey, ...] = ("mail", "proxy_addresses", "upn")


@dataclass(frozen=True, slots=True)
class Match:
    """A contact found for an account, and by which key (``link``, ``pairs`` or a match key)."""

    contact: Contact
    by: str


@dataclass
class Pairing:
    """The outcome: ``matches`` by guid, what is ``held``, the guids that are ``blocked`` from getting a contact,
    and the ids of the contacts that are ``disputed`` among them.
    ``links`` are all known links, contact ids by guid: the remembered ones, overruled by what stands on contacts."""

    links: Mapping[str, int] = field(default_factory=dict)
    matches: dict[str, Match] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    disputed: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def ref(account: Account) -> PersonRef:
    """How plans speak of an account."""
    return PersonRef(account.guid, account.account, account.name)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a reading by what pairing may do with them. ``people`` are paired by link, then by each key in
    turn; ``leavers`` by link, then by an address that is no person's, with contacts that nobody else has or claims;
    ``others`` (on leave, refused, out of scope) by link alone. ``mains`` are the main accounts of further ones, both by
    guid: a link of the further account counts for the main one."""

    people: Sequence[Account]
    leavers: Sequence[Account] = ()
    others: Sequence[Account] = ()
    mains: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> list[Account]:
        """Every account of the reading."""
        return [*self.people, *self.leavers, *self.others]


def pair(
    accounts: Accounts,
    contacts: Sequence[Contact],
    elsewhere: Sequence[Contact],
    links: Mapping[str, Link],
    rules: ContactRules,
) -> Pairing:
    """Pair accounts with contacts, one to one: what the config says first, then links, then keys. A link that leads
    nowhere counts as none, and a contact that the config ignores is not there."""
    ignored = set(rules.ignore_contacts)
    known = {guid: link for guid, link in links.items() if link.contact_id not in ignored}
    contacts = [contact for contact in contacts if contact.id not in ignored]
    matcher = _Matcher(accounts, contacts, known, rules)
    matcher.follow_pairs()
    matcher.follow_links(elsewhere)
    for key in rules.match:
        matcher.match_people(key)
    for key in rules.match:
        if key in ADDRESS_KEYS:
            matcher.match_leavers(key)
    return matcher.result


class _Matcher:
    def __init__(
        self, accounts: Accounts, contacts: Sequence[Contact], links: Mapping[str, Link], rules: ContactRules
    ) -> None:
        self.accounts = accounts
        self.people, self.leavers = accounts.people, accounts.leavers
        self.pairs = rules.pairs
        self.guids = {account.guid for account in self.people}
        self.contacts = {contact.id: contact for contact in contacts}
        self.links, self.copies, overruled = _effective_links(contacts, links)
        self._join(accounts.mains)
        self.owner = {contact_id: guid for guid, contact_id in self.links.items()}
        self.taken: dict[int, str] = {}
        self.claimed: set[int] = set()
        self.result = Pairing(self.links, warnings=overruled)
        self.by_address = _index(contacts, lambda contact: (item.value for item in contact.of_kind("Email")), mail_key)
        self.by_name = _index(contacts, lambda contact: (f"{contact.first_name} {contact.last_name}",), name_key)

    def _join(self, mains: Mapping[str, str]) -> None:
        """Give the link of a further account to its main one, which has none."""
        for further, main in sorted(mains.items()):
            if further in self.links and main not in self.links and main not in self.copies:
                self.links[main] = self.links.pop(further)

    def follow_pairs(self) -> None:
        """Pair what the config pairs, whatever link or keys say."""
        by_name = {name: account for account in self.accounts.all for name in (folded(account.account), account.guid)}
        for name, contact_id in sorted(self.pairs.items()):
            account, contact = by_name.get(account_key(name)), self.contacts.get(contact_id)
            if account is None:
                self.result.warnings.append(
                    f"contacts.pairs names {name}, and the directory has no such account: the pair is passed over."
                )
            elif contact is None or contact_id in self.taken:
                self._hold(account, *conflicts.unusable(contact_id, contact))
            else:
                self._pair(account, contact)

    def _pair(self, account: Account, contact: Contact) -> None:
        self.copies.pop(account.guid, None)
        former = self.owner.get(contact.id)
        if former is not None and former != account.guid:
            del self.links[former]
        self.links[account.guid] = contact.id
        self.owner = {contact_id: guid for guid, contact_id in self.links.items()}
        self._take(account, contact, "pairs")

    def follow_links(self, elsewhere: Sequence[Contact]) -> None:
        moved = {contact.id: contact for contact in elsewhere}
        for account in self._unmatched(self.accounts.all):
            if account.guid in self.copies:
                self._hold(account, *conflicts.copied(self.copies[account.guid]))
                self.claimed.update(contact.id for contact in self.copies[account.guid])
            elif (contact_id := self.links.get(account.guid)) is not None:
                self._follow(account, contact_id, moved.get(contact_id))

    def _follow(self, account: Account, contact_id: int, moved: Contact | None) -> None:
        contact = self.contacts.get(contact_id)
        if contact is not None:
            second = self._second(account) if contact.inactive and account.guid in self.guids else None
            if second is not None:
                self._hold(account, *conflicts.two(contact, second))
                self.claimed.add(second.id)
            else:
                self._take(account, contact, "link")
        elif moved is not None:
            self._hold(account, *conflicts.moved(moved))
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
                self._hold(account, *conflicts.shared(key, rivals, found))
                disputed.add(values)
            elif len(found) > 1:
                self._hold(account, *conflicts.several(key, found))
                disputed.add(values)
            elif found:
                proposals[found[0].id].append(account)
        self.claimed.update(contact.id for values in disputed for contact in candidates(values))
        for contact_id, accounts in proposals.items():
            self._settle(self.contacts[contact_id], accounts, key)

    def match_leavers(self, key: MatchKey) -> None:
        living = {value for account in self.people for one in ADDRESS_KEYS for value in _values(account, one)}
        candidates = self._candidates(key, self.owner.keys() | self.claimed | self.taken.keys())
        for account in self._unmatched(self.leavers):
            found = [] if _values(account, key) & living else candidates(_values(account, key))
            if len(found) == 1 and found[0].id not in self.taken:
                self._take(account, found[0], key)

    def _settle(self, contact: Contact, accounts: list[Account], key: MatchKey) -> None:
        if len(accounts) > 1:
            for account in accounts:
                self._hold(account, *conflicts.shared(key, _others(account, accounts), [contact]))
            self.claimed.add(contact.id)
            return
        account = accounts[0]
        if contact.id in self.claimed:
            self._hold(account, *conflicts.disputed(contact, key))
            return
        former = self.owner.get(contact.id)
        if former is not None and not _is_same_human(account, contact, key):
            self._hold(account, *conflicts.taken_over(account, contact, key))
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
        certain = self.guids | {guid for guid, match in self.result.matches.items() if match.by == "pairs"}
        not_free = {found for found, guid in self.taken.items() if guid in certain}.union(not_these)

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
        self.result.disputed.update(contact.id for contact in about)
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
) -> tuple[dict[str, int], dict[str, list[Contact]], list[str]]:
    """The remembered links, overruled by what stands on the contacts themselves; by guid, contacts that carry the same
    link (the remembered one of them is meant, and without it nobody knows); and where a contact overruled memory."""
    carriers: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        if is_guid(contact.link):
            carriers[contact.link].append(contact)
    found: dict[str, int] = {}
    copies: dict[str, list[Contact]] = {}
    told: list[str] = []
    for guid, several in carriers.items():
        remembered = links.get(guid)
        meant = [contact for contact in several if remembered and contact.id == remembered.contact_id] or several
        if len(meant) > 1:
            copies[guid] = several
            continue
        found[guid] = meant[0].id
        if remembered and remembered.contact_id != meant[0].id:
            told.append(_overruled(remembered, meant[0]))
    spoken_for = {contact.id for several in carriers.values() for contact in several}
    for guid, link in links.items():
        if guid not in carriers and link.contact_id not in spoken_for:
            found[guid] = link.contact_id
        elif guid not in carriers:
            told.append(_overruled(link, next(one for one in contacts if one.id == link.contact_id)))
    return found, copies, sorted(told)


def _overruled(link: Link, contact: Contact) -> str:
    who = f"{link.name} ({link.account})" if link.account else f"the account {link.guid}"
    if contact.link == link.guid:
        return (
            f"The link field of {contact.name} (contact {contact.id}) names {who}, who was remembered with contact "
            f"{link.contact_id}: the field decides."
        )
    return (
        f"The link field of {contact.name} (contact {contact.id}) names another account than {who}, who was remembered "
        "with it: the field decides."
    )


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
        if len(others) > conflicts.LISTED:
            break
    return sorted(others.values())
