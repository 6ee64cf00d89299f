"""Plans that look like an ordinary morning: one client with a bit of everything, one without anything to do."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from connector.core.plan import (
    BillingLine,
    Change,
    Counted,
    Held,
    HeldKind,
    Kind,
    NotCounted,
    Pair,
    PersonRef,
    Plan,
    Target,
    Value,
)

MADE_AT = datetime(2026, 11, 22, 7, 15, 3, tzinfo=UTC)
FIRST = [
    "Anna",
    "Jonas",
    "Mia",
    "Ole",
    "Kim",
    "Sofie",
    "Lars",
    "Ida",
    "Peter",
    "Ingrid",
    "Nils",
    "Freja",
    "Erik",
    "Astrid",
    "Magnus",
    "Clara",
    "Jens",
    "Karin",
]
LAST = [
    "Berg",
    "Holm",
    "Dahl",
    "Lund",
    "Kristensen",
    "Vestergaard-Nørregaard",
    "Friis",
    "Bak",
    "Thomsen",
    "Østby",
    "Lindqvist",
]


def guid(number: int) -> str:
    """A made-up objectGUID."""
    return str(UUID(int=0x6F0C << 112 | number))


def person(number: int) -> PersonRef:
    """The same person for the same number."""
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    return PersonRef(guid(number), f"{first[0]}{last}".lower()[:12] + str(number), f"{first} {last}")


def counted(number: int, rule: str, units: int = 1) -> Counted:
    """A person as they are counted on a line."""
    ref = person(number)
    return Counted(ref.guid, ref.name, rule, ref.account, Decimal(units))


def change(kind: Kind, who: PersonRef, before: dict[str, Value], after: dict[str, Value], reason: str) -> Change:
    """A change of the contact that belongs to a person."""
    contact_id = None if kind is Kind.CREATE else 8000 + int(who.guid[-4:], 16)
    return Change(kind, Target(contact_id), before, after, reason, who)


def line(
    profile: str, before: int | None, after: int | None, price: str, people: tuple[Counted, ...], at: int = 1
) -> BillingLine:
    """A billing line; what is billed is what it comes to."""
    return BillingLine(
        profile=profile,
        agreement_id=77,
        addition_id=3300 + at,
        product=profile.upper().replace(" ", "-")[:12],
        counted=len(people),
        billed=Decimal(after or len(people)),
        quantity_before=None if before is None else Decimal(before),
        quantity_after=None if after is None else Decimal(after),
        unit_price=Decimal(price),
        effective=date(2026, 12, 1),
        people=people,
        agreement="Managed Users 2026",
    )


def busy() -> Plan:
    """Harbor Dental: everything that a plan can say."""
    managed = tuple(counted(n, "group M365 E3") for n in range(31)) + tuple(
        counted(n, "group M365 E5") for n in range(31, 37)
    )
    kiosk = (*(counted(n, "group Frontline", 2) for n in range(40, 43)), counted(44, "group Frontline"))
    created = PersonRef(guid(50), "lbak", "Lars Bak")
    renamed, left, back = person(1), person(52), person(53)
    return Plan(
        client="harbor",
        company_id=412,
        company="HarborDental",
        made_at=MADE_AT,
        complete=True,
        accounts=61,
        people=43,
        source="dc1.harbor.example",
        changes=(
            change(
                Kind.CREATE,
                created,
                {},
                {
                    "first_name": "Lars",
                    "last_name": "Bak",
                    "mail": "lars.bak@harbor.example",
                    "phone": "+45 55 50 01 42",
                    "types": ["End User"],
                    "title": "Hygienist",
                },
                "a person without a contact",
            ),
            change(
                Kind.UPDATE,
                renamed,
                {"last_name": "Holm", "mail": "jonas.holm@harbor.example", "title": None},
                {"last_name": "Holm-Larsen", "mail": "jonas.holm-larsen@harbor.example", "title": "Dentist"},
                "surname and mail changed in the directory",
            ),
            change(Kind.REACTIVATE, back, {"inactive": True}, {"inactive": False}, "the account is enabled again"),
            change(Kind.INACTIVATE, left, {"inactive": False}, {"inactive": True}, "the account is disabled"),
            Change(
                Kind.SET,
                Target(None, 77, 3301),
                {"quantity": "36"},
                {"quantity": "37"},
                "37 people are counted",
                label="Managed user",
            ),
        ),
        held=(
            Held(
                HeldKind.CONFLICT,
                "Kim Lund (klund) fits contacts 8123 and 8460",
                "Both contacts have the mail address kim.lund@harbor.example.",
                "Inactivate the wrong contact in the PSA, or remove its address; the next run pairs the other one.",
                PersonRef(guid(60), "klund", "Kim Lund"),
            ),
            Held(
                HeldKind.DRIFT,
                "Line 3303 (Backup seat): 12 in the PSA, 10 written by us on 2026-10-01",
                "Somebody changed the quantity since our last write; 11 people are counted.",
                "Approve the run to set 11, or give the profile an offset of 1.",
                None,
                Target(None, 77, 3303),
            ),
        ),
        billing=(
            line("Managed user", 36, 37, "42.50", managed),
            line("Frontline seat", 7, 7, "12", kiosk, 2),
            BillingLine(
                "Backup seat",
                77,
                3303,
                "BKP-SEAT",
                11,
                Decimal(11),
                Decimal(12),
                Decimal(12),
                Decimal("8.125"),
                None,
                tuple(counted(n, "every person") for n in range(11)),
                "Managed Users 2026",
            ),
        ),
        not_counted=(
            NotCounted(
                "svc-backup", "the account name fits svc-*", "people.exclude_accounts", guid(70), "Backup Service"
            ),
            NotCounted("svc-scan", "the account name fits svc-*", "people.exclude_accounts", guid(71), "Scan to mail"),
            NotCounted("reception", "a shared mailbox", "people.exclude_mailboxes", guid(72), "Reception"),
            NotCounted("opoulsen", "the account is disabled", "account.disabled", guid(73), "Ole Poulsen"),
            NotCounted("tvest", "in no billing group", "billing.unclassified", guid(74), "Tove Vest"),
        ),
        warnings=(
            "Sofie Lund (slund5) has not signed in since 2026-05-02 and is still counted.",
            'Office "Pier 9" is no site of the company; the default site stays.',
        ),
        pairs=(
            *(Pair(person(n).guid, 8000 + n, "link", person(n).account, person(n).name) for n in range(30)),
            Pair(guid(33), 8033, "mail", person(33).account, person(33).name),
            Pair(guid(34), 8034, "name", person(34).account, person(34).name),
        ),
        absent={guid(52): 2},
    )


def quiet(client: str = "pine") -> Plan:
    """A client with nothing to do."""
    people = tuple(counted(n, "every person") for n in range(4))
    billing = (line("Managed user", 4, 4, "42.50", people),)
    return Plan(client, 413, client.title() + "Law", MADE_AT, True, 9, 4, billing=billing)


def raised(client: str = "quay") -> Plan:
    """A client whose billing moves by a quarter, over the guard."""
    people = tuple(counted(n, "group Staff") for n in range(10))
    held = Held(
        HeldKind.GUARD, "Managed user: 8 → 10", "25 % of the quantity in one run; the limit is 2.", "Approve the run."
    )
    billing = (line("Managed user", 8, 10, "1250", people),)
    set_it = Change(
        Kind.SET,
        Target(None, 77, 3301),
        {"quantity": "8"},
        {"quantity": "10"},
        "10 people are counted",
        None,
        "Managed user",
    )
    return Plan(client, 414, "QuayFoods", MADE_AT, True, 14, 10, (set_it,), (held,), billing)
