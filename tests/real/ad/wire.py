"""A small LDAP proxy for tests: the limits of Windows that Samba lacks, and a connection cut half-way.

    wire.py --listen 127.0.0.77:0 --upstream 127.0.0.77:389 --cert cert.pem --key key.pem --max-range 100

It applies a domain controller's default query policy: at most --max-page entries for a search without paging, then
sizeLimitExceeded; pages cut to --max-page; attributes with more than --max-range values handed out as
``name;range=0-1499`` and onwards. --cut N drops the connection after N entries, as a restarting server would. It speaks
TLS to the client, and to the server with --upstream-ca. Prints "ready HOST:PORT" and serves until it is ended.
"""

import argparse
import socket
import ssl
import sys
import threading
from collections.abc import Iterator

PAGED = b"1.2.840.113556.1.4.319"
UNBIND, SEARCH, ABANDON, ENTRY, REFERENCE, DONE = 0x42, 0x63, 0x50, 0x64, 0x73, 0x65
SIZE_LIMIT_EXCEEDED = 4
_CHUNK = 1 << 18
Field = tuple[int, int, int, int]


def header(data: bytes | bytearray, at: int) -> tuple[int, int, int]:
    """Tag, offset of the value, offset past it, of the BER element at ``at``."""
    length, start = data[at + 1], at + 2
    if length > 127:
        width = length & 127
        length = int.from_bytes(data[start : start + width], "big")
        start += width
    return data[at], start, start + length


def children(data: bytes, start: int, end: int) -> Iterator[Field]:
    """Tag, start, offset of the value and offset past it, of each element between two offsets."""
    while start < end:
        tag, value, past = header(data, start)
        yield tag, start, value, past
        start = past


def element(tag: int, *parts: bytes) -> bytes:
    """An element; long ones in the four-byte form that Windows always uses."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    return bytes((tag, 0x84)) + len(body).to_bytes(4, "big") + body


def integer(number: int, tag: int = 2) -> bytes:
    """A whole number."""
    return element(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


class Message:
    """One LDAPMessage: its id, the operation's tag, and where everything after the id starts."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        _, start, _ = header(raw, 0)
        _, value, past = header(raw, start)
        self.id = int.from_bytes(raw[value:past], "big")
        self.tag, self.rest = raw[past], past


