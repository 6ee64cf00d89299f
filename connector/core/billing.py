"""Who is billed on which line, and what each line's quantity becomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from connector.core.model import Account, Addition, Agreement, LineWrite, Product, PsaSnapshot
from connector.core.normalize import dn_key, fits_any, same_text, text
from connector.core.plan import BillingLine, Change, Counted, Held, HeldKind, Kind, Target
from connector.core.rules import AgreementSelector, BillingProfile, PeopleRules

FLAT_PRICE_FACTOR = 2
"""A single unit at this many times the catalogue price is a flat fee."""


def plain(number: Decimal) -> str:
    """A decimal as people write it: ``37``, not ``37.0`` or ``3.7E+1``."""
    short = number.normalize()
    return f"{short:f}"


@dataclass(frozen=True, slots=True)
class Billing:
    """The outcome for one profile: its line, the changes to make and what is held."""

    line: BillingLine
    changes: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()


def count(
    profiles: Sequence[BillingProfile], people: Sequence[Account], rules: PeopleRules
) -> dict[str, tuple[Counted, ...]]:
    """Who is counted on each profile, by profile name. A person is on the first exclusive profile that takes them and
    on every additive one that does, for the units of the profile times those of the account."""
    spoken_for: set[str] = set()
    counted: dict[str, tuple[Counted, ...]] = {}
    for profile in profiles:
        groups = {dn_key(group): group for group in profile.groups}
        taken = []
        for account in people:
            rule = _rule_for(account, groups)
            if rule and not (profile.exclusive and account.guid in spoken_for):
                units = profile.units * _units(account, rules)
                taken.append(Counted(account.guid, account.name, rule, account.account, units))
        if profile.exclusive:
            spoken_for.update(person.guid for person in taken)
        counted[profile.name] = tuple(sorted(taken, key=lambda person: (person.name.casefold(), person.guid)))
    return counted


def _rule_for(account: Account, groups: Mapping[str, str]) -> str:
    rule = "every person" if not groups else ""
    rule = rule or next((f"member of {name}" for key, name in groups.items() if key in account.groups), "")
    return f"{rule}, administrator of the domain" if rule and account.admin else rule


def _units(account: Account, rules: PeopleRules) -> Decimal:
    pattern = fits_any(account.account, rules.units)
    return rules.units[pattern] if pattern else Decimal(1)


def bill(
    profile: BillingProfile,
    people: tuple[Counted, ...],
    psa: PsaSnapshot,
    writes: Mapping[int, LineWrite],
    today: date,
) -> Billing:
    """What the profile's line becomes. Held, with the reason, wherever agreement, line or quantity is in doubt."""
    try:
        agreement = _agreement(profile.agreement, psa.agreements)
        found = _line(profile, agreement, psa.additions, today)
    except _HoldError as hold:
        return _held(_outline(profile, people), hold.held(profile))
    line = _compute(profile, people, agreement, found, today)
    try:
        _refuse_unsupported(profile)
        if found is None:
            return _new_line(profile, line, agreement, psa.products, today)
        return _existing_line(profile, line, agreement, found, psa.products, writes.get(found.id), today)
    except _HoldError as hold:
        return _held(line, hold.held(profile, line))


def unique_lines(results: Sequence[Billing]) -> tuple[Billing, ...]:
    """Hold every profile whose line, or new line, another profile also means: two owners of one quantity cannot both
    be right."""
    uses: dict[object, list[str]] = {}
    for result in results:
        uses.setdefault(_line_key(result), []).append(result.line.profile)
    return tuple(_hold_shared(result, uses[_line_key(result)]) for result in results)


def _line_key(result: Billing) -> object:
    line = result.line
    if line.addition_id is not None:
        return line.addition_id
    return (line.agreement_id, text(line.product).casefold()) if result.changes else ("none", line.profile)


def _hold_shared(result: Billing, profiles: Sequence[str]) -> Billing:
    line = result.line
    others = ", ".join(name for name in profiles if name != line.profile)
    if not others:
        return result
    reason = f"line {line.addition_id} is also the line of {others}"
    if line.addition_id is None:
        reason = f"{others} would add a line of {line.product} to the same agreement as well"
    release = "Give each profile its own product or pin its line with addition = …."
    target = Target(agreement_id=line.agreement_id, addition_id=line.addition_id)
    return _held(line, Held(HeldKind.BILLING, line.profile, reason, release, target=target))


