"""The pytest plugin: every exchange of a test run is held against the vendor's document.

What differs fails the test in which it was said. In a full run every listed deviation must have been met as well.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contract.checker import Checker
from tests.contract.recorder import Answered, Asked, Recorder

OF_THE_CONNECTOR = "connector/"
"""How the User-Agent of the connector begins; the requests of others are the business of their tests."""

_OUTPUT = "contract"
_NARROWING = ("ignore", "ignore_glob", "lf", "collectonly", "setuponly", "setupplan", "showfixtures")


@dataclass
class Tally:
    """What one process saw, or all of them together. ``late`` are differences found after the last test; ``deselected``
    counts tests that were left out."""

    requests: int = 0
    responses: int = 0
    seconds: float = 0.0
    deselected: int = 0
    operations: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    def add(self, other: Mapping[str, Any]) -> None:
        """Count what another process saw."""
        for name, value in other.items():
            setattr(self, name, getattr(self, name) + value)


class ContractRun:
    """The checks over one run. Without a ``checker`` they are off, for the reason ``off``."""

    def __init__(self, checker: Checker | None, off: str = "") -> None:
        self._checker = checker
        self._off = off
        self._recorder = Recorder()
        self._tally = Tally()
        self._unused: list[str] = []
        if checker is not None:
            self._recorder.install()

    @pytest.fixture(autouse=True)
    def contract(self, request: pytest.FixtureRequest) -> Iterator[None]:
        """After each test: what was said in it is as the document says it. Set up before the sandboxes of the test, it
        looks when they are stopped. A test marked ``planted`` puts records into the store past the data file, which
        no PSA would hold; what is said of them proves nothing."""
        yield
        wrong = self._wrong()
        if wrong and request.node.get_closest_marker("planted") is None:
            pytest.fail("not as the vendor's document says it:\n" + "\n".join(wrong), pytrace=False)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note that this is not the full run."""
        self._tally.deselected += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker saw; a lost one took its knowledge along."""
        output = getattr(node, "workeroutput", {}).get(_OUTPUT)
        self._tally.add(output or {"deselected": 1})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sum up: a worker hands over what it saw, any other process judges the run."""
        if self._checker is None:
            return
        self._tally.late += self._wrong()
        self._tally.add(_seen_by(self._checker))
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[_OUTPUT] = asdict(self._tally)
            return
        if session.exitstatus == pytest.ExitCode.OK and not self._tally.deselected and _is_full(session.config):
            self._unused = [str(entry) for entry in self._checker.deviations if str(entry) not in self._tally.used]
        if session.exitstatus == pytest.ExitCode.OK and (self._unused or self._tally.late):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """One line with the figures, and one for each thing that is wrong with the run as a whole."""
        terminalreporter.ensure_newline()
        terminalreporter.write_line(f"contract: {self._figures()}")
        for entry in self._unused:
            terminalreporter.write_line(f"contract: listed in deviations.py but never met: {entry}", red=True)
        for line in self._tally.late:
            terminalreporter.write_line(f"contract: said after the last test: {line}", red=True)

    def _figures(self) -> str:
        if self._checker is None:
            return f"off, {self._off}"
        tally = self._tally
        return (
            f"{tally.requests} requests and {tally.responses} answers of {len(set(tally.operations))} operations held "
            f"against the vendor's document in {tally.seconds:.1f} s, "
            f"{len(set(tally.used))} of {len(self._checker.deviations)} listed deviations met"
        )

    def _wrong(self) -> list[str]:
        """What differs in everything said since the last look, each thing once."""
        if self._checker is None:
            return []
        said = self._recorder.take()
        begun = time.perf_counter()
        wrong = [line for one in said for line in _lines(self._checker, one)]
        self._tally.seconds += time.perf_counter() - begun
        return list(dict.fromkeys(wrong))


def _lines(checker: Checker, said: Asked | Answered) -> list[str]:
    """The differences in one thing said, as lines for a person."""
    request = said.request
    if isinstance(said, Answered):
        findings = checker.response(request, said.route, said.response, said.brought)
    elif request.headers.get("user-agent", "").startswith(OF_THE_CONNECTOR):
        findings = checker.request(request, said.route)
    else:
        findings = []
    return [f"{request.method} {request.path}: {finding}" for finding in findings]


def _seen_by(checker: Checker) -> dict[str, Any]:
    return {
        "requests": checker.requests,
        "responses": checker.responses,
        "operations": sorted(checker.operations),
        "used": [str(entry) for entry in checker.used],
    }


def _is_full(config: pytest.Config) -> bool:
    """Whether everything below ``testpaths`` was asked for."""
    asked = {Path(config.invocation_params.dir, one).resolve() for one in config.args}
    wanted = {config.rootpath / one for one in config.getini("testpaths")}
    return wanted <= asked and not any(config.getoption(name, None) for name in _NARROWING)
