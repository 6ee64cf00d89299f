"""Every fault at once, each with its file, its line and plain words."""

from decimal import Decimal
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.settings import load
from tests.settings.conftest import CLIENT, CONNECTOR, PROFILE, FaultsOf, Write

JARGON = ("Input", "valid ", "instance", "pydantic", "dataclass", "tuple", "Decimal", "keyword", "validation")


def test_every_fault_of_every_file_is_listed_at_once(faults_of: FaultsOf) -> None:
    """In the order of the files and their lines, connector.toml first."""
    found = faults_of(
        CONNECTOR.replace("company", "compny"),
        harbor=CLIENT + '[people]\nexclude_acounts = ["svc-*"]\nminimum_expected = "5"\n',
        alfa="company = 3\n[directory\n",
    )
    assert found == (
        "connector.toml:1: psa.company: is missing",
        "connector.toml:3: psa.compny: unknown key; did you mean company?",
        "clients/alfa.toml:2: not valid TOML: expected ']' at the end of a table declaration",
        "clients/harbor.toml:9: people.exclude_acounts: unknown key; did you mean exclude_accounts?",
        "clients/harbor.toml:10: people.minimum_expected: must be a whole number",
    )


def test_the_message_counts_the_faults_and_says_what_to_do(write: Write) -> None:
    """The faults themselves are in ``faults``."""
    with pytest.raises(ConfigError) as caught:
        load(write(harbor=CLIENT + "x = 1\n"))
    assert "has 1 fault. Correct the lines named" in str(caught.value)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('[people]\nminimum_expected = "5"', "people.minimum_expected: must be a whole number"),
        ("[people]\nminimum_expected = 1.5", "people.minimum_expected: must be a whole number"),
        ("[people]\nminimum_expected = true", "people.minimum_expected: must be a whole number"),
        ("[people]\nminimum_expected = -1", "people.minimum_expected: must be at least 0"),
        ('[people]\ninclude_ous = "OU=A"', "people.include_ous: must be a list in square brackets"),
        ("[people]\nexclude_accounts = [\n1]", "people.exclude_accounts[1]: must be text in quotes"),
        ('[people]\nexclude_mailboxes = ["shred"]', "exclude_mailboxes[1]: must be one of shared, room, equipment"),
        ('[people]\ninclude_ous = [""]', "include_ous[1]: must be a distinguished name such as"),
        ('[people]\nexclude_groups = ["Staff"]', "exclude_groups[1]: must be a distinguished name such as"),
        ('[people]\nleave_groups = ["Leave"]', "leave_groups[1]: must be a distinguished name such as"),
        ('[people.include_where]\n"co mpany" = ["x"]', "9: people.include_where.co mpany: must be the name of a direc"),
        (
            '[people.exclude_where]\n"1a" = ["x"]',
            "9: people.exclude_where.1a: must be the name of a directory",
        ),
        ('[people]\nexclude_where = { "*" = ["x"] }', "9: people.exclude_where.*: must be the name of a directory"),
        ('[people]\nstart_attribute = "first day"', "9: people.start_attribute: must be the name of a directory attr"),
        (
            '[people]\nalias_patterns = ["{account}-x", "adm-"]',
            "9: people.alias_patterns[2]: must hold {account} once",
        ),
        ('[people]\nalias_patterns = ["{Account}{account}"]', "9: people.alias_patterns[1]: must hold {account} once"),
        ("[people.units]\na = 1\nb = 0", "10: people.units.b: must be more than 0; exclude_accounts leaves an account"),
        ("[people.units]\na = -0.5", "9: people.units.a: must be more than 0; exclude_accounts"),
        ('[people.units]\na = "3"', "9: people.units.a: must be a number"),
        ("[people.units]\na = nan", "9: people.units.a: must be a number"),
        (
            '[[people.waivers]]\naccount = "a"\nreason = "b"\nuntil = "May"',
            "waivers[1].until: must be a date such as",
        ),
        ('[[people.waivers]]\naccount = "a"\nreason = "b"\nuntil = 3', "waivers[1].until: must be a date such as"),
        ('[[people.waivers]]\naccount = "a"\nreason = "b"', "8: people.waivers[1].until: is missing"),
        (
            '[contacts]\nerase = ["title", "department"]',
            "9: contacts.erase[2]: department is not owned by the",
        ),
        ('[contacts]\nerase = ["mobile"]', 'cannot erase it; set mobile = "directory" in [contacts.fields]'),
        (
            '[contacts]\nerase = ["title"]\nfields = { title = "fill" }',
            "9: contacts.erase[1]: title is not owned",
        ),
        ("[contacts.pairs]\na = 7\nb = 7", "10: contacts.pairs.b: contact 7 is that of a already; a contact has one"),
        ("[contacts.pairs]\na = 7\nA = 8", "10: contacts.pairs.A: is the account a once more; an account has one con"),
        ("[contacts.pairs]\na = 0", "9: contacts.pairs.a: must be at least 1"),
        ('[contacts.pairs]\na = "7"', "9: contacts.pairs.a: must be a whole number"),
        (
            '[contacts]\nlink = "userDefinedField1"\nkeep_mark = "userDefinedField1"',
            "10: contacts.keep_mark: is the field of",
        ),
        (
            '[contacts]\nlink = "custom:AD"\nkeep_mark = "custom: ad"',
            "10: contacts.keep_mark: is the field of contacts",
        ),
        ('[contacts]\ncreate = "yes"', "contacts.create: must be true or false"),
        ("[contacts]\ncreate = 1", "contacts.create: must be true or false"),
        ('[contacts]\nlink = "udf"', "contacts.link: has the wrong form. Where the link is kept"),
        ('[contacts]\nsite_from = "city"', "contacts.site_from: must be one of office, ''"),
        ('[contacts.fields]\nmial = "psa"', "contacts.fields.mial: unknown key; did you mean mail?"),
        ('[guard]\nmoney_per_month = "1000"', "guard.money_per_month: must be a number"),
        ("[guard]\ninactivate_percent = 100.5", "guard.inactivate_percent: must be at most 100"),
        ("[guard]\nquantity_percent = nan", "guard.quantity_percent: must be a number"),
        ("[guard]\nquantity_percent = 2020-01-01", "guard.quantity_percent: must be a number"),
        ("[guard]\nfriends = 1", "guard.friends: unknown key; known here: inactivate_percent,"),
        ('[guard]\nlink = "state"', "guard.link: unknown key; it belongs to [contacts]"),
        ('[guard]\nschedule = "0 3 * * *"', "guard.schedule: unknown key; it belongs to the top of the file"),
        ('[guard]\nproduct = "X"', "guard.product: unknown key; it belongs to [[billing]]"),
        (PROFILE + 'increase = "soon"', "billing[1].increase: must be one of now, next_period, hold"),
        (PROFILE + "units = 0", "billing[1].units: must be more than 0"),
        (PROFILE + "minimum = nan\nmaximum = 1", "billing[1].minimum: must be a number"),
        (PROFILE + "minimum = 5\nmaximum = 4.5", "billing[1].maximum: is less than the minimum, 5; 0 means no maximum"),
        (PROFILE + 'groups = ["x"]', "billing[1].groups[1]: must be a distinguished name such as"),
        (PROFILE + 'ous = ["Nurses"]', "billing[1].ous[1]: must be a distinguished name such as"),
        (
            PROFILE + 'where = { "no attr" = ["x"] }',
            "billing[1].where.no attr: must be the name of a directory",
        ),
        (
            PROFILE + 'addition = 3301\nmethod = "cancel_and_add"',
            "billing[1].addition: pins a line that cancel_and",
        ),
        (PROFILE + 'addition = 3301\nmarker = "x"', "billing[1].marker: is not needed: addition pins the line already"),
        (PROFILE + "commitment_months = 6", "billing[1].commitment_months: needs renewal, a day on which"),
        (PROFILE + 'renewal = "soon"', "billing[1].renewal: must be a date such as"),
        (PROFILE + 'renewal = 2026-02-01\ncount = "peak"', 'billing[1].renewal: needs count = "snapshot"'),
        (PROFILE + "included = -1", "billing[1].included: must be at least 0"),
        ('[people.value_aliases]\n"no attr" = { a = "b" }', "people.value_aliases.no attr: must be the name of a"),
        (PROFILE + PROFILE, "billing[2].name: another profile is called 'Managed user' already"),
        (PROFILE.replace('"Managed user"', '""'), "billing[1].name: must not be empty"),
        (PROFILE.replace("name =", "#"), "billing[1].name: is missing"),
        (PROFILE.replace("product", "#"), "billing[1]: needs product (a catalogue identifier) or addition"),
        (PROFILE.replace("agreement", "#"), "billing[1].agreement: must say which agreement: type, name, id or parent"),
        (PROFILE.replace("{ type =", '{ type = "" } #'), "billing[1].agreement: must say which agreement"),
        (PROFILE.replace("type", "typ"), "billing[1].agreement.typ: unknown key; did you mean type?"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(faults_of: FaultsOf, lines: str, words: str) -> None:
    """One fault, one line, no jargon."""
    (fault,) = faults_of(harbor=f"{CLIENT}{lines}\n")
    assert fault.startswith("clients/harbor.toml:")
    assert words in fault
    assert not any(word in fault for word in JARGON)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('company = "HarborDental"', "", "1: company: is missing"),
        ('company = "HarborDental"', 'company = ""', "1: company: must not be empty"),
        ('kind = "ldap"', "", "2: directory.kind: is missing; must be one of ldap, file"),
        ('kind = "ldap"', 'kind = "entra"', "3: directory.kind: must be one of ldap, file"),
        ('base = "DC=harbor,DC=example"', "", "2: directory.base: is missing"),
        ("base", 'path = "x"\nbase', "5: directory.path: does not belong to this kind of directory"),
        ('["ldaps://dc1.harbor.example"]', "[]", "4: directory.servers: must not be empty"),
        ("ldaps://", "ldap://", "4: directory.servers[1]: must be ldaps://, or set start_tls = true"),
        ("base", "start_tls = true\nbase", "4: directory.servers[1]: is encrypted from the start"),
        ("ldaps://", "", "4: directory.servers[1]: must be an address such as"),
        ("ldaps://", "ldaps://me:pw@", "4: directory.servers[1]: must be the address of the server alone"),
        ("DC=harbor,DC=example", "harbor", "5: directory.base: must be a distinguished name"),
        ("base", "timeout_seconds = 0\nbase", "5: directory.timeout_seconds: must be at least 1"),
        ("base", 'ca_file = ""\nbase', "5: directory.ca_file: must name a file"),
        ("company", 'time_zone = "Europe/Atlantis"\ncompany', "1: time_zone: is not a known time zone"),
        ("company", 'region = "UK"\ncompany', "1: region: must be a country in two capital letters"),
        ("company", 'schedule = "0 3 * *"\ncompany', "1: schedule: must have five fields"),
    ],
)
def test_a_wrong_client_is_told_with_its_line(faults_of: FaultsOf, old: str, new: str, fault: str) -> None:
    """A missing key has the line of its table."""
    (found,) = faults_of(harbor=CLIENT.replace(old, new, 1))
    assert found.startswith(f"clients/harbor.toml:{fault}")


