"""Writes contacts: one POST for a new one, one PATCH for a change, no request where nothing differs."""

from collections.abc import Mapping
from typing import Any

from connector.core.communications import ITEM_FIELDS
from connector.core.model import Contact, Named, PsaSnapshot
from connector.core.plan import Value
from connector.errors import PsaRejected
from connector.psa import records
from connector.psa.contact_field import CUSTOM_FIELDS, custom_fields
from connector.psa.contact_json import missing_types, new_contact, operations
from connector.psa.keeping import Keeping
from connector.psa.lookup import Lookup
from connector.psa.query import Condition, field
from connector.psa.rest import Operation, PsaRest
from connector.psa.setup import SetupTables, not_one_field

PATH = "/company/contacts"


class PsaContacts:
    """The :class:`~connector.sync.ports.ContactWriter` of one client, whose contacts are kept as ``keeping`` says."""

    def __init__(self, http: PsaRest, tables: SetupTables, keeping: Keeping) -> None:
        self._http = http
        self._tables = tables
        self._keeping = keeping
        self._link = keeping.link

    def get(self, contact_id: int) -> Contact:
        """The contact as it stands now. Raises ``PsaMissing`` when it is gone."""
        return self._contact(self._http.get(f"{PATH}/{contact_id}", {"fields": records.contact_fields(self._keeping)}))

    def of_company(self, company_id: int) -> tuple[Contact, ...]:
        """All contacts of a company, active or not."""
        return read_contacts(self._http, field("company/id") == company_id, self._keeping)

    def create(self, values: Mapping[str, Value], setup: PsaSnapshot) -> Contact:
        """Create it in ``setup.company``, once. Raises ``PsaInDoubt`` when the answer was lost."""
        body = new_contact(values, self._lookup(setup), self._keeping)
        guid = str(values.get("link") or "")
        if guid and self._link.key:
            body[self._link.key] = guid
        elif guid and self._link.caption:
            body[CUSTOM_FIELDS] = [{"id": self._tables.custom_field_id(self._link), "value": guid}]
        return self._contact(self._http.post(PATH, body))

    def update(self, contact: Contact, values: Mapping[str, Value], setup: PsaSnapshot) -> Contact:
        """Write ``values`` in one patch over the ``contact`` just read; without a difference nothing is sent.

        The ``types`` it lacks follow one by one (api.md 4.5); none is ever taken away. The PSA may answer 200 and keep
        nothing of it (4.1), so the answer is compared: ``PsaRejected`` names what it did not keep.
        """
        lookup = self._lookup(setup)
        kinds = missing_types(contact, values, lookup)
        wanted = self._link_operations(contact, values)
        wanted = operations(contact, values, lookup, self._keeping) + wanted
        after = contact
        if wanted:
            after = self._contact(self._patch(contact.id, wanted))
            left = [one["path"] for one in operations(after, _lasting(values), lookup, self._keeping)]
            if self._link_differs(after, values):
                left.append("link")
            if left:
                raise _not_kept(contact, left)
        return self._with_types(after, kinds) if kinds else after

    def _with_types(self, contact: Contact, kinds: list[Named]) -> Contact:
        refused: dict[int, PsaRejected] = {}
        for kind in kinds:
            body = {"type": {"id": kind.id}, "contact": {"id": contact.id}}
            try:
                self._http.post(f"{PATH}/{contact.id}/typeAssociations", body)
            except PsaRejected as error:
                refused[kind.id] = error
        after = self.get(contact.id)
        held = {kind.id for kind in after.types}
        for kind in kinds:
            if kind.id not in held and (why := refused.get(kind.id)):
                words = f"{contact.name} (contact {contact.id}) did not get the contact type {kind.name}"
                raise PsaRejected(f"{words}: {why.message}", why.hint, why.status) from why
        if left := [f"the contact type {kind.name}" for kind in kinds if kind.id not in held]:
            raise _not_kept(contact, left)
        return after

    def _patch(self, contact_id: int, wanted: list[Operation]) -> Mapping[str, object]:
        """Send the patch; where the PSA refuses one without custom fields, send them along as they are (api.md 4.6)."""
        try:
            return self._http.patch(f"{PATH}/{contact_id}", wanted)
        except PsaRejected as error:
            known = any(operation["path"] == CUSTOM_FIELDS for operation in wanted)
            if known or CUSTOM_FIELDS.casefold() not in error.message.casefold():
                raise
        unchanged = [{"id": item["id"], "value": item.get("value")} for item in self._custom_fields(contact_id)]
        return self._http.patch(
            f"{PATH}/{contact_id}", [*wanted, {"op": "replace", "path": CUSTOM_FIELDS, "value": unchanged}]
        )

    def _custom_fields(self, contact_id: int) -> list[dict[str, Any]]:
        return custom_fields(self._http.get(f"{PATH}/{contact_id}", {"fields": "id,customFields"}))

    def _link_differs(self, contact: Contact, values: Mapping[str, Value]) -> bool:
        return bool(self._link) and "link" in values and contact.link != str(values["link"] or "").lower()

    def _link_operations(self, contact: Contact, values: Mapping[str, Value]) -> list[Operation]:
        if not self._link_differs(contact, values):
            return []
        guid = str(values["link"] or "")
        if self._link.key and not guid:
            return [{"op": "remove", "path": self._link.key}]
        if self._link.key:
            return [{"op": "replace", "path": self._link.key, "value": guid}]
        present = self._custom_fields(contact.id)
        there = sum(self._link.is_meant(item.get("caption")) for item in present)
        if there != 1:
            raise not_one_field(self._link, there)
        return [{"op": "replace", "path": CUSTOM_FIELDS, "value": self._link.written(present, guid)}]

    def _lookup(self, setup: PsaSnapshot) -> Lookup:
        return Lookup(setup, self._tables, self._keeping.create_missing)

    def _contact(self, record: Mapping[str, object]) -> Contact:
        return records.contact(record, self._keeping)


def read_contacts(http: PsaRest, where: Condition, keeping: Keeping) -> tuple[Contact, ...]:
    """The contacts that satisfy a condition."""
    rows = http.pages(PATH, {"conditions": str(where), "fields": records.contact_fields(keeping)})
    return tuple(records.contact(row, keeping) for row in rows)


def _not_kept(contact: Contact, left: list[str]) -> PsaRejected:
    return PsaRejected(
        f"ConnectWise accepted a change of {contact.name} (contact {contact.id}) but did not keep {', '.join(left)}.",
        "Look at the contact in ConnectWise: a workflow or another integration may set it back.",
    )


def _lasting(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values that can be seen afterwards: where an item was taken away, another one holds the field now."""
    return {name: value for name, value in values.items() if value or name not in ITEM_FIELDS}
