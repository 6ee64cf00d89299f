"""Documents beside records (api.md 4.9, 12.8)."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from connector.sandbox import DataError, Sandbox
from connector.sandbox.loading import load
from tests.sandbox.conftest import API, Client, tenant

DOCUMENTS = "/system/documents"
BERG = {"recordType": "Contact", "recordId": "8123"}


def upload(psa: Client, at: str = "", file: Any = ("note.txt", b"hello"), **values: str) -> httpx.Response:
    """POST of a form, as multipart also without a file."""
    files = {"file": file} if file else {"nothing": (None, b"")}
    return psa.http.post(API + DOCUMENTS + at, data=values, files=files)


def fault(response: httpx.Response) -> tuple[str, str]:
    """(code, field) of a 400 answer."""
    assert response.status_code == 400, response.text
    entry = response.json()["errors"][0]
    return entry["code"], entry["field"]


def test_upload_answers_the_document(psa: Client) -> None:
    """201 with the published fields; content and record are not among them."""
    response = upload(psa, **BERG, title="Letter", privateFlag="true")
    document = response.json()
    assert response.status_code == 201
    assert (document["title"], document["fileName"], document["size"]) == ("Letter", "note.txt", 5)
    assert (document["publicFlag"], document["readOnlyFlag"], document["linkFlag"]) == (False, False, False)
    assert (document["owner"], document["createdOnDate"]) == ("adconnector", "2026-05-10T08:00:00Z")
    assert not {"content", "recordType", "recordId"} & document.keys()
    assert psa.get(f"{DOCUMENTS}/{document['id']}").json() == document


def test_title_is_the_file_name_where_none_is_given(psa: Client) -> None:
    """Of a path in the name only the last part counts."""
    document = upload(psa, file=("C:\\temp\\plan.pdf", b"%PDF"), recordtype="contact", recordId="8123").json()
    assert (document["title"], document["fileName"]) == ("plan.pdf", "plan.pdf")


def test_image_is_marked(psa: Client) -> None:
    """By the name of the file."""
    assert upload(psa, file=("face.PNG", b"x"), **BERG, isAvatar="true").json()["imageFlag"] is True
    assert upload(psa, **BERG).json()["imageFlag"] is False


@pytest.mark.parametrize("flag", ["readOnlyFlag", "readOnlyFlay"])
def test_both_spellings_of_the_read_only_flag_are_taken(psa: Client, flag: str) -> None:
    """The published document spells it wrong."""
    assert upload(psa, **BERG, **{flag: "True"}).json()["readOnlyFlag"] is True


def test_link_needs_no_file(psa: Client) -> None:
    """A url is a document, too; there is nothing to download."""
    document = upload(psa, file=None, **BERG, url="https://wiki.example/berg").json()
    assert (document["linkFlag"], document["urlFlag"], document["title"]) == (True, True, "https://wiki.example/berg")
    response = psa.get(f"{DOCUMENTS}/{document['id']}/download")
    assert (response.status_code, response.json()["code"]) == (404, "NotFound")


@pytest.mark.parametrize(
    ("values", "file", "expected"),
    [
        ({**BERG, "recordId": "999"}, ("a", b"x"), ("NotFound", "recordId")),
        ({**BERG, "recordId": "x"}, ("a", b"x"), ("NotFound", "recordId")),
        ({**BERG, "recordType": "Opportunity"}, ("a", b"x"), ("InvalidField", "recordType")),
        ({"recordId": "8123"}, ("a", b"x"), ("MissingRequiredField", "recordType")),
        ({"recordType": "Contact"}, ("a", b"x"), ("MissingRequiredField", "recordId")),
        (BERG, ("a", b""), ("InvalidField", "file")),
        (BERG, ("", b""), ("MissingRequiredField", "file")),
        (BERG, None, ("MissingRequiredField", "file")),
        ({**BERG, "privateFlag": "maybe"}, ("a", b"x"), ("InvalidField", "privateFlag")),
    ],
)
def test_bad_upload_is_refused(psa: Client, values: dict[str, str], file: Any, expected: tuple[str, str]) -> None:
    """No such record or type, no file and no url, an empty file: the envelope names the field, nothing is kept."""
    assert fault(upload(psa, file=file, **values)) == expected
    assert psa.sandbox.state()["documents"] == []


def test_json_is_no_upload(psa: Client) -> None:
    """415, for a new document and for a change."""
    assert psa.post(DOCUMENTS, BERG).status_code == 415
    made = upload(psa, **BERG).json()["id"]
    assert psa.post(f"{DOCUMENTS}/{made}", {"title": "x"}).status_code == 415


def test_form_without_end_is_refused(psa: Client) -> None:
    """400 in the envelope."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = psa.http.post(API + DOCUMENTS, content=b"--b\r\n", headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidObject")


