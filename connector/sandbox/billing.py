"""Invoicing an agreement's period, as far as a per-user line needs it (api.md 4.7, 4.8), and taking that back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connector.sandbox.cycles import Cycle, cycle_named
from connector.sandbox.errors import ApiError, record_not_found
from connector.sandbox.proration import day_of, days_in_effect, number, share
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.schema import parse_time, stamp
from connector.sandbox.store import Record, Store, dig

FARTHEST_AHEAD = timedelta(days=90)


def invoice_agreement(store: Store, agreement_id: Any) -> Record:
    """Bill an agreement's next period, with its children; their ``nextInvoiceDate`` moves on. Raises ``ApiError``.

    A line counts when it is in effect on any day of the period: in full, or by days when its agreement prorates.
    DoNotBill lines are left out and NoCharge lines cost nothing. Amounts are rounded to cents, half up.
    """
    agreement = store.get("agreements", agreement_id)
    if agreement is None:
        raise record_not_found("Agreement", agreement_id)
    check_alone(store, agreement)
    first, after, following = next_period(store, agreement)
    children = active_children(store, agreement, {agreement["id"]})
    billed, fixed = [], Decimal(0)
    for one in (agreement, *children):
        lines = [line for line in store.rows("additions") if line["agreementId"] == one["id"]]
        billed += [row for line in lines if (row := invoice_line(one, line, first, after)) is not None]
        fixed += number(one.get("billAmount"))
    invoice: Record = {
        "id": store.new_id("invoices"),
        "agreementId": agreement["id"],
        "date": store.clock.text(),
        "periodStart": midnight(first),
        "periodEnd": midnight(after - timedelta(days=1)),
        "lines": billed,
        "agreementAmount": float(fixed),
        "total": float(fixed + sum(number(row["amount"]) for row in billed)),
        "nextInvoiceDateBefore": agreement.get("nextInvoiceDate"),
        "children": [
            {"agreementId": one["id"], "nextInvoiceDateBefore": one.get("nextInvoiceDate")} for one in children
        ],
    }
    invoice["number"] = str(invoice["id"])
    store.save("invoices", invoice)
    store.happened("invoices", "added", invoice | {"company": agreement.get("company")})
    for one in (agreement, *children):
        set_next_invoice(store, one, following, f"Invoice {invoice['number']} created")
    return invoice


def delete_invoice(store: Store, invoice_id: Any) -> Record:
    """Take an invoice back and answer it: what it billed has the ``nextInvoiceDate`` again that it had before.

    Raises ``ApiError`` for one that does not exist, or that is not the latest of an agreement it billed.
    """
    invoice = store.get("invoices", invoice_id)
    if invoice is None:
        raise record_not_found("Invoice", invoice_id)
    covered = covers(invoice)
    for later in store.rows("invoices"):
        shared = covered.keys() & covers(later).keys()
        if later["id"] > invoice["id"] and shared:
            message = f"Invoice {invoice['id']} is not the latest of agreement {min(shared)}: {later['id']} is later."
            raise ApiError(400, "InvalidObject", message)
    agreement = store.get("agreements", invoice.get("agreementId")) or {}
    store.remove("invoices", invoice["id"])
    store.happened("invoices", "deleted", invoice | {"company": agreement.get("company")})
    for agreement_id, entry in covered.items():
        one = store.get("agreements", agreement_id)
        if one is not None and "nextInvoiceDateBefore" in entry:
            set_next_invoice(store, one, entry["nextInvoiceDateBefore"], f"Invoice {invoice['id']} deleted")
    return invoice


def covers(invoice: Record) -> dict[Any, Record]:
    """The agreements that an invoice bills: by id, what it notes of each."""
    return {one.get("agreementId"): one for one in (invoice, *(invoice.get("children") or ()))}


def set_next_invoice(store: Store, agreement: Record, moment: str | None, why: str) -> None:
    """Store an agreement's next invoice date; callbacks and the audit trail are told."""
    before = {**agreement}
    agreement["nextInvoiceDate"] = moment
    store.save("agreements", agreement)
    store.happened("agreements", "updated", agreement, before)
    store.audit(BY_COLLECTION["agreements"], agreement["id"], "Updated", why)


def midnight(day: date) -> str:
    """The beginning of a day as the PSA writes times."""
    return f"{day.isoformat()}T00:00:00Z"


