"""Random small clients, whose rules, accounts and contacts get in each other's way more often than real ones."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from connector.core.decide import Decision, decide
from connector.core.history import History, Stay, Tally
from connector.core.model import (
    Account,
    Company,
    Contact,
    DirectorySnapshot,
    LineWrite,
    Link,
    Memory,
    Named,
    OpenWork,
    PsaSnapshot,
    Reading,
)
from connector.core.rules import ClientRules, PeopleRules, Waiver, counting_rules
from tests.core import build

MOST = 5
"""Accounts, and contacts, that a client has at most."""

GUIDS = tuple(build.guid(f"user{at}") for at in range(MOST + 2))
LEAVE, NOBODY = (f"CN={name},OU=Groups,{build.BASE}" for name in ("On leave", "Nobody"))
GROUPS = (build.STAFF, build.FRONTLINE, LEAVE, NOBODY)
TABLES = ("accounts", "contacts", "elsewhere", "agreements", "additions", "products")
KINDS = (Named(2, "End User"), Named(3, "end-user"), Named(4, "VIP"))
SETUP = ("sites", "departments", "relationships", "contact_types", "communication_types")


@dataclass(frozen=True)
class Scene:
    """One client: both sides, the rules, and what we remember."""

    accounts: tuple[Account, ...]
    psa: PsaSnapshot
    rules: ClientRules
    memory: Memory
    complete: bool = True
    now: datetime = build.NOW

    def decide(self) -> Decision:
        """The decision about this scene."""
        directory = DirectorySnapshot(self.accounts, self.complete, "dc1")
        return decide(self.rules, directory, self.psa, self.memory, self.now)


def _one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def _mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual value two times of three."""
    return st.sampled_from((*[usual] * (2 * len(others)), *others))


