"""A domain that is made equal to the objects of a scenario, with the changes that an administrator would make."""

import subprocess
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import ldap3
from ldap3.protocol.controls import build_control
from ldap3.protocol.formatters.formatters import format_sid

from tests.real.ad.lab import Ad
from tests.scenarios.directory import BASE, Entry, group

READER, READER_PASSWORD = "svc-psa", "Passw0rd!Reader1"
HIDDEN = f"OU=System Accounts,{BASE}"
# attributes that Exchange adds to the schema (attributeID, attributeSyntax, oMSyntax)
EXCHANGE = {
    "msExchRecipientTypeDetails": ("1.2.840.113556.1.4.7000.102.50855", "2.5.5.16", "65"),
    "extensionAttribute3": ("1.2.840.113556.1.2.425", "2.5.5.12", "64"),
}
# the server's own business, or written in another way
NOT_WRITTEN = frozenset({"objectClass", "objectSid", "primaryGroupID", "manager"})
OF_ACCOUNTS = frozenset({"sAMAccountName", "userPrincipalName", "userAccountControl", "accountExpires"})
NORMAL, WORKSTATION_TRUST, PARTNER_DOMAIN = "512", "4096", "2080"
GLOBAL_SECURITY = "-2147483646"
FIRST_FREE_RID = 1000
# lets the system choose an objectGUID, and clear away what was deleted (controls of Samba and of [MS-ADTS] 3.1.1.3.4.1)
RELAX = build_control("1.3.6.1.4.1.4203.666.5.12", False, None)
SHOW_RECYCLED = build_control("1.2.840.113556.1.4.2064", False, None)
TREE_DELETE = build_control("1.2.840.113556.1.4.805", True, None)
Values = dict[str, list[str | bytes]]


@dataclass
class Known:
    """An object as it was written: where it is, its values, the DN of its manager, and the keys of its groups. ``own``
    is whether it was made for the scenario; a group such as Domain Admins was there before."""

    dn: str
    values: Values
    own: bool = True
    manager: str = ""
    groups: set[str] = field(default_factory=set)
    primary: str = ""

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return not self.own or "groupType" in self.values


