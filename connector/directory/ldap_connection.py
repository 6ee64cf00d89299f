"""One trusted, bound connection to a domain controller, and searches that are complete or raise."""

import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPExceptionError

from connector.directory import attributes, ldap_errors, ldap_reader
from connector.directory.snapshot import Entry
from connector.errors import ConfigError, DirectoryUnreachable

PAGE_SIZE = 1000  # MaxPageSize of a domain controller's default policy; more is cut to it
_PAGED_RESULTS = "1.2.840.113556.1.4.319"
_SEARCH_ENTRY = "searchResEntry"
_DEFAULT_PORTS = {"ldap": 389, "ldaps": 636}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a domain controller listens. ``tls_first`` is LDAPS; otherwise StartTLS comes before everything else."""

    url: str
    host: str
    port: int
    tls_first: bool


@dataclass(frozen=True)
class Login:
    """Who reads. The password is never shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


def address_of(url: str, start_tls: bool) -> Address:
    """The address written in the config. Raises ConfigError when it is none, or when a password would travel in clear:
    plain ldap:// is taken with ``start_tls`` only."""
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        scheme, host, port = "", "", None
    if scheme not in _DEFAULT_PORTS or not host:
        raise ConfigError(
            f"The server {url!r} is not an LDAP address.", "Write it as ldaps://host or ldaps://host:port."
        )
    if scheme == "ldap" and not start_tls:
        raise ConfigError(
            f"The server {url} would get the password unencrypted.", "Use ldaps://, or ldap:// with start_tls = true."
        )
    return Address(url.strip(), host, port or _DEFAULT_PORTS[scheme], scheme == "ldaps")


def trust(ca_file: str | Path | None) -> ssl.SSLContext:
    """How a server must prove itself: by a certificate for the very name or IP address in the config, signed by the CA
    in ``ca_file`` or, without one, by a CA this computer trusts. Raises ConfigError for an unusable file."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as fault:
        reason = "it is not a PEM certificate" if isinstance(fault, ssl.SSLError) else fault.strerror
        raise ConfigError(
            f"The CA file {ca_file} cannot be used: {reason}.", "Export the CA certificate as Base-64 (PEM)."
        ) from None


class _VerifiedTls(ldap3.Tls):
    """ldap3's TLS with the certificate check left to Python's ssl module.

    ldap3 checks the name itself after the handshake: with ssl.match_hostname up to Python 3.11, and from 3.12 on with a
    copy that knows no IP addresses, so that every certificate for an IP address fails. OpenSSL's own check, which runs
    inside the handshake for names and addresses alike, needs only the name; it also sends it as SNI.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.context = context
        self.fault: Exception | None = None

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:
        try:
            connection.socket = self.context.wrap_socket(connection.socket, server_hostname=connection.server.host)
        except (OSError, ValueError) as fault:
            self.fault = fault
            raise


