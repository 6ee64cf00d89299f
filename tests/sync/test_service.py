"""Runs of many clients: what fails one of them, what stops all, what is held, and what is remembered."""

import contextlib
import sqlite3
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from connector.console import LogFormat, set_up_logs
from connector.core.model import DirectorySnapshot
from connector.core.planjson import document, dumps, loads
from connector.errors import Busy, StateError
from connector.state.store import Store
from connector.state.worker import LEASE
from connector.sync.heartbeat import beating
from connector.sync.outcome import Outcome, exit_code
from connector.sync.ports import Directory
from connector.sync.service import Service
from connector.sync.world import World as OneWorld
from tests.scenarios.directory import crowd, person
from tests.scenarios.world import World
from tests.sync.conftest import ANNA, PEOPLE, WRITES, Connect, before_writing, joined, journal, right_end, sent

ELSEWHERE = "another machine#1#aaaaaaaa"


class Partial:
    """A directory that could not be read to its end."""

    def __init__(self, real: Directory) -> None:
        self.real = real

    def read(self, groups: Collection[str], attributes: Collection[str] = ()) -> DirectorySnapshot:
        """What was read so far."""
        return replace(self.real.read(groups, attributes), complete=False, problem="page 3 did not come")


class Faulty:
    """A directory adapter with a fault in it, and with a password."""

    def __init__(self, password: str = "") -> None:
        self.password = password

    def read(self, groups: Collection[str], attributes: Collection[str] = ()) -> DirectorySnapshot:
        """Fail as no code should, with the password at hand."""
        login = {"password": self.password}
        raise KeyError("sAMAccountName" if login else "")


def use(service: Service, client: str, directory: Directory) -> None:
    """Let one client's people come from this directory."""
    real = service.around.worlds

    def world(name: str) -> OneWorld:
        made = real(name)
        return replace(made, directory=directory) if name == client else made

    service.around.worlds = world


@pytest.fixture
def neighbour(world: World) -> World:
    """A second client, ``lindqvist``, whose three people all get contacts."""
    world.client("lindqvist", "LindqvistLaw")
    world.people(*PEOPLE[:3], client="lindqvist")
    return world


def remembers_nothing(service: Service) -> bool:
    """Whether the client's memory is as if there had been no run."""
    memory = service.store.memory("harbor")
    return not memory.links and not memory.line_writes


def test_an_incomplete_reading_changes_and_remembers_nothing(world: World, service: Service) -> None:
    """Less than everything was read: the client fails, with the reason."""
    use(service, "harbor", Partial(service.around.worlds("harbor").directory))
    (report,) = service.sync(["harbor"])
    assert report.outcome is Outcome.FAILED
    assert "was not read completely: page 3 did not come" in report.error
    assert (sent(world), remembers_nothing(service)) == ([], True)
    assert service.store.runs("harbor")[0].outcome == "failed"


def test_an_export_that_was_cut_short_changes_and_remembers_nothing(world: World, service: Service) -> None:
    """An empty file where the export should be fails the client."""
    (world.folder / "exports" / "harbor.ldf").write_bytes(b"")
    (report,) = service.sync(["harbor"])
    assert report.outcome is Outcome.FAILED
    assert (sent(world), remembers_nothing(service)) == ([], True)


def test_fewer_people_than_expected_change_and_remember_nothing(world: World, service: Service) -> None:
    """A reading with too few people is taken for wrong, however complete it looks."""
    rules = (world.folder / "clients" / "harbor.toml").read_text(encoding="utf-8")
    world.rules("[people]\nminimum_expected = 4\n", rules[rules.index("[[billing]]") :])
    run = world.sync("harbor")
    assert run.code == 1
    assert "Only 3 of 4 accounts of harbor are people by the rules; at least 4 were expected." in run.failures["harbor"]
    assert (sent(world), remembers_nothing(service)) == ([], True)


def test_adopting_remembers_pairs_and_writes_nothing(world: World, service: Service) -> None:
    """Pairs are kept, no request writes, no quantity is taken for ours unless it is right."""
    (report,) = service.sync(["harbor"], adopt_only=True)
    assert report.outcome is Outcome.ADOPTED
    memory = service.store.memory("harbor")
    assert sorted(link.contact_id for link in memory.links.values()) == [101, 103, 104]
    assert (sent(world), memory.line_writes) == ([], {})


