"""One run over several clients: all are read, the guard looks at all of them together, then each is written.

One client's trouble never stops the others; trouble with the state database stops all.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from connector.core import across, guard
from connector.core.again import Released, title
from connector.core.decide import Learned
from connector.core.model import PsaSnapshot, Traffic
from connector.core.plan import Held, HeldKind, Plan
from connector.core.rules import RunLimits
from connector.errors import Busy, ClientError, ConfigError, PsaError, StateError
from connector.state.decisions import Decision
from connector.state.store import OpenRun, Store
from connector.sync.apply import Result, apply, remember_reading
from connector.sync.heartbeat import beating
from connector.sync.outcome import Outcome, Report, outcome_of
from connector.sync.world import World

Progress = Callable[[str, str], None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a run may do: the ``plan``, the reading of the PSA behind it, and what the directory taught (None where it
    was not read). ``adopting`` keeps the pairs alone. ``approval`` is what a person has let pass, as (kind, what) of
    what was held: ``released``."""

    plan: Plan
    psa: PsaSnapshot
    learned: Learned | None
    adopting: bool = False
    approval: Decision | None = None
    released: Released = frozenset()


@dataclass(slots=True)
class Turn:
    """One client's part. ``trigger`` is what the run is opened for (``""``: a dry run, which opens none), ``of_run``
    the run that it applies or takes back."""

    client: str
    propose: Callable[[World], Proposal]
    trigger: str = ""
    of_run: str = ""
    world: World | None = None
    run: OpenRun | None = None
    proposal: Proposal | None = None
    report: Report | None = None
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return self.report is not None

    @property
    def outcome(self) -> str:
        """How it ended."""
        return self.report.outcome.value if self.report is not None else ""


@dataclass(slots=True)
class Surroundings:
    """What every run needs: the worlds of the clients, the state, the time in UTC, a listener, what this thread
    has asked the PSA so far, the limits over all clients, and who asks for the run."""

    worlds: Callable[[str], World]
    store: Store
    now: Callable[[], datetime]
    progress: Progress = lambda client, what: None
    traffic: Callable[[], Traffic] = Traffic
    limits: RunLimits = field(default_factory=RunLimits)
    actor: str = ""


def together(around: Surroundings, turns: Sequence[Turn]) -> list[Report]:
    """Take all turns; a report for each, in their order. Raises StateError."""
    taken = _Together(around)
    with beating(around.store, around.now):
        try:
            for turn in turns:
                taken.step(turn, taken.read)
            taken.guard(turns)
            for turn in turns:
                if not turn.ended:
                    taken.step(turn, taken.act)
        except StateError as error:
            taken.abandon(turns, error)
            raise
    return [replace(turn.report, traffic=turn.traffic) for turn in turns if turn.report is not None]


