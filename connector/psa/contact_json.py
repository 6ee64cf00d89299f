"""A contact's change in the PSA's words: the smallest patch, or the body of a new contact (api.md 4.1, 4.3)."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from connector.core.communications import ITEM_FIELDS
from connector.core.model import Contact, PsaSnapshot
from connector.core.normalize import text
from connector.core.plan import Value
from connector.errors import PsaRejected
from connector.psa.items import Operation, item_operations, new_items
from connector.psa.keeping import Keeping

SCALARS = {"first_name": "firstName", "last_name": "lastName", "title": "title"}
REFERENCES = {"department": "department", "site": "site"}
KNOWN = frozenset({*SCALARS, *REFERENCES, *ITEM_FIELDS, "types", "inactive", "link"})


class _Entry(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


def operations(contact: Contact, values: Mapping[str, Value], setup: PsaSnapshot, keeping: Keeping) -> list[Operation]:
    """What is different between ``contact`` and ``values``; the link apart. Empty when nothing is.

    Scalars have bare paths and references are replaced whole (api.md 4.1); an empty value clears. Types are given only
    at creation (api.md 4.5), so one that is missing raises ``PsaRejected``, as does a name the PSA does not know.
    """
    _check_names(values)
    made: list[Operation] = []
    for name, key in SCALARS.items():
        if name in values and getattr(contact, name) != (values[name] or ""):
            made.append(_put(key, values[name]))
    for name, key in REFERENCES.items():
        if name in values:
            wanted, stands = _reference(name, values[name], setup), getattr(contact, name)
            if wanted != (stands.id if stands else None):
                made.append(_put(key, {"id": wanted} if wanted else None))
    if "inactive" in values and contact.inactive is not bool(values["inactive"]):
        made.append(_put("inactiveFlag", bool(values["inactive"])))
    _check_types(contact, values, setup)
    return made + item_operations(contact, values, setup.communication_types, keeping)


def new_contact(values: Mapping[str, Value], setup: PsaSnapshot, keeping: Keeping) -> dict[str, Any]:
    """The body of a new contact of ``setup.company``, the link apart; what is empty is not sent."""
    _check_names(values)
    body: dict[str, Any] = {"company": {"id": setup.company.id}}
    body |= {key: values[name] for name, key in SCALARS.items() if values.get(name)}
    for name, key in REFERENCES.items():
        wanted = _reference(name, values.get(name), setup)
        body |= {key: {"id": wanted}} if wanted else {}
    if values.get("inactive"):
        body["inactiveFlag"] = True
    if types := _type_ids(values, setup):
        body["typeIds"] = types
    if items := new_items(values, setup.communication_types, keeping):
        body["communicationItems"] = items
    return body


def _put(key: str, value: Any) -> Operation:
    if value in (None, ""):
        return {"op": "remove", "path": key}
    return {"op": "replace", "path": key, "value": value}


def _check_names(values: Mapping[str, Value]) -> None:
    unknown = sorted(set(values) - KNOWN)
    if unknown:
        raise ValueError(f"a contact has no field {', '.join(unknown)}")


def _check_types(contact: Contact, values: Mapping[str, Value], setup: PsaSnapshot) -> None:
    missing = set(_type_ids(values, setup)) - {kind.id for kind in contact.types}
    if missing:
        raise PsaRejected(
            f"{contact.name} (contact {contact.id}) lacks the contact types {values['types']}, which are given only to "
            "new contacts.",
            "Add them to the contact in ConnectWise.",
        )


def _type_ids(values: Mapping[str, Value], setup: PsaSnapshot) -> list[int]:
    names = values.get("types") or []
    if not isinstance(names, list):
        raise ValueError("types must be a list of names")
    return [_lookup(name, setup.contact_types, "contact type") for name in names]


def _reference(name: str, value: Value, setup: PsaSnapshot) -> int | None:
    if not value:
        return None
    if name == "department":
        return _lookup(str(value), setup.departments, "department")
    return _lookup(str(value), setup.sites, f"site of {setup.company.identifier}")


def _lookup(name: str, table: Iterable[_Entry], what: str) -> int:
    """The id of a name in any letter case."""
    key = text(name).casefold()
    found = next((entry.id for entry in table if text(entry.name).casefold() == key), None)
    if found is None:
        raise PsaRejected(f'ConnectWise has no {what} called "{name}".', "Add it there or change the name here.")
    return found
