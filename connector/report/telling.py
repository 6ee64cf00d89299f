"""Puts plans into words: makes the one value that all reports lay out, with every text harmless to look at."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from connector.core.model import Traffic
from connector.core.plan import BillingLine, Change, Counted, Held, Kind, NotCounted, Plan
from connector.report import words
from connector.report.clean import clean, cleaned
from connector.report.story import (
    ChangeGroup,
    ChangeItem,
    HeldItem,
    LineItem,
    People,
    PersonItem,
    Report,
    Story,
)
from connector.report.words import DONE

NOT_WRITTEN = "not written"


def report(
    plans: Sequence[Plan],
    failures: Iterable[tuple[str, str]] = (),
    *,
    occasion: str = "dry run",
    title: str = "",
    outcomes: Mapping[str, str] | None = None,
    traffic: Mapping[str, Traffic] | None = None,
) -> Report:
    """The report's value, with every text made harmless to look at. The arguments are those of ``report.render``."""
    stories = tuple(_story(plan, outcomes, (traffic or {}).get(plan.client)) for plan in plans)
    failed = tuple((clean(client), clean(message)) for client, message in failures)
    return Report(
        title=clean(title) or f"Connector report: {clean(occasion)}",
        made=_made([plan.made_at for plan in plans]),
        summary=tuple(_summary(plans, stories, failed, occasion, outcomes)),
        failures=failed,
        stories=stories,
    )


def _made(times: list[datetime]) -> str:
    return f"{max(times).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if times else ""


def _summary(
    plans: Sequence[Plan],
    stories: tuple[Story, ...],
    failures: tuple[tuple[str, str], ...],
    occasion: str,
    outcomes: Mapping[str, str] | None,
) -> Iterable[str]:
    changes = [change for plan in plans for change in plan.changes]
    held = sum(len(plan.held) for plan in plans)
    clients = words.plural(len(plans) + len(failures), "client")
    money = _sum(story for story in stories if not story.waits)
    parts = [clients, words.plural(len(changes), "change"), f"{words.plural(held, 'item')} for a person to decide"]
    yield f"{', '.join(parts)}, {words.signed(money)} a month."
    waiting = [story for story in stories if story.waits]
    if waiting:
        wait = words.plural(len(waiting), "client waits", "clients wait")
        yield f"{wait} for approval, with {words.signed(_sum(waiting))} a month more."
    if outcomes is not None:
        done = sum(outcomes.get(change.id) == DONE for change in changes)
        yield f"{done:,} of {words.plural(len(changes), 'change')} written."
    elif occasion == "dry run":
        yield "This is a dry run: nothing was written."
    elif occasion == "adopted":
        yield "The pairs are remembered; nothing was written to the PSA."
    if failures:
        yield f"{words.plural(len(failures), 'client')} failed; nothing was written there."


def _sum(stories: Iterable[Story]) -> Decimal:
    return sum((story.money for story in stories), Decimal(0))


def _story(original: Plan, outcomes: Mapping[str, str] | None, traffic: Traffic | None) -> Story:
    # Outcomes are found by the change's own id, which cleaning a name could alter.
    outcome = {change.id: _outcome(change, outcomes) for change in original.changes}
    plan = cleaned(original)
    items = [
        _change_item(change, plan, outcome[source.id])
        for change, source in zip(plan.changes, original.changes, strict=True)
    ]
    shown = None if outcomes is None else {item.source.id: item.outcome for item in items}
    return Story(
        client=plan.client,
        company=plan.company,
        company_id=plan.company_id,
        headline=words.headline(plan, shown),
        quiet=not (plan.changes or plan.held or plan.warnings) and plan.complete,
        waits=plan.tripped and outcomes is None,
        alerts=tuple(_alerts(plan, shown)),
        held=tuple(_held_item(item) for item in plan.held),
        lines=tuple(_line_item(line, plan, shown) for line in plan.billing),
        total=words.signed(words.done_change(plan, shown)),
        changes=tuple(_groups(items)),
        not_counted=tuple(_by_rule(plan.not_counted)),
        refusals=plan.not_counted,
        warnings=plan.warnings,
        pairs=tuple(_paired(plan)),
        correctable=any(pair.by not in ("link", "pairs") for pair in plan.pairs),
        footing=" ".join((_footing(plan), *_asked(traffic))),
        money=words.done_change(plan, shown),
    )


