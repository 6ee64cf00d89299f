"""One contact, and whether a condition selects it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.sandbox.predicates import child_predicate, custom_field_predicate, record_predicate
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.switches import default_switches

CONTACT: dict[str, Any] = {
    "id": 8123,
    "firstName": "Jonas",
    "title": None,
    "inactiveFlag": False,
    "company": {"id": 412, "identifier": "HarborDental", "name": "Harbor Dental"},
    "communicationItems": [
        {"value": "j.berg@harbor.example", "communicationType": "Email", "defaultFlag": True, "type": {"id": 1}},
        {"value": "5550142", "communicationType": "Phone", "defaultFlag": False, "type": {"id": 2}},
    ],
    "types": [{"id": 2, "name": "User"}],
    "zip": "02134",
    "site": {"id": 900, "name": "Main"},
    "_info": {"lastUpdated": "2026-05-04T08:10:11Z", "updatedBy": "adconnector"},
}
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def matches(text: str, collection: str = "contacts", record: dict[str, Any] | None = None, **switches: Any) -> bool:
    """Whether the record satisfies the condition."""
    test = record_predicate(text, BY_COLLECTION[collection], {**default_switches(), **switches}, now=NOW)
    return test(record or CONTACT)


def child_matches(text: str, collection: str = "contacts", **switches: Any) -> bool:
    """Whether the record satisfies the child condition."""
    return child_predicate(text, BY_COLLECTION[collection], {**default_switches(), **switches})(CONTACT)


def custom_matches(text: str, collection: str = "contacts", value: Any = "6f0c", **switches: Any) -> bool:
    """Whether a record with this value in one of its custom fields satisfies the custom-field condition."""
    fields = [{"id": 51, "caption": "AD Object", "value": value}, {"id": 52, "caption": "Note"}]
    test = custom_field_predicate(text, BY_COLLECTION[collection], {**default_switches(), **switches})
    return test({"customFields": fields})
