"""Which communication items a contact has afterwards: former addresses, several numbers, values that are too long."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connector.core.model import CommunicationType, Contact, PsaSnapshot
from connector.core.plan import Value
from connector.core.rules import ContactRules
from connector.errors import PsaRejected
from connector.psa.contacts import PsaContacts
from connector.psa.keeping import Keeping
from connector.psa.rest import PsaRest
from connector.psa.setup import SetupTables
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.tenant import item, tenant

OLD, OTHER, NEW = "jonas@harbor.example", "j.old@harbor.example", "berg@harbor.example"


@pytest.fixture
def keeper(http: PsaRest, tables: SetupTables) -> PsaContacts:
    """A writer that keeps former addresses."""
    return PsaContacts(http, tables, Keeping.of(ContactRules(old_mail="keep"), "US"))


@pytest.fixture
def phones(sandbox: Sandbox) -> Iterator[None]:
    """Contact 8123 has two direct numbers and a mobile."""
    holds(
        sandbox,
        item(2, "(212) 555-0142", "Phone", default=True),
        item(2, "(212) 555-0150", "Phone", extension="7"),
        item(3, "(917) 555-0160", "Phone"),
    )
    yield


def holds(sandbox: Sandbox, *items: dict[str, Any]) -> None:
    """Let contact 8123 have these items."""
    data = tenant()
    data["contacts"][0]["communicationItems"] = list(items)
    sandbox.control("POST", "reset", data)


def shown(contact: Contact, kind: str) -> list[tuple[str, str, bool]]:
    """The items of a kind: type, value and whether it is the default."""
    return [(one.type.name, one.value, one.default) for one in contact.of_kind(kind)]


@pytest.mark.parametrize("switches", [{}, {"promote_default_item": True}, {"custom_fields": "strict"}])
def test_the_old_address_can_be_kept_as_a_further_one(
    keeper: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, switches: dict[str, object]
) -> None:
    """contacts.old_mail = "keep": one default afterwards, of the old one's type; the second time nothing is sent."""
    sandbox.control("POST", "switches", switches)
    after = keeper.update(keeper.get(8123), {"mail": NEW}, snapshot)
    assert shown(after, "Email") == [("Email", OLD, False), ("Email", OTHER, False), ("Email", NEW, True)]
    count = len(writes(sandbox))
    assert keeper.update(keeper.get(8123), {"mail": NEW}, snapshot) == after
    assert len(writes(sandbox)) == count


def test_the_new_address_has_the_type_of_the_old_default(
    keeper: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """A second type of address in use stays in use."""
    data = tenant()
    data["communicationTypes"].append({"id": 6, "description": "Work mail", "emailFlag": True})
    data["contacts"][0]["communicationItems"] = [item(6, OLD, "Email", default=True)]
    sandbox.control("POST", "reset", data)
    after = keeper.update(keeper.get(8123), {"mail": NEW}, snapshot_with(snapshot, 6))
    assert shown(after, "Email") == [("Work mail", OLD, False), ("Work mail", NEW, True)]


def snapshot_with(snapshot: PsaSnapshot, type_id: int) -> PsaSnapshot:
    """The snapshot with one more type of address."""
    more = CommunicationType(type_id, "Work mail", email=True)
    return replace(snapshot, communication_types=(*snapshot.communication_types, more))


def test_an_address_that_is_there_already_becomes_the_default(
    keeper: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """No second item of one address; going back and forth leaves two items."""
    for mail, flags in ((OTHER, [False, True]), (OLD, [True, False]), (OTHER, [False, True])):
        after = keeper.update(keeper.get(8123), {"mail": mail}, snapshot)
        assert [(one.value, one.default) for one in after.of_kind("Email")] == list(
            zip((OLD, OTHER), flags, strict=True)
        )


def test_a_first_address_is_added_and_an_erased_one_removed_also_where_old_ones_are_kept(
    keeper: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """Keeping is for changes."""
    holds(sandbox)
    assert shown(keeper.update(keeper.get(8123), {"mail": NEW}, snapshot), "Email") == [("Email", NEW, True)]
    assert shown(keeper.update(keeper.get(8123), {"mail": None}, snapshot), "Email") == []


@pytest.mark.usefixtures("phones")
@pytest.mark.parametrize(
    "values", [{"phone": "+1 212 555 0150 x7"}, {"phone": "2125550142"}, {"mobile": "917-555-0160"}]
)
def test_a_number_that_any_item_of_its_type_holds_is_not_written(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, values: dict[str, Value]
) -> None:
    """A technician's second direct number is as good as the first."""
    contact = contacts.get(8123)
    assert contacts.update(contact, values, snapshot) is contact
    assert writes(sandbox) == []


@pytest.mark.usefixtures("phones")
def test_a_number_that_no_item_holds_takes_the_place_of_the_default_one(
    contacts: PsaContacts, snapshot: PsaSnapshot
) -> None:
    """The further ones stay."""
    after = contacts.update(contacts.get(8123), {"phone": "(212) 555-0199"}, snapshot)
    assert shown(after, "Phone") == [
        ("Direct", "(212) 555-0199", True),
        ("Direct", "(212) 555-0150", False),
        ("Cell", "(917) 555-0160", False),
    ]


@pytest.mark.usefixtures("phones")
def test_an_erased_default_leaves_one_default_among_the_others(contacts: PsaContacts, snapshot: PsaSnapshot) -> None:
    """contacts.erase: the item goes, and the kind keeps exactly one default."""
    after = contacts.update(contacts.get(8123), {"phone": None}, snapshot)
    assert shown(after, "Phone") == [("Direct", "(212) 555-0150", True), ("Cell", "(917) 555-0160", False)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"phone": f"(212) 555-0142 x{'1' * 16}"}, "its extension is longer than the PSA's 15 characters"),
        ({"mail": f"{'a' * 250}@harbor.example"}, "it is longer than the PSA's 250 characters"),
    ],
)
def test_a_value_that_is_too_long_is_refused_before_anything_is_sent(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, values: dict[str, Value], words: str
) -> None:
    """The PSA would refuse the whole contact, in words that name no contact (api.md 4.3)."""
    with pytest.raises(PsaRejected, match=words):
        contacts.update(contacts.get(8123), values, snapshot)
    assert writes(sandbox) == []
