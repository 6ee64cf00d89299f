"""Faults: a write is really done, or really not (api.md 10.6)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.faults import EFFECTS
from tests.sandbox.conftest import API, Client

BERG = "/company/contacts/8123"


def fault(psa: Client, **rule: Any) -> None:
    """Add one rule."""
    psa.sandbox.control("POST", "faults", rule)


def title(sandbox: Sandbox) -> str:
    """The title that is really stored."""
    return str(sandbox.state()["contacts"][0]["title"])


@pytest.mark.parametrize(
    ("effect", "status", "media"),
    [
        ("429", 429, "application/json"),
        ("500", 500, "application/json"),
        ("502-html", 502, "text/html"),
        ("400-text", 400, "text/plain"),
        ("401", 401, "application/json"),
        ("403", 403, "application/json"),
        ("408", 408, "text/html"),
        ("503-html", 503, "text/html"),
        ("504-html", 504, "text/html"),
        ("not-json", 200, "text/html"),
    ],
)
def test_refusing_faults_do_not_write(psa: Client, effect: str, status: int, media: str) -> None:
    """The answer is the fault's and the record stays as it was; the next request is answered again."""
    fault(psa, method="PATCH", path="/company/contacts/*", effect=effect)
    response = psa.patch(BERG, ("replace", "title", "X"))
    assert response.status_code == status
    assert response.headers["content-type"].startswith(media)
    assert title(psa.sandbox) == "Hygienist"
    assert psa.patch(BERG, ("replace", "title", "X")).status_code == 200


def test_login_page_comes_in_place_of_a_record(psa: Client) -> None:
    """200, but HTML: a client must not take it for the record."""
    fault(psa, effect="not-json")
    assert "<form>" in psa.get(BERG).text


def test_empty_answer_has_written(psa: Client) -> None:
    """200 without a byte, also where the real answer is 201 or 204."""
    fault(psa, effect="empty", times=2)
    response = psa.patch(BERG, ("replace", "title", "X"))
    assert (response.status_code, response.content) == (200, b"")
    assert title(psa.sandbox) == "X"
    assert psa.post("/company/contacts", {"firstName": "Ann"}).status_code == 200
    assert len(psa.sandbox.state()["contacts"]) == 4


def test_answer_cut_in_the_middle_has_written(psa: Client) -> None:
    """The length is announced in full, half of it comes, the connection closes; the log has the real status."""
    fault(psa, method="PATCH", effect="cut")
    with (
        pytest.raises(httpx.RemoteProtocolError, match="peer closed"),
        psa.http.stream("PATCH", API + BERG, json=[{"op": "replace", "path": "title", "value": "X"}]) as response,
    ):
        assert response.status_code == 200
        announced, received = int(response.headers["content-length"]), 0
        for block in response.iter_raw():
            received += len(block)
            assert received == announced // 2
    assert title(psa.sandbox) == "X"
    assert psa.get(BERG).status_code == 200
    assert [(row["status"], row["fault"]) for row in psa.sandbox.requests()["requests"]] == [(200, "cut"), (200, None)]


@pytest.mark.parametrize(("effect", "stored"), [("slow", "Hygienist"), ("slow-after", "X")])
def test_slow_waits_before_or_after_the_write(psa: Client, effect: str, stored: str) -> None:
    """A client that gives up in the meantime sees nothing either way; only the state tells."""
    fault(psa, method="PATCH", effect=effect, seconds=5)
    operations = [{"op": "replace", "path": "title", "value": "X"}]
    with pytest.raises(httpx.ReadTimeout):
        psa.http.patch(API + BERG, json=operations, timeout=0.3)
    assert title(psa.sandbox) == stored


@pytest.mark.parametrize("effect", ["slow", "slow-after"])
def test_a_slow_request_goes_on_when_its_rule_is_taken_away(psa: Client, effect: str) -> None:
    """A test holds a request as long as it needs, and lets it go."""
    fault(psa, method="PATCH", effect=effect, seconds=600)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(psa.patch, BERG, ("replace", "title", "X"))
        while not psa.sandbox.control("GET", "faults")[0]["fired"]:
            time.sleep(0.01)
        assert not held.done()
        psa.sandbox.control("DELETE", "faults")
        assert held.result(10).json()["title"] == "X"


