"""Field by field: what the directory says, what the PSA holds, who owns it, and what would be written."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from connector.core.communications import KINDS, ItemField, contact_value, over_limit, phone_text, type_for
from connector.core.model import Account, Communication, Contact, Named, Phone, PsaSnapshot, Site
from connector.core.normalize import dn_key, is_guid, label_key, mail_key, split_name, text
from connector.core.plan import Value
from connector.core.rules import ContactRules

LIMITS = {"first_name": 30, "last_name": 30, "title": 100, "department": 30, "relationship": 50}
"""Longest values the PSA takes (api.md 4.3); those of communication items are told by ``over_limit``."""
NAMES = ("first_name", "last_name")
SCALARS = (*NAMES, "title")
PHONES: tuple[ItemField, ...] = ("phone", "mobile", "fax")
LABELS = {
    "first_name": "given name",
    "last_name": "surname",
    "title": "job title",
    "mail": "mail address",
    "types": "contact types",
    "link": "directory link",
    "default": "default contact",
}
KEPT = "kept: the PSA's value is only filled when blank"
NOBODY_HAS = "nobody in this reading has one, so a blank erases nothing"


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of one person: both sides in words and who owns it. Where it ``moves``, ``before`` and ``after`` are
    the values of the change (``after`` None erases). ``note`` says what is special, and ``tell`` whether the report
    says it: for each person, or once for all who have the value."""

    name: str
    directory: str
    psa: str
    owner: str
    after: Value = None
    note: str = ""
    before: Value = None
    moves: bool = False
    tell: Literal["", "person", "value"] = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a client's contacts are compared against. ``managers`` are the contacts of people by their DN's key: an id,
    or the account name of one whose contact is yet to be made. ``filled`` are the erasable fields in which at least one
    account of the reading has a value: where nobody has one, it could not be read, and nothing is erased."""

    psa: PsaSnapshot
    rules: ContactRules
    managers: Mapping[str, int | str] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()


def filled(accounts: Iterable[Account], erasable: Collection[str]) -> frozenset[str]:
    """The erasable fields in which somebody has a value."""
    attributes = {name: "manager_dn" if name == "manager" else name for name in erasable}
    waiting, found = set(attributes), set[str]()
    for account in accounts:
        if not waiting:
            break
        here = {name for name in waiting if getattr(account, attributes[name])}
        waiting, found = waiting - here, found | here
    return frozenset(found)


def names_of(account: Account, rules: ContactRules) -> tuple[str, str]:
    """The given name and surname that a contact would get; ``""`` where nothing tells it."""
    if not rules.split_display_name:
        return text(account.first_name), text(account.last_name)
    return split_name(account.first_name, account.last_name, account.display_name)


def compare(account: Account, contact: Contact | None, basis: Basis) -> list[FieldView]:
    """Field by field: what the directory says, what the PSA holds, who owns it, what would be written."""
    first, last = names_of(account, basis.rules)
    wanted = {"first_name": first, "last_name": last, "title": text(account.title)}
    views = [_scalar(name, wanted[name], contact, basis) for name in SCALARS]
    views.append(_department(account, contact, basis))
    views.append(_site(account, contact, basis))
    views.append(_mail(account, contact, basis))
    views.extend(_phone(name, getattr(account, name), contact, basis) for name in PHONES)
    views.append(_manager(account, contact, basis))
    if basis.rules.relationship:
        views.append(_relationship(contact, basis))
    if basis.rules.types:
        views.append(_types(contact, basis))
    if basis.rules.link != "state":
        views.append(_link(account, contact))
    return views


def standing(contact: Contact, names: Iterable[str], psa: PsaSnapshot) -> dict[str, Value]:
    """What a contact holds now in the named fields, in the form that plans use; None where it holds nothing."""
    return {name: _stands(contact, name, psa) for name in names}


def _stands(contact: Contact, name: str, psa: PsaSnapshot) -> Value:
    if name in ("inactive", "default"):
        return bool(getattr(contact, name))
    if name == "types":
        return sorted(one.name for one in contact.types)
    if name == "manager":
        return contact.manager.id if contact.manager else None
    if name in ("department", "site", "relationship"):
        named: Named | None = getattr(contact, name)
        return named.name if named else None
    if name in ("mail", *PHONES):
        return _item_text(contact_value(contact, name, psa.communication_types)) or None
    return str(getattr(contact, name)) or None


def _item_text(item: Communication | None) -> str:
    return phone_text(Phone(item.value, "", item.extension)) if item else ""


def _decide(name: str, directory: str, psa: str, owner: str, basis: Basis, *, same: bool = False) -> FieldView:
    """The ownership rule (``directory`` overwrites, ``fill`` fills blanks, ``psa`` never); a blank erases only where
    the rules say so."""
    limit = LIMITS.get(name, len(directory))
    value, note = directory, ""
    if len(directory) > limit:
        value, note = directory[:limit].rstrip(), f"cut to the PSA's {limit} characters"
    view = FieldView(name, directory, psa, owner, before=psa or None)
    if not directory:
        return _erased(view, basis)
    if not value or same or owner == "psa" or value == psa:
        return view
    if owner == "fill" and psa:
        return replace(view, note=KEPT)
    if note and name not in SCALARS:
        return replace(view, note=f"longer than the PSA's {limit} characters", tell="value")
    return replace(view, after=value, note=note, moves=True, tell="person" if note else "")


def _erased(view: FieldView, basis: Basis) -> FieldView:
    if not view.psa or view.owner != "directory" or view.name not in basis.rules.erase:
        return view
    if view.name not in basis.filled:
        return replace(view, note=NOBODY_HAS, tell="value")
    return replace(view, note="blank in the directory: erased", moves=True)


def _scalar(name: str, wanted: str, contact: Contact | None, basis: Basis) -> FieldView:
    stands = str(getattr(contact, name)) if contact else ""
    # Whoever owns the names afterwards: a contact without one must never be made.
    owner = "directory" if contact is None and name in NAMES else getattr(basis.rules.fields, name)
    return _decide(name, wanted, stands, owner, basis)


def _aliased(label: str, aliases: Mapping[str, str]) -> str:
    """The name that a label stands for in the config, else the label itself."""
    key = label_key(label)
    return next((name for alias, name in aliases.items() if key and label_key(alias) == key), label)


def _department(account: Account, contact: Contact | None, basis: Basis) -> FieldView:
    wanted = _aliased(text(account.department), basis.rules.department_aliases)
    stands = contact.department if contact else None
    return _listed("department", wanted, stands, basis.psa.departments, basis)


def _relationship(contact: Contact | None, basis: Basis) -> FieldView:
    stands = contact.relationship if contact else None
    return _listed("relationship", basis.rules.relationship, stands, basis.psa.relationships, basis)


def _listed(name: str, wanted: str, stands: Named | None, table: Iterable[Named], basis: Basis) -> FieldView:
    """A field whose values are the names of a setup table; what is not there is made only where the config says so."""
    owner, psa, key = getattr(basis.rules.fields, name), stands.name if stands else "", label_key(wanted)
    view = _decide(name, wanted, psa, owner, basis, same=bool(key) and key == label_key(psa))
    if not view.moves or view.after is None:
        return view
    known = sorted(one.name for one in table if key and label_key(one.name) == key)
    if known:
        return replace(view, after=known[0])
    if name in basis.rules.create_missing and key:
        return replace(view, after=wanted, note="made in the PSA's setup tables", tell="value")
    return replace(view, after=None, moves=False, note=f"the PSA has no such {name}", tell="value")


def _site(account: Account, contact: Contact | None, basis: Basis) -> FieldView:
    """The site that the office names. Without one, a contact that has no site gets the configured default."""
    rules, stands = basis.rules, contact.site if contact else None
    owner = "directory" if rules.site_from else "psa"
    psa = stands.name if stands else ""
    office = _aliased(text(account.office), rules.site_aliases) if rules.site_from == "office" else ""
    view = FieldView("site", office, psa, owner, before=psa or None)
    found = _sites(label_key(office), basis.psa.sites)
    if len(found) == 1:
        same = stands is not None and stands.id == found[0].id
        return view if same else replace(view, after=found[0].name, moves=True)
    default = _sites(label_key(rules.site_default), basis.psa.sites)
    moves = bool(rules.site_from) and stands is None and len(default) == 1
    if office:
        why = "no site of the company fits" if not found else f"{len(found)} sites of the company fit"
        then = "the default site is set" if moves else "the site is left as it is"
        view = replace(view, note=f"{why}; {then}", tell="value")
    return replace(view, after=default[0].name, moves=True) if moves else view


def _sites(key: str, sites: Iterable[Site]) -> list[Site]:
    """The sites whose name is meant, else those whose address or street is."""
    if not key:
        return []
    named = [site for site in sites if label_key(site.name) == key]
    return named or [site for site in sites if key in (label_key(site.address), label_key(site.address.split(",")[0]))]


def _mail(account: Account, contact: Contact | None, basis: Basis) -> FieldView:
    wanted, rules = text(account.mail), basis.rules
    item = contact_value(contact, "mail", basis.psa.communication_types) if contact else None
    stands = item.value if item else ""
    same = bool(wanted) and mail_key(stands) == mail_key(wanted)
    view = _decide("mail", wanted, stands, rules.fields.mail, basis, same=same)
    view = _in_item("mail", view, contact, item, basis)
    if view.moves and view.after and stands and rules.old_mail == "keep":
        return replace(view, note="the old one is kept as a further one")
    return view


def _phone(name: ItemField, wanted: Phone | None, contact: Contact | None, basis: Basis) -> FieldView:
    owner, types = getattr(basis.rules.fields, name), basis.psa.communication_types
    item = contact_value(contact, name, types, wanted) if contact else None
    if contact and wanted and item is None:
        item = next((one for one in contact.of_kind(KINDS[name]) if _is_number(one, wanted)), None)
    stands, said = _item_text(item), phone_text(wanted) if wanted else ""
    same = bool(wanted and item and _is_number(item, wanted))
    view = _decide(name, said, stands, owner, basis, same=same)
    return _in_item(name, view, contact, item, basis)


def _in_item(
    name: ItemField, view: FieldView, contact: Contact | None, item: Communication | None, basis: Basis
) -> FieldView:
    """A change of a communication item, as far as the PSA can hold it; a blank erases one only where no other item of
    its type would take its place."""
    if not view.moves:
        return view
    if view.after is not None:
        why = over_limit(name, view.directory)
        if not why and item is None and type_for(name, basis.psa.communication_types) is None:
            why = f"the PSA has no communication type for a {name}"
        return replace(view, after=None, moves=False, note=why, tell="value") if why else view
    rivals = contact.of_kind(KINDS[name]) if contact else ()
    if item and len([one for one in rivals if item.kind != "Phone" or one.type.id == item.type.id]) > 1:
        return replace(view, moves=False, note="the contact has several, so a blank erases none")
    return view


def _is_number(item: Communication, wanted: Phone) -> bool:
    return item.phone is not None and item.phone.same_as == wanted.same_as


def _manager(account: Account, contact: Contact | None, basis: Basis) -> FieldView:
    """The manager's contact: by id, or by account where the contact is made in the same run."""
    owner = basis.rules.fields.manager
    stands = contact.manager if contact else None
    dn = account.manager_dn
    wanted = basis.managers.get(_key_of(dn)) if dn and owner != "psa" else None
    said = dn.partition(",")[0].partition("=")[2] if dn else ""
    view = FieldView("manager", said, stands.name if stands else "", owner, before=stands.id if stands else None)
    if owner == "psa" or not dn:
        return view if owner == "psa" else _erased(view, basis)
    if wanted is None:
        return replace(view, note="the manager is no person with a contact", tell="value")
    if wanted == (stands.id if stands else None) or _key_of(dn) == dn_key(account.dn):
        return view
    if owner == "fill" and stands:
        return replace(view, note=KEPT)
    return replace(view, after=wanted, moves=True)


