"""One API request on its way through: which records it is about, and how they are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connector.sandbox.computed import agreement_recaps
from connector.sandbox.documents import record_type
from connector.sandbox.errors import record_not_found
from connector.sandbox.listing import ListRequest, filtered, listed, parameter
from connector.sandbox.messages import Request, Response, json_response
from connector.sandbox.render import check_field_names, render, trim
from connector.sandbox.resources import BY_COLLECTION, Resource
from connector.sandbox.store import Record, Store, dig

COMPUTED: Mapping[str, Callable[[Store], list[Record]]] = {"agreementRecaps": agreement_recaps}


class Call:
    """A request with the tenant it reaches. ``base`` is the URL up to ``apis/3.0/``, ``route`` the rest of the path,
    ``media`` the type of a JSON answer."""

    def __init__(self, store: Store, request: Request, base: str, route: str, media: str) -> None:
        self.store = store
        self.request = request
        self.base = base
        self.route = route
        self.media = media

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.request.method

    def json(self, status: int, value: Any) -> Response:
        """A JSON answer in the version asked for."""
        return json_response(status, value, self.media)

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
            rows = self._rows_beside(rows, self._parameter("type"), self._parameter("id"))
        if row.collection == "documents":
            wanted = self._parameter("recordType")
            kind = record_type(wanted) if wanted else ""
            rows = self._rows_beside(rows, kind, self._parameter("recordId"))
        return rows

    def _parameter(self, name: str) -> str:
        """A query parameter by its name in any letter case, or an empty text."""
        return next((value for key, value in self.request.query.items() if key.lower() == name.lower()), "")

    @staticmethod
    def _rows_beside(rows: list[Record], kind: str, record_id: str) -> list[Record]:
        """The audit trail or the documents of one type of record, and of one record, where asked (api.md 4.9)."""
        kept = [row for row in rows if not kind or row["recordType"].casefold() == kind.casefold()]
        return [row for row in kept if not record_id or str(row["recordId"]) == record_id]

    def find(self, row: Resource, parent_id: int | None, record_id: str) -> Record:
        """One record below a path, a member also by its identifier (api.md 12.8); 404 without."""
        if row.collection == "members" and not record_id.isdecimal():
            record = next((m for m in self.store.rows("members") if m.get("identifier") == record_id), None)
        elif row.collection in COMPUTED:
            record = next((r for r in self.rows(row, parent_id) if str(r["id"]) == record_id), None)
        else:
            record = self.store.get(row.collection, record_id)
        belongs = row.parent is None or parent_id is None or dig(record, row.parent[1]) == parent_id
        if record is not None and belongs and "id" not in row.hidden:
            return record
        raise record_not_found(row.label, record_id)

    def one(self, status: int, row: Resource, record: Record, parent_id: int | None) -> Response:
        """One record, trimmed to ``fields`` when asked."""
        return self.json(status, self.rendered(row, [record], self.request.query, parent_id)[0])

    def rendered(
        self, row: Resource, rows: Iterable[Record], query: Mapping[str, str], parent_id: int | None
    ) -> list[Record]:
        """Records as answered."""
        names = parameter(query, "fields").strip()
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
        now = self.store.clock.now()
        return ListRequest(row, query, allowed, url, self.store.switches, self.data_names(row), now)

    def page(self, row: Resource, rows: list[Record], query: Mapping[str, str], parent_id: int | None) -> Response:
        """A page of records with its Link header."""
        rows, links = listed(self.list_request(row, query), rows)
        response = self.json(200, self.rendered(row, rows, query, parent_id))
        return response.with_headers({"Link": links}) if links else response

    def count_of(self, row: Resource, rows: list[Record]) -> Response:
        """``/count`` with the same filters (api.md 3.3)."""
        return self.json(200, {"count": len(filtered(self.list_request(row, self.request.query), rows))})
