"""PATCH: the operations a client sends, applied to a copy of the record (api.md 4.1, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connector.sandbox.errors import invalid_field, invalid_patch
from connector.sandbox.resources import CHILD_ARRAYS, CUSTOM_FIELD, Resource
from connector.sandbox.schema import CastError, Field, fail

Record = dict[str, Any]
NOT_REMOVABLE = {"ignoreDuplicates"}
OBJECT_LISTS = {"communicationItems", "customFields"}
"""Lists of objects with ids of their own."""


def apply_patch(row: Resource, record: Record, operations: Any, switches: Mapping[str, Any]) -> set[str]:
    """Apply ``[{op, path, value}, …]`` to ``record`` in place, one after the other, and return the top-level names that
    were written.

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
    verb = str(operation.get("op") or "").lower()
    if verb not in {"add", "replace", "remove"}:
        raise invalid_patch(f"Invalid JsonPatch operation '{verb}'.")
    path: str = operation["path"]
    name, *deeper = path.removeprefix("/").split("/")
    field = row.fields.get(name) or (Field(name, "any") if name in record and name != "_info" else None)
    if name == "_info" or (field is None and switches["unknown_path"] == "ignore"):
        return ""
    if field is None:
        raise invalid_patch(f"The target location specified by path segment '{name}' was not found.")
    if passed_over(row, field, switches, creating=False):
        return ""
    value = None if verb == "remove" else operation.get("value")
    if not deeper:
        set_field(field, record, verb, value, keep_newlines=switches["keep_newlines"])
    elif field.kind == "list":
        record[name] = change_list(field, record.get(name) or [], verb, deeper, value, switches)
    elif field.kind != "ref":
        raise invalid_patch(f"The target location specified by path segment '{deeper[0]}' was not found.")
    elif switches["reference_subpath"] == "ignore":
        return ""
    else:
        record[name] = {deeper[0]: value}
    return name


def passed_over(row: Resource, field: Field, switches: Mapping[str, Any], *, creating: bool) -> bool:
    """Whether what was sent for a field is ignored: what the server works out (api.md 4.8), and a contact's types,
    which change through associations (4.5). Raises ``ApiError`` for what can only be used when creating (4.2), and
    where the switches refuse what is otherwise ignored."""
    if field.computed:
        if row.collection == "additions" and field.name != "id" and switches["computed_fields"] == "refuse":
            raise invalid_field(row.name, field.name, f"{field.name} cannot be written")
        return True
    if creating:
        return False
    if field.create_only:
        raise invalid_field(row.name, field.name, f"{field.name} can only be used when creating")
    if row.collection != "contacts" or field.name != "types":
        return False
    if switches["patch_types"] == "refuse":
        raise invalid_field(row.name, "types", "types can only be changed through type associations")
    return bool(switches["patch_types"] == "ignore")


def set_field(field: Field, record: Record, verb: str, value: Any, *, keep_newlines: bool) -> None:
    """Write or clear a whole field."""
    if verb == "remove" and field.name in NOT_REMOVABLE:
        raise invalid_patch(f"The property at path '{field.name}' could not be removed.")
    try:
        coerced = field.coerce(value, keep_newlines=keep_newlines)
    except CastError as error:
        raise invalid_patch(str(error)) from None
    record[field.name] = field.cleared if coerced is None else coerced


def change_list(
    field: Field, items: list[Any], verb: str, deeper: list[str], value: Any, switches: Mapping[str, Any]
) -> list[Any]:
    """Change one element, or one value of it, in a list (api.md 4.4); returns the new list."""
    index = len(items) if deeper[0] == "-" else int(deeper[0]) if deeper[0].isdecimal() else -1
    last = len(items) if verb == "add" and len(deeper) == 1 else len(items) - 1
    if not 0 <= index <= last:
        raise invalid_patch(f"The index value provided by path segment '{deeper[0]}' is out of bounds.")
    if len(deeper) == 1:
        return change_element(field, items, verb, index, value)
    known = CUSTOM_FIELD if field.name == "customFields" else CHILD_ARRAYS.get(field.name, {})
    name, *rest = deeper[1:]
    if name not in known or (rest and known[name].kind != "ref"):
        raise invalid_patch(f"The target location specified by path segment '{[name, *rest][-1]}' was not found.")
    if not isinstance(items[index], dict):
        raise invalid_patch(str(fail(replace(field, kind="element"), items[index])))
    if rest and switches["reference_subpath"] == "ignore":
        return items
    changed = {**items[index], name: {rest[0]: value} if rest else value}
    if name == "type":
        changed.pop("communicationType", None)
    return [*items[:index], changed, *items[index + 1 :]]


def change_element(field: Field, items: list[Any], verb: str, index: int, value: Any) -> list[Any]:
    """Add, replace or remove a whole element. An add before the end is appended and loses its defaultFlag."""
    if verb == "remove":
        return [*items[:index], *items[index + 1 :]]
    if field.name in OBJECT_LISTS and not isinstance(value, dict):
        raise invalid_patch(str(fail(replace(field, kind="element"), value)))
    if verb == "replace":
        kept = {**kept_id(items[index]), **value} if field.name in OBJECT_LISTS else value
        return [*items[:index], kept, *items[index + 1 :]]
    if index < len(items) and isinstance(value, dict):
        value = {**value, "defaultFlag": False}
    return [*items, value]


def kept_id(element: Any) -> Record:
    """The id that an element keeps when another takes its place; one added by the same patch has none yet."""
    return {"id": element["id"]} if isinstance(element, dict) and "id" in element else {}
