"""Reading people from an export of Active Directory, for clients whose servers cannot be reached."""

import codecs
from collections.abc import Collection, Iterator
from pathlib import Path

from connector.core.model import DirectorySnapshot
from connector.directory import attributes as mapping
from connector.directory.csv_file import read_csv
from connector.directory.file_groups import GroupsOfFile
from connector.directory.ldif_file import read_ldif
from connector.directory.snapshot import Entry, Reading, group_key, unreadable
from connector.errors import DirectoryIncomplete

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LDIF_SUFFIXES = frozenset({".ldf", ".ldif"})
_CSV_SUFFIXES = frozenset({".csv"})
_KEPT = frozenset(name.lower() for name in (*mapping.ATTRIBUTES, "objectCategory", "member", "memberOf"))


class FileDirectory:
    """The directory of one client as an export: LDIF written by ``ldifde -f``, or CSV written by ``csvde -f``.

    Fits port ``Directory``. The kind is told by the file's extension, or else by its content. ``region`` is the ISO
    country of its telephone numbers.
    """

    def __init__(self, path: str | Path, region: str = "US") -> None:
        self._path = Path(path)
        self._region = region

    def __repr__(self) -> str:
        return f"FileDirectory({str(self._path)!r})"

    @property
    def name(self) -> str:
        """What it is called in messages: its path."""
        return str(self._path)

    def read(self, groups: Collection[str], attributes: Collection[str] = ()) -> DirectorySnapshot:
        """Every user account of the export, its ``groups`` among these, and its ``attributes`` (port ``Directory``)."""
        return self.reading(groups, attributes).snapshot()

    def holding(self, groups: Collection[str]) -> list[str]:
        """Those of the groups that the export holds."""
        known, _ = self._contents(())
        return [group for group in groups if known.holds(group)]

    def reading(self, groups: Collection[str], attributes: Collection[str] = ()) -> Reading:
        """All that the export holds. Raises as port ``Directory`` says."""
        for group in groups:
            group_key(group)
        known, accounts = self._contents(attributes)
        return Reading(
            entries=accounts,
            memberships=known.memberships(groups) if accounts else {},
            admins=known.admins(mapping.admin_group_sids(entry.attributes for entry in accounts)),
            further=attributes,
            region=self._region,
            source=self.name,
            warnings=_warnings(accounts, groups, known),
        )

    def _contents(self, attributes: Collection[str]) -> tuple[GroupsOfFile, list[Entry]]:
        """The groups of the export and its user accounts, with these further attributes."""
        known = GroupsOfFile(self.name)
        accounts: list[Entry] = []
        for entry in self._entries(self.name, attributes):
            try:
                known.add(entry)
                if mapping.is_user_account(entry.attributes):
                    accounts.append(entry)
            except ValueError as fault:
                raise unreadable(entry, self.name, fault) from None
        return known, accounts

    def _entries(self, source: str, attributes: Collection[str]) -> Iterator[Entry]:
        data = _utf8(self._bytes(), source)
        asked = frozenset(name.lower() for name in attributes)
        entries = read_ldif(data, source) if self._is_ldif(data, source) else read_csv(data, source, asked - _KEPT)
        for entry in entries:
            kept = {
                name: values
                for name, values in entry.attributes.items()
                if name in asked or name.partition(";")[0] in _KEPT
            }
            yield Entry(entry.dn, kept, entry.place)

    def _bytes(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as fault:
            reason = fault.strerror or type(fault).__name__
            raise DirectoryIncomplete(
                f"The directory export {self._path} cannot be read: {reason}.",
                "Check the path in the client's config, and that the export ran.",
            ) from None

    def _is_ldif(self, data: bytes, source: str) -> bool:
        suffix = self._path.suffix.lower()
        if not data.strip():
            raise DirectoryIncomplete(f"{source} is empty.", "Export it again; the last export failed.")
        if suffix in _LDIF_SUFFIXES or suffix in _CSV_SUFFIXES:
            return suffix in _LDIF_SUFFIXES
        first = next((line for line in data.splitlines() if line.strip() and not line.startswith(b"#")), b"")
        if first.lower().startswith((b"dn:", b"version:")):
            return True
        if b"dn" in [name.strip(b'" ') for name in first.lower().split(b",")]:
            return False
        raise DirectoryIncomplete(f"{source} is neither LDIF nor CSV.", "Export it with ldifde -f or csvde -f.")


def _utf8(data: bytes, source: str) -> bytes:
    """The text in UTF-8; ``ldifde -u`` and ``csvde -u`` write UTF-16 with a byte order mark."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode()
            except UnicodeError:
                raise DirectoryIncomplete(
                    f"{source} is not whole {encoding.upper()} text: it was cut short.", "Export it again."
                ) from None
    return data


def _warnings(accounts: list[Entry], groups: Collection[str], known: GroupsOfFile) -> list[str]:
    """What the export leaves unsaid."""
    unsaid = []
    if groups and not any("primarygroupid" in entry.attributes for entry in accounts):
        unsaid.append("The export holds no primaryGroupID: who is a member by primary group only is not seen.")
    if groups and known.holds_no_groups:
        unsaid.append("The export holds users but no groups: members of nested groups are not seen. Export both.")
    return unsaid
