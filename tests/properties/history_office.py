"""What happens at the client of a history between two runs: in its directory, and by hand in the PSA."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from connector.sandbox import Sandbox
from connector.sandbox.messages import Request
from tests.properties.history_client import GROUPS, LINK, Record, shown
from tests.scenarios.directory import DOMAIN_SID, Entry, anew, but, person, plain
from tests.scenarios.records import AGREEMENT, CLIENT_ID, HARBOR, PRIVATE_KEY, PUBLIC_KEY

FIRST = ("Anna", "Ben", "Carl", "Dora", "Emil", "Frida", "Gus", "Hanna", "Ivan", "Jutta", "Karl", "Lena")
LAST = ("Adler", "Berg", "Cole", "Dahl", "Egger", "Falk", "Grau", "Holm", "Ito", "Jansen", "Kern", "Lund")
TITLES = ("Nurse", "Manager", "Clerk", "Head", "")
LEAST = 2
"""So many people stay whatever happens: without anybody a reading counts as wrong."""
BASIC = b64encode(f"bluefjord+{PUBLIC_KEY}:{PRIVATE_KEY}".encode()).decode()
EMAIL, FAX = 1, 4
"""Ids of the kinds of communication."""


def _with(entry: Entry, name: str, value: str) -> Entry:
    more: dict[str, Any] = {name: value}
    return but(entry, **more)


class Office:
    """The client's directory as it really is. ``unsure`` are the guids of those for whom it is not known whether a
    contact was made."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.number = rng, 0
        self.people: dict[str, Entry] = {}
        self.unsure: set[str] = set()
        for _ in range(rng.randint(4, 9)):
            self.joins()
        self._put(self._new("Vera Vance"))

    @property
    def entries(self) -> list[Entry]:
        """Every account."""
        return list(self.people.values())

    def _new(self, name: str) -> Entry:
        self.number += 1
        account = plain(name.replace(" ", "."))[:14] + str(self.number)
        groups = tuple(group for group in GROUPS if self.rng.random() < 0.35)
        title, phone = self.rng.choice(TITLES), f"+1 212 555 {1000 + self.number}"
        made = person(name, account, groups=groups, title=title, telephoneNumber=phone)
        made = but(made, objectSid=DOMAIN_SID + (1100 + self.number).to_bytes(4, "little"))
        return replace(made, name=account)

    def _put(self, entry: Entry) -> str:
        self.people[entry.name] = entry
        return entry.name

    def _fresh(self) -> str:
        used = {shown(one) for one in self.entries}
        names = [f"{first} {last}" for first in FIRST for last in LAST if f"{first} {last}" not in used]
        return self.rng.choice(names)

    def _one(self, *, enabled: bool = True) -> Entry | None:
        wanted = "512" if enabled else "514"
        found = [one for one in self.entries if one.attributes["userAccountControl"] == wanted]
        return self.rng.choice(found) if len(found) > (LEAST if enabled else 0) else None

    def joins(self) -> str:
        """Somebody new."""
        entry = self._new(self._fresh())
        return f"{self._put(entry)} joins as {shown(entry)} in {entry.groups}"

    def leaves(self) -> str:
        """An account is switched off."""
        one = self._one()
        return f"{self._put(but(one, enabled=False))} leaves" if one else ""

    def returns(self) -> str:
        """An account is switched on again."""
        one = self._one(enabled=False)
        return f"{self._put(but(one, enabled=True))} returns" if one else ""

    def is_deleted(self) -> str:
        """An account is gone."""
        one = self._one(enabled=self.rng.random() < 0.7)
        return f"{self.people.pop(one.name).name} is deleted" if one else ""

    def is_made_anew(self) -> str:
        """An account is deleted and made again: a new objectGUID."""
        one = self._one()
        return f"{self._put(anew(one))} is made anew" if one else ""

    def marries(self) -> str:
        """A new surname, and the mail address that goes with it. Not for somebody whose contact may have been made by a
        run that could not remember it: with another name and address nothing tells that it is theirs."""
        one = self._one()
        if one is None or one.guid in self.unsure:
            return ""
        name = self._fresh()
        first, last = str(one.attributes["givenName"]), name.partition(" ")[2]
        more: dict[str, Any] = {"sn": last, "displayName": f"{first} {last}"}
        if self.rng.random() < 0.7:
            more["mail"] = f"{plain(first)}.{plain(last)}{self.number}@harbor.example"
        return f"{self._put(but(one, **more))} is called {first} {last} now ({more.get('mail', 'the old address')})"

    def gets_new_data(self) -> str:
        """Another title, phone number or mail address."""
        one, name = self._one(), self.rng.choice(("title", "telephoneNumber", "mail", "mobile"))
        if one is None:
            return ""
        self.number += 1
        value = {
            "title": self.rng.choice(TITLES),
            "telephoneNumber": self.rng.choice(("", f"+1 212 555 {2000 + self.number}")),
            "mail": f"box{self.number}@harbor.example",
            "mobile": f"+1 917 555 {2000 + self.number}",
        }[name]
        return f"{self._put(_with(one, name, value))} gets {name} {value!r}"

    def moves_groups(self) -> str:
        """Somebody enters or leaves a group."""
        one, group = self._one(), self.rng.choice(GROUPS)
        if one is None:
            return ""
        groups = tuple(sorted({*one.groups} ^ {group}))
        return f"{self._put(but(one, groups=groups))} is in {groups}"

    def gets_a_twin(self) -> str:
        """Somebody new has the name, or the mail address, of somebody there is."""
        one = self._one()
        if one is None:
            return ""
        if self.rng.random() < 0.5:
            entry = but(self._new(shown(one)), mail=f"twin{self.number}@harbor.example")
            return f"{self._put(entry)} joins with the name of {one.name}"
        entry = but(self._new(self._fresh()), mail=one.mail)
        return f"{self._put(entry)} joins with the address of {one.name}"


