"""Whatever happens to a client over many nights: in the end everything stands right once, and nothing else was touched.

Each history is played by its seed: ``HISTORY_SEED=123`` plays that one alone, ``HISTORIES=3000`` so many.
"""

import os

import pytest

from tests.properties.history import play, stage

CHUNKS = 10
"""Into how many tests the histories are dealt out, so that they run beside each other."""
HISTORIES = int(os.environ.get("HISTORIES", "300"))
SEED = os.environ.get("HISTORY_SEED")


@pytest.mark.parametrize("chunk", range(1 if SEED else CHUNKS))
def test_every_history_ends_well(chunk: int) -> None:
    """Nothing is left to do, nothing was made twice or taken away by half a reading, and the journal tells it all."""
    with stage() as sandbox:
        for seed in [int(SEED)] if SEED else range(chunk, HISTORIES, CHUNKS):
            play(seed, sandbox)
