"""What the application needs from the outside, as small ports. Adapters fit them; only the wiring knows which."""

from collections.abc import Collection, Mapping
from typing import Protocol

from connector.core.model import Addition, Contact, CustomField, DirectorySnapshot, Link, OpenWork, PsaSnapshot
from connector.core.plan import Value
from connector.core.rules import ClientRules
from connector.core.tickets import Tell


class Directory(Protocol):
    """Where people are read."""

    def read(self, groups: Collection[str], attributes: Collection[str] = ()) -> DirectorySnapshot:
        """Read every user account of the base, and who is a member of ``groups`` (distinguished names; nested and
        primary membership count; ``Account.groups`` then holds their ``dn_key``). ``attributes`` are further attributes
        to read, by lower-case name, into ``Account.attributes``.

        Must read all or raise: :class:`~connector.errors.DirectoryUnreachable`, ``DirectoryRefused``,
        ``DirectoryIncomplete`` (also for zero accounts, a missing base or a missing group). Must not guess, must not
        filter by the client's rules, must not write.
        """


class PsaSource(Protocol):
    """Where the client's contacts and lines are read."""

    def read(self, rules: ClientRules, links: Collection[Link]) -> PsaSnapshot:
        """Read the company ``rules.company``, all its contacts, agreements, the lines its profiles could mean, and the
        setup tables. Linked contacts that are not the company's are looked up one by one and returned in ``elsewhere``.

        Must read all or raise a :class:`~connector.errors.PsaError`. Must not write.
        """

    def lines_of(self, rules: ClientRules, agreement_ids: Collection[int]) -> PsaSnapshot:
        """The company, its agreements, and all lines of those that are named. Must not write."""

    def open_work(self, contact_ids: Collection[int]) -> OpenWork:
        """The open tickets of these contacts, and what else refers to them. What the API member may not read is said in
        ``problem``; other trouble is raised. Must not write.
        """

    def custom_fields(self) -> tuple[CustomField, ...]:
        """The custom fields that every contact has. Must not write."""


class ContactWriter(Protocol):
    """Writes contacts. ``values`` are the fields of ``Change.after``: ``manager`` is a contact id, ``types`` all types
    that the contact should have, None erases. Names are looked up in ``setup``, and then in the PSA, where the rules
    may allow to make a department or relationship that is not there."""

    def get(self, contact_id: int) -> Contact:
        """The contact as it stands now. Raises ``PsaMissing`` when it is gone."""

    def of_company(self, company_id: int) -> tuple[Contact, ...]:
        """All contacts of a company as they stand now, to look for one whose creation was not answered."""

    def create(self, values: Mapping[str, Value], setup: PsaSnapshot) -> Contact:
        """Create it in ``setup.company``, once: never a second POST. Raises ``PsaInDoubt`` when the answer was lost."""

    def update(self, contact: Contact, values: Mapping[str, Value], setup: PsaSnapshot) -> Contact:
        """Write ``values`` in one patch that touches nothing else, over the ``contact`` just read. The ``types`` it
        lacks follow, each in a request of its own; none is taken away. Returns the contact as it is afterwards."""


class LineWriter(Protocol):
    """Writes agreement additions. ``values`` are the line fields of ``Change.after``."""

    def get(self, agreement_id: int, addition_id: int) -> Addition:
        """The line as it stands now. Raises ``PsaMissing`` when it is gone."""

    def of_agreement(self, agreement_id: int) -> tuple[Addition, ...]:
        """All lines of an agreement as they stand now, to look for one whose creation was not answered."""

    def add(self, agreement_id: int, values: Mapping[str, Value]) -> Addition:
        """Add a line, once. Raises ``PsaInDoubt`` when the answer was lost."""

    def update(self, line: Addition, values: Mapping[str, Value]) -> Addition:
        """Write ``values`` in one patch that touches nothing else."""


class Attached(Protocol):
    """A file that stands beside a record."""

    @property
    def title(self) -> str:
        """What it is called there."""

    @property
    def new(self) -> bool:
        """Whether it was uploaded just now."""


class Documents(Protocol):
    """Puts files beside records of one type: agreements, or tickets."""

    def attach(self, record_id: int, title: str, filename: str, content: bytes) -> Attached:
        """Upload it, unless it is there with this title and content; other content gets the next number."""


class TicketDesk(Protocol):
    """Tells the service desk in tickets. Must not show their reasons to the client."""

    def company_id(self, identifier: str) -> int:
        """The id of a company. Raises ``PsaMissing`` when there is none. Must not write."""

    def tell(self, company_id: int, wanted: Tell) -> int:
        """Note the reasons on the ticket where it is open, or open one, once; its number. Must not say anything twice.
        Raises ``PsaInDoubt`` when an answer was lost and what was sent is not seen."""

    def clear(self, ticket_id: int, note: str) -> None:
        """Note on an open ticket that it is done, and close it where that is wanted. One that is closed or gone is left
        alone."""
