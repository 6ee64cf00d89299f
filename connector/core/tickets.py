"""Which tickets a run asks for: one for each client and cause, a note when the reasons change, an end when they go.

What a run cannot see has not gone: a run that failed ends no ticket (unknown is never zero).
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from connector.core.normalize import text
from connector.core.plan import Held, HeldKind, Plan

SUMMARY_LIMIT = 100
"""Characters of a ticket's summary (api.md 4.9)."""
TOLD = 20
"""Reasons that a ticket tells in words; the attached report has all of them."""
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")

CauseName = Literal["failed", "guard", "conflict", "drift", "billing", "protected", "stale"]

DEFAULT_CAUSES: tuple[CauseName, ...] = ("failed", "guard", "conflict", "drift", "billing", "stale")
"""All but protected contacts: those wait because somebody wants them to."""


class Cause(StrEnum):
    """Why there is a ticket: the client failed, or something of this kind is held."""

    FAILED = "failed"
    GUARD = "guard"
    CONFLICT = "conflict"
    DRIFT = "drift"
    BILLING = "billing"
    PROTECTED = "protected"
    STALE = "stale"


SUMMARIES = {
    Cause.FAILED: "the run failed",
    Cause.GUARD: "stopped by the guard",
    Cause.CONFLICT: "unclear who is who",
    Cause.DRIFT: "changed by somebody else",
    Cause.BILLING: "billing decision needed",
    Cause.PROTECTED: "protected contacts wait",
    Cause.STALE: "changes were not written",
}
"""Neutral words: a client that may look at tickets sees the summary."""

_OPENING = {
    Cause.FAILED: "The run of {client} failed. What it could not read or write stays as it was.",
    Cause.GUARD: "All changes of {client} wait for a person; nothing was written.",
    Cause.CONFLICT: "These people or contacts of {client} wait, because it is unclear who is who. The others go on.",
    Cause.DRIFT: "Somebody else has changed these lines of {client}, so they are left as they are.",
    Cause.BILLING: "These lines of {client} wait for a billing decision.",
    Cause.PROTECTED: "These contacts of {client} are protected, so their changes wait for a person.",
    Cause.STALE: "These changes of {client} could not be written.",
}
CHANGED = "This is how it stands now."
CLEARED = "This has cleared: the last run found no reason for this ticket any more."
CLOSE_IT = "The connector closes no tickets here; close it when you have seen this."


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket that is open as far as is known, and the digest of the reasons it last told (``""``: none is known)."""

    cause: Cause
    ticket_id: int
    told: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to: the reasons by cause, and of which causes it could see that they are gone."""

    client: str
    reasons: Mapping[Cause, tuple[Held | str, ...]]
    seen: frozenset[Cause]


@dataclass(frozen=True, slots=True)
class Tell:
    """Bring these reasons to the ticket: as a new one with ``words``, or as ``note`` where one is open, which is
    ``ticket_id`` as far as is known. ``told`` is the digest to remember."""

    cause: Cause
    summary: str
    words: str
    note: str
    told: str
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    """End a ticket whose cause is gone, with this note."""

    cause: Cause
    ticket_id: int
    note: str


Action = Tell | Clear


def ended(client: str, plan: Plan | None, error: str, *, adopted: bool = False) -> Ended:
    """What a run says about each cause. ``error`` is why it failed, ``""`` when it did not; a run that only ``adopted``
    pairs writes nothing, so it knows of no limit that changes would break and of no change that cannot be written."""
    reasons: dict[Cause, tuple[Held | str, ...]] = {Cause.FAILED: (error,)} if error else {}
    held = plan.held if plan is not None else ()
    for kind in HeldKind:
        if found := tuple(item for item in held if item.kind is kind):
            reasons[Cause(kind.value)] = found
    return Ended(client, reasons, frozenset() if error or plan is None else _seen(plan, adopted=adopted))


def decide(run: Ended, causes: Collection[Cause], known: Iterable[Known], *, closes: bool) -> tuple[Action, ...]:
    """What to do, in the order of the causes. Tickets are opened and noted for ``causes`` alone; one that is open for
    another cause still ends when that is gone. ``closes`` says whether a ticket that ends is also closed."""
    open_tickets = {one.cause: one for one in known}
    actions: list[Action] = []
    for cause in Cause:
        ticket, reasons = open_tickets.get(cause), run.reasons.get(cause, ())
        if reasons and cause in causes:
            told = _digest(cause, reasons)
            if ticket is None or ticket.told != told:
                actions.append(_tell(run.client, cause, reasons, told, ticket))
        elif not reasons and ticket is not None and cause in run.seen:
            note = CLEARED if closes else f"{CLEARED} {CLOSE_IT}"
            actions.append(Clear(cause, ticket.ticket_id, note))
    return tuple(actions)


def summary(client: str, cause: Cause) -> str:
    """The summary of a ticket, by which it is found again: it never changes."""
    words = f": {SUMMARIES[cause]}"
    return f"Connector {client}"[: SUMMARY_LIMIT - len(words)] + words


def _seen(plan: Plan, *, adopted: bool) -> frozenset[Cause]:
    if not plan.complete:
        return frozenset()
    if _stopped(plan):
        return frozenset({Cause.FAILED})
    unseen = {Cause.GUARD, Cause.STALE} if adopted else {Cause.STALE} if plan.tripped else set()
    return frozenset(Cause) - unseen


def _stopped(plan: Plan) -> bool:
    """Whether the client as a whole is stopped, which hides what else would be held (see :mod:`core.stops`)."""
    whole = {(HeldKind.GUARD, plan.client), (HeldKind.BILLING, plan.company)}
    return any((item.kind, item.what) in whole for item in plan.held)


def _tell(client: str, cause: Cause, reasons: Sequence[Held | str], told: str, ticket: Known | None) -> Tell:
    words = "\n\n".join([_OPENING[cause].format(client=client), *_points(reasons)])
    number = ticket.ticket_id if ticket is not None else None
    return Tell(cause, summary(client, cause), words, f"{CHANGED}\n\n{words}", told, number)


def _points(reasons: Sequence[Held | str]) -> Iterator[str]:
    """One paragraph for each reason. Names in them are anybody's to choose, so each value stays on its line."""
    for number, reason in enumerate(reasons[:TOLD], 1):
        if isinstance(reason, str):
            yield text(reason)
        else:
            subject = f"{reason.person.name} ({reason.person.account})" if reason.person else reason.what
            what = f"{number}. {text(subject)}: {text(reason.reason)}"
            yield f"{what}\n   What to do: {text(reason.how_to_release)}" if reason.how_to_release else what
    if len(reasons) > TOLD:
        yield f"And {len(reasons) - TOLD} more; the attached report has them all."


def _digest(cause: Cause, reasons: Iterable[Held | str]) -> str:
    """The same for the same reasons in any order. A failure that differs in its figures alone (an attempt, an age, how
    far it got) is the same failure."""
    told = sorted([_FIGURES.sub("#", one)] if isinstance(one, str) else [one.what, one.reason] for one in reasons)
    return hashlib.sha256(json.dumps([cause, told]).encode()).hexdigest()
