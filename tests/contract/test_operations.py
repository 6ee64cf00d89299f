"""Every operation that the sandbox claims, asked with every field it has, so that all its answers are looked at.

Nothing here compares with the document: that happens after each test, whoever asked (``tests/contract/run.py``).
"""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.resources import Resource
from connector.sandbox.schema import Field
from tests.contract.claims import Claim, claims
from tests.sandbox.conftest import Client, tenant

Record = dict[str, Any]

PARENTS = {"companies": 412, "contacts": 8123, "agreements": 77, "tickets": 15001, "boards": 21}
UNLIKE_THE_SAMPLE: dict[str, Record] = {
    "contacts": {"defaultFlag": False},  # a company's default contact is in use and cannot be deleted
    "callbacks": {"type": "contact", "level": "company", "objectId": 412, "url": "http://127.0.0.1:9/?recordId="},
    "contactTypeAssociations": {"contact": {"id": 8123}, "type": {"id": 2}},
}


@pytest.fixture
def psa() -> Iterator[Client]:
    """A client of a tenant that has at least one record of everything."""
    definition = {"podId": 1, "sequenceNumber": 1, "fieldTypeIdentifier": "Text", "caption": "AD Object"}
    more = {
        "departments": [{"name": "Hygiene"}],
        "relationships": [{"name": "Partner"}],
        "adjustments": [{"agreementId": 77, "amount": -42.5, "description": "Credit for one user"}],
        "agreementSites": [{"agreementId": 77, "company": {"id": 412}, "site": {"id": 900}}],
        "callbacks": [{**UNLIKE_THE_SAMPLE["callbacks"], "objectId": 413}],
        "documents": [
            {"title": "Users", "fileName": "users.txt", "recordType": "Contact", "recordId": 8123, "content": "eA=="}
        ],
        "boards": [
            {"id": 21, "name": "Help", "statuses": [{"id": 1, "name": "New"}, {"name": "Closed", "closedStatus": True}]}
        ],
        "tickets": [{"id": 15001, "summary": "A user is missing", "company": {"id": 412}, "contact": {"id": 8123}}],
        "userDefinedFields": [
            {**definition, "podDescription": f"{kind}_overview"} for kind in ("contact", "agreement")
        ],
    }
    with Sandbox(tenant() | more) as sandbox:
        client = Client(sandbox)
        client.post("/service/tickets/15001/notes", {"text": "Seen", "internalAnalysisFlag": True})
        client.patch("/company/contacts/8124", ("replace", "title", "Owner"))
        yield client
        client.http.close()


def value(field: Field, psa: Client) -> Any:
    """A value that a field may have; a reference is to the first record there is."""
    values: Record = {"text": "x", "num": 1.5, "flag": True, "date": "2026-05-10T00:00:00Z", "list": []}
    if field.name == "mobileGuid":
        return str(uuid.UUID(int=1))
    if field.kind == "ref":
        records = psa.sandbox.state().get(field.target or "")
        return {"id": records[0]["id"] if records else 1}
    return (field.low or 1) if field.kind == "int" else field.choices[0] if field.choices else values[field.kind]


def full_body(row: Resource, psa: Client) -> Record:
    """A body with every field that a client may write."""
    body = {field.name: value(field, psa) for field in row.fields.values() if not field.computed}
    return body | UNLIKE_THE_SAMPLE.get(row.collection, {})


def ask(psa: Client, claim: Claim) -> httpx.Response:
    """One operation; what changes or deletes a record makes one first."""
    parent = PARENTS[claim.row.parent[0]] if claim.row.parent else None
    every = Claim(claim.row, "list").path(parent, None)
    if claim.step in {"list", "count"}:
        return psa.get(claim.path(parent, None))
    if claim.step == "get":
        return psa.get(claim.path(parent, psa.ids(every)[0]))
    body = full_body(claim.row, psa)
    made = psa.post(every, body)
    if claim.step == "post":
        return made
    one = claim.path(parent, made.json()["id"])
    if claim.step == "put":
        kept = {name: given for name, given in body.items() if not claim.row.fields[name].create_only}
        return psa.put(one, kept)
    name = next(iter(body))
    return psa.delete(one) if claim.step == "delete" else psa.patch(one, ("replace", name, body[name]))


@pytest.mark.parametrize("claim", claims(), ids=str)
def test_a_claimed_operation_is_answered(psa: Client, claim: Claim) -> None:
    """With the status of success, and with records where it is a list."""
    response = ask(psa, claim)
    assert response.status_code == claim.success, response.text
    assert claim.step != "list" or response.json()


def test_operations_beside_the_table_are_answered(psa: Client) -> None:
    """The search for tickets, an invoice, and the version."""
    assert psa.post("/service/tickets/search", {"conditions": "id > 0"}).json()
    assert psa.post("/finance/agreements/77/invoice", {}).status_code == 201
    assert psa.get("/system/info").status_code == 200
