"""The client of one history: the rules it is kept by, chosen at random, and its PSA before the first run."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.scenarios.directory import Entry, group_dn
from tests.scenarios.records import AGREEMENT, LINDQVIST, agreement, contact, line, profile, tenant

Record = dict[str, Any]
PRODUCTS = {"MS-USER": 40, "MS-FRONTLINE": 15, "MS-OLD": 5, "MS-OTHER": 3}
GROUPS = ("Front", "Old")
LINK = "userDefinedField10"
OPEN_GUARD = (
    "[guard]\ninactivate_percent = 100\ninactivate_count = 1000\ncreate_count = 1000\nquantity_percent = 100000\n"
    "money_per_month = 1000000\ndrop_percent = 100\n"
)
FIELDS_OF = {"first_name": "firstName", "last_name": "lastName", "title": "title", "department": "department"}
DERIVED = {"_info", "defaultPhoneType", "defaultPhoneNbr", "defaultPhoneExtension"}
"""Fields of a contact that the PSA sets by itself."""


@dataclass(frozen=True)
class Rules:
    """How the client is kept: the tables of its config, what of them the checks must know, and whether the guard is
    wide open. The line of a product that is ``lasting`` never ends without another in its place."""

    contacts: str
    billing: tuple[str, ...]
    products: tuple[str, ...]
    fields: Mapping[str, str]
    link: str
    types_for: str
    lasting: tuple[str, ...]
    absent_reads: int
    open_guard: bool
    words: str

    def tables(self, *, open_guard: bool | None = None) -> tuple[str, ...]:
        """The tables of the client's file; ``open_guard`` for one run in which somebody lets everything pass."""
        wide = self.open_guard if open_guard is None else open_guard
        return (self.contacts, *([OPEN_GUARD] if wide else []), *self.billing)

    @property
    def owned(self) -> set[str]:
        """The fields of a contact, by their names in the API, that a run may change."""
        names = {api for name, api in FIELDS_OF.items() if self.fields.get(name, "directory") != "psa"}
        names |= {"communicationItems", "inactiveFlag", "relationship"} | DERIVED
        return names | ({LINK} if self.link == LINK else set()) | ({"types"} if self.types_for == "all" else set())


def choose(rng: Random) -> Rules:
    """Rules of one client, with every policy that the connector has for contacts and lines."""
    fields = {
        "title": rng.choice(("directory", "directory", "psa", "fill")),
        "phone": rng.choice(("directory", "directory", "psa")),
        "mail": rng.choice(("directory", "directory", "directory", "psa")),
        "last_name": rng.choice(("directory", "directory", "directory", "psa")),
    }
    link, types_for = rng.choice(("state", "state", LINK)), rng.choice(("new", "all"))
    absent = rng.choice((1, 2))
    erased = [f'"{name}"' for name in ("title", "phone") if fields[name] == "directory" and rng.random() < 0.4]
    keys = {
        "link": f'"{link}"', "types_for": f'"{types_for}"', "absent_reads": str(absent),
        "erase": f"[{', '.join(erased)}]",
        "old_mail": f'"{rng.choice(("replace", "keep"))}"', "site_from": '""',
        "create": _true(rng, 0.9), "inactivate": _true(rng, 0.9),
    }  # fmt: skip
    contacts = "[contacts]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
    contacts += "\n[contacts.fields]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())
    names = ["MS-USER", *(product for product in ("MS-FRONTLINE", "MS-OLD") if rng.random() < 0.6)]
    billing = [_profile(rng, product) for product in names]
    lasting = tuple(name for name, table in zip(names, billing, strict=True) if 'at_zero = "cancel"' not in table)
    order = sorted(range(len(names)), key=lambda _: rng.random())
    open_guard = rng.random() < 0.6
    words = f"{keys} {fields} guard {'open' if open_guard else 'as it is'}\n" + "".join(billing)
    return Rules(
        contacts,
        tuple(billing[at] for at in order),
        tuple(names),
        fields,
        link,
        types_for,
        lasting,
        absent,
        open_guard,
        words,
    )


def _true(rng: Random, share: float) -> str:
    return "true" if rng.random() < share else "false"


def _profile(rng: Random, product: str) -> str:
    groups = {"MS-USER": (), "MS-FRONTLINE": (group_dn("Front"),), "MS-OLD": (group_dn("Old"),)}[product]
    keys = {
        "exclusive": _true(rng, 0.5),
        "method": f'"{rng.choice(("in_place", "cancel_and_add"))}"',
        "count": f'"{rng.choice(("snapshot", "snapshot", "snapshot", "peak", "average"))}"',
        "increase": f'"{rng.choice(("now", "now", "next_period", "hold"))}"',
        "decrease": f'"{rng.choice(("now", "next_period", "next_period"))}"',
        "at_zero": f'"{rng.choice(("zero", "minimum", "cancel", "hold"))}"',
        "on_drift": f'"{rng.choice(("hold", "accept", "overwrite"))}"',
        "create_line": _true(rng, 0.6),
        "names_on_invoice": _true(rng, 0.3),
        "offset": rng.choice(("0", "0", "1")),
        "minimum": rng.choice(("0", "0", "2")),
    }
    return profile(f"Profile {product}", product, groups, **keys)


def psa_before(rng: Random, people: list[Entry]) -> Record:
    """The PSA before the first run: some people have a contact, some of those an old title; some lines are there; and
    records that are nobody's business, one of which looks like that of a person."""
    known = [one for one in people if shown(one) != "Vera Vance" and rng.random() < 0.6]
    titles = ("Nurse", "Manager", "Clerk")
    contacts = [
        contact(number, shown(one), one.mail, title=rng.choice(titles), nickName="Nick", userDefinedField1="by hand")
        | {"inactiveFlag": rng.random() < 0.1}
        for number, one in enumerate(known, 101)
    ]
    if known:
        look_alike = contact(190, shown(known[0]), known[0].mail, company={"id": LINDQVIST})
        contacts.append(look_alike)
    contacts += [
        contact(191, "Ursula Unrelated", title="Accountant"),
        contact(192, "Vera Vance", title="Owner", types=["VIP"]),
    ]
    lines = [
        line(number, product, rng.randint(0, 9), PRODUCTS[product])
        for number, product in ((3301, "MS-USER"), (3302, "MS-FRONTLINE"), (3303, "MS-OLD"))
        if rng.random() < (0.9 if product == "MS-USER" else 0.5)
    ]
    lines += [line(3391, "MS-OTHER", 7, 3), line(3392, "MS-USER", 2, agreementId=AGREEMENT + 1)]
    first = rng.choice(("2026-11-01", "2026-12-01", "2026-12-01"))
    shape: dict[str, Any] = {
        "startDate": "2025-01-01T00:00:00Z", "nextInvoiceDate": f"{first}T00:00:00Z",
        "prorateFlag": rng.random() < 0.3, "periodType": rng.choice(("Future", "Current")),
    }  # fmt: skip
    return tenant(
        contacts=contacts,
        additions=lines,
        agreements=[
            agreement(**shape),
            agreement(AGREEMENT + 1, company={"id": LINDQVIST}, **shape),
        ],
        catalog=[
            {"id": at, "identifier": name, "price": price} for at, (name, price) in enumerate(PRODUCTS.items(), 55)
        ],
    )


def shown(entry: Entry) -> str:
    """What a person is called."""
    return str(entry.attributes["displayName"])
