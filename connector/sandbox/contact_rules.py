"""What the PSA does to a contact when it is written: items, kinds, types, the company's default contact."""

from __future__ import annotations

import uuid
from typing import Any

from connector.sandbox.errors import ApiError, field_error, invalid_field, invalid_object
from connector.sandbox.resources import COMMUNICATIONS
from connector.sandbox.schema import CastError
from connector.sandbox.store import Record, Store, dig, find_referred, full_name, make_reference

KINDS = {"Email": "emailFlag", "Phone": "phoneFlag", "Fax": "faxFlag"}


def finish_contact(store: Store, record: Record, old: Record | None) -> None:
    """Complete and check a contact before it is stored; raises ``ApiError`` (api.md 4.3, 4.4)."""
    before = (old or {}).get("communicationItems") or []
    record["communicationItems"] = finish_items(store, record.get("communicationItems") or [], before)
    check_lengths(record["communicationItems"])
    record["types"] = finish_types(store, record)
    set_mobile_guid(record)
    set_default_phone(store, record)
    check_site(store, record, old)
    check_leaving(store, record, old)
    check_duplicate(store, record, old)


def finish_items(store: Store, items: list[Any], before: list[Record]) -> list[Record]:
    """Complete the communication items: ids, types, kinds, domains, one default per kind."""
    known = {item["id"]: item for item in before}
    free = {str(item_id): item_id for item_id in known}
    finished = [finish_item(store, item, free) for item in items]
    if store.switches["items_per_type"] == "one":
        types = [item["type"]["id"] for item in finished]
        if len(types) != len(set(types)):
            raise invalid_field("contact", "communicationItems", "A communication item of this type already exists.")
    for kind in KINDS:
        settle_default([item for item in finished if item["communicationType"] == kind], known, store)
    return finished


def settle_default(items: list[Record], known: dict[Any, Record], store: Store) -> None:
    """Leave one default in a kind: the one that was newly made default wins (api.md 4.4)."""
    defaults = [item for item in items if item["defaultFlag"]]
    fresh = [item for item in defaults if not known.get(item["id"], {}).get("defaultFlag")]
    if not defaults and items and store.switches["promote_default_item"]:
        items[0]["defaultFlag"] = True
    for item in defaults:
        item["defaultFlag"] = item is (fresh or defaults)[-1]


def finish_item(store: Store, item: Any, free: dict[str, Any]) -> Record:
    """Complete one item; without a type id it is refused (api.md 4.4). ``free`` are the ids that items of this contact
    may keep, by their text; each is taken once."""
    if not isinstance(item, dict):
        raise invalid_field("contact", "communicationItems", "A communication item must be an object.")
    kind = item.get("type")
    found = store.get("communicationTypes", dig(kind, "id"))
    if found is None:
        raise item_type_error(kind)
    finished = coerce_item(item, keep_newlines=store.switches["keep_newlines"])
    finished["type"] = make_reference("communicationTypes", found)
    finished["communicationType"] = item_kind(found, finished.get("communicationType"))
    finished["defaultFlag"] = bool(finished.get("defaultFlag"))
    finished["id"] = free.pop(str(item.get("id")), None) or store.new_id("communicationItems")
    if finished["communicationType"] == "Email" and "@" in finished["value"]:
        finished["domain"] = "@" + finished["value"].rpartition("@")[2]
    return finished


def item_type_error(kind: Any) -> ApiError:
    """The refusal of an item whose type is missing or unknown."""
    if isinstance(kind, dict) and kind.get("id") is not None:
        message = f"Communication Type {kind['id']} not found"
        return invalid_field("contact", "communicationItems/type/id", message, "NotFound")
    message = "The type/id field is required."
    return invalid_field("contact", "communicationItems/type/id", message, "MissingRequiredField")