@pytest.mark.parametrize(
    ("directory", "fault"),
    [
        ("3", "directory: must be a table"),
        ('"ldap"', "directory: must be a table"),
        ("[]", "directory: must not be empty"),
        ("[3]", "directory[1]: must be a table"),
        ("[{}]", "directory[1].kind: is missing; must be one of ldap, file"),
    ],
)
def test_a_directory_that_is_no_table_is_told_so(faults_of: FaultsOf, directory: str, fault: str) -> None:
    """Whatever else stands there."""
    assert faults_of(harbor=f'company = "H"\ndirectory = {directory}\n') == (f"clients/harbor.toml:2: {fault}",)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('kind = "ldap"', 'kind = "entra"', "13: directory[2].kind: must be one of ldap, file"),
        ("base", "bse", "12: directory[2].base: is missing"),
        ("base", 'path = "x"\nbase', "15: directory[2].path: does not belong to this kind of directory"),
        ("base", 'file = "x"\nbase', "15: directory[2].file: unknown key; did you mean ca_file?"),
        ("ldaps://", "ldap://", "14: directory[2].servers[1]: must be ldaps://, or set start_tls = true"),
        ("DC=harbor,DC=example", "harbor", "15: directory[2].base: must be a distinguished name"),
        ("base", "timeout_seconds = 0\nbase", "15: directory[2].timeout_seconds: must be at least 1"),
        ("base", 'start_tls = "no"\nbase', "15: directory[2].start_tls: must be true or false"),
    ],
)
def test_a_fault_in_one_of_several_directories_has_its_number_and_line(
    faults_of: FaultsOf, old: str, new: str, fault: str
) -> None:
    """As the only directory has, and only the one that is wrong."""
    first = CLIENT.replace("[directory]", "[[directory]]") + "\n[people]\nminimum_expected = 2\n\n"
    second = CLIENT.replace('company = "HarborDental"\n[directory]', "[[directory]]").replace(old, new, 1)
    found = faults_of(harbor=first + second)
    assert found[0].startswith(f"clients/harbor.toml:{fault}")
    assert all("directory[2]." in one for one in found)


