"""Documents: files and links that are kept beside a record (api.md 4.9, 12.8). The content is held as base64 text."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import uuid
from pathlib import PurePosixPath
from urllib.parse import quote

from connector.sandbox.errors import ApiError, invalid_field
from connector.sandbox.resources import BY_COLLECTION, DOCUMENTED
from connector.sandbox.store import Record, Store

DEFAULT_MEDIA = "application/octet-stream"
MEDIA_TYPES = mimetypes.MimeTypes()
"""Python's own table, the same on every machine."""
EXTENDED_SAFE = "!#$&+-.^_`|~"
"""What may stand unescaped in ``filename*`` besides letters and digits (RFC 8187 attr-char)."""


def record_type(text: str) -> str:
    """The record type as the PSA writes it, from any letter case; raises ``ApiError`` 400."""
    found = next((kind for kind in DOCUMENTED if kind.casefold() == text.strip().casefold()), None)
    if found is None:
        raise invalid_field("documentInfo", "recordType", "Enum value supplied was invalid")
    return found


def check_record(store: Store, kind: str, record_id: str) -> int:
    """The id of the record that a document is to be kept beside; raises ``ApiError`` 400."""
    found = store.get(DOCUMENTED[kind], record_id)
    if found is None:
        raise invalid_field("documentInfo", "recordId", f"{kind} {record_id} not found", "NotFound")
    return int(found["id"])


def new_document(store: Store, kind: str, record_id: int) -> Record:
    """A document without content beside a record; ``put_file`` or ``put_link`` makes it whole."""
    document_id = store.new_id("documents")
    return {
        "id": document_id,
        "owner": store.member,
        "publicFlag": True,
        "htmlTemplateFlag": False,
        "readOnlyFlag": False,
        "createdOnDate": store.clock.text(),
        "guid": new_guid(document_id),
        "recordType": kind,
        "recordId": record_id,
    }


def new_guid(document_id: int) -> str:
    """The guid of a document; the sandbox makes it from the id."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"document {document_id}"))


def put_file(document: Record, filename: str, content: bytes) -> None:
    """Give a document its file. Of a path in the name only the last part is kept."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", filename)[-1]).strip() or "document"
    document |= {
        "fileName": name,
        "serverFileName": document["guid"] + PurePosixPath(name).suffix,
        "linkFlag": False,
        "urlFlag": False,
        "imageFlag": media_type(name).startswith("image/"),
        "size": len(content),
        "content": base64.b64encode(content).decode(),
    }


def put_link(document: Record, url: str) -> None:
    """Make a document a link; there is no field for its address but the place of the file."""
    document |= {
        "fileName": url,
        "serverFileName": url,
        "linkFlag": True,
        "urlFlag": re.match(r"https?://", url, re.IGNORECASE) is not None,
        "imageFlag": False,
        "size": 0,
        "content": None,
    }


def from_data(store: Store, record: Record) -> None:
    """Complete a document of the data file, which has ``content`` (base64) or ``url``; raises ``ApiError``."""
    kind = record_type(str(record.get("recordType")))
    record_id = check_record(store, kind, str(record.get("recordId")))
    fresh = new_document(store, kind, record_id) | {"id": record["id"], "guid": new_guid(record["id"])}
    given = {name: value for name, value in record.items() if value is not None}
    record |= fresh | given | {"recordType": kind, "recordId": record_id}
    url = record.pop("url", None) or (record.get("serverFileName") if record.get("linkFlag") else None)
    if url:
        put_link(record, str(url))
    else:
        try:
            content = base64.b64decode(str(record.get("content") or ""), validate=True)
        except binascii.Error as error:
            raise invalid_field("documentInfo", "content", f"content is not base64: {error}") from None
        if not content:
            raise invalid_field("documentInfo", "content", "a document needs content or url")
        put_file(record, str(record.get("fileName") or record.get("title") or ""), content)
    record.setdefault("title", record["fileName"])


def media_type(filename: str) -> str:
    """The Content-Type of a file by its name; a compressed file is just bytes."""
    media, encoding = MEDIA_TYPES.guess_type("file" + PurePosixPath(filename).suffix)
    return media if media is not None and encoding is None else DEFAULT_MEDIA


def content_of(document: Record) -> bytes:
    """The bytes of a document's file; raises ``ApiError`` 404 for a link, which has none."""
    if document.get("content") is None:
        raise ApiError(404, "NotFound", f"Document {document['id']} is a link and has no file")
    return base64.b64decode(document["content"])


def disposition(filename: str) -> str:
    """Content-Disposition naming a file (RFC 6266): in ASCII, and exactly as UTF-8 where that differs."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in filename)
    header = f'attachment; filename="{plain}"'
    if plain == filename:
        return header
    return f"{header}; filename*=UTF-8''{quote(filename, safe=EXTENDED_SAFE, errors='replace')}"


def audit_document(store: Store, document: Record, what: str) -> None:
    """Note in the audit trail of the record what became of one of its documents."""
    row = BY_COLLECTION[DOCUMENTED[document["recordType"]]]
    store.audit(row, document["recordId"], "Updated", f"Document {document['id']} {document['title']} {what}")
