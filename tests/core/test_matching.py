"""Who is whose contact."""

from dataclasses import replace
from typing import Any

import pytest

from connector.core.model import Memory
from connector.core.plan import HeldKind, Kind
from tests.core.build import (
    account,
    contact,
    decided,
    guid,
    idle,
    inactive,
    linked,
    only_change,
    only_held,
    planned,
    psa,
    rules,
)

MAIL = "j.berg@harbor.example"


def paired(*args: Any, **keywords: Any) -> dict[str, tuple[int, str]]:
    """Contact and key by account name."""
    plan = planned(*args, **keywords)
    return {pair.account: (pair.contact_id, pair.by) for pair in plan.pairs}


@pytest.mark.parametrize(
    ("fields", "by"),
    [
        ({"mail": "J.Berg@Harbor.example"}, "mail"),
        ({"mail": "new@harbor.example", "proxy_addresses": ("new@harbor.example", MAIL)}, "proxy_addresses"),
        ({"mail": "new@harbor.example", "upn": MAIL}, "upn"),
        ({"first_name": "JONAS", "last_name": "Berg Jr."}, "mail"),
    ],
)
def test_s15_s17_each_address_key_finds_the_contact(fields: dict[str, Any], by: str) -> None:
    """Mail, secondary addresses, user principal name; a contact made by hand is adopted."""
    one = account("jberg", **{"mail": MAIL, **fields})
    assert paired([one], psa(contact(8123, "J B", mail=MAIL))) == {"jberg": (8123, by)}


def test_s13_a_unique_name_finds_the_contact() -> None:
    """Of somebody without any address."""
    assert paired([account("jberg")], psa(contact(8123))) == {"jberg": (8123, "name")}


def test_any_item_of_the_contact_counts_not_only_the_default() -> None:
    """A second address is as good."""
    assert paired([account("jberg", mail=MAIL)], psa(contact(8123, "X Y", mail=["x@y.example", MAIL]))) == {
        "jberg": (8123, "mail")
    }


def test_keys_are_tried_in_the_configured_order() -> None:
    """The first key that finds a contact decides; a key that is left out is not used."""
    both = psa(contact(1, "Jonas Berg"), contact(2, "X Y", mail=MAIL))
    one = account("jberg", mail=MAIL)
    assert paired([one], both) == {"jberg": (2, "mail")}
    assert paired([one], both, rules(match=("name", "mail"))) == {"jberg": (1, "name")}
    assert paired([account("jberg")], psa(contact(1)), rules(match=("mail",))) == {}


@pytest.mark.parametrize(
    "change", [{"account": "jb2"}, {"dn": "CN=x,OU=New,DC=harbor,DC=example"}, {"mail": "n@x.example"}]
)
def test_s01_s02_s03_s04_the_link_outlives_every_other_property(change: dict[str, Any]) -> None:
    """New surname, mail, account name or OU: the same contact, nothing created."""
    one = replace(account("jberg", mail=MAIL), **change, last_name="Holm")
    plan = planned([one], psa(contact(8123, mail=MAIL), contact(9, "Jonas Holm")), memory=linked(("jberg", 8123)))
    assert [(pair.contact_id, pair.by) for pair in plan.pairs] == [(8123, "link")]
    assert only_change(plan).kind is Kind.UPDATE


def test_a_link_on_the_contact_is_as_good_as_a_remembered_one() -> None:
    """Losing the state loses nothing."""
    assert paired([account("jberg")], psa(contact(8123, "X Y", link=guid("jberg")))) == {"jberg": (8123, "link")}


def test_a_link_on_the_contact_overrules_memory() -> None:
    """What stands in the PSA was seen by people."""
    contacts = psa(contact(1), contact(2, "X Y", link=guid("jberg")))
    assert paired([account("jberg")], contacts, memory=linked(("jberg", 1))) == {"jberg": (2, "link")}


def test_two_contacts_with_the_same_link_are_a_conflict() -> None:
    """A contact was copied: nobody knows which is meant."""
    held = only_held(planned([account("jberg")], psa(contact(1, link=guid("jberg")), contact(2, link=guid("jberg")))))
    assert "(contact 1)" in held.reason and "(contact 2)" in held.reason


