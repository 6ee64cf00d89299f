"""The sample provider's PSA as the demo finds it: contacts kept by hand, billing lines that were right last month."""

from collections.abc import Iterable
from typing import Any

from connector.demo.people import SampleClient, Someone

Record = dict[str, Any]
SECRET = "demo"  # noqa: S105 - the sandbox's own key, no secret
CLIENT_ID = "11111111-2222-4333-8444-555555555555"
LINES = {
    "lindqvist": [("MS-USER", 13, 95.00)],
    "harbor": [("MS-USER", 24, 85.00), ("MS-FRONTLINE", 14, 32.50)],
    "northwind": [("MS-USER", 120, 78.50)],
}
HAND_EDITED = 125


def psa_records(clients: Iterable[SampleClient]) -> Record:
    """The sandbox's data file: companies, contacts, agreements, lines and catalogue."""
    data: Record = {
        "company": "bluefjord",
        "codebase": "v2026_4/",
        "keys": {"public": SECRET, "private": SECRET},
        "client_id": CLIENT_ID,
        "companies": [],
        "contacts": [],
        "agreements": [],
        "additions": [],
        "departments": [{"id": 1, "name": "Legal"}, {"id": 2, "name": "Clinical"}, {"id": 3, "name": "Reception"},
                        {"id": 4, "name": "Operations"}],
        "catalog": [
            {"id": 55, "identifier": "MS-USER", "description": "Managed user", "price": 95.0},
            {"id": 56, "identifier": "MS-FRONTLINE", "description": "Frontline user", "price": 32.5},
        ],
    }  # fmt: skip
    for number, client in enumerate(clients, 1):
        _add_client(data, client, number)
    return data


def _add_client(data: Record, client: SampleClient, number: int) -> None:
    company, agreement = 400 + number, 70 + number
    first_contact = 1000 * number
    people = [someone for someone in client.before if someone.kind == "person"]
    data["companies"].append(
        {"id": company, "identifier": client.company, "name": client.title.split(",")[0], "status": {"name": "Active"},
         "defaultContact": {"id": first_contact}}
    )  # fmt: skip
    for at, someone in enumerate(people):
        data["contacts"].append(_contact(client, someone, first_contact + at, company))
    data["contacts"].extend(_doubles(client, first_contact + 900, company))
    data["agreements"].append(
        {"id": agreement, "name": "Managed Users", "type": {"name": "User Based Agreement"}, "company": {"id": company},
         "contact": {"id": first_contact + 1}, "agreementStatus": "Active"}
    )  # fmt: skip
    for at, (product, quantity, price) in enumerate(LINES[client.name]):
        data["additions"].append(
            {"id": 3000 + 10 * number + at, "agreementId": agreement, "product": {"identifier": product},
             "quantity": quantity, "unitPrice": price, "effectiveDate": "2025-01-01T00:00:00Z"}
        )  # fmt: skip


def _contact(client: SampleClient, someone: Someone, number: int, company: int) -> Record:
    return {
        "id": number,
        "firstName": someone.first,
        "lastName": someone.last,
        "title": someone.title,
        "company": {"id": company},
        "department": {"name": someone.department},
        "types": [{"name": "End User"}],
        "communicationItems": [
            {"type": {"name": "Email"}, "value": someone.mail(client.domain), "defaultFlag": True},
            {"type": {"name": "Direct"}, "value": f"2175550{someone.extension:03d}", "defaultFlag": True},
        ],
    }


def _doubles(client: SampleClient, number: int, company: int) -> list[Record]:
    """Two contacts of one person not yet in the directory: one by the sales desk, one from an e-mailed ticket."""
    if client.name != "northwind":
        return []
    mail = {"type": {"name": "Email"}, "value": f"nora.winther@{client.domain}", "defaultFlag": True}
    names = (("Nora", "Winther"), ("N.", "Winther (ticket)"))
    return [
        {
            "id": number + at,
            "firstName": first,
            "lastName": last,
            "company": {"id": company},
            "communicationItems": [mail],
        }
        for at, (first, last) in enumerate(names)
    ]
