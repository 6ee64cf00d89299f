"""Who is a person, and which rule says no."""

from datetime import timedelta
from typing import Any

import pytest

from connector.core.model import Account
from connector.core.noticed import notes
from connector.core.rules import PeopleRules, Waiver
from connector.core.selection import Selector, Standing, Verdict
from tests.core.build import BASE, FRONTLINE, NOW, STAFF, account

OTHER = f"CN=No Billing,OU=Groups,{BASE}"


def judged(one: Account, **rules: Any) -> Verdict:
    """The verdict on one account."""
    return Selector([one], PeopleRules(**rules), NOW).verdict(one)


def test_an_ordinary_account_is_a_person() -> None:
    """Without a reason and a rule."""
    verdict = judged(account("jberg"))
    assert (verdict.standing, verdict.reason, verdict.rule) == (Standing.PERSON, "", "")


@pytest.mark.parametrize(
    ("fields", "rules", "rule", "reason"),
    [
        ({"managed_service": True}, {}, "directory.service_account", "managed service account"),
        ({"built_in": True}, {}, "directory.built_in", "built-in account of Windows"),
        ({}, {"include_ous": (f"OU=Other,{BASE}",)}, "people.include_ous", "out of scope: outside the included OUs"),
        ({}, {"exclude_ous": (f"OU=Staff,{BASE}",)}, "people.exclude_ous", f"in the excluded OU=Staff,{BASE}"),
        ({}, {"exclude_accounts": ("x*", "JB*")}, "people.exclude_accounts", "excluded pattern JB*"),
        ({"mailbox": "shared"}, {}, "people.exclude_mailboxes", "shared mailbox"),
        ({"mailbox": "room"}, {}, "people.exclude_mailboxes", "room mailbox"),
        ({"mailbox": "equipment"}, {}, "people.exclude_mailboxes", "equipment mailbox"),
        ({}, {"exclude_groups": (STAFF,)}, "people.exclude_groups", f"excluded group {STAFF}"),
        ({}, {"include_groups": (FRONTLINE, OTHER)}, "people.include_groups", "in none of the included groups"),
        ({}, {"break_glass": ("j*",)}, "people.break_glass", "emergency account: its name fits the pattern j*"),
        ({}, {"include_where": {"Company": ("Har*",)}}, "people.include_where", "out of scope: Company is empty"),
        (
            {"attributes": {"company": ("Law",)}},
            {"include_where": {"company": ("Har*",)}},
            "people.include_where",
            "out of scope: company is Law",
        ),
        (
            {"attributes": {"company": ("Law",)}},
            {"exclude_where": {"company": ("l*",)}},
            "people.exclude_where",
            "company is Law, which fits the excluded pattern l*",
        ),
        (
            {"mail": "j@MSP.example"},
            {"exclude_mail_domains": ("@msp.example",)},
            "people.exclude_mail_domains",
            "mail domain @msp.example is excluded",
        ),
        ({"upn": "j@msp.example"}, {"exclude_mail_domains": ("msp.example",)}, "people.exclude_mail_domains", "domain"),
        ({"admin": True}, {}, "people.include_admins", "administrator of the domain"),
        (
            {"attributes": {"start": ("2026-11-23",)}},
            {"start_attribute": "Start"},
            "people.start_attribute",
            "starts on 2026-11-23",
        ),
    ],
)
def test_each_rule_refuses_with_its_reason(
    fields: dict[str, Any], rules: dict[str, Any], rule: str, reason: str
) -> None:
    """S23, S24, S27, S30: the rule's key and words are reported."""
    verdict = judged(account("jberg", **fields), **rules)
    outside = rule in ("people.include_ous", "people.include_groups", "people.include_where")
    assert (verdict.standing, verdict.rule) == (Standing.OUTSIDE if outside else Standing.REFUSED, rule)
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("fields", "rule", "reason"),
    [
        ({"enabled": False}, "directory.disabled", "account is disabled"),
        ({"expires_at": NOW}, "directory.expired", "account expired on 2026-11-22"),
        ({"expires_at": NOW - timedelta(days=1)}, "directory.expired", "account expired on 2026-11-21"),
    ],
)
def test_s35_a_human_without_a_working_account_is_a_leaver(fields: dict[str, Any], rule: str, reason: str) -> None:
    """Disabled, or expired by now."""
    verdict = judged(account("jberg", **fields))
    assert (verdict.standing, verdict.rule, verdict.reason) == (Standing.LEAVER, rule, reason)


