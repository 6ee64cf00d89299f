"""Several accounts of one human: which is the main one, and which rule says so."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from connector.core.model import Account
from connector.core.normalize import folded
from connector.core.rules import PeopleRules

PLACE = "{account}"


@dataclass(frozen=True, slots=True)
class Main:
    """The main account of a further one, and the key of the rule that says so."""

    account: Account
    rule: str


def find_mains(accounts: Iterable[Account], rules: PeopleRules) -> dict[str, Main]:
    """The main account of every further one, by the further one's guid. Where the main one is not in this reading, the
    account stands for itself; where accounts are each other's, none is a further one."""
    if not rules.aliases and not rules.alias_patterns:
        return {}
    by_name = {folded(account.account): account for account in accounts}
    told = {folded(alias): folded(main) for alias, main in rules.aliases.items()}
    patterns = [_pattern(pattern) for pattern in rules.alias_patterns]
    direct = {name: found for name in by_name if (found := _main_of(name, told, patterns, by_name.keys()))}
    mains = {}
    for name, (_, rule) in direct.items():
        root = _root(name, direct)
        if root != name:
            mains[by_name[name].guid] = Main(by_name[root], rule)
    return mains


def _main_of(
    name: str, told: Mapping[str, str], patterns: Iterable[re.Pattern[str]], known: Collection[str]
) -> tuple[str, str] | None:
    if name in told:
        return (told[name], "people.aliases") if told[name] in known else None
    for pattern in patterns:
        found = pattern.fullmatch(name)
        if found and found[1] in known:
            return found[1], "people.alias_patterns"
    return None


def _root(name: str, direct: Mapping[str, tuple[str, str]]) -> str:
    """The end of a chain of accounts; the account itself where the chain is a ring."""
    seen = [name]
    while seen[-1] in direct:
        following = direct[seen[-1]][0]
        if following in seen:
            return name
        seen.append(following)
    return seen[-1]


def _pattern(pattern: str) -> re.Pattern[str]:
    before, _, after = folded(pattern).partition(PLACE)
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.DOTALL)
