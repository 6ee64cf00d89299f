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
from connector.psa.rest import Operation, PsaRest


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
        """Add a line from ``product``, ``quantity``, ``effective_date`` and, where given, ``unit_price``, once.

        Raises ``PsaRejected`` when the catalogue does not have the product or it cannot be a line, ``PsaInDoubt`` when
        the answer was lost.
        """
        _check_names(values, {"product", "quantity", "effective_date", "unit_price"})
        body: dict[str, Any] = {
            "product": {"id": self._product_id(str(values["product"]))},
            "billCustomer": "Billable",
            "quantity": _number("quantity", values["quantity"]),
            "effectiveDate": _midnight(values["effective_date"]),
        }
        if values.get("unit_price") is not None:
            body["unitPrice"] = _number("unit_price", values["unit_price"])
        return records.addition(self._http.post(_path(agreement_id), body), agreement_id)

    def update(self, line: Addition, values: Mapping[str, Value]) -> Addition:
        """Write ``quantity`` or ``cancelled_date`` (None clears it) in place; without a difference nothing is sent.

        Raises ``PsaRejected`` when the line does not show the new values afterwards: money is believed only when seen.
        """
        _check_names(values, {"quantity", "cancelled_date"})
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
    made: list[Operation] = []
    if "quantity" in values and Decimal(str(values["quantity"])) != line.quantity:
        made.append({"op": "replace", "path": "quantity", "value": _number("quantity", values["quantity"])})
    if "cancelled_date" in values:
        wanted = _midnight(values["cancelled_date"]) if values["cancelled_date"] else None
        if wanted is None and line.cancelled_date:
            made.append({"op": "remove", "path": "cancelledDate"})
        elif wanted and wanted != _midnight(str(line.cancelled_date or date.min)):
            made.append({"op": "replace", "path": "cancelledDate", "value": wanted})
    return made


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
