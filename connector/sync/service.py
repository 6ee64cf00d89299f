"""What a user can ask for: a dry run, a sync, a saved plan applied. One client's trouble never stops the others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import structlog

from connector.core.model import Traffic
from connector.core.plan import Change, Held, HeldKind, Plan
from connector.errors import Busy, ClientError, ConfigError, ConnectorError, PsaError, StateError
from connector.state.store import OpenRun, Store
from connector.sync.apply import Result, apply, remember_reading
from connector.sync.heartbeat import beating
from connector.sync.world import Planned, World, make_plan

Progress = Callable[[str, str], None]

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """How a client's run ended; also what ``runs`` shows."""

    NOTHING = "nothing"
    CHANGES = "changes"
    APPLIED = "applied"
    ADOPTED = "adopted"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one client: its plan (None when it failed before), the results by change, the error, and what the
    PSA was asked for it. ``busy`` says that nothing was done because another run is under way."""

    client: str
    outcome: Outcome
    plan: Plan | None = None
    results: tuple[Result, ...] = ()
    error: str = ""
    traffic: Traffic = field(default_factory=Traffic)
    busy: bool = False


Tell = Callable[[Report, bool], Sequence[str]]
"""Tells the service desk what a run came to, and whether it only adopted; what went wrong with that, in words."""


class Service:
    """The application over one state database and the worlds of the configured clients. ``traffic`` tells what the PSA
    was asked by this thread so far."""

    def __init__(
        self,
        worlds: Callable[[str], World],
        store: Store,
        progress: Progress = lambda client, what: None,
        traffic: Callable[[], Traffic] = Traffic,
        tell: Tell = lambda report, adopted: (),
    ) -> None:
        self.world, self.store, self.progress, self.traffic = worlds, store, progress, traffic
        self.tell = tell

    def plan(self, clients: Iterable[str]) -> list[Report]:
        """A dry run for each client; nothing is written anywhere."""
        return [self._guarded(client, self._plan) for client in clients]

    def sync(self, clients: Iterable[str], *, adopt_only: bool = False, trigger: str = "manual") -> list[Report]:
        """Plan, guard, apply. With ``adopt_only`` the pairs are remembered and nothing is written to the PSA."""

        def one(client: str) -> Report:
            return self._run(client, trigger, lambda world, run: self._sync(world, run, adopt_only=adopt_only))

        return [self._told(self._guarded(client, one), adopted=adopt_only) for client in clients]

    def apply(self, saved: Sequence[Plan]) -> list[Report]:
        """Apply saved plans: what a fresh plan still says, item by item; what has moved is refused and named."""

        def one(plan: Plan) -> Callable[[str], Report]:
            return lambda client: self._run(client, "apply", lambda world, run: self._apply_saved(world, run, plan))

        return [self._guarded(plan.client, one(plan)) for plan in saved]

    def planned(self, client: str) -> Planned:
        """One client's decision with the readings behind it, for explaining. Raises what the reading raises."""
        world = self.world(client)
        return make_plan(world, self.store.memory(client))

    def _guarded(self, client: str, work: Callable[[str], Report]) -> Report:
        self.progress(client, "reading")
        before = self.traffic()
        try:
            report = work(client)
        except (ClientError, ConfigError) as error:
            report = Report(client, Outcome.FAILED, error=str(error), busy=isinstance(error, Busy))
        except StateError:
            raise
        except Exception as error:
            log.exception("client.fault", client=client)
            report = Report(client, Outcome.FAILED, error=_fault(client, error))
        self.progress(client, report.outcome.value)
        return replace(report, traffic=self.traffic() - before)

    def _told(self, report: Report, *, adopted: bool) -> Report:
        """The report, after the service desk was told; trouble with that is a warning and changes nothing else."""
        if report.busy:
            return report
        before, plan = self.traffic(), report.plan
        troubles = self.tell(report, adopted)
        if plan is not None:
            plan = replace(plan, warnings=(*plan.warnings, *troubles))
        return replace(report, plan=plan, traffic=report.traffic + (self.traffic() - before))

    def _plan(self, client: str) -> Report:
        plan = self.planned(client).decision.plan
        return Report(client, outcome_of(plan), plan)

    def _run(self, client: str, trigger: str, work: Callable[[World, OpenRun], Report]) -> Report:
        world = self.world(client)
        run = self.store.open_run(client, trigger, world.clock())
        try:
            with beating(self.store, run, world.clock):
                report = work(world, run)
        except Exception as error:
            words = str(error) if isinstance(error, ConnectorError) else _fault(client, error)
            self.store.close_run(run, Outcome.FAILED, words, world.clock())
            raise
        self.store.close_run(run, report.outcome, report.error, world.clock())
        return report

    def _sync(self, world: World, run: OpenRun, *, adopt_only: bool) -> Report:
        client = world.rules.client
        planned = make_plan(world, self.store.memory(client))
        plan = planned.decision.plan
        if adopt_only:
            plan = plan.without_changes()
        self.store.keep_plan(run, plan)
        if plan.tripped:
            self.store.remember_absent(client, dict(plan.absent))
            return Report(client, Outcome.HELD, plan)
        remember_reading(world, self.store, plan, planned.decision.learned, world.clock())
        if adopt_only:
            return Report(client, Outcome.HELD if plan.held else Outcome.ADOPTED, plan)
        return self._write(world, run, planned, plan)

    def _apply_saved(self, world: World, run: OpenRun, saved: Plan) -> Report:
        planned = make_plan(world, self.store.memory(world.rules.client))
        fresh = planned.decision.plan
        if fresh.company_id != saved.company_id:
            raise ClientError(
                f"{saved.client}: the plan was made for company {saved.company_id} ({saved.company}); "
                f"the client is now company {fresh.company_id}.",
                "Make a new plan.",
            )
        still = {change.id: change for change in fresh.changes}
        ids = {one.id for one in saved.changes if one.id in still and still[one.id].meaning == one.meaning}
        plan = fresh.only(ids)
        kept = {change.id for change in plan.changes}
        moved = [change for change in saved.changes if change.id not in kept]
        plan = replace(plan, held=(*fresh.held, *(_stale(change, still.get(change.id)) for change in moved)))
        self.store.keep_plan(run, plan)
        if plan.tripped:
            return Report(saved.client, Outcome.HELD, plan)
        remember_reading(world, self.store, plan, planned.decision.learned, world.clock())
        return self._write(world, run, planned, plan)

    def _write(self, world: World, run: OpenRun, planned: Planned, plan: Plan) -> Report:
        self.progress(plan.client, f"writing {len(plan.changes)} changes")
        results: list[Result] = []
        try:
            for result in apply(world, self.store, run, plan, planned.psa):
                results.append(result)  # noqa: PERF402 - what was done before an error must not be lost
        except PsaError as error:
            done = sum(result.state == "done" for result in results)
            words = f"{error} {done} of {len(plan.changes)} changes were made before; run again for the rest."
            return Report(plan.client, Outcome.FAILED, plan, tuple(results), error=words)
        stale = tuple(_stale_at_write(result) for result in results if result.state in ("refused", "failed", "doubt"))
        plan = replace(plan, held=(*plan.held, *stale))
        outcome = Outcome.HELD if plan.held else Outcome.APPLIED if results else Outcome.NOTHING
        return Report(plan.client, outcome, plan, tuple(results))


