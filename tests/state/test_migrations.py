"""From every earlier version to this one, on both kinds. ``versions/N.sql`` is what step N did when it was released,
and a row in each of its tables; it is never changed again, so that it cannot drift with the code."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from connector.errors import StateError
from connector.state import schema
from connector.state.store import Store
from tests.state.conftest import NOW
from tests.state.raw import raw, rows, shape

FROZEN = {int(path.stem): path for path in (Path(__file__).parent / "versions").glob("*.sql")}
NUMBERS = {"sqlite": "INTEGER NOT NULL PRIMARY KEY", "postgresql": "SERIAL PRIMARY KEY"}


def make_version(url: str, number: int) -> None:
    """A database as the connector left it that knew this many steps."""
    with raw(url) as connection:
        kind = connection.dialect.name
        connection.exec_driver_sql(f"CREATE TABLE schema_version (version {NUMBERS[kind]})")
        for step in range(1, number + 1):
            for statement in FROZEN[step].read_text(encoding="utf-8").split(";\n"):
                if statement.strip() and statement.startswith("/*") <= statement.startswith(f"/* {kind} */"):
                    connection.exec_driver_sql(statement.replace("{number}", NUMBERS[kind]))
            connection.execute(schema.version.insert().values(version=step))


def stands(url: str) -> list[int]:
    """The steps that the database has had."""
    return [row["version"] for row in rows(url)["schema_version"]]


def older(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Of a row of today the columns that it had before and that there still are."""
    return {name: after[name] for name in before if name in after}


def test_every_step_is_frozen() -> None:
    """A new step brings its file; there are as many files as steps."""
    assert sorted(FROZEN) == list(range(1, len(schema.MIGRATIONS) + 1))


@pytest.mark.parametrize("number", sorted(FROZEN))
def test_rows_of_an_earlier_version_survive(url: str, number: int) -> None:
    """Every row of every table is there with the values it had, nothing is made up, and the steps are counted."""
    make_version(url, number)
    before = rows(url)
    assert all(before.values())
    Store(url).close()
    after = rows(url)
    assert stands(url) == list(range(1, len(schema.MIGRATIONS) + 1))
    for table, kept in before.items():
        if table != "schema_version":
            pairs = list(zip(kept, after[table], strict=True))
            assert [older(old, new) for old, new in pairs] == [older(new, old) for old, new in pairs]
    assert [table for table in after if table not in before and after[table]] == []


@pytest.mark.parametrize("number", sorted(FROZEN))
def test_an_earlier_version_ends_as_a_new_database_is_made(url: str, new_url: str, number: int) -> None:
    """Columns, keys, defaults and indexes are the same, whichever way they came."""
    make_version(url, number)
    Store(url).close()
    Store(new_url).close()
    assert shape(url) == shape(new_url)


@pytest.mark.parametrize("number", sorted(FROZEN))
def test_what_an_earlier_version_remembered_is_understood(url: str, number: int) -> None:
    """Links, quantities, runs and their journal are read by today's code, and today's code writes on."""
    make_version(url, number)
    store = Store(url)
    memory = store.memory("harbor")
    assert [(link.guid, link.contact_id, link.name) for link in memory.links.values()] == [("g-1", 101, "Żółć Łąka")]
    assert [(one.quantity, one.sent, one.accepted, one.ends) for one in memory.line_writes.values()] == [
        (36.5, 37, 0, None)
    ]
    assert (memory.reading is not None, bool(memory.away)) == (number >= 2, number >= 2)
    assert bool(memory.history.tallies) == (number >= 3)
    assert [run.id for run in store.runs("harbor")] == ["0123456789ab"]
    assert list(store.doubts("harbor")) == ["c0ffee"]
    store.close_run(store.open_run("harbor", "manual", NOW), "nothing", "", NOW)
    store.close()


@pytest.mark.parametrize("number", [0, *sorted(FROZEN)])
def test_of_many_that_open_an_earlier_version_at_once_one_brings_it_up_to_date(url: str, number: int) -> None:
    """A new database too: each finds it finished or waits for it, and no step is run twice."""
    if number:
        make_version(url, number)
    with ThreadPoolExecutor(6) as threads:
        for store in threads.map(Store, [url] * 6):
            store.close()
    assert stands(url) == list(range(1, len(schema.MIGRATIONS) + 1))


def test_a_step_that_fails_leaves_the_version_before_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps of one opening are one transaction: nothing is half done, and the next opening does them."""
    make_version(url, 1)
    before = shape(url), rows(url)
    with monkeypatch.context() as broken:
        steps = (
            *schema.MIGRATIONS,
            lambda connection: connection.exec_driver_sql("ALTER TABLE nowhere ADD COLUMN x INT"),
        )
        broken.setattr(schema, "MIGRATIONS", steps)
        with pytest.raises(StateError, match="nowhere"):
            Store(url)
    assert (shape(url), rows(url)) == before
    Store(url).close()
    assert stands(url) == list(range(1, len(schema.MIGRATIONS) + 1))


def test_steps_that_are_missing_are_run_once_and_in_order(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version of the connector adds its steps to a database of an earlier one."""
    Store(url).close()
    add_note = ("ALTER TABLE runs ADD COLUMN note VARCHAR", "UPDATE runs SET note = 'x'")
    steps = tuple(lambda connection, sql=sql: connection.exec_driver_sql(sql) for sql in add_note)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *steps))
    for _ in range(2):
        Store(url).close()
    assert "note" in shape(url)["runs"]["columns"]
    assert stands(url) == list(range(1, len(schema.MIGRATIONS) + 1))


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    """Its schema is not guessed at: both versions are named, and what to do."""
    Store(url).close()
    with raw(url) as connection:
        connection.exec_driver_sql("INSERT INTO schema_version VALUES (70)")
    known = len(schema.MIGRATIONS)
    words = rf"newer version of the connector \(schema 70, this version knows {known}\)"
    with pytest.raises(StateError, match=words) as caught:
        Store(url)
    assert "Install the newer version" in caught.value.hint
