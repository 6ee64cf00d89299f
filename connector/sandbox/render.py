"""Stored records as the PSA answers them: nulls left out, ``_info`` with links, fields trimmed (api.md 3.3, 4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connector.sandbox.errors import ApiError
from connector.sandbox.names import answer_path
from connector.sandbox.resources import BY_COLLECTION, COMMUNICATIONS, Resource
from connector.sandbox.tokens import ConditionError

Record = dict[str, Any]
LEFT_OUT_WHEN_EMPTY = {"communicationItems"}


def render(row: Resource, record: Record, base: str, parent_id: int | None = None) -> Record:
    """One record as answered. ``base`` ends in ``apis/3.0/``; links therefore carry a double slash (api.md 4.3)."""
    answer: Record = {"id": record["id"]} if "id" not in row.hidden else {}
    for name, value in record.items():
        field = row.fields.get(name)
        if value is None or name in row.hidden or name == "_info" or (field is not None and field.write_only):
            continue
        if not value and name in LEFT_OUT_WHEN_EMPTY:
            continue
        if isinstance(value, dict):
            answer[name] = render_reference(name, value, field.target if field else None, base)
        elif isinstance(value, list):
            answer[name] = [render_element(name, item, base) for item in value]
        else:
            answer[name] = value
    if "_info" not in row.hidden:
        own = own_path(row, record, parent_id)
        words = (link.partition("=") for link in row.links)
        targets = ((name, path.format(id=record.get("id")) or f"{own}/{name}") for name, _, path in words)
        links = {f"{name}_href": f"{base}/{path}" for name, path in targets}
        answer["_info"] = {**record.get("_info", {}), **links}
    return answer


def own_path(row: Resource, record: Record, parent_id: int | None) -> str:
    """The path of a record below the API's base."""
    return f"{row.path.replace('{parent}', str(parent_id))}/{record.get('id')}"


def render_reference(name: str, reference: Record, target: str | None, base: str) -> Record:
    """A reference with its link, where the collection is one of ours."""
    answer = {key: value for key, value in reference.items() if value is not None and key != "_info"}
    owner = BY_COLLECTION.get(target or "")
    if owner is not None and owner.parent is None and "id" in answer:
        answer["_info"] = {f"{name}_href": f"{base}/{owner.path}/{answer['id']}"}
    return answer


def render_element(name: str, item: Any, base: str) -> Any:
    """An element of a list in a record: a communication item, a type, a custom field, or a plain value."""
    if not isinstance(item, dict):
        return item
    if name == "types":
        return render_reference("type", item, "contactTypes", base)
    # An empty custom field is answered all the same (api.md 4.6).
    empty = {"value"} if name == "customFields" else set()
    answer = {key: value for key, value in item.items() if value is not None or key in empty}
    if name == "communicationItems" and isinstance(answer.get("type"), dict):
        answer["type"] = render_reference("type", answer["type"], COMMUNICATIONS.fields["type"].target, base)
    return answer


def check_field_names(text: str, row: Resource, extra: Iterable[str]) -> list[tuple[str, ...]]:
    """The ``fields`` parameter as key paths; 400 for an unknown name (api.md 3.3)."""
    try:
        return [answer_path(part.strip(), row, extra) for part in text.split(",")]
    except ConditionError as error:
        raise ApiError(400, "InvalidObject", f"fields object is invalid: {error}") from None


def trim(answer: Record, paths: Iterable[tuple[str, ...]]) -> Record:
    """Only the named fields of an answer; ``_info`` only when named."""
    kept: Record = {}
    for path in paths:
        if path[0] in answer:
            merge(kept, path, answer[path[0]])
    return kept


def merge(kept: Record, path: tuple[str, ...], value: Any) -> None:
    """Put the part of ``value`` at the rest of ``path`` into ``kept``."""
    head, rest = path[0], path[1:]
    if not rest:
        kept[head] = value
    elif isinstance(value, dict):
        if rest[0] in value:
            merge(kept.setdefault(head, {}), rest, value[rest[0]])
    elif isinstance(value, list):
        into = kept.setdefault(head, [{} for _ in value])
        for target, item in zip(into, value, strict=True):
            if isinstance(item, dict) and rest[0] in item:
                merge(target, rest, item[rest[0]])
