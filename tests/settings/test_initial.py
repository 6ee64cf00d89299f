"""`connector init` writes a config that loads, and never over another."""

from dataclasses import replace
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.initial import Answers, password_variable, write_first_config
from connector.settings import FileDirectory, LdapDirectory, load

LDAP = Answers(
    psa_site="na.myconnectwise.net",
    psa_company="bluefjord",
    client="harbor",
    company="HarborDental",
    kind="ldap",
    product="MS-USER",
    agreement_type='User "Based" Agreement',
    servers=("ldaps://dc1.harbor.example", "ldaps://dc2.harbor.example"),
    base="DC=harbor,DC=example",
    bind="CN=Berg\\, Jonas,DC=harbor,DC=example",
    ca_file="harbor-ca.pem",
)
FILE = replace(LDAP, client="2nd-meadow", kind="file", path="exports\\meadow.ldf")


def test_the_first_config_of_a_live_directory_loads(tmp_path: Path) -> None:
    """Every answer arrives as it was given, quotes and backslashes too."""
    written = write_first_config(tmp_path / "new", LDAP)
    assert written == [tmp_path / "new" / "connector.toml", tmp_path / "new" / "clients" / "harbor.toml"]
    settings = load(tmp_path / "new")
    client = settings.clients["harbor"]
    assert (settings.psa.site, settings.psa.company, client.company) == (LDAP.psa_site, LDAP.psa_company, LDAP.company)
    (directory,) = client.directories
    assert isinstance(directory, LdapDirectory)
    assert (directory.servers, directory.bind) == (LDAP.servers, LDAP.bind)
    assert directory.ca_file == tmp_path / "new" / "harbor-ca.pem"
    assert directory.password.reference == "env:HARBOR_LDAP_PASSWORD"
    (profile,) = client.rules.billing
    assert (profile.product, profile.agreement.type) == (LDAP.product, LDAP.agreement_type)


def test_the_first_config_of_an_export_loads(tmp_path: Path) -> None:
    """It asks for no password."""
    write_first_config(tmp_path, FILE)
    (directory,) = load(tmp_path).clients["2nd-meadow"].directories
    assert directory == FileDirectory(kind="file", path=tmp_path / FILE.path)
    assert "PASSWORD" not in (tmp_path / "connector.toml").read_text(encoding="utf-8")


def test_the_first_config_explains_the_next_steps_in_order(tmp_path: Path) -> None:
    """S92: check, then adopt only, then plan, then sync."""
    write_first_config(tmp_path, LDAP)
    text = (tmp_path / "connector.toml").read_text(encoding="utf-8")
    steps = [text.index(f"connector {step} harbor") for step in ("check", "sync --adopt-only", "plan", "sync")]
    assert steps == sorted(steps)
    assert "HARBOR_LDAP_PASSWORD" in text


@pytest.mark.parametrize("place", ["connector.toml", "clients/harbor.toml"])
def test_an_existing_file_is_never_overwritten(tmp_path: Path, place: str) -> None:
    """Nor is the other one written."""
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{place} exists already; nothing was written"):
        write_first_config(tmp_path, LDAP)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.toml")] == ["mine"]


def test_wrong_answers_write_nothing_and_say_why(tmp_path: Path) -> None:
    """The faults are those of a config file."""
    with pytest.raises(ConfigError, match="nothing was written") as caught:
        write_first_config(tmp_path / "new", replace(LDAP, base="harbor", servers=()))
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["directory.servers", "directory.base"]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["", "../x", "a b", ".hidden"])
def test_a_client_name_that_cannot_be_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigError, match="cannot name a client file"):
        write_first_config(tmp_path / "new", replace(LDAP, client=name))
    assert not (tmp_path / "new").exists()


def test_the_password_variable_is_a_name_that_a_shell_can_set() -> None:
    """No dashes, no digit in front."""
    assert password_variable("harbor-dental") == "HARBOR_DENTAL_LDAP_PASSWORD"
    assert password_variable("2nd") == "CLIENT_2ND_LDAP_PASSWORD"
