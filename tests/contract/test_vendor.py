"""The vendor's document itself: found, or missed in plain words; and the tables of the sandbox read against it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from connector.sandbox.schema import Field
from tests.contract.claims import ROWS, claims
from tests.contract.conftest import vendor_document
from tests.contract.deviations import DEVIATIONS
from tests.contract.document import VARIABLE, Document, Schema
from tests.contract.findings import UNKNOWN

KINDS = {"text": "string", "int": "integer", "num": "number", "flag": "boolean", "enum": "string", "date": "string"}
MAX_LENGTH = re.compile(r"Max length: (\d+)")
ADDED = {(entry.where, entry.name) for entry in DEVIATIONS if entry.what == UNKNOWN}


def test_a_missing_document_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reason names the file and the variable; where everything real is required it is a failure."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.json"))
    monkeypatch.delenv("CONNECTOR_REQUIRE_REAL", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"none\.json; name yours in CONNECTOR_OPENAPI"):
        vendor_document()
    monkeypatch.setenv("CONNECTOR_REQUIRE_REAL", "1")
    with pytest.raises(pytest.fail.Exception, match="CONNECTOR_REQUIRE_REAL=1, but there is no OpenAPI document"):
        vendor_document()


def test_the_operations_asked_are_those_of_the_document(document: Document) -> None:
    """The sandbox claims nothing that the document lacks, and each operation of its resources is asked in a test."""
    asked = [(claim, document.find(claim.method, claim.path(1, 1))) for claim in claims()]
    unknown = {(f"/{claim.row.path}", claim.method) for claim, found in asked if found is None}
    assert unknown <= ADDED
    assert {found.name for _, found in asked if found is not None} == set(of_our_resources(document))


def of_our_resources(document: Document) -> Iterator[str]:
    """The operations of the document on the paths of the sandbox's resources, with the methods that it claims."""
    for operation in document.operations:
        method, path = re.sub(r"\{\w+\}", "1", operation.name).split(" ")
        for row in ROWS:
            match = row.pattern.fullmatch(path.strip("/"))
            if match is not None and match["id"] in {None, "1"} and method in row.methods:
                yield operation.name


def test_the_fields_of_the_sandbox_are_those_of_the_document(document: Document) -> None:
    """Names, kinds, enums and lengths of all resources; where the document gives no length, older facts may."""
    assert [line for row in ROWS for line in unlike(document, row.path, row.fields)] == []


def unlike(document: Document, path: str, fields: Mapping[str, Field]) -> Iterator[str]:
    """What differs between the fields of one resource and its schema."""
    operation = document.find("GET", "/" + path.replace("{parent}", "1"))
    content = operation.answers[200] if operation else None
    if content is None:
        return
    name = content.schema["items"]["$ref"].rpartition("/")[2]
    theirs: dict[str, Schema] = document.schemas[name]["properties"]
    added = {one for where, one in ADDED if where == name}
    yield from (f"{name}.{one} is not in the sandbox" for one in theirs.keys() - fields.keys() - {"_info"})
    yield from (f"{name}.{one} is not in the document" for one in fields.keys() - theirs.keys() - {"id"} - added)
    for one in fields.keys() & theirs.keys():
        if not same_field(fields[one], theirs[one]):
            yield f"{name}.{one} is {fields[one]} here and {theirs[one]} there"


def same_field(ours: Field, theirs: Schema) -> bool:
    """Whether a field is of the kind, with the values and of the length that its schema says."""
    if "$ref" in theirs or ours.kind == "ref":
        return "$ref" in theirs and ours.kind == "ref"
    if theirs["type"] == "array" or ours.kind == "list":
        return theirs["type"] == "array" and ours.kind == "list"
    length = MAX_LENGTH.search(theirs.get("description", ""))
    return (
        KINDS[ours.kind] == theirs["type"]
        and tuple(theirs.get("enum", ())) == ours.choices
        and (ours.kind == "date" or theirs.get("format") != "date-time")
        and (length is None or int(length[1]) == ours.length)
    )
