"""A history: a client's nights one after the other, with everything that can happen between and in them, by a seed.

The runs are those of the product: its service, its adapters, a state database, and a PSA that answers over HTTP.
"""

import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import structlog

from connector.core.model import Link
from connector.core.plan import Change
from connector.sandbox import Sandbox
from connector.sandbox.application import logged_path
from connector.sandbox.messages import Request, Response
from connector.settings import load
from connector.state.store import Store
from connector.state.worker import this_worker
from connector.sync.outcome import Outcome, Report
from connector.sync.service import Service
from connector.sync.together import Surroundings
from connector.wiring import Wiring
from tests.properties import history_checks as checks
from tests.properties.history_checks import Around, Effect
from tests.properties.history_client import choose, psa_before, shown
from tests.properties.history_office import ByHand, Office, happenings
from tests.scenarios.directory import group
from tests.scenarios.records import AGREEMENT
from tests.scenarios.world import NO_TLS, World
from tests.sync.boundaries import boundaries

RERUNS = 3
"""So many runs without trouble are enough until nothing is left to do, and those that an absent account waits for."""
TRIES = 3
EFFECTS = (
    "429", "500", "500-after", "502-html", "503-html", "504-html", "400-text", "401", "403", "408", "not-json", "empty",
    "cut", "drop", "drop-after",
)  # fmt: skip
OF_A_WRITE = (*EFFECTS, *("500-after", "empty", "cut", "drop", "drop-after") * 2)
NEVER = 1e9
IN_ANOTHER = group("Inner", groups=("Outer",))
"""A group in a group: an export in which nothing is a member of anything counts as incomplete."""


class Crash(BaseException):
    """The process is gone; nothing tidies up."""


@dataclass
class Figures:
    """What was met in a number of histories."""

    histories: int = 0
    runs: int = 0
    requests_that_wrote: int = 0
    crashes: int = 0
    faults: int = 0
    incomplete_readings: int = 0
    failed_runs: int = 0
    held_by_the_guard: int = 0

    def add(self, other: "Figures") -> None:
        """Count what others have met."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, one.name):,} {one.name.replace('_', ' ')}" for one in fields(self))


@contextmanager
def stage() -> Iterator[Sandbox]:
    """A PSA for many histories. A request is tried three times without a pause, and nothing is under way any more when
    a run begins."""

    def wait(state: Any) -> float:
        return 0 if state.attempt_number < TRIES else NEVER

    with (
        _silence(),
        patch("connector.psa.http._trust", return_value=NO_TLS),
        patch("connector.psa.retry._wait", wait),
        patch("connector.sync.apply.SETTLING", timedelta(0)),
        Sandbox() as sandbox,
    ):
        yield sandbox


@contextmanager
def _silence() -> Iterator[None]:
    """The log would tell of every repeated request."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def play(seed: int, sandbox: Sandbox) -> Figures:
    """Play one history. What does not hold is an AssertionError that tells the whole history and how to replay it."""
    folder = Path(tempfile.mkdtemp(prefix=f"history-{seed}-"))
    try:
        history = History(seed, folder, sandbox)
        try:
            history.play()
        except Exception as error:
            told = "\n".join(history.told)
            raise AssertionError(f"{type(error).__name__}: {error}\nHISTORY_SEED={seed}\n{told}") from error
        finally:
            history.end()
        return history.figures
    finally:
        shutil.rmtree(folder)


