"""Whatever goes wrong with whichever request, through the commands: the end is right, and nothing was done twice."""

import os
import time
from collections import Counter
from datetime import timedelta

import pytest

from connector.sandbox.faults import EFFECTS
from tests.scenarios.world import World
from tests.sync.conftest import KINDS, WRITES, right_end, sent

EVERY_EFFECT = sorted(EFFECTS)
ONCE = {
    ("Contact", "Created"): 1,
    ("Contact", "Updated"): 3,
    ("AgreementAddition", "Created"): 1,
    ("AgreementAddition", "Updated"): 2,
}
"""What the PSA's own audit trail must hold in the end, by type and action: each write once."""
PATIENCE = "CONNECTOR_PSA__PATIENCE_SECONDS"
READS = ["/company/contacts", "/company/contacts/101", "/finance/agreements/77/additions"]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second for a request with its repeats, and none for a creation without an answer to show."""
    monkeypatch.setenv(PATIENCE, "1")
    monkeypatch.setattr("connector.sync.apply.SETTLING", timedelta(0))


def carried_out(world: World) -> dict[tuple[str, str], int]:
    """How often the PSA carried something out, by its audit trail."""
    trail = world.sandbox.state()["auditTrail"]
    return Counter((one["recordType"], one["auditSubType"]) for one in trail)


def ends_well(world: World) -> None:
    """Run until everything is done, which must be the case after two runs; then nothing is left and nothing doubled.
    Only the run with the fault is impatient: the others must not fail because this computer is busy."""
    first = world.sync()
    world.sandbox.control("DELETE", "faults")
    os.environ.pop(PATIENCE, None)
    if first.code:
        again = world.sync()
        assert again.code == 0, again.out + again.err
    right_end(world)
    assert carried_out(world) == ONCE
    world.settled()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("effect", EVERY_EFFECT)
def test_one_faulty_answer_to_a_write(world: World, effect: str, kind: str) -> None:
    """Every effect on every kind of write: at most one more run, and the PSA has carried each write out once."""
    method, path = WRITES[kind]
    world.fault(effect, method=method, path=path, retry_after=0, seconds=0.2)
    ends_well(world)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("effect", ["slow", "slow-after"])
def test_an_answer_to_a_write_that_comes_too_late(world: World, effect: str, kind: str) -> None:
    """The connector has given up waiting, and the PSA carries the write out before or after that: nobody repeats it."""
    method, path = WRITES[kind]
    world.fault(effect, method=method, path=path, seconds=1.5)
    first = world.sync()
    (ended,) = (first.document["outcomes"][one["id"]] for one in first.plan["changes"] if one["kind"] == kind)
    assert ended.startswith("done" if effect == "slow-after" else ("doubt", "failed")), ended
    for _ in range(200):
        if carried_out(world) == ONCE:
            break
        time.sleep(0.02)
    assert carried_out(world) == ONCE
    ends_well(world)
    assert sent(world).count((method, path)) == 1


@pytest.mark.parametrize("kind", ["contact.create", "line.set"])
@pytest.mark.parametrize("effect", EVERY_EFFECT)
def test_the_same_fault_again_and_again(world: World, effect: str, kind: str) -> None:
    """As long as it lasts, nothing is done twice; when it is over, the next run finishes."""
    method, path = WRITES[kind]
    world.fault(effect, method=method, path=path, times=0, retry_after=0, seconds=0.1)
    ends_well(world)


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("effect", EVERY_EFFECT)
def test_a_faulty_answer_to_a_reading(world: World, effect: str, read: str) -> None:
    """Every effect on a list, a record read again, and the lines: nothing is taken for empty, the end is the same."""
    world.fault(effect, method="GET", path=read, times=2, retry_after=0, seconds=0.1)
    ends_well(world)


@pytest.mark.parametrize(
    ("effect", "told"),
    [
        ("429", "Too many requests. Please try again in 0 seconds"),
        ("500", "A timeout has occured. Please try again"),
        ("502-html", "502 Bad Gateway"),
        ("400-text", "Cannot route. Codebase/company is invalid"),
        ("401", "UserNotAuthenticated"),
        ("403", "You do not have security permission to perform this action"),
        ("drop", "could not be reached"),
    ],
)
def test_the_words_of_the_psa_reach_the_report(world: World, effect: str, told: str) -> None:
    """Envelope, plain text and HTML: what was said stands in the failure, with what to do; nothing was written."""
    world.fault(effect, method="GET", path="/company/contacts", times=0, retry_after=0)
    ran = world.sync()
    assert (ran.code, told in ran.failures["harbor"], world.writes()) == (1, True, 0), ran.failures
