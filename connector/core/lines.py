"""Which agreement and which of its lines a billing profile means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connector.core.holding import HoldError
from connector.core.invoice_text import without_names
from connector.core.model import Addition, Agreement, PsaSnapshot
from connector.core.normalize import folded, same_text
from connector.core.periods import Calendar, UnknownCycleError
from connector.core.plan import Value
from connector.core.quantity import plain
from connector.core.rules import AgreementSelector, BillingProfile


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile is billed. ``day`` is the day whose bill is decided: today, or the first one that is not
    invoiced, or, in place, the last one of the next bill where that is over. ``line`` is in effect on it. Without one,
    ``ended`` is the line of the product that ended last before it, and ``ahead`` the one that only starts later."""

    agreement: Agreement
    calendar: Calendar
    day: date
    line: Addition | None = None
    ended: Addition | None = None
    ahead: Addition | None = None


def locate(profile: BillingProfile, psa: PsaSnapshot, today: date) -> Place:
    """The place of a profile. Raises HoldError when agreement or line are not exactly one, or cannot be billed."""
    found = []
    for agreement in _agreements(profile.agreement, psa.agreements):
        calendar = calendar_of(agreement, psa.agreements)
        day = bill_day(profile, calendar, today)
        found.append(_place(profile, agreement, calendar, psa.additions, day, today))
    place = found[0] if len(found) == 1 else _in_tree(profile, found, psa.agreements)
    _refuse_unlike_parent(place.agreement, psa.agreements)
    return place


def bill_day(profile: BillingProfile, calendar: Calendar, today: date) -> date:
    """The day whose bill a change made today decides: the first day of the next bill where that lies ahead, else today.
    In place, only the next bill can be changed, so its last day where that is over. Raises HoldError."""
    try:
        if today < calendar.start:
            return calendar.start
        if profile.count != "snapshot":
            return calendar.start
        if profile.method == "in_place":
            return min(today, calendar.open.last)
    except UnknownCycleError as error:
        raise unknown_cycle(error) from error
    return today


def unknown_cycle(error: UnknownCycleError) -> HoldError:
    """The hold for a billing cycle whose length is needed and not known."""
    return HoldError(
        f'the length of the billing cycle "{error}" is not known, and the dates of this line depend on it',
        "Name the cycle in the PSA so that it says weekly, monthly, quarterly or annual.",
    )


def runs(line: Addition, day: date) -> bool:
    """Whether a line is in effect on a day; its cancelled date is its last one (api.md 4.8)."""
    started = line.effective_date is None or line.effective_date <= day
    return started and (line.cancelled_date is None or line.cancelled_date >= day)


def root_of(agreement: Agreement, agreements: Sequence[Agreement]) -> int:
    """The id of the agreement at the top of the tree that an agreement belongs to."""
    parents = {one.id: one.parent_id for one in agreements}
    seen = [agreement.id]
    while (parent := parents.get(seen[-1])) is not None and parent not in seen:
        seen.append(parent)
    return seen[-1]


def _agreements(selector: AgreementSelector, agreements: Sequence[Agreement]) -> list[Agreement]:
    """The active agreements that fit: one, or several of one tree."""
    names = {agreement.id: agreement.name for agreement in agreements}
    fitting = [one for one in agreements if _fits(selector, one, names.get(one.parent_id or 0, ""))]
    active = [agreement for agreement in fitting if agreement.status == "Active"]
    wanted = _selector_in_words(selector)
    if not fitting:
        raise HoldError(f"the company has no agreement {wanted}", "Make the agreement in the PSA or mend the selector.")
    if not active:
        states = ", ".join(f"{one.name} (agreement {one.id}) is {one.status.lower()}" for one in fitting)
        raise HoldError(
            f"no agreement {wanted} is active: {states}", "Renew the agreement or point the profile at another."
        )
    if len({root_of(one, agreements) for one in active}) > 1:
        raise _several(selector, active)
    return active


def _several(selector: AgreementSelector, active: Sequence[Agreement]) -> HoldError:
    several = " and ".join(f"{one.name} (agreement {one.id})" for one in active)
    return HoldError(
        f"{len(active)} active agreements fit {_selector_in_words(selector)}: {several}",
        "Add name, id or parent to the profile's agreement.",
    )


def _in_tree(profile: BillingProfile, places: Sequence[Place], agreements: Sequence[Agreement]) -> Place:
    """Of a parent and its children, the one that carries the line: a person is billed once in a tree. Where none runs,
    the one whose line has ended or has yet to start."""
    carrying = [place for place in places if place.line is not None]
    known = carrying or [place for place in places if place.ahead or place.ended]
    if len(known) == 1:
        return known[0]
    if not carrying:
        raise _several(profile.agreement, [place.agreement for place in places])
    lines = " and ".join(f"line {place.line.id} on {place.agreement.name}" for place in carrying if place.line)
    raise HoldError(
        f"{profile.product} has a line on several agreements of one tree, and the same people would be billed on each: "
        f"{lines}",
        "Add name, id or parent to the profile's agreement, or cancel all lines but one.",
    )


