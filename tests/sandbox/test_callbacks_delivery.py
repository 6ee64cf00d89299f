"""Delivering callbacks: order, patience, waiting for them, and the end of the sandbox (api.md 6.2)."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from typing import Any

import pytest

from connector.sandbox import Sandbox
from connector.sandbox.callback_post import Post
from tests.sandbox.calling import BERG, CALLBACKS, change, entry, pending, register, statuses, told
from tests.sandbox.conftest import Client, tenant
from tests.sandbox.receiver import Receiver


def test_a_burst_arrives_complete_and_in_order(psa: Client, receiver: Receiver) -> None:
    """Two hundred changes, as fast as one client can make them."""
    register(psa, receiver)
    titles = [f"T{n}" for n in range(200)]
    for title in titles:
        change(psa, title)
    assert statuses(psa) == [204] * 200
    assert [call.entity["title"] for call in receiver.calls] == titles
    assert len({call.body["MessageId"] for call in receiver.calls}) == 200


def test_a_burst_over_many_connections_loses_nothing(psa: Client, receiver: Receiver) -> None:
    """Four clients at once; the order is that of the audit trail."""
    register(psa, receiver)

    def create(name: str) -> None:
        client = Client(psa.sandbox)
        for n in range(25):
            client.post("/company/contacts", {"firstName": f"{name}{n}"})
        client.http.close()

    threads = [threading.Thread(target=create, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    psa.sandbox.deliveries()
    ids = [call.body["ID"] for call in receiver.calls]
    assert ids == sorted(set(ids))
    assert len(ids) == 100


def test_no_request_waits_for_a_receiver(psa: Client, receiver: Receiver) -> None:
    """The API answers while the receiver hangs."""
    register(psa, receiver)
    receiver.answering.clear()
    change(psa, "one")
    receiver.wait_for(1)
    began = time.monotonic()
    change(psa, "two")
    assert psa.get(BERG).json()["title"] == "two"
    assert time.monotonic() - began < 3
    assert pending(psa) == 2
    receiver.answering.set()
    assert statuses(psa) == [204, 204]


def test_a_slow_receiver_only_holds_up_itself(psa: Client, receiver: Receiver, other: Receiver) -> None:
    """Another entry is served meanwhile, however many hang."""
    for n in range(6):
        register(psa, receiver, url=f"{receiver.url}/{n}?recordId=")
    register(psa, other, level="company", objectId=412)
    receiver.answering.clear()
    for title in ("one", "two"):
        change(psa, title)
    other.wait_for(2)
    receiver.wait_for(6)
    assert len(receiver.calls) == 6
    receiver.answering.set()
    assert statuses(psa) == [204] * 14


def test_reset_forgets_what_is_pending(psa: Client, receiver: Receiver) -> None:
    """What is under way is broken off; nothing of it is logged."""
    register(psa, receiver)
    change(psa, "none")
    psa.sandbox.deliveries()
    receiver.answering.clear()
    for title in ("one", "two"):
        change(psa, title)
    receiver.wait_for(2)
    psa.sandbox.control("POST", "reset")
    assert psa.sandbox.control("GET", "callbacks") == {"pending": 0, "due": 0, "deliveries": []}
    receiver.answering.set()
    register(psa, receiver)
    change(psa, "three")
    assert [one["body"]["Action"] for one in psa.sandbox.deliveries()] == ["updated"]
    assert [call.entity["title"] for call in receiver.calls] == ["none", "one", "three"]


def test_stopping_does_not_wait_for_a_receiver() -> None:
    """The threads end at once, though one is waiting for an answer and one for the clock."""
    with Receiver() as receiver:
        with Sandbox(tenant()) as sandbox:
            psa = Client(sandbox)
            register(psa, receiver)
            receiver.statuses.append(429)
            change(psa, "one")
            sandbox.deliveries()
            receiver.answering.clear()
            change(psa, "two")
            receiver.wait_for(2)
            psa.http.close()
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert not any(worker.is_alive() for worker in sandbox.application.control.courier.workers)


def test_a_sandbox_without_callbacks_has_no_threads_for_them(psa: Client) -> None:
    """They begin with the first delivery."""
    change(psa)
    assert psa.sandbox.application.control.courier.workers == []


def test_an_answer_is_read_to_its_end(psa: Client) -> None:
    """A receiver that says more than a status sees the connection end, not break."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/?id="
        assert psa.post(CALLBACKS, {"url": url, "objectId": 1, "type": "contact", "level": "owner"}).status_code == 201
        change(psa)
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000)
            while connection.recv(1 << 16):
                pass
    assert statuses(psa) == [200]