def test_an_account_that_expires_later_is_a_person() -> None:
    """Until the moment it expires."""
    assert judged(account("jberg", expires_at=NOW + timedelta(seconds=1))).standing is Standing.PERSON


def test_s34_a_disabled_shared_mailbox_is_refused_not_a_leaver() -> None:
    """What it is comes before whether it is switched on."""
    assert judged(account("jberg", enabled=False, mailbox="shared")).rule == "people.exclude_mailboxes"


def test_the_first_refusal_wins() -> None:
    """In the documented order, whatever else refuses the account."""
    facts: dict[str, Any] = {"managed_service": True, "built_in": True, "admin": True, "mail": "j@msp.example"}
    facts["attributes"] = {"start": ("2027-01-01",), "kind": ("test",)}
    one = account("jberg", mailbox="room", enabled=False, expires_at=NOW, **facts)
    rules: dict[str, Any] = {
        "include_ous": (f"OU=Other,{BASE}",),
        "exclude_ous": (f"OU=Staff,{BASE}",),
        "exclude_accounts": ("j*",),
        "exclude_groups": (STAFF,),
        "include_groups": (FRONTLINE,),
        "break_glass": ("*berg",),
        "include_where": {"company": ("*",)},
        "exclude_where": {"kind": ("test",)},
        "exclude_mail_domains": ("msp.example",),
        "start_attribute": "start",
    }
    refused = [rule for rule, reason in Selector([one], PeopleRules(**rules), NOW).trial(one) if reason]
    assert refused == [
        "people.break_glass",
        "directory.service_account",
        "directory.built_in",
        "people.include_ous",
        "people.exclude_ous",
        "people.include_where",
        "people.exclude_where",
        "people.exclude_mail_domains",
        "people.exclude_accounts",
        "people.exclude_mailboxes",
        "people.exclude_groups",
        "people.include_groups",
        "people.include_admins",
        "people.start_attribute",
        "directory.disabled",
        "directory.expired",
    ]
    assert judged(one, **rules).rule == refused[0]


def test_rules_that_let_an_account_pass_say_nothing() -> None:
    """Inside the OU, member of an included group, no pattern fits."""
    rules: dict[str, Any] = {
        "include_ous": (f"ou=staff , {BASE.lower()}",),
        "exclude_ous": (f"OU=taff,{BASE}",),
        "exclude_accounts": ("berg", "svc-*"),
        "include_groups": (FRONTLINE, STAFF.upper()),
        "exclude_groups": (OTHER,),
    }
    assert judged(account("jberg"), **rules).standing is Standing.PERSON


@pytest.mark.parametrize("name", ["SVC-Backup", "ｓｖｃ-backup", "svc\u200b-backup", "svc-\u0131"])
def test_patterns_are_not_fooled_by_spelling(name: str) -> None:
    """Letter case, width and invisible characters do not matter."""
    assert judged(account(name), exclude_accounts=("svc-*",)).rule == "people.exclude_accounts"


def test_mailboxes_that_are_not_excluded_are_people() -> None:
    """The list is the client's."""
    assert judged(account("jberg", mailbox="shared"), exclude_mailboxes=("room",)).standing is Standing.PERSON


