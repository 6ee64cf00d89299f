"""The recorder hears everything that is said to a sandbox of this process and by it."""

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from connector.sandbox.application import Application
from connector.sandbox.loading import load
from connector.sandbox.messages import Request
from connector.sandbox.resources import BY_COLLECTION
from tests.contract import recorder
from tests.contract.recorder import Answered, Asked, Recorder, brought_names
from tests.sandbox.conftest import HEADERS, Client, tenant

CONTACTS = "/v4_6_release/apis/3.0/company/contacts"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """A recorder for one test."""
    for name in ("handle", "tenant"):
        monkeypatch.setattr(Application, name, getattr(Application, name))
    listening = Recorder()
    listening.install()
    yield listening
    listening.take()


def test_requests_and_answers_are_heard_once(heard: Recorder, psa: Client) -> None:
    """With the path below the API's base; a look takes them away."""
    psa.get("/company/contacts/8123")
    asked, answered = heard.take()
    assert isinstance(asked, Asked)
    assert isinstance(answered, Answered)
    assert (asked.route, answered.route) == ("/company/contacts/8123", "/company/contacts/8123")
    assert answered.response.status == 200
    assert heard.take() == []


def test_only_the_api_is_heard(heard: Recorder, psa: Client) -> None:
    """Control and discovery are not of the document."""
    psa.http.get("/_sandbox/state")
    psa.http.get("/login/companyinfo/bluefjord")
    assert heard.take() == []


@pytest.mark.parametrize(
    ("effect", "answers"), [("500", []), ("502-html", []), ("drop", []), ("500-after", [200]), ("drop-after", [200])]
)
def test_the_answer_of_a_fault_rule_is_never_heard(
    heard: Recorder, psa: Client, effect: str, answers: list[int]
) -> None:
    """The request is, and what the tenant had answered when the rule hid it."""
    psa.sandbox.control("POST", "faults", {"effect": effect})
    with contextlib.suppress(httpx.TransportError):
        psa.get("/company/contacts")
    said = heard.take()
    assert [one.route for one in said if isinstance(one, Asked)] == ["/company/contacts"]
    assert [one.response.status for one in said if isinstance(one, Answered)] == answers


def test_a_look_waits_for_answers_under_way(heard: Recorder) -> None:
    """What a server thread says after its client has gone is not lost on the test."""
    application = Application(tenant())
    application.control.set_faults({"effect": "slow", "seconds": 60})
    request = Request("GET", CONTACTS, headers={name.lower(): text for name, text in HEADERS.items()})
    server = threading.Thread(target=application.handle, args=(request,))
    server.start()
    while not application.control.faults[0].fired:
        time.sleep(0.001)
    let_go = Request("DELETE", "/_sandbox/faults")
    threading.Timer(0.05, application.handle, args=(let_go,)).start()
    assert [one.response.status for one in heard.take() if isinstance(one, Answered)] == [200]
    server.join()


def test_a_look_does_not_wait_for_ever(heard: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that gets no answer is an error that says so."""
    monkeypatch.setattr(recorder, "PATIENCE", 0.01)
    with heard.exchange(Request("GET", CONTACTS)), pytest.raises(TimeoutError, match="1 requests"):
        heard.take()


def test_names_of_the_data_go_with_the_records_that_have_them() -> None:
    """A name that the data gave to contacts is none of the companies; what the sandbox makes brings no names."""
    data = tenant()
    data["contacts"][0]["madeUp"] = 1
    store = load(data)
    assert brought_names(store, "/company/contacts/8123") == {"madeUp"}
    assert brought_names(store, "/company/companies") == set()
    made_here = load(tenant()).data_names
    assert [name for name, names in made_here.items() if names and name in BY_COLLECTION] == []
