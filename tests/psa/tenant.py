"""A small tenant of the sandbox: one client with contacts, an agreement and its lines, and a neighbour."""

from typing import Any

GUID = "6f0c2b1e-0000-4000-8000-000000000001"


def item(kind: int, value: str, name: str, *, default: bool = False, **more: Any) -> dict[str, Any]:
    """A communication item of one of the tenant's types."""
    return {"type": {"id": kind}, "value": value, "communicationType": name, "defaultFlag": default, **more}


def tenant() -> dict[str, Any]:
    """The data of the sandbox, new each time."""
    return {
        "company": "bluefjord",
        "codebase": "v2026_4/",
        "keys": {"public": "demo", "private": "demo"},
        "communicationTypes": [
            {"id": 1, "description": "Email", "emailFlag": True, "defaultFlag": True},
            {"id": 2, "description": "Direct", "phoneFlag": True, "defaultFlag": True},
            {"id": 3, "description": "Cell", "phoneFlag": True},
            {"id": 4, "description": "Fax", "faxFlag": True, "defaultFlag": True},
        ],
        "contactTypes": [{"id": 2, "description": "End User"}, {"id": 5, "description": "VIP"}],
        "companyStatuses": [{"id": 1, "name": "Active"}, {"id": 2, "name": "Gone", "inactiveFlag": True}],
        "departments": [{"id": 31, "name": "Hygiene"}, {"id": 32, "name": "Front desk"}],
        "relationships": [{"id": 61, "name": "Employee"}],
        "companies": [
            {"id": 412, "identifier": "HarborDental", "name": "Harbor Dental", "status": {"id": 1}},
            {"id": 413, "identifier": "HarborDental2", "name": "Neighbour", "status": {"id": 1}},
            {"id": 414, "identifier": "OldClient", "name": "Old Client", "status": {"id": 2}},
        ],
        "sites": [
            {"id": 900, "name": "Main", "company": {"id": 412}, "addressLine1": "1 Quay", "primaryAddressFlag": True},
            {"id": 901, "name": "North", "company": {"id": 412}, "addressLine1": "2 Hill", "city": "Bergen"},
            {"id": 902, "name": "Closed", "company": {"id": 412}, "inactiveFlag": True},
        ],
        "contacts": [
            {
                "id": 8123,
                "firstName": "Jonas",
                "lastName": "Berg",
                "title": "Hygienist",
                "company": {"id": 412},
                "site": {"id": 900},
                "department": {"id": 31},
                "types": [2],
                "communicationItems": [
                    item(1, "jonas@harbor.example", "Email", default=True),
                    item(1, "j.old@harbor.example", "Email"),
                    item(2, "(212) 555-0142", "Phone", default=True, extension="21"),
                ],
            },
            {"id": 8124, "firstName": "Ada", "company": {"id": 412}, "inactiveFlag": True},
            {"id": 8200, "firstName": "Moved", "lastName": "Away", "company": {"id": 413}},
        ],
        "catalog": [
            {"id": 55, "identifier": "MS-USER", "productClass": "Agreement", "price": 42.5},
            {"id": 56, "identifier": "MS-FRONT", "productClass": "Agreement", "price": 12.1},
            {"id": 57, "identifier": "BUNDLE", "productClass": "Bundle", "price": 99},
        ],
        "agreements": [
            {"id": 77, "name": "Managed Users", "type": "User Based Agreement", "company": 412, "contact": 8123},
            {"id": 78, "name": "Backup", "type": "Managed Services", "company": 412, "contact": 8123},
            {"id": 79, "name": "Neighbours", "type": "User Based Agreement", "company": 413, "contact": 8200},
        ],
        "additions": [
            {
                "id": 3301,
                "agreementId": 77,
                "product": {"id": 55},
                "quantity": 36.1,
                "unitPrice": 42.1,
                "billCustomer": "Billable",
                "effectiveDate": "2025-01-01T00:00:00Z",
            },
            {
                "id": 3302,
                "agreementId": 78,
                "product": {"id": 56},
                "quantity": 1,
                "unitPrice": 12,
                "billCustomer": "Billable",
                "effectiveDate": "2025-01-01T00:00:00Z",
                "cancelledDate": "2026-12-31T00:00:00Z",
            },
        ],
        "userDefinedFields": [
            {
                "id": 51,
                "podId": 1,
                "podDescription": "contact_overview",
                "caption": "AD Object",
                "sequenceNumber": 1,
                "fieldTypeIdentifier": "Text",
            },
            {
                "id": 52,
                "podId": 1,
                "podDescription": "contact_overview",
                "caption": "Shoe size",
                "sequenceNumber": 2,
                "fieldTypeIdentifier": "Number",
            },
        ],
    }
