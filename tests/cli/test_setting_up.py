"""From nothing to a client that is ready: init, schema, check."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import export, person
from tests.scenarios.records import CLIENT_ID, HARBOR, PRIVATE_KEY, PUBLIC_KEY, agreement, contact, line, profile
from tests.scenarios.world import World

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
USERS = profile("Managed user")
ANSWERS = ["--psa-site", "na.myconnectwise.net", "--psa-company", "bluefjord", "--client", "harbor",
           "--company", "HarborDental", "--agreement-type", "User Based Agreement", "--product", "MS-USER"]  # fmt: skip
LDAP = ["--kind", "ldap", "--server", "ldaps://dc1.harbor.example", "--base", "DC=harbor,DC=example",
        "--bind", "svc-psa@harbor.example"]  # fmt: skip


def words(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def test_init_from_flags_writes_a_config_that_check_and_plan_accept(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the keys in the environment and the sandbox as the PSA, the first check is all ok."""
    world = build([ANNA], additions=[line(3301, "MS-USER", 1)])
    fresh = tmp_path / "fresh"
    ran = world.run("--config", str(fresh), "init", *ANSWERS, "--kind", "file", "--path", "harbor.ldf")
    assert (ran.code, ran.err, "connector check" in ran.out) == (0, "", True)
    (fresh / "harbor.ldf").write_bytes(export([ANNA]))
    for name, value in (("CW_CLIENT_ID", CLIENT_ID), ("CW_PUBLIC_KEY", PUBLIC_KEY), ("CW_PRIVATE_KEY", PRIVATE_KEY),
                        ("CONNECTOR_PSA__SITE", world.sandbox.url)):  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert [world.run("--config", str(fresh), command).code for command in ("check", "plan", "sync")] == [0, 0, 0]


def test_init_for_ldap_names_the_password_and_overwrites_nothing(build: Build, tmp_path: Path) -> None:
    """The password is a reference; a second init refuses and leaves the files as they are."""
    world, fresh = build([ANNA]), str(tmp_path / "fresh")
    assert world.run("--config", fresh, "init", *ANSWERS, *LDAP).code == 0
    path = tmp_path / "fresh" / "clients" / "harbor.toml"
    before = path.read_text(encoding="utf-8")
    assert tomllib.loads(before)["directory"]["password"] == "env:HARBOR_LDAP_PASSWORD"
    again = world.run("--config", fresh, "init", *ANSWERS, *LDAP)
    assert (again.code, "exists already" in again.err, path.read_text(encoding="utf-8")) == (1, True, before)
    told = world.run("--config", fresh, "plan")
    assert (told.code, "CW_PUBLIC_KEY" in told.err + told.out) == (1, True)


def test_init_refuses_answers_that_make_no_config(build: Build, tmp_path: Path) -> None:
    """Nothing is written."""
    fresh = tmp_path / "fresh"
    ran = build([ANNA]).run("--config", str(fresh), "init", *ANSWERS, "--kind", "ldap", "--server", "dc1",
                            "--base", "harbor", "--bind", "x")  # fmt: skip
    assert (ran.code, "servers" in ran.err, "base" in ran.err, fresh.exists()) == (1, True, True, False)


def test_schema_is_the_file_beside_the_config(build: Build) -> None:
    """connector schema prints config/connector.schema.json."""
    ran = build([ANNA]).run("schema")
    kept = Path(__file__).parents[2] / "config" / "connector.schema.json"
    assert (ran.code, json.loads(ran.out)) == (0, json.loads(kept.read_text(encoding="utf-8")))


def test_check_of_a_ready_client_is_all_ok(build: Build) -> None:
    """Each thing on a line of its own; nothing is written."""
    world = build([ANNA], USERS, additions=[line(3301, "MS-USER", 1)])
    ran = world.run("check")
    found = re.findall(r"^(ok|FIX) +(\w+) +(\w+)", ran.out, re.MULTILINE)
    assert (ran.code, {verdict for verdict, _, _ in found}, world.writes()) == (0, {"ok"}, 0)
    assert [what for _, of, what in found if of == "harbor"] == ["directory", "company", "Managed"]
    assert "line 3301 of MS-USER on Managed Users (agreement 77), 1 counted" in words(ran.out)


