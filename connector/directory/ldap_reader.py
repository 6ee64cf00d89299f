"""ldap3's synchronous strategy with its own reading of search entries.

ldap3 decodes every attribute several times in pure Python, which costs more than the network. Only the entries are read
here, in one pass over their bytes (BER, RFC 4511 section 4.5.2); TLS, binds, controls and every other answer stay with
ldap3. It overrides ``SyncStrategy._get_response`` of ldap3 2.9.1; a test compares both readers.
"""

from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPSocketReceiveError
from ldap3.strategy.base import RESPONSE_COMPLETE, SESSION_TERMINATED_BY_SERVER
from ldap3.strategy.sync import SyncStrategy
from ldap3.utils.asn1 import decode_message_fast

_SEARCH_ENTRY = 0x64
_INTERMEDIATE = frozenset({"searchResEntry", "searchResRef", "intermediateResponse"})
_CHUNK = 1 << 18


def install(connection: ldap3.Connection) -> ldap3.Connection:
    """Give an unopened connection this reader; returns the connection."""
    strategy = _EntryReader(connection)
    connection.strategy = strategy
    # the connection holds its strategy's methods, not only the strategy
    for name in ("send", "open", "get_response", "post_send_single_response", "post_send_search"):
        setattr(connection, name, getattr(strategy, name))
    return connection


def header(data: bytes, at: int) -> tuple[int, int]:
    """Where the value of the BER element at ``at`` starts and ends. Raises IndexError when its head is cut off."""
    length = data[at + 1]
    start = at + 2
    if length > 127:
        width = length & 127
        if start + width > len(data):
            raise IndexError(at)
        length = int.from_bytes(data[start : start + width], "big")
        start += width
    return start, start + length


def read_entry(data: bytes, at: int) -> dict[str, Any]:
    """The SearchResultEntry at ``at``, as ldap3 would give it but with raw values only."""
    at, _ = header(data, at)
    dn_start, dn_end = header(data, at)
    at, end = header(data, dn_end)
    found: dict[str, list[bytes]] = {}
    while at < end:
        at, _ = header(data, at)
        name_start, name_end = header(data, at)
        at, stop = header(data, name_end)
        values = found.setdefault(data[name_start:name_end].decode(), [])
        while at < stop:
            start, at = header(data, at)
            values.append(data[start:at])
    return {"type": "searchResEntry", "raw_dn": data[dn_start:dn_end], "raw_attributes": found}


class _EntryReader(SyncStrategy):
    """The strategy; one request is under way at a time."""

    def _open_socket(self, address: Any, use_ssl: bool = False, unix_socket: bool = False) -> None:
        try:
            super()._open_socket(address, use_ssl, unix_socket)  # type: ignore[misc]
        except Exception:
            # ldap3 leaves it open, one for each address that does not answer
            if self.connection.socket is not None:
                self.connection.socket.close()
            raise

    def _get_response(self, message_id: int, timeout: object) -> Any:
        out: list[Any] = []
        data = b""
        while True:
            data += self._receive()
            at = 0
            while (end := _message_end(data, at)) is not None:
                done = self._take(data[at:end], message_id, out)
                if done is not None:
                    return done
                at = end
            data = data[at:]

    def _receive(self) -> bytes:
        try:
            chunk = bytes(self.connection.socket.recv(_CHUNK))
        except (OSError, AttributeError) as fault:
            self.close()
            raise LDAPSocketReceiveError(f"error receiving data: {fault}") from None
        if not chunk:
            self.close()
            raise LDAPSocketReceiveError("the server closed the connection")
        return chunk

    def _take(self, message: bytes, message_id: int, out: list[Any]) -> Any:
        """Add one LDAPMessage to ``out``; the whole answer once it is complete, else None."""
        start, _ = header(message, 0)
        id_start, operation = header(message, start)
        number = int.from_bytes(message[id_start:operation], "big")
        if number == 0:  # notice of disconnection, RFC 4511 section 4.4.1
            return SESSION_TERMINATED_BY_SERVER
        if number != message_id:
            raise LDAPSocketReceiveError("an answer to another request")
        if message[operation] == _SEARCH_ENTRY:
            out.append(read_entry(message, operation))
            return None
        response = self.decode_response_fast(decode_message_fast(message))  # type: ignore[no-untyped-call]
        out.append(response)
        if response["type"] in _INTERMEDIATE:
            return None
        out.append(RESPONSE_COMPLETE)
        return out


def _message_end(data: bytes, at: int) -> int | None:
    """Where the LDAPMessage at ``at`` ends, or None when the rest of it has not come yet."""
    try:
        _, end = header(data, at)
    except IndexError:
        return None
    return end if end <= len(data) else None
