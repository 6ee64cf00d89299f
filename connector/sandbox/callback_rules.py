"""What the PSA checks and completes when a callback entry is registered (api.md 5.2, 6.1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from connector.sandbox.errors import field_error, invalid_field, invalid_object
from connector.sandbox.store import Record, Store, find_referred

LEVELS: Mapping[str, frozenset[str]] = {
    kind: frozenset(levels.split())
    for kind, levels in {
        "company": "owner status type territory company integratortag",
        "contact": "owner type territory company contact",
        "agreement": "owner type company agreement",
        "ticket": "owner board project phase status ticket integratortag",
        "activity": "owner status type company activity",
        "configuration": "owner type status configuration",
        "productcatalog": "owner",
        "invoice": "owner status company invoice",
        "member": "owner location securityrole member",
        # Their other levels are not in api.md.
        "expense": "owner",
        "opportunity": "owner",
        "project": "owner",
        "purchaseorder": "owner",
        "schedule": "owner",
        "time": "owner",
    }.items()
}
"""The levels that each type of callback may have, in the lower case in which the PSA echoes both (api.md 6.1)."""
SITE_LEVELS = frozenset({"owner", "company"})
NAME = "callbackEntry"
UNKNOWN_LEVEL = "Unrecognized level for type, see documentation for supported levels for each type"
UNKNOWN_TYPE = "Unrecognized type, see documentation for supported types"


def finish_callback(store: Store, record: Record, _old: Record | None) -> None:
    """Complete and check an entry before it is stored; raises ``ApiError`` with every fault (api.md 5.2)."""
    complete_callback(store, record)
    errors = [] if is_url(record["url"]) else [field_error("InvalidField", "Invalid URL", NAME, "url")]
    levels = levels_of(store, record["type"])
    if levels is None:
        errors.append(field_error("InvalidObject", UNKNOWN_TYPE, NAME, "type"))
    elif record["level"] not in levels:
        errors.append(field_error("InvalidObject", UNKNOWN_LEVEL, NAME, "level"))
    if errors:
        raise invalid_object(NAME, errors)
    check_duplicate(store, record)


def callback_stored(store: Store, record: Record, old: Record | None) -> None:
    """After an entry is stored: one that was turned on again has not failed yet (api.md 6.4)."""
    if old is not None and old.get("inactiveFlag") and not record.get("inactiveFlag"):
        store.failing_since.pop(record["id"], None)


def complete_callback(store: Store, record: Record) -> None:
    """Lower case, the owner's object id, version, the member who made it, a GUID."""
    record["type"], record["level"] = record["type"].lower(), record["level"].lower()
    if record["level"] == "owner" and record["objectId"] == 0:
        record["objectId"] = 1
    if record.get("payloadVersion") is None:
        record["payloadVersion"] = "3.0.0"
    if record.get("memberId") is None:
        record["memberId"] = member_id(store, store.member)
    if record.get("connectWiseID") is None:
        record["connectWiseID"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"callback {record['id']}"))


def member_id(store: Store, identifier: str) -> int | None:
    """The id of the member with an identifier."""
    member = find_referred(store, "members", {"identifier": identifier}, lambda _: True)
    return int(member["id"]) if member is not None else None


def levels_of(store: Store, kind: str) -> frozenset[str] | None:
    """The levels of a type, ``None`` for a type that does not exist; ``site`` exists by switch."""
    if kind == "site" and store.switches["callback_site_type"] == "accept":
        return SITE_LEVELS
    return LEVELS.get(kind)


def is_url(text: str) -> bool:
    """Whether something can be sent to this address: http or https, a host, a possible port, no gaps."""
    try:
        parts = urlsplit(text)
        possible = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return possible and text.isprintable() and " " not in text


def check_duplicate(store: Store, record: Record) -> None:
    """Refuse a second entry for the same thing; whether the URL counts is a switch."""
    names = ["type", "level", "objectId"] + ["url"] * (store.switches["callback_duplicates"] == "with_url")
    for other in store.rows("callbacks"):
        if other["id"] != record["id"] and all(other[name] == record[name] for name in names):
            raise invalid_field(NAME, "objectId", "A matching callback entry already exists", "ObjectExists")
