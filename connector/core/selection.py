"""Who is a person: every account gets one verdict, by the first rule that refuses it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from connector.core import moments
from connector.core.aliases import find_mains
from connector.core.model import Account
from connector.core.normalize import account_key, dn_is_below, dn_key, fits_any, folded, mail_key
from connector.core.rules import PeopleRules


class Standing(StrEnum):
    """What an account is to the client."""

    PERSON = "person"
    """Counts, and has a contact."""
    ON_LEAVE = "on leave"
    """Switched off for a while: the contact stays as it is, and whether it is billed is a policy."""
    LEAVER = "leaver"
    """A human by every rule, whose account is switched off."""
    OUTSIDE = "outside"
    """Not this client's by OU, group or attribute."""
    REFUSED = "refused"
    """Not a human that could count."""


LEFT_ALONE = frozenset({"people.break_glass", "people.aliases", "people.alias_patterns", "people.start_attribute"})
"""Rules that never take a contact away, even where the account is switched off."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one account: ``reason`` in words, ``rule`` the key that decided (``""`` for a person).
    ``off`` says why the account is switched off, ``since`` since when at the latest, ``on_leave`` whether only for a
    while. ``main`` is the main account of a further one. ``waiver`` says why and until when a person is free of
    charge."""

    account: Account
    standing: Standing
    reason: str = ""
    rule: str = ""
    off: str = ""
    since: date | None = None
    on_leave: bool = False
    main: Account | None = None
    waiver: str = ""

    @property
    def ends(self) -> bool:
        """Whether a contact of the account has to go: nobody works with it any more, or it is not this client's. Who is
        on leave keeps the contact, wherever the account is put meanwhile."""
        if self.on_leave:
            return False
        if self.standing is Standing.REFUSED:
            return bool(self.off) and self.rule not in LEFT_ALONE
        return self.standing in (Standing.LEAVER, Standing.OUTSIDE)


Refusal = tuple[str, str]
"""The key of a rule and its reason for refusing."""

Check = tuple[str, Callable[[Account], str]]
"""A rule's key and its test: the reason for a refusal, or ``""``."""


class Selector:
    """The rules about people, ready to judge the accounts of one reading.

    ``now`` is an aware datetime, its date the day that counts; ``away`` says since when accounts are known to be
    switched off, by guid.
    """

    def __init__(
        self, accounts: Iterable[Account], rules: PeopleRules, now: datetime, away: Mapping[str, date] | None = None
    ) -> None:
        self.rules, self.now, self.today = rules, now, now.date()
        self.away = away or {}
        self.mains = find_mains(accounts, rules)
        self.checks = self._checks()
        self.leave_groups = {dn_key(group): group for group in rules.leave_groups}
        self.waivers = [(account_key(waiver.account), waiver) for waiver in rules.waivers]

    def verdict(self, account: Account) -> Verdict:
        """The verdict on one account."""
        off = self.off(account)
        since = self._off_since(account) if off else None
        on_leave = self._on_leave(account, off, since) if since is not None else None
        found = Verdict(account, Standing.PERSON, off=off, since=since, on_leave=on_leave is not None)
        for rule, test in self.checks:
            if reason := test(account):
                standing = Standing.OUTSIDE if rule in OUT_OF_SCOPE else Standing.REFUSED
                main = self.mains[account.guid].account if account.guid in self.mains else None
                return replace(found, standing=standing, reason=reason, rule=rule, main=main)
        found = replace(found, waiver=self._waiver(account))
        if on_leave is not None:
            return replace(found, standing=Standing.ON_LEAVE, reason=on_leave[1], rule=on_leave[0])
        if off:
            rule = "directory.expired" if account.enabled else "directory.disabled"
            return replace(found, standing=Standing.LEAVER, reason=off, rule=rule)
        return found

    def trial(self, account: Account) -> tuple[tuple[str, str], ...]:
        """Every rule's key in its order and what it says of the account, ``""`` where it has nothing against it."""
        told = [(rule, test(account)) for rule, test in self.checks]
        off = self.off(account)
        told += [("directory.disabled", _disabled(account)), ("directory.expired", self._expired(account))]
        on_leave = self._on_leave(account, off, self._off_since(account)) if off else None
        told += [on_leave] if on_leave else []
        waiver = self._waiver(account)
        return (*told, ("people.waivers", waiver)) if waiver else tuple(told)

    def off(self, account: Account) -> str:
        """Why the account is switched off, or ``""``: disabled, or past its end. A lock or an expired password is not
        an end."""
        return _disabled(account) or self._expired(account)

    def _expired(self, account: Account) -> str:
        end = account.expires_at
        return f"account expired on {end:%Y-%m-%d}" if end is not None and end <= self.now else ""

    def _off_since(self, account: Account) -> date:
        """Since when an account is switched off, at the latest: remembered, or the last change of the object, which it
        has been ever since."""
        if account.enabled and account.expires_at is not None:
            return account.expires_at.astimezone(self.now.tzinfo).date()
        changed = account.changed_at.astimezone(self.now.tzinfo).date() if account.changed_at else self.today
        return min(self.away.get(account.guid, self.today), changed, self.today)

    def _on_leave(self, account: Account, off: str, since: date) -> Refusal | None:
        group = next((name for key, name in self.leave_groups.items() if key in account.groups), "")
        if group:
            return "people.leave_groups", f"on leave: {off}, and it is a member of {group}"
        last = since + timedelta(days=self.rules.grace_days)
        if self.today < last:
            words = off if account.enabled else f"{off} since {since}"
            return "people.grace_days", f"on leave: {words}, gone from {last} on"
        return None

    def _waiver(self, account: Account) -> str:
        waiver = next((one for key, one in self.waivers if is_called(account, key) and one.until >= self.today), None)
        return f"free of charge until {waiver.until}: {waiver.reason}" if waiver else ""

    def _alias(self, guid: str, rule: str) -> str:
        main = self.mains.get(guid)
        return (
            f"a further account of {main.account.name} ({main.account.account})" if main and main.rule == rule else ""
        )

    def _starts(self, account: Account) -> str:
        start = moments.first_day(account.attributes.get(self.rules.start_attribute.lower(), ()))
        return f"starts on {start}" if start is not None and start > self.today else ""

    def _checks(self) -> tuple[Check, ...]:
        """All refusals in their fixed order: what the account is, whose it is, where it is, how it is called, its
        mailbox, its groups, and its start."""
        rules = self.rules
        return (
            ("people.break_glass", _patterns(rules.break_glass, "emergency account: its name fits the pattern")),
            ("directory.service_account", lambda account: "managed service account" if account.managed_service else ""),
            ("directory.built_in", lambda account: "built-in account of Windows" if account.built_in else ""),
            ("people.aliases", lambda account: self._alias(account.guid, "people.aliases")),
            ("people.alias_patterns", lambda account: self._alias(account.guid, "people.alias_patterns")),
            ("people.include_ous", _inside(rules.include_ous)),
            ("people.exclude_ous", _not_inside(rules.exclude_ous)),
            ("people.include_where", _where(rules.include_where)),
            ("people.exclude_where", _not_where(rules.exclude_where)),
            ("people.exclude_mail_domains", _domains(rules.exclude_mail_domains)),
            ("people.exclude_accounts", _patterns(rules.exclude_accounts, "account name fits the excluded pattern")),
            ("people.exclude_mailboxes", _mailboxes(rules.exclude_mailboxes)),
            ("people.exclude_groups", _not_member(rules.exclude_groups)),
            ("people.include_groups", _member(rules.include_groups)),
            ("people.include_admins", _admins(rules.include_admins)),
            ("people.start_attribute", self._starts),
        )


