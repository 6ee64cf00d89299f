"""Agreements, lines, and what gets invoiced (api.md 4.7, 4.8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Client, tenant

LINES = "/finance/agreements/77/additions"
LINE = f"{LINES}/3301"


def invoice(psa: Client) -> Any:
    """Invoice the agreement's period."""
    return psa.sandbox.control("POST", "invoice", {"agreement": 77})


def test_line_amounts_are_worked_out(psa: Client) -> None:
    """Billed quantity is quantity minus included; extPrice covers all units, or the billed ones by switch."""
    line = psa.patch(LINE, ("replace", "quantity", 37)).json()
    assert (line["quantity"], line["billedQuantity"], line["extPrice"]) == (37.0, 32.0, 1572.5)
    psa.switch(ext_price="billed")
    assert psa.patch(LINE, ("replace", "lessIncluded", 7)).json()["extPrice"] == 30 * 42.5


def test_computed_fields_are_ignored_on_write(psa: Client) -> None:
    """200, and no change."""
    line = psa.patch(LINE, ("replace", "extPrice", 1), ("replace", "billedQuantity", 1)).json()
    assert (line["extPrice"], line["billedQuantity"]) == (1530.0, 31.0)


def test_computed_fields_are_refused_by_switch(psa: Client) -> None:
    """Where nobody knows which the server ignores: in POST, PUT and PATCH alike; the id is never refused."""
    psa.switch(computed_fields="refuse")
    body = {"product": {"id": 55}, "billCustomer": "Billable"}
    for response in (
        psa.patch(LINE, ("replace", "extPrice", 1)),
        psa.put(LINE, {**body, "extPrice": 1}),
        psa.post(LINES, {**body, "extPrice": 1}),
    ):
        assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "extPrice")
    assert psa.put(LINE, {**body, "id": 3301, "_info": {}}).status_code == 200


def test_billed_quantity_is_a_switch(psa: Client) -> None:
    """Without the included units, or with them."""
    psa.switch(billed_quantity="quantity", ext_price="billed")
    line = psa.patch(LINE, ("replace", "quantity", 37)).json()
    assert (line["billedQuantity"], line["extPrice"]) == (37.0, 37 * 42.5)


def test_status_on_a_line_is_a_switch(psa: Client) -> None:
    """Its agreement's, or none."""
    psa.switch(line_status="absent")
    assert "agreementStatus" not in psa.patch(LINE, ("replace", "quantity", 37)).json()
    psa.patch("/finance/agreements/77", ("replace", "agreementStatus", "Inactive"))
    assert "agreementStatus" not in psa.get(LINE).json()


def test_line_of_an_invoiced_period_is_closed_by_switch(psa: Client) -> None:
    """A line on the invoice of the period that today lies in; the next period opens it again."""
    psa.switch(invoiced_lines="refuse")
    psa.patch("/finance/agreements/77", ("replace", "nextInvoiceDate", "2026-05-01T00:00:00Z"))
    more = ("replace", "quantity", 37)
    assert psa.patch(LINE, more).status_code == 200
    invoice(psa)
    assert psa.patch(LINE, more).json()["errors"][0]["message"] == "The addition is on the invoice of this period."
    assert psa.post(LINES, {"product": {"id": 55}, "billCustomer": "Billable"}).status_code == 201
    psa.sandbox.control("POST", "clock", {"now": "2026-06-01T00:00:00Z"})
    assert psa.patch(LINE, more).status_code == 200


