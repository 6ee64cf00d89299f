"""How fast requests may go out, and how that adapts to what the PSA bears (api.md 5.1)."""

import threading

import pytest

from connector.psa.pace import RECOVERY, SLOWEST, LocalPace
from tests.psa.helpers import Clock


def paced(requests_per_minute: float = 600) -> tuple[LocalPace, Clock]:
    """A pace with a clock that only moves when somebody sleeps."""
    clock = Clock()
    return LocalPace(requests_per_minute, clock, clock.sleep), clock


def seconds_for(pace: LocalPace, clock: Clock, requests: int) -> float:
    """How long so many requests take."""
    begin = clock.now
    for _ in range(requests):
        pace.wait()
    return clock.now - begin


def test_requests_are_spaced_evenly() -> None:
    """600 a minute is one every tenth of a second."""
    pace, clock = paced()
    assert seconds_for(pace, clock, 11) == pytest.approx(1.0)


def test_a_pause_holds_every_request() -> None:
    """One thread's 429 slows all of them."""
    pace, clock = paced()
    pace.throttled(5)
    pace.wait()
    assert clock.now == pytest.approx(5.0)


def test_after_a_429_the_rate_is_half() -> None:
    """What was too much once is not tried again at once."""
    pace, clock = paced()
    pace.throttled(5)
    pace.wait()
    assert pace.requests_per_minute == pytest.approx(300)
    assert seconds_for(pace, clock, 10) == pytest.approx(2.0, rel=0.05)


def test_answers_that_come_together_are_one_sign() -> None:
    """Ten threads that meet the same throttle cut the rate once, not to a thousandth."""
    pace, clock = paced()
    for _ in range(10):
        pace.throttled(5)
    pace.wait()
    assert pace.requests_per_minute == pytest.approx(300)
    assert clock.now == pytest.approx(5)


def test_a_second_429_after_the_pause_cuts_again() -> None:
    """Half was still too much."""
    pace, clock = paced()
    pace.throttled(5)
    clock.now = 5.5
    pace.throttled(5)
    assert pace.requests_per_minute == pytest.approx(150, rel=0.05)


def test_the_rate_never_falls_below_its_floor() -> None:
    """However often the PSA says no, the run comes to an end."""
    pace, clock = paced()
    for _ in range(50):
        pace.throttled(1)
        clock.now += 1.0
    assert pace.requests_per_minute == pytest.approx(600 * SLOWEST)


def test_the_rate_rises_steadily_back_to_what_is_configured_and_no_further() -> None:
    """A throttle of one minute does not slow the whole night."""
    pace, clock = paced()
    pace.throttled(5)
    rates = []
    for seconds in (5, 5 + RECOVERY / 4, 5 + RECOVERY / 2, 5 + RECOVERY * 9):
        clock.now = seconds
        rates.append(pace.requests_per_minute)
    assert rates == [pytest.approx(rate) for rate in (300, 450, 600, 600)]


def test_threads_share_one_pace() -> None:
    """Four threads together get no more moments than one."""
    pace, clock = paced()
    threads = [threading.Thread(target=lambda: [pace.wait() for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pace.wait()
    assert clock.now >= 2.0 - 1e-9
