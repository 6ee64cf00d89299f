"""A plan as JSON and back: the file that is saved, approved and applied.

Keys come in one stable order: those that others rely on first, those that were added later after them. Decimals and
dates are text, so that nobody's floating point touches money; only ``billed`` is a number.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from connector.core.history import Month
from connector.core.jsonreader import Reader
from connector.core.model import Named
from connector.core.plan import (
    BillingLine,
    Change,
    Counted,
    Held,
    HeldKind,
    Kind,
    NotCounted,
    Pair,
    Pending,
    PersonRef,
    Plan,
    Target,
    Value,
)

VERSION = 1
T = TypeVar("T")
# Characters that can reorder or hide text on a screen, or that no encoding can carry; JSON may write them as escapes.
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def amount(value: Decimal) -> str:
    """Money as text: two decimals or as many more as mean something, never an exponent. Raises ValueError for a value
    that is not a finite number."""
    whole, _, places = quantity(value).partition(".")
    return f"{whole}.{places.ljust(2, '0')}"


def quantity(value: Decimal) -> str:
    """A quantity as text: no superfluous zeros, never an exponent. Raises ValueError unless it is finite."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a number that can be billed")
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def to_json(plan: Plan) -> dict[str, Any]:
    """One plan as a JSON object. Raises ValueError when ``made_at`` has no time zone."""
    return {
        "client": plan.client,
        "company": {"id": plan.company_id, "identifier": plan.company},
        "digest": plan.digest,
        "made_at": _moment(plan.made_at),
        "directory": {
            "complete": plan.complete,
            "accounts": plan.accounts,
            "people": plan.people,
            "source": plan.source,
        },
        "changes": [change_to_json(change) for change in plan.changes],
        "held": [_held(item) for item in plan.held],
        "billing": [_line(line) for line in plan.billing],
        "not_counted": [_not_counted(item) for item in plan.not_counted],
        "warnings": list(plan.warnings),
        "pairs": [_pair(pair) for pair in plan.pairs],
        "unpaired": [_person(person) for person in plan.unpaired],
        "unmatched": [{"contact_id": one.id, "name": one.name} for one in plan.unmatched],
        "absent": {guid: plan.absent[guid] for guid in sorted(plan.absent)},
    }


def document(plans: Iterable[Plan]) -> dict[str, Any]:
    """Several plans as the document that ``plan --format json`` prints and ``apply`` takes."""
    return {"version": VERSION, "plans": [to_json(plan) for plan in plans]}


def dumps(value: Mapping[str, Any]) -> str:
    """The JSON text of a document, indented, with names readable and invisible characters escaped."""
    return _shown(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def dump_line(value: Mapping[str, Any]) -> str:
    """The JSON text of an object on one line, without its end, with names readable and invisible characters escaped."""
    return _shown(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _shown(text: str) -> str:
    return _HIDDEN.sub(lambda found: json.dumps(found.group())[1:-1], text)


def loads(text: str) -> list[Plan]:
    """The plans of a document's text. Raises ValueError, in a sentence, for everything that is not one."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise ValueError(f"This is not a plan file: it is not JSON ({error}).") from error
    return from_document(value)


def from_document(value: object) -> list[Plan]:
    """The plans of a document. Raises ValueError, in a sentence, for another version, a malformed document, or a plan
    that no longer has the digest it was saved with."""
    root = Reader.of(value, "the document")
    version = root.raw("version")
    if isinstance(version, bool) or version != VERSION:
        raise ValueError(f"This plan file has version {version!r}; this connector reads version {VERSION}. Plan again.")
    return [_checked(entry) for entry in root.each("plans")]


def from_json(value: object) -> Plan:
    """The plan that ``to_json`` wrote. Raises ValueError naming the key that is missing or of a wrong kind."""
    return _plan(Reader.of(value, "the plan"))


def _moment(value: datetime) -> str:
    if value.utcoffset() is None:
        raise ValueError(f"The plan's time {value} has no time zone.")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _person(person: PersonRef | None) -> dict[str, str] | None:
    return None if person is None else {"guid": person.guid, "account": person.account, "name": person.name}


def _target(target: Target) -> dict[str, int | None]:
    return {
        "contact_id": target.contact_id,
        "agreement_id": target.agreement_id,
        "addition_id": target.addition_id,
    }


def change_to_json(change: Change) -> dict[str, Any]:
    """One change as a JSON object."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "target": _target(change.target),
        "person": _person(change.person),
        "before": dict(change.before),
        "after": dict(change.after),
        "reason": change.reason,
        "label": change.label,
    }


def _held(item: Held) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "what": item.what,
        "reason": item.reason,
        "how_to_release": item.how_to_release,
        "person": _person(item.person),
        "target": _target(item.target),
        "by_changes": item.by_changes,
        "approvable": item.approvable,
    }


