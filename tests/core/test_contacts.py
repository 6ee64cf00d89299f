"""What becomes of contacts: fields, creation, leavers, protection."""

from dataclasses import replace
from typing import Any

import pytest

from connector.core.fields import Basis, compare
from connector.core.model import Account, Company, Contact, Named, Site
from connector.core.plan import Change, HeldKind, Kind
from tests.core.build import (
    DIRECT,
    FAX,
    MOBILE,
    TYPES,
    account,
    agreement,
    contact,
    guid,
    idle,
    inactive,
    linked,
    only_change,
    only_held,
    phone,
    planned,
    psa,
    rules,
)

MAIL = "j.berg@harbor.example"
LINK = linked(("jberg", 8123))


def updated(one: Account, stands: Contact, wanted: Any = None, **fields: Any) -> Change:
    """The one change of a linked contact."""
    return only_change(planned([one], psa(stands, **fields), wanted, LINK))


def unchanged(one: Account, stands: Contact, wanted: Any = None, **fields: Any) -> bool:
    """Whether a linked contact stays as it is, without anything held."""
    plan = planned([one], psa(stands, **fields), wanted, LINK)
    return idle(plan)


def _with(field: str, value: str) -> Contact:
    fields: dict[str, Any] = {field: value}
    return replace(contact(8123), **fields)


def test_a_new_person_gets_a_contact_with_everything_known() -> None:
    """Names, title, department and site the PSA knows, addresses, numbers and types."""
    one = account(
        "jberg", mail=MAIL, title="Hygienist", department="hygiene", office="pier 9", phone=phone("020 7946 0142 x21")
    )
    change = only_change(planned([one]))
    assert (change.kind, change.before) == (Kind.CREATE, {})
    assert change.after == {
        "first_name": "Jonas", "last_name": "Berg", "title": "Hygienist", "department": "Hygiene", "site": "Pier 9",
        "mail": MAIL, "phone": "020 7946 0142 x21", "types": ["End User"],
    }  # fmt: skip


def test_no_contact_is_created_where_the_client_does_not_want_it() -> None:
    """create = false pairs and updates only."""
    assert planned([account("jberg")], wanted=rules(create=False)).changes == ()


def test_a_new_contact_has_its_names_whoever_owns_them() -> None:
    """The PSA owns them from then on; a contact is never made without."""
    wanted = rules(fields={"first_name": "psa", "last_name": "psa", "title": "psa"})
    after = only_change(planned([account("jberg", title="Hygienist")], wanted=wanted)).after
    assert (after["first_name"], after["last_name"], "title" in after) == ("Jonas", "Berg", False)
    assert unchanged(account("jberg"), contact(8123, "Johnny Berg"), wanted)


def test_s14_a_person_without_a_name_is_held() -> None:
    """Never written with an empty name."""
    held = only_held(planned([account("jberg", first_name="Reception", last_name="", display_name="Reception")]))
    assert held.kind is HeldKind.CONFLICT
    assert "no given name or no surname" in held.reason


def test_s14_a_contact_with_both_names_is_kept_true_all_the_same() -> None:
    """A blank in the directory never erases."""
    one = account("jberg", last_name="", title="Dentist")
    assert updated(one, contact(8123)).after == {"title": "Dentist"}


@pytest.mark.parametrize(
    ("owner", "stands", "writes"),
    [
        ("directory", "Nurse", True),
        ("directory", "", True),
        ("fill", "Nurse", False),
        ("fill", "", True),
        ("psa", "Nurse", False),
        ("psa", "", False),
    ],
)
def test_s57_each_field_has_its_owner(owner: str, stands: str, writes: bool) -> None:
    """directory overwrites, fill fills blanks, psa is never touched."""
    plan = planned(
        [account("jberg", title="Dentist")], psa(contact(8123, title=stands)), rules(fields={"title": owner}), LINK
    )
    assert [dict(change.after) for change in plan.changes] == ([{"title": "Dentist"}] if writes else [])


@pytest.mark.parametrize("owner", ["directory", "fill", "psa"])
def test_s56_a_blank_in_the_directory_erases_nothing(owner: str) -> None:
    """In no field and whoever owns it."""
    names = ("title", "department", "mail", "phone", "mobile", "fax")
    full = contact(
        8123, mail=MAIL, title="Nurse", department=Named(31, "Hygiene"), site=Named(901, "Pier 9"),
        numbers={DIRECT: "020 7946 0142", MOBILE: "07700 900123", FAX: "020 7946 0143"},
    )  # fmt: skip
    assert unchanged(account("jberg"), full, rules(fields=dict.fromkeys(names, owner)))


