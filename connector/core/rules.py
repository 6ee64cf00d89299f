"""A client's rules: who is a person, how contacts are kept, what is billed, what needs a human eye.

Plain values with their defaults and meaning; the settings load them from TOML and the schema is made from them.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Ownership = Literal["directory", "fill", "psa"]
MatchKey = Literal["mail", "proxy_addresses", "upn", "name"]
When = Literal["now", "next_period", "hold"]


def _of(default: Any, description: str, **limits: Any) -> Any:
    """A field with its default, its meaning for the schema, and its limits (``ge``, ``gt``, ``le``, …)."""
    metadata = {"description": description, **limits}
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class PeopleRules:
    """[people]: who is a human that could count. The first refusal wins and is reported."""

    include_ous: tuple[str, ...] = _of((), "Only accounts below these OUs are people. Empty: the whole base.")
    exclude_ous: tuple[str, ...] = _of((), "Accounts below these OUs are not people.")
    include_groups: tuple[str, ...] = _of((), "Only members of one of these groups, nested ones included, are people.")
    exclude_groups: tuple[str, ...] = _of((), "Members of these groups, nested ones included, are not people.")
    exclude_accounts: tuple[str, ...] = _of((), "Patterns on the account name, such as svc-* or *admin*.")
    exclude_mailboxes: tuple[Literal["shared", "room", "equipment"], ...] = _of(
        ("shared", "room", "equipment"), "Kinds of Exchange mailbox that are not people."
    )
    minimum_expected: int = _of(1, "Fewer people than this means the reading is wrong: the client fails.", ge=0)


@dataclass(frozen=True)
class FieldRules:
    """[contacts.fields]: who owns each field. ``directory`` overwrites, ``fill`` only fills blanks, ``psa`` is never
    touched. A blank in the directory never erases."""

    first_name: Ownership = _of("directory", "Given name.")
    last_name: Ownership = _of("directory", "Surname.")
    title: Ownership = _of("directory", "Job title.")
    department: Ownership = _of("fill", "Department; the PSA must know its name.")
    mail: Ownership = _of("directory", "Default mail address.")
    phone: Ownership = _of("directory", "Telephone number.")
    mobile: Ownership = _of("fill", "Mobile number.")
    fax: Ownership = _of("psa", "Fax number.")


@dataclass(frozen=True)
class ContactRules:
    """[contacts]: how contacts are paired and kept."""

    match: tuple[MatchKey, ...] = _of(
        ("mail", "proxy_addresses", "upn", "name"), "Keys for the first pairing, in order. Afterwards the link decides."
    )
    link: str = _of(
        "state",
        'Where the link is kept: "state", or also on the contact: "userDefinedField1" to "userDefinedField10", '
        'or "custom:Caption" for a custom field.',
        pattern=r"^(state|userDefinedField([1-9]|10)|custom:.+)$",
    )
    create: bool = _of(True, "Create contacts for people who have none.")
    inactivate: bool = _of(True, "Inactivate the contacts of leavers.")
    absent_reads: int = _of(2, "Complete reads without the account before its contact is inactivated.", ge=1)
    types: tuple[str, ...] = _of(("End User",), "Contact types given to new contacts.")
    protected_types: tuple[str, ...] = _of(("VIP",), "Contacts of these types are never changed.")
    site_from: Literal["office", ""] = _of("office", 'Directory field that names the site; "" leaves sites alone.')
    fields: FieldRules = _of(FieldRules, "Who owns each field.")


@dataclass(frozen=True)
class AgreementSelector:
    """Which agreement a billing profile means; every given part must fit, and exactly one active one must be left."""

    type: str = _of("", "Agreement type, by name.")
    name: str = _of("", "Agreement name.")
    id: int | None = _of(None, "Agreement id.", ge=1)
    parent: str = _of("", "Name of its parent agreement.")


@dataclass(frozen=True)
class BillingProfile:
    """[[billing]]: one line of an agreement and the people it is for. A person is billed on the first exclusive
    profile that takes them."""

    name: str = _of("", "What the report calls this profile.", min_length=1)
    agreement: AgreementSelector = _of(AgreementSelector, "The agreement that carries the line.")
    product: str = _of("", "Catalogue identifier of the line's product.")
    addition: int | None = _of(None, "Pins one line by its id.", ge=1)
    groups: tuple[str, ...] = _of((), "Members of one of these groups, nested ones included. Empty: every person.")
    exclusive: bool = _of(True, "A person on this profile is on no later exclusive one.")
    units: Decimal = _of(Decimal(1), "Units for each person.", gt=0)
    offset: Decimal = _of(Decimal(0), "Added to the units; may be negative.")
    minimum: Decimal = _of(Decimal(0), "Never billed below this.", ge=0)
    maximum: Decimal = _of(Decimal(0), "Never billed above this; 0 is no maximum.", ge=0)
    count: Literal["snapshot", "peak", "average"] = _of("snapshot", "Which count of the period is billed.")
    method: Literal["in_place", "cancel_and_add"] = _of("in_place", "How a new quantity reaches the agreement.")
    increase: When = _of("now", "When an increase is billed.")
    decrease: When = _of("next_period", "When a decrease is billed.")
    at_zero: Literal["zero", "minimum", "cancel", "hold"] = _of("hold", "What happens when nobody is counted.")
    on_drift: Literal["hold", "overwrite"] = _of(
        "hold", "When somebody else changed the quantity since our last write: hold the line, or overwrite it."
    )
    create_line: bool = _of(False, "Add the line, at the catalogue price, when the agreement has none.")
    names_on_invoice: bool = _of(False, "Write the names of the people into the line's invoice description.")


@dataclass(frozen=True)
class GuardLimits:
    """[guard]: how much one run may do to one client without a person's consent. The percentages have no exempt
    size: up to 4 existing → 1, else the larger of 2 and the percentage; 100 or more releases small numbers too."""

    inactivate_percent: Decimal = _of(
        Decimal(20), "Share of the managed contacts inactivated in one run.", ge=0, le=100
    )
    inactivate_count: int = _of(50, "Contacts inactivated in one run.", ge=0)
    create_count: int = _of(100, "Contacts created in one run.", ge=0)
    quantity_percent: Decimal = _of(Decimal(25), "Share by which one line's quantity moves in one run.", ge=0)
    money_per_month: Decimal = _of(Decimal(1000), "Sum of the monthly amounts that move in one run.", ge=0)


@dataclass(frozen=True)
class ClientRules:
    """Everything the decisions about one client depend on. ``client`` is the config file's name, ``company`` the PSA's
    company identifier, ``region`` the country whose phone numbers may be written without a country code."""

    client: str
    company: str
    people: PeopleRules = field(default_factory=PeopleRules)
    contacts: ContactRules = field(default_factory=ContactRules)
    billing: tuple[BillingProfile, ...] = ()
    guard: GuardLimits = field(default_factory=GuardLimits)

    @property
    def groups(self) -> tuple[str, ...]:
        """The distinguished names of every group that a rule asks about."""
        named = (*self.people.include_groups, *self.people.exclude_groups)
        return tuple(dict.fromkeys(named + tuple(group for profile in self.billing for group in profile.groups)))
