"""Attributes with more values than one answer holds (MaxValRange, 1,500 by default; MS-ADTS 3.1.1.3.1.3.3).

The server then gives ``member`` as ``member;range=0-1499``; the rest has to be asked for, range by range.
"""

from collections.abc import Mapping

from connector.directory import ldap_errors
from connector.directory.ldap_connection import Session
from connector.directory.snapshot import Entry

_ANY = "(objectClass=*)"


def whole(session: Session, entry: Entry, setting: str) -> Entry:
    """The entry with every value of every attribute, under plain names. Raises DirectoryIncomplete."""
    ranged = [name for name in entry.attributes if ";range=" in name]
    if not ranged:
        return entry
    attributes = {name: values for name, values in entry.attributes.items() if name not in ranged}
    for name in ranged:
        attribute = name.partition(";")[0]
        attributes[attribute] = _all_values(session, entry, attribute, setting)
    return Entry(entry.dn, attributes, entry.place)


def _all_values(session: Session, entry: Entry, attribute: str, setting: str) -> list[bytes]:
    what = f"the values of {attribute} of {entry.dn}"
    values, following = _range_of(entry.attributes, attribute)
    while following is not None:
        names = [f"{attribute};range={following}-*"]
        found = list(session.search(entry.dn, _ANY, names, what=what, setting=setting, below=False))
        if not found:
            raise ldap_errors.missing(session.url, entry.dn, setting)
        part, upper = _range_of(found[0].attributes, attribute)
        if not part or (upper is not None and upper <= following):
            raise ldap_errors.broken(session.url, what, "the server does not give the next range")
        values = values + part
        following = upper
    return values


def _range_of(folded: Mapping[str, list[bytes]], attribute: str) -> tuple[list[bytes], int | None]:
    """The values in ``attribute;range=low-high``, and where the next range starts; None after the last."""
    for name, values in folded.items():
        own, _, limits = name.partition(";range=")
        high = limits.rpartition("-")[2]
        if own == attribute and high:
            return values, None if high == "*" else int(high) + 1
    return [], None
