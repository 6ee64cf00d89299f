"""The PSA's REST API: login, discovery, pace, and what each outcome of a request means."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import quote

from connector.core.model import Traffic
from connector.errors import PsaError, PsaInDoubt, PsaRefused, PsaRejected, PsaUnreachable
from connector.psa.answers import Said, error_for, means_other_codebase, read_error
from connector.psa.codebase import Codebase, KnownCodebase, codebase_of
from connector.psa.http import Answer, NoAnswer, Transport, form_of
from connector.psa.pace import LocalPace, Pace
from connector.psa.paging import Page, read_all
from connector.psa.query import Params, encode
from connector.psa.retry import Again, Retry
from connector.psa.site import site_of
from connector.psa.traffic import Meter

Record = dict[str, Any]
Operation = dict[str, Any]
Sending = Callable[[], str]
"""Called just before a request that writes is sent, each time it is sent: gives the id that it carries, or raises."""

_READ = frozenset({"GET"})
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    params: Params
    body: Any = None
    headers: Mapping[str, str] | None = None
    form: tuple[str, bytes] | None = None
    file: bool = False

    @property
    def writes(self) -> bool:
        return self.method not in _READ


class _OtherCodebase(Exception):
    def __init__(self, error: PsaError) -> None:
        super().__init__(str(error))
        self.error = error


class PsaRest:
    """The connection to one PSA, shared by all threads of the process.

    ``site`` is a host or a full URL. ``timeout`` is how many seconds one answer may take, ``retry_budget`` how many one
    call may take with all its repeats. Reads are repeated after a lost connection, after 408, 429 and 5xx, and after a
    page that is no answer of the API; writes only where the PSA surely did not act on them, which is after 429 and
    when no connection came about. Every other write without a clear answer raises
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
        self.meter = Meter()
        self._site = site_of(site)
        self._company = company
        self._client_id = client_id
        token = base64.b64encode(f"{company}+{public_key}:{private_key}".encode()).decode()
        secrets = (token, private_key, public_key, client_id)
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 8)
        self._pace = pace or LocalPace(requests_per_minute, clock, sleep)
        self._retry = Retry(retry_budget, clock, sleep, self._before_repeat)
        self._codebase = KnownCodebase(self._discover)
        self._sending = threading.local()
        self._transport = Transport((f"{company}+{public_key}", private_key), timeout, ca_file, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @contextmanager
    def sending(self, before: Sending) -> Iterator[None]:
        """While the block runs, ``before`` is called in this thread just before every request that writes, and what it
        returns goes with the request as X-Request-Id. What it raises keeps the request from being sent."""
        self._sending.before = before
        try:
            yield
        finally:
            del self._sending.before

    def get(self, path: str, params: Params | None = None) -> Record:
        """The record at ``path`` (below ``/apis/3.0``). Raises ``PsaMissing`` when it is not there."""
        return _record(self._read(path, params or {})[1], path)

    def rows(self, path: str, params: Params | None = None) -> list[Record]:
        """One page of a list, as the PSA gives it."""
        return _records(self._read(path, params or {})[1], path)

    def pages(self, path: str, query: Params | None = None) -> Iterator[Record]:
        """Every record of a list, in the order of their ids (api.md 3.3). ``query`` may hold conditions and fields;
        fields must include ``id``. Raises ``PsaRejected`` when the list repeats itself."""

        def page(params: Params, headers: Mapping[str, str]) -> Page:
            answer, value = self._read(path, params, headers)
            return Page(_records(value, path), answer.has_links, answer.next_query or {})

        return read_all(page, query or {}, path)

    def patch(self, path: str, operations: Sequence[Operation]) -> Record:
        """Change a record (api.md 4.1) and return it as it is now."""
        return self._written(_Request("PATCH", path, {}, list(operations)))

    def post(self, path: str, body: Record) -> Record:
        """Make a record and return it."""
        return self._written(_Request("POST", path, {}, body))

    def upload(self, path: str, values: Mapping[str, str], filename: str, content: bytes) -> Record:
        """Send a form with a file (api.md 4.9) and return the record that was made of it."""
        return self._written(_Request("POST", path, {}, form=form_of(values, filename, content)))

    def download(self, path: str) -> bytes:
        """A file as it is. Raises ``PsaMissing`` when it is not there."""
        return self._call(_Request("GET", path, {}, file=True)).body

    def delete(self, path: str) -> None:
        """Delete a record."""
        self._call(_Request("DELETE", path, {}))

    def _read(self, path: str, params: Params, headers: Mapping[str, str] | None = None) -> tuple[Answer, Any]:
        answer = self._call(_Request("GET", path, params, headers=headers))
        return answer, _parsed(answer, path)

    def _written(self, request: _Request) -> Record:
        answer = self._call(request)
        try:
            record = _record(_parsed(answer, request.path), request.path)
        except PsaRejected as error:
            raise _in_doubt(request, error.message) from error
        if not isinstance(record.get("id"), int):
            raise _in_doubt(request, "the answer is not the record")
        return record

    def _call(self, request: _Request) -> Answer:
        codebase = self._codebase.get()
        try:
            return self._send(request, codebase)
        except _OtherCodebase as moved:
            current = self._codebase.get(stale=codebase)
            if current == codebase:
                raise moved.error from None
        try:
            return self._send(request, current)
        except _OtherCodebase as moved:
            raise moved.error from None

    def _send(self, request: _Request, codebase: Codebase) -> Answer:
        url = f"{self._site.api}/{codebase.path}apis/3.0{request.path}"
        if request.params:
            url += f"?{encode(request.params)}"
        headers = {
            "clientId": self._client_id,
            "Accept": f"application/vnd.connectwise.com+json; version={codebase.version}",
            **(request.headers or {}),
        }
        content = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(request.body, default=_plain_number).encode()
        elif request.form is not None:
            headers["Content-Type"], content = request.form

        def attempt(seconds: float) -> Answer:
            return self._attempt(
                request,
                lambda: self._transport.send(
                    request.method,
                    url,
                    headers | self._announced(request),
                    content,
                    within=None if request.writes else seconds,
                ),
            )

        return self._retry.call(request.path, attempt)

    def _announced(self, request: _Request) -> dict[str, str]:
        before: Sending | None = getattr(self._sending, "before", None)
        return {"X-Request-Id": before()} if before and request.writes else {}

    def _attempt(self, request: _Request, send: Callable[[], Answer]) -> Answer:
        self._pace.wait()
        self.meter.add(Traffic(requests=1))
        try:
            answer = send()
        except NoAnswer as error:
            raise self._transport_error(request, error) from error
        if not answer.ok:
            raise self._status_error(request, answer)
        if not request.writes and not request.file and not _is_json(answer):
            raise Again(_not_json(answer, request.path))
        return answer

    def _transport_error(self, request: _Request, error: NoAnswer) -> Exception:
        if error.untrusted:
            return PsaUnreachable(
                f"The certificate of {self._site.api} is not trusted: {error.words}.",
                "Check psa.site, or name the certificate authority in psa.ca_file.",
            )
        if request.writes and error.sent:
            return _in_doubt(request, error.words)
        return Again(
            PsaUnreachable(
                f"ConnectWise at {self._site.api} could not be reached for {request.method} {request.path}: "
                f"{error.words}.",
                "Check the network and psa.site, or try again later.",
            )
        )

    def _status_error(self, request: _Request, answer: Answer) -> Exception:
        status, said = answer.status, self._said(answer)
        error = error_for(status, said, request.method, request.path)
        if status == 429:
            pause = _retry_after(answer)
            self._pace.throttled(pause or 0)
            self.meter.add(Traffic(throttled=1))
            return Again(error, pause)
        if request.writes and (status >= 500 or status == 408):
            # With its own envelope the API itself has come to an end with the request; a gateway knows nothing of it.
            return _in_doubt(request, f"HTTP {status}, {said.text or 'no reason given'}", answered=bool(said.code))
        if status in _RETRIED:
            return Again(error, _retry_after(answer))
        return _OtherCodebase(error) if means_other_codebase(status, said) else error

    def _said(self, answer: Answer) -> Said:
        # a proxy may repeat what it was sent: looked for before the text is cut short, and after it was unescaped
        said = read_error(self._without_secrets(answer.text))
        return replace(said, text=self._without_secrets(said.text))

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    def _discover(self) -> Codebase:
        """Ask without credentials (api.md 2.1); an unknown company is ``null`` or 404."""
        request = _Request("GET", "/login/companyinfo", {})
        url = self._site.company_info(quote(self._company, safe=""))

        def attempt(seconds: float) -> Answer:
            return self._attempt(request, lambda: self._transport.send("GET", url, login=False, within=seconds))

        try:
            answer = self._retry.call(request.path, attempt)
        except _OtherCodebase:
            raise self._unknown_company() from None
        info = _parsed(answer, request.path)
        if info is None:
            raise self._unknown_company()
        return codebase_of(info, self._site.login)

    def _unknown_company(self) -> PsaRefused:
        return PsaRefused(
            f"{self._site.login} knows no company {self._company!r}.", "Check psa.site and psa.company.", 404
        )

    def _before_repeat(self, pause: float) -> None:
        self.meter.add(Traffic(repeated=1, seconds_waited=pause))


def _plain_number(value: object) -> int | float:
    """A decimal that was read from the PSA and goes back to it, in JSON's form."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} cannot be sent")
    return int(value) if value == value.to_integral_value() else float(value)


def _is_json(answer: Answer) -> bool:
    return not answer.body.lstrip().startswith(b"<") and bool(answer.body.strip())


def _not_json(answer: Answer, path: str) -> PsaRejected:
    kind = answer.headers.get("Content-Type", "no type")
    return PsaRejected(f"The answer to {path} is not JSON ({kind}).", "Check psa.site.")


def _parsed(answer: Answer, path: str) -> Any:
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except ValueError:
        raise _not_json(answer, path) from None


def _record(value: Any, path: str) -> Record:
    if not isinstance(value, dict):
        raise PsaRejected(f"The answer to {path} is not a record.")
    return value


def _records(value: Any, path: str) -> list[Record]:
    if not isinstance(value, list):
        raise PsaRejected(f"The answer to {path} is not a list.")
    return [_record(row, path) for row in value]


def _in_doubt(request: _Request, words: str, *, answered: bool = False) -> PsaInDoubt:
    return PsaInDoubt(
        f"{request.method} {request.path} was sent to ConnectWise and its answer was lost ({words}).",
        "It may have been carried out: the record is read back before anything else is written.",
        answered=answered,
    )


def _retry_after(answer: Answer) -> float | None:
    """Seconds of the Retry-After header (RFC 9110 10.2.3): a number as the vendor sends it (api.md 5.1), or a time,
    which is measured from the answer's own Date so that no two clocks are compared."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
