"""What no single value shows: rules between the keys of a client, over its values with the defaults already in.

Values of the wrong type are reported elsewhere; here they are passed over.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from connector.core.rules import BillingProfile
from connector.settings.faults import Problem
from connector.settings.lines import KeyPath
from connector.settings.values import check_attribute, check_dn

_DN_LISTS = ("include_ous", "exclude_ous", "include_groups", "exclude_groups", "leave_groups")
_BY_ATTRIBUTE = ("include_where", "exclude_where")


def check_client(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Every problem between the values of one client."""
    directory = values.get("directory")
    for index, one in enumerate(directory if isinstance(directory, list) else []):
        yield from _directory(("directory", index), one if isinstance(one, dict) else {})
    yield from _directory(("directory",), _table(values, "directory"))
    yield from _people(_table(values, "people"))
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
    yield from _names((*path, "groups"), profile.get("groups"))
    minimum = _number(profile.get("minimum", BillingProfile.minimum))
    maximum = _number(profile.get("maximum", BillingProfile.maximum))
    if 0 < maximum < minimum:
        yield Problem((*path, "maximum"), f"is less than the minimum, {minimum}; 0 means no maximum")


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


def _number(value: Any) -> Decimal:
    usable = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return Decimal(value) if usable else Decimal(0)