class Domain:
    """A domain ``harbor.example``, and who reads it: an ordinary account, not an administrator, which does not see the
    OU that the accounts of the system were moved to. So there is nobody for it but the people of the scenario."""

    def __init__(self, ad: Ad) -> None:
        self.ad = ad
        self._known: dict[str, Known] = {}
        self._units: set[str] = set()
        self._deleted: set[str] = set()
        server = ldap3.Server(f"ldapi://{ad.ldapi}", get_info=ldap3.NONE)
        self._connection: Any = ldap3.Connection(server, raise_exceptions=True, check_names=False)

    def __enter__(self) -> Self:
        # no bind: it would end being the system
        self._connection.open()
        self._extend_schema()
        self._hide_system()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.unbind()

    def make(self, entries: Iterable[Entry], groups: Iterable[str] = ()) -> None:
        """Make the domain equal to these objects. One with a known objectGUID is changed, renamed, moved, enabled or
        disabled in place; what is not among them any more is deleted. ``groups`` exist beside those somebody is in."""
        # every domain has its own foreign security principals
        given = [entry for entry in entries if "foreignSecurityPrincipal" not in _classes(entry)]
        named = dict.fromkeys([*groups, *(name for entry in given for name in entry.groups)])
        present = {entry.name for entry in given if entry.ou == "Groups"}
        given += [group(name) for name in named if name not in present]
        wanted = {_key(entry): entry for entry in given}
        if len(wanted) < len(given):
            raise ValueError("two of the objects have one objectGUID")
        self._delete_all([key for key in self._known if key not in wanted])
        for key, entry in wanted.items():
            if key in self._known:
                self._change(key, entry)
            else:
                self._add(key, entry)
        for key, entry in wanted.items():
            self._set_manager(key, str(entry.attributes.get("manager", "")))
        self._join(wanted)

    def wipe(self) -> None:
        """Delete everything again."""
        self._delete_all([key for key, known in self._known.items() if known.is_group or known.primary])
        for unit in sorted(self._units, key=len):
            if not any(unit.endswith(f",{other}") for other in self._units):
                self._connection.delete(unit, controls=[TREE_DELETE])
        self._deleted |= self._known.keys()
        self._known.clear()
        self._units.clear()

    # one object

    def _add(self, key: str, entry: Entry) -> None:
        if "group" in _classes(entry) and 0 < _rid(entry) < FIRST_FREE_RID:
            self._known[key] = Known(self._dn_of(_rid(entry)), {}, own=False)
            return
        if key in self._deleted:
            # an objectGUID is free again only when nothing is left of its last owner
            self._connection.delete(f"<GUID={key}>", controls=[SHOW_RECYCLED, RELAX])
            self._deleted.remove(key)
        self._add_units(entry)
        values = _values(entry)
        early = {name: value for name, value in values.items() if value and name != "whenCreated"}
        late = {name: values[name] for name in ("whenCreated",) if name in values}
        if values.get("userAccountControl") == [PARTNER_DOMAIN]:
            early["userAccountControl"], late["userAccountControl"] = [NORMAL], [PARTNER_DOMAIN]
        self._connection.add(entry.dn, _classes(entry), early, controls=[RELAX])
        if late:
            self._modify(entry.dn, **late)
        self._known[key] = Known(entry.dn, values)

    def _change(self, key: str, entry: Entry) -> None:
        known, values = self._known[key], _values(entry)
        if not known.own:
            return
        if known.dn != entry.dn:
            self._add_units(entry)
            rdn, _, above = entry.dn.partition(",")
            self._connection.modify_dn(known.dn, rdn, new_superior=above)
        names = [name for name in {**known.values, **values} if known.values.get(name, []) != values.get(name, [])]
        if names:
            self._modify(entry.dn, **{name: values.get(name, []) for name in names})
        known.dn, known.values = entry.dn, values

    def _delete_all(self, keys: list[str]) -> None:
        """Delete objects in the order that a server takes: those first whose primary group goes as well; then groups,
        since of one that is still there each member would have to be taken out."""
        known = self._known
        for key in sorted(keys, key=lambda key: (not known[key].primary, not known[key].is_group)):
            self._delete(key)

    def _delete(self, key: str) -> None:
        known = self._known.pop(key)
        members = [other for other in self._known.values() if key in other.groups]
        if known.own:
            self._connection.delete(known.dn)
            self._deleted.add(key)
        elif members:
            changes = [(ldap3.MODIFY_DELETE, [member.dn for member in members])]
            self._connection.modify(known.dn, {"member": changes})
        for other in self._known.values():
            other.groups.discard(key)
            other.manager = "" if other.manager == known.dn else other.manager

    def _set_manager(self, key: str, manager: str) -> None:
        known = self._known[key]
        if known.manager != manager:
            self._modify(known.dn, manager=[manager] if manager else [])
            known.manager = manager

    def _modify(self, dn: str, **values: Sequence[str | bytes]) -> None:
        # a server refuses to replace a single value by none
        changes = {
            name: [(ldap3.MODIFY_REPLACE if value else ldap3.MODIFY_DELETE, list(value))]
            for name, value in values.items()
        }
        self._connection.modify(dn, changes, controls=[RELAX])

    def _add_units(self, entry: Entry) -> None:
        above = entry.dn.partition(",")[2]
        parts = above.removesuffix(f",{BASE}").split(",")
        for at in reversed(range(len(parts))):
            unit = ",".join([*parts[at:], BASE])
            if unit not in self._units:
                self._connection.add(unit, "organizationalUnit")
                self._units.add(unit)

    # membership

    def _join(self, wanted: dict[str, Entry]) -> None:
        keys = {entry.name: key for key, entry in wanted.items() if entry.ou == "Groups"}
        by_rid = {_rid(entry): key for key, entry in wanted.items() if entry.ou == "Groups"}
        joins: dict[str, dict[str, list[str]]] = {}
        for key, entry in wanted.items():
            known, groups = self._known[key], {keys[name] for name in entry.groups}
            for name in sorted(groups ^ known.groups):
                change = ldap3.MODIFY_ADD if name in groups else ldap3.MODIFY_DELETE
                joins.setdefault(name, {}).setdefault(change, []).append(known.dn)
            known.groups = groups
        for name, changes in joins.items():
            self._connection.modify(self._known[name].dn, {"member": list(changes.items())})
        for key, entry in wanted.items():
            rid = str(entry.attributes.get("primaryGroupID", "513"))
            self._set_primary(key, by_rid[int(rid)] if rid != "513" else "")

    def _set_primary(self, key: str, name: str) -> None:
        """Make a group the primary one of an account: by the rules of a domain, of a member only, who then leaves the
        list of its members."""
        known = self._known[key]
        if known.primary == name:
            return
        if not name:
            raise NotImplementedError("back to Domain Users")
        target = self._known[name].dn
        if name not in known.groups:
            self._connection.modify(target, {"member": [(ldap3.MODIFY_ADD, [known.dn])]})
        self._modify(known.dn, primaryGroupID=[self._value(target, "primaryGroupToken")])
        known.primary = name

    # the empty domain

    def _extend_schema(self) -> None:
        schema = f"CN=Schema,CN=Configuration,{BASE}"
        for name, (oid, syntax, number) in EXCHANGE.items():
            values = {"lDAPDisplayName": name, "attributeID": oid, "attributeSyntax": syntax, "oMSyntax": number}
            self._connection.add(f"CN={name},{schema}", ["top", "attributeSchema"], values | {"isSingleValued": "TRUE"})
        self._refresh_schema()
        self._connection.modify(f"CN=User,{schema}", {"mayContain": [(ldap3.MODIFY_ADD, list(EXCHANGE))]})
        self._refresh_schema()

    def _refresh_schema(self) -> None:
        self._connection.modify("", {"schemaUpdateNow": [(ldap3.MODIFY_ADD, ["1"])]})

    def _hide_system(self) -> None:
        reader = f"CN={READER},{HIDDEN}"
        password = f'"{READER_PASSWORD}"'.encode("utf-16-le")
        self._connection.add(HIDDEN, "organizationalUnit")
        values = {"sAMAccountName": READER, "userAccountControl": NORMAL, "unicodePwd": password}
        self._connection.add(reader, "user", values)
        self._connection.search(f"CN=Users,{BASE}", "(objectClass=user)", ldap3.LEVEL)
        for row in self._connection.response:
            self._connection.modify_dn(row["dn"], row["dn"].partition(",")[0], new_superior=HIDDEN)
        command = ["samba-tool", "dsacl", "set", "-H", f"ldapi://{self.ad.ldapi}", f"--objectdn={HIDDEN}"]
        # deny it to list what is inside
        command.append(f"--sddl=(D;;LC;;;{self._sid(reader)})")
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def _sid(self, dn: str) -> str:
        return str(format_sid(self._value(dn, "objectSid")))  # type: ignore[no-untyped-call]

    def _dn_of(self, rid: int) -> str:
        self._connection.search(f"<SID={self._sid(BASE)}-{rid}>", "(objectClass=*)", ldap3.BASE)
        return str(self._connection.response[0]["dn"])

    def _value(self, dn: str, name: str) -> Any:
        self._connection.search(dn, "(objectClass=*)", ldap3.BASE, attributes=[name])
        return self._connection.response[0]["raw_attributes"][name][0]


