"""Callbacks that fail: what is retried and when, and switching off what keeps failing (api.md 6.4)."""

from __future__ import annotations

import socket

import pytest

from connector.sandbox import Sandbox
from tests.sandbox.calling import CALLBACKS, active, advance, change, pending, register, statuses
from tests.sandbox.conftest import Client, tenant
from tests.sandbox.receiver import Receiver

DAY = 86_400


def test_no_answer_in_time_is_a_failure() -> None:
    """Status 0, not retried, and the next message goes out."""
    with Receiver() as receiver, Sandbox(tenant(), callback_timeout=0.2) as sandbox:
        psa = Client(sandbox)
        register(psa, receiver)
        receiver.answering.clear()
        change(psa, "one")
        assert statuses(psa) == [0]
        receiver.answering.set()
        change(psa, "two")
        receiver.wait_for(2)
        psa.http.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_closed_port_is_a_failure(psa: Client, receiver: Receiver, scheme: str) -> None:
    """Status 0, not retried."""
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    register(psa, receiver, url=f"{scheme}://127.0.0.1:{port}/?recordId=")
    change(psa)
    assert statuses(psa) == [0]
    assert pending(psa) == 0


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(psa: Client, receiver: Receiver, status: int) -> None:
    """It ends a row of failures."""
    made = register(psa, receiver)["id"]
    receiver.statuses.extend([500, status, 500])
    for seconds in (0, 2 * DAY, 2 * DAY):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
    assert statuses(psa) == [500, status, 500]
    assert active(psa, made)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 408, 410, 500, 502, 503, 504])
def test_other_failures_are_not_retried(psa: Client, receiver: Receiver, status: int) -> None:
    """Nothing is pending, and a redirect leads nowhere."""
    register(psa, receiver)
    receiver.statuses.append(status)
    change(psa)
    assert statuses(psa) == [status]
    assert pending(psa) == 0
    advance(psa, 3600)
    assert statuses(psa) == [status]
    assert [call.path for call in receiver.calls] == ["/cw?recordId=8123&action=updated"]


@pytest.mark.parametrize("status", [404, 409, 419, 429])
def test_four_statuses_are_retried_twice(psa: Client, receiver: Receiver, status: int) -> None:
    """After 2 and 4 seconds of the sandbox's clock, which stands still in between; with the same bytes."""
    register(psa, receiver)
    receiver.statuses.extend([status] * 5)
    change(psa)
    seen = []
    for seconds in (0, 1.9, 0.1, 3.9, 0.1, 60):
        advance(psa, seconds)
        seen.append((len(statuses(psa)), pending(psa)))
    assert seen == [(1, 1), (1, 1), (2, 1), (2, 1), (3, 0), (3, 0)]
    attempts = psa.sandbox.deliveries()
    assert [one["attempt"] for one in attempts] == [1, 2, 3]
    assert [one["at"][-4:-1] for one in attempts] == [":00", ":02", ":06"]
    assert len({one["message_id"] for one in attempts}) == 1
    assert len({(call.path, call.raw, call.headers["x-content-signature"]) for call in receiver.calls}) == 1


def test_a_retry_that_succeeds_is_the_last(psa: Client, receiver: Receiver) -> None:
    """No third attempt."""
    register(psa, receiver)
    receiver.statuses.append(429)
    change(psa)
    psa.sandbox.deliveries()
    advance(psa, 2)
    assert statuses(psa) == [429, 204]
    advance(psa, 60)
    assert statuses(psa) == [429, 204]


def test_retries_follow_a_clock_that_runs(psa: Client, receiver: Receiver) -> None:
    """Without anybody moving it at the right moment."""
    psa.sandbox.control("POST", "clock", {"frozen": False})
    register(psa, receiver)
    receiver.statuses.append(429)
    change(psa)
    psa.sandbox.deliveries()
    advance(psa, 1.7)
    receiver.wait_for(2)
    assert statuses(psa) == [429, 204]


def test_a_retry_does_not_hold_up_later_messages(psa: Client, receiver: Receiver) -> None:
    """They go at once, also while the clock stands still."""
    register(psa, receiver)
    receiver.statuses.append(409)
    change(psa, "one")
    psa.sandbox.deliveries()
    change(psa, "two")
    psa.sandbox.deliveries()
    advance(psa, 2)
    psa.sandbox.deliveries()
    assert [call.entity["title"] for call in receiver.calls] == ["one", "two", "one"]


