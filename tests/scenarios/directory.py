"""People of a made-up directory in few words, and its export as ``ldifde`` writes it."""

import time
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.directory.export import Record, ldifde

BASE = "DC=harbor,DC=example"
DOMAIN_SID = bytes.fromhex("0105000000000005 15000000 11111111 22222222 33333333")
NEVER = "9223372036854775807"
Text = str | bytes | tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One object: its name, place and groups, and its attributes by their LDAP names; an empty one is left out."""

    name: str
    ou: str
    groups: tuple[str, ...] = ()
    attributes: dict[str, Text] = field(default_factory=dict)

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"CN={self.name},OU={self.ou},{BASE}"

    @property
    def mail(self) -> str:
        """Its mail address."""
        return str(self.attributes.get("mail", ""))

    @property
    def guid(self) -> str:
        """Its objectGUID as text."""
        return str(uuid.UUID(bytes_le=bytes(self.attributes["objectGUID"])))  # type: ignore[arg-type]


def person(
    name: str, account: str = "", *, ou: str = "Staff", groups: tuple[str, ...] = (), enabled: bool = True, **more: Text
) -> Entry:
    """An account of a human: ``Anna Adler`` is ``aadler`` with ``anna.adler@harbor.example``. ``more`` sets attributes
    by their LDAP names; an empty one is absent."""
    first, _, last = name.partition(" ")
    account = account or plain(first[:1] + last)
    attributes: dict[str, Text] = {
        "objectClass": ("top", "person", "organizationalPerson", "user"),
        "sAMAccountName": account,
        "givenName": first,
        "sn": last,
        "displayName": name,
        "mail": f"{plain(first)}.{plain(last)}@harbor.example",
        "userPrincipalName": f"{account}@harbor.example",
        "userAccountControl": "512" if enabled else "514",
        "primaryGroupID": "513",
        "accountExpires": NEVER,
        "objectGUID": uuid.uuid5(uuid.NAMESPACE_DNS, account).bytes_le,
        "objectSid": DOMAIN_SID + (1000 + sum(account.encode())).to_bytes(4, "little"),
    }
    return Entry(name, ou, groups, attributes | more)


def but(
    entry: Entry, *, ou: str = "", groups: tuple[str, ...] | None = None, enabled: bool | None = None, **more: Text
) -> Entry:
    """The same account with something changed."""
    switch: dict[str, Text] = {} if enabled is None else {"userAccountControl": "512" if enabled else "514"}
    return replace(
        entry,
        ou=ou or entry.ou,
        groups=entry.groups if groups is None else groups,
        attributes=entry.attributes | switch | more,
    )


def anew(entry: Entry) -> Entry:
    """Another account with the same data: a new objectGUID."""
    return but(entry, objectGUID=uuid.uuid5(uuid.NAMESPACE_OID, entry.guid).bytes_le)


def group(name: str, *, groups: tuple[str, ...] = (), rid: int = 0) -> Entry:
    """A group that is itself a member of ``groups``."""
    attributes: dict[str, Text] = {"objectClass": ("top", "group"), "sAMAccountName": name}
    if rid:
        attributes["objectSid"] = DOMAIN_SID + rid.to_bytes(4, "little")
    return Entry(name, "Groups", groups, attributes)


def group_dn(name: str) -> str:
    """The distinguished name of a group."""
    return group(name).dn


def crowd(count: int, *, groups: tuple[str, ...] = ()) -> list[Entry]:
    """That many people, each with a name of their own."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = ("".join(letters[at // 26**place % 26] for place in (2, 1, 0)) for at in range(count))
    return [person(f"Sam {name.title()}strom", groups=groups) for name in names]


def export(entries: Iterable[Entry], known_groups: Iterable[str] = ()) -> bytes:
    """The LDIF export of these objects, with every group they are in and every one of ``known_groups``."""
    given = list(entries)
    named = dict.fromkeys([*known_groups, *(name for entry in given for name in entry.groups)])
    present = {entry.name for entry in given if entry.ou == "Groups"}
    return ldifde(map(_record, _with_members([*given, *(group(name) for name in named if name not in present)])))


def filetime(days_ago: int) -> str:
    """That many days ago, as AD counts time: 100 nanoseconds since 1601."""
    return str((int(time.time()) + 11_644_473_600 - days_ago * 86_400) * 10_000_000)


def generalized(days_ago: int) -> str:
    """That many days ago, as ``whenChanged`` has it (RFC 4517 3.3.13)."""
    return f"{datetime.now(UTC) - timedelta(days=days_ago):%Y%m%d%H%M%S}.0Z"


def plain(text: str) -> str:
    """Lower-case letters without accents, as in an account name."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in flat if char.isascii() and (char.isalnum() or char in ".-"))


def _with_members(entries: list[Entry]) -> Iterable[Entry]:
    for entry in entries:
        members = tuple(one.dn for one in entries if entry.name in one.groups)
        yield but(entry, member=members) if entry.ou == "Groups" and members else entry


def _record(entry: Entry) -> Record:
    values = {name: value if isinstance(value, tuple) else (value,) for name, value in entry.attributes.items()}
    return entry.dn, {
        name: [part if isinstance(part, bytes) else part.encode() for part in parts]
        for name, parts in values.items()
        if parts != ("",)
    }
