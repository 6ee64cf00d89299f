"""All billing profiles of a client together: each one's line, and what no profile can see by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from connector.core.billing import Billing, Case, outline
from connector.core.history import Stay, Tally
from connector.core.holding import HoldError
from connector.core.lines import Place, locate, root_of
from connector.core.model import Memory, PsaSnapshot
from connector.core.normalize import text
from connector.core.plan import BillingLine, Counted, Held, HeldKind, Plan, Target
from connector.core.rules import BillingProfile, ClientRules
from connector.core.timing import transfers


def bills(
    rules: ClientRules, counted: Mapping[str, tuple[Counted, ...]], psa: PsaSnapshot, memory: Memory, today: date
) -> tuple[Billing, ...]:
    """Each profile's line. Held, with the reason, wherever agreement, line, quantity or date is in doubt."""
    places: dict[str, tuple[BillingProfile, Place]] = {}
    lost: dict[str, Billing] = {}
    for profile in rules.billing:
        try:
            places[profile.name] = (profile, locate(profile, psa, today))
        except HoldError as hold:
            lost[profile.name] = outline(profile, counted[profile.name], memory.history).held(hold)
    moved = transfers(places, counted, memory.history, today)
    found = [
        lost.get(profile.name)
        or Case(
            profile,
            counted[profile.name],
            places[profile.name][1],
            psa,
            memory,
            today,
            rules.count_day,
            moved.get(profile.name, ()),
        ).bill()
        for profile in rules.billing
    ]
    return _one_currency(_once_in_a_tree(unique_lines(found), psa))


def tallies(plan: Plan) -> tuple[tuple[Tally, ...], tuple[Stay, ...]]:
    """What a plan's reading counted on each line, and whom, to be recorded."""
    day = plan.made_at.date()
    counts = tuple(
        Tally(
            line.profile, plan.made_at, day, line.counted, sum((person.units for person in line.people), Decimal(0)),
            line.billed, line.agreement_id, line.addition_id, line.quantity_before, line.unit_price, line.open_from,
        )
        for line in plan.billing
    )  # fmt: skip
    stays = tuple(
        Stay(line.profile, one.guid, one.name, one.account, one.units, day)
        for line in plan.billing
        for one in line.people
    )
    return counts, stays


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
    return _stopped(result, reason, "Give each profile its own product or pin its line with addition = ….")


def _once_in_a_tree(results: Sequence[Billing], psa: PsaSnapshot) -> tuple[Billing, ...]:
    """Hold profiles that bill one person for one product twice across a tree of agreements."""
    roots = {one.id: root_of(one, psa.agreements) for one in psa.agreements}

    def place(line: BillingLine) -> tuple[int | None, str]:
        return roots.get(line.agreement_id or 0), text(line.product).casefold()

    found = []
    for result in results:
        guids = {person.guid for person in result.line.people}
        others = (other.line for other in results if other.line.profile != result.line.profile)
        twice = next(
            (one for one in others if place(one) == place(result.line) and guids & {who.guid for who in one.people}),
            None,
        )
        if twice is not None and place(twice)[0] is not None and not result.is_held:
            names = sorted(one.name for one in twice.people if one.guid in guids)
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            reason = f"{names[0]}{more} would be billed for {twice.product} here and on {twice.profile} as well"
            result = _stopped(result, reason, "Make one of the two profiles exclusive, or take the people off one.")  # noqa: PLW2901
        found.append(result)
    return tuple(found)


def _one_currency(results: Sequence[Billing]) -> tuple[Billing, ...]:
    """Hold all lines of a client that are not in one currency: their money cannot be added up or limited."""
    currencies = dict.fromkeys(text(one.line.currency) for one in results if one.line.currency)
    if len({currency.casefold() for currency in currencies}) <= 1:
        return tuple(results)
    reason = f"the lines of this client are in different currencies: {', '.join(currencies)}"
    release = "Bill each currency by a client file of its own, or give the agreements one currency."
    return tuple(one if one.is_held else _stopped(one, reason, release) for one in results)


def _stopped(result: Billing, reason: str, release: str) -> Billing:
    line = result.line
    target = Target(agreement_id=line.agreement_id, addition_id=line.addition_id)
    held = Held(HeldKind.BILLING, line.profile, reason, release, target=target)
    return Billing(replace(line.unmoved(), due=None, pending=None), holds=(held,))