def _outcome(change: Change, outcomes: Mapping[str, str] | None) -> str:
    return "" if outcomes is None else clean(outcomes.get(change.id, NOT_WRITTEN))


def _alerts(plan: Plan, outcomes: Mapping[str, str] | None) -> Iterable[str]:
    if not plan.complete:
        yield "The directory was not read completely: nobody is inactivated and no quantity falls because of it."
    if plan.tripped and outcomes is None:
        yield "The guard holds this client: nothing of it is written until a person approves the run."
    flag = words.billing_flag(plan)
    if flag:
        yield flag


def _held_item(item: Held) -> HeldItem:
    person = words.who(item.person)
    known = not item.person or item.person.name in item.what
    what = item.what if known else f"{person}: {item.what}"
    return HeldItem(words.HELD[item.kind], what, item.reason, item.how_to_release, item)


def _line_item(line: BillingLine, plan: Plan, outcomes: Mapping[str, str] | None) -> LineItem:
    done = words.line_done(line, plan, outcomes)
    change = line.monthly_change if done else Decimal(0)
    before = words.units(line.quantity_before, "no line")
    after = words.units(line.quantity_after, "no line") if done else before
    moves = line.quantity_before != line.quantity_after and done
    return LineItem(
        profile=line.profile,
        place=_place(line),
        counted=f"{line.counted:,}",
        billed=words.units(line.billed),
        before=before,
        after=after,
        price=words.price(line.unit_price),
        change=words.signed(change),
        effective=line.effective.isoformat() if line.effective and moves else "",
        moves=moves,
        notes=tuple(_notes(line, plan, outcomes, done)),
        people=tuple(_counted_by_rule(line.people)),
        source=line,
    )


def _place(line: BillingLine) -> str:
    agreement = line.agreement or (f"agreement {line.agreement_id}" if line.agreement_id else "no agreement")
    number = f" ({line.agreement_id})" if line.agreement and line.agreement_id else ""
    addition = f"line {line.addition_id}" if line.addition_id else "no line yet"
    return f"{line.product} on {agreement}{number}, {addition}"


def _notes(line: BillingLine, plan: Plan, outcomes: Mapping[str, str] | None, done: bool) -> Iterable[str]:
    total = sum((person.units for person in line.people), Decimal(0))
    people = words.plural(line.counted, "person", "people")
    if line.people and total != line.counted:
        yield f"{people} counted for {words.units(total)} units."
    if line.billed != total and (line.people or line.billed != line.counted):
        how = f": {line.how}" if line.how else ""
        yield f"{people} counted, {words.units(line.billed)} billed{how}."
    if not done:
        yield from _unwritten(line, plan, outcomes or {})
    elif line.quantity_after is None:
        yield "There is no line to bill these people on; see what needs a person."
    elif line.pending is not None:
        on = f"on {line.pending.on}" if line.pending.on else "later"
        now = f"; until then it stays at {words.units(line.quantity_after)}"
        yield f"Pending: the line gets {words.units(line.pending.quantity)} {on} ({line.pending.reason}){now}."
    elif line.quantity_after != line.billed:
        stays = "stays at" if line.quantity_after == line.quantity_before else "goes to"
        after = words.units(line.quantity_after)
        yield f"{words.units(line.billed)} would be right, but the line {stays} {after} for now."
    if line.included:
        yield f"{words.units(line.included)} of the quantity are included in another price and not charged."
    if line.prorated is not None and done:
        share = f"{words.signed(line.prorated)}, for its days from {line.effective} on"
        yield f"Prorated: the period that is running changes by {share}."
    if line.months > 1 and line.unit_price is not None:
        yield f"The unit price is that of {line.months} months; the change is told by the month."
    yield from line.notes
    if line.unit_price is None and line.quantity_before != line.quantity_after:
        yield "The unit price is not known, so the monthly change is not either."