def test_new_line_takes_from_its_product(psa: Client) -> None:
    """Description, price and cost come from the catalogue; the agreement's id and status from the agreement."""
    body = {"product": {"identifier": "ms-user"}, "billCustomer": "Billable", "quantity": 3}
    response = psa.post(LINES, body)
    line = response.json()
    assert response.status_code == 201
    assert (line["product"]["id"], line["description"], line["unitPrice"], line["unitCost"]) == (
        55,
        "Managed user",
        42.5,
        11.0,
    )
    assert (line["agreementId"], line["agreementStatus"], line["effectiveDate"]) == (
        77,
        "Active",
        "2026-05-10T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"product": {"id": 55}}, "MissingRequiredField", "billCustomer"),
        ({"billCustomer": "Billable"}, "MissingRequiredField", "product"),
        ({"product": {"id": 9}, "billCustomer": "Billable"}, "NotFound", "product/id"),
        ({"product": {"id": 56}, "billCustomer": "Billable"}, "InvalidField", "product/id"),
        ({"product": {"id": 55}, "billCustomer": "Free"}, "InvalidField", "billCustomer"),
    ],
)
def test_bad_lines_are_refused(psa: Client, body: Any, code: str, field: str) -> None:
    """Product and billCustomer are required; a bundle cannot be a line."""
    error = psa.post(LINES, body).json()["errors"][0]
    assert (error["code"], error["field"]) == (code, field)


def test_line_of_another_agreement_is_not_found(psa: Client) -> None:
    """A line lives below its own agreement only; there is no list across agreements."""
    other = {"name": "Other", "type": {"id": 1}, "company": {"id": 413}, "contact": {"id": 8125}}
    made = psa.post("/finance/agreements", other).json()
    assert psa.get(f"/finance/agreements/{made['id']}/additions/3301").status_code == 404
    assert psa.get("/finance/agreements/999/additions").status_code == 404
    assert psa.get("/finance/additions").status_code == 404


def test_cancelled_agreement_shows_on_its_lines(psa: Client) -> None:
    """The line's agreementStatus is the parent's; writes to it are refused by switch."""
    psa.patch("/finance/agreements/77", ("replace", "cancelledFlag", True))
    assert psa.get(LINE).json()["agreementStatus"] == "Cancelled"
    assert psa.patch(LINE, ("replace", "quantity", 1)).status_code == 200
    psa.switch(closed_agreement_additions="refuse")
    assert psa.patch(LINE, ("replace", "quantity", 2)).status_code == 400


def test_status_and_flag_of_an_agreement_say_the_same(psa: Client) -> None:
    """Whichever is written, also when a cancellation is taken back."""
    path = "/finance/agreements/77"
    for cancel, restore in (
        (("cancelledFlag", True), ("cancelledFlag", False)),
        (("agreementStatus", "Cancelled"), ("agreementStatus", "Active")),
        (("cancelledFlag", True), ("agreementStatus", "Inactive")),
    ):
        record = psa.patch(path, ("replace", *cancel)).json()
        assert (record["agreementStatus"], record["cancelledFlag"]) == ("Cancelled", True)
        assert record["dateCancelled"] == "2026-05-10T08:00:00Z"
        record = psa.patch(path, ("replace", *restore)).json()
        assert (record["agreementStatus"] == "Cancelled", record["cancelledFlag"]) == (False, False)
        assert "dateCancelled" not in record


def test_invoice_bills_the_period_and_moves_on(psa: Client) -> None:
    """The line's billed quantity times its price; next invoice one cycle later; a later change leaves it alone."""
    made = invoice(psa)
    assert (made["periodStart"], made["periodEnd"]) == ("2026-06-01T00:00:00Z", "2026-06-30T00:00:00Z")
    assert (made["lines"][0]["billedQuantity"], made["lines"][0]["amount"], made["total"]) == (31.0, 1317.5, 1317.5)
    assert psa.get("/finance/agreements/77").json()["nextInvoiceDate"] == "2026-07-01T00:00:00Z"
    psa.patch(LINE, ("replace", "quantity", 99))
    assert psa.sandbox.state()["invoices"][0]["total"] == 1317.5
    recap = psa.get("/finance/agreementrecap/77").json()
    assert (recap["lastInvoiceAmount"], recap["nextInvoiceDate"]) == ("1317.5", "2026-07-01T00:00:00Z")