def test_a_fault_in_a_default_of_several_directories_is_told_once_and_there(faults_of: FaultsOf) -> None:
    """Not once for each directory that inherits it."""
    one = CLIENT.replace("[directory]", "[[directory]]").replace('base = "DC=harbor,DC=example"\n', "")
    top = CONNECTOR + '[defaults.directory]\nbase = "nowhere"\n'
    (found,) = faults_of(top, harbor=one + one.partition("\n")[2])
    assert found.startswith("connector.toml:8: defaults.directory.base: must be a distinguished name")


@pytest.mark.parametrize("table", ["people", "contacts", "guard", "billing"])
@pytest.mark.parametrize("place", ["client", "defaults"])
def test_a_table_of_the_wrong_shape_is_a_fault_and_no_crash(faults_of: FaultsOf, table: str, place: str) -> None:
    """A number where a table or a list of tables belongs."""
    top = CONNECTOR + (f"[defaults]\n{table} = 3\n" if place == "defaults" else "")
    client = (f"{table} = 3\n" if place == "client" else "") + CLIENT
    (fault,) = faults_of(top, harbor=client)
    assert f"{table}: must be a " in fault


def test_a_fault_in_a_default_is_told_once_and_there(faults_of: FaultsOf) -> None:
    """Not once for each client that inherits it."""
    other = CLIENT.replace("HarborDental", "Other")
    top = (
        CONNECTOR
        + '[defaults]\nregion = "UK"\n[defaults.people]\ninclude_ous = [\n"x"]\n[defaults.billing]\nunits = "1"\n'
    )
    assert faults_of(top, harbor=CLIENT + PROFILE, other=other + PROFILE) == (
        "connector.toml:8: defaults.region: must be a country in two capital letters, such as US, or GB for the United "
        "Kingdom",
        'connector.toml:11: defaults.people.include_ous[1]: must be a distinguished name such as "OU=Staff,DC=harbor,'
        'DC=example"',
        "connector.toml:13: defaults.billing.units: must be a number",
    )


