"""Answers that say no, in the PSA's own words and shapes (api.md 5)."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refused request: HTTP ``status``, the envelope's ``code`` and ``message``, and the optional ``errors`` list."""

    def __init__(self, status: int, code: str, message: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def sentence(self) -> str:
        """What is wrong, in one sentence: the first field's where there is one."""
        return self.errors[0]["message"] if self.errors else self.message

    def body(self) -> dict[str, Any]:
        """The JSON envelope; ``errors`` is absent where the PSA sends none (api.md 5)."""
        envelope: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.errors is not None:
            envelope["errors"] = self.errors
        return envelope


def field_error(code: str, message: str, resource: str, field: str) -> dict[str, str]:
    """One entry of the envelope's ``errors`` list (api.md 5.2)."""
    return {"code": code, "message": message, "resource": resource, "field": field}


def invalid_object(resource: str, errors: list[dict[str, str]]) -> ApiError:
    """400 for a record that fails its rules."""
    return ApiError(400, "InvalidObject", f"{resource} object is invalid", errors)


def invalid_field(resource: str, field: str, message: str, code: str = "InvalidField") -> ApiError:
    """400 for a single wrong field."""
    return invalid_object(resource, [field_error(code, message, resource, field)])


def invalid_patch(message: str) -> ApiError:
    """400 for a patch that cannot be applied: code and message alone (api.md 5.1)."""
    return ApiError(400, "InvalidPatch", message)


def record_not_found(label: str, record_id: object) -> ApiError:
    """404 for a record that does not exist."""
    return ApiError(404, "NotFound", f"{label} {record_id} not found")


def no_method(method: str) -> ApiError:
    """405 for a path that exists without this method."""
    return ApiError(405, "ConnectWiseApi", f"The requested resource does not support http method '{method}'.")


def unsupported_media() -> ApiError:
    """415 for a body of another type than the path takes (api.md 5.1)."""
    return ApiError(415, "ConnectWiseApi", "The request entity's media type is not supported.")


def no_endpoint() -> ApiError:
    """404 for a path that names no resource."""
    return ApiError(404, "ConnectWiseApi", "The endpoint does not exist.")
