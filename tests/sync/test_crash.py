"""The command itself killed with -9 at every boundary, and two of them at once: each write happens once."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from connector.sync.service import Service
from tests.scenarios.records import profile
from tests.scenarios.world import World
from tests.sync.conftest import KINDS, WRITES, journal, right_end, sent

FREEZE = 20.0
"""Seconds for which the sandbox holds the request at which the command is killed, unless it is let go before."""
REREAD = [kind for kind in KINDS if WRITES[kind][0] == "PATCH"]


def until(what: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def start_and_freeze(world: World, method: str, path: str, after: int = 0) -> subprocess.Popen[str]:
    """Start ``connector sync`` and wait until the PSA holds its request."""
    world.fault("slow", method=method, path=path, after=after, seconds=FREEZE)
    running = world.start("sync", "harbor")
    until(lambda: world.sandbox.control("GET", "faults")[0]["fired"] == 1)
    return running


def let_go(world: World) -> None:
    """The PSA goes on with the request that it held."""
    world.sandbox.control("DELETE", "faults")


def kill(running: subprocess.Popen[str]) -> None:
    """End it without a chance to tidy up."""
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)


def rerun(world: World) -> None:
    """The next night."""
    let_go(world)
    code = world.sync("harbor").code
    assert code == 0


@pytest.mark.parametrize("kind", KINDS)
def test_killed_while_a_write_is_under_way(world: World, service: Service, kind: str) -> None:
    """The PSA carries the write out after the command is dead: the next run finds it done and sends it no more."""
    method, path = WRITES[kind]
    kill(start_and_freeze(world, method, path))
    let_go(world)
    until(lambda: (method, path) in sent(world))
    at = KINDS.index(kind)
    rerun(world)
    right_end(world)
    assert sorted(sent(world)) == sorted(WRITES.values())
    assert list(journal(service, back=1).values()) == ["done"] * at + ["doubt"] + ["planned"] * (len(KINDS) - 1 - at)
    world.settled()


@pytest.mark.parametrize("kind", REREAD)
def test_killed_while_a_target_is_read_again(world: World, service: Service, kind: str) -> None:
    """The journal says that nothing was sent: the next run sends it once."""
    _, path = WRITES[kind]
    kill(start_and_freeze(world, "GET", path))
    at = KINDS.index(kind)
    rerun(world)
    right_end(world)
    assert sorted(sent(world)) == sorted(WRITES.values())
    assert list(journal(service, back=1).values()) == ["done"] * at + ["planned"] * (len(KINDS) - at)


def test_killed_while_reading(world: World, service: Service) -> None:
    """Nothing was planned yet: the next run starts afresh."""
    kill(start_and_freeze(world, "GET", "/company/contacts"))
    assert sent(world) == []
    rerun(world)
    right_end(world)
    assert sorted(sent(world)) == sorted(WRITES.values())
    crashed = service.store.runs("harbor")[1]
    assert (crashed.outcome, service.store.entries(crashed.id)) == ("failed", [])


def test_a_crashed_run_is_shown_as_failed_with_its_change_in_doubt(world: World, service: Service) -> None:
    """``runs`` and ``show`` tell what became of it, once the next run has begun."""
    kill(start_and_freeze(world, *WRITES["line.set"]))
    let_go(world)
    until(lambda: WRITES["line.set"] in sent(world))
    assert service.store.runs("harbor")[0].outcome == ""
    rerun(world)
    crashed = service.store.runs("harbor")[1]
    assert (crashed.outcome, crashed.closed_at is not None) == ("failed", True)
    assert "failed" in world.run("runs", "harbor").out
    shown = world.run("show", crashed.id)
    assert shown.code == 0
    assert "stopped half way" in shown.out


def test_two_commands_at_once_for_one_client(world: World) -> None:
    """The second one says that another run is under way, exits with 1 and writes nothing; the first one ends well."""
    first = start_and_freeze(world, *WRITES["contact.create"])
    before = len(sent(world))
    second = world.start("sync", "--format", "json", "harbor")
    out, err = second.communicate(timeout=30)
    assert len(sent(world)) == before
    let_go(world)
    assert (second.returncode, err) == (1, "")
    (failure,) = json.loads(out)["failures"]
    assert "harbor: another run (" in failure["message"]
    assert "is under way since" in failure["message"]
    first.communicate(timeout=30)
    assert first.returncode == 0
    right_end(world)
    assert sent(world) == list(WRITES.values())


def test_a_client_that_is_busy_does_not_stop_the_others(world: World) -> None:
    """Exit code 4: one client failed, the other is done."""
    world.client("lindqvist", "LindqvistLaw")
    world.people(client="lindqvist")
    (world.folder / "exports" / "lindqvist.ldf").write_bytes((world.folder / "exports" / "harbor.ldf").read_bytes())
    first = start_and_freeze(world, *WRITES["contact.create"])
    second = world.sync("harbor", "lindqvist")
    let_go(world)
    first.communicate(timeout=30)
    assert (second.code, list(second.failures)) == (4, ["harbor"])
    assert world.active(413) == ["Anna Adler", "Ben Berg", "Carl Cole"]


def test_a_command_that_is_interrupted_can_be_run_again_at_once(world: World) -> None:
    """Ctrl-C in the middle: one sentence, exit code 1, and the next run finishes the work."""
    running = start_and_freeze(world, *WRITES["line.set"])
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 1
    assert "Traceback" not in err
    assert "stopped" in err
    let_go(world)
    until(lambda: WRITES["line.set"] in sent(world))
    rerun(world)
    right_end(world)


DATED = (profile("Managed", method='"cancel_and_add"', increase='"now"', decrease='"now"'),)


@pytest.mark.parametrize(
    ("method", "path", "after"),
    [
        ("GET", "/finance/agreements/77/additions/3301", 0),
        ("PATCH", "/finance/agreements/77/additions/3301", 0),
        ("GET", "/finance/agreements/77/additions/3301", 1),
        ("GET", "/finance/agreements/77/additions/3301", 2),
        ("POST", "/finance/agreements/77/additions", 0),
    ],
    ids=["before-cancel", "during-cancel", "before-add", "while-copying", "during-add"],
)
def test_killed_while_a_line_takes_another_ones_place(world: World, method: str, path: str, after: int) -> None:
    """Wherever it dies between the two writes: after the next run one line has ended and exactly one follows it."""
    world.rules(*DATED)
    kill(start_and_freeze(world, method, path, after))
    let_go(world)
    if method != "GET":
        until(lambda: (method, path) in sent(world))
    rerun(world)
    found = [row for row in world.lines() if row["product"]["identifier"] == "MS-USER"]
    old, new = found
    assert [row["quantity"] for row in found] == [4, 3]
    assert date.fromisoformat(new["effectiveDate"][:10]) - date.fromisoformat(old["cancelledDate"][:10]) == timedelta(1)
    assert (new["unitPrice"], new.get("cancelledDate")) == (old["unitPrice"], None)
    world.settled()
