"""A sandbox over TLS, and two public clients pointed at it by their own options; both call https alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from connector.sandbox import Sandbox
from tests.clients import node
from tests.sandbox.conftest import tenant

if TYPE_CHECKING:
    from pyconnectwise import ConnectWiseManageAPIClient

EVERYBODY = [8123, 8124, 8125, *range(9001, 9128)]
"""The ids of the 130 contacts; all but 8125 are of company 412."""

IDA: dict[str, Any] = {
    "firstName": "Ida",
    "lastName": "Holm",
    "company": {"id": 412},
    "communicationItems": [
        {"type": {"id": 1}, "value": "ida+news@harbor.example", "communicationType": "Email", "defaultFlag": True},
        {"type": {"id": 2}, "value": "5550199", "extension": "7", "communicationType": "Phone", "defaultFlag": True},
    ],
}
CALLBACK: dict[str, Any] = {
    "description": "AD connector",
    "url": "https://hook.bluefjord.example/cw?recordId=",
    "objectId": 412,
    "type": "Contact",
    "level": "Company",
}


@dataclass(frozen=True)
class Tls:
    """The authority's certificate, and what it issued for 127.0.0.1."""

    ca_file: Path
    certificate: tuple[Path, Path]


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate for the sandbox, of an authority that nobody trusts unasked."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "sandbox.pem")
    return Tls(folder / "ca.pem", (folder / "sandbox.pem", folder / "sandbox.pem"))


def big_tenant() -> dict[str, Any]:
    """The small tenant with 127 more contacts, 130 in all, and something in every list."""
    data = tenant()
    data["contacts"] += [{"id": n, "firstName": f"N{n}", "company": {"id": 412}} for n in EVERYBODY if n > 9000]
    return data | {
        "adjustments": [{"agreementId": 77, "amount": -42.5, "description": "Credit"}],
        "agreementSites": [{"agreementId": 77, "name": "Main"}],
        "departments": [{"name": "Hygiene"}],
        "relationships": [{"name": "Manager"}],
        "tickets": [{"summary": "New laptop", "company": {"id": 412}}],
        "userDefinedFields": [{"caption": "AD Object"}],
    }


@pytest.fixture
def sandbox(tls: Tls) -> Iterator[Sandbox]:
    """A running sandbox with 130 contacts."""
    with Sandbox(big_tenant(), certificate=tls.certificate) as running:
        yield running


@pytest.fixture
def psa(sandbox: Sandbox, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> ConnectWiseManageAPIClient:
    """pyconnectwise, logged in."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return log_in(sandbox)


def log_in(sandbox: Sandbox, private_key: str = "demo") -> ConnectWiseManageAPIClient:
    """pyconnectwise as a user of it writes it."""
    from pyconnectwise import ConnectWiseManageAPIClient

    return ConnectWiseManageAPIClient(
        company_name="bluefjord",
        manage_url=sandbox.url.removeprefix("https://"),
        client_id="1111",
        public_key="demo",
        private_key=private_key,
    )


@pytest.fixture(scope="session")
def driver(tls: Tls) -> Iterator[node.Driver]:
    """A Node process with connectwise-rest. Skipped where it is missing, unless CONNECTOR_REQUIRE_REAL=1."""
    reason = node.missing()
    if reason and os.environ.get("CONNECTOR_REQUIRE_REAL") == "1":
        pytest.fail(f"CONNECTOR_REQUIRE_REAL=1, but connectwise-rest {reason}")
    if reason:
        pytest.skip(f"connectwise-rest {reason}")
    with node.Driver(tls.ca_file) as running:
        yield running


@pytest.fixture
def rest(driver: node.Driver, sandbox: Sandbox) -> node.ConnectwiseRest:
    """connectwise-rest, with the options of a user of it."""
    return node.ConnectwiseRest(driver, sandbox.url)
