"""A line that takes another one's place: what is sent, and what is believed of the answer."""

import json
from typing import Any

import pytest
import respx

from connector.core.plan import Value
from connector.errors import PsaRejected
from connector.psa.agreements import PsaLines
from connector.psa.rest import PsaRest

BASE = "https://psa.example/v4_6_release/apis/3.0/finance/agreements/77/additions"
OLD: dict[str, Any] = {
    "id": 3301, "product": {"id": 55, "identifier": "MS-USER", "_info": {}}, "quantity": 4, "lessIncluded": 1.0,
    "unitPrice": 39.99, "unitCost": 11.5, "billCustomer": "Billable", "effectiveDate": "2025-01-01T00:00:00Z",
    "cancelledDate": "2026-11-30T00:00:00Z", "taxableFlag": True, "invoiceDescription": "As agreed",
    "description": "Users", "agreementId": 77, "billedQuantity": 3, "uom": "Each", "extPrice": 119.97, "margin": 1.0,
    "sequenceNumber": 1.0, "agreementStatus": "Active", "invoiceGrouping": {"id": 3, "name": "Users"},
    "customFields": [{"id": 9, "caption": "PO", "type": "Text", "value": "4711"}], "opportunity": None,
    "prorateCurrentPeriodFlag": False, "_info": {"lastUpdated": "2026-11-01T00:00:00Z"},
}  # fmt: skip
VALUES: dict[str, Value] = {
    "product": "MS-USER", "quantity": "5", "unit_price": "39.99", "effective_date": "2026-12-01", "copy_of": 3301,
}  # fmt: skip


def add(answer: dict[str, Any]) -> dict[str, Any]:
    """Add the line to a PSA that answers with ``answer``; what was sent to it."""
    with respx.mock:
        respx.get("https://psa.example/login/companyinfo/bluefjord").respond(
            json={"Codebase": "v4_6_release/", "VersionCode": "v2026.4", "IsCloud": False}
        )
        respx.get(f"{BASE}/3301").respond(json=OLD)
        route = respx.post(BASE).respond(201, json=answer)
        with PsaRest("https://psa.example", "bluefjord", "public", "private", "id", 6_000_000) as http:
            PsaLines(http).add(77, VALUES)
        body: dict[str, Any] = json.loads(route.calls.last.request.content)
        return body


def made(**more: Any) -> dict[str, Any]:
    """The record of the new line."""
    return {**OLD, "id": 3302, "quantity": 5, "effectiveDate": "2026-12-01T00:00:00Z", **more}


def test_every_field_of_the_old_line_is_sent_but_what_is_ours_or_worked_out() -> None:
    """References by their ids, custom fields by id and value, nothing that is empty."""
    assert add(made(cancelledDate=None)) == {
        "product": {"id": 55}, "quantity": 5, "lessIncluded": 1.0, "unitPrice": 39.99, "unitCost": 11.5,
        "billCustomer": "Billable", "effectiveDate": "2026-12-01T00:00:00Z", "taxableFlag": True,
        "invoiceDescription": "As agreed", "description": "Users", "invoiceGrouping": {"id": 3},
        "customFields": [{"id": 9, "value": "4711"}], "prorateCurrentPeriodFlag": False,
    }  # fmt: skip


@pytest.mark.parametrize("lie", [{"quantity": 4}, {"unitPrice": 40}, {"effectiveDate": "2026-11-30T00:00:00Z"}])
def test_a_line_with_other_values_than_were_sent_is_not_believed(lie: dict[str, Any]) -> None:
    """Money is believed only when seen: the line is named, with what it shows."""
    with pytest.raises(PsaRejected, match="made line 3302"):
        add(made(**lie))
