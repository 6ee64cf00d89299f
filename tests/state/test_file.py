"""The database in a SQLite file: how the file is made, who may read it, and what becomes of it meanwhile."""

import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from connector.errors import Busy, StateError
from connector.state.store import Store
from tests.state.conftest import NOW, Open, plan
from tests.state.raw import shape


@pytest.fixture
def kind() -> str:
    """Only files."""
    return "sqlite"


def test_an_empty_file_becomes_a_state_database(tmp_path: Path) -> None:
    """A missing file, a missing folder and an empty file are all brought up to date."""
    Store(f"sqlite:///{tmp_path}/state.db").close()
    (tmp_path / "empty.db").touch()
    for path in ("empty.db", "new/folder/state.db"):
        store = Store(f"sqlite:///{tmp_path}/{path}")
        assert store.runs() == []
        store.close()
        assert shape(f"sqlite:///{tmp_path}/{path}") == shape(f"sqlite:///{tmp_path}/state.db")


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
    assert "Nothing more is written to the PSA. " in done.stdout
    assert re.search("Make room on its disk|Check its disk", done.stdout)
    store = Store(url)
    (run,) = store.runs()
    assert (run.outcome, store.entries(run.id)) == ("", [])
    store.close()


@pytest.mark.parametrize("name", ["with a space.db", "50%.db", "what?.db", "żółć#1.db"])
def test_any_name_of_a_file_will_do(tmp_path: Path, name: str) -> None:
    """Signs that mean something in the address of a file are taken as they are, once they are written as in one."""
    store = Store(f"sqlite:///{tmp_path}/{quote(name)}")
    assert store.runs() == []
    store.close()
    assert (tmp_path / name).stat().st_size > 0


def test_a_file_that_vanishes_takes_no_more_writes_and_is_not_made_anew(store: Store, tmp_path: Path) -> None:
    """It is open still, and would take the journal with it; an empty one in its place would know nothing."""
    run = store.open_run("harbor", "manual", NOW)
    for path in tmp_path.iterdir():
        path.unlink()
    for _ in range(2):
        with pytest.raises(StateError, match="unable to open database file") as caught:
            store.mark(run, 0, "sending", NOW)
        assert "Check that the file is there" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_put_back_is_used_without_a_restart(store: Store, stores: Open, tmp_path: Path) -> None:
    """A run that the backup does not know is nobody's: it writes nothing more, and the next one opens."""
    backup = tmp_path / "backup"
    store.close_run(store.open_run("harbor", "manual", NOW), "nothing", "before", NOW)
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("VACUUM INTO ?", [str(backup)])
    run = store.open_run("harbor", "manual", NOW)
    for path in tmp_path.glob("state.db*"):
        path.unlink()
    shutil.copy(backup, tmp_path / "state.db")
    with pytest.raises(Busy):
        store.mark(run, 0, "sending", NOW)
    assert [one.message for one in store.runs()] == ["before"]
    assert store.open_run("harbor", "manual", NOW).id != run.id
    assert len(stores().runs()) == 2
