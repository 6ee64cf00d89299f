"""The data file becomes a tenant: missing ids, parents, references and defaults are filled in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from connector.sandbox import contact_rules
from connector.sandbox.filling import DataError, complete, insert
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.roles import read_permissions
from connector.sandbox.store import Login, Record, Store, dig
from connector.sandbox.switches import merge_switches

# What a new instance has in its setup tables; ids differ per real instance (api.md 4.4), so nobody may rely on them.
SETUP: Mapping[str, list[Record]] = {
    "communicationTypes": [
        {"description": "Email", "emailFlag": True, "defaultFlag": True},
        {"description": "Direct", "phoneFlag": True, "defaultFlag": True},
        {"description": "Mobile", "phoneFlag": True},
        {"description": "Fax", "faxFlag": True, "defaultFlag": True},
    ],
    "contactTypes": [
        {"description": "End User", "defaultFlag": True},
        {"description": "VIP"},
        {"description": "Approver"},
        {"description": "Finance"},
    ],
    "companyStatuses": [
        {"name": "Active", "defaultFlag": True},
        {"name": "Inactive", "inactiveFlag": True},
    ],
    "companyTypes": [{"name": "Customer", "defaultFlag": True}],
    "agreementTypes": [{"name": "Managed Services", "defaultFlag": True}, {"name": "User Based Agreement"}],
    "billingCycles": [{"name": "Monthly"}, {"name": "Quarterly"}, {"name": "Annually"}],
    "boards": [{"name": "Service Desk"}],
}
# Setup tables that get an entry when the data names one they lack, and the order in which records are completed.
ORDER = (
    "communicationTypes",
    "contactTypes",
    "companyStatuses",
    "companyTypes",
    "agreementTypes",
    "billingCycles",
    "boards",
    "securityRoles",
    "members",
    "departments",
    "relationships",
    "userDefinedFields",
    "catalog",
    "companies",
    "sites",
    "contactTypeAssociations",
    "contacts",
    "agreements",
    "additions",
    "adjustments",
    "agreementSites",
    "tickets",
    "ticketNotes",
    "documents",
    "invoices",
    "callbacks",
    "auditTrail",
)


def load(data: Mapping[str, Any] | None) -> Store:
    """Build a tenant from data in the shape of the contract (every key optional); raises ``DataError``."""
    data = copy.deepcopy(dict(data or {}))
    store = Store()
    read_head(store, data)
    for name in ORDER:
        given = data.pop(name, None) or SETUP.get(name, [])
        if not isinstance(given, list) or not all(isinstance(record, dict) for record in given):
            raise DataError(f"{name} must be a list of records")
        insert(store, name, given)
    if data:
        raise DataError(f"unknown names in the data: {', '.join(sorted(data))}; known: {', '.join(ORDER)}")
    read_roles(store)
    for name in ORDER:
        for record in store.rows(name):
            complete(store, name, record)
        if name == "sites":
            add_main_sites(store)
        if name == "contactTypeAssociations":
            add_associated_types(store)
    associate_types(store)
    for name, table in store.tables.items():
        known = BY_COLLECTION[name].fields.keys() if name in BY_COLLECTION else set()
        store.data_names[name] = frozenset({key for record in table.values() for key in record} - known - {"_info"})
    return store


def add_main_sites(store: Store) -> None:
    """Every company has at least one site; one without gets "Main"."""
    with_site = {dig(site, "company/id") for site in store.rows("sites")}
    for company in store.rows("companies"):
        if company["id"] not in with_site:
            site = {"name": "Main", "company": {"id": company["id"]}, "primaryAddressFlag": True}
            insert(store, "sites", [site])
            complete(store, "sites", site)


def add_associated_types(store: Store) -> None:
    """Types that the data gives as associations are types of the contact as well."""
    for association in store.rows("contactTypeAssociations"):
        contact = store.tables["contacts"][association["contact"]["id"]]
        contact["types"] = [*(contact.get("types") or []), dict(association["type"])]


def associate_types(store: Store) -> None:
    """Types of a contact that the data gives without an association get one."""
    held = {(dig(a, "contact/id"), dig(a, "type/id")) for a in store.rows("contactTypeAssociations")}
    for contact in store.rows("contacts"):
        for reference in contact["types"]:
            if (contact["id"], reference["id"]) not in held:
                contact_rules.associate(store, contact, reference)


def read_head(store: Store, data: Record) -> None:
    """Company, codebase, keys, clientId, clock and switches."""
    store.company = str(data.pop("company", store.company))
    store.company_name = str(data.pop("companyName", store.company))
    store.codebase = str(data.pop("codebase", store.codebase)).strip("/") + "/"
    store.keys |= data.pop("keys", None) or {}
    store.client_id = data.pop("client_id", data.pop("clientId", None))
    try:
        store.switches = merge_switches(store.switches, data.pop("switches", None) or {})
        clock = data.pop("clock", None)
        store.clock.control({"now": clock} if isinstance(clock, str) else clock or {})
    except (ValueError, AttributeError) as error:
        raise DataError(f"clock or switches: {error}") from None
    read_logins(store, data)


def read_logins(store: Store, data: Record) -> None:
    """The members with key pairs of their own; the one of the tenant's keys is made where the data lacks it."""
    members = data.get("members") or []
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise DataError("members must be a list of records")
    if not any(member.get("identifier") == store.member for member in members):
        own = {"identifier": store.member, "firstName": "API", "lastName": "Member", "licenseClass": "A"}
        members = [own, *members]
    role = store.keys.get("role")
    for member in members:
        keys = member.pop("keys", None)
        if keys is not None:
            if not isinstance(keys, dict) or not {"public", "private"} <= keys.keys():
                raise DataError(f"members: the keys of {member.get('identifier')} need public and private")
            store.logins.append(Login(str(keys["public"]), str(keys["private"]), str(member.get("identifier"))))
        if role and member.get("identifier") == store.member:
            member.setdefault("securityRole", {"name": role})
    data["members"] = members


def read_roles(store: Store) -> None:
    """Check the permissions of the security roles."""
    for role in store.rows("securityRoles"):
        if role.get("permissions") is not None:
            try:
                role["permissions"] = read_permissions(role)
            except ValueError as error:
                raise DataError(f"securityRoles {role['id']}: {error}") from None
