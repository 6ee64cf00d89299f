"""From counted units to the quantity that is billed: units + offset, between minimum and maximum."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector.core.plan import Counted
from connector.core.rules import BillingProfile


def plain(number: Decimal) -> str:
    """A decimal as people write it: ``37``, not ``37.0`` or ``3.7E+1``."""
    short = number.normalize()
    return f"{short:f}"


@dataclass(frozen=True, slots=True)
class Formula:
    """How a profile makes a quantity of units; ``accepted`` is what somebody added by hand and the rules accepted."""

    profile: BillingProfile
    accepted: Decimal = Decimal(0)

    @property
    def offset(self) -> Decimal:
        """What is added to the units."""
        return self.profile.offset + self.accepted

    @property
    def lowest(self) -> Decimal:
        """The least that is billed."""
        return max(self.profile.minimum, Decimal(0))

    def billed(self, units: Decimal) -> Decimal:
        """The quantity for so many units, 0 meaning that nobody is counted: that follows ``at_zero``."""
        if not units and self.profile.at_zero in ("zero", "cancel"):
            return Decimal(0)
        billed = max(units + self.offset, self.lowest)
        return min(billed, self.profile.maximum) if self.profile.maximum else billed

    def of(self, people: Sequence[Counted]) -> Decimal:
        """The quantity for these people."""
        return self.billed(sum((person.units for person in people), Decimal(0)))

    def how(self, people: Sequence[Counted]) -> str:
        """How the quantity for these people comes about, where it is not simply their number; else ``""``."""
        profile = self.profile
        if not people and profile.at_zero in ("zero", "cancel"):
            given = self.lowest or self.offset
            return f"nobody is counted, and at_zero = {profile.at_zero}" if given else ""
        units = Counter(person.units for person in people) or Counter({profile.units: 0})
        parts = [" + ".join(f"{count} x {plain(each)}" for each, count in sorted(units.items()))]
        parts += self._adjustments(sum((each * count for each, count in units.items()), Decimal(0)))
        return "".join(parts) if len(parts) > 1 or set(units) != {Decimal(1)} else ""

    def told(self, units: Decimal, source: str) -> str:
        """How the quantity comes about from units that are not simply those of the people counted now."""
        if not units and self.profile.at_zero in ("zero", "cancel"):
            given = self.lowest or self.offset
            return f"{source} 0, and at_zero = {self.profile.at_zero}" if given else f"{source} 0"
        return "".join([f"{source} {plain(units)}", *self._adjustments(units)])

    def _adjustments(self, units: Decimal) -> list[str]:
        wanted = units + self.offset
        parts = [_signed("offset", self.profile.offset)] if self.profile.offset else []
        parts += [_signed("accepted by hand", self.accepted)] if self.accepted else []
        parts += [f", at least {plain(self.lowest)}"] if wanted < self.lowest else []
        over = self.profile.maximum and wanted > self.profile.maximum
        return [*parts, f", at most {plain(self.profile.maximum)}"] if over else parts


def _signed(what: str, number: Decimal) -> str:
    return f" {'-' if number < 0 else '+'} {what} {plain(abs(number))}"
