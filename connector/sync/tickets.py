"""Tickets for what a run came to: the decision is :mod:`connector.core.tickets`, this carries it out.

Trouble with tickets changes nothing of the client's run: it is told and logged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from connector.core.tickets import SUMMARIES, Action, Cause, Clear, Known, Tell, decide, ended
from connector.errors import ConnectorError, PsaRejected
from connector.state.store import Store
from connector.sync.outcome import Report
from connector.sync.ports import Documents, TicketDesk

TITLE = "Connector report"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """Where tickets go. ``pages`` puts files beside tickets, ``draw`` makes the page of a run, ``causes`` are those
    that there are tickets for, and ``closes`` says whether a ticket whose cause is gone is closed or only noted."""

    tickets: TicketDesk
    pages: Documents
    draw: Callable[[Report], str]
    causes: frozenset[Cause]
    closes: bool


def tell(
    desk: ServiceDesk, store: Store, report: Report, company: str, now: datetime, *, adopted: bool = False
) -> tuple[str, ...]:
    """Open, note and end the tickets that a run asks for, and say what went wrong with them. ``company`` is the
    client's company identifier, by which it is found where the run failed before.
    """
    telling = _Telling(desk, store, report, company, now)
    run = ended(report.client, report.plan, report.error, adopted=adopted)
    try:
        actions = decide(run, desk.causes, store.tickets(report.client), closes=desk.closes)
    except ConnectorError as error:
        return telling.troubles(f"Tickets of {report.client}", error)
    return tuple(words for action in actions for words in telling.carried_out(action))


@dataclass(frozen=True, slots=True)
class _Telling:
    """The tickets of one run."""

    desk: ServiceDesk
    store: Store
    report: Report
    company: str
    now: datetime

    def carried_out(self, action: Action) -> tuple[str, ...]:
        """Do it; what went wrong, in words."""
        try:
            if isinstance(action, Clear):
                self._clear(action)
                return ()
            number = self._tell(action)
        except Exception as error:  # whatever it is, the run of the client has come to its end before
            return self.troubles(f'Ticket "{SUMMARIES[action.cause]}" of {self.report.client}', error)
        try:
            self._attach(number)
        except Exception as error:
            return self.troubles(f"The report was not attached to ticket {number} of {self.report.client}", error)
        return ()

    def troubles(self, what: str, error: Exception) -> tuple[str, ...]:
        """What went wrong, in words; also logged."""
        if isinstance(error, ConnectorError):
            words = f"{what}: {error}"
            log.warning("ticket.trouble", client=self.report.client, problem=words)
        else:
            words = f"{what}: the connector itself failed ({type(error).__name__}: {error}). Report it with the log."
            log.exception("ticket.fault", client=self.report.client, problem=words)
        return (words,)

    def _tell(self, action: Tell) -> int:
        plan, client = self.report.plan, self.report.client
        company_id = plan.company_id if plan is not None else self.desk.tickets.company_id(self.company)
        number = self.desk.tickets.tell(company_id, action)
        self.store.remember_ticket(client, Known(action.cause, number, action.told), self.now)
        log.info("ticket.told", client=client, cause=action.cause.value, ticket=number)
        return number

    def _clear(self, action: Clear) -> None:
        """End it. Where the PSA refuses, a person must: trying again every night would not help."""
        client = self.report.client
        try:
            self.desk.tickets.clear(action.ticket_id, action.note)
        except PsaRejected:
            self.store.forget_ticket(client, action.cause)
            raise
        self.store.forget_ticket(client, action.cause)
        log.info("ticket.cleared", client=client, cause=action.cause.value, ticket=action.ticket_id)

    def _attach(self, number: int) -> None:
        """Put the page of the run beside the ticket; a run without a plan has said everything in the ticket."""
        if self.report.plan is not None:
            page = self.desk.draw(self.report).encode()
            self.desk.pages.attach(number, TITLE, f"connector-{self.report.client}.html", page)