def test_slow_after_answers_in_the_end(psa: Client) -> None:
    """The real answer, late; others are not held up."""
    fault(psa, method="PATCH", effect="slow-after", seconds=0.2)
    began = time.monotonic()
    assert psa.patch(BERG, ("replace", "title", "X")).json()["title"] == "X"
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("effect", sorted(EFFECTS))
def test_every_effect_is_in_the_log(psa: Client, effect: str) -> None:
    """By its name, with the status that went out; 0 is no answer."""
    fault(psa, method="PATCH", effect=effect, seconds=0)
    try:
        status = psa.patch(BERG, ("replace", "title", "X")).status_code
    except httpx.RemoteProtocolError:
        status = 200 if effect == "cut" else 0
    last = psa.sandbox.requests()["requests"][-1]
    assert (last["fault"], last["status"]) == (effect, status)


def test_every_effect_is_documented() -> None:
    """docs/sandbox.md has a row for each."""
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    table = text.partition("### Faults")[2].partition("### Switches")[0]
    assert [name for name in sorted(EFFECTS) if f"`{name}`" not in table] == []


def test_429_says_when_to_come_back(psa: Client) -> None:
    """Retry-After, and a body with ``error`` where others have ``code``."""
    fault(psa, effect="429", retry_after=7)
    response = psa.get(BERG)
    assert response.headers["retry-after"] == "7"
    assert response.json() == {
        "error": "ConnectWiseAPI",
        "message": "Too many requests. Please try again in 7 seconds.",
    }


def test_500_after_has_written(psa: Client) -> None:
    """The client sees a timeout, the record is changed."""
    fault(psa, method="PATCH", effect="500-after")
    assert psa.patch(BERG, ("replace", "title", "X")).status_code == 500
    assert title(psa.sandbox) == "X"


@pytest.mark.parametrize(("effect", "stored"), [("drop", "Hygienist"), ("drop-after", "X")])
def test_dropped_connection_before_or_after_the_write(psa: Client, effect: str, stored: str) -> None:
    """No answer either way; only the state tells."""
    fault(psa, method="PATCH", effect=effect)
    with pytest.raises(httpx.RemoteProtocolError):
        psa.patch(BERG, ("replace", "title", "X"))
    assert title(psa.sandbox) == stored
    assert psa.get(BERG).status_code == 200


def test_after_and_times_pick_the_calls(psa: Client) -> None:
    """Two pass, two fail, the rest pass; times 0 never ends."""
    fault(psa, method="GET", path=r"/company/contacts/\d+", effect="500", after=2, times=2)
    assert [psa.get(BERG).status_code for _ in range(6)] == [200, 200, 500, 500, 200, 200]
    assert psa.get("/company/contacts").status_code == 200
    fault(psa, effect="403", times=0)
    assert {psa.get(BERG).status_code for _ in range(5)} == {403}


def test_codebase_fault_moves_the_tenant(psa: Client) -> None:
    """The old path is 404 from that request on; companyinfo names the new one; the router still works."""
    fault(psa, effect="codebase", codebase="v2027_1/")
    assert psa.http.get("/v2026_4/apis/3.0/company/contacts").status_code == 404
    assert psa.http.get("/login/companyinfo/bluefjord").json()["Codebase"] == "v2027_1/"
    assert psa.http.get("/v2027_1/apis/3.0/company/contacts").status_code == 200
    assert psa.get(BERG).status_code == 200


def test_slow_waits_and_does_not_hold_others_up(psa: Client) -> None:
    """A slow request answers late; the sandbox stops without waiting for one."""
    fault(psa, path="/company/contacts/8123", effect="slow", seconds=0.2)
    began = time.monotonic()
    assert psa.get(BERG).status_code == 200
    assert time.monotonic() - began >= 0.2


def test_rules_are_listed_replaced_and_cleared(psa: Client) -> None:
    """One rule is added, a list takes the place of all, DELETE clears; each shows how often it acted."""
    fault(psa, effect="500")
    fault(psa, effect="429")
    psa.get(BERG)
    rules = psa.http.get("/_sandbox/faults").json()
    assert [(rule["effect"], rule["seen"], rule["fired"]) for rule in rules] == [("500", 1, 1), ("429", 0, 0)]
    assert len(psa.http.post("/_sandbox/faults", json=[{"effect": "401"}]).json()) == 1
    assert psa.http.delete("/_sandbox/faults").json() == []


@pytest.mark.parametrize("rule", [{"effect": "boom"}, {"effect": "500", "tims": 1}, {}, {"effect": "500", "after": -1}])
def test_bad_rule_is_refused_in_words(psa: Client, rule: Any) -> None:
    """400 with a message."""
    response = psa.http.post("/_sandbox/faults", json=rule)
    assert response.status_code == 400
    assert response.json()["message"]
