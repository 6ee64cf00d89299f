"""Where a contact carries the objectGUID of its person, if the state is not the only place (api.md 4.3, 4.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CUSTOM_FIELDS = "customFields"


@dataclass(frozen=True, slots=True)
class LinkField:
    """``key`` is a top-level field of the contact, or ``caption`` names a custom field; both empty: state only."""

    key: str = ""
    caption: str = ""

    @classmethod
    def of(cls, setting: str) -> "LinkField":
        """From ``contacts.link``: ``state``, ``userDefinedField1`` to ``userDefinedField10`` or ``custom:Caption``."""
        if setting == "state":
            return cls()
        head, colon, caption = setting.partition(":")
        return cls(caption=caption.strip()) if colon and head == "custom" else cls(key=setting)

    @property
    def fields(self) -> tuple[str, ...]:
        """What must be read of a contact to know its link."""
        if self.caption:
            return (CUSTOM_FIELDS,)
        return (self.key,) if self.key else ()

    def read(self, record: Mapping[str, Any]) -> str:
        """The GUID on a contact record in lower case, or ``""``."""
        if self.caption:
            found = [item for item in custom_fields(record) if self.names(item)]
            value = found[0].get("value") if found else None
        else:
            value = record.get(self.key) if self.key else None
        return str(value or "").strip().lower()

    def names(self, definition: Mapping[str, Any]) -> bool:
        """Whether a custom field, or its definition, is the one that is meant."""
        return str(definition.get("caption") or "").strip().casefold() == self.caption.casefold()

    def written(self, present: Sequence[Mapping[str, Any]], guid: str) -> list[dict[str, Any]]:
        """All custom fields of a contact with this one's value changed: the array must be whole (api.md 4.6)."""
        return [
            {"id": item["id"], "value": (guid or None) if self.names(item) else item.get("value")} for item in present
        ]


def custom_fields(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The custom fields of a record; none when they are missing or null."""
    return [item for item in record.get(CUSTOM_FIELDS) or [] if isinstance(item, dict)]