def test_a_change_says_what_stood_there() -> None:
    """Before and after of each field that is written, and the reason in words."""
    change = updated(account("jberg", last_name="Holm", title="Dentist"), contact(8123))
    assert change.before == {"last_name": "Berg", "title": None}
    assert change.after == {"last_name": "Holm", "title": "Dentist"}
    assert change.reason == "surname and job title differ in the directory"


@pytest.mark.parametrize(("field", "limit"), [("first_name", 30), ("last_name", 30), ("title", 100)])
def test_a_value_longer_than_the_psa_takes_is_cut_and_said(field: str, limit: int) -> None:
    """And once cut it is equal: a second run writes nothing."""
    long = "x" * (limit - 1) + " yz"
    plan = planned([account("jberg", **{field: long})], psa(contact(8123)), memory=LINK)
    assert only_change(plan).after == {field: "x" * (limit - 1)}
    assert f"cut to the PSA's {limit} characters" in plan.warnings[0]
    assert unchanged(account("jberg", **{field: long}), _with(field, "x" * (limit - 1)))


def test_a_mail_address_is_never_cut() -> None:
    """Half an address is another address: it is left out, and said."""
    plan = planned([account("jberg", mail="x" * 250 + "@x.example")], psa(contact(8123, mail=MAIL)), memory=LINK)
    assert plan.changes == ()
    assert "longer than the PSA's 250 characters" in plan.warnings[0]


def test_s16_another_primary_address_replaces_the_default_one() -> None:
    """Also where the contact holds it already, but not as the default."""
    one = account("jberg", mail="jonas@harbor.example")
    for stands in (contact(8123, mail=MAIL), contact(8123, mail=[MAIL, "jonas@harbor.example"])):
        change = updated(one, stands)
        assert (change.before, change.after) == ({"mail": MAIL}, {"mail": "jonas@harbor.example"})
    assert unchanged(one, contact(8123, mail=["Jonas@Harbor.example", MAIL]))


@pytest.mark.parametrize("stands", ["+44 20 7946 0142", "(020) 79460142"])
def test_s61_a_number_in_another_spelling_is_left_alone(stands: str) -> None:
    """Compared canonically."""
    assert unchanged(account("jberg", phone=phone("020 7946 0142")), contact(8123, numbers={DIRECT: stands}))


def test_s61_another_extension_is_another_number() -> None:
    """Both are part of it."""
    change = updated(
        account("jberg", phone=phone("020 7946 0142 x21")), contact(8123, numbers={DIRECT: "020 7946 0142"})
    )
    assert change.after == {"phone": "020 7946 0142 x21"}


def test_a_number_that_stands_under_another_type_is_not_doubled() -> None:
    """Somebody chose that type on purpose."""
    one = account("jberg", phone=phone("020 7946 0142"))
    assert unchanged(one, contact(8123, numbers={MOBILE: "020 7946 0142"}))


def test_phone_and_mobile_are_written_to_their_own_types() -> None:
    """The mobile only where it is blank."""
    one = account("jberg", phone=phone("020 7946 0142"), mobile=phone("07700 900123"), fax=phone("020 7946 0143"))
    assert updated(one, contact(8123)).after == {"phone": "020 7946 0142", "mobile": "07700 900123"}
    filled = contact(8123, numbers={DIRECT: "020 7946 0142", MOBILE: "07700 900999"})
    assert unchanged(one, filled)


def test_a_number_without_a_type_in_the_psa_is_told_once() -> None:
    """Not written, and counted by value."""
    one = account("jberg", mobile=phone("07700 900123"))
    plan = planned([one], psa(contact(8123), communication_types=tuple(t for t in TYPES if t != MOBILE)), memory=LINK)
    assert plan.changes == ()
    assert "no communication type for a mobile" in plan.warnings[0]


@pytest.mark.parametrize("office", ["Pier 9", "PIER-9", "9 Pier Road", "9 pier road, boston"])
def test_s58_an_office_that_is_a_site_sets_it(office: str) -> None:
    """By its name, its street or its whole address."""
    sites = (Site(900, "Main", "1 Quay Street, Boston", primary=True), Site(901, "Pier 9", "9 Pier Road, Boston"))
    change = updated(account("jberg", office=office), contact(8123, site=Named(900, "Main")), sites=sites)
    assert (change.before, change.after) == ({"site": "Main"}, {"site": "Pier 9"})


