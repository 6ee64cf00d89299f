"""Which period an invoice bills, taking one back, and parents with their children (api.md 4.7, 4.8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.calling import register, told
from tests.sandbox.conftest import Client, tenant
from tests.sandbox.receiver import Receiver

AGREEMENT = "/finance/agreements/77"
LINES = f"{AGREEMENT}/additions"
CHILD: dict[str, Any] = {
    "id": 78,
    "name": "Branch",
    "company": {"id": 412},
    "contact": {"id": 8123},
    "parentAgreement": {"id": 77},
}
CHILD_LINE = {"id": 3302, "agreementId": 78, "product": {"id": 55}, "quantity": 2}


def invoice(psa: Client, agreement: int = 77) -> Any:
    """Invoice the agreement's period."""
    return psa.sandbox.control("POST", "invoice", {"agreement": agreement})


def undo(psa: Client, invoice_id: int) -> Any:
    """Take an invoice back."""
    return psa.sandbox.control("POST", "invoice", {"delete": invoice_id})


def days(made: Any) -> tuple[str, str]:
    """First and last day of what an invoice bills."""
    return made["periodStart"][:10], made["periodEnd"][:10]


def next_date(psa: Client, agreement: int = 77) -> str:
    """The day of the next invoice."""
    return str(psa.get(f"/finance/agreements/{agreement}").json()["nextInvoiceDate"][:10])


def set_agreement(psa: Client, **values: Any) -> None:
    """Write fields of the agreement."""
    response = psa.patch(AGREEMENT, *(("replace", name, value) for name, value in values.items()))
    assert response.status_code == 200, response.text


def reload(psa: Client, *agreements: Any, additions: Any = (), **more: Any) -> None:
    """The small tenant again, with more agreements and lines, and more on agreement 77."""
    data = tenant()
    data["agreements"][0] |= more
    data["agreements"] += agreements
    data["additions"] += additions
    psa.sandbox.control("POST", "reset", data)


@pytest.mark.parametrize("period_type", ["Future", "Both", "Undefined", None])
def test_in_advance_the_period_begins_on_the_next_invoice_date(psa: Client, period_type: str | None) -> None:
    """With every periodType but Current, and without one; the date moves on by a cycle."""
    set_agreement(psa, periodType=period_type)
    assert days(invoice(psa)) == ("2026-06-01", "2026-06-30")
    assert next_date(psa) == "2026-07-01"


def test_in_arrears_the_period_ends_before_the_next_invoice_date(psa: Client) -> None:
    """With periodType Current; the date moves on by a cycle all the same."""
    set_agreement(psa, periodType="Current")
    assert days(invoice(psa)) == ("2026-05-01", "2026-05-31")
    assert next_date(psa) == "2026-07-01"


def test_what_current_means_is_a_switch(psa: Client) -> None:
    """With ``arrears`` none it is in advance like the others."""
    psa.switch(arrears="none")
    set_agreement(psa, periodType="Current")
    assert days(invoice(psa)) == ("2026-06-01", "2026-06-30")


def test_in_arrears_only_lines_of_the_past_period_are_billed(psa: Client) -> None:
    """A line from 31 May on is, one from 1 June on is not yet."""
    set_agreement(psa, periodType="Current")
    base = {"product": {"id": 55}, "billCustomer": "Billable"}
    late = psa.post(LINES, base | {"effectiveDate": "2026-05-31T00:00:00Z"}).json()["id"]
    psa.post(LINES, base | {"effectiveDate": "2026-06-01T00:00:00Z"})
    assert [line["additionId"] for line in invoice(psa)["lines"]] == [3301, late]


def test_in_arrears_no_day_is_billed_twice_or_never(psa: Client) -> None:
    """Also from 31 January on, which becomes 28 February."""
    set_agreement(psa, periodType="Current", nextInvoiceDate="2026-01-31T00:00:00Z")
    assert [days(invoice(psa)) for _ in range(3)] == [
        ("2025-12-31", "2026-01-30"),
        ("2026-01-31", "2026-02-27"),
        ("2026-02-28", "2026-03-27"),
    ]


def test_a_line_counts_by_its_day_whatever_the_time_of_day(psa: Client) -> None:
    """Taking effect at midnight after the period is not in it, though the invoice date has a later hour."""
    set_agreement(psa, nextInvoiceDate="2026-06-01T05:00:00Z")
    psa.post(LINES, {"product": {"id": 55}, "billCustomer": "Billable", "effectiveDate": "2026-07-01T00:00:00Z"})
    assert [line["additionId"] for line in invoice(psa)["lines"]] == [3301]
    assert psa.get(AGREEMENT).json()["nextInvoiceDate"] == "2026-07-01T05:00:00Z"


