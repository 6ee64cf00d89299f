"""The config changes while a run is under way: the run ends as it began, and the next one takes what is there then."""

from collections.abc import Callable

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import but, person
from tests.scenarios.records import contacts_of, line, profile
from tests.scenarios.world import Ran, World

ANNA, BEN = person("Anna Adler"), person("Ben Berg")
PEOPLE = [but(ANNA, title="Dentist", telephoneNumber="+1 206 555 0101"), BEN]
OLD = ('[contacts.fields]\nphone = "psa"', profile("Managed user"))
NEW = ('[contacts.fields]\nphone = "directory"', profile("Managed user", minimum=3))
WHEN = ["reading", "writing"]
Sync = Callable[[str, Callable[[], object]], Ran]


@pytest.fixture
def clinic(build: Build) -> World:
    """Anna's title is old, Ben has no contact, and the line counts one."""
    return build(PEOPLE, *OLD, contacts=contacts_of([ANNA]), additions=[line(3301, "MS-USER", 1)])


@pytest.fixture
def sync(clinic: World, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs, and lets something happen once, when the run begins to read or to write."""

    def run(when: str, happens: Callable[[], object]) -> Ran:
        todo = [happens]

        def listen(_client: str, what: str) -> None:
            if todo and what.startswith(when):
                todo.pop()()

        with monkeypatch.context() as patched:
            patched.setattr("connector.cli.progress", lambda: listen)
            ran = clinic.sync()
        assert not todo, "it never came to that"
        return ran

    return run


def phones(world: World) -> list[str]:
    """Anna's phone numbers in the PSA."""
    items = world.contact(101)["communicationItems"]
    return [one["value"] for one in items if one["communicationType"] == "Phone"]


def ended_by_the_old_rules(world: World, ran: Ran) -> None:
    """Everything that the run planned was written, and nothing of what the new rules ask for."""
    assert (ran.code, set(ran.document["outcomes"].values())) == (0, {"done"}), ran.out
    assert [kind for kind, _ in ran.changes] == ["contact.create", "contact.update", "line.set"]
    assert (world.active(), world.contact(101)["title"]) == (["Anna Adler", "Ben Berg"], "Dentist")
    assert (phones(world), world.quantity(3301)) == ([], 2)


@pytest.mark.parametrize("when", WHEN)
def test_s90_new_rules_wait_for_the_next_run(clinic: World, sync: Sync, when: str) -> None:
    """Another owner of a field and another minimum: the next run applies them, once."""
    ended_by_the_old_rules(clinic, sync(when, lambda: clinic.rules(*NEW)))
    ran = clinic.sync()
    assert (ran.code, [kind for kind, _ in ran.changes]) == (0, ["contact.update", "line.set"]), ran.why
    assert (len(phones(clinic)), clinic.quantity(3301)) == (1, 3)
    clinic.settled()


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("place", ["connector.toml", "clients/harbor.toml"])
def test_s90_a_config_that_is_broken_meanwhile_stops_the_next_run_alone(
    clinic: World, sync: Sync, when: str, place: str
) -> None:
    """An editor saved half a file: the run ends well, the next one names the line and writes nothing."""
    path = clinic.folder / place
    whole = path.read_text(encoding="utf-8")
    ended_by_the_old_rules(clinic, sync(when, lambda: path.write_text(whole + "\n[contacts\n", encoding="utf-8")))
    writes = clinic.writes()
    ran = clinic.sync()
    assert (ran.code, ran.out, f"{place}:" in ran.err, clinic.writes()) == (1, "", True, writes)
    path.write_text(whole, encoding="utf-8")
    clinic.settled()


@pytest.mark.parametrize("when", WHEN)
def test_s90_a_client_that_is_taken_out_meanwhile_is_not_left_half_written(
    clinic: World, sync: Sync, when: str
) -> None:
    """Its file is removed: the run ends well, and the next one does not know the client."""
    ended_by_the_old_rules(clinic, sync(when, (clinic.folder / "clients" / "harbor.toml").unlink))
    assert clinic.sync("harbor").code == 1
    clinic.rules(*OLD)
    clinic.settled()


@pytest.mark.parametrize("when", WHEN)
def test_s90_another_psa_and_another_state_wait_for_the_next_run(clinic: World, sync: Sync, when: str) -> None:
    """The whole run goes to the PSA that it read, and its journal to one database."""
    path = clinic.folder / "connector.toml"
    old = path.read_text(encoding="utf-8")
    new = old.replace(clinic.sandbox.url, "http://127.0.0.1:9").replace("state.db", "other.db")
    new = new.replace("[psa]", "[psa]\npatience_seconds = 1")
    ended_by_the_old_rules(clinic, sync(when, lambda: path.write_text(new, encoding="utf-8")))
    assert not (clinic.folder / "other.db").exists()
    writes = clinic.writes()
    ran = clinic.sync()
    assert (ran.code, "http://127.0.0.1:9" in ran.failures["harbor"], clinic.writes()) == (1, True, writes)
    assert (clinic.folder / "other.db").exists()
    path.write_text(old, encoding="utf-8")
    clinic.settled()


def test_s90_a_client_that_is_still_to_come_is_run_by_the_config_of_the_command(clinic: World, sync: Sync) -> None:
    """While one client is written, the rules of the next one change: one command, one config."""
    carl = person("Carl Cole")
    clinic.client("lindqvist", "LindqvistLaw", "[contacts]\ncreate = true\n")
    clinic.people(carl, client="lindqvist")
    ran = sync("writing", lambda: clinic.client("lindqvist", "LindqvistLaw", "[contacts]\ncreate = false\n"))
    assert ran.code == 0, ran.out
    assert clinic.active(413) == ["Carl Cole"]
    clinic.settled()