def test_a_default_that_clashes_with_a_clients_own_value_is_told_once_and_there(faults_of: FaultsOf) -> None:
    """Only the client's owner of the field makes the default wrong."""
    top = CONNECTOR + '[defaults.contacts]\nerase = ["title"]\n'
    (found,) = faults_of(top, harbor=CLIENT + '[contacts.fields]\ntitle = "psa"\n')
    assert found.startswith("connector.toml:8: defaults.contacts.erase[1]: title is not owned by the directory")


def test_an_incomplete_default_profile_is_told_where_it_stands(faults_of: FaultsOf) -> None:
    """Every client without profiles inherits it."""
    top = CONNECTOR + PROFILE.replace("[[billing]]", "[[defaults.billing]]").replace("product", "#")
    assert faults_of(top) == (
        "connector.toml:7: defaults.billing[1]: needs product (a catalogue identifier) or addition (the id of a line)",
    )


def test_a_fault_from_the_environment_names_the_variable(faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds it in a file."""
    monkeypatch.setenv("CONNECTOR_PSA__REQUESTS_PER_MINUTE", "many")
    monkeypatch.setenv("CONNECTOR_PSA__STIE", "x")
    assert faults_of() == (
        "environment variable CONNECTOR_PSA__REQUESTS_PER_MINUTE: psa.requests_per_minute: must be a whole number",
        "environment variable CONNECTOR_PSA__STIE: psa.stie: unknown key; did you mean site?",
    )


def test_a_variable_that_is_no_json_where_a_table_belongs_is_a_fault(
    faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its content, which may be secret, is not repeated."""
    monkeypatch.setenv("CONNECTOR_PSA", "hunter2")
    found = faults_of()
    assert found == (
        "environment variable CONNECTOR_PSA: a whole table or a list is not valid JSON; set single keys, such as "
        "CONNECTOR_PSA__SITE",
    )


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("http://psa.bluefjord.example", "must be https://"),
        ("ftp://psa.bluefjord.example", "must be a host name"),
        ("https://psa.bluefjord.example/v4_6_release", "must be the address of the server alone"),
        ("https://me:pw@psa.bluefjord.example", "must be the address of the server alone"),
        ("not a host", "must be a host name"),
        ("", "must be a host name"),
        ("https://x:99999", "must be a host name"),
    ],
)
def test_a_site_that_is_no_safe_address_is_refused(faults_of: FaultsOf, site: str, words: str) -> None:
    """Keys never travel readable over a network."""
    (fault,) = faults_of(CONNECTOR.replace("na.myconnectwise.net", site))
    assert fault.startswith(f"connector.toml:2: psa.site: {words}")


