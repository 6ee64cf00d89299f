"""Several workers at once on one database: nothing fails because of another one, and nothing is half of each."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.core.history import Stay, Tally
from connector.core.model import Link, Reading
from connector.errors import Busy, StateError
from connector.state import engines
from connector.state.database import Database
from connector.state.store import Store
from connector.state.worker import LEASE
from tests.real.postgres import Postgres
from tests.state.conftest import NOW, Open, plan

TURNS, WORKERS = 12, 4
D = Decimal


def reading(store: Store, turn: int, worker: int) -> None:
    """A last good reading, and who is away."""
    away = {f"g-{number}": NOW.date() for number in range(worker + 1)}
    store.remember_reading("harbor", Reading(worker, {"turn": str(turn)}), away, NOW)


def linking(store: Store, turn: int, worker: int) -> None:
    """Links that take each other's contacts."""
    found = [Link(f"g-{number}", 100 + (number + worker) % WORKERS, f"w{worker}") for number in range(WORKERS)]
    store.remember_links("harbor", found, NOW)


def counting(store: Store, turn: int, worker: int) -> None:
    """Counts of one moment, and stays that begin and end."""
    at = NOW + timedelta(days=turn)
    tally = Tally("User", at, at.date(), worker, D(worker), D(worker), 77, 3301, D(4), None, None)
    stays = [Stay("User", f"g-{number}", "N", "n", D(1), at.date()) for number in range(worker, worker + 3)]
    store.remember_counts("harbor", [tally], stays)


def quantities(store: Store, turn: int, worker: int) -> None:
    """The quantity of one line."""
    store.remember_line("harbor", 3301, D(worker), NOW)
    store.sending_line("harbor", 3301, D(worker))


@pytest.mark.parametrize("what", [reading, linking, counting, quantities])
def test_what_several_workers_remember_at_once_is_the_word_of_one_of_them(
    stores: Open, what: Callable[[Store, int, int], None]
) -> None:
    """One that was frozen and wakes up beside its successor disturbs nothing: what one says is kept whole."""
    opened, barrier = [stores(f"place {number}#1#aaaaaaaa") for number in range(WORKERS)], threading.Barrier(WORKERS)

    def work(worker: int) -> None:
        for turn in range(TURNS):
            barrier.wait(30)
            what(opened[worker], turn, worker)

    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(work, range(WORKERS)))
    memory = opened[0].memory("harbor")
    if what is reading:
        assert memory.reading is not None
        assert len(memory.away) == memory.reading.people + 1
    if what is linking:
        assert len({link.account for link in memory.links.values()}) == 1
        assert len(memory.links) == WORKERS
    if what is counting:
        days = [tally.day for tally in memory.history.tallies]
        assert days == [NOW.date() + timedelta(days=turn) for turn in range(TURNS)]
        running = [stay.guid for stay in memory.history.stays if stay.until is None]
        assert len(running) == len(set(running)) == 3
    if what is quantities:
        assert list(memory.line_writes) == [3301]


def test_of_workers_that_take_a_dead_ones_run_over_at_once_exactly_one_does(stores: Open) -> None:
    """Its run is ended once, its change in doubt, and one new run is open; the others are told that they are late."""
    dead = stores("another machine#1#dddddddd")
    run = dead.open_run("harbor", "manual", NOW)
    dead.keep_plan(run, plan())
    dead.mark(run, 0, "sending", NOW)
    takers, barrier = [stores(f"place {number}#1#aaaaaaaa") for number in range(WORKERS)], threading.Barrier(WORKERS)

    def take(store: Store) -> str:
        barrier.wait(30)
        try:
            return store.open_run("harbor", "take over", NOW + LEASE).id
        except Busy:
            return "busy"

    with ThreadPoolExecutor(WORKERS) as threads:
        outcomes = list(threads.map(take, takers))
    (won,) = set(outcomes) - {"busy"}
    assert [one.id for one in dead.runs() if not one.outcome] == [won]
    assert [entry.state for entry in dead.entries(run.id)] == ["doubt", "planned"]
    assert len(dead.runs()) == 2


