"""When a request is repeated, how long is waited, and when to give up: the only place that repeats anything."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from connector.errors import PsaError

T = TypeVar("T")

log = structlog.get_logger(__name__)

_BACKOFF = wait_random_exponential(multiplier=0.5, max=30)
"""Half a second doubled with full jitter, at most 30 s: the vendor's advice (api.md 5.3)."""


class Again(Exception):
    """Repeat, after ``pause`` seconds if the PSA named them; raise ``error`` when there is no time left."""

    def __init__(self, error: PsaError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


class Retry:
    """Repeats a call that raises :class:`Again` for as long as the next wait ends within ``budget`` seconds.
    ``before_repeat`` is told the seconds of each pause."""

    def __init__(
        self,
        budget: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        before_repeat: Callable[[float], None],
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._before_repeat = before_repeat

    def call(self, what: str, attempt: Callable[[float], T]) -> T:
        """What ``attempt`` returns in the end; it is told how many seconds of the budget are left.

        Raises the error of its last :class:`Again`, which then says how often was tried. ``what`` is for the log.
        """
        begin = self._clock()
        end = begin + self._budget

        def repeat(state: RetryCallState) -> None:
            self._before_repeat(state.upcoming_sleep)
            error = state.outcome.exception() if state.outcome else None
            log.info("psa.repeat", request=what, seconds=round(state.upcoming_sleep, 1), reason=str(error))

        loop = Retrying(
            retry=retry_if_exception_type(Again),
            wait=_wait,
            stop=lambda state: self._clock() + state.upcoming_sleep > end,
            sleep=self._sleep,
            before_sleep=repeat,
            reraise=True,
        )
        try:
            return loop(lambda: attempt(end - self._clock()))
        except Again as last:
            tries = loop.statistics["attempt_number"]
            if tries > 1:
                last.error.message += f" Tried {tries} times in {self._clock() - begin:.0f} seconds."
            raise last.error from last.__cause__


def _wait(state: RetryCallState) -> float:
    again = state.outcome.exception() if state.outcome else None
    backoff = _BACKOFF(state)
    if isinstance(again, Again) and again.pause is not None:
        return again.pause + min(backoff, 1.0)
    return backoff
