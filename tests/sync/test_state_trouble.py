"""Trouble with the state database in the middle of a run, on both kinds: writes to the PSA stop first, what to do is
said in one sentence, and once it is mended the next run comes to the right end with every write made once."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector.state.store import Store
from tests.real.postgres import Postgres
from tests.scenarios.directory import person
from tests.scenarios.world import World
from tests.sync.conftest import WRITES, joined, right_end, sent
from tests.sync.test_crash import kill, let_go, start_and_freeze, until

COMMAND = "from connector.state import engines; engines.WAIT = 0.5; from connector.cli import main; main()"
HOLD = """
import sys
import sqlalchemy
connection = sqlalchemy.create_engine(sys.argv[1]).connect()
connection.exec_driver_sql("UPDATE runs SET message = 'half'")
print("held", flush=True)
sys.stdin.readline()
"""
BEFORE = ("GET", "/company/contacts")
"""A reading of the plan: nothing is journalled yet."""
FIRST = WRITES["contact.create"]
"""The first write: the PSA carries it out, and its ``done`` cannot be kept."""
BREAK = """
CREATE FUNCTION break_down() RETURNS trigger AS $$ BEGIN {what}; RETURN NEW; END $$ LANGUAGE plpgsql SECURITY DEFINER;
CREATE TRIGGER break_down BEFORE INSERT ON journal FOR EACH ROW WHEN (NEW.state = '{state}')
EXECUTE FUNCTION break_down()
"""


@dataclass
class State:
    """The state database of a world, and how it is mended; ``server`` is there for PostgreSQL."""

    world: World
    url: str
    server: Postgres | None = None

    @property
    def file(self) -> Path:
        """Where it is, of SQLite."""
        return self.world.folder / "state.db"

    @property
    def name(self) -> str:
        """What it is called, of PostgreSQL."""
        return self.url.rpartition("/")[2]

    def first_journal(self) -> dict[str, str]:
        """The state of each change, by its kind, in the run that met the trouble."""
        with closing(Store(self.url)) as store:
            entries = store.entries(store.runs("harbor")[-1].id)
        return {entry.change.kind.value: entry.state for entry in entries}

    def admin(self, statement: str, database: str = "") -> None:
        """One statement of PostgreSQL's administrator."""
        assert self.server is not None
        self.server.admin(statement, database=database or self.name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def state(request: pytest.FixtureRequest, world: World) -> State:
    """The world's state, on each kind."""
    return _file(world) if request.param == "sqlite" else request.getfixturevalue("on_server")


@pytest.fixture
def in_file(world: World) -> State:
    """The world's state in a file."""
    return _file(world)


@pytest.fixture
def on_server(world: World, postgres: Postgres, postgres_url: str) -> State:
    """The world's state on a PostgreSQL."""
    config = world.folder / "connector.toml"
    (world.folder / "state.url").write_text(postgres_url, encoding="utf-8")
    text = config.read_text(encoding="utf-8").replace(_file(world).url, "file:state.url")
    config.write_text(text, encoding="utf-8")
    Store(postgres_url).close()
    return State(world, postgres_url, postgres)


def _file(world: World) -> State:
    return State(world, f"sqlite:///{world.folder}/state.db")


def start(world: World) -> subprocess.Popen[str]:
    """The command in a process of its own, which waits for nobody longer than half a second."""
    command = [sys.executable, "-c", COMMAND, "--config", str(world.folder), "sync", "harbor"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def sync_with(world: World, at: tuple[str, str], trouble: Callable[[int], object]) -> tuple[int, str]:
    """A sync, with trouble while the PSA holds this request; the exit code, and what was said."""
    method, path = at
    world.fault("slow", method=method, path=path, seconds=20)
    running = start(world)
    until(lambda: world.sandbox.control("GET", "faults")[0]["fired"] == 1)
    trouble(running.pid)
    let_go(world)
    _, said = running.communicate(timeout=60)
    return running.returncode, said


def stopped(world: World, at: tuple[str, str], ran: tuple[int, str], *words: str) -> None:
    """No write left after the trouble, and the end is one sentence with the way out and exit code 1."""
    code, said = ran
    assert code == 1, said
    until(lambda: at == BEFORE or at in sent(world))
    assert sent(world) == ([] if at == BEFORE else [at])
    assert "Traceback" not in said
    assert said.count("cannot be used: ") == 1
    assert "Nothing more is written to the PSA." in said
    for word in words:
        assert word in said


def mended(world: World) -> None:
    """The next run ends right, and over both every write was made once."""
    code = world.sync("harbor").code
    assert code == 0
    right_end(world)
    assert sorted(sent(world)) == sorted(WRITES.values())
    world.settled()


@contextmanager
def held(url: str) -> Iterator[None]:
    """Another process that has begun to write and does not come to its end."""
    with subprocess.Popen([sys.executable, "-c", HOLD, url], stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate("end\n", timeout=30)


@pytest.mark.parametrize("at", [BEFORE, FIRST], ids=["before the first mark", "before the first done"])
def test_a_state_that_somebody_else_holds(world: World, state: State, at: tuple[str, str]) -> None:
    """It is waited for, then the run stops; the write that was under way is in doubt for the next one, which finds
    it."""
    with ExitStack() as stack:
        ran = sync_with(world, at, lambda _: stack.enter_context(held(state.url)))
    stopped(world, at, ran, "end that", "run again")
    mended(world)
    assert state.first_journal() == ({} if at == BEFORE else doubt_and_planned())


def doubt_and_planned() -> dict[str, str]:
    """The journal of a run that stopped after its first write had left."""
    return {kind: "doubt" if kind == "contact.create" else "planned" for kind in WRITES}


@pytest.mark.parametrize("at", [BEFORE, FIRST], ids=["before the first mark", "before the first done"])
def test_a_disk_that_fills_up(world: World, in_file: State, at: tuple[str, str]) -> None:
    """No byte more can be written: the run stops, and what was journalled until then is still there."""

    def fill(process: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, 0))

    ran = sync_with(world, at, fill)
    stopped(world, at, ran, "disk")
    mended(world)
    assert in_file.first_journal() == ({} if at == BEFORE else doubt_and_planned())


@pytest.mark.parametrize("at", [BEFORE, FIRST], ids=["before the first mark", "before the first done"])
def test_a_file_that_vanishes(world: World, in_file: State, at: tuple[str, str]) -> None:
    """The run stops, and makes no empty file in its place. The next one begins anew, and finds what is there."""

    def vanish(_: int) -> None:
        for path in world.folder.glob("state.db*"):
            path.unlink()

    ran = sync_with(world, at, vanish)
    stopped(world, at, ran, "Check that the file is there", "put back the last backup")
    assert list(world.folder.glob("state.db*")) == []
    mended(world)


@pytest.mark.parametrize("at", [BEFORE, FIRST], ids=["before the first mark", "before the first done"])
def test_a_file_that_is_overwritten(world: World, in_file: State, at: tuple[str, str]) -> None:
    """The run stops; the file is not taken for a database until a backup is put back or it is moved away."""

    def overwrite(_: int) -> None:
        for path in world.folder.glob("state.db*"):
            with path.open("r+b") as file:
                file.write(b"\xa5" * path.stat().st_size)

    ran = sync_with(world, at, overwrite)
    stopped(world, at, ran, "Put back the last backup")
    again = world.sync("harbor")
    assert (again.code, "Put back the last backup" in again.err) == (1, True)
    world.lose_state()
    mended(world)


@pytest.mark.real
@pytest.mark.parametrize("at", [BEFORE, FIRST], ids=["before the first mark", "before the first done"])
def test_a_server_that_stops(world: World, on_server: State, at: tuple[str, str]) -> None:
    """The run stops; when the server is back, the next one finds what was under way."""
    assert on_server.server is not None
    ran = sync_with(world, at, lambda _: on_server.server and on_server.server.stop())
    on_server.server.start()
    stopped(world, at, ran, "Check that the PostgreSQL server runs")
    mended(world)
    assert on_server.first_journal() == ({} if at == BEFORE else doubt_and_planned())


@pytest.mark.real
@pytest.mark.parametrize("at", [BEFORE, FIRST], ids=["before the first mark", "before the first done"])
def test_a_database_that_is_dropped(world: World, on_server: State, at: tuple[str, str]) -> None:
    """The run stops. In a new, empty one the next run begins anew, and finds what is there."""
    drop, make = f"DROP DATABASE {on_server.name} WITH (FORCE)", f"CREATE DATABASE {on_server.name} OWNER connector"
    ran = sync_with(world, at, lambda _: on_server.admin(drop, "postgres"))
    stopped(world, at, ran, "does not exist", "createdb makes one")
    on_server.admin(make, "postgres")
    mended(world)


@pytest.mark.real
@pytest.mark.parametrize("at", [BEFORE, FIRST])
def test_a_connection_that_is_dropped_between_two_transactions_fails_no_run(
    world: World, on_server: State, at: tuple[str, str]
) -> None:
    """It is replaced: the run goes on as if nothing had been."""
    assert on_server.server is not None
    code, said = sync_with(world, at, lambda _: on_server.server and on_server.server.drop_connections(on_server.name))
    assert (code, said) == (0, "")
    right_end(world)
    assert sent(world) == list(WRITES.values())


@pytest.mark.real
@pytest.mark.parametrize("kind", WRITES)
def test_a_run_on_a_server_that_is_killed(world: World, on_server: State, kind: str) -> None:
    """Its connection dies with it: the next run takes it over at once and finds the write that was under way."""
    kill(start_and_freeze(world, *WRITES[kind]))
    let_go(world)
    until(lambda: WRITES[kind] in sent(world))
    mended(world)
    assert on_server.first_journal()[kind] == "doubt"


@pytest.mark.real
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("PERFORM pg_terminate_backend(pg_backend_pid())", "Check that the PostgreSQL server runs"),
        ("RAISE disk_full USING MESSAGE = 'could not extend file'", "Make room on the server"),
        ("RAISE data_corrupted USING MESSAGE = 'invalid page in block 7'", "Put back the last backup"),
    ],
    ids=["connection dropped", "disk full", "corrupt"],
)
@pytest.mark.parametrize("journalled", ["sending", "done"])
def test_a_server_in_trouble_at_a_mark(world: World, on_server: State, what: str, words: str, journalled: str) -> None:
    """In the middle of the transaction that journals the first change: before it is sent nothing is written, after it
    nothing more, and the run is closed with its change in doubt where it may have been sent."""
    on_server.admin(BREAK.format(what=what, state=journalled))
    ran = start(world).communicate(timeout=60)[1]
    assert "Traceback" not in ran
    assert words in ran
    assert "Nothing more is written to the PSA." in ran
    assert sent(world) == ([] if journalled == "sending" else [FIRST])
    on_server.admin("DROP FUNCTION break_down CASCADE")
    mended(world)
    assert on_server.first_journal()["contact.create"] == ("planned" if journalled == "sending" else "doubt")


def test_a_backup_from_before_is_put_back(world: World, in_file: State) -> None:
    """What was written since is found in the PSA: nothing is made twice, and a line that stands right is taken so.
    Where the count has moved once more, the line is held, since it looks like an edit by hand."""
    assert world.sync("harbor").code == 0
    backup = world.folder / "backup.db"
    with closing(sqlite3.connect(in_file.file)) as connection:
        connection.execute("VACUUM INTO ?", [str(backup)])
    world.people(*joined(person("Emil Ek")), groups=["Old"])
    assert world.sync("harbor").code == 0
    world.lose_state()
    backup.rename(in_file.file)
    world.people(*joined(person("Emil Ek"), person("Finn Fox")), groups=["Old"])
    plan = world.plan("harbor")
    assert plan.changes == [("contact.create", "ffox")]
    assert plan.held == [("drift", "Managed")]
    world.people(*joined(person("Emil Ek")), groups=["Old"])
    world.settled()
