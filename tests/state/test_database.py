"""Transactions on both kinds: what waits for what, what one transaction sees, and trouble as one sentence."""

import pytest

from connector.core.model import Link
from connector.errors import StateError
from connector.state import engines
from connector.state.database import Database
from connector.state.schema import links
from connector.state.store import Store
from tests.state.conftest import NOW, Open
from tests.state.raw import holding, rows, shape


def test_opening_an_up_to_date_database_changes_nothing(url: str) -> None:
    """The second opening finds the schema as it is and the data where it was."""
    store = Store(url)
    run = store.open_run("harbor", "manual", NOW)
    store.close()
    before = shape(url), rows(url)
    again = Store(url)
    assert [one.id for one in again.runs()] == [run.id]
    again.close()
    assert (shape(url), rows(url)) == before


def test_a_writer_that_never_ends_is_told_after_a_while(
    new_urls: Open, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for, then told, with what to look for; when it is gone, writing goes on with the same store."""
    monkeypatch.setattr(engines, "WAIT", 0.2)
    url = str(new_urls())
    store = Store(url)
    run = store.open_run("harbor", "manual", NOW)
    words = {"sqlite": "database is locked", "postgresql": "canceling statement due to lock timeout"}
    with holding(url), pytest.raises(StateError, match=words[kind]) as caught:
        store.beat(run, NOW)
    assert "holds it" in caught.value.hint or "holds its rows" in caught.value.hint
    store.beat(run, NOW)
    store.close()


def test_a_reading_sees_one_state_of_the_data(url: str, store: Store) -> None:
    """What is committed between two of its questions is not in the second answer."""
    database = Database(url)
    with database.reading() as connection:
        first = connection.execute(links.select()).all()
        store.remember_links("harbor", [Link("g-1", 101)], NOW)
        assert connection.execute(links.select()).all() == first == []
    database.close()


@pytest.mark.real
def test_a_reading_cannot_write(postgres_url: str) -> None:
    """Nor does it take a lock that a writer would wait for; SQLite knows no such transaction."""
    database = Database(postgres_url)
    with pytest.raises(StateError, match="read-only transaction"), database.reading() as connection:
        connection.execute(links.delete())
    database.close()
