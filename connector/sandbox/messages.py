"""A request as it came in and an answer as it goes out, free of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.sandbox.errors import ApiError
from connector.sandbox.pretty import json_bytes

PLAIN_JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower case; ``path`` and ``query`` are decoded; ``origin`` is ``http://host``."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://127.0.0.1"
    target_length: int = 0

    def json(self) -> Any:
        """The body as JSON, ``None`` when empty; raises ``ApiError`` 400."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ApiError(400, "InvalidObject", "The request body is not valid JSON.", []) from None

    def logged_body(self) -> Any:
        """The body for the request log: JSON where it is, else text; of a form only how long it is."""
        if self.headers.get("content-type", "").lower().startswith("multipart/"):
            return f"{len(self.body)} bytes of a form"
        try:
            return self.json()
        except ApiError:
            return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class Response:
    """One HTTP answer; ``drop`` means that the connection closes without one, ``cut`` half way through its body."""

    status: int
    body: bytes = b""
    content_type: str = PLAIN_JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False

    def with_headers(self, more: Mapping[str, str]) -> Response:
        """The same answer with more headers."""
        return replace(self, headers={**self.headers, **more})


def json_response(status: int, value: Any, content_type: str = PLAIN_JSON) -> Response:
    """An answer with a JSON body."""
    return Response(status, json_bytes(value), content_type)


def text_response(status: int, text: str, content_type: str = "text/plain") -> Response:
    """An answer that is no JSON."""
    return Response(status, text.encode(), content_type)
