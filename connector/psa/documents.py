"""Documents beside records (api.md 4.9): a file is uploaded once, and again only when it says something else."""

import re
from dataclasses import dataclass

from connector.errors import PsaError, PsaInDoubt, PsaMissing
from connector.psa.rest import PsaRest, Record

PATH = "/system/documents"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that stands beside a record under ``title``; ``new`` says whether it was uploaded just now."""

    record_id: int
    title: str
    new: bool


@dataclass(frozen=True, slots=True)
class PsaDocuments:
    """The :class:`~connector.sync.ports.Documents` of the PSA, beside records of one type, by the PSA's name for it."""

    http: PsaRest
    record_type: str = "Agreement"

    def attach(self, record_id: int, title: str, filename: str, content: bytes) -> Attached:
        """Put a file beside a record. The same content under the same title is not uploaded again; other content
        gets the title with the next number. Private: the client does not see it in the portal.

        Raises ``PsaRefused`` without the right to documents, ``PsaInDoubt`` when the answer was lost and the file is
        not seen there, and what else keeps the last version from being read: then nothing is uploaded.
        """
        known = self._versions(record_id, title)
        if known and self._content(known[-1]) == content:
            return Attached(record_id, str(known[-1]["title"]), new=False)
        numbers = [_number(one, title) for one in known]
        name = f"{title} ({max(numbers) + 1})" if numbers else title
        values = {"recordType": self.record_type, "recordId": str(record_id), "title": name, "privateFlag": "true"}
        try:
            self.http.upload(PATH, values, filename, content)
        except PsaInDoubt:
            if not self._arrived(record_id, name, {one["id"] for one in known}, content):
                raise
        return Attached(record_id, name, new=True)

    def _versions(self, record_id: int, title: str) -> list[Record]:
        """The documents that have the title, with whatever number, oldest first."""
        query = {"recordType": self.record_type, "recordId": str(record_id)}
        rows = [row for row in self.http.pages(PATH, query) if _number(row, title)]
        return sorted(rows, key=lambda row: (_number(row, title), row["id"]))

    def _content(self, document: Record) -> bytes | None:
        """The file; None where there is none, as of a link."""
        try:
            return self.http.download(f"{PATH}/{document['id']}/download")
        except PsaMissing:
            return None

    def _arrived(self, record_id: int, name: str, before: set[int], content: bytes) -> bool:
        """Whether an upload that was not answered is there all the same, as far as can be seen."""
        try:
            found = (one for one in self._versions(record_id, name) if one["id"] not in before)
            return any(self._content(one) == content for one in found)
        except PsaError:
            return False


def _number(document: Record, title: str) -> int:
    """1 for the title itself, n for the title with ``(n)``, 0 for any other."""
    found = re.fullmatch(rf"{re.escape(title)}(?: \((\d+)\))?", str(document.get("title") or ""))
    return int(found[1] or 1) if found else 0
