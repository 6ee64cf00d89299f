"""What a test does where the real server it needs is not there."""

import os

import pytest


def need(server: str, reason: str) -> None:
    """Skip, or fail under CONNECTOR_REQUIRE_REAL=1, for this reason; nothing when it is ``""``."""
    if reason and os.environ.get("CONNECTOR_REQUIRE_REAL") == "1":
        pytest.fail(f"CONNECTOR_REQUIRE_REAL=1, but the real {server} {reason}")
    if reason:
        pytest.skip(f"the real {server} {reason}")
