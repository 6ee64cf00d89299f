"""What must hold for every contact, whatever the client looks like: whose it is, who may touch it, what is written."""

from collections import Counter
from collections.abc import Iterable

from hypothesis import given

from connector.core.decide import Decision
from connector.core.normalize import fits_any
from connector.core.plan import Change, Kind
from connector.core.selection import Standing
from tests.properties.test_decide import bounded
from tests.properties.worlds import Scene, scenes

REMOVABLE = {"title", "department", "mail", "phone", "mobile", "fax", "manager"}


def written(decision: Decision) -> list[Change]:
    """The changes of contacts there are."""
    return [one for one in decision.plan.changes if one.target.contact_id is not None]


def contacts_of(decision: Decision, names: Iterable[str]) -> set[int]:
    """The contacts of accounts whose names fit one of the patterns."""
    patterns = tuple(names)
    return {pair.contact_id for pair in decision.plan.pairs if fits_any(pair.account, patterns)}


@bounded
@given(scenes())
def test_pairing_is_one_to_one(scene: Scene) -> None:
    """No contact has two accounts, no account two contacts, and nobody in conflict has one."""
    decision = scene.decide()
    contacts = Counter(pair.contact_id for pair in decision.plan.pairs)
    guids = Counter(pair.guid for pair in decision.plan.pairs)
    assert {*contacts.values(), *guids.values()} <= {1}
    assert not decision.pairing.blocked & decision.pairing.matches.keys()


@bounded
@given(scenes())
def test_a_contact_is_changed_once_and_for_the_account_it_is_paired_with(scene: Scene) -> None:
    """Or for the account it was linked to, which is gone; or because it becomes the company's default contact."""
    decision = scene.decide()
    owner = {pair.contact_id: pair.guid for pair in decision.plan.pairs}
    former = {decision.pairing.links[guid]: guid for guid in decision.plan.absent}
    changes = written(decision)
    assert len({one.target.contact_id for one in changes}) == len(changes)
    for one in changes:
        number = one.target.contact_id
        assert number is not None and one.person is not None
        if not (number == scene.rules.contacts.default_contact and dict(one.after) == {"default": True}):
            assert one.person.guid == owner.get(number, former.get(number))


@bounded
@given(scenes())
def test_a_new_contact_is_one_persons_and_has_both_names(scene: Scene) -> None:
    """Who is held, ignored, refused, on leave or gone gets none, and nobody gets two; a second write to it gives it the
    manager and nothing else."""
    decision = scene.decide()
    made = [one for one in decision.plan.changes if one.kind is Kind.CREATE]
    people = {one.account.guid: one for one in decision.verdicts if one.standing is Standing.PERSON}
    guids = [one.person.guid for one in made if one.person]
    assert len(guids) == len(made) == len(set(guids)) and set(guids) <= people.keys()
    assert scene.rules.contacts.create or not made
    assert not set(guids) & (decision.pairing.blocked | decision.pairing.matches.keys())
    assert not any(fits_any(people[guid].account.account, scene.rules.contacts.ignore_accounts) for guid in guids)
    assert not {one.person for one in made} & {held.person for held in decision.plan.held}
    assert all(one.after["first_name"] and one.after["last_name"] for one in made)
    later = [
        one for one in decision.plan.changes if one.person and one.kind is Kind.UPDATE and not one.target.contact_id
    ]
    assert all(one.after.keys() == {"manager"} and one.person in {two.person for two in made} for one in later)


@bounded
@given(scenes())
def test_contacts_that_are_ignored_protected_or_marked_never_change(scene: Scene) -> None:
    """Not even to become the company's default contact."""
    kept = scene.rules.contacts.protected_types
    closed = {one.id for one in scene.psa.contacts if one.keep or {kind.name for kind in one.types} & set(kept)}
    targets = {one.target.contact_id for one in written(scene.decide())}
    assert not targets & (closed | set(scene.rules.contacts.ignore_contacts))


@bounded
@given(scenes())
def test_contacts_of_emergency_accounts_never_change(scene: Scene) -> None:
    """Also when the account is switched off, or gone, or called like a further account of somebody."""
    decision = scene.decide()
    patterns = scene.rules.people.break_glass
    linked = {link.contact_id for link in scene.memory.links.values() if fits_any(link.account, patterns)}
    gone = {decision.pairing.links[guid] for guid in decision.plan.absent} & linked
    assert not (contacts_of(decision, patterns) | gone) & {one.target.contact_id for one in written(decision)}


