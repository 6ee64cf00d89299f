"""Contacts are written as asked, in one request, and not again when nothing differs."""

import json
from typing import Any

import pytest

from connector.core.communications import contact_value
from connector.core.model import Contact, PsaSnapshot
from connector.core.plan import Value
from connector.core.rules import ContactRules
from connector.errors import PsaInDoubt, PsaMissing, PsaRejected
from connector.psa.contacts import PsaContacts
from connector.psa.keeping import Keeping
from connector.psa.rest import PsaRest
from connector.psa.setup import SetupTables
from connector.sandbox import Sandbox
from tests.psa.conftest import writes
from tests.psa.tenant import GUID

FULL: dict[str, Value] = {
    "first_name": "Marit",
    "last_name": "Lunde",
    "title": "Dentist",
    "department": "hygiene",
    "site": "NORTH",
    "mail": "m.lunde@harbor.example",
    "phone": "(212) 555-0177 x9",
    "mobile": "(917) 555-0178",
    "fax": "(212) 555-0179",
    "types": ["end user"],
}


def linked_by(setting: str) -> Keeping:
    """The link kept in this field."""
    return Keeping.of(ContactRules(link=setting), "US")


def defaults(contact: Contact) -> dict[str, int]:
    """How many defaults each kind has."""
    return {kind: sum(item.default for item in contact.of_kind(kind)) for kind in ("Email", "Phone", "Fax")}


def sent(sandbox: Sandbox) -> Any:
    """The body of the last write."""
    body = writes(sandbox)[-1]["body"]
    return json.loads(body) if isinstance(body, str) else body