def coerce_item(given: Record, *, keep_newlines: bool) -> Record:
    """The item's plain values in their own types; a value is required."""
    finished: Record = {}
    for name, field in COMMUNICATIONS.fields.items():
        if field.kind == "ref" or field.computed:
            continue
        try:
            value = field.coerce(given.get(name), keep_newlines=keep_newlines)
        except CastError as error:
            raise ApiError(400, "InvalidPatch", str(error)) from None
        if field.required and value is None:
            message = f"The {name} field is required."
            raise invalid_field("contactCommunication", name, message, "MissingRequiredField")
        if value is not None:
            finished[name] = value
    return finished


def check_lengths(items: list[Record]) -> None:
    """Refuse items with a text that is too long, also those that were not touched (api.md 4.1)."""
    limits = {name: field.length for name, field in COMMUNICATIONS.fields.items() if field.length is not None}
    errors = [
        field_error(
            "MaxLengthField",
            f"The field {name} must be a string with a maximum length of {length}.",
            "contactCommunication",
            name,
        )
        for item in items
        for name, length in limits.items()
        if len(item.get(name, "")) > length
    ]
    if errors:
        raise invalid_object("contactCommunication", errors)


def item_kind(found: Record, wanted: str | None) -> str:
    """Email, Phone or Fax: as sent when the type's flag fits, else the first flag of the type."""
    fitting = [kind for kind, flag in KINDS.items() if found.get(flag)]
    if wanted is not None and wanted not in fitting:
        message = f"Communication Type {found['id']} is not of kind {wanted}"
        raise invalid_field("contact", "communicationItems/communicationType", message)
    return wanted or (fitting or ["Phone"])[0]


def finish_types(store: Store, record: Record) -> list[Record]:
    """The contact's types from ``typeIds`` (at creation) or ``types``."""
    sent = [{"id": type_id} for type_id in record.pop("typeIds", None) or []] or record.get("types") or []
    types: dict[int, Record] = {}
    for reference in sent:
        found = find_referred(store, "contactTypes", reference, lambda _: True) if isinstance(reference, dict) else None
        if found is None:
            message = f"Contact Type {dig(reference, 'id')} not found"
            raise invalid_field("contact", "types/id", message, "NotFound")
        types[found["id"]] = make_reference("contactTypes", found)
    return list(types.values())


def set_default_phone(store: Store, record: Record) -> None:
    """The read-only copy of the default phone, or the site's where the switch says so (api.md 4.3)."""
    phones = (i for i in record["communicationItems"] if i["communicationType"] == "Phone" and i["defaultFlag"])
    phone: Record = next(phones, {})
    record["defaultPhoneType"] = dig(phone, "type/name")
    record["defaultPhoneNbr"] = phone.get("value")
    record["defaultPhoneExtension"] = phone.get("extension")
    site = site_of(store, record)
    if not phone and store.switches["default_phone"] == "site" and site.get("phoneNumber"):
        record["defaultPhoneType"] = "Site"
        record["defaultPhoneNbr"] = site["phoneNumber"]
        record["defaultPhoneExtension"] = site.get("phoneNumberExt")


def site_of(store: Store, contact: Record) -> Record:
    """A contact's site, or else the main one of its company."""
    company = dig(contact, "company/id")
    main = (s for s in store.rows("sites") if dig(s, "company/id") == company and s.get("primaryAddressFlag"))
    return store.get("sites", dig(contact, "site/id")) or next(main, {})


def set_mobile_guid(record: Record) -> None:
    """Every contact has one; the sandbox makes it from the id."""
    record.setdefault("mobileGuid", str(uuid.uuid5(uuid.NAMESPACE_OID, f"contact {record['id']}")))


def check_site(store: Store, record: Record, old: Record | None) -> None:
    """A site that was just set must be one of the contact's company."""
    site_id = dig(record, "site/id")
    if site_id is None or site_id == dig(old, "site/id"):
        return
    if dig(store.get("sites", site_id), "company/id") != dig(record, "company/id"):
        message = f"Site {site_id} not found for Company {dig(record, 'company/id')}"
        raise invalid_field("contact", "site/id", message, "NotFound")


