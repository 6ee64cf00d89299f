"""Paths of documents that the table of resources cannot describe: forms, downloads, the sample page (api.md 4.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from connector.sandbox import documents
from connector.sandbox.call import Call
from connector.sandbox.errors import ApiError, invalid_field, unsupported_media
from connector.sandbox.messages import Response, text_response
from connector.sandbox.multipart import MEDIA, FormError, Part, parse_form
from connector.sandbox.resources import BY_COLLECTION
from connector.sandbox.schema import CastError, Field, parse_word
from connector.sandbox.store import Record

ROW = BY_COLLECTION["documents"]
WORDS = (
    "recordType:text recordId:text title:text url:text privateFlag:flag readOnlyFlag:flag"
    " readOnlyFlay:flag isAvatar:flag"
)
FIELDS = tuple(parse_word(word) for word in WORDS.split())
SPELLINGS = {"readOnlyFlay": "readOnlyFlag"}
"""The published document spells one field of the form wrong (api.md 1); both spellings are taken."""
SAMPLE = """<html><head><title>Document upload</title></head><body>
<form action="{action}" method="post" enctype="multipart/form-data">
<p>recordType <input name="recordType"> recordId <input name="recordId"></p>
<p>title <input name="title"> url <input name="url"></p>
<p>private <input type="checkbox" name="privateFlag" value="true">
read only <input type="checkbox" name="readOnlyFlag" value="true"></p>
<p>file <input type="file" name="file"> <input type="submit"></p>
</form></body></html>
"""


@dataclass(frozen=True)
class Form:
    """What a form says: the values that were sent and are not empty, by field name, and the file if there is one."""

    values: Mapping[str, Any]
    file: Part | None


def read_form(call: Call) -> Form:
    """The form of a request; raises ``ApiError`` 415 for another body and 400 for a bad one."""
    media = call.request.headers.get("content-type", "")
    if media.partition(";")[0].strip().lower() != MEDIA:
        raise unsupported_media()
    try:
        parts = parse_form(media, call.request.body)
    except FormError as error:
        raise ApiError(400, "InvalidObject", str(error), []) from None
    # A file field that was left alone in a browser arrives as an empty file without a name.
    files = [p for p in parts if p.name.lower() == "file" and p.filename is not None and (p.filename or p.content)]
    if files and not files[0].content:
        raise invalid_field(ROW.name, "file", "The file is empty.")
    sent = {part.name.lower(): part.text for part in parts if part.filename is None}
    read = ((SPELLINGS.get(field.name, field.name), read_value(call, field, sent)) for field in FIELDS)
    return Form({name: value for name, value in read if value is not None}, files[0] if files else None)


def read_value(call: Call, field: Field, sent: Mapping[str, str]) -> Any:
    """One value of the form in its own type, ``None`` where nothing was sent."""
    try:
        return field.coerce(
            sent.get(field.name.lower(), "").strip(), keep_newlines=call.store.switches["keep_newlines"]
        )
    except CastError as error:
        raise invalid_field(ROW.name, field.name, str(error)) from None


def add_document(call: Call, _match: re.Match[str]) -> Response:
    """POST of a form: a file or a link beside a record; a file goes before a link."""
    form = read_form(call)
    for name in ("recordType", "recordId"):
        if name not in form.values:
            raise invalid_field(ROW.name, name, f"The {name} field is required.", "MissingRequiredField")
    kind = documents.record_type(form.values["recordType"])
    record_id = documents.check_record(call.store, kind, form.values["recordId"])
    if form.file is None and "url" not in form.values:
        raise invalid_field(ROW.name, "file", "The file field is required.", "MissingRequiredField")
    document = documents.new_document(call.store, kind, record_id)
    fill(document, form)
    return call.one(201, ROW, store_document(call, document, "added"), None)


def change_document(call: Call, match: re.Match[str]) -> Response:
    """POST of a form to a document: what it names changes, the rest stays. A document stays with its record."""
    document = {**call.find(ROW, None, match["id"])}
    form = read_form(call)
    for name in ("recordType", "recordId"):
        if str(form.values.get(name, document[name])).casefold() != str(document[name]).casefold():
            raise invalid_field(ROW.name, name, f"{name} can only be used when creating")
    fill(document, form)
    return call.one(200, ROW, store_document(call, document, "changed"), None)


def fill(document: Record, form: Form) -> None:
    """Write what a form says into a document."""
    if form.file is not None:
        documents.put_file(document, form.file.filename or "", form.file.content)
    elif "url" in form.values:
        documents.put_link(document, form.values["url"])
    document["title"] = form.values.get("title") or document.get("title") or document["fileName"]
    if "privateFlag" in form.values:
        document["publicFlag"] = not form.values["privateFlag"]
    document["readOnlyFlag"] = form.values.get("readOnlyFlag", document["readOnlyFlag"])


def store_document(call: Call, document: Record, what: str) -> Record:
    """Store a document and note it in its record's audit trail."""
    call.store.save("documents", document)
    documents.audit_document(call.store, document, what)
    return document


def delete_document(call: Call, match: re.Match[str]) -> Response:
    """DELETE, also noted in the record's audit trail."""
    document = call.find(ROW, None, match["id"])
    call.store.remove("documents", document["id"])
    documents.audit_document(call.store, document, "deleted")
    return Response(204)


def download(call: Call, match: re.Match[str]) -> Response:
    """The bytes of a file as they were sent, with its name (api.md 12.8)."""
    document = call.find(ROW, None, match["id"])
    content = documents.content_of(document)
    response = Response(200, content, documents.media_type(document["fileName"]))
    return response.with_headers({"Content-Disposition": documents.disposition(document["fileName"])})


def upload_sample(call: Call, _match: re.Match[str]) -> Response:
    """A page with a form that shows what an upload is made of."""
    return text_response(200, SAMPLE.format(action=escape(f"{call.base}system/documents")), "text/html")
