"""The PSA's own words reach the reader, whatever shape they come in."""

import json

import pytest

from connector.errors import PsaMissing, PsaRefused, PsaRejected, PsaUnreachable
from connector.psa.answers import Said, error_for, read_error, role_for

INVALID = {
    "code": "InvalidObject",
    "message": "contact object is invalid",
    "errors": [
        {"code": "MissingRequiredField", "message": "The firstName field is required.", "field": "firstName"},
        {"code": "NotFound", "message": "Company 999999 not found", "resource": "contact", "field": "company/id"},
    ],
}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (
            json.dumps(INVALID),
            "InvalidObject",
            "The firstName field is required. Company 999999 not found (company/id)",
        ),
        ('{"code": "InvalidPatch", "message": "No.", "errors": []}', "InvalidPatch", "No."),
        ('{"error": "ConnectWiseAPI", "message": "Too many requests."}', "ConnectWiseAPI", "Too many requests."),
        ("Cannot route. Codebase/company is invalid", "", "Cannot route. Codebase/company is invalid"),
        ("<html><head><title>502 Bad &amp; Gateway</title></head></html>", "", "502 Bad & Gateway"),
        ("", "", ""),
        ("null", "", "None"),
    ],
)
def test_the_words_of_an_error_are_found_in_every_shape(body: str, code: str, text: str) -> None:
    """Envelope with details, without, with "error", text, HTML, nothing (api.md 5.1)."""
    assert read_error(body) == Said(code, text)


def test_an_endless_error_body_is_cut() -> None:
    """A report is no place for a stack trace."""
    assert len(read_error("x" * 10_000).text) == 300


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PsaRejected),
        (401, PsaRefused),
        (403, PsaRefused),
        (404, PsaMissing),
        (409, PsaRejected),
        (429, PsaUnreachable),
    ],
)
def test_a_status_says_whose_turn_it_is(status: int, kind: type) -> None:
    """The class of the error tells the caller what to do next, and its status stays known."""
    error = error_for(status, Said("NotFound", "No such thing."), "GET", "/company/contacts/1")
    assert type(error) is kind
    assert error.status == status
    assert "No such thing." in str(error)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/company/contacts/8123", "Contacts"),
        ("/company/contacts/types", "Table Setup"),
        ("/company/companies/412/sites", "Company Maintenance"),
        ("/finance/agreements/77/additions/3301", "Agreements"),
        ("/procurement/catalog", "Product Catalog"),
        ("/company/communicationTypes", "Table Setup"),
    ],
)
def test_a_missing_right_is_named(path: str, role: str) -> None:
    """403 says which right of the security role to give (api.md 2.4)."""
    error = error_for(403, Said("Security", "You do not have security permission."), "PATCH", path)
    assert role in error.hint
    assert role in role_for(path)


def test_the_missing_api_prefix_points_at_the_site() -> None:
    """The cloud says "SSL is required" where the api- host was meant (api.md 2.1)."""
    assert "psa.site" in error_for(403, Said("Security", "SSL is required."), "GET", "/system/info").hint