OUT_OF_SCOPE = frozenset({
    "people.include_ous", "people.include_where", "people.include_groups",
})  # fmt: skip
"""Rules that say whose an account is, and not what it is."""


def is_called(account: Account, key: str) -> bool:
    """Whether the key of a name (:func:`normalize.account_key`) means the account."""
    return key in (folded(account.account), mail_key(account.mail), account.guid, mail_key(account.upn)) and bool(key)


def _disabled(account: Account) -> str:
    return "" if account.enabled else "account is disabled"


def _inside(ous: Sequence[str]) -> Callable[[Account], str]:
    keys = [dn_key(ou) for ou in ous]

    def test(account: Account) -> str:
        inside = not keys or any(dn_is_below(dn_key(account.dn), key) for key in keys)
        return "" if inside else "out of scope: outside the included OUs"

    return test


def _not_inside(ous: Sequence[str]) -> Callable[[Account], str]:
    keys = {dn_key(ou): ou for ou in ous}

    def test(account: Account) -> str:
        found = (ou for key, ou in keys.items() if dn_is_below(dn_key(account.dn), key))
        return next((f"in the excluded {ou}" for ou in found), "")

    return test


def _where(wanted: Mapping[str, Sequence[str]]) -> Callable[[Account], str]:
    def test(account: Account) -> str:
        for name, patterns in wanted.items():
            values = account.attributes.get(name.lower(), ())
            if not any(fits_any(value, patterns) for value in values):
                stands = f"is {values[0]}" if values else "is empty"
                return f"out of scope: {name} {stands}"
        return ""

    return test


def _not_where(unwanted: Mapping[str, Sequence[str]]) -> Callable[[Account], str]:
    def test(account: Account) -> str:
        for name, patterns in unwanted.items():
            for value in account.attributes.get(name.lower(), ()):
                if pattern := fits_any(value, patterns):
                    return f"{name} is {value}, which fits the excluded pattern {pattern}"
        return ""

    return test


def _domains(domains: Sequence[str]) -> Callable[[Account], str]:
    keys = {mail_key(domain).lstrip("@"): domain for domain in domains}

    def test(account: Account) -> str:
        address = mail_key(account.mail or account.upn)
        found = keys.get(address.rpartition("@")[2]) if "@" in address else None
        return f"mail domain {found} is excluded" if found else ""

    return test


def _patterns(patterns: Sequence[str], words: str) -> Callable[[Account], str]:
    def test(account: Account) -> str:
        found = fits_any(account.account, patterns)
        return f"{words} {found}" if found else ""

    return test


def _mailboxes(kinds: Sequence[str]) -> Callable[[Account], str]:
    return lambda account: f"{account.mailbox} mailbox" if account.mailbox in kinds else ""


def _not_member(groups: Sequence[str]) -> Callable[[Account], str]:
    keys = {dn_key(group): group for group in groups}

    def test(account: Account) -> str:
        found = (group for key, group in keys.items() if key in account.groups)
        return next((f"member of the excluded group {group}" for group in found), "")

    return test


def _member(groups: Sequence[str]) -> Callable[[Account], str]:
    keys = frozenset(dn_key(group) for group in groups)
    return lambda account: "" if not keys or keys & account.groups else "out of scope: in none of the included groups"


def _admins(counted: Sequence[str]) -> Callable[[Account], str]:
    def test(account: Account) -> str:
        return "administrator of the domain" if account.admin and not fits_any(account.account, counted) else ""

    return test
