"""A test that needs a real server says so where it is missing: it is skipped, or fails where nothing may be skipped."""

import pytest

from tests.real.need import need


def test_a_missing_server_skips_its_tests_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is in the reason."""
    monkeypatch.delenv("CONNECTOR_REQUIRE_REAL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="the real PostgreSQL needs initdb"):
        need("PostgreSQL", "needs initdb")


def test_a_missing_server_fails_its_tests_where_real_ones_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the release's own run nothing is passed over; a server that is there is no matter."""
    monkeypatch.setenv("CONNECTOR_REQUIRE_REAL", "1")
    with pytest.raises(pytest.fail.Exception, match="CONNECTOR_REQUIRE_REAL=1, but the real PostgreSQL needs initdb"):
        need("PostgreSQL", "needs initdb")
    need("PostgreSQL", "")
