"""From the names that a plan uses to the ids that the PSA wants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn, Protocol, TypeVar

from connector.core.model import Named, PsaSnapshot
from connector.core.normalize import same_text
from connector.core.plan import Value
from connector.errors import PsaRejected
from connector.psa.keeping import Creatable
from connector.psa.setup import SetupTables


class _Entry(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


EntryT = TypeVar("EntryT", bound=_Entry)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Names in any letter case: in ``setup`` as the plan saw it, then in ``tables`` as they are by now, and then made,
    where ``create_missing`` allows it. Raises ``PsaRejected`` for a name that the PSA does not know."""

    setup: PsaSnapshot
    tables: SetupTables
    create_missing: tuple[Creatable, ...] = ()

    def site(self, name: Value) -> int | None:
        """The id of a site of the company; None for no name."""
        if not name:
            return None
        found = _find(str(name), self.setup.sites)
        return found.id if found else _unknown(str(name), f"site of {self.setup.company.identifier}")

    def department(self, name: Value) -> int | None:
        """The id of a department; None for no name."""
        return self._entry("department", str(name), self.setup.departments) if name else None

    def relationship(self, name: Value) -> int | None:
        """The id of a relationship; None for no name."""
        return self._entry("relationship", str(name), self.setup.relationships) if name else None

    def types(self, values: Mapping[str, Value]) -> tuple[Named, ...]:
        """The contact types among ``values``, each once."""
        names = values.get("types") or []
        if not isinstance(names, list):
            raise ValueError("types must be a list of names")
        found = [_find(name, self.setup.contact_types) or _unknown(name, "contact type") for name in names]
        return tuple({one.id: one for one in found}.values())

    def _entry(self, kind: Creatable, name: str, seen: tuple[Named, ...]) -> int:
        found = _find(name, seen) or _find(name, self.tables.named(kind))
        if found is None and kind in self.create_missing:
            found = self.tables.make(kind, name)
        return found.id if found else _unknown(name, kind)


def _find(name: str, table: Iterable[EntryT]) -> EntryT | None:
    return next((entry for entry in table if same_text(entry.name, name)), None)


def _unknown(name: str, what: str) -> NoReturn:
    raise PsaRejected(f'ConnectWise has no {what} called "{name}".', "Add it there or change the name here.")
