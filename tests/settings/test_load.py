"""What loading yields: exact values, defaults, paths, the environment."""

from decimal import Decimal
from pathlib import Path

import pytest

from connector.core.rules import BillingProfile, ClientRules, GuardLimits
from connector.settings import FileDirectory, LdapDirectory, load
from tests.settings.conftest import CLIENT, CONNECTOR, PROFILE, Write


def test_a_minimal_config_has_the_defaults_of_the_rules(write: Write) -> None:
    """The rules are core's own, with nothing defined twice."""
    settings = load(write())
    client = settings.clients["harbor"]
    assert client.rules == ClientRules("harbor", "HarborDental")
    assert type(client.rules.guard) is GuardLimits
    assert (client.schedule, client.time_zone, client.region) == (None, "UTC", "US")
    assert (settings.psa.requests_per_minute, settings.state.url) == (800, "sqlite:///var/connector.db")
    (directory,) = client.directories
    assert isinstance(directory, LdapDirectory)
    assert (directory.start_tls, directory.timeout_seconds) == (False, 30)


def test_numbers_with_a_point_are_exact_decimals(write: Write) -> None:
    """Never through a binary float."""
    settings = load(write(harbor=CLIENT + PROFILE + "units = 0.12345678901234567890123\noffset = 1.10\n"))
    profile = settings.clients["harbor"].rules.billing[0]
    assert str(profile.units) == "0.12345678901234567890123"
    assert str(profile.offset) == "1.10"


def test_clients_are_in_the_order_of_their_names(write: Write) -> None:
    """Hidden files, which editors leave behind, are not clients."""
    text = CLIENT.replace("HarborDental", "{}")
    folder = write(zulu=text.format("Z"), alfa=text.format("A"))
    (folder / "clients" / ".alfa.toml").write_text("not [ toml", encoding="utf-8")
    assert list(load(folder).clients) == ["alfa", "zulu"]


def test_a_byte_order_mark_and_windows_line_breaks_are_fine(write: Write) -> None:
    """Notepad writes them."""
    folder = write()
    (folder / "clients" / "harbor.toml").write_bytes(b"\xef\xbb\xbf" + CLIENT.replace("\n", "\r\n").encode())
    assert load(folder).clients["harbor"].company == "HarborDental"


def test_defaults_are_below_every_client_key_by_key(write: Write) -> None:
    """Tables are merged, lists are replaced, the client wins."""
    top = CONNECTOR + (
        '[defaults]\nregion = "GB"\ntime_zone = "Europe/London"\nschedule = "0 3 * * *"\n'
        '[defaults.contacts]\ntypes = ["A", "B"]\nabsent_reads = 5\n[defaults.contacts.fields]\nfax = "fill"\n'
    )
    own = 'time_zone = "UTC"\nschedule = ""\n' + CLIENT + '[contacts]\ntypes = ["C"]\n[contacts.fields]\nmail = "psa"\n'
    client = load(write(top, harbor=own)).clients["harbor"]
    assert (client.region, client.time_zone, client.schedule) == ("GB", "UTC", None)
    assert (client.rules.contacts.types, client.rules.contacts.absent_reads) == (("C",), 5)
    assert (client.rules.contacts.fields.fax, client.rules.contacts.fields.mail) == ("fill", "psa")


def test_a_directory_default_is_for_the_kind_that_has_the_key(write: Write) -> None:
    """A file directory does not inherit servers."""
    top = CONNECTOR + '[defaults.directory]\nkind = "ldap"\ntimeout_seconds = 5\nca_file = "ca.pem"\n'
    files = 'company = "M"\n[directory]\nkind = "file"\npath = "m.ldf"\n'
    folder = write(top, harbor=CLIENT.replace('kind = "ldap"\n', ""), meadow=files)
    clients = load(folder).clients
    (directory,) = clients["harbor"].directories
    assert isinstance(directory, LdapDirectory)
    assert directory.timeout_seconds == 5
    assert clients["meadow"].directories == (FileDirectory(kind="file", path=folder / "m.ldf"),)


def test_a_client_may_have_several_directories(write: Write) -> None:
    """In their order, of any kind, each over the defaults of its kind; one alone may stand in a list, too."""
    top = CONNECTOR + '[defaults.directory]\nkind = "ldap"\ntimeout_seconds = 5\n'
    second = '[[directory]]\nkind = "file"\npath = "m.ldf"\n'
    one = CLIENT.replace("[directory]", "[[directory]]").replace('kind = "ldap"\n', "")
    folder = write(top, harbor=one + second + PROFILE, meadow='company = "M"\n' + second)
    clients = load(folder).clients
    ldap, file = clients["harbor"].directories
    assert isinstance(ldap, LdapDirectory)
    assert (ldap.timeout_seconds, ldap.password.reference) == (5, "env:HARBOR_LDAP_PASSWORD")
    assert file == FileDirectory(kind="file", path=folder / "m.ldf")
    assert clients["meadow"].directories == (file,)