def _line(line: BillingLine) -> dict[str, Any]:
    return {
        "profile": line.profile,
        "agreement_id": line.agreement_id,
        "addition_id": line.addition_id,
        "product": line.product,
        "counted": line.counted,
        "billed": _number(line.billed),
        "quantity_before": None if line.quantity_before is None else quantity(line.quantity_before),
        "quantity_after": None if line.quantity_after is None else quantity(line.quantity_after),
        "unit_price": None if line.unit_price is None else amount(line.unit_price),
        "monthly_change": amount(line.monthly_change),
        "effective": None if line.effective is None else line.effective.isoformat(),
        "people": [_counted(person) for person in line.people],
        "agreement": line.agreement,
        "how": line.how,
        "due": None if line.due is None else quantity(line.due),
        "pending": _pending(line.pending),
        "included": quantity(line.included),
        "months": line.months,
        "prorated": None if line.prorated is None else amount(line.prorated),
        "accepted": quantity(line.accepted),
        "open_from": None if line.open_from is None else line.open_from.isoformat(),
        "currency": line.currency,
        "notes": list(line.notes),
        "trend": [{"month": one.month, "people": one.people, "billed": quantity(one.billed)} for one in line.trend],
    }


def _pending(pending: Pending | None) -> dict[str, Any] | None:
    if pending is None:
        return None
    on = None if pending.on is None else pending.on.isoformat()
    return {"quantity": quantity(pending.quantity), "on": on, "reason": pending.reason}


def _counted(person: Counted) -> dict[str, str]:
    return {
        "guid": person.guid,
        "name": person.name,
        "rule": person.rule,
        "account": person.account,
        "units": quantity(person.units),
    }


def _not_counted(item: NotCounted) -> dict[str, str]:
    return {
        "account": item.account,
        "reason": item.reason,
        "rule": item.rule,
        "guid": item.guid,
        "name": item.name,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "guid": pair.guid,
        "contact_id": pair.contact_id,
        "by": pair.by,
        "account": pair.account,
        "name": pair.name,
    }


def _number(value: Decimal) -> int | float:
    # The PSA keeps quantities as doubles (api.md 4.8), so a double loses nothing that could ever be billed.
    return int(value) if value == value.to_integral_value() else float(value)


def _checked(entry: Reader) -> Plan:
    plan = _plan(entry)
    if plan.digest != entry.text("digest"):
        raise ValueError(f"The saved plan of client {plan.client!r} was changed after it was made. Plan again.")
    return plan


def _plan(entry: Reader) -> Plan:
    company, directory = entry.inner("company"), entry.inner("directory")
    return Plan(
        client=entry.text("client"),
        company_id=company.whole("id"),
        company=company.text("identifier"),
        made_at=entry.parsed("made_at", _read_moment, "a time with its zone"),
        complete=directory.flag("complete"),
        accounts=directory.whole("accounts"),
        people=directory.whole("people"),
        changes=tuple(_read_change(item) for item in entry.each("changes")),
        held=tuple(_read_held(item) for item in entry.each("held")),
        billing=tuple(_read_line(item) for item in entry.each("billing")),
        not_counted=tuple(_read_not_counted(item) for item in entry.each("not_counted")),
        warnings=entry.texts("warnings"),
        pairs=_later_each(entry, "pairs", _read_pair),
        unpaired=_later_each(entry, "unpaired", _read_ref),
        unmatched=_later_each(entry, "unmatched", _read_unmatched),
        absent=_read_absent(entry),
        source=directory.later("source"),
    )


def _read_moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.utcoffset() is None:
        raise ValueError(text)
    return value.astimezone(UTC)


def _later_each(entry: Reader, key: str, read: Callable[[Reader], T]) -> tuple[T, ...]:
    """A list that older plans do not have."""
    return tuple(read(item) for item in entry.each(key)) if key in entry.values else ()


def _read_absent(entry: Reader) -> dict[str, int]:
    if "absent" not in entry.values:
        return {}
    absent = entry.inner("absent")
    return {guid: absent.whole(guid) for guid in absent.values}


def _read_person(entry: Reader) -> PersonRef | None:
    if entry.values.get("person") is None:
        return None
    return _read_ref(entry.inner("person"))


