"""The checker finds what is wrong and only that, against a small document of our own."""

from dataclasses import replace
from typing import Any

import pytest

from connector.sandbox.faults import EFFECTS, Fault
from connector.sandbox.messages import Request, Response, json_response, text_response
from tests.contract.checker import A_LIST
from tests.contract.envelope import error_differences
from tests.contract.findings import MISSING, UNKNOWN, Deviation
from tests.contract.small import GOOD, LOGIN, checker, request, response, words

ONE = "/company/contacts/8123"


def answered(body: Any, status: int = 200, **query: str) -> list[tuple[str, str, str]]:
    """What is wrong with a contact as the answer to a GET."""
    return words(checker().response(request(route=ONE, **query), ONE, response(body, status)))


def asked(one: Request, route: str = "/company/contacts") -> list[tuple[str, str, str]]:
    """What is wrong with a request."""
    return words(checker().request(one, route))


def without(name: str) -> dict[str, str]:
    """The headers of a request but one."""
    return {key: text for key, text in LOGIN.items() if key != name}


def test_what_the_document_says_is_not_found() -> None:
    """Good requests and answers pass, and are counted with their operations."""
    check = checker()
    for method, route, body, answer in (
        ("GET", "/company/contacts", None, response([GOOD])),
        ("POST", "/company/contacts", GOOD, response(GOOD, 201)),
        ("PATCH", ONE, [{"op": "remove", "path": "title"}], response(GOOD)),
        ("DELETE", ONE, None, response(None, 204)),
    ):
        one = request(method, route, body)
        assert check.request(one, route) == []
        assert check.response(one, route, answer) == []
    assert (check.requests, check.responses) == (4, 4)
    assert "DELETE /company/contacts/{id}" in check.operations


def test_nullable_names_may_be_null() -> None:
    """Also where there is an enum."""
    assert answered(GOOD | {"inactiveFlag": None, "gender": None, "company": {"id": None}}) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"nickname": "J"}, ("Contact", "nickname", UNKNOWN)),
        ({"company": {"id": 412, "city": "Oslo"}}, ("CompanyReference", "city", UNKNOWN)),
        ({"types": [{}, {"href": "x"}]}, ("CompanyReference", "href", UNKNOWN)),
        ({"id": "8123"}, ("Contact", "id", "a string")),
        ({"firstName": None}, ("Contact", "firstName", "null")),
        ({"inactiveFlag": 0}, ("Contact", "inactiveFlag", "an integer")),
        ({"company": 412}, ("CompanyReference", "", "an integer")),
        ({"types": {"id": 2}}, ("Contact", "types", "an object")),
        ({"_info": {"lastUpdated": 1.5}}, ("Contact", "_info", "a number")),
        ({"id": 2**31}, ("Contact", "id", "maximum")),
        ({"id": -(2**31) - 1}, ("Contact", "id", "minimum")),
        ({"gender": "male"}, ("Contact", "gender", "enum")),
        ({"birthDay": "10 May"}, ("Contact", "birthDay", "format")),
        ({"mobileGuid": "1"}, ("Contact", "mobileGuid", "format")),
    ],
)
def test_a_wrong_value_is_found(change: dict[str, Any], found: tuple[str, str, str]) -> None:
    """Unknown names at any depth, types, nulls, enums, numbers out of range, formats; in requests and answers alike."""
    assert answered(GOOD | change) == [found]
    assert asked(request("POST", body=GOOD | change)) == [found]


def test_a_missing_name_is_found_unless_fields_trim_the_answer() -> None:
    """``required`` holds for whole records; the rest of the schema holds for trimmed ones too."""
    assert answered({"id": 8123}) == [("Contact", "firstName", MISSING)]
    assert asked(request("POST", body={"id": 8123})) == [("Contact", "firstName", MISSING)]
    assert answered({"id": 8123}, fields="id") == []
    assert answered({"id": "8123"}, fields="id") == [("Contact", "id", "a string")]