def test_a_billing_default_table_is_below_every_profile(write: Write) -> None:
    """It gives no profile to a client without one."""
    top = CONNECTOR + '[defaults.billing]\ndecrease = "hold"\nagreement = { type = "Managed" }\n'
    plain = CLIENT.replace("HarborDental", "Plain")
    clients = load(
        write(top, harbor=CLIENT + '[[billing]]\nname = "U"\nproduct = "P"\nagreement.id = 7\n', plain=plain)
    ).clients
    (profile,) = clients["harbor"].rules.billing
    assert (profile.decrease, profile.agreement.type, profile.agreement.id) == ("hold", "Managed", 7)
    assert clients["plain"].rules.billing == ()


def test_a_billing_default_list_is_for_clients_without_profiles(write: Write) -> None:
    """An explicit empty list bills nothing."""
    top = CONNECTOR + PROFILE.replace("[[billing]]", "[[defaults.billing]]")
    clients = load(
        write(
            top,
            none=CLIENT.replace("HarborDental", "None"),
            empty="billing = []\n" + CLIENT.replace("HarborDental", "Empty"),
            own=CLIENT.replace("HarborDental", "Own") + PROFILE.replace("Managed user", "Mine"),
        )
    ).clients
    names = {name: [profile.name for profile in client.rules.billing] for name, client in clients.items()}
    assert names == {"none": ["Managed user"], "empty": [], "own": ["Mine"]}


def test_a_profile_is_cores_own_value(write: Write) -> None:
    """Decisions compare and hash it."""
    (profile,) = load(write(harbor=CLIENT + PROFILE)).clients["harbor"].rules.billing
    assert type(profile) is BillingProfile
    assert profile.units == Decimal(1)


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """In tables, and in the defaults of clients; an empty variable counts as not set."""
    monkeypatch.setenv("CONNECTOR_PSA__SITE", "http://127.0.0.1:8899")
    monkeypatch.setenv("CONNECTOR_PSA__COMPANY", "")
    monkeypatch.setenv("CONNECTOR_PSA__REQUESTS_PER_MINUTE", "60")
    monkeypatch.setenv("CONNECTOR_STATE__URL", "sqlite:////tmp/x.db")
    monkeypatch.setenv("CONNECTOR_DEFAULTS__REGION", "GB")
    monkeypatch.setenv("CONNECTOR_DEFAULTS__GUARD__MONEY_PER_MONTH", "12.50")
    settings = load(write(CONNECTOR + "[defaults.guard]\nmoney_per_month = 5\ncreate_count = 7\n"))
    assert (settings.psa.site, settings.psa.company) == ("http://127.0.0.1:8899", "bluefjord")
    assert (settings.psa.requests_per_minute, settings.state.url) == (60, "sqlite:////tmp/x.db")
    client = settings.clients["harbor"]
    assert client.region == "GB"
    assert (client.rules.guard.money_per_month, client.rules.guard.create_count) == (Decimal("12.50"), 7)


def test_a_certificate_file_is_beside_the_client_file_or_in_the_config_directory(write: Write) -> None:
    """Beside the client file only when it is there; absolute paths stay."""
    ca_file = CLIENT + 'ca_file = "ca.pem"\n'
    folder = write(CONNECTOR + 'ca_file = "psa.pem"\n', harbor=ca_file)
    assert load(folder).psa.ca_file == folder / "psa.pem"
    assert _ca_file(folder) == folder / "ca.pem"
    (folder / "clients" / "ca.pem").touch()
    assert _ca_file(folder) == folder / "clients" / "ca.pem"
    assert _ca_file(write(harbor=ca_file.replace("ca.pem", "/etc/ca.pem"))) == Path("/etc/ca.pem")


def _ca_file(folder: Path) -> Path | None:
    (directory,) = load(folder).clients["harbor"].directories
    assert isinstance(directory, LdapDirectory)
    return directory.ca_file


def test_tickets_are_off_until_a_board_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protected contacts are not among the causes; the environment wins here, too."""
    off = load(write(harbor=CLIENT)).tickets
    assert (off.board, off.status_closed, "protected" in off.causes) == ("", "", False)
    monkeypatch.setenv("CONNECTOR_TICKETS__BOARD", "Help")
    assert load(write(harbor=CLIENT)).tickets.board == "Help"
