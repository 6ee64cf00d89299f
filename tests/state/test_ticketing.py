"""The memory of open tickets."""

import pytest

from connector.core.tickets import Cause, Known
from connector.state import schema
from connector.state.store import Store
from tests.state.conftest import NOW, Open

GUARD, FAILED = Known(Cause.GUARD, 15001, "a" * 64), Known(Cause.FAILED, 15002, "b" * 64)


def test_a_ticket_is_remembered_for_its_client_and_cause(store: Store, stores: Open) -> None:
    """Another process finds it, another client does not."""
    for one in (GUARD, FAILED):
        store.remember_ticket("harbor", one, NOW)
    assert set(stores().tickets("harbor")) == {GUARD, FAILED}
    assert store.tickets("meadow") == ()


def test_the_latest_ticket_of_a_cause_takes_the_place_of_the_one_before(store: Store) -> None:
    """There is one for each cause; remembering it twice is remembering it once."""
    new = Known(Cause.GUARD, 15009, "c" * 64)
    for one in (GUARD, new, new):
        store.remember_ticket("harbor", one, NOW)
    assert store.tickets("harbor") == (new,)


def test_a_ticket_that_has_ended_is_forgotten_alone(store: Store) -> None:
    """Twice is as good as once."""
    for one in (GUARD, FAILED):
        store.remember_ticket("harbor", one, NOW)
    for _ in range(2):
        store.forget_ticket("harbor", Cause.GUARD)
    assert store.tickets("harbor") == (FAILED,)


def test_an_older_database_gets_the_table(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And knows of no ticket."""
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        Store(url).close()
    store = Store(url)
    assert store.tickets("harbor") == ()
    store.remember_ticket("harbor", GUARD, NOW)
    assert store.tickets("harbor") == (GUARD,)
    store.close()
