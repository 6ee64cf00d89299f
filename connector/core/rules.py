"""A client's rules: who is a person, how contacts are kept, what is billed, what needs a human eye.

Plain values with their defaults and meaning; the settings load them from TOML and the schema is made from them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from connector.core.normalize import fits_any

Ownership = Literal["directory", "fill", "psa"]
MatchKey = Literal["mail", "proxy_addresses", "upn", "name"]
When = Literal["now", "next_period", "hold"]
Erasable = Literal["title", "department", "mail", "phone", "mobile", "fax", "manager"]
CONTACT_FIELD = r"userDefinedField([1-9]|10)|custom:.+"


def _required(description: str, **limits: Any) -> Any:
    """A field that must be given."""
    return field(metadata={"description": description, **limits})


def _of(default: Any, description: str, **limits: Any) -> Any:
    """A field with its default, its meaning for the schema, and its limits (``ge``, ``gt``, ``le``, …)."""
    metadata = {"description": description, **limits}
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Waiver:
    """[[people.waivers]]: a person who is free of charge until a day."""

    account: str = _required(
        "Account name, mail address, user principal name or objectGUID of the person.", min_length=1
    )
    until: date = _required("The last day that is free of charge.")
    reason: str = _required("Why, in words for the report.", min_length=1)


@dataclass(frozen=True)
class PeopleRules:
    """[people]: who is a human that could count. The first refusal wins and is reported."""

    include_ous: tuple[str, ...] = _of((), "Only accounts below these OUs are people. Empty: the whole base.")
    exclude_ous: tuple[str, ...] = _of((), "Accounts below these OUs are not people.")
    include_groups: tuple[str, ...] = _of((), "Only members of one of these groups, nested ones included, are people.")
    exclude_groups: tuple[str, ...] = _of((), "Members of these groups, nested ones included, are not people.")
    include_where: Mapping[str, tuple[str, ...]] = _of(
        dict, "Only accounts with these directory attributes are people: for each attribute, patterns of its value."
    )
    exclude_where: Mapping[str, tuple[str, ...]] = _of(
        dict, "Accounts with one of these directory attributes are not people: patterns of its value."
    )
    exclude_mail_domains: tuple[str, ...] = _of(
        (), "Accounts whose mail address, or without one their user principal name, is in these domains are not people."
    )
    exclude_accounts: tuple[str, ...] = _of((), "Patterns on the account name, such as svc-* or *admin*.")
    exclude_mailboxes: tuple[Literal["shared", "room", "equipment"], ...] = _of(
        ("shared", "room", "equipment"), "Kinds of Exchange mailbox that are not people."
    )
    include_admins: tuple[str, ...] = _of(
        (), "Patterns on the account names of domain administrators who count like everybody else; others do not."
    )
    break_glass: tuple[str, ...] = _of(
        (), "Patterns on the names of emergency accounts: never counted, and their contacts are never changed."
    )
    aliases: Mapping[str, str] = _of(
        dict, "Further accounts of one human: the name of the further account and that of the main one."
    )
    alias_patterns: tuple[str, ...] = _of(
        (), "How the further accounts of a human are called, such as adm-{account}; {account} is the main one's name."
    )
    leave_groups: tuple[str, ...] = _of(
        (), "A member of these groups, nested ones included, whose account is switched off is on leave, and not gone."
    )
    grace_days: int = _of(0, "Days after an account was switched off during which the person is on leave.", ge=0)
    bill_leave: bool = _of(False, "Whether people on leave are billed.")
    start_attribute: str = _of(
        "", "Directory attribute that holds the first day of work; before it the account is not counted. Empty: none."
    )
    stale_days: int = _of(90, "Days without a logon after which a person is told of; 0 tells of nobody.", ge=0)
    value_aliases: Mapping[str, Mapping[str, str]] = _of(
        dict, "Values of directory attributes by other names, for where of a profile: for each attribute, what the "
        "directory says and what is meant.",
    )  # fmt: skip
    units: Mapping[str, Decimal] = _of(
        dict, "Units that one account counts as, by pattern on the account name; the profile's units multiply them."
    )
    waivers: tuple[Waiver, ...] = _of((), "People who are free of charge until a day.")
    minimum_expected: int = _of(1, "Fewer people than this means the reading is wrong: the client fails.", ge=0)


@dataclass(frozen=True)
class FieldRules:
    """[contacts.fields]: who owns each field. ``directory`` overwrites, ``fill`` only fills blanks, ``psa`` is never
    touched. A blank in the directory erases only what ``contacts.erase`` names."""

    first_name: Ownership = _of("directory", "Given name.")
    last_name: Ownership = _of("directory", "Surname.")
    title: Ownership = _of("directory", "Job title.")
    department: Ownership = _of("fill", "Department; the PSA must know its name.")
    mail: Ownership = _of("directory", "Default mail address.")
    phone: Ownership = _of("directory", "Telephone number.")
    mobile: Ownership = _of("fill", "Mobile number.")
    fax: Ownership = _of("psa", "Fax number.")
    manager: Ownership = _of("psa", "The contact of the person's manager.")
    relationship: Ownership = _of("fill", "The relationship that contacts.relationship names.")


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
        pattern=rf"^(state|{CONTACT_FIELD})$",
    )
    pairs: Mapping[str, int] = _of(
        dict,
        "Pairs set by hand, one to one: account name or objectGUID, and the id of its contact. They overrule link and "
        "keys.",
    )
    ignore_accounts: tuple[str, ...] = _of(
        (), "Patterns on the names of accounts that count but whose contacts are left alone."
    )
    ignore_contacts: tuple[int, ...] = _of((), "Ids of contacts that are nobody's: never paired and never changed.")
    create: bool = _of(True, "Create contacts for people who have none.")
    inactivate: bool = _of(
        True, "Inactivate the contacts of leavers, of accounts out of scope, and of accounts that are gone."
    )
    inactivate_excluded: bool = _of(
        False, "Also inactivate the contacts of accounts that are switched on and that a rule of [people] excludes."
    )
    absent_reads: int = _of(2, "Complete reads without the account before its contact is inactivated.", ge=1)
    default_contact: int | None = _of(
        None, "Id of the contact that takes over when the company's default contact leaves. None: the leaver is held.",
        ge=1,
    )  # fmt: skip
    open_items: Literal["list", "hold"] = _of(
        "list", "A leaver with open tickets or portal access: inactivate and list them, or hold the contact."
    )
    types: tuple[str, ...] = _of(("End User",), "Contact types of people.")
    types_for: Literal["new", "all"] = _of("new", "Give the types to new contacts only, or also to those there are.")
    protected_types: tuple[str, ...] = _of(("VIP",), "Contacts of these types are never changed.")
    keep_mark: str = _of(
        "", "Contact field that marks a contact to be kept as it is, by any value but no, false or 0: "
        '"userDefinedField1" to "userDefinedField10", or "custom:Caption". Empty: none.',
        pattern=rf"^({CONTACT_FIELD})?$",
    )  # fmt: skip
    site_from: Literal["office", ""] = _of("office", 'Directory field that names the site; "" leaves sites alone.')
    site_aliases: Mapping[str, str] = _of(dict, "Sites by other names: what the directory says, and the site's name.")
    site_default: str = _of(
        "", "Site of contacts that have none and whose office names none. Empty: the site stays as the PSA has it."
    )
    department_aliases: Mapping[str, str] = _of(
        dict, "Departments by other names: what the directory says, and the department's name in the PSA."
    )
    relationship: str = _of("", "Relationship that contacts of people get, such as Employee. Empty: none.")
    create_missing: tuple[Literal["department", "relationship"], ...] = _of(
        (), "What is made in the PSA's setup tables when its name is not there yet."
    )
    old_mail: Literal["replace", "keep"] = _of(
        "replace", "What becomes of the old address when the mail address changes: replaced, or kept as a further one."
    )
    erase: tuple[Erasable, ...] = _of(
        (), "Fields, owned by the directory, that a blank in it erases. Without it a blank never does."
    )
    split_display_name: bool = _of(True, "Take a missing given name or surname from the display name.")
    fields: FieldRules = _of(FieldRules, "Who owns each field.")

    def ignores(self, account: str) -> str:
        """The pattern by which the contact of an account is left alone, or ``""``."""
        return fits_any(account, self.ignore_accounts)


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
    marker: str = _of(
        "", "Text in the description or invoice description of the line, where several are of the product."
    )
    groups: tuple[str, ...] = _of((), "Members of one of these groups, nested ones included. Empty: every person.")
    ous: tuple[str, ...] = _of((), "Only people below one of these OUs.")
    where: Mapping[str, tuple[str, ...]] = _of(
        dict, "Only people with these directory attributes: for each attribute, patterns of its value."
    )
    exclusive: bool = _of(True, "A person on this profile is on no later exclusive one.")
    units: Decimal = _of(Decimal(1), "Units for each person.", gt=0)
    offset: Decimal = _of(Decimal(0), "Added to the units; may be negative.")
    minimum: Decimal = _of(Decimal(0), "Never billed below this.", ge=0)
    maximum: Decimal = _of(Decimal(0), "Never billed above this; 0 is no maximum.", ge=0)
    included: Decimal | None = _of(
        None, "Units of the line that are included in another price (Less Included). None: as finance has set it.", ge=0
    )
    count: Literal["snapshot", "peak", "average"] = _of("snapshot", "Which count of the period is billed.")
    method: Literal["in_place", "cancel_and_add"] = _of("in_place", "How a new quantity reaches the agreement.")
    increase: When = _of("now", "When an increase is billed.")
    decrease: When = _of("next_period", "When a decrease is billed.")
    renewal: date | None = _of(
        None, "A day on which a commitment is renewed: the quantity falls on such days only. None: no commitment."
    )
    commitment_months: int = _of(12, "Months from one renewal to the next.", ge=1)
    at_zero: Literal["zero", "minimum", "cancel", "hold"] = _of("hold", "What happens when nobody is counted.")
    on_drift: Literal["hold", "accept", "overwrite"] = _of(
        "hold", "When somebody else changed the quantity since our last write: hold the line, accept the difference as "
        "an offset from then on, or overwrite it.",
    )  # fmt: skip
    create_line: bool = _of(
        False,
        "Add the line, at the catalogue price, when the agreement has none; also the successor of one that ended.",
    )
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
    drop_percent: Decimal = _of(
        Decimal(20), "Share by which the people may be fewer than at the last good reading.", ge=0, le=100
    )
    excluded_statuses: tuple[str, ...] = _of(
        (), "Company statuses, besides the inactive ones, with which nothing is created or billed."
    )
    approval_hours: int = _of(72, "Hours for which a held plan can be approved, and for which an approval holds.", ge=1)


@dataclass(frozen=True)
class RunLimits:
    """[guard] of connector.toml: how much one run may do to all its clients together. Where a limit is broken, nothing
    is written for any client."""

    clients_percent: Decimal = _of(
        Decimal(25), "Share of the clients that their own guard may hold; with more, and more than one, one cause is "
        "behind it.", ge=0, le=100,
    )  # fmt: skip
    inactivate_count: int = _of(500, "Contacts inactivated in one run.", ge=0)
    create_count: int = _of(1000, "Contacts created in one run.", ge=0)
    quantity_count: Decimal = _of(Decimal(1000), "Units by which quantities move in one run.", ge=0)
    money_per_month: Decimal = _of(Decimal(50000), "Sum of the monthly amounts that move in one run.", ge=0)


@dataclass(frozen=True)
class ClientRules:
    """Everything the decisions about one client depend on. ``client`` is the config file's name, ``company`` the PSA's
    company identifier. ``count_day`` is the day of the month whose counts the next invoice takes, on every line; 0 is
    the last reading before it."""

    client: str
    company: str
    people: PeopleRules = field(default_factory=PeopleRules)
    contacts: ContactRules = field(default_factory=ContactRules)
    billing: tuple[BillingProfile, ...] = ()
    guard: GuardLimits = field(default_factory=GuardLimits)
    count_day: int = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """The distinguished names of every group that a rule asks about."""
        named = (*self.people.include_groups, *self.people.exclude_groups, *self.people.leave_groups)
        return tuple(dict.fromkeys(named + tuple(group for profile in self.billing for group in profile.groups)))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The directory attributes that only these rules ask about, in lower case."""
        people = self.people
        of_profiles = (name for profile in self.billing for name in profile.where)
        named = (*people.include_where, *people.exclude_where, people.start_attribute, *of_profiles)
        return tuple(dict.fromkeys(name.lower() for name in named if name))


