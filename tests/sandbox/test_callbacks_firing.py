"""Which changes are called back to whom (api.md 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connector.sandbox import Sandbox
from tests.sandbox.calling import BERG, CALLBACKS, SMITH, as_member, entry, register, told
from tests.sandbox.conftest import Client, tenant
from tests.sandbox.receiver import Receiver

AGREEMENT, LINE = "/finance/agreements/77", "/finance/agreements/77/additions/3301"
TITLE = ("replace", "title", "X")
NAME = ("replace", "name", "X")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The small tenant with a second member, a territory, and a ticket."""
    data = tenant()
    data["members"] = [SMITH]
    data["companies"][0] |= {"territory": {"id": 5, "name": "East"}, "types": ["Partner"]}
    data["tickets"] = [
        {"id": 15001, "summary": "Printer", "company": {"id": 412}, "board": "Help", "status": {"id": 9}}
    ]
    with Sandbox(data) as running:
        yield running


def ids_of(psa: Client) -> dict[str, int]:
    """The ids that the data did not give, by what they are."""
    state = psa.sandbox.state()
    company, contact = state["companies"][0], state["contacts"][0]
    return {
        "company status": company["status"]["id"],
        "company type": company["types"][0]["id"],
        "contact type": contact["types"][0]["id"],
        "agreement type": state["agreements"][0]["type"]["id"],
        "board": state["tickets"][0]["board"]["id"],
    }


def test_added_updated_and_deleted_contacts_are_told(psa: Client, receiver: Receiver) -> None:
    """In the order in which it happened."""
    register(psa, receiver)
    made = psa.post("/company/contacts", {"firstName": "Ada"}).json()["id"]
    psa.patch(f"/company/contacts/{made}", TITLE)
    psa.put(f"/company/contacts/{made}", {"firstName": "Ada"})
    psa.delete(f"/company/contacts/{made}")
    actions = ["added", "updated", "updated", "deleted"]
    assert told(psa.sandbox) == [("contact", action, made) for action in actions]
    assert [call.body["Action"] for call in receiver.calls] == actions


@pytest.mark.parametrize(
    ("kind", "path", "operation"),
    [
        ("contact", BERG, TITLE),
        ("company", "/company/companies/412", NAME),
        ("agreement", AGREEMENT, NAME),
        ("ticket", "/service/tickets/15001", ("replace", "summary", "X")),
        ("productcatalog", "/procurement/catalog/55", ("replace", "description", "X")),
        ("site", "/company/companies/412/sites/900", NAME),
    ],
)
def test_a_change_fires_its_own_type(
    psa: Client, receiver: Receiver, kind: str, path: str, operation: tuple[str, str, Any]
) -> None:
    """And no other, at the level of the owner."""
    psa.switch(callback_site_type="accept")
    for one in ("contact", "company", "agreement", "ticket", "productcatalog", "site", "invoice", "member"):
        register(psa, receiver, one)
    assert psa.patch(path, operation).status_code == 200
    assert told(psa.sandbox) == [(kind, "updated", int(path.rpartition("/")[2]))]


@pytest.mark.parametrize("by_control", [True, False])
def test_an_invoice_is_called_back(psa: Client, receiver: Receiver, by_control: bool) -> None:
    """With the change of its agreement, whether billed by the control side or through the API."""
    register(psa, receiver, "invoice", "company", objectId=412)
    register(psa, receiver, "agreement", "agreement", objectId=77)
    if by_control:
        invoice = psa.sandbox.control("POST", "invoice", {"agreement": 77})["id"]
    else:
        invoice = psa.post(f"{AGREEMENT}/invoice", {}).json()
    assert sorted(told(psa.sandbox)) == [("agreement", "updated", 77), ("invoice", "added", invoice)]
    assert {call.body["ID"]: call.entity for call in receiver.calls}[invoice]["number"] == str(invoice)


@pytest.mark.parametrize(
    ("kind", "level", "object_id"),
    [
        ("contact", "company", 412),
        ("contact", "contact", 8123),
        ("contact", "type", "contact type"),
        ("contact", "territory", 5),
        ("company", "company", 412),
        ("company", "status", "company status"),
        ("company", "type", "company type"),
        ("company", "territory", 5),
        ("agreement", "company", 412),
        ("agreement", "agreement", 77),
        ("agreement", "type", "agreement type"),
        ("ticket", "ticket", 15001),
        ("ticket", "board", "board"),
        ("ticket", "status", 9),
        ("site", "company", 412),
    ],
)
def test_a_level_narrows_it_down(psa: Client, receiver: Receiver, kind: str, level: str, object_id: int | str) -> None:
    """To the record itself, or to those that refer to the object; another object hears nothing."""
    psa.switch(callback_site_type="accept")
    wanted = ids_of(psa)[object_id] if isinstance(object_id, str) else object_id
    heard = register(psa, receiver, kind, level, objectId=wanted)["id"]
    register(psa, receiver, kind, level, objectId=wanted + 7000)
    psa.patch(BERG, TITLE)
    psa.patch("/company/companies/412", ("replace", "city", "X"))
    psa.patch(AGREEMENT, NAME)
    psa.patch("/service/tickets/15001", ("replace", "summary", "X"))
    psa.patch("/company/companies/412/sites/900", NAME)
    assert [(one["entry"], one["type"]) for one in psa.sandbox.deliveries()] == [(heard, kind)]