def test_s48_four_ways_to_be_gone_have_four_reasons() -> None:
    """Out of scope, disabled, expired here; deleted is told by the contact's rules."""
    one = account("jberg")
    reasons = {
        judged(one, include_ous=(f"OU=Other,{BASE}",)).reason,
        judged(account("jberg", enabled=False)).reason,
        judged(account("jberg", expires_at=NOW)).reason,
    }
    assert len({reason.split(" ")[-1] for reason in reasons}) == 3


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        ("2026-11-22", True), ("2026-11-23T08:00", False), ("20261123000000.0Z", False), ("134390000000000000", True),
        ("11/23/2026", True), ("2026-13-01", True), ("soon", True), ("9" * 19, True),
    ],
)  # fmt: skip
def test_s37_a_start_counts_from_its_day_and_one_that_cannot_be_read_at_once(value: str, counts: bool) -> None:
    """ISO 8601, generalized time and FILETIME; any other order of day and month would be a guess."""
    one = account("jberg", attributes={"start": (value,)})
    assert (judged(one, start_attribute="start").standing is Standing.PERSON) is counts


@pytest.mark.parametrize(
    ("fields", "rules", "standing"),
    [
        ({"enabled": False}, {"leave_groups": (STAFF,)}, Standing.ON_LEAVE),
        ({"expires_at": NOW}, {"leave_groups": (STAFF,)}, Standing.ON_LEAVE),
        ({}, {"leave_groups": (STAFF,)}, Standing.PERSON),
        ({"enabled": False}, {"leave_groups": (FRONTLINE,)}, Standing.LEAVER),
        ({"enabled": False, "changed_at": NOW - timedelta(days=6)}, {"grace_days": 7}, Standing.ON_LEAVE),
        ({"enabled": False, "changed_at": NOW - timedelta(days=7)}, {"grace_days": 7}, Standing.LEAVER),
        ({"enabled": False}, {"grace_days": 1}, Standing.ON_LEAVE),
        ({"expires_at": NOW - timedelta(days=7)}, {"grace_days": 7}, Standing.LEAVER),
    ],
)
def test_s33_leave_is_a_group_or_some_days(fields: dict[str, Any], rules: dict[str, Any], standing: Standing) -> None:
    """Only for accounts that are switched off; the object's last change says since when at the latest."""
    assert judged(account("jberg", **fields), **rules).standing is standing


def test_s33_what_is_remembered_starts_the_days_of_grace() -> None:
    """A later change of the object does not begin them anew."""
    one = account("jberg", enabled=False, changed_at=NOW)
    rules = PeopleRules(grace_days=7)
    since = NOW.date() - timedelta(days=7)
    assert Selector([one], rules, NOW, {one.guid: since}).verdict(one).standing is Standing.LEAVER
    assert Selector([one], rules, NOW, {}).verdict(one).standing is Standing.ON_LEAVE


@pytest.mark.parametrize(
    ("rules", "mains"),
    [
        ({"aliases": {"ADM-jberg": "JBERG"}}, {"adm-jberg": "jberg"}),
        ({"alias_patterns": ("adm-{account}",)}, {"adm-jberg": "jberg"}),
        ({"alias_patterns": ("adm-{account}", "{account}-x")}, {"adm-jberg": "jberg", "adm-jberg-x": "jberg"}),
        ({"aliases": {"jberg": "adm-jberg", "adm-jberg": "jberg"}}, {}),
        ({"aliases": {"jberg": "jberg"}}, {}),
        ({"aliases": {"adm-jberg": "nobody"}}, {}),
        ({"alias_patterns": ("svc-{account}",)}, {}),
    ],
)
def test_s20_a_further_account_is_shown_as_one_of_its_main_account(
    rules: dict[str, Any], mains: dict[str, str]
) -> None:
    """By name or by pattern, through chains, and never in a ring or without the main account."""
    accounts = [account(name) for name in ("jberg", "adm-jberg", "adm-jberg-x")]
    selector = Selector(accounts, PeopleRules(**rules), NOW)
    verdicts = map(selector.verdict, accounts)
    assert {one.account.account: one.main.account for one in verdicts if one.main} == mains


