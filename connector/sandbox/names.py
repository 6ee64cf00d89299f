"""Which names a client may write in conditions, orders and ``fields``, and where their values are (api.md 3.1 to 3.3).

Names are read in any letter case and become the exact keys of the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connector.sandbox.resources import CHILD_ARRAYS, CUSTOM_FIELD, Resource
from connector.sandbox.schema import Field
from connector.sandbox.tokens import ConditionError

Path = tuple[str, ...]
INFO = "_info"
INFO_FIELDS = {"lastUpdated": Field("lastUpdated", "date"), "updatedBy": Field("updatedBy", "text")}
# What a reference says beside its id, by the collection it points into; as in the published OpenAPI document.
REFERENCE_NAMES: Mapping[str | None, tuple[str, ...]] = {
    "agreements": ("name", "type"),
    "catalog": ("identifier",),
    "companies": ("identifier", "name"),
    "members": ("identifier", "name"),
    "tickets": ("summary",),
    # Collections that are not simulated: everything a reference of theirs may say.
    None: ("identifier", "name", "description", "type", "symbol", "currencyCode", "sort", "level"),
}
ANY_REFERENCE = ("name",)
NUMBERS = {"id", "sort"}
Fields = Mapping[str, Field]


def unknown(path: str) -> ConditionError:
    """The vendor's sentence for a name that is not there (api.md 5.3)."""
    return ConditionError(f"{path} is not a recognized name.")


def among(name: str, known: Iterable[str]) -> str:
    """The exact spelling of a name written in any letter case, or an empty text."""
    return next((exact for exact in known if exact.lower() == name.lower()), "")


def condition_path(path: str, row: Resource, extra: Iterable[str]) -> tuple[Path, Field]:
    """Where a name of ``conditions`` leads, and the field there; ``extra`` are names that only the data knows.

    Raises ``ConditionError`` for a name that is not there, and for child arrays, which only ``childConditions`` reach.
    """
    head, *rest = path.split("/")
    if found := info_path(head, rest, row):
        return found
    fields = known_fields(row, extra)
    name = among(head, fields)
    if not name or name in row.refused_in_conditions or name == INFO or fields[name].kind == "list":
        raise unknown(path)
    return inside((name,), fields[name], rest, path)


def info_path(head: str, rest: list[str], row: Resource) -> tuple[Path, Field] | None:
    """``lastUpdated`` and ``updatedBy`` are known everywhere, also without the ``_info`` they are in (api.md 3.2)."""
    if INFO in row.hidden or (rest and (head.lower() != INFO or len(rest) > 1)):
        return None
    name = among(rest[0] if rest else head, INFO_FIELDS)
    return ((INFO, name), INFO_FIELDS[name]) if name else None


def child_path(path: str, row: Resource) -> tuple[str, Path, Field]:
    """The child array that a path of ``childConditions`` begins with, the keys inside an element, the field there.

    Raises ``ConditionError``.
    """
    head, *rest = path.split("/")
    array = among(head, [name for name in CHILD_ARRAYS if name in row.fields])
    name = among(rest[0], CHILD_ARRAYS[array]) if array and rest else ""
    if not name:
        raise unknown(path)
    return (array, *inside((name,), CHILD_ARRAYS[array][name], rest[1:], path))


def inside(at: Path, field: Field, rest: list[str], path: str) -> tuple[Path, Field]:
    """The rest of a path that has led to ``field`` so far; raises ``ConditionError``."""
    below = parts(field)
    if not rest or below is None:
        return (*at, *rest), field
    name = among(rest[0], below.keys() - {INFO}) if len(rest) == 1 else ""
    if not name:
        raise unknown(path)
    return (*at, name), below[name]


def custom_field_name(path: str, row: Resource) -> str:
    """The name of a value of a custom field; raises ``ConditionError``, also where records have no custom fields."""
    name = among(path, CUSTOM_FIELD) if "customFields" in row.fields else ""
    if not name:
        raise unknown(path)
    return name


def answer_path(path: str, row: Resource, extra: Iterable[str]) -> Path:
    """The keys of a name in ``fields``, which may also be in child arrays and links; raises ``ConditionError``."""
    keys: list[str] = []
    below: Fields | None = known_fields(row, extra)
    for part in path.split("/"):
        name = among(part, below) if below is not None else part
        if not name:
            raise unknown(path)
        keys.append(name)
        below = parts(below[name]) if below is not None else None
    return tuple(keys)


def known_fields(row: Resource, extra: Iterable[str]) -> Fields:
    """The fields of a record; one that only the data knows can be anything."""
    fields = {**row.fields, **{name: Field(name, "any") for name in (*extra, INFO)}}
    return {name: field for name, field in fields.items() if name not in row.hidden}


def parts(field: Field) -> Fields | None:
    """The fields inside a field: of a reference or of the elements of an array; ``None`` where they are not known."""
    if field.kind == "any":
        return None
    if field.name == "customFields":
        return CUSTOM_FIELD
    if field.name in CHILD_ARRAYS and field.target is None:
        return CHILD_ARRAYS[field.name]
    if field.kind != "ref" and field.target is None:
        return {}
    names = ("id", *REFERENCE_NAMES.get(field.target, ANY_REFERENCE))
    fields = {name: Field(name, "int" if name in NUMBERS else "text") for name in names}
    return fields | {INFO: Field(INFO, "any")}
