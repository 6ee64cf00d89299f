"""The blocking server that the command line runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from connector.sandbox import Sandbox
from tests.sandbox.conftest import tenant


def wait_for(url: str) -> httpx.Response:
    """The first answer of a server that is starting."""
    for _ in range(200):
        try:
            return httpx.get(url)
        except httpx.ConnectError:
            time.sleep(0.05)
    raise TimeoutError(url)


def test_serve_answers_until_interrupted(tmp_path: Path) -> None:
    """It reads the data file, serves the port, and ends quietly on Ctrl-C."""
    data = tmp_path / "tenant.json"
    data.write_text(json.dumps(tenant()), encoding="utf-8")
    with Sandbox() as free:
        port = int(free.url.rpartition(":")[2])
    code = f"from connector.sandbox import serve; serve({port}, {str(data)!r})"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        state = wait_for(f"http://127.0.0.1:{port}/_sandbox/state").json()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert [company["id"] for company in state["companies"]] == [412, 413]
    assert (process.returncode, errors) == (0, b"")