class Channel:
    """A socket that gives whole messages."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._data = bytearray()

    def read(self) -> Message | None:
        """The next message, or None at the end of the stream."""
        while True:
            have = len(self._data)
            if have >= 2 and (self._data[1] < 128 or have >= 2 + (self._data[1] & 127)):
                _, _, past = header(self._data, 0)
                if have >= past:
                    raw = bytes(self._data[:past])
                    del self._data[:past]
                    return Message(raw)
            chunk = self.sock.recv(_CHUNK)
            if not chunk:
                return None
            self._data += chunk


class Policy:
    """The query policy, and when to cut."""

    def __init__(self, max_page: int, max_range: int, cut: int) -> None:
        self.max_page = max_page
        self.max_range = max_range
        self._cut = cut
        self._seen = 0

    def count_entry(self) -> None:
        """Count an entry. Raises ConnectionAbortedError when it is time to cut."""
        self._seen += 1
        if self._cut and self._seen >= self._cut:
            raise ConnectionAbortedError(f"cut after {self._seen} entries")

    def request(self, message: Message) -> tuple[Message, int | None]:
        """The search as a domain controller would take it, and how many entries it may return (None: all)."""
        raw = message.raw
        _, operation, past = header(raw, message.rest)
        if past < len(raw):
            _, inside, end = header(raw, past)
            found = [self._control(raw, control) for control in children(raw, inside, end)]
            if any(paged for paged, _ in found):
                controls = element(0xA0, *(control for _, control in found))
                return Message(element(0x30, integer(message.id), raw[message.rest : past], controls)), None
        fields = list(children(raw, operation, past))
        wanted = int.from_bytes(raw[fields[3][2] : fields[3][3]], "big")
        return message, min(wanted or self.max_page, self.max_page)

    def _control(self, raw: bytes, control: Field) -> tuple[bool, bytes]:
        """Whether it is the paging control, and the control with its page size cut."""
        _, at, value, finish = control
        parts = list(children(raw, value, finish))
        if raw[parts[0][2] : parts[0][3]] != PAGED:
            return False, raw[at:finish]
        _, _, sequence, _ = next(children(raw, parts[-1][2], parts[-1][3]))
        size, cookie = list(children(raw, sequence, parts[-1][3]))
        number = min(int.from_bytes(raw[size[2] : size[3]], "big"), self.max_page)
        content = element(0x30, integer(number), raw[cookie[1] : cookie[3]])
        return True, element(0x30, *(raw[part[1] : part[3]] for part in parts[:-1]), element(4, content))

    def entry(self, message: Message) -> Message:
        """The entry with no attribute longer than ``max_range`` values."""
        raw = message.raw
        _, operation, past = header(raw, message.rest)
        (_, dn_at, _, dn_end), (_, _, inside, end) = children(raw, operation, past)
        attributes = [self._attribute(raw, attribute) for attribute in children(raw, inside, end)]
        body = element(ENTRY, raw[dn_at:dn_end], element(0x30, *attributes))
        return Message(element(0x30, integer(message.id), body))

    def _attribute(self, raw: bytes, attribute: Field) -> bytes:
        _, at, value, finish = attribute
        (_, _, name_at, name_end), (_, _, values_at, values_end) = children(raw, value, finish)
        values = [raw[start:end] for _, start, _, end in children(raw, values_at, values_end)]
        if len(values) <= self.max_range:
            return raw[at:finish]
        base, _, window = raw[name_at:name_end].decode().partition(";range=")
        low = int(window.split("-")[0]) if window else 0
        name = f"{base};range={low}-{low + self.max_range - 1}"
        return element(0x30, element(4, name.encode()), element(0x31, *values[: self.max_range]))


class Session(threading.Thread):
    """One client's connection."""

    def __init__(self, sock: socket.socket, options: argparse.Namespace, policy: Policy) -> None:
        super().__init__(daemon=True)
        self._sock = sock
        self._options = options
        self._policy = policy

    def run(self) -> None:
        """Serve until either side ends."""
        upstream: socket.socket | None = None
        try:
            if self._options.tls:
                self._sock = self._options.tls.wrap_socket(self._sock, server_side=True)
            upstream = self._connect()
            client, server = Channel(self._sock), Channel(upstream)
            while (message := client.read()) is not None and message.tag != UNBIND:
                if message.tag != ABANDON:
                    self._forward(message, server)
        except OSError as error:
            sys.stderr.write(f"wire: {error}\n")
        finally:
            for end in (self._sock, upstream):
                if end:
                    end.close()

    def _connect(self) -> socket.socket:
        upstream = socket.create_connection(self._options.upstream)
        if not self._options.upstream_ca:
            return upstream
        context = ssl.create_default_context(cafile=self._options.upstream_ca)
        return context.wrap_socket(upstream, server_hostname=self._options.upstream[0])

    def _forward(self, message: Message, server: Channel) -> None:
        allowed = None
        if message.tag == SEARCH:
            message, allowed = self._policy.request(message)
        server.sock.sendall(message.raw)
        entries = 0
        while True:
            reply = server.read()
            if reply is None:
                raise ConnectionAbortedError("the server is gone")
            if reply.tag == ENTRY:
                self._policy.count_entry()
                entries += 1
                if allowed is None or entries <= allowed:
                    self._sock.sendall(self._policy.entry(reply).raw)
                continue
            if reply.tag == DONE and allowed is not None and entries > allowed:
                ended = element(DONE, integer(SIZE_LIMIT_EXCEEDED, 10), element(4), element(4))
                reply = Message(element(0x30, integer(message.id), ended))
            self._sock.sendall(reply.raw)
            if reply.tag != REFERENCE:
                return


def address(text: str) -> tuple[str, int]:
    """``HOST:PORT``."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", type=address, required=True)
    parser.add_argument("--upstream", type=address, required=True)
    parser.add_argument("--upstream-ca")
    parser.add_argument("--max-page", type=int, default=1000)
    parser.add_argument("--max-range", type=int, default=1500)
    parser.add_argument("--cut", type=int, default=0)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    options = parser.parse_args()
    options.tls = None
    if options.cert:
        options.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        options.tls.load_cert_chain(options.cert, options.key)
    policy = Policy(options.max_page, options.max_range, options.cut)
    listener = socket.create_server(options.listen)
    sys.stdout.write(f"ready {':'.join(map(str, listener.getsockname()[:2]))}\n")
    sys.stdout.flush()
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Session(sock, options, policy).start()


if __name__ == "__main__":
    main()