class History:
    """One client from its first run on. ``told`` are its steps in words."""

    def __init__(self, seed: int, folder: Path, sandbox: Sandbox) -> None:
        self.rng, self.sandbox = Random(seed), sandbox  # noqa: S311
        self.figures, self.told, self.effects = Figures(histories=1), list[str](), list[Effect]()
        self.rules, self.office = choose(self.rng), Office(self.rng)
        self.hand = ByHand(self.rng, sandbox, self.office)
        sandbox.control("POST", "reset", psa_before(self.rng, self.office.entries))
        self.world, self.workers = World(folder, sandbox), 0
        self.world.rules(*self.rules.tables())
        self.now = datetime(2026, 11, 16, 2, 15, tzinfo=UTC)
        self.told.append(self.rules.words)
        self.told += [f"{one.name} is {shown(one)} in {one.groups}" for one in self.office.entries]
        self.first = sandbox.state()
        self.late_after, self.late = -1, list[Callable[[], object]]()
        self.wiring, self.store, self.service = self._connect()
        self.heard = patch.object(sandbox.application, "tenant", self._hear(sandbox.application.tenant))
        self.heard.start()

    def end(self) -> None:
        """Close everything."""
        self.heard.stop()
        self._disconnect()

    def play(self) -> None:
        """Some nights with trouble, and then nights without until nothing is left to do."""
        for _ in range(self.rng.randint(3, 6)):
            self._day()
            self._night()
        self._settles()
        checks.journal_agrees(list(self.store.steps("harbor")), self.effects)
        open_runs = [run.id for run in self.store.runs("harbor") if run.closed_at is None]
        assert not open_runs, f"runs are open: {open_runs}"

    # the parts of a day

    def _day(self) -> None:
        self.now += timedelta(days=self.rng.choice((0, 1, 1, 1, 2, 9)), minutes=5)
        self._clock()
        self.office.unsure = checks.unsure(self.store.steps("harbor"))
        what = happenings(self.office, self.hand)
        for one in self.rng.choices(list(what), list(what.values()), k=self.rng.randint(0, 3)):
            self.told.append(f"{self.now:%m-%d} {one()}")
        if self.rng.random() < 0.2:
            with suppress(ValueError):
                self.world.invoice(AGREEMENT)
                self.told.append(f"{self.now:%m-%d} finance makes the next invoice")
        self._export()

    def _night(self) -> None:
        if self.rng.random() < 0.5:
            self._catch_up()
        kinds = {"usual": 4, "incomplete": 2, "fault": 4, "late": 2, "crash": 4}
        kinds |= {"fault and crash": 1, "late and crash": 1, "consent": 1}
        kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
        if "fault" in kind:
            self._fault()
        if "late" in kind:
            self._arm_late()
        if kind == "incomplete":
            self._incomplete()
        elif "crash" in kind:
            self._crash()
        elif kind == "consent":
            self._consent()
        else:
            self._run()
        self.figures.faults += sum(one["fired"] for one in self.sandbox.control("GET", "faults"))
        self.sandbox.control("DELETE", "faults")
        self.late_after = -1

    def _settles(self) -> None:
        """Nothing is left to do, or only what the guard holds, which stays the same."""
        digest, left, self.now = "", list[str](), self.now + timedelta(days=1)
        self.told.append("from here on without trouble")
        self._catch_up()
        self._export()
        for _ in range(RERUNS + self.rules.absent_reads):
            self.now += timedelta(minutes=5)
            self._clock()
            before = len(self.effects)
            report = self._run()
            plan = report.plan
            assert report.outcome is not Outcome.FAILED, f"a run without trouble failed: {report.error}"
            assert plan is not None
            wrote = len(self.effects) > before
            waits = any(reads < self.rules.absent_reads for reads in plan.absent.values())
            still = plan.tripped and plan.digest == digest
            if not wrote and not waits and (not plan.changes or still):
                if not plan.tripped:
                    checks.every_line_goes_on(self.first, self.sandbox.state(), self.rules, plan)
                return
            digest, left = plan.digest, [one.kind.value for one in plan.changes]
        raise AssertionError(f"there is always something left to do: {left}")

    # runs

    def _run(self) -> Report:
        """One run, and what must hold of every one."""
        before, links = self.sandbox.state(), self._links()
        (report,) = self.service.sync(["harbor"])
        self.figures.runs += 1
        self.figures.failed_runs += report.outcome is Outcome.FAILED
        tripped = report.plan is not None and report.plan.tripped
        self.figures.held_by_the_guard += tripped
        self.told.append(f"{self.now:%m-%d %H:%M} run: {report.outcome} {report.error}")
        if report.plan is not None:
            self.told += [f"    {_told(one)}" for one in report.plan.changes]
            self.told += [f"    held {one.kind}: {one.what}: {one.reason}" for one in report.plan.held]
        self.told += [f"    {one.change.kind} {one.state} {one.words}" for one in report.results]
        around = self._look(before)
        assert "the connector itself failed" not in report.error, report.error
        if report.plan is None:
            checks.nothing_moved(around, "a reading failed")
            assert self._links() == links, "a reading failed, and accounts were counted as absent"
        if report.plan is not None and not self.hand.quantities:
            checks.no_drift(report.plan)
        assert not (tripped and self.rules.open_guard), "the guard is wide open, and holds the client"
        if tripped:
            checks.nothing_moved(around, "the guard holds the client")
        return report

    def _look(self, before: dict[str, Any]) -> Around:
        around = Around(before, self.sandbox.state())
        checks.only_what_is_ours(around, self.rules, self.hand.contacts, self.hand.lines)
        checks.one_line_a_day(around.after, self.rules, self.hand.lines)
        return around

    def _incomplete(self) -> None:
        path, way = self.world.folder / "exports" / "harbor.ldf", self.rng.choice(("cut", "empty", "missing"))
        data = path.read_bytes()
        cut = next(at for at in range(self.rng.randint(20, len(data) - 20), 0, -1) if data[at - 1 : at] != b"\n")
        self.told.append(f"the export is {way} ({cut})")
        if way == "missing":
            path.unlink()
        else:
            path.write_bytes(data[:cut] if way == "cut" else b"")
        self.figures.incomplete_readings += 1
        report = self._run()
        assert (report.outcome, report.plan) == (Outcome.FAILED, None), f"half a reading led to {report.outcome}"

    def _fault(self) -> None:
        for _ in range(self.rng.randint(1, 2)):
            method = self.rng.choice(("GET", "POST", "POST", "PATCH", "PATCH", "*"))
            after = self.rng.randint(0, 6) if method in ("GET", "*") else self.rng.randint(0, 2)
            effects = OF_A_WRITE if method in ("POST", "PATCH") else EFFECTS
            rule = {
                "effect": self.rng.choice(effects), "method": method, "after": after,
                "times": self.rng.randint(1, 4), "retry_after": 0,
            }  # fmt: skip
            self.told.append(f"fault {rule}")
            self.sandbox.control("POST", "faults", rule)

    def _arm_late(self) -> None:
        self.late_after = self.rng.randint(0, 4)
        self.told.append(f"the PSA keeps request {self.late_after} that writes for later")

    def _catch_up(self) -> None:
        """The PSA carries out what it has kept: between two runs, or when one has read and begins to write."""
        for one in self.late:
            self.told.append("the PSA carries out what it has kept")
            one()
        self.late.clear()

    def _listen(self, _client: str, what: str) -> None:
        if what.startswith("writing"):
            self._catch_up()

    def _crash(self) -> None:
        writes, number = self.rng.random() < 0.6, self.rng.randint(0, 12)
        left = iter(range(number if writes else number * 5))
        before, late, at = self.sandbox.state(), bool(self.late), ""

        def reached(what: str) -> None:
            nonlocal at
            if self.late and not late:
                at = f"with a request under way, {what}"
                raise Crash
            if (not writes or re.search("POST|PATCH", what)) and next(left, None) is None:
                at = what
                raise Crash

        with boundaries(reached):
            try:
                self._run()
            except Crash:
                self.told.append(f"{self.now:%m-%d %H:%M} the run dies {at.replace(self.sandbox.url, '')}")
                self.figures.runs += 1
                self.figures.crashes += 1
                self._look(before)
        if at:
            self._disconnect()
            self.wiring, self.store, self.service = self._connect()

    def _consent(self) -> None:
        """Somebody has read the plan and opens the guard for one run."""
        self.told.append("somebody opens the guard for one run")
        for wide in (True, None):
            self.world.rules(*self.rules.tables(open_guard=wide))
            self._disconnect()
            self.wiring, self.store, self.service = self._connect()
            if wide:
                self._run()

    # the world

    def _connect(self) -> tuple[Wiring, Store, Service]:
        """The application as a process that was not there before."""
        self.workers += 1
        place, pid, _ = this_worker().split("#")
        settings = load(self.world.folder)
        wiring = Wiring(settings, now=self._time)
        store = Store(settings.state.url, f"{place}#{pid}#{self.workers:08x}")
        return wiring, store, Service(Surroundings(wiring.world, store, lambda: self.now, self._listen))

    def _time(self, zone: tzinfo) -> datetime:
        return self.now.astimezone(zone)

    def _disconnect(self) -> None:
        self.store.close()
        self.wiring.close()

    def _clock(self) -> None:
        self.sandbox.control("POST", "clock", {"now": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "frozen": True})

    def _export(self) -> None:
        self.world.people(*self.office.entries, IN_ANOTHER, groups=["Front", "Old"])

    def _links(self) -> dict[str, Link]:
        return dict(self.store.memory("harbor").links)

    def _hear(self, tenant: Callable[..., Response]) -> Callable[..., Response]:
        """Note every request of the connector that writes and that the PSA carries out."""

        def carried_out(request: Request, match: re.Match[str] | None) -> Response:
            response = tenant(request, match)
            if 200 <= response.status < 300:
                request_id = request.headers.get("x-request-id", "")
                self.effects.append(Effect(request.method, logged_path(request), request_id))
                self.figures.requests_that_wrote += 1
            return response

        def heard(request: Request, match: re.Match[str] | None) -> Response:
            if request.method == "GET" or not request.headers.get("user-agent", "").startswith("connector/"):
                return tenant(request, match)
            self.late_after -= 1
            if self.late_after != -1:
                return carried_out(request, match)
            self.late.append(lambda: carried_out(request, match))
            self.figures.faults += 1
            return Response(0, drop=True)

        return heard


def _told(change: Change) -> str:
    whose = change.person.account if change.person else change.label
    record = change.target.contact_id or change.target.addition_id or "new"
    return f"{change.kind} {record} of {whose}: {dict(change.before)} -> {dict(change.after)}"
