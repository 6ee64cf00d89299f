"""``connector journal``: the whole life of every change as JSON lines."""

import json
import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.directory import but, person
from tests.scenarios.world import Ran, World
from tests.sync.conftest import ANNA, KINDS, PEOPLE, joined

KEYS = [
    "run", "client", "seq", "at", "state", "change", "kind", "target", "person", "label", "before", "after", "reason",
    "actor", "worker", "request", "record", "answer",
]  # fmt: skip


def lines(ran: Ran) -> list[dict[str, Any]]:
    """The objects on stdout, one a line."""
    assert (ran.code, ran.err) == (0, "")
    return [json.loads(one) for one in ran.out.split("\n")[:-1]]


def life(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """What happened to the change of a kind."""
    return [one for one in found if one["kind"] == kind]


def sql(world: World, statement: str, *values: object) -> None:
    """One statement on the state database, behind the connector's back."""
    with closing(sqlite3.connect(world.folder / "state.db")) as connection, connection:
        connection.execute(statement, values)


def test_the_whole_life_of_a_change(world: World) -> None:
    """Planned, sending, done: who, what, before, after, who asked, which process, which request, what came of it."""
    world.sync()
    sql(world, "update runs set actor = 'ann@desk'")
    found = lines(world.run("journal"))
    assert {tuple(one) for one in found} == {tuple(KEYS)}
    assert [one["kind"] for one in found[: len(KINDS)]] == KINDS
    planned, sending, done = life(found, "contact.update")
    assert [one["state"] for one in (planned, sending, done)] == ["planned", "sending", "done"]
    for one in (planned, sending, done):
        assert (one["before"], one["after"]) == ({"title": "Nurse"}, {"title": "Manager"})
        assert (one["person"]["account"], one["person"]["name"]) == ("aadler", "Anna Adler")
        assert one["target"] == {"contact_id": 101, "agreement_id": None, "addition_id": None}
        assert (one["client"], one["actor"], one["label"]) == ("harbor", "ann@desk", "")
        assert one["reason"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", one["at"])
    assert len({one["change"] for one in (planned, sending, done)}) == 1
    assert {one["worker"] for one in found} == {done["worker"]}
    assert done["worker"]
    assert (planned["request"], re.fullmatch(r"[0-9a-f]{32}", sending["request"]) is not None) == ("", True)
    created = life(found, "contact.create")[-1]
    (ben,) = (one["id"] for one in world.sandbox.state()["contacts"] if one["firstName"] == "Ben")
    assert (created["answer"], created["record"]) == (f"contact {ben}", ben)
    set_ = life(found, "line.set")[-1]
    assert (set_["person"], set_["label"], set_["after"]) == (None, "Managed", {"quantity": "3"})


def test_every_line_of_the_journal_is_there_once_and_in_order(world: World) -> None:
    """Two runs, several changes each: as many lines as rows, in their order."""
    world.sync()
    world.people(*joined(person("Elsa Ek")))
    world.sync()
    found = lines(world.run("journal"))
    with closing(sqlite3.connect(world.folder / "state.db")) as connection:
        rows = connection.execute("select run, seq, state from journal order by id").fetchall()
    assert [(one["run"], one["seq"], one["state"]) for one in found] == rows
    assert len({one["run"] for one in found}) == 2


def test_a_failed_write_tells_what_the_psa_said(world: World) -> None:
    """The answer stands in the line of the state that it led to."""
    world.fault("403", method="PATCH", path="/company/contacts/101", times=0)
    world.sync()
    failed = life(lines(world.run("journal")), "contact.update")[-1]
    assert failed["state"] == "failed"
    assert "You do not have security permission" in failed["answer"]


def test_one_client_one_run_or_from_a_day_on(world: World) -> None:
    """A run is named by its beginning; a day begins at midnight UTC, wherever the client is."""
    world.sync()
    found = lines(world.run("journal"))
    (run,) = {one["run"] for one in found}
    for arguments in (["harbor"], ["--run", run[:5]], ["harbor", "--run", run.upper()]):
        assert lines(world.run("journal", *arguments)) == found
    today = datetime.now(UTC).date()
    assert lines(world.run("journal", "--since", f"{today - timedelta(days=1)}")) == found
    assert lines(world.run("journal", "--since", f"{today + timedelta(days=2)}")) == []
    world.client("lindqvist", "LindqvistLaw")
    assert lines(world.run("journal", "lindqvist")) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "There is no client nobody. The clients are: harbor, lindqvist."),
        (["--run", "ffff"], "There is no run ffff, or more than one begins so. connector runs lists them."),
        (["--run", ""], "There is no run , or more than one begins so. connector runs lists them."),
        (["lindqvist", "--run", "RUN"], "There is no run RUN of lindqvist, or more than one begins so. "),
        (["--since", "yesterday"], "yesterday is not a day. Write it as YYYY-MM-DD, such as 2026-11-01."),
        (["--since", "2026-02-30"], "2026-02-30 is not a day. "),
        (["--output", "FOLDER"], "cannot be written: Is a directory. Choose another path."),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_what_cannot_be_asked_is_told(world: World, arguments: list[str], told: str) -> None:
    """In one sentence with the way out, on stderr alone."""
    world.client("lindqvist", "LindqvistLaw")
    world.sync("harbor")
    run = world.run("runs").out.split("note")[1].split()[0]
    known = {"RUN": run, "FOLDER": str(world.folder)}
    ran = world.run("journal", *(known.get(one, one) for one in arguments))
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert told.replace("RUN", run) in ran.err


def test_a_file_that_only_its_owner_can_read(world: World, tmp_path: Path) -> None:
    """The same lines; a file that was open to others is closed."""
    world.sync()
    path = tmp_path / "out" / "journal.jsonl"
    path.parent.mkdir()
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    ran = world.run("journal", "--output", str(path))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert path.read_text(encoding="utf-8") == world.run("journal").out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_names_are_readable_and_no_sign_breaks_a_line_or_a_screen(world: World) -> None:
    """Every line is JSON whatever a name or an answer holds; what would drive a terminal is written as an escape."""
    name = 'Zoë 李 \u202e\u2028\x1b[2J\x85"\\'
    world.people(but(ANNA, title=name), *PEOPLE[1:])
    world.sync()
    sql(world, "insert into journal (run, seq, change, state, at, answer) select run, seq, change, 'doubt', at, ? "
               "from journal where state = 'done' limit 1", "two\nlines\x00\x07 \u2029 of ünïcode")  # fmt: skip
    ran = world.run("journal")
    found = lines(ran)
    assert len(found) == len(ran.out.splitlines()), "a sign in a text ends a line"
    assert "Zoë 李" in ran.out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", ran.out)
    assert found[-1]["answer"].startswith("two\nlines")


def test_lines_of_an_older_version_have_nulls(world: World) -> None:
    """What is not known of the change is null, and every key is there."""
    world.sync()
    run = lines(world.run("journal"))[0]["run"]
    sql(world, "insert into runs (id, client, trigger, opened_at, beat_at, closed_at) "
               "values ('0ld', 'harbor', 'manual', '2025-01-01', '2025-01-01', '2025-01-01')")  # fmt: skip
    sql(world, "insert into journal (run, seq, change, state, at) values ('0ld', 0, 'c-1', 'done', ?)",
        "2025-01-01T00:00:00.000000+00:00")  # fmt: skip
    (old,) = lines(world.run("journal", "--run", "0ld"))
    unknown = dict.fromkeys(("kind", "target", "person", "label", "before", "after", "reason", "record"))
    texts = dict.fromkeys(("actor", "worker", "request", "answer"), "")
    known = {"run": "0ld", "client": "harbor", "seq": 0, "at": "2025-01-01T00:00:00.000000Z", "state": "done"}
    assert old == known | {"change": "c-1"} | unknown | texts
    assert list(old) == KEYS
    assert run != "0ld"


def test_a_reader_that_has_seen_enough(world: World) -> None:
    """journal | head: no traceback, neither where much is left to say nor where nothing is."""
    world.sync()
    for arguments in ((), ("--since", "2999-01-01")):
        with world.start("journal", *arguments) as process:
            assert process.stdout is not None
            process.stdout.close()
            process.stdout = None
            _, err = process.communicate(timeout=60)
        assert err == "", arguments
