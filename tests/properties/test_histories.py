"""Whatever happens to a client over many nights: in the end everything stands right once, and nothing else was touched.

Each history is played by its seed: ``HISTORY_SEED=123`` plays that one alone, ``HISTORIES=3000`` so many.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

from connector.psa.agreements import PsaLines
from connector.state.store import Store
from connector.sync import apply
from connector.sync.apply import _Writer
from tests.properties.history import play, stage

CHUNKS = 10
"""Into how many tests the histories are dealt out, so that they run beside each other."""
HISTORIES = int(os.environ.get("HISTORIES", "200"))
SEED = os.environ.get("HISTORY_SEED")


@pytest.mark.parametrize("chunk", range(1 if SEED else CHUNKS))
def test_every_history_ends_well(chunk: int) -> None:
    """Nothing is left to do, nothing was made twice or taken away by half a reading, and the journal tells it all."""
    with stage() as sandbox:
        for seed in [int(SEED)] if SEED else range(chunk, HISTORIES, CHUNKS):
            play(seed, sandbox)


BROKEN: dict[str, tuple[Any, str, Callable[..., object], str, int]] = {
    "a creation in doubt is sent again": (_Writer, "_shown_by_now", lambda *_: "", "made twice", 67),
    "links are forgotten": (Store, "remember_links", lambda *_: None, "made twice", 7),
    "a run is left open": (Store, "close_run", lambda *_, **__: None, "runs are open", 0),
    "sendings are not journalled": (apply, "_sending", lambda *_: "some-id", "the journal does not know", 0),
    "writes are left out": (PsaLines, "update", lambda *_: None, "always something left to do", 0),
}
"""Connectors that do wrong: what is replaced in them, what a history says of it, and the first seed that shows it; a
later one does when another kind of step has come to the histories."""


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_connector_that_does_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """What the histories prove is about something: some history ends badly, and tells how to play it again."""
    place, name, instead, words, first = BROKEN[wrong]
    monkeypatch.setattr(place, name, instead)
    with stage() as sandbox, pytest.raises(AssertionError, match=words) as found:
        for seed in range(first, first + 400):
            play(seed, sandbox)
    assert "HISTORY_SEED=" in str(found.value)