@pytest.mark.parametrize(("prorate", "amount"), [(False, 1317.5), (True, 658.75)])
def test_line_cancelled_in_the_period_is_prorated_if_the_agreement_prorates(
    psa: Client, prorate: bool, amount: float
) -> None:
    """Fifteen of thirty days, or the whole period."""
    psa.patch("/finance/agreements/77", ("replace", "prorateFlag", prorate))
    psa.patch(LINE, ("replace", "cancelledDate", "2026-06-15T00:00:00Z"))
    assert invoice(psa)["lines"][0]["amount"] == amount


def test_lines_not_in_effect_or_not_billed_are_left_out(psa: Client) -> None:
    """Cancelled before, effective after, DoNotBill; NoCharge costs nothing."""
    base = {"product": {"id": 55}, "billCustomer": "Billable"}
    psa.post(LINES, {**base, "cancelledDate": "2026-05-31T00:00:00Z", "effectiveDate": "2026-01-01T00:00:00Z"})
    psa.post(LINES, {**base, "effectiveDate": "2026-07-01T00:00:00Z"})
    psa.post(LINES, {**base, "billCustomer": "DoNotBill"})
    free = psa.post(LINES, {**base, "billCustomer": "NoCharge"}).json()
    assert [(line["additionId"], line["amount"]) for line in invoice(psa)["lines"]] == [(3301, 1317.5), (free["id"], 0)]


def test_line_without_effective_date_is_in_effect(psa: Client) -> None:
    """The date is not required, and may be cleared."""
    assert "effectiveDate" not in psa.patch(LINE, ("remove", "effectiveDate", None)).json()
    assert invoice(psa)["total"] == 1317.5


def test_agreement_can_be_invoiced_through_the_api(psa: Client) -> None:
    """201 with the invoice's number as an integer; 400 without a billing cycle."""
    response = psa.post("/finance/agreements/77/invoice", {})
    assert (response.status_code, response.json()) == (201, psa.sandbox.state()["invoices"][0]["id"])
    psa.patch("/finance/agreements/77", ("remove", "billingCycle", None))
    assert psa.post("/finance/agreements/77/invoice", {}).status_code == 400


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ({"name": "US Dollar"}, {"name": "US Dollar"}),
        ({"id": 7, "name": "Euro", "symbol": "€"}, {"id": 7, "name": "Euro", "symbol": "€"}),
        ({"id": 7}, {"id": 7}),
        ("US Dollar", {"name": "US Dollar"}),
        (7, {"id": 7}),
    ],
)
def test_currency_is_answered_as_the_data_gives_it(psa: Client, given: Any, answered: Any) -> None:
    """Of an agreement and of a company."""
    data = tenant()
    data["agreements"][0]["currency"] = data["companies"][0]["currency"] = given
    psa.sandbox.control("POST", "reset", data)
    assert psa.get("/finance/agreements/77").json()["currency"] == answered
    assert psa.get("/company/companies/412", fields="currency").json() == {"currency": answered}


def test_currency_can_be_written_and_searched(psa: Client) -> None:
    """By patch, and by name in conditions."""
    for path, row in (("/finance/agreements", 77), ("/company/companies", 412)):
        assert psa.patch(f"{path}/{row}", ("replace", "currency", {"id": 7, "name": "Euro"})).status_code == 200
        assert psa.ids(path, conditions='currency/name="Euro"') == [row]


def test_adjustments_belong_to_their_agreement(psa: Client) -> None:
    """POST fills agreementId in."""
    body = {"amount": -42.5, "description": "Credit for one user", "effectiveDate": "2026-05-15T00:00:00Z"}
    response = psa.post("/finance/agreements/77/adjustments", body)
    assert (response.status_code, response.json()["agreementId"]) == (201, 77)


def test_deleting_an_agreement_takes_its_lines(psa: Client) -> None:
    """Lines do not count as use."""
    assert psa.delete("/finance/agreements/77").status_code == 204
    assert psa.sandbox.state()["additions"] == []
