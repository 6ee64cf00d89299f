"""PATCH: the operations a client sends, applied to a copy of the record (api.md 4.1, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.errors import invalid_field, invalid_patch
from connector.sandbox.resources import CHILD_ARRAYS, CUSTOM_FIELD, Resource
from connector.sandbox.schema import CastError, Field

Record = dict[str, Any]
NOT_REMOVABLE = {"ignoreDuplicates"}


def apply_patch(row: Resource, record: Record, operations: Any, switches: Mapping[str, Any]) -> set[str]:
    """Apply ``[{op, path, value}, …]`` to ``record`` in place and return the top-level names that were written.

    Paths may begin with a slash and are case-sensitive; what the server works out itself, and sub-paths of a
    reference, are accepted and ignored. Raises ``ApiError`` 400 InvalidPatch.
    """
    if not isinstance(operations, list):
        raise invalid_patch("The patch document must be an array of operations.")
    touched: set[str] = set()
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise invalid_patch("Each operation needs op, path and value.")
        name = apply_operation(row, record, operation, switches)
        touched |= {name} if name else set()
    return touched


def apply_operation(row: Resource, record: Record, operation: Record, switches: Mapping[str, Any]) -> str:
    """Apply one operation; returns the name written, or an empty text when nothing was."""
    verb = str(operation.get("op", "")).lower()
    if verb not in {"add", "replace", "remove"}:
        raise invalid_patch(f"Invalid JsonPatch operation '{operation.get('op')}'.")
    path: str = operation["path"]
    name, *deeper = path.removeprefix("/").split("/")
    field = row.fields.get(name) or (Field(name, "any") if name in record and name != "_info" else None)
    if name == "_info":
        return ""
    if field is None:
        raise invalid_patch(f"The target location specified by path segment '{name}' was not found.")
    if field.computed or frozen_list(row, field, switches):
        return ""
    value = None if verb == "remove" else operation.get("value")
    if not deeper:
        set_field(field, record, verb, value, keep_newlines=switches["keep_newlines"])
    elif field.kind == "list":
        record[name] = change_list(field, record.get(name) or [], verb, deeper, value)
    elif field.kind == "ref":
        return set_subpath(record, field, deeper, value, switches)
    else:
        raise invalid_patch(f"The target location specified by path segment '{deeper[0]}' was not found.")
    return name


def frozen_list(row: Resource, field: Field, switches: Mapping[str, Any]) -> bool:
    """Whether a patch of a contact's types is to be passed over; ``typeIds`` is for creation only (api.md 4.2, 4.5)."""
    if field.name == "typeIds":
        raise invalid_field(row.name, "typeIds", "typeIds can only be used when creating")
    if row.collection != "contacts" or field.name != "types":
        return False
    if switches["patch_types"] == "refuse":
        raise invalid_patch("types cannot be changed with a patch.")
    return bool(switches["patch_types"] == "ignore")


def set_field(field: Field, record: Record, verb: str, value: Any, *, keep_newlines: bool) -> None:
    """Write or clear a whole field."""
    if verb == "remove" and field.name in NOT_REMOVABLE:
        raise invalid_patch(f"The property at path '{field.name}' could not be removed.")
    try:
        coerced = field.coerce(value, keep_newlines=keep_newlines)
    except CastError as error:
        raise invalid_patch(str(error)) from None
    record[field.name] = [] if coerced is None and field.kind == "list" else coerced


def set_subpath(record: Record, field: Field, deeper: list[str], value: Any, switches: Mapping[str, Any]) -> str:
    """A sub-path of a reference answers 200 and does nothing, or sets the reference, by switch (api.md 4.1)."""
    if switches["reference_subpath"] == "ignore":
        return ""
    record[field.name] = {deeper[0]: value}
    return field.name


def change_list(field: Field, items: list[Any], verb: str, deeper: list[str], value: Any) -> list[Any]:
    """Change one element, or one value of it, in a list (api.md 4.4); returns the new list."""
    index = len(items) if deeper[0] == "-" else int(deeper[0]) if deeper[0].isdecimal() else -1
    last = len(items) if verb == "add" and len(deeper) == 1 else len(items) - 1
    if not 0 <= index <= last:
        raise invalid_patch(f"The index value provided by path segment '{deeper[0]}' is out of bounds.")
    if len(deeper) == 1:
        return change_element(field, items, verb, index, value)
    known = CUSTOM_FIELD if field.name == "customFields" else CHILD_ARRAYS.get(field.name, {})
    if deeper[1] not in known:
        raise invalid_patch(f"The target location specified by path segment '{deeper[1]}' was not found.")
    if len(deeper) > 2:
        return items
    changed = {**element_at(items, index), deeper[1]: value}
    if deeper[1] == "type":
        changed.pop("communicationType", None)
    return [*items[:index], changed, *items[index + 1 :]]


def change_element(field: Field, items: list[Any], verb: str, index: int, value: Any) -> list[Any]:
    """Add, replace or remove a whole element. An add before the end is appended and loses its defaultFlag."""
    if verb == "remove":
        return [*items[:index], *items[index + 1 :]]
    if field.target is None and not isinstance(value, dict):
        raise invalid_patch(f"Could not cast or convert the element at '{field.name}/{index}'.")
    if verb == "replace":
        before = element_at(items, index)
        kept = {key: before[key] for key in before.keys() & {"id"}} | value if isinstance(value, dict) else value
        return [*items[:index], kept, *items[index + 1 :]]
    if index < len(items) and isinstance(value, dict):
        value = {**value, "defaultFlag": False}
    return [*items, value]


def element_at(items: list[Any], index: int) -> Record:
    """An element as a record; what the same patch put there need not be one, nor have an id."""
    return items[index] if isinstance(items[index], dict) else {}