def test_an_answer_without_end_is_left() -> None:
    """Its status counts; the rest is read no longer than the receiver had time to answer."""
    with Sandbox(tenant(), callback_timeout=0.3) as sandbox, socket.create_server(("127.0.0.1", 0)) as listening:
        psa = Client(sandbox)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/?id="
        psa.post(CALLBACKS, {"url": url, "objectId": 1, "type": "contact", "level": "owner"})
        change(psa)
        connection, _ = listening.accept()
        with connection, contextlib.suppress(ConnectionError):
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(200):
                connection.sendall(b"x")
                time.sleep(0.02)
            pytest.fail("the sandbox went on reading")
        assert statuses(psa) == [200]
        psa.http.close()


def test_what_is_broken_off_on_its_way_is_not_sent(receiver: Receiver) -> None:
    """Even when it was before there was a connection."""
    post = Post(receiver.url, 5)
    post.break_off()
    assert post.run(b"", {}) == 0
    assert receiver.calls == []


def test_the_report_says_what_was_attempted(psa: Client, receiver: Receiver) -> None:
    """By HTTP as well; DELETE clears it."""
    made = register(psa, receiver)["id"]
    change(psa)
    psa.http.post("/_sandbox/callbacks", json={"wait_seconds": 5})
    report = psa.http.get("/_sandbox/callbacks").json()
    assert (report["pending"], report["due"], len(report["deliveries"])) == (0, 0, 1)
    body = receiver.calls[0].body
    assert report["deliveries"][0] == {
        "entry": made,
        "message_id": body["MessageId"],
        "url": f"{receiver.url}/cw?recordId=8123&action=updated",
        "type": "contact",
        "action": "updated",
        "id": 8123,
        "attempt": 1,
        "at": "2026-05-10T08:00:00Z",
        "status": 204,
        "body": body,
    }
    assert psa.http.delete("/_sandbox/callbacks").json()["deliveries"] == []
    assert told(psa.sandbox) == []


def test_waiting_leaves_the_sandbox_free(psa: Client, receiver: Receiver) -> None:
    """Others are answered while somebody waits for a delivery that hangs; the wait ends after its time."""
    register(psa, receiver)
    receiver.answering.clear()
    change(psa)
    reports: list[Any] = []
    waiting = threading.Thread(target=lambda: reports.append(psa.sandbox.control("POST", "callbacks", {})))
    waiting.start()
    receiver.wait_for(1)
    began = time.monotonic()
    assert psa.get(BERG).status_code == 200
    assert time.monotonic() - began < 3
    assert waiting.is_alive()
    receiver.answering.set()
    waiting.join()
    assert (reports[0]["due"], len(reports[0]["deliveries"])) == (0, 1)


def test_waiting_has_an_end(psa: Client, receiver: Receiver) -> None:
    """The report then says what is still due; in Python that is an error."""
    register(psa, receiver)
    receiver.answering.clear()
    change(psa)
    assert psa.sandbox.control("POST", "callbacks", {"wait_seconds": 0.05})["due"] == 1
    with pytest.raises(TimeoutError, match="1 callbacks are still due after 0 seconds"):
        psa.sandbox.deliveries(wait_seconds=0)


@pytest.mark.parametrize("seconds", [-1, 601, float("nan"), "soon", []])
def test_a_wait_that_is_no_time_is_refused(psa: Client, seconds: Any) -> None:
    """400 with words."""
    answer = psa.http.post("/_sandbox/callbacks", content=json.dumps({"wait_seconds": seconds}))
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_entries_of_the_data_are_served(receiver: Receiver) -> None:
    """As if they had been registered."""
    with Sandbox(tenant() | {"callbacks": [entry(receiver)]}) as sandbox:
        psa = Client(sandbox)
        change(psa)
        psa.http.close()
        assert told(sandbox) == [("contact", "updated", 8123)]
