"""A deterministic population for a test directory: the same numbers always give the same objects and objectGUIDs.

Under OU=Staff, OU=Service Accounts, OU=Disabled Users, OU=Groups, OU=Contacts and OU=Workstations it makes people (one
odd person for each entry of ``ODD``), all that looks like people and is not (computers, contacts, managed service
accounts), groups: everybody, one per department, a chain five deep, a cycle, an empty one, one that is a primary
group, and further administrators of the domain. Standard library only: Samba's own Python runs it.
"""

import random
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.real.ad.people import (
    ACCOUNT_DISABLED,
    DEPARTMENTS,
    FAMILY,
    GIVEN,
    NEVER,
    NORMAL_ACCOUNT,
    ODD,
    OFFICES,
    PASSWORD_NEVER_EXPIRES,
    TITLES,
    WORKSTATION_TRUST,
    filetime,
    rdn_escape,
    slug,
)

_NAMESPACE = uuid.UUID("6f3c1f4e-5d0f-4f0e-9a55-3f1d8c1b7a10")
_FIRST_ODD = 10
_GLOBAL, _DOMAIN_LOCAL, _UNIVERSAL, _SECURITY = 0x2, 0x4, 0x8, -0x80000000
Values = dict[str, list[str | bytes]]


class Operation(NamedTuple):
    """One change: ``add`` with ``values``; ``join`` adds ``targets`` to a group; ``replace`` sets ``values``;
    ``primary`` makes ``targets[0]`` the primary group; ``rename`` moves to ``targets[0]``; ``delete``."""

    kind: str
    dn: str
    values: Values = {}  # noqa: RUF012 - a tuple is never written to
    targets: tuple[str, ...] = ()


class Person(NamedTuple):
    """A person as made: the whole DN, the account name, the values, the names of the groups."""

    dn: str
    account: str
    values: Values
    groups: tuple[str, ...]


