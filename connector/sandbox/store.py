"""The tenant's state: collections of records, their ids, and the references between them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.sandbox.clock import Clock
from connector.sandbox.resources import BY_COLLECTION, DOCUMENTED, Resource
from connector.sandbox.switches import default_switches

Record = dict[str, Any]
# Collections that have no route of their own here but that records refer to.
UNROUTED_FIRST_IDS = {
    "billingCycles": 1,
    "invoices": 7001,
    "communicationItems": 40001,
    "serviceStatuses": 501,
    "securityRoles": 61,
}


@dataclass(frozen=True)
class Event:
    """One record that was ``added``, ``updated`` or ``deleted`` (the words of api.md 6.2), by which member, as it was
    ``before`` (None for a new one) and is now (as it last was, for a deleted one)."""

    collection: str
    action: str
    member: str
    record: Record
    before: Record | None = None


@dataclass(frozen=True)
class Login:
    """A key pair and the identifier of the member it belongs to."""

    public: str
    private: str
    member: str


def dig(record: Any, path: str) -> Any:
    """The value at a slash path of nested objects, or ``None``."""
    for key in path.split("/"):
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


class Store:
    """Everything a tenant holds. Callers hold the application's lock; nothing here locks or does input and output."""

    def __init__(self) -> None:
        self.company = "bluefjord"
        self.company_name = "bluefjord"
        self.codebase = "v2026_4/"
        self.keys: Record = {"public": "demo", "private": "demo"}
        self.logins: list[Login] = []
        self.actor: str | None = None
        self.events: list[Event] = []
        # When the failures of a callback entry began that no success has ended yet (api.md 6.4).
        self.failing_since: dict[int, datetime] = {}
        self.client_id: str | None = None
        self.switches = default_switches()
        self.clock = Clock()
        names = [*(BY_COLLECTION.keys() - {"agreementRecaps"}), "billingCycles", "invoices", "securityRoles"]
        self.tables: dict[str, dict[int, Record]] = {name: {} for name in sorted(names)}
        # Names that the data file brought along though the published schema does not know them.
        self.data_names: dict[str, frozenset[str]] = {}
        self.last_ids: dict[str, int] = {}

    @property
    def member(self) -> str:
        """Identifier of the member who acts; it stands in ``updatedBy`` and the audit trail. Outside a request it is
        the one to whom the tenant's own keys belong."""
        return self.actor or str(self.keys.get("member", "adconnector"))

    def rows(self, collection: str) -> list[Record]:
        """The records of a collection in id order."""
        table = self.tables[collection]
        return [table[record_id] for record_id in sorted(table)]

    def get(self, collection: str, record_id: Any) -> Record | None:
        """One record, or ``None``. The id may be text."""
        try:
            return self.tables[collection].get(int(record_id))
        except (TypeError, ValueError):
            return None

    def new_id(self, collection: str) -> int:
        """The next id of a collection; ids only grow, also over deletions (api.md 10.1)."""
        first = BY_COLLECTION[collection].first_id if collection in BY_COLLECTION else UNROUTED_FIRST_IDS[collection]
        self.last_ids[collection] = max(self.last_ids.get(collection, 0) + 1, first)
        return self.last_ids[collection]

    def keep_id(self, collection: str, record_id: int) -> None:
        """Note an id that came with the data, so that it is not given again."""
        self.last_ids[collection] = max(self.last_ids.get(collection, 0), record_id)

    def save(self, collection: str, record: Record) -> None:
        """Store a record under its id and stamp it with time and member."""
        record["_info"] = {"lastUpdated": self.clock.text(), "updatedBy": self.member}
        self.tables[collection][record["id"]] = record

    def remove(self, collection: str, record_id: int) -> None:
        """Take a record out, with the records and documents that belong to it."""
        del self.tables[collection][record_id]
        for row in BY_COLLECTION.values():
            if row.owner is not None and row.owner[0] == collection:
                table = self.tables[row.collection]
                for child in [r["id"] for r in table.values() if dig(r, row.owner[1]) == record_id]:
                    del table[child]
        documents = self.tables["documents"]
        for one in [d["id"] for d in documents.values() if d["recordId"] == record_id]:
            if DOCUMENTED[documents[one]["recordType"]] == collection:
                del documents[one]

    def happened(self, collection: str, action: str, record: Record, before: Record | None = None) -> None:
        """Note a change for those who want to be called back."""
        self.events.append(Event(collection, action, self.member, copy.deepcopy(record), copy.deepcopy(before)))

    def audit(self, row: Resource, record_id: int, action: str, text: str) -> None:
        """Write one line of the audit trail (api.md 4.9)."""
        entry_id = self.new_id("auditTrail")
        entry = {
            "id": entry_id,
            "recordType": row.audit,
            "recordId": record_id,
            "text": text,
            "enteredDate": self.clock.text(),
            "enteredBy": self.member,
            "auditType": "Record",
            "auditSubType": action,
            "auditSource": "API",
        }
        self.tables["auditTrail"][entry_id] = entry

    def dump(self) -> dict[str, Any]:
        """The whole state in the shape of the data file: every collection under its name, records complete."""
        head: Record = {
            "company": self.company,
            "companyName": self.company_name,
            "codebase": self.codebase,
            "keys": self.keys,
            "client_id": self.client_id,
            "switches": self.switches,
        }
        tables = {name: self.rows(name) for name in self.tables}
        tables["members"] = [self._with_keys(member) for member in tables["members"]]
        return copy.deepcopy(head | tables)

    def _with_keys(self, member: Record) -> Record:
        """A member with its own key pair, where it has one besides the tenant's."""
        login = next((one for one in self.logins if one.member == member["identifier"]), None)
        return member | ({"keys": {"public": login.public, "private": login.private}} if login else {})


