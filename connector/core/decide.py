"""From two snapshots, the rules and our memory to one plan: the whole decision, pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.core import billing, contacts, guard, matching, selection
from connector.core.contacts import ContactOutcome
from connector.core.matching import Pairing
from connector.core.model import DirectorySnapshot, Memory, PsaSnapshot
from connector.core.plan import ORDER, BillingLine, Change, Held, HeldKind, NotCounted, Pair, Plan
from connector.core.rules import ClientRules
from connector.core.selection import Standing, Verdict

UNCLASSIFIED = "in no billing profile: unclassified"


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan and everything that led to it."""

    plan: Plan
    verdicts: tuple[Verdict, ...]
    pairing: Pairing


def decide(
    rules: ClientRules, directory: DirectorySnapshot, psa: PsaSnapshot, memory: Memory, now: datetime
) -> Decision:
    """The plan for one client. The same input gives the same plan, in whatever order accounts and contacts come.

    ``now`` is an aware datetime; its date, in whichever zone it carries, is the billing day.
    """
    psa = _ordered(psa)
    accounts = sorted(directory.accounts, key=lambda account: account.guid)
    verdicts = selection.select(accounts, rules.people, now)
    people, leavers, others = (
        [verdict.account for verdict in verdicts if verdict.standing is standing] for standing in Standing
    )
    pairing = matching.pair(people, leavers, others, psa.contacts, psa.elsewhere, memory.links, rules.contacts.match)
    outcome = contacts.keep(verdicts, pairing, memory.links, psa, rules.contacts)
    counted = billing.count(rules.billing, people)
    bills = billing.unique_lines([
        billing.bill(profile, counted[profile.name], psa, memory.line_writes, now.date()) for profile in rules.billing
    ])  # fmt: skip
    changes = [*outcome.changes, *(change for one in bills for change in one.changes)]
    held = [*pairing.held, *outcome.held, *(hold for one in bills for hold in one.held)]
    lines: Sequence[BillingLine] = [one.line for one in bills]
    stop = _stop(rules.client, directory, psa, memory)
    if stop is not None:
        changes, held, lines = [], [stop], [line.unmoved() for line in lines]
    managed = sum(not match.contact.inactive for match in pairing.matches.values())
    managed += outcome.absent_active
    held = [*guard.check(rules.client, changes, lines, managed, rules.guard), *held]
    plan = Plan(
        client=rules.client,
        company_id=psa.company.id,
        company=psa.company.identifier,
        made_at=now,
        complete=directory.complete,
        accounts=len(accounts),
        people=len(people),
        changes=tuple(sorted(changes, key=_order)),
        held=tuple(held),
        billing=tuple(lines),
        not_counted=_not_counted(rules, verdicts, lines),
        warnings=(*directory.warnings, *pairing.warnings, *outcome.warnings),
        pairs=(*_pairs(verdicts, pairing), *_missing(outcome, pairing, memory)),
        absent=outcome.absent if directory.complete else {},
        source=directory.source,
    )
    return Decision(plan, verdicts, pairing)


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
        if verdict.standing is Standing.PERSON:
            if not rules.billing or account.guid in counted:
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


def _missing(outcome: ContactOutcome, pairing: Pairing, memory: Memory) -> list[Pair]:
    """Links that stand on contacts alone, to accounts that are missing: remembered, so that the readings add up."""
    guids = sorted(outcome.absent.keys() - memory.links.keys())
    return [Pair(guid, pairing.links[guid], "link") for guid in guids]


def _ordered(psa: PsaSnapshot) -> PsaSnapshot:
    return replace(
        psa,
        contacts=tuple(sorted(psa.contacts, key=lambda contact: contact.id)),
        agreements=tuple(sorted(psa.agreements, key=lambda agreement: agreement.id)),
        additions=tuple(sorted(psa.additions, key=lambda line: line.id)),
        products=tuple(sorted(psa.products, key=lambda product: product.id)),
    )


def _stop(client: str, directory: DirectorySnapshot, psa: PsaSnapshot, memory: Memory) -> Held | None:
    """What forbids every change of the client: half a directory, another company, or one that is no customer now."""
    if not directory.complete:
        return Held(
            HeldKind.GUARD,
            client,
            f"the directory was not read completely: {directory.problem or 'no reason given'}",
            "Nothing is changed because of half a reading. Run again.",
        )
    company = psa.company
    own = {contact.id for contact in psa.contacts}
    # one contact that was moved is its person's matter, not the client's
    if len(psa.elsewhere) > 1 and not any(link.contact_id in own for link in memory.links.values()):
        return Held(
            HeldKind.GUARD,
            client,
            f"every linked contact belongs to another company of the PSA than {company.identifier}: "
            "the client was merged or moved, or its config names the wrong company",
            "Mend company in the client's file. If it is another company now, give the file a new name: it then starts "
            "afresh, with sync --adopt-only.",
        )
    if not company.inactive:
        return None
    return Held(
        HeldKind.BILLING,
        company.identifier,
        f"the company is inactive in the PSA (status {company.status or 'deleted'}); nothing is created or billed",
        "Make the company active again in the PSA, or remove this client's config file.",
    )
