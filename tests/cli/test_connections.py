"""Whom the connector talks to: the servers that the config names, and nobody else."""

import socket
from typing import Any

import pytest

from tests.scenarios.conftest import Build
from tests.scenarios.directory import person
from tests.scenarios.records import contacts_of, line, profile

ANNA, BEN = person("Anna Adler"), person("Ben Berg")


def test_no_command_connects_to_anything_but_the_configured_servers(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No telemetry, no look for updates, no fonts: every connection of every command goes to the PSA's address."""
    world = build(
        [ANNA, BEN], profile("Managed user"), contacts=contacts_of([ANNA]), additions=[line(3301, "MS-USER", 1)]
    )
    asked, reached, connect, look_up = set[str](), set[Any](), socket.socket.connect, socket.getaddrinfo

    def watched_connect(self: socket.socket, address: Any) -> None:
        reached.add(address[:2])
        connect(self, address)

    def watched_look_up(host: Any, *rest: Any, **more: Any) -> Any:
        asked.add(str(host))
        return look_up(host, *rest, **more)

    saved, page = str(world.folder / "plan.json"), str(world.folder / "plan.html")
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", watched_connect)
        patched.setattr(socket, "getaddrinfo", watched_look_up)
        commands = (
            ["check"], ["plan", "--save", saved], ["plan", "--format", "html", "--output", page], ["apply", saved],
            ["sync"], ["explain", "harbor", "aadler"], ["runs"], ["journal"], ["schema"], ["--version"],
        )  # fmt: skip
        codes = [world.run(*command).code for command in commands]
    host, _, port = world.sandbox.url.removeprefix("http://").partition(":")
    assert set(codes) <= {0, 2}
    assert (asked, reached) == ({host}, {(host, int(port))})
