"""The values a run is made of: what a directory holds, what the PSA holds, what we remember.

Everything here is read once at the border, already normalised, and never changed afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from connector.core.history import History


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number: ``text`` as written, ``number`` canonical for comparing (E.164 where it can be
    parsed, else its digits), ``extension`` digits or ``""``."""

    text: str
    number: str
    extension: str = ""

    @property
    def same_as(self) -> tuple[str, str]:
        """What two spellings of one number have in common."""
        return self.number, self.extension


@dataclass(frozen=True, slots=True)
class Account:
    """One user account of a directory. Absent text is ``""``.

    ``guid`` is the objectGUID in its usual text form, lower case. ``groups`` holds the keys (:func:`normalize.dn_key`)
    of those groups that were asked for and of which the account is a member, nested or by its primary group.
    ``mailbox`` is ``"" | "user" | "shared" | "room" | "equipment"`` (msExchRecipientTypeDetails).
    ``proxy_addresses`` are SMTP addresses without their prefix, the primary one first. ``admin`` says whether it is a
    member, nested or by its primary group, of one of the domain's administrator groups. ``changed_at`` is when the
    object last changed on the server that was read (whenChanged). ``attributes`` holds the further attributes that were
    asked for, by lower-case name, without those that have no value.
    """

    guid: str
    dn: str
    account: str
    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    upn: str = ""
    mail: str = ""
    proxy_addresses: tuple[str, ...] = ()
    title: str = ""
    department: str = ""
    office: str = ""
    phone: Phone | None = None
    mobile: Phone | None = None
    fax: Phone | None = None
    manager_dn: str = ""
    enabled: bool = True
    expires_at: datetime | None = None
    last_logon_at: datetime | None = None
    mailbox: str = ""
    managed_service: bool = False
    built_in: bool = False
    admin: bool = False
    created_at: datetime | None = None
    changed_at: datetime | None = None
    groups: frozenset[str] = frozenset()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """How a person would call this account: first and last name, else the display name, else the account."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.display_name or self.account


@dataclass(frozen=True, slots=True)
class DirectorySnapshot:
    """One complete reading of a directory. ``complete`` is False when any part could not be read; then ``problem``
    says which, and nothing may be taken away because of this reading. ``source`` names the server or file."""

    accounts: tuple[Account, ...]
    complete: bool
    source: str
    problem: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A reference of the PSA: a record's id and the name people know it by."""

    id: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Communication:
    """One communication item of a contact (api.md 4.4). ``kind`` is ``"Email" | "Phone" | "Fax"``; ``phone`` is set for
    the last two."""

    id: int | None
    type: Named
    kind: str
    value: str
    extension: str = ""
    default: bool = False
    phone: Phone | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact of the PSA (api.md 4.3). ``link`` is what the configured contact field holds, in lower case: an
    objectGUID, ``""``, or something that is none. ``keep`` says whether it has the configured keep-as-is mark,
    ``portal`` whether it may log in to the customer portal."""

    id: int
    company_id: int
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    department: Named | None = None
    site: Named | None = None
    relationship: Named | None = None
    manager: Named | None = None
    items: tuple[Communication, ...] = ()
    types: tuple[Named, ...] = ()
    inactive: bool = False
    default: bool = False
    default_billing: bool = False
    link: str = ""
    keep: bool = False
    portal: bool = False
    updated: str = ""

    @property
    def name(self) -> str:
        """First and last name as the PSA shows them."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or f"contact {self.id}"

    def of_kind(self, kind: str) -> tuple[Communication, ...]:
        """The communication items of one kind, in the PSA's order."""
        return tuple(item for item in self.items if item.kind == kind)


