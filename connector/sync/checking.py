"""Whether a client is ready: its directory can be read, its company and agreements are found, its lines can be kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.core.model import Contact, CustomField, Memory, PsaSnapshot
from connector.core.normalize import is_guid, label_key, same_text
from connector.core.plan import HeldKind, Plan
from connector.core.rules import BillingProfile, ClientRules, ContactRules, custom_caption
from connector.errors import ClientError, ConfigError, DirectoryError
from connector.sync.world import World, make_plan

_HOLDS_TEXT = frozenset({"Text", "TextArea"})
_SETUP = "System > Setup Tables > Custom Fields"


@dataclass(frozen=True, slots=True)
class Line:
    """One checked thing: of whom (``config``, ``psa`` or a client), what, if it is ok, what was found or is to fix."""

    of: str
    what: str
    ok: bool
    words: str


def check_client(name: str, worlds: Callable[[str], World], memory: Memory) -> list[Line]:
    """Read both sides as a dry run would, and say what works and what does not."""
    try:
        world = worlds(name)
        planned = make_plan(world, memory)
    except DirectoryError as error:
        return [Line(name, "directory", False, str(error))]
    except (ClientError, ConfigError) as error:
        return [Line(name, "psa" if isinstance(error, ClientError) else "config", False, str(error))]
    plan, psa = planned.decision.plan, planned.psa
    return [
        Line(name, "directory", True, f"{plan.accounts} accounts, {plan.people} people, read from {plan.source}"),
        *_company(name, psa),
        *_types(name, world.rules, psa),
        *_relationship(name, world.rules.contacts, psa),
        *_fields(name, world, psa),
        *(_profile(name, profile, plan, psa) for profile in world.rules.billing),
    ]


def check_code(lines: Sequence[Line]) -> int:
    """0 when all is ok, 4 when some clients are, 1 otherwise."""
    bad = {line.of for line in lines if not line.ok}
    if not bad:
        return 0
    good = {line.of for line in lines} - bad - {"config", "psa"}
    return 4 if good else 1


def _company(name: str, psa: PsaSnapshot) -> list[Line]:
    company = psa.company
    words = f"{company.name or company.identifier} (company {company.id}), contacts: {len(psa.contacts)}"
    if company.inactive:
        words += f"; its status is {company.status or 'deleted'}: make it active, or remove this client's file"
    return [Line(name, "company", not company.inactive, words)]


def _types(name: str, rules: ClientRules, psa: PsaSnapshot) -> list[Line]:
    known = {label_key(one.name) for one in psa.contact_types}
    missing = [one for one in rules.contacts.types if label_key(one) not in known]
    if not missing:
        return []
    there = ", ".join(one.name for one in psa.contact_types) or "none"
    return [Line(name, "contact types", False, f"{', '.join(missing)} is not in the PSA; it knows: {there}")]


def _relationship(name: str, rules: ContactRules, psa: PsaSnapshot) -> list[Line]:
    wanted = rules.relationship
    known = {label_key(one.name) for one in psa.relationships}
    if not wanted or label_key(wanted) in known or "relationship" in rules.create_missing:
        return []
    there = ", ".join(one.name for one in psa.relationships) or "none"
    words = f"{wanted} is not in the PSA; it knows: {there}. Add it there, or to contacts.create_missing"
    return [Line(name, "relationship", False, words)]


def _fields(name: str, world: World, psa: PsaSnapshot) -> list[Line]:
    """Whether the contact fields that the rules name are there and can hold what they are to hold."""
    rules = world.rules.contacts
    settings = {"link": rules.link if rules.link != "state" else "", "keep_mark": rules.keep_mark}
    try:
        custom = world.psa.custom_fields() if any(custom_caption(one) for one in settings.values()) else ()
    except ClientError as error:
        return [Line(name, "contact fields", False, str(error))]
    lines = []
    for key, setting in settings.items():
        if setting:
            fault = _custom_fault(key, custom_caption(setting), custom)
            fault = fault or (_other_texts(setting, psa.contacts) if key == "link" else "")
            lines.append(Line(name, f"contacts.{key}", not fault, fault or _field_words(key, setting, psa.contacts)))
    return lines


def _custom_fault(key: str, caption: str, custom: Sequence[CustomField]) -> str:
    """What is wrong with a custom field; nothing is known of a field that is no custom one."""
    if not caption:
        return ""
    found = [one for one in custom if one.caption.casefold() == caption.casefold()]
    if not found:
        kind = " of type Text" if key == "link" else ""
        return f"contacts have no custom field {caption}: make one{kind} under {_SETUP}, or change contacts.{key}"
    if len(found) > 1:
        return f"contacts have {len(found)} custom fields {caption}: rename all but one under {_SETUP}"
    kind, entry = found[0].type, found[0].entry
    if key == "link" and (kind not in _HOLDS_TEXT or entry not in ("", "EntryField")):
        how = f"of type {kind}" if kind not in _HOLDS_TEXT else f"entered by {entry}"
        return f"the custom field {caption} is {how} and cannot hold a link: take one of type Text with free entry"
    return ""


def _other_texts(setting: str, contacts: Sequence[Contact]) -> str:
    """What stands in the link field that is no link: a field in other use would be overwritten."""
    others = [one for one in contacts if one.link and not is_guid(one.link)]
    if not others:
        return ""
    first = others[0]
    many = "1 contact" if len(others) == 1 else f"{len(others)} contacts"
    return (
        f"{setting} holds other text than links on {many}, such as {first.name} (contact {first.id}): {first.link!r}; "
        "empty it there, or take another field"
    )


def _field_words(key: str, setting: str, contacts: Sequence[Contact]) -> str:
    if key == "keep_mark":
        return f"{setting} marks {sum(one.keep for one in contacts)} of {len(contacts)} contacts"
    linked = f"{setting} holds a link on {sum(bool(one.link) for one in contacts)} of {len(contacts)} contacts"
    return linked if custom_caption(setting) else f"{linked}, and no other text; more cannot be checked"


def _profile(name: str, profile: BillingProfile, plan: Plan, psa: PsaSnapshot) -> Line:
    line = next(line for line in plan.billing if line.profile == profile.name)
    holds = [one for one in plan.held if one.kind is HeldKind.BILLING and one.what == profile.name]
    product = next((one for one in psa.products if same_text(one.identifier, line.product)), None)
    if holds:
        return Line(name, profile.name, False, f"{holds[0].reason}. {holds[0].how_to_release}")
    if product is not None and (product.inactive or product.product_class == "Bundle"):
        why = "is inactive in the catalogue" if product.inactive else "is a bundle, which cannot be a billing line"
        return Line(name, profile.name, False, f"product {product.identifier} {why}: take another product")
    where = f"line {line.addition_id}" if line.addition_id else "a new line"
    words = f"{where} of {line.product} on {line.agreement} (agreement {line.agreement_id}), {line.counted} counted"
    return Line(name, profile.name, True, words)