def outcome_of(plan: Plan) -> Outcome:
    """What a dry run found: something held, else changes, else nothing to do."""
    if plan.held:
        return Outcome.HELD
    return Outcome.CHANGES if plan.changes else Outcome.NOTHING


def exit_code(reports: Sequence[Report]) -> int:
    """0 done or nothing to do, 2 changes found, 3 something held, 4 some clients failed, 1 all failed."""
    outcomes = [report.outcome for report in reports]
    if Outcome.FAILED in outcomes:
        return 1 if all(outcome is Outcome.FAILED for outcome in outcomes) else 4
    if Outcome.HELD in outcomes:
        return 3
    return 2 if Outcome.CHANGES in outcomes else 0


def _fault(client: str, error: Exception) -> str:
    return (
        f"{client}: the connector itself failed ({type(error).__name__}: {error}). Nothing more was written for this "
        "client. Report it with the log of this run."
    )


def _what(change: Change) -> str:
    return f"{change.person.name} ({change.person.account})" if change.person else change.label


def _stale(change: Change, now: Change | None) -> Held:
    reason = "the plan no longer asks for it" if now is None else "it has moved since the plan was saved"
    if now is not None and now.meaning == change.meaning:
        reason = "another change of its line has moved since the plan was saved"
    return Held(
        HeldKind.STALE, _what(change), f"{change.kind.value}: {reason}", "Make a new plan and read it.",
        change.person, change.target,
    )  # fmt: skip


def _stale_at_write(result: Result) -> Held:
    change = result.change
    kind = HeldKind.BILLING if change.person is None and result.state == "failed" else HeldKind.STALE
    return Held(
        kind, _what(change), f"{change.kind.value} {result.state}: {result.words}",
        "Look at the record in the PSA, then run again.", change.person, change.target,
    )  # fmt: skip
