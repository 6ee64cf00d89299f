"""A client's statement of a month: the recorded counts, beside the lines as the PSA has them now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from connector.core.periods import Period
from connector.core.statement import NothingRecordedError, agreements_of, check_month, month_of, statement
from connector.core.statement_values import Statement
from connector.errors import ConfigError
from connector.state.store import Store
from connector.sync.world import World


@dataclass(frozen=True, slots=True)
class Attachment:
    """What became of one agreement's document: its title, and whether it is new."""

    agreement: str
    title: str
    new: bool


def make_statement(world: World, store: Store, month: str) -> Statement:
    """The statement of ``2026-11``. Raises ConfigError for a month without records, and what reading the PSA raises."""
    client, today = world.rules.client, world.clock().date()
    period = _month(month)
    history = store.history(client)
    try:
        check_month(history, period, today)
        psa = world.psa.lines_of(world.rules, agreements_of(history, period))
        return statement(world.rules, psa, history, period, today)
    except NothingRecordedError as error:
        raise ConfigError(f"{client}: {error.message}", error.hint) from error


def attach(world: World, made: Statement, draw: Callable[[Statement], str]) -> list[Attachment]:
    """Put the statement's page beside each of its agreements, as ``draw`` makes it of that agreement's part."""
    found = []
    for total in made.agreements:
        if total.agreement_id is not None:
            page = draw(made.only(total.agreement_id)).encode()
            title, name = f"Statement {made.name}", f"statement-{made.client}-{made.name}.html"
            attached = world.documents.attach(total.agreement_id, title, name, page)
            found.append(Attachment(total.name, attached.title, attached.new))
    return found


def _month(text: str) -> Period:
    try:
        if len(text) != len("2026-11"):
            raise ValueError(text)
        return month_of(date.fromisoformat(f"{text}-01"))
    except ValueError as error:
        raise ConfigError(f"{text!r} is no month.", "Write it as 2026-11.") from error
