"""ConnectWise PSA over HTTP: login, discovery, pace and what each outcome means. Nothing else imports httpx."""

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from connector import __version__
from connector.errors import ConfigError, PsaError, PsaInDoubt, PsaRefused, PsaRejected, PsaUnreachable
from connector.psa.answers import Said, error_for, means_other_codebase, read_error
from connector.psa.pace import LocalPace, Pace
from connector.psa.paging import Page, read_all
from connector.psa.query import Params, encode
from connector.psa.retry import Again, Retry
from connector.psa.site import is_codebase, site_of

Record = dict[str, Any]
Operation = dict[str, Any]

API_VERSION = "2026.4"
"""The newest version whose records are known here (api.md 1, 2.3)."""

_VERSION = re.compile(r"v(20\d\d)\.(\d+)")
_READ = frozenset({"GET"})
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Stats:
    """How many requests went out, and how many of them repeated one that had failed."""

    requests: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    params: Params
    body: Any = None
    headers: Mapping[str, str] | None = None

    @property
    def writes(self) -> bool:
        return self.method not in _READ


class _OtherCodebase(Exception):
    def __init__(self, error: PsaError) -> None:
        super().__init__(str(error))
        self.error = error


class PsaHttp:
    """The connection to one PSA, shared by all threads of the process.

    ``site`` is a host or a full URL. ``retry_budget`` is how many seconds one call may take with all its repeats.
    Reads are repeated after a lost connection and after 408, 429 and 5xx; writes only where the PSA surely did not act
    on them, which is after 429 and when no connection came about. Every other write without a clear answer raises
    :class:`~connector.errors.PsaInDoubt`. Redirects are never followed, so the login goes nowhere else.
    """

    def __init__(
        self,
        site: str,
        company: str,
        public_key: str,
        private_key: str,
        client_id: str,
        requests_per_minute: float = 800,
        timeout: float = 30,
        ca_file: str | None = None,
        *,
        pace: Pace | None = None,
        retry_budget: float = 120,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._site = site_of(site)
        self._company = company
        self._secrets = tuple(secret for secret in (private_key, public_key) if len(secret) >= 8)
        self._pace = pace or LocalPace(requests_per_minute, clock, sleep)
        self._retry = Retry(retry_budget, clock, sleep, self._before_repeat)
        self._codebase = ""
        self._codebase_lock = threading.Lock()
        self._stats = Stats()
        self._stats_lock = threading.Lock()
        self._login = httpx.BasicAuth(f"{company}+{public_key}", private_key)
        self._client = httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            verify=_trust(ca_file),
            headers={"User-Agent": f"connector/{__version__}"},
        )
        self._client_id = client_id
        self._version = API_VERSION

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def stats(self) -> Stats:
        """The counters since the start of the process."""
        return self._stats

    def get(self, path: str, params: Params | None = None) -> Record:
        """The record at ``path`` (below ``/apis/3.0``). Raises ``PsaMissing`` when it is not there."""
        return _record(_parsed(self._call(_Request("GET", path, params or {})), path), path)

    def rows(self, path: str, params: Params | None = None) -> list[Record]:
        """One page of a list, as the PSA gives it."""
        return _records(_parsed(self._call(_Request("GET", path, params or {})), path), path)

    def pages(self, path: str, query: Params | None = None) -> Iterator[Record]:
        """Every record of a list, in the order of their ids (api.md 3.3). ``query`` may hold conditions and fields;
        fields must include ``id``. Raises ``PsaRejected`` when the list repeats itself."""

        def page(params: Params, headers: Mapping[str, str]) -> Page:
            response = self._call(_Request("GET", path, params, headers=headers))
            return Page(_records(_parsed(response, path), path), "Link" in response.headers, _next_query(response))

        return read_all(page, query or {}, path)

    def patch(self, path: str, operations: Sequence[Operation]) -> Record:
        """Change a record (api.md 4.1) and return it as it is now."""
        return self._written(_Request("PATCH", path, {}, list(operations)))

    def post(self, path: str, body: Record) -> Record:
        """Make a record and return it."""
        return self._written(_Request("POST", path, {}, body))

    def delete(self, path: str) -> None:
        """Delete a record."""
        self._call(_Request("DELETE", path, {}))

    def _written(self, request: _Request) -> Record:
        response = self._call(request)
        try:
            record = _record(_parsed(response, request.path), request.path)
        except PsaRejected as error:
            raise _in_doubt(request, error.message) from error
        if not isinstance(record.get("id"), int):
            raise _in_doubt(request, "the answer is not the record")
        return record

    def _call(self, request: _Request) -> httpx.Response:
        codebase = self._known_codebase()
        try:
            return self._send(request, codebase)
        except _OtherCodebase as moved:
            current = self._known_codebase(stale=codebase)
            if current == codebase:
                raise moved.error from None
        try:
            return self._send(request, current)
        except _OtherCodebase as moved:
            raise moved.error from None

    def _send(self, request: _Request, codebase: str) -> httpx.Response:
        url = f"{self._site.api}/{codebase}apis/3.0{request.path}"
        if request.params:
            url += f"?{encode(request.params)}"
        sent: dict[str, Any] = {"auth": self._login, "headers": self._headers(request)}
        if request.body is not None:
            sent["content"] = json.dumps(request.body, default=_plain_number).encode()
        return self._retry.call(request.path, lambda: self._attempt(request, url, **sent))

    def _headers(self, request: _Request) -> dict[str, str]:
        headers = {
            "clientId": self._client_id,
            "Accept": f"application/vnd.connectwise.com+json; version={self._version}",
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers | dict(request.headers or {})

    def _attempt(self, request: _Request, url: str, **sent: Any) -> httpx.Response:
        self._pace.wait()
        self._count(requests=1)
        try:
            response = self._client.request(request.method, url, **sent)
        except httpx.RequestError as error:
            raise self._transport_error(request, error) from error
        if response.is_success:
            return response
        raise self._status_error(request, response)

    def _transport_error(self, request: _Request, error: httpx.RequestError) -> Exception:
        words = f"{type(error).__name__} {error}".strip()
        if "CERTIFICATE_VERIFY_FAILED" in words:
            return PsaUnreachable(
                f"The certificate of {self._site.api} is not trusted: {error}.",
                "Check psa.site, or name the certificate authority in psa.ca_file.",
            )
        unreachable = PsaUnreachable(
            f"ConnectWise at {self._site.api} could not be reached for {request.method} {request.path}: {words}.",
            "Check the network and psa.site, or try again later.",
        )
        if request.writes and not isinstance(error, _NOT_SENT):
            return _in_doubt(request, words)
        return Again(unreachable)

    def _status_error(self, request: _Request, response: httpx.Response) -> Exception:
        status, said = response.status_code, self._said(response)
        error = error_for(status, said, request.method, request.path)
        if status == 429:
            pause = _retry_after(response)
            self._pace.hold(pause or 0)
            return Again(error, pause)
        if request.writes and (status >= 500 or status == 408):
            return _in_doubt(request, f"HTTP {status}, {said.text or 'no reason given'}")
        if status in _RETRIED:
            return Again(error, _retry_after(response))
        return _OtherCodebase(error) if means_other_codebase(status, said) else error

    def _said(self, response: httpx.Response) -> Said:
        said = read_error(response.text)
        text = said.text
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return replace(said, text=text)

    def _known_codebase(self, stale: str = "") -> str:
        """The codebase, asked for once, and again when it is still the ``stale`` one."""
        with self._codebase_lock:
            if not self._codebase or self._codebase == stale:
                self._codebase = self._discover()
            return self._codebase

    def _discover(self) -> str:
        """Ask without credentials (api.md 2.1); an unknown company is ``null`` or 404."""
        request = _Request("GET", "/login/companyinfo", {})
        url = self._site.company_info(quote(self._company, safe=""))
        try:
            response = self._retry.call(request.path, lambda: self._attempt(request, url))
        except _OtherCodebase:
            raise self._unknown_company() from None
        info = _parsed(response, request.path)
        if info is None:
            raise self._unknown_company()
        if not isinstance(info, dict) or not is_codebase(info.get("Codebase")):
            raise PsaRejected(f"{self._site.login} does not say where its API is.", "Check psa.site.")
        self._version = _version_for(str(info.get("VersionCode") or ""))
        return str(info["Codebase"])

    def _unknown_company(self) -> PsaRefused:
        return PsaRefused(
            f"{self._site.login} knows no company {self._company!r}.", "Check psa.site and psa.company.", 404
        )

    def _before_repeat(self) -> None:
        self._count(retries=1)

    def _count(self, requests: int = 0, retries: int = 0) -> None:
        with self._stats_lock:
            self._stats = Stats(self._stats.requests + requests, self._stats.retries + retries)


def _next_query(response: httpx.Response) -> Mapping[str, str]:
    """The query of the next page's link, matched by its relation (api.md 3.3); empty when there is none."""
    url = response.links.get("next", {}).get("url", "")
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


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


def _version_for(server: str) -> str:
    """The version to ask for: ours, or the server's own when it is older and cannot know ours (api.md 2.1, 2.3)."""
    found = _VERSION.fullmatch(server)
    known = tuple(map(int, API_VERSION.split(".")))
    older = found is not None and (int(found.group(1)), int(found.group(2))) < known
    return server.removeprefix("v") if older else API_VERSION


def _plain_number(value: object) -> int | float:
    """A decimal that was read from the PSA and goes back to it, in JSON's form."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} cannot be sent")
    return int(value) if value == value.to_integral_value() else float(value)


def _parsed(response: httpx.Response, path: str) -> Any:
    try:
        return json.loads(response.content, parse_float=Decimal)
    except ValueError:
        kind = response.headers.get("Content-Type", "no type")
        raise PsaRejected(f"The answer to {path} is not JSON ({kind}).", "Check psa.site.") from None


def _record(value: Any, path: str) -> Record:
    if not isinstance(value, dict):
        raise PsaRejected(f"The answer to {path} is not a record.")
    return value


def _records(value: Any, path: str) -> list[Record]:
    if not isinstance(value, list):
        raise PsaRejected(f"The answer to {path} is not a list.")
    return [_record(row, path) for row in value]


def _in_doubt(request: _Request, words: str) -> PsaInDoubt:
    return PsaInDoubt(
        f"{request.method} {request.path} was sent to ConnectWise and its answer was lost ({words}).",
        "It may have been carried out: the record is read back before anything else is written.",
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of the Retry-After header where it gives seconds (RFC 9110 10.2.3; the vendor does, api.md 5.1)."""
    value = response.headers.get("Retry-After", "").strip()
    return float(value) if value.isdecimal() else None
