"""docs/people-and-contacts.md says what the program does: its rules, its words and its examples are held to plans."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from connector.core.decide import Decision
from connector.core.model import Account, Memory, Named, OpenWork, Phone, PsaSnapshot, Reading, Site
from connector.core.plan import HeldKind, Kind, Plan
from connector.core.rules import ClientRules, PeopleRules, Waiver, counting_rules
from connector.core.selection import LEFT_ALONE, Selector
from connector.report.words import HELD
from tests.core.build import (
    BASE,
    DIRECT,
    EMAIL,
    FRONTLINE,
    NOW,
    STAFF,
    TODAY,
    WIDE,
    account,
    agreement,
    contact,
    decided,
    guid,
    inactive,
    line,
    linked,
    phone,
    profile,
    psa,
    rules,
)
from tests.scenarios.conftest import building
from tests.scenarios.directory import person
from tests.scenarios.records import contact as record
from tests.scenarios.records import line as billing_line
from tests.scenarios.records import profile as billing_profile

PAGE = Path(__file__).parent.parent / "docs" / "people-and-contacts.md"
SAYS = "the report says"
MAIL = "jonas.berg@harbor.example"
JONAS = account("jberg", mail=MAIL, title="Dentist")
ANNA = account("adahl", mail="anna.dahl@harbor.example")
OFF = replace(JONAS, enabled=False)
HIS, HERS = contact(101, mail=MAIL, title="Dentist"), contact(102, "Anna Dahl", mail=ANNA.mail)
KNOWN = linked(("jberg", 101))
PROFILES = (profile(groups=()),)
FIELD = "userDefinedField10"

# the page


@cache
def text() -> str:
    """The page without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```$", "", PAGE.read_text(encoding="utf-8"))


@cache
def blocks(language: str) -> tuple[str, ...]:
    """The blocks of code of one language; ``""`` is none."""
    found = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))
    return tuple(block for named, block in found if named == language)


def tables() -> Iterator[list[dict[str, str]]]:
    """Every table of the page: its rows, each cell by its heading."""
    for lines in re.findall(r"(?m)(?:^\|.*\|\n)+", text()):
        head, _, *rows = ([cell.strip() for cell in one.strip("| ").split(" | ")] for one in lines.splitlines())
        yield [dict(zip(head, row, strict=False)) for row in rows]


def spans(words: str) -> list[str]:
    """What is set as code."""
    return [" ".join(one.split()) for one in re.findall(r"`([^`]+)`", words)]


def phrases() -> set[str]:
    """What the page says that the report says: in the columns of that name, and elsewhere by its looks."""
    in_tables = {one for table in tables() for row in table for one in spans(row.get(SAYS, ""))}
    long = {one for one in spans(text()) if one.count(" ") > 1 and "=" not in one and not one.startswith("connector ")}
    return in_tables | long


def is_said(phrase: str, told: str) -> bool:
    """Whether a text is what a phrase stands for: words in capitals stand for anything."""
    parts = re.split(r"\b(?!PSA\b)[A-Z]{3,}\b", phrase)
    return re.fullmatch(".+".join(map(re.escape, parts)), told) is not None


# the rules


def person_rules(**people: Any) -> ClientRules:
    """Rules about people, and everybody on one profile."""
    return rules(*PROFILES, people=people)


RULES: dict[str, tuple[Account, dict[str, Any]]] = {
    "people.break_glass": (JONAS, {"break_glass": ("jb*",)}),
    "directory.service_account": (replace(JONAS, managed_service=True), {}),
    "directory.built_in": (replace(JONAS, built_in=True), {}),
    "people.aliases": (JONAS, {"aliases": {"jberg": "adahl"}}),
    "people.alias_patterns": (account("adahl-adm"), {"alias_patterns": ("{account}-adm",)}),
    "people.include_ous": (JONAS, {"include_ous": (f"OU=Law,{BASE}",)}),
    "people.exclude_ous": (JONAS, {"exclude_ous": (f"OU=Staff,{BASE}",)}),
    "people.include_where": (JONAS, {"include_where": {"company": ("Law*",)}}),
    "people.exclude_where": (
        replace(JONAS, attributes={"company": ("Law",)}), {"exclude_where": {"company": ("Law*",)}},
    ),
    "people.exclude_mail_domains": (JONAS, {"exclude_mail_domains": ("harbor.example",)}),
    "people.exclude_accounts": (JONAS, {"exclude_accounts": ("jb*",)}),
    "people.exclude_mailboxes": (replace(JONAS, mailbox="shared"), {}),
    "people.exclude_groups": (JONAS, {"exclude_groups": (STAFF,)}),
    "people.include_groups": (JONAS, {"include_groups": (FRONTLINE,)}),
    "people.include_admins": (replace(JONAS, admin=True), {}),
    "people.start_attribute": (replace(JONAS, attributes={"start": ("2026-12-01",)}), {"start_attribute": "start"}),
    "people.leave_groups": (JONAS, {"leave_groups": (STAFF,)}),
    "people.grace_days": (replace(JONAS, changed_at=NOW - timedelta(days=2)), {"grace_days": 7}),
    "directory.disabled": (JONAS, {}),
    "directory.expired": (replace(JONAS, expires_at=NOW), {}),
    "people.waivers": (JONAS, {"waivers": (Waiver("jberg", TODAY, "pilot"),)}),
    "billing": (JONAS, {}),
}  # fmt: skip
"""For each rule an account, and the rules about people with which this one decides."""

ALWAYS_OFF = {"people.leave_groups", "people.grace_days", "directory.disabled", "directory.expired"}


def decision(rule: str, *, enabled: bool, **people: Any) -> tuple[Account, Decision]:
    """What is decided about the account of a rule, which is linked to a contact with another title."""
    one, wanted = RULES[rule]
    one = replace(one, enabled=enabled or rule == "directory.expired")
    snapshot = psa(contact(101, one.name, mail=MAIL, title="Nurse"), HERS)
    wanted_rules = person_rules(**wanted, **people)
    if rule == "billing":
        wanted_rules = replace(wanted_rules, billing=(profile(groups=(FRONTLINE,)),))
    return one, decided([ANNA, one], snapshot, wanted_rules, linked((one.account, 101), ("adahl", 102)))


def fate(one: Account, plan: Plan) -> str:
    """What becomes of the contact of an account, in the words of the table."""
    made = {change.kind for change in plan.changes if change.target.contact_id == 101}
    if made:
        return {Kind.INACTIVATE: "inactivated", Kind.UPDATE: "kept true"}[made.pop()]
    told = any(words.startswith(f"{one.name} ({one.account}): not counted") for words in plan.warnings)
    return "left as it is, told" if told else "left as it is"


def rule_table() -> list[dict[str, str]]:
    """The table of the rules."""
    return next(table for table in tables() if "rule" in table[0])


def test_the_table_has_every_rule_in_the_order_in_which_it_is_asked() -> None:
    """The refusals first; then those for accounts that are switched off; then what counts and costs nothing."""
    named = [spans(row["rule"])[0] for row in rule_table()]
    asked = [rule for rule, _ in Selector([], PeopleRules(), NOW).checks]
    assert named[: len(asked)] == asked
    assert named[len(asked) :] == [
        "people.leave_groups", "people.grace_days", "directory.disabled", "directory.expired", "people.waivers",
        "billing",
    ]  # fmt: skip
    assert set(named) == RULES.keys()


@pytest.mark.parametrize("row", rule_table(), ids=lambda row: spans(row["rule"])[0])
def test_each_rule_says_and_does_what_its_row_says(row: dict[str, str]) -> None:
    """With the account switched on and off: the words, the contact, the count."""
    (rule,) = spans(row["rule"])
    for enabled, column in ((True, "on"), (False, "off")):
        if row[column] == "–":
            assert column == ("on" if rule in ALWAYS_OFF else "off")
            continue
        one, found = decision(rule, enabled=enabled)
        plan = found.plan
        assert fate(one, plan) == row[column]
        assert one.guid not in {counted.guid for counted in plan.billing[0].people}
        (told,) = ((item.rule, item.reason) for item in plan.not_counted if item.guid == one.guid)
        if rule != "people.waivers" or enabled:
            assert told[0] == rule
            assert any(is_said(phrase, told[1]) for phrase in spans(row[SAYS])), told
    assert row["billed"] == ("`bill_leave`" if rule in {"people.leave_groups", "people.grace_days"} else "no")


@pytest.mark.parametrize("rule", ["people.leave_groups", "people.grace_days"])
def test_people_on_leave_are_billed_where_the_rules_say_so(rule: str) -> None:
    """bill_leave."""
    one, found = decision(rule, enabled=False, bill_leave=True)
    assert one.guid in {counted.guid for counted in found.plan.billing[0].people}


@pytest.mark.parametrize("rule", [one for one in RULES if one not in ALWAYS_OFF and one != "billing"])
def test_told_contacts_and_no_others_go_with_inactivate_excluded(rule: str) -> None:
    """Those of accounts that are switched on, and that a rule about what they are excludes."""
    row = next(row for row in rule_table() if spans(row["rule"]) == [rule])
    one, wanted = RULES[rule]
    snapshot = psa(contact(101, one.name, mail=MAIL), HERS)
    wanted_rules = rules(people=wanted, inactivate_excluded=True)
    plan = decided([ANNA, one], snapshot, wanted_rules, linked((one.account, 101))).plan
    goes = any(change.kind is Kind.INACTIVATE for change in plan.changes)
    assert goes is (row["on"] in ("left as it is, told", "inactivated") and rule not in LEFT_ALONE)


# the words

LONG = "x" * 300
OTHER = account("kiosk", first_name="Jonas", last_name="Berg", mail=MAIL)
TWIN = account("jberg2", first_name="Jonas", last_name="Berg")
MUTE = account("desk", first_name="", last_name="", display_name="Desk")
CARRIED = replace(HIS, link=JONAS.guid)
AT_ADDRESS = replace(HIS, first_name="Maria")
LEAVERS_PSA: dict[str, PsaSnapshot] = {
    "billing": psa(replace(HIS, default_billing=True)),
    "bill to": psa(HIS, agreements=(agreement(billing_contact_id=101),)),
    "agreement": psa(HIS, agreements=(agreement(contact_id=101),)),
    "mark": psa(replace(HIS, keep=True)),
    "type": psa(replace(HIS, types=(Named(9, "VIP"),))),
    "default": psa(replace(HIS, default=True)),
    "open": psa(replace(HIS, portal=True), work=OpenWork({101: ("#9001 Printer",)})),
}


def seen(one: Account, *contacts: Any, wanted: ClientRules | None = None, **fields: Any) -> Decision:
    """The decision about one linked account."""
    return decided([one], psa(*(contacts or (HIS,)), **fields), wanted, KNOWN)


def with_fields(**contacts: Any) -> ClientRules:
    """Rules by which the directory owns every field."""
    owned = dict.fromkeys(("department", "mobile", "fax", "manager", "relationship"), "directory")
    return rules(**contacts, fields=owned)


def constructed() -> Iterator[Decision]:
    """Every case that the page tells of."""
    for rule in RULES:
        yield from (decision(rule, enabled=enabled)[1] for enabled in (True, False))
    for kind in ("room", "equipment"):
        yield seen(replace(JONAS, mailbox=kind))
    yield seen(replace(JONAS, attributes={"company": ("Law",)}), wanted=person_rules(include_where={"company": ("H",)}))
    yield seen(replace(JONAS, admin=True), wanted=person_rules(include_admins=("*",)))
    yield from _notes()
    yield from _conflicts()
    yield from _links()
    yield from _written()
    yield from _leavers()
    yield from _readings()


def _notes() -> Iterator[Decision]:
    ended = Waiver("jberg", TODAY - timedelta(days=1), "pilot")
    yield seen(JONAS, wanted=person_rules(aliases={"adm-x": "x"}, waivers=(ended, Waiver("zorro", TODAY, "mask"))))
    yield decided([OFF, account("adm-jberg")], psa(HIS), person_rules(aliases={"adm-jberg": "jberg"}))
    yield seen(replace(JONAS, attributes={"start": ("May",)}), wanted=person_rules(start_attribute="start"))
    old = NOW - timedelta(days=200)
    yield decided([replace(JONAS, created_at=old), replace(ANNA, last_logon_at=old)], psa(HIS, HERS))


def _conflicts() -> Iterator[Decision]:
    yield decided([JONAS, OTHER])
    yield decided([JONAS, OTHER], psa(HIS))
    silent = replace(JONAS, mail="")
    yield decided([silent, TWIN])
    yield decided([silent, TWIN], psa(contact(101)))
    second = [replace(one, proxy_addresses=(f"{one.account}@old.example",)) for one in (JONAS, ANNA)]
    yield decided(second, psa(contact(101, "Desk", mail=("jberg@old.example", "adahl@old.example"))))
    yield decided([JONAS], psa(HIS, contact(103, "J. Berg", mail=MAIL)))
    sharing = [replace(one, mail=MAIL, first_name="Mia") for one in (ANNA, OTHER)]
    yield decided([*sharing, replace(JONAS, mail="x@harbor.example")], psa(HIS))
    yield decided([JONAS], psa(AT_ADDRESS), memory=linked(("zorro", 101)))
    yield decided([JONAS, ANNA], psa(HERS, elsewhere=(replace(HIS, company_id=413),)),
                  memory=linked(("jberg", 101), ("adahl", 102)))  # fmt: skip
    yield seen(JONAS, inactive(HIS), contact(103, "J. Berg", mail=MAIL))
    yield decided([JONAS], psa(CARRIED, replace(CARRIED, id=103)), rules(link=FIELD))
    yield decided([JONAS, ANNA], psa(HIS), rules(pairs={"jberg": 999}))
    yield decided([JONAS], psa(HIS), rules(pairs={"zorro": 101}))
    yield from (decided([MUTE], wanted=rules(split_display_name=split)) for split in (True, False))


def _links() -> Iterator[Decision]:
    yield seen(JONAS, replace(inactive(HIS), types=(Named(9, "VIP"),)))
    yield decided([JONAS], psa(HIS), memory=linked(("jberg", 999)))
    yield decided([JONAS], psa(HIS, replace(CARRIED, id=103)), rules(link=FIELD), KNOWN)
    yield decided([JONAS], psa(replace(HIS, link=guid("zorro"))), rules(link=FIELD), KNOWN)
    yield seen(JONAS, replace(HIS, link="member"), wanted=rules(link=FIELD))
    yield decided([ANNA], psa(HERS, replace(HIS, link=guid("zorro"))), rules(link=FIELD))


def _written() -> Iterator[Decision]:
    yield seen(replace(JONAS, first_name="x" * 31, title=LONG, mail=f"{LONG}@harbor.example", department="Moon"))
    moon = [replace(one, department="Moon") for one in (JONAS, ANNA)]
    yield decided(moon, psa(HIS, HERS))
    yield decided(moon, psa(HIS, HERS), rules(create_missing=("department",)))
    yield seen(JONAS, wanted=rules(relationship="Cousin"))
    yield seen(replace(JONAS, office="Moon"))
    yield seen(replace(JONAS, office="Moon"), wanted=rules(site_default="Pier"), sites=(Site(900, "Pier"),))
    twice = (Site(900, "Pier"), Site(901, "Pier"))
    yield seen(replace(JONAS, office="Pier"), sites=twice)
    yield seen(replace(JONAS, phone=Phone("1", "1", "1" * 20)))
    yield seen(replace(JONAS, mobile=phone("020 7946 0199")), communication_types=(EMAIL, DIRECT))
    yield seen(replace(JONAS, manager_dn=f"CN=Boss,{BASE}"), wanted=with_fields())
    yield seen(ANNA, wanted=rules(types=("Human",)))
    yield seen(replace(JONAS, title=""), wanted=rules(erase=("title",)))


def _leavers() -> Iterator[Decision]:
    yield from (decided([OFF], snapshot, memory=KNOWN) for snapshot in LEAVERS_PSA.values())
    yield decided([OFF], replace(LEAVERS_PSA["open"], contacts=(HIS,)), rules(open_items="hold"), KNOWN)
    yield decided([OFF], psa(HIS, work=OpenWork(usages={101: ("2 activities",)})), memory=KNOWN)
    yield decided([OFF, ANNA], psa(replace(HIS, default=True), HERS), rules(default_contact=102), KNOWN)
    yield from (decided([ANNA], psa(HIS, HERS), memory=linked(("jberg", 101), absent_reads=reads)) for reads in (0, 1))


def _readings() -> Iterator[Decision]:
    limits = replace(WIDE, drop_percent=ClientRules("", "").guard.drop_percent)
    last = Memory(KNOWN.links, reading=Reading(50, counting_rules(rules())))
    yield decided([JONAS], psa(HIS), rules(guard=limits), last)
    now = rules(*PROFILES, people={"exclude_accounts": ("x*",)})
    memory = replace(KNOWN, reading=Reading(1, counting_rules(rules(*PROFILES))))
    yield decided([JONAS], psa(HIS, agreements=(agreement(),), additions=(line(7),)), now, memory)


def _texts(found: Decision) -> Iterator[str]:
    plan = found.plan
    yield from (item.reason for item in plan.held)
    yield from (item.reason for item in plan.not_counted)
    yield from (item.reason for item in plan.changes)
    yield from (one.rule for billed in plan.billing for one in billed.people)
    yield from plan.warnings


@cache
def told() -> frozenset[str]:
    """Everything that the plans of the constructed cases say."""
    return frozenset(words for found in constructed() for words in _texts(found))


@pytest.mark.parametrize("phrase", sorted(phrases()))
def test_what_the_page_quotes_is_what_a_plan_says(phrase: str) -> None:
    """Word for word; in the plan of a constructed case, not only somewhere in the sources."""
    assert any(is_said(phrase, part) for words in told() for part in (words, protection(words)))


def protection(reason: str) -> str:
    """What is said of a leaver's contact, without why the leaver goes."""
    return reason.partition(" but the contact ")[2] or reason


def test_every_conflict_and_every_protection_is_on_the_page() -> None:
    """What a constructed case holds is quoted."""
    on_page = phrases()
    kinds = (HeldKind.CONFLICT, HeldKind.PROTECTED)
    reasons = {item.reason for found in constructed() for item in found.plan.held if item.kind in kinds}
    parts = [(one, protection(one)) for one in sorted(reasons)]
    missing = [both for both in parts if not any(is_said(phrase, part) for phrase in on_page for part in both)]
    assert len(reasons) > 18
    assert missing == []


def test_the_headings_of_held_items_are_those_of_the_report() -> None:
    """The page's heading about conflicts, and the name of what is protected."""
    assert f"### {HELD[HeldKind.CONFLICT]}\n" in text()
    assert f"`{HELD[HeldKind.PROTECTED]}`" in text()


def test_a_phrase_that_no_plan_says_is_found_out() -> None:
    """The comparison can fail: a word changed, a word missing, a word too many."""
    assert is_said("member of the excluded group GROUP", "member of the excluded group CN=A")
    for wrong in ("no member of the excluded group CN=A", "member of an excluded group CN=A", "member of the excluded"):
        assert not is_said("member of the excluded group GROUP", wrong)


# the examples


@pytest.mark.parametrize("block", blocks("toml"))
def test_each_example_of_the_config_loads(block: str, tmp_path: Path) -> None:
    """Below the client's company and directory."""
    with building(tmp_path) as build:
        assert build([person("Jonas Berg")], block, contacts=[]).plan().failures == {}


def test_the_examples_of_explain_are_what_the_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line by line in this order; the page leaves some out."""
    monkeypatch.setenv("COLUMNS", "100")
    jonas = person("Jonas Berg", title="Dental Hygienist", department="Hygiene", telephoneNumber="(217) 555-0142",
                   physicalDeliveryOfficeName="Pier 9")  # fmt: skip
    items = [{"type": "Email", "value": jonas.mail, "defaultFlag": True}, {"type": "Direct", "value": "217.555.0142"}]
    his = record(8123, "Jonas Berg", title="Hygienist", communicationItems=items)
    with building(tmp_path) as build:
        world = build([jonas], billing_profile("Managed user"), departments=[{"name": "Hygiene"}],
                      contacts=[his, record(8140, "Front Desk", "desk@harbor.example")],
                      sites=[{"id": 901, "name": "Pier 9", "company": {"id": 412}}],
                      additions=[billing_line(3301, "MS-USER", 1)])  # fmt: skip
        for example, who in zip(blocks(""), ("jberg", "8140"), strict=True):
            printed = iter([row.rstrip() for row in world.run("explain", "harbor", who).out.splitlines()])
            assert [row for row in example.splitlines() if row not in ("", "…") and row not in printed] == []
