"""One client's outside world, and the reading of it: the gathering half of a run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from connector.core.decide import Decision, decide
from connector.core.model import DirectorySnapshot, Memory, PsaSnapshot
from connector.core.rules import ClientRules
from connector.errors import DirectoryIncomplete
from connector.sync.ports import ContactWriter, Directory, Documents, LineWriter, PsaSource

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class World:
    """What one client's run touches, as the wiring put it together. ``clock`` gives aware times in its zone, ``sleep``
    waits so many seconds. ``sending`` has a function called just before each request of this thread that writes to the
    PSA, while its block runs: it returns the request's id, and what it raises keeps the request from being sent."""

    rules: ClientRules
    directory: Directory
    psa: PsaSource
    contacts: ContactWriter
    lines: LineWriter
    documents: Documents
    clock: Clock
    sleep: Callable[[float], None]
    sending: Callable[[Callable[[], str]], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A decision together with the two readings it was made from."""

    decision: Decision
    directory: DirectorySnapshot
    psa: PsaSnapshot


def make_plan(world: World, memory: Memory) -> Planned:
    """Read the directory, then the PSA, and decide.

    Raises :class:`~connector.errors.DirectoryError` or :class:`~connector.errors.PsaError` when either could not be
    read completely, and ``DirectoryIncomplete`` when fewer people than ``people.minimum_expected`` are left.
    """
    rules = world.rules
    directory = world.directory.read(rules.groups, rules.attributes)
    if not directory.complete:
        raise DirectoryIncomplete(
            f"The directory of {rules.client} was not read completely: {directory.problem}.",
            "Nothing was changed for this client. Run again.",
        )
    psa = world.psa.read(rules, memory.links.values())
    now = world.clock()
    decision = decide(rules, directory, psa, memory, now)
    if decision.leaving:
        # what hangs on a contact matters only where it is about to go
        psa = replace(psa, work=world.psa.open_work(decision.leaving))
        decision = decide(rules, directory, psa, memory, now)
    people, least = decision.plan.people, rules.people.minimum_expected
    if people < least:
        raise DirectoryIncomplete(
            f"Only {people} of {len(directory.accounts)} accounts of {rules.client} are people by the rules; "
            f"at least {least} were expected.",
            "Nothing was changed for this client. Check [people] and minimum_expected.",
        )
    return Planned(decision, directory, psa)
