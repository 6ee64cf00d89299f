"""The command line as scripts and people rely on it: exit codes, streams, saved plans, past runs."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import ssl
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import trustme

from connector import __version__
from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, crowd, person
from tests.scenarios.records import HARBOR, contact, contacts_of, line, profile
from tests.scenarios.world import World

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
USERS = profile("Managed user")


def words(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


# exit codes


def test_0_when_there_is_nothing_to_do(build: Build) -> None:
    """plan and sync of a client that is right."""
    world = build([ANNA])
    assert (world.run("plan").code, world.run("sync").code) == (0, 0)


def test_2_when_a_plan_found_changes_and_0_when_sync_made_them(build: Build) -> None:
    """Only a dry run answers 2."""
    world = build([ANNA], contacts=[])
    assert (world.run("plan").code, world.run("sync").code, world.run("plan").code) == (2, 0, 0)


def test_3_when_something_is_held(build: Build) -> None:
    """plan, sync and apply of a client with an item for a person, also when there are changes."""
    mute = person("Reception", givenName="", sn="", displayName="")
    world = build([ANNA, mute], contacts=[])
    saved = str(world.folder / "plan.json")
    assert [world.run(*command).code for command in (("plan", "--save", saved), ("apply", saved), ("sync",))] == [3] * 3
    assert world.active() == ["Anna Adler"]


def test_4_when_some_clients_failed_and_1_when_all_did(build: Build) -> None:
    """One export of two is missing; then both."""
    world = build([ANNA])
    world.client("lindqvist", "LindqvistLaw")
    assert (world.run("plan").code, world.run("sync").code, world.run("check").code) == (4, 4, 4)
    (world.folder / "exports" / "harbor.ldf").unlink()
    assert (world.run("plan").code, world.run("sync").code, world.run("check").code) == (1, 1, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"], ["plan", "--nonsense"], ["plan", "--format", "pdf"], ["apply"], ["show"], ["explain", "harbor"],
        ["sandbox", "--port", "70000"], ["sandbox", "--port", "many"], ["--log-level", "loud", "plan"],
        ["--log-format", "xml", "plan"], ["plan", "nobody"], ["sync", "nobody"], ["check", "nobody"],
        ["explain", "nobody", "x"], ["runs", "nobody"], [],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_1_and_never_2(build: Build, arguments: list[str]) -> None:
    """2 means that a plan found changes, so a typing error must not say it; it is told on stderr alone."""
    ran = build([ANNA], contacts=[]).run(*arguments)
    assert (ran.code, ran.out, "Traceback" in ran.err) == (1, "", False)
    assert ran.err.strip()


def test_unknown_client_is_told_with_the_known_ones(build: Build) -> None:
    """In one line."""
    ran = build([ANNA]).run("plan", "habor")
    assert ran.err == "connector: There is no client habor. The clients are: harbor.\n"


def test_missing_config_is_one_clear_line(tmp_path: Path) -> None:
    """Through the installed command itself: no traceback, exit code 1."""
    command = [str(Path(sys.executable).with_name("connector")), "--config", str(tmp_path / "nowhere"), "plan"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, "Traceback" in ran.stderr) == (1, "", False)
    assert str(tmp_path / "nowhere") in ran.stderr


@pytest.mark.parametrize("damage", ["folder", "garbage", "newer"])
def test_state_that_cannot_be_used_stops_everything_in_one_clear_line(build: Build, damage: str) -> None:
    """Without a journal nothing is written to the PSA; the database is named."""
    world = build([ANNA], contacts=[])
    path = world.folder / "state.db"
    if damage == "folder":
        path.mkdir()
    elif damage == "garbage":
        path.write_bytes(b"no database at all" * 100)
    else:
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("create table schema_version (version integer primary key)")
            connection.execute("insert into schema_version values (99)")
    ran = world.run("sync")
    assert (ran.code, ran.out, ran.err.count("\n"), world.writes()) == (1, "", 1, 0)
    assert "state.db" in ran.err


def test_version_is_said(build: Build) -> None:
    """The option needs no config and no command."""
    ran = build([ANNA]).run("--version")
    assert (ran.code, ran.out) == (0, f"connector {__version__}\n")


def test_the_installed_command_does_what_main_does(build: Build) -> None:
    """plan, sync and plan again in processes of their own."""
    world = build([ANNA], contacts=[])
    codes = []
    for command in ("plan", "sync", "plan"):
        with world.start(command) as process:
            _, err = process.communicate(timeout=60)
            codes.append((process.returncode, err))
    assert codes == [(2, ""), (0, ""), (0, "")]
    assert world.active() == ["Anna Adler"]


# streams


def test_results_go_to_stdout_and_logs_to_stderr(build: Build) -> None:
    """Progress is asked for with a level; the document stays parseable."""
    ran = build([ANNA], contacts=[]).run("--log-level", "info", "sync", "--format", "json")
    assert ran.changes == [("contact.create", "aadler")]
    assert "reading" in ran.err
    assert "writing 1 changes" in ran.err


@pytest.mark.parametrize("level", ["debug", "info"])
def test_json_logs_are_one_object_a_line(build: Build, level: str) -> None:
    """With what happened, to which client, and when; repeats of requests too."""
    world = build([ANNA], contacts=[])
    world.fault("500", method="GET", path="/company/contacts")
    ran = world.run("--log-format", "json", "--log-level", level, "plan")
    lines = [json.loads(text) for text in ran.err.splitlines()]
    assert [one["event"] for one in lines if one.get("client") == "harbor"] == ["reading", "changes"]
    assert any(one["event"] == "psa.repeat" for one in lines)
    assert all(one["timestamp"] and one["level"] for one in lines)


def test_output_is_written_to_a_file_that_only_its_owner_reads(build: Build) -> None:
    """It holds client data; stdout stays empty, an existing file loses its wider rights."""
    world = build([ANNA], contacts=[])
    path = world.folder / "reports" / "plan.html"
    path.parent.mkdir()
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    ran = world.run("plan", "--format", "html", "--output", str(path))
    assert (ran.code, ran.out, stat.S_IMODE(path.stat().st_mode)) == (2, "", 0o600)
    assert "Anna Adler" in path.read_text(encoding="utf-8")


def test_output_that_cannot_be_written_is_one_clear_line(build: Build) -> None:
    """The path is named."""
    world = build([ANNA])
    ran = world.run("plan", "--output", str(world.folder))
    assert (ran.code, ran.err.count("\n"), f"{world.folder} cannot be written" in ran.err) == (1, 1, True)


def test_a_reader_that_goes_away_is_no_traceback(build: Build) -> None:
    """plan | head: the pipe breaks, quietly."""
    world = build(crowd(400), contacts=[])
    with world.start("plan", "--format", "json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert "Exception" not in err


# saved plans


@pytest.fixture
def saved(build: Build) -> tuple[World, Path]:
    """A world whose plan of one create, one update and one line was saved."""
    world = build([but(ANNA, title="Dentist"), BEN], USERS, contacts=contacts_of([ANNA]),
                  additions=[line(3301, "MS-USER", 1)])  # fmt: skip
    path = world.folder / "plan.json"
    assert world.run("plan", "--save", str(path)).code == 2
    return world, path


def test_saved_plan_is_private_and_applies(saved: tuple[World, Path]) -> None:
    """Every change of it is made; a plan afterwards finds nothing."""
    world, path = saved
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ran = world.run("apply", str(path))
    assert (ran.code, "3 of 3 changes written" in words(ran.out)) == (0, True)
    assert (world.active(), world.quantity(3301)) == (["Anna Adler", "Ben Berg"], 2)
    world.settled()


def test_saved_plan_applied_twice_refuses_what_is_no_longer_so(saved: tuple[World, Path]) -> None:
    """The second time each change is refused and named, and nothing is written."""
    world, path = saved
    world.run("apply", str(path))
    before = world.writes()
    ran = world.run("apply", str(path))
    assert (ran.code, world.writes()) == (3, before)
    for name in ("Anna Adler (aadler)", "Ben Berg (bberg)", "Managed user"):
        assert name in ran.out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('"quantity": "2"', '"quantity": "20"'), "was changed after it was made"),
        (lambda text: text.replace('"Dentist"', '"Owner"'), "was changed after it was made"),
        (lambda text: text[: len(text) // 2], "not JSON"),
        (lambda text: "", "not JSON"),
        (lambda text: "[]", "not an object"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version 2"),
        (lambda text: text.replace('"client": "harbor"', '"client": "other"'), "other"),
        (lambda text: "\udcff", "codec"),
    ],
    ids=["quantity", "title", "cut", "empty", "list", "version", "client", "bytes"],
)  # fmt: skip
def test_tampered_or_garbled_plan_is_one_clear_line(saved: tuple[World, Path], change: object, told: str) -> None:
    """Exit code 1, the file is named, nothing is written."""
    world, path = saved
    text = change(path.read_text(encoding="utf-8"))  # type: ignore[operator]
    path.write_bytes(text.encode(errors="surrogateescape"))
    ran = world.run("apply", str(path))
    assert (ran.code, ran.out, ran.err.count("\n"), world.writes()) == (1, "", 1, 0)
    assert told in ran.err
    assert str(path) in ran.err


def test_plan_file_that_is_not_there_is_one_clear_line(saved: tuple[World, Path]) -> None:
    """Missing, or a directory."""
    world, path = saved
    for wrong in (path.with_name("none.json"), path.parent):
        ran = world.run("apply", str(wrong))
        assert (ran.code, ran.err.count("\n"), f"{wrong} cannot be read" in ran.err) == (1, 1, True)


# past runs


def test_runs_and_show_tell_what_was_done(build: Build) -> None:
    """The latest run with its outcome; show takes the beginning of its id and tells each change."""
    world = build([ANNA, BEN], contacts=contacts_of([ANNA]))
    assert "sync --adopt-only" in world.run("runs").out
    world.sync("--adopt-only")
    world.sync()
    told = world.run("runs", "harbor")
    latest, first = (text.split() for text in told.out.splitlines()[1:3])
    assert (told.code, "applied" in latest, "adopted" in first) == (0, True, True)
    shown = world.run("show", latest[0][:8])
    assert (shown.code, "Outcome: applied" in shown.out, "1 of 1 change written" in words(shown.out)) == (0, True, True)
    assert "Ben Berg (bberg)" in shown.out


def test_show_of_a_failed_run_tells_the_cause(build: Build) -> None:
    """There is no plan, but a sentence."""
    world = build([ANNA])
    (world.folder / "exports" / "harbor.ldf").unlink()
    world.sync()
    run = world.run("runs").out.splitlines()[1].split()[0]
    shown = world.run("show", run)
    assert (shown.code, "Outcome: failed" in shown.out, "cannot be read" in words(shown.out)) == (0, True, True)


def test_show_of_an_unknown_run_is_1(build: Build) -> None:
    """With the way to find one."""
    ran = build([ANNA]).run("show", "ffffffffffff")
    assert (ran.code, ran.err) == (1, "connector: There is no run ffffffffffff. connector runs lists them.\n")


def test_a_created_contact_is_reported_as_done(build: Build) -> None:
    """The report of a sync counts it as written and calls nothing unwritten."""
    ran = build([ANNA], contacts=[]).run("sync")
    assert "1 of 1 change written" in words(ran.out)
    assert "not written" not in ran.out


# explain


@pytest.mark.parametrize(
    "called", ["aadler", "AADLER", "anna.adler@harbor.example", "Anna Adler", "anna adler", "guid"]
)
def test_explain_finds_a_person_by_any_name(build: Build, called: str) -> None:
    """Account, mail, name or GUID: rules, contact, fields and lines are told."""
    world = build([but(ANNA, title="Dentist"), BEN], USERS, additions=[line(3301, "MS-USER", 2)])
    ran = world.run("explain", "harbor", f"{{{ANNA.guid.upper()}}}" if called == "guid" else called)
    assert (ran.code, ran.err) == (0, "")
    for told in (ANNA.guid, "contact 101", "Dentist", "Managed user", "counted, 1 unit"):
        assert told in words(ran.out)
    assert "Ben Berg" not in ran.out


def test_explain_of_an_unknown_person_is_1(build: Build) -> None:
    """The name is repeated, with what can be given."""
    ran = build([ANNA]).run("explain", "harbor", "zorro")
    assert (ran.code, ran.out, "zorro" in ran.err) == (1, "", True)


def test_ctrl_c_says_that_the_rest_waits_and_a_rerun_makes_it(build: Build) -> None:
    """One line, exit code 1; the next run goes on where this one stopped."""
    world = build([ANNA, BEN], contacts=[])
    world.fault("slow", method="POST", path="/company/contacts", after=1, seconds=1)
    with world.start("sync") as process:
        while not any(rule["fired"] for rule in world.sandbox.control("GET", "faults")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.count("\n"), "run again for the rest" in err) == (1, "", 1, True)
    time.sleep(1)
    assert world.run("sync").code == 0
    assert world.active() == ["Anna Adler", "Ben Berg"]


# the sandbox as a server


def test_sandbox_says_where_it_answers_and_stops_on_a_signal(tmp_path: Path) -> None:
    """--port 0 picks a free port; the URL is on stderr; SIGTERM and SIGINT end it with 0."""
    data = tmp_path / "tenant.json"
    data.write_text(json.dumps({"companies": [{"id": HARBOR, "identifier": "HarborDental"}]}), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("connector")), "sandbox", "--port", "0", "--data", str(data)]
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
            assert found
            state = httpx.get(f"{found[0]}/_sandbox/state", trust_env=False).json()
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")
        assert [one["identifier"] for one in state["companies"]] == ["HarborDental"]


@pytest.mark.parametrize(("text", "told"), [(None, "cannot be read"), ("{", "no data"), ('{"cats": []}', "cats")])
def test_sandbox_data_that_cannot_be_used_is_one_clear_line(build: Build, text: str | None, told: str) -> None:
    """Missing, no JSON, or an unknown name."""
    world = build([ANNA])
    path = world.folder / "tenant.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    before = signal.getsignal(signal.SIGTERM)
    ran = world.run("sandbox", "--port", "0", "--data", str(path))
    signal.signal(signal.SIGTERM, before)
    assert (ran.code, ran.err.count("\n"), told in ran.err) == (1, 1, True)


def test_sandbox_speaks_https_with_a_certificate_and_its_key(tmp_path: Path) -> None:
    """The URL on stderr says so, and a client that trusts the authority is answered there."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    command = [str(Path(sys.executable).with_name("connector")), "sandbox", "--port", "0"]
    command += ["--certificate", str(tmp_path / "both.pem"), "--key", str(tmp_path / "both.pem")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"https://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found
        status = httpx.get(f"{found[0]}/_sandbox/state", trust_env=False, verify=trust).status_code
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (status, process.returncode, out, err) == (200, 0, "", "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--certificate", "missing.pem"], "go together"),
        (["--key", "missing.pem"], "go together"),
        (["--certificate", "missing.pem", "--key", "missing.pem"], "missing.pem"),
    ],
    ids=" ".join,
)
def test_sandbox_certificate_that_cannot_be_used_is_one_clear_line(build: Build, options: list[str], told: str) -> None:
    """Half a pair, or files that are not there."""
    before = signal.getsignal(signal.SIGTERM)
    ran = build([ANNA]).run("sandbox", "--port", "0", *options)
    signal.signal(signal.SIGTERM, before)
    assert (ran.code, ran.err.count("\n"), told in ran.err) == (1, 1, True)


def test_sandbox_port_in_use_is_one_clear_line(build: Build) -> None:
    """The port is named."""
    world = build([ANNA], contacts=[contact(101, "Anna Adler")])
    port = world.sandbox.url.rpartition(":")[2]
    before = signal.getsignal(signal.SIGTERM)
    ran = world.run("sandbox", "--port", port)
    signal.signal(signal.SIGTERM, before)
    assert (ran.code, f"Port {port} cannot be used: {os.strerror(98)}" in ran.err) == (1, True)