@pytest.mark.parametrize(
    ("cycle", "last"),
    [
        ("Weekly", "2026-06-07"),
        ("BI-WEEKLY", "2026-06-14"),
        ("biweekly", "2026-06-14"),
        ("monthly", "2026-06-30"),
        ("Monthly in advance", "2026-06-30"),
        ("MSP - Monthly (net 30)", "2026-06-30"),
        ("Bi-Monthly", "2026-07-31"),
        ("Quarterly", "2026-08-31"),
        ("Semi-Annual", "2026-11-30"),
        ("semi annually", "2026-11-30"),
        ("Annual", "2027-05-31"),
        ("Billed annually", "2027-05-31"),
        ("Yearly", "2027-05-31"),
    ],
)
def test_cycle_is_told_by_its_name(psa: Client, cycle: str, last: str) -> None:
    """In any letter case, with words around it."""
    reload(psa, billingCycle=cycle)
    assert days(invoice(psa)) == ("2026-06-01", last)


@pytest.mark.parametrize(
    "cycle", ["Sometimes", "Semi-Monthly", "3-monthly", "bi-annual", "Monthly or yearly", "Months"]
)
def test_cycle_of_another_name_cannot_be_invoiced(psa: Client, cycle: str) -> None:
    """400 for a name that speaks of no known cycle, or of two."""
    reload(psa, billingCycle=cycle)
    response = psa.post(f"{AGREEMENT}/invoice", {})
    assert (response.status_code, response.json()["message"]) == (
        400,
        "Agreement 77 has no billing cycle that can be invoiced.",
    )


def test_period_outside_the_calendar_is_refused(psa: Client) -> None:
    """400, and nothing is made."""
    set_agreement(psa, nextInvoiceDate="9999-12-15T00:00:00Z")
    assert psa.post(f"{AGREEMENT}/invoice", {}).status_code == 400
    assert psa.sandbox.state()["invoices"] == []


def test_invoice_far_ahead_is_refused_by_switch(psa: Client) -> None:
    """The clock says 10 May: 8 August is 90 days ahead, 9 August 91."""
    set_agreement(psa, nextInvoiceDate="2026-08-09T00:00:00Z")
    psa.switch(invoice_ahead="refuse")
    with pytest.raises(ValueError, match="next invoiced on 2026-08-09, more than 90 days ahead"):
        invoice(psa)
    set_agreement(psa, nextInvoiceDate="2026-08-08T00:00:00Z")
    invoice(psa)
    psa.switch(invoice_ahead="accept")
    assert days(invoice(psa)) == ("2026-09-08", "2026-10-07")


def test_invoice_taken_back_can_be_made_again(psa: Client) -> None:
    """The date is as before, what was changed meanwhile is billed, and the number is a new one."""
    first = invoice(psa)
    assert undo(psa, first["id"]) == first
    assert (psa.sandbox.state()["invoices"], next_date(psa)) == ([], "2026-06-01")
    psa.patch(f"{LINES}/3301", ("replace", "quantity", 37))
    again = invoice(psa)
    assert (days(again), again["total"], again["id"]) == (("2026-06-01", "2026-06-30"), 1360.0, first["id"] + 1)


def test_only_the_latest_invoice_is_taken_back(psa: Client) -> None:
    """An earlier one is refused with the later one's number; one after the other goes."""
    first, second = invoice(psa)["id"], invoice(psa)["id"]
    with pytest.raises(ValueError, match=rf"Invoice {first} is not the latest of agreement 77: {second} is later"):
        undo(psa, first)
    assert next_date(psa) == "2026-08-01"
    undo(psa, second)
    assert next_date(psa) == "2026-07-01"
    undo(psa, first)
    assert next_date(psa) == "2026-06-01"


def test_invoices_of_other_agreements_do_not_count_as_later(psa: Client) -> None:
    """The latest is told by agreement."""
    reload(psa, CHILD | {"parentAgreement": None})
    first = invoice(psa)["id"]
    invoice(psa, 78)
    undo(psa, first)
    assert (next_date(psa), next_date(psa, 78)) == ("2026-06-01", "2026-07-01")


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"delete": 1}, "Invoice 1 not found"),
        ({"agreement": 1}, "Agreement 1 not found"),
        ({}, "an invoice is made with"),
        ({"agreement": 77, "delete": 1}, "an invoice is made with"),
    ],
)
def test_bad_order_is_refused(psa: Client, order: Any, message: str) -> None:
    """No such record, or not one of the two orders."""
    with pytest.raises(ValueError, match=message):
        psa.sandbox.control("POST", "invoice", order)


def test_invoice_of_the_data_leaves_the_date_alone(psa: Client) -> None:
    """One without nextInvoiceDateBefore can be taken back, and that is all."""
    psa.sandbox.control("POST", "reset", tenant() | {"invoices": [{"id": 9, "agreementId": 77}]})
    undo(psa, 9)
    assert (psa.sandbox.state()["invoices"], next_date(psa)) == ([], "2026-06-01")


def test_taking_an_invoice_back_is_called_back(psa: Client, receiver: Receiver) -> None:
    """As a deleted invoice and an updated agreement, and the audit trail has both."""
    made = invoice(psa)["id"]
    register(psa, receiver, "invoice", "company", objectId=412)
    register(psa, receiver, "agreement", "agreement", objectId=77)
    undo(psa, made)
    assert sorted(told(psa.sandbox)) == [("agreement", "updated", 77), ("invoice", "deleted", made)]
    texts = [row["text"] for row in psa.get("/system/audittrail", type="Agreement", id=77).json()]
    assert texts == [f"Invoice {made} created", f"Invoice {made} deleted"]