def test_a_sync_after_adopting_uses_the_links(world: World, service: Service) -> None:
    """Anna is renamed altogether: no name and no address fits any more, but her link does."""
    service.sync(["harbor"], adopt_only=True)
    new = person("Ulla Urban", objectGUID=ANNA.attributes["objectGUID"], groups=("Front",))
    world.people(new, *PEOPLE[1:])
    service.sync(["harbor"])
    assert world.contact(101)["firstName"] == "Ulla"
    assert world.active() == ["Ben Berg", "Carl Cole", "Ulla Urban"]
    world.settled()


def test_a_tripped_guard_writes_nothing_at_all(world: World, service: Service) -> None:
    """One limit is broken: not one change of the client is made, no link is kept, the exit code is 3."""
    world.people(*joined(*crowd(20)))
    run = world.sync("harbor")
    assert run.code == 3
    assert "guard.quantity_percent" in run.plan["held"][0]["how_to_release"]
    assert (sent(world), remembers_nothing(service)) == ([], True)
    assert service.store.runs("harbor")[0].outcome == "held"
    assert set(journal(service).values()) == {"planned"}


def test_one_failing_client_does_not_stop_the_others(neighbour: World, service: Service) -> None:
    """The first client cannot be read, the second is done: exit code 4."""
    (neighbour.folder / "exports" / "harbor.ldf").unlink()
    reports = service.sync(["harbor", "lindqvist"])
    assert [report.outcome for report in reports] == [Outcome.FAILED, Outcome.APPLIED]
    assert exit_code(reports) == 4
    assert neighbour.active(413) == ["Anna Adler", "Ben Berg", "Carl Cole"]