def test_s58_an_office_that_is_no_site_keeps_the_site_and_is_told() -> None:
    """Once for each value, with the number of people."""
    people = [account("jberg", office="Moon"), account("adahl", office="Moon")]
    plan = planned(people, psa(contact(8123), contact(9, "Anna Dahl")), memory=linked(("jberg", 8123), ("adahl", 9)))
    assert plan.changes == ()
    assert plan.warnings == ("Site 'Moon' of 2 people: no site of the company fits; the site is left as it is.",)


@pytest.mark.parametrize(
    "sites", [(Site(1, "Main"), Site(2, "main")), (Site(1, "A", "Main"), Site(2, "B", "Main, Boston"))]
)
def test_s58_an_office_that_could_be_two_sites_sets_none(sites: tuple[Site, ...]) -> None:
    """Ambiguity is told."""
    plan = planned([account("jberg", office="Main")], psa(contact(8123), sites=sites), memory=LINK)
    assert plan.changes == ()
    assert "2 sites of the company fit" in plan.warnings[0]


@pytest.mark.parametrize("office", ["-", "...", "\u200b"])
def test_a_placeholder_is_no_site_and_no_department(office: str) -> None:
    """It never meets a site that has no address."""
    one = account("jberg", office=office, department=office)
    plan = planned([one], psa(contact(8123), sites=(Site(900, "Main"),)), memory=LINK)
    assert plan.changes == ()


def test_sites_are_left_alone_where_the_client_says_so() -> None:
    """site_from = "" looks at no office."""
    assert unchanged(account("jberg", office="Pier 9"), contact(8123), rules(site_from=""))


def test_s41_a_department_is_written_as_the_psa_spells_it() -> None:
    """An unknown one is told, not made."""
    assert updated(account("jberg", department="HYGIENE"), contact(8123)).after == {"department": "Hygiene"}
    plan = planned([account("jberg", department="Front desk")], psa(contact(8123)), memory=LINK)
    assert plan.changes == ()
    assert plan.warnings == ("Department 'Front desk' of 1 person: the PSA has no such department.",)


def test_the_link_is_written_to_the_contact_where_a_field_is_named() -> None:
    """Also over the one of a former account."""
    wanted = rules(link="userDefinedField10")
    assert updated(account("jberg"), contact(8123), wanted).after == {"link": guid("jberg")}
    assert unchanged(account("jberg"), contact(8123, link=guid("jberg")), wanted)


def test_an_unknown_contact_type_is_left_out_and_said() -> None:
    """The contact is made all the same."""
    plan = planned([account("jberg")], wanted=rules(types=("END USER", "Staff")))
    assert only_change(plan).after["types"] == ["End User"]
    assert "no contact type Staff (contacts.types)" in plan.warnings[0]


def test_s05_a_rehire_reactivates_the_same_contact_and_brings_it_up_to_date() -> None:
    """One change says both."""
    change = updated(account("jberg", title="Dentist"), inactive(contact(8123)))
    assert (change.kind, change.target.contact_id) == (Kind.REACTIVATE, 8123)
    assert change.before == {"inactive": True, "title": None}
    assert change.after == {"inactive": False, "title": "Dentist"}


@pytest.mark.parametrize("stands", [contact(8123, types=["vip"]), inactive(contact(8123, types=["End User", "VIP"]))])
def test_s55_a_protected_contact_is_never_changed(stands: Contact) -> None:
    """Neither updated nor reactivated, and still paired."""
    plan = planned([account("jberg", title="Dentist")], psa(stands), memory=LINK)
    assert idle(plan)
    assert [pair.contact_id for pair in plan.pairs] == [8123]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"enabled": False}, "account is disabled"),
        ({"mailbox": "shared", "enabled": False}, "account is disabled, shared mailbox"),
        ({"dn": "CN=x,OU=Old,DC=harbor,DC=example"}, "out of scope: outside the included OUs"),
    ],
)
def test_s34_s48_a_contact_of_somebody_who_no_longer_counts_is_inactivated(fields: dict[str, Any], reason: str) -> None:
    """With the verdict's own words."""
    wanted = rules(people={"include_ous": ("OU=Staff,DC=harbor,DC=example",)})
    change = updated(account("jberg", **fields), contact(8123), wanted)
    assert (change.kind, change.after, change.reason) == (Kind.INACTIVATE, {"inactive": True}, reason)


