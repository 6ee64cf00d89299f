"""Who is a person: every account gets one verdict, by the first rule that refuses it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from connector.core.model import Account
from connector.core.normalize import dn_is_below, dn_key
from connector.core.rules import PeopleRules


class Standing(StrEnum):
    """What an account is to the client."""

    PERSON = "person"
    """Counts, and has a contact."""
    LEAVER = "leaver"
    """A human by every rule, whose account is switched off."""
    REFUSED = "refused"
    """Not a human that could count."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one account: ``reason`` in words, ``rule`` the key that decided (``""`` for a person)."""

    account: Account
    standing: Standing
    reason: str = ""
    rule: str = ""


Refusal = tuple[str, str]
Check = Callable[[Account], Refusal | None]


def select(accounts: Iterable[Account], rules: PeopleRules, now: datetime) -> tuple[Verdict, ...]:
    """One verdict per account. The checks run in a fixed order: what the account is, where it is, how it is called,
    its mailbox, its groups; a human by all of these whose account is disabled or expired is a leaver."""
    checks = _human_checks(rules)
    return tuple(_judge(account, checks, now) for account in accounts)


def _judge(account: Account, checks: Sequence[Check], now: datetime) -> Verdict:
    for check in checks:
        refusal = check(account)
        if refusal is not None:
            return Verdict(account, Standing.REFUSED, *refusal)
    if not account.enabled:
        return Verdict(account, Standing.LEAVER, "account is disabled", "directory.disabled")
    if account.expires_at is not None and account.expires_at <= now:
        return Verdict(
            account, Standing.LEAVER, f"account expired on {account.expires_at:%Y-%m-%d}", "directory.expired"
        )
    return Verdict(account, Standing.PERSON)


def _human_checks(rules: PeopleRules) -> tuple[Check, ...]:
    return (
        _nature,
        _inside(rules.include_ous),
        _outside(rules.exclude_ous),
        _patterns(rules.exclude_accounts),
        _mailboxes(rules.exclude_mailboxes),
        _not_member(rules.exclude_groups),
        _member(rules.include_groups),
    )


def _nature(account: Account) -> Refusal | None:
    if account.managed_service:
        return "managed service account", "directory.service_account"
    if account.built_in:
        return "built-in account of Windows", "directory.built_in"
    return None


def _inside(ous: Sequence[str]) -> Check:
    keys = [dn_key(ou) for ou in ous]

    def check(account: Account) -> Refusal | None:
        if not keys or any(dn_is_below(dn_key(account.dn), key) for key in keys):
            return None
        return "out of scope: outside the included OUs", "people.include_ous"

    return check


def _outside(ous: Sequence[str]) -> Check:
    keys = {dn_key(ou): ou for ou in ous}

    def check(account: Account) -> Refusal | None:
        for key, ou in keys.items():
            if dn_is_below(dn_key(account.dn), key):
                return f"out of scope: in the excluded OU {ou}", "people.exclude_ous"
        return None

    return check


def _patterns(patterns: Sequence[str]) -> Check:
    def check(account: Account) -> Refusal | None:
        for pattern in patterns:
            if fnmatchcase(account.account.casefold(), pattern.casefold()):
                return f"account name fits the excluded pattern {pattern}", "people.exclude_accounts"
        return None

    return check


def _mailboxes(kinds: Sequence[str]) -> Check:
    def check(account: Account) -> Refusal | None:
        return (f"{account.mailbox} mailbox", "people.exclude_mailboxes") if account.mailbox in kinds else None

    return check


def _not_member(groups: Sequence[str]) -> Check:
    keys = {dn_key(group): group for group in groups}

    def check(account: Account) -> Refusal | None:
        for key, group in keys.items():
            if key in account.groups:
                return f"member of the excluded group {group}", "people.exclude_groups"
        return None

    return check


def _member(groups: Sequence[str]) -> Check:
    keys = frozenset(dn_key(group) for group in groups)

    def check(account: Account) -> Refusal | None:
        if not keys or keys & account.groups:
            return None
        return "out of scope: in none of the included groups", "people.include_groups"

    return check
