"""Secrets are nowhere, whatever a command prints, logs or writes, also where it fails; and client data is private."""

import base64
import json
import stat
import traceback
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

import pytest

from connector.directory import ldap_errors
from connector.sandbox import Sandbox
from tests.scenarios.directory import person
from tests.scenarios.records import contact, contacts_of, line, profile, tenant
from tests.scenarios.world import World

PUBLIC, PRIVATE = 'pub+lic/K3Y=&of\\the"member', "priv+ate/K3Y=&é of the member"
CLIENT_ID, WRONG = "cl1ent-id+of/the&integration", "wr0ng+priv/K3Y=&of the member"
PASSWORD, STATE_PASSWORD = "ldap+P4ss/w=rd&ü of svc", "st4te+P4ss"
SECRETS = {
    "psa.public_key": PUBLIC,
    "psa.private_key": PRIVATE,
    "psa.client_id": CLIENT_ID,
    "directory.password": PASSWORD,
    "state.url": STATE_PASSWORD,
    "the key that was typed wrong": WRONG,
    "the login of the PSA": f"bluefjord+{PUBLIC}:{PRIVATE}",
    "the login of the PSA with the wrong key": f"bluefjord+{PUBLIC}:{WRONG}",
}
KEPT = {"public.key", "private.key", "client.id", "ldap.password", "state.url"}
"""The files that the config takes the secrets from."""
ANNA, BEN, CARL = person("Anna Adler"), person("Ben Berg"), person("Carl Cole")
BOARD = {"id": 21, "name": "Help", "statuses": ["New", {"id": 19, "name": "Closed", "closedStatus": True}]}
LDAP = (
    'kind = "ldap"\nservers = ["ldaps://127.0.0.1:9"]\nbase = "DC=harbor,DC=example"\n'
    'bind = "svc-psa@harbor.example"\npassword = "file:ldap.password"\ntimeout_seconds = 1'
)
FORMATS = ("text", "markdown", "json", "csv", "html")
LOUD = [("--log-level", "debug", "--log-format", form) for form in ("console", "json")]


def forms(secret: str) -> Iterator[bytes]:
    """How a secret could stand somewhere: as it is, encoded, escaped, or as the token of a login."""
    plain = secret.encode()
    yield from (plain, base64.b64encode(plain), base64.urlsafe_b64encode(plain), plain.hex().encode())
    for text in (quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]):
        yield text.encode()
    yield from (json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode())
    yield secret.replace("&", "&amp;").replace('"', "&#34;").encode()


def found(said: bytes) -> list[str]:
    """The secrets that something holds, in whatever form."""
    return [name for name, secret in SECRETS.items() if any(form in said for form in forms(secret))]


class Watched:
    """A world in which everything that is printed and written is looked through."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.codes: list[int] = []
        self.said = b""
        self.given = {path for path in world.folder.rglob("*") if path.is_file()}

    def run(self, *arguments: str, loud: tuple[str, ...] = LOUD[0]) -> str:
        """One command; a fault that Python itself would print is looked through as well."""
        try:
            told = self.world.run(*loud, *arguments)
            text, code = told.out + told.err, told.code
        except RuntimeError:
            text, code = traceback.format_exc(), 1
        assert found(text.encode()) == [], arguments
        self.codes.append(code)
        self.said += text.encode()
        return text

    def written(self) -> list[Path]:
        """The files that the commands made, after a look at each."""
        files = [path for path in self.world.folder.rglob("*") if path.is_file() and path.name not in KEPT]
        assert {path.name: found(path.read_bytes()) for path in files if found(path.read_bytes())} == {}
        return [path for path in files if path not in self.given]

    def everything(self, loud: tuple[str, ...] = LOUD[0], formats: Iterable[str] = ("html",)) -> None:
        """Every command that reads or writes something of a client, in these formats."""
        folder = self.world.folder / "out"
        for form in formats:
            self.run("plan", "harbor", "--format", form, "--output", str(folder / f"plan.{form}"), loud=loud)
        self.run("plan", "harbor", "--save", str(folder / "saved.json"), loud=loud)
        self.run("check", loud=loud)
        if (folder / "saved.json").exists():
            self.run("apply", str(folder / "saved.json"), loud=loud)
        self.run("sync", "--format", "json", "--output", str(folder / "sync.json"), loud=loud)
        self.run("explain", "harbor", "aadler", loud=loud)
        self.run("journal", loud=loud)
        self.run("journal", "--output", str(folder / "journal.jsonl"), loud=loud)
        runs = self.run("runs", loud=loud)
        for run in {word for word in runs.split() if len(word) == 12 and set(word) <= set("0123456789abcdef")}:
            self.run("show", run, loud=loud)
        for form in {"text", "html", "csv"} & set(formats):
            made = str(folder / f"statement.{form}")
            self.run("statement", "harbor", "--month", "2026-05", "--format", form, "--output", made, loud=loud)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A client with something to write and something held, and every secret by reference; one second of patience."""
    monkeypatch.setenv("CONNECTOR_PSA__PATIENCE_SECONDS", "1")
    keys = {"public": PUBLIC, "private": PRIVATE}
    contacts = [*contacts_of([ANNA]), *(contact(number, "Carl Cole", "") for number in (201, 202))]
    data: dict[str, Any] = {"contacts": contacts, "additions": [line(3301, "MS-USER", 2)], "boards": [BOARD]}
    with Sandbox(tenant(keys=keys, client_id=CLIENT_ID, clock="2026-05-10T08:00:00Z", **data)) as sandbox:
        world = World(tmp_path, sandbox)
        keep = {"public.key": PUBLIC, "private.key": PRIVATE, "client.id": CLIENT_ID, "ldap.password": PASSWORD}
        for name, secret in keep.items():
            (tmp_path / name).write_text(secret, encoding="utf-8")
        config = tmp_path / "connector.toml"
        text = config.read_text(encoding="utf-8").splitlines()
        text = ['client_id = "file:client.id"' if one.startswith("client_id") else one for one in text]
        text += ["[tickets]", 'board = "Help"']
        config.write_text("\n".join(text) + "\n", encoding="utf-8")
        world.rules(profile("Managed user"))
        world.people(ANNA, BEN, CARL)
        world.on(date(2026, 5, 10))
        yield Watched(world)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_would_be_found_in_every_form(name: str) -> None:
    """Else the other tests would prove nothing."""
    assert all(name in found(b"before " + form + b" after") for form in forms(SECRETS[name]))


