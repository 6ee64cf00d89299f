"""One record of the data file becomes a whole one: its parent, references, defaults, what the PSA works out."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from connector.sandbox import agreement_rules, callback_rules, contact_rules, documents, ticket_rules
from connector.sandbox.custom_fields import finish_custom_fields
from connector.sandbox.errors import ApiError
from connector.sandbox.resources import BY_COLLECTION, Resource
from connector.sandbox.schema import CastError, Field, parse_time, stamp
from connector.sandbox.store import Record, Store, dig, find_referred, make_reference

PARENT_SPELLINGS = {
    "sites": ("companies", "company", ("company", "companyId", "company_id", "parentId")),
    "additions": ("agreements", "agreementId", ("agreementId", "agreement", "agreement_id", "parentId")),
    "adjustments": ("agreements", "agreementId", ("agreementId", "agreement", "agreement_id", "parentId")),
    "agreementSites": ("agreements", "agreementId", ("agreementId", "agreement", "agreement_id", "parentId")),
    "ticketNotes": ("tickets", "ticketId", ("ticketId", "ticket", "ticket_id", "parentId")),
}

# What the API requires of setup records, for data that leaves it out: a PATCH checks the whole record (api.md 4.1).
REQUIRED: Mapping[str, Record] = {
    "agreementTypes": {
        "employeeCompRate": "Actual",
        "employeeCompNotExceed": "Billing",
        "invoicingCycle": "ContractYear",
        "billTime": "NoDefault",
        "billExpenses": "NoDefault",
        "billProducts": "NoDefault",
    },
    "boards": {"location": {"id": 1, "name": "Main"}, "department": {"id": 1, "name": "Service"}},
    "userDefinedFields": {"podId": 1, "sequenceNumber": 1, "fieldTypeIdentifier": "Text"},
}


class DataError(ValueError):
    """The data cannot be a tenant; the message names the record and what is wrong with it."""


def insert(store: Store, name: str, records: list[Record]) -> None:
    """Put records in with ids: given ones first, so that a made-up one never takes their place."""
    for record in records:
        if record.get("id") is not None:
            record["id"] = int(record["id"])
            if record["id"] in store.tables[name]:
                raise DataError(f"{name}: two records have id {record['id']}")
            store.tables[name][record["id"]] = record
            store.keep_id(name, record["id"])
    for record in records:
        if record.get("id") is None:
            record["id"] = store.new_id(name)
            store.tables[name][record["id"]] = record


def complete(store: Store, name: str, record: Record) -> None:
    """Fill one record in: parent, references, defaults, what the PSA works out."""
    row = BY_COLLECTION.get(name)
    where = f"{name} {record['id']}"
    given_info = record.pop("_info", None) or {}
    if row is not None and name != "auditTrail":
        set_parent(store, name, record, where)
        prefill(store, name, record)
        for field in row.fields.values():
            complete_field(store, field, record, where)
        try:
            derive(store, row, record)
        except ApiError as error:
            raise DataError(f"{where}: {error.sentence()}") from None
        set_defaults(row, record)
    if name == "auditTrail":
        return
    record["_info"] = {"lastUpdated": store.clock.text(), "updatedBy": store.member} | {
        key: value for key, value in given_info.items() if key in {"lastUpdated", "updatedBy"}
    }


def set_parent(store: Store, name: str, record: Record, where: str) -> None:
    """The parent, in any of its natural spellings."""
    if name not in PARENT_SPELLINGS:
        return
    collection, link, spellings = PARENT_SPELLINGS[name]
    given = next((record[key] for key in spellings if record.get(key) is not None), None)
    reference = given if isinstance(given, dict) else {"id": given} if isinstance(given, int) else {"name": given}
    found = find_referred(store, collection, reference, lambda _: True) if given is not None else None
    if found is None:
        raise DataError(f"{where}: its {collection} record is missing or not named ({given!r}); set {link!r}")
    for key in spellings:
        if key != link:
            record.pop(key, None)
    record[link] = found["id"] if link.endswith("Id") else make_reference(collection, found)


def complete_field(store: Store, field: Field, record: Record, where: str) -> None:
    """One field: its type, and the whole reference for half a one."""
    value = record.get(field.name)
    if value is None:
        return
    if field.kind == "ref" and isinstance(value, str | int):
        value = {"id": value} if isinstance(value, int) else {"name": value}
    try:
        record[field.name] = field.coerce(value, keep_newlines=True)
    except CastError as error:
        raise DataError(f"{where}: {field.name}: {error}") from None
    if field.kind == "ref" and field.target is not None:
        record[field.name] = complete_reference(store, field.target, value, record, f"{where}: {field.name}")
    elif field.kind == "list" and field.target is not None:
        given = [{"id": v} if isinstance(v, int) else {"name": v} if isinstance(v, str) else v for v in value]
        found = [complete_reference(store, field.target, v, record, f"{where}: {field.name}") for v in given]
        record[field.name] = found if field.name == "types" else [reference["id"] for reference in found]


def complete_reference(store: Store, target: str, reference: Record, record: Record, where: str) -> Record:
    """The whole reference; a named entry that does not exist yet is made, one with a bare id is an error."""
    company = dig(record, "company/id")
    scoped = target == "sites" and company is not None
    found = find_referred(store, target, reference, lambda r: not scoped or site_company(r) == company)
    if found is None:
        name = reference.get("identifier") or reference.get("name")
        if not name or target in {"contacts", "sites"}:
            raise DataError(f"{where}: there is no record {reference} in {target}")
        title = BY_COLLECTION[target].title if target in BY_COLLECTION else "name"
        found = {"identifier": name} if target in {"companies", "catalog", "members"} else {}
        found |= {title: reference.get("name") or name} | ({"id": reference["id"]} if reference.get("id") else {})
        insert(store, target, [found])
        complete(store, target, found)
    return make_reference(target, found)


def site_company(site: Record) -> Any:
    """The company of a site, also before the site is completed."""
    return dig(site, "company/id") or site.get("companyId")


def prefill(store: Store, name: str, record: Record) -> None:
    """Defaults that are needed before references are completed, and what the API requires of setup records."""
    record |= {key: copy.deepcopy(value) for key, value in REQUIRED.get(name, {}).items() if record.get(key) is None}
    if name == "companies":
        record.setdefault("identifier", str(record.get("name") or f"company{record['id']}").replace(" ", ""))
        record.setdefault("name", record["identifier"])
        record.setdefault("status", {"name": "Active"})
    if name == "agreements":
        record.setdefault("billingCycle", {"name": "Monthly"})
        record.setdefault("type", {"id": store.rows("agreementTypes")[0]["id"]})
        record.setdefault("startDate", stamp(parse_time(f"{store.clock.now().year}-01-01")))
    if name == "contacts":
        prefill_items(store, record)
    if name == "catalog":
        record.setdefault("identifier", str(record.get("description") or f"PRODUCT-{record['id']}"))
        record.setdefault("description", record["identifier"])
        record.setdefault("customerDescription", record["description"])
        record.setdefault("productClass", "Service")
        record.setdefault("subcategory", {"id": 1, "name": "General"})
        record.setdefault("type", {"id": 1, "name": "Service"})
    if name == "tickets":
        record.setdefault("board", {"id": store.rows("boards")[0]["id"]})
    if name == "boards" and record.get("statuses"):
        record["statuses"] = [complete_status(store, status) for status in record["statuses"]]


def complete_status(store: Store, status: Any) -> Record:
    """A status of a board: an object, or just its name."""
    named = {"name": status} if isinstance(status, str) else status
    if not isinstance(named, dict) or not named.get("name"):
        raise DataError(f"boards: a status needs a name, not {status!r}")
    if named.get("id") is not None:
        store.keep_id("serviceStatuses", int(named["id"]))
    return {"id": store.new_id("serviceStatuses"), **named}


def prefill_items(store: Store, record: Record) -> None:
    """Contact items may name their type by id or name, or only say their kind; a first item is the default."""
    seen: set[Any] = set()
    items = record.get("communicationItems") or []
    defaults = {item.get("communicationType") for item in items if item.get("defaultFlag")}
    for item in items:
        found = item_type(store, item)
        item["type"] = {"id": found["id"]}
        item.setdefault("communicationType", contact_rules.item_kind(found, None))
        kind = item["communicationType"]
        if kind not in seen and kind not in defaults:
            item.setdefault("defaultFlag", True)
        seen.add(kind)
        if isinstance(item.get("id"), int):
            store.keep_id("communicationItems", item["id"])


def item_type(store: Store, item: Record) -> Record:
    """The communication type an item means."""
    kind = item.get("type")
    kind = {"id": kind} if isinstance(kind, int) else {"name": kind} if isinstance(kind, str) else kind
    if isinstance(kind, dict):
        found = find_referred(store, "communicationTypes", kind, lambda _: True)
        if found is None:
            raise DataError(f"contacts: there is no communication type {kind}")
        return found
    guess = "Email" if "@" in str(item.get("value")) else "Phone"
    flag = contact_rules.KINDS[item.get("communicationType") or guess]
    fitting = [t for t in store.rows("communicationTypes") if t.get(flag)]
    if not fitting:
        raise DataError(f"contacts: no communication type has {flag}")
    return next((t for t in fitting if t.get("defaultFlag")), fitting[0])


def derive(store: Store, row: Resource, record: Record) -> None:
    """What the PSA works out by itself for this kind of record."""
    if row.collection == "contacts":
        derive_contact(store, record)
    if row.collection == "agreements":
        company = store.get("companies", dig(record, "company/id")) or {}
        record.setdefault("contact", company.get("defaultContact"))
        agreement_rules.finish_agreement(store, record, None)
    if row.collection == "documents":
        documents.from_data(store, record)
    if row.collection == "tickets":
        ticket_rules.finish_ticket(store, record, None)
    if row.collection == "ticketNotes":
        ticket_rules.finish_note(store, record, None)
    if row.collection == "agreementSites":
        record.setdefault("company", dig(store.get("agreements", record["agreementId"]), "company"))
    if row.collection == "additions":
        agreement = store.get("agreements", record["agreementId"]) or {}
        record.setdefault("effectiveDate", agreement.get("startDate"))
        record.setdefault("billCustomer", "Billable")
        agreement_rules.complete_addition(store, record, None)
    if row.collection == "callbacks":
        derive_callback(store, record)
    if "customFields" in row.fields:
        define_custom_fields(store, row, record)
        finish_custom_fields(store, row, record, None, sent=True)


def derive_callback(store: Store, record: Record) -> None:
    """A callback entry needs what the API requires of one; the rest is filled in as at registration (api.md 6.1)."""
    missing = [f.name for f in BY_COLLECTION["callbacks"].fields.values() if f.required and record.get(f.name) is None]
    if missing:
        raise DataError(f"callbacks {record['id']}: {', '.join(missing)} missing")
    callback_rules.complete_callback(store, record)


def derive_contact(store: Store, record: Record) -> None:
    """Items, types, and the default contact of the company, which either side may name."""
    set_defaults(BY_COLLECTION["contacts"], record)
    known = [{"id": item["id"], "defaultFlag": True} for item in record.get("communicationItems") or [] if "id" in item]
    record["communicationItems"] = contact_rules.finish_items(store, record.get("communicationItems") or [], known)
    record["types"] = contact_rules.finish_types(store, record)
    contact_rules.set_mobile_guid(record)
    contact_rules.set_default_phone(store, record)
    company = store.get("companies", dig(record, "company/id"))
    if dig(company, "defaultContact/id") == record["id"]:
        record["defaultFlag"] = True
    if record["defaultFlag"]:
        contact_rules.set_default_contact(store, dig(company, "id"), record)


def define_custom_fields(store: Store, row: Resource, record: Record) -> None:
    """Custom fields that the data uses without defining them become definitions."""
    for element in record.get("customFields") or []:
        same = [d for d in store.rows("userDefinedFields") if d["id"] == element.get("id")]
        if not same and element.get("caption"):
            definition = {"caption": element["caption"], "pod": f"{row.name}_overview"}
            definition |= {"id": element["id"]} if element.get("id") else {}
            insert(store, "userDefinedFields", [definition])
            complete(store, "userDefinedFields", definition)
            element["id"] = definition["id"]


def set_defaults(row: Resource, record: Record) -> None:
    """Every field with a default gets it where the data says nothing."""
    for field in row.fields.values():
        if record.get(field.name) is None and field.default is not None:
            record[field.name] = field.default
