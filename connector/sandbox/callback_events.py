"""From a change to the messages it causes: which entries want it, and what each of them is sent (api.md 6.1, 6.2)."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.callback_keys import key_url, sign, signing_key
from connector.sandbox.callback_rules import member_id
from connector.sandbox.render import render
from connector.sandbox.resources import BY_COLLECTION, resource
from connector.sandbox.store import Event, Record, Store, dig

TYPES: Mapping[str, str] = {
    "companies": "company",
    "contacts": "contact",
    "agreements": "agreement",
    "tickets": "ticket",
    "catalog": "productcatalog",
    "members": "member",
    "invoices": "invoice",
    "sites": "site",
}
"""The type of callback that a change in a collection fires; there is none for additions (api.md 6.1)."""
LEVEL_FIELDS = {"securityrole": "securityRole"}
INVOICES = resource("finance/invoices", "invoices", "Invoice", "company:ref(companies)")
"""Invoices have no path of their own here, but are sent like records that have."""
TAIL = re.compile(r"[?&][^?&=]+=$")


@dataclass(frozen=True)
class Message:
    """One change on its way to one entry: where to, the exact bytes, their signature, and what they are about."""

    entry: int
    message_id: str
    url: str
    type: str
    action: str
    record_id: int
    body: bytes
    signature: str


def messages(store: Store, origin: str) -> list[Message]:
    """Take the changes that were noted and say what is to be sent; ``origin`` is the sandbox's ``http://host:port``.

    The entries are those active now, each with every change of its type that its level covers, in the order of the
    changes.
    """
    events, store.events = store.events, []
    entries = [entry for entry in store.rows("callbacks") if not entry.get("inactiveFlag")] if events else []
    found = [told for event in events if (told := as_told(store, event)) is not None]
    return [message(store, entry, event, origin) for event in found for entry in entries if wants(store, entry, event)]


def as_told(store: Store, event: Event) -> Event | None:
    """The event as callbacks know it, ``None`` for a change they never tell. That a line's change is one of its
    agreement is a switch."""
    if event.collection == "additions" and store.switches["callback_additions"]:
        agreement = store.get("agreements", event.record["agreementId"])
        return Event("agreements", "updated", event.member, agreement) if agreement is not None else None
    return event if event.collection in TYPES else None


def wants(store: Store, entry: Record, event: Event) -> bool:
    """Whether an entry covers a change: by type, by level, and not when its own member did it and it leaves that out
    (``isSelfSuppressedFlag``, api.md 6.1)."""
    if entry["type"] != TYPES[event.collection]:
        return False
    if entry.get("isSelfSuppressedFlag") and entry["memberId"] == member_id(store, event.member):
        return False
    if entry["level"] == "owner":
        return True
    states = [event.record]
    if event.before is not None and store.switches["callback_moved_records"] == "both":
        states.append(event.before)
    return any(entry["objectId"] in ids_at_level(store, entry["type"], entry["level"], state) for state in states)


def ids_at_level(store: Store, kind: str, level: str, record: Record) -> set[Any]:
    """The ids of what a record belongs to at a level; the record itself at the level of its own name (api.md 6.1)."""
    if level == kind:
        return {record["id"]}
    if level == "type":
        return {dig(one, "id") for one in record.get("types") or [record.get("type")]}
    if level == "territory" and kind != "company":
        record = store.get("companies", dig(record, "company/id")) or {}
    return {dig(record, f"{LEVEL_FIELDS.get(level, level)}/id")}


def message(store: Store, entry: Record, event: Event, origin: str) -> Message:
    """What one entry is sent about one change; keys, compact JSON and signature as in api.md 6.2, 6.3, 12.3."""
    message_id, record_id = str(uuid.uuid4()), event.record["id"]
    told = entity(store, event, origin)
    content = {
        "MessageId": message_id,
        "FromUrl": re.sub(r":\d+$", "", origin.partition("//")[2]),
        "CompanyId": store.company,
        "MemberId": event.member,
        "Action": event.action,
        "Type": entry["type"],
        "ID": record_id,
        "ProductInstanceId": made_up_id(store, "product instance"),
        "PartnerId": made_up_id(store, "partner"),
        "Entity": compact(told) if told is not None else None,
        "Metadata": {"key_url": key_url(store, entry, origin)},
        "CallbackObjectRecId": entry["id"],
    }
    body = compact(content).encode("utf-8", "replace")
    url = called_url(entry["url"], record_id, event.action, store.switches["callback_url_tail"])
    return Message(
        entry=entry["id"],
        message_id=message_id,
        url=url,
        type=entry["type"],
        action=event.action,
        record_id=record_id,
        body=body,
        signature=sign(signing_key(entry), body),
    )


def compact(value: Any) -> str:
    """JSON without any blank."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def made_up_id(store: Store, what: str) -> str:
    """24 hexadecimal digits that stay the same for a tenant."""
    return hashlib.sha256(f"{what} {store.company}".encode()).hexdigest()[:24]


def entity(store: Store, event: Event, origin: str) -> Record | None:
    """The record as a message carries it, ``None`` for a deleted one (api.md 6.2).

    A contact comes without its communication items; an empty reference is an object with only a link. Links have the
    current codebase, and the double slash after it.
    """
    if event.action == "deleted":
        return None
    row = BY_COLLECTION.get(event.collection, INVOICES)
    base = f"{origin}/{store.codebase}/apis/3.0"
    shown = render(row, event.record, base, dig(event.record, "company/id"))
    shown.pop("communicationItems", None)
    for field in row.fields.values():
        target = BY_COLLECTION.get(field.target or "") if field.kind == "ref" else None
        if target is not None and target.parent is None and event.record.get(field.name) is None:
            shown[field.name] = {"_info": {f"{field.name}_href": f"{base}/{target.path}/"}}
    return shown


def called_url(url: str, record_id: int, action: str, without_tail: str) -> str:
    """The registered URL with id and action behind it: ``…?recordId=`` becomes ``…?recordId=8123&action=updated``.

    A URL that does not end so gets them glued on, or in a query of their own (``without_tail`` is ``glued`` or
    ``query``; api.md 6.2). They never become part of the host or port.
    """
    parts = urlsplit(url)
    head = f"{parts.scheme}://{parts.netloc}"
    rest = url[len(head) :]
    rest = rest if rest.startswith("/") else f"/{rest}"
    if without_tail == "query" and not TAIL.search(rest):
        rest += f"{'&' if '?' in rest else '?'}recordId="
    return f"{head}{rest}{record_id}&action={action}"
