"""The database itself: its schema, its file, and every trouble with it as one sentence."""

import contextlib
import sqlite3
import stat
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from connector.core.history import History
from connector.core.model import LineWrite, Link
from connector.errors import ConfigError, StateError
from connector.state import database, schema
from connector.state.store import Store
from tests.state.conftest import NOW, plan


def tables(path: Path) -> dict[str, str]:
    """The tables of a database file and how they were made."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())


def test_an_empty_file_becomes_a_state_database(url: str, tmp_path: Path) -> None:
    """A missing file, a missing folder and an empty file are all brought up to date."""
    Store(url).close()
    (tmp_path / "empty.db").touch()
    for path in ("empty.db", "new/folder/state.db"):
        store = Store(f"sqlite:///{tmp_path}/{path}")
        assert store.runs() == []
        store.close()
        assert tables(tmp_path / path) == tables(tmp_path / "state.db")
    assert set(tables(tmp_path / "state.db")) == {
        "schema_version", "runs", "journal", "links", "line_writes", "away", "readings", "counts", "stays",
        "decisions", "undone",
    }  # fmt: skip


def test_opening_an_up_to_date_database_changes_nothing(url: str, tmp_path: Path) -> None:
    """The second opening finds the schema as it is and the data where it was."""
    store = Store(url)
    run = store.open_run("harbor", "manual", NOW)
    store.close()
    before = tables(tmp_path / "state.db")
    again = Store(url)
    assert [one.id for one in again.runs()] == [run.id]
    again.close()
    assert tables(tmp_path / "state.db") == before


def test_steps_that_are_missing_are_run_once_and_in_order(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later version of the connector adds its steps to a database of an earlier one."""
    Store(url).close()
    add_note = ("ALTER TABLE runs ADD COLUMN note VARCHAR", "UPDATE runs SET note = 'x'")
    steps = tuple(lambda connection, sql=sql: connection.exec_driver_sql(sql) for sql in add_note)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *steps))
    for _ in range(2):
        Store(url).close()
    assert "note VARCHAR" in tables(tmp_path / "state.db")["runs"]
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        versions = connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
        assert versions == [(number,) for number in range(1, len(schema.MIGRATIONS) + 1)]


def test_a_database_of_the_first_version_keeps_what_it_remembers(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its links and quantities are there after the steps to this version, and no reading is made up."""
    with monkeypatch.context() as first:
        first.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        old = Store(url)
        old.remember_links("harbor", [Link("g1", 101)], NOW)
        old.remember_line("harbor", 3301, Decimal(5), NOW)
        old.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        for column in ("accepted", "ends"):
            connection.execute(f"ALTER TABLE line_writes DROP COLUMN {column}")
    store = Store(url)
    memory = store.memory("harbor")
    store.close()
    assert (memory.links["g1"].contact_id, memory.reading, dict(memory.away)) == (101, None, {})
    assert memory.line_writes == {3301: LineWrite(3301, Decimal(5), NOW)}
    assert memory.history == History()


def test_a_database_of_a_newer_version_is_refused(url: str, tmp_path: Path) -> None:
    """Its schema is not guessed at: both versions are named, and what to do."""
    Store(url).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        connection.execute("INSERT INTO schema_version VALUES (7)")
    with pytest.raises(
        StateError, match=r"newer version of the connector \(schema 7, this version knows 4\)"
    ) as caught:
        Store(url)
    assert "Install the newer version" in caught.value.hint


def test_only_the_owner_can_read_the_database_and_its_side_files(url: str, tmp_path: Path) -> None:
    """Names and addresses of clients' people are in all three files."""
    store = Store(url)
    run = store.open_run("harbor", "manual", NOW)
    store.keep_plan(run, plan())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}


def test_garbage_is_not_taken_for_a_database(url: str, tmp_path: Path) -> None:
    """A file that is something else stays as it is, and the message says what it is not."""
    (tmp_path / "state.db").write_bytes(b"this is no database\n" * 200)
    with pytest.raises(StateError, match=r"state\.db cannot be used: file is not a database\.") as caught:
        Store(url)
    assert "Nothing more is written to the PSA" in str(caught.value)
    assert (tmp_path / "state.db").read_bytes() == b"this is no database\n" * 200


def test_a_path_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    """A folder that is a file: the path and the reason are named."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StateError, match=r"file/state\.db cannot be made: (Not a directory|File exists)\."):
        Store(f"sqlite:///{tmp_path}/file/state.db")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """The path of a folder is refused as well."""
    with pytest.raises(StateError, match="cannot be made: Is a directory"):
        Store(f"sqlite:///{tmp_path}")


def test_a_locked_database_is_told_after_a_while(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that never ends is waited for, then told."""
    monkeypatch.setattr(database, "WAIT", 0.2)
    store = Store(url)
    holder = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StateError, match="database is locked"):
            store.open_run("harbor", "manual", NOW)
    finally:
        holder.close()
        store.close()


def test_a_full_disk_is_told_and_keeps_what_was_there(url: str, tmp_path: Path) -> None:
    """A plan that does not fit is refused whole; the run is still open and the database still readable."""
    script = (
        "import resource, signal, sys\n"
        "from connector.errors import StateError\n"
        "from connector.state.store import Store\n"
        "from tests.state.conftest import NOW, plan\n"
        "from dataclasses import replace\n"
        "store = Store(sys.argv[1])\n"
        "run = store.open_run('harbor', 'manual', NOW)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    store.keep_plan(run, replace(plan(), warnings=('x' * 2_000_000,)))\n"
        "except StateError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True, timeout=60)
    assert "cannot be used: " in done.stdout
    assert "Nothing more is written to the PSA. Check the disk" in done.stdout
    store = Store(url)
    (run,) = store.runs()
    assert (run.outcome, store.entries(run.id)) == ("", [])
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "state.url is not a database address."),
        ("var/connector.db", "state.url is not a database address."),
        ("postgresql://host:port/name", "state.url is not a database address."),
        ("sqlite://", "state.url names no file"),
        ("sqlite:///:memory:", "state.url names no file"),
        ("sqlite://var/connector.db", "state.url names no file"),
        ("mysql://host/name", "state.url names a mysql database"),
        ("sqlite+nosuch:///x.db", "its driver cannot be loaded"),
    ],
)
def test_an_address_that_cannot_be_a_state_database_is_a_config_error(
    url: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong and how it is written right, instead of a traceback."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        Store(url)
    assert words in caught.value.message
    assert "sqlite:///PATH" in caught.value.hint


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing package is named; the password in the address is not repeated."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="postgresql\\+psycopg, and its driver cannot be loaded") as caught:
        Store("postgresql+psycopg://me:open-sesame@127.0.0.1:1/state")
    assert "psycopg" in caught.value.hint
    assert "open-sesame" not in str(caught.value)