@pytest.mark.parametrize(
    "site",
    [
        "na.myconnectwise.net",
        "psa.bluefjord.example:8443",
        "https://psa.bluefjord.example/",
        "http://127.0.0.1:8899",
        "http://127.0.0.77",
        "http://localhost:1",
        "http://[::1]:8899",
    ],
)
def test_a_site_is_a_host_or_an_address(write: Write, site: str) -> None:
    """Plain http to this machine is for the sandbox."""
    assert load(write(CONNECTOR.replace("na.myconnectwise.net", site))).psa.site == site


@pytest.mark.parametrize("url", ["mysql://db/x", "var/connector.db", "sqlite:", ""])
def test_a_state_that_is_no_supported_database_is_refused(faults_of: FaultsOf, url: str) -> None:
    """SQLite and PostgreSQL."""
    (fault,) = faults_of(CONNECTOR + f'[state]\nurl = "{url}"\n')
    assert fault.startswith('connector.toml:8: state.url: must be an address such as "sqlite:///var/connector.db"')


def test_two_files_for_one_company_are_refused(faults_of: FaultsOf) -> None:
    """They would undo each other's work; the PSA does not tell identifiers apart by case."""
    assert faults_of(alfa=CLIENT, harbor=CLIENT.replace("HarborDental", "harbordental")) == (
        "clients/harbor.toml:1: company: harbordental is the company of clients/alfa.toml already; a company has one "
        "client file",
    )


def test_what_people_write_most_loads(write: Write) -> None:
    """Alias patterns, units, pairs by account and GUID, a blank that erases, a link and a mark of their own."""
    text = (
        '[people]\nalias_patterns = ["ADM-{Account}"]\nunits = { "kiosk-*" = 0.5 }\n'
        '[[people.waivers]]\naccount = "a"\nuntil = 2027-03-31\nreason = "pilot"\n'
        '[contacts]\nlink = "custom:AD"\nkeep_mark = "custom:ADX"\nerase = ["title", "mobile"]\n'
        '[contacts.pairs]\na = 7\n"{0AB}" = 8\n[contacts.fields]\nmobile = "directory"\n'
    )
    rules = load(write(harbor=CLIENT + text)).clients["harbor"].rules
    assert (rules.people.units, rules.contacts.pairs) == ({"kiosk-*": Decimal("0.5")}, {"a": 7, "{0AB}": 8})


def test_a_missing_config_directory_says_how_to_get_one(tmp_path: Path) -> None:
    """`connector init` or the right --config."""
    with pytest.raises(ConfigError, match=r"There is no config directory .*gone\. Write a first one with"):
        load(tmp_path / "gone")


def test_missing_files_are_faults(tmp_path: Path) -> None:
    """Both are named at once."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert caught.value.faults == (
        "connector.toml: the file does not exist",
        "clients: no client is configured; write one file clients/NAME.toml for each client",
    )


def test_without_connector_toml_nothing_is_called_missing_in_a_client(faults_of: FaultsOf) -> None:
    """Its defaults are not known; what is wrong in itself is still told."""
    found = faults_of("x = \n", harbor="region = 3\n")
    assert found == (
        "connector.toml:1: not valid TOML: invalid value",
        "clients/harbor.toml:1: region: must be text in quotes",
    )


def test_a_file_that_cannot_be_read_is_a_fault_with_its_cause(write: Write) -> None:
    """A directory in place of a file; bytes that are not UTF-8; a name that no client can have."""
    folder = write()
    (folder / "clients" / "dir.toml").mkdir()
    (folder / "clients" / "latin.toml").write_bytes(b'company = "A"\n# caf\xe9\n')
    (folder / "clients" / "a b.toml").write_text(CLIENT.replace("HarborDental", "AB"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert caught.value.faults == (
        "clients/a b.toml: rename the file: letters, digits, dots, dashes and underscores only",
        "clients/dir.toml: the file cannot be read: Is a directory",
        "clients/latin.toml:2: not UTF-8 text; save the file as UTF-8",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a = 1\na = 2\n", "2: not valid TOML: cannot overwrite a value"),
        ('a = 1\nb = "x\n', "2: not valid TOML: illegal character"),
        ("a = 1\nb = [1,\n\n", "2: not valid TOML: "),
        ("a = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_a_toml_error_has_its_line(faults_of: FaultsOf, text: str, fault: str) -> None:
    """Also when the file ends too early."""
    (found,) = faults_of(harbor=text)
    assert fault in found


def test_a_cause_of_tickets_that_is_none_names_those_there_are(faults_of: FaultsOf) -> None:
    """With file and line."""
    (fault,) = faults_of(CONNECTOR + '[tickets]\nboard = "Help"\ncauses = ["failed", "gard"]\n')
    assert "connector.toml" in fault
    assert "guard" in fault
