"""The vendor's document for those tests that read it, and the sandbox with its client."""

import os

import pytest

from tests.contract.document import Document, document_path, why_missing
from tests.sandbox.conftest import psa, sandbox

__all__ = ["psa", "sandbox"]


def vendor_document() -> Document:
    """The vendor's document. Skips where it is missing, unless CONNECTOR_REQUIRE_REAL=1."""
    reason = why_missing()
    if reason and os.environ.get("CONNECTOR_REQUIRE_REAL") == "1":
        pytest.fail(f"CONNECTOR_REQUIRE_REAL=1, but {reason}")
    if reason:
        pytest.skip(reason)
    return Document.read(document_path())


@pytest.fixture(scope="session")
def document() -> Document:
    """The vendor's document."""
    return vendor_document()