class _HoldError(Exception):
    """A reason to hold a profile's line; never leaves this module."""

    def __init__(self, reason: str, release: str, kind: HeldKind = HeldKind.BILLING) -> None:
        super().__init__(reason)
        self.reason, self.release, self.kind = reason, release, kind

    def held(self, profile: BillingProfile, line: BillingLine | None = None) -> Held:
        target = Target(agreement_id=line.agreement_id, addition_id=line.addition_id) if line else Target()
        return Held(self.kind, profile.name, self.reason, self.release, target=target)


def _held(line: BillingLine, held: Held) -> Billing:
    return Billing(line.unmoved(), held=(held,))


def _agreement(selector: AgreementSelector, agreements: Sequence[Agreement]) -> Agreement:
    names = {agreement.id: agreement.name for agreement in agreements}
    fitting = [one for one in agreements if _fits(selector, one, names.get(one.parent_id or 0, ""))]
    active = [agreement for agreement in fitting if agreement.status == "Active"]
    wanted = _selector_in_words(selector)
    if not fitting:
        raise _HoldError(
            f"the company has no agreement {wanted}", "Make the agreement in the PSA or mend the selector."
        )
    if not active:
        states = ", ".join(f"{one.name} (agreement {one.id}) is {one.status.lower()}" for one in fitting)
        raise _HoldError(
            f"no agreement {wanted} is active: {states}", "Renew the agreement or point the profile at another."
        )
    if len(active) > 1:
        several = " and ".join(f"{one.name} (agreement {one.id})" for one in active)
        raise _HoldError(
            f"{len(active)} active agreements fit {wanted}: {several}",
            "Add name, id or parent to the profile's agreement.",
        )
    if not active[0].billing_cycle:
        raise _HoldError(
            f"{active[0].name} (agreement {active[0].id}) has no billing cycle", "Set its billing cycle in the PSA."
        )
    return active[0]


def _fits(selector: AgreementSelector, agreement: Agreement, parent: str) -> bool:
    return (
        (selector.id is None or selector.id == agreement.id)
        and (not selector.type or same_text(selector.type, agreement.type))
        and (not selector.name or same_text(selector.name, agreement.name))
        and (not selector.parent or same_text(selector.parent, parent))
    )


def _selector_in_words(selector: AgreementSelector) -> str:
    parts = []
    if selector.type:
        parts.append(f"of type {selector.type}")
    if selector.name:
        parts.append(f"named {selector.name}")
    if selector.id is not None:
        parts.append(f"number {selector.id}")
    if selector.parent:
        parts.append(f"under {selector.parent}")
    return " ".join(parts)


def _line(profile: BillingProfile, agreement: Agreement, additions: Sequence[Addition], today: date) -> Addition | None:
    """The one running line of the product (or the pinned one), else the one that starts later, or None."""
    own = [line for line in additions if line.agreement_id == agreement.id]
    if profile.addition is not None:
        return _pinned(profile.addition, profile.product, own, agreement, today)
    of_product = [line for line in own if same_text(line.product, profile.product)]
    running = [line for line in of_product if _runs(line, today)]
    if len(running) > 1:
        ids = " and ".join(f"line {line.id} (quantity {plain(line.quantity)})" for line in running)
        raise _HoldError(
            f"{agreement.name} has {len(running)} lines of {profile.product}: {ids}", "Pin one with addition = …."
        )
    ahead = [line for line in of_product if line.effective_date and line.effective_date > today]
    if not running and len(ahead) > 1:
        starts = " and ".join(f"line {line.id} on {line.effective_date}" for line in ahead)
        raise _HoldError(
            f"{agreement.name} has {len(ahead)} lines of {profile.product} that only start later: {starts}",
            "Pin one with addition = …, once it runs.",
        )
    return next(iter(running or ahead), None)


def _pinned(addition_id: int, product: str, own: Sequence[Addition], agreement: Agreement, today: date) -> Addition:
    line = next((line for line in own if line.id == addition_id), None)
    if line is None:
        raise _HoldError(
            f"{agreement.name} (agreement {agreement.id}) has no line {addition_id}",
            "Mend addition = … in the profile.",
        )
    if product and not same_text(line.product, product):
        raise _HoldError(
            f"line {line.id} is of product {line.product}, not {product}",
            "Mend product = … or addition = … in the profile.",
        )
    if not _runs(line, today):
        raise _HoldError(
            f"line {line.id} is not running: it starts {line.effective_date or '–'} and is cancelled from "
            f"{line.cancelled_date or '–'}",
            "Pin the line that succeeds it.",
        )
    return line