def test_a_worker_that_beats_at_the_moment_of_a_take_over_loses_or_keeps_its_run_whole(stores: Open) -> None:
    """Whoever comes first: either it goes on and the other one is told to wait, or it is told that it has lost."""
    old, new = stores("another machine#1#aaaaaaaa"), stores("a third machine#1#bbbbbbbb")
    for turn in range(TURNS):
        client, barrier = f"client{turn}", threading.Barrier(2)
        run = old.open_run(client, "manual", NOW)

        def beat(run: Any = run, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait(30)
            try:
                old.beat(run, NOW + LEASE)
            except Busy:
                return False
            return True

        def take(client: str = client, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait(30)
            try:
                new.open_run(client, "manual", NOW + LEASE)
            except Busy:
                return False
            return True

        with ThreadPoolExecutor(2) as threads:
            kept, taken = threads.submit(beat), threads.submit(take)
            assert kept.result() is not taken.result()


@pytest.mark.real
def test_writers_about_other_clients_do_not_wait(postgres_url: str) -> None:
    """On PostgreSQL the queue is each client's own: a worker that stands still holds up its client only."""
    frozen, store = Database(postgres_url), Store(postgres_url)
    with frozen.writing("harbor"):
        begun = time.monotonic()
        assert store.open_run("lindqvist", "manual", NOW).client == "lindqvist"
        assert time.monotonic() - begun < engines.WAIT / 2
    store.close()
    frozen.close()


@pytest.mark.real
def test_a_worker_that_stands_still_in_a_transaction_frees_its_client(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL undoes what it had begun, the one that waits goes on, and it is told when it wakes up."""
    monkeypatch.setattr(engines, "STILL", 0.5)
    store, frozen = Store(postgres_url), Database(postgres_url)
    run = store.open_run("harbor", "manual", NOW)
    told = pytest.raises(StateError, match=r"idle-in-transaction timeout|closed the connection")
    with told as caught, frozen.writing("harbor") as connection:
        connection.exec_driver_sql("UPDATE runs SET message = 'half'")
        store.beat(run, NOW)
        assert store.runs()[0].message == ""
    assert "was undone" in caught.value.hint or "server runs" in caught.value.hint
    store.close()
    frozen.close()


@pytest.mark.real
@pytest.mark.parametrize("how", ["connections dropped", "server restarted"])
def test_a_connection_that_is_dropped_between_transactions_is_replaced(
    postgres: Postgres, postgres_url: str, how: str
) -> None:
    """A server that was restarted, or a network that forgets who is silent, does not fail the next write."""
    store = Store(postgres_url)
    run = store.open_run("harbor", "manual", NOW)
    if how == "connections dropped":
        assert postgres.drop_connections(postgres_url.rpartition("/")[2]) >= 1
    else:
        postgres.stop()
        postgres.start()
    store.keep_plan(run, plan())
    store.mark(run, 0, "sending", NOW)
    assert [entry.state for entry in store.entries(run.id)] == ["sending", "planned"]
    store.close()


@pytest.mark.real
def test_a_connection_that_is_dropped_within_a_transaction_undoes_it(postgres: Postgres, postgres_url: str) -> None:
    """Nothing of it is kept and the trouble is told; the next transaction has a new connection."""
    database, store = Database(postgres_url), Store(postgres_url)
    store.remember_links("harbor", [Link("g-1", 101)], NOW)
    told = pytest.raises(StateError, match=r"terminating connection|closed the connection")
    with told as caught, database.writing("harbor") as connection:
        connection.exec_driver_sql("DELETE FROM links")
        postgres.drop_connections(postgres_url.rpartition("/")[2])
        connection.exec_driver_sql("DELETE FROM links")
    assert "Check that the PostgreSQL server runs" in caught.value.hint
    assert list(store.memory("harbor").links) == ["g-1"]
    with database.writing("harbor") as connection:
        assert connection.exec_driver_sql("DELETE FROM links").rowcount == 1
    database.close()
    store.close()


def test_a_day_of_two_years_of_counts_is_read_in_time_order(store: Store) -> None:
    """Texts of times sort by bytes on both kinds, whatever the language of the server."""
    moments = [NOW + timedelta(days=7 * week, microseconds=week) for week in range(20)]
    for at in moments:
        tally = Tally("User", at, date(2026, 5, 10), 1, D(at.day), D(1), 77, 3301, None, None, None)
        store.remember_counts("harbor", [tally], [])
    assert [tally.at for tally in store.history("harbor").tallies] == moments
