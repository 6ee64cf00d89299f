"""The directory of a scenario's client as a live domain."""

from collections.abc import Iterable
from pathlib import Path

from tests.real.ad.domain import READER, READER_PASSWORD, Domain
from tests.scenarios.directory import BASE, Entry
from tests.scenarios.sources import Exports

LDAP = """\
kind = "ldap"
servers = ["{server}"]
base = "{base}"
bind = "{reader}@harbor.example"
password = "file:ad.password"
ca_file = "{ca}"
"""
OWNER = "harbor"


class LiveDirectory:
    """``harbor`` has the domain, read over LDAPS; every other client has an export. Fits
    :class:`tests.scenarios.sources.Source`."""

    def __init__(self, folder: Path, domain: Domain) -> None:
        self._domain = domain
        self._others = Exports(folder)
        self._groups: list[str] | None = None
        (folder / "ad.password").write_text(READER_PASSWORD, encoding="utf-8")

    def table(self, client: str) -> str:
        """The keys of the client's ``[directory]`` table."""
        if client != OWNER:
            return self._others.table(client)
        ad = self._domain.ad
        return LDAP.format(server=ad.direct_url, base=BASE, reader=READER, ca=ad.ca_file)

    def people(self, client: str, entries: Iterable[Entry], groups: Iterable[str]) -> None:
        """Make the client's directory equal to these objects."""
        if client != OWNER:
            self._others.people(client, entries, groups)
            return
        if self._groups is None:
            self._groups = list(groups)
        self._domain.make(entries, self._groups)
