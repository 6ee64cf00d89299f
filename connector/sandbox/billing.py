"""Invoicing an agreement's period, as far as a per-user line needs it (api.md 4.7, 4.8)."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connector.sandbox.errors import ApiError, record_not_found
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.schema import parse_time, stamp
from connector.sandbox.store import Record, Store, dig

CYCLE_MONTHS = {"monthly": 1, "bi-monthly": 2, "quarterly": 3, "semi-annually": 6, "annually": 12, "yearly": 12}
CENT = Decimal("0.01")


def invoice_agreement(store: Store, agreement_id: Any) -> Record:
    """Bill the period that begins at ``nextInvoiceDate``; the date moves on by one cycle. Raises ``ApiError``.

    A line counts when it is in effect on any day of the period: in full, or by days when the agreement prorates.
    DoNotBill lines are left out and NoCharge lines cost nothing. Amounts are rounded to cents, half up.
    """
    agreement = store.get("agreements", agreement_id)
    if agreement is None:
        raise record_not_found("Agreement", agreement_id)
    start, end = period(agreement)
    lines = [r for r in store.rows("additions") if r["agreementId"] == agreement["id"]]
    billed = [line for record in lines if (line := invoice_line(agreement, record, start, end)) is not None]
    fixed = Decimal(str(agreement.get("billAmount") or 0))
    invoice: Record = {
        "id": store.new_id("invoices"),
        "agreementId": agreement["id"],
        "date": store.clock.text(),
        "periodStart": stamp(start),
        "periodEnd": stamp(end - timedelta(days=1)),
        "lines": billed,
        "agreementAmount": float(fixed),
        "total": float(fixed + sum(Decimal(str(line["amount"])) for line in billed)),
    }
    invoice["number"] = str(invoice["id"])
    store.save("invoices", invoice)
    store.happened("invoices", "added", invoice | {"company": agreement.get("company")})
    before = {**agreement}
    agreement["nextInvoiceDate"] = stamp(end)
    store.save("agreements", agreement)
    store.happened("agreements", "updated", agreement, before)
    store.audit(BY_COLLECTION["agreements"], agreement["id"], "Updated", f"Invoice {invoice['number']} created")
    return invoice


def period(agreement: Record) -> tuple[datetime, datetime]:
    """First day of the period to bill and first day after it; 400 when the agreement cannot be billed."""
    months = CYCLE_MONTHS.get(str(dig(agreement, "billingCycle/name")).lower())
    if agreement.get("agreementStatus") != "Active":
        raise ApiError(400, "InvalidObject", f"Agreement {agreement['id']} is {agreement.get('agreementStatus')}.")
    if months is None or agreement.get("nextInvoiceDate") is None:
        raise ApiError(400, "InvalidObject", f"Agreement {agreement['id']} has no billing cycle that can be invoiced.")
    start = parse_time(agreement["nextInvoiceDate"])
    return start, add_months(start, months)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day some months later, at most the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def invoice_line(agreement: Record, record: Record, start: datetime, end: datetime) -> Record | None:
    """One addition on the invoice, or ``None`` when it is not in effect or not billed."""
    first = max(start, parse_time(record["effectiveDate"])) if record.get("effectiveDate") else start
    cancelled = record.get("cancelledDate")
    after = min(end, parse_time(cancelled) + timedelta(days=1)) if cancelled else end
    if first >= after or record["billCustomer"] == "DoNotBill":
        return None
    days, period_days = (after.date() - first.date()).days, (end.date() - start.date()).days
    quantity = Decimal(str(record["billedQuantity"]))
    price = Decimal(str(record.get("unitPrice") or 0)) if record["billCustomer"] == "Billable" else Decimal(0)
    share = Decimal(days) / Decimal(period_days) if agreement.get("prorateFlag") else Decimal(1)
    return {
        "additionId": record["id"],
        "product": record["product"],
        "description": record.get("invoiceDescription") or record.get("description"),
        "quantity": record.get("quantity"),
        "lessIncluded": record.get("lessIncluded"),
        "billedQuantity": record["billedQuantity"],
        "unitPrice": record.get("unitPrice"),
        "days": days,
        "periodDays": period_days,
        "amount": float((quantity * price * share).quantize(CENT, ROUND_HALF_UP)),
    }
