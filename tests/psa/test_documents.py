"""Files beside agreements: uploaded once, looked for when the answer is lost."""

from typing import Any

import httpx
import pytest
import respx

from connector.errors import PsaInDoubt, PsaRefused
from connector.psa.documents import Attached, PsaDocuments
from connector.psa.rest import PsaRest
from connector.sandbox import Sandbox

PAGE = "<h1>Zoë &amp; محمد</h1>".encode()
TITLE = "Statement 2026-11"


def attach(http: PsaRest, content: bytes = PAGE) -> Attached:
    """Put a page beside agreement 77."""
    return PsaDocuments(http).attach(77, TITLE, "statement.html", content)


def documents(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The documents the PSA has."""
    rows: list[dict[str, Any]] = sandbox.state()["documents"]
    return rows


def test_a_page_is_uploaded_beside_the_agreement_as_it_is(http: PsaRest, sandbox: Sandbox) -> None:
    """Type, id, title and name of the record, private, and every byte of the file."""
    assert attach(http) == Attached(77, TITLE, new=True)
    (one,) = documents(sandbox)
    assert (one["recordType"], one["recordId"], one["title"], one["fileName"]) == (
        "Agreement", 77, TITLE, "statement.html",
    )  # fmt: skip
    assert one["publicFlag"] is False
    assert http.download(f"/system/documents/{one['id']}/download") == PAGE


def test_the_same_page_is_not_uploaded_again(http: PsaRest, sandbox: Sandbox) -> None:
    """It is found by its title and its content."""
    attach(http)
    assert attach(http) == Attached(77, TITLE, new=False)
    assert len(documents(sandbox)) == 1


def test_a_page_that_says_something_else_gets_the_next_number(http: PsaRest, sandbox: Sandbox) -> None:
    """What was attached stays; the third version follows the second, and going back is another version."""
    titles = [attach(http, content).title for content in (PAGE, b"two", b"two", b"three", PAGE)]
    assert titles == [TITLE, f"{TITLE} (2)", f"{TITLE} (2)", f"{TITLE} (3)", f"{TITLE} (4)"]
    assert len(documents(sandbox)) == 4


def test_other_documents_of_the_agreement_do_not_matter(http: PsaRest, sandbox: Sandbox) -> None:
    """Only the title with a number is a version of it."""
    PsaDocuments(http).attach(77, f"{TITLE} (draft)", "x.html", PAGE)
    PsaDocuments(http).attach(77, "Statement 2026-1", "x.html", PAGE)
    assert attach(http).title == TITLE
    assert len(documents(sandbox)) == 3


@pytest.mark.parametrize("effect", ["drop-after", "500-after", "502-html"])
def test_an_upload_whose_answer_is_lost_is_looked_for_and_never_repeated(
    http: PsaRest, sandbox: Sandbox, effect: str
) -> None:
    """Found: attached, once. Not there: said, and nothing is sent again."""
    sandbox.control("POST", "faults", {"effect": effect, "method": "POST", "path": "/system/documents", "times": 1})
    if effect == "502-html":
        with pytest.raises(PsaInDoubt):
            attach(http)
        assert documents(sandbox) == []
    else:
        assert attach(http) == Attached(77, TITLE, new=True)
        assert len(documents(sandbox)) == 1
    sandbox.control("DELETE", "faults")
    assert attach(http).new is (effect == "502-html")
    assert len(documents(sandbox)) == 1


def test_without_the_right_it_is_said(http: PsaRest, sandbox: Sandbox) -> None:
    """The PSA forbids it: nothing is attached, and the right that is missing is named."""
    sandbox.control("POST", "faults", {"effect": "403", "method": "POST", "path": "/system/documents"})
    with pytest.raises(PsaRefused) as refused:
        attach(http)
    assert "Companies: Manage Attachments" in refused.value.hint
    assert documents(sandbox) == []


def test_a_version_that_cannot_be_read_is_not_taken_for_another_one(http: PsaRest, sandbox: Sandbox) -> None:
    """Whether the page differs is not known then: nothing is uploaded."""
    attach(http)
    sandbox.control("POST", "faults", {"effect": "403", "method": "GET", "path": "/system/documents/*/download"})
    with pytest.raises(PsaRefused):
        attach(http)
    assert len(documents(sandbox)) == 1


def test_a_link_with_the_title_is_a_version_without_the_content(http: PsaRest, sandbox: Sandbox) -> None:
    """A technician linked the page instead: the file gets the next number."""
    values = {"recordType": "Agreement", "recordId": "77", "title": TITLE, "url": "https://files.example/november"}
    made = httpx.post(
        f"{sandbox.url}/v4_6_release/apis/3.0/system/documents",
        files={name: (None, value) for name, value in values.items()},
        auth=("bluefjord+demo", "demo"),
        headers={"clientId": "client-guid"},
        trust_env=False,
    )
    assert made.status_code == 201, made.text
    assert attach(http).title == f"{TITLE} (2)"


@respx.mock
def test_the_form_has_one_part_for_each_value_and_one_for_the_file() -> None:
    """multipart/form-data with its boundary, as the API takes it; JSON would be refused with 415 (api.md 4.9)."""
    base = "https://psa.example/v4_6_release/apis/3.0/system/documents"
    respx.get("https://psa.example/login/companyinfo/bluefjord").respond(
        json={"Codebase": "v4_6_release/", "VersionCode": "v2026.4", "IsCloud": False}
    )
    respx.get(url__startswith=base).respond(json=[])
    route = respx.post(base).respond(201, json={"id": 5, "title": TITLE})
    with PsaRest("https://psa.example", "bluefjord", "public", "private", "id", 6_000_000) as http:
        assert attach(http).new
    request: httpx.Request = route.calls.last.request
    body = request.content
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    for name, value in (("recordType", b"Agreement"), ("recordId", b"77"), ("title", TITLE.encode()),
                        ("privateFlag", b"true")):  # fmt: skip
        assert f'name="{name}"'.encode() + b"\r\n\r\n" + value + b"\r\n" in body
    assert b'name="file"; filename="statement.html"' in body
    assert PAGE in body
