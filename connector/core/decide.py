"""From two snapshots, the rules and our memory to one plan: the whole decision, pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from connector.core import contacts, guard, matching, noticed, stops
from connector.core.billing import Billing
from connector.core.bills import bills
from connector.core.contacts import ContactOutcome
from connector.core.fields import Basis
from connector.core.matching import Accounts, Pairing
from connector.core.model import (
    Account,
    Addition,
    Agreement,
    CommunicationType,
    Contact,
    DirectorySnapshot,
    Memory,
    Named,
    Product,
    PsaSnapshot,
    Reading,
    Site,
)
from connector.core.plan import ORDER, BillingLine, Change, Held, Kind, NotCounted, Pair, PersonRef, Plan
from connector.core.profiles import count, unknown_values
from connector.core.rules import ClientRules, counting_rules
from connector.core.selection import Selector, Standing, Verdict

Row = TypeVar("Row", Contact, Agreement, Addition, Product, Site, Named, CommunicationType)
UNCLASSIFIED = "in no billing profile: unclassified"


@dataclass(frozen=True, slots=True)
class Learned:
    """What a reading taught beside the pairs: since when accounts are switched off, by guid, and what the next reading
    is held against."""

    away: Mapping[str, date]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan and everything that led to it."""

    plan: Plan
    verdicts: tuple[Verdict, ...]
    pairing: Pairing
    basis: Basis
    selector: Selector
    learned: Learned

    @property
    def leaving(self) -> tuple[int, ...]:
        """The ids of the contacts that the plan inactivates."""
        found = (change.target.contact_id for change in self.plan.changes if change.kind is Kind.INACTIVATE)
        return tuple(number for number in found if number is not None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What contacts and billing together ask for, before the guard has seen it."""

    changes: tuple[Change, ...]
    held: tuple[Held, ...]
    lines: tuple[BillingLine, ...]

    def stopped(self, hold: Held) -> "_Asked":
        """The same counts, with nothing to write and one reason why."""
        return _Asked((), (hold,), tuple(line.unmoved() for line in self.lines))


def decide(
    rules: ClientRules, directory: DirectorySnapshot, psa: PsaSnapshot, memory: Memory, now: datetime
) -> Decision:
    """The plan for one client. The same input gives the same plan, in whatever order accounts and contacts come.

    ``now`` is an aware datetime; its date, in whichever zone it carries, is the billing day.
    """
    psa = _ordered(psa)
    accounts = sorted(directory.accounts, key=lambda account: account.guid)
    selector = Selector(accounts, rules.people, now, memory.away)
    verdicts = tuple(map(selector.verdict, accounts))
    pairing = matching.pair(_by_standing(verdicts, rules), psa.contacts, psa.elsewhere, memory.links, rules.contacts)
    outcome = contacts.keep(verdicts, pairing, memory.links, psa, rules)
    asked = _asked(pairing, outcome, _bills(verdicts, psa, rules, memory, now.date()))
    stop = stops.stop(rules, directory, psa, memory)
    asked = asked if stop is None else asked.stopped(stop)
    people = sum(verdict.standing is Standing.PERSON for verdict in verdicts)
    reading = Reading(people, counting_rules(rules))
    plan = Plan(
        client=rules.client,
        company_id=psa.company.id,
        company=psa.company.identifier,
        made_at=now,
        complete=directory.complete,
        accounts=len(accounts),
        people=people,
        changes=tuple(sorted(asked.changes, key=_order)),
        held=(*_limits(asked, outcome, pairing, reading, memory, rules), *asked.held),
        billing=asked.lines,
        not_counted=_not_counted(rules, verdicts, asked.lines),
        warnings=(
            *directory.warnings,
            *guard.changed_rules(reading, memory.reading),
            *noticed.notes(verdicts, rules.people, now),
            *unknown_values(rules.billing, _billable(verdicts, rules), rules.people),
            *pairing.warnings,
            *outcome.warnings,
        ),
        pairs=_pairs(verdicts, pairing),
        unpaired=_unpaired(verdicts, pairing, rules),
        unmatched=_unmatched(psa, pairing, rules),
        absent=outcome.absent if directory.complete else {},
        source=directory.source,
    )
    return Decision(plan, verdicts, pairing, outcome.basis, selector, Learned(_away(verdicts, rules), reading))


def _bills(
    verdicts: Sequence[Verdict], psa: PsaSnapshot, rules: ClientRules, memory: Memory, today: date
) -> tuple[Billing, ...]:
    """Each profile's line, with the people it is for."""
    return bills(rules, count(rules.billing, _billable(verdicts, rules), rules.people), psa, memory, today)


def _asked(pairing: Pairing, outcome: ContactOutcome, billed: Sequence[Billing]) -> _Asked:
    return _Asked(
        (*outcome.changes, *(change for one in billed for change in one.changes)),
        (*pairing.held, *outcome.held, *(hold for one in billed for hold in one.holds)),
        tuple(one.line for one in billed),
    )


def _limits(
    asked: _Asked, outcome: ContactOutcome, pairing: Pairing, reading: Reading, memory: Memory, rules: ClientRules
) -> tuple[Held, ...]:
    """What the guard does not let through without a person: too much at once, or a reading unlike the last one."""
    managed = sum(not match.contact.inactive for match in pairing.matches.values()) + outcome.absent_active
    return (
        *guard.check(rules.client, asked.changes, asked.lines, managed, rules.guard),
        *guard.check_reading(rules.client, asked.changes, reading, memory.reading, rules.guard),
        *guard.check_undone(rules.client, asked.changes, memory.undone),
    )


def _by_standing(verdicts: Sequence[Verdict], rules: ClientRules) -> Accounts:
    """Further accounts take part by their links alone, which count for the main account; so do accounts whose contacts
    are left alone."""
    sorts: dict[Standing, list[Account]] = {standing: [] for standing in Standing}
    others: list[Account] = []
    for verdict in verdicts:
        ignored = rules.contacts.ignores(verdict.account.account)
        (others if ignored else sorts[verdict.standing]).append(verdict.account)
    others += [*sorts[Standing.ON_LEAVE], *sorts[Standing.OUTSIDE], *sorts[Standing.REFUSED]]
    mains = {verdict.account.guid: verdict.main.guid for verdict in verdicts if verdict.main}
    return Accounts(sorts[Standing.PERSON], sorts[Standing.LEAVER], others, mains)


def _billable(verdicts: Sequence[Verdict], rules: ClientRules) -> list[Account]:
    """Everybody who is billed: people, and those on leave where the rules say so, without those free of charge."""
    billed = _billed_standings(rules)
    return [verdict.account for verdict in verdicts if verdict.standing in billed and not verdict.waiver]


def _billed_standings(rules: ClientRules) -> set[Standing]:
    return {Standing.PERSON, Standing.ON_LEAVE} if rules.people.bill_leave else {Standing.PERSON}


def _away(verdicts: Sequence[Verdict], rules: ClientRules) -> dict[str, date]:
    """Since when disabled accounts are known to be so; only days of grace make it worth remembering."""
    if not rules.people.grace_days:
        return {}
    return {
        verdict.account.guid: verdict.since
        for verdict in verdicts
        if verdict.since is not None and not verdict.account.enabled
    }


def _unpaired(verdicts: Sequence[Verdict], pairing: Pairing, rules: ClientRules) -> tuple[PersonRef, ...]:
    """People whom no contact fits; those in conflict are held, and those who are to have none are not missed."""
    found = (one.account for one in verdicts if one.standing is Standing.PERSON)
    known = pairing.matches.keys() | pairing.blocked
    missing = (account for account in found if account.guid not in known)
    return tuple(matching.ref(account) for account in missing if not rules.contacts.ignores(account.account))


def _unmatched(psa: PsaSnapshot, pairing: Pairing, rules: ClientRules) -> tuple[Named, ...]:
    """Active contacts that no account of the directory has a part in."""
    known = {match.contact.id for match in pairing.matches.values()} | set(pairing.links.values())
    known.update(rules.contacts.ignore_contacts, pairing.disputed)
    free = (one for one in psa.contacts if not one.inactive and one.id not in known)
    return tuple(Named(one.id, one.name) for one in free)


def _order(change: Change) -> tuple[int, str, str, int]:
    name = change.person.name if change.person else change.label
    return (
        ORDER[change.kind],
        name.casefold(),
        change.person.guid if change.person else "",
        change.target.addition_id or 0,
    )


def _not_counted(
    rules: ClientRules, verdicts: Sequence[Verdict], lines: Sequence[BillingLine]
) -> tuple[NotCounted, ...]:
    counted = {person.guid for line in lines for person in line.people}
    found = []
    for verdict in verdicts:
        account = verdict.account
        reason, rule = verdict.reason, verdict.rule
        if account.guid in counted:
            continue
        if verdict.waiver and verdict.standing in _billed_standings(rules):
            reason, rule = verdict.waiver, "people.waivers"
        elif verdict.standing is Standing.PERSON:
            if not rules.billing:
                continue
            reason, rule = UNCLASSIFIED, "billing"
        found.append(NotCounted(account.account, reason, rule, account.guid, account.name))
    return tuple(sorted(found, key=lambda one: (one.rule, one.account.casefold())))


def _pairs(verdicts: Sequence[Verdict], pairing: Pairing) -> tuple[Pair, ...]:
    found = []
    for verdict in verdicts:
        match = pairing.matches.get(verdict.account.guid)
        if match is not None:
            account = verdict.account
            found.append(Pair(account.guid, match.contact.id, match.by, account.account, account.name))
    return tuple(found)


def _ordered(psa: PsaSnapshot) -> PsaSnapshot:
    """The same with every table by its ids: whichever of two names that are alike comes first is then the same one."""

    def by_id(rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(sorted(rows, key=lambda row: row.id))

    return replace(
        psa,
        contacts=by_id(psa.contacts),
        agreements=by_id(psa.agreements),
        additions=by_id(psa.additions),
        products=by_id(psa.products),
        sites=by_id(psa.sites),
        departments=by_id(psa.departments),
        relationships=by_id(psa.relationships),
        contact_types=by_id(psa.contact_types),
        communication_types=by_id(psa.communication_types),
    )