def check_alone(store: Store, agreement: Record) -> None:
    """Refuse (400) an agreement that cannot be invoiced, or only with its active parent (a switch)."""
    if agreement.get("agreementStatus") != "Active":
        raise ApiError(400, "InvalidObject", f"Agreement {agreement['id']} is {agreement.get('agreementStatus')}.")
    parent = store.get("agreements", dig(agreement, "parentAgreement/id")) or agreement
    together = store.switches["child_invoices"] == "with_parent" and parent is not agreement
    if together and parent.get("agreementStatus") == "Active":
        message = f"Agreement {agreement['id']} is invoiced with its parent agreement {parent['id']}, which is Active."
        raise ApiError(400, "InvalidObject", message)


def active_children(store: Store, agreement: Record, seen: set[int]) -> list[Record]:
    """The Active agreements below one that are invoiced with it, theirs included; none where the switch says so.

    ``seen`` holds the ids that are not to be met again, and takes those found.
    """
    found: list[Record] = []
    for one in store.rows("agreements") if store.switches["child_invoices"] == "with_parent" else ():
        below = dig(one, "parentAgreement/id") == agreement["id"] and one.get("agreementStatus") == "Active"
        if below and one["id"] not in seen:
            seen.add(one["id"])
            found += [one, *active_children(store, one, seen)]
    return found


def next_period(store: Store, agreement: Record) -> tuple[date, date, str]:
    """First day of the period to bill, first day after it, and the ``nextInvoiceDate`` that follows.

    In advance it begins at ``nextInvoiceDate``, in arrears it ends there (a switch says which ``periodType`` is which).
    Raises ``ApiError`` 400 for an agreement without either, or too far ahead where a switch refuses that.
    """
    moment, cycle = agreement.get("nextInvoiceDate"), cycle_named(str(dig(agreement, "billingCycle/name")))
    day = day_of(moment)
    if cycle is None or day is None:
        raise ApiError(400, "InvalidObject", f"Agreement {agreement['id']} has no billing cycle that can be invoiced.")
    if store.switches["invoice_ahead"] == "refuse" and day - store.clock.now().date() > FARTHEST_AHEAD:
        message = f"Agreement {agreement['id']} is next invoiced on {day}, more than {FARTHEST_AHEAD.days} days ahead."
        raise ApiError(400, "InvalidObject", message)
    try:
        after = cycle.move(day)
        arrears = agreement.get("periodType") == store.switches["arrears"]
        first, behind = (arrears_begin(store, agreement, cycle, day), day) if arrears else (day, after)
    except ValueError as error:
        raise ApiError(400, "InvalidObject", f"Agreement {agreement['id']}: {error}") from None
    at = parse_time(str(moment))
    return first, behind, stamp(at.replace(year=after.year, month=after.month, day=after.day))


def arrears_begin(store: Store, agreement: Record, cycle: Cycle, end: date) -> date:
    """First day of the cycle that ends before ``end``; raises ``ValueError`` outside the calendar.

    Where the latest invoice moved the date to ``end`` by a cycle, it is the day before that move: the month before
    28 February may have begun on 31 January, and no day is billed twice.
    """
    notes = [note for one in store.rows("invoices") if (note := covers(one).get(agreement["id"])) is not None]
    moved_from = day_of(notes[-1].get("nextInvoiceDateBefore")) if notes else None
    if moved_from is not None and cycle.move(moved_from) == end:
        return moved_from
    return cycle.move(end, -1)


def invoice_line(agreement: Record, line: Record, first: date, after: date) -> Record | None:
    """One addition on the invoice, or ``None`` when it is not in effect or not billed."""
    days, period_days = days_in_effect(line, first, after), (after - first).days
    if not days or line["billCustomer"] == "DoNotBill":
        return None
    price = number(line.get("unitPrice")) if line["billCustomer"] == "Billable" else Decimal(0)
    amount = number(line["billedQuantity"]) * price
    return {
        "additionId": line["id"],
        "agreementId": agreement["id"],
        "product": line["product"],
        "description": line.get("invoiceDescription") or line.get("description"),
        "quantity": line.get("quantity"),
        "lessIncluded": line.get("lessIncluded"),
        "billedQuantity": line["billedQuantity"],
        "unitPrice": line.get("unitPrice"),
        "days": days,
        "periodDays": period_days,
        "amount": share(amount, days if agreement.get("prorateFlag") else period_days, period_days),
    }