def test_line_of_an_invoice_taken_back_is_open_again(psa: Client) -> None:
    """Where lines of an invoiced period are closed by switch."""
    psa.switch(invoiced_lines="refuse")
    set_agreement(psa, nextInvoiceDate="2026-05-01T00:00:00Z")
    made = invoice(psa)["id"]
    more = ("replace", "quantity", 37)
    assert psa.patch(f"{LINES}/3301", more).status_code == 400
    undo(psa, made)
    assert psa.patch(f"{LINES}/3301", more).status_code == 200


def test_parents_invoice_bills_active_children(psa: Client) -> None:
    """31 and 2 units at 42.50, a fixed amount of each, lines with their agreement, for the parent's period; the
    children's dates move with it."""
    child = CHILD | {"billAmount": 20, "nextInvoiceDate": "2026-09-15"}
    reload(psa, child, additions=[CHILD_LINE], billAmount=100)
    made = invoice(psa)
    assert (made["agreementId"], days(made)) == (77, ("2026-06-01", "2026-06-30"))
    assert [(line["agreementId"], line["amount"]) for line in made["lines"]] == [(77, 1317.5), (78, 85.0)]
    assert (made["agreementAmount"], made["total"]) == (120.0, 1522.5)
    assert (next_date(psa), next_date(psa, 78)) == ("2026-07-01", "2026-07-01")


def test_parents_invoice_reaches_children_of_children(psa: Client) -> None:
    """Down to the last, and once each."""
    reload(psa, CHILD, CHILD | {"id": 79, "parentAgreement": {"id": 78}}, additions=[CHILD_LINE | {"agreementId": 79}])
    assert [line["agreementId"] for line in invoice(psa)["lines"]] == [77, 79]
    assert (next_date(psa, 78), next_date(psa, 79)) == ("2026-07-01", "2026-07-01")


def test_child_that_is_not_active_is_left_out(psa: Client) -> None:
    """Its lines are not billed and its date stays."""
    reload(psa, CHILD | {"agreementStatus": "Inactive"}, additions=[CHILD_LINE])
    assert [line["agreementId"] for line in invoice(psa)["lines"]] == [77]
    assert next_date(psa, 78) == "2026-06-01"


def test_child_prorates_by_its_own_flag(psa: Client) -> None:
    """15 of 30 days of 85.00 for the child; the parent's line, which does not prorate, in full."""
    half = {"cancelledDate": "2026-06-15"}
    reload(psa, CHILD | {"prorateFlag": True}, additions=[CHILD_LINE | half])
    psa.patch(f"{LINES}/3301", ("replace", "cancelledDate", "2026-06-15"))
    assert [line["amount"] for line in invoice(psa)["lines"]] == [1317.5, 42.5]


def test_child_of_an_active_parent_is_not_invoiced_by_itself(psa: Client) -> None:
    """400 through the API; once the parent is not active it is."""
    reload(psa, CHILD, additions=[CHILD_LINE])
    response = psa.post("/finance/agreements/78/invoice", {})
    assert response.status_code == 400
    assert response.json()["message"] == "Agreement 78 is invoiced with its parent agreement 77, which is Active."
    set_agreement(psa, agreementStatus="Inactive")
    assert invoice(psa, 78)["total"] == 85.0


def test_invoices_of_children_are_a_switch(psa: Client) -> None:
    """With ``child_invoices`` alone each agreement is invoiced by itself."""
    reload(psa, CHILD, additions=[CHILD_LINE])
    psa.switch(child_invoices="alone")
    assert (invoice(psa)["total"], next_date(psa, 78)) == (1317.5, "2026-06-01")
    assert invoice(psa, 78)["total"] == 85.0


def test_taking_a_parents_invoice_back_gives_children_their_dates(psa: Client) -> None:
    """Each its own; a later invoice of a child holds the parent's."""
    reload(psa, CHILD | {"nextInvoiceDate": "2026-06-15"}, additions=[CHILD_LINE])
    first = invoice(psa)["id"]
    undo(psa, first)
    assert (next_date(psa), next_date(psa, 78)) == ("2026-06-01", "2026-06-15")
    second = invoice(psa)["id"]
    psa.switch(child_invoices="alone")
    third = invoice(psa, 78)["id"]
    with pytest.raises(ValueError, match=f"Invoice {second} is not the latest of agreement 78: {third} is later"):
        undo(psa, second)


def test_agreements_that_are_each_others_parent_are_not_invoiced(psa: Client) -> None:
    """400 for either, and no endless search; one that is its own parent is like one without."""
    reload(psa, CHILD, parentAgreement={"id": 78})
    assert [psa.post(f"/finance/agreements/{one}/invoice", {}).status_code for one in (77, 78)] == [400, 400]
    reload(psa, parentAgreement={"id": 77})
    assert invoice(psa)["total"] == 1317.5
