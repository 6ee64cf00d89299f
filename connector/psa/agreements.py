"""Writes agreement additions, the billing lines (api.md 4.8)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connector.core.model import Addition
from connector.core.plan import Value
from connector.errors import PsaRejected
from connector.psa import records
from connector.psa.catalogue import read_products
from connector.psa.rest import Operation, PsaRest, Record

_NUMBERS = {"quantity": "quantity", "less_included": "lessIncluded"}
_TEXTS = {"invoice_description": "invoiceDescription"}
_COPIED = frozenset({
    "product", "billCustomer", "unitPrice", "unitCost", "lessIncluded", "taxableFlag", "serialNumber",
    "invoiceDescription", "purchaseItemFlag", "specialOrderFlag", "description", "opportunity", "invoiceGrouping",
    "prorateCurrentPeriodFlag", "customFields",
})  # fmt: skip
"""What can be written of a line (api.md 4.8), without quantity and dates."""


class PsaLines:
    """The :class:`~connector.sync.ports.LineWriter`."""

    def __init__(self, http: PsaRest) -> None:
        self._http = http

    def get(self, agreement_id: int, addition_id: int) -> Addition:
        """The line as it stands now. Raises ``PsaMissing`` when it is gone."""
        path = f"{_path(agreement_id)}/{addition_id}"
        return records.addition(self._http.get(path, {"fields": records.ADDITION_FIELDS}), agreement_id)

    def of_agreement(self, agreement_id: int) -> tuple[Addition, ...]:
        """All lines of an agreement, running or not."""
        return read_additions(self._http, agreement_id)

    def add(self, agreement_id: int, values: Mapping[str, Value]) -> Addition:
        """Add a line from ``product``, ``quantity``, ``effective_date`` and, where given, ``unit_price``,
        ``less_included`` and ``invoice_description``, once. With ``copy_of``, every other field is that line's, its
        price too.

        Raises ``PsaRejected`` when the catalogue does not have the product, it cannot be a line, or the line does not
        show what was sent; ``PsaInDoubt`` when the answer was lost.
        """
        _check_names(values, {"product", "quantity", "effective_date", "unit_price", "copy_of", *_TEXTS, *_NUMBERS})
        if values.get("copy_of") is not None:
            body = self._copied(agreement_id, int(str(values["copy_of"])))
        else:
            body = {"product": {"id": self._product_id(str(values["product"]))}, "billCustomer": "Billable"}
            if values.get("unit_price") is not None:
                body["unitPrice"] = _number("unit_price", values["unit_price"])
        body |= {"effectiveDate": _midnight(values["effective_date"])}
        body |= {key: _number(name, values[name]) for name, key in _NUMBERS.items() if name in values}
        body |= {key: str(values[name]) for name, key in _TEXTS.items() if name in values}
        made = records.addition(self._http.post(_path(agreement_id), body), agreement_id)
        self._check_made(made, values)
        return made

    def _copied(self, agreement_id: int, addition_id: int) -> Record:
        """Every field of a line that a new one may be given (api.md 4.8), references and custom fields by their ids."""
        record = self._http.get(f"{_path(agreement_id)}/{addition_id}")
        return {name: _bare(value) for name, value in record.items() if name in _COPIED and value is not None}

    def _check_made(self, made: Addition, values: Mapping[str, Value]) -> None:
        price = Decimal(str(values["unit_price"])) if values.get("unit_price") is not None else made.unit_price
        starts = made.effective_date.isoformat() if made.effective_date else None
        wanted = (Decimal(str(values["quantity"])), price, str(values["effective_date"])[:10])
        if (made.quantity, made.unit_price, starts) != wanted:
            raise PsaRejected(
                f"ConnectWise made line {made.id} ({made.product}) with other values than were sent: quantity "
                f"{made.quantity} at {made.unit_price} from {starts or 'no day'}.",
                "Look at the line in ConnectWise before the next invoice.",
            )

    def update(self, line: Addition, values: Mapping[str, Value]) -> Addition:
        """Write ``quantity``, ``less_included``, ``invoice_description`` or ``cancelled_date`` (None clears it) in
        place; without a difference nothing is sent.

        Raises ``PsaRejected`` when the line does not show the new values afterwards: money is believed only when seen.
        """
        _check_names(values, {"cancelled_date", *_TEXTS, *_NUMBERS})
        operations = _operations(line, values)
        if not operations:
            return line
        path = f"{_path(line.agreement_id)}/{line.id}"
        after = records.addition(self._http.patch(path, operations), line.agreement_id)
        if _operations(after, values):
            raise PsaRejected(
                f"ConnectWise accepted a change of line {line.id} ({line.product}) but did not keep it: quantity "
                f"{after.quantity}, cancelled {after.cancelled_date or 'never'}.",
                "Look at the line in ConnectWise before the next invoice.",
            )
        return after

    def _product_id(self, identifier: str) -> int:
        found = [product for product in read_products(self._http, [identifier]) if not product.inactive]
        if len(found) != 1 or found[0].product_class == "Bundle":
            reason = "is a bundle" if len(found) == 1 else f"has {len(found)} active entries"
            raise PsaRejected(
                f"{identifier} {reason} in the catalogue of ConnectWise, so it cannot be a line.",
                "Check the product of the billing profile.",
            )
        return found[0].id


def read_additions(http: PsaRest, agreement_id: int) -> tuple[Addition, ...]:
    """All lines of an agreement; there is no list across agreements (api.md 4.8)."""
    rows = http.pages(_path(agreement_id), {"fields": records.ADDITION_FIELDS})
    return tuple(records.addition(row, agreement_id) for row in rows)


def _operations(line: Addition, values: Mapping[str, Value]) -> list[Operation]:
    stands = {"quantity": line.quantity, "less_included": line.less_included}
    made: list[Operation] = [
        {"op": "replace", "path": key, "value": _number(name, values[name])}
        for name, key in _NUMBERS.items()
        if name in values and Decimal(str(values[name])) != stands[name]
    ]
    if "invoice_description" in values and values["invoice_description"] != line.invoice_description:
        made.append({"op": "replace", "path": "invoiceDescription", "value": str(values["invoice_description"])})
    if "cancelled_date" in values:
        wanted = _midnight(values["cancelled_date"]) if values["cancelled_date"] else None
        if wanted is None and line.cancelled_date:
            made.append({"op": "remove", "path": "cancelledDate"})
        elif wanted and wanted != _midnight(str(line.cancelled_date or date.min)):
            made.append({"op": "replace", "path": "cancelledDate", "value": wanted})
    return made


def _bare(value: Any) -> Any:
    """A value as it is sent: of a reference its id, of a custom field id and value."""
    if isinstance(value, list):
        return [{"id": one["id"], "value": one.get("value")} for one in value]
    return {"id": value["id"]} if isinstance(value, Mapping) else value


def _path(agreement_id: int) -> str:
    return f"/finance/agreements/{agreement_id}/additions"


def _check_names(values: Mapping[str, Value], known: set[str]) -> None:
    if unknown := sorted(set(values) - known):
        raise ValueError(f"a line's {', '.join(unknown)} cannot be written")


def _number(name: str, value: Value) -> int | float:
    """A decimal as a JSON number: whole ones as integers, others only where a double (api.md 4.8) holds them exactly
    as written."""
    exact = Decimal(str(value))
    if exact == exact.to_integral_value():
        return int(exact)
    if Decimal(repr(float(exact))) != exact:
        raise PsaRejected(f"{name} {exact} has more digits than ConnectWise keeps.")
    return float(exact)


def _midnight(value: Value) -> str:
    """The PSA's form of a day: midnight UTC (api.md 2.3)."""
    return f"{date.fromisoformat(str(value)[:10]).isoformat()}T00:00:00Z"
