"""Writing a plan: journalled, read again before each write, refused alone, and never twice."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector.errors import Busy
from connector.state.store import OpenRun, Store
from connector.sync.outcome import Outcome, exit_code
from connector.sync.service import Service
from tests.scenarios.directory import but, person
from tests.scenarios.world import World
from tests.sync.conftest import (
    ANNA,
    BEN,
    CARL,
    DORA,
    KINDS,
    WRITES,
    Connect,
    before_writing,
    joined,
    journal,
    right_end,
    sent,
)  # fmt: skip

ALL_DONE = dict.fromkeys(KINDS, "done")


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A creation without an answer need not be waited for in tests of other rules."""
    monkeypatch.setattr("connector.sync.apply.SETTLING", timedelta(0))


class Watched(Store):
    """A store that also notes every move of a change, and how many writes the PSA had seen by then."""

    def watch(self, world: World) -> list[tuple[int, str, int]]:
        """Begin to note: place of the change, its new state, writes so far."""
        self.world, self.seen = world, list[tuple[int, str, int]]()
        return self.seen

    def mark(self, run: OpenRun, seq: int, state: str, *rest: Any, **more: Any) -> None:
        """Mark, and note it."""
        super().mark(run, seq, state, *rest, **more)
        self.seen.append((seq, state, len(sent(self.world))))


def test_a_run_makes_every_change_once_and_the_next_one_none(world: World, service: Service) -> None:
    """Seven kinds of change, one request each; afterwards there is nothing to do."""
    (report,) = service.sync(["harbor"])
    assert (report.outcome, [result.change.kind for result in report.results]) == (Outcome.APPLIED, KINDS)
    assert sent(world) == list(WRITES.values())
    assert journal(service) == ALL_DONE
    right_end(world)
    world.settled()


def test_each_change_is_journalled_before_and_after_its_write(world: World, service: Service) -> None:
    """``sending`` is on disk before the PSA sees the write, ``done`` follows it, one change after the other."""
    store = Watched(f"sqlite:///{world.folder}/state.db")
    seen = store.watch(world)
    service.around.store = store
    service.sync(["harbor"])
    store.close()
    assert seen == [
        step for at in range(len(KINDS)) for step in ((at, "sending", at), (at, "done", at + 1))
    ]  # fmt: skip


def test_each_target_is_read_again_just_before_it_is_written(world: World, service: Service) -> None:
    """The request before a PATCH is a GET of the same record."""
    service.sync(["harbor"])
    log = [(one["method"], one["path"]) for one in world.sandbox.requests()["requests"]]
    patches = [at for at, (method, _) in enumerate(log) if method == "PATCH"]
    assert len(patches) == 5
    assert [log[at - 1] for at in patches] == [("GET", log[at][1]) for at in patches]


def test_a_contact_that_moved_is_refused_alone_and_named(world: World, service: Service) -> None:
    """Somebody edits the title between plan and write: that edit stays, everything else is written."""
    before_writing(service, lambda: world.edit("/company/contacts/101", title="Head Nurse"))
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"contact.update": "refused"}
    assert world.contact(101)["title"] == "Head Nurse"
    assert ("PATCH", "/company/contacts/101") not in sent(world)
    assert report.plan is not None
    (held,) = report.plan.held
    assert held.what == "Anna Adler (aadler)"
    assert "contact 101 has changed since the plan was made" in held.reason
    assert exit_code([report]) == 3


def test_a_line_that_moved_is_refused_alone_and_named(world: World, service: Service) -> None:
    """Somebody sets the quantity between plan and write: their number stays."""
    before_writing(service, lambda: world.edit("/finance/agreements/77/additions/3301", quantity=9))
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"line.set": "refused"}
    assert world.quantity(3301) == 9
    assert report.plan is not None
    assert "line 3301 stands at 9" in report.plan.held[0].reason


def test_a_target_that_already_stands_as_wanted_is_done_without_a_write(world: World, service: Service) -> None:
    """Somebody made the same edit by hand: nothing is sent."""
    before_writing(service, lambda: world.edit("/company/contacts/101", title="Manager"))
    service.sync(["harbor"])
    assert journal(service) == ALL_DONE
    assert ("PATCH", "/company/contacts/101") not in sent(world)


