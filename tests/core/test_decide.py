"""The whole decision: completeness, order, the plan's identity, text nobody expects, and time."""

import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.core.model import Company
from connector.core.plan import Change, Kind, Plan, Target
from connector.core.planjson import document, dumps, loads
from tests.core.build import NOW, account, agreement, contact, inactive, line, linked, planned, profile, psa, rules


def busy(people: int = 40) -> Plan:
    """A plan with every kind of contact change and a quantity."""
    accounts = [account(f"user{at}", mail=f"u{at}@x.example", enabled=at % 5 > 0) for at in range(people)]
    contacts = [contact(at, f"User{at} Old", mail=f"u{at}@x.example") for at in range(0, people, 2)]
    contacts[1] = inactive(contacts[1])
    return planned(accounts, psa(*contacts, agreements=(agreement(),), additions=(line(3),)), rules(profile()))


def test_s45_half_a_reading_changes_nothing() -> None:
    """Nobody is inactivated, no absence is counted, no quantity moves, nothing is created."""
    snapshot = psa(contact(8123), agreements=(agreement(),), additions=(line(7),))
    memory = linked(("jberg", 8123), absent_reads=5)
    plan = planned([account("adahl")], snapshot, rules(profile()), memory, complete=False)
    assert plan.changes == () and plan.absent == {} and plan.monthly_change == 0
    assert plan.tripped
    assert "was not read completely: the server hung up" in plan.held[0].reason


def test_people_come_before_lines_and_leavers_after_joiners() -> None:
    """The order in which changes are made."""
    kinds = [change.kind for change in busy().changes]
    assert kinds == sorted(kinds, key=list(Kind).index)
    assert set(kinds) == {Kind.CREATE, Kind.UPDATE, Kind.REACTIVATE, Kind.INACTIVATE, Kind.SET}


def test_every_account_is_counted_or_listed_with_a_reason() -> None:
    """Nobody is passed over in silence."""
    plan = busy()
    counted = {one.guid for found in plan.billing for one in found.people}
    listed = {one.guid for one in plan.not_counted}
    assert len(counted) + len(listed) == plan.accounts and not counted & listed
    assert all(one.reason and one.rule for one in plan.not_counted)


def test_the_digest_is_about_the_meaning() -> None:
    """Another moment or source is the same plan, another value is not."""
    plan = busy()
    assert replace(plan, made_at=NOW + timedelta(days=1), source="dc2").digest == plan.digest
    changed = replace(plan.changes[0], after={**plan.changes[0].after, "title": "x"})
    assert replace(plan, changes=(changed, *plan.changes[1:])).digest != plan.digest
    assert replace(plan, held=()).digest == plan.digest
    assert replace(plan, company_id=1).digest != plan.digest


def test_a_change_keeps_its_id_while_its_values_move() -> None:
    """So that a saved plan can be compared item by item."""
    one = Change(Kind.SET, Target(None, 77, 3301), {"quantity": "1"}, {"quantity": "2"}, "", label="A")
    assert replace(one, after={"quantity": "3"}).id == one.id
    assert replace(one, after={"quantity": "3"}).meaning != one.meaning
    assert len({change.id for change in busy().changes}) == len(busy().changes)


def test_a_deleted_company_without_a_status_is_said_to_be_deleted() -> None:
    """The reason is never empty."""
    plan = planned([], psa(company=Company(412, "X", inactive=True)))
    assert "(status deleted)" in plan.held[0].reason


@pytest.mark.parametrize(
    "name", ["\ud800", "Jo\x00nas\x1b[2J", "\udfff\ud800", "\u202eevil", "İı", "x" * 9999, "🧑‍🚀", "\r\n"]
)
def test_hostile_text_breaks_neither_the_decision_nor_the_plan_file(name: str) -> None:
    """Lone surrogates, control characters, joiners: decided, digested, written and read again."""
    one = account("jberg", first_name=name, last_name=name, title=name, office=name, department=name, display_name=name)
    stands = contact(8123, f"{name} {name}", mail=name, title=name)
    plan = planned(
        [replace(one, account=name), account("adahl", last_name=name)], psa(stands), memory=linked(("jberg", 8123))
    )
    text = dumps(document([plan]))
    assert loads(text.encode().decode())[0].digest == plan.digest
    written = [value for change in plan.changes for value in change.after.values()]
    assert json.dumps(written, ensure_ascii=False).encode()
    assert not any(char < " " for value in written for char in str(value))


def test_ten_thousand_accounts_are_decided_in_seconds() -> None:
    """About linear: twice the people take about twice the time, also when all share an address or a name."""

    def seconds(people: int) -> float:
        accounts = [
            account(f"u{at}", first_name="Kiosk" if at % 2 else f"U{at}", mail="all@x.example" if at % 3 == 0 else "")
            for at in range(people)
        ]
        contacts = [
            contact(at, "Kiosk Lund" if at % 4 == 0 else f"U{at} Lund", mail="all@x.example") for at in range(people)
        ]
        snapshot = psa(*contacts, agreements=(agreement(),), additions=(line(3),))
        begin = time.process_time()
        planned(accounts, snapshot, rules(profile()), linked(*((f"u{at}", at) for at in range(0, people, 5))))
        return time.process_time() - begin

    seconds(100)
    assert seconds(2000) < 8 * seconds(500) + 0.2
