"""Who is a person, and which rule says no."""

from datetime import timedelta
from typing import Any

import pytest

from connector.core.model import Account
from connector.core.rules import PeopleRules
from connector.core.selection import Standing, Verdict, select, trial
from tests.core.build import BASE, FRONTLINE, NOW, STAFF, account

OTHER = f"CN=No Billing,OU=Groups,{BASE}"


def judged(one: Account, **rules: Any) -> Verdict:
    """The verdict on one account."""
    (verdict,) = select([one], PeopleRules(**rules), NOW)
    return verdict


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
        ({}, {"exclude_ous": (f"OU=Staff,{BASE}",)}, "people.exclude_ous", f"excluded OU OU=Staff,{BASE}"),
        ({}, {"exclude_accounts": ("x*", "JB*")}, "people.exclude_accounts", "excluded pattern JB*"),
        ({"mailbox": "shared"}, {}, "people.exclude_mailboxes", "shared mailbox"),
        ({"mailbox": "room"}, {}, "people.exclude_mailboxes", "room mailbox"),
        ({"mailbox": "equipment"}, {}, "people.exclude_mailboxes", "equipment mailbox"),
        ({}, {"exclude_groups": (STAFF,)}, "people.exclude_groups", f"excluded group {STAFF}"),
        ({}, {"include_groups": (FRONTLINE, OTHER)}, "people.include_groups", "in none of the included groups"),
    ],
)
def test_each_rule_refuses_with_its_reason(
    fields: dict[str, Any], rules: dict[str, Any], rule: str, reason: str
) -> None:
    """S23, S24, S27, S30: the rule's key and words are reported."""
    verdict = judged(account("jberg", **fields), **rules)
    assert (verdict.standing, verdict.rule) == (Standing.REFUSED, rule)
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
    one = account("jberg", managed_service=True, built_in=True, mailbox="room", enabled=False, expires_at=NOW)
    rules: dict[str, Any] = {
        "include_ous": (f"OU=Other,{BASE}",),
        "exclude_ous": (f"OU=Staff,{BASE}",),
        "exclude_accounts": ("j*",),
        "exclude_groups": (STAFF,),
        "include_groups": (FRONTLINE,),
    }
    refused = [rule for rule, reason in trial(one, PeopleRules(**rules), NOW) if reason]
    assert refused == [
        "directory.service_account",
        "directory.built_in",
        "people.include_ous",
        "people.exclude_ous",
        "people.exclude_accounts",
        "people.exclude_mailboxes",
        "people.exclude_groups",
        "people.include_groups",
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
