"""What the communication items of a contact become: patch operations, or a new contact's items (api.md 4.4)."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector import phones
from connector.core.communications import (
    ITEM_FIELDS,
    KINDS,
    ItemField,
    contact_value,
    over_limit,
    split_phone_text,
    type_for,
)
from connector.core.model import CommunicationType, Contact
from connector.core.normalize import mail_key
from connector.core.plan import Value
from connector.errors import PsaRejected
from connector.psa.keeping import Keeping

Types = tuple[CommunicationType, ...]
Operation = dict[str, Any]


@dataclass
class _Draft:
    """An item as it will be; ``index`` is its place on the contact, None for a new one."""

    index: int | None
    kind: str
    type_id: int
    value: str
    extension: str = ""
    default: bool = False
    removed: bool = False


def item_operations(contact: Contact, values: Mapping[str, Value], types: Types, keeping: Keeping) -> list[Operation]:
    """What turns the items of ``contact`` into ``values``; nothing when they say the same.

    Values are replaced in place, removals come last and from the end, because each shifts the places behind it. Every
    kind that is touched ends with exactly one default. Raises ``PsaRejected`` when the PSA has no type for a field, or
    would refuse the contact because of a value's length.
    """
    drafts = _drafts(contact, values, types, keeping)
    changed = [_changes(draft, contact) for draft in drafts if draft.index is not None and not draft.removed]
    edits = [operation for operations in changed for operation in operations]
    edits.sort(key=lambda edit: (edit["path"].endswith("defaultFlag"), edit["value"] is False))
    new = [draft for draft in drafts if draft.index is None]
    adds = [
        {"op": "add", "path": f"/communicationItems/{place}", "value": _json(draft)}
        for place, draft in enumerate(new, start=len(contact.items))
    ]
    gone = sorted((draft.index for draft in drafts if draft.removed and draft.index is not None), reverse=True)
    return edits + adds + [{"op": "remove", "path": f"/communicationItems/{index}"} for index in gone]


def new_items(values: Mapping[str, Value], types: Types, keeping: Keeping) -> list[dict[str, Any]]:
    """The items of a contact that does not exist yet."""
    return [_json(draft) for draft in _drafts(Contact(id=0, company_id=0), values, types, keeping)]


def _drafts(contact: Contact, values: Mapping[str, Value], types: Types, keeping: Keeping) -> list[_Draft]:
    drafts = [
        _Draft(index, item.kind, item.type.id, item.value, item.extension, item.default)
        for index, item in enumerate(contact.items)
    ]
    for name in ITEM_FIELDS:
        if name not in values:
            continue
        text = str(values[name] or "")
        _check_length(name, text)
        like = None if name == "mail" else phones.parse(*_number(text, keeping.region))
        item = contact_value(contact, name, types, like)
        current = drafts[contact.items.index(item)] if item else None
        chosen = None
        if not text:
            if current:
                current.removed = True
        elif name == "mail":
            chosen = _set_mail(text, current, drafts, types, keeping)
        else:
            _set_number(current or _added(name, drafts, types), text, keeping.region)
        _settle(KINDS[name], chosen, drafts)
    return drafts


def _set_mail(text: str, current: _Draft | None, drafts: list[_Draft], types: Types, keeping: Keeping) -> _Draft:
    """The item that is to be the default address: one that has it, else the default one with its address replaced, or
    a new one beside it where the old address is kept."""
    same = [one for one in drafts if one.kind == KINDS["mail"] and mail_key(one.value) == mail_key(text)]
    if same:
        chosen = next((one for one in same if one is current), same[0])
    elif current is None:
        chosen = _added("mail", drafts, types)
    elif keeping.old_mail == "replace":
        chosen = current
    else:
        chosen = _added("mail", drafts, types, current.type_id)
    chosen.value = text
    return chosen


def _added(name: ItemField, drafts: list[_Draft], types: Types, type_id: int = 0) -> _Draft:
    """A new item, of a given type where the PSA has it, else of the field's own."""
    known = any(kind.id == type_id for kind in types)
    made = _Draft(None, KINDS[name], type_id if known else _type_id(name, types), "")
    drafts.append(made)
    return made


def _number(text: str, region: str) -> tuple[str, str, str]:
    """A number of a plan as :func:`phones.parse` takes it."""
    number, extension = split_phone_text(text)
    return number, region, extension


def _set_number(draft: _Draft, text: str, region: str) -> None:
    stands, wanted = phones.parse(draft.value, region, draft.extension), phones.parse(*_number(text, region))
    if stands is None or wanted is None or stands.same_as != wanted.same_as:
        draft.value, draft.extension = split_phone_text(text)


def _settle(kind: str, chosen: _Draft | None, drafts: list[_Draft]) -> None:
    """Exactly one default among the items of a kind: the chosen one, else the one that is, else the first."""
    live = [draft for draft in drafts if draft.kind == kind and not draft.removed]
    default = chosen or next((draft for draft in live if draft.default), live[0] if live else None)
    for draft in live:
        draft.default = draft is default


def _changes(draft: _Draft, contact: Contact) -> list[Operation]:
    before = contact.items[draft.index or 0]
    pairs = (
        ("value", before.value, draft.value),
        ("extension", before.extension, draft.extension),
        ("defaultFlag", before.default, draft.default),
    )
    return [
        {"op": "replace", "path": f"/communicationItems/{draft.index}/{name}", "value": after}
        for name, stands, after in pairs
        if stands != after
    ]


def _json(draft: _Draft) -> dict[str, Any]:
    item = {
        "type": {"id": draft.type_id},
        "value": draft.value,
        "communicationType": draft.kind,
        "defaultFlag": draft.default,
    }
    return item | ({"extension": draft.extension} if draft.extension else {})


def _check_length(name: ItemField, text: str) -> None:
    if why := over_limit(name, text):
        raise PsaRejected(
            f'ConnectWise cannot hold the {name} "{textwrap.shorten(text, 60, placeholder="…")}": {why}.',
            f"Shorten it in the directory, or set the owner of {name} to psa in [contacts.fields].",
        )


def _type_id(name: ItemField, types: Types) -> int:
    kind = type_for(name, types)
    if kind is None:
        raise PsaRejected(
            f"ConnectWise has no communication type for a {name}.",
            "Add one under System > Setup Tables > Communication Type, or set its owner to psa in [contacts.fields].",
        )
    return kind.id
