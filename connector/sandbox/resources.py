"""The resources of the API in one table: where they live, what they hold, what may be done with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox import vocabulary
from connector.sandbox.schema import Field, parse_fields

READ = frozenset({"GET"})
WRITE = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
# Parts of a security role, in the vendor's words (api.md 2.4)
COMPANIES = "Companies: Company Maintenance"
CONTACTS = "Companies: Contacts"
AGREEMENTS = "Finance: Agreements"
CATALOG = "Procurement: Product Catalog"
TICKETS = "Service Desk: Service Tickets"
SETUP = "System: Table Setup"
MY_COMPANY = "System: My Company"
MODULES = (COMPANIES, CONTACTS, AGREEMENTS, CATALOG, TICKETS, SETUP, MY_COMPANY)
# Record types that documents may be kept beside (api.md 4.9), and the collections they mean.
DOCUMENTED = {"Agreement": "agreements", "Company": "companies", "Contact": "contacts", "Ticket": "tickets"}


@dataclass(frozen=True)
class Resource:
    """One resource. ``path`` may hold ``{parent}``; ``parent`` then is (collection, path of the link in the record).

    ``module`` is the part of a security role that guards it (api.md 2.4) or the switch that says which, empty where
    any member may.
    ``name`` stands in error bodies, ``label`` in their sentences, ``title`` is the field that names a record in
    references, ``owner`` is the collection with which a record disappears, ``audit`` is the audit trail's type.
    ``links`` are the links in ``_info``: a name below the record's own path, or ``name=path``. ``counted`` says whether
    there is a ``/count``.
    """

    path: str
    collection: str
    name: str
    label: str
    fields: Mapping[str, Field]
    methods: frozenset[str] = WRITE
    module: str = ""
    parent: tuple[str, str] | None = None
    title: str = "name"
    first_id: int = 1
    owner: tuple[str, str] | None = None
    audit: str = "None"
    links: tuple[str, ...] = ()
    refused_in_conditions: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    counted: bool = True
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        route = re.escape(self.path).replace(r"\{parent\}", r"(?P<parent>\d+)")
        count = "count" if self.counted else r"(?!)"
        pattern = re.compile(rf"{route}(?:/(?P<count>{count})|/(?P<id>[^/]+))?", re.IGNORECASE | re.ASCII)
        object.__setattr__(self, "pattern", pattern)


def resource(path: str, collection: str, label: str, words: str, **more: Any) -> Resource:
    """A table row; the error name is the label in lower camel case (api.md 5.2)."""
    name = (label[0].lower() + label[1:]).replace(" ", "")
    return Resource(path, collection, name, label, parse_fields(words), **more)


def links_by(name: str, *paths: str) -> tuple[str, ...]:
    """Links to what refers to a record, such as a company's contacts (api.md 4.3)."""
    return tuple(f"{path.rpartition('/')[2]}={path}?conditions={name}/id={{id}}" for path in paths)


def documents_link(kind: str) -> str:
    """The link to the documents of a record (api.md 4.3)."""
    return f"documents=system/documents?recordType={kind}&recordId={{id}}"


