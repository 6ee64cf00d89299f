"""Finding and reading the TOML files; what cannot be read becomes a fault, so that the other files are still read."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.settings.lines import KeyPath, line_map

_CLIENT_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. ``place`` is the file as seen from the config directory, or an environment variable;
    ``line`` is 0 when no line is meant."""

    place: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.text}" if self.line else f"{self.place}: {self.text}"


@dataclass(frozen=True)
class TomlFile:
    """A file that was read: its values, with exact decimals, and the lines they stand on."""

    place: str
    values: dict[str, Any]
    lines: Mapping[KeyPath, int]


def read_toml(folder: Path, place: str, faults: list[Fault]) -> TomlFile | None:
    """The file ``place`` below ``folder``; None, and a fault, when it cannot be read."""
    try:
        text = (folder / place).read_bytes().decode("utf-8-sig")
        return TomlFile(place, tomllib.loads(text, parse_float=Decimal), line_map(text))
    except FileNotFoundError:
        faults.append(Fault(place, 0, "the file does not exist"))
    except OSError as error:
        faults.append(Fault(place, 0, f"the file cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        faults.append(Fault(place, line, "not UTF-8 text; save the file as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        faults.append(_syntax_fault(place, text, str(error)))
    except RecursionError:
        faults.append(Fault(place, 0, "not valid TOML: nested too deeply"))
    return None


def client_places(folder: Path, faults: list[Fault]) -> list[str]:
    """The client files, in the order of their names; hidden files are left out. Faults for a missing or empty
    ``clients`` directory and for names that a client cannot have."""
    try:
        names = sorted(path.name for path in (folder / "clients").iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        names = []
    except OSError as error:
        faults.append(Fault("clients", 0, f"the directory cannot be read: {error.strerror}"))
        return []
    names = [name for name in names if not name.startswith(".")]
    if not names:
        faults.append(Fault("clients", 0, "no client is configured; write one file clients/NAME.toml for each client"))
    rename = "rename the file: letters, digits, dots, dashes and underscores only"
    faults.extend(Fault(f"clients/{name}", 0, rename) for name in names if not _CLIENT_NAME.match(name))
    return [f"clients/{name}" for name in names]


def _syntax_fault(place: str, text: str, message: str) -> Fault:
    found = _POSITION.search(message)
    cause = message[: found.start()] if found else message
    line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
    return Fault(place, line, f"not valid TOML: {cause[:1].lower()}{cause[1:]}")
