"""The API below ``apis/3.0/``: which resource a path means and what a method does to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connector.sandbox import billing, communications, records
from connector.sandbox.computed import agreement_recaps, contact_usages, system_info
from connector.sandbox.errors import ApiError, no_endpoint, record_not_found
from connector.sandbox.listing import ListRequest, filtered, listed
from connector.sandbox.login import check_login
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.render import check_field_names, render, trim
from connector.sandbox.resources import BY_COLLECTION, COMMUNICATIONS, RESOURCES, USAGES, Resource
from connector.sandbox.store import Record, Store, dig

CURRENT_VERSION = "2026.4"
VERSION = re.compile(r"version=(\d+\.\d+)")
COMPUTED: Mapping[str, Callable[[Store], list[Record]]] = {"agreementRecaps": agreement_recaps}


def answer(store: Store, request: Request, base: str, route: str) -> Response:
    """Answer one API request. ``base`` is the URL up to ``apis/3.0/``, ``route`` the rest of the path."""
    match = VERSION.search(request.headers.get("accept", ""))
    media = f"application/vnd.connectwise.com+json; version={match.group(1) if match else CURRENT_VERSION}"
    try:
        response = Call(store, request, base, route.strip("/"), media).run()
    except ApiError as error:
        response = json_response(error.status, error.body(), f"{media}; charset=utf-8")
    return response.with_headers({"api-current-version": CURRENT_VERSION})


class Call:
    """One API request on its way through: login, route, method."""

    def __init__(self, store: Store, request: Request, base: str, route: str, media: str) -> None:
        self.store = store
        self.request = request
        self.base = base
        self.route = route
        self.media = f"{media}; charset=utf-8"

    def run(self) -> Response:
        """The answer; raises ``ApiError``."""
        store, method = self.store, self.request.method
        if self.route.lower() == "system/info" and method == "GET":
            if not store.switches["info_without_login"]:
                check_login(store, self.request)
            return self.json(200, system_info(store, CURRENT_VERSION))
        check_login(store, self.request)
        if method in {"POST", "PUT", "PATCH"} and "json" not in self.request.headers.get("content-type", ""):
            raise ApiError(415, "ConnectWiseApi", "The request entity's media type is not supported.")
        if (match := re.fullmatch(r"finance/agreements/(\d+)/invoice", self.route)) and method == "POST":
            return self.json(201, billing.invoice_agreement(store, int(match.group(1)))["id"])
        if self.route == "service/tickets/search" and method == "POST":
            return self.page(BY_COLLECTION["tickets"], store.rows("tickets"), self.search_query(), None)
        return self.nested() or self.table()

    def json(self, status: int, value: Any) -> Response:
        """A JSON answer in the version asked for."""
        return json_response(status, value, self.media)

    def table(self) -> Response:
        """A resource of the table."""
        for row in RESOURCES:
            match = row.pattern.fullmatch(self.route)
            if match is not None:
                found = match.groupdict()
                return self.resource(row, found.get("parent"), found["id"], counting=found["count"] is not None)
        raise no_endpoint()

    def resource(self, row: Resource, parent: str | None, record_id: str | None, *, counting: bool) -> Response:
        """A method on a collection or a record."""
        parent_id = self.parent_id(row, parent)
        method = self.request.method
        misplaced = method != "GET" and (method == "POST") == (record_id is not None or counting)
        if method not in row.methods or misplaced:
            raise ApiError(405, "ConnectWiseApi", f"The requested resource does not support http method '{method}'.")
        if method == "POST":
            body = self.request.json()
            created = records.create(self.store, row, body, parent_id)
            return self.one(201, row, created, parent_id)
        if record_id is None:
            rows = self.rows(row, parent_id)
            return self.count_of(row, rows) if counting else self.page(row, rows, self.request.query, parent_id)
        return self.record(row, self.find(row, parent_id, record_id), parent_id)

    def record(self, row: Resource, record: Record, parent_id: int | None) -> Response:
        """GET, PATCH, PUT or DELETE on one record."""
        method = self.request.method
        if method == "PATCH":
            record = records.update(self.store, row, record, self.request.json())
        elif method == "PUT":
            record = records.replace(self.store, row, record, self.request.json())
        elif method == "DELETE":
            records.delete(self.store, row, record, self.request.query.get("transferContactId"))
            return Response(204)
        return self.one(200, row, record, parent_id)

    def parent_id(self, row: Resource, parent: str | None) -> int | None:
        """The id of an existing parent, or ``None`` where the resource has none."""
        if row.parent is None or parent is None:
            return None
        if self.store.get(row.parent[0], parent) is None:
            raise record_not_found(BY_COLLECTION[row.parent[0]].label, parent)
        return int(parent)

    def rows(self, row: Resource, parent_id: int | None) -> list[Record]:
        """The records below a path."""
        if row.collection in COMPUTED:
            return COMPUTED[row.collection](self.store)
        rows = self.store.rows(row.collection)
        if row.parent is not None and parent_id is not None:
            rows = [record for record in rows if dig(record, row.parent[1]) == parent_id]
        if row.collection == "auditTrail":
            rows = self.audit_rows(rows)
        return rows

    def audit_rows(self, rows: list[Record]) -> list[Record]:
        """The audit trail of one type, and one record, by query (api.md 4.9)."""
        wanted, record_id = self.request.query.get("type"), self.request.query.get("id")
        kept = [row for row in rows if wanted is None or row["recordType"].casefold() == wanted.casefold()]
        return [row for row in kept if record_id is None or str(row["recordId"]) == record_id]

    def find(self, row: Resource, parent_id: int | None, record_id: str) -> Record:
        """One record below a path, a member also by its identifier (api.md 12.8); 404 without."""
        if row.collection == "members" and not record_id.isdecimal():
            record = next((m for m in self.store.rows("members") if m.get("identifier") == record_id), None)
        elif row.collection in COMPUTED:
            record = next((r for r in self.rows(row, parent_id) if str(r["id"]) == record_id), None)
        else:
            record = self.store.get(row.collection, record_id)
        belongs = row.parent is None or parent_id is None or dig(record, row.parent[1]) == parent_id
        if record is not None and belongs and not row.hidden:
            return record
        raise record_not_found(row.label, record_id)

    def one(self, status: int, row: Resource, record: Record, parent_id: int | None) -> Response:
        """One record, trimmed to ``fields`` when asked."""
        return self.json(status, self.rendered(row, [record], self.request.query, parent_id)[0])

    def rendered(
        self, row: Resource, rows: Iterable[Record], query: Mapping[str, str], parent_id: int | None
    ) -> list[Record]:
        """Records as answered."""
        names = query.get("fields", "").strip()
        rows = list(rows)
        paths = check_field_names(names, row, self.data_names(row)) if names else []
        answers = [render(row, record, self.base, parent_id) for record in rows]
        return [trim(shown, paths) for shown in answers] if paths else answers

    def data_names(self, row: Resource) -> frozenset[str]:
        """Names that records of this kind carry though the published schema does not know them."""
        return self.store.data_names.get(row.collection, frozenset()) - row.hidden

    def list_request(self, row: Resource, query: Mapping[str, str]) -> ListRequest:
        """The list parameters of this request."""
        forward = self.request.headers.get("pagination-type", "").lower() == "forward-only"
        url = f"{self.base}{self.route}"
        allowed = forward and row.collection != "auditTrail"
        return ListRequest(row, query, allowed, url, self.store.switches, self.data_names(row))

    def page(self, row: Resource, rows: list[Record], query: Mapping[str, str], parent_id: int | None) -> Response:
        """A page of records with its Link header."""
        rows, links = listed(self.list_request(row, query), rows)
        response = self.json(200, self.rendered(row, rows, query, parent_id))
        return response.with_headers({"Link": links}) if links else response

    def count_of(self, row: Resource, rows: list[Record]) -> Response:
        """``/count`` with the same filters (api.md 3.3)."""
        return self.json(200, {"count": len(filtered(self.list_request(row, self.request.query), rows))})

    def search_query(self) -> dict[str, str]:
        """The body of a ticket search as query parameters (api.md 3.2)."""
        body = self.request.json()
        known = {"conditions", "orderBy", "childConditions", "customFieldConditions"}
        sent = {key: str(value) for key, value in (body or {}).items() if key in known and value is not None}
        return {**self.request.query, **sent}

    def nested(self) -> Response | None:
        """Sub-resources whose rows live inside a contact."""
        if match := USAGES.pattern.fullmatch(self.route):
            contact = self.find(BY_COLLECTION["contacts"], None, match["parent"])
            return self.page(USAGES, contact_usages(self.store, contact), self.request.query, contact["id"])
        match = COMMUNICATIONS.pattern.fullmatch(self.route)
        if match is None:
            return None
        contact = self.find(BY_COLLECTION["contacts"], None, match["parent"])
        rows = communications.rows(contact)
        if match["id"] is None and self.request.method == "GET":
            if match["count"]:
                return self.count_of(COMMUNICATIONS, rows)
            return self.page(COMMUNICATIONS, rows, self.request.query, contact["id"])
        return self.communication(contact, match["id"])

    def communication(self, contact: Record, item_id: str | None) -> Response:
        """A method on one communication item, or POST of a new one."""
        method = self.request.method
        if method == "POST" and item_id is None:
            item = communications.add(self.store, contact, self.request.json())
            return self.one(201, COMMUNICATIONS, item, contact["id"])
        item = communications.find(contact, item_id)
        if method in {"PATCH", "PUT"}:
            item = communications.change(self.store, contact, item, self.request.json(), whole=method == "PUT")
        elif method == "DELETE":
            communications.remove(self.store, contact, item)
            return Response(204)
        return self.one(200, COMMUNICATIONS, item, contact["id"])
