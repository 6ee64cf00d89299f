"""The PSA's setup tables, which are the same for every client: read once and kept for a while."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from connector.core.model import CommunicationType, Named
from connector.errors import PsaRejected
from connector.psa import records
from connector.psa.link import LinkField, custom_fields
from connector.psa.query import field
from connector.psa.rest import PsaRest, Record

T = TypeVar("T")

MAX_AGE = 600.0
"""Seconds a table is believed; a department added in the PSA is known after that."""


class SetupTables:
    """One for each process. Threads that need a table at the same time read it once."""

    def __init__(self, http: PsaRest, max_age: float = MAX_AGE, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._max_age = max_age
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def contact_types(self) -> tuple[Named, ...]:
        """The contact types."""
        return self._kept_for("contact types", lambda: self._names("/company/contacts/types", "description"))

    def departments(self) -> tuple[Named, ...]:
        """The departments of contacts, shared by all companies."""
        return self._kept_for("departments", lambda: self._names("/company/contacts/departments", "name"))

    def communication_types(self) -> tuple[CommunicationType, ...]:
        """The communication types."""
        fields = {"fields": records.COMMUNICATION_TYPE_FIELDS}
        return self._kept_for(
            "communication types",
            lambda: tuple(map(records.communication_type, self._http.pages("/company/communicationTypes", fields))),
        )

    def inactive_statuses(self) -> frozenset[int]:
        """The ids of those company statuses that mean the company is no client any more."""
        return self._kept_for(
            "company statuses",
            lambda: frozenset(
                row["id"]
                for row in self._http.pages("/company/companies/statuses", {"fields": "id,inactiveFlag"})
                if row.get("inactiveFlag") is True
            ),
        )

    def custom_field_id(self, link: LinkField) -> int:
        """The id of the contact custom field that ``link`` names. Raises ``PsaRejected`` when there is none.

        Any contact tells, as each carries every defined field (api.md 4.6); without one the definitions must be read.
        """
        return self._kept_for(f"custom field {link.caption}", lambda: self._custom_field_id(link))

    def _custom_field_id(self, link: LinkField) -> int:
        samples = self._http.rows("/company/contacts", {"fields": "id,customFields", "pageSize": 1})
        if samples:
            found = [item["id"] for item in custom_fields(samples[0]) if link.names(item)]
        else:
            query = {"conditions": str(field("caption").about(link.caption))}
            rows = self._http.pages("/system/userDefinedFields", query)
            found = [row["id"] for row in rows if link.names(row) and _is_for_contacts(row)]
        if len(found) != 1:
            raise PsaRejected(
                f'ConnectWise has {len(found)} contact custom fields called "{link.caption}".',
                "contacts.link must name exactly one, of type Text: see System > Setup Tables > Custom Fields.",
            )
        return int(found[0])

    def _names(self, path: str, key: str) -> tuple[Named, ...]:
        rows = self._http.pages(path, {"fields": f"id,{key}"})
        return tuple(entry for entry in map(records.named, rows) if entry)

    def _kept_for(self, name: str, read: Callable[[], T]) -> T:
        with self._lock:
            read_at, table = self._kept.get(name, (float("-inf"), None))
            if self._clock() - read_at >= self._max_age:
                table = read()
                self._kept[name] = (self._clock(), table)
            return cast("T", table)


def _is_for_contacts(definition: Record) -> bool:
    """Whether a definition's screen is a contact's, such as ``contact_overview`` (api.md 4.6, 12.4)."""
    told = (definition.get(key) for key in ("podId", "podDescription", "screenId", "screenDescription"))
    return any("contact" in str(value).casefold() for value in told)
