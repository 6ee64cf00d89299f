"""Tells everything that was decided about one person or one contact, from the decision itself."""

from collections.abc import Iterator

from connector.core.conflicts import WORDS
from connector.core.decide import Decision
from connector.core.fields import LABELS, FieldView, compare
from connector.core.matching import ref
from connector.core.model import Account, Contact, PsaSnapshot
from connector.core.normalize import account_key, mail_key, name_key
from connector.core.plan import PersonRef, Plan
from connector.core.profiles import rule_for
from connector.core.protection import Protection
from connector.core.rules import BillingProfile, ClientRules
from connector.core.selection import Standing, Verdict, is_called
from connector.report.explain import Explanation, FieldFate
from connector.report.words import shown_as


def explain(decision: Decision, psa: PsaSnapshot, rules: ClientRules, who: str) -> list[Explanation]:
    """One explanation for each account that is called ``who``, by account name, mail address, name or GUID, and for
    each contact that is, by id, mail address or name: with its account, where it has one."""
    called = {contact.id for contact in psa.contacts if _is_contact(contact, who)}
    guids = {guid for guid, match in decision.pairing.matches.items() if match.contact.id in called}
    found = [one for one in decision.verdicts if one.account.guid in guids or _is_called(one.account, who)]
    told = {match.contact.id for one in found if (match := decision.pairing.matches.get(one.account.guid))}
    alone = [contact for contact in psa.contacts if contact.id in called - told]
    return [
        *(_of_account(decision, verdict, psa, rules) for verdict in found),
        *(_of_contact(decision, contact, psa, rules) for contact in alone),
    ]


def _is_called(account: Account, who: str) -> bool:
    names = {name_key(account.name), name_key(account.display_name)} - {""}
    others = {mail_key(address) for address in account.proxy_addresses}
    return is_called(account, account_key(who)) or mail_key(who) in others or name_key(who) in names


def _is_contact(contact: Contact, who: str) -> bool:
    addresses = {mail_key(item.value) for item in contact.of_kind("Email")}
    number = who.strip().casefold().removeprefix("contact").strip()
    names = {name_key(contact.name)} - {""}
    return str(contact.id) == number or mail_key(who) in addresses or name_key(who) in names


def _of_account(decision: Decision, verdict: Verdict, psa: PsaSnapshot, rules: ClientRules) -> Explanation:
    account, plan = verdict.account, decision.plan
    match = decision.pairing.matches.get(account.guid)
    contact = match.contact if match else None
    is_person = verdict.standing is Standing.PERSON and account.guid not in decision.pairing.blocked
    views = compare(account, contact, decision.basis) if is_person else []
    return Explanation(
        client=plan.client,
        person=ref(account),
        facts=tuple(_facts(account)),
        verdicts=(*_trial(decision, account), ("so", _verdict(verdict))),
        pairing=_pairing(decision, verdict, contact, match.by if match else ""),
        contact=tuple(_contact_facts(contact, psa, rules)) if contact else (),
        fields=tuple(_fate(view, _left(decision, account, contact)) for view in views),
        billing=tuple((profile.name, _billed(profile, verdict, plan, rules)) for profile in rules.billing),
        changes=tuple(one for one in plan.changes if one.person and one.person.guid == account.guid),
        held=tuple(one for one in plan.held if one.person and one.person.guid == account.guid),
    )


def _of_contact(decision: Decision, contact: Contact, psa: PsaSnapshot, rules: ClientRules) -> Explanation:
    plan = decision.plan
    return Explanation(
        client=plan.client,
        person=PersonRef("", f"contact {contact.id}", contact.name),
        pairing=_whose(decision, contact, rules),
        contact=tuple(_contact_facts(contact, psa, rules)),
        changes=tuple(one for one in plan.changes if one.target.contact_id == contact.id),
        held=tuple(one for one in plan.held if one.target.contact_id == contact.id),
    )


def _trial(decision: Decision, account: Account) -> Iterator[tuple[str, str]]:
    yield from ((rule, words or "passes") for rule, words in decision.selector.trial(account))


def _verdict(verdict: Verdict) -> str:
    """What the first rule that has something to say makes of the account."""
    if verdict.standing is Standing.PERSON:
        return f"a person, {verdict.waiver}" if verdict.waiver else "a person who counts"
    contact = "its contact has to go" if verdict.ends else "its contact is left as it is"
    return f"not counted by {verdict.rule}: {verdict.reason}; {contact}"


def _facts(account: Account) -> Iterator[tuple[str, str]]:
    yield "GUID", account.guid
    yield "distinguished name", account.dn
    yield "user principal name", account.upn or "–"
    yield "mail", account.mail or "–"
    others = [address for address in account.proxy_addresses if mail_key(address) != mail_key(account.mail)]
    if others:
        yield "other addresses", ", ".join(others)
    yield "enabled", "yes" if account.enabled else "no"
    if account.expires_at:
        yield "expires", f"{account.expires_at:%Y-%m-%d}"
    yield "mailbox", account.mailbox or "unknown"
    yield "last logon", f"{account.last_logon_at:%Y-%m-%d}" if account.last_logon_at else "never seen"
    if account.admin:
        yield "administrator", "of the domain"
    for name, values in sorted(account.attributes.items()):
        yield name, ", ".join(values)
    yield "groups asked about", "; ".join(sorted(account.groups)) or "none"


