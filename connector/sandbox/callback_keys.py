"""Signing what is called back, and answering the key to it (api.md 6.2, 6.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

from connector.sandbox.errors import ApiError, no_method, record_not_found
from connector.sandbox.login import log_in
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.store import Record, Store


def sign(signing_key: str, body: bytes) -> str:
    """The header ``x-content-signature``: base64 of HMAC-SHA256 over the raw body, keyed with SHA-256 of the signing
    key's text (api.md 6.3)."""
    key = hashlib.sha256(signing_key.encode()).digest()
    return base64.b64encode(hmac.digest(key, body, "sha256")).decode()


def signing_key(entry: Record) -> str:
    """The key of one callback entry; it stays the same as long as the entry."""
    return hashlib.sha256(f"signing key {entry['connectWiseID']}".encode()).hexdigest()


def key_url(store: Store, entry: Record, origin: str) -> str:
    """Where a receiver fetches the key, in the shape of api.md 6.2; ``origin`` is ``http://host:port``."""
    query = f"companyName={quote(store.company)}&id={entry['connectWiseID']}"
    return f"{origin}/{store.codebase}/system/callbackkey/index.rails?{query}"


def answer_key(store: Store, request: Request) -> Response:
    """``{"signing_key": "…"}``; whether that takes a login is a switch (api.md 6.3)."""
    try:
        if request.method != "GET":
            raise no_method(request.method)
        if store.switches["callback_key_login"]:
            log_in(store, request)
        return json_response(200, {"signing_key": signing_key(find_entry(store, request))})
    except ApiError as error:
        return json_response(error.status, error.body())


def find_entry(store: Store, request: Request) -> Record:
    """The entry that a key URL means; 404 without."""
    company, wanted = request.query.get("companyName", ""), request.query.get("id", "")
    for entry in store.rows("callbacks"):
        if company.casefold() == store.company.casefold() and entry["connectWiseID"].casefold() == wanted.casefold():
            return entry
    raise record_not_found("Callback Key", wanted)
