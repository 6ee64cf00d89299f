"""The report as CSV (RFC 4180): one row for each change, held item, billing line and person, for a spreadsheet.

Numbers are written plainly so that they add up; every other cell is made safe against being run as a formula
(OWASP, "CSV injection").
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from io import StringIO

from connector.core.plan import BillingLine, PersonRef, Target
from connector.core.planjson import amount, quantity
from connector.report.story import ChangeItem, HeldItem, LineItem, Report, Story
from connector.report.words import LINKED, NEW, subject, who

COLUMNS = (
    "client",
    "company",
    "item",
    "kind",
    "who",
    "account",
    "guid",
    "profile",
    "contact_id",
    "agreement_id",
    "addition_id",
    "before",
    "after",
    "units",
    "quantity_before",
    "quantity_after",
    "unit_price",
    "monthly_change",
    "effective",
    "prorated",
    "pending_quantity",
    "pending_on",
    "rule",
    "reason",
    "how_to_release",
    "outcome",
)

Cell = str | int | Decimal | date | None
Row = Mapping[str, Cell]
# The full-width forms are formulas to spreadsheets in East Asian settings.
_RISKY = tuple("=+-@\t\r\n＝＋－＠")


def safe(value: str) -> str:
    """Text that no spreadsheet takes for a formula: a risky start gets an apostrophe before it."""
    return f"'{value}" if value.startswith(_RISKY) else value


def render_csv(report: Report) -> str:
    """All rows under one heading row; lines end in CRLF."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for client, message in report.failures:
        writer.writerow(_written({"client": client, "item": "failed", "reason": message}))
    for story in report.stories:
        for row in _rows(story):
            writer.writerow(_written({"client": story.client, "company": story.company, **row}))
    return out.getvalue()


def _written(row: Row) -> dict[str, str]:
    return {key: _cell(value) for key, value in row.items()}


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else str(value)


def _rows(story: Story) -> Iterable[Row]:
    yield from ({"item": "alert", "reason": alert} for alert in story.alerts)
    yield from (_held(item) for item in story.held)
    yield from (_line(item) for item in story.lines)
    yield from (_change(item) for group in story.changes for item in group.items)
    yield from (row for item in story.lines for row in _counted(item.source))
    yield from _not_counted(story)
    yield from ({"item": "warning", "reason": warning} for warning in story.warnings)
    yield from _pairs(story)


def _ids(target: Target) -> Row:
    return {
        "contact_id": target.contact_id,
        "agreement_id": target.agreement_id,
        "addition_id": target.addition_id,
    }


def _person(person: PersonRef | None, label: str = "") -> Row:
    if person is None:
        return {"who": label}
    return {"who": person.name or who(person), "account": person.account, "guid": person.guid}


def _held(item: HeldItem) -> Row:
    source = item.source
    return {
        "item": "held",
        "kind": source.kind.value,
        **_person(source.person, item.what),
        **_ids(source.target),
        "reason": f"{item.what}: {item.reason}",
        "how_to_release": item.release,
    }


def _line(item: LineItem) -> Row:
    line = item.source
    return {
        "item": "line",
        "kind": "moves" if item.moves else "stays",
        "who": line.product,
        **_place(line),
        "units": _number(line.billed),
        "quantity_before": _number(line.quantity_before),
        "quantity_after": _number(line.quantity_after if item.moves else line.quantity_before),
        "unit_price": None if line.unit_price is None else Decimal(amount(line.unit_price)),
        "monthly_change": Decimal(amount(line.monthly_change if item.moves else Decimal(0))),
        "effective": line.effective if item.moves else None,
        "prorated": None if line.prorated is None or not item.moves else Decimal(amount(line.prorated)),
        "pending_quantity": _number(line.pending.quantity) if line.pending else None,
        "pending_on": line.pending.on if line.pending else None,
        "reason": " ".join([f"{item.counted} counted, {item.billed} billed.", *item.notes]),
    }


def _place(line: BillingLine) -> Row:
    return {"profile": line.profile, "agreement_id": line.agreement_id, "addition_id": line.addition_id}


def _number(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(quantity(value))


def _change(item: ChangeItem) -> Row:
    source = item.source
    return {
        "item": "change",
        "kind": source.kind.value,
        **_person(source.person, item.who),
        "profile": "" if source.person else subject(source),
        **_ids(source.target),
        "before": "" if source.kind in NEW else "; ".join(f"{label}: {before}" for label, before, _ in item.fields),
        "after": "; ".join(f"{label}: {after}" for label, _, after in item.fields),
        "reason": item.reason,
        "outcome": item.outcome,
    }


def _counted(line: BillingLine) -> Iterable[Row]:
    for person in line.people:
        yield {
            "item": "counted",
            "who": person.name,
            "account": person.account,
            "guid": person.guid,
            **_place(line),
            "units": _number(person.units),
            "rule": person.rule,
        }


def _not_counted(story: Story) -> Iterable[Row]:
    for item in story.refusals:
        yield {
            "item": "not counted",
            "who": item.name or item.account,
            "account": item.account,
            "guid": item.guid,
            "rule": item.rule,
            "reason": item.reason,
        }


def _pairs(story: Story) -> Iterable[Row]:
    """Pairs that were found by a key, and who has no other: what somebody reads before the first run that writes."""
    for group in story.pairs if story.correctable else ():
        if group.heading != LINKED:
            for item in group.people:
                yield {"item": "pair", "kind": group.heading, "who": item.name, "reason": item.note}
