"""A name in a condition is a name: nothing that the config or the directory holds selects another record."""

from typing import Any

import pytest

from connector.core.rules import ClientRules
from connector.errors import PsaMissing, PsaRejected
from connector.psa.catalogue import read_products
from connector.psa.company import find_company
from connector.psa.rest import PsaRest
from connector.psa.source import PsaReader
from connector.psa.tickets import find_board
from connector.sandbox import Sandbox
from tests.psa.conftest import writes

HOSTILE = [
    'x" or identifier="HarborDental',
    'x" or id>0 or identifier="x',
    "x' or id>0",
    'x\\" or id>0',
    "x\\",
    '"',
    "%",
    "*",
    "Harbor%",
    "[2020-01-01]",
    "null",
    "x&conditions=id>0",
    "x#",
    "x\r\nid>0",
    ") or (id>0",
]


@pytest.fixture(params=["backslash", "doubled", "none"])
def escaping(request: Any, sandbox: Sandbox) -> None:
    """However the PSA reads a quote in a text, which is not settled."""
    sandbox.control("POST", "switches", {"quote_escape": request.param})


@pytest.mark.usefixtures("escaping")
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_finds_another_company(http: PsaRest, reader: PsaReader, sandbox: Sandbox, name: str) -> None:
    """There is none, or the PSA refuses the question; nothing else of it is read, and nothing written."""
    with pytest.raises((PsaMissing, PsaRejected)):
        find_company(http, name, "id,identifier")
    with pytest.raises((PsaMissing, PsaRejected)):
        reader.read(ClientRules(client="harbor", company=name), [])
    assert "GET /company/contacts" not in sandbox.requests()["counts"]
    assert writes(sandbox) == []


@pytest.mark.usefixtures("escaping")
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_finds_another_product_or_board(http: PsaRest, name: str) -> None:
    """Neither alone nor in a list with one that is there."""
    try:
        found = read_products(http, [name, "MS-USER"])
    except PsaRejected:
        found = read_products(http, ["MS-USER"])
    assert [one.identifier for one in found] == ["MS-USER"]
    with pytest.raises(PsaRejected):
        find_board(http, name)
