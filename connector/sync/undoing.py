"""Taking a run back: what it has written, read from the journal, against the PSA as it stands now."""

from collections.abc import Callable
from dataclasses import replace

from connector.core.model import PsaSnapshot
from connector.core.undo import Made, Undoing, undo
from connector.errors import ClientError, ConfigError
from connector.state.journal import UNDO_APPROVED
from connector.state.store import Run, Store
from connector.sync.apply import ALREADY
from connector.sync.approval import found_run
from connector.sync.together import Proposal
from connector.sync.world import World


def written_run(store: Store, run_id: str) -> Run:
    """The run of this id, if it has written something. Raises ConfigError."""
    run = found_run(store, run_id)
    if run.closed_at is None:
        raise ConfigError(f"Run {run.id} of {run.client} is still under way.", "Wait until it is done.")
    if run.plan is None or not _made(store, run):
        raise ConfigError(
            f"Run {run.id} of {run.client} has written nothing, so there is nothing to take back.",
            "connector runs lists the others.",
        )
    return run


def undone_run(store: Store, run: Run) -> Run:
    """The run that an undoing takes back; one that was approved is the undoing of what that one would have undone."""
    while run.trigger == UNDO_APPROVED:
        run = found_run(store, run.of_run)
    return written_run(store, run.of_run)


def proposing(store: Store, run: Run) -> Callable[[World], Proposal]:
    """Makes the plan that takes a run back."""
    saved = run.plan
    if saved is None:
        raise ConfigError(f"Run {run.id} of {run.client} has no plan.", "connector runs lists the others.")

    def propose(world: World) -> Proposal:
        memory = store.memory(run.client)
        psa = world.psa.read(world.rules, memory.links.values())
        if psa.company.id != saved.company_id:
            raise ClientError(
                f"{run.client}: the run wrote to company {saved.company_id} ({saved.company}); the client is now "
                f"company {psa.company.id}.",
                "Take it back by hand.",
            )
        made = _made(store, run)
        agreements = {number for one in made if (number := one.change.target.agreement_id) is not None}
        psa = _with_lines(psa, world.psa.lines_of(world.rules, agreements) if agreements else psa)
        plan = undo(Undoing(saved, run.id, run.opened_at, made), psa, memory, world.rules, world.clock())
        return Proposal(plan, psa, None)

    return propose


def _made(store: Store, run: Run) -> list[Made]:
    """What the run has written, or may have written, in its order."""
    entries = store.entries(run.id)
    written = (one for one in entries if one.state in ("done", "doubt") and one.answer != ALREADY)
    return [Made(one.change, one.record) for one in written]


def _with_lines(psa: PsaSnapshot, other: PsaSnapshot) -> PsaSnapshot:
    """The reading with the lines and agreements of another: the config may name others now than it did."""
    known = {one.id for one in psa.additions}
    more = tuple(line for line in other.additions if line.id not in known)
    agreements = {one.id for one in psa.agreements}
    return replace(
        psa,
        additions=(*psa.additions, *more),
        agreements=(*psa.agreements, *(one for one in other.agreements if one.id not in agreements)),
    )
