"""What one billing profile's line becomes: the right quantity, from the right day on, in the right way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from connector.core import objections
from connector.core.history import History, trend
from connector.core.holding import HoldError
from connector.core.invoice_text import with_names
from connector.core.lines import Place, runs, unknown_cycle
from connector.core.model import Addition, LineWrite, Memory, PsaSnapshot
from connector.core.periods import UnknownCycleError
from connector.core.plan import CENT, BillingLine, Change, Counted, Held, Kind, Target, Value
from connector.core.quantity import Formula, plain
from connector.core.rules import BillingProfile
from connector.core.timing import Due, Timing, Transfer, seen_by, takes_effect

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Billing:
    """The outcome for one profile: its line, the changes to make and what is held."""

    line: BillingLine
    changes: tuple[Change, ...] = ()
    holds: tuple[Held, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether a person has to decide about it."""
        return bool(self.holds)

    def held(self, hold: HoldError) -> "Billing":
        """The line as it stands, held."""
        line = self.line
        target = Target(agreement_id=line.agreement_id, addition_id=line.addition_id)
        held = Held(hold.kind, line.profile, hold.reason, hold.release, target=target)
        return Billing(replace(line.unmoved(), due=None, pending=None), holds=(held,))


def outline(profile: BillingProfile, people: tuple[Counted, ...], history: History) -> Billing:
    """The line of a profile of which no more is known than whom it counts."""
    return Billing(_outline(profile, people, history, Formula(profile)))


