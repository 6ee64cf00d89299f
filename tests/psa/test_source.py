"""Everything of the client is read, and nothing of anybody else."""

from dataclasses import replace

import pytest

from connector.core.model import Link, Named
from connector.core.rules import AgreementSelector, BillingProfile, ClientRules, ContactRules
from connector.errors import PsaMissing, PsaRefused, PsaUnreachable
from connector.psa.contacts import PsaContacts
from connector.psa.keeping import Keeping
from connector.psa.rest import PsaRest
from connector.psa.setup import SetupTables
from connector.psa.source import PsaReader
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.tenant import tenant

RULES = ClientRules(client="harbor", company="harbordental")
USERS = BillingProfile("Managed user", AgreementSelector(type="user based agreement"), "MS-USER")


def test_the_whole_client_is_read_and_nothing_written(reader: PsaReader, sandbox: Sandbox) -> None:
    """Contacts active and not, sites in use, all agreements, setup tables; the identifier in any letter case."""
    psa = reader.read(RULES, [])
    assert (psa.company.id, psa.company.status, psa.company.inactive) == (412, "Active", False)
    assert [(contact.id, contact.inactive) for contact in psa.contacts] == [(8123, False), (8124, True)]
    assert [(site.name, site.address, site.primary) for site in psa.sites] == [
        ("Main", "1 Quay", True),
        ("North", "2 Hill, Bergen", False),
    ]
    assert [(one.id, one.type, one.status, one.contact_id) for one in psa.agreements] == [
        (77, "User Based Agreement", "Active", 8123),
        (78, "Managed Services", "Active", 8123),
    ]
    assert [kind.name for kind in psa.contact_types] == ["End User", "VIP"]
    assert [one.name for one in psa.departments] == ["Hygiene", "Front desk"]
    assert [(kind.name, kind.email, kind.phone, kind.fax, kind.default) for kind in psa.communication_types] == [
        ("Email", True, False, False, True),
        ("Direct", False, True, False, True),
        ("Cell", False, True, False, False),
        ("Fax", False, False, True, True),
    ]
    assert writes(sandbox) == []


def test_a_contact_is_read_with_all_its_parts(reader: PsaReader) -> None:
    """References by id and name, numbers in their canonical form, the token of its last change."""
    contact = reader.read(RULES, []).contacts[0]
    assert (contact.name, contact.title, contact.company_id) == ("Jonas Berg", "Hygienist", 412)
    assert contact.department is not None and contact.department.name == "Hygiene"
    assert contact.site is not None and contact.site.name == "Main"
    (phone,) = contact.of_kind("Phone")
    assert phone.phone is not None and phone.phone.same_as == ("+12125550142", "21")
    assert contact.updated


def test_only_the_fields_that_the_rules_name_are_asked_for(reader: PsaReader, sandbox: Sandbox) -> None:
    """Custom fields are long; a client without them does not pay for them."""
    rules = replace(RULES, contacts=ContactRules(link="userDefinedField10", keep_mark="custom:Shoe size"))
    reader.read(RULES, [])
    reader.read(rules, [])
    asked = [one["query"] for one in sandbox.requests()["requests"] if one["path"] == "/company/contacts"]
    assert [("customFields" in one, "userDefinedField10" in one) for one in map(str, asked)] == [
        (False, False),
        (True, True),
    ]


def test_marks_managers_and_portal_logins_are_read_by_reader_and_writer_alike(
    reader: PsaReader, http: PsaRest, tables: SetupTables, sandbox: Sandbox
) -> None:
    """Otherwise a contact that was just read again would seem changed."""
    data = tenant()
    data["contacts"][0] |= {
        "relationship": {"id": 61},
        "managerContact": {"id": 8124},
        "disablePortalLoginFlag": False,
        "customFields": [{"id": 52, "value": 44.5}],
    }
    sandbox.control("POST", "reset", data)
    rules = replace(RULES, contacts=ContactRules(keep_mark="custom:Shoe size"))
    contact = reader.read(rules, []).contacts[0]
    assert contact.relationship is not None and contact.relationship.name == "Employee"
    assert contact.manager is not None and contact.manager.id == 8124
    assert (contact.keep, contact.portal) == (True, True)
    assert PsaContacts(http, tables, Keeping.of(rules.contacts, "US")).get(8123) == contact


def test_relationships_are_read_when_a_rule_needs_them(reader: PsaReader, sandbox: Sandbox) -> None:
    """Without one the request is spared."""
    assert reader.read(RULES, []).relationships == ()
    assert "GET /company/contacts/relationships" not in sandbox.requests()["counts"]
    psa = reader.read(replace(RULES, contacts=ContactRules(relationship="Employee")), [])
    assert psa.relationships == (Named(61, "Employee"),)


ODD = """O'Brien & Sons "West" [50%*_+#] \\ é"""
"""An identifier with everything that means something in a condition, a pattern or an address."""


@pytest.mark.parametrize("escape", ["backslash", "doubled", "none"])
@pytest.mark.parametrize("wildcards", [False, True])
@pytest.mark.parametrize("like", ["exact", "contains"])
def test_an_identifier_of_any_letters_is_found(escape: str, wildcards: bool, like: str) -> None:
    """However the PSA reads quotes and wildcards (api.md 3.2): the company and the product of exactly that name."""
    data = tenant()
    data["companies"] += [{"id": 500, "identifier": ODD}, {"id": 501, "identifier": ODD.replace("West", "East")}]
    data["catalog"] += [{"id": 90, "identifier": ODD}, {"id": 91, "identifier": ODD.replace("\\", "/")}]
    data["switches"] = {
        "quote_escape": escape,
        "wildcard_in_equals": wildcards,
        "underscore_wildcard": wildcards,
        "like_without_wildcard": like,
    }
    odd = replace(RULES, company=ODD, billing=(replace(USERS, product=ODD), replace(USERS, product="MS-USER")))
    with Sandbox(data) as sandbox, PsaRest(sandbox.url, "bluefjord", "demo", "demo", "guid", 6e6) as http:
        psa = PsaReader(http, SetupTables(http), "US").read(odd, [])
    assert psa.company.id == 500
    assert sorted(product.id for product in psa.products) == [55, 90]