def _key(entry: Entry) -> str:
    return entry.guid if "objectGUID" in entry.attributes else str(uuid.uuid5(uuid.NAMESPACE_X500, entry.dn))


def _rid(entry: Entry) -> int:
    return int.from_bytes(bytes(entry.attributes.get("objectSid", b""))[-4:], "little")  # type: ignore[arg-type]


def _classes(entry: Entry) -> list[str]:
    classes = entry.attributes["objectClass"]
    return [str(classes)] if isinstance(classes, str) else [str(name) for name in classes]


def _values(entry: Entry) -> Values:
    """The attributes as this kind of object has them; an empty list is an absent one."""
    classes = set(_classes(entry))
    left_out = NOT_WRITTEN | (OF_ACCOUNTS if "contact" in classes else set())
    values: Values = {"objectGUID": [uuid.UUID(_key(entry)).bytes_le]}
    for name, value in entry.attributes.items():
        if name not in left_out:
            values[name] = [part for part in (value if isinstance(value, tuple) else (value,)) if part]
    if "group" in classes:
        values.setdefault("groupType", [GLOBAL_SECURITY])
    if "computer" in classes and values["userAccountControl"] == [NORMAL]:
        values["userAccountControl"] = [WORKSTATION_TRUST]
    if "msDS-GroupManagedServiceAccount" in classes:
        values["msDS-ManagedPasswordInterval"] = ["30"]
    return values
