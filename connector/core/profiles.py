"""Who is counted on which billing profile, and for how many units."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from connector.core.model import Account
from connector.core.normalize import dn_is_below, dn_key, fits_any, folded
from connector.core.plan import Counted
from connector.core.rules import BillingProfile, PeopleRules

Condition = Callable[[Account], str]
"""How an account fits a part of a profile, in words; ``""`` when it does not."""


def count(
    profiles: Sequence[BillingProfile], people: Sequence[Account], rules: PeopleRules
) -> dict[str, tuple[Counted, ...]]:
    """Who is counted on each profile, by profile name. A person is on the first exclusive profile that takes them and
    on every additive one that does, for the units of the profile times those of the account."""
    spoken_for: set[str] = set()
    counted: dict[str, tuple[Counted, ...]] = {}
    for profile in profiles:
        conditions = _conditions(profile, rules)
        taken = []
        for account in people:
            rule = _rule_for(account, conditions)
            if rule and not (profile.exclusive and account.guid in spoken_for):
                units = profile.units * _units(account, rules)
                taken.append(Counted(account.guid, account.name, rule, account.account, units))
        if profile.exclusive:
            spoken_for.update(person.guid for person in taken)
        counted[profile.name] = tuple(sorted(taken, key=lambda person: (person.name.casefold(), person.guid)))
    return counted


def unknown_values(profiles: Sequence[BillingProfile], people: Sequence[Account], rules: PeopleRules) -> list[str]:
    """One sentence for each value of an attribute that tells profiles apart and that no profile knows: nobody with it
    is billed by that attribute, and it may be a known one spelt differently."""
    found: list[str] = []
    for name in dict.fromkeys(folded(name) for profile in profiles for name in profile.where):
        wanted = [pattern for one in profiles for key, values in one.where.items() if folded(key) == name
                  for pattern in values]  # fmt: skip
        seen: dict[str, list[str]] = {}
        for account in people:
            values = _values(account, name, rules)
            if values and not any(fits_any(value, wanted) for value in values):
                seen.setdefault(values[0], []).append(account.account)
        found += [
            f'{name} is "{value}" for {_some(accounts)}, and no billing profile knows it. If it is another spelling, '
            "add it to people.value_aliases."
            for value, accounts in sorted(seen.items())
        ]
    return found


def rule_for(profile: BillingProfile, account: Account, rules: PeopleRules) -> str:
    """How the account fits every part of a profile, in words, or ``""``; whoever else takes them does not matter."""
    return _rule_for(account, _conditions(profile, rules))


def _some(accounts: Sequence[str], limit: int = 5) -> str:
    more = f" and {len(accounts) - limit} more" if len(accounts) > limit else ""
    return ", ".join(sorted(accounts, key=str.casefold)[:limit]) + more


def _rule_for(account: Account, conditions: Sequence[Condition]) -> str:
    """How the account fits every part of a profile, or ``""``."""
    words = [condition(account) for condition in conditions]
    if not all(words):
        return ""
    rule = ", ".join(words) or "every person"
    return f"{rule}, administrator of the domain" if account.admin else rule


def _conditions(profile: BillingProfile, rules: PeopleRules) -> list[Condition]:
    conditions: list[Condition] = []
    if profile.groups:
        conditions.append(_member({dn_key(group): group for group in profile.groups}))
    if profile.ous:
        conditions.append(_inside({dn_key(ou): ou for ou in profile.ous}))
    conditions += [_has(name, patterns, rules) for name, patterns in profile.where.items()]
    return conditions


def _member(groups: Mapping[str, str]) -> Condition:
    return lambda account: next((f"member of {name}" for key, name in groups.items() if key in account.groups), "")


def _inside(ous: Mapping[str, str]) -> Condition:
    def test(account: Account) -> str:
        place = dn_key(account.dn)
        return next((f"in {name}" for key, name in ous.items() if dn_is_below(place, key)), "")

    return test


def _has(name: str, patterns: Sequence[str], rules: PeopleRules) -> Condition:
    def test(account: Account) -> str:
        fitting = (value for value in _values(account, name, rules) if fits_any(value, patterns))
        return next((f"{name} = {value}" for value in fitting), "")

    return test


def _values(account: Account, name: str, rules: PeopleRules) -> list[str]:
    """The values of an attribute by the names that are meant."""
    tables = [table for key, table in rules.value_aliases.items() if folded(key) == folded(name)]
    meant = {folded(spelling): value for table in tables for spelling, value in table.items()}
    return [meant.get(folded(value), value) for value in account.attributes.get(name.lower(), ())]


def _units(account: Account, rules: PeopleRules) -> Decimal:
    pattern = fits_any(account.account, rules.units)
    return rules.units[pattern] if pattern else Decimal(1)