def test_an_unknown_operation_is_found() -> None:
    """Asked or answered with success; that it is refused is right."""
    one, route = request(route="/company/people"), "/company/people"
    found = [("/company/people", "GET", UNKNOWN)]
    assert words(checker().request(one, route)) == found
    assert words(checker().response(one, route, response([]))) == found
    refused = response({"code": "ConnectWiseApi", "message": "The endpoint does not exist."}, 404)
    assert checker().response(one, route, refused) == []
    assert asked(request("PUT")) == [("/company/contacts", "PUT", UNKNOWN)]
    assert asked(request(route="/company/contacts/x"), "/company/contacts/x") == [("/company/contacts", "GET", UNKNOWN)]


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (request(colour="red"), ("GET /company/contacts", "colour", UNKNOWN)),
        (request(Page="1"), ("GET /company/contacts", "Page", UNKNOWN)),
        (request(page="first"), ("GET /company/contacts", "page", "a string")),
        (request(page=str(2**31)), ("GET /company/contacts", "page", "maximum")),
        (replace(request(), headers=without("clientid")), ("GET /company/contacts", "clientId", MISSING)),
        (replace(request(), headers=without("authorization")), ("GET /company/contacts", "authorization", MISSING)),
        (replace(request(), headers=LOGIN | {"x-page": "1"}), (A_LIST, "x-page", UNKNOWN)),
        (replace(request(), body=b"{}"), ("GET /company/contacts", "body", UNKNOWN)),
        (replace(request("POST", body=GOOD), headers=LOGIN), ("POST /company/contacts", "content-type", "")),
        (replace(request("POST", body=GOOD), body=b"{"), ("POST /company/contacts", "body", "no JSON")),
        (request("POST", body=[GOOD]), ("Contact", "", "an array")),
    ],
)
def test_a_wrong_request_is_found(one: Request, found: tuple[str, str, str]) -> None:
    """Parameters and headers that are unknown, missing or of the wrong type, and bodies that are none."""
    assert asked(one) == [found]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (response(GOOD, 201), ("GET /company/contacts/{id}", "status", "201")),
        (response(GOOD, media="text/html"), ("GET /company/contacts/{id}", "content-type", "text/html")),
        (replace(response(GOOD), body=b""), ("GET /company/contacts/{id}", "body", "no JSON")),
        (response([GOOD]), ("Contact", "", "an array")),
    ],
)
def test_a_wrong_answer_is_found(answer: Response, found: tuple[str, str, str]) -> None:
    """Status, media type and body are those of the operation."""
    assert words(checker().response(request(route=ONE), ONE, answer)) == [found]


def test_a_body_where_there_is_none_is_found() -> None:
    """204 is empty."""
    found = words(checker().response(request("DELETE", ONE), ONE, response({}, 204)))
    assert found == [("DELETE /company/contacts/{id}", "body", UNKNOWN)]


def test_a_finding_says_where_and_what() -> None:
    """A technician sees the place in the body, what is wrong, and the words of an entry for it."""
    (finding,) = checker().response(request(), "/company/contacts", response([GOOD, GOOD | {"company": {"id": "x"}}]))
    said = 'answer 200 at /1/company/id: "x" is not of types "null", "integer" [CompanyReference, id, a string]'
    assert str(finding).replace('"integer", "null"', '"null", "integer"') == said


def test_a_listed_deviation_is_no_finding_and_counts_as_met() -> None:
    """Only the very name, and the very thing that is wrong with it."""
    allowed = Deviation("Contact", "nickname", UNKNOWN, "a fact")
    other = Deviation("Contact", "id", "a boolean", "a fact")
    check = checker(allowed, other)
    found = check.response(request(route=ONE), ONE, response(GOOD | {"nickname": "J", "id": "8123"}))
    assert words(found) == [("Contact", "id", "a string")]
    assert check.used == {allowed}


def test_an_entry_for_an_operation_is_void_where_the_document_has_it() -> None:
    """It can never be met there, and need not be."""
    lacking = Deviation("/system/members", "GET", UNKNOWN, "a fact")
    known = Deviation("/company/contacts", "GET", UNKNOWN, "a fact")
    assert checker(lacking, known).deviations == (lacking,)


