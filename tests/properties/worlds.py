"""Random small clients, and a PSA that does what a plan says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from connector.core.communications import KINDS, contact_value, split_phone_text, type_for
from connector.core.decide import Decision, decide
from connector.core.model import (
    Account,
    Addition,
    Communication,
    Contact,
    DirectorySnapshot,
    LineWrite,
    Link,
    Memory,
    Named,
    PsaSnapshot,
)
from connector.core.plan import Change, Kind, Plan
from connector.core.rules import ClientRules
from tests.core import build

NAMES = ("Anna", "Jonas", "Mía", "")
ADDRESSES = ("a@x.example", "b@x.example", "C@x.example", "d@x.example")
GROUPS = (build.STAFF, build.FRONTLINE)
TYPES = ("End User", "VIP")


@dataclass(frozen=True)
class Scene:
    """One client: both sides, the rules, and what we remember."""

    accounts: tuple[Account, ...]
    psa: PsaSnapshot
    rules: ClientRules
    memory: Memory

    def decide(self) -> Decision:
        """The decision about this scene."""
        return decide(self.rules, DirectorySnapshot(self.accounts, True, "dc1"), self.psa, self.memory, build.NOW)


@st.composite
def _account(draw: st.DrawFn, at: int) -> Account:
    maybe = st.sampled_from(("", *ADDRESSES))
    return build.account(
        f"user{at}",
        first_name=draw(st.sampled_from(NAMES)),
        last_name=draw(st.sampled_from(("Berg", "Dahl", ""))),
        mail=draw(maybe),
        upn=draw(maybe),
        proxy_addresses=tuple(draw(st.lists(st.sampled_from(ADDRESSES), max_size=2, unique=True))),
        title=draw(st.sampled_from(("", "Nurse", "x" * 120))),
        department=draw(st.sampled_from(("", "HYGIENE", "Moon"))),
        office=draw(st.sampled_from(("", "Pier 9", "-"))),
        phone=build.phone(draw(st.sampled_from(("", "020 7946 0142", "020 7946 0143 x5")))),
        mobile=build.phone(draw(st.sampled_from(("", "07700 900123", "020 7946 0142")))),
        enabled=draw(st.integers(0, 4)) > 0,
        mailbox=draw(st.sampled_from(("", "", "user", "room"))),
        groups=draw(st.lists(st.sampled_from(GROUPS), unique=True)),
    )


@st.composite
def _contact(draw: st.DrawFn, at: int) -> Contact:
    numbers = draw(
        st.dictionaries(st.sampled_from((build.DIRECT, build.MOBILE)), st.just("+44 20 7946 0142"), max_size=2)
    )
    return build.contact(
        100 + at,
        f"{draw(st.sampled_from(NAMES))} {draw(st.sampled_from(('Berg', 'Dahl', '')))}",
        mail=draw(st.lists(st.sampled_from(ADDRESSES), max_size=2, unique=True)),
        numbers=numbers,
        types=draw(st.lists(st.sampled_from(TYPES), max_size=1)),
        title=draw(st.sampled_from(("", "Nurse", "Dentist"))),
        site=draw(st.sampled_from((None, Named(900, "Main"), Named(901, "Pier 9")))),
        inactive=draw(st.integers(0, 3)) == 0,
        default=draw(st.integers(0, 5)) == 0,
    )


@st.composite
def _rules(draw: st.DrawFn) -> ClientRules:
    profiles = [
        build.profile(
            name=name,
            product=name,
            groups=draw(st.sampled_from(((), (build.STAFF,), (build.FRONTLINE,), GROUPS))),
            exclusive=draw(st.booleans()),
            units=Decimal(draw(st.sampled_from(("1", "2", "0.5")))),
            offset=Decimal(draw(st.integers(-2, 2))),
            minimum=Decimal(draw(st.integers(0, 3))),
            at_zero=draw(st.sampled_from(("zero", "minimum", "cancel", "hold"))),
            on_drift=draw(st.sampled_from(("hold", "overwrite"))),
            create_line=draw(st.booleans()),
        )
        for name in ("ONE", "TWO", "THREE")[: draw(st.integers(0, 3))]
    ]
    owners = {
        name: draw(st.sampled_from(("directory", "fill", "psa"))) for name in ("title", "mail", "phone", "first_name")
    }
    link = draw(st.sampled_from(("state", "userDefinedField10")))
    return build.rules(*profiles, fields=owners, link=link, absent_reads=draw(st.integers(1, 2)))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A client with up to five accounts, five contacts and three profiles, and any remembered links between them."""
    accounts = tuple(draw(_account(at)) for at in range(draw(st.integers(0, 5))))
    contacts = [draw(_contact(at)) for at in range(draw(st.integers(0, 5)))]
    rules = draw(_rules())
    guids = [build.guid(f"user{at}") for at in range(7)]
    numbers = draw(st.permutations(range(100, 107)))
    links = {guid: Link(guid, number) for guid, number in zip(guids, numbers, strict=True) if draw(st.booleans())}
    lines = tuple(
        build.line(draw(st.integers(0, 4)), 3301 + at, product=one.product, product_id=55 + at)
        for at, one in enumerate(rules.billing)
        if draw(st.booleans())
    )
    writes = {
        one.id: LineWrite(one.id, Decimal(draw(st.integers(0, 4))), build.NOW) for one in lines if draw(st.booleans())
    }
    products = tuple(build.product(one.product, 55 + at) for at, one in enumerate(rules.billing))
    psa = build.psa(*contacts, agreements=(build.agreement(),), additions=lines, products=products)
    return Scene(accounts, psa, rules, Memory(links, writes))


