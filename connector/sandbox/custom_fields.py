"""Custom fields: every defined one is on every record; writes are merged by id (api.md 4.6)."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from connector.sandbox.errors import ApiError, invalid_field
from connector.sandbox.resources import Resource
from connector.sandbox.store import Record, Store

# Words in a definition's pod or screen that say which record it belongs to; the first that fits wins.
POD_WORDS = (
    ("addition", "additions"),
    ("adjustment", "adjustments"),
    ("agreement", "agreements"),
    ("contact", "contacts"),
    ("site", "sites"),
    ("compan", "companies"),
    ("product", "catalog"),
    ("catalog", "catalog"),
    ("ticket", "tickets"),
    ("service", "tickets"),
)


def belongs_to(definition: Record) -> str:
    """The collection a definition is for, told by its pod and screen; contacts when they say nothing."""
    text = " ".join(str(definition.get(k, "")) for k in ("pod", "podDescription", "screenDescription", "screenId"))
    return next((collection for word, collection in POD_WORDS if word in text.lower()), "contacts")


def finish_custom_fields(store: Store, row: Resource, record: Record, old: Record | None, sent: bool) -> None:
    """Rebuild ``customFields`` from the definitions, the old values and what was sent."""
    definitions = [d for d in store.rows("userDefinedFields") if belongs_to(d) == row.collection]
    mode = store.switches["custom_fields"]
    if mode == "strict" and definitions and old is not None and not sent:
        raise ApiError(400, "InvalidPatch", "customFields must be part of the patch.")
    given = values_by_id(row, record.get("customFields") or [], {d["id"] for d in definitions})
    before = {element["id"]: element.get("value") for element in (old or {}).get("customFields") or []}
    kept = before if mode != "replace" or not sent else {}
    if not definitions:
        record.pop("customFields", None)
        return
    values, rows = kept | given, Counter[str]()
    record["customFields"] = []
    for definition in definitions:
        pod = definition.get("pod") or f"{row.name}_overview"
        rows[pod] += 1
        record["customFields"].append(element(definition, pod, rows[pod], values))


def values_by_id(row: Resource, elements: list[Any], known: set[int]) -> dict[int, Any]:
    """The sent values; an element without a known id is refused."""
    values: dict[int, Any] = {}
    for sent in elements:
        identity = sent.get("id") if isinstance(sent, dict) else None
        field_id = int(str(identity)) if str(identity).isdecimal() else -1
        if field_id not in known:
            raise invalid_field(row.name, "customFields/id", f"Custom Field {identity} not found", "NotFound")
        values[field_id] = None if sent.get("value") == "" else sent.get("value")
    return values


def element(definition: Record, pod: str, number: int, values: dict[int, Any]) -> Record:
    """One custom field of a record as the PSA answers it; ``number`` counts within the pod."""
    return {
        "id": definition["id"],
        "caption": definition.get("caption"),
        "type": definition.get("fieldTypeIdentifier") or "Text",
        "entryMethod": definition.get("entryTypeIdentifier") or "EntryField",
        "numberOfDecimals": definition.get("numberDecimals") or 0,
        "value": values.get(definition["id"], definition.get("defaultValue")),
        "connectWiseId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"custom field {definition['id']}")),
        "rowNum": number,
        "userDefinedFieldRecId": definition["id"],
        "podId": pod,
    }
