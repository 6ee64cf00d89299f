"""What a client was billed for in a month, as values: profiles, their lines, and the people on each line."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connector.core.history import Month
from connector.core.periods import Period


class RowKind(StrEnum):
    """What a row of a line is: somebody who is billed, somebody who is told of, or what else makes the amount."""

    PERSON = "person"
    LEFT = "left"
    JOINED = "joined"
    OFFSET = "offset"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    COUNT = "count"
    INCLUDED = "included"
    ROUNDING = "rounding"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a line, with its part of the quantity and of the amount. ``what`` is said in words where a name alone
    does not tell it. ``first`` and ``last`` are the days inside the period on which somebody was counted; ``last`` is
    None while they are, both are where there was none."""

    kind: RowKind
    units: Decimal
    amount: Decimal
    what: str = ""
    name: str = ""
    account: str = ""
    guid: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the PSA in one billing period, as it is invoiced. ``first`` and ``last`` are its days in the period, of
    which an agreement that prorates bills just these. ``quantity`` is what stands on it, or stood there when the period
    was ``invoiced``; ``charged`` is that without the included units. The ``rows`` come to exactly ``amount``."""

    addition_id: int
    agreement_id: int
    agreement: str
    currency: str
    product: str
    description: str
    period: Period
    first: date
    last: date
    prorated: bool
    invoiced: bool
    quantity: Decimal
    charged: Decimal
    unit_price: Decimal
    amount: Decimal
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """On how many days of the period it is in effect."""
        return (self.last - self.first).days + 1

    @property
    def people(self) -> int:
        """How many people its amount is for."""
        return sum(row.kind in (RowKind.PERSON, RowKind.LEFT) for row in self.rows)

    @property
    def unexplained(self) -> Decimal:
        """Units that stand on the line and that nothing accounts for; negative where too few do."""
        return sum((row.units for row in self.rows if row.kind is RowKind.UNEXPLAINED), Decimal(0))


@dataclass(frozen=True, slots=True)
class Movement:
    """Somebody who began to be counted on a profile on ``day``, or no longer was; ``other`` is the profile they came
    from or went to."""

    day: date
    name: str
    account: str
    units: Decimal
    other: str = ""


@dataclass(frozen=True, slots=True)
class ProfileStatement:
    """One billing profile: its lines in the month, who came and who went, and the counts of twelve months.
    ``problems`` say what keeps it from being explained. ``agreements`` are the ids its counts name."""

    profile: str
    agreements: tuple[int, ...]
    lines: tuple[Line, ...]
    joiners: tuple[Movement, ...] = ()
    leavers: tuple[Movement, ...] = ()
    trend: tuple[Month, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether the people and the named rows account for every line."""
        return not self.problems and not any(line.unexplained for line in self.lines)


@dataclass(frozen=True, slots=True)
class Total:
    """What an agreement comes to, or a client in one currency (``name``); the currency may be ``""``."""

    name: str
    currency: str
    amount: Decimal
    agreement_id: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A client's month. ``read_on`` is the day of the last count it uses, ``recorded_from`` the day on which counting
    began, where that is a day of the month."""

    client: str
    company: str
    month: Period
    read_on: date
    profiles: tuple[ProfileStatement, ...]
    recorded_from: date | None = None

    @property
    def name(self) -> str:
        """The month as ``2026-11``."""
        return f"{self.month.start:%Y-%m}"

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of every profile."""
        return tuple(line for profile in self.profiles for line in profile.lines)

    @property
    def explained(self) -> bool:
        """Whether nothing was left unexplained."""
        return all(profile.explained for profile in self.profiles)

    @property
    def agreements(self) -> tuple[Total, ...]:
        """What each agreement comes to, in the order of the lines."""
        found: dict[int, Total] = {}
        for line in self.lines:
            known = found.get(line.agreement_id) or Total(line.agreement, line.currency, Decimal(0), line.agreement_id)
            found[line.agreement_id] = replace(known, amount=known.amount + line.amount)
        return tuple(found.values())

    @property
    def totals(self) -> tuple[Total, ...]:
        """What the client comes to, in each currency."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            found[line.currency] = found.get(line.currency, Decimal(0)) + line.amount
        return tuple(Total(self.company, currency, amount) for currency, amount in found.items())

    def only(self, agreement_id: int) -> "Statement":
        """The part of it that is about one agreement."""
        kept = [
            replace(one, lines=tuple(line for line in one.lines if line.agreement_id == agreement_id))
            for one in self.profiles
        ]
        return replace(self, profiles=tuple(one for one in kept if one.lines))
