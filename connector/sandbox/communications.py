"""Communication items as a sub-resource of their contact (api.md 4.4)."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from connector.sandbox import records
from connector.sandbox.errors import invalid_field, record_not_found
from connector.sandbox.patch import apply_patch
from connector.sandbox.resources import BY_COLLECTION, COMMUNICATIONS
from connector.sandbox.store import Record, Store

CONTACTS = BY_COLLECTION["contacts"]


def rows(contact: Record) -> list[Record]:
    """The items of a contact as records of their own."""
    return [
        {**item, "contactId": contact["id"], "mobileGuid": mobile_guid(item), "_info": contact["_info"]}
        for item in contact.get("communicationItems") or []
    ]


def mobile_guid(item: Record) -> str:
    """Every item has one, shown only here; the sandbox makes it from the id."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"communication {item['id']}"))


def find(contact: Record, item_id: str | None) -> Record:
    """One item; 404 without."""
    for item in rows(contact):
        if str(item["id"]) == item_id:
            return item
    raise record_not_found(COMMUNICATIONS.label, item_id)


def add(store: Store, contact: Record, body: Any) -> Record:
    """POST: a new item at the end; type and value are required."""
    new = {key: value for key, value in read_item(body).items() if key != "id"}
    saved = save(store, contact, [*contact["communicationItems"], new])
    return rows(saved)[-1]


def read_item(body: Any) -> Record:
    """The item in a body; raises ``ApiError`` for anything but an object."""
    if not isinstance(body, dict):
        message = "The contactCommunication object is required."
        raise invalid_field("contactCommunication", "contactCommunication", message, "MissingRequiredField")
    return body


def change(store: Store, contact: Record, item: Record, body: Any, *, whole: bool) -> Record:
    """PATCH with operations, or PUT of a whole item."""
    changed = read_item(body) | {"id": item["id"]} if whole else copy.deepcopy(item)
    if not whole:
        touched = apply_patch(COMMUNICATIONS, changed, body, store.switches)
        if "type" in touched:
            changed.pop("communicationType", None)
    items = [changed if kept["id"] == item["id"] else kept for kept in contact["communicationItems"]]
    return find(save(store, contact, items), str(item["id"]))


def remove(store: Store, contact: Record, item: Record) -> None:
    """DELETE."""
    save(store, contact, [kept for kept in contact["communicationItems"] if kept["id"] != item["id"]])


def save(store: Store, contact: Record, items: list[Record]) -> Record:
    """Write the contact with these items through the contact's own rules."""
    changed = copy.deepcopy(contact)
    changed["communicationItems"] = items
    records.finish(store, CONTACTS, changed, contact, {"communicationItems", "customFields"})
    return changed
