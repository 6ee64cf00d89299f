"""What must hold of every history: of each run by what stood in the PSA before and after it, of all of it by the
journal and by what the PSA has carried out."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from connector.core.plan import HeldKind, Kind, Plan
from connector.state.journal import Step
from tests.properties.history_client import Record, Rules
from tests.scenarios.records import AGREEMENT

LOOKED = ("already so", "confirmed by reading back", "contact ", "line ")
"""How the words begin with which a change is done that nothing was sent for in its own run."""
OF_A_LINE = {
    "quantity", "cancelledDate", "invoiceDescription", "_info", "billedQuantity", "extPrice", "extCost", "margin",
    "prorateCost", "proratePrice", "extendedProrateCost", "extendedProratePrice", "agreementStatus",
}  # fmt: skip
"""Fields of a line that a run may change, or that the PSA makes of them."""
OF_THE_PSA = {"auditTrail", "contacts", "additions", "contactTypeAssociations"}


@dataclass(frozen=True)
class Effect:
    """One request of the connector that the PSA has carried out, whatever became of the answer, and its id."""

    method: str
    path: str
    request: str


@dataclass(frozen=True)
class Around:
    """The PSA before and after one run."""

    before: Record
    after: Record

    def rows(self, name: str) -> list[tuple[Record, Record]]:
        """The records that were there before, as they were and as they are."""
        now = {row["id"]: row for row in self.after[name]}
        return [(row, now[row["id"]]) for row in self.before[name]]


def nothing_moved(around: Around, why: str) -> None:
    """Contacts and lines stand as they stood."""
    for name in ("contacts", "additions"):
        moved = [(old, new) for old, new in around.rows(name) if old != new]
        assert not moved, f"{why}, and a record of {name} was changed: {moved[0]}"
        assert len(around.before[name]) == len(around.after[name]), f"{why}, and a record of {name} was made"


def only_what_is_ours(around: Around, rules: Rules, contacts: Collection[int], lines: Collection[int]) -> None:
    """A run changes fields that the rules give to it, of contacts and lines that are not among the unrelated
    ``contacts`` and ``lines``, and no other record of the PSA."""
    for old, new in around.rows("contacts"):
        free = set() if old["id"] in contacts else rules.owned
        differs = _differing(old, new, free)
        assert not differs, f"contact {old['id']}: {differs} is not ours"
        assert _fax(old) == _fax(new), f"contact {old['id']}: the fax number is not ours"
    for old, new in around.rows("additions"):
        free = set() if old["id"] in lines else OF_A_LINE
        differs = _differing(old, new, free)
        assert not differs, f"line {old['id']}: {differs} is not ours"
    for name in around.before.keys() - OF_THE_PSA:
        assert around.before[name] == around.after[name], f"{name} is not ours"
    kinds = [
        [one for one in state["contactTypeAssociations"] if _contact_of(one) in contacts]
        for state in (around.before, around.after)
    ]
    assert kinds[0] == kinds[1], "the types of an unrelated contact are not ours"


def _contact_of(row: Record) -> Any:
    found = row.get("contact")
    return found["id"] if isinstance(found, dict) else row.get("contactId")


def _differing(old: Record, new: Record, free: set[str]) -> dict[str, Any]:
    return {
        name: (old.get(name), new.get(name))
        for name in (old.keys() | new.keys()) - free
        if old.get(name) != new.get(name)
    }


def _fax(row: Record) -> list[Record]:
    return [one for one in row.get("communicationItems", []) if one["communicationType"] == "Fax"]


def one_line_a_day(state: Record, rules: Rules, foreign: Collection[int]) -> None:
    """On no day is a product of the client on two lines."""
    for product in rules.products:
        spans = sorted(
            (row["effectiveDate"][:10], (row["cancelledDate"] or "9999-12-31")[:10], row["id"])
            for row in state["additions"]
            if row["agreementId"] == AGREEMENT and row["product"]["identifier"] == product and row["id"] not in foreign
        )
        spans = [span for span in spans if span[0] <= span[1]]
        for one, two in pairwise(spans):
            assert one[1] < two[0], f"{product} is on two lines: {one[2]} until {one[1]} and {two[2]} from {two[0]}"


def every_line_goes_on(before: Record, after: Record, rules: Rules, plan: Plan) -> None:
    """A product that had a line has one still, unless the rules end it where nobody is counted, or somebody is told
    that the line ends: one that has not begun yet is not taken for one to go on from."""
    told = {one.what.removeprefix("Profile ") for one in plan.held if " ends on " in one.reason}
    lines = [_without_end(state, set(rules.lasting)) for state in (before, after)]
    assert lines[0] <= lines[1] | told, f"no line goes on for {lines[0] - lines[1] - told}"


def _without_end(state: Record, products: set[str]) -> set[str]:
    here = (row for row in state["additions"] if row["agreementId"] == AGREEMENT and not row["cancelledDate"])
    return {row["product"]["identifier"] for row in here} & products


def no_drift(plan: Plan) -> None:
    """Where nobody has set a quantity by hand, no line is held as if somebody had."""
    drift = [one.reason for one in plan.held if one.kind is HeldKind.DRIFT]
    assert not drift, f"nobody set a quantity by hand, and it is held: {drift}"


def unsure(steps: Iterable[Step]) -> set[str]:
    """The guids of those for whom a contact was about to be made, and never seen as made."""
    found: set[str] = set()
    for step in steps:
        if step.change is not None and step.change.kind is Kind.CREATE and step.change.person is not None:
            if step.state == "sending":
                found.add(step.change.person.guid)
            elif step.state == "done":
                found.discard(step.change.person.guid)
    return found


def journal_agrees(steps: Sequence[Step], effects: Sequence[Effect]) -> None:
    """Each request that was carried out had been journalled as about to be sent, for a change of its kind; each change
    that is done was carried out, or found as it should be; nothing was made twice."""
    sending = {step.request: step for step in steps if step.state == "sending"}
    for effect in effects:
        step = sending.get(effect.request)
        assert step is not None and step.change is not None, f"the journal does not know {effect}"
        assert _fits(step, effect, steps), f"{effect} was journalled as {step.change.kind} of {step.change.target}"
    twice = [request for request, count in Counter(one.request for one in effects).items() if count > 1]
    assert not twice, f"a request was carried out twice: {twice}"
    carried = {(sending[one.request].run, sending[one.request].seq) for one in effects}
    for step in steps:
        if step.state == "done" and (step.run, step.seq) not in carried:
            assert step.answer.startswith(LOOKED), f"done without an effect: {step.change} {step.answer!r}"
    made_once(sending, effects)


def _fits(step: Step, effect: Effect, steps: Iterable[Step]) -> bool:
    """Whether the request is one that a change like this one sends, to the record that it is about."""
    change = step.change
    assert change is not None
    if change.kind is Kind.CREATE:
        return (effect.method, effect.path) == ("POST", "/company/contacts")
    lines = f"/finance/agreements/{change.target.agreement_id}/additions"
    if change.kind is Kind.ADD:
        return (effect.method, effect.path) == ("POST", lines)
    if change.kind in (Kind.SET, Kind.CANCEL):
        return (effect.method, effect.path) == ("PATCH", f"{lines}/{change.target.addition_id}")
    contact = f"/company/contacts/{change.target.contact_id}"
    return (effect.method, effect.path) in {("PATCH", contact), ("POST", f"{contact}/typeAssociations")}


def made_once(sending: dict[str, Step], effects: Iterable[Effect]) -> None:
    """Nobody got two contacts, and no profile two lines that begin on one day."""
    made: Counter[tuple[Any, ...]] = Counter()
    for effect in effects:
        change = sending[effect.request].change
        assert change is not None
        if change.kind is Kind.CREATE:
            made[change.kind, change.person.guid if change.person else ""] += 1
        elif change.kind is Kind.ADD:
            made[change.kind, change.label, change.after["effective_date"]] += 1
    twice = [one for one, count in made.items() if count > 1]
    assert not twice, f"made twice: {twice}"
