"""Writing records: sent JSON becomes a checked, completed, stored record, or an ``ApiError`` and no change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from connector.sandbox import agreement_rules, callback_rules, company_rules, contact_rules, ticket_rules
from connector.sandbox.custom_fields import finish_custom_fields
from connector.sandbox.errors import ApiError, field_error, invalid_field, invalid_object
from connector.sandbox.patch import apply_patch, passed_over
from connector.sandbox.resources import BY_COLLECTION, Resource
from connector.sandbox.schema import CastError, Field
from connector.sandbox.store import (
    Record,
    Store,
    dig,
    display_name,
    find_referred,
    make_reference,
    referrers,
    rename_references,
)

Rule = Callable[[Store, Record, Record | None], None]
FINISH: dict[str, Rule] = {
    "companies": company_rules.finish_company,
    "contacts": contact_rules.finish_contact,
    "contactTypeAssociations": contact_rules.finish_association,
    "agreements": agreement_rules.finish_agreement,
    "additions": agreement_rules.finish_addition,
    "callbacks": callback_rules.finish_callback,
    "tickets": ticket_rules.finish_ticket,
    "ticketNotes": ticket_rules.finish_note,
}
# A new line takes these from its product before any default.
PRODUCT_FIRST = {("additions", name) for name in ("unitPrice", "unitCost", "taxableFlag")}
NAMED_SETUP = {"departments", "relationships"}
"""Setup tables that get an entry by being named, where the switch says so (api.md 4.3)."""
STORED: dict[str, Rule] = {
    "contacts": contact_rules.contact_stored,
    "companies": contact_rules.company_stored,
    "contactTypeAssociations": contact_rules.association_stored,
    "agreements": agreement_rules.agreement_stored,
    "callbacks": callback_rules.callback_stored,
    "tickets": ticket_rules.ticket_stored,
}


def create(store: Store, row: Resource, body: Any, parent_id: int | None) -> Record:
    """POST: a new record with defaults for what was not sent (api.md 4.3)."""
    record = read_body(store, row, body, creating=True)
    record["id"] = store.new_id(row.collection)
    link_parent(store, row, record, parent_id)
    set_defaults(row, record)
    finish(store, row, record, None, set(record))
    return record


def replace(store: Store, row: Resource, old: Record, body: Any) -> Record:
    """PUT: what is left out goes to its default; custom fields, types and server-made values stay (api.md 4.2)."""
    record = read_body(store, row, body, creating=False)
    kept = {name for name, field in row.fields.items() if field.computed or name in {"customFields", "types"}}
    kept |= row.hidden
    record = {name: old[name] for name in kept if name in old} | record | {"id": old["id"]}
    link_parent(store, row, record, dig(old, row.owner[1]) if row.owner else None)
    set_defaults(row, record)
    finish(store, row, record, old, set(record))
    return record


def update(store: Store, row: Resource, old: Record, operations: Any) -> Record:
    """PATCH: the operations on a copy, then the whole record is checked (api.md 4.1)."""
    record = copy.deepcopy(old)
    touched = apply_patch(row, record, operations, store.switches)
    finish(store, row, record, old, touched)
    return record


def delete(store: Store, row: Resource, record: Record, transfer_id: str | None) -> None:
    """DELETE: 409 when others refer to the record, unless a contact's references are transferred (api.md 4.3).

    A company is only marked as deleted and stays listable (4.9).
    """
    if row.collection == "contacts" and transfer_id is not None:
        transfer(store, record, transfer_id)
    users = list(referrers(store, row.collection, record["id"]))
    if users and store.switches["delete_in_use"] == "refuse":
        user, held, _ = users[0]
        message = f"{row.label} {record['id']} is in use by {user.label} {held['id']}"
        raise ApiError(409, "Conflict", message)
    if row.collection == "companies":
        record |= {"deletedFlag": True, "dateDeleted": store.clock.text(), "deletedBy": store.member}
    else:
        store.remove(row.collection, record["id"])
    store.happened(row.collection, "deleted", record)
    store.audit(row, record["id"], "Deleted", f"{row.label} {display_name(row.collection, record)} deleted")
    if row.collection == "contactTypeAssociations":
        contact_rules.association_stored(store, record, None)


def transfer(store: Store, record: Record, transfer_id: str) -> None:
    """Point everything that refers to a contact at another one, and give that one its documents."""
    other = store.get("contacts", transfer_id)
    if other is None:
        raise invalid_field("contact", "transferContactId", f"Contact {transfer_id} not found", "NotFound")
    for row, holder, name in list(referrers(store, "contacts", record["id"])):
        holder[name] = make_reference("contacts", other)
        if (row.collection, name) == ("companies", "defaultContact"):
            contact_rules.set_default_contact(store, holder["id"], other)
    for document in store.rows("documents"):
        if (document["recordType"], document["recordId"]) == ("Contact", record["id"]):
            document["recordId"] = other["id"]


def read_body(store: Store, row: Resource, body: Any, *, creating: bool) -> Record:
    """The known, writable fields of a sent object in their own types; unknown names are passed over."""
    if not isinstance(body, dict):
        raise invalid_field(row.name, row.name, f"The {row.name} object is required.", "MissingRequiredField")
    record: Record = {}
    for name, value in body.items():
        field = row.fields.get(name)
        if field is None or passed_over(row, field, store.switches, creating=creating):
            continue
        try:
            record[name] = field.coerce(value, keep_newlines=store.switches["keep_newlines"])
        except CastError as error:
            raise invalid_field(row.name, name, str(error)) from None
    return record


def link_parent(store: Store, row: Resource, record: Record, parent_id: int | None) -> None:
    """Write the parent of a child record, as its id or as a reference."""
    if row.parent is None or parent_id is None:
        return
    collection, path = row.parent
    name, _, leaf = path.partition("/")
    record[name] = make_reference(collection, store.tables[collection][parent_id]) if leaf else parent_id


def set_defaults(row: Resource, record: Record) -> None:
    """Give every field with a default its default where nothing was sent."""
    for field in row.fields.values():
        from_product = (row.collection, field.name) in PRODUCT_FIRST
        if field.default is not None and record.get(field.name) is None and not from_product:
            record[field.name] = field.default


def finish(store: Store, row: Resource, record: Record, old: Record | None, touched: set[str]) -> None:
    """Resolve references, apply the rules of the collection, check, store and log."""
    resolve_references(store, row, record, touched)
    if "customFields" in row.fields:
        finish_custom_fields(store, row, record, old, "customFields" in touched)
    validate(row, record)
    if row.collection in FINISH:
        FINISH[row.collection](store, record, old)
    create_named(store, row, record, touched)
    store.save(row.collection, record)
    if row.collection in STORED:
        STORED[row.collection](store, record, old)
    if old is not None and make_reference(row.collection, old) != make_reference(row.collection, record):
        rename_references(store, row.collection, record)
    names = ", ".join(sorted(name for name in touched if old is None or old.get(name) != record.get(name)))
    store.happened(row.collection, "added" if old is None else "updated", record, old)
    action = "Created" if old is None else "Updated"
    store.audit(row, record["id"], action, f"{row.label} {display_name(row.collection, record)} {action}: {names}")


def resolve_references(store: Store, row: Resource, record: Record, touched: set[str]) -> None:
    """Complete the references just written; one that means nothing is refused (api.md 4.1, 5.2)."""
    for name in touched:
        field, value = row.fields.get(name), record.get(name)
        if field is None or value is None:
            continue
        if field.kind == "ref":
            record[name] = resolve(store, row, field, value, record)
        elif field.kind == "list" and field.target is not None and row.collection != "contacts":
            record[name] = [resolve_element(store, row, field, item, record) for item in value]


def resolve_element(store: Store, row: Resource, field: Field, item: Any, record: Record) -> Record:
    """The complete reference for an element of a list; an element that is none, or means nothing, is refused."""
    found = resolve(store, row, field, item, record) if isinstance(item, dict) else None
    if found is None:
        raise invalid_field(row.name, field.name, f"The {field.name}/id field is required.", "MissingRequiredField")
    return found


def resolve(store: Store, row: Resource, field: Field, reference: Record, record: Record) -> Record | None:
    """The complete reference for a sent one; collections that are not simulated keep what was sent."""
    if field.target is None:
        return reference
    if not any(reference.get(key) for key in ("id", "identifier", "name", "summary")):
        return None
    company = dig(record, "company/id")
    same_company = field.target == "sites" and company is not None
    found = find_referred(store, field.target, reference, lambda r: not same_company or dig(r, "company/id") == company)
    if found is None:
        label = BY_COLLECTION[field.target].label if field.target in BY_COLLECTION else field.name
        key = next(key for key in ("id", "identifier", "name", "summary") if reference.get(key))
        if key == "name" and field.target in NAMED_SETUP and store.switches["named_setup"] == "create":
            validate(BY_COLLECTION[field.target], {"name": reference["name"]})
            return {"name": reference["name"]}
        raise invalid_field(row.name, f"{field.name}/{key}", f"{label} {reference[key]} not found", "NotFound")
    return make_reference(field.target, found)


def create_named(store: Store, row: Resource, record: Record, touched: set[str]) -> None:
    """Make the departments and relationships that ``resolve`` let pass by their new names, now that nothing can refuse
    the record any more."""
    for name in touched:
        field, value = row.fields.get(name), record.get(name)
        if field is not None and field.target in NAMED_SETUP and isinstance(value, dict) and "id" not in value:
            made = create(store, BY_COLLECTION[field.target], value, None)
            record[name] = make_reference(field.target, made)


def validate(row: Resource, record: Record) -> None:
    """Check the WHOLE record, also what was not touched (api.md 4.1); raises ``ApiError`` with every fault."""
    errors = [fault for field in row.fields.values() if (fault := check_field(row, field, record.get(field.name)))]
    if errors:
        raise invalid_object(row.name, errors)


def check_field(row: Resource, field: Field, value: Any) -> dict[str, str] | None:
    """The fault of one stored value, or ``None``; sentences as in api.md 5.2."""
    if value is None or value == "":
        message = f"The {field.name} field is required."
        return field_error("MissingRequiredField", message, row.name, field.name) if field.required else None
    if field.length is not None and len(str(value)) > field.length:
        message = f"The field {field.name} must be a string with a maximum length of {field.length}."
        return field_error("MaxLengthField", message, row.name, field.name)
    if field.low is not None and field.high is not None and not field.low <= value <= field.high:
        message = f"The field {field.name} must be between {field.low} and {field.high}."
        return field_error("OutOfRange", message, row.name, field.name)
    if field.choices and value not in field.choices:
        return field_error("InvalidField", "Enum value supplied was invalid", row.name, field.name)
    return None