class _Together:
    """The phases of a run over several clients."""

    def __init__(self, around: Surroundings) -> None:
        self.around, self.store = around, around.store

    def step(self, turn: Turn, phase: Callable[[Turn], None]) -> None:
        """One phase of one client's turn; its trouble ends it."""
        before = self.around.traffic()
        try:
            phase(turn)
        except (ClientError, ConfigError) as error:
            self._fail(turn, str(error), busy=isinstance(error, Busy))
        except StateError:
            raise
        except Exception as error:
            log.exception("client.fault", client=turn.client)
            self._fail(turn, _fault(turn.client, error))
        turn.traffic += self.around.traffic() - before
        if turn.ended:
            self.around.progress(turn.client, turn.outcome)

    def read(self, turn: Turn) -> None:
        """Open the run and make the plan."""
        self.around.progress(turn.client, "reading")
        turn.world = self.around.worlds(turn.client)
        if turn.trigger:
            now = turn.world.clock()
            actor = self.around.actor
            turn.run = self.store.open_run(turn.client, turn.trigger, now, actor=actor, of_run=turn.of_run)
        turn.proposal = turn.propose(turn.world)

    def guard(self, turns: Sequence[Turn]) -> None:
        """Hold what all clients together may not do. What a person has let pass counts no more."""
        asked = [one for turn in turns if (one := turn.proposal) is not None and not _let_pass(one)]
        if not (held := across.check([one.plan for one in asked], self.around.limits)):
            return
        for turn in turns:
            one = turn.proposal
            if one is not None and one.plan.changes and not one.plan.tripped and not _let_pass(one):
                turn.proposal = replace(one, plan=replace(one.plan, held=(*one.plan.held, *held)))

    def act(self, turn: Turn) -> None:
        """Write the plan, unless it is held or a dry run; close the run."""
        world, proposal = turn.world, turn.proposal
        if world is None or proposal is None:
            return
        if turn.run is None:
            plan = guard.to_approve(proposal.plan)
            turn.report = Report(turn.client, outcome_of(plan), plan)
            return
        plan = self._told(guard.to_approve(proposal.plan, turn.run.id))
        report = self._written(turn, world, turn.run, replace(proposal, plan=plan))
        used = proposal.approval is not None and not plan.tripped and report.outcome is not Outcome.FAILED
        approval = proposal.approval.run if used and proposal.approval else ""
        self.store.close_run(turn.run, report.outcome, report.error, world.clock(), approval=approval)
        turn.report = report

    def abandon(self, turns: Sequence[Turn], error: StateError) -> None:
        """Close what is open as far as the database allows: the next run takes over the rest."""
        for turn in turns:
            if turn.report is None:
                with contextlib.suppress(StateError):
                    self._fail(turn, str(error))

    def _told(self, plan: Plan) -> Plan:
        """The plan, saying of what is held that a person has rejected just this before."""
        if not any(hold.approvable for hold in plan.held):
            return plan
        rejection = self.store.rejection(plan.client, plan.digest)
        if rejection is None:
            return plan
        words = f"Rejected by {rejection.actor} on {rejection.at:%Y-%m-%d} (run {rejection.run}). "

        def told(hold: Held) -> Held:
            return replace(hold, how_to_release=words + hold.how_to_release) if hold.approvable else hold

        return replace(plan, held=tuple(map(told, plan.held)))

    def _written(self, turn: Turn, world: World, run: OpenRun, proposal: Proposal) -> Report:
        plan = proposal.plan
        self.store.keep_plan(run, plan)
        if plan.tripped:
            self.store.remember_absent(turn.client, dict(plan.absent))
            return Report(turn.client, Outcome.HELD, plan)
        if proposal.learned is not None:
            remember_reading(world, self.store, plan, proposal.learned, world.clock())
        if proposal.adopting:
            return Report(turn.client, Outcome.HELD if plan.held else Outcome.ADOPTED, plan)
        self.around.progress(turn.client, f"writing {len(plan.changes)} changes")
        results: list[Result] = []
        try:
            for result in apply(world, self.store, run, plan, proposal.psa):
                results.append(result)  # noqa: PERF402 - what was done before an error must not be lost
        except PsaError as error:
            done = sum(result.state == "done" for result in results)
            words = f"{error} {done} of {len(plan.changes)} changes were made before; run again for the rest."
            return Report(turn.client, Outcome.FAILED, plan, tuple(results), error=words)
        stale = tuple(_stale_at_write(result) for result in results if result.state in ("refused", "failed", "doubt"))
        plan = replace(plan, held=(*plan.held, *stale))
        outcome = Outcome.HELD if plan.held else Outcome.APPLIED if results else Outcome.NOTHING
        return Report(turn.client, outcome, plan, tuple(results))

    def _fail(self, turn: Turn, words: str, *, busy: bool = False) -> None:
        turn.report = Report(turn.client, Outcome.FAILED, error=words, busy=busy)
        if turn.run is not None and turn.world is not None:
            with contextlib.suppress(Busy):
                self.store.close_run(turn.run, Outcome.FAILED, words, turn.world.clock())


def _let_pass(proposal: Proposal) -> bool:
    return (HeldKind.GUARD, across.EVERYBODY) in proposal.released


def _fault(client: str, error: Exception) -> str:
    return (
        f"{client}: the connector itself failed ({type(error).__name__}: {error}). Nothing more was written for this "
        "client. Report it with the log of this run."
    )


def _stale_at_write(result: Result) -> Held:
    change = result.change
    kind = HeldKind.BILLING if change.person is None and result.state == "failed" else HeldKind.STALE
    return Held(
        kind, title(change), f"{change.kind.value} {result.state}: {result.words}",
        "Look at the record in the PSA, then run again.", change.person, change.target,
    )  # fmt: skip
