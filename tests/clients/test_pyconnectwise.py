"""pyconnectwise, as its registry has it, works against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from connector.sandbox import Sandbox
from tests.clients.conftest import CALLBACK, EVERYBODY, IDA, log_in

if TYPE_CHECKING:
    from pyconnectwise import ConnectWiseManageAPIClient as Client

pytestmark = pytest.mark.xdist_group("pyconnectwise")
LISTS: dict[str, Callable[[Client], Any]] = {
    "companies": lambda psa: psa.company.companies,
    "sites": lambda psa: psa.company.companies.id(412).sites,
    "company types": lambda psa: psa.company.companies.types,
    "company statuses": lambda psa: psa.company.companies.statuses,
    "contacts": lambda psa: psa.company.contacts,
    "communications": lambda psa: psa.company.contacts.id(8123).communications,
    "type associations": lambda psa: psa.company.contacts.id(8123).type_associations,
    "usages": lambda psa: psa.company.contacts.id(8123).usages,
    "contact types": lambda psa: psa.company.contacts.types,
    "departments": lambda psa: psa.company.contacts.departments,
    "relationships": lambda psa: psa.company.contacts.relationships,
    "communication types": lambda psa: psa.company.communication_types,
    "agreements": lambda psa: psa.finance.agreements,
    "agreement types": lambda psa: psa.finance.agreements.types,
    "additions": lambda psa: psa.finance.agreements.id(77).additions,
    "adjustments": lambda psa: psa.finance.agreements.id(77).adjustments,
    "agreement sites": lambda psa: psa.finance.agreements.id(77).sites,
    "catalog": lambda psa: psa.procurement.catalog,
    "boards": lambda psa: psa.service.boards,
    "tickets": lambda psa: psa.service.tickets,
    "members": lambda psa: psa.system.members,
    "audit trail": lambda psa: psa.system.audittrail,
    "user defined fields": lambda psa: psa.system.user_defined_fields,
}


def test_it_finds_the_codebase_and_logs_in(psa: Client) -> None:
    """companyinfo tells the codebase that all later calls use."""
    assert psa.codebase == "v2026_4/"
    assert psa.system.info.get().version == "v2026.4.101234"


def test_a_wrong_key_is_an_authentication_error(sandbox: Sandbox, psa: Client) -> None:
    """Discovery needs no login, the first call does."""
    from pyconnectwise.exceptions import AuthenticationFailedException

    with pytest.raises(AuthenticationFailedException) as error:
        log_in(sandbox, private_key="wrong").system.info.get()
    assert error.value.response.status_code == 401


def test_a_list_is_the_first_page(psa: Client) -> None:
    """25 records, and the count tells that there are more."""
    assert [contact.id for contact in psa.company.contacts.get()] == EVERYBODY[:25]
    assert psa.company.contacts.count.get().count == 130


@pytest.mark.parametrize("name", LISTS)
def test_every_list_fits_the_records_of_the_client(psa: Client, name: str) -> None:
    """The client made its models from the published document: their types, choices and required fields hold."""
    psa.company.contacts.id(8123).patch([{"op": "replace", "path": "title", "value": "Dentist"}])
    assert LISTS[name](psa).get(params={"pageSize": 1000})


def test_pages_are_followed_to_the_end_and_each_record_is_seen_once(sandbox: Sandbox, psa: Client) -> None:
    """130 contacts in pages of 50 are three requests; it reads the next page's number at the end of the Link URLs."""
    seen = [contact.id for contact in psa.company.contacts.paginated(1, 50, {"orderBy": "id"}).all()]
    assert seen == EVERYBODY
    assert sandbox.requests()["counts"]["GET /company/contacts"] == 3


def test_conditions_hold_on_every_page(psa: Client) -> None:
    """Filtering and paging together."""
    conditions = 'company/id = 412 and (inactiveFlag = False or lastName like "Ö*")'
    paged = psa.company.contacts.paginated(1, 50, {"conditions": conditions, "orderBy": "id desc"})
    assert [contact.id for contact in paged.all()] == [one for one in reversed(EVERYBODY) if one != 8125]


def test_child_conditions_find_a_contact_by_its_address(psa: Client) -> None:
    """Also by one with a plus sign."""
    created = psa.company.contacts.post(IDA)
    child = 'communicationItems/value = "ida+news@harbor.example" and communicationItems/communicationType = "Email"'
    assert [contact.id for contact in psa.company.contacts.get(params={"childConditions": child})] == [created.id]


