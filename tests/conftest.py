"""Over the whole run, everything said to a sandbox and by it is held against the vendor's document (tests/contract)."""

import pytest

from tests.contract.checker import Checker
from tests.contract.deviations import DEVIATIONS
from tests.contract.document import Document, document_path, why_missing
from tests.contract.run import ContractRun

pytest_plugins = ["pytester", "tests.real.databases"]


def pytest_configure(config: pytest.Config) -> None:
    """Switch the checks on where the document is."""
    off = why_missing()
    checker = None if off else Checker(Document.read(document_path()), DEVIATIONS)
    config.pluginmanager.register(ContractRun(checker, off), "contract")