def _outline(profile: BillingProfile, people: tuple[Counted, ...], history: History, formula: Formula) -> BillingLine:
    return BillingLine(
        profile.name, None, None, profile.product, len(people), formula.of(people), None, None, None, None, people,
        how=formula.how(people), trend=trend(history.of(profile.name).tallies),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One profile with everything that decides what becomes of its line: ``people`` are those it counts, ``moved`` who
    comes to it from another line or goes to one, ``count_day`` the client's."""

    profile: BillingProfile
    people: tuple[Counted, ...]
    place: Place
    psa: PsaSnapshot
    memory: Memory
    today: date
    count_day: int = 0
    moved: tuple[Transfer, ...] = ()

    def bill(self) -> Billing:
        """What the profile's line becomes. Held, with the reason, wherever line, quantity or date is in doubt."""
        line = self._line()
        try:
            due = self._due()
            line = replace(
                line, due=due.quantity, effective=due.effective, pending=due.pending, billed=self._billed(due),
                how=due.how or line.how, quantity_after=due.quantity,
            )  # fmt: skip
            return self._new_line(line, due) if self.found is None else self._existing(line, due, self.found)
        except HoldError as hold:
            return Billing(line).held(hold)
        except UnknownCycleError as error:
            return Billing(line).held(unknown_cycle(error))

    # what is known

    @property
    def found(self) -> Addition | None:
        """The line there is, running or to come."""
        return self.place.line or self.place.ahead

    @property
    def last(self) -> LineWrite | None:
        """What we last wrote to it."""
        return self.memory.line_writes.get(self.found.id) if self.found else None

    @property
    def foreign(self) -> Decimal:
        """What somebody else added to the quantity since our last write; 0 where nobody did."""
        if self.found is None or self.last is None or self.found.quantity in (self.last.quantity, self.last.sent):
            return Decimal(0)
        return self.found.quantity - self.last.quantity

    @property
    def accepted(self) -> Decimal:
        """What was added by hand and is kept as an offset, while the profile accepts it."""
        if self.profile.on_drift != "accept" or self.last is None:
            return Decimal(0)
        return self.last.accepted + (0 if self.right_by_hand else self.foreign)

    @property
    def right_by_hand(self) -> bool:
        """Whether somebody else has set the quantity to what is counted now."""
        if self.found is None or self.last is None or not self.foreign:
            return False
        kept = self.last.accepted if self.profile.on_drift == "accept" else Decimal(0)
        return self.found.quantity == Formula(self.profile, kept).of(self.people)

    @property
    def formula(self) -> Formula:
        """How units become the quantity."""
        return Formula(self.profile, self.accepted)

    @property
    def included(self) -> Decimal:
        """Units of the line that are not charged."""
        if self.profile.included is not None:
            return self.profile.included
        line = self.found or self.place.ended
        return line.less_included if line else Decimal(0)

    def _due(self) -> Due:
        standing = self.found.quantity if self.found else Decimal(0)
        if self.last is not None and not (self.foreign and self.profile.on_drift == "accept"):
            standing = self.last.quantity
        if self.found is None and self.place.ended is not None:
            standing = self.place.ended.quantity
        seen = seen_by(self.memory.history.of(self.profile.name).tallies, self.people, self.today)
        timing = Timing(self.profile, self.place, self.today, seen, self.formula, standing, self.moved, self.count_day)
        due = timing.due()
        if self.found is None and not self._ours_to_replace():
            due = self._at_first(due, timing)
        return due

    def _at_first(self, due: Due, timing: Timing) -> Due:
        """People who have no line yet: there is nothing that could rise or fall."""
        if self.profile.count != "snapshot":
            return due
        start = timing.starts()
        ended = self.place.ended.cancelled_date if self.place.ended else None
        return Due(self.formula.of(self.people), max(start, ended + DAY) if ended else start)

    def _ours_to_replace(self) -> bool:
        """Whether the line that ended was ended by us, to put another in its place."""
        ended = self.place.ended
        write = self.memory.line_writes.get(ended.id) if ended else None
        return ended is not None and write is not None and write.ends == ended.cancelled_date

    def _billed(self, due: Due) -> Decimal:
        return self.formula.of(self.people) if self.profile.count == "snapshot" else due.quantity

    def _line(self) -> BillingLine:
        agreement, found, ended = self.place.agreement, self.found, self.place.ended
        cycle = self.place.calendar.cycle
        return replace(
            _outline(self.profile, self.people, self.memory.history, self.formula),
            agreement_id=agreement.id,
            agreement=agreement.name,
            addition_id=found.id if found else None,
            product=found.product if found else self.profile.product,
            quantity_before=found.quantity if found else None,
            quantity_after=found.quantity if found else None,
            unit_price=_price(found, ended),
            effective=self.place.calendar.start,
            included=self.included,
            months=cycle.months if cycle else 0,
            accepted=self.accepted,
            open_from=self.place.calendar.start,
            currency=agreement.currency,
        )

    # a line there is

    def _existing(self, line: BillingLine, due: Due, found: Addition) -> Billing:
        if line.counted == 0 and self.profile.at_zero == "cancel":
            return self._cancelled(line, due, found)
        moves = due.quantity != found.quantity
        if moves and self.right_by_hand:
            note = "Somebody has set the quantity by hand to what is counted now, so it is left as it is."
            line = replace(line, due=None, pending=None, quantity_after=found.quantity, notes=(*line.notes, note))
            return Billing(line)
        if moves:
            self._refuse_to_come(found)
            objections.empty(self.profile, line.counted, f"the line stands at {plain(found.quantity)}")
            objections.ending(found)
            objections.flat_price(found, due.quantity, self.psa.products)
            self._refuse_drift(found, due.quantity)
            objections.policy(self.profile, found.quantity, due.quantity)
        elif self._is_to_come(found):
            return Billing(replace(line, due=None, pending=None))
        elif line.billed != found.quantity:
            objections.empty(self.profile, line.counted, f"the line stands at {plain(found.quantity)}")
            objections.policy(self.profile, found.quantity, line.billed)
        line = replace(line, notes=(*line.notes, *self._accepted_note()))
        values = self._values(found, due)
        if not values:
            return Billing(line)
        started = found.effective_date is None or found.effective_date < due.effective
        if moves:
            line = replace(line, notes=(*line.notes, *self._whole_note(due)))
        if moves and self.profile.method == "cancel_and_add" and started:
            return self._replaced(line, due, found, values)
        return Billing(line, (self._set(found, values, self._reason(line, found)),))

    def _values(self, found: Addition, due: Due) -> dict[str, Value]:
        """The fields that are ours and that have to change."""
        values: dict[str, Value] = {}
        if due.quantity != found.quantity:
            values["quantity"] = plain(due.quantity)
        if self.profile.included is not None and self.profile.included != found.less_included:
            values["less_included"] = plain(self.profile.included)
        if self.profile.names_on_invoice and self.place.day >= self.today:
            description = self._named(found.invoice_description, due)
            if description != found.invoice_description:
                values["invoice_description"] = description
        return values

    def _set(self, found: Addition, values: dict[str, Value], reason: str) -> Change:
        stands: dict[str, Value] = {
            "quantity": plain(found.quantity),
            "less_included": plain(found.less_included),
            "invoice_description": found.invoice_description,
        }
        before = {name: stands[name] for name in values}
        return Change(Kind.SET, self._target(found), before, values, reason, label=self.profile.name)

    def _reason(self, line: BillingLine, found: Addition) -> str:
        if line.due == found.quantity:
            return "the people on this line" if self.profile.names_on_invoice else "the included units of the profile"
        return f"{line.counted} people counted, line stands at {plain(found.quantity)}"

    def _cancelled(self, line: BillingLine, due: Due, found: Addition) -> Billing:
        if found.cancelled_date is not None:
            stands = found.quantity
            return Billing(replace(line, due=stands, quantity_after=stands, pending=None))
        self._refuse_to_come(found)
        self._refuse_drift(found, Decimal(0))
        objections.policy(self.profile, found.quantity, Decimal(0))
        ends = max(self._falls_on(), self.today) - DAY
        change = Change(
            Kind.CANCEL, self._target(found), {"cancelled_date": None}, {"cancelled_date": ends.isoformat()},
            "nobody is counted", label=self.profile.name,
        )  # fmt: skip
        line = replace(line, due=None, quantity_after=Decimal(0), pending=None, effective=ends + DAY)
        return Billing(replace(line, prorated=self._prorated(line, ends + DAY)), (change,))

    def _falls_on(self) -> date:
        return takes_effect(self.profile, self.place.calendar, self.today, up=False)

    def _replaced(self, line: BillingLine, due: Due, found: Addition, values: dict[str, Value]) -> Billing:
        """The old line ends and a new one takes its place, with every field of the old one that is not ours."""
        ends = due.effective - DAY
        reason = self._reason(line, found)
        cancel = Change(
            Kind.CANCEL, self._target(found), {"cancelled_date": None}, {"cancelled_date": ends.isoformat()},
            f"{reason}; line with {plain(due.quantity)} follows on {due.effective}", label=self.profile.name,
        )  # fmt: skip
        line = replace(line, prorated=self._prorated(line, due.effective))
        return Billing(line, (cancel, self._successor(found, due, values, reason)))

    def _successor(self, old: Addition, due: Due, values: dict[str, Value], reason: str) -> Change:
        after: dict[str, Value] = {
            "product": old.product,
            "quantity": plain(due.quantity),
            "unit_price": plain(old.unit_price),
            "effective_date": due.effective.isoformat(),
            "copy_of": old.id,
            **{name: value for name, value in values.items() if name != "quantity"},
        }
        target = Target(agreement_id=old.agreement_id)
        return Change(Kind.ADD, target, {}, after, reason, label=self.profile.name)

    def _prorated(self, line: BillingLine, start: date) -> Decimal | None:
        """What the period that is running when a dated change begins costs more or less; None where it is billed whole
        either way."""
        period = self.place.calendar.around(start) if self.place.agreement.prorate else None
        if period is None or start == period.start:
            return None
        share = Decimal((period.end - start).days) / period.days
        price = line.unit_price or Decimal(0)

        def cost(quantity: Decimal) -> Decimal:
            charged = max(quantity - line.included, Decimal(0))
            return (charged * price * share).quantize(CENT, ROUND_HALF_UP)

        return cost(line.quantity_after or Decimal(0)) - cost(line.quantity_before or Decimal(0))

    def _named(self, description: str, due: Due) -> str:
        return with_names(description, self._billed_people(due))

    def _billed_people(self, due: Due) -> list[Counted]:
        """Those whom the quantity is for: who is counted now, with the last to leave who are still billed, or without
        the last to join who are not billed yet."""
        missing, since = due.quantity - self.formula.of(self.people), due.since
        here = {person.guid: person for person in self.people}
        if missing == 0 or since is None:
            return list(here.values())
        stays = self.memory.history.of(self.profile.name).stays
        days = {stay.guid: stay.since for stay in stays if stay.until is None}
        if missing > 0:
            days = {stay.guid: stay.until or self.today for stay in stays if stay.guid not in here}
            known = {stay.guid: Counted(stay.guid, stay.name, "left", stay.account, stay.units) for stay in stays}
        else:
            days = {guid: days.get(guid, self.today) for guid in here}
            known = here
        for guid in sorted((one for one, day in days.items() if day > since), key=lambda one: (days[one], one))[::-1]:
            if missing > 0:
                here = {**here, guid: known[guid]}
                missing = max(missing - known[guid].units, Decimal(0))
            elif missing < 0:
                here = {one: person for one, person in here.items() if one != guid}
                missing = min(missing + known[guid].units, Decimal(0))
        return list(here.values())

    # a line that is not there

    def _new_line(self, line: BillingLine, due: Due) -> Billing:
        if due.quantity == 0:
            return Billing(replace(line, quantity_after=None, pending=None))
        ended, ours = self.place.ended, self._ours_to_replace()
        if not ours and not self.profile.create_line and ended is not None and runs(ended, self.today):
            return self._running_out(line, ended)
        objections.empty(self.profile, line.counted, "there is no line yet")
        if not (self.profile.create_line or ours):
            raise objections.missing(self.place.agreement, self.profile.product, ended, self.today)
        if ended is not None:
            if ours and ended.cancelled_date is not None:
                due = replace(due, effective=max(ended.cancelled_date + DAY, self.place.calendar.start))
            values = self._successor_values(ended, due)
            reason = f"takes the place of line {ended.id}, which ended on {ended.cancelled_date}"
            follows = ended.cancelled_date is not None and due.effective == ended.cancelled_date + DAY
            line = replace(
                line,
                effective=due.effective,
                quantity_before=ended.quantity if follows else None,
                notes=(*line.notes, f"The price is that of line {ended.id}."),
            )
            line = replace(line, prorated=self._prorated(line, due.effective))
            return Billing(line, (self._successor(ended, due, values, reason),))
        product = objections.product(self.psa.products, self.profile.product)
        price = product.price or Decimal(0)
        line = replace(
            line, unit_price=price, effective=due.effective,
            notes=(*line.notes, f"New line at {price:,.2f} a unit, the catalogue's price of {product.identifier}."),
        )  # fmt: skip
        after: dict[str, Value] = {
            "product": product.identifier,
            "quantity": plain(due.quantity),
            "unit_price": plain(price),
            "effective_date": due.effective.isoformat(),
            **self._extra(),
        }
        reason = f"{line.counted} people counted and no line of {product.identifier} yet"
        change = Change(Kind.ADD, Target(agreement_id=self.place.agreement.id), {}, after, reason,
                        label=self.profile.name)  # fmt: skip
        return Billing(replace(line, prorated=self._prorated(line, due.effective)), (change,))

    def _running_out(self, line: BillingLine, ended: Addition) -> Billing:
        """The line is in effect today and ends before the next bill; while it is right it is left alone."""
        if line.billed != ended.quantity:
            objections.ending(ended)
        note = (
            f"The line ends on {ended.cancelled_date}, and nobody is billed afterwards unless it goes on or another "
            "one follows."
        )
        stands = ended.quantity
        return Billing(
            replace(line, addition_id=ended.id, quantity_before=stands, quantity_after=stands, due=None, pending=None,
                    notes=(*line.notes, note))
        )  # fmt: skip

    def _successor_values(self, ended: Addition, due: Due) -> dict[str, Value]:
        values: dict[str, Value] = {}
        if self.profile.included is not None and self.profile.included != ended.less_included:
            values["less_included"] = plain(self.profile.included)
        if self.profile.names_on_invoice:
            values["invoice_description"] = self._named(ended.invoice_description, due)
        return values

    def _extra(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        if self.profile.included:
            values["less_included"] = plain(self.profile.included)
        if self.profile.names_on_invoice:
            values["invoice_description"] = with_names("", self.people)
        return values

    def _is_to_come(self, found: Addition) -> bool:
        """Whether somebody else has made the line for a day that has not come yet."""
        return found.effective_date is not None and found.effective_date > self.today and self.last is None

    def _refuse_to_come(self, found: Addition) -> None:
        if self._is_to_come(found):
            raise objections.to_come(found)

    def _refuse_drift(self, found: Addition, wanted: Decimal) -> None:
        if self.last is not None and self.foreign and found.quantity != wanted:
            objections.drift(self.profile, found, self.last, wanted)

    def _whole_note(self, due: Due) -> Sequence[str]:
        """An agreement that prorates, and a quantity for a period that is running: in place it is billed whole."""
        running = due.effective <= self.today
        if not (self.place.agreement.prorate and running) or self.profile.method == "cancel_and_add":
            return ()
        return (
            f"Not prorated: a quantity that is set in place is billed for the whole period from {due.effective} on.",
        )

    def _accepted_note(self) -> Sequence[str]:
        if not self.accepted:
            return ()
        offset = plain(self.profile.offset + self.accepted)
        way = "more" if self.accepted > 0 else "less"
        return (
            f"{plain(abs(self.accepted))} {way} than counted, set by hand and accepted. To keep it whatever becomes of "
            f'the connector\'s own memory, set offset = {offset} and on_drift = "hold".',
        )

    def _target(self, found: Addition) -> Target:
        return Target(agreement_id=self.place.agreement.id, addition_id=found.id)


def _price(found: Addition | None, ended: Addition | None) -> Decimal | None:
    """What one unit costs the client: nothing on a line that is NoCharge or DoNotBill (api.md 4.8)."""
    line = found or ended
    if line is None:
        return None
    return Decimal(0) if line.bill_customer in ("NoCharge", "DoNotBill") else line.unit_price
