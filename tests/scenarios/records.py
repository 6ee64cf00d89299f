"""Records of a made-up PSA in few words."""

from collections.abc import Iterable
from typing import Any

from tests.scenarios.directory import Entry, plain

Record = dict[str, Any]
HARBOR, LINDQVIST, AGREEMENT = 412, 413, 77
PUBLIC_KEY, PRIVATE_KEY = "public-key-of-the-member", "private-key-of-the-member"
CLIENT_ID = "11111111-2222-4333-8444-555555555555"


def contact(number: int, name: str, mail: str | None = None, **more: Any) -> Record:
    """A contact of the client's company; its address follows from its name unless given, ``""`` is none. ``more`` sets
    fields by their names in the API."""
    first, _, last = name.partition(" ")
    mail = f"{plain(first)}.{plain(last)}@harbor.example" if mail is None else mail
    items = [{"type": "Email", "value": mail}] if mail else []
    return {
        "id": number,
        "firstName": first,
        "lastName": last,
        "company": {"id": HARBOR},
        "types": ["End User"],
        "communicationItems": items,
    } | more


def contacts_of(people: Iterable[Entry]) -> list[Record]:
    """A contact for each of them, from 101 on."""
    return [contact(number, person.name, person.mail) for number, person in enumerate(people, 101)]


def line(number: int, product: str, quantity: float, price: float = 40, **more: Any) -> Record:
    """A billing line of the client's agreement, running since last year's start."""
    return {
        "id": number,
        "agreementId": AGREEMENT,
        "product": {"identifier": product},
        "quantity": quantity,
        "unitPrice": price,
        "effectiveDate": "2025-01-01T00:00:00Z",
    } | more


def agreement(number: int = AGREEMENT, name: str = "Managed Users", **more: Any) -> Record:
    """An active agreement of the client."""
    return {"id": number, "name": name, "type": "User Based Agreement", "company": {"id": HARBOR}} | more


def tenant(**collections: Any) -> Record:
    """The sandbox's data: two companies, one agreement and two products, unless ``collections`` say otherwise."""
    return {
        "company": "bluefjord",
        "keys": {"public": PUBLIC_KEY, "private": PRIVATE_KEY},
        "client_id": CLIENT_ID,
        "companies": [
            {"id": HARBOR, "identifier": "HarborDental", "name": "Harbor Dental"},
            {"id": LINDQVIST, "identifier": "LindqvistLaw", "name": "Lindqvist Law"},
        ],
        "agreements": [agreement()],
        "catalog": [
            {"id": 55, "identifier": "MS-USER", "price": 40},
            {"id": 56, "identifier": "MS-FRONTLINE", "price": 15},
        ],
    } | collections


def profile(name: str, product: str = "MS-USER", groups: Iterable[str] = (), **more: Any) -> str:
    """A ``[[billing]]`` entry for members of these groups (distinguished names); ``more`` sets keys as TOML."""
    keys = {"agreement": '{ type = "User Based Agreement" }', **more}
    if product:
        keys["product"] = f'"{product}"'
    quoted = ", ".join(f'"{group}"' for group in groups)
    text = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'\n[[billing]]\nname = "{name}"\ngroups = [{quoted}]\n{text}'
