"""Finding the tenant and proving who calls (api.md 2.1, 2.2)."""

from __future__ import annotations

import base64
import binascii

from connector.sandbox.errors import ApiError
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.store import Login, Record, Store


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
    if store.switches["company_site_url"] == "present":
        info["SiteUrl"] = "api-na.myconnectwise.net"
    return json_response(200, info)


def log_in(store: Store, request: Request) -> Record:
    """The member whose key pair came as Basic ``company+public:private``, with the clientId header beside it; raises
    ``ApiError`` 401 or 403 (api.md 2.2, 5.1)."""
    user, private = credentials(request.headers.get("authorization", ""))
    company, _, public = user.partition("+")
    if company.casefold() != store.company.casefold() and store.switches["wrong_company"] == 404:
        raise ApiError(404, "ConnectWiseApi", "The endpoint does not exist.")
    member = member_of(store, public, private)
    if company.casefold() != store.company.casefold() or member is None:
        raise login_refused(store)
    client_id = request.headers.get("clientid", "")
    if not client_id or (store.client_id is not None and client_id.lower() != store.client_id.lower()):
        status = store.switches["missing_client_id"]
        raise ApiError(status, "Unauthorized" if status == 401 else "Security", "The clientId is missing or invalid.")
    return member


def login_refused(store: Store) -> ApiError:
    """401; both bodies were seen (api.md 5.1)."""
    if store.switches["login_refusal"] == "user_not_authenticated":
        return ApiError(401, "ConnectWiseApi", "UserNotAuthenticated")
    return ApiError(401, "Unauthorized", "The user name or password is incorrect.")


def member_of(store: Store, public: str, private: str) -> Record | None:
    """The member a key pair belongs to: the tenant's own keys, or those of a member of the data."""
    own = Login(str(store.keys["public"]), str(store.keys["private"]), store.member)
    found = next((one for one in [own, *store.logins] if (one.public, one.private) == (public, private)), None)
    if found is None:
        return None
    members = store.rows("members")
    return next((one for one in members if one["identifier"].casefold() == found.member.casefold()), None)


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