RESOURCES: tuple[Resource, ...] = (
    resource(
        "company/companies/statuses", "companyStatuses", "Company Status", vocabulary.COMPANY_STATUS, module=SETUP
    ),
    resource("company/companies/types", "companyTypes", "Company Type", vocabulary.COMPANY_TYPE, module=SETUP),
    resource(
        "company/companies/{parent}/sites",
        "sites",
        "Company Site",
        vocabulary.SITE,
        module=COMPANIES,
        parent=("companies", "company/id"),
        owner=("companies", "company/id"),
        first_id=900,
        audit="Site",
    ),
    resource(
        "company/companies",
        "companies",
        "Company",
        vocabulary.COMPANY,
        module=COMPANIES,
        first_id=401,
        audit="Company",
        links=(
            *links_by("company", "company/contacts", "finance/agreements", "service/tickets", "sales/opportunities"),
            *links_by("company", "sales/activities", "project/projects", "company/configurations", "sales/orders"),
            documents_link("Company"),
            "sites",
            "teams",
            "notes",
            "reports=company/companies/{id}/managementSummaryReports",
        ),
    ),
    resource(
        "company/communicationTypes",
        "communicationTypes",
        "Communication Type",
        vocabulary.COMMUNICATION_TYPE,
        module=SETUP,
        title="description",
    ),
    resource(
        "company/contacts/departments",
        "departments",
        "Contact Department",
        vocabulary.DEPARTMENT,
        module=SETUP,
        first_id=31,
    ),
    resource(
        "company/contacts/relationships", "relationships", "Contact Relationship", vocabulary.RELATIONSHIP, module=SETUP
    ),
    resource(
        "company/contacts/types",
        "contactTypes",
        "Contact Type",
        vocabulary.CONTACT_TYPE,
        module=SETUP,
        title="description",
    ),
    resource(
        "company/contacts/{parent}/typeAssociations",
        "contactTypeAssociations",
        "Contact Type Association",
        vocabulary.TYPE_ASSOCIATION,
        module=CONTACTS,
        parent=("contacts", "contact/id"),
        owner=("contacts", "contact/id"),
        first_id=771,
    ),
    resource(
        "company/contactTypeAssociations",
        "contactTypeAssociations",
        "Contact Type Association",
        vocabulary.TYPE_ASSOCIATION,
        module=CONTACTS,
        owner=("contacts", "contact/id"),
        first_id=771,
    ),
    resource(
        "company/contacts",
        "contacts",
        "Contact",
        vocabulary.CONTACT,
        module=CONTACTS,
        title="firstName",
        first_id=8001,
        audit="Contact",
        links=(
            "communications",
            "notes",
            "tracks",
            "portalSecurity",
            *links_by("contact", "sales/activities", "company/configurations", "service/tickets"),
            *links_by("contact", "sales/opportunities", "project/projects"),
            documents_link("Contact"),
            "image",
        ),
    ),
    resource("finance/agreements/types", "agreementTypes", "Agreement Type", vocabulary.AGREEMENT_TYPE, module=SETUP),
    resource(
        "finance/agreements/{parent}/additions",
        "additions",
        "Agreement Addition",
        vocabulary.ADDITION,
        module=AGREEMENTS,
        parent=("agreements", "agreementId"),
        owner=("agreements", "agreementId"),
        title="description",
        first_id=3301,
        audit="AgreementAddition",
    ),
    resource(
        "finance/agreements/{parent}/adjustments",
        "adjustments",
        "Agreement Adjustment",
        vocabulary.ADJUSTMENT,
        module=AGREEMENTS,
        parent=("agreements", "agreementId"),
        owner=("agreements", "agreementId"),
        title="description",
        first_id=601,
    ),
    resource(
        "finance/agreements/{parent}/sites",
        "agreementSites",
        "Agreement Site",
        vocabulary.AGREEMENT_SITE,
        module=AGREEMENTS,
        parent=("agreements", "agreementId"),
        owner=("agreements", "agreementId"),
    ),
    resource(
        "finance/agreements",
        "agreements",
        "Agreement",
        vocabulary.AGREEMENT,
        module=AGREEMENTS,
        first_id=71,
        audit="Agreement",
        links=("additions", "adjustments", "sites", "workRoles", "configurations", documents_link("Agreement")),
    ),
    resource(
        "finance/agreementrecap",
        "agreementRecaps",
        "Agreement Recap",
        vocabulary.AGREEMENT_RECAP,
        module=AGREEMENTS,
        methods=READ,
        hidden=frozenset({"_info"}),
        counted=False,
    ),
    resource(
        "procurement/catalog",
        "catalog",
        "Catalog Item",
        vocabulary.CATALOG_ITEM,
        module=CATALOG,
        title="identifier",
        first_id=51,
        audit="ProductCatalog",
    ),
    resource(
        "service/boards",
        "boards",
        "Service Board",
        vocabulary.BOARD,
        module=SETUP,
        first_id=21,
        hidden=frozenset({"statuses"}),
    ),
    resource(
        "service/tickets",
        "tickets",
        "Ticket",
        vocabulary.TICKET,
        module=TICKETS,
        title="summary",
        first_id=15001,
        audit="Ticket",
        links=(documents_link("Ticket"), "notes"),
    ),
    resource(
        "service/tickets/{parent}/notes",
        "ticketNotes",
        "Ticket Note",
        vocabulary.TICKET_NOTE,
        methods=frozenset({"GET", "POST"}),
        module=TICKETS,
        parent=("tickets", "ticketId"),
        owner=("tickets", "ticketId"),
        title="text",
        first_id=31001,
    ),
    resource(
        "system/documents",
        "documents",
        "Document Info",
        vocabulary.DOCUMENT,
        methods=READ,
        title="title",
        first_id=301,
        hidden=frozenset({"recordType", "recordId", "content"}),
    ),
    resource(
        "system/members",
        "members",
        "Member",
        vocabulary.MEMBER,
        methods=READ,
        title="identifier",
        first_id=243,
        refused_in_conditions=frozenset({"inactiveFlag"}),
    ),
    resource(
        "system/callbacks",
        "callbacks",
        "Callback Entry",
        vocabulary.CALLBACK,
        module="callback_right",
        title="url",
        first_id=2651,
    ),
    resource(
        "system/userDefinedFields",
        "userDefinedFields",
        "User Defined Field",
        vocabulary.USER_DEFINED_FIELD,
        module=SETUP,
        title="caption",
        first_id=51,
    ),
    resource(
        "system/audittrail",
        "auditTrail",
        "Audit Trail",
        vocabulary.AUDIT_ENTRY,
        methods=READ,
        title="text",
        hidden=frozenset({"id", "_info", "recordType", "recordId"}),
    ),
)

BY_COLLECTION: dict[str, Resource] = {row.collection: row for row in reversed(RESOURCES)}
# Sub-resource of the items held inside a contact; its rows live in the contact, so it is not a collection.
COMMUNICATIONS = resource(
    "company/contacts/{parent}/communications",
    "communications",
    "Contact Communication",
    vocabulary.COMMUNICATION,
    module=CONTACTS,
    parent=("contacts", "contactId"),
    title="value",
)
USAGES = resource(
    "company/contacts/{parent}/usages",
    "usages",
    "Usage",
    vocabulary.USAGE,
    module=CONTACTS,
    methods=READ,
    parent=("contacts", "contactId"),
    hidden=frozenset({"_info"}),
    counted=False,
)
BOARD_STATUSES = resource(
    "service/boards/{parent}/statuses",
    "boardStatuses",
    "Board Status",
    vocabulary.BOARD_STATUS,
    module=SETUP,
    methods=READ,
    parent=("boards", "board/id"),
    hidden=frozenset({"_info"}),
    counted=False,
)
# Record fields whose elements may be named in childConditions, with the names an element has (api.md 3.2).
CHILD_ARRAYS: dict[str, Mapping[str, Field]] = {
    "communicationItems": COMMUNICATIONS.fields,
    "types": parse_fields("name:text"),
}
CUSTOM_FIELD = parse_fields("caption:text type:text entryMethod:text numberOfDecimals:int value:any connectWiseId:text")
