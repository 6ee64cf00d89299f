"""What was found where something said over HTTP differs from the document, and the entries that allow it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

UNKNOWN = "unknown"
MISSING = "missing"

_A = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """A difference that a fact allows. ``where`` is a schema or an operation of the document, ``name`` the field,
    parameter or header, ``what`` is :data:`UNKNOWN`, :data:`MISSING`, the type that stands there (``a string``) or the
    rule that is broken. ``fact`` names a section of api.md and the source it gives."""

    where: str
    name: str
    what: str
    fact: str

    def __str__(self) -> str:
        return _words(self.where, self.name, self.what)


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: the three words of an entry, where in the request or answer (``part``, and ``at`` as the steps
    into its JSON), and what is wrong in a sentence."""

    where: str
    name: str
    what: str
    part: str
    message: str
    at: tuple[str | int, ...] = ()

    def allowed_by(self, entry: Deviation) -> bool:
        """Whether an entry is about this."""
        return (self.where, self.name, self.what) == (entry.where, entry.name, entry.what)

    def added_by(self, names: frozenset[str]) -> bool:
        """Whether this is one of ``names`` in a record itself, which the document does not know."""
        in_record = len(self.at) == 1 or (len(self.at) == 2 and isinstance(self.at[0], int))
        return self.what == UNKNOWN and in_record and self.at[-1] in names

    def __str__(self) -> str:
        at = "".join(f"/{step}" for step in self.at)
        return f"{self.part}{' at ' + at if at else ''}: {self.message} [{_words(self.where, self.name, self.what)}]"


def differences(validator: Draft202012Validator, value: Any, operation: str, part: str) -> list[Finding]:
    """Every way in which a JSON value breaks its schema."""
    if validator.is_valid(value):
        return []
    return [finding for error in validator.iter_errors(value) for finding in _findings(error, operation, part)]


def _findings(error: ValidationError, operation: str, part: str) -> Iterator[Finding]:
    path = list(error.schema_path)
    named = path[:2] == ["components", "schemas"]
    where, rule = (str(path[2]), path[3:]) if named else (operation, path)
    at = tuple(error.instance_path)
    kind: Any = error.kind
    if kind.name == "additionalProperties":
        for name in kind.unexpected:
            yield Finding(where, name, UNKNOWN, part, f"{where} has no name {name}", (*at, name))
    elif kind.name == "required":
        yield Finding(where, kind.property, MISSING, part, f"{where} requires {kind.property}", at)
    else:
        properties = [str(rule[n + 1]) for n, step in enumerate(rule[:-1]) if step == "properties"]
        what = _A[type(error.instance)] if kind.name == "type" else kind.name
        yield Finding(where, properties[-1] if properties else "", what, part, error.message, at)


def _words(*words: str) -> str:
    return ", ".join(word for word in words if word)