class Population:
    """``people`` people below ``base``; the first ``with_password`` get ``password``."""

    def __init__(self, base: str, people: int, seed: int = 1, with_password: int = 0, password: str = "") -> None:
        self.base = base
        self.seed = seed
        self.password = password
        self.odd: dict[str, str] = {}
        self.others: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.admins: list[str] = []
        self._with_password = with_password
        self.people = list(self._people(people))

    def operations(self) -> Iterator[Operation]:
        """All it takes to fill an empty domain, in order."""
        for name in ("Staff", "Service Accounts", "Disabled Users", "Groups", "Contacts", "Workstations"):
            yield self._add(f"OU={name}", objectClass="organizationalUnit")
        for department in DEPARTMENTS:
            yield self._add(f"OU={rdn_escape(department)},OU=Staff", objectClass="organizationalUnit")
        for person in self.people:
            yield Operation("add", person.dn, person.values)
        yield from self._not_people(len(self.people))
        yield from self._group_operations()
        yield from self._admin_operations()
        yield from self._manager_cycles()

    def churn(self, turn: int) -> Iterator[Operation]:
        """Changes to a filled domain: in each turn (from 1) other people, 1 in 100 each retitled, disabled, renamed,
        moved and deleted."""
        picks = list(self.people[_FIRST_ODD + len(ODD) :])
        random.Random(f"churn-{self.seed}").shuffle(picks)  # noqa: S311 - repeatable on purpose
        step = max(1, len(self.people) // 100)
        picks = picks[(turn - 1) * 5 * step : turn * 5 * step]
        for at, person in enumerate(picks):
            kind = at // step
            parent = person.dn.split(",OU=", 1)[1]
            if kind == 0:
                yield Operation("replace", person.dn, {"title": [f"Title of turn {turn}"]})
            elif kind == 1:
                yield Operation("replace", person.dn, {"userAccountControl": ["514"]})
            elif kind == 2:
                yield Operation("rename", person.dn, targets=(f"CN=Renamed {turn} {at},OU={parent}",))
            elif kind == 3:
                yield Operation("rename", person.dn, targets=(f"CN=Moved {turn} {at},OU=Finance,OU=Staff,{self.base}",))
            else:
                yield Operation("delete", person.dn)

    def expectation(self) -> dict[str, Any]:
        """What a reader must find, as JSON: ``people`` (account -> guid, dn, enabled), ``odd`` (name of the oddity ->
        account), ``service`` and ``managed`` (accounts), ``groups`` (DN -> accounts, nested ones included), ``admins``
        (accounts that administer the domain, besides the built-in one)."""
        return {
            "base": self.base,
            "people": {
                person.account: {
                    "guid": str(uuid.UUID(bytes_le=bytes(person.values["objectGUID"][0]))),  # type: ignore[arg-type]
                    "dn": person.dn,
                    "enabled": not int(person.values["userAccountControl"][0]) & ACCOUNT_DISABLED,
                }
                for person in self.people
            },
            "odd": self.odd,
            "service": [account for account, kind in self.others.items() if kind == "service"],
            "managed": [account for account, kind in self.others.items() if kind == "managed"],
            "groups": self.groups,
            "admins": self.admins,
        }

    def group_dn(self, name: str) -> str:
        """The DN of a seeded group."""
        return f"CN={rdn_escape(name)},OU=Groups,{self.base}"

    def _add(self, rdn: str, **values: Any) -> Operation:
        dn = f"{rdn},{self.base}"
        clean: Values = {}
        for name, value in values.items():
            if value is not None:
                each = value if isinstance(value, list) else [value]
                clean[name.replace("__", "-")] = [one if isinstance(one, bytes) else str(one) for one in each]
        clean["objectGUID"] = [uuid.uuid5(_NAMESPACE, f"{self.seed}/{dn.lower()}").bytes_le]
        return Operation("add", dn, clean)

    def _people(self, count: int) -> Iterator[Person]:
        rng = random.Random(f"people-{self.seed}")  # noqa: S311 - repeatable on purpose
        accounts: set[str] = set()
        taken: dict[str, int] = {}
        dns: list[str] = []
        odd = list(ODD.items())
        for index in range(count):
            values, department = self._ordinary(rng, index, accounts, dns)
            if 0 <= index - _FIRST_ODD < len(odd):
                name, change = odd[index - _FIRST_ODD]
                values.update(change)
                self.odd[name] = values["sAMAccountName"]
            parent = values.pop("parent")
            cn = values.pop("cn")
            # a CN may stand only once in a container
            key = f"{parent}/{cn}".casefold()
            taken[key] = taken.get(key, 0) + 1
            cn = cn if taken[key] == 1 else f"{cn} {taken[key]}"
            made = self._add(f"CN={rdn_escape(cn)},{parent}", **values)
            dns.append(made.dn)
            groups = (
                [] if "department" in values and values["department"] is None else [f"GG-{DEPARTMENTS[department]}"]
            )
            groups += ["Contractors"] if index % 40 == 7 else []
            yield Person(made.dn, values["sAMAccountName"], made.values, tuple(groups))

    def _ordinary(
        self, rng: random.Random, index: int, accounts: set[str], dns: list[str]
    ) -> tuple[dict[str, Any], str]:
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        department = rng.choice(list(DEPARTMENTS))
        office, prefix = rng.choice(OFFICES)
        account = _free_account((slug(given)[:1] + slug(family))[:14] or "user", accounts)
        mail = f"{'.'.join(part for part in (slug(given), slug(family)) if part) or 'user'}.{account}@contoso.test"
        flags, expires, parent = _state(rng, f"OU={rdn_escape(department)},OU=Staff")
        values: dict[str, Any] = {
            "objectClass": "user",
            "cn": f"{given} {family}",
            "parent": parent,
            "givenName": given,
            "sn": None if rng.random() < 0.005 else family,
            "displayName": f"{family}, {given}",
            "sAMAccountName": account,
            "userPrincipalName": f"{account}@contoso.test",
            "title": rng.choice(TITLES),
            "department": department,
            "telephoneNumber": f"{prefix} {index % 10000:04d}",
            "mobile": f"{prefix.replace('555', '777')} {index % 10000:04d}",
            "physicalDeliveryOfficeName": office,
            "description": f"Seeded person {index}",
            "userAccountControl": flags,
            "accountExpires": expires,
            "lastLogonTimestamp": filetime(2026) + rng.randrange(300) * 864_000_000_000,
            "manager": rng.choice(dns) if dns else None,
        }
        if rng.random() >= 0.01:
            values["mail"] = mail
            values["proxyAddresses"] = [f"SMTP:{mail}", f"smtp:{account}@old.contoso.test", f"SIP:{mail}"]
        if index < self._with_password:
            values["unicodePwd"] = f'"{self.password}"'.encode("utf-16-le")
        return values, department

    def _not_people(self, people: int) -> Iterator[Operation]:
        for i in range(max(2, people // 50)):
            yield self._add(f"CN=Contact {i:04d},OU=Contacts", objectClass="contact", mail=f"contact{i}@partner.test")
        for i in range(max(2, people // 50)):
            yield self._trusted(f"WS{i:06d}", "OU=Workstations", "computer")
        for i in range(3):
            name = f"gmsa-app{i}"
            self.others[f"{name}$"] = "managed"
            yield self._trusted(
                name,
                "CN=Managed Service Accounts",
                "msDS-GroupManagedServiceAccount",
                msDS__ManagedPasswordInterval=30,
                dNSHostName=f"{name}.contoso.test",
            )
        for i in range(2):
            self.others[f"smsa-old{i}$"] = "managed"
            yield self._trusted(f"smsa-old{i}", "CN=Managed Service Accounts", "msDS-ManagedServiceAccount")
        for i in range(max(2, people // 200)):
            name = f"svc-app{i:03d}"
            self.others[name] = "service"
            yield self._add(
                f"CN={name},OU=Service Accounts",
                objectClass="user",
                sAMAccountName=name,
                userPrincipalName=f"{name}@contoso.test",
                userAccountControl=NORMAL_ACCOUNT | PASSWORD_NEVER_EXPIRES,
                unicodePwd=f'"{self.password}"'.encode("utf-16-le") if self.password and i == 0 else None,
            )

    def _trusted(self, name: str, parent: str, kind: str, **more: Any) -> Operation:
        return self._add(
            f"CN={name},{parent}",
            objectClass=kind,
            sAMAccountName=f"{name}$",
            userAccountControl=WORKSTATION_TRUST,
            **more,
        )

    def _group_operations(self) -> Iterator[Operation]:
        kinds = {"All Staff": _GLOBAL, "Contractors": _GLOBAL, "DL-Newsletter": _DOMAIN_LOCAL}
        kinds.update({f"GG-{code}": _GLOBAL for code in DEPARTMENTS.values()})
        kinds.update({f"Nest-{level}": _UNIVERSAL for level in range(5)})
        kinds.update(dict.fromkeys(("Cycle-A", "Cycle-B", "Empty, and quoted"), _UNIVERSAL))
        for name, kind in kinds.items():
            group_type = kind if name == "DL-Newsletter" else kind + _SECURITY
            yield self._add(
                f"CN={rdn_escape(name)},OU=Groups",
                objectClass="group",
                sAMAccountName=name.replace(",", ""),
                groupType=group_type,
            )
        direct = self._direct_members()
        for name in kinds:
            yield from self._join(name, direct.get(name, []))
        contractors = {person.dn for person in self.people if "Contractors" in person.groups}
        for dn in sorted(contractors):
            yield Operation("primary", dn, targets=(self.group_dn("Contractors"),))
        accounts = {person.dn: person.account for person in self.people}
        for name in kinds:
            self.groups[self.group_dn(name)] = sorted(accounts[dn] for dn in _closure(self, name, direct))

    def _admin_operations(self) -> Iterator[Operation]:
        """One administrator of each kind: nested, by primary group, by a nested primary group; and one that was."""
        helpdesk, domain_admins = self.group_dn("Helpdesk"), f"CN=Domain Admins,CN=Users,{self.base}"
        yield self._add(
            "CN=Helpdesk,OU=Groups", objectClass="group", sAMAccountName="Helpdesk", groupType=_GLOBAL + _SECURITY
        )
        yield Operation("join", domain_admins, targets=(helpdesk,))
        for name, group, primary in (
            ("adm-schema", f"CN=Schema Admins,CN=Users,{self.base}", False),
            ("adm-nested", helpdesk, False),
            ("adm-primary", domain_admins, True),
            ("adm-nested-primary", helpdesk, True),
            ("adm-former", "", False),
        ):
            dn = f"CN={name},OU=Service Accounts,{self.base}"
            self.others[name] = "service"
            yield self._add(
                f"CN={name},OU=Service Accounts",
                objectClass="user",
                sAMAccountName=name,
                userAccountControl=NORMAL_ACCOUNT | PASSWORD_NEVER_EXPIRES,
                adminCount=1,
            )
            if group:
                self.admins.append(name)
                yield Operation("join", group, targets=(dn,))
            if primary:
                yield Operation("primary", dn, targets=(group,))

    def _direct_members(self) -> dict[str, list[str]]:
        direct: dict[str, list[str]] = {"All Staff": [person.dn for person in self.people]}
        for person in self.people:
            for group in person.groups:
                direct.setdefault(group, []).append(person.dn)
        direct["Nest-0"] = [self.group_dn("GG-Sales"), self.group_dn("GG-Engineering")]
        for level in range(1, 5):
            direct[f"Nest-{level}"] = [self.group_dn(f"Nest-{level - 1}")]
        direct["Cycle-A"] = [self.group_dn("Cycle-B"), self.people[0].dn]
        direct["Cycle-B"] = [self.group_dn("Cycle-A"), self.people[1].dn]
        direct["DL-Newsletter"] = [person.dn for person in self.people[:5]]
        return direct

    def _join(self, name: str, members: list[str]) -> Iterator[Operation]:
        for at in range(0, len(members), 1000):
            yield Operation("join", self.group_dn(name), targets=tuple(members[at : at + 1000]))

    def _manager_cycles(self) -> Iterator[Operation]:
        dns = {person.account: person.dn for person in self.people}
        pairs = (
            ("self-manager", "self-manager"),
            ("manager-cycle-a", "manager-cycle-b"),
            ("manager-cycle-b", "manager-cycle-a"),
        )
        for who, whom in pairs:
            if who in self.odd and whom in self.odd:
                yield Operation("replace", dns[self.odd[who]], {"manager": [dns[self.odd[whom]]]})


def _free_account(stem: str, accounts: set[str]) -> str:
    account, number = stem, 1
    while account in accounts:
        number += 1
        account = f"{stem[: 19 - len(str(number))]}{number}"
    accounts.add(account)
    return account


def _state(rng: random.Random, parent: str) -> tuple[int, int, str]:
    """userAccountControl, accountExpires and container of an ordinary person: 5 in 100 disabled, 2 expired, …"""
    dice = rng.random()
    if dice < 0.05:
        return NORMAL_ACCOUNT | ACCOUNT_DISABLED, NEVER, "OU=Disabled Users"
    if dice < 0.08:
        return NORMAL_ACCOUNT | PASSWORD_NEVER_EXPIRES, NEVER, parent
    if dice < 0.10:
        return NORMAL_ACCOUNT, filetime(2020, 1 + rng.randrange(12)), parent
    return NORMAL_ACCOUNT, filetime(2090) if dice < 0.12 else NEVER, parent


def _closure(population: Population, name: str, direct: dict[str, list[str]]) -> set[str]:
    """The DNs of the people in a group, nested groups included."""
    names = {population.group_dn(group): group for group in direct}
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        group = waiting.pop()
        if group not in seen:
            seen.add(group)
            members = direct.get(group, [])
            waiting += [names[dn] for dn in members if dn in names]
            found |= {dn for dn in members if dn not in names}
    return found