def _key_of(dn: str) -> str:
    """The key of a DN; ``""`` for a text that is none, such as a damaged one of an export."""
    try:
        return dn_key(dn)
    except ValueError:
        return ""


def _types(contact: Contact | None, basis: Basis) -> FieldView:
    """The contact types of people; those there are stay."""
    known = {label_key(one.name): one.name for one in reversed(basis.psa.contact_types)}
    wanted = [known[label_key(name)] for name in basis.rules.types if label_key(name) in known]
    stands = sorted(one.name for one in contact.types) if contact else []
    owner = "directory" if contact is None or basis.rules.types_for == "all" else "psa"
    view = FieldView("types", ", ".join(wanted), ", ".join(stands), owner, before=list(stands))
    missing = [name for name in wanted if label_key(name) not in {label_key(one) for one in stands}]
    if owner == "psa" or not missing:
        return view
    return replace(view, after=wanted if contact is None else sorted([*stands, *missing]), moves=True)


def _link(account: Account, contact: Contact | None) -> FieldView:
    held = contact.link if contact else ""
    view = FieldView("link", account.guid, held, "directory", before=held or None)
    if held == account.guid:
        return view
    if held and not is_guid(held):
        return replace(view, note="no objectGUID, so it is left alone", tell="value")
    return replace(view, after=account.guid, moves=True)
