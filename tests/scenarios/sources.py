"""Where a world's directories are: in exports, unless a test brings another source."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from tests.scenarios.directory import Entry, export


class Source(Protocol):
    """Keeps the directory of each client, and says how the connector reads it."""

    def table(self, client: str) -> str:
        """The keys of the client's ``[directory]`` table."""

    def people(self, client: str, entries: Iterable[Entry], groups: Iterable[str]) -> None:
        """Make the client's directory equal to these objects; ``groups`` exist from now on even without a member."""


class Exports:
    """A file for each client, as ``ldifde`` writes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "exports"
        self._groups: dict[str, list[str]] = {}
        self._folder.mkdir()

    def table(self, client: str) -> str:
        """The keys of the client's ``[directory]`` table."""
        return f'kind = "file"\npath = "exports/{client}.ldf"'

    def people(self, client: str, entries: Iterable[Entry], groups: Iterable[str]) -> None:
        """Export the client's directory anew."""
        known = self._groups.setdefault(client, list(groups))
        (self._folder / f"{client}.ldf").write_bytes(export(entries, known))
