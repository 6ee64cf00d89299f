"""A month played day by day: every night a run, people join and leave, and in the middle finance makes the invoices.

Three lines count the same people. Their agreements are invoiced on 15 November, one in advance and two in arrears. The
tables are worked out by hand.
"""

from datetime import date, timedelta

from tests.scenarios.conftest import Build
from tests.scenarios.directory import Entry, but, crowd
from tests.scenarios.records import agreement, line, profile
from tests.scenarios.world import World

GUARD = "[guard]\nquantity_percent = 100\nmoney_per_month = 100000\n"
ADVANCE, ARREARS, PRORATED = 77, 78, 79
AGREEMENTS = [
    agreement(ADVANCE, "In advance", periodType="Future", nextInvoiceDate="2026-11-15"),
    agreement(ARREARS, "In arrears", periodType="Current", nextInvoiceDate="2026-11-15"),
    agreement(PRORATED, "By days", periodType="Current", nextInvoiceDate="2026-11-15", prorateFlag=True),
]
LINES = [
    line(3301, "MS-USER", 10, price=40),
    line(3302, "MS-BACKUP", 10, price=15, agreementId=ARREARS),
    line(3303, "MS-CARE", 10, price=31, agreementId=PRORATED),
]
CATALOG = [{"id": 55 + at, "identifier": name, "price": price}
           for at, (name, price) in enumerate((("MS-USER", 40), ("MS-BACKUP", 15), ("MS-CARE", 31)))]  # fmt: skip
RULES = (
    profile("User", "MS-USER", agreement=f"{{ id = {ADVANCE} }}", exclusive="false"),
    profile("Backup", "MS-BACKUP", agreement=f"{{ id = {ARREARS} }}", exclusive="false"),
    profile("Care", "MS-CARE", agreement=f"{{ id = {PRORATED} }}", exclusive="false", method='"cancel_and_add"',
            increase='"now"', decrease='"now"'),
)  # fmt: skip
TABLE = [
    # day, people, quantities of User, Backup and the last line of Care after the run of that night
    (1, 10, 10, 10, 10),
    (3, 11, 11, 11, 11),  # a joiner: in advance with the bill of the 15th, in arrears for the period that is running
    (8, 9, 9, 11, 9),  # two leavers: in arrears Backup may only fall with the next period
    (12, 10, 10, 11, 10),  # a joiner takes a seat that is billed anyway
    (15, 10, 10, 11, 10),  # the period in arrears is over and not invoiced yet: its quantity stays
    (16, 10, 10, 10, 10),  # invoiced on the 15th by day: now Backup falls
    (18, 9, 9, 10, 9),
    (22, 12, 12, 12, 12),
]
CARE = [
    (10, "2025-01-01", "2026-11-02"),
    (11, "2026-11-03", "2026-11-07"),
    (9, "2026-11-08", "2026-11-11"),
    (10, "2026-11-12", "2026-11-17"),
    (9, "2026-11-18", "2026-11-21"),
    (12, "2026-11-22", ""),
]
INVOICES = {
    # in November: User 10 x 40.00 for 15 Nov to 14 Dec; Backup 11 x 15.00 for 15 Oct to 14 Nov; Care by days of 31 at
    # 31.00, so 1.00 a day: 10 x 19 days, 11 x 5, 9 x 4, 10 x 3
    date(2026, 11, 15): {ADVANCE: [400.0], ARREARS: [165.0], PRORATED: [190.0, 55.0, 36.0, 30.0]},
    # in December: Care by days of 30: 10 x 31.00 x 3 / 30, 9 x 31.00 x 4 / 30, 12 x 31.00 x 23 / 30
    date(2026, 12, 15): {ADVANCE: [480.0], ARREARS: [180.0], PRORATED: [31.0, 37.2, 285.2]},
}


def staff(count: int) -> list[Entry]:
    """So many who work there; whoever has left is disabled."""
    return [but(one, enabled=at < count) for at, one in enumerate(crowd(12))]


def stands(world: World) -> tuple[float, float, float]:
    """The quantity of each product's last line."""
    user, backup, care = (world.lines(number)[-1]["quantity"] for number in (ADVANCE, ARREARS, PRORATED))
    return user, backup, care


def make_invoices(world: World, day: date) -> None:
    """Finance makes the invoices of the day, and they are to the cent what the table says."""
    world.on(day, hour=9)
    for number, amounts in INVOICES[day].items():
        assert [one["amount"] for one in world.invoice(number)["lines"]] == amounts


def test_a_month_of_joiners_and_leavers_with_the_invoices_in_its_middle(build: Build) -> None:
    """After every night each line has the quantity of the table, and both invoice runs have its amounts."""
    world = build(staff(10), GUARD, *RULES, agreements=AGREEMENTS, additions=LINES, catalog=CATALOG)
    expected = {date(2026, 11, day): (people, (user, backup, care)) for day, people, user, backup, care in TABLE}
    day, people, quantities = date(2026, 11, 1), 10, (10.0, 10.0, 10.0)
    while day <= date(2026, 11, 30):
        people, quantities = expected.get(day, (people, quantities))
        world.people(*staff(people))
        world.on(day)
        assert world.sync().code == 0
        assert (day, stands(world)) == (day, quantities)
        if day in INVOICES:
            make_invoices(world, day)
        day += timedelta(days=1)
    found = [
        (row["quantity"], row["effectiveDate"][:10], str(row.get("cancelledDate") or "")[:10])
        for row in world.lines(PRORATED)
    ]
    assert found == CARE
    world.settled()
    make_invoices(world, date(2026, 12, 15))
