"""Writing a directory the way Microsoft's tools export it, to have files to read."""

import base64
import csv
from collections.abc import Iterable, Mapping
from io import StringIO

Record = tuple[str, Mapping[str, list[bytes]]]
_BINARY = frozenset({"objectguid", "objectsid"})


def ldifde(records: Iterable[Record], encoding: str = "utf-8") -> bytes:
    """As ``ldifde -f`` writes it: one ``changetype: add`` each, lines folded, CRLF."""
    lines: list[str] = []
    for dn, attributes in records:
        lines += [*_line("dn", dn.encode()), "changetype: add"]
        for name, values in attributes.items():
            for value in values:
                lines += _line(name, value)
        lines.append("")
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def csvde(records: Iterable[Record], encoding: str = "utf-8") -> bytes:
    """As ``csvde -f`` writes it: a column for each attribute that occurs, only the last object class, CRLF."""
    rows = list(records)
    names = list(dict.fromkeys(name for _, attributes in rows for name in attributes))
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["DN", *names])
    for dn, attributes in rows:
        writer.writerow([dn, *(_cell(name, attributes.get(name, [])) for name in names)])
    return out.getvalue().encode(encoding)


def _line(name: str, value: bytes) -> list[str]:
    safe = value[:1] not in {b" ", b":", b"<"} and value[-1:] != b" " and all(31 < byte < 127 for byte in value)
    safe = safe and name.lower() not in _BINARY
    text = f"{name}: {value.decode()}" if safe else f"{name}:: {base64.b64encode(value).decode()}"
    return [text[:76], *(f" {text[at : at + 75]}" for at in range(76, len(text), 75))]


def _cell(name: str, values: list[bytes]) -> str:
    if name.lower() == "objectclass":
        values = values[-1:]
    return ";".join(_value(name, value) for value in values)


def _value(name: str, value: bytes) -> str:
    # without -u, csvde writes all that is not ASCII as hexadecimal
    if name.lower() in _BINARY or not value.isascii() or b"\n" in value:
        return f"X'{value.hex()}'"
    return value.decode().replace("\\", "\\\\").replace(";", "\\;")
