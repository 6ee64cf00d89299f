"""Reading an LDIF export (RFC 2849) as ``ldifde -f`` writes it."""

import base64
from collections.abc import Iterator
from io import BytesIO

from ldif import LDIFParser  # type: ignore[import-untyped]

from connector.directory.attributes import is_group
from connector.directory.snapshot import Entry
from connector.errors import DirectoryIncomplete

_EXPORT_AGAIN = "Export it again with ldifde."


class _Parser(LDIFParser):  # type: ignore[misc]
    """The parser, strict about base64: it would drop bad characters and give another value."""

    def _parse_attr(self, line: bytes) -> tuple[str, bytes]:
        _, _, value = line.partition(b":")
        if value.startswith(b":"):
            base64.b64decode(value[1:].strip(), validate=True)
        name, found = super()._parse_attr(line)
        return name, found


def read_ldif(data: bytes, source: str) -> Iterator[Entry]:
    """Every record of the UTF-8 text ``data``, its ``place`` being its number. Raises DirectoryIncomplete, naming the
    record, when the text is no LDIF, holds changes instead of objects, or was cut short."""
    if data and not data.endswith(b"\n"):
        # every line of LDIF is ended, so the last value may be half a mail address
        raise DirectoryIncomplete(f"{source} ends in the middle of a line: it was cut short.", _EXPORT_AGAIN)
    # raw bytes, so that a photo or a broken name is not taken for a fault of the file
    parser = _Parser(BytesIO(data), encoding=None)
    records = parser.parse()
    last = Entry("", {})
    while True:
        try:
            record = next(records, None)
        except ValueError as fault:
            raise DirectoryIncomplete(
                f"{_place(source, parser)} cannot be read: {_words(fault)}.", _EXPORT_AGAIN
            ) from None
        if record is None:
            break
        dn, values = record
        if dn is not None:  # else a version line alone
            last = _entry(dn, values, source, parser)
            yield last
    _check_end(data, last, source)


def _entry(dn: str, values: dict[str, list[bytes]], source: str, parser: LDIFParser) -> Entry:
    folded: dict[str, list[bytes]] = {}
    for name, found in values.items():
        folded.setdefault(name.lower(), []).extend(found)
    change = b"".join(folded.pop("changetype", [b"add"])).strip().lower()
    if change != b"add":
        raise DirectoryIncomplete(
            f"{_place(source, parser)} is a change ({change.decode(errors='replace')}), not an object.", _EXPORT_AGAIN
        )
    return Entry(dn, folded, f"record {parser.records_read}")


def _check_end(data: bytes, last: Entry, source: str) -> None:
    """A whole export ends with an empty line. Without one, a last group could have lost members; whether its account
    name, which follows them, is there tells."""
    ended = data.endswith((b"\n\n", b"\n\r\n"))
    if not ended and is_group(last.attributes) and "samaccountname" not in last.attributes:
        raise DirectoryIncomplete(
            f"{source} ends in the middle of the group {last.dn}: it was cut short.", _EXPORT_AGAIN
        )


def _place(source: str, parser: LDIFParser) -> str:
    return f"{source}, record {parser.records_read}"


def _words(fault: ValueError) -> str:
    text = str(fault)
    return "a line has no colon" if "not found" in text else " ".join(text.split())[:160].rstrip(".")
