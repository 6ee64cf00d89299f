"""Many histories, played by seeds that were not played before: ``python -m tests.properties.soak HISTORIES [FIRST]``.

Prints what was met in them, and every history that did not end well; its seed plays it again.
"""

import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.properties.history import Figures, play, stage

CHUNK = 25


def chunk(seeds: Sequence[int]) -> tuple[Figures, list[str]]:
    """What was met in these histories, and those that did not end well, in words."""
    figures, failures = Figures(), []
    with stage() as sandbox:
        for seed in seeds:
            try:
                figures.add(play(seed, sandbox))
            except AssertionError as error:
                failures.append(str(error))
    return figures, failures


def main(histories: int, first: int) -> int:
    """Play so many histories from a seed on; the exit code."""
    begun, figures, failures = time.monotonic(), Figures(), list[str]()
    seeds = range(first, first + histories)
    print(f"{histories:,} histories, seeds {first} to {seeds[-1]}", flush=True)  # noqa: T201
    with ProcessPoolExecutor(int(os.environ.get("WORKERS", os.cpu_count() or 1))) as pool:
        for met, bad in pool.map(chunk, [seeds[at : at + CHUNK] for at in range(0, histories, CHUNK)]):
            figures.add(met)
            failures += bad
            for words in bad:
                print(words, end="\n\n", flush=True)  # noqa: T201
    print(f"{figures}, {len(failures)} failures, {time.monotonic() - begun:,.0f} seconds")  # noqa: T201
    return 1 if failures else 0


if __name__ == "__main__":
    wanted = int(sys.argv[1])
    sys.exit(main(wanted, int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**9)))  # noqa: S311