@pytest.mark.parametrize(
    ("records", "told"),
    [
        (
            {"companies": [{"id": 1, "identifier": "Other"}], "agreements": [], "additions": [], "contacts": []},
            "no company",
        ),
        ({"companies": [{"id": HARBOR, "identifier": "HarborDental", "status": "Inactive"}]}, "status is Inactive"),
        ({"contactTypes": [{"description": "Client"}], "contacts": []}, "End User is not in the PSA; it knows: Client"),
        ({"agreements": [], "additions": []}, "has no agreement of type User Based Agreement"),
        ({"agreements": [agreement(), agreement(78, "Branch")]}, "2 active agreements fit"),
        ({"additions": []}, "has no running line of MS-USER"),
    ],
    ids=["company", "inactive", "type", "agreement", "agreements", "line"],
)
def test_check_names_what_is_wrong_in_the_psa(build: Build, records: dict[str, Any], told: str) -> None:
    """One FIX line with the cause and what to do; exit code 1."""
    world = build([ANNA], USERS, **{"additions": [line(3301, "MS-USER", 1)], **records})
    ran = world.run("check")
    (fix,) = (text for text in words(ran.out).split(" ok ") if "FIX" in text)
    assert (ran.code, world.writes()) == (1, 0)
    assert told in fix


AD_OBJECT = {"podId": 1, "podDescription": "contact_overview", "sequenceNumber": 1, "caption": "AD Object",
             "fieldTypeIdentifier": "Text"}  # fmt: skip
KEEP = AD_OBJECT | {"caption": "Keep", "fieldTypeIdentifier": "Checkbox"}
GUID = "6f0c2b1e-0000-4000-8000-000000000001"
TEXT = {"userDefinedField10": "size 44"}


@pytest.mark.parametrize(
    ("contacts", "records", "told"),
    [
        ('link = "custom:AD Object"', {}, "no custom field AD Object: make one of type Text under System"),
        ('link = "custom:AD Object"', {"contacts": []}, "no custom field AD Object"),
        ('link = "custom:ad object"', {"userDefinedFields": [AD_OBJECT, AD_OBJECT | {}]}, "2 custom fields ad object"),
        ('link = "custom:Keep"', {"userDefinedFields": [KEEP]}, "is of type Checkbox and cannot hold a link"),
        ('link = "custom:Keep"', {"userDefinedFields": [KEEP], "contacts": []}, "is of type Checkbox"),
        (
            'link = "custom:AD Object"',
            {"userDefinedFields": [AD_OBJECT | {"entryTypeIdentifier": "List"}]},
            "is entered by List and cannot hold a link",
        ),
        ('keep_mark = "custom:Keep"', {}, "no custom field Keep: make one under System"),
        (
            'link = "userDefinedField10"',
            {"contacts": [contact(101, "Anna Adler", **TEXT), contact(102, "Ben Berg", **TEXT)]},
            "other text than links on 2 contacts, such as Anna Adler (contact 101): 'size 44'; empty it",
        ),
        ('relationship = "Employee"', {"relationships": [{"name": "Owner"}]}, "is not in the PSA; it knows: Owner"),
    ],
)
def test_check_names_what_is_wrong_with_the_fields_that_the_rules_name(
    build: Build, contacts: str, records: dict[str, Any], told: str
) -> None:
    """One FIX line with the setting and what to do."""
    world = build([ANNA], f"[contacts]\n{contacts}", **{"contacts": [contact(101, "Anna Adler")], **records})
    ran = world.run("check")
    (fix,) = (text for text in words(ran.out).split(" ok ") if "FIX" in text)
    assert (ran.code, world.writes()) == (1, 0)
    assert told in fix
    assert contacts.split(" = ", maxsplit=1)[0] in fix


@pytest.mark.parametrize(
    ("contacts", "told"),
    [
        ('link = "custom:AD object"', "ok harbor contacts.link custom:AD object holds a link on 1 of 2 contacts"),
        ('link = "userDefinedField10"', "holds a link on 1 of 2 contacts, and no other text; more cannot be checked"),
        ('keep_mark = "custom:Keep"', "ok harbor contacts.keep_mark custom:Keep marks 0 of 2 contacts"),
        ('keep_mark = "userDefinedField9"', "userDefinedField9 marks 1 of 2 contacts"),
        ('relationship = "employee"', "all ok"),
        ('relationship = "Cousin"\ncreate_missing = ["relationship"]', "all ok"),
    ],
)
def test_check_tells_what_the_fields_that_the_rules_name_hold(build: Build, contacts: str, told: str) -> None:
    """A field that is there and in no other use is ok; a relationship that is known, or may be made, needs no line."""
    marks = {"userDefinedField10": GUID, "userDefinedField9": "yes", "customFields": [{"id": 51, "value": GUID}]}
    records = {
        "contacts": [contact(101, "Anna Adler", **marks), contact(102, "Ben Berg")],
        "userDefinedFields": [AD_OBJECT | {"id": 51}, KEEP | {"id": 52}],
        "relationships": [{"name": "Employee"}],
    }
    ran = build([ANNA], f"[contacts]\n{contacts}", **records).run("check")
    assert (ran.code, "FIX" in ran.out) == (0, False)
    assert told == "all ok" or told in words(ran.out)


