"""The acting half of a run: each change is journalled, its target read again, written, and confirmed."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from connector.core.bills import tallies
from connector.core.decide import Learned
from connector.core.doubt import trace_contact, trace_line
from connector.core.fields import standing
from connector.core.lines import stands
from connector.core.model import Addition, Contact, Link, PsaSnapshot
from connector.core.plan import Change, Kind, Plan, Value
from connector.errors import PsaError, PsaInDoubt, PsaMissing, PsaRejected
from connector.state.store import OpenRun, Store
from connector.sync.world import World

SETTLING = timedelta(seconds=10)
"""How long after the last sign of it a creation without an answer is looked for before it is sent again."""

ALREADY = "already so"
"""The words of a change that needed no request: somebody else had made it."""

LOOK_EVERY = 2.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one change ended: ``done | refused | failed | doubt``, with the words for the report. ``record`` is the id of
    the contact or line that it made."""

    change: Change
    state: str
    words: str = ""
    record: int | None = None


class _MovedError(Exception):
    """The target no longer stands as the plan found it."""


def apply(world: World, store: Store, run: OpenRun, plan: Plan, psa: PsaSnapshot) -> Iterator[Result]:
    """Write the changes of a plan that :meth:`Store.keep_plan` has kept, in the plan's order.

    A record that the PSA refuses fails alone; a moved target is refused alone. Trouble that would hit every further
    write (no connection, no rights, the run taken over, the state database) is raised; the rest stays ``planned``.
    """
    writer = _Writer(world, store, psa, lambda: store.beat(run, world.clock()))
    writer.contact_of.update({pair.account: pair.contact_id for pair in plan.pairs})
    writer.accepted.update({line.profile: line.accepted for line in plan.billing})
    writer.replaced.update(one for change in plan.changes if isinstance(one := change.after.get("copy_of"), int))
    for seq, change in enumerate(plan.changes):
        try:
            with world.sending(lambda seq=seq: _sending(world, store, run, seq)):  # type: ignore[misc]
                result = writer.write(change)
        except PsaError as error:
            store.mark(run, seq, "failed", world.clock(), str(error))
            raise
        store.mark(run, seq, result.state, world.clock(), result.words, record=result.record)
        yield result


def _sending(world: World, store: Store, run: OpenRun, seq: int) -> str:
    """Journal that a request is about to be sent, and give it an id. Raises ``Busy`` where the run was taken over."""
    request = uuid.uuid4().hex
    store.mark(run, seq, "sending", world.clock(), request=request)
    return request


