"""A small document of our own in the vendor's manner, so that the checks are tested where the vendor's is missing."""

import json
from typing import Any

from connector.sandbox.messages import Request, Response
from tests.contract.checker import Checker
from tests.contract.document import Document, Schema
from tests.contract.findings import Deviation, Finding

MEDIA = "application/vnd.connectwise.com+json"
WHOLE: Schema = {"type": "integer", "format": "int32"}
CONTACT: Schema = {"$ref": "#/components/schemas/Contact"}
CLIENT_ID = {"name": "clientId", "in": "header", "required": True, "schema": {"type": "string"}}
GOOD = {"id": 8123, "firstName": "Jonas", "company": {"id": 412, "name": "Harbor Dental"}}
LOGIN = {"user-agent": "connector/1", "authorization": "Basic eA==", "clientid": "1111", "accept": MEDIA}


def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    contact = {
        "id": WHOLE,
        "firstName": text,
        "company": {"$ref": "#/components/schemas/CompanyReference"},
        "inactiveFlag": {"type": "boolean", "nullable": True},
        "gender": {"type": "string", "enum": ["Female", "Male"], "nullable": True},
        "birthDay": {"type": "string", "format": "date-time"},
        "mobileGuid": {"type": "string", "format": "uuid"},
        "types": {"type": "array", "items": {"$ref": "#/components/schemas/CompanyReference"}},
        "_info": {"type": "object", "additionalProperties": text},
    }
    reference = {"id": WHOLE | {"nullable": True}, "name": text}
    return {
        "Contact": {"type": "object", "properties": contact, "required": ["firstName"]},
        "CompanyReference": {"type": "object", "properties": reference},
        "Operation": {"type": "object", "properties": {"op": text, "path": text, "value": {"type": "object"}}},
    }


def _operation(status: int, answer: Schema | None, sent: Schema | None = None, **parameters: str) -> dict[str, Any]:
    asked = [{"name": name, "in": place, "schema": WHOLE} for name, place in parameters.items() if name != "fields"]
    asked += [{"name": "fields", "in": "query", "schema": {"type": "string"}}] if "fields" in parameters else []
    answered = {"content": {f"{MEDIA}; version=2026.4": {"schema": answer}}} if answer else {}
    body = {"requestBody": {"content": {"application/json": {"schema": sent}}}} if sent else {}
    return {"parameters": [*asked, CLIENT_ID], "responses": {str(status): answered}, **body}


def source() -> dict[str, Any]:
    """The document as it stands in a file."""
    patch = {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}}
    contacts = {
        "get": _operation(200, {"type": "array", "items": CONTACT}, page="query", fields="query"),
        "post": _operation(201, CONTACT, CONTACT),
    }
    contact = {
        "get": _operation(200, CONTACT, id="path", fields="query"),
        "patch": _operation(200, CONTACT, patch, id="path"),
        "delete": _operation(204, None, id="path"),
    }
    paths = {"/company/contacts": contacts, "/company/contacts/{id}": contact}
    return {"paths": paths, "components": {"schemas": _schemas()}, "security": [{"basicAuth": []}]}


def checker(*deviations: Deviation) -> Checker:
    """A checker of the small document."""
    return Checker(Document(source()), deviations)


def request(method: str = "GET", route: str = "/company/contacts", body: Any = None, **query: str) -> Request:
    """A request as the connector sends it."""
    sent = b"" if body is None else json.dumps(body).encode()
    headers = LOGIN | ({"content-type": "application/json"} if sent else {})
    return Request(method, f"/v4_6_release/apis/3.0{route}", query, headers, sent)


def response(body: Any, status: int = 200, media: str = f"{MEDIA}; version=2026.4; charset=utf-8") -> Response:
    """An answer of the API."""
    return Response(status, b"" if body is None else json.dumps(body).encode(), media)


def words(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """The findings by the words of their entries."""
    return [(one.where, one.name, one.what) for one in findings]