@pytest.mark.parametrize("loud", LOUD, ids=["console", "json"])
def test_no_secret_is_printed_or_written_where_all_goes_well(watched: Watched, loud: tuple[str, ...]) -> None:
    """Every command, every format, at the loudest; and what holds client data can be read by its owner alone."""
    watched.everything(loud, FORMATS)
    assert set(watched.codes) <= {0, 2, 3}
    assert watched.world.sandbox.state()["tickets"]
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in watched.written()}
    assert {
        *(f"plan.{form}" for form in FORMATS),
        "saved.json",
        "sync.json",
        "journal.jsonl",
        "state.db",
        "statement.html",
        "statement.csv",
    } <= made.keys()
    assert {name: oct(mode) for name, mode in made.items() if mode != 0o600} == {}


@pytest.mark.parametrize("effect", ["401", "403", "400-text", "500", "drop"])
def test_no_secret_is_printed_or_written_where_the_psa_refuses(watched: Watched, effect: str) -> None:
    """Reads and writes, with whatever words."""
    watched.run("plan", "harbor", "--save", str(watched.world.folder / "out" / "saved.json"))
    watched.world.fault(effect, method="POST", times=0)
    watched.world.fault(effect, method="PATCH", times=0)
    watched.run("sync", loud=LOUD[1])
    watched.world.fault(effect, times=0)
    watched.everything(LOUD[1])
    assert {1, 3} & set(watched.codes)
    watched.written()


@pytest.mark.parametrize("loud", LOUD, ids=["console", "json"])
def test_a_wrong_key_is_not_shown(watched: Watched, loud: tuple[str, ...]) -> None:
    """Neither the right one nor the one that was typed."""
    (watched.world.folder / "private.key").write_text(WRONG, encoding="utf-8")
    watched.everything(loud)
    assert b"does not accept the login" in watched.said
    watched.written()


@pytest.mark.parametrize("loud", LOUD, ids=["console", "json"])
@pytest.mark.parametrize("fails", ["unreachable", "refused", "fault"])
def test_the_password_of_the_directory_is_not_shown(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, fails: str, loud: tuple[str, ...]
) -> None:
    """No server, a wrong password, and a fault of the connector with its traceback."""

    def bind(connection: Any, address: Any, login: Any) -> NoReturn:
        if fails == "fault":
            raise RuntimeError("a fault in the middle of the login")
        told = {"result": 49, "message": "80090308: LdapErr: DSID-0C09042F, comment: data 52e, v4563\x00"}
        raise ldap_errors.login_error(address.url, login.user, told)

    if fails != "unreachable":
        monkeypatch.setattr("connector.directory.ldap_connection._bind", bind)
    watched.world.client("harbor", "HarborDental", directory=LDAP)
    watched.everything(loud)
    words = {"unreachable": b"connection refused", "refused": b"wrong name or password", "fault": b"Traceback"}
    assert words[fails] in watched.said
    watched.written()


@pytest.mark.parametrize("loud", LOUD, ids=["console", "json"])
def test_a_fault_of_the_connector_at_the_psa_shows_no_key(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, loud: tuple[str, ...]
) -> None:
    """The traceback has source lines and no values."""

    def fault(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("a fault in the middle of a request")

    monkeypatch.setattr("connector.psa.http.Transport._read", fault)
    watched.everything(loud)
    assert b"Traceback" in watched.said
    watched.written()


def test_an_answer_that_repeats_the_login_is_not_shown(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that echoes what it was sent."""
    token = base64.b64encode(f"bluefjord+{PUBLIC}:{PRIVATE}".encode()).decode()
    echo = f"bad request by {PUBLIC} {PRIVATE} {CLIENT_ID}: Authorization: Basic {token}"
    monkeypatch.setattr("connector.psa.http.Answer.text", property(lambda _: echo))
    watched.world.fault("403", times=0)
    watched.everything()
    assert b"bad request by" in watched.said
    watched.written()


@pytest.mark.parametrize("loud", LOUD, ids=["console", "json"])
def test_the_password_of_the_state_is_not_shown(watched: Watched, loud: tuple[str, ...]) -> None:
    """Its address is a secret where it holds one; the database cannot be reached, or its driver is missing."""
    folder = watched.world.folder
    url = f"postgresql+psycopg://connector:{STATE_PASSWORD}@127.0.0.1:9/connector?connect_timeout=2"
    (folder / "state.url").write_text(url, encoding="utf-8")
    config = folder / "connector.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    lines = ['url = "file:state.url"' if one.startswith("url") else one for one in lines]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for command in (("plan",), ("sync",), ("check",), ("runs",)):
        watched.run(*command, loud=loud)
    assert set(watched.codes) == {1}
    watched.written()