class _Writer:
    """``fence`` raises ``Busy`` when another worker has taken the run over. ``made`` are the ids of what this run has
    made so far, by kind; ``contact_of`` the contacts of accounts, by account name; ``accepted`` what of a line's
    quantity was added by hand, by profile; ``replaced`` the lines in whose places the run puts others."""

    def __init__(self, world: World, store: Store, psa: PsaSnapshot, fence: Callable[[], None]) -> None:
        self.world, self.store, self.psa, self.fence = world, store, psa, fence
        self.client = world.rules.client
        self.made: set[tuple[Kind, int]] = set()
        self.contact_of: dict[str, int] = {}
        self.accepted: dict[str, Decimal] = {}
        self.replaced: set[int] = set()
        self.doubts = store.doubts(self.client)
        self.record: int | None = None

    def write(self, change: Change, *, once_more: bool = True) -> Result:
        """Write one change; what the PSA says of this one record becomes its result. ``once_more`` allows sending it a
        second time, where the PSA itself has said that the first failed and reading back shows that it did."""
        how: dict[Kind, Callable[[Change], str]] = {
            Kind.CREATE: self._create,
            Kind.ADD: self._add_line,
            Kind.SET: self._update_line,
            Kind.CANCEL: self._update_line,
        }
        self.record = None
        try:
            words = how.get(change.kind, self._update_contact)(change)
            return Result(change, "done", words, self.record)
        except _MovedError as moved:
            return Result(change, "refused", str(moved))
        except PsaMissing:
            return Result(change, "refused", "it is gone from the PSA")
        except PsaRejected as error:
            return Result(change, "failed", str(error))
        except PsaInDoubt as error:
            return self._look_again(change, error, once_more=once_more)

    def _shown_by_now(self, change: Change, find: Callable[[Change], str]) -> str:
        """What came of an earlier attempt to make this, which was sent and not answered; empty when surely nothing did.
        One that was sent only a moment ago, by a run that died since or gave up waiting, gets the time to show."""
        sent = self.doubts.get(change.id)
        if sent is None:
            return ""
        left = min(SETTLING, sent + SETTLING - self.world.clock()).total_seconds()
        while not (found := find(change)) and left > 0:
            self.fence()
            self.world.sleep(min(left, LOOK_EVERY))
            left -= LOOK_EVERY
        return found

    def _create(self, change: Change) -> str:
        if found := self._shown_by_now(change, self._find_contact):
            return found
        return self._created(change, self.world.contacts.create(change.after, self.psa))

    def _created(self, change: Change, contact: Contact) -> str:
        self.made.add((change.kind, contact.id))
        self.record = contact.id
        if change.person is not None:
            person = change.person
            self.contact_of[person.account] = contact.id
            self.store.remember_links(
                self.client, [Link(person.guid, contact.id, person.account, person.name)], self.world.clock()
            )
        return f"contact {contact.id}"

    def _update_contact(self, change: Change) -> str:
        contact, after = self._contact(change), self._resolved(change.after)
        if self._stands(contact, after):
            return ALREADY
        if not self._stands(contact, change.before):
            raise _MovedError(f"contact {contact.id} has changed since the plan was made")
        if change.kind is Kind.INACTIVATE and contact.default:
            raise _MovedError(f"contact {contact.id} is the company's default contact now")
        self.world.contacts.update(contact, after, self.psa)
        return ""

    def _resolved(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values with the contact of a manager who is named by account: it was made earlier in this run."""
        manager = values.get("manager")
        if not isinstance(manager, str):
            return dict(values)
        if manager not in self.contact_of:
            raise _MovedError(f"the manager {manager} has no contact: it was not made")
        return {**values, "manager": self.contact_of[manager]}

    def _update_line(self, change: Change) -> str:
        line = self._line(change)
        if stands(line, change.after):
            self._remember(line.id, change)
            return ALREADY
        if not stands(line, change.before):
            raise _MovedError(
                f"line {line.id} stands at {line.quantity:f}, cancelled {line.cancelled_date or 'never'}, "
                "and that is not what the plan found"
            )
        if "quantity" in change.after:
            self.store.sending_line(self.client, line.id, Decimal(str(change.after["quantity"])))
        if change.kind is Kind.CANCEL and line.id in self.replaced:
            last_day = date.fromisoformat(str(change.after["cancelled_date"]))
            self.store.ending_line(self.client, line, last_day, self.world.clock())
        self.world.lines.update(line, change.after)
        self._remember(line.id, change)
        return ""

    def _add_line(self, change: Change) -> str:
        if found := self._shown_by_now(change, self._find_line):
            return found
        self._check_replaced(change)
        return self._added(change, self.world.lines.add(change.target.agreement_id or 0, change.after))

    def _check_replaced(self, change: Change) -> None:
        """A line takes another one's place only when that one ends before it."""
        old = change.after.get("copy_of")
        if not isinstance(old, int):
            return
        line = self.world.lines.get(change.target.agreement_id or 0, old)
        if line.cancelled_date is None or line.cancelled_date.isoformat() >= str(change.after["effective_date"]):
            ends = line.cancelled_date or "never"
            raise _MovedError(f"line {old} ends {ends}, so the line that takes its place was not added")

    def _added(self, change: Change, line: Addition) -> str:
        self.made.add((change.kind, line.id))
        self.record = line.id
        self._remember(line.id, change)
        return f"line {line.id}"

    def _look_again(self, change: Change, lost: PsaInDoubt, *, once_more: bool) -> Result:
        """The answer was lost: what was to be changed or made is read back by its identity. Then it is done; or sent
        once more, where nothing of it can be under way any more; or left to the next run, which reads everything."""
        find: dict[Kind, Callable[[Change], str]] = {Kind.CREATE: self._find_contact, Kind.ADD: self._find_line}
        try:
            found = find.get(change.kind, self._find_change)(change)
        except (_MovedError, PsaError) as error:
            words = f"{lost.message} Reading it back failed: {str(error).rstrip('.')}. The next run looks again."
            return Result(change, "doubt", words)
        if found:
            return Result(change, "done", f"confirmed by reading back: {found}", self.record)
        if lost.answered and once_more:
            self.fence()
            return self.write(change, once_more=False)
        shows = "it is not there" if change.kind in find else "it shows the old values"
        if change.kind in find and not lost.answered:
            words = f"{lost.message} Read back, {shows}; the next run looks for it before it is sent again."
            return Result(change, "doubt", words)
        return Result(change, "failed", f"{lost.message} Read back, {shows}; the next run tries again.")

    def _find_change(self, change: Change) -> str:
        if change.target.addition_id is None:
            seen = self._stands(self._contact(change), self._resolved(change.after))
            return "the new values" if seen else ""
        line = self._line(change)
        if not stands(line, change.after):
            return ""
        self._remember(line.id, change)
        return "the new values"

    def _find_contact(self, change: Change) -> str:
        known = {one.id for one in self.psa.contacts}
        now = self.world.contacts.of_company(self.psa.company.id)
        trace = trace_contact((one for one in now if self._is_new(change, one.id, known)), change.after)
        if trace.like:
            ids = " and ".join(f"{one.id} ({one.name})" for one in trace.like)
            raise _MovedError(f"since the plan was made, contact {ids} has appeared, which may be it or not")
        return self._created(change, trace.record) if trace.record else ""

    def _find_line(self, change: Change) -> str:
        known = {one.id for one in self.psa.additions}
        now = self.world.lines.of_agreement(change.target.agreement_id or 0)
        trace = trace_line((one for one in now if self._is_new(change, one.id, known)), change.after)
        if trace.like:
            ids = " and ".join(f"{one.id} (quantity {one.quantity:f})" for one in trace.like)
            raise _MovedError(f"since the plan was made, line {ids} has appeared, which may be it or not")
        return self._added(change, trace.record) if trace.record else ""

    def _is_new(self, change: Change, number: int, known: set[int]) -> bool:
        return number not in known and (change.kind, number) not in self.made

    def _contact(self, change: Change) -> Contact:
        number = change.target.contact_id or self.contact_of.get(change.person.account if change.person else "")
        if number is None:
            raise _MovedError("the contact was not made")
        contact = self.world.contacts.get(number)
        if contact.company_id != self.psa.company.id:
            raise _MovedError(f"contact {contact.id} now belongs to another company")
        return contact

    def _line(self, change: Change) -> Addition:
        return self.world.lines.get(change.target.agreement_id or 0, change.target.addition_id or 0)

    def _stands(self, contact: Contact, values: Mapping[str, Value]) -> bool:
        return standing(contact, values, self.psa) == dict(values)

    def _remember(self, addition_id: int, change: Change) -> None:
        if "quantity" in change.after:
            quantity = Decimal(str(change.after["quantity"]))
            accepted = self.accepted.get(change.label, Decimal(0))
            self.store.remember_line(self.client, addition_id, quantity, self.world.clock(), accepted)
            self.store.line_stands(self.client, change.label, addition_id, quantity)


def remember_reading(world: World, store: Store, plan: Plan, learned: Learned, now: datetime) -> None:
    """Keep what this complete reading taught: how many people by which rules, who is switched off since when, links,
    absent accounts, whom it counted on each line, and quantities that are right as they stand."""
    client = world.rules.client
    store.remember_reading(client, learned.reading, learned.away, now)
    found = [Link(pair.guid, pair.contact_id, pair.account, pair.name) for pair in plan.pairs]
    store.remember_links(client, found, now)
    store.remember_absent(client, dict(plan.absent))
    store.remember_counts(client, *tallies(plan))
    for line in plan.billing:
        if line.addition_id is not None and line.quantity_before is not None and line.quantity_before == line.due:
            store.remember_line(client, line.addition_id, line.due, now, line.accepted)
