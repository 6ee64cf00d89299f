"""Reading people from Active Directory over LDAPS or StartTLS."""

from collections.abc import Collection, Sequence
from pathlib import Path

from connector.core.model import DirectorySnapshot
from connector.core.normalize import dn_domain
from connector.directory import attributes as mapping
from connector.directory.ldap_connection import Login, Session, address_of, connect, trust
from connector.directory.ldap_groups import read_admins, read_memberships
from connector.directory.ldap_ranges import whole
from connector.directory.snapshot import Reading, group_key
from connector.errors import ConfigError, DirectoryUnreachable

_BIT_AND = "1.2.840.113556.1.4.803"  # LDAP_MATCHING_RULE_BIT_AND (Microsoft, "Search Filter Syntax")


def account_filter() -> str:
    """The filter for user accounts and managed service accounts; it leaves out trust accounts, computers, contacts and
    foreign security principals. The same rule as :func:`attributes.is_user_account`."""
    trusts = "".join(f"(!(userAccountControl:{_BIT_AND}:={flag}))" for flag in mapping.TRUSTS)
    managed = "".join(f"(objectClass={name})" for name in mapping.MANAGED_SERVICE_CLASSES)
    return f"(|(&(objectCategory=person)(objectClass=user){trusts}){managed})"


class LdapDirectory:
    """The directory of one client. Fits port ``Directory``.

    ``servers`` are ldaps:// (or, with ``start_tls``, ldap://) addresses, tried in order until one lets us in; all is
    then read from that one. ``ca_file`` is the PEM file of the CA that signed their certificates, None for this
    computer's own. ``region`` is the ISO country of its telephone numbers; ``timeout`` is in seconds, for connecting
    and for each answer. Raises ConfigError when the password would travel unencrypted or the settings cannot work.
    """

    def __init__(
        self,
        servers: Sequence[str],
        base: str,
        bind: str,
        password: str,
        ca_file: str | Path | None = None,
        start_tls: bool = False,
        region: str = "US",
        timeout: int = 30,
    ) -> None:
        if not servers:
            raise ConfigError("The directory names no server.", "Add servers to the client's config.")
        if not bind or not password:
            # an empty password would make the bind anonymous, and it would succeed (RFC 4513, 5.1.2)
            raise ConfigError("The directory needs bind and password.", "Set both in the client's config.")
        self._addresses = [address_of(url, start_tls) for url in servers]
        self._login = Login(bind, password)
        self._base = base
        self._ca_file = ca_file
        self._region = region
        self._timeout = timeout
        self._context = trust(ca_file)

    def __repr__(self) -> str:
        return f"LdapDirectory({[address.url for address in self._addresses]}, base={self._base!r})"

    @property
    def name(self) -> str:
        """What it is called in messages: its base and its first server, since two domains may have one name."""
        return f"{self._base} ({self._addresses[0].url})"

    def read(self, groups: Collection[str], attributes: Collection[str] = ()) -> DirectorySnapshot:
        """Every user account of the base, its ``groups`` among these, and its ``attributes`` (port ``Directory``)."""
        return self.reading(groups, attributes).snapshot()

    def holding(self, groups: Collection[str]) -> list[str]:
        """Those of the groups whose domain is that of the base."""
        domain = dn_domain(self._base)
        return [group for group in groups if dn_domain(group) == domain]

    def reading(self, groups: Collection[str], attributes: Collection[str] = ()) -> Reading:
        """All that is read, from one server. Raises as port ``Directory`` says."""
        for group in groups:
            group_key(group)
        known = {name.lower() for name in mapping.ATTRIBUTES}
        names = [*mapping.ATTRIBUTES, *(name for name in attributes if name.lower() not in known)]
        with self._connect() as session:
            found = session.search(self._base, account_filter(), names, what=f"the base {self._base}", setting="base")
            # first all pages: a paging cookie does not outlive another search everywhere
            entries = [whole(session, entry, "base") for entry in list(found)]
            memberships = read_memberships(session, groups)
            sids = mapping.admin_group_sids(entry.attributes for entry in entries)
            admins = read_admins(session, self._base, sids)
        return Reading(entries, memberships, admins, attributes, self._region, session.url)

    def _connect(self) -> Session:
        causes: list[str] = []
        for address in self._addresses:
            try:
                return connect(address, self._login, self._context, self._timeout)
            except DirectoryUnreachable as fault:
                causes.append(fault.message)
        raise DirectoryUnreachable(
            f"No server of the directory can be reached: {'; '.join(causes)}.", self._hint("; ".join(causes))
        )

    def _hint(self, causes: str) -> str:
        if "certificate is not trusted" in causes:
            trusted = f"ca_file {self._ca_file}" if self._ca_file else "ca_file (none is set)"
            return f"Check that {trusted} holds the CA of this server, and that servers uses the certificate's name."
        return "Check the name, the port and the firewall, then run again."
