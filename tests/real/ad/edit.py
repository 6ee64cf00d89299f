"""Changes to a test directory over LDAPS, as its administrator would make them."""

import contextlib
import ssl
from collections.abc import Iterator

import ldap3

from tests.real.ad.lab import Ad


class Editor:
    """A bound connection to write with. Every method raises when the server refuses."""

    def __init__(self, connection: ldap3.Connection, base_dn: str) -> None:
        self._connection = connection
        self._base_dn = base_dn

    def add_user(self, account: str, container: str = "OU=Sales,OU=Staff", **attributes: str) -> str:
        """Add an enabled user; more ``attributes`` by their LDAP names. Returns the DN."""
        dn = f"CN={attributes.pop('cn', account)},{container},{self._base_dn}"
        # a server takes an enabled account without a password only when none is required
        values = {"sAMAccountName": account, "userAccountControl": "544", **attributes}
        self._connection.add(dn, "user", values)  # type: ignore[no-untyped-call]
        return dn

    def modify(self, dn: str, **attributes: str | list[str]) -> None:
        """Replace attributes; an empty list removes one."""
        changes = {
            name: [(ldap3.MODIFY_REPLACE, value if isinstance(value, list) else [value])]
            for name, value in attributes.items()
        }
        self._connection.modify(dn, changes)  # type: ignore[no-untyped-call]

    def set_enabled(self, dn: str, enabled: bool) -> None:
        """Enable or disable an account."""
        self.modify(dn, userAccountControl="544" if enabled else "546")

    def rename(self, dn: str, cn: str) -> str:
        """Give an object another CN. Returns the new DN."""
        self._connection.modify_dn(dn, f"CN={cn}")
        return f"CN={cn},{dn.partition(',')[2]}"

    def move(self, dn: str, container: str) -> str:
        """Move an object to a container below the base. Returns the new DN."""
        rdn = dn.partition(",")[0]
        self._connection.modify_dn(dn, rdn, new_superior=f"{container},{self._base_dn}")
        return f"{rdn},{container},{self._base_dn}"

    def add_member(self, group: str, member: str) -> None:
        """Put an object into a group (both DNs)."""
        self._connection.modify(group, {"member": [(ldap3.MODIFY_ADD, [member])]})  # type: ignore[no-untyped-call]

    def remove_member(self, group: str, member: str) -> None:
        """Take an object out of a group (both DNs)."""
        self._connection.modify(group, {"member": [(ldap3.MODIFY_DELETE, [member])]})  # type: ignore[no-untyped-call]

    def delete(self, dn: str) -> None:
        """Delete an object."""
        self._connection.delete(dn)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def editing(ad: Ad) -> Iterator[Editor]:
    """An editor of the directory."""
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(ad.ca_file), valid_names=[ad.host])
    server = ldap3.Server(ad.direct_url, tls=tls, get_info=ldap3.NONE)
    connection = ldap3.Connection(server, ad.bind_dn, ad.password, raise_exceptions=True, auto_bind=True)
    try:
        yield Editor(connection, ad.base_dn)
    finally:
        connection.unbind()