def test_only_the_lines_and_products_that_profiles_name_are_read(reader: PsaReader, sandbox: Sandbox) -> None:
    """There is no list across agreements, so each agreement that is spared spares a request (api.md 4.8)."""
    psa = reader.read(replace(RULES, billing=(USERS,)), [])
    assert [line.id for line in psa.additions] == [3301]
    assert [(product.identifier, str(product.price)) for product in psa.products] == [("MS-USER", "42.5")]
    assert sandbox.requests()["counts"]["GET /finance/agreements/{id}/additions"] == 1


def test_a_profile_that_names_no_agreement_means_all_of_them(reader: PsaReader) -> None:
    """The decision picks; the reading must not have left anything out."""
    psa = reader.read(replace(RULES, billing=(replace(USERS, agreement=AgreementSelector()),)), [])
    assert [line.id for line in psa.additions] == [3301, 3302]


def test_linked_contacts_of_other_companies_are_found_there(reader: PsaReader) -> None:
    """S21: moved by a technician; one that is gone everywhere is simply not there."""
    links = [Link("a", 8123), Link("b", 8200), Link("c", 999_999)]
    assert [(contact.id, contact.company_id) for contact in reader.read(RULES, links).elsewhere] == [(8200, 413)]


def test_many_links_are_looked_up_in_short_requests(reader: PsaReader, sandbox: Sandbox) -> None:
    """Addresses stay below the PSA's limit, which the sandbox enforces."""
    links = [Link(str(number), number) for number in range(8200, 9200)]
    assert [contact.id for contact in reader.read(RULES, links).elsewhere] == [8200]
    assert 2 <= sandbox.requests()["counts"]["GET /company/contacts"] <= 8


@pytest.mark.parametrize("end", ["absent", "empty"])
def test_more_contacts_than_a_page_are_all_read(reader: PsaReader, sandbox: Sandbox, end: str) -> None:
    """2,500 contacts of the company, none of its neighbours, whatever link the last page has."""
    data = tenant() | {"switches": {"forward_only_end": end}}
    data["contacts"] += [{"firstName": f"P{n}", "company": {"id": 412 + n % 2}} for n in range(5000)]
    sandbox.control("POST", "reset", data)
    assert len(reader.read(RULES, []).contacts) == 2502


@pytest.mark.parametrize("pattern", [False, True])
def test_a_company_that_does_not_exist_is_named(reader: PsaReader, sandbox: Sandbox, pattern: bool) -> None:
    """A name, a part of the identifier or a pattern for it is not enough, even where the PSA takes patterns."""
    sandbox.control("POST", "switches", {"wildcard_in_equals": pattern})
    for wrong in ("Harbor Dental", "HarborDenta", "Harbor*"):
        with pytest.raises(PsaMissing, match=wrong.replace("*", r"\*")):
            reader.read(replace(RULES, company=wrong), [])


def test_a_deleted_company_does_not_exist(reader: PsaReader, sandbox: Sandbox) -> None:
    """It can still be listed and must not be (api.md 4.9)."""
    data = tenant()
    data["companies"][0]["deletedFlag"] = True
    sandbox.control("POST", "reset", data)
    with pytest.raises(PsaMissing):
        reader.read(RULES, [])


def test_a_company_is_inactive_by_the_flag_of_its_status(reader: PsaReader) -> None:
    """S60: statuses have names of the provider's choice; the flag decides."""
    company = reader.read(replace(RULES, company="OldClient"), []).company
    assert (company.status, company.inactive) == ("Gone", True)


def test_setup_tables_are_read_once_for_all_clients(reader: PsaReader, sandbox: Sandbox) -> None:
    """They are the same for every client of the process."""
    reader.read(RULES, [])
    reader.read(replace(RULES, company="OldClient"), [])
    counts = sandbox.requests()["counts"]
    assert {
        counts[f"GET /company/{path}"] for path in ("contacts/types", "contacts/departments", "communicationTypes")
    } == {1}
    assert counts["GET /company/companies/statuses"] == 1


@pytest.mark.parametrize("effect", ["429", "500", "502-html", "drop", "codebase"])
def test_a_passing_failure_does_not_change_what_is_read(reader: PsaReader, sandbox: Sandbox, effect: str) -> None:
    """S89: backed off, repeated, and the same in the end."""
    calm = reader.read(RULES, [])
    sandbox.control("POST", "faults", {"path": "/company/contacts", "effect": effect})
    assert reader.read(RULES, []) == calm


@pytest.mark.parametrize(
    ("effect", "error"), [("500", PsaUnreachable), ("403", PsaRefused), ("401", PsaRefused), ("drop", PsaUnreachable)]
)
def test_a_lasting_failure_of_one_part_fails_the_reading(
    reader: PsaReader, sandbox: Sandbox, effect: str, error: type[Exception]
) -> None:
    """All or nothing: a part that is missing must never look empty."""
    sandbox.control("POST", "faults", {"path": "/finance/agreements", "effect": effect, "times": 0})
    with pytest.raises(error):
        reader.read(RULES, [])
