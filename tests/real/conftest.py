"""Real servers for the tests in this folder, started once and stopped at the end."""

import os
from collections.abc import Iterator

import pytest

from tests.real.ad import lab
from tests.real.ad.domain import Domain
from tests.real.need import need

PEOPLE = 1100  # more than a page of 1,000


@pytest.fixture(scope="session")
def ad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Ad]:
    """A seeded Active Directory. Skipped where Samba is missing, unless CONNECTOR_REQUIRE_REAL=1."""
    need("Active Directory", lab.missing())
    with lab.running_ad(tmp_path_factory.mktemp("ad"), address(77), PEOPLE) as running:
        yield running


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """A domain for scenarios, without people. Skipped where Samba is missing, unless CONNECTOR_REQUIRE_REAL=1."""
    need("Active Directory", lab.missing())
    with (
        lab.running_ad(tmp_path_factory.mktemp("domain"), address(150), people=0, realm="harbor.example") as running,
        Domain(running) as domain,
    ):
        yield domain


def address(network: int) -> str:
    """A loopback address of this process's own, since the ports are fixed: parallel workers and other runs must not
    meet. It is in one of the 70 networks from ``127.network`` on."""
    process = os.getpid()
    return f"127.{network + process // 62500 % 70}.{1 + process // 250 % 250}.{1 + process % 250}"
