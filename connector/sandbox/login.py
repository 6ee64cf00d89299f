"""Finding the tenant and proving who calls (api.md 2.1, 2.2)."""

from __future__ import annotations

import base64
import binascii

from connector.sandbox.errors import ApiError
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.store import Store


def company_info(store: Store, company: str) -> Response:
    """``/login/companyinfo/{company}``: the codebase; ``null`` for a company that does not exist (api.md 2.1)."""
    if company.casefold() != store.company.casefold():
        status = 404 if store.switches["unknown_company"] == "404" else 200
        return json_response(status, None)
    version = store.codebase.strip("/").replace("_", ".")
    info = {
        "CompanyName": store.company_name,
        "Codebase": store.codebase,
        "VersionCode": version,
        "VersionNumber": "v4.6.101234",
        "CompanyID": store.company,
        "IsCloud": True,
    }
    return json_response(200, info)


def check_login(store: Store, request: Request) -> None:
    """Basic ``company+public:private`` and the clientId header; raises ``ApiError`` 401 or 403 (api.md 5.1)."""
    user, private = credentials(request.headers.get("authorization", ""))
    company, _, public = user.partition("+")
    if company.casefold() != store.company.casefold() and store.switches["wrong_company"] == 404:
        raise ApiError(404, "ConnectWiseApi", "The endpoint does not exist.")
    if company.casefold() != store.company.casefold() or (public, private) != own_keys(store):
        raise ApiError(401, "Unauthorized", "The user name or password is incorrect.")
    client_id = request.headers.get("clientid", "")
    if not client_id or (store.client_id is not None and client_id.lower() != store.client_id.lower()):
        status = store.switches["missing_client_id"]
        raise ApiError(status, "Unauthorized" if status == 401 else "Security", "The clientId is missing or invalid.")


def own_keys(store: Store) -> tuple[str, str]:
    """The key pair of the tenant."""
    return str(store.keys["public"]), str(store.keys["private"])


def credentials(header: str) -> tuple[str, str]:
    """User and password of a Basic header; empty texts for anything else."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
