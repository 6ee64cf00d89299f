"""State, reset, switches, the request log, the clock and the audit trail."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.sandbox import DataError, Sandbox
from connector.sandbox.application import Application
from connector.sandbox.clock import Clock
from connector.sandbox.loading import load
from connector.sandbox.server import Server
from connector.sandbox.switches import SWITCHES
from tests.sandbox.conftest import Client, tenant

BERG = "/company/contacts/8123"


def test_state_loads_again_as_data(psa: Client) -> None:
    """What the state says is a data file that makes the same tenant."""
    psa.patch(BERG, ("replace", "title", "X"))
    state = psa.sandbox.state()
    with Sandbox(json.loads(json.dumps(state))) as second:
        assert second.state() == state


def test_reset_brings_the_initial_data_back(psa: Client) -> None:
    """Records, faults, switches and the log are as new; a body is the new initial data."""
    before = psa.sandbox.state()
    psa.patch(BERG, ("replace", "title", "X"))
    psa.switch(ext_price="billed")
    psa.http.post("/_sandbox/faults", json={"effect": "500"})
    psa.http.post("/_sandbox/reset")
    assert psa.sandbox.state() == before
    assert psa.http.get("/_sandbox/faults").json() == []
    assert psa.sandbox.requests()["total"] == 0
    psa.http.post("/_sandbox/reset", json={"companies": [{"identifier": "Solo"}]})
    assert [row["identifier"] for row in psa.get("/company/companies").json()] == ["Solo"]


def test_bad_reset_keeps_the_tenant(psa: Client) -> None:
    """The message says what is wrong with the data."""
    response = psa.http.post("/_sandbox/reset", json={"contact": []})
    assert response.status_code == 400
    assert "unknown names in the data: contact" in response.json()["message"]
    assert psa.get(BERG).status_code == 200


def test_requests_are_counted_by_route(psa: Client) -> None:
    """Ids are written as {id}, the codebase is left out, control requests are not logged."""
    psa.get(BERG)
    psa.get("/company/contacts/8124", fields="id")
    psa.patch(BERG, ("replace", "title", "X"))
    psa.http.get("/_sandbox/state")
    log = psa.http.get("/_sandbox/requests").json()
    assert log["counts"] == {"GET /company/contacts/{id}": 2, "PATCH /company/contacts/{id}": 1}
    assert log["total"] == 3
    assert log["requests"][1]["query"] == {"fields": "id"}
    last = log["requests"][-1]
    assert (last["method"], last["path"], last["status"]) == ("PATCH", BERG, 200)
    assert last["body"][0]["value"] == "X"
    psa.http.delete("/_sandbox/requests")
    assert psa.sandbox.requests()["total"] == 0


def test_switches_are_listed_with_their_facts(psa: Client) -> None:
    """Name, value, allowed values, fact; an unknown name or value is refused."""
    listed = psa.http.get("/_sandbox/switches").json()
    assert listed.keys() == SWITCHES.keys()
    assert listed["ext_price"]["value"] == "quantity"
    assert psa.http.post("/_sandbox/switches", json={"ext_prize": 1}).status_code == 400
    assert psa.http.post("/_sandbox/switches", json={"ext_price": "free"}).status_code == 400


def test_example_in_the_docs_loads() -> None:
    """docs/sandbox.md shows a data file that is one."""
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    example = text.partition("## The data file")[2].partition("```json")[2].partition("```")[0]
    assert load(json.loads(example)).rows("additions")[0]["extPrice"] == 31 * 42.5


def test_types_may_come_as_associations() -> None:
    """An association in the data gives the contact its type, once."""
    pair = {"id": 5, "type": {"name": "VIP"}, "contact": {"id": 1}}
    store = load({"contacts": [{"id": 1, "firstName": "A", "types": ["VIP"]}], "contactTypeAssociations": [pair]})
    assert [t["name"] for t in store.rows("contacts")[0]["types"]] == ["VIP"]
    assert [a["id"] for a in store.rows("contactTypeAssociations")] == [5]


def test_every_switch_is_documented() -> None:
    """docs/sandbox.md names each switch."""
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert [name for name in SWITCHES if f"`{name}`" not in text] == []


def test_clock_can_be_set_and_moved(psa: Client) -> None:
    """lastUpdated follows it; records can be found by it."""
    psa.http.post("/_sandbox/clock", json={"now": "2026-06-01T00:00:00Z"})
    assert psa.http.post("/_sandbox/clock", json={"advance_seconds": 90}).json() == {"now": "2026-06-01T00:01:30Z"}
    record = psa.patch(BERG, ("replace", "title", "X")).json()
    assert record["_info"]["lastUpdated"] == "2026-06-01T00:01:30Z"
    assert psa.ids("/company/contacts", conditions="lastUpdated > [2026-06-01T00:00:00Z]") == [8123]
    assert psa.http.post("/_sandbox/clock", json={"now": "soon"}).status_code == 400


def test_clock_goes_back_and_forth(psa: Client) -> None:
    """To any day, standing still; lastUpdated, the audit trail and the date of an invoice follow it."""
    for now in ("2026-11-10T02:15:00Z", "2019-02-28T23:59:59Z", "2031-01-01T00:00:00Z"):
        assert psa.sandbox.control("POST", "clock", {"now": now, "frozen": True}) == {"now": now}
        assert psa.patch(BERG, ("replace", "title", now)).json()["_info"]["lastUpdated"] == now
        assert psa.get("/system/audittrail", type="Contact", id=8123).json()[-1]["enteredDate"] == now
        assert psa.sandbox.control("POST", "invoice", {"agreement": 77})["date"] == now
    assert psa.sandbox.control("GET", "clock") == {"now": "2031-01-01T00:00:00Z"}


def test_released_clock_goes_on_from_where_it_stood() -> None:
    """The real time that passed meanwhile is not made up for."""
    clock = Clock()
    clock.control({"now": "2026-06-01T00:00:00Z", "frozen": True})
    clock.offset = timedelta(days=3)
    clock.control({"frozen": False})
    assert clock.text()[:16] == "2026-06-01T00:00"


def test_agreement_expires_when_the_clock_passes_its_end(psa: Client) -> None:
    """The endDate is the last day; back before it the agreement is active again; its lines say the same."""
    psa.patch("/finance/agreements/77", ("replace", "endDate", "2026-06-30T00:00:00Z"))
    for day, status in (("2026-06-30", "Active"), ("2026-07-01", "Expired"), ("2026-05-01", "Active")):
        psa.sandbox.control("POST", "clock", {"now": f"{day}T23:00:00Z"})
        assert psa.get("/finance/agreements/77").json()["agreementStatus"] == status
        assert psa.get("/finance/agreements/77/additions/3301").json()["agreementStatus"] == status


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [("noEndingDateFlag", True, "Active"), ("agreementStatus", "Inactive", "Inactive")],
)
def test_clock_leaves_other_statuses_alone(psa: Client, field: str, value: Any, status: str) -> None:
    """Of an agreement without an end, and of one that is not Active."""
    psa.patch("/finance/agreements/77", ("replace", "endDate", "2026-06-30"), ("replace", field, value))
    for day in ("2026-07-01", "2026-05-01"):
        psa.sandbox.control("POST", "clock", {"now": day})
        assert psa.get("/finance/agreements/77").json()["agreementStatus"] == status


def test_writes_are_in_the_audit_trail(psa: Client) -> None:
    """Who, when and what, for one record."""
    psa.patch(BERG, ("replace", "title", "X"))
    trail = psa.get("/system/audittrail", type="Contact", id=8123).json()
    assert len(trail) == 1
    assert trail[0]["text"] == "Contact Jonas Berg Updated: title"
    assert (trail[0]["enteredBy"], trail[0]["enteredDate"]) == ("adconnector", "2026-05-10T08:00:00Z")
    assert set(trail[0]) == {"text", "enteredDate", "enteredBy", "auditType", "auditSubType", "auditSource"}
    assert psa.get("/system/audittrail", type="Contact", id=8124).json() == []


def test_members_are_found_by_identifier(psa: Client) -> None:
    """Also by id."""
    assert psa.get("/system/members/adconnector").json()["id"] == 243
    assert psa.get("/system/members/243").json()["identifier"] == "adconnector"


def test_unknown_control_name_is_404(psa: Client) -> None:
    """With the name in the message."""
    response = psa.http.get("/_sandbox/nothing")
    assert (response.status_code, response.json()["message"]) == (404, "there is no GET /_sandbox/nothing")


def test_parallel_writes_all_happen(psa: Client) -> None:
    """Four connections create ten contacts each; every id is different."""

    def create() -> None:
        client = Client(psa.sandbox)
        for n in range(10):
            client.post("/company/contacts", {"firstName": f"N{n}"})
        client.http.close()

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert psa.get("/company/contacts/count").json() == {"count": 43}


def test_stopped_sandbox_answers_no_more() -> None:
    """Connections kept alive are closed."""
    with Sandbox(tenant()) as sandbox:
        client = Client(sandbox)
        assert client.get(BERG).status_code == 200
    with pytest.raises(httpx.TransportError):
        client.get(BERG)
    client.http.close()


def test_empty_data_is_a_tenant_with_setup_tables() -> None:
    """Communication types, contact types, statuses, a billing cycle and agreement types are there."""
    store = load(None)
    assert [t["description"] for t in store.rows("communicationTypes")] == ["Email", "Direct", "Mobile", "Fax"]
    assert {"End User", "VIP"} <= {t["description"] for t in store.rows("contactTypes")}
    assert [s["name"] for s in store.rows("companyStatuses")] == ["Active", "Inactive"]
    assert store.rows("billingCycles")[0]["name"] == "Monthly"
    assert store.rows("agreementTypes")


def test_data_is_filled_in() -> None:
    """Ids, parents in several spellings, named setup entries, defaults, and unknown fields kept."""
    store = load(
        {
            "clock": "2026-12-05T00:00:00Z",
            "companies": [{"identifier": "Acme", "madeUp": 1}],
            "contacts": [
                {
                    "firstName": "Ann",
                    "company": {"identifier": "acme"},
                    "types": ["Owner"],
                    "department": "Sales",
                    "communicationItems": [{"value": "ann@acme.example"}, {"type": "Mobile", "value": "5550100"}],
                    "customFields": [{"caption": "AD Object", "value": "6f0c"}],
                }
            ],
            "agreements": [
                {"name": "Users", "type": "Per user", "company": {"name": "Acme"}},
                {"name": "Loose", "company": {"id": 401}, "billingCycle": None},
            ],
            "additions": [{"agreement": {"name": "Users"}, "product": {"identifier": "NEW"}, "unitPrice": "10"}],
        }
    )
    company, contact = store.rows("companies")[0], store.rows("contacts")[0]
    assert (company["id"], company["status"]["name"], company["madeUp"]) == (401, "Active", 1)
    assert contact["department"]["name"] == "Sales"
    assert contact["types"][0]["name"] == "Owner"
    assert [item["defaultFlag"] for item in contact["communicationItems"]] == [True, True]
    assert contact["customFields"][0]["value"] == "6f0c"
    users, loose = store.rows("agreements")
    assert (users["agreementStatus"], users["billingCycle"]["name"]) == ("Active", "Monthly")
    assert users["nextInvoiceDate"] == "2027-01-01T00:00:00Z"
    assert loose["billingCycle"] is None
    line = store.rows("additions")[0]
    assert (line["agreementId"], line["product"]["identifier"], line["extPrice"]) == (users["id"], "NEW", 10.0)
    assert store.rows("sites")[0]["company"]["id"] == 401


def test_names_that_only_the_data_knows_are_kept_apart() -> None:
    """A frozen set for each collection, so that what is answered can be compared with what was brought along."""
    store = load({"companies": [{"identifier": "Acme", "madeUp": 1}]})
    assert store.data_names["companies"] == frozenset({"madeUp"})
    assert {type(names) for names in store.data_names.values()} == {frozenset}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"contacts": [{"firstName": "A", "company": {"id": 5}}]}, "there is no record {'id': 5} in companies"),
        ({"additions": [{"product": {"identifier": "X"}}]}, "its agreements record is missing"),
        ({"companies": [{"id": 1}, {"id": 1}]}, "two records have id 1"),
        ({"contacts": "x"}, "must be a list of records"),
        ({"switches": {"foo": 1}}, "there is no switch 'foo'"),
        ({"companies": [{"yearEstablished": "old"}]}, "Could not cast"),
    ],
)
def test_bad_data_names_the_record(data: dict[str, Any], message: str) -> None:
    """The error says where and what."""
    with pytest.raises(DataError) as caught:
        load(data)
    assert message in str(caught.value)


def test_server_takes_a_fixed_port(tmp_path: Path) -> None:
    """Two servers cannot have the same port."""
    with Sandbox(tenant()) as sandbox, pytest.raises(OSError, match=r"in use"):
        Server(sandbox.server.server_address[1], Application(None))