def test_a_contact_is_created_with_its_communication_items(psa: Client) -> None:
    """The answer and a later reading show them, completed by the server."""
    created = psa.company.contacts.post(IDA)
    read = psa.company.contacts.id(created.id).get()
    assert created.communication_items == read.communication_items
    assert [(i.type.name, i.value, i.extension, i.domain, i.default_flag) for i in read.communication_items] == [
        ("Email", "ida+news@harbor.example", None, "@harbor.example", True),
        ("Direct", "5550199", "7", None, True),
    ]
    items = psa.company.contacts.id(created.id).communications.get()
    assert [item.value for item in items] == ["ida+news@harbor.example", "5550199"]


def test_a_patched_contact_reads_back_changed(psa: Client) -> None:
    """A plain field, one communication item by its place, and a flag."""
    contact = psa.company.contacts.id(8123)
    patched = contact.patch(
        [
            {"op": "replace", "path": "title", "value": "Dentist"},
            {"op": "replace", "path": "/communicationItems/0/value", "value": "jonas@harbor.example"},
            {"op": "replace", "path": "inactiveFlag", "value": True},
        ]
    )
    assert patched == contact.get()
    assert (patched.title, patched.communication_items[0].value, patched.inactive_flag) == (
        "Dentist",
        "jonas@harbor.example",
        True,
    )


def test_a_patched_quantity_reads_back_changed(psa: Client) -> None:
    """The billed quantity follows; the line is found by the product's identifier."""
    additions = psa.finance.agreements.id(77).additions
    [line] = additions.get(params={"conditions": 'product/identifier = "MS-USER"'})
    patched = additions.id(line.id).patch([{"op": "replace", "path": "/quantity", "value": 37}])
    assert (line.quantity, patched.quantity, patched.billed_quantity) == (36.0, 37.0, 32.0)
    assert additions.id(line.id).get() == patched


def test_a_missing_first_name_is_a_malformed_request(psa: Client) -> None:
    """The exception keeps the answer; which field is missing has to be read from its body."""
    from pyconnectwise.exceptions import MalformedRequestException

    with pytest.raises(MalformedRequestException) as error:
        psa.company.contacts.post({"lastName": "Holm", "company": {"id": 412}})
    [fault] = json.loads(error.value.details())["errors"]
    assert error.value.response.status_code == 400
    assert (fault["code"], fault["field"]) == ("MissingRequiredField", "firstName")


def test_an_unknown_record_is_not_found(psa: Client) -> None:
    """404 has an exception of its own."""
    from pyconnectwise.exceptions import NotFoundException

    with pytest.raises(NotFoundException):
        psa.company.contacts.id(999999).get()


def test_it_takes_a_429_for_an_empty_record(sandbox: Sandbox, psa: Client) -> None:
    """A limit of the client: 429 is no error to it, so the body becomes a contact without any field."""
    sandbox.control("POST", "faults", {"effect": "429"})
    contact = psa.company.contacts.id(8123).get()
    assert (contact.id, contact.first_name) == (None, None)
    assert psa.company.contacts.id(8123).get().first_name == "Jonas"


def test_it_repeats_a_post_that_timed_out_and_so_makes_two_records(sandbox: Sandbox, psa: Client) -> None:
    """A limit of the client: the PSA has no idempotency key, and a 500 that tells of a timeout may come after the
    write."""
    sandbox.control("POST", "faults", {"method": "POST", "effect": "500-after"})
    psa.company.contacts.post(IDA)
    made = psa.company.contacts.get(params={"conditions": 'firstName = "Ida" and lastName = "Holm"'})
    assert len(made) == 2


def test_a_callback_is_registered_and_listed(psa: Client) -> None:
    """Type and level come back in lower case; the list is filtered by the URL's host."""
    entry = psa.system.callbacks.post(CALLBACK)
    listed = psa.system.callbacks.get(params={"conditions": 'url contains "hook.bluefjord.example"'})
    assert listed == [entry]
    assert (entry.type, entry.level, entry.object_id, entry.inactive_flag) == ("contact", "company", 412, False)


def test_a_callback_is_changed(psa: Client) -> None:
    """Switched off, and read back."""
    entry = psa.system.callbacks.id(psa.system.callbacks.post(CALLBACK).id)
    patched = entry.patch([{"op": "replace", "path": "inactiveFlag", "value": True}])
    assert patched == entry.get()
    assert patched.inactive_flag is True


def test_a_callback_is_deleted(psa: Client) -> None:
    """It is gone from the list."""
    psa.system.callbacks.id(psa.system.callbacks.post(CALLBACK).id).delete()
    assert psa.system.callbacks.get() == []


def test_a_callback_that_is_there_already_is_an_error_of_its_own(psa: Client) -> None:
    """The client knows ObjectExists by the code inside the answer."""
    from pyconnectwise.exceptions import ObjectExistsError

    psa.system.callbacks.post(CALLBACK)
    with pytest.raises(ObjectExistsError, match="objectId"):
        psa.system.callbacks.post(CALLBACK)