class Session:
    """A bound connection to one domain controller."""

    def __init__(self, connection: ldap3.Connection, url: str) -> None:
        self._connection = connection
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        close(self._connection)

    def search(
        self,
        base: str,
        query: str,
        names: Sequence[str],
        *,
        what: str,
        setting: str,
        below: bool = True,
        optional: bool = False,
    ) -> Iterator[Entry]:
        """Every object at (or, with ``below``, under) ``base`` that fits the filter ``query``, page by page.

        ``what`` and ``setting`` name the thing read and its config key for errors. Raises DirectoryIncomplete or
        DirectoryRefused unless the server says at the end that this was all; references to other servers are not
        followed. With ``optional`` a base that is not there or may not be read holds nothing.
        """
        cookie: bytes | None = None
        while cookie is None or cookie:
            result, rows = self._page(base, query, names, cookie, below, what)
            if optional and result.get("result") in ldap_errors.UNSEEN:
                return
            if result.get("result") != ldap_errors.SUCCESS:
                raise ldap_errors.read_error(self.url, what, setting, result)
            for row in rows:
                if row["type"] == _SEARCH_ENTRY:
                    dn = bytes(row["raw_dn"]).decode(errors="replace")
                    yield Entry(dn, attributes.fold(row["raw_attributes"]))
            cookie = _next_cookie(result)

    def _page(
        self, base: str, query: str, names: Sequence[str], cookie: bytes | None, below: bool, what: str
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        try:
            self._connection.search(
                base,
                query,
                ldap3.SUBTREE if below else ldap3.BASE,
                attributes=list(names),
                paged_size=PAGE_SIZE,
                paged_cookie=cookie,
                paged_criticality=True,
            )
        except (LDAPExceptionError, OSError) as fault:
            raise ldap_errors.broken(self.url, what, str(fault)) from None
        # ldap3 answers True for a truncated search, so only the result itself counts
        return dict(self._connection.result or {}), list(self._connection.response or ())


def connect(address: Address, login: Login, context: ssl.SSLContext, timeout: int) -> Session:
    """A bound session over a verified connection. ``timeout`` is in seconds, for connecting and for each answer.

    Raises DirectoryUnreachable (another server may do) or DirectoryRefused (no server will, and trying the password
    again could lock the account out).
    """
    tls = _VerifiedTls(context)
    server = ldap3.Server(
        address.host,
        port=address.port,
        use_ssl=address.tls_first,
        get_info=ldap3.NONE,
        tls=tls,
        connect_timeout=timeout,
        allowed_referral_hosts=[],
    )
    connection = ldap_reader.install(
        ldap3.Connection(
            server,
            login.user,
            login.password,
            authentication=ldap3.SIMPLE,
            auto_bind=False,
            auto_referrals=False,
            auto_range=False,
            return_empty_attributes=False,
            check_names=False,
            receive_timeout=timeout,
        )
    )
    try:
        _bind(connection, address, login)
    except (LDAPExceptionError, OSError, ValueError) as fault:
        close(connection)
        raise DirectoryUnreachable(f"{address.url}: {_cause(tls.fault or fault)}") from None
    except BaseException:
        close(connection)
        raise
    return Session(connection, address.url)


def close(connection: ldap3.Connection) -> None:
    """Close it, whatever state it is in."""
    try:
        connection.unbind()
    except (LDAPExceptionError, OSError, AttributeError):
        connection.strategy.close()


def _bind(connection: ldap3.Connection, address: Address, login: Login) -> None:
    connection.open(read_server_info=False)
    if not address.tls_first and not connection.start_tls(read_server_info=False):
        raise DirectoryUnreachable(f"{address.url}: it does not start TLS")
    connection.bind(read_server_info=False)
    result = dict(connection.result or {})
    code = result.get("result")
    if code in {ldap_errors.BUSY, ldap_errors.UNAVAILABLE}:
        raise DirectoryUnreachable(f"{address.url}: it is busy or shutting down (LDAP result {code})")
    if code != ldap_errors.SUCCESS:
        raise ldap_errors.login_error(address.url, login.user, result)


def _cause(fault: Exception) -> str:
    """Why no trusted connection came about, in a few words."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {ldap_errors.one_line(fault.verify_message).rstrip('.')}"
    if isinstance(fault, ssl.SSLEOFError | ConnectionResetError):
        return "it closed the connection before TLS was set up; does it have a certificate?"
    text = ldap_errors.one_line(str(fault))
    if "invalid server address" in text:
        return "its name cannot be found"
    if "timed out" in text:
        return "no answer in time"
    if "refused" in text:
        return "connection refused"
    return text or type(fault).__name__


def _next_cookie(result: dict[str, Any]) -> bytes:
    """The paging cookie (RFC 2696); empty at the end, and when the server did not page at all."""
    control = (result.get("controls") or {}).get(_PAGED_RESULTS) or {}
    return bytes((control.get("value") or {}).get("cookie") or b"")