@pytest.mark.parametrize("ask", ["sync", "plan"])
def test_a_fault_of_the_connector_fails_one_client_and_is_logged(neighbour: World, service: Service, ask: str) -> None:
    """An error that nobody foresaw: a clear sentence for the client, the traceback in the log, the others go on."""
    use(service, "harbor", Faulty())
    with capture_logs() as logs:
        reports = service.sync(["harbor", "lindqvist"]) if ask == "sync" else service.plan(["harbor", "lindqvist"])
    assert [report.outcome is Outcome.FAILED for report in reports] == [True, False]
    assert "harbor: the connector itself failed (KeyError: 'sAMAccountName')." in reports[0].error
    (entry,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (entry["client"], entry["exc_info"]) == ("harbor", True)


def test_a_run_that_meets_a_fault_is_closed_as_failed(service: Service) -> None:
    """The run does not stay open, so the next one can begin at once."""
    use(service, "harbor", Faulty())
    with capture_logs():
        service.sync(["harbor"])
    (run,) = service.store.runs("harbor")
    assert (run.outcome, run.closed_at is not None) == ("failed", True)
    assert "KeyError" in run.message


def test_trouble_with_the_state_database_stops_everything(neighbour: World, service: Service) -> None:
    """Without a journal nothing is written, neither for this client nor for the next ones."""
    with contextlib.closing(sqlite3.connect(neighbour.folder / "state.db")) as database, database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    database.close()
    with pytest.raises(StateError, match="cannot be used: database or disk is full"):
        service.sync(["harbor", "lindqvist"])
    assert sent(neighbour) == []
    assert [run.outcome for run in service.store.runs("lindqvist")] == ["failed"]


def test_a_worker_whose_run_was_taken_over_sends_nothing_more(world: World, connect: Connect) -> None:
    """While it slept before its first write, another worker began: it stops with Busy, and nothing is doubled."""
    frozen, other = connect(ELSEWHERE), connect()
    later = datetime.now(UTC) + LEASE + timedelta(seconds=5)
    before_writing(frozen, lambda: other.store.open_run("harbor", "takeover", later))
    (report,) = frozen.sync(["harbor"])
    assert report.outcome is Outcome.FAILED
    assert "was taken over by another worker. Nothing more is written by this one." in report.error
    assert sent(world) == []


def test_a_worker_that_beats_keeps_its_run_beyond_the_lease(world: World, connect: Connect) -> None:
    """A run that reads for longer than the lease is not taken over as long as its worker beats."""
    slow, other = connect(ELSEWHERE).store, connect().store
    start = datetime.now(UTC)
    slow.open_run("harbor", "manual", start)
    with beating(slow, lambda: start + LEASE, every=timedelta(milliseconds=5)):
        time.sleep(0.2)
    with pytest.raises(Busy):
        other.open_run("harbor", "manual", start + LEASE * 1.5)


def test_beating_ends_quietly_when_the_run_was_taken_over(connect: Connect) -> None:
    """The thread that writes meets the trouble, not the one that beats."""
    slow, other = connect(ELSEWHERE).store, connect().store
    start = datetime.now(UTC)
    slow.open_run("harbor", "manual", start)
    with beating(slow, lambda: start, every=timedelta(milliseconds=5)):
        taken = other.open_run("harbor", "manual", start + LEASE)
        time.sleep(0.1)
    assert [one.id for one in other.runs() if not one.outcome] == [taken.id]


def test_a_dry_run_writes_nothing_anywhere(world: World, service: Service) -> None:
    """No request writes, no run is opened, nothing is remembered."""
    (report,) = service.plan(["harbor"])
    assert report.outcome is Outcome.CHANGES
    assert (sent(world), service.store.runs(), remembers_nothing(service)) == ([], [], True)


def test_a_saved_plan_is_applied_as_it_was_read(world: World, service: Service) -> None:
    """Nothing has moved since: every change is made."""
    saved = loads(dumps(document([report.plan for report in service.plan(["harbor"]) if report.plan])))
    (report,) = service.apply(saved)
    assert (report.outcome, sent(world)) == (Outcome.APPLIED, list(WRITES.values()))
    right_end(world)


def test_of_a_saved_plan_only_what_has_not_moved_is_applied(world: World, service: Service) -> None:
    """The count has changed since: the line waits with the reason, the contacts are written, the newcomer waits."""
    saved = [report.plan for report in service.plan(["harbor"]) if report.plan]
    world.people(*joined(person("Elsa Ek")))
    (report,) = service.apply(saved)
    assert report.plan is not None
    assert [(one.what, one.reason) for one in report.plan.held] == [
        ("Managed", "line.set: the plan no longer asks for it")
    ]
    assert world.active() == ["Anna Adler", "Ben Berg", "Carl Cole"]
    assert world.quantity(3301) == 4
    assert exit_code([report]) == 3


def test_a_saved_plan_of_another_company_is_refused(world: World, service: Service) -> None:
    """The client's file was pointed at another company since: nothing is written."""
    saved = [report.plan for report in service.plan(["harbor"]) if report.plan]
    (report,) = service.apply([replace(saved[0], company_id=999, company="Former")])
    assert report.outcome is Outcome.FAILED
    assert "the plan was made for company 999 (Former); the client is now company 412" in report.error
    assert sent(world) == []


def test_a_check_of_a_mistyped_host_fails_within_seconds(world: World) -> None:
    """Somebody waits for the answer: it does not take the patience of a run at night."""
    top = world.folder / "connector.toml"
    top.write_text(top.read_text(encoding="utf-8").replace(world.sandbox.url, "http://127.0.0.1:1"), encoding="utf-8")
    start = time.monotonic()
    run = world.run("check")
    assert (run.code, time.monotonic() - start < 15) == (1, True)
    assert "could not be reached" in " ".join(run.out.split())


def test_a_command_that_needs_no_database_makes_none(world: World) -> None:
    """Closing what was never opened does not open it."""
    world.run("schema")
    world.run("check", "nobody")
    assert not (world.folder / "state.db").exists()
    with contextlib.closing(Store(f"sqlite:///{world.folder}/state.db")) as store:
        assert store.runs() == []


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_the_logged_traceback_shows_no_values(
    service: Service, log_format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log says where it failed; what local variables held, keys and passwords among it, stays out."""
    use(service, "harbor", Faulty("open-sesame"))
    set_up_logs(log_format, "warning")
    try:
        service.sync(["harbor"])
    finally:
        structlog.reset_defaults()
    shown = capsys.readouterr()
    assert "Traceback" in shown.err
    assert "KeyError: 'sAMAccountName'" in shown.err
    assert "open-sesame" not in shown.err
    assert shown.out == ""
