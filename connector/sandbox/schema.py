"""What a field is: its kind and limits, and how a value sent by a client becomes a stored one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector.sandbox.vocabulary import ENUMS

WORD = re.compile(r"(\w+):(\w+)(?:\(([^)]*)\))?([!~^+]*)(?:=(\w+))?$")
# Field kinds as the vendor's deserialiser names them in "Could not cast or convert" messages (api.md 5.3).
CLR_NAMES = {"int": "System.Int32", "num": "System.Double", "flag": "System.Boolean", "date": "System.DateTime"}
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
CLR_ELEMENTS = {"communicationItems": "ContactCommunicationItem", "customFields": "CustomFieldValue"}
CLR_SOURCES = {
    str: "System.String",
    bool: "System.Boolean",
    int: "System.Int64",
    float: "System.Double",
    dict: "Newtonsoft.Json.Linq.JObject",
    list: "Newtonsoft.Json.Linq.JArray",
    type(None): "{null}",
}
UNKEPT_ESCAPES = str.maketrans({"\b": "", "\f": "", "\r": "", "\n": " "})


class CastError(ValueError):
    """A value cannot become the field's type; the message is the vendor's "Could not cast or convert" sentence."""


@dataclass(frozen=True)
class Field:
    """One field of a record. ``target`` is the collection that a reference or a list of references points into."""

    name: str
    kind: str
    length: int | None = None
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    target: str | None = None
    required: bool = False
    computed: bool = False
    write_only: bool = False
    create_only: bool = False
    default: Any = None

    @property
    def cleared(self) -> Any:
        """What stands in a field that was cleared: nothing, an empty list, or the default where a record cannot be
        without one. A number can (api.md 4.8: they are nullable)."""
        if self.kind == "list":
            return []
        return None if self.kind == "num" else self.default

    def coerce(self, value: Any, *, keep_newlines: bool = False) -> Any:
        """Turn a sent JSON value into the stored one; raises ``CastError``.

        Numbers may come as text and ``""`` clears (api.md 12.5), though not a reference or a list, for which text is
        no value (4.4). Line breaks in text become spaces unless kept (2.3).
        """
        if value is None or (value == "" and self.kind not in {"ref", "list"}):
            return None
        if self.kind in CASTS:
            return CASTS[self.kind](self, value)
        if self.kind in {"text", "enum"}:
            text = cast_text(self, value)
            text = next((choice for choice in self.choices if choice.casefold() == text.casefold()), text)
            return text if keep_newlines else text.translate(UNKEPT_ESCAPES)
        return value


def fail(field: Field, value: Any) -> CastError:
    """The vendor's sentence for a value of the wrong type."""
    name = CLR_ELEMENTS.get(field.name, field.name[:1].upper() + field.name[1:])
    ending = {"ref": "Reference", "list": "[]"}.get(field.kind, "")
    wanted = CLR_NAMES.get(field.kind, f"ConnectWise.Apis.v3_0.{name}{ending}")
    return CastError(f"Could not cast or convert from {CLR_SOURCES[type(value)]} to {wanted}.")


def cast_int(field: Field, value: Any) -> int:
    """A whole number, also when sent as text."""
    number = cast_num(field, value)
    if number != int(number):
        raise fail(field, value)
    return int(number)


def cast_num(field: Field, value: Any) -> float:
    """A finite double, also when sent as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or "_" in str(value):
        raise fail(field, value)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise fail(field, value) from None
    if not math.isfinite(number):
        raise fail(field, value)
    return number


def cast_flag(field: Field, value: Any) -> bool:
    """A boolean, also the words true and false."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise fail(field, value)
    return value


def cast_date(field: Field, value: Any) -> str:
    """A UTC time to whole seconds, ``yyyy-MM-ddTHH:mm:ssZ`` (api.md 2.3)."""
    if not isinstance(value, str):
        raise fail(field, value)
    try:
        return stamp(parse_time(value))
    except ValueError:
        raise fail(field, value) from None


def cast_text(field: Field, value: Any) -> str:
    """Text; a number is written out, a boolean or a structure is refused."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fail(field, value)
    return str(value)


def cast_reference(field: Field, value: Any) -> dict[str, Any]:
    """A reference is an object: ``{"id": 3}`` or ``{"identifier": "…"}`` (api.md 4.1)."""
    if not isinstance(value, dict):
        raise fail(field, value)
    return value


def cast_list(field: Field, value: Any) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise fail(field, value)
    return value


CASTS = {
    "int": cast_int,
    "num": cast_num,
    "flag": cast_flag,
    "date": cast_date,
    "ref": cast_reference,
    "list": cast_list,
}


def parse_time(text: str) -> datetime:
    """Read ``2026-05-04T08:10:11Z``, an offset form or a bare date as an aware UTC time; raises ``ValueError``."""
    if not TIME.fullmatch(text.strip()):
        raise ValueError(f"{text} is not a time")
    moment = datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text} is outside the calendar") from None


def stamp(moment: datetime) -> str:
    """Write a UTC time as the PSA does: whole seconds, ``Z`` (api.md 2.3)."""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def parse_fields(words: str) -> Mapping[str, Field]:
    """Read a vocabulary text into fields by name; ``id`` and ``_info`` are always there."""
    fields = [Field("id", "int", computed=True)]
    fields += [parse_word(word) for word in words.split()]
    return {field.name: field for field in fields}


def parse_word(word: str) -> Field:
    """Read one ``name:kind(argument)marks=default`` word; raises ``ValueError`` for anything else."""
    match = WORD.match(word)
    if match is None:
        raise ValueError(f"{word!r} is not a field of the vocabulary")
    name, kind, argument, marks, default = match.groups(default="")
    low, _, high = argument.partition("..") if kind == "int" else ("", "", "")
    choices = ENUMS.get(argument[1:], argument) if kind == "enum" else ""
    return Field(
        name=name,
        kind=kind,
        length=int(argument) if kind == "text" and argument else None,
        low=int(low) if low else None,
        high=int(high) if high else None,
        choices=tuple(choices.split("|")) if choices else (),
        target=(argument or None) if kind in {"ref", "list"} else None,
        required="!" in marks,
        computed="~" in marks,
        write_only="^" in marks,
        create_only="+" in marks,
        default=parse_default(kind, default),
    )


def parse_default(kind: str, text: str) -> Any:
    """The default of a field, in the field's own type."""
    if not text:
        return None
    readers: dict[str, Any] = {"flag": text == "true", "text": text, "enum": text}
    return readers[kind] if kind in readers else (int(text) if kind == "int" else float(text))
