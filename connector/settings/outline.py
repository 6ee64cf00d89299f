"""The shape of the config files as JSON Schema, for editors, and for naming the nearest key and the expected type."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from connector.settings.lines import KeyPath
from connector.settings.model import ClientFile, ConnectorFile

FileKind = Literal["connector", "client"]
_MODELS: dict[FileKind, type[BaseModel]] = {"connector": ConnectorFile, "client": ClientFile}


class _TomlSchema(GenerateJsonSchema):
    """Pydantic's schema in the words of TOML: decimals are numbers, there is no null, the key is the title, and the
    defaults of a table are those of its keys."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        limits: dict[str, Any] = {key: schema[key] for key in ("ge", "gt", "le", "lt") if key in schema}
        return self.float_schema(core_schema.float_schema(**limits))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Decimal):
            return _number(dft)
        return None if is_dataclass(dft) or isinstance(dft, BaseModel) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of both kinds of config file: ``#/$defs/connector`` and ``#/$defs/client``."""
    _, made = models_json_schema([(model, "validation") for model in _MODELS.values()], schema_generator=_TomlSchema)
    defs = made["$defs"]
    renamed = {kind: defs.pop(model.__name__) | {"title": kind} for kind, model in _MODELS.items()}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of the connector",
        "description": "connector.toml is #/$defs/connector, each file in clients/ is #/$defs/client.",
        "anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in _MODELS],
        "$defs": renamed | dict(sorted(defs.items())),
    }
    tidied: dict[str, Any] = _tidied(whole)
    return tidied


def _tidied(node: Any) -> Any:
    """Without empty defaults, with descriptions in one line of plain text and whole limits as whole numbers."""
    if isinstance(node, dict):
        kept = {key: _tidied(value) for key, value in node.items() if not (key == "default" and value is None)}
        if isinstance(kept.get("description"), str):
            kept["description"] = " ".join(kept["description"].replace("``", "").split())
        return kept
    if isinstance(node, list | tuple):
        return [_tidied(value) for value in node]
    return _number(node) if isinstance(node, float | Decimal) else node


def _number(value: float | Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def nodes(kind: FileKind, path: KeyPath) -> list[dict[str, Any]]:
    """The schemas that may stand at a path; none when the path is unknown, several for a table of more than one
    kind."""
    found = list(_choices({"$ref": f"#/$defs/{kind}"}))
    for part in path:
        inner = [below for node in found if (below := _below(node, part)) is not None]
        found = [choice for node in inner for choice in _choices(node)]
    return found


def known_keys(kind: FileKind, path: KeyPath) -> list[str]:
    """The keys of the table at a path."""
    return list(dict.fromkeys(key for node in nodes(kind, path) for key in node.get("properties", {})))


def tables(kind: FileKind) -> Iterator[KeyPath]:
    """The paths of all tables of a file; a list of tables stands with the index 0."""
    pending: list[KeyPath] = [()]
    while pending:
        path = pending.pop(0)
        keys = known_keys(kind, path)
        if keys:
            yield path
            pending += [(*path, key) for key in keys]
        elif any("items" in node for node in nodes(kind, path)):
            pending.append((*path, 0))


def _below(node: dict[str, Any], part: str | int) -> dict[str, Any] | None:
    """The schema of an entry of a list, of a key, or of any key of a table whose keys are the client's own."""
    if isinstance(part, int):
        return node.get("items")
    others = node.get("additionalProperties")
    known: dict[str, Any] | None = node.get("properties", {}).get(part)
    return known if known is not None or not isinstance(others, dict) else others


def _choices(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The node without references and alternatives."""
    if "$ref" in node:
        yield from _choices(_definitions()[node["$ref"].removeprefix("#/$defs/")])
    elif "oneOf" in node or ("anyOf" in node and "type" not in node):
        for choice in node.get("oneOf") or node["anyOf"]:
            yield from _choices(choice)
    else:
        yield node


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    definitions: dict[str, dict[str, Any]] = schema()["$defs"]
    return definitions