def _runs(line: Addition, today: date) -> bool:
    started = line.effective_date is None or line.effective_date <= today
    return started and (line.cancelled_date is None or line.cancelled_date > today)


def _outline(profile: BillingProfile, people: tuple[Counted, ...]) -> BillingLine:
    """The line of a profile before its agreement is known."""
    billed, how = _billed(profile, people)
    return BillingLine(
        profile.name, None, None, profile.product, len(people), billed, None, None, None, None, people, how=how
    )


def _compute(
    profile: BillingProfile, people: tuple[Counted, ...], agreement: Agreement, line: Addition | None, today: date
) -> BillingLine:
    outline = _outline(profile, people)
    return replace(
        outline,
        agreement_id=agreement.id,
        agreement=agreement.name,
        addition_id=line.id if line else None,
        product=line.product if line else profile.product,
        quantity_before=line.quantity if line else None,
        quantity_after=outline.billed,
        unit_price=_charged(line) if line else None,
        effective=agreement.next_invoice_date or today,
    )


def _charged(line: Addition) -> Decimal:
    """What one unit costs the client: nothing on a line that is NoCharge or DoNotBill (api.md 4.8)."""
    return Decimal(0) if line.bill_customer in ("NoCharge", "DoNotBill") else line.unit_price


def _billed(profile: BillingProfile, people: Sequence[Counted]) -> tuple[Decimal, str]:
    """clamp(sum of units + offset), and how it comes about; nobody counted follows at_zero."""
    if not people and profile.at_zero in ("zero", "cancel"):
        given = profile.minimum or profile.offset
        return Decimal(0), f"nobody is counted, and at_zero = {profile.at_zero}" if given else ""
    units = Counter(person.units for person in people) or Counter({profile.units: 0})
    wanted = sum((each * count for each, count in units.items()), Decimal(0)) + profile.offset
    lowest = max(profile.minimum, Decimal(0))
    billed = max(wanted, lowest)
    billed = min(billed, profile.maximum) if profile.maximum else billed
    sign = "-" if profile.offset < 0 else "+"
    parts = [" + ".join(f"{count} x {plain(each)}" for each, count in sorted(units.items()))]
    parts += [f" {sign} offset {plain(abs(profile.offset))}"] if profile.offset else []
    parts += [f", at least {plain(lowest)}"] if wanted < lowest else []
    parts += [f", at most {plain(profile.maximum)}"] if profile.maximum and wanted > profile.maximum else []
    return billed, "".join(parts) if len(parts) > 1 or set(units) != {Decimal(1)} else ""


def _refuse_unsupported(profile: BillingProfile) -> None:
    for key, value, supported in (
        ("method", profile.method, "in_place"),
        ("count", profile.count, "snapshot"),
        ("names_on_invoice", profile.names_on_invoice, False),
    ):
        if value != supported:
            wanted = str(value).lower()
            raise _HoldError(
                f"{key} = {wanted} is not available in this version", f"Set {key} = {str(supported).lower()}."
            )


def _new_line(
    profile: BillingProfile, line: BillingLine, agreement: Agreement, products: Sequence[Product], today: date
) -> Billing:
    if line.billed == 0:
        return Billing(replace(line, quantity_after=None))
    _refuse_empty(profile, line, "there is no line yet")
    if not profile.create_line:
        raise _HoldError(
            f"{agreement.name} (agreement {agreement.id}) has no running line of {profile.product or 'the product'}",
            "Add the line in the PSA, or set create_line = true.",
        )
    found = [one for one in products if same_text(one.identifier, profile.product)]
    product = min(found, key=lambda one: (one.inactive, one.id), default=None)
    if product is None or product.inactive or product.product_class == "Bundle" or product.price is None:
        raise _HoldError(
            f"product {profile.product} cannot be put on an agreement: "
            + ("it is not in the catalogue" if product is None else "it is inactive, a bundle, or has no price"),
            "Mend the product in the PSA's catalogue.",
        )
    line = replace(line, unit_price=product.price)
    change = Change(
        Kind.ADD,
        Target(agreement_id=agreement.id),
        {},
        {
            "product": product.identifier,
            "quantity": plain(line.billed),
            "unit_price": plain(product.price),
            "effective_date": (line.effective or today).isoformat(),
        },
        f"{line.counted} people counted and no line of {product.identifier} yet",
        label=profile.name,
    )
    return Billing(line, (change,))


