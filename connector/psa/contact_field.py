"""A field of a contact that the client's rules name: the link, or the mark to keep it as it is (api.md 4.3, 4.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.core.rules import custom_caption

CUSTOM_FIELDS = "customFields"
_NO = frozenset({"", "no", "false", "0"})


@dataclass(frozen=True, slots=True)
class ContactField:
    """``key`` is a top-level field of the contact, or ``caption`` names a custom field; both empty: none at all."""

    key: str = ""
    caption: str = ""

    @classmethod
    def of(cls, setting: str) -> "ContactField":
        """From ``contacts.link`` or ``contacts.keep_mark``: ``userDefinedField1`` to ``userDefinedField10`` or
        ``custom:Caption``; ``state`` and an empty text are no field of the PSA."""
        if setting in ("", "state"):
            return cls()
        caption = custom_caption(setting)
        return cls(caption=caption) if caption else cls(key=setting)

    def __bool__(self) -> bool:
        return bool(self.key or self.caption)

    @property
    def names(self) -> tuple[str, ...]:
        """What must be asked for to read it."""
        if self.caption:
            return (CUSTOM_FIELDS,)
        return (self.key,) if self.key else ()

    def link(self, record: Mapping[str, Any]) -> str:
        """The GUID that it holds on a contact record, in lower case, or ``""``."""
        held = self._held(record)
        return str(held[0] or "").strip().lower() if held else ""

    def marks(self, record: Mapping[str, Any]) -> bool:
        """Whether it holds anything but blank, no, false or 0; of several fields of one caption any will do."""
        return any(_means_yes(value) for value in self._held(record))

    def is_meant(self, caption: object) -> bool:
        """Whether a custom field of this caption is the one."""
        return bool(self.caption) and str(caption or "").strip().casefold() == self.caption.casefold()

    def written(self, present: Sequence[Mapping[str, Any]], guid: str) -> list[dict[str, Any]]:
        """All custom fields of a contact with this one's value changed: the array must be whole (api.md 4.6)."""
        return [
            {"id": item["id"], "value": (guid or None) if self.is_meant(item.get("caption")) else item.get("value")}
            for item in present
        ]

    def _held(self, record: Mapping[str, Any]) -> list[Any]:
        if self.caption:
            return [item.get("value") for item in custom_fields(record) if self.is_meant(item.get("caption"))]
        return [record.get(self.key)] if self.key else []


def custom_fields(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The custom fields of a record; none when they are missing or null."""
    return [item for item in record.get(CUSTOM_FIELDS) or [] if isinstance(item, dict)]


def _means_yes(value: object) -> bool:
    """Numbers and check boxes come as they are or as text (api.md 4.6)."""
    if isinstance(value, bool | int | float | Decimal):
        return bool(value)
    return value is not None and str(value).strip().casefold() not in _NO
