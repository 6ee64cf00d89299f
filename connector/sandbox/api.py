"""The API below ``apis/3.0/``: who calls, which path is meant, and what a method does there."""

from __future__ import annotations

import re

from connector.sandbox import records
from connector.sandbox.call import Call
from connector.sandbox.computed import CURRENT_VERSION
from connector.sandbox.errors import ApiError, no_endpoint, no_method, unsupported_media
from connector.sandbox.login import log_in
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.resources import RESOURCES, Resource
from connector.sandbox.roles import ACTIONS, check_role
from connector.sandbox.special import SPECIAL, Special
from connector.sandbox.store import Record, Store

VERSION = re.compile(r"version=(\d+\.\d+)")


def answer(store: Store, request: Request, base: str, route: str) -> Response:
    """Answer one API request. ``base`` is the URL up to ``apis/3.0/``, ``route`` the rest of the path."""
    match = VERSION.search(request.headers.get("accept", ""))
    version = match.group(1) if match else CURRENT_VERSION
    media = f"application/vnd.connectwise.com+json; version={version}; charset=utf-8"
    try:
        response = run(Call(store, request, base, route.strip("/"), media))
    except ApiError as error:
        response = json_response(error.status, error.body(), media)
    finally:
        store.actor = None
    return response.with_headers({"api-current-version": CURRENT_VERSION})


def run(call: Call) -> Response:
    """Login, then the path; raises ``ApiError``."""
    anonymous = call.store.switches["info_without_login"] and (call.method, call.route.lower()) == (
        "GET",
        "system/info",
    )
    member = None if anonymous else log_in(call.store, call.request)
    call.store.actor = member["identifier"] if member else None
    known = False
    for special in SPECIAL:
        match = special.pattern.fullmatch(call.route)
        known |= match is not None
        if match is not None and special.method in {"*", call.method}:
            allow(call, member, special)
            return special.handler(call, match)
    for row in RESOURCES:
        match = row.pattern.fullmatch(call.route)
        if match is not None:
            allow(call, member, row)
            found = match.groupdict()
            return resource(call, row, found.get("parent"), found["id"], counting=found["count"] is not None)
    raise no_method(call.method) if known else no_endpoint()


def allow(call: Call, member: Record | None, target: Resource | Special) -> None:
    """Refuse a body that is not JSON (415), and what the member's role forbids (403)."""
    json = not isinstance(target, Special) or target.json
    if json and call.method in {"POST", "PUT", "PATCH"} and "json" not in call.request.headers.get("content-type", ""):
        raise unsupported_media()
    action = (target.action if isinstance(target, Special) else "") or ACTIONS[call.method]
    if member is not None:
        check_role(call.store, member, target.module, action)


def resource(call: Call, row: Resource, parent: str | None, record_id: str | None, *, counting: bool) -> Response:
    """A method on a collection or a record."""
    parent_id = call.parent_id(row, parent)
    misplaced = call.method != "GET" and (call.method == "POST") == (record_id is not None or counting)
    if call.method not in row.methods or misplaced:
        raise no_method(call.method)
    if call.method == "POST":
        return call.one(201, row, records.create(call.store, row, call.request.json(), parent_id), parent_id)
    if record_id is None:
        rows = call.rows(row, parent_id)
        return call.count_of(row, rows) if counting else call.page(row, rows, call.request.query, parent_id)
    return change(call, row, call.find(row, parent_id, record_id), parent_id)


def change(call: Call, row: Resource, record: Record, parent_id: int | None) -> Response:
    """GET, PATCH, PUT or DELETE on one record."""
    if call.method == "PATCH":
        record = records.update(call.store, row, record, call.request.json())
    elif call.method == "PUT":
        record = records.replace(call.store, row, record, call.request.json())
    elif call.method == "DELETE":
        records.delete(call.store, row, record, call.request.query.get("transferContactId"))
        return Response(204)
    return call.one(200, row, record, parent_id)
