"""The seeded population as directory objects, without any server: what a domain controller would add is added here."""

from dataclasses import dataclass, field

from tests.directory.export import Record
from tests.real.ad.population import Operation, Population

BASE = "DC=ad,DC=contoso,DC=test"
_CLASSES = {
    "user": ["top", "person", "organizationalPerson", "user"],
    "inetOrgPerson": ["top", "person", "organizationalPerson", "user", "inetOrgPerson"],
    "computer": ["top", "person", "organizationalPerson", "user", "computer"],
    "contact": ["top", "person", "organizationalPerson", "contact"],
    "msDS-GroupManagedServiceAccount": [
        "top",
        "person",
        "organizationalPerson",
        "user",
        "computer",
        "msDS-GroupManagedServiceAccount",
    ],
    "msDS-ManagedServiceAccount": [
        "top",
        "person",
        "organizationalPerson",
        "user",
        "computer",
        "msDS-ManagedServiceAccount",
    ],
}
_ADMIN_GROUPS = {"Domain Admins": 512, "Schema Admins": 518, "Enterprise Admins": 519}
_CATEGORIES = {"user": "Person", "inetOrgPerson": "Person", "contact": "Person", "computer": "Computer"}


def sid(rid: int) -> bytes:
    """The binary SID of an object of the domain S-1-5-21-1-2-3."""
    return bytes([1, 5, 0, 0, 0, 0, 0, 5]) + b"".join(part.to_bytes(4, "little") for part in (21, 1, 2, 3, rid))


def built_in_sid(rid: int) -> bytes:
    """The binary SID of a group that every Windows computer has, such as 544 for its administrators."""
    return bytes([1, 2, 0, 0, 0, 0, 0, 5]) + b"".join(part.to_bytes(4, "little") for part in (32, rid))


@dataclass
class Objects:
    """Directory objects by DN, grown by operations."""

    by_dn: dict[str, dict[str, list[bytes]]] = field(default_factory=dict)

    def apply(self, operation: Operation) -> None:
        """Do one operation as a domain controller would."""
        if operation.kind == "add":
            self._add(operation)
        elif operation.kind == "replace":
            self.by_dn[operation.dn].update({name: _bytes(each) for name, each in operation.values.items()})
        elif operation.kind == "join":
            self.by_dn[operation.dn].setdefault("member", []).extend(_bytes(list(operation.targets)))
        elif operation.kind == "primary":
            # a domain controller takes the member out of the group's list, and lists it in its former primary group
            group = self.by_dn[operation.targets[0]]
            group["member"].remove(operation.dn.encode())
            rid = int.from_bytes(group["objectSid"][0][-4:], "little")
            self.by_dn[operation.dn]["primaryGroupID"] = [str(rid).encode()]

    def records(self) -> list[Record]:
        """All of them."""
        return list(self.by_dn.items())

    def _add(self, operation: Operation) -> None:
        values = {name: _bytes(each) for name, each in operation.values.items() if name != "unicodePwd"}
        kind = values["objectClass"][0].decode()
        values["objectClass"] = _bytes(_CLASSES.get(kind, ["top", kind]))
        values["objectCategory"] = [f"CN={_CATEGORIES.get(kind, kind)},CN=Schema,CN=Configuration,{BASE}".encode()]
        if "sAMAccountName" in values:
            values["objectSid"] = [sid(1100 + len(self.by_dn))]
        if "userAccountControl" in values:
            values["primaryGroupID"] = [b"513"]
        values["distinguishedName"] = [operation.dn.encode()]
        values["whenCreated"] = [b"20260504081011.0Z"]
        values["whenChanged"] = [b"20260611172000.0Z"]
        self.by_dn[operation.dn] = values


def population(people: int = 120) -> tuple[Population, list[Record]]:
    """A population and its objects, the built-in accounts included."""
    made = Population(BASE, people)
    objects = Objects()
    _add_administrators(objects)
    for operation in made.operations():
        objects.apply(operation)
    for rid, name in ((500, "Administrator"), (501, "Guest"), (502, "krbtgt")):
        values: dict[str, list[str | bytes]] = {
            "objectClass": ["user"],
            "sAMAccountName": [name],
            "userAccountControl": ["512" if rid == 500 else "514"],
            "objectGUID": [rid.to_bytes(16, "little")],
        }
        dn = f"CN={name},CN=Users,{BASE}"
        objects.apply(Operation("add", dn, values))
        objects.by_dn[dn]["objectSid"] = [sid(rid)]
    return made, objects.records()


def _add_administrators(objects: Objects) -> None:
    """The groups that administer a domain, as a new domain has them."""
    administrator = f"CN=Administrator,CN=Users,{BASE}"
    for name, rid in _ADMIN_GROUPS.items():
        _add_group(objects, f"CN={name},CN=Users,{BASE}", sid(rid), [administrator])
    nested = [f"CN={name},CN=Users,{BASE}" for name in ("Domain Admins", "Enterprise Admins")]
    _add_group(objects, f"CN=Administrators,CN=Builtin,{BASE}", built_in_sid(544), [administrator, *nested])


def _add_group(objects: Objects, dn: str, own: bytes, members: list[str]) -> None:
    objects.apply(Operation("add", dn, {"objectClass": ["group"], "sAMAccountName": [dn[3:].partition(",")[0]]}))
    objects.by_dn[dn] |= {"objectSid": [own], "member": [member.encode() for member in members]}


def _bytes(values: list[str] | list[str | bytes]) -> list[bytes]:
    return [value if isinstance(value, bytes) else value.encode() for value in values]