class ByHand:
    """What people do in the PSA. ``contacts`` and ``lines`` are those that are no business of the connector,
    ``quantities`` is whether somebody has set one."""

    def __init__(self, rng: Random, sandbox: Sandbox, office: Office) -> None:
        self.rng, self.sandbox, self.office, self.number = rng, sandbox, office, 0
        self.contacts, self.lines = {190, 191, 192}, {3391, 3392}
        self.quantities = False

    def call(self, method: str, path: str, body: Any) -> Record:
        """One call of the REST API, without a connection."""
        headers = {"authorization": f"Basic {BASIC}", "clientid": CLIENT_ID, "content-type": "application/json"}
        answer = self.sandbox.application.handle(
            Request(method, f"/v4_6_release/apis/3.0{path}", headers=headers, body=json.dumps(body).encode())
        )
        assert 200 <= answer.status < 300, answer.body
        record: Record = json.loads(answer.body)
        return record

    def _edit(self, path: str, **values: Any) -> None:
        self.call("PATCH", path, [{"op": "replace", "path": name, "value": value} for name, value in values.items()])

    def _contact(self) -> int:
        rows = [row for row in self.sandbox.state()["contacts"] if row["company"]["id"] == HARBOR]
        return int(self.rng.choice(rows)["id"])

    def _line(self) -> Record | None:
        rows = [
            row for row in self.sandbox.state()["additions"]
            if row["agreementId"] == AGREEMENT and row["id"] not in self.lines and not row["cancelledDate"]
        ]  # fmt: skip
        return self.rng.choice(rows) if rows else None

    def owned_field(self) -> str:
        """A technician changes a title."""
        number, title = self._contact(), f"By hand {self.rng.randint(1, 9)}"
        self._edit(f"/company/contacts/{number}", title=title)
        return f"contact {number} gets title {title!r} by hand"

    def other_field(self) -> str:
        """A technician fills in what is not the directory's."""
        number, value = self._contact(), f"note {self.rng.randint(1, 99)}"
        name = self.rng.choice(("nickName", "userDefinedField1", "userDefinedField2"))
        self._edit(f"/company/contacts/{number}", **{name: value})
        return f"contact {number} gets {name} {value!r} by hand"

    def fax(self) -> str:
        """A technician notes a fax number."""
        number, value = self._contact(), f"212555{self.rng.randint(3000, 3999)}"
        item = {"type": {"id": FAX}, "value": value, "communicationType": "Fax"}
        items = self.call_get(f"/company/contacts/{number}").get("communicationItems", [])
        kept = [one for one in items if one["communicationType"] != "Fax"]
        self._edit(f"/company/contacts/{number}", communicationItems=[*kept, item])
        return f"contact {number} gets fax {value} by hand"

    def call_get(self, path: str) -> Record:
        """Read a record."""
        return self.call("GET", path, None)

    def inactivates(self) -> str:
        """A technician switches a contact off."""
        number = self._contact()
        self._edit(f"/company/contacts/{number}", inactiveFlag=True)
        return f"contact {number} is inactivated by hand"

    def unlinks(self) -> str:
        """A technician empties the field of the link."""
        number = self._contact()
        self._edit(f"/company/contacts/{number}", **{LINK: ""})
        return f"contact {number} loses {LINK} by hand"

    def new_contact(self) -> str:
        """Somebody who is in no directory, or a person whom a technician did not wait for."""
        self.number += 1
        entry = self.rng.choice(self.office.entries) if self.rng.random() < 0.4 else None
        name = shown(entry) if entry else f"Paul Partner{self.number}"
        first, _, last = name.partition(" ")
        mail = entry.mail if entry else f"partner{self.number}@elsewhere.example"
        item = {"type": {"id": EMAIL}, "value": mail, "defaultFlag": True, "communicationType": "Email"}
        body = {"firstName": first, "lastName": last, "company": {"id": HARBOR}, "communicationItems": [item]}
        number = int(self.call("POST", "/company/contacts", body)["id"])
        if entry is None:
            self.contacts.add(number)
        return f"contact {number} {name} <{mail}> is made by hand"

    def quantity(self) -> str:
        """Finance sets a quantity."""
        row = self._line()
        if row is None:
            return ""
        self.quantities = True
        value = max(0, int(row["quantity"]) + self.rng.choice((-2, -1, 1, 3)))
        self._edit(f"/finance/agreements/{AGREEMENT}/additions/{row['id']}", quantity=value)
        return f"line {row['id']} is set from {row['quantity']} to {value} by hand"

    def new_line(self) -> str:
        """Finance adds a line for something else."""
        body = {
            "product": {"identifier": "MS-OTHER"}, "quantity": 3, "unitPrice": 3, "billCustomer": "Billable",
            "effectiveDate": "2026-11-01T00:00:00Z",
        }  # fmt: skip
        number = int(self.call("POST", f"/finance/agreements/{AGREEMENT}/additions", body)["id"])
        self.lines.add(number)
        return f"line {number} of MS-OTHER is made by hand"


Happening = Callable[[], str]


def happenings(office: Office, hand: ByHand) -> dict[Happening, int]:
    """Everything that can happen between two runs, with how often it does; a word about nothing is empty."""
    return {
        office.joins: 6, office.leaves: 6, office.returns: 2, office.is_deleted: 4, office.is_made_anew: 2,
        office.marries: 4, office.gets_new_data: 6, office.moves_groups: 6, office.gets_a_twin: 2,
        hand.owned_field: 2, hand.other_field: 2, hand.fax: 1, hand.inactivates: 2, hand.unlinks: 1,
        hand.new_contact: 2, hand.quantity: 2, hand.new_line: 1,
    }  # fmt: skip
