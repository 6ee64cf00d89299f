"""A config directory to break: small, complete, and loading as it stands."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.settings import load

CONNECTOR = """\
[psa]
site = "na.myconnectwise.net"
company = "bluefjord"
client_id = "env:CW_CLIENT_ID"
public_key = "env:CW_PUBLIC_KEY"
private_key = "file:keys/private"
"""

CLIENT = """\
company = "HarborDental"
[directory]
kind = "ldap"
servers = ["ldaps://dc1.harbor.example"]
base = "DC=harbor,DC=example"
bind = "svc-psa@harbor.example"
password = "env:HARBOR_LDAP_PASSWORD"
"""

PROFILE = """\
[[billing]]
name = "Managed user"
agreement = { type = "User Based Agreement" }
product = "MS-USER"
"""

Write = Callable[..., Path]
FaultsOf = Callable[..., tuple[str, ...]]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests must not reach the settings."""
    for name in [name for name in os.environ if name.upper().startswith("CONNECTOR_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a config directory: connector.toml and the client files by name; returns the directory."""

    def write(connector: str = CONNECTOR, **clients: str) -> Path:
        (tmp_path / "clients").mkdir(exist_ok=True)
        (tmp_path / "connector.toml").write_text(connector, encoding="utf-8")
        for name, text in (clients or {"harbor": CLIENT}).items():
            (tmp_path / "clients" / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def faults_of(write: Write) -> FaultsOf:
    """The faults of a config directory that must not load."""

    def faults_of(connector: str = CONNECTOR, **clients: str) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as caught:
            load(write(connector, **clients))
        return caught.value.faults

    return faults_of
