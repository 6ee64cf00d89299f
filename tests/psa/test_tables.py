"""Departments and relationships that the PSA does not have yet are made where the rules allow it, and only once."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import respx

from connector.core.model import Named, PsaSnapshot
from connector.core.plan import Value
from connector.core.rules import ContactRules
from connector.errors import PsaRejected, PsaUnreachable
from connector.psa.contacts import PsaContacts
from connector.psa.keeping import Keeping
from connector.psa.rest import PsaRest
from connector.psa.setup import SetupTables
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.helpers import API, connect, discovery
from tests.psa.tenant import tenant

BOTH = Keeping.of(ContactRules(create_missing=("department", "relationship")), "US")


@pytest.fixture
def maker(http: PsaRest, tables: SetupTables) -> PsaContacts:
    """A writer that may make both."""
    return PsaContacts(http, tables, BOTH)


def names(sandbox: Sandbox, table: str) -> list[str]:
    """The names in a setup table of the PSA."""
    return [row["name"] for row in sandbox.state()[table]]


def test_what_is_missing_is_made_once_and_then_found(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """In whatever letter case the next one names it, though the plan's reading does not know it."""
    values: dict[str, Value] = {"department": " Sales  East", "relationship": "Contractor"}
    after = maker.update(maker.get(8123), values, snapshot)
    assert after.department is not None and after.department.name == "Sales East"
    assert after.relationship is not None and after.relationship.name == "Contractor"
    made = maker.create({"first_name": "New", "department": "sales east", "relationship": "CONTRACTOR"}, snapshot)
    assert (made.department, made.relationship) == (after.department, after.relationship)
    assert names(sandbox, "departments") == ["Hygiene", "Front desk", "Sales East"]
    assert names(sandbox, "relationships") == ["Employee", "Contractor"]


def test_only_the_kind_that_the_rules_name_is_made(
    http: PsaRest, tables: SetupTables, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """contacts.create_missing = ["relationship"]."""
    writer = PsaContacts(http, tables, Keeping.of(ContactRules(create_missing=("relationship",)), "US"))
    with pytest.raises(PsaRejected, match='no department called "Sales"'):
        writer.create({"first_name": "New", "department": "Sales"}, snapshot)
    assert writes(sandbox) == []


def test_what_somebody_else_made_meanwhile_is_used(
    maker: PsaContacts, snapshot: PsaSnapshot, http: PsaRest, sandbox: Sandbox
) -> None:
    """The table is read again before anything is made."""
    http.post("/company/contacts/departments", {"name": "SALES"})
    after = maker.update(maker.get(8123), {"department": "Sales"}, snapshot)
    assert after.department is not None and after.department.name == "SALES"
    assert names(sandbox, "departments") == ["Hygiene", "Front desk", "SALES"]


def test_threads_that_miss_the_same_name_make_it_once(tables: SetupTables, sandbox: Sandbox) -> None:
    """Many clients may name a new department in the same minute."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: tables.make("department", "Sales"), range(16)))
    assert len(set(made)) == 1
    assert names(sandbox, "departments").count("Sales") == 1


@pytest.mark.parametrize("effect", ["drop-after", "500-after"])
def test_a_lost_answer_is_looked_for_in_the_table(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, effect: str
) -> None:
    """It was carried out, so the contact is written with it."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "*/departments", "effect": effect})
    after = maker.update(maker.get(8123), {"department": "Sales"}, snapshot)
    assert after.department is not None and after.department.name == "Sales"
    assert names(sandbox, "departments").count("Sales") == 1


def test_what_may_still_be_under_way_is_not_sent_again(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """Without answer and not there: this contact and the next are told so, and one request was made."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "*/departments", "effect": "drop"})
    for _ in range(2):
        with pytest.raises(PsaRejected, match=r'made the department "Sales" is not known.*contact was not written'):
            maker.update(maker.get(8123), {"department": "Sales"}, snapshot)
    assert len(writes(sandbox)) == 1


def test_what_the_psa_itself_says_has_failed_is_made_the_next_time(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """Nothing of it is under way any more."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "*/departments", "effect": "500"})
    with pytest.raises(PsaRejected, match="not known"):
        maker.update(maker.get(8123), {"department": "Sales"}, snapshot)
    maker.update(maker.get(8123), {"department": "Sales"}, snapshot)
    assert names(sandbox, "departments").count("Sales") == 1


@respx.mock
def test_a_refusal_because_it_is_there_is_no_failure() -> None:
    """ObjectExists (api.md 5.2): somebody was faster between the reading and the writing."""
    discovery(respx.mock)
    path = f"{API}/company/contacts/departments"
    listed = [httpx.Response(200, json=rows) for rows in ([], [{"id": 40, "name": "sales"}])]
    respx.get(path).mock(side_effect=listed)
    exists = {"code": "ObjectExists", "message": "Name already in use.", "resource": "department", "field": "name"}
    refused = {"code": "InvalidObject", "message": "department object is invalid", "errors": [exists]}
    respx.post(path).mock(return_value=httpx.Response(400, json=refused))
    with connect() as http:
        assert SetupTables(http).make("department", "Sales") == Named(40, "sales")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"department": "D" * 31}, r"longer than 30 characters.*contacts\.department_aliases"),
        ({"relationship": "R" * 51}, r"longer than 50 characters.*contacts\.relationship"),
    ],
)
def test_a_name_that_is_too_long_is_refused_before_anything_is_sent(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, values: dict[str, Value], words: str
) -> None:
    """The message says where a shorter one is set (api.md 4.3)."""
    with pytest.raises(PsaRejected, match=words):
        maker.update(maker.get(8123), values, snapshot)
    assert writes(sandbox) == []


def test_nothing_is_made_for_a_contact_that_cannot_be_written(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """The other values are looked at first."""
    for other in ({"site": "Nowhere"}, {"types": ["Nobody"]}, {"phone": f"1 x{'1' * 16}"}):
        values: dict[str, Value] = {"first_name": "New", "department": "Sales", **other}  # type: ignore[dict-item]
        with pytest.raises(PsaRejected):
            maker.create(values, snapshot)
        with pytest.raises(PsaRejected):
            maker.update(maker.get(8123), values, snapshot)
    assert writes(sandbox) == []


def test_a_member_that_may_not_make_it_is_told_in_the_words_of_the_psa(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """It concerns this contact alone, and the right is named."""
    role = {"name": "Reader", "permissions": {"Companies: Contacts": "all", "System: Table Setup": ["inquire"]}}
    sandbox.control(
        "POST", "reset", tenant() | {"securityRoles": [role], "keys": tenant()["keys"] | {"role": "Reader"}}
    )
    with pytest.raises(PsaRejected, match=r"do not have security permission.*System: Table Setup, Add and Inquire"):
        maker.update(maker.get(8123), {"department": "Sales"}, snapshot)
    assert maker.update(maker.get(8123), {"title": "Lead"}, snapshot).title == "Lead"


def test_a_psa_that_cannot_be_reached_stops_the_run(
    maker: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """It would hit every further write."""
    contact = maker.get(8123)
    sandbox.control("POST", "faults", {"path": "*/departments", "effect": "502-html", "times": 0})
    with pytest.raises(PsaUnreachable):
        maker.update(contact, {"department": "Sales"}, snapshot)