def check_leaving(store: Store, record: Record, old: Record | None) -> None:
    """Refuse to inactivate a default contact or one with open tickets, where the switches say so."""
    if old is None or old.get("inactiveFlag") or not record.get("inactiveFlag"):
        return
    if store.switches["inactivate_default_contact"] == "refuse" and record.get("defaultFlag"):
        raise invalid_field("contact", "inactiveFlag", "The default contact of a company cannot be inactive.")
    if store.switches["inactivate_with_tickets"] == "refuse":
        tickets = store.rows("tickets")
        if any(dig(t, "contact/id") == record["id"] and not t.get("closedFlag") for t in tickets):
            raise invalid_field("contact", "inactiveFlag", "The contact has open tickets.")


def check_duplicate(store: Store, record: Record, old: Record | None) -> None:
    """Refuse a second contact of one name in one company, where the switch says so."""
    if old is not None or record.get("ignoreDuplicates") or store.switches["contact_duplicates"] == "accept":
        return
    key = (dig(record, "company/id"), full_name(record).casefold())
    if any((dig(r, "company/id"), full_name(r).casefold()) == key for r in store.rows("contacts")):
        raise invalid_field("contact", "firstName", "A contact with this name already exists.", "ObjectExists")


def contact_stored(store: Store, record: Record, old: Record | None) -> None:
    """After a contact is stored: its type associations and its company's default contact follow."""
    held, wanted = type_ids(old), type_ids(record)
    for association in store.rows("contactTypeAssociations") if held - wanted else ():
        if dig(association, "contact/id") == record["id"] and dig(association, "type/id") not in wanted:
            store.remove("contactTypeAssociations", association["id"])
    for reference in record["types"]:
        if reference["id"] not in held:
            associate(store, record, reference)
    was = bool((old or {}).get("defaultFlag"))
    if bool(record.get("defaultFlag")) != was:
        set_default_contact(store, dig(record, "company/id"), record if record["defaultFlag"] else None)


def type_ids(contact: Record | None) -> set[int]:
    """The ids of a contact's types."""
    return {reference["id"] for reference in (contact or {}).get("types") or []}


def associate(store: Store, contact: Record, reference: Record) -> None:
    """Record that a contact has a type."""
    association = {"id": store.new_id("contactTypeAssociations"), "type": dict(reference)}
    store.save("contactTypeAssociations", association | {"contact": make_reference("contacts", contact)})


def set_default_contact(store: Store, company_id: Any, contact: Record | None) -> None:
    """Make the company and the flags of its contacts agree on who the default contact is."""
    company = store.get("companies", company_id)
    if company is None:
        return
    company["defaultContact"] = make_reference("contacts", contact) if contact else None
    for other in store.rows("contacts"):
        if dig(other, "company/id") == company["id"]:
            other["defaultFlag"] = contact is not None and other["id"] == contact["id"]


def company_stored(store: Store, record: Record, old: Record | None) -> None:
    """After a company is stored: the flag of its default contact follows."""
    if dig(record, "defaultContact/id") != dig(old, "defaultContact/id"):
        set_default_contact(store, record["id"], store.get("contacts", dig(record, "defaultContact/id")))


def association_stored(store: Store, record: Record, old: Record | None) -> None:
    """After a type association is stored or gone: the ``types`` of its contact follow, old and new (api.md 4.5)."""
    for contact_id in {dig(record, "contact/id"), dig(old or record, "contact/id")}:
        contact = store.get("contacts", contact_id)
        if contact is not None:
            retype(store, contact)


def retype(store: Store, contact: Record) -> None:
    """Give a contact the types of its associations."""
    rows = [a for a in store.rows("contactTypeAssociations") if dig(a, "contact/id") == contact["id"]]
    before = {**contact}
    contact["types"] = [dict(a["type"]) for a in rows]
    store.save("contacts", contact)
    store.happened("contacts", "updated", contact, before)


def finish_association(store: Store, record: Record, _old: Record | None) -> None:
    """Refuse the same type twice on one contact."""
    for other in store.rows("contactTypeAssociations"):
        same = all(dig(other, key) == dig(record, key) for key in ("type/id", "contact/id"))
        if same and other["id"] != record["id"]:
            raise invalid_field("contactTypeAssociation", "type", "The contact already has this type.", "ObjectExists")