def stands(line: Addition, values: Mapping[str, Value]) -> bool:
    """Whether a line holds these values of a change: quantity, less_included, cancelled_date, invoice_description."""
    cancelled = line.cancelled_date.isoformat() if line.cancelled_date else None
    now: dict[str, Value] = {"cancelled_date": cancelled, "invoice_description": line.invoice_description}
    numbers = {"quantity": line.quantity, "less_included": line.less_included}
    return all(
        Decimal(str(value)) == numbers[name] if name in numbers else now[name] == value
        for name, value in values.items()
    )


def calendar_of(agreement: Agreement, agreements: Sequence[Agreement]) -> Calendar:
    """The billing periods of an agreement; a child that has no dates of its own is billed with its parent. Raises
    HoldError where they are not known."""
    parent = next((one for one in agreements if one.id == agreement.parent_id), None)
    cycle = agreement.billing_cycle or (parent.billing_cycle if parent else "")
    if not cycle:
        raise HoldError(
            f"{agreement.name} (agreement {agreement.id}) has no billing cycle", "Set its billing cycle in the PSA."
        )
    invoice = agreement.next_invoice_date or (parent.next_invoice_date if parent else None)
    if invoice is None:
        raise HoldError(
            f"{agreement.name} (agreement {agreement.id}) has no next invoice date",
            "Set its billing start date in the PSA, so that it is known which periods are invoiced.",
        )
    calendar = Calendar.of(invoice, cycle, agreement.period_type or (parent.period_type if parent else ""))
    try:
        _ = calendar.start
    except UnknownCycleError as error:
        raise unknown_cycle(error) from error
    return calendar


def _refuse_unlike_parent(agreement: Agreement, agreements: Sequence[Agreement]) -> None:
    """A tree is invoiced together: its lines need one cycle and one currency."""
    parent = next((one for one in agreements if one.id == agreement.parent_id and one.status == "Active"), None)
    if parent is None:
        return
    pairs = (("billing cycle", agreement.billing_cycle, parent.billing_cycle),
             ("currency", agreement.currency, parent.currency))  # fmt: skip
    for what, own, theirs in pairs:
        if own and theirs and not same_text(own, theirs):
            raise HoldError(
                f"{agreement.name} (agreement {agreement.id}) has the {what} {own}, and its parent {parent.name} "
                f"(agreement {parent.id}) has {theirs}",
                f"Give both the same {what} in the PSA, or point the profile at another agreement.",
            )


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


def _place(
    profile: BillingProfile,
    agreement: Agreement,
    calendar: Calendar,
    additions: Sequence[Addition],
    day: date,
    today: date,
) -> Place:
    own = [line for line in additions if line.agreement_id == agreement.id]
    if profile.addition is not None:
        return Place(agreement, calendar, day, _pinned(profile.addition, profile.product, own, agreement, day))
    meant = [line for line in own if same_text(line.product, profile.product) and _marked(line, profile.marker)]
    running = [line for line in meant if runs(line, day)]
    begun = [line for line in running if runs(line, today)]
    running = begun if len(begun) == 1 else running
    if begun and len(running) > 1:
        ids = " and ".join(f"line {line.id} (quantity {plain(line.quantity)})" for line in running)
        raise HoldError(
            f"{agreement.name} has {len(running)} lines of {profile.product}: {ids}",
            "Pin one with addition = …, or name a text of its description in marker = ….",
        )
    if len(running) == 1:
        return Place(agreement, calendar, day, running[0])
    after = min(day, today)
    ahead = [line for line in meant if line.effective_date and line.effective_date > after and not _never_runs(line)]
    if len(ahead) > 1:
        starts = " and ".join(f"line {line.id} on {line.effective_date}" for line in ahead)
        raise HoldError(
            f"{agreement.name} has {len(ahead)} lines of {profile.product} that only start later: {starts}",
            "Pin one with addition = …, once it runs.",
        )
    begun = [line for line in ahead if runs(line, today)]
    if begun:
        return Place(agreement, calendar, today, begun[0])
    over = [line for line in meant if line.cancelled_date and line.cancelled_date < day]
    ended = max(over, key=lambda line: (line.cancelled_date or date.min, line.id), default=None)
    return Place(agreement, calendar, day, None, ended, next(iter(ahead), None))


def _marked(line: Addition, marker: str) -> bool:
    """Whether one of a line's texts holds the marker; names that we have written there are nobody's marker."""
    wanted = folded(marker)
    return any(wanted in folded(one) for one in (line.description, without_names(line.invoice_description)))


def _never_runs(line: Addition) -> bool:
    return bool(line.effective_date and line.cancelled_date and line.cancelled_date < line.effective_date)


def _pinned(addition_id: int, product: str, own: Sequence[Addition], agreement: Agreement, day: date) -> Addition:
    line = next((line for line in own if line.id == addition_id), None)
    if line is None:
        raise HoldError(
            f"{agreement.name} (agreement {agreement.id}) has no line {addition_id}",
            "Mend addition = … in the profile.",
        )
    if product and not same_text(line.product, product):
        raise HoldError(
            f"line {line.id} is of product {line.product}, not {product}",
            "Mend product = … or addition = … in the profile.",
        )
    if not runs(line, day):
        raise HoldError(
            f"line {line.id} is not running on {day}: it starts {line.effective_date or '–'} and ends on "
            f"{line.cancelled_date or '–'}",
            "Pin the line that succeeds it.",
        )
    return line