def _unwritten(line: BillingLine, plan: Plan, outcomes: Mapping[str, str]) -> Iterable[str]:
    changes = words.line_changes(line, plan)
    if any(outcomes.get(change.id) == DONE for change in changes):
        yield "Only a part of this change was written. Look at the line in the PSA before it is invoiced."
    for change in changes:
        outcome = outcomes.get(change.id, NOT_WRITTEN)
        if outcome != DONE:
            yield f"Quantity {words.units(line.quantity_after)} was planned; {outcome}"


def _counted_by_rule(people: Iterable[Counted]) -> Iterable[People]:
    return _grouped((person.rule, PersonItem(person.name, _units(person), person.account)) for person in people)


def _units(person: Counted) -> str:
    return "" if person.units == 1 else f"{words.units(person.units)} units"


def _by_rule(items: Iterable[NotCounted]) -> Iterable[People]:
    entries = ((item.rule, PersonItem(words.named(item.name, item.account), item.reason)) for item in items)
    return [_sharing(group) for group in _grouped(entries)]


def _sharing(group: People) -> People:
    notes = {item.note for item in group.people}
    if len(notes) != 1:
        return group
    return People(group.heading, tuple(PersonItem(item.name) for item in group.people), notes.pop())


def _paired(plan: Plan) -> Iterable[People]:
    """Pairs by how they were found, the unsure ones first; then those on either side that have no other."""
    order = sorted(plan.pairs, key=lambda pair: pair.by == "link")
    yield from _grouped(
        (
            words.paired_by(pair.by),
            PersonItem(words.named(pair.name, pair.account) or pair.guid, f"contact {pair.contact_id}"),
        )
        for pair in order
    )
    people = [PersonItem(words.who(person)) for person in plan.unpaired]
    free = [PersonItem(one.name, f"contact {one.id}") for one in plan.unmatched]
    for one, many, items in (
        ("person without a contact", "people without a contact", people),
        ("contact without an account", "contacts without an account", free),
    ):
        if items:
            yield People(one if len(items) == 1 else many, tuple(items))


def _grouped(entries: Iterable[tuple[str, PersonItem]]) -> list[People]:
    groups: dict[str, list[PersonItem]] = {}
    for heading, item in entries:
        groups.setdefault(heading, []).append(item)
    return [People(heading, tuple(items)) for heading, items in groups.items()]


def _change_item(change: Change, plan: Plan, outcome: str) -> ChangeItem:
    return ChangeItem(
        who=words.subject(change, plan.billing),
        where=_where(change),
        sentence=words.sentence(change, plan.billing),
        deed=words.deed(change),
        fields=tuple(words.moved_fields(change)),
        reason=change.reason,
        outcome=outcome,
        source=change,
    )


def _where(change: Change) -> str:
    target = change.target
    if target.contact_id is not None:
        return f"contact {target.contact_id}"
    parts = [("agreement", target.agreement_id), ("line", target.addition_id)]
    return ", ".join(f"{name} {number}" for name, number in parts if number is not None)


def _groups(items: list[ChangeItem]) -> Iterable[ChangeGroup]:
    for kind in Kind:
        found = tuple(item for item in items if item.source.kind is kind)
        if found:
            yield ChangeGroup(kind, words.KINDS[kind], found)


def _footing(plan: Plan) -> str:
    read = f"{words.plural(plan.accounts, 'account')} read"
    return f"{read}{' from ' + plan.source if plan.source else ''}, {words.plural(plan.people, 'person', 'people')}."


def _asked(traffic: Traffic | None) -> Iterable[str]:
    if traffic is None:
        return
    yield f"{words.plural(traffic.requests, 'request')} to ConnectWise."
    if traffic.repeated:
        why = f" ({traffic.throttled:,} throttled by ConnectWise)" if traffic.throttled else ""
        waited = words.plural(round(traffic.seconds_waited), "second")
        yield f"{traffic.repeated:,} of them repeated after trouble{why}, {waited} of waiting."
