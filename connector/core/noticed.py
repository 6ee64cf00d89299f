"""What a reader of the report should know of a client's accounts, whatever becomes of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from connector.core import moments
from connector.core.model import Account
from connector.core.normalize import account_key, folded
from connector.core.rules import PeopleRules, Waiver
from connector.core.selection import Standing, Verdict, is_called


def notes(verdicts: Sequence[Verdict], rules: PeopleRules, now: datetime) -> list[str]:
    """One sentence for each thing: further accounts that outlive the main one, rules that name nobody, start dates that
    cannot be read, people who do not log on."""
    accounts = [verdict.account for verdict in verdicts]
    today = now.date()
    switched_off = {verdict.account.guid for verdict in verdicts if verdict.off}
    found = [
        f"The further account {one.account.account} is switched on, and its main account {one.main.account} is off."
        for one in verdicts
        if one.main is not None and not one.off and one.main.guid in switched_off
    ]
    found += [
        f"The alias {alias} belongs to {main}, which is not in the directory; {alias} is judged by itself."
        for alias, main in sorted(rules.aliases.items())
        if not any(folded(account.account) == folded(main) for account in accounts)
    ]
    for waiver in rules.waivers:
        found += _waiver_note(waiver, accounts, today)
    if rules.start_attribute:
        found += _unreadable_starts(accounts, rules.start_attribute)
    people = [verdict.account for verdict in verdicts if verdict.standing is Standing.PERSON]
    return found + (_idle(people, now, rules.stale_days) if rules.stale_days else [])


def _waiver_note(waiver: Waiver, accounts: Sequence[Account], today: date) -> list[str]:
    if not any(is_called(account, account_key(waiver.account)) for account in accounts):
        return [f"The waiver for {waiver.account} names nobody of this directory."]
    if today - timedelta(days=31) <= waiver.until < today:
        return [f"The waiver for {waiver.account} ended on {waiver.until}; they are billed again. Remove it."]
    return []


def _unreadable_starts(accounts: Sequence[Account], attribute: str) -> list[str]:
    values = ((account, account.attributes.get(attribute.lower(), ())) for account in accounts)
    return [
        f"{account.name} ({account.account}): {attribute} is {value[0]!r}, which is no date such as 2026-12-01; the "
        "account counts at once."
        for account, value in values
        if value and moments.first_day(value) is None
    ]


def _idle(people: Sequence[Account], now: datetime, days: int) -> list[str]:
    """Who has not logged on for a while. Where nobody has a time of logon, it was not read, and nothing is known."""
    if not any(account.last_logon_at for account in people):
        return []
    limit = now - timedelta(days=days)
    old = [one for one in people if one.last_logon_at and one.last_logon_at < limit]
    never = [one for one in people if not one.last_logon_at and (one.created_at is None or one.created_at < limit)]
    told = (
        (never, "never logged on, and still counted"),
        (old, f"not logged on for {days} days or more, and still counted"),
    )
    return [f"{len(who)} {words}: {_some(who)}." for who, words in told if who]


def _some(accounts: Sequence[Account], limit: int = 10) -> str:
    names = sorted((f"{one.name} ({one.account})" for one in accounts), key=str.casefold)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
