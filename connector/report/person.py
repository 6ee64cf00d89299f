"""Tells everything that was decided about one person, from the decision itself."""

from collections.abc import Iterator

from connector.core.contacts import LABELS, FieldView, compare
from connector.core.decide import Decision
from connector.core.matching import WORDS, ref
from connector.core.model import Account, Contact, PsaSnapshot
from connector.core.normalize import dn_key, mail_key, name_key
from connector.core.plan import Plan
from connector.core.rules import BillingProfile, ClientRules
from connector.core.selection import Standing, Verdict, trial
from connector.report.explain import Explanation, FieldFate


def explain(decision: Decision, psa: PsaSnapshot, rules: ClientRules, who: str) -> list[Explanation]:
    """One explanation for each account that is called ``who``: by account name, mail address, name or GUID."""
    return [
        _explain(decision, verdict, psa, rules) for verdict in decision.verdicts if _is_called(verdict.account, who)
    ]


def _is_called(account: Account, who: str) -> bool:
    addresses = {mail_key(value) for value in (account.mail, account.upn, *account.proxy_addresses) if value}
    names = {name_key(account.name), name_key(account.display_name)} - {""}
    return (
        account.guid == who.strip("{}").lower()
        or account.account.casefold() == who.casefold()
        or mail_key(who) in addresses
        or name_key(who) in names
    )


def _explain(decision: Decision, verdict: Verdict, psa: PsaSnapshot, rules: ClientRules) -> Explanation:
    account, plan = verdict.account, decision.plan
    match = decision.pairing.matches.get(account.guid)
    contact = match.contact if match else None
    views = compare(account, contact, psa, rules.contacts) if verdict.standing is Standing.PERSON else []
    return Explanation(
        client=plan.client,
        person=ref(account),
        facts=tuple(_facts(account)),
        verdicts=tuple((rule, words or "passes") for rule, words in trial(account, rules.people, plan.made_at)),
        pairing=_pairing(decision, verdict, contact, match.by if match else ""),
        fields=tuple(_fate(view) for view in views),
        billing=tuple((profile.name, _billed(profile, verdict, plan)) for profile in rules.billing),
        changes=tuple(one for one in plan.changes if one.person and one.person.guid == account.guid),
        held=tuple(one for one in plan.held if one.person and one.person.guid == account.guid),
    )


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
    yield "groups asked about", "; ".join(sorted(account.groups)) or "none"


def _pairing(decision: Decision, verdict: Verdict, contact: Contact | None, by: str) -> str:
    account = verdict.account
    if contact is not None:
        state = ", inactive" if contact.inactive else ""
        return f"contact {contact.id}, {contact.name}{state}, found by {WORDS[by]}"
    if account.guid in decision.pairing.blocked:
        return "no contact: in conflict, see what is held"
    if verdict.standing is Standing.PERSON:
        return "no contact fits by any key"
    return "no contact"


def _fate(view: FieldView) -> FieldFate:
    label = LABELS.get(view.name, view.name.replace("_", " "))
    if view.after is not None:
        outcome = f"becomes {view.after}" + (f" ({view.note})" if view.note else "")
    elif view.note:
        outcome = view.note
    elif not view.directory:
        outcome = "blank in the directory: left alone"
    else:
        outcome = "left to the PSA" if view.owner == "psa" else "equal"
    return FieldFate(label, view.directory, view.psa, view.owner, outcome)


def _billed(profile: BillingProfile, verdict: Verdict, plan: Plan) -> str:
    if verdict.standing is not Standing.PERSON:
        return f"not counted: {verdict.reason}"
    guid = verdict.account.guid
    lines = {line.profile: {person.guid: person for person in line.people} for line in plan.billing}
    mine = lines[profile.name].get(guid)
    if mine is not None:
        return f"counted, {mine.units:f} unit{'' if mine.units == 1 else 's'}: {mine.rule}"
    groups = {dn_key(group) for group in profile.groups}
    if groups and not groups & verdict.account.groups:
        return "not counted: in none of its groups"
    first = next((name for name, people in lines.items() if guid in people), "an earlier profile")
    return f"not counted: already on {first}"