def test_one_change_reaches_every_entry_that_covers_it(psa: Client, receiver: Receiver) -> None:
    """Each once, with a message of its own."""
    entries = [
        register(psa, receiver)["id"],
        register(psa, receiver, level="company", objectId=412)["id"],
        register(psa, receiver, level="contact", objectId=8123)["id"],
    ]
    psa.patch(BERG, TITLE)
    deliveries = psa.sandbox.deliveries()
    assert sorted(one["entry"] for one in deliveries) == entries
    assert len({one["message_id"] for one in deliveries}) == 3


@pytest.mark.parametrize(("setting", "heard"), [("new", [413]), ("both", [412, 413])])
def test_whether_a_record_that_moves_fires_where_it_was_is_a_switch(
    psa: Client, receiver: Receiver, setting: str, heard: list[int]
) -> None:
    """By default only where it is now."""
    psa.switch(callback_moved_records=setting)
    entries = {register(psa, receiver, level="company", objectId=company)["id"]: company for company in (412, 413)}
    psa.patch(BERG, ("replace", "company", {"id": 413}), ("remove", "site", None))
    assert sorted(entries[one["entry"]] for one in psa.sandbox.deliveries()) == heard


@pytest.mark.parametrize(("setting", "heard"), [(False, []), (True, [("agreement", "updated", 77)] * 3)])
def test_whether_an_additions_change_fires_its_agreement_is_a_switch(
    psa: Client, receiver: Receiver, setting: bool, heard: list[Any]
) -> None:
    """A line that is added, changed or deleted is an update of its agreement, or nothing."""
    psa.switch(callback_additions=setting)
    register(psa, receiver, "agreement", "company", objectId=412)
    new = {"product": {"id": 55}, "billCustomer": "Billable", "quantity": 1}
    made = psa.post(f"{AGREEMENT}/additions", new).json()["id"]
    psa.patch(f"{AGREEMENT}/additions/{made}", ("replace", "quantity", 2))
    psa.delete(f"{AGREEMENT}/additions/{made}")
    assert told(psa.sandbox) == heard
    assert [call.entity["name"] for call in receiver.calls] == ["Managed Users"] * len(heard)


@pytest.mark.parametrize(("suppressed", "heard"), [(False, ["adconnector", "asmith"]), (True, ["asmith"])])
def test_own_changes_can_be_left_out(psa: Client, receiver: Receiver, suppressed: bool, heard: list[str]) -> None:
    """With ``isSelfSuppressedFlag`` an entry is spared the echo of its own member, never what others did."""
    register(psa, receiver, isSelfSuppressedFlag=suppressed)
    psa.patch(BERG, TITLE)
    as_member(psa.sandbox, "PATCH", BERG, [{"op": "replace", "path": "title", "value": "Y"}])
    assert [one["body"]["MemberId"] for one in psa.sandbox.deliveries()] == heard


def test_an_inactive_or_deleted_entry_hears_nothing(psa: Client, receiver: Receiver) -> None:
    """Turned on again, it hears what happens from then on."""
    first, second = register(psa, receiver)["id"], register(psa, receiver, level="company", objectId=412)["id"]
    psa.patch(f"{CALLBACKS}/{first}", ("replace", "inactiveFlag", True))
    psa.delete(f"{CALLBACKS}/{second}")
    psa.patch(BERG, TITLE)
    assert told(psa.sandbox) == []
    psa.patch(f"{CALLBACKS}/{first}", ("replace", "inactiveFlag", False))
    psa.delete(BERG)
    psa.patch(BERG, ("replace", "title", "Y"))
    assert [one["entry"] for one in psa.sandbox.deliveries()] == [first]


def test_reading_and_refused_writes_fire_nothing(psa: Client, receiver: Receiver) -> None:
    """Only what was changed is told."""
    register(psa, receiver)
    psa.get(BERG)
    assert psa.patch(BERG, ("replace", "firstName", "")).status_code == 400
    assert psa.post("/company/contacts", {"lastName": "A"}).status_code == 400
    assert psa.delete(BERG).status_code == 409
    assert told(psa.sandbox) == []


def test_loading_and_control_requests_fire_nothing(psa: Client, receiver: Receiver) -> None:
    """Not even when the data brings the entry along."""
    psa.sandbox.control("POST", "reset", tenant() | {"callbacks": [entry(receiver)]})
    psa.sandbox.control("POST", "clock", {"advance_seconds": 90})
    psa.switch(ext_price="billed")
    assert told(psa.sandbox) == []
    psa.patch(BERG, TITLE)
    assert told(psa.sandbox) == [("contact", "updated", 8123)]


def test_items_and_types_are_changes_of_their_contact(psa: Client, receiver: Receiver) -> None:
    """Written through paths of their own."""
    register(psa, receiver)
    psa.patch(f"{BERG}/communications/41", ("replace", "value", "new@harbor.example"))
    made = psa.post(f"{BERG}/typeAssociations", {"type": {"name": "VIP"}, "contact": {"id": 8123}}).json()["id"]
    psa.delete(f"{BERG}/typeAssociations/{made}")
    assert told(psa.sandbox) == [("contact", "updated", 8123)] * 3


def test_a_write_whose_answer_was_lost_is_told(psa: Client, receiver: Receiver) -> None:
    """It was done, so it fires; a write that a fault stopped does not."""
    register(psa, receiver)
    psa.sandbox.control("POST", "faults", [{"method": "PATCH", "effect": e} for e in ("500-after", "500")])
    assert [psa.patch(BERG, TITLE).status_code for _ in range(2)] == [500, 500]
    assert told(psa.sandbox) == [("contact", "updated", 8123)]
