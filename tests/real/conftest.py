"""Real servers for the tests in this folder, started once and stopped at the end."""

import os
from collections.abc import Iterator

import pytest

from tests.real.ad import lab

PEOPLE = 1100  # more than a page of 1,000


@pytest.fixture(scope="session")
def ad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Ad]:
    """A seeded Active Directory. Skipped where Samba is missing, unless CONNECTOR_REQUIRE_REAL=1."""
    reason = lab.missing()
    if reason and os.environ.get("CONNECTOR_REQUIRE_REAL") == "1":
        pytest.fail(f"CONNECTOR_REQUIRE_REAL=1, but the real Active Directory {reason}")
    if reason:
        pytest.skip(f"the real Active Directory {reason}")
    # a loopback address of its own, since the ports are fixed: parallel workers and other runs must not meet
    process = os.getpid()
    ip = f"127.{77 + process // 62500 % 100}.{1 + process // 250 % 250}.{1 + process % 250}"
    with lab.running_ad(tmp_path_factory.mktemp("ad"), ip, PEOPLE) as running:
        yield running