@pytest.mark.parametrize("name", ["JBerg", "j.berg@harbor.example", "{" + account("jberg").guid.upper() + "}"])
@pytest.mark.parametrize(("day", "free"), [(NOW.date(), True), (NOW.date() - timedelta(days=1), False)])
def test_s42_a_waiver_is_for_one_person_and_until_its_day(name: str, day: Any, free: bool) -> None:
    """By account, mail address or GUID; the last day is free."""
    one = account("jberg", mail="j.berg@harbor.example")
    assert bool(judged(one, waivers=(Waiver(name, day, "pilot"),)).waiver) is free
    assert not judged(account("adahl"), waivers=(Waiver(name, day, "pilot"),)).waiver


@pytest.mark.parametrize(
    ("fields", "rules", "ends"),
    [
        ({"enabled": False}, {}, True),
        ({}, {"include_ous": (f"OU=Other,{BASE}",)}, True),
        ({}, {"exclude_ous": (f"OU=Staff,{BASE}",)}, False),
        ({"enabled": False}, {"exclude_ous": (f"OU=Staff,{BASE}",)}, True),
        ({"enabled": False}, {"exclude_ous": (f"OU=Staff,{BASE}",), "leave_groups": (STAFF,)}, False),
        ({"enabled": False, "mailbox": "shared"}, {"grace_days": 7}, False),
        ({}, {"exclude_accounts": ("j*",)}, False),
        ({"enabled": False}, {"exclude_accounts": ("j*",)}, True),
        ({"enabled": False}, {"break_glass": ("j*",)}, False),
        ({"enabled": False}, {"leave_groups": (STAFF,)}, False),
        ({"enabled": False, "attributes": {"start": ("2027-01-01",)}}, {"start_attribute": "start"}, False),
        ({}, {}, False),
    ],
)
def test_s26_s33_s34_whose_contact_has_to_go(fields: dict[str, Any], rules: dict[str, Any], ends: bool) -> None:
    """Leavers, accounts out of scope, and excluded ones that are switched off; never emergency accounts."""
    assert judged(account("jberg", **fields), **rules).ends is ends


def test_s36_who_does_not_log_on_is_told_once_and_only_where_logons_were_read() -> None:
    """Never, or not for the configured days; a new account has some time."""
    old, new = NOW - timedelta(days=100), NOW - timedelta(days=3)
    people = [account("here", last_logon_at=new), account("away", last_logon_at=old), account("never", created_at=old)]
    people.append(account("fresh", created_at=new))

    def told(accounts: list[Account], days: int) -> list[str]:
        rules = PeopleRules(stale_days=days)
        selector = Selector(accounts, rules, NOW)
        return notes([selector.verdict(one) for one in accounts], rules, NOW)

    assert told(people, 90) == [
        "1 never logged on, and still counted: Never Lund (never).",
        "1 not logged on for 90 days or more, and still counted: Away Lund (away).",
    ]
    assert told(people, 0) == told(people[2:], 90) == []


def test_rules_that_name_nobody_are_told() -> None:
    """A typing mistake in an alias or a waiver costs money."""
    one = account("jberg")
    rules = PeopleRules(aliases={"adm": "jbreg"}, waivers=(Waiver("jbreg", NOW.date(), "pilot"),))
    assert notes([Selector([one], rules, NOW).verdict(one)], rules, NOW) == [
        "The alias adm belongs to jbreg, which is not in the directory; adm is judged by itself.",
        "The waiver for jbreg names nobody of this directory.",
    ]


def test_s20_a_further_account_that_outlives_its_main_account_is_told() -> None:
    """A way in that nobody counts any more."""
    accounts = [account("jberg", enabled=False), account("adm-jberg")]
    rules = PeopleRules(alias_patterns=("adm-{account}",))
    verdicts = [Selector(accounts, rules, NOW).verdict(one) for one in accounts]
    assert notes(verdicts, rules, NOW) == [
        "The further account adm-jberg is switched on, and its main account jberg is off."
    ]
