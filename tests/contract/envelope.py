"""What an error may look like. The vendor's document describes none, so this is api.md section 5 as a schema."""

import json
from typing import Any

from jsonschema_rs import Draft202012Validator

from connector.sandbox.messages import PLAIN_JSON, Response
from tests.contract.findings import Finding, differences

Schema = dict[str, Any]

SUB_CODES = (
    "MissingRequiredField", "MaxLengthField", "OutOfRange", "InvalidField", "InvalidObject", "ObjectExists", "NotFound",
)  # fmt: skip
"""The codes of one wrong field (api.md 5.2)."""

CODES = {
    400: ("InvalidObject", "InvalidPatch", "ApiFindCondition"),
    401: ("Unauthorized", "ConnectWiseApi"),
    403: ("Security", "Unauthorized"),
    404: ("NotFound", "ConnectWiseApi"),
    500: ("ConnectWiseApi",),
}
"""The codes seen with a status (api.md 5.1, 5.3); of the others no body was seen, so any code goes."""

BARE = ("InvalidPatch", "ApiFindCondition")
"""The codes that come with a message alone (api.md 5.1)."""

BEFORE_THE_API = {
    400: ("text/plain", "Cannot route. Codebase/company is invalid"),
    404: ("text/html", "<html>"),
    414: ("text/html", ""),
    408: ("text/html", "<html>"),
    502: ("text/html", "<html>"),
    503: ("text/html", "<html>"),
    504: ("text/html", "<html>"),
}
"""Answers of the server in front of the API, which are no JSON: media type and how the text begins (api.md 5.1, 12.2;
of 414 no text was seen, 3.2)."""

_TEXT: Schema = {"type": "string", "minLength": 1}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


# Resource names are lower camel case (api.md 5.2).
_ONE = _object(
    ["code", "message", "resource", "field"],
    code={"enum": list(SUB_CODES)},
    message=_TEXT,
    resource={"type": "string", "pattern": "^[a-z][A-Za-z]*$"},
    field={"type": "string", "pattern": "^[A-Za-z0-9]+(/[A-Za-z0-9]+)*$"},
)
# The body of 429 has ``error`` where the others have ``code`` (api.md 5.1).
_THROTTLED = _object(["error", "message"], error={"const": "ConnectWiseAPI"}, message=_TEXT)


def envelope(status: int) -> Schema:
    """The schema of a JSON error: ``errors`` may be absent, null or a list (api.md 5)."""
    if status == 429:
        return _THROTTLED
    code: Schema = {"enum": list(CODES[status])} if status in CODES else _TEXT
    errors: Schema = {"type": ["array", "null"], "items": _ONE}
    whole = _object(["code", "message"], code=code, message=_TEXT, errors=errors)
    bare: Schema = {"if": {"properties": {"code": {"enum": list(BARE)}}}, "then": {"not": {"required": ["errors"]}}}
    return whole | bare


def error_differences(response: Response) -> list[Finding]:
    """Where the answer that something went wrong is not as api.md section 5 has it."""
    part = f"answer {response.status}"
    media = response.content_type.partition(";")[0]
    known, begin = BEFORE_THE_API.get(response.status, (PLAIN_JSON, ""))
    if media == known != PLAIN_JSON and response.body.decode().startswith(begin):
        return []
    try:
        body = json.loads(response.body)
    except ValueError:
        return [Finding("error", "body", media, part, f"no JSON: {response.body[:80]!r}")]
    return differences(Draft202012Validator(envelope(response.status)), body, "error", part)