def test_three_days_of_failures_switch_an_entry_off(psa: Client, receiver: Receiver) -> None:
    """At the first failure three days after the first one, not a second earlier."""
    made = register(psa, receiver)["id"]
    receiver.statuses.extend([500] * 10)
    for seconds in (0, DAY, 2 * DAY - 1):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
        assert active(psa, made)
    advance(psa, 1)
    assert active(psa, made)
    change(psa)
    assert statuses(psa) == [500] * 4
    assert not active(psa, made)
    change(psa)
    assert len(psa.sandbox.deliveries()) == 4


def test_one_success_in_between_begins_the_days_anew(psa: Client, receiver: Receiver) -> None:
    """Five days of failures in all, never three in a row."""
    made = register(psa, receiver)["id"]
    receiver.statuses.extend([500, 500, 204, 500, 500])
    for seconds in (0, 2 * DAY, DAY - 1, 1, 2 * DAY):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
    assert statuses(psa) == [500, 500, 204, 500, 500]
    assert active(psa, made)


def test_an_entry_that_was_switched_off_can_be_revived(psa: Client, receiver: Receiver) -> None:
    """By a patch of ``inactiveFlag``; it then has three days again."""
    made = register(psa, receiver)["id"]
    receiver.statuses.extend([500] * 3)
    for seconds in (0, 3 * DAY):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
    assert not active(psa, made)
    psa.patch(f"{CALLBACKS}/{made}", ("replace", "inactiveFlag", False))
    for seconds in (DAY, DAY):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
    assert statuses(psa) == [500, 500, 500, 204]
    assert active(psa, made)


def test_turning_an_entry_on_again_forgets_its_failures(psa: Client, receiver: Receiver) -> None:
    """Also when it was a person who had turned it off."""
    made = register(psa, receiver)["id"]
    receiver.statuses.extend([500] * 2)
    for inactive in (True, False):
        change(psa)
        psa.sandbox.deliveries()
        psa.patch(f"{CALLBACKS}/{made}", ("replace", "inactiveFlag", inactive))
        advance(psa, 3 * DAY)
    change(psa)
    assert statuses(psa) == [500, 500]
    assert active(psa, made)


def test_failures_count_by_entry(psa: Client, receiver: Receiver, other: Receiver) -> None:
    """The success of one does not save the other."""
    bad, good = register(psa, receiver)["id"], register(psa, other, level="company", objectId=412)["id"]
    receiver.statuses.extend([410, 410])
    for seconds in (0, 3 * DAY):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
    assert (active(psa, bad), active(psa, good)) == (False, True)


@pytest.mark.parametrize("how", ["delete", "patch"])
def test_what_waits_for_an_entry_goes_with_it(psa: Client, receiver: Receiver, how: str) -> None:
    """A retry of an entry that is gone or inactive is not made."""
    made = register(psa, receiver)["id"]
    receiver.statuses.append(429)
    change(psa)
    psa.sandbox.deliveries()
    assert pending(psa) == 1
    if how == "delete":
        psa.delete(f"{CALLBACKS}/{made}")
    else:
        psa.patch(f"{CALLBACKS}/{made}", ("replace", "inactiveFlag", True))
    assert pending(psa) == 0
    advance(psa, 60)
    assert statuses(psa) == [429]


def test_switching_off_drops_what_waits(psa: Client, receiver: Receiver) -> None:
    """The retry that would be due later is not made."""
    made = register(psa, receiver)["id"]
    receiver.statuses.extend([500, 429, 500])
    for seconds in (0, 3 * DAY - 1, 1):
        advance(psa, seconds)
        change(psa)
        psa.sandbox.deliveries()
    assert not active(psa, made)
    assert pending(psa) == 0
    advance(psa, 60)
    assert statuses(psa) == [500, 429, 500]


def test_switching_off_drops_what_has_not_gone_yet(psa: Client, receiver: Receiver) -> None:
    """Also first attempts that queue behind the one that failed."""
    register(psa, receiver)
    receiver.statuses.extend([500, 500])
    change(psa)
    psa.sandbox.deliveries()
    advance(psa, 3 * DAY)
    receiver.answering.clear()
    for title in ("one", "two", "three"):
        change(psa, title)
    receiver.answering.set()
    assert statuses(psa) == [500, 500]
