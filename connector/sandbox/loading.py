"""The data file becomes a tenant: missing ids, parents, references and defaults are filled in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from connector.sandbox import agreement_rules, contact_rules
from connector.sandbox.custom_fields import finish_custom_fields
from connector.sandbox.resources import BY_COLLECTION, Resource
from connector.sandbox.schema import CastError, Field, parse_time, stamp
from connector.sandbox.store import Record, Store, dig, find_referred, make_reference
from connector.sandbox.switches import merge_switches

# What a new instance has in its setup tables; ids differ per real instance (api.md 4.4), so nobody may rely on them.
SETUP: Mapping[str, list[Record]] = {
    "communicationTypes": [
        {"description": "Email", "emailFlag": True, "defaultFlag": True},
        {"description": "Direct", "phoneFlag": True, "defaultFlag": True},
        {"description": "Mobile", "phoneFlag": True},
        {"description": "Fax", "faxFlag": True, "defaultFlag": True},
    ],
    "contactTypes": [
        {"description": "End User", "defaultFlag": True},
        {"description": "VIP"},
        {"description": "Approver"},
        {"description": "Finance"},
    ],
    "companyStatuses": [
        {"name": "Active", "defaultFlag": True},
        {"name": "Inactive", "inactiveFlag": True},
    ],
    "companyTypes": [{"name": "Customer", "defaultFlag": True}],
    "agreementTypes": [{"name": "Managed Services", "defaultFlag": True}, {"name": "User Based Agreement"}],
    "billingCycles": [{"name": "Monthly"}, {"name": "Quarterly"}, {"name": "Annually"}],
    "boards": [{"name": "Service Desk"}],
}
# Setup tables that get an entry when the data names one they lack, and the order in which records are completed.
ORDER = (
    "communicationTypes",
    "contactTypes",
    "companyStatuses",
    "companyTypes",
    "agreementTypes",
    "billingCycles",
    "boards",
    "members",
    "departments",
    "relationships",
    "userDefinedFields",
    "catalog",
    "companies",
    "sites",
    "contactTypeAssociations",
    "contacts",
    "agreements",
    "additions",
    "adjustments",
    "agreementSites",
    "tickets",
    "invoices",
    "auditTrail",
)
PARENT_SPELLINGS = {
    "sites": ("companies", "company", ("company", "companyId", "company_id", "parentId")),
    "additions": ("agreements", "agreementId", ("agreementId", "agreement", "agreement_id", "parentId")),
    "adjustments": ("agreements", "agreementId", ("agreementId", "agreement", "agreement_id", "parentId")),
    "agreementSites": ("agreements", "agreementId", ("agreementId", "agreement", "agreement_id", "parentId")),
}


class DataError(ValueError):
    """The data cannot be a tenant; the message names the record and what is wrong with it."""


def load(data: Mapping[str, Any] | None) -> Store:
    """Build a tenant from data in the shape of the contract (every key optional); raises ``DataError``."""
    data = copy.deepcopy(dict(data or {}))
    store = Store()
    read_head(store, data)
    for name in ORDER:
        given = data.pop(name, None) or SETUP.get(name, [])
        if not isinstance(given, list) or not all(isinstance(record, dict) for record in given):
            raise DataError(f"{name} must be a list of records")
        insert(store, name, given)
    if data:
        raise DataError(f"unknown names in the data: {', '.join(sorted(data))}; known: {', '.join(ORDER)}")
    for name in ORDER:
        for record in store.rows(name):
            complete(store, name, record)
        if name == "sites":
            add_main_sites(store)
        if name == "contactTypeAssociations":
            add_associated_types(store)
    associate_types(store)
    for name, table in store.tables.items():
        known = BY_COLLECTION[name].fields.keys() if name in BY_COLLECTION else set()
        store.data_names[name] = frozenset(key for record in table.values() for key in record) - known - {"_info"}
    return store


def add_main_sites(store: Store) -> None:
    """Every company has at least one site; one without gets "Main"."""
    with_site = {dig(site, "company/id") for site in store.rows("sites")}
    for company in store.rows("companies"):
        if company["id"] not in with_site:
            site = {"name": "Main", "company": {"id": company["id"]}, "primaryAddressFlag": True}
            insert(store, "sites", [site])
            complete(store, "sites", site)


def add_associated_types(store: Store) -> None:
    """Types that the data gives as associations are types of the contact as well."""
    for association in store.rows("contactTypeAssociations"):
        contact = store.tables["contacts"][association["contact"]["id"]]
        contact["types"] = [*(contact.get("types") or []), dict(association["type"])]


def associate_types(store: Store) -> None:
    """Types of a contact that the data gives without an association get one."""
    held = {(dig(a, "contact/id"), dig(a, "type/id")) for a in store.rows("contactTypeAssociations")}
    for contact in store.rows("contacts"):
        for reference in contact["types"]:
            if (contact["id"], reference["id"]) not in held:
                contact_rules.associate(store, contact, reference)


def read_head(store: Store, data: Record) -> None:
    """Company, codebase, keys, clientId, clock and switches."""
    store.company = str(data.pop("company", store.company))
    store.company_name = str(data.pop("companyName", store.company))
    store.codebase = str(data.pop("codebase", store.codebase)).strip("/") + "/"
    store.keys |= data.pop("keys", None) or {}
    store.client_id = data.pop("client_id", data.pop("clientId", None))
    try:
        store.switches = merge_switches(store.switches, data.pop("switches", None) or {})
        clock = data.pop("clock", None)
        store.clock.control({"now": clock} if isinstance(clock, str) else clock or {})
    except (ValueError, AttributeError) as error:
        raise DataError(f"clock or switches: {error}") from None
    if not data.get("members"):
        data["members"] = [{"identifier": store.member, "firstName": "API", "lastName": "Member"}]


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
        derive(store, row, record)
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
        if key != "agreementId":
            record.pop(key, None)
    record[link] = found["id"] if link == "agreementId" else make_reference(collection, found)


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
    """Defaults that are needed before references are completed."""
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
        record.setdefault("status", {"id": 1, "name": "New"})


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
    if row.collection == "additions":
        agreement = store.get("agreements", record["agreementId"]) or {}
        record.setdefault("effectiveDate", agreement.get("startDate"))
        record.setdefault("billCustomer", "Billable")
        agreement_rules.complete_addition(store, record, None)
    if "customFields" in row.fields:
        define_custom_fields(store, row, record)
        finish_custom_fields(store, row, record, None, sent=True)


def derive_contact(store: Store, record: Record) -> None:
    """Items, types, and the default contact of the company, which either side may name."""
    set_defaults(BY_COLLECTION["contacts"], record)
    known = [{"id": item["id"], "defaultFlag": True} for item in record.get("communicationItems") or [] if "id" in item]
    record["communicationItems"] = contact_rules.finish_items(store, record.get("communicationItems") or [], known)
    record["types"] = contact_rules.finish_types(store, record)
    contact_rules.set_mobile_guid(record)
    contact_rules.set_default_phone(record)
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
            definition = {"caption": element["caption"], "pod": f"{row.name}_overview", "podId": 1}
            definition |= {"id": element["id"]} if element.get("id") else {}
            insert(store, "userDefinedFields", [definition])
            element["id"] = definition["id"]


def set_defaults(row: Resource, record: Record) -> None:
    """Every field with a default gets it where the data says nothing."""
    for field in row.fields.values():
        if record.get(field.name) is None and field.default is not None:
            record[field.name] = field.default
