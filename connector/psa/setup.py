"""The PSA's setup tables, which are the same for every client: read once and kept for a while."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

from connector.core.model import CommunicationType, CustomField, Named
from connector.core.normalize import same_text, text
from connector.errors import PsaInDoubt, PsaRefused, PsaRejected
from connector.psa import records
from connector.psa.contact_field import ContactField, custom_fields
from connector.psa.keeping import Creatable
from connector.psa.rest import PsaRest, Record

T = TypeVar("T")

MAX_AGE = 600.0
"""Seconds a table is believed; a department added in the PSA is known after that."""


class _Table(NamedTuple):
    """A table that may get entries: where it is, how long a name may be (api.md 4.3), and the setting that names it."""

    path: str
    limit: int
    setting: str


_TABLES: dict[Creatable, _Table] = {
    "department": _Table("/company/contacts/departments", 30, "contacts.department_aliases"),
    "relationship": _Table("/company/contacts/relationships", 50, "contacts.relationship"),
}


class SetupTables:
    """One for each process. Threads that need a table at the same time read it once."""

    def __init__(self, http: PsaRest, max_age: float = MAX_AGE, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._max_age = max_age
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lost: dict[tuple[Creatable, str], float] = {}

    def contact_types(self) -> tuple[Named, ...]:
        """The contact types."""
        return self._kept_for("contact types", lambda: self._names("/company/contacts/types", "description"))

    def departments(self) -> tuple[Named, ...]:
        """The departments of contacts, shared by all companies."""
        return self.named("department")

    def relationships(self) -> tuple[Named, ...]:
        """The relationships of contacts, shared by all companies."""
        return self.named("relationship")

    def named(self, kind: Creatable) -> tuple[Named, ...]:
        """The table of one kind."""
        return self._kept_for(_TABLES[kind].path, lambda: self._names(_TABLES[kind].path, "name"))

    def make(self, kind: Creatable, name: str) -> Named:
        """The entry called ``name`` in any letter case, made where the PSA has none.

        The table is read again first, and again when the PSA refuses or does not answer, so that what somebody else
        made, or a lost answer did, is found and not made twice. Raises ``PsaRejected`` when there is none afterwards.
        """
        name, table = text(name), _TABLES[kind]
        if len(name) > table.limit:
            raise PsaRejected(
                f'ConnectWise cannot have a {kind} called "{name}": it is longer than {table.limit} characters.',
                f"Give it a shorter name in {table.setting}.",
            )
        with self._lock:
            return self._found_again(table, name) or self._made(kind, name)

    def _made(self, kind: Creatable, name: str) -> Named:
        table, place = _TABLES[kind], (kind, name.casefold())
        lost = PsaRejected(
            f'Whether ConnectWise has made the {kind} "{name}" is not known, because its answer was lost.',
            "The contact was not written. A later run looks for it again.",
        )
        if self._clock() - self._lost.get(place, float("-inf")) < self._max_age:
            raise lost
        try:
            made = Named(self._http.post(table.path, {"name": name})["id"], name)
        except PsaRefused as error:
            if error.status != 403:
                raise
            raise PsaRejected(error.message, error.hint, error.status) from error
        except (PsaRejected, PsaInDoubt) as error:
            if isinstance(error, PsaInDoubt) and not error.answered:
                self._lost[place] = self._clock()
            if found := self._found_again(table, name):
                return found
            if isinstance(error, PsaRejected):
                raise
            raise lost from error
        read_at, known = self._kept[table.path]
        self._kept[table.path] = (read_at, (*known, made))
        return made

    def _found_again(self, table: "_Table", name: str) -> Named | None:
        entries = self._names(table.path, "name")
        self._kept[table.path] = (self._clock(), entries)
        return next((entry for entry in entries if same_text(entry.name, name)), None)

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

    def custom_fields(self) -> tuple[CustomField, ...]:
        """The custom fields of contacts.

        Any contact tells, as each carries every defined field (api.md 4.6); without one the definitions must be read.
        """
        return self._kept_for("custom fields", self._custom_fields)

    def custom_field_id(self, wanted: ContactField) -> int:
        """The id of the contact custom field that is meant. Raises ``PsaRejected`` unless there is exactly one."""
        found = [one.id for one in self.custom_fields() if wanted.is_meant(one.caption)]
        if len(found) != 1:
            raise not_one_field(wanted, len(found))
        return found[0]

    def _custom_fields(self) -> tuple[CustomField, ...]:
        samples = self._http.rows("/company/contacts", {"fields": "id,customFields", "pageSize": 1})
        if samples:
            return tuple(map(records.custom_field, custom_fields(samples[0])))
        rows = self._http.pages("/system/userDefinedFields")
        return tuple(records.custom_field(row) for row in rows if _is_for_contacts(row))

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


def not_one_field(wanted: ContactField, there: int) -> PsaRejected:
    """The refusal to write a custom field that is not there, or there more than once."""
    return PsaRejected(
        f'ConnectWise has {there} contact custom fields called "{wanted.caption}".',
        "contacts.link must name exactly one, of type Text: see System > Setup Tables > Custom Fields.",
    )


def _is_for_contacts(definition: Record) -> bool:
    """Whether a definition's screen is a contact's, such as ``contact_overview`` (api.md 4.6, 12.4)."""
    told = (definition.get(key) for key in ("podId", "podDescription", "screenId", "screenDescription"))
    return any("contact" in str(value).casefold() for value in told)
