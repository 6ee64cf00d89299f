"""The journal of a run, and what is remembered of a client: links, absent reads, quantities."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.core.model import LineWrite, Link
from connector.core.plan import Plan
from connector.state.store import Store
from tests.state.conftest import NOW, Open, plan, states


def test_a_kept_plan_is_journalled_as_planned_and_comes_back_whole(store: Store) -> None:
    """The plan that is read back is the plan that was kept, and every change of it waits in the journal."""
    run = store.open_run("harbor", "manual", NOW)
    store.keep_plan(run, plan())
    kept = store.run(run.id)
    assert kept is not None
    assert kept.plan == plan()
    assert [(entry.seq, entry.change, entry.state) for entry in store.entries(run.id)] == [
        (0, plan().changes[0], "planned"),
        (1, plan().changes[1], "planned"),
    ]


def test_a_change_goes_from_planned_to_sending_to_done_alone(store: Store) -> None:
    """Marking moves one change, with its time and its words; the others stay."""
    run = store.open_run("harbor", "manual", NOW)
    store.keep_plan(run, plan())
    store.mark(run, 1, "sending", NOW)
    assert states(store, run.id) == ["planned", "sending"]
    store.mark(run, 1, "done", NOW + timedelta(seconds=2), "line 3301")
    entry = store.entries(run.id)[1]
    assert (entry.state, entry.at, entry.answer) == ("done", NOW + timedelta(seconds=2), "line 3301")
    assert states(store, run.id) == ["planned", "done"]


def test_a_run_that_is_closed_while_sending_leaves_the_change_in_doubt(store: Store) -> None:
    """Nothing stays ``sending`` in a run that has ended."""
    run = store.open_run("harbor", "manual", NOW)
    store.keep_plan(run, plan())
    store.mark(run, 0, "sending", NOW)
    store.close_run(run, "failed", "the connector itself failed", NOW)
    assert states(store, run.id) == ["doubt", "planned"]


def test_a_plan_without_changes_has_an_empty_journal(store: Store) -> None:
    """Nothing to do is kept as well."""
    run = store.open_run("harbor", "manual", NOW)
    store.keep_plan(run, Plan("harbor", 412, "HarborDental", NOW, True, 1, 1))
    assert store.entries(run.id) == []
    assert store.entries("unknown") == []


def test_a_client_without_a_past_has_an_empty_memory(store: Store) -> None:
    """No links, no quantities."""
    memory = store.memory("harbor")
    assert (memory.links, memory.line_writes) == ({}, {})


def test_links_are_kept_for_each_client_by_itself(store: Store) -> None:
    """The same account and the same contact may be linked in two clients."""
    link = Link("g-1", 101, "aadler", "Anna Adler")
    store.remember_links("harbor", [link], NOW)
    store.remember_links("lindqvist", [Link("g-1", 101, "other", "Other")], NOW)
    assert store.memory("harbor").links == {"g-1": link}
    assert store.memory("lindqvist").links["g-1"].account == "other"


def test_an_account_with_a_new_contact_replaces_its_old_link(store: Store) -> None:
    """One account, one contact: the later one."""
    store.remember_links("harbor", [Link("g-1", 101)], NOW)
    store.remember_links("harbor", [Link("g-1", 102)], NOW)
    assert store.memory("harbor").links == {"g-1": Link("g-1", 102)}


def test_a_contact_with_a_new_account_replaces_its_old_link(store: Store) -> None:
    """One contact, one account: the later one."""
    store.remember_links("harbor", [Link("g-1", 101), Link("g-2", 102)], NOW)
    store.remember_links("harbor", [Link("g-3", 101)], NOW)
    assert store.memory("harbor").links == {"g-2": Link("g-2", 102), "g-3": Link("g-3", 101)}


def test_two_accounts_that_swap_contacts_are_both_kept(store: Store) -> None:
    """Replacing one link never loses another one of the same reading."""
    store.remember_links("harbor", [Link("g-1", 101), Link("g-2", 102)], NOW)
    store.remember_links("harbor", [Link("g-1", 102), Link("g-2", 101)], NOW)
    assert {guid: link.contact_id for guid, link in store.memory("harbor").links.items()} == {"g-1": 102, "g-2": 101}


def test_of_two_accounts_that_claim_one_contact_in_one_reading_the_later_is_kept(store: Store) -> None:
    """A doubled claim is no error of the database."""
    store.remember_links("harbor", [Link("g-1", 101), Link("g-2", 101)], NOW)
    assert list(store.memory("harbor").links) == ["g-2"]


def test_absent_reads_are_counted_per_link_and_end_when_the_account_is_seen(store: Store) -> None:
    """Counters change the links they name, no others; a link remembered again starts at zero."""
    store.remember_links("harbor", [Link("g-1", 101), Link("g-2", 102)], NOW)
    store.remember_absent("harbor", {"g-1": 1, "unknown": 4})
    store.remember_absent("lindqvist", {"g-2": 9})
    assert {guid: link.absent_reads for guid, link in store.memory("harbor").links.items()} == {"g-1": 1, "g-2": 0}
    store.remember_links("harbor", [Link("g-1", 101)], NOW)
    assert store.memory("harbor").links["g-1"].absent_reads == 0


def test_the_last_quantity_of_a_line_replaces_the_one_before(store: Store) -> None:
    """Per client and line there is one quantity, exact to the last digit, with its time."""
    store.remember_line("harbor", 3301, Decimal("36.10"), NOW)
    store.remember_line("harbor", 3301, Decimal("37.25"), NOW + timedelta(days=1))
    store.remember_line("lindqvist", 3301, Decimal(5), NOW)
    assert store.memory("harbor").line_writes == {3301: LineWrite(3301, Decimal("37.25"), NOW + timedelta(days=1))}


def test_a_quantity_on_its_way_is_kept_until_it_is_settled(store: Store) -> None:
    """Between sending and knowing, both the old quantity and the one that was sent may be ours."""
    store.sending_line("harbor", 3301, Decimal(37))
    assert store.memory("harbor").line_writes == {}
    store.remember_line("harbor", 3301, Decimal(36), NOW)
    store.sending_line("harbor", 3301, Decimal(37))
    assert store.memory("harbor").line_writes[3301] == LineWrite(3301, Decimal(36), NOW, Decimal(37))
    store.remember_line("harbor", 3301, Decimal(37), NOW)
    assert store.memory("harbor").line_writes[3301] == LineWrite(3301, Decimal(37), NOW)


def test_memory_outlives_the_process(store: Store, stores: Open) -> None:
    """What is committed is there for whoever opens the database next."""
    store.remember_links("harbor", [Link("g-1", 101)], NOW)
    store.close()
    assert list(stores().memory("harbor").links) == ["g-1"]


@pytest.mark.parametrize("broken", ["no\0 answer", "no\ud800 answer", "nö\0\udfff"])
def test_texts_that_no_database_holds_are_kept_without_those_signs(store: Store, broken: str) -> None:
    """The words of a broken server do not stop the journal, nor a broken name the memory."""
    run = store.open_run("harbor", "manual", NOW)
    store.keep_plan(run, plan())
    store.mark(run, 0, "failed", NOW, broken)
    store.close_run(run, "failed", broken, NOW)
    store.remember_links("harbor", [Link("g-1", 101, broken, broken)], NOW)
    kept = broken.replace("\0", "").encode("utf-8", "replace").decode()
    (closed,) = store.runs()
    assert (store.entries(run.id)[0].answer, closed.message) == (kept, kept)
    assert store.memory("harbor").links["g-1"] == Link("g-1", 101, kept, kept)
