"""What a user can ask for: a dry run, a sync, a saved plan applied, a held run approved or rejected, a run undone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from connector.core import again
from connector.core.across import EVERYBODY
from connector.core.plan import HeldKind, Plan
from connector.errors import ClientError, ConfigError
from connector.state.decisions import Decision
from connector.state.journal import UNDO, UNDO_APPROVED, UNDOING
from connector.state.store import Run, Store
from connector.sync import approval as approvals
from connector.sync import undoing
from connector.sync.outcome import Report
from connector.sync.together import Proposal, Surroundings, Turn, together
from connector.sync.world import Planned, World, make_plan

TAKEN_BACK = timedelta(days=90)
"""For how long a plan waits for a person that asks again for what one has taken back."""

Tell = Callable[[Report, bool], Sequence[str]]
"""Tells the service desk what a run came to, and whether it only adopted; what went wrong with that, in words."""


class Service:
    """The application over one state database and the worlds of the configured clients."""

    def __init__(self, around: Surroundings, tell: Tell = lambda report, adopted: ()) -> None:
        self.around, self.tell = around, tell

    @property
    def store(self) -> Store:
        """The state."""
        return self.around.store

    def plan(self, clients: Iterable[str]) -> list[Report]:
        """A dry run for each client, held by the same limits as a sync; nothing is written anywhere."""
        return together(self.around, [Turn(client, self._proposed) for client in clients])

    def sync(self, clients: Iterable[str], *, adopt_only: bool = False, trigger: str = "manual") -> list[Report]:
        """Plan, guard, apply; what a person has approved passes. With ``adopt_only`` the pairs are remembered and
        nothing is written to the PSA."""
        turns = [
            self._to_adopt(client, trigger) if adopt_only else self._to_sync(client, trigger) for client in clients
        ]
        return self._told(together(self.around, turns), adopted=adopt_only)

    def apply(self, saved: Sequence[Plan]) -> list[Report]:
        """Apply saved plans: what a fresh plan still says, item by item; what has moved is refused and named."""
        return together(self.around, [self._to_apply(plan) for plan in saved])

    def approve(self, run_ids: Iterable[str]) -> list[Report]:
        """Remember that the actor has approved these held runs, and apply them: of each what a fresh plan still says.
        An approval that could not be used is taken up by the client's next sync while it holds.

        Raises ConfigError before anything is remembered where one of them cannot be approved.
        """
        runs = [approvals.held_run(self.store, run_id) for run_id in dict.fromkeys(run_ids)]
        clients = [run.client for run in runs]
        twice = next((client for client in clients if clients.count(client) > 1), None)
        if twice is not None:
            raise ConfigError(f"Two of these runs are of {twice}.", "Approve the later one.")
        for run in runs:
            self._check_decidable(run, "approved")
        made = [self._decide(run, "approved") for run in runs]
        reports = together(self.around, [self._to_approve(run, one) for run, one in zip(runs, made, strict=True)])
        undone = {run.client for run in runs if run.trigger in UNDOING}
        told = {one.client: one for one in self._told([one for one in reports if one.client not in undone])}
        return [told.get(report.client, report) for report in reports]

    def reject(self, run_id: str) -> Run:
        """Remember that the actor has rejected a held run: it can be approved no more, and a later run that asks for
        the same says so. Raises ConfigError where it cannot be rejected."""
        run = approvals.held_run(self.store, run_id)
        self._check_decidable(run, "rejected")
        self._decide(run, "rejected")
        return run

    def undo(self, run_id: str, *, dry_run: bool = False) -> Report:
        """Take back what a run has written, as far as it still stands: a plan like any other, through the same guard.
        The service desk is told nothing of it: it says nothing about what a ticket may be open for.

        Raises ConfigError where there is nothing that could be taken back.
        """
        run = undoing.written_run(self.store, run_id)
        propose = undoing.proposing(self.store, run)
        turn = Turn(run.client, propose) if dry_run else Turn(run.client, propose, UNDO, run.id)
        (report,) = together(self.around, [turn])
        return report

    def planned(self, client: str) -> Planned:
        """One client's decision with the readings behind it, for explaining. Raises what the reading raises."""
        return self._planned(self.around.worlds(client))

    def _check_decidable(self, run: Run, decision: str) -> None:
        limits = self.around.worlds(run.client).rules.guard
        approvals.decidable(self.store, run, decision, self.around.now(), limits)

    def _decide(self, run: Run, decision: str) -> Decision:
        limits = self.around.worlds(run.client).rules.guard
        return approvals.decide(self.store, run, decision, self.around.actor, self.around.now(), limits)

    def _told(self, reports: Sequence[Report], *, adopted: bool = False) -> list[Report]:
        """The reports, after the service desk was told. What holds all clients together is one matter: of the clients
        that are held for nothing else, the first is told about."""
        shared = [report.client for report in reports if _held_with_all(report)]
        return [one if one.client in shared[1:] else self._one_told(one, adopted=adopted) for one in reports]

    def _one_told(self, report: Report, *, adopted: bool) -> Report:
        """The report, after the service desk was told; trouble with that is a warning and changes nothing else."""
        if report.busy:
            return report
        before, plan = self.around.traffic(), report.plan
        troubles = self.tell(report, adopted)
        if plan is not None:
            plan = replace(plan, warnings=(*plan.warnings, *troubles))
        return replace(report, plan=plan, traffic=report.traffic + (self.around.traffic() - before))

    def _planned(self, world: World) -> Planned:
        return make_plan(world, self.store.memory(world.rules.client, world.clock() - TAKEN_BACK))

    def _proposed(self, world: World) -> Proposal:
        planned = self._planned(world)
        return Proposal(planned.decision.plan, planned.psa, planned.decision.learned)

    def _to_adopt(self, client: str, trigger: str) -> Turn:
        def propose(world: World) -> Proposal:
            proposal = self._proposed(world)
            return replace(proposal, plan=proposal.plan.without_changes(), adopting=True)

        return Turn(client, propose, trigger)

    def _to_sync(self, client: str, trigger: str) -> Turn:
        decision = self.store.approval(client, self.around.now())
        run = self.store.run(decision.run) if decision is not None else None
        if decision is None or run is None or run.plan is None or run.trigger in UNDOING:
            return Turn(client, self._proposed, trigger)
        return replace(self._to_approve(run, decision), trigger=trigger)

    def _to_apply(self, saved: Plan) -> Turn:
        def propose(world: World) -> Proposal:
            proposal = self._proposed(world)
            _same_company(proposal.plan, saved)
            return replace(proposal, plan=again.made_again(proposal.plan, saved))

        return Turn(saved.client, propose, "apply")

    def _to_approve(self, run: Run, decision: Decision) -> Turn:
        saved = run.plan
        if saved is None:
            raise ConfigError(f"Run {run.id} of {run.client} has no plan.", "Make a new run.")

        undoes = run.trigger in UNDOING
        fresh = undoing.proposing(self.store, undoing.undone_run(self.store, run)) if undoes else self._proposed

        def propose(world: World) -> Proposal:
            proposal = fresh(world)
            known = self.store.decision(run.id)
            if known is None or known.used_by:
                return proposal
            _same_company(proposal.plan, saved)
            let_pass = approvals.let_pass(self.store, run)
            plan = again.approved(proposal.plan, saved, let_pass, self.store.done_for(run.id))
            return replace(proposal, plan=plan, approval=decision, released=let_pass)

        return Turn(run.client, propose, UNDO_APPROVED if undoes else "approval", run.id)


def _held_with_all(report: Report) -> bool:
    """Whether the guard holds a client only for what all clients of the run do together."""
    held = report.plan.held if report.plan is not None else ()
    return {hold.what for hold in held if hold.kind is HeldKind.GUARD} == {EVERYBODY}


def _same_company(fresh: Plan, saved: Plan) -> None:
    if fresh.company_id != saved.company_id:
        raise ClientError(
            f"{saved.client}: the plan was made for company {saved.company_id} ({saved.company}); "
            f"the client is now company {fresh.company_id}.",
            "Make a new plan.",
        )
