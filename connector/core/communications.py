"""Which communication item of a contact holds its mail, phone, mobile or fax, and how a number is written in a plan."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from connector.core.model import Communication, CommunicationType, Contact, Phone

ItemField = Literal["mail", "phone", "mobile", "fax"]

ITEM_FIELDS: tuple[ItemField, ...] = ("mail", "phone", "mobile", "fax")
KINDS: dict[ItemField, str] = {"mail": "Email", "phone": "Phone", "mobile": "Phone", "fax": "Fax"}

VALUE_LIMIT, EXTENSION_LIMIT = 250, 15
"""Characters that an item's value and extension may have (api.md 4.3)."""

_MOBILE = re.compile(r"mobile|cell", re.IGNORECASE)
_EXTENSION = re.compile(r"(.*\d.*) x(\d+)", re.DOTALL)


def type_for(field: ItemField, types: Iterable[CommunicationType]) -> CommunicationType | None:
    """The type under which ``field`` is kept, or None when the PSA has none for it.

    The default type of the kind, else the first (api.md 4.4). A phone type called "mobile" or "cell" is for mobiles and
    every other phone type for phones.
    """
    fitting = [kind for kind in types if _fits(field, kind)]
    return next((kind for kind in fitting if kind.default), fitting[0] if fitting else None)


def contact_value(
    contact: Contact, field: ItemField, types: Iterable[CommunicationType], like: Phone | None = None
) -> Communication | None:
    """The item that holds ``field`` of the contact, or None.

    Mail is the default e-mail item, else the first one; fax the first fax item; phone and mobile the item of the type
    for it (the default one of two). An item of another phone type, such as a home number, is nobody's. Of several
    items that could hold a number, the one that holds ``like`` is preferred: who looks for a number finds it.
    """
    items: Sequence[Communication] = contact.of_kind(KINDS[field])
    if field in ("phone", "mobile"):
        wanted = type_for(field, types)
        items = [item for item in items if wanted is not None and item.type.id == wanted.id]
    if like is not None:
        same = (item for item in items if item.phone is not None and item.phone.same_as == like.same_as)
        if found := next(same, None):
            return found
    if field == "fax":
        return items[0] if items else None
    return next((item for item in items if item.default), items[0] if items else None)


def phone_text(phone: Phone) -> str:
    """The number as a plan writes it: ``"020 7946 0142 x21"``, without the last part when there is no extension."""
    return f"{phone.text} x{phone.extension}" if phone.extension else phone.text


def split_phone_text(text: str) -> tuple[str, str]:
    """The number and the extension of what :func:`phone_text` wrote."""
    found = _EXTENSION.fullmatch(text)
    return (found.group(1), found.group(2)) if found else (text, "")


def over_limit(field: ItemField, text: str) -> str:
    """Why the PSA would refuse the whole contact because of this value, such as ``"its extension is longer than the
    PSA's 15 characters"``; ``""`` when it fits (api.md 4.3). ``text`` is as a plan writes it."""
    value, extension = (text, "") if field == "mail" else split_phone_text(text)
    for what, part, limit in (("it", value, VALUE_LIMIT), ("its extension", extension, EXTENSION_LIMIT)):
        if len(part) > limit:
            return f"{what} is longer than the PSA's {limit} characters"
    return ""


def _fits(field: ItemField, kind: CommunicationType) -> bool:
    if field == "mail":
        return kind.email
    if field == "fax":
        return kind.fax
    return kind.phone and bool(_MOBILE.search(kind.name)) == (field == "mobile")
