"""The command line is tested in the same worlds as the scenarios."""

from tests.scenarios.conftest import build

__all__ = ["build"]