def test_a_line_that_already_stands_as_wanted_is_done_without_a_write(world: World, service: Service) -> None:
    """Finance set the same quantity by hand: nothing is sent, and the journal says why the change is done."""
    before_writing(service, lambda: world.edit("/finance/agreements/77/additions/3301", quantity=3))
    service.sync(["harbor"])
    assert journal(service) == ALL_DONE
    assert ("PATCH", "/finance/agreements/77/additions/3301") not in sent(world)
    entries = service.store.entries(service.store.runs("harbor")[0].id)
    assert [one.answer for one in entries if one.change.target.addition_id == 3301] == ["already so"]


def test_a_target_that_is_gone_is_refused_alone(world: World, service: Service) -> None:
    """A line deleted between plan and write is named; nothing is made in its place."""
    before_writing(service, lambda: world.call("DELETE", "/finance/agreements/77/additions/3301"))
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"line.set": "refused"}
    assert report.plan is not None
    assert "it is gone from the PSA" in report.plan.held[0].reason


def test_a_contact_that_left_the_company_is_refused_alone(world: World, service: Service) -> None:
    """A contact moved to another company between plan and write belongs to that company now."""
    before_writing(service, lambda: world.edit("/company/contacts/101", company={"id": 413}))
    service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"contact.update": "refused"}
    assert world.contact(101)["title"] == "Nurse"


def test_a_contact_that_the_psa_refuses_fails_alone(world: World, service: Service) -> None:
    """The PSA checks the whole record and finds an old fault in it: its words are in the report, the rest is done."""
    state = world.sandbox.state()
    next(one for one in state["contacts"] if one["id"] == 101)["nickName"] = "x" * 500
    world.sandbox.control("POST", "reset", state)
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"contact.update": "failed"}
    failed = report.results[1]
    assert "nickName" in failed.words
    assert exit_code([report]) == 3


def test_missing_rights_in_the_middle_fail_the_client_and_tell_what_was_done(world: World, service: Service) -> None:
    """No right to write lines: the contacts stay written, the right is named, the lines are left."""
    world.fault("403", method="PATCH", path="/finance/agreements/*", times=0)
    (report,) = service.sync(["harbor"])
    assert report.outcome is Outcome.FAILED
    assert "Finance" in report.error
    assert "4 of 7 changes were made before; run again for the rest." in report.error
    assert list(journal(service).values()) == ["done"] * 4 + ["failed", "planned", "planned"]
    world.sandbox.control("DELETE", "faults")
    service.sync(["harbor"])
    right_end(world)
    world.settled()


def test_what_was_made_before_a_failure_does_not_count_what_was_refused(world: World, service: Service) -> None:
    """The sentence counts changes that were made, not changes that were tried."""
    before_writing(service, lambda: world.edit("/company/contacts/101", title="Head Nurse"))
    world.fault("403", method="PATCH", path="/finance/agreements/*", times=0)
    (report,) = service.sync(["harbor"])
    assert "3 of 7 changes were made before" in report.error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("effect", ["drop-after", "500-after"])
