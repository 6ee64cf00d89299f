"""Small values for the tests of the pure core: what the rule under test needs, and usual values for the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from connector import phones
from connector.core.decide import Decision, decide
from connector.core.model import (
    Account,
    Addition,
    Agreement,
    Communication,
    CommunicationType,
    Company,
    Contact,
    DirectorySnapshot,
    LineWrite,
    Link,
    Memory,
    Named,
    Phone,
    Product,
    PsaSnapshot,
    Site,
)
from connector.core.normalize import dn_key
from connector.core.plan import BillingLine, Change, Held, Plan
from connector.core.rules import (
    AgreementSelector,
    BillingProfile,
    ClientRules,
    ContactRules,
    FieldRules,
    GuardLimits,
    PeopleRules,
)

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
NEXT_INVOICE = date(2026, 12, 1)
BASE = "DC=harbor,DC=example"
STAFF = f"CN=Staff,OU=Groups,{BASE}"
FRONTLINE = f"CN=Frontline,OU=Groups,{BASE}"

EMAIL = CommunicationType(1, "Email", email=True, default=True)
DIRECT = CommunicationType(2, "Direct", phone=True, default=True)
MOBILE = CommunicationType(3, "Mobile", phone=True)
FAX = CommunicationType(4, "Fax", fax=True, default=True)
TYPES = (EMAIL, DIRECT, MOBILE, FAX)

WIDE = GuardLimits(Decimal(100), 10**6, 10**6, Decimal(10**6), Decimal(10**9))
"""Limits that let everything pass, for tests of other rules."""


def guid(account: str) -> str:
    """The objectGUID of an account, the same for the same name."""
    return str(uuid5(NAMESPACE_DNS, account))


def phone(text: str, extension: str = "") -> Phone | None:
    """A telephone number as both borders read it."""
    return phones.parse(text, "GB", extension)


def account(name: str, *, groups: Iterable[str] = (STAFF,), **fields: Any) -> Account:
    """The account ``jberg`` is Jonas Berg; any field can be given."""
    first, last = {"jberg": ("Jonas", "Berg"), "adahl": ("Anna", "Dahl")}.get(name, (name.capitalize(), "Lund"))
    usual = {"guid": guid(name), "dn": f"CN={name},OU=Staff,{BASE}", "first_name": first, "last_name": last}
    return Account(**{**usual, "account": name, "groups": frozenset(map(dn_key, groups)), **fields})


def contact(
    number: int,
    name: str = "Jonas Berg",
    *,
    mail: str | Iterable[str] = (),
    numbers: Mapping[CommunicationType, str] | None = None,
    types: Iterable[str] = (),
    **fields: Any,
) -> Contact:
    """A contact with its first address as the default one."""
    first, _, last = name.partition(" ")
    addresses = [mail] if isinstance(mail, str) else list(mail)
    items = [item(EMAIL, address, default=not at) for at, address in enumerate(addresses)]
    items += [item(kind, text) for kind, text in (numbers or {}).items()]
    named = tuple(Named(at, kind) for at, kind in enumerate(types, 1))
    usual = {"company_id": 412, "first_name": first, "last_name": last, "items": tuple(items), "types": named}
    return Contact(number, **{**usual, **fields})


def item(kind: CommunicationType, value: str, *, default: bool = False) -> Communication:
    """One communication item."""
    if kind.email:
        return Communication(None, Named(kind.id, kind.name), "Email", value, default=default)
    name = "Fax" if kind.fax else "Phone"
    return Communication(None, Named(kind.id, kind.name), name, value, default=default, phone=phone(value))


def agreement(number: int = 77, **fields: Any) -> Agreement:
    """An active monthly agreement, next invoiced on the first of December."""
    usual = {"name": f"Managed Users {number}", "type": "User Based Agreement", "billing_cycle": "Monthly"}
    return Agreement(number, **{**usual, "next_invoice_date": NEXT_INVOICE, **fields})


def line(quantity: float = 1, number: int = 3301, **fields: Any) -> Addition:
    """A running line of MS-USER at 42.50."""
    usual = {"agreement_id": 77, "product_id": 55, "product": "MS-USER", "unit_price": Decimal("42.50")}
    return Addition(number, quantity=Decimal(str(quantity)), **{**usual, **fields})


def product(identifier: str = "MS-USER", number: int = 55, **fields: Any) -> Product:
    """An agreement product at 42.50."""
    return Product(number, identifier, **{"product_class": "Agreement", "price": Decimal("42.50"), **fields})


def profile(**fields: Any) -> BillingProfile:
    """Managed user: everybody in Staff on the agreement's MS-USER line."""
    usual = {"name": "Managed user", "product": "MS-USER", "groups": (STAFF,)}
    selector = AgreementSelector(type="User Based Agreement")
    return BillingProfile(**{**usual, "agreement": selector, **fields})


