"""A record was to be made and the answer was lost: which of those that stand there now is it?

Only records that were not there when the plan was made come into question; the caller leaves the others out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from connector.core.model import Addition, Contact
from connector.core.normalize import mail_key, name_key, same_text
from connector.core.plan import Value

Made = TypeVar("Made", Contact, Addition)


@dataclass(frozen=True, slots=True)
class Trace(Generic[Made]):
    """What was found: ``record`` is the one that was made; without it, ``like`` are those that might be, and an empty
    ``like`` means that surely none was made so far."""

    record: Made | None = None
    like: tuple[Made, ...] = ()


def trace_contact(new: Iterable[Contact], values: Mapping[str, Value]) -> Trace[Contact]:
    """The contact made from ``values``: it carries the person's GUID, or its name and address are those of the person.
    Who appeared with only the name or only the address might be."""
    new = tuple(new)
    guid = str(values.get("link") or "")
    carrying = tuple(one for one in new if guid and one.link == guid)
    named = tuple(one for one in new if _name(one) == _wanted_name(values) and not (guid and one.link))
    mailed = tuple(one for one in new if _mail(values) and _has_mail(one, _mail(values)) and not (guid and one.link))
    exact = carrying or tuple(one for one in named if one in mailed or not _mail(values))
    return _one(exact, (*named, *mailed))


def trace_line(new: Iterable[Addition], values: Mapping[str, Value]) -> Trace[Addition]:
    """The line made from ``values``: product, quantity and first day are the same. Another new line of the product
    might be."""
    like = tuple(line for line in new if same_text(line.product, str(values["product"])))
    exact = tuple(line for line in like if _line(line) == (Decimal(str(values["quantity"])), values["effective_date"]))
    return _one(exact, like)


def _one(exact: tuple[Made, ...], like: Iterable[Made]) -> Trace[Made]:
    if len(exact) == 1:
        return Trace(exact[0])
    return Trace(None, exact or tuple(dict.fromkeys(like)))


def _name(contact: Contact) -> str:
    return name_key(contact.name)


def _wanted_name(values: Mapping[str, Value]) -> str:
    return name_key(f"{values.get('first_name') or ''} {values.get('last_name') or ''}")


def _mail(values: Mapping[str, Value]) -> str:
    return mail_key(str(values.get("mail") or ""))


def _has_mail(contact: Contact, key: str) -> bool:
    return any(item.kind == "Email" and mail_key(item.value) == key for item in contact.items)


def _line(line: Addition) -> tuple[Decimal, str | None]:
    return line.quantity, line.effective_date.isoformat() if line.effective_date else None
