"""Who is a person: every account gets one verdict, by the first rule that refuses it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from connector.core.model import Account
from connector.core.normalize import dn_is_below, dn_key, folded
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


Check = tuple[str, Callable[[Account], str]]
"""A rule's key and its test: the reason for a refusal, or ``""``."""


def select(accounts: Iterable[Account], rules: PeopleRules, now: datetime) -> tuple[Verdict, ...]:
    """One verdict per account. The checks run in a fixed order: what the account is, where it is, how it is called,
    its mailbox, its groups; a human by all of these whose account is disabled or expired is a leaver."""
    human, active = _human_checks(rules), _active_checks(now)
    return tuple(_judge(account, human, active) for account in accounts)


def trial(account: Account, rules: PeopleRules, now: datetime) -> tuple[tuple[str, str], ...]:
    """Every rule's key and what it says of the account: the reason for a refusal, or ``""``."""
    return tuple((rule, test(account)) for rule, test in (*_human_checks(rules), *_active_checks(now)))


def _judge(account: Account, human: Sequence[Check], active: Sequence[Check]) -> Verdict:
    for checks, standing in ((human, Standing.REFUSED), (active, Standing.LEAVER)):
        for rule, test in checks:
            reason = test(account)
            if reason:
                return Verdict(account, standing, reason, rule)
    return Verdict(account, Standing.PERSON)


def _human_checks(rules: PeopleRules) -> tuple[Check, ...]:
    return (
        ("directory.service_account", lambda account: "managed service account" if account.managed_service else ""),
        ("directory.built_in", lambda account: "built-in account of Windows" if account.built_in else ""),
        ("people.include_ous", _inside(rules.include_ous)),
        ("people.exclude_ous", _outside(rules.exclude_ous)),
        ("people.exclude_accounts", _patterns(rules.exclude_accounts)),
        ("people.exclude_mailboxes", _mailboxes(rules.exclude_mailboxes)),
        ("people.exclude_groups", _not_member(rules.exclude_groups)),
        ("people.include_groups", _member(rules.include_groups)),
    )


def _active_checks(now: datetime) -> tuple[Check, ...]:
    def expired(account: Account) -> str:
        end = account.expires_at
        return f"account expired on {end:%Y-%m-%d}" if end is not None and end <= now else ""

    return (
        ("directory.disabled", lambda account: "" if account.enabled else "account is disabled"),
        ("directory.expired", expired),
    )


def _inside(ous: Sequence[str]) -> Callable[[Account], str]:
    keys = [dn_key(ou) for ou in ous]

    def test(account: Account) -> str:
        inside = not keys or any(dn_is_below(dn_key(account.dn), key) for key in keys)
        return "" if inside else "out of scope: outside the included OUs"

    return test


def _outside(ous: Sequence[str]) -> Callable[[Account], str]:
    keys = {dn_key(ou): ou for ou in ous}

    def test(account: Account) -> str:
        found = (ou for key, ou in keys.items() if dn_is_below(dn_key(account.dn), key))
        return next((f"out of scope: in the excluded OU {ou}" for ou in found), "")

    return test


def _patterns(patterns: Sequence[str]) -> Callable[[Account], str]:
    def test(account: Account) -> str:
        name = folded(account.account)
        found = (pattern for pattern in patterns if fnmatchcase(name, folded(pattern)))
        return next((f"account name fits the excluded pattern {pattern}" for pattern in found), "")

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
