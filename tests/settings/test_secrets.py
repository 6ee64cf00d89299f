"""Secrets are references, read when used and never shown."""

from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.settings import Secret, config_dir, load
from tests.settings.conftest import CLIENT, CONNECTOR, FaultsOf, Write


def test_a_variable_is_read_at_the_moment_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotated secret is seen without loading the config again."""
    secret = Secret("env:CW_PUBLIC_KEY")
    monkeypatch.setenv("CW_PUBLIC_KEY", "one")
    assert secret.reveal() == "one"
    monkeypatch.setenv("CW_PUBLIC_KEY", "two")
    assert secret.reveal() == "two"


@pytest.mark.parametrize("content", ["k3y", "k3y\n", "k3y\r\n"])
def test_the_line_break_at_the_end_of_a_file_is_not_part_of_the_secret(tmp_path: Path, content: str) -> None:
    """Editors and `echo` add one; blanks inside and around stay."""
    (tmp_path / "key").write_bytes(b" " + content.encode())
    assert Secret(f"file:{tmp_path / 'key'}").reveal() == " k3y"


def test_a_relative_secret_file_is_found_from_the_config_directory(write: Write) -> None:
    """Not from the directory the command happens to be started in."""
    folder = write()
    (folder / "keys").mkdir()
    (folder / "keys" / "private").write_text("k3y\n", encoding="utf-8")
    assert load(folder).psa.private_key.reveal() == "k3y"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """An empty variable is a missing one."""
    monkeypatch.delenv("CW_PUBLIC_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("CW_PUBLIC_KEY", value)
    with pytest.raises(ConfigError, match="CW_PUBLIC_KEY is not set"):
        Secret("env:CW_PUBLIC_KEY").reveal()


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    """The message names the path and the cause."""
    with pytest.raises(ConfigError, match=r"gone cannot be read: No such file"):
        Secret(f"file:{tmp_path / 'gone'}").reveal()
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="empty is empty"):
        Secret(f"file:{tmp_path / 'empty'}").reveal()


def test_printing_never_shows_a_value(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    """Neither a secret nor the whole settings."""
    for name in ("CW_CLIENT_ID", "CW_PUBLIC_KEY", "HARBOR_LDAP_PASSWORD"):
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("CONNECTOR_STATE__URL", "postgresql+psycopg://me:hunter2@db/connector")
    settings = load(write())
    assert settings.state.url.endswith("hunter2@db/connector")
    assert "hunter2" not in f"{settings!r} {settings} {settings.psa.public_key} {settings.clients['harbor']!r}"


def test_a_literal_secret_is_refused_and_not_repeated(faults_of: FaultsOf) -> None:
    """Messages end up in logs and tickets."""
    found = faults_of(
        CONNECTOR.replace("env:CW_PUBLIC_KEY", "hunter2").replace("env:CW_CLIENT_ID", "hunter2"),
        harbor=CLIENT.replace("env:HARBOR_LDAP_PASSWORD", "hunter2"),
    )
    assert found == (
        "connector.toml:4: psa.client_id: write env:NAME, file:PATH, or the GUID of your integration",
        "connector.toml:5: psa.public_key: write env:NAME or file:PATH; secrets do not belong in config files",
        "clients/harbor.toml:7: directory.password: write env:NAME or file:PATH; secrets do not belong in config files",
    )


def test_the_client_id_may_be_the_guid_itself(write: Write) -> None:
    """It names the integration and is no secret (api.md 2.2)."""
    guid = "11111111-2222-4333-8444-555555555555"
    assert load(write(CONNECTOR.replace("env:CW_CLIENT_ID", guid))).psa.client_id.reveal() == guid


def test_a_database_password_in_the_file_is_refused(faults_of: FaultsOf) -> None:
    """The address of the state may hold one, and is then a secret."""
    (fault,) = faults_of(CONNECTOR + '[state]\nurl = "postgresql+psycopg://me:hunter2@db/connector"\n')
    assert fault.startswith("connector.toml:8: state.url: holds a password; write env:NAME or file:PATH")
    assert "hunter2" not in fault


def test_the_state_address_may_be_a_reference(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read when it is used."""
    settings = load(write(CONNECTOR + '[state]\nurl = "env:CONNECTOR_DATABASE"\n'))
    monkeypatch.setenv("CONNECTOR_DATABASE", "postgresql+psycopg://me:k3y@db/connector")
    assert settings.state.url == "postgresql+psycopg://me:k3y@db/connector"


def test_the_command_line_wins_over_the_variable_and_the_variable_over_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """--config, else CONNECTOR_CONFIG, else ./config."""
    assert config_dir(None) == Path("config")
    monkeypatch.setenv("CONNECTOR_CONFIG", "/etc/connector")
    assert config_dir(None) == Path("/etc/connector")
    assert config_dir(Path("mine")) == Path("mine")