def _rarely(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Another than the usual value one time of nine."""
    return st.sampled_from((*[usual] * (8 * len(others)), *others))


def _subset(*values: Any, most: int | None = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=most)


def _fields(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(strategies)


def _dn(at: int, place: str) -> str:
    return f"CN=user{at},{place}"


ADDRESSES = ("a@x.example", "b@x.example", "C@x.example", "d@x.example")
DAYS = (None, *(build.NOW - timedelta(days=days) for days in (0, 3, 10)))
NAMES = _one("Anna", "Jonas", "Mía", "Zoë", "")
SURNAMES = _one("Berg", "Dahl", "Lund", "")
PLACES = (f"OU=Staff,{build.BASE}", f"OU=Other,{build.BASE}", "OU=Staff,DC=second,DC=example")

_ACCOUNT = _fields(
    first_name=NAMES,
    last_name=SURNAMES,
    display_name=_one("", "Anna Berg"),
    mail=_one("", *ADDRESSES),
    upn=_rarely("", *ADDRESSES[:2]),
    proxy_addresses=_rarely((), *[(one,) for one in ADDRESSES], ADDRESSES[:2]),
    title=_one("", "Nurse", "x" * 120),
    department=_one("", "HYGIENE", "Teeth", "Moon"),
    office=_one("", "Pier 9", "HQ", "-"),
    phone=_one("", "020 7946 0142", "020 7946 0143 x5").map(build.phone),
    mobile=_one("", "07700 900123", "020 7946 0142").map(build.phone),
    enabled=_mostly(True, False),
    expires_at=_rarely(None, build.NOW - timedelta(days=2), build.NOW + timedelta(days=2)),
    changed_at=st.sampled_from(DAYS),
    mailbox=_rarely("user", "room"),
    admin=_rarely(False, True),
    attributes=_mostly(
        {},
        {"extensionattribute3": ("2026-12-24",)},
        {"extensionattribute3": ("2026-01-01",), "employeetype": ("Vendor",)},
        {"extensionattribute3": ("soon",)},
    ),
    groups=_subset(*GROUPS),
)
_BOSS = st.integers(-2, MOST)
_OWN = _mostly(True, False)
_SIZE = _one(MOST, MOST, 4, 3, 2, 1, 0)


@st.composite
def _accounts(draw: st.DrawFn) -> tuple[Account, ...]:
    """Accounts of which some are called like further ones, like emergency ones, or, in another domain, like others."""
    found: list[Account] = []
    dns: list[str] = []
    for at in range(draw(_SIZE)):
        name = draw(_mostly(f"user{at}", "user0", "adm-user0", "bg-user1"))
        taken = [one.dn for one in found if one.account == name]
        place = PLACES[2] if taken else draw(_mostly(*PLACES))
        name = f"user{at}" if any(dn.endswith(place) for dn in taken) else name
        dns.append(_dn(at, place))
        fields = draw(_ACCOUNT)
        if draw(_OWN):
            fields["mail"] = f"user{at}@x.example"
        found.append(replace(build.account(f"user{at}", **fields, dn=dns[at]), account=name))
    bosses = [draw(_BOSS) for _ in found]
    known = {-2: "", -1: "nobody", **dict(enumerate(dns))}
    return tuple(
        replace(one, manager_dn=known.get(boss, _dn(MOST, PLACES[0]))) for one, boss in zip(found, bosses, strict=True)
    )


_CONTACT = _fields(
    first_name=NAMES,
    last_name=SURNAMES,
    mail=_subset(*ADDRESSES, most=3),
    numbers=st.dictionaries(_one(build.DIRECT, build.MOBILE, build.FAX), st.just("+44 20 7946 0142"), max_size=2),
    types=_rarely([], ["End User"], ["VIP"], ["Approver", "End User"]),
    title=_one("", "Nurse", "Dentist"),
    department=_one(None, Named(31, "Hygiene"), Named(33, "Sales")),
    relationship=_one(None, Named(41, "Owner")),
    manager=st.sampled_from((None, *(Named(100 + at, "Boss") for at in range(MOST)))),
    site=_one(None, Named(900, "Main"), Named(901, "Pier 9")),
    inactive=_mostly(False, True),
    portal=_one(False, True),
)
_LINK = _one("", "", "Member since 1999", *GUIDS)
_LIKE = _mostly(True, False)
_KEEP = _rarely(False, True)
_DEFAULT = st.one_of(st.none(), st.integers(100, 100 + MOST))
_WORK = _one(
    None,
    OpenWork({100: ("#1203 Printer jams",), 102: ("#1204 Door", "#1205 Bell")}, {100: ("2 agreements",)}),
    OpenWork(problem="no rights"),
)


@st.composite
def _psa(draw: st.DrawFn, rules: ClientRules, accounts: tuple[Account, ...]) -> PsaSnapshot:
    """Contacts of which most look like an account."""
    contacts = []
    twins = dict(enumerate(accounts, 100))
    default = draw(_DEFAULT)
    for number in range(100, 100 + draw(_SIZE)):
        fields, twin = draw(_CONTACT), twins.get(number) if draw(_LIKE) else None
        if twin is not None:
            fields |= {"first_name": twin.first_name, "last_name": twin.last_name}
            fields["mail"] = [*([twin.mail] if twin.mail else []), *(one for one in fields["mail"] if one != twin.mail)]
        name = f"{fields.pop('first_name')} {fields.pop('last_name')}"
        made = build.contact(number, name, **fields)
        made = replace(made, default=number == default and not made.inactive)
        made = replace(made, link=draw(_LINK) if rules.contacts.link != "state" else "")
        contacts.append(replace(made, keep=draw(_KEEP) if rules.contacts.keep_mark else False))
    flagged = next((one.id for one in contacts if one.default), None)
    lines = tuple(
        build.line(draw(st.integers(0, 4)), 3301 + at, product=one.product, product_id=55 + at)
        for at, one in enumerate(rules.billing)
        if draw(st.booleans())
    )
    return build.psa(
        *contacts,
        company=Company(412, "HarborDental", "Harbor Dental", "Active", default_contact_id=flagged,
                        billing_contact_id=draw(_rarely(None, 100, 101))),
        elsewhere=draw(_mostly((), (Contact(150, 413, "Anna", "Berg"),))),
        agreements=(build.agreement(contact_id=draw(_rarely(None, 102)), **draw(AGREEMENT)),),
        additions=lines,
        products=tuple(build.product(one.product, 55 + at) for at, one in enumerate(rules.billing)),
        departments=(Named(31, "Hygiene"), Named(32, "hygiene"), Named(33, "Sales")),
        relationships=draw(_one((), (Named(41, "Owner"), Named(42, "Employee"), Named(43, "EMPLOYEE")))),
        contact_types=draw(_one(KINDS[:1], KINDS)),
        work=draw(_WORK),
    )  # fmt: skip


_OWNER = _one("directory", "fill", "psa")
_OWNED = ("first_name", "title", "department", "mail", "phone", "mobile", "manager", "relationship")
_NUMBER = st.integers(100, 100 + MOST)
_NAMED = st.sampled_from(("user0", "USER1", "adm-user0", "bg-user1", GUIDS[0], GUIDS[2], "nobody"))
_PATTERNS = _rarely((), ("user1*",), ("bg-*", "user3"))
_PROFILE = _fields(
    groups=_one((), (build.STAFF,), (build.FRONTLINE,), GROUPS[:2]),
    exclusive=st.booleans(),
    units=_one("1", "2", "0.5").map(Decimal),
    offset=st.integers(-2, 2).map(Decimal),
    minimum=st.integers(0, 3).map(Decimal),
    maximum=_mostly("0", "4").map(Decimal),
    at_zero=_one("zero", "minimum", "cancel", "hold"),
    on_drift=_one("hold", "accept", "overwrite"),
    create_line=st.booleans(),
    ous=_rarely((), (PLACES[0],)),
    where=_rarely({}, {"employeeType": ("vendor",)}),
    included=_rarely(None, Decimal(1)),
    count=_rarely("snapshot", "peak", "average"),
    method=_one("in_place", "cancel_and_add"),
    increase=_rarely("now", "next_period", "hold"),
    decrease=_mostly("next_period", "now"),
    renewal=_rarely(None, build.TODAY - timedelta(days=40), build.TODAY + timedelta(days=9)),
    names_on_invoice=_rarely(False, True),
)
AGREEMENT = _fields(
    next_invoice_date=_mostly(build.NEXT_INVOICE, date(2026, 11, 1), date(2026, 10, 1), build.TODAY, date(2027, 2, 1)),
    billing_cycle=_rarely("Monthly", "Quarterly", "Bi-weekly"),
    period_type=_one("", "Future", "Current"),
    prorate=st.booleans(),
)
"""When an agreement is invoiced, and how."""
_WAIVER = st.builds(
    Waiver,
    _one("user0", "b@x.example", GUIDS[1], "nobody"),
    _one(build.TODAY, build.TODAY - timedelta(days=1)),
    st.just("owner's daughter"),
)
_PEOPLE = _fields(
    exclude_ous=_rarely((), (PLACES[1],)),
    exclude_groups=_rarely((), (NOBODY,)),
    exclude_where=_mostly({}, {"employeeType": ("vendor",)}),
    include_admins=_one((), ("user*",)),
    break_glass=_rarely((), ("bg-*",), ("user2",)),
    aliases=_mostly({}, {"USER1": "user0"}, {"user1": "user2", "user2": "user1"}, {"user3": "user4", "user4": "user0"}),
    alias_patterns=_mostly((), ("adm-{account}", "bg-{account}")),
    leave_groups=_mostly((), (LEAVE,)),
    grace_days=_mostly(0, 2, 7),
    bill_leave=st.booleans(),
    start_attribute=_mostly("", "extensionAttribute3"),
    units=_mostly({}, {"user0": Decimal(3), "user*": Decimal("0.5")}),
    waivers=st.lists(_WAIVER, max_size=2).map(tuple),
)
_CONTACTS = _fields(
    match=_rarely(("mail", "proxy_addresses", "upn", "name"), ("name", "mail"), ()),
    link=_one("state", "userDefinedField10"),
    pairs=st.dictionaries(_NAMED, st.one_of(_NUMBER, st.just(999)), max_size=2),
    ignore_accounts=_PATTERNS,
    ignore_contacts=_subset(100, 101, 102, most=1).map(tuple),
    create=_rarely(True, False),
    inactivate=_rarely(True, False),
    inactivate_excluded=st.booleans(),
    absent_reads=st.integers(1, 2),
    default_contact=st.one_of(st.none(), _NUMBER),
    open_items=_one("list", "hold"),
    types=_one((), ("End User",), ("End User", "VIP"), ("Missing", "end user")),
    types_for=_one("new", "all"),
    protected_types=_mostly(("VIP",), ()),
    keep_mark=_mostly("", "userDefinedField9"),
    site_from=_mostly("office", ""),
    site_aliases=_one({}, {"hq": "Main"}),
    site_default=_mostly("", "Pier 9", "Moon base"),
    department_aliases=_one({}, {"teeth": "Hygiene"}),
    relationship=_one("", "Employee"),
    create_missing=_subset("department", "relationship").map(tuple),
    old_mail=_one("replace", "keep"),
    erase=_subset("title", "department", "mail", "phone", "mobile", "fax", "manager").map(tuple),
    split_display_name=st.booleans(),
    fields=_fields(**dict.fromkeys(_OWNED, _OWNER)),
)
_PROFILES = st.lists(_PROFILE, max_size=3)
_DROP = _rarely(Decimal(100), Decimal(20))


@st.composite
def _rules(draw: st.DrawFn) -> ClientRules:
    profiles = [
        build.profile(name=name, product=name, **fields)
        for name, fields in zip(("ONE", "TWO", "THREE"), draw(_PROFILES), strict=False)
    ]
    guard = replace(build.WIDE, drop_percent=draw(_DROP))
    return build.rules(*profiles, people=draw(_PEOPLE), guard=guard, **draw(_CONTACTS))


_LINKED = st.lists(st.booleans(), min_size=len(GUIDS), max_size=len(GUIDS))
_NUMBERS = st.permutations(range(100, 100 + len(GUIDS)))
_SEEN = _one("", "user", "bg-user")
_AWAY = st.dictionaries(st.sampled_from(GUIDS), st.sampled_from((build.TODAY, build.TODAY - timedelta(days=5))))


@st.composite
def _history(draw: st.DrawFn, profiles: tuple[str, ...]) -> History:
    """What readings of the last weeks have counted, and stays that began with one of them."""
    days = sorted(draw(st.lists(st.integers(1, 60), unique=True, max_size=4)), reverse=True)
    tallies = tuple(
        Tally(name, build.NOW - timedelta(days=ago), build.TODAY - timedelta(days=ago), units, Decimal(units),
              Decimal(units))
        for ago in days
        for name in profiles
        for units in (draw(st.integers(0, 4)),)
    )  # fmt: skip
    stays = tuple(
        Stay(draw(st.sampled_from(profiles)), guid, "Anna Berg", "user", Decimal(1), build.TODAY - timedelta(days=50),
             draw(_one(None, build.TODAY - timedelta(days=5))))
        for guid in (draw(_subset(*GUIDS, most=3)) if profiles else ())
    )  # fmt: skip
    return History(tallies, stays)


@st.composite
def _memory(draw: st.DrawFn, rules: ClientRules, psa: PsaSnapshot) -> Memory:
    """Any links between accounts and contacts, and a last reading that had other rules now and then."""
    numbers = [150 if psa.elsewhere and number == 104 else number for number in draw(_NUMBERS)]
    known = [one for one in zip(range(len(GUIDS)), numbers, draw(_LINKED), strict=True) if one[2]]
    seen, reads = draw(_SEEN), draw(st.integers(0, 1))
    links = {GUIDS[at]: Link(GUIDS[at], number, f"{seen}{at}" if seen else "", "", reads) for at, number, _ in known}
    writes = {
        one.id: LineWrite(one.id, Decimal(draw(st.integers(0, 4))), build.NOW)
        for one in psa.additions
        if draw(st.booleans())
    }
    people = draw(st.integers(0, 9))
    history = draw(_history(tuple(one.name for one in rules.billing)))
    told = draw(_rarely(counting_rules(rules), counting_rules(replace(rules, people=PeopleRules()))))
    return Memory(links, writes, draw(_AWAY), draw(_one(Reading(people, told), None)), history)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A client with up to five accounts, five contacts and three profiles, any rules and any remembered links."""
    rules = draw(_rules())
    accounts = draw(_accounts())
    psa = draw(_psa(rules, accounts))
    return Scene(accounts, psa, rules, draw(_memory(rules, psa)))


def shuffled(scene: Scene, mixed: Any) -> Scene:
    """The same client with everything read in another order; what stands on one contact keeps its order."""
    psa = replace(scene.psa, **{name: mixed(getattr(scene.psa, name)) for name in (*TABLES[1:], *SETUP)})
    memory = scene.memory
    links, away = (dict(mixed(tuple(values.items()))) for values in (memory.links, memory.away))
    memory = replace(memory, links=links, away=away)
    return replace(scene, accounts=mixed(scene.accounts), psa=psa, memory=memory)
