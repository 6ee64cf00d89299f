"""What no single value shows: rules between the keys of a client, over its values with the defaults already in.

Values of the wrong type are reported elsewhere; here they are passed over.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from connector.core.aliases import PLACE
from connector.core.normalize import account_key, folded
from connector.core.rules import BillingProfile, FieldRules, custom_caption
from connector.settings.faults import Problem
from connector.settings.lines import KeyPath
from connector.settings.values import check_attribute, check_dn

_DN_LISTS = ("include_ous", "exclude_ous", "include_groups", "exclude_groups", "leave_groups")
_BY_ATTRIBUTE = ("include_where", "exclude_where", "value_aliases")


def check_client(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Every problem between the values of one client."""
    directory = values.get("directory")
    for index, one in enumerate(directory if isinstance(directory, list) else []):
        yield from _directory(("directory", index), one if isinstance(one, dict) else {})
    yield from _directory(("directory",), _table(values, "directory"))
    yield from _people(_table(values, "people"))
    yield from _contacts(_table(values, "contacts"))
    seen: set[str] = set()
    profiles = values.get("billing")
    for index, profile in enumerate(profiles if isinstance(profiles, list) else []):
        if isinstance(profile, dict):
            yield from _profile(("billing", index), profile, seen)


def _directory(path: KeyPath, directory: Mapping[str, Any]) -> Iterator[Problem]:
    start_tls = directory.get("start_tls", False) is True
    servers = directory.get("servers")
    for index, server in enumerate(servers if isinstance(servers, list) else []):
        scheme = server.partition("://")[0].lower() if isinstance(server, str) else ""
        if scheme == "ldap" and not start_tls:
            yield Problem((*path, "servers", index), "must be ldaps://, or set start_tls = true")
        if scheme == "ldaps" and start_tls:
            yield Problem((*path, "servers", index), "is encrypted from the start; start_tls is for ldap:// only")


def _people(people: Mapping[str, Any]) -> Iterator[Problem]:
    for key in _DN_LISTS:
        yield from _names(("people", key), people.get(key))
    for key in _BY_ATTRIBUTE:
        for name in _table(people, key):
            yield from _form(("people", key, name), name, check_attribute)
    if people.get("start_attribute"):
        yield from _form(("people", "start_attribute"), people["start_attribute"], check_attribute)
    for index, pattern in enumerate(_list(people, "alias_patterns")):
        if isinstance(pattern, str) and folded(pattern).count(PLACE) != 1:
            words = f"must hold {PLACE} once, where the name of the main account stands, as in adm-{PLACE}"
            yield Problem(("people", "alias_patterns", index), words)
    for pattern, units in _table(people, "units").items():
        if _is_number(units) and units <= 0:
            yield Problem(("people", "units", pattern), "must be more than 0; exclude_accounts leaves an account out")


def _contacts(contacts: Mapping[str, Any]) -> Iterator[Problem]:
    owners = _table(contacts, "fields")
    for index, name in enumerate(_list(contacts, "erase")):
        if isinstance(name, str) and owners.get(name, getattr(FieldRules, name, "directory")) != "directory":
            words = (
                f"{name} is not owned by the directory, so a blank cannot erase it; "
                f'set {name} = "directory" in [contacts.fields]'
            )
            yield Problem(("contacts", "erase", index), words)
    yield from _pairs(_table(contacts, "pairs"))
    mark = _field_key(contacts.get("keep_mark"))
    if mark and mark == _field_key(contacts.get("link")):
        words = "is the field of contacts.link as well, so every linked contact would be kept as it is; take another"
        yield Problem(("contacts", "keep_mark"), words)


def _pairs(pairs: Mapping[str, Any]) -> Iterator[Problem]:
    """Pairs are one to one."""
    accounts: dict[str, str] = {}
    owners: dict[int, str] = {}
    for name, contact in pairs.items():
        path, key = ("contacts", "pairs", name), account_key(name)
        if key in accounts:
            yield Problem(path, f"is the account {accounts[key]} once more; an account has one contact")
        elif _is_number(contact) and contact < 1:
            yield Problem(path, "must be at least 1")
        elif _is_number(contact) and contact in owners:
            yield Problem(path, f"contact {contact} is that of {owners[contact]} already; a contact has one account")
        elif _is_number(contact):
            owners[contact] = name
        accounts.setdefault(key, name)


def _field_key(setting: Any) -> str:
    """A contact field in one spelling; captions of custom fields are not told apart by letter case or outer blanks."""
    if not isinstance(setting, str):
        return ""
    caption = custom_caption(setting)
    return (f"custom:{caption}" if caption else setting).casefold()


def _profile(path: KeyPath, profile: Mapping[str, Any], seen: set[str]) -> Iterator[Problem]:
    name = profile.get("name", "")
    if "name" not in profile:
        yield Problem((*path, "name"), "is missing", absent=True)
    elif isinstance(name, str) and name in seen:
        yield Problem((*path, "name"), f"another profile is called {name!r} already")
    seen.update([name] if isinstance(name, str) else [])
    if not profile.get("product") and "addition" not in profile:
        yield Problem(path, "needs product (a catalogue identifier) or addition (the id of a line)", absent=True)
    agreement = profile.get("agreement", {})
    if isinstance(agreement, dict) and not any(agreement.values()):
        yield Problem((*path, "agreement"), "must say which agreement: type, name, id or parent", absent=True)
    for key in ("groups", "ous"):
        yield from _names((*path, key), profile.get(key))
    for attribute in _table(profile, "where"):
        yield from _form((*path, "where", attribute), attribute, check_attribute)
    yield from _line(path, profile)
    minimum = _number(profile.get("minimum", BillingProfile.minimum))
    maximum = _number(profile.get("maximum", BillingProfile.maximum))
    if 0 < maximum < minimum:
        yield Problem((*path, "maximum"), f"is less than the minimum, {minimum}; 0 means no maximum")


def _line(path: KeyPath, profile: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys about one line that contradict each other."""
    dated = profile.get("method") == "cancel_and_add"
    if dated and "addition" in profile:
        words = "pins a line that cancel_and_add replaces by another one; tell the line by product and marker"
        yield Problem((*path, "addition"), words)
    if profile.get("marker") and "addition" in profile:
        yield Problem((*path, "marker"), "is not needed: addition pins the line already")
    if "commitment_months" in profile and "renewal" not in profile:
        yield Problem((*path, "commitment_months"), "needs renewal, a day on which the commitment is renewed")
    if "renewal" in profile and profile.get("count", "snapshot") != "snapshot":
        yield Problem((*path, "renewal"), 'needs count = "snapshot": peak and average belong to one period')


def _names(path: KeyPath, names: Any) -> Iterator[Problem]:
    for index, name in enumerate(names if isinstance(names, list) else []):
        yield from _form((*path, index), name, check_dn)


def _form(path: KeyPath, text: Any, check: Callable[[str], str]) -> Iterator[Problem]:
    try:
        check(text) if isinstance(text, str) else None
    except ValueError as error:
        yield Problem(path, str(error))


def _table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = values.get(key)
    return table if isinstance(table, dict) else {}


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else []


def _number(value: Any) -> Decimal:
    return Decimal(value) if _is_number(value) else Decimal(0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()