def test_a_new_contact_has_every_value_and_one_default_of_each_kind(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """Names are looked up in any letter case; two phones share one default; one POST does it."""
    made = contacts.create(FULL, snapshot)
    assert (made.first_name, made.last_name, made.title, made.company_id) == ("Marit", "Lunde", "Dentist", 412)
    assert made.department is not None and made.department.id == 31
    assert made.site is not None and made.site.id == 901
    assert [kind.name for kind in made.types] == ["End User"]
    assert {item.type.name: (item.value, item.extension) for item in made.items} == {
        "Email": ("m.lunde@harbor.example", ""),
        "Direct": ("(212) 555-0177", "9"),
        "Cell": ("(917) 555-0178", ""),
        "Fax": ("(212) 555-0179", ""),
    }
    assert defaults(made) == {"Email": 1, "Phone": 1, "Fax": 1}
    assert len(writes(sandbox)) == 1
    assert contacts.get(made.id) == made


def test_a_contact_is_brought_in_line_by_one_patch_and_the_second_time_by_none(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """Everything at once; what was written is then found the same."""
    values = {name: value for name, value in FULL.items() if name != "types"} | {"inactive": True}
    after = contacts.update(contacts.get(8123), values, snapshot)
    assert (after.first_name, after.inactive, defaults(after)) == ("Marit", True, {"Email": 1, "Phone": 1, "Fax": 1})
    assert contacts.update(after, values, snapshot) is after
    assert contacts.update(contacts.get(8123), values, snapshot) == after
    assert [entry["method"] for entry in writes(sandbox)] == ["PATCH"]


@pytest.mark.parametrize(
    "switches", [{"promote_default_item": True}, {"items_per_type": "one"}, {"custom_fields": "strict"}]
)
def test_the_unsettled_habits_of_the_psa_do_not_matter(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, switches: dict[str, object]
) -> None:
    """Whatever the PSA does about defaults and types on its own, the result is the one that was asked for."""
    made = contacts.create(FULL, snapshot)
    sandbox.control("POST", "switches", switches)
    after = contacts.update(made, {"mail": "new@harbor.example", "mobile": None, "fax": "(212) 555-0180"}, snapshot)
    assert [(item.type.name, item.value, item.default) for item in after.items] == [
        ("Email", "new@harbor.example", True),
        ("Direct", "(212) 555-0177", True),
        ("Fax", "(212) 555-0180", True),
    ]


def test_only_what_differs_is_sent_with_bare_paths(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """The smallest patch: untouched fields stay out of it (api.md 4.1)."""
    contacts.update(contacts.get(8123), {"first_name": "Jonas", "last_name": "Lunde", "site": "Main"}, snapshot)
    assert sent(sandbox) == [{"op": "replace", "path": "lastName", "value": "Lunde"}]


def test_a_new_mail_address_takes_the_place_of_the_default_one(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """S16: replaced in place, the item keeps its id, one default afterwards."""
    before = contacts.get(8123)
    after = contacts.update(before, {"mail": "berg@harbor.example"}, snapshot)
    assert sent(sandbox) == [{"op": "replace", "path": "/communicationItems/0/value", "value": "berg@harbor.example"}]
    assert after.items[0].id == before.items[0].id
    assert defaults(after)["Email"] == 1


def test_a_mail_address_the_contact_already_has_becomes_the_default(
    contacts: PsaContacts, snapshot: PsaSnapshot
) -> None:
    """No second item of one address; the former default stays as an ordinary one."""
    after = contacts.update(contacts.get(8123), {"mail": "J.Old@harbor.example"}, snapshot)
    assert [(item.value, item.default) for item in after.of_kind("Email")] == [
        ("jonas@harbor.example", False),
        ("J.Old@harbor.example", True),
    ]


def test_another_spelling_of_the_same_number_is_not_written(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """S61: numbers are compared, not texts."""
    contacts.update(contacts.get(8123), {"phone": "+1 212 555 0142 x21"}, snapshot)
    assert writes(sandbox) == []


@pytest.mark.parametrize(
    ("value", "operations"),
    [
        ("(212) 555-0142 x22", [("/communicationItems/2/extension", "22")]),
        ("(212) 555-0142", [("/communicationItems/2/extension", "")]),
        ("(212) 555-0150 x21", [("/communicationItems/2/value", "(212) 555-0150")]),
    ],
)
def test_number_and_extension_change_each_for_itself(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, value: str, operations: list[tuple[str, str]]
) -> None:
    """An extension is a field of its own (api.md 4.4)."""
    contacts.update(contacts.get(8123), {"phone": value}, snapshot)
    assert [(operation["path"], operation["value"]) for operation in sent(sandbox)] == operations


def test_a_mobile_is_added_beside_the_phone_without_taking_its_place(
    contacts: PsaContacts, snapshot: PsaSnapshot
) -> None:
    """The default phone stays the default."""
    after = contacts.update(contacts.get(8123), {"mobile": "(917) 555-0178"}, snapshot)
    mobile = contact_value(after, "mobile", snapshot.communication_types)
    assert mobile is not None and not mobile.default
    assert defaults(after)["Phone"] == 1


def test_an_emptied_value_is_removed_and_its_kind_keeps_a_default(contacts: PsaContacts, snapshot: PsaSnapshot) -> None:
    """An undo takes back what was added; another address of the kind takes over."""
    values: dict[str, Value] = {"mail": "", "phone": None, "title": "", "department": None}
    after = contacts.update(contacts.get(8123), values, snapshot)
    assert [(item.value, item.default) for item in after.items] == [("j.old@harbor.example", True)]
    assert (after.title, after.department) == ("", None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"department": "Sales"}, 'no department called "Sales"'),
        ({"site": "Closed"}, 'no site of HarborDental called "Closed"'),
        ({"types": ["Nobody"]}, 'no contact type called "Nobody"'),
        ({"types": ["VIP", "Nobody"], "title": "x"}, 'no contact type called "Nobody"'),
        ({"relationship": "Cousin"}, 'no relationship called "Cousin"'),
    ],
)
def test_a_name_the_psa_does_not_know_is_rejected_before_anything_is_sent(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, values: dict[str, Value], words: str
) -> None:
    """The message names what is missing."""
    with pytest.raises(PsaRejected, match=words):
        contacts.update(contacts.get(8123), values, snapshot)
    assert writes(sandbox) == []


def test_a_field_nobody_knows_is_a_mistake_of_ours(contacts: PsaContacts, snapshot: PsaSnapshot) -> None:
    """It must not be passed over in silence."""
    with pytest.raises(ValueError, match="nickname"):
        contacts.create({"first_name": "x", "nickname": "y"}, snapshot)


def test_a_refused_record_is_told_in_the_words_of_the_psa(contacts: PsaContacts, snapshot: PsaSnapshot) -> None:
    """S59: the message and its field reach the report."""
    with pytest.raises(PsaRejected, match="firstName"):
        contacts.create({"first_name": "x" * 31}, snapshot)


def test_a_contact_that_is_gone_is_missing(contacts: PsaContacts) -> None:
    """S18: the caller decides what that means."""
    with pytest.raises(PsaMissing):
        contacts.get(999_999)


@pytest.mark.parametrize("effect", ["drop", "drop-after", "500", "500-after"])
def test_a_creation_without_answer_is_in_doubt_and_happens_at_most_once(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, effect: str
) -> None:
    """Before or after the write: the POST is never repeated (S88)."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "/company/contacts", "effect": effect})
    with pytest.raises(PsaInDoubt):
        contacts.create({"first_name": "Once"}, snapshot)
    made = [row for row in sandbox.state()["contacts"] if row["firstName"] == "Once"]
    assert len(made) == (1 if effect.endswith("after") else 0)
    assert len(writes(sandbox)) == 1


def test_a_throttled_creation_happens_once(contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox) -> None:
    """S89: 429 is waited out."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "/company/contacts", "effect": "429", "times": 2})
    contacts.create({"first_name": "Once"}, snapshot)
    assert len([row for row in sandbox.state()["contacts"] if row["firstName"] == "Once"]) == 1


def test_a_codebase_that_moves_between_two_writes_is_followed(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """An upgrade of the cloud during a run (api.md 2.1)."""
    contact = contacts.get(8123)
    sandbox.control("POST", "faults", {"method": "PATCH", "effect": "codebase"})
    assert contacts.update(contact, {"title": "Lead"}, snapshot).title == "Lead"


@pytest.mark.parametrize("link", ["userDefinedField10", "custom:ad object"])
def test_the_link_is_written_read_and_cleared_where_it_is_configured(
    http: PsaRest, tables: SetupTables, snapshot: PsaSnapshot, sandbox: Sandbox, link: str
) -> None:
    """On creation and on update, and not a second time."""
    writer = PsaContacts(http, tables, linked_by(link))
    assert writer.create({"first_name": "New", "link": GUID}, snapshot).link == GUID
    linked = writer.update(writer.get(8123), {"link": GUID}, snapshot)
    assert (linked.link, writer.get(8123).link) == (GUID, GUID)
    count = len(writes(sandbox))
    assert writer.update(linked, {"link": GUID.upper()}, snapshot) is linked
    assert len(writes(sandbox)) == count
    assert writer.update(linked, {"link": None}, snapshot).link == ""


def test_the_other_custom_fields_are_sent_along(
    http: PsaRest, tables: SetupTables, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """A PSA that clears what is left out must not lose the client's own fields (api.md 4.6)."""
    sandbox.control("POST", "switches", {"custom_fields": "replace"})
    http.patch(
        "/company/contacts/8123", [{"op": "replace", "path": "customFields", "value": [{"id": 52, "value": 44.5}]}]
    )
    writer = PsaContacts(http, tables, linked_by("custom:AD Object"))
    assert writer.update(writer.get(8123), {"link": GUID}, snapshot).link == GUID
    stored = next(row for row in sandbox.state()["contacts"] if row["id"] == 8123)
    assert {one["id"]: one["value"] for one in stored["customFields"]} == {51: GUID, 52: 44.5}


def test_a_custom_field_that_does_not_exist_is_named(http: PsaRest, tables: SetupTables, snapshot: PsaSnapshot) -> None:
    """For a new contact and for an old one."""
    writer = PsaContacts(http, tables, linked_by("custom:Nope"))
    with pytest.raises(PsaRejected, match="Nope"):
        writer.create({"first_name": "New", "link": GUID}, snapshot)
    with pytest.raises(PsaRejected, match="Nope"):
        writer.update(writer.get(8123), {"link": GUID}, snapshot)


def test_the_link_stays_out_of_the_psa_when_only_the_state_keeps_it(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """contacts.link = "state"."""
    contacts.update(contacts.get(8123), {"link": GUID}, snapshot)
    assert writes(sandbox) == []
    assert contacts.create({"first_name": "New", "link": GUID}, snapshot).link == ""


def test_relationship_manager_and_default_are_set_and_cleared(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """References whole, the default only ever set; nothing is sent a second time."""
    values: dict[str, Value] = {"relationship": "EMPLOYEE", "manager": 8124, "default": True}
    after = contacts.update(contacts.get(8123), values, snapshot)
    assert after.relationship is not None and after.relationship.name == "Employee"
    assert after.manager is not None and after.manager.id == 8124
    assert after.default
    assert sent(sandbox) == [
        {"op": "replace", "path": "defaultFlag", "value": True},
        {"op": "replace", "path": "managerContact", "value": {"id": 8124}},
        {"op": "replace", "path": "relationship", "value": {"id": 61}},
    ]
    assert contacts.update(contacts.get(8123), values, snapshot) == after
    assert len(writes(sandbox)) == 1
    after = contacts.update(after, {"relationship": None, "manager": None, "default": False}, snapshot)
    assert (after.relationship, after.manager, after.default) == (None, None, True)


def test_a_new_contact_has_relationship_and_manager_from_the_start(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """One POST does it."""
    values: dict[str, Value] = {"first_name": "New", "relationship": "Employee", "manager": 8123, "default": True}
    made = contacts.create(values, snapshot)
    assert made.relationship is not None and made.manager is not None and made.manager.id == 8123
    assert made.default
    assert len(writes(sandbox)) == 1


@pytest.mark.parametrize("manager", [True, "8123"])
def test_a_manager_that_is_no_contact_id_is_a_mistake_of_ours(
    contacts: PsaContacts, snapshot: PsaSnapshot, manager: Value
) -> None:
    """Names are not looked up here."""
    with pytest.raises(ValueError, match="manager"):
        contacts.update(contacts.get(8123), {"manager": manager}, snapshot)


def test_everything_that_can_be_erased_is_erased_by_one_patch(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """contacts.erase: None in the plan."""
    made = contacts.create(FULL | {"manager": 8123}, snapshot)
    names = ("title", "department", "mail", "phone", "mobile", "fax", "manager")
    after = contacts.update(made, dict.fromkeys(names), snapshot)
    assert (after.title, after.department, after.manager, after.items) == ("", None, None, ())
    assert [entry["method"] for entry in writes(sandbox)] == ["POST", "PATCH"]


def test_missing_types_are_added_after_the_patch_and_none_is_taken_away(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """A patch gives no types (api.md 4.5); the second time nothing is sent."""
    values: dict[str, Value] = {"title": "Lead", "types": ["vip", "VIP"]}
    after = contacts.update(contacts.get(8123), values, snapshot)
    assert [kind.name for kind in after.types] == ["End User", "VIP"]
    assert after.title == "Lead"
    assert [(entry["method"], entry["path"]) for entry in writes(sandbox)] == [
        ("PATCH", "/company/contacts/8123"),
        ("POST", "/company/contacts/8123/typeAssociations"),
    ]
    assert sent(sandbox) == {"type": {"id": 5}, "contact": {"id": 8123}}
    assert contacts.update(contacts.get(8123), values, snapshot) == after
    assert len(writes(sandbox)) == 2


def test_types_alone_need_no_patch(contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox) -> None:
    """The token of the last change is that of the last request."""
    after = contacts.update(contacts.get(8124), {"first_name": "Ada", "types": ["End User", "VIP"]}, snapshot)
    assert [kind.name for kind in after.types] == ["End User", "VIP"]
    assert [entry["method"] for entry in writes(sandbox)] == ["POST", "POST"]
    assert after == contacts.get(8124)


def test_a_type_that_somebody_else_added_meanwhile_is_there(
    contacts: PsaContacts, snapshot: PsaSnapshot, http: PsaRest
) -> None:
    """The PSA refuses it the second time; what counts is that the contact has it."""
    before = contacts.get(8124)
    http.post("/company/contacts/8124/typeAssociations", {"type": {"id": 5}, "contact": {"id": 8124}})
    assert [kind.name for kind in contacts.update(before, {"types": ["VIP"]}, snapshot).types] == ["VIP"]


def test_a_type_that_is_refused_is_named_with_the_contact(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox
) -> None:
    """The patch before it was carried out."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "*/typeAssociations", "effect": "400-text"})
    with pytest.raises(PsaRejected, match=r"Jonas Berg \(contact 8123\) did not get the contact type VIP"):
        contacts.update(contacts.get(8123), {"title": "Lead", "types": ["VIP"]}, snapshot)
    assert contacts.get(8123).title == "Lead"


@pytest.mark.parametrize("effect", ["drop", "drop-after"])
def test_a_type_whose_answer_is_lost_is_in_doubt(
    contacts: PsaContacts, snapshot: PsaSnapshot, sandbox: Sandbox, effect: str
) -> None:
    """It is sent once; the next time only what is missing is."""
    sandbox.control("POST", "faults", {"method": "POST", "path": "*/typeAssociations", "effect": effect})
    with pytest.raises(PsaInDoubt):
        contacts.update(contacts.get(8123), {"types": ["VIP"]}, snapshot)
    assert len(writes(sandbox)) == 1
    after = contacts.update(contacts.get(8123), {"types": ["VIP"]}, snapshot)
    assert [kind.name for kind in after.types] == ["End User", "VIP"]
    assert len(writes(sandbox)) == (1 if effect == "drop-after" else 2)
