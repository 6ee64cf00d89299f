"""What nobody has settled about the PSA: the connector is right whichever way each of these facts turns out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sandbox.switches import SWITCHES
from tests.scenarios.conftest import Build
from tests.scenarios.directory import group_dn, person
from tests.scenarios.records import CLIENT_ID, HARBOR, agreement, contact, line, profile
from tests.scenarios.world import World

NUMBERS: dict[str, dict[str, Any]] = {
    "max_url_length": {"max_url_length": 0},
    "throttle_requests": {"throttle_requests": 15, "throttle_seconds": 1},
    "throttle_seconds": {"throttle_requests": 20, "throttle_seconds": 2},
}
"""Settings of those switches that take any number."""
SETTINGS = [
    {name: value} for name, switch in SWITCHES.items() if not switch.any_number for value in switch.values[1:]
] + [NUMBERS[name] for name, switch in SWITCHES.items() if switch.any_number]

ANNA = person("Anna Adler", title="Manager", department="Hygiene", physicalDeliveryOfficeName="North",
              telephoneNumber="(212) 555-0142 ext. 21", groups=("Front",))  # fmt: skip
PEOPLE = (ANNA, person("Ben Berg", mobile="212-555-0199"), person("Carl Cole"), person("Dora Dahl", enabled=False))
RULES = (
    '[contacts]\nlink = "custom:AD Object"\nsite_from = "office"\n'
    '[contacts.fields]\ndepartment = "directory"\nmobile = "directory"\n',
    profile("Managed", decrease='"now"'),
    profile("Front", "MS-FRONTLINE", [group_dn("Front")], exclusive="false", create_line="true"),
)


def custom_field(number: int, caption: str) -> dict[str, Any]:
    """The definition of a custom field of contacts."""
    return {"id": number, "podId": 1, "podDescription": "contact_overview", "caption": caption,
            "sequenceNumber": number, "fieldTypeIdentifier": "Text"}  # fmt: skip


def records() -> dict[str, Any]:
    """Anna has another title, an old default address and an old number, and a custom field of her own; Ben has no
    contact, Carl's is inactive, Dora has left with a ticket open. The next invoice is overdue."""
    items = [{"type": "Email", "value": "a.maiden@harbor.example"},
             {"type": "Work", "value": ANNA.mail},
             {"type": "Direct", "value": "5550000"}]  # fmt: skip
    return {
        "communicationTypes": [
            {"id": 1, "description": "Email", "emailFlag": True, "defaultFlag": True},
            {"id": 2, "description": "Work", "emailFlag": True},
            {"id": 3, "description": "Direct", "phoneFlag": True, "defaultFlag": True},
            {"id": 4, "description": "Mobile", "phoneFlag": True},
        ],
        "userDefinedFields": [custom_field(51, "AD Object"), custom_field(52, "Shoe size")],
        "departments": [{"id": 31, "name": "Hygiene"}],
        "sites": [
            {"id": 900, "name": "Main", "company": {"id": HARBOR}, "primaryAddressFlag": True},
            {"id": 901, "name": "North", "company": {"id": HARBOR}},
        ],
        "contacts": [
            contact(101, "Anna Adler", title="Nurse", communicationItems=items,
                    customFields=[{"id": 52, "value": "43"}]),
            contact(103, "Carl Cole", inactiveFlag=True),
            contact(104, "Dora Dahl"),
            contact(105, "Finn Falk", types=["VIP"]),
        ],
        "tickets": [{"summary": "Printer", "company": {"id": HARBOR}, "contact": {"id": 104}}],
        "additions": [line(3301, "MS-USER", 4)],
        "agreements": [agreement(contact={"id": 105}, nextInvoiceDate=f"{datetime.now(UTC):%Y-%m-01}")],
    }  # fmt: skip


@pytest.fixture
def world(build: Build) -> World:
    """The client with all of that."""
    return build(PEOPLE, *RULES, **records())


def custom_fields_of(world: World, number: int) -> dict[str, Any]:
    """The custom fields of a contact, by caption."""
    return {one["caption"]: one.get("value") for one in world.contact(number).get("customFields", [])}


def right_end(world: World, *, leaver: bool = True) -> None:
    """Every contact and line stands as the directory and the rules say; ``leaver`` is whether Dora could go."""
    gone = [] if leaver else ["Dora Dahl"]
    assert world.active() == sorted(["Anna Adler", "Ben Berg", "Carl Cole", "Finn Falk", *gone])
    anna = world.contact(101)
    assert (anna["title"], anna["department"]["name"], anna["site"]["name"]) == ("Manager", "Hygiene", "North")
    assert sorted(world.mails(101)) == [("a.maiden@harbor.example", False), (ANNA.mail, True)]
    phones = [one for one in anna["communicationItems"] if one["communicationType"] == "Phone"]
    assert [(one["value"], one["extension"], one["defaultFlag"]) for one in phones] == [("(212) 555-0142", "21", True)]
    assert custom_fields_of(world, 101) == {"AD Object": ANNA.guid, "Shoe size": "43"}
    (ben,) = (one["id"] for one in world.sandbox.state()["contacts"] if one["firstName"] == "Ben")
    assert custom_fields_of(world, ben)["AD Object"] == PEOPLE[1].guid
    assert [one["name"] for one in world.contact(ben)["types"]] == ["End User"]
    lines = [(one["product"]["identifier"], one["quantity"]) for one in world.sandbox.state()["additions"]]
    assert sorted(lines) == [("MS-FRONTLINE", 1), ("MS-USER", 3)]


