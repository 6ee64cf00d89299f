"""Whatever stands in a config file, loading ends in settings or in plain faults."""

import re
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.settings import load
from tests.settings.test_faults import JARGON

EXAMPLES = Path(__file__).parents[2] / "config"
PLACES = ("connector.toml", "clients/harbor.toml", "clients/meadow.toml")
VALUES = ("3", "1.5", "true", '"x"', '""', "[]", "{}", "[[1]]", "[{}]", "{ x = 1 }", "1979-05-27", "-inf")


def _copy(folder: Path) -> None:
    for place in PLACES:
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text((EXAMPLES / place).read_text(encoding="utf-8"), encoding="utf-8")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", VALUES)
def test_any_value_anywhere_ends_in_settings_or_plain_faults(tmp_path: Path, place: str, value: str) -> None:
    """Each key of the examples in turn gets a value of another type. No crash, no jargon, always a line."""
    _copy(tmp_path)
    lines = (tmp_path / place).read_text(encoding="utf-8").splitlines()
    tried = 0
    for number, line in enumerate(lines):
        found = re.match(r"(?:# )?([a-z_]+) +=", line)
        if found is None:
            continue
        changed = [*lines[:number], f"{found[1]} = {value}", *lines[number + 1 :]]
        (tmp_path / place).write_text("\n".join(changed), encoding="utf-8")
        tried += 1
        for fault in _faults(tmp_path):
            assert re.match(r"[a-z./]+:\d+: [a-z_.\[\]0-9]+: [^\n]+$", fault), fault
            assert not any(word in fault for word in JARGON), fault
    assert tried > 5


@pytest.mark.parametrize("place", PLACES)
def test_a_file_that_breaks_off_anywhere_ends_in_settings_or_faults(tmp_path: Path, place: str) -> None:
    """A copy that was cut short, after every 23rd character."""
    _copy(tmp_path)
    text = (tmp_path / place).read_text(encoding="utf-8")
    for end in range(0, len(text), 23):
        (tmp_path / place).write_text(text[:end], encoding="utf-8")
        for fault in _faults(tmp_path):
            assert re.match(r"[a-z./]+:\d+: ", fault), fault


def _faults(folder: Path) -> tuple[str, ...]:
    try:
        load(folder)
    except ConfigError as error:
        assert error.faults
        return error.faults
    return ()
