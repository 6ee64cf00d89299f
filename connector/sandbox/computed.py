"""Answers that are worked out from other records."""

from __future__ import annotations

from collections import Counter

from connector.sandbox.store import Record, Store, dig, display_name, referrers

CURRENT_VERSION = "2026.4"


def system_info(version: str) -> Record:
    """``/system/info`` (api.md 2.2)."""
    return {
        "version": f"v{version}.101234",
        "isCloud": True,
        "serverTimeZone": "Eastern Standard Time",
        "licenseBits": [{"name": "Core", "activeFlag": True}],
        "cloudRegion": "NA",
        "maxWorkFlowRecordsAllowed": 0,
    }


def agreement_recaps(store: Store) -> list[Record]:
    """``/finance/agreementrecap/``: what was invoiced last and what comes next (api.md 4.7)."""
    recaps = []
    for agreement in store.rows("agreements"):
        invoices = [i for i in store.rows("invoices") if i["agreementId"] == agreement["id"]]
        last = invoices[-1] if invoices else {}
        lines = [r for r in store.rows("additions") if r["agreementId"] == agreement["id"]]
        recap: Record = {
            "id": agreement["id"],
            "name": agreement.get("name"),
            "companyName": dig(agreement, "company/name"),
            "agreementStatus": agreement.get("agreementStatus"),
            "nextInvoiceDate": agreement.get("nextInvoiceDate"),
            "nextInvoiceAmount": sum(line["extPrice"] for line in lines if line["billCustomer"] == "Billable"),
            "lastInvoiceDate": last.get("date"),
            "lastInvoiceNumber": last.get("number"),
            "lastInvoiceAmount": str(last["total"]) if last else None,
        }
        recaps.append(recap)
    return recaps


def contact_usages(store: Store, contact: Record) -> list[Record]:
    """``/company/contacts/{id}/usages/list``: each record that refers to the contact."""
    found = ((row, record) for row, record, _ in referrers(store, "contacts", contact["id"]))
    return [
        {"id": record["id"], "type": row.label, "description": display_name(row.collection, record)}
        for row, record in found
    ]


def contact_usage_counts(store: Store, contact: Record) -> list[Record]:
    """``/company/contacts/{id}/usages``: how many records of each kind refer to the contact (api.md 4.3)."""
    counts = Counter(row.label for row, _, _ in referrers(store, "contacts", contact["id"]))
    return [{"id": at, "type": label, "count": counts[label]} for at, label in enumerate(sorted(counts), 1)]