def applied(scene: Scene, plan: Plan) -> Scene:
    """The scene after every change was written and the reading was remembered."""
    contacts = {contact.id: contact for contact in scene.psa.contacts}
    lines = {line.id: line for line in scene.psa.additions}
    links, writes = dict(scene.memory.links), dict(scene.memory.line_writes)
    for pair in plan.pairs:
        _link(links, pair.guid, pair.contact_id)
    for guid, reads in plan.absent.items():
        links[guid] = replace(links[guid], absent_reads=reads)
    for line in plan.billing:
        if line.addition_id is not None and line.quantity_before == line.billed:
            writes[line.addition_id] = LineWrite(line.addition_id, line.billed, build.NOW)
    for change in plan.changes:
        if change.person is None:
            made = _write_line(change, lines, scene.psa)
            if "quantity" in change.after:
                writes[made.id] = LineWrite(made.id, made.quantity, build.NOW)
            continue
        number = change.target.contact_id or max([200, *contacts]) + 1
        contacts[number] = _write_contact(contacts.get(number, Contact(number, 412)), change.after, scene.psa)
        if change.kind is Kind.CREATE:
            _link(links, change.person.guid, number)
    psa = replace(scene.psa, contacts=tuple(contacts.values()), additions=tuple(lines.values()))
    return replace(scene, psa=psa, memory=Memory(links, writes))


def _link(links: dict[str, Link], guid: str, number: int) -> None:
    for other in [one.guid for one in links.values() if one.contact_id == number]:
        del links[other]
    links[guid] = Link(guid, number)


def _write_line(change: Change, lines: dict[int, Addition], psa: PsaSnapshot) -> Addition:
    after = change.after
    if change.kind is Kind.ADD:
        product = next(one for one in psa.products if one.identifier == after["product"])
        number = max([3400, *lines]) + 1
        made = build.line(0, number, product=product.identifier, product_id=product.id)
        made = replace(made, effective_date=date.fromisoformat(str(after["effective_date"])))
    else:
        made = lines[change.target.addition_id or 0]
    if "quantity" in after:
        made = replace(made, quantity=Decimal(str(after["quantity"])))
    if "cancelled_date" in after:
        made = replace(made, cancelled_date=date.fromisoformat(str(after["cancelled_date"])))
    lines[made.id] = made
    return made


def _write_contact(contact: Contact, after: Mapping[str, Any], psa: PsaSnapshot) -> Contact:
    for name, value in after.items():
        if name in KINDS:
            contact = _write_item(contact, name, value, psa)
        elif name == "department":
            contact = replace(contact, department=next(one for one in psa.departments if one.name == value))
        elif name == "site":
            contact = replace(contact, site=next(Named(one.id, one.name) for one in psa.sites if one.name == value))
        elif name == "types":
            contact = replace(contact, types=tuple(Named(1, one) for one in value))
        else:
            contact = replace(contact, **{name: value})
    return contact


def _write_item(contact: Contact, name: Any, value: str, psa: PsaSnapshot) -> Contact:
    current = contact_value(contact, name, psa.communication_types)
    kind = type_for(name, psa.communication_types)
    assert kind is not None
    number, extension = (value, "") if name == "mail" else split_phone_text(value)
    phone = None if name == "mail" else build.phone(number, extension)
    made = Communication(None, Named(kind.id, kind.name), KINDS[name], number, extension, name == "mail", phone)
    kept = tuple(one for one in contact.items if one is not current)
    return replace(contact, items=(*kept, made))
