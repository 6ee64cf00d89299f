"""The first config: ``connector.toml`` and one client file, written from a few answers, with the next steps in them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from connector.errors import ConfigError
from connector.settings import load

_CONNECTOR = """\
# What the connector needs to know once. Every key: docs/configuration.md.
#
# Next:
#   1. Put the keys of your API member into the environment: CW_CLIENT_ID, CW_PUBLIC_KEY, CW_PRIVATE_KEY.{password}
#   2. connector check {client}                  is everything reachable and allowed?
#   3. connector sync --adopt-only {client}      pairs people with the contacts you have; changes nothing in the PSA
#   4. connector plan {client}                   what would be written, and why
#   5. connector sync {client}                   writes it

[psa]
site = {psa_site}
company = {psa_company}
client_id = "env:CW_CLIENT_ID"            # secrets are env:NAME or file:PATH, never the value itself
public_key = "env:CW_PUBLIC_KEY"
private_key = "env:CW_PRIVATE_KEY"

[state]
url = "sqlite:///var/connector.db"        # what the connector remembers; from the directory it is started in
"""

_CLIENT = """\
# Client {client}: who counts, how contacts are kept, what is billed. Every key: docs/configuration.md.
# After a change: connector check {client}, then connector plan {client}.

company = {company}
# schedule = "15 2 * * *"                 # switch on when a plan shows what you expect
# time_zone = "America/New_York"          # of the schedule; UTC without it

[directory]
{directory}
[people]                                  # who is a human that could count; first refusal wins and is reported
exclude_accounts = ["svc-*", "*admin*"]   # patterns on the account name

[[billing]]                               # one line of an agreement, and whom it is for
name = {profile}
agreement = {{ type = {agreement_type} }}
product = {product}
# groups = ["CN=…,OU=…,DC=…"]             # only members of these groups; without it every person
# minimum = 5                             # never billed below this
"""

_LDAP = """\
kind = "ldap"
servers = {servers}
base = {base}
bind = {bind}                             # an account that may only read
password = "env:{variable}"
{ca_file}"""

_FILE = """\
kind = "file"
path = {path}                             # an export of ldifde (.ldf) or csvde (.csv), from the config directory
"""


@dataclass(frozen=True)
class Answers:
    """What ``connector init`` asks. ``client`` names the client's file; ``company`` is its identifier in the PSA.
    For ``ldap`` servers, base and bind are needed; for ``file`` the path of the export."""

    psa_site: str
    psa_company: str
    client: str
    company: str
    kind: Literal["ldap", "file"]
    product: str
    agreement_type: str
    servers: tuple[str, ...] = ()
    base: str = ""
    bind: str = ""
    ca_file: str = ""
    path: str = ""
    profile: str = "Managed user"


def write_first_config(folder: Path, answers: Answers) -> list[Path]:
    """Writes ``connector.toml`` and ``clients/NAME.toml`` below ``folder`` and returns their paths. Raises ConfigError,
    and leaves everything as it was, when one of them exists or when the answers make no config that loads (its
    ``faults`` say why)."""
    texts = {"connector.toml": _connector(answers), f"clients/{answers.client}.toml": _client(answers)}
    existing = [str(folder / place) for place in texts if (folder / place).exists()]
    if existing:
        raise ConfigError(
            f"{' and '.join(existing)} exists already; nothing was written.",
            "Edit it, or name another directory with --config.",
        )
    _try(texts, answers.client)
    try:
        return _write(folder, texts)
    except OSError as error:
        raise ConfigError(
            f"{error.filename} cannot be written: {error.strerror}.", "Name another directory with --config."
        ) from None


def password_variable(client: str) -> str:
    """The environment variable that the first config expects the client's LDAP password in."""
    name = re.sub(r"[^A-Z0-9]", "_", client.upper())
    return f"{name}_LDAP_PASSWORD" if not name[:1].isdigit() else f"CLIENT_{name}_LDAP_PASSWORD"


def _try(texts: dict[str, str], client: str) -> None:
    """Loads the texts from a place of their own, so that wrong answers leave no files behind."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", client):
        raise ConfigError(
            f"{client!r} cannot name a client file.",
            "Use letters, digits, dots, dashes and underscores, such as harbor.",
        )
    with TemporaryDirectory() as trial:
        _write(Path(trial), texts)
        try:
            load(Path(trial))
        except ConfigError as error:
            raise ConfigError(
                "These answers make no config that loads; nothing was written.", "Answer again.", error.faults
            ) from None


def _write(folder: Path, texts: dict[str, str]) -> list[Path]:
    (folder / "clients").mkdir(parents=True, exist_ok=True)
    for place, text in texts.items():
        with (folder / place).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return [folder / place for place in texts]


def _connector(answers: Answers) -> str:
    variable = password_variable(answers.client)
    return _CONNECTOR.format(
        client=answers.client,
        psa_site=_quoted(answers.psa_site),
        psa_company=_quoted(answers.psa_company),
        password=f"\n#      And the password of the account that reads Active Directory: {variable}."
        if answers.kind == "ldap"
        else "",
    )


def _client(answers: Answers) -> str:
    return _CLIENT.format(
        client=answers.client,
        company=_quoted(answers.company),
        directory=_directory(answers),
        profile=_quoted(answers.profile),
        agreement_type=_quoted(answers.agreement_type),
        product=_quoted(answers.product),
    )


def _directory(answers: Answers) -> str:
    if answers.kind == "file":
        return _FILE.format(path=_quoted(answers.path))
    return _LDAP.format(
        servers=f"[{', '.join(_quoted(server) for server in answers.servers)}]",
        base=_quoted(answers.base),
        bind=_quoted(answers.bind),
        variable=password_variable(answers.client),
        ca_file=f"ca_file = {_quoted(answers.ca_file)}\n" if answers.ca_file else "",
    )


def _quoted(text: str) -> str:
    """A TOML string. JSON's escapes are TOML's, but TOML wants DEL escaped as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