def test_the_remembered_one_of_two_contacts_with_the_same_link_is_meant() -> None:
    """Memory settles a copy."""
    copies = psa(contact(1, link=guid("jberg")), contact(2, link=guid("jberg")))
    assert paired([account("jberg")], copies, memory=linked(("jberg", 2))) == {"jberg": (2, "link")}


def test_s06_a_rehire_with_the_old_address_gets_the_old_contact_back() -> None:
    """The former account is gone, the name is the same: reactivated and linked anew, not doubled."""
    old = inactive(contact(8123, mail=MAIL))
    plan = planned([account("jberg", mail=MAIL)], psa(old), memory=linked(("gone", 8123)))
    assert (only_change(plan).kind, only_change(plan).target.contact_id) == (Kind.REACTIVATE, 8123)
    assert [(pair.guid, pair.contact_id) for pair in plan.pairs] == [(guid("jberg"), 8123)]
    assert plan.absent == {}


def test_s06_a_rehire_takes_over_from_the_disabled_account() -> None:
    """The old account may still be there; the contact is active once."""
    former = account("gone", mail=MAIL, enabled=False, first_name="Jonas", last_name="Berg")
    accounts = [account("jberg", mail=MAIL), former]
    assert paired(accounts, psa(contact(8123, mail=MAIL)), memory=linked(("gone", 8123))) == {"jberg": (8123, "mail")}
    assert planned(accounts, psa(contact(8123, mail=MAIL)), memory=linked(("gone", 8123))).changes == ()


def test_s06_a_rehire_is_not_found_by_name_where_addresses_could_tell() -> None:
    """The same name alone may be another human: a person says which."""
    one, old = account("jberg", mail="new@harbor.example"), contact(8123, mail="old@harbor.example")
    held = only_held(planned([one], psa(inactive(old)), memory=linked(("gone", 8123))))
    assert "linked to another account" in held.reason
    assert "new person" in held.how_to_release


def test_s07_an_address_given_to_another_human_is_a_conflict() -> None:
    """The linked account differs and so does the name: no silent takeover."""
    snapshot = psa(contact(8123, "Mia Dahl", mail=MAIL))
    plan = planned([account("jberg", mail=MAIL)], snapshot, memory=linked(("mdahl", 8123)))
    held = only_held(plan)
    assert (held.kind, held.target.contact_id) == (HeldKind.CONFLICT, 8123)
    assert "belongs to Mia Dahl (contact 8123)" in held.reason


def test_a_living_persons_contact_is_nobodys_candidate() -> None:
    """A linked contact with the newcomer's address stays with its person; the newcomer gets one of their own."""
    people = [account("mdahl", mail="m@harbor.example"), account("jberg", mail=MAIL)]
    plan = planned(
        people, psa(contact(8123, "Mdahl Lund", mail=["m@harbor.example", MAIL])), memory=linked(("mdahl", 8123))
    )
    assert only_change(plan).kind is Kind.CREATE


def test_s08_people_who_share_a_mail_address_are_all_held() -> None:
    """Neither is paired by it, and each names the other."""
    people = [account("jberg", mail=MAIL), account("adahl", mail=MAIL)]
    plan = planned(people, psa(contact(8123, mail=MAIL)))
    assert not plan.changes and not plan.pairs
    assert {held.person.account: held.reason.split(";")[0] for held in plan.held if held.person} == {
        "jberg": "shares the mail address with adahl",
        "adahl": "shares the mail address with jberg",
    }


def test_s08_accounts_of_two_domains_with_one_name_share_a_mail_address_as_well() -> None:
    """Accounts are told apart by their GUID."""
    people = [account("jberg", mail=MAIL), replace(account("jberg", mail=MAIL), guid=guid("other"))]
    assert len(planned(people).held) == 2


def test_s09_people_with_the_same_name_are_not_paired_by_it() -> None:
    """Ambiguous, with and without a contact that fits."""
    twins = [account("jberg"), account("jberg2", first_name="Jonas", last_name="Berg")]
    for snapshot in (psa(), psa(contact(8123))):
        plan = planned(twins, snapshot)
        assert plan.changes == ()
        assert ["shares the name" in held.reason for held in plan.held] == [True, True]


