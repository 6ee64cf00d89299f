"""Runs: opened once per client, closed with a sentence, taken over when their worker is gone, fenced afterwards."""

import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from connector.errors import Busy
from connector.state.store import OpenRun, Store
from connector.state.worker import LEASE, this_worker
from tests.state.conftest import ELSEWHERE, NOW, Open, plan, states
from tests.state.raw import holding

RACE = """
import sys
from datetime import UTC, datetime
from connector.errors import Busy
from connector.state.store import Store
store = Store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
    store.open_run("harbor", "race", datetime.now(UTC))
    print("won", flush=True)
except Busy as error:
    print("busy", error, flush=True)
sys.stdin.readline()
"""


def gone() -> str:
    """The name of a worker of this place whose process has ended."""
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return f"{this_worker().split('#')[0]}#{int(done.stdout)}#bbbbbbbb"


def test_a_run_is_open_until_it_is_closed_with_an_outcome(store: Store) -> None:
    """A run shows who asked for it and since when; closing adds its end, its outcome and a sentence."""
    run = store.open_run("harbor", "manual", NOW)
    shown = store.run(run.id)
    assert shown is not None
    assert (shown.client, shown.trigger, shown.opened_at, shown.closed_at, shown.outcome) == (
        "harbor", "manual", NOW, None, "",
    )  # fmt: skip
    store.close_run(run, "applied", "all well", NOW + timedelta(minutes=1))
    closed = store.run(run.id)
    assert closed is not None
    assert (closed.closed_at, closed.outcome, closed.message) == (NOW + timedelta(minutes=1), "applied", "all well")


def test_runs_are_listed_newest_first_and_for_one_client(store: Store) -> None:
    """The list is by start, limited, and can be of one client."""
    opened = []
    for minute, client in enumerate(("harbor", "lindqvist", "harbor")):
        run = store.open_run(client, "manual", NOW + timedelta(minutes=minute))
        store.close_run(run, "nothing", "", NOW + timedelta(minutes=minute))
        opened.append(run.id)
    assert [run.id for run in store.runs()] == opened[::-1]
    assert [run.id for run in store.runs("harbor")] == [opened[2], opened[0]]
    assert [run.id for run in store.runs(limit=1)] == [opened[2]]


def test_runs_within_one_second_are_listed_in_their_order(store: Store) -> None:
    """Times sort as they follow each other, with and without a fraction of a second."""
    opened = []
    for micro in (0, 1, 500_000, 999_999):
        run = store.open_run("harbor", "manual", NOW + timedelta(microseconds=micro))
        store.close_run(run, "nothing", "", NOW)
        opened.append(run.id)
    assert [run.id for run in store.runs()] == opened[::-1]


def test_a_run_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    """An unambiguous beginning is enough, in capitals too; an unknown, an empty or an ambiguous one finds nothing."""
    ids = [store.open_run(f"client{number}", "manual", NOW).id for number in range(40)]
    for beginning in (ids[0][:8], ids[0][:8].upper()):
        found = store.run(beginning)
        assert found is not None
        assert found.id == ids[0]
    shared = next(first for first in "0123456789abcdef" if sum(one.startswith(first) for one in ids) > 1)
    assert [store.run(beginning) for beginning in (shared, "", "nope", "%", "_")] == [None] * 5


def test_a_client_has_one_open_run(store: Store, stores: Open) -> None:
    """A second run is refused with the first one's id and start; another client's is not."""
    run = store.open_run("harbor", "manual", NOW)
    with pytest.raises(Busy, match=rf"harbor: another run \({run.id}\) is under way since 2026-05-10 08:00:00 UTC"):
        store.open_run("harbor", "manual", NOW)
    with pytest.raises(Busy):
        stores(ELSEWHERE).open_run("harbor", "manual", NOW)
    assert store.open_run("lindqvist", "manual", NOW).client == "lindqvist"


def test_the_next_run_opens_when_the_last_one_is_closed(store: Store) -> None:
    """Closing frees the client."""
    first = store.open_run("harbor", "manual", NOW)
    store.close_run(first, "nothing", "", NOW)
    assert store.open_run("harbor", "manual", NOW).id != first.id


def test_of_threads_that_race_for_a_client_exactly_one_wins(store: Store) -> None:
    """Eight threads ask at once: one run, seven times Busy."""
    barrier, outcomes = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        try:
            outcomes.append(store.open_run("harbor", "race", NOW).id)
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=len)[:7] == ["busy"] * 7
    assert len(store.runs()) == 1


def test_of_processes_that_race_for_a_client_and_a_new_database_exactly_one_wins(url: str) -> None:
    """Three processes make the same new database at once and ask at once: one run, two told that they are too late."""
    command = [sys.executable, "-c", RACE, url]
    racers = [subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) for _ in range(3)]
    try:
        ready = [racer.stdout.readline() for racer in racers if racer.stdout]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [racer.stdout.readline().split(" ")[0].strip() for racer in racers if racer.stdout]
    finally:
        errors = [racer.communicate("end\n", timeout=60)[1] for racer in racers]
    assert (ready, errors) == (["ready\n"] * 3, [""] * 3)
    assert sorted(said) == ["busy", "busy", "won"]