def full_name(record: Record) -> str:
    """How a reference names this record's contact: first and last name."""
    return " ".join(part for part in (record.get("firstName"), record.get("lastName")) if part)


def display_name(collection: str, record: Record) -> str:
    """The name of a record in references and sentences."""
    if collection == "contacts":
        return full_name(record)
    title = BY_COLLECTION[collection].title if collection in BY_COLLECTION else "name"
    return str(record.get(title) or record.get("name") or "")


def make_reference(collection: str, record: Record) -> Record:
    """The reference object that other records hold to this one."""
    if collection == "catalog":
        return {"id": record["id"], "identifier": record.get("identifier")}
    if collection == "tickets":
        return {"id": record["id"], "summary": record.get("summary")}
    reference: Record = {"id": record["id"]}
    if record.get("identifier") is not None:
        reference["identifier"] = record["identifier"]
    name = full_name(record) if collection in {"contacts", "members"} else display_name(collection, record)
    return reference | {"name": record.get("name") or name}


def find_referred(store: Store, collection: str, reference: Record, among: Callable[[Record], bool]) -> Record | None:
    """The record a reference means: by id when given, else by identifier or name in any letter case."""
    if reference.get("id") is not None:
        return store.get(collection, reference["id"])
    for key in ("identifier", "name", "description", "summary"):
        wanted = reference.get(key)
        if isinstance(wanted, str):
            return next((r for r in store.rows(collection) if among(r) and answers_to(collection, r, wanted)), None)
    return None


def answers_to(collection: str, record: Record, wanted: str) -> bool:
    """Whether a record goes by this name."""
    names: Iterable[Any] = (record.get("identifier"), record.get("name"), display_name(collection, record))
    return wanted.casefold() in {str(name).casefold() for name in names if name}


def referrers(
    store: Store, collection: str, record_id: int, *, owned: bool = False
) -> Iterator[tuple[Resource, Record, str]]:
    """Every (resource, record, field) that refers to a record; the record's own children only when ``owned``."""
    for row in BY_COLLECTION.values():
        names = [f.name for f in row.fields.values() if f.kind in {"ref", "list"} and f.target == collection]
        owner = row.owner[1].partition("/")[0] if row.owner is not None and row.owner[0] == collection else ""
        for record in store.tables[row.collection].values() if names else ():
            for name in names:
                value = record.get(name)
                held = value if isinstance(value, list) else [value]
                if (owned or name != owner) and any(dig(item, "id") == record_id for item in held):
                    yield row, record, name


def rename_references(store: Store, collection: str, record: Record) -> None:
    """Carry a record's new name into the references that others hold to it."""
    reference = make_reference(collection, record)
    for _, holder, name in referrers(store, collection, record["id"], owned=True):
        value = holder[name]
        if isinstance(value, list):
            holder[name] = [dict(reference) if dig(item, "id") == record["id"] else item for item in value]
        else:
            holder[name] = dict(reference)