def _read_ref(entry: Reader) -> PersonRef:
    return PersonRef(entry.text("guid"), entry.text("account"), entry.text("name"))


def _read_target(entry: Reader) -> Target:
    target = entry.inner("target")
    ids = (target.optional(key, target.whole) for key in ("contact_id", "agreement_id", "addition_id"))
    return Target(*ids)


def _read_values(entry: Reader, key: str) -> dict[str, Value]:
    values = entry.inner(key)
    for name, value in values.values.items():
        texts = isinstance(value, list) and all(isinstance(part, str) for part in value)
        if not (value is None or texts or isinstance(value, str | bool | int)):
            raise values.fault(name, "is neither text, a whole number, true, false, null nor a list of texts")
    return dict(values.values)


def change_from_json(value: object) -> Change:
    """The change that ``change_to_json`` wrote. Raises ValueError naming the key that is wrong."""
    return _read_change(Reader.of(value, "the change"))


def _read_change(entry: Reader) -> Change:
    return Change(
        kind=entry.parsed("kind", Kind, "a kind of change that this connector knows"),
        target=_read_target(entry),
        before=_read_values(entry, "before"),
        after=_read_values(entry, "after"),
        reason=entry.text("reason"),
        person=_read_person(entry),
        label=entry.later("label"),
    )


def _read_held(entry: Reader) -> Held:
    return Held(
        kind=entry.parsed("kind", HeldKind, "a reason to wait that this connector knows"),
        what=entry.text("what"),
        reason=entry.text("reason"),
        how_to_release=entry.text("how_to_release"),
        person=_read_person(entry),
        target=_read_target(entry) if "target" in entry.values else Target(),
        by_changes="by_changes" in entry.values and entry.flag("by_changes"),
        approvable="approvable" in entry.values and entry.flag("approvable"),
    )


def _read_line(entry: Reader) -> BillingLine:
    return BillingLine(
        profile=entry.text("profile"),
        agreement_id=entry.optional("agreement_id", entry.whole),
        addition_id=entry.optional("addition_id", entry.whole),
        product=entry.text("product"),
        counted=entry.whole("counted"),
        billed=entry.decimal("billed"),
        quantity_before=entry.optional("quantity_before", entry.decimal),
        quantity_after=entry.optional("quantity_after", entry.decimal),
        unit_price=entry.optional("unit_price", entry.decimal),
        effective=entry.optional("effective", lambda key: entry.parsed(key, date.fromisoformat, "a date")),
        people=tuple(_read_counted(person) for person in entry.each("people")),
        agreement=entry.later("agreement"),
        how=entry.later("how"),
        due=entry.younger("due", None, entry.decimal),
        pending=_read_pending(entry),
        included=entry.younger("included", Decimal(0), entry.decimal) or Decimal(0),
        months=entry.whole("months") if "months" in entry.values else 1,
        prorated=entry.younger("prorated", None, entry.decimal),
        accepted=entry.younger("accepted", Decimal(0), entry.decimal) or Decimal(0),
        open_from=entry.younger("open_from", None, lambda key: entry.parsed(key, date.fromisoformat, "a date")),
        currency=entry.later("currency"),
        notes=entry.texts("notes") if "notes" in entry.values else (),
        trend=_later_each(entry, "trend", _read_month),
    )


def _read_pending(entry: Reader) -> Pending | None:
    if entry.values.get("pending") is None:
        return None
    value = entry.inner("pending")
    on = value.optional("on", lambda key: value.parsed(key, date.fromisoformat, "a date"))
    return Pending(value.decimal("quantity"), on, value.text("reason"))


def _read_month(entry: Reader) -> Month:
    return Month(entry.text("month"), entry.whole("people"), entry.decimal("billed"))


def _read_counted(entry: Reader) -> Counted:
    units = entry.decimal("units") if "units" in entry.values else Decimal(1)
    return Counted(entry.text("guid"), entry.text("name"), entry.text("rule"), entry.later("account"), units)


def _read_not_counted(entry: Reader) -> NotCounted:
    account, reason, rule = entry.text("account"), entry.text("reason"), entry.text("rule")
    return NotCounted(account, reason, rule, entry.later("guid"), entry.later("name"))


def _read_pair(entry: Reader) -> Pair:
    by, account, name = entry.text("by"), entry.later("account"), entry.later("name")
    return Pair(entry.text("guid"), entry.whole("contact_id"), by, account, name)


def _read_unmatched(entry: Reader) -> Named:
    return Named(entry.whole("contact_id"), entry.text("name"))
