"""Whether a client is ready: its directory can be read, its company and agreements are found, its lines can be kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.core.model import Memory, PsaSnapshot
from connector.core.normalize import label_key, same_text
from connector.core.plan import HeldKind, Plan
from connector.core.rules import BillingProfile, ClientRules
from connector.errors import ClientError, ConfigError, DirectoryError
from connector.sync.world import World, make_plan


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
