"""One HTTP request and its answer. Nothing else imports httpx."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from connector import __version__
from connector.errors import ConfigError

CONNECT_SECONDS = 10.0
"""Seconds in which a connection must come about; nothing was sent before that."""

LARGEST_ANSWER = 64 << 20
"""Bytes of an answer that are read; a page of 1,000 contacts has about 2 MB."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. ``next_query`` is the query of the next page's link, matched by its relation (api.md 3.3);
    ``has_links`` is whether there was a Link header at all."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    has_links: bool = False
    next_query: Mapping[str, str] | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes."""
        return self.body.decode("utf-8", "replace")


class NoAnswer(Exception):
    """No complete answer came. ``sent`` is False only when surely nothing of the request arrived;
    ``untrusted`` is a certificate that does not belong to the name or to a known authority."""

    def __init__(self, words: str, *, sent: bool, untrusted: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.sent = sent
        self.untrusted = untrusted


class Transport:
    """Sends requests over kept connections, shared by all threads. Redirects are never followed, so a login goes to no
    other host; the system's proxies are used, but not for plain http, which is for this machine alone and would show
    them the login. ``timeout`` is seconds without a byte, and of the whole answer at most.

    Raises :class:`~connector.errors.ConfigError` for an unusable ``ca_file`` (PEM; only its authorities are believed).
    """

    def __init__(
        self,
        login: tuple[str, str],
        timeout: float = 30,
        ca_file: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login = httpx.BasicAuth(*login)
        self._timeout = timeout
        self._clock = clock
        self._client = httpx.Client(
            follow_redirects=False,
            verify=_trust(ca_file),
            headers={"User-Agent": f"connector/{__version__}"},
            mounts={"http://": None},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        *,
        login: bool = True,
        within: float | None = None,
    ) -> Answer:
        """The answer, whatever its status. ``within`` is how many seconds are left for it, where that is less than the
        time-out. Raises :class:`NoAnswer`."""
        seconds = self._timeout if within is None else max(0.1, min(self._timeout, within))
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        auth = self._login if login else None
        end = self._clock() + seconds
        try:
            with self._client.stream(
                method, url, headers=headers, content=content, auth=auth, timeout=timeout
            ) as response:
                return self._read(response, end)
        except httpx.RequestError as error:
            words = f"{type(error).__name__} {error}".strip()
            untrusted = "CERTIFICATE_VERIFY_FAILED" in words
            raise NoAnswer(words, sent=not isinstance(error, _NOT_SENT), untrusted=untrusted) from error
        except httpx.InvalidURL as error:
            raise NoAnswer(f"InvalidURL {error}", sent=False) from error

    def _read(self, response: httpx.Response, end: float) -> Answer:
        """Read the body, which a server may send so slowly that no byte ever misses the time-out, or without end."""
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > LARGEST_ANSWER:
                raise NoAnswer(f"the answer is longer than {LARGEST_ANSWER:,} bytes", sent=True)
            if self._clock() > end:
                raise NoAnswer(f"the answer did not end in time, {len(body):,} bytes came", sent=True)
        query = urlsplit(response.links.get("next", {}).get("url", "")).query
        return Answer(
            response.status_code,
            response.headers,
            bytes(body),
            "Link" in response.headers,
            {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()},
        )


def form_of(values: Mapping[str, str], filename: str, content: bytes) -> tuple[str, bytes]:
    """A form with a file, as it is sent (RFC 7578): its content type, and its bytes. The file's field is ``file``."""
    request = httpx.Request("POST", "http://form", data=dict(values), files={"file": (filename, content)})
    return request.headers["Content-Type"], request.read()


def _trust(ca_file: str | None) -> ssl.SSLContext | bool:
    """The authorities to believe: those of ``ca_file`` alone, or the usual ones."""
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"psa.ca_file {ca_file} cannot be used: {error}.", "Name a file with PEM certificates."
        ) from error