def test_check_does_not_mind_that_tickets_may_not_be_read(build: Build) -> None:
    """It says what they are good for, and which right shows them."""
    world = build([ANNA])
    world.fault("403", path="/service/tickets")
    ran = world.run("check")
    assert ran.code == 0
    assert "ok psa tickets optional, to list the open tickets of leavers" in words(ran.out)
    assert "Service Desk: Service Tickets, Inquire" in words(ran.out)


def break_login(world: World) -> None:
    """Another private key."""
    (world.folder / "private.key").write_text("another-key", encoding="utf-8")


def break_rights(world: World) -> None:
    """A role that may not read agreements."""
    world.fault("403", path="/finance/agreements", times=0)


def break_export(world: World) -> None:
    """No export."""
    (world.folder / "exports" / "harbor.ldf").unlink()


def break_minimum(world: World) -> None:
    """Rules that leave nobody."""
    world.rules('[people]\nexclude_accounts = ["*"]', USERS)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (break_login, "FIX psa login"),
        (break_rights, "FIX psa agreements"),
        (break_export, "FIX harbor directory"),
        (break_minimum, "Only 0 of 1 accounts of harbor are people"),
    ],
)
def test_check_names_what_cannot_be_reached_or_read(build: Build, damage: Any, told: str) -> None:
    """Login, rights, directory, rules."""
    world = build([ANNA], USERS, additions=[line(3301, "MS-USER", 1)])
    damage(world)
    ran = world.run("check")
    assert (ran.code, told in words(ran.out), world.writes()) == (1, True, 0)


def test_check_of_one_client_leaves_the_other_alone(build: Build) -> None:
    """A broken neighbour does not spoil the check of a good client; together they are 4."""
    world = build([ANNA])
    world.client("lindqvist", "NoSuchCompany")
    world.people(BEN, client="lindqvist")
    assert [world.run("check", *clients).code for clients in (["harbor"], ["lindqvist"], [])] == [0, 1, 4]


def test_faults_of_a_config_are_all_listed_with_file_and_line(build: Build) -> None:
    """Every command refuses, and nothing is read."""
    world = build([ANNA], "[people]\nexclude_acounts = []\n[guard]\ncreate_count = -1")
    for command in ("check", "plan", "sync", "runs"):
        ran = world.run(command)
        assert ran.code == 1
        assert "clients/harbor.toml:8: people.exclude_acounts: unknown key; did you mean exclude_accounts?" in ran.err
        assert "create_count" in ran.err
    assert world.sandbox.requests()["total"] == 0


SECRETS = ("ldap-password-of-harbor", PRIVATE_KEY, PUBLIC_KEY)
UNREACHABLE = """\
kind = "ldap"
servers = ["ldaps://127.0.0.1:1"]
base = "DC=harbor,DC=example"
bind = "svc-psa@harbor.example"
password = "env:TEST_LDAP_PASSWORD"
timeout_seconds = 2
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("trouble", ["none", "401", "500", "drop"])
def test_no_secret_is_ever_shown(build: Build, monkeypatch: pytest.MonkeyPatch, log_format: str, trouble: str) -> None:
    """Neither keys nor passwords, in no output, report, plan file or state, at the most talkative level."""
    monkeypatch.setenv("TEST_LDAP_PASSWORD", SECRETS[0])
    world = build([ANNA, BEN], contacts=[])
    world.client("lindqvist", "LindqvistLaw", directory=UNREACHABLE)
    if trouble != "none":
        world.fault(trouble, path="/company/*")
    saved = str(world.folder / "plan.json")
    commands = (["check"], ["plan", "--save", saved], ["sync"], ["sync", "--format", "json"], ["apply", saved],
                ["runs"], ["explain", "harbor", "aadler"], ["explain", "lindqvist", "aadler"])  # fmt: skip
    told = [world.run("--log-level", "debug", "--log-format", log_format, *command) for command in commands]
    kept = [path.read_bytes() for path in world.folder.iterdir() if path.name.startswith(("plan", "state"))]
    shown = "".join(ran.out + ran.err for ran in told).encode() + b"".join(kept)
    assert len(shown) > 5000
    assert [secret for secret in SECRETS if secret.encode() in shown] == []


def test_config_directory_comes_from_the_environment_too(build: Build) -> None:
    """CONNECTOR_CONFIG stands in for --config in a process of its own."""
    world = build([ANNA], contacts=[])
    command = [str(Path(sys.executable).with_name("connector")), "plan"]
    ran = subprocess.run(command, env={"CONNECTOR_CONFIG": str(world.folder)}, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, b"")
