"""The only place that picks concrete adapters: from the settings to a :class:`~connector.sync.service.Service`.

The defaults are production; a caller that wants another clock or less patience says so. Adapters are imported
when they are needed, so that a command which reads no directory does not load LDAP.
"""

import getpass
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connector.core.model import Traffic
from connector.errors import ConfigError
from connector.settings import Client, Settings
from connector.settings import Directory as DirectorySettings
from connector.state.store import Store
from connector.sync.checking import Line
from connector.sync.outcome import Report
from connector.sync.ports import Directory
from connector.sync.service import Service
from connector.sync.together import Progress, Surroundings
from connector.sync.world import World

if TYPE_CHECKING:
    from connector.directory.file import FileDirectory
    from connector.directory.ldap import LdapDirectory
    from connector.psa.rest import PsaRest
    from connector.psa.setup import SetupTables

Now = Callable[[tzinfo], datetime]


def wall_clock(zone: tzinfo) -> datetime:
    """The time of this computer, in a zone."""
    return datetime.now(zone)


def login() -> str:
    """Who runs this process; a container may have nobody by that number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


class Wiring:
    """The adapters of one process: one HTTP client for the PSA, one state database, one world per client.

    ``patience`` is how many seconds one call to the PSA may take with all its repeats, where that is less than the
    config says: for a check that somebody waits for.
    """

    def __init__(self, settings: Settings, now: Now | None = None, patience: float = float("inf")) -> None:
        self.settings, self._now = settings, now or wall_clock
        self._patience = min(patience, settings.psa.patience_seconds)
        self._psa = cache(self._connect_psa)
        self.store = cache(lambda: Store(settings.state.url))

    def service(self, progress: Progress = lambda client, what: None, actor: str = "") -> Service:
        """The application over these adapters. ``actor`` is who asks for what it does, else whoever runs this."""
        around = Surroundings(
            self.world,
            self.store(),
            lambda: self._now(UTC),
            progress,
            self._traffic,
            self.settings.guard,
            actor.strip() or login(),
        )
        return Service(around, self._tell) if self.settings.tickets.board else Service(around)

    def client(self, name: str) -> Client:
        """A configured client by its name. Raises ConfigError naming those there are."""
        client = self.settings.clients.get(name)
        if client is None:
            known = ", ".join(sorted(self.settings.clients)) or "none"
            raise ConfigError(f"There is no client {name}.", f"The clients are: {known}.")
        return client

    def world(self, name: str) -> World:
        """One client's adapters."""
        from connector.psa.agreements import PsaLines  # noqa: PLC0415
        from connector.psa.contacts import PsaContacts  # noqa: PLC0415
        from connector.psa.documents import PsaDocuments  # noqa: PLC0415
        from connector.psa.keeping import Keeping  # noqa: PLC0415
        from connector.psa.source import PsaReader  # noqa: PLC0415

        client = self.client(name)
        zone = ZoneInfo(client.time_zone)
        http, tables = self._psa()
        return World(
            rules=client.rules,
            directory=_directory(client),
            psa=PsaReader(http, tables, client.region),
            contacts=PsaContacts(http, tables, Keeping.of(client.rules.contacts, client.region)),
            lines=PsaLines(http),
            documents=PsaDocuments(http),
            clock=lambda: self._now(zone),
            sleep=time.sleep,
            sending=http.sending,
        )

    def _tell(self, report: Report, adopted: bool) -> Sequence[str]:
        """Tell the service desk what one client's run came to."""
        from connector.core.tickets import Cause  # noqa: PLC0415
        from connector.psa.documents import PsaDocuments  # noqa: PLC0415
        from connector.psa.tickets import PsaTickets  # noqa: PLC0415
        from connector.sync.tickets import ServiceDesk, tell  # noqa: PLC0415

        wanted, client = self.settings.tickets, self.client(report.client)
        try:
            http, _ = self._psa()
        except ConfigError:
            return ()  # the run has failed for the same reason, and no ticket can be written
        desk = ServiceDesk(
            tickets=PsaTickets(http, wanted.board, wanted.status_closed),
            pages=PsaDocuments(http, "Ticket"),
            draw=_page,
            causes=frozenset(map(Cause, wanted.causes)),
            closes=bool(wanted.status_closed),
        )
        now = self._now(ZoneInfo(client.time_zone))
        return tell(desk, self.store(), report, client.company, now, adopted=adopted)

    def _traffic(self) -> Traffic:
        """What this thread has asked the PSA so far."""
        return self._psa()[0].meter.of_this_thread() if self._psa.cache_info().currsize else Traffic()

    def check_psa(self) -> list[Line]:
        """Whether the PSA lets the API member in and shows it what the connector reads."""
        from connector.psa.check import check  # noqa: PLC0415

        http, _ = self._psa()
        tickets = self.settings.tickets
        found = check(http, tickets.board, tickets.status_closed)
        return [Line("psa", one.name, one.ok, one.message) for one in found]

    def close(self) -> None:
        """Close the database and the connections."""
        if self.store.cache_info().currsize:
            self.store().close()
        if self._psa.cache_info().currsize:
            self._psa()[0].close()

    def _connect_psa(self) -> "tuple[PsaRest, SetupTables]":
        from connector.psa.rest import PsaRest  # noqa: PLC0415
        from connector.psa.setup import SetupTables  # noqa: PLC0415

        psa = self.settings.psa
        http = PsaRest(
            psa.site,
            psa.company,
            psa.public_key.reveal(),
            psa.private_key.reveal(),
            psa.client_id.reveal(),
            psa.requests_per_minute,
            timeout=min(psa.timeout_seconds, self._patience),
            retry_budget=self._patience,
            ca_file=str(psa.ca_file) if psa.ca_file else None,
        )
        return http, SetupTables(http)


def _page(report: Report) -> str:
    """The HTML page of one run."""
    from connector.console import outcomes_of  # noqa: PLC0415
    from connector.report import render  # noqa: PLC0415

    plans = [report.plan] if report.plan is not None else []
    failures = [(report.client, report.error)] if report.error else []
    traffic = {report.client: report.traffic}
    return render("html", plans, failures, occasion="applied", outcomes=outcomes_of([report]), traffic=traffic)


def _directory(client: Client) -> Directory:
    """The client's directory, or all of them joined."""
    parts = [_part(config, client.region) for config in client.directories]
    if len(parts) == 1:
        return parts[0]
    from connector.directory.several import SeveralDirectories  # noqa: PLC0415

    return SeveralDirectories(parts)


def _part(config: DirectorySettings, region: str) -> "FileDirectory | LdapDirectory":
    if config.kind == "file":
        from connector.directory.file import FileDirectory  # noqa: PLC0415

        return FileDirectory(config.path, region)
    from connector.directory.ldap import LdapDirectory  # noqa: PLC0415

    return LdapDirectory(
        config.servers,
        config.base,
        config.bind,
        config.password.reveal(),
        ca_file=config.ca_file,
        start_tls=config.start_tls,
        region=region,
        timeout=config.timeout_seconds,
    )
