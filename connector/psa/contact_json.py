"""A contact's change in the PSA's words: the smallest patch, or the body of a new contact (api.md 4.1, 4.3)."""

from collections.abc import Mapping
from typing import Any

from connector.core.communications import ITEM_FIELDS
from connector.core.model import Contact, Named
from connector.core.plan import Value
from connector.psa.items import Operation, item_operations, new_items
from connector.psa.keeping import Keeping
from connector.psa.lookup import Lookup

SCALARS = {"first_name": "firstName", "last_name": "lastName", "title": "title"}
REFERENCES = {
    "site": "site",
    "manager": "managerContact",
    "department": "department",
    "relationship": "relationship",
}
"""By the order in which their ids are looked up: what may be made in the PSA's tables comes last."""

KNOWN = frozenset({*SCALARS, *REFERENCES, *ITEM_FIELDS, "types", "inactive", "default", "link"})


def operations(contact: Contact, values: Mapping[str, Value], lookup: Lookup, keeping: Keeping) -> list[Operation]:
    """What is different between ``contact`` and ``values``; link and types apart. Empty when nothing is.

    Scalars have bare paths and references are replaced whole (api.md 4.1); an empty value clears. ``default`` is only
    ever set: the PSA takes it from whoever had it. Raises ``PsaRejected`` for a name that the PSA does not know.
    """
    _check_names(values)
    items = item_operations(contact, values, lookup.setup.communication_types, keeping)
    made: list[Operation] = []
    for name, key in SCALARS.items():
        if name in values and getattr(contact, name) != (values[name] or ""):
            made.append(_put(key, values[name]))
    if "inactive" in values and contact.inactive is not bool(values["inactive"]):
        made.append(_put("inactiveFlag", bool(values["inactive"])))
    if values.get("default") and not contact.default:
        made.append(_put("defaultFlag", True))
    for name, key in REFERENCES.items():
        if name in values:
            wanted, stands = _reference(name, values[name], lookup), getattr(contact, name)
            if wanted != (stands.id if stands else None):
                made.append(_put(key, {"id": wanted} if wanted else None))
    return made + items


def missing_types(contact: Contact, values: Mapping[str, Value], lookup: Lookup) -> list[Named]:
    """The contact types among ``values`` that the contact lacks, which no patch can give it (api.md 4.5)."""
    held = {kind.id for kind in contact.types}
    return [kind for kind in lookup.types(values) if kind.id not in held]


def new_contact(values: Mapping[str, Value], lookup: Lookup, keeping: Keeping) -> dict[str, Any]:
    """The body of a new contact of the company, the link apart; what is empty is not sent."""
    _check_names(values)
    body: dict[str, Any] = {"company": {"id": lookup.setup.company.id}}
    body |= {key: values[name] for name, key in SCALARS.items() if values.get(name)}
    if values.get("inactive"):
        body["inactiveFlag"] = True
    if values.get("default"):
        body["defaultFlag"] = True
    if types := lookup.types(values):
        body["typeIds"] = [kind.id for kind in types]
    if items := new_items(values, lookup.setup.communication_types, keeping):
        body["communicationItems"] = items
    for name, key in REFERENCES.items():
        wanted = _reference(name, values.get(name), lookup)
        body |= {key: {"id": wanted}} if wanted else {}
    return body


def _put(key: str, value: Any) -> Operation:
    if value in (None, ""):
        return {"op": "remove", "path": key}
    return {"op": "replace", "path": key, "value": value}


def _check_names(values: Mapping[str, Value]) -> None:
    unknown = sorted(set(values) - KNOWN)
    if unknown:
        raise ValueError(f"a contact has no field {', '.join(unknown)}")


def _reference(name: str, value: Value, lookup: Lookup) -> int | None:
    if name == "manager":
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise ValueError("manager must be the id of a contact")
        return value
    return {"site": lookup.site, "department": lookup.department, "relationship": lookup.relationship}[name](value)