@dataclass(frozen=True, slots=True)
class Company:
    """The client's company in the PSA. ``inactive`` follows the company's status (or its deletion)."""

    id: int
    identifier: str
    name: str = ""
    status: str = ""
    inactive: bool = False
    default_contact_id: int | None = None
    billing_contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A site of the company; ``primary`` is the one new contacts get from the PSA itself."""

    id: int
    name: str
    address: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class CommunicationType:
    """A kind of address the PSA knows: its name and which of mail, phone, fax it may hold (api.md 4.4)."""

    id: int
    name: str
    email: bool = False
    phone: bool = False
    fax: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field that every contact has (api.md 4.6): its caption, what it holds (``"Text"``, ``"Number"``,
    ``"Checkbox"``, …) and how it is entered (``"EntryField"``, ``"List"``, …)."""

    id: int
    caption: str
    type: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement of the company (api.md 4.7). ``status`` is ``Active | Cancelled | Expired | Inactive``;
    ``period_type`` is ``Current | Future | Both | Undefined`` or ``""``; ``billing_cycle`` may be ``""``: none."""

    id: int
    name: str
    type: str = ""
    status: str = "Active"
    parent_id: int | None = None
    billing_cycle: str = ""
    next_invoice_date: date | None = None
    prorate: bool = False
    period_type: str = ""
    currency: str = ""
    contact_id: int | None = None
    billing_contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A billing line of an agreement (api.md 4.8). Quantities and prices are decimals; ``unit_price`` is per unit."""

    id: int
    agreement_id: int
    product_id: int
    product: str
    quantity: Decimal
    unit_price: Decimal
    less_included: Decimal = Decimal(0)
    bill_customer: str = "Billable"
    effective_date: date | None = None
    cancelled_date: date | None = None
    description: str = ""
    invoice_description: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A catalogue item; ``product_class`` is ``Agreement | Bundle | Inventory | NonInventory | Service``."""

    id: int
    identifier: str
    product_class: str = ""
    inactive: bool = False
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What still hangs on contacts that are about to be inactivated. ``tickets`` are the open ones in words
    (``"#1203 Printer jams"``) and ``usages`` counts of other records (``"2 agreements"``), both by contact id.
    ``problem`` says what could not be read; then nothing is known about it."""

    tickets: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    usages: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PsaSnapshot:
    """What the PSA holds for one client. ``contacts`` are the company's own, inactive ones included; ``elsewhere`` are
    linked contacts that now belong to another company. ``additions`` are all lines of the agreements in ``agreements``
    that a billing profile could mean; ``products`` the catalogue items that the profiles name. ``work`` is None until
    it was asked for."""

    company: Company
    contacts: tuple[Contact, ...] = ()
    elsewhere: tuple[Contact, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    additions: tuple[Addition, ...] = ()
    products: tuple[Product, ...] = ()
    sites: tuple[Site, ...] = ()
    departments: tuple[Named, ...] = ()
    relationships: tuple[Named, ...] = ()
    contact_types: tuple[Named, ...] = ()
    communication_types: tuple[CommunicationType, ...] = ()
    work: OpenWork | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A remembered pair: objectGUID ↔ contact id. ``absent_reads`` counts complete reads in a row that did not see the
    account; ``account`` and ``name`` are how it was called when last seen."""

    guid: str
    contact_id: int
    account: str = ""
    name: str = ""
    absent_reads: int = 0


@dataclass(frozen=True, slots=True)
class LineWrite:
    """The quantity we last wrote to, or found right on, a line. ``at`` is when. ``sent`` is a quantity that was sent
    since then and whose answer was lost: it may be ours, too. ``accepted`` is what somebody added by hand and the rules
    accepted as an offset. ``ends`` is the last day of a line that we end to put another in its place."""

    addition_id: int
    quantity: Decimal
    at: datetime
    sent: Decimal | None = None
    accepted: Decimal = Decimal(0)
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The last reading whose run was allowed to write: how many people it found, and the rules about who counts that
    it was made with, each key with its value as text."""

    people: int
    rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undone:
    """Something that a person has taken back: the id of the change that would ask for it again, and the ``values`` that
    it would bring (empty: any). ``run`` took it back, asked for by ``actor``, at a time."""

    change: str
    values: Mapping[str, object]
    run: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs of this client left behind: links by guid, line writes by addition id, ``away`` since which day
    an account is known to be switched off, by guid, the last good ``reading``, the recorded counts, and what persons
    have taken back lately."""

    links: Mapping[str, Link] = field(default_factory=dict)
    line_writes: Mapping[int, LineWrite] = field(default_factory=dict)
    away: Mapping[str, date] = field(default_factory=dict)
    reading: Reading | None = None
    history: History = field(default_factory=History)
    undone: tuple[Undone, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests to the PSA: how many went out, how many of them repeated one that had failed, how many were answered
    with 429, and how many seconds were waited before repeats."""

    requests: int = 0
    repeated: int = 0
    throttled: int = 0
    seconds_waited: float = 0.0

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(
            self.requests + other.requests,
            self.repeated + other.repeated,
            self.throttled + other.throttled,
            self.seconds_waited + other.seconds_waited,
        )

    def __sub__(self, other: "Traffic") -> "Traffic":
        return Traffic(
            self.requests - other.requests,
            self.repeated - other.repeated,
            self.throttled - other.throttled,
            self.seconds_waited - other.seconds_waited,
        )