def rules(*billing: BillingProfile, people: Any = None, guard: GuardLimits = WIDE, **contacts: Any) -> ClientRules:
    """A client's rules; keywords are those of ``[contacts]``, and ``fields`` may be a mapping."""
    owners = contacts.pop("fields", {})
    kept = ContactRules(**contacts, fields=FieldRules(**owners))
    return ClientRules("harbor", "HarborDental", PeopleRules(**(people or {})), kept, billing, guard)


def psa(*contacts: Contact, **fields: Any) -> PsaSnapshot:
    """The PSA's side: one company with a site, a department and the usual tables."""
    usual: dict[str, Any] = {
        "company": Company(412, "HarborDental", "Harbor Dental", "Active"),
        "sites": (Site(900, "Main", "1 Quay Street, Boston", primary=True), Site(901, "Pier 9", "9 Pier Road")),
        "departments": (Named(31, "Hygiene"),),
        "contact_types": (Named(2, "End User"),),
        "communication_types": TYPES,
        "products": (product(),),
    }
    return PsaSnapshot(contacts=contacts, **{**usual, **fields})


def linked(*pairs: tuple[str, int], absent_reads: int = 0) -> Memory:
    """A memory of links between accounts and contacts."""
    links = [Link(guid(name), number, name, f"Former {name}", absent_reads) for name, number in pairs]
    return Memory({link.guid: link for link in links})


def wrote(quantity: float, number: int = 3301) -> Memory:
    """A memory of the quantity we last wrote to a line."""
    return Memory(line_writes={number: LineWrite(number, Decimal(str(quantity)), NOW)})


def decided(
    accounts: Iterable[Account],
    snapshot: PsaSnapshot | None = None,
    wanted: ClientRules | None = None,
    memory: Memory | None = None,
    *,
    complete: bool = True,
    now: datetime = NOW,
) -> Decision:
    """The whole decision over these accounts."""
    directory = DirectorySnapshot(tuple(accounts), complete, "dc1", "" if complete else "the server hung up")
    return decide(wanted or rules(), directory, snapshot or psa(), memory or Memory(), now)


def planned(*args: Any, **keywords: Any) -> Plan:
    """The plan of :func:`decided`."""
    return decided(*args, **keywords).plan


def billed(people: int, wanted: BillingProfile, *lines: Addition, memory: Memory | None = None, **fields: Any) -> Plan:
    """The plan for so many people with contacts, these lines and one billing profile."""
    accounts = [account(f"user{at}", mail=f"user{at}@harbor.example") for at in range(people)]
    contacts = [contact(100 + at, f"User{at} Lund", mail=one.mail) for at, one in enumerate(accounts)]
    snapshot = psa(*contacts, **{"agreements": (agreement(),), "additions": lines, **fields})
    return planned(accounts, snapshot, rules(wanted), memory)


def only_change(plan: Plan) -> Change:
    """The one change of a plan in which nothing is held."""
    assert plan.held == ()
    (change,) = plan.changes
    return change


def only_held(plan: Plan) -> Held:
    """The one held item of a plan without changes."""
    assert plan.changes == ()
    (held,) = plan.held
    return held


def only_line(plan: Plan) -> BillingLine:
    """The plan's one billing line."""
    (found,) = plan.billing
    return found


def idle(plan: Plan) -> bool:
    """Whether nothing is written and nothing waits for a person."""
    return not plan.changes and not plan.held


def inactive(one: Contact) -> Contact:
    """The same contact, inactive."""
    return replace(one, inactive=True)