def _existing_line(
    profile: BillingProfile,
    line: BillingLine,
    agreement: Agreement,
    found: Addition,
    products: Sequence[Product],
    last: LineWrite | None,
    today: date,
) -> Billing:
    wanted, stands = line.billed, found.quantity
    cancel = line.counted == 0 and profile.at_zero == "cancel"
    if cancel and found.cancelled_date is not None:
        return Billing(replace(line, quantity_after=stands))
    if wanted == stands and not cancel:
        return Billing(line)
    _refuse_future(found, today)
    _refuse_empty(profile, line, f"the line stands at {plain(stands)}")
    _refuse_ending(found)
    _refuse_flat_price(found, wanted, products)
    _refuse_drift(profile, found, last, wanted)
    _refuse_policy(profile, stands, wanted)
    target = Target(agreement_id=agreement.id, addition_id=found.id)
    if cancel:
        end = max(line.effective or today, today) - timedelta(days=1)
        change = Change(
            Kind.CANCEL, target, {"cancelled_date": None}, {"cancelled_date": end.isoformat()}, "nobody is counted",
            label=profile.name,
        )  # fmt: skip
        return Billing(line, (change,))
    reason = f"{line.counted} people counted, line stands at {plain(stands)}"
    change = Change(
        Kind.SET, target, {"quantity": plain(stands)}, {"quantity": plain(wanted)}, reason, label=profile.name
    )
    return Billing(line, (change,))


def _refuse_empty(profile: BillingProfile, line: BillingLine, state: str) -> None:
    if line.counted == 0 and profile.at_zero == "hold":
        raise _HoldError(f"nobody is counted, and {state}", "If that is right, set at_zero to zero, minimum or cancel.")


def _refuse_future(found: Addition, today: date) -> None:
    if found.effective_date is not None and found.effective_date > today:
        raise _HoldError(
            f"line {found.id} of {found.product} only starts on {found.effective_date}",
            "Wait for its first day, or pin another line with addition = ….",
        )


def _refuse_ending(found: Addition) -> None:
    if found.cancelled_date is not None:
        raise _HoldError(
            f"line {found.id} ends on {found.cancelled_date}",
            "Remove its cancelled date, or pin the line that succeeds it.",
        )


def _refuse_flat_price(found: Addition, wanted: Decimal, products: Sequence[Product]) -> None:
    """One unit at a multiple of the catalogue price is a flat fee, not one person."""
    price = next((one.price for one in products if one.id == found.product_id), None)
    if found.quantity == 1 and wanted > 1 and price and found.unit_price >= FLAT_PRICE_FACTOR * price:
        raise _HoldError(
            f"line {found.id} is 1 x {found.unit_price}, which looks like a flat price (catalogue: {price} a unit)",
            "Set quantity and unit price by hand once, then the line can be kept.",
        )


def _refuse_drift(profile: BillingProfile, found: Addition, last: LineWrite | None, wanted: Decimal) -> None:
    if last is None or found.quantity in (last.quantity, last.sent, wanted) or profile.on_drift == "overwrite":
        return
    theirs = found.quantity - last.quantity
    keep = f"To keep the difference set offset = {plain(profile.offset + theirs)}"
    if wanted + theirs != found.quantity:
        keep += ' and, for one run, on_drift = "overwrite", because the count has moved as well'
    raise _HoldError(
        f"the quantity was {plain(last.quantity)} after our run of {last.at:%Y-%m-%d}; "
        f"somebody has set it to {plain(found.quantity)} since",
        f'Ask who changed it. {keep}; to take our count set on_drift = "overwrite".',
        HeldKind.DRIFT,
    )


def _refuse_policy(profile: BillingProfile, stands: Decimal, wanted: Decimal) -> None:
    way, policy = ("increase", profile.increase) if wanted > stands else ("decrease", profile.decrease)
    if policy == "hold":
        raise _HoldError(
            f"{way} from {plain(stands)} to {plain(wanted)} waits for a person ({way} = hold)",
            f"Change the quantity by hand, or set {way} to now or next_period.",
        )
