"""The journal as a list of lines: in order, page by page, each with its change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from connector.state import journal
from connector.state.store import Store
from tests.state.conftest import NOW, plan
from tests.state.raw import raw

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines a page, so that a run's lines are on several."""
    monkeypatch.setattr(journal, "PAGE", 3)


def ran(store: Store, client: str, days: int = 0) -> str:
    """One run of two changes, of which the first was done; its id."""
    at = NOW + days * DAY
    run = store.open_run(client, "manual", at)
    store.keep_plan(run, plan(client))
    store.mark(run, 0, "sending", at + DAY / 2, request="r-1")
    store.mark(run, 0, "done", at + DAY / 2, "contact 101", record=101)
    store.close_run(run, "applied", "", at + DAY / 2)
    return run.id


def test_the_lines_come_in_the_order_in_which_they_were_written(store: Store) -> None:
    """Each with its run, its change, and what the PSA was asked and said."""
    run = ran(store, "harbor")
    lines = list(store.steps())
    assert [(one.seq, one.state, one.request, one.record, one.answer) for one in lines] == [
        (0, "planned", "", None, ""), (1, "planned", "", None, ""),
        (0, "sending", "r-1", None, ""), (0, "done", "", 101, "contact 101"),
    ]  # fmt: skip
    changes = plan().changes
    assert [one.change for one in lines] == [changes[one.seq] for one in lines]
    assert [one.change_id for one in lines] == [changes[one.seq].id for one in lines]
    assert {(one.run, one.client, one.worker) for one in lines} == {(run, "harbor", store.worker)}


def test_the_lines_of_one_client_one_run_or_from_a_time_on(store: Store) -> None:
    """Every line knows its change, also where the line that planned it is not among them."""
    first, second, other = ran(store, "harbor"), ran(store, "harbor", 1), ran(store, "lindqvist", 2)
    assert [one.run for one in store.steps()] == [first] * 4 + [second] * 4 + [other] * 4
    assert [one.run for one in store.steps("harbor")] == [first] * 4 + [second] * 4
    assert [one.run for one in store.steps(run=second)] == [second] * 4
    late = list(store.steps("harbor", since=NOW + DAY + DAY / 2))
    assert [(one.run, one.state) for one in late] == [(second, "sending"), (second, "done")]
    assert [one.change for one in late] == [plan().changes[0]] * 2


def test_a_line_that_is_written_while_the_list_is_read_waits_for_nobody(store: Store) -> None:
    """Between two pages no transaction is open; what is new comes at the end."""
    ran(store, "harbor")
    lines: Iterator[journal.Step] = store.steps()
    seen = [next(lines)]
    ran(store, "lindqvist")
    seen += lines
    assert [one.client for one in seen] == ["harbor"] * 4 + ["lindqvist"] * 4


def test_lines_of_an_older_version_without_their_change(tmp_path: Path) -> None:
    """They are told with the change's id."""
    store = Store(f"sqlite:///{tmp_path}/state.db")
    run = store.open_run("harbor", "manual", NOW)
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        columns = "insert into journal (run, seq, change, state, at) values (?, 0, 'c-1', 'done', ?)"
        connection.execute(columns, (run.id, NOW.isoformat()))
    (line,) = store.steps()
    store.close()
    assert (line.change_id, line.change, line.worker) == ("c-1", None, "")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal SET state = 'planned'", "DELETE FROM journal", "UPDATE journal SET at = at WHERE id = 1"],
)
def test_the_database_itself_refuses_to_change_a_line(url: str, store: Store, statement: str) -> None:
    """Whoever asks, on both kinds; the lines stay as they were written."""
    ran(store, "harbor")
    before = list(store.steps())
    with pytest.raises(sa.exc.DBAPIError, match="the journal is append-only"), raw(url) as connection:
        connection.exec_driver_sql(statement)
    assert list(store.steps()) == before


def test_the_file_refuses_to_replace_a_line(tmp_path: Path) -> None:
    """SQLite can put one row in another's place, which is neither an update nor a deletion to it."""
    store = Store(f"sqlite:///{tmp_path}/state.db")
    ran(store, "harbor")
    before = list(store.steps())
    replaced = "INSERT OR REPLACE INTO journal (id, run, seq, change, state, at) VALUES (1, 'r', 0, 'c', 'done', '')"
    refused = pytest.raises(sqlite3.IntegrityError, match="the journal is append-only")
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection, refused:
        connection.execute(replaced)
    assert list(store.steps()) == before
    store.close()
