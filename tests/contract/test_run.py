"""What a whole run of pytest does with the findings: seen on small runs of their own, inside this one."""

from pathlib import Path

import pytest

from connector.sandbox.application import Application

ROOT = Path(__file__).parents[2]
CONFTEST = """
from tests.contract.findings import UNKNOWN, Deviation
from tests.contract.run import ContractRun
from tests.contract.small import checker

def pytest_configure(config):
    allowed = [Deviation("Contact", name, UNKNOWN, "a fact") for name in {listed}]
    config.pluginmanager.register(ContractRun(checker(*allowed)), "contract")
"""
TESTS = """
from tests.sandbox.conftest import psa, sandbox

def test_trimmed(psa):
    assert psa.get("/company/contacts/8123", fields="id,firstName").status_code == 200

def test_titled(psa):
    assert psa.get("/company/contacts/8123", fields="id,title").status_code == 200
"""
UNLISTED = "GET /v4_6_release/apis/3.0/company/contacts/8123: answer 200 at /title: Contact has no name title"
FIGURES = "contract: 0 requests and 2 answers of 1 operations held against the vendor's document in "
NEVER_MET = "contract: listed in deviations.py but never met: Contact, nickName, unknown"


class Runs:
    """Runs pytest in a folder with two tests, one of which meets a name that the small document lacks."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        pytester.makeini("[pytest]\ntestpaths = tests")
        self._tests = pytester.mkdir("tests")
        (self._tests / "test_small.py").write_text(TESTS, encoding="utf-8")

    def __call__(self, *arguments: str, listed: tuple[str, ...] = ()) -> tuple[int, str]:
        """The exit code of a run, and what it printed."""
        (self._tests / "conftest.py").write_text(CONFTEST.format(listed=listed), encoding="utf-8")
        ran = self._pytester.runpytest(*arguments)
        return int(ran.ret), ran.stdout.str()


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Small runs; their recorders are gone afterwards."""
    for name in ("handle", "tenant"):
        monkeypatch.setattr(Application, name, getattr(Application, name))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return Runs(pytester)


def test_an_unlisted_difference_fails_the_test_in_which_it_was_said(run: Runs) -> None:
    """That test and no other, in words that say where."""
    code, out = run()
    assert code == 1
    assert "ERROR tests/test_small.py::test_titled" in out
    assert "ERROR tests/test_small.py::test_trimmed" not in out
    assert UNLISTED in out


def test_a_full_run_with_every_deviation_met_passes(run: Runs) -> None:
    """It ends with the figures."""
    code, out = run(listed=("title",))
    assert code == 0
    assert FIGURES in out
    assert "1 of 1 listed deviations met" in out


@pytest.mark.parametrize("arguments", [(), ("tests",), ("-p", "xdist", "-n", "2")])
def test_a_listed_deviation_that_is_never_met_fails_a_full_run(run: Runs, arguments: tuple[str, ...]) -> None:
    """All tests pass, and the run does not; what the workers saw is counted together."""
    code, out = run(*arguments, listed=("title", "nickName"))
    assert code == 1
    assert "2 passed" in out
    assert FIGURES in out
    assert "1 of 2 listed deviations met" in out
    assert NEVER_MET in out


@pytest.mark.parametrize(
    "arguments", [("tests/test_small.py",), ("-k", "titled"), ("--collect-only",), ("--ignore=x",)]
)
def test_a_partial_run_need_not_meet_every_deviation(run: Runs, arguments: tuple[str, ...]) -> None:
    """Named files, a choice by name, or no tests at all."""
    code, out = run(*arguments, listed=("title", "nickName"))
    assert code == 0
    assert NEVER_MET not in out