def test_s09_the_same_name_does_not_matter_where_addresses_tell() -> None:
    """Both are found by mail, or created."""
    twins = [account("jberg", mail=MAIL), account("jberg2", first_name="Jonas", last_name="Berg", mail="j2@x.example")]
    assert paired(twins, psa(contact(1, mail=MAIL), contact(2, mail="j2@x.example"))) == {
        "jberg": (1, "mail"),
        "jberg2": (2, "mail"),
    }
    assert [change.kind for change in planned(twins).changes] == [Kind.CREATE, Kind.CREATE]


@pytest.mark.parametrize("mail", [MAIL, ""])
def test_s10_two_contacts_for_one_person_are_a_conflict(mail: str) -> None:
    """By address and by name; both ids are named."""
    held = only_held(planned([account("jberg", mail=mail)], psa(contact(1, mail=mail), contact(2, mail=mail))))
    assert "2 contacts fit" in held.reason
    assert "(contact 1) and" in held.reason and "(contact 2)" in held.reason


def test_two_people_for_one_contact_are_a_conflict() -> None:
    """Each by an own address of the contact."""
    people = [account("jberg", upn=MAIL), account("adahl", upn="a@x.example")]
    plan = planned(people, psa(contact(1, "X Y", mail=[MAIL, "a@x.example"])))
    assert plan.changes == ()
    assert ["it fits X Y (contact 1)" in held.reason for held in plan.held] == [True, True]


def test_a_contact_in_conflict_is_not_taken_by_a_third_account() -> None:
    """Two people share its address; somebody of its name does not get it meanwhile."""
    people = [account("a", mail=MAIL), account("b", mail=MAIL), account("jberg", mail="jonas@x.example")]
    plan = planned(people, psa(contact(1, mail=MAIL)))
    assert not plan.changes and not plan.pairs
    assert "another account in conflict fits as well" in plan.held[-1].reason


def test_s07_a_contact_in_such_a_conflict_is_not_taken_by_another_account() -> None:
    """Whichever key finds it afterwards."""
    people = [account("adahl", mail=MAIL), account("jberg", upn=MAIL)]
    plan = planned(people, psa(inactive(contact(1, mail=MAIL))), memory=linked(("gone", 1)))
    assert not plan.changes and not plan.pairs
    assert len(plan.held) == 2


def test_s11_an_inactive_contact_fits_only_when_no_active_one_does() -> None:
    """The active one is taken; alone, the inactive one is reactivated."""
    old, new = inactive(contact(1, mail=MAIL)), contact(2, mail=MAIL)
    one = account("jberg", mail=MAIL)
    assert paired([one], psa(old, new)) == {"jberg": (2, "mail")}
    assert only_change(planned([one], psa(old))).kind is Kind.REACTIVATE


def test_a_linked_inactive_contact_beside_an_active_one_is_a_conflict() -> None:
    """Reactivating would make two active contacts with one address."""
    old, new = inactive(contact(1, mail=MAIL)), contact(2, mail=MAIL)
    held = only_held(planned([account("jberg", mail=MAIL)], psa(old, new), memory=linked(("jberg", 1))))
    assert "linked contact 1 is inactive" in held.reason and "(contact 2)" in held.reason


def test_s18_a_dangling_link_is_told_and_the_person_matched_again() -> None:
    """By the keys, else a contact is created."""
    one = account("jberg", mail=MAIL)
    plan = planned([one], psa(contact(2, mail=MAIL)), memory=linked(("jberg", 1)))
    assert [(pair.contact_id, pair.by) for pair in plan.pairs] == [(2, "mail")]
    assert "number 1, is gone from the PSA" in plan.warnings[0]
    assert only_change(planned([one], psa(), memory=linked(("jberg", 1)))).kind is Kind.CREATE


def test_s21_a_contact_moved_to_another_company_is_held() -> None:
    """No twin is made in the old company, even where a contact would fit."""
    moved = contact(1, company_id=500)
    held = only_held(planned([account("jberg")], psa(contact(2), elsewhere=(moved,)), memory=linked(("jberg", 1))))
    assert "now belongs to another company of the PSA (company 500)" in held.reason


