"""The acting half of a run: each change is journalled, its target read again, written, and confirmed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connector.core.contacts import standing
from connector.core.model import Addition, Contact, Link, PsaSnapshot
from connector.core.plan import Change, Kind, Plan, Value
from connector.errors import PsaError, PsaInDoubt, PsaMissing, PsaRejected
from connector.state.store import OpenRun, Store
from connector.sync.world import World


@dataclass(frozen=True, slots=True)
class Result:
    """How one change ended: ``done | refused | failed | doubt``, with the words for the report."""

    change: Change
    state: str
    words: str = ""


class _MovedError(Exception):
    """The target no longer stands as the plan found it."""


def apply(world: World, store: Store, run: OpenRun, plan: Plan, psa: PsaSnapshot) -> Iterator[Result]:
    """Write the changes of a plan that :meth:`Store.keep_plan` has kept, in the plan's order.

    A record that the PSA refuses fails alone; a moved target is refused alone. Trouble that would hit every further
    write (no connection, no rights, the run taken over, the state database) is raised; the rest stays ``planned``.
    """
    writer = _Writer(world, store, psa)
    for seq, change in enumerate(plan.changes):
        store.mark(run, seq, "sending", world.clock())
        try:
            result = writer.write(change)
        except PsaError as error:
            store.mark(run, seq, "failed", world.clock(), str(error))
            raise
        store.mark(run, seq, result.state, world.clock(), result.words)
        yield result


class _Writer:
    def __init__(self, world: World, store: Store, psa: PsaSnapshot) -> None:
        self.world, self.store, self.psa = world, store, psa
        self.client = world.rules.client

    def write(self, change: Change) -> Result:
        """Write one change; what the PSA says of this one record becomes its result."""
        how: dict[Kind, Callable[[Change], str]] = {
            Kind.CREATE: self._create,
            Kind.ADD: self._add_line,
            Kind.SET: self._update_line,
            Kind.CANCEL: self._update_line,
        }
        try:
            return Result(change, "done", how.get(change.kind, self._update_contact)(change))
        except _MovedError as moved:
            return Result(change, "refused", str(moved))
        except PsaMissing:
            return Result(change, "refused", "it is gone from the PSA")
        except PsaRejected as error:
            return Result(change, "failed", str(error))
        except PsaInDoubt as error:
            return self._look_again(change, error)

    def _create(self, change: Change) -> str:
        contact = self.world.contacts.create(change.after, self.psa)
        if change.person is not None:
            person = change.person
            self.store.remember_links(
                self.client, [Link(person.guid, contact.id, person.account, person.name)], self.world.clock()
            )
        return f"contact {contact.id}"

    def _update_contact(self, change: Change) -> str:
        contact = self._contact(change)
        if self._stands(contact, change.after):
            return "already so"
        if not self._stands(contact, change.before):
            raise _MovedError(f"contact {contact.id} has changed since the plan was made")
        self.world.contacts.update(contact, change.after, self.psa)
        return ""

    def _update_line(self, change: Change) -> str:
        line = self._line(change)
        if not _line_stands(line, change.after):
            if not _line_stands(line, change.before):
                raise _MovedError(
                    f"line {line.id} stands at {line.quantity:f}, cancelled {line.cancelled_date or 'never'}, "
                    "and that is not what the plan found"
                )
            if "quantity" in change.after:
                self.store.sending_line(self.client, line.id, Decimal(str(change.after["quantity"])))
            self.world.lines.update(line, change.after)
        self._remember(line.id, change)
        return ""

    def _add_line(self, change: Change) -> str:
        line = self.world.lines.add(change.target.agreement_id or 0, change.after)
        self._remember(line.id, change)
        return f"line {line.id}"

    def _look_again(self, change: Change, lost: PsaInDoubt) -> Result:
        """The answer was lost. What has an id is read back; a creation is left to the next run, which reads all."""
        if change.kind in (Kind.CREATE, Kind.ADD):
            return Result(change, "doubt", f"{lost.message} The next run looks for it before anything is made again.")
        try:
            done = self._is_done(change)
        except (_MovedError, PsaError) as error:
            words = f"{lost.message} Reading it back failed: {str(error).rstrip('.')}. The next run looks again."
            return Result(change, "doubt", words)
        if done:
            return Result(change, "done", "confirmed by reading back")
        words = f"{lost.message} Reading it back shows the old values; the next run tries again."
        return Result(change, "failed", words)

    def _is_done(self, change: Change) -> bool:
        if change.target.contact_id is not None:
            return self._stands(self._contact(change), change.after)
        line = self._line(change)
        done = _line_stands(line, change.after)
        if done:
            self._remember(line.id, change)
        return done

    def _contact(self, change: Change) -> Contact:
        contact = self.world.contacts.get(change.target.contact_id or 0)
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
            self.store.remember_line(self.client, addition_id, quantity, self.world.clock())


def _line_stands(line: Addition, values: Mapping[str, Value]) -> bool:
    cancelled = line.cancelled_date.isoformat() if line.cancelled_date else None
    quantity = values.get("quantity", line.quantity)
    return Decimal(str(quantity)) == line.quantity and values.get("cancelled_date", cancelled) == cancelled


def remember_reading(world: World, store: Store, plan: Plan, now: datetime) -> None:
    """Keep what this complete reading taught: links, absent accounts, quantities that are right as they stand."""
    client = world.rules.client
    found = [Link(pair.guid, pair.contact_id, pair.account, pair.name) for pair in plan.pairs]
    store.remember_links(client, found, now)
    store.remember_absent(client, dict(plan.absent))
    for line in plan.billing:
        if line.addition_id is not None and line.quantity_before is not None and line.quantity_before == line.billed:
            store.remember_line(client, line.addition_id, line.billed, now)