@bounded
@given(scenes())
def test_contacts_of_ignored_accounts_never_change(scene: Scene) -> None:
    """Unless the rules make one the company's default contact."""
    decision = scene.decide()
    left = contacts_of(decision, scene.rules.contacts.ignore_accounts)
    assert all(one.after.keys() == {"default"} for one in written(decision) if one.target.contact_id in left)


@bounded
@given(scenes())
def test_only_who_is_gone_loses_the_contact(scene: Scene) -> None:
    """A leaver, somebody out of scope or missing; an excluded account that is switched on only where the rules say."""
    decision = scene.decide()
    verdicts = {one.account.guid: one for one in decision.verdicts}
    for change in decision.plan.changes:
        if change.kind is Kind.INACTIVATE:
            assert scene.rules.contacts.inactivate and change.person is not None
            verdict = verdicts.get(change.person.guid)
            if verdict is None:
                assert decision.plan.absent[change.person.guid] >= scene.rules.contacts.absent_reads
            else:
                assert verdict.ends or (
                    verdict.standing is Standing.REFUSED
                    and scene.rules.contacts.inactivate_excluded
                    and verdict.rule not in ("people.break_glass", "people.aliases", "people.alias_patterns")
                )


@bounded
@given(scenes())
def test_a_blank_erases_only_what_the_rules_name(scene: Scene) -> None:
    """And only in a field that the directory owns and in which somebody has a value."""
    rules = scene.rules.contacts
    for change in scene.decide().plan.changes:
        assert not any(value in ("", []) for value in change.after.values())
        for name in (name for name, value in change.after.items() if value is None):
            attribute = "manager_dn" if name == "manager" else name
            assert name in rules.erase and getattr(rules.fields, name) == "directory" and change.before[name]
            assert any(getattr(account, attribute) for account in scene.accounts)


@bounded
@given(scenes())
def test_only_owned_fields_are_written(scene: Scene) -> None:
    """What the PSA owns is never written to a contact there is, and what is only filled was blank."""
    rules = scene.rules.contacts
    owner = {name: getattr(rules.fields, name) for name in ("first_name", "last_name", "relationship", *REMOVABLE)}
    owner |= {
        "site": "directory" if rules.site_from else "psa",
        "types": "directory" if rules.types_for == "all" and rules.types else "psa",
        "link": "directory" if rules.link != "state" else "psa",
        "inactive": "directory",
        "default": "directory" if rules.default_contact else "psa",
    }
    for change in written(scene.decide()):
        assert change.before.keys() == change.after.keys() and change.before != change.after
        assert "psa" not in {owner[name] for name in change.after}
        assert not any(change.before[name] for name in change.after if owner[name] == "fill")


@bounded
@given(scenes())
def test_no_company_is_left_without_a_default_contact(scene: Scene) -> None:
    """Who has that place leaves only when the same plan gives it to another who stays and is active."""
    plan, company = scene.decide().plan, scene.psa.company
    leaving = {one.target.contact_id for one in plan.changes if one.kind is Kind.INACTIVATE}
    active = {one.id for one in scene.psa.contacts if not one.inactive} - leaving
    heirs = {one.target.contact_id for one in plan.changes if one.after.get("default")}
    first = {one.id for one in scene.psa.contacts if one.default} | {company.default_contact_id}
    assert heirs <= active and len(heirs) <= 1
    assert not first & leaving or heirs


@bounded
@given(scenes())
def test_a_manager_is_the_contact_of_the_managers_account(scene: Scene) -> None:
    """Never one's own contact."""
    decision = scene.decide()
    accounts = {one.guid: one for one in scene.accounts}
    contact = {pair.guid: pair.contact_id for pair in decision.plan.pairs}
    for change in decision.plan.changes:
        if change.after.get("manager") is not None:
            assert change.person is not None
            person = accounts[change.person.guid]
            (boss,) = (one for one in scene.accounts if one.dn == person.manager_dn)
            assert change.after["manager"] == contact.get(boss.guid, boss.account)
            assert boss.guid != person.guid