def custom_caption(setting: str) -> str:
    """The caption of the custom field that ``custom:Caption`` names; ``""`` for any other contact field."""
    head, _, caption = setting.partition(":")
    return caption.strip() if head == "custom" else ""


def counting_rules(rules: ClientRules) -> dict[str, str]:
    """The rules that say who counts, where, and for how many: each key with its value as text. Those that a run may
    have changed since the last one without anything in the directory having moved."""
    told = {
        f"people.{one.name}": _as_text(getattr(rules.people, one.name))
        for one in fields(PeopleRules)
        if one.name not in ("minimum_expected", "stale_days")
        and (one.name != "value_aliases" or rules.people.value_aliases)
    }
    told["contacts.inactivate_excluded"] = _as_text(rules.contacts.inactivate_excluded)
    for profile in rules.billing:
        who: list[Any] = [profile.groups, profile.exclusive, profile.units]
        who += [part for part in (profile.ous, profile.where) if part]
        told[f"billing.{profile.name}"] = _as_text(who)
    told["billing order"] = _as_text([profile.name for profile in rules.billing])
    return told


def _as_text(value: Any) -> str:
    def plain(other: Any) -> Any:
        return asdict(other) if is_dataclass(other) and not isinstance(other, type) else str(other)

    return json.dumps(value, default=plain, sort_keys=True)