def test_contacts_of_leavers_stay_where_the_client_says_so() -> None:
    """inactivate = false; and an inactive one needs nothing."""
    assert unchanged(account("jberg", enabled=False), contact(8123), rules(inactivate=False))
    assert unchanged(account("jberg", enabled=False), inactive(contact(8123)))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"default_billing": True}, "billing contact (a finance matter)"),
        ({"default": True}, "the company's default contact"),
        ({"types": ["VIP"]}, "has the protected type VIP"),
    ],
)
def test_s51_s52_a_leaver_the_company_needs_is_held(fields: dict[str, Any], reason: str) -> None:
    """By the flags of the contact."""
    held = only_held(planned([account("jberg", enabled=False)], psa(contact(8123, **fields)), memory=LINK))
    assert (held.kind, held.target.contact_id) == (HeldKind.PROTECTED, 8123)
    assert held.reason.startswith("account is disabled, but the contact ")
    assert reason in held.reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"company": Company(412, "X", billing_contact_id=8123)}, "billing contact (a finance matter)"),
        ({"company": Company(412, "X", default_contact_id=8123)}, "the company's default contact"),
        ({"agreements": (agreement(billing_contact_id=8123),)}, "gets the invoices of Managed Users 77"),
        ({"agreements": (agreement(contact_id=8123),)}, "is the contact of agreement Managed Users 77"),
    ],
)
def test_s51_s52_s54_a_leaver_a_record_names_is_held(fields: dict[str, Any], reason: str) -> None:
    """The company or an agreement that is active."""
    held = only_held(planned([account("jberg", enabled=False)], psa(contact(8123), **fields), memory=LINK))
    assert reason in held.reason


def test_finance_comes_before_every_other_reason() -> None:
    """A clerk reads the reason that costs money."""
    stands = contact(8123, default=True, default_billing=True, types=["VIP"])
    held = only_held(planned([account("jberg", enabled=False)], psa(stands), memory=LINK))
    assert "finance matter" in held.reason


def test_an_agreement_that_is_over_protects_nobody() -> None:
    """Its contact may go."""
    over = agreement(status="Expired", contact_id=8123, billing_contact_id=8123)
    assert updated(account("jberg", enabled=False), contact(8123), agreements=(over,)).kind is Kind.INACTIVATE


def test_s50_an_absence_is_seen_twice_before_the_contact_goes() -> None:
    """The first complete reading counts and tells, the second inactivates."""
    first = planned([], psa(contact(8123)), memory=LINK)
    assert (first.changes, first.absent) == ((), {guid("jberg"): 1})
    assert "Former jberg (jberg) was not in this reading of the directory: 1 of 2" in first.warnings[0]
    second = planned([], psa(contact(8123)), memory=linked(("jberg", 8123), absent_reads=1))
    assert second.absent == {guid("jberg"): 2}
    assert only_change(second).reason == "no longer in the directory (2 complete reads)"


def test_the_number_of_absent_reads_is_the_clients() -> None:
    """One is enough where the client says so."""
    assert only_change(planned([], psa(contact(8123)), rules(absent_reads=1), LINK)).kind is Kind.INACTIVATE
    memory = linked(("jberg", 8123), absent_reads=1)
    assert planned([], psa(contact(8123)), rules(absent_reads=3), memory).changes == ()


def test_a_link_on_the_contact_to_an_account_that_was_never_seen_takes_nothing_away() -> None:
    """It may be of another system or of another directory: told, and not counted as an absence."""
    plan = planned([], psa(contact(8123, link=guid("jberg")), contact(8124, link=guid("b"), inactive=True)))
    assert (plan.absent, plan.pairs, plan.changes) == ({}, (), ())
    assert plan.warnings == (
        "The link field names an account that was never seen in this directory: Jonas Berg (contact 8123). If they "
        "have left, inactivate the contact by hand.",
    )


def test_an_absent_protected_contact_is_held_in_the_same_words_each_time() -> None:
    """An approved plan stays the plan, however many readings later."""
    plans = [
        planned([], psa(contact(8123, default=True)), memory=linked(("jberg", 8123), absent_reads=reads))
        for reads in (1, 7)
    ]
    assert only_held(plans[0]) == only_held(plans[1])
    assert plans[0].digest == plans[1].digest


def test_a_leaver_whose_contact_is_gone_needs_nothing() -> None:
    """There is nothing to inactivate and nobody to tell."""
    plan = planned([account("jberg", enabled=False)], psa(), memory=linked(("jberg", 8123), ("gone", 9)))
    assert idle(plan) and not plan.warnings
    assert plan.absent == {}


def test_every_field_can_be_looked_at_side_by_side() -> None:
    """What explains a person is what decides about them."""
    views = compare(account("jberg", title="Dentist"), contact(8123, title="Nurse"), Basis(psa(), rules().contacts))
    title = next(view for view in views if view.name == "title")
    assert (title.directory, title.psa, title.owner, title.after) == ("Dentist", "Nurse", "directory", "Dentist")
