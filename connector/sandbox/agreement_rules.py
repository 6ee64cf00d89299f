"""What the PSA does to agreements and their additions when they are written (api.md 4.7, 4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connector.sandbox.errors import invalid_field
from connector.sandbox.proration import day_of, prorated_amounts
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.schema import stamp
from connector.sandbox.store import Record, Store, dig


def finish_agreement(store: Store, record: Record, old: Record | None) -> None:
    """Status, cancellation and next invoice date of an agreement."""
    settle_cancellation(store, record, old or {})
    if record.get("agreementStatus") is None:
        record["agreementStatus"] = "Expired" if has_ended(record, store.clock.now()) else "Active"
    if record.get("nextInvoiceDate") is None and record.get("billingCycle") is not None:
        record["nextInvoiceDate"] = stamp(first_of_next_month(store.clock.now()))


def has_ended(record: Record, now: datetime) -> bool:
    """Whether an agreement's endDate, its last day, is over at a time."""
    end = day_of(record.get("endDate")) if not record.get("noEndingDateFlag") else None
    return end is not None and end < now.date()


def clock_moved(store: Store, before: datetime) -> None:
    """After the clock was set from ``before``: an agreement whose endDate came to lie behind it has expired, one whose
    endDate it went back to is active again. Other statuses stay as they were written."""
    now = store.clock.now()
    for record in store.rows("agreements"):
        turned = (has_ended(record, before), has_ended(record, now), record.get("agreementStatus"))
        if turned in {(False, True, "Active"), (True, False, "Expired")}:
            record["agreementStatus"] = "Expired" if turned[1] else "Active"
            agreement_stored(store, record, None)


def settle_cancellation(store: Store, record: Record, old: Record) -> None:
    """Status and cancelledFlag of an agreement say the same (api.md 4.7); the one that was written leads."""
    was, flag = bool(old.get("cancelledFlag")), bool(record.get("cancelledFlag"))
    if flag and not was:
        record["agreementStatus"] = "Cancelled"
    elif was and not flag and record.get("agreementStatus") == "Cancelled":
        record["agreementStatus"] = None
    cancelled = record.get("agreementStatus") == "Cancelled"
    record["cancelledFlag"] = cancelled
    if cancelled:
        record["dateCancelled"] = record.get("dateCancelled") or store.clock.text()
    elif was:
        record["dateCancelled"] = None


def first_of_next_month(now: datetime) -> datetime:
    """Midnight of the first day of the month after ``now``."""
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return now.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0)


def agreement_stored(store: Store, record: Record, _old: Record | None) -> None:
    """After an agreement is stored: the lines repeat its status, and are prorated as it says now."""
    for line in store.rows("additions"):
        if line["agreementId"] == record["id"]:
            line["agreementStatus"] = line_status(store, record)
            line.update(prorated_amounts(record, line, priced_quantity(line, store.switches)))


def line_status(store: Store, agreement: Record) -> Any:
    """What a line says of its agreement's status; whether it does is a switch (api.md 4.8)."""
    return agreement.get("agreementStatus") if store.switches["line_status"] == "agreement" else None


def finish_addition(store: Store, record: Record, old: Record | None) -> None:
    """Check a line that is about to be written, then complete it; raises ``ApiError``."""
    agreement = store.get("agreements", record["agreementId"]) or {}
    product = store.get("catalog", dig(record, "product/id")) or {}
    if store.switches["closed_agreement_additions"] == "refuse" and agreement.get("agreementStatus") != "Active":
        message = f"The agreement is {agreement.get('agreementStatus')}; its additions cannot be changed."
        raise invalid_field("agreementAddition", "agreementId", message)
    if old is not None and store.switches["invoiced_lines"] == "refuse" and is_invoiced(store, old):
        raise invalid_field("agreementAddition", "agreementId", "The addition is on the invoice of this period.")
    if product.get("productClass") == "Bundle" and dig(old, "product/id") != product["id"]:
        raise invalid_field("agreementAddition", "product/id", "A bundle cannot be an agreement addition.")
    complete_addition(store, record, old)


def is_invoiced(store: Store, line: Record) -> bool:
    """Whether today lies in a period whose invoice has this line on it."""
    today = store.clock.text()[:10]
    return any(
        str(invoice.get("periodStart"))[:10] <= today <= str(invoice.get("periodEnd"))[:10]
        for invoice in store.rows("invoices")
        if any(dig(billed, "additionId") == line["id"] for billed in invoice.get("lines") or ())
    )


def complete_addition(store: Store, record: Record, old: Record | None) -> None:
    """Complete a line from its product and agreement and work out its amounts, also for a first part of a period."""
    agreement = store.get("agreements", record["agreementId"]) or {}
    product = store.get("catalog", dig(record, "product/id")) or {}
    if old is None:
        take_from_product(record, product)
        record["effectiveDate"] = record.get("effectiveDate") or store.clock.text()[:10] + "T00:00:00Z"
        lines = [
            r for r in store.rows("additions") if r.get("agreementId") == record["agreementId"] and r is not record
        ]
        record["sequenceNumber"] = record.get("sequenceNumber") or float(len(lines) + 1)
    record["uom"] = dig(product, "unitOfMeasure/name") or "Each"
    record["agreementStatus"] = line_status(store, agreement)
    compute_amounts(record, store.switches)
    record |= prorated_amounts(agreement, record, priced_quantity(record, store.switches))


def take_from_product(record: Record, product: Record) -> None:
    """A new line takes from the catalogue what was not sent."""
    sources = {"description": "description", "unitPrice": "price", "unitCost": "cost", "taxableFlag": "taxableFlag"}
    for name, source in sources.items():
        if record.get(name) is None:
            record[name] = product.get(source)
    for field in BY_COLLECTION["additions"].fields.values():
        if record.get(field.name) is None:
            record[field.name] = field.default


def compute_amounts(record: Record, switches: Mapping[str, Any]) -> None:
    """Billed quantity, extended price and cost, margin. What is billed and priced are switches (api.md 4.8)."""
    quantity: Any = record.get("quantity") or 0.0
    included = record.get("lessIncluded") or 0.0 if switches["billed_quantity"] == "less_included" else 0.0
    record["billedQuantity"] = max(0.0, quantity - included)
    priced = priced_quantity(record, switches)
    record["extPrice"] = round(priced * (record.get("unitPrice") or 0.0), 4)
    record["extCost"] = round(priced * (record.get("unitCost") or 0.0), 4)
    record["margin"] = round(record["extPrice"] - record["extCost"], 4)


def priced_quantity(record: Record, switches: Mapping[str, Any]) -> Any:
    """The units that the extended amounts of a line count: all, or the billed ones (a switch)."""
    return record["billedQuantity"] if switches["ext_price"] == "billed" else record.get("quantity") or 0.0
