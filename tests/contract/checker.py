"""Holds requests and answers against the vendor's document."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from connector.sandbox.messages import Request, Response
from connector.sandbox.multipart import parse_form
from tests.contract.document import Content, Document, Operation, Parameter
from tests.contract.envelope import error_differences
from tests.contract.findings import MISSING, UNKNOWN, Deviation, Finding, differences

TRANSPORT = frozenset("host user-agent accept accept-encoding connection content-length x-request-id".split())
OF_HTTP = TRANSPORT | {"content-type", "authorization"}
"""Headers that belong to HTTP or to the login (api.md 2.2, 2.3) and so stand in no operation."""

FORM = "multipart/form-data"

A_LIST = "GET of a list"
"""Where headers belong that go with paging and so with every list (api.md 3.3)."""


class Checker:
    """Finds what is said otherwise than the document says it, the listed deviations apart. One for a whole run: it
    counts what it saw, and looks at the same words only once."""

    def __init__(self, document: Document, deviations: Iterable[Deviation]) -> None:
        known = {re.sub(r"\{\w+\}", "{parent}", operation.name) for operation in document.operations}
        # a fuller copy may have an operation that the subset lacks, so that the entry for it can never be met
        self.deviations = tuple(one for one in deviations if f"{one.name} {one.where}" not in known)
        self.used: set[Deviation] = set()
        self.operations: set[str] = set()
        self.requests = 0
        self.responses = 0
        self._document = document
        self._seen: dict[object, list[Finding]] = {}

    def request(self, request: Request, route: str) -> list[Finding]:
        """What is wrong with a request of the connector; ``route`` is its path below ``apis/3.0``."""
        self.requests += 1
        operation = self._document.find(request.method, route)
        if operation is None:
            return self._unlisted([_no_operation(request, route, "request")])
        self.operations.add(operation.name)
        told = tuple((name, text) for name, text in request.headers.items() if name not in TRANSPORT)
        key = (operation.name, tuple(request.query.items()), told, request.body)
        return self._once(key, lambda: self._request(request, operation))

    def response(
        self, request: Request, route: str, response: Response, brought: frozenset[str] = frozenset()
    ) -> list[Finding]:
        """What is wrong with an answer of the API. ``brought`` are the names that the tenant's own data gave to records
        of this kind; a record shows them, and only the data is to blame for them."""
        self.responses += 1
        if response.status >= 400:
            key: tuple[object, ...] = (response.status, response.content_type, response.body)
            return self._once(key, lambda: error_differences(response))
        operation = self._document.find(request.method, route)
        if operation is None:
            return self._unlisted([_no_operation(request, route, f"answer {response.status}")])
        self.operations.add(operation.name)
        whole = not request.query.get("fields", "").strip()
        # links name the port of the sandbox, which no rule is about
        told = response.body.replace(request.origin.encode(), b"")
        key = (operation.name, response.status, response.content_type, told, whole, brought)
        return self._once(key, lambda: self._response(response, operation, brought, whole=whole))

    def _once(self, key: object, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
        if key not in self._seen:
            self._seen[key] = self._unlisted(look())
        return self._seen[key]

    def _unlisted(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those findings that no entry allows; the entries that allow the others are noted as used."""
        left = []
        for finding in findings:
            entry = next((one for one in self.deviations if finding.allowed_by(one)), None)
            if entry is None:
                left.append(finding)
            else:
                self.used.add(entry)
        return left

    def _request(self, request: Request, operation: Operation) -> Iterator[Finding]:
        yield from self._parameters(request.query, operation, "query")
        yield from self._parameters(request.headers, operation, "header")
        if operation.login and not request.headers.get("authorization", "").startswith("Basic "):
            yield Finding(operation.name, "authorization", MISSING, "request header", "there is no Basic login")
        if operation.body is not None:
            media = request.headers.get("content-type", "")
            yield from self._body(request.body, media, operation.body, operation.name, "request body")
        elif request.body:
            yield Finding(operation.name, "body", UNKNOWN, "request body", f"{operation.name} takes none")

    def _parameters(self, told: Mapping[str, str], operation: Operation, place: str) -> Iterator[Finding]:
        """Parameters of one place that are unknown, of the wrong type or missing."""
        part = f"request {place}"
        for name, text in told.items():
            known = operation.parameter(place, name)
            if known is not None:
                found = differences(self._document.validator(known.schema), _value(known, text), operation.name, part)
                yield from (replace(one, name=name, message=f"{name}: {one.message}") for one in found)
            elif place == "query" or name not in OF_HTTP:
                where = A_LIST if place == "header" and operation.is_list else operation.name
                yield Finding(where, name, UNKNOWN, part, f"{operation.name} has no {place} {name}")
        names = {name.lower() for name in told}
        for one in operation.parameters:
            if one.place == place and one.required and one.name.lower() not in names:
                yield Finding(operation.name, one.name, MISSING, part, f"{operation.name} requires {one.name}")

    def _response(
        self, response: Response, operation: Operation, brought: frozenset[str], *, whole: bool
    ) -> Iterator[Finding]:
        part = f"answer {response.status}"
        if response.status not in operation.answers:
            known = " or ".join(map(str, operation.answers))
            yield Finding(operation.name, "status", str(response.status), part, f"{operation.name} answers {known}")
        elif content := operation.answers[response.status]:
            media = response.content_type
            found = self._body(response.body, media, content, operation.name, part, whole=whole)
            yield from (one for one in found if not one.added_by(brought))
        elif response.body:
            yield Finding(operation.name, "body", UNKNOWN, part, f"{operation.name} answers no body")

    def _body(
        self, body: bytes, media: str, content: Content, operation: str, part: str, *, whole: bool = True
    ) -> list[Finding]:
        """What is wrong with a JSON body; a trimmed one (not ``whole``) need not have every required name."""
        if media.partition(";")[0] != content.media:
            message = f"the type is {media or 'not said'} instead of {content.media}"
            return [Finding(operation, "content-type", media, part, message)]
        try:
            value = self._form(body, media, content) if content.media == FORM else json.loads(body)
        except ValueError:
            return [Finding(operation, "body", "no JSON", part, f"no JSON: {body[:80]!r}")]
        return differences(self._document.validator(content.schema, required=whole), value, operation, part)

    def _form(self, body: bytes, media: str, content: Content) -> dict[str, Any]:
        """The fields of a form as the values that the document describes; a file is its text."""
        name = str(content.schema.get("$ref", "")).rpartition("/")[2]
        known = self._document.schemas.get(name, content.schema).get("properties", {})
        return {one.name: _told(one.text, known.get(one.name, {}).get("type")) for one in parse_form(media, body)}


def _told(text: str, kind: object) -> Any:
    """A form's text as the JSON value of a type that it stands for."""
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text == "true" if kind == "boolean" and text in ("true", "false") else text


def _no_operation(request: Request, route: str, part: str) -> Finding:
    """The document does not know a method on a path; it is filed under the resource, such as
    ``/system/members`` or ``/service/tickets/{parent}/notes``."""
    steps = route.split("/")
    resource = "/".join([*steps[:3], "{parent}", steps[4]] if len(steps) > 4 else steps[:3])
    return Finding(resource, request.method, UNKNOWN, part, f"the document has no {request.method} {route}")


def _value(parameter: Parameter, text: str) -> Any:
    """A parameter's text as the JSON value it stands for."""
    whole = parameter.schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text)
    return int(text) if whole else text
