"""A small tenant on a loopback port, and a client that is logged in to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox
from tests.sandbox.receiver import Receiver

API = "/v4_6_release/apis/3.0"
HEADERS = {"Authorization": "Basic " + base64.b64encode(b"bluefjord+demo:demo").decode(), "clientId": "1111"}


def tenant() -> dict[str, Any]:
    """Two client companies; the first has three contacts and an agreement with one line."""
    return {
        "clock": {"now": "2026-05-10T08:00:00Z", "frozen": True},
        "companies": [
            {"id": 412, "identifier": "HarborDental", "name": "Harbor Dental"},
            {"id": 413, "identifier": "Lindqvist", "name": "Lindqvist Law"},
        ],
        "sites": [
            {"id": 900, "name": "Main", "companyId": 412},
            {"id": 901, "name": "Dock Street", "company": {"identifier": "HarborDental"}},
            {"id": 902, "name": "Head office", "company": {"id": 413}},
        ],
        "contacts": [
            {
                "id": 8123,
                "firstName": "Jonas",
                "lastName": "Berg",
                "company": {"id": 412},
                "types": [{"name": "End User"}],
                "title": "Hygienist",
                "communicationItems": [
                    {"id": 41, "type": {"name": "Email"}, "value": "j.berg@harbor.example"},
                    {"id": 42, "type": {"name": "Direct"}, "value": "5550142", "extension": "21"},
                ],
            },
            {"id": 8124, "firstName": "Åsa", "lastName": "Öberg", "company": {"id": 412}, "inactiveFlag": True},
            {"id": 8125, "firstName": "Mia", "lastName": "Cole", "company": {"id": 413}, "defaultFlag": True},
        ],
        "agreements": [
            {
                "id": 77,
                "name": "Managed Users",
                "type": {"name": "User Based Agreement"},
                "company": {"id": 412},
                "contact": {"id": 8123},
            }
        ],
        "catalog": [
            {"id": 55, "identifier": "MS-USER", "description": "Managed user", "price": 42.5, "cost": 11},
            {"id": 56, "identifier": "BUNDLE", "productClass": "Bundle"},
        ],
        "additions": [{"id": 3301, "agreementId": 77, "product": {"id": 55}, "quantity": 36, "lessIncluded": 5}],
    }


class Client:
    """Short calls to the API of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=sandbox.url, headers=HEADERS)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """GET below the API's base."""
        return self.http.get(API + path, params=query, headers=headers)

    def ids(self, path: str, **query: Any) -> list[int]:
        """The ids of a list."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return [record["id"] for record in response.json()]

    def post(self, path: str, body: Any) -> httpx.Response:
        """POST below the API's base."""
        return self.http.post(API + path, json=body)

    def put(self, path: str, body: Any) -> httpx.Response:
        """PUT below the API's base."""
        return self.http.put(API + path, json=body)

    def delete(self, path: str, **query: Any) -> httpx.Response:
        """DELETE below the API's base."""
        return self.http.delete(API + path, params=query)

    def patch(self, path: str, *operations: tuple[str, str, Any]) -> httpx.Response:
        """PATCH with (op, path, value) triples."""
        body = [{"op": op, "path": at, "value": value} for op, at, value in operations]
        return self.http.patch(API + path, json=body)

    def switch(self, **switches: Any) -> None:
        """Turn switches of the sandbox."""
        self.sandbox.control("POST", "switches", switches)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox with the small tenant."""
    with Sandbox(tenant()) as running:
        yield running


@pytest.fixture
def psa(sandbox: Sandbox) -> Iterator[Client]:
    """A client logged in to it."""
    client = Client(sandbox)
    yield client
    client.http.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody to call back."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def other() -> Iterator[Receiver]:
    """A second receiver."""
    with Receiver() as listening:
        yield listening
