"""The vendor's OpenAPI document: where it is, its operations, and its schemas made strict."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]

VARIABLE = "CONNECTOR_OPENAPI"
BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared" / "connectwise" / "openapi-subset.json"
WHOLE_NUMBERS = {"int32": 31, "int64": 63}


def document_path() -> Path:
    """Where the vendor's document is looked for: ``CONNECTOR_OPENAPI``, or beside the checkout."""
    return Path(os.environ.get(VARIABLE) or BESIDE_THE_CHECKOUT)


def why_missing() -> str:
    """Why nothing can be held against the document; empty when it is there."""
    path = document_path()
    return "" if path.is_file() else f"there is no OpenAPI document of the vendor at {path}; name yours in {VARIABLE}"


@dataclass(frozen=True)
class Parameter:
    """A query parameter or a header of an operation."""

    name: str
    place: str
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Content:
    """A body that the document describes: the media type, and the schema as the document has it."""

    media: str
    schema: Schema


@dataclass(frozen=True)
class Operation:
    """One method on one path, named as in ``GET /company/contacts/{id}``. ``answers`` holds each 2xx status with its
    body, ``None`` where there is none."""

    name: str
    route: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    body: Content | None
    answers: Mapping[int, Content | None]
    login: bool

    @property
    def is_list(self) -> bool:
        """Whether it reads a list."""
        content = self.answers.get(200)
        return content is not None and content.schema.get("type") == "array"

    def parameter(self, place: str, name: str) -> Parameter | None:
        """The parameter of a name; headers have it in any letter case."""
        same = str.lower if place == "header" else str
        return next((p for p in self.parameters if p.place == place and same(p.name) == same(name)), None)


class Document:
    """The operations of an OpenAPI 3.0 document, and validators for their bodies."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self.schemas: Mapping[str, Schema] = source.get("components", {}).get("schemas", {})
        self.operations = tuple(_operations(source))
        self._by_method: defaultdict[str, list[Operation]] = defaultdict(list)
        for one in self.operations:
            self._by_method[one.name.partition(" ")[0]].append(one)
        self._components = {needed: self._strict_schemas(needed) for needed in (True, False)}
        self._validators: dict[tuple[int, bool], Draft202012Validator] = {}

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document in a file."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def find(self, method: str, route: str) -> Operation | None:
        """The operation that a request means; ``route`` is the path below ``apis/3.0``. A slash at its end is the
        same path (api.md 12.8)."""
        path = route.rstrip("/")
        return next((one for one in self._by_method[method] if one.route.fullmatch(path)), None)

    def validator(self, schema: Schema, *, required: bool = True) -> Draft202012Validator:
        """What holds a value against a schema of this document; without ``required`` any name may be missing."""
        key = (id(schema), required)
        if key not in self._validators:
            root = strict(schema, required=required) | {"components": {"schemas": self._components[required]}}
            self._validators[key] = Draft202012Validator(root, validate_formats=True)
        return self._validators[key]

    def _strict_schemas(self, required: bool) -> dict[str, Schema]:
        return {name: strict(schema, required=required) for name, schema in self.schemas.items()}


def strict(schema: Schema, *, required: bool) -> Schema:
    """An OpenAPI 3.0 schema as JSON Schema: ``nullable`` and ``int32`` spelled out, objects with ``properties``
    closed, ``required`` left out on demand."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    changed = {key: value for key, value in schema.items() if key not in {"nullable", "required", "properties"}}
    if schema.get("nullable"):
        changed |= {"type": [schema["type"], "null"]}
        changed |= {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    if bits := WHOLE_NUMBERS.get(schema.get("format", "")):
        changed |= {"minimum": -(2**bits), "maximum": 2**bits - 1}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            changed[key] = strict(schema[key], required=required)
    if "properties" in schema:
        changed["properties"] = {name: strict(one, required=required) for name, one in schema["properties"].items()}
        changed.setdefault("additionalProperties", False)
    if required and "required" in schema:
        changed["required"] = schema["required"]
    return changed


def _operations(source: Mapping[str, Any]) -> list[Operation]:
    """Every operation; those with fewer names in braces first, since ``/contacts/types`` is no contact."""
    paths = sorted(source["paths"], key=lambda path: path.count("{"))
    methods = ("get", "post", "put", "patch", "delete")
    login = bool(source.get("security"))
    return [
        _operation(path, verb, source["paths"][path][verb], login)
        for path in paths
        for verb in methods
        if verb in source["paths"][path]
    ]


def _operation(path: str, verb: str, words: Mapping[str, Any], login: bool) -> Operation:
    parameters = words.get("parameters", [])
    whole = {p["name"] for p in parameters if p["in"] == "path" and p["schema"].get("type") == "integer"}
    return Operation(
        name=f"{verb.upper()} {path}",
        route=_route(path, whole),
        parameters=tuple(
            Parameter(p["name"], p["in"], bool(p.get("required")), p["schema"]) for p in parameters if p["in"] != "path"
        ),
        body=_content(words.get("requestBody", {})),
        answers={int(status): _content(answer) for status, answer in words["responses"].items() if status[0] == "2"},
        login=login,
    )


def _route(path: str, whole: set[str]) -> re.Pattern[str]:
    """A path of the document as a pattern; a name in braces is a whole number or any text."""
    parts = (
        (r"\d+" if part[1:-1] in whole else "[^/]+") if part.startswith("{") else re.escape(part)
        for part in path.rstrip("/").split("/")
    )
    return re.compile("/".join(parts))


def _content(words: Mapping[str, Any]) -> Content | None:
    """The body of a request or an answer; the version in a media type is the client's choice (api.md 2.3)."""
    for media, one in words.get("content", {}).items():
        return Content(media.partition(";")[0], one["schema"])
    return None
