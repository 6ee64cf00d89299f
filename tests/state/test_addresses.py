"""Where the state database is: addresses that cannot be one, drivers that are missing, and passwords, never shown."""

import sys
from pathlib import Path

import pytest

from connector.errors import ConfigError, ConnectorError, StateError
from connector.state.store import Store
from tests.real.postgres import PASSWORD, Postgres


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "state.url is not a database address."),
        ("var/connector.db", "state.url is not a database address."),
        ("postgresql://host:port/name", "state.url is not a database address."),
        ("sqlite://", "state.url names no file"),
        ("sqlite:///:memory:", "state.url names no file"),
        ("sqlite://var/connector.db", "state.url names no file"),
        ("postgresql://me:p@secret@host/name", "state.url has an @ too many"),
        ("mysql://host/name", "state.url names a mysql database"),
        ("sqlite+nosuch:///x.db", "its driver cannot be loaded"),
    ],
)
def test_an_address_that_cannot_be_a_state_database_is_a_config_error(
    url: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong and how it is written right, instead of a traceback."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        Store(url)
    assert words in caught.value.message
    assert "sqlite:///PATH" in caught.value.hint or "@ as %40" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing package is named; the password in the address is not repeated."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="postgresql\\+psycopg, and its driver cannot be loaded") as caught:
        Store("postgresql+psycopg://me:open-sesame@127.0.0.1:1/state")
    assert "psycopg" in caught.value.hint
    assert "open-sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:s3cr3t@127.0.0.1:1/state",
        "postgresql://me:s3cr3t@127.0.0.1:1/state",
        "postgresql+psycopg://me:s3cr3t@localhost:1/state",
        "postgresql+psycopg://me:s3cr3t@127.0.0.1:1/state?host=no.such.name.invalid",
        "postgresql+psycopg://me@127.0.0.1:1/state?password=s3cr3t",
        "postgresql+psycopg://me@127.0.0.1:1/state?sslpassword=s3cr3t",
        "postgresql+psycopg://me:p@s3cr3t@127.0.0.1:1/state",
        "postgresql+psycopg://me:12/s3cr3t@127.0.0.1:1/state",
        "postgresql+psycopg://me:a?s3cr3t@127.0.0.1:1/state",
        "postgresql+psycopg://me:s3cr3t@127.0.0.1:1/state?nosuch=option",
        "postgresql+psycopg2://me:s3cr3t@127.0.0.1:1/state",
    ],
)
def test_no_error_shows_a_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever in the address it stands, and whatever is wrong with the rest."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(ConnectorError) as caught:
        Store(url)
    assert "s3cr3t" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_with_the_way_out() -> None:
    """The address without its password, the reason, and what to look at."""
    with pytest.raises(StateError) as caught:
        Store("postgresql+psycopg://me:s3cr3t@127.0.0.1:1/state")
    assert "postgresql+psycopg://me:***@127.0.0.1:1/state cannot be used: " in caught.value.message
    assert "Connection refused" in caught.value.message
    assert "Check that the PostgreSQL server runs" in caught.value.hint


@pytest.mark.real
@pytest.mark.parametrize(
    ("wrong", "words", "hint"),
    [
        ((PASSWORD, "shut-sesame"), "password authentication failed", "the account, the password and the database"),
        (("connector:", "nobody:"), "no pg_hba.conf entry", "the account, the password and the database"),
        (("/postgres", "/nowhere"), 'database "nowhere" does not exist', "(createdb makes one)"),
        (("/postgres", "/postgres"), "permission denied for schema public", "must own the database or its schema"),
    ],
)
def test_what_a_server_refuses_is_told_with_the_way_out(
    postgres: Postgres, wrong: tuple[str, str], words: str, hint: str
) -> None:
    """A wrong password, an unknown account, no database, no right to make tables."""
    with pytest.raises(StateError) as caught:
        Store(postgres.url("postgres").replace(*wrong))
    assert words in caught.value.message
    assert hint in caught.value.hint
    assert "sesame" not in str(caught.value)


@pytest.mark.real
def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Postgres) -> None:
    """Its encoding is looked at before a table is made."""
    postgres.admin("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C' LOCALE_PROVIDER libc")
    try:
        with pytest.raises(StateError, match="its encoding is LATIN1") as caught:
            Store(postgres.url("latin"))
        assert "ENCODING 'UTF8'" in caught.value.hint
    finally:
        postgres.admin("DROP DATABASE latin")