@pytest.mark.parametrize(
    ("name", "media", "named"),
    [
        ("note.txt", "text/plain", 'filename="note.txt"'),
        ("mail.eml", "message/rfc822", 'filename="mail.eml"'),
        ("book.tar.gz", "application/octet-stream", 'filename="book.tar.gz"'),
        ("thing", "application/octet-stream", 'filename="thing"'),
        ('a"b.txt', "text/plain", "filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ("Åsa 方.pdf", "application/pdf", "filename=\"_sa _.pdf\"; filename*=UTF-8''%C3%85sa%20%E6%96%B9.pdf"),
    ],
)
def test_download_is_the_file(psa: Client, name: str, media: str, named: str) -> None:
    """The same bytes, the type by the name, and the name in Content-Disposition, in UTF-8 where ASCII is not enough."""
    content = bytes(range(256)) + b"\r\n--x\r\n"
    made = upload(psa, file=(name, content), **BERG).json()["id"]
    response = psa.get(f"{DOCUMENTS}/{made}/download")
    assert response.content == content
    assert response.headers["content-type"] == media
    assert response.headers["content-disposition"] == f"attachment; {named}"


def test_list_is_of_one_record_where_asked(psa: Client) -> None:
    """By type and id, with conditions and count; without them all; an unknown type is refused."""
    berg = upload(psa, **BERG, title="Letter").json()["id"]
    other = upload(psa, recordType="Company", recordId="412").json()["id"]
    assert psa.ids(DOCUMENTS) == [berg, other]
    assert psa.ids(DOCUMENTS, recordType="contact", recordId=8123) == [berg]
    assert psa.ids(DOCUMENTS, recordType="Contact", recordId=8124) == []
    assert psa.ids(DOCUMENTS, conditions='title like "let*" and size > 4') == [berg]
    assert psa.get(f"{DOCUMENTS}/count", recordType="Company").json() == {"count": 1}
    assert psa.get(DOCUMENTS, recordType="Nothing").status_code == 400


def test_agreement_keeps_documents(psa: Client) -> None:
    """Uploaded, listed by the agreement's id, downloaded, and in its audit trail."""
    made = upload(psa, recordType="Agreement", recordId="77", file=("terms.pdf", b"%PDF"), title="Terms").json()
    upload(psa, recordType="Company", recordId="412")
    assert psa.get(DOCUMENTS, recordType="Agreement", recordId=77).json() == [made]
    assert psa.get(f"{DOCUMENTS}/{made['id']}/download").content == b"%PDF"
    trail = psa.get("/system/audittrail", type="Agreement", id=77).json()
    assert [row["text"] for row in trail] == [f"Document {made['id']} Terms added"]


def test_hidden_names_stay_hidden(psa: Client) -> None:
    """Neither conditions nor fields reach content and record, also not for documents of the data file."""
    upload(psa, **BERG)
    psa.sandbox.control("POST", "reset", psa.sandbox.state())
    assert psa.get(DOCUMENTS, conditions='content="aGVsbG8="').status_code == 400
    assert psa.get(DOCUMENTS, fields="content").status_code == 400


def test_change_keeps_what_is_not_named(psa: Client) -> None:
    """200; title and flags, or the file."""
    made = upload(psa, **BERG, title="Letter").json()["id"]
    changed = upload(psa, f"/{made}", file=None, privateFlag="true").json()
    assert (changed["id"], changed["title"], changed["publicFlag"], changed["size"]) == (made, "Letter", False, 5)
    response = upload(psa, f"/{made}", file=("new.bin", b"\0\1"))
    assert (response.status_code, response.json()["fileName"], response.json()["title"]) == (200, "new.bin", "Letter")
    assert psa.get(f"{DOCUMENTS}/{made}/download").content == b"\0\1"
    assert upload(psa, "/999").status_code == 404


def test_document_stays_with_its_record(psa: Client) -> None:
    """A change may name the same record, not another; an empty file changes nothing."""
    made = upload(psa, **BERG).json()["id"]
    assert upload(psa, f"/{made}", **BERG).status_code == 200
    assert fault(upload(psa, f"/{made}", recordId="8124")) == ("InvalidField", "recordId")
    assert fault(upload(psa, f"/{made}", file=("x", b""))) == ("InvalidField", "file")
    assert psa.get(f"{DOCUMENTS}/{made}").json()["size"] == 5


def test_deleted_document_is_gone(psa: Client) -> None:
    """204, then 404; there is no PATCH."""
    made = upload(psa, **BERG).json()["id"]
    assert psa.patch(f"{DOCUMENTS}/{made}", ("replace", "title", "x")).status_code == 405
    assert psa.delete(f"{DOCUMENTS}/{made}").status_code == 204
    assert psa.get(f"{DOCUMENTS}/{made}").status_code == 404
    assert psa.get(f"{DOCUMENTS}/{made}/download").status_code == 404