def test_a_dead_worker_of_this_place_is_replaced_at_once(store: Store, stores: Open) -> None:
    """Its run ends as failed, what it was sending is in doubt, what was done stays done, and a new run is open."""
    dead = stores(gone())
    run = dead.open_run("harbor", "manual", NOW)
    dead.keep_plan(run, plan())
    dead.mark(run, 0, "done", NOW)
    dead.mark(run, 1, "sending", NOW)
    taken = store.open_run("harbor", "manual", NOW + timedelta(seconds=1))
    old = store.run(run.id)
    assert old is not None
    assert (old.outcome, old.closed_at) == ("failed", NOW + timedelta(seconds=1))
    assert "stopped half way" in old.message
    assert states(store, run.id) == ["done", "doubt"]
    assert [one.id for one in store.runs() if not one.outcome] == [taken.id]


def test_a_restarted_container_with_the_same_process_number_is_another_worker(store: Store, stores: Open) -> None:
    """Process 1 of a container is process 1 again after a restart: the old run is taken over at once."""
    place = this_worker().split("#")[0]
    stores(f"{place}#{os.getpid()}#cccccccc").open_run("harbor", "manual", NOW)
    assert store.open_run("harbor", "manual", NOW).client == "harbor"


def test_a_living_process_of_this_place_keeps_its_run(store: Store, stores: Open) -> None:
    """As long as its process is there and beats, nobody takes over."""
    alive = f"{this_worker().split('#')[0]}#{os.getppid()}#dddddddd"
    stores(alive).open_run("harbor", "manual", NOW)
    with pytest.raises(Busy, match="is under way"):
        store.open_run("harbor", "manual", NOW + LEASE - timedelta(microseconds=1))


def test_a_worker_elsewhere_is_replaced_only_when_its_lease_is_over(store: Store, stores: Open) -> None:
    """Up to the last moment of the lease Busy, from its end on the run is taken over."""
    stores(ELSEWHERE).open_run("harbor", "manual", NOW)
    with pytest.raises(Busy):
        store.open_run("harbor", "manual", NOW + LEASE - timedelta(microseconds=1))
    assert store.open_run("harbor", "manual", NOW + LEASE).client == "harbor"


@pytest.mark.parametrize("sign", ["beat", "keep_plan", "mark"])
def test_every_sign_of_life_renews_the_lease(store: Store, stores: Open, sign: str) -> None:
    """Beating, keeping the plan and marking a change all count as a sign of life."""
    other, later = stores(ELSEWHERE), NOW + timedelta(seconds=60)
    run = other.open_run("harbor", "manual", NOW - timedelta(seconds=60))
    if sign == "beat":
        other.beat(run, NOW)
    elif sign == "keep_plan":
        other.keep_plan(run, plan())
    else:
        other.mark(run, 0, "sending", NOW)
    with pytest.raises(Busy):
        store.open_run("harbor", "manual", later)


def test_where_the_place_is_unknown_only_silence_tells(stores: Open) -> None:
    """Without a boot and a process space to compare, a process number means nothing."""
    stores("#999999#aaaaaaaa").open_run("harbor", "manual", NOW)
    with pytest.raises(Busy):
        stores("#1#bbbbbbbb").open_run("harbor", "manual", NOW)


@pytest.mark.parametrize("step", ["beat", "keep_plan", "mark", "close_run"])
def test_a_worker_whose_run_was_taken_over_can_write_nothing_more(store: Store, stores: Open, step: str) -> None:
    """Each way to write to the run is refused with Busy, and nothing of it is kept."""
    frozen = stores(ELSEWHERE)
    run = frozen.open_run("harbor", "manual", NOW)
    store.open_run("harbor", "manual", NOW + LEASE)
    steps = {
        "beat": lambda: frozen.beat(run, NOW + LEASE),
        "keep_plan": lambda: frozen.keep_plan(run, plan()),
        "mark": lambda: frozen.mark(run, 0, "sending", NOW + LEASE),
        "close_run": lambda: frozen.close_run(run, "applied", "", NOW + LEASE),
    }
    with pytest.raises(Busy, match=f"run {run.id} was taken over by another worker"):
        steps[step]()
    old = store.run(run.id)
    assert old is not None
    assert (old.outcome, old.plan, store.entries(run.id)) == ("failed", None, [])


def test_another_worker_cannot_write_to_a_run_it_does_not_hold(store: Store, stores: Open) -> None:
    """Knowing the id of a run is not holding it; a closed run is nobody's."""
    run = store.open_run("harbor", "manual", NOW)
    with pytest.raises(Busy):
        stores(ELSEWHERE).mark(OpenRun(run.id, "harbor"), 0, "done", NOW)
    store.close_run(run, "nothing", "", NOW)
    with pytest.raises(Busy):
        store.mark(run, 0, "done", NOW)


def test_listing_runs_does_not_wait_for_a_writer(url: str, store: Store, stores: Open) -> None:
    """While somebody else's writing is under way, opening the database and every reading answer at once."""
    store.open_run("harbor", "manual", NOW)
    seen: list[object] = []

    def read() -> None:
        second = stores()
        (run,) = second.runs()
        seen.extend([run.message, second.run(run.id), second.entries(run.id), second.memory("harbor")])

    with holding(url):
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        reader.join(10)
        assert not reader.is_alive()
    assert seen[0] == ""