def test_a_lost_answer_of_a_write_that_was_carried_out_is_found(
    world: World, service: Service, kind: str, effect: str
) -> None:
    """Read back by its identity, it is done: one request, one record, nothing left for the next run."""
    method, path = WRITES[kind]
    world.fault(effect, method=method, path=path)
    (report,) = service.sync(["harbor"])
    assert (journal(service), report.outcome) == (ALL_DONE, Outcome.APPLIED)
    assert "confirmed by reading back" in report.results[KINDS.index(kind)].words
    assert sent(world).count((method, path)) == 1
    right_end(world)
    world.settled()


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_that_the_psa_itself_says_has_failed_is_sent_once_more(
    world: World, service: Service, kind: str
) -> None:
    """Its own error says that nothing is under way any more, and reading back shows that nothing was done."""
    method, path = WRITES[kind]
    world.fault("500", method=method, path=path)
    (report,) = service.sync(["harbor"])
    assert (journal(service), report.outcome) == (ALL_DONE, Outcome.APPLIED)
    assert sent(world).count((method, path)) == 2
    right_end(world)
    world.settled()


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_is_never_sent_a_third_time(world: World, service: Service, kind: str) -> None:
    """A PSA that goes on failing is left alone until the next run."""
    method, path = WRITES[kind]
    world.fault("500", method=method, path=path, times=0)
    service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {kind: "failed"}
    assert sent(world).count((method, path)) == 2
    world.sandbox.control("DELETE", "faults")
    service.sync(["harbor"])
    right_end(world)
    world.settled()


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_behind_a_broken_gateway_is_left_to_the_next_run(world: World, service: Service, kind: str) -> None:
    """It may still be under way, so it is not sent again at once; the next run reads everything and makes it once."""
    method, path = WRITES[kind]
    world.fault("502-html", method=method, path=path)
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {kind: "doubt" if method == "POST" else "failed"}
    assert report.outcome is Outcome.HELD
    assert sent(world).count((method, path)) == 1
    service.sync(["harbor"])
    right_end(world)
    assert sent(world).count((method, path)) == 2
    world.settled()


@pytest.mark.parametrize("kind", ["contact.create", "line.add"])
def test_a_creation_that_may_still_be_under_way_is_given_time_to_show(
    world: World, connect: Connect, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connector gave up waiting while the PSA was still at it, and is run again at once: the second run sees that
    nothing is there yet, waits, finds it, and sends nothing."""
    monkeypatch.setattr("connector.sync.apply.SETTLING", timedelta(seconds=10))
    monkeypatch.setattr("connector.sync.apply.LOOK_EVERY", 0.2)
    method, path = WRITES[kind]
    world.fault("slow", method=method, path=path, seconds=4)
    first = connect()
    first.sync(["harbor"])
    assert journal(first)[kind] == "doubt"
    (report,) = first.sync(["harbor"])
    assert (report.outcome, journal(first)) == (Outcome.APPLIED, {kind: "done"})
    assert sent(world).count((method, path)) == 1
    right_end(world)
    world.settled()


@pytest.mark.parametrize("kind", ["contact.create", "line.add"])
def test_a_creation_that_never_shows_is_made_once_the_time_is_over(
    world: World, service: Service, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for until the time is over, and then sent, once."""
    monkeypatch.setattr("connector.sync.apply.SETTLING", timedelta(seconds=1))
    monkeypatch.setattr("connector.sync.apply.LOOK_EVERY", 0.2)
    method, path = WRITES[kind]
    world.fault("drop", method=method, path=path)
    service.sync(["harbor"])
    before = time.monotonic()
    (report,) = service.sync(["harbor"])
    assert (report.outcome, journal(service)) == (Outcome.APPLIED, {kind: "done"})
    assert time.monotonic() - before > 0.5
    assert sent(world).count((method, path)) == 2
    right_end(world)


def test_of_two_records_that_appeared_none_is_taken(world: World, service: Service) -> None:
    """Somebody makes the same contact by hand in the same moment: held with both ids, and no third one is made."""
    ben = {"firstName": "Ben", "lastName": "Berg", "company": {"id": 412}, "communicationItems": [
        {"type": {"id": 1}, "value": BEN.mail, "communicationType": "Email"}]}  # fmt: skip
    before_writing(service, lambda: world.call("POST", "/company/contacts", ben))
    world.fault("drop-after", method="POST", path="/company/contacts", after=1)
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"contact.create": "doubt"}
    words = report.results[0].words
    assert "which may be it or not" in words
    assert words.count("(Ben Berg)") == 2
    assert world.active().count("Ben Berg") == 2


def test_a_namesake_that_appeared_is_not_taken_for_the_lost_contact(world: World, service: Service) -> None:
    """The same name with another address might be it: nothing is linked, and nothing is sent again."""
    other = {"firstName": "Ben", "lastName": "Berg", "company": {"id": 412}}
    before_writing(service, lambda: world.call("POST", "/company/contacts", other))
    world.fault("500", method="POST", path="/company/contacts", after=1, times=0)
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {"contact.create": "doubt"}
    assert "(Ben Berg) has appeared" in report.results[0].words


