"""The npm package ``connectwise-rest`` as a Python object: a Node process that makes its calls, one line each way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).parent


class Thrown(Exception):
    """What the client threw: ``status`` and ``data`` of an answer, and its own ``message``."""

    def __init__(self, status: int | None, data: Any, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.data = data
        self.message = message


def missing() -> str:
    """Why the client cannot run here, or ``""``."""
    if not shutil.which("node"):
        return "needs Node: apt-get install --no-install-recommends nodejs npm"
    installed = (HERE / "node_modules" / "connectwise-rest").is_dir()
    return "" if installed else "is not installed: make test does it, or npm ci in tests/clients"


class Driver:
    """A Node process that trusts ``ca_file`` besides the usual authorities, and knows no proxy."""

    def __init__(self, ca_file: Path) -> None:
        self.process = subprocess.Popen(
            ["node", str(HERE / "connectwise_rest.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(ca_file)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.communicate(timeout=20)

    def ask(self, call: Mapping[str, Any]) -> Any:
        """What the call returned; raises ``Thrown``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(call) + "\n")
        self.process.stdin.flush()
        outcome = json.loads(self.process.stdout.readline())
        if error := outcome.get("error"):
            raise Thrown(error["status"], error["data"], error["message"])
        return outcome["value"]


class ConnectwiseRest:
    """The client with its options, logged in to one sandbox."""

    def __init__(self, driver: Driver, url: str, **options: Any) -> None:
        self.driver = driver
        self.options = {
            "companyId": "bluefjord",
            "companyUrl": url.removeprefix("https://"),
            "publicKey": "demo",
            "privateKey": "demo",
            "clientId": "1111",
            "timeout": 10_000,
            **options,
        }

    def call(self, api: str, method: str, *arguments: Any) -> Any:
        """``client.<api>.<method>(...)``."""
        return self.driver.ask({"options": self.options, "api": api, "method": method, "args": arguments})

    def paginate(self, api: str, method: str, paging: Mapping[str, int], *arguments: Any) -> Any:
        """``client.paginate(client.<api>.<method>, paging, ...)``."""
        call = {"options": self.options, "api": api, "method": method, "args": arguments}
        return self.driver.ask({**call, "paging": paging})