def test_documents_go_with_their_record(psa: Client) -> None:
    """They do not hold it; another record of the same id keeps its own."""
    data = tenant()
    data["contacts"].append({"id": 77, "firstName": "Ann"})
    psa.sandbox.control("POST", "reset", data)
    gone = upload(psa, recordType="Contact", recordId="77").json()["id"]
    kept = upload(psa, **BERG).json()["id"]
    agreement = upload(psa, recordType="Agreement", recordId="77").json()["id"]
    assert psa.delete("/company/contacts/77").status_code == 204
    assert psa.ids(DOCUMENTS) == [kept, agreement]
    assert psa.get(f"{DOCUMENTS}/{gone}").status_code == 404
    assert psa.delete("/finance/agreements/77").status_code == 204
    assert psa.ids(DOCUMENTS) == [kept]


def test_transfer_of_a_contact_takes_its_documents_along(psa: Client) -> None:
    """They are references to the contact like others."""
    made = upload(psa, **BERG).json()["id"]
    psa.delete("/company/contacts/8123", transferContactId=8124)
    assert psa.ids(DOCUMENTS, recordType="Contact", recordId=8124) == [made]


def test_records_link_to_their_documents(psa: Client) -> None:
    """The link in ``_info`` can be followed."""
    ticket = psa.post("/service/tickets", {"summary": "x", "company": {"id": 412}}).json()["id"]
    for path in (
        "company/companies/412",
        "company/contacts/8123",
        "finance/agreements/77",
        f"service/tickets/{ticket}",
    ):
        href = psa.get(f"/{path}").json()["_info"]["documents_href"]
        assert "//system/documents?recordType=" in href
        kind, number = href.rpartition("?")[2].split("&")
        made = upload(psa, recordType=kind.partition("=")[2], recordId=number.partition("=")[2]).json()["id"]
        assert [document["id"] for document in psa.http.get(href.replace("3.0//", "3.0/")).json()] == [made]


def test_uploads_are_in_the_audit_trail_of_the_record(psa: Client) -> None:
    """Added, changed, deleted."""
    made = upload(psa, **BERG, title="Letter").json()["id"]
    upload(psa, f"/{made}", title="Note")
    psa.delete(f"{DOCUMENTS}/{made}")
    texts = [row["text"] for row in psa.get("/system/audittrail", type="Contact", id=8123).json()]
    assert texts == [f"Document {made} {what}" for what in ("Letter added", "Note changed", "Note deleted")]


def test_upload_sample_is_a_form_that_works(psa: Client) -> None:
    """A page whose form leads to the documents."""
    page = psa.get(f"{DOCUMENTS}/uploadsample")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    assert f'action="{psa.sandbox.url}{API}{DOCUMENTS}"' in page.text


def test_log_holds_no_file(psa: Client) -> None:
    """Of a form the request log keeps only its length."""
    upload(psa, file=("big", b"x" * 5000), **BERG)
    last = psa.sandbox.requests()["requests"][-1]
    assert last["body"].endswith("bytes of a form")


def test_documents_are_part_of_the_data(psa: Client) -> None:
    """The dump holds the content as base64 and loads again; a short form is enough."""
    upload(psa, **BERG)
    upload(psa, file=None, **BERG, url="\\\\files\\berg")
    state = psa.sandbox.state()
    assert base64.b64decode(state["documents"][0]["content"]) == b"hello"
    with Sandbox(state) as second:
        assert second.state() == state
    data = tenant() | {"documents": [
        {"recordType": "company", "recordId": 412, "fileName": "a.txt", "content": "aGVsbG8="},
        {"id": 9, "recordType": "Contact", "recordId": 8123, "title": "Wiki", "url": "https://wiki.example"},
    ]}  # fmt: skip
    link, text = load(data).rows("documents")
    assert (link["id"], link["title"], link["linkFlag"], link["publicFlag"]) == (9, "Wiki", True, True)
    assert (text["title"], text["size"], text["recordType"], text["owner"]) == ("a.txt", 5, "Company", "adconnector")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"recordType": "Contact", "recordId": 1, "url": "x"}, "Contact 1 not found"),
        ({"recordType": "Lead", "recordId": 1, "url": "x"}, "Enum value supplied was invalid"),
        ({"recordType": "Contact", "recordId": 8123}, "needs content or url"),
        ({"recordType": "Contact", "recordId": 8123, "content": "?"}, "not base64"),
    ],
)
def test_bad_document_in_the_data_is_named(document: dict[str, Any], message: str) -> None:
    """With its id."""
    with pytest.raises(DataError, match=rf"documents 301: .*{message}"):
        load(tenant() | {"documents": [document]})
