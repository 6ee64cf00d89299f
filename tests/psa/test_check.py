"""The check says what works and how to fix what does not."""

import pytest

from connector.psa.check import check
from connector.psa.rest import PsaRest
from connector.sandbox import Sandbox
from tests.psa.helpers import Clock


def test_a_sound_member_passes_every_check(http: PsaRest) -> None:
    """The login, eight permissions and two optional ones."""
    checks = check(http)
    assert [line.name for line in checks][:3] == ["login", "companies", "company statuses"]
    assert all(line.ok for line in checks)
    assert len(checks) == 11


def test_a_missing_right_is_named_and_the_others_are_still_tried(http: PsaRest, sandbox: Sandbox) -> None:
    """One line says which right to give."""
    sandbox.control("POST", "faults", {"path": "/finance/agreements", "effect": "403"})
    failed = [line for line in check(http) if not line.ok]
    assert [line.name for line in failed] == ["agreements"]
    assert "Finance: Agreements" in failed[0].message


def test_wrong_keys_fail_the_login_alone(sandbox: Sandbox) -> None:
    """Nothing else can be said without a login."""
    clock = Clock()
    with PsaRest(sandbox.url, "bluefjord", "demo", "wrong", "client", 6e6, clock=clock, sleep=clock.sleep) as http:
        (line,) = check(http)
    assert not line.ok
    assert "keys" in line.message


def test_a_version_that_may_not_be_read_does_not_fail_the_login(http: PsaRest, sandbox: Sandbox) -> None:
    """The right to read it is not needed for the work."""
    sandbox.control("POST", "faults", {"path": "/system/info", "effect": "403"})
    assert all(line.ok for line in check(http))


@pytest.mark.parametrize(
    ("name", "path", "right"),
    [
        ("tickets", "/service/tickets", "Service Desk: Service Tickets, Inquire"),
        ("documents", "/system/documents", "Companies: Manage Attachments, Add and Inquire"),
    ],
)
def test_tickets_and_documents_are_optional(http: PsaRest, sandbox: Sandbox, name: str, path: str, right: str) -> None:
    """Without the right the line is ok and says which one to give."""
    sandbox.control("POST", "faults", {"path": path, "effect": "403"})
    (line,) = [one for one in check(http) if one.name == name]
    assert line.ok
    assert "optional" in line.message
    assert right in line.message
