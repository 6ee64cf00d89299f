"""Reading a CSV export as ``csvde -f`` writes it.

The first column is ``DN``; several values of one attribute stand in one cell with ``;`` between them; inside a value
a backslash is doubled and a semicolon becomes ``\\;``; binary values, and without ``-u`` all that is not ASCII, are
written as ``X'hexadecimal'``; of objectClass only the last, most special class is written.
"""

import csv
import re
import sys
from collections.abc import Collection, Iterator
from io import StringIO

from connector.core import normalize
from connector.directory.snapshot import Entry
from connector.errors import DirectoryIncomplete

_EXPORT_AGAIN = "Export it again with csvde -u, and do not open and save it with Excel."
_MULTI_VALUED = frozenset({"objectclass", "proxyaddresses", "member", "memberof"})
_VALUE = re.compile(r"(?:\\.|[^\\;]|\\$)+", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\;])")
_BINARY = re.compile(r"X'((?:[0-9a-fA-F]{2})*)'")


def read_csv(data: bytes, source: str, further: Collection[str] = ()) -> Iterator[Entry]:
    """Every row of the UTF-8 text ``data``, its ``place`` being its number, the header being row 1. ``further`` are the
    lower-case names of more attributes that may have several values. Raises DirectoryIncomplete, naming the row, when
    the text is not such an export or was cut short."""
    several = _MULTI_VALUED.union(further)
    rows = _rows(data, source)
    header = [name.strip().lower() for name in next(rows, [])]
    if "dn" not in header:
        raise DirectoryIncomplete(f"{source} has no column DN in its first row.", _EXPORT_AGAIN)
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(header):
            raise DirectoryIncomplete(
                f"{source}, row {number} has {len(row)} cells, but the first row names {len(header)}.", _EXPORT_AGAIN
            )
        yield _entry(dict(zip(header, row, strict=True)), number, several)


def _rows(data: bytes, source: str) -> Iterator[list[str]]:
    if data and not data.endswith((b"\n", b"\r")):
        raise DirectoryIncomplete(f"{source} ends in the middle of a row: it was cut short.", _EXPORT_AGAIN)
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise DirectoryIncomplete(f"{source}, line {line} is not UTF-8 text.", _EXPORT_AGAIN) from None
    csv.field_size_limit(sys.maxsize)  # the members of one group can be longer than csv's 128 KiB
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        yield from reader
    except csv.Error as fault:
        raise DirectoryIncomplete(f"{source}, line {reader.line_num} is not CSV: {fault}.", _EXPORT_AGAIN) from None


def _entry(cells: dict[str, str], number: int, several: frozenset[str]) -> Entry:
    attributes = {
        name: values for name, cell in cells.items() if name != "dn" and (values := _values(name, cell, several))
    }
    named = attributes.get("distinguishedname")
    dn = named[0].decode(errors="replace") if named else _dn(cells["dn"])
    return Entry(dn, attributes, f"row {number}")


def _values(name: str, cell: str, several: frozenset[str]) -> list[bytes]:
    if not cell:
        return []
    attribute = name.partition(";")[0]
    return [_raw(value) for value in (_VALUE.findall(cell) if attribute in several else [cell])]


def _raw(value: str) -> bytes:
    binary = _BINARY.fullmatch(value)
    return bytes.fromhex(binary.group(1)) if binary else _ESCAPED.sub(r"\1", value).encode()


def _dn(cell: str) -> str:
    """The DN of a row without the attribute distinguishedName: as it stands, or with its backslashes halved where only
    that gives a DN."""
    if _BINARY.fullmatch(cell):
        return _raw(cell).decode(errors="replace")
    try:
        normalize.dn_key(cell)
    except ValueError:
        return _raw(cell).decode()
    return cell