def test_a_worker_that_lost_its_run_sends_nothing_once_more(world: World, service: Service, connect: Connect) -> None:
    """While the failed write was read back, another worker took over: the first one stops."""
    world.fault("500", method="POST", path="/company/contacts")
    taken = []

    class Overtaken(Store):
        def beat(self, run: OpenRun, now: datetime) -> None:
            taken.append(run)
            raise Busy("harbor: run was taken over by another worker.")

    service.around.store = Overtaken(f"sqlite:///{world.folder}/state.db", service.store.worker)
    (report,) = service.sync(["harbor"])
    service.store.close()
    assert (report.outcome, len(taken)) == (Outcome.FAILED, 1)
    assert sent(world) == [("POST", "/company/contacts")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_that_breaks_before_the_write_ends_in_one_record(
    world: World, service: Service, kind: str
) -> None:
    """Nobody knows that the write was never made: it is looked for first, and then made once."""
    method, path = WRITES[kind]
    world.fault("drop", method=method, path=path)
    service.sync(["harbor"])
    assert journal(service)[kind] == ("doubt" if method == "POST" else "failed")
    service.sync(["harbor"])
    right_end(world)
    world.settled()


@pytest.mark.parametrize("kind", ["contact.update", "line.set"])
def test_a_change_that_cannot_be_read_back_stays_in_doubt_alone(world: World, service: Service, kind: str) -> None:
    """The answer is lost and reading back fails as well: doubt, not failed; the rest is done, the next run looks."""
    method, path = WRITES[kind]
    world.fault("drop-after", method=method, path=path)
    world.fault("403", method="GET", path=path, after=1)
    (report,) = service.sync(["harbor"])
    assert journal(service) == ALL_DONE | {kind: "doubt"}
    assert "Reading it back failed" in report.results[KINDS.index(kind)].words
    service.sync(["harbor"])
    right_end(world)
    assert sent(world).count((method, path)) == 1
    world.settled()


def test_a_quantity_in_doubt_is_not_blamed_on_somebody_else(world: World, service: Service) -> None:
    """Our write's answer was lost, and the count moves on before the next run: the line is ours, not drift."""
    service.sync(["harbor"])
    world.people(*joined(person("Elsa Ek")))
    world.fault("drop-after", method="PATCH", path="/finance/*")
    world.fault("403", method="GET", path="/finance/agreements/77/additions/3301", after=1)
    service.sync(["harbor"])
    assert journal(service)["line.set"] == "doubt"
    world.people(*joined(person("Elsa Ek"), person("Finn Falk")))
    (report,) = service.sync(["harbor"])
    assert (report.outcome, world.quantity(3301)) == (Outcome.APPLIED, 5)
    world.settled()


def test_a_quantity_set_by_somebody_else_is_still_drift_after_a_lost_answer(world: World, service: Service) -> None:
    """Only the two quantities that may be ours are taken for ours."""
    service.sync(["harbor"])
    world.people(*joined(person("Elsa Ek")))
    world.fault("drop-after", method="PATCH", path="/finance/*")
    world.fault("403", method="GET", path="/finance/agreements/77/additions/3301", after=1)
    service.sync(["harbor"])
    world.edit("/finance/agreements/77/additions/3301", quantity=7)
    (report,) = service.sync(["harbor"])
    assert (report.outcome, world.quantity(3301)) == (Outcome.HELD, 7)


def test_a_line_that_was_added_without_an_answer_is_not_added_again_when_the_count_moved(
    world: World, service: Service
) -> None:
    """The next run finds the line, takes it for its own, and sets the new count on it."""
    world.fault("drop-after", method="POST", path="/finance/*")
    world.fault("403", method="GET", path="/finance/agreements/77/additions", after=1)
    service.sync(["harbor"])
    assert journal(service)["line.add"] == "doubt"
    world.people(ANNA, but(BEN, groups=("Front",)), CARL, DORA)
    service.sync(["harbor"])
    added = [one for one in world.sandbox.state()["additions"] if one["product"]["identifier"] == "MS-FRONTLINE"]
    assert [one["quantity"] for one in added] == [2]
    world.settled()