def test_names_of_the_data_are_excused_in_the_record_itself() -> None:
    """Not inside its references, and not names that nobody brought."""
    brought = frozenset({"madeUp"})
    record = GOOD | {"madeUp": 1, "other": 2, "company": {"id": 412, "madeUp": 1}}
    left = [("Contact", "other", UNKNOWN), ("CompanyReference", "madeUp", UNKNOWN)]
    one = checker().response(request(route=ONE), ONE, response(record), brought)
    many = checker().response(request(), "/company/contacts", response([record]), brought)
    assert sorted(words(one)) == sorted(words(many)) == sorted(left)


def test_the_same_words_are_wrong_each_time() -> None:
    """What was looked at before is known, and no less wrong."""
    check = checker()
    bad = response(GOOD | {"nickname": "J"})
    assert [len(check.response(request(route=ONE), ONE, bad)) for _ in range(2)] == [1, 1]
    assert check.response(request(route=ONE), ONE, response(GOOD)) == []


FIELD_ERROR = {"code": "InvalidField", "message": "Invalid URL", "resource": "callbackEntry", "field": "url"}
INVALID: dict[str, Any] = {"code": "InvalidObject", "message": "contact object is invalid"}


@pytest.mark.parametrize(
    "answer",
    [
        json_response(400, INVALID),
        json_response(400, INVALID | {"errors": None}),
        json_response(400, INVALID | {"errors": []}),
        json_response(400, INVALID | {"errors": [FIELD_ERROR, FIELD_ERROR | {"field": "company/id"}]}),
        json_response(409, {"code": "Conflict", "message": "in use"}),
        json_response(429, {"error": "ConnectWiseAPI", "message": "Too many requests."}),
        text_response(400, "Cannot route. Codebase/company is invalid"),
        text_response(404, "<html></html>", "text/html"),
    ],
)
def test_an_error_as_the_psa_writes_it_passes(answer: Response) -> None:
    """The shapes of api.md section 5."""
    assert error_differences(answer) == []


@pytest.mark.parametrize(
    "answer",
    [
        json_response(400, {"message": "no code"}),
        json_response(400, {"code": "InvalidObject"}),
        json_response(400, INVALID | {"message": ""}),
        json_response(400, INVALID | {"detail": "x"}),
        json_response(400, {"code": "NotFound", "message": "a code of 404"}),
        json_response(400, INVALID | {"errors": "none"}),
        json_response(400, INVALID | {"errors": [FIELD_ERROR | {"code": "Wrong"}]}),
        json_response(400, INVALID | {"errors": [FIELD_ERROR | {"resource": "Callback Entry"}]}),
        json_response(400, INVALID | {"errors": [FIELD_ERROR | {"field": ""}]}),
        json_response(400, INVALID | {"errors": [{"code": "InvalidField", "message": "no field"}]}),
        json_response(400, {"code": "InvalidPatch", "message": "x", "errors": []}),
        json_response(429, {"code": "ConnectWiseAPI", "message": "Too many requests."}),
        json_response(500, [INVALID]),
        text_response(400, "Something went wrong"),
        text_response(403, "<html></html>", "text/html"),
        Response(404),
        Response(405, b"no", ""),
    ],
)
def test_a_bad_error_envelope_is_found(answer: Response) -> None:
    """Names, codes for the status, and texts that are no JSON."""
    assert checker().response(request(), "/company/contacts", answer)


SAID_INSTEAD = {
    effect: Fault(effect).instead() or Fault(effect).afterwards(Response(200)) for effect in sorted(EFFECTS)
}


@pytest.mark.parametrize("effect", [effect for effect, answer in SAID_INSTEAD.items() if answer.status >= 400])
def test_what_a_fault_rule_says_is_an_error_of_the_psa(effect: str) -> None:
    """A client that is tried with faults meets the envelopes it will meet."""
    assert error_differences(SAID_INSTEAD[effect]) == []
