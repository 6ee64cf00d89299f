"""Who holds a run: a worker's name, and whether the worker of that name can still be alive."""

import os
import uuid
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

LEASE = timedelta(seconds=90)
"""A run whose worker has not been heard of for this long may be taken over."""


def this_worker() -> str:
    """The name of this process, never given twice: where it runs, its process number, and a random part."""
    return _name_of(os.getpid())


@cache
def _name_of(pid: int) -> str:
    return f"{_place()}#{pid}#{uuid.uuid4().hex[:8]}"


def may_live(worker: str | None, beat_at: datetime, now: datetime, me: str) -> bool:
    """Whether ``worker``, last heard of at ``beat_at``, may still be at work; ``me`` is the one who asks.

    In the same place a process that is gone is known to be dead at once; elsewhere only silence tells.
    """
    if worker is None:
        return False
    place, pid, _ = worker.split("#")
    my_place, my_pid, _ = me.split("#")
    if place and place == my_place and worker != me and (pid == my_pid or not _process_lives(int(pid))):
        return False
    return now - beat_at < LEASE


def _place() -> str:
    """This boot of this machine and this space of process numbers (a container has its own); "" where Linux does not
    tell. A host name would not do: containers share one, and their process numbers mean different processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _process_lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