def test_the_end_is_right_as_shipped(world: World) -> None:
    """Every kind of change, and a second run that changes nothing."""
    assert world.sync().code == 0
    right_end(world)
    world.settled()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: " ".join(f"{key}={one[key]}" for key in one))
def test_the_end_is_right_whichever_way_a_fact_turns_out(world: World, setting: dict[str, Any]) -> None:
    """The same end under each setting of each switch, and the second run changes nothing. Where the PSA refuses a
    leaver, that one contact fails with the PSA's own words and everything else is done."""
    world.sandbox.control("POST", "switches", setting)
    refused = setting == {"inactivate_with_tickets": "refuse"}
    told = world.sync()
    assert told.code == (3 if refused else 0), told.out + told.err
    world.sandbox.control("POST", "switches", {"throttle_requests": 0})
    right_end(world, leaver=not refused)
    if refused:
        assert "The contact has open tickets." in told.why
    else:
        world.settled()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: " ".join(f"{key}={one[key]}" for key in one))
def test_check_is_right_whichever_way_a_fact_turns_out(world: World, setting: dict[str, Any]) -> None:
    """A sound set-up passes under each setting of each switch."""
    world.sandbox.control("POST", "switches", setting)
    told = world.run("check")
    assert (told.code, "FIX" in told.out) == (0, False), told.out


@pytest.mark.parametrize("setting", [{}, {"login_refusal": "user_not_authenticated"}])
def test_wrong_keys_are_named_whatever_the_body_says(world: World, setting: dict[str, Any]) -> None:
    """Both bodies of a refused login lead to the same advice."""
    world.sandbox.control("POST", "switches", setting)
    (world.folder / "private.key").write_text("another-key-of-nobody", encoding="utf-8")
    for told in (world.run("check"), world.run("plan")):
        assert told.code == 1
        assert "Check psa.company, the API member's keys and the clientId" in " ".join((told.out + told.err).split())


@pytest.mark.parametrize("setting", [{}, {"missing_client_id": 403}])
def test_a_wrong_client_id_is_named_whatever_the_status(world: World, setting: dict[str, Any]) -> None:
    """401 or 403: the advice speaks of the clientId."""
    world.sandbox.control("POST", "switches", setting)
    config = world.folder / "connector.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace(CLIENT_ID, CLIENT_ID.replace("1", "9")), encoding="utf-8"
    )
    told = world.run("plan")
    assert (told.code, "clientId" in told.out) == (1, True)


@pytest.mark.parametrize("setting", [{}, {"unknown_company": "404"}])
def test_an_unknown_company_is_named_whatever_the_answer(world: World, setting: dict[str, Any]) -> None:
    """``null`` or 404: the advice names both settings."""
    world.sandbox.control("POST", "switches", setting)
    config = world.folder / "connector.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('"bluefjord"', '"bluefyord"'), encoding="utf-8")
    told = world.run("plan")
    assert (told.code, "Check psa.site and psa.company" in " ".join(told.out.split())) == (1, True)


@pytest.mark.parametrize("code", ["Security", "Unauthorized"])
def test_a_missing_right_is_named_whatever_the_code(world: World, code: str) -> None:
    """The report names the permission that the security role lacks; nothing is written."""
    state = world.sandbox.state()
    state["securityRoles"] = [{"name": "Narrow", "permissions": {"Companies: Company Maintenance": "all",
                               "Companies: Contacts": "all", "System: Table Setup": "all",
                               "System: My Company": "all"}}]  # fmt: skip
    state["keys"]["role"] = "Narrow"
    world.sandbox.control("POST", "reset", state | {"members": [], "switches": {"forbidden_code": code}})
    told = world.run("plan")
    assert told.code == 1
    assert "Finance: Agreements, Add, Edit and Inquire, level All" in " ".join(told.out.split())
    assert world.writes() == 0


def test_a_namesake_that_the_psa_refuses_fails_alone(build: Build) -> None:
    """Where the PSA takes a second contact of one name for a duplicate, that contact fails with the PSA's words."""
    namesake = person("Ben Berg", "bberg2", ou="Branch", mail="other.berg@harbor.example")
    world = build([ANNA, PEOPLE[1], namesake], contacts=[contact(102, "Ben Berg")])
    world.sandbox.control("POST", "switches", {"contact_duplicates": "refuse"})
    told = world.sync()
    assert told.code == 3
    assert "A contact with this name already exists." in told.why
    assert world.active() == ["Anna Adler", "Ben Berg"]