def test_the_moved_contact_of_a_leaver_needs_nobody() -> None:
    """Nothing would be made for them anyway."""
    plan = planned(
        [account("jberg", mail=MAIL, enabled=False)],
        psa(contact(2, mail=MAIL), elsewhere=(contact(1, company_id=500),)),
        memory=linked(("jberg", 1)),
    )
    assert idle(plan) and not plan.warnings


def test_a_leaver_is_found_by_address_never_by_name() -> None:
    """A contact is not made inactive because somebody of that name left."""
    by_mail = account("jberg", mail=MAIL, enabled=False)
    assert only_change(planned([by_mail], psa(contact(1, mail=MAIL)))).kind is Kind.INACTIVATE
    assert planned([account("jberg", enabled=False)], psa(contact(1))).changes == ()


def test_a_leaver_has_no_claim_to_a_persons_address() -> None:
    """Neither to the person's contact nor to another one that carries it."""
    people = [account("jberg", mail=MAIL), account("gone", mail=MAIL, enabled=False)]
    plan = planned(people, psa(contact(1, mail=MAIL), contact(2, "X Y", mail=MAIL)), memory=linked(("jberg", 1)))
    assert plan.changes == ()


def test_a_leaver_has_no_claim_to_a_contact_in_conflict() -> None:
    """It may belong to one of the people who wait."""
    people = [account("jberg"), account("jberg2", first_name="Jonas", last_name="Berg")]
    people.append(account("gone", mail=MAIL, enabled=False))
    assert planned(people, psa(contact(1, mail=MAIL))).changes == ()


def test_two_leavers_never_share_a_contact() -> None:
    """It is made inactive once."""
    leavers = [account("jberg", mail=MAIL, enabled=False), account("adahl", mail=MAIL, enabled=False)]
    plan = planned(leavers, psa(contact(1, mail=MAIL)))
    assert len(plan.changes) == len(plan.pairs) == 1


def test_a_leaver_with_two_contacts_is_left_alone() -> None:
    """Nobody knows which is theirs."""
    one = account("jberg", mail=MAIL, enabled=False)
    assert planned([one], psa(contact(1, mail=MAIL), contact(2, mail=MAIL))).changes == ()


def test_a_refused_account_is_found_by_link_alone() -> None:
    """A shared mailbox may well have a contact that somebody made on purpose."""
    room = account("jberg", mail=MAIL, mailbox="room", enabled=False)
    assert planned([room], psa(contact(1, mail=MAIL))).changes == ()
    assert only_change(planned([room], psa(contact(1, mail=MAIL)), memory=linked(("jberg", 1)))).kind is Kind.INACTIVATE


def test_long_lists_of_rivals_are_cut() -> None:
    """Hundreds of kiosk accounts of one name make a sentence, not a page."""
    kiosks = [account(f"kiosk{at}", first_name="Kiosk", last_name="User") for at in range(300)]
    assert max(len(held.reason) for held in planned(kiosks).held) < 120


def test_everything_known_about_links_is_kept_for_later_steps() -> None:
    """Remembered links and those on contacts."""
    pairing = decided([], psa(contact(2, link=guid("b"))), memory=linked(("a", 1), ("c", 2))).pairing
    assert pairing.links == {guid("a"): 1, guid("b"): 2}


def test_the_first_run_without_contacts_creates_everybody() -> None:
    """Nothing is remembered and nothing fits."""
    assert [change.kind for change in planned([account("jberg"), account("adahl")], memory=Memory()).changes] == [
        Kind.CREATE,
        Kind.CREATE,
    ]


def test_an_ignored_account_is_nobodys_rival() -> None:
    """A scanner with a person's address holds nobody up, and gets no contact."""
    people = [account("jberg", mail=MAIL), account("scanner", mail=MAIL)]
    plan = planned(people, psa(contact(1, mail=MAIL)), rules(ignore_accounts=("scan*",)))
    assert (plan.held, [(pair.account, pair.contact_id) for pair in plan.pairs]) == ((), [("jberg", 1)])
    assert plan.unpaired == ()
