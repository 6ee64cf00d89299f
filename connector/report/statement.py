"""A statement in words: one value that the page, the terminal and the spreadsheet lay out, with every text harmless."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Literal

from connector.core.history import Month
from connector.core.planjson import amount, quantity
from connector.core.statement_values import Line, Movement, ProfileStatement, Row, RowKind, Statement, Total
from connector.report import words
from connector.report.clean import cleaned
from connector.report.csvs import safe

if TYPE_CHECKING:
    from rich.console import Console

StatementFormat = Literal["text", "html", "csv"]

COLUMNS = (
    "client", "company", "month", "profile", "agreement_id", "agreement", "addition_id", "product", "period_from",
    "period_to", "kind", "who", "account", "guid", "from", "to", "units", "unit_price", "amount", "currency", "what",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row of a line in words; without a name it is no person's."""

    name: str
    what: str
    days: str
    units: str
    amount: str


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line in words: ``place`` is where it is, ``sum`` how its amount comes about, ``people`` how many it is for."""

    heading: str
    place: str
    sum: str
    notes: tuple[str, ...]
    rows: tuple[ToldRow, ...]
    people: str
    charged: str
    amount: str


@dataclass(frozen=True, slots=True)
class ToldMove:
    """Somebody who came or went; ``way`` is ``from`` or ``to`` the other profile."""

    name: str
    day: date
    other: str
    way: str


@dataclass(frozen=True, slots=True)
class ToldProfile:
    """One profile in words."""

    name: str
    lines: tuple[ToldLine, ...]
    joiners: tuple[ToldMove, ...]
    leavers: tuple[ToldMove, ...]
    trend: tuple[Month, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToldStatement:
    """A statement in words. ``problems`` are what is not explained."""

    company: str
    title: str
    subtitle: str
    footing: str
    problems: tuple[str, ...]
    agreements: tuple[Total, ...]
    totals: tuple[Total, ...]
    profiles: tuple[ToldProfile, ...]


def render(fmt: StatementFormat, statement: Statement, width: int = 100) -> str:
    """The statement as text of one format. CSV lines end in CRLF: write the file with ``newline=""``."""
    if fmt == "csv":
        return _csv(cleaned(statement))
    told = tell(statement)
    if fmt == "html":
        from connector.report.html import render_page  # noqa: PLC0415 - slow to import

        return render_page("statement", statement=told)
    from rich.console import Console  # noqa: PLC0415

    out = StringIO()
    print_statement(Console(file=out, width=width, force_terminal=False, legacy_windows=False), statement)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def tell(original: Statement) -> ToldStatement:
    """The statement in words, with every text made harmless to look at."""
    statement = cleaned(original)
    month = f"{statement.month.start:%B %Y}"
    begun = statement.recorded_from
    since = f" Counts are recorded from {words.said_day(begun)} on." if begun else ""
    return ToldStatement(
        company=statement.company,
        title=f"{statement.company}: users billed in {month}",
        subtitle=f"Users billed in {month}",
        footing=f"As counted up to {words.said_day(statement.read_on)}.{since}",
        problems=tuple(_problems(statement)),
        agreements=statement.agreements,
        totals=statement.totals,
        profiles=tuple(_profile(one) for one in statement.profiles),
    )


def print_statement(console: "Console", statement: Statement) -> None:
    """Print the statement on a console, in its width. Every value goes in as ``Text``: no markup in it is obeyed."""
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    told = tell(statement)
    console.print(Text(told.title, "bold"))
    console.print(Text(told.footing, "dim"))
    for problem in told.problems:
        console.print(Text(f"! {problem}", "bold yellow"))
    for profile in told.profiles:
        console.print(Padding(Text(profile.name.upper(), "bold"), (1, 0, 0, 0)))
        for line in profile.lines:
            console.print(Text(f"{line.heading} ({line.place})", "cyan"))
            console.print(Text(line.sum))
            for note in line.notes:
                console.print(Text(note, "dim"))
            table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_footer=True)
            table.add_column("Who", line.people, overflow="fold")
            table.add_column("Counted", overflow="fold")
            table.add_column("Units", line.charged, justify="right", no_wrap=True)
            table.add_column("Amount", line.amount, justify="right", no_wrap=True)
            for row in line.rows:
                who = f"{row.name}: {row.what}" if row.name and row.what else row.name or row.what
                table.add_row(Text(who), Text(row.days), row.units, row.amount)
            console.print(Padding(table, (0, 0, 0, 2)))
        for heading, moves in (("Joined", profile.joiners), ("Left", profile.leavers)):
            if moves:
                names = ", ".join(f"{one.name} ({_move(one)})" for one in moves)
                console.print(Text(f"{heading} in the month ({len(moves):,}): {names}"))
        for note in profile.notes:
            console.print(Text(note, "dim"))
    for total in told.totals:
        console.print(
            Padding(Text(f"Total: {words.money(total.amount)} {total.currency}".rstrip(), "bold"), (1, 0, 0, 0))
        )


def _move(one: ToldMove) -> str:
    return f"{words.said_day(one.day)}, {one.way} {one.other}" if one.other else words.said_day(one.day)


def _problems(statement: Statement) -> Iterable[str]:
    for profile in statement.profiles:
        for problem in profile.problems:
            yield f"{profile.profile}: {problem}."
        for line in profile.lines:
            for row in line.rows:
                if row.kind is RowKind.UNEXPLAINED:
                    yield f"{profile.profile}, line {line.addition_id}: {row.what}."


def _profile(profile: ProfileStatement) -> ToldProfile:
    return ToldProfile(
        profile.profile,
        tuple(map(_line, profile.lines)),
        tuple(_moved(profile.joiners, "from")),
        tuple(_moved(profile.leavers, "to")),
        profile.trend,
        profile.notes,
    )


def _moved(moves: Iterable[Movement], way: str) -> Iterable[ToldMove]:
    return (ToldMove(one.name or one.account, one.day, one.other, way) for one in moves)


def _line(line: Line) -> ToldLine:
    period = f"{words.said_day(line.period.start)} to {words.said_day(line.period.last)}"
    state = "invoiced" if line.invoiced else "not invoiced yet"
    share = f" x {line.days}/{line.period.days} days" if line.prorated and line.days != line.period.days else ""
    own = f", this line from {words.said_day(line.first)} to {words.said_day(line.last)}"
    own = own if line.days != line.period.days else ""
    charged = words.units(line.charged)
    return ToldLine(
        heading=line.description,
        place=f"{line.agreement}, {line.product}, line {line.addition_id}",
        sum=f"{period}, {state}{own}: {charged} x {words.price(line.unit_price)}{share} = "
        f"{words.money(line.amount)} {line.currency}".rstrip(),
        notes=line.notes,
        rows=tuple(map(_row, line.rows)),
        people=words.plural(line.people, "person", "people"),
        charged=charged,
        amount=words.money(line.amount),
    )


def _row(row: Row) -> ToldRow:
    what = row.what[:1].upper() + row.what[1:] if not row.name else row.what
    told = row.kind is RowKind.JOINED
    return ToldRow(
        row.name or ("" if not row.guid else row.account),
        what,
        _days(row),
        "" if told or row.kind is RowKind.ROUNDING else words.units(row.units),
        "" if told else words.money(row.amount),
    )


def _days(row: Row) -> str:
    if row.first is None:
        return ""
    first = words.said_day(row.first)
    return f"{first} – {words.said_day(row.last)}" if row.last else f"from {first}"


def _csv(statement: Statement) -> str:
    """One row for each row of each line, whose amounts add up to the line's, and one for each joiner and leaver."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    head = {"client": statement.client, "company": statement.company, "month": statement.name}
    for profile in statement.profiles:
        for record in _records(profile):
            row = {**head, "profile": profile.profile, **record}
            writer.writerow({key: _cell(value) for key, value in row.items()})
    return out.getvalue()


def _records(profile: ProfileStatement) -> Iterable[dict[str, object]]:
    for line in profile.lines:
        place = {
            "agreement_id": line.agreement_id, "agreement": line.agreement, "addition_id": line.addition_id,
            "product": line.product, "period_from": line.period.start, "period_to": line.period.last,
            "unit_price": Decimal(amount(line.unit_price)), "currency": line.currency,
        }  # fmt: skip
        for row in line.rows:
            yield {
                **place, "kind": row.kind.value, "who": row.name, "account": row.account, "guid": row.guid,
                "from": row.first, "to": row.last, "units": Decimal(quantity(row.units)),
                "amount": Decimal(amount(row.amount)), "what": row.what,
            }  # fmt: skip
    for kind, moves in (("joiner", profile.joiners), ("leaver", profile.leavers)):
        for one in moves:
            days = {"from": one.day} if kind == "joiner" else {"to": one.day - timedelta(days=1)}
            yield {"kind": kind, "who": one.name, "account": one.account, **days, "what": one.other}
    for problem in profile.problems:
        yield {"kind": "problem", "what": problem}


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else safe(value) if isinstance(value, str) else str(value)