def _contact_facts(contact: Contact, psa: PsaSnapshot, rules: ClientRules) -> Iterator[tuple[str, str]]:
    protection = Protection(psa, rules.contacts)
    yield "contact", f"{contact.id}, {contact.name}, {'inactive' if contact.inactive else 'active'}"
    yield "types", ", ".join(one.name for one in contact.types) or "none"
    yield "mail", ", ".join(item.value for item in contact.of_kind("Email")) or "–"
    if rules.contacts.link != "state":
        yield "link field", contact.link or "–"
    mark, obstacle = protection.mark(contact), protection.obstacle(contact)
    yield "never changed", f"yes: {mark}" if mark else "no"
    yield "may be inactivated", f"no: {obstacle.reason}" if obstacle else "yes"
    yield "customer portal", "may log in" if contact.portal else "no access"
    if hanging := protection.hanging(contact):
        yield "open or in use", hanging


def _pairing(decision: Decision, verdict: Verdict, contact: Contact | None, by: str) -> str:
    account = verdict.account
    if contact is not None:
        state = ", inactive" if contact.inactive else ""
        ignored = decision.basis.rules.ignores(account.account)
        left = f"; left alone (contacts.ignore_accounts, {ignored})" if ignored else ""
        return f"contact {contact.id}, {contact.name}{state}, found by {WORDS[by]}{left}"
    if account.guid in decision.pairing.blocked:
        return "no contact: in conflict, see what is held"
    if verdict.main is not None:
        return f"no contact of its own: {verdict.main.name} ({verdict.main.account}) has it"
    if verdict.standing is Standing.PERSON:
        return "no contact fits by any key"
    return "no contact"


def _whose(decision: Decision, contact: Contact, rules: ClientRules) -> str:
    """Why the contact is no account's of this reading."""
    if contact.id in rules.contacts.ignore_contacts:
        return "left alone: named in contacts.ignore_contacts"
    owner = next((guid for guid, number in decision.pairing.links.items() if number == contact.id), "")
    if owner:
        reads = decision.plan.absent.get(owner, 0)
        of = rules.contacts.absent_reads
        return f"linked to the account {owner}, which {reads} complete readings in a row did not see (of {of})"
    return "not linked, and no account of the directory fits by any key: it is left alone"


def _left(decision: Decision, account: Account, contact: Contact | None) -> str:
    """Why nothing of a person's contact is written, or ``""``."""
    basis = decision.basis
    if contact and (mark := Protection(basis.psa, basis.rules).mark(contact)):
        return f"left as it is: the contact {mark}"
    return "left as it is: contacts.ignore_accounts" if basis.rules.ignores(account.account) else ""


def _fate(view: FieldView, left: str) -> FieldFate:
    label = LABELS.get(view.name, view.name.replace("_", " "))
    if view.moves and left:
        return FieldFate(label, view.directory, view.psa, view.owner, left)
    if view.moves and view.after is None:
        outcome = "becomes blank"
    elif view.moves:
        outcome = f"becomes {shown_as(view.name, view.after)}"
    elif not view.note and not view.directory:
        outcome = "blank in the directory: left alone"
    else:
        differs = view.owner == "psa" and view.directory != view.psa
        outcome = "" if view.note else "left to the PSA" if differs else "equal"
    note = f" ({view.note})" if outcome and view.note else view.note
    return FieldFate(label, view.directory, view.psa, view.owner, f"{outcome}{note}")


def _waits(profile: BillingProfile, plan: Plan) -> str:
    """What the profile's line is waiting for."""
    pending = next((line.pending for line in plan.billing if line.profile == profile.name), None)
    return f"; the line gets {pending.quantity:f} on {pending.on}, {pending.reason}" if pending else ""


def _billed(profile: BillingProfile, verdict: Verdict, plan: Plan, rules: ClientRules) -> str:
    guid = verdict.account.guid
    lines = {line.profile: {person.guid: person for person in line.people} for line in plan.billing}
    mine = lines[profile.name].get(guid)
    if mine is not None:
        return f"counted, {mine.units:f} unit{'' if mine.units == 1 else 's'}: {mine.rule}{_waits(profile, plan)}"
    if verdict.standing is not Standing.PERSON:
        return f"not counted: {verdict.reason}"
    if verdict.waiver:
        return f"not counted: {verdict.waiver}"
    if not rule_for(profile, verdict.account, rules.people):
        parts = [name for name in ("groups", "ous", "where") if getattr(profile, name)]
        return f"not counted: does not fit its {' and '.join(parts)}"
    first = next((name for name, people in lines.items() if guid in people), "an earlier profile")
    return f"not counted: already on {first}"
