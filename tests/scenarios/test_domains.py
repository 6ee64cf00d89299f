"""One client with two domains."""

from tests.scenarios.conftest import Build
from tests.scenarios.directory import export, group_dn, person
from tests.scenarios.records import contact, line, profile

CLIENT = """\
company = "HarborDental"
[[directory]]
{own}
[[directory]]
kind = "file"
path = "exports/labs.ldf"
"""


def test_s22_one_client_with_two_domains(build: Build) -> None:
    """People of both domains are one company: contacts and one count; a domain that cannot be read stops everything."""
    anna, ben, carl = person("Anna Adler"), person("Ben Bauer"), person("Carl Clausen", groups=("Labs Billed",))
    everybody = profile("Managed user", exclusive="false")
    labs = profile("Labs", "MS-FRONTLINE", [group_dn("Labs Billed").replace("DC=harbor", "DC=labs")])
    lines = [line(3301, "MS-USER", 2), line(3302, "MS-FRONTLINE", 0)]
    world = build([anna, ben], additions=lines, contacts=[contact(101, "Anna Adler"), contact(102, "Ben Bauer")])
    file = world.folder / "exports" / "labs.ldf"
    file.write_bytes(export([carl]).replace(b"DC=harbor", b"DC=labs"))
    both = CLIENT.format(own=world.source.table("harbor"))
    (world.folder / "clients" / "harbor.toml").write_text(both + everybody + labs, encoding="utf-8")

    found = world.plan()
    assert found.changes == [("contact.create", "cclausen"), ("line.set", "Labs"), ("line.set", "Managed user")]
    assert found.counted("Managed user") == ["aadler", "bbauer", "cclausen"]
    assert found.counted("Labs") == ["cclausen"]
    assert world.sync().code == 0
    assert world.active() == ["Anna Adler", "Ben Bauer", "Carl Clausen"]
    assert (world.quantity(3301), world.quantity(3302)) == (3, 1)
    world.settled()

    file.unlink()
    before = world.writes()
    assert "labs.ldf cannot be read" in world.sync().failures["harbor"]
    assert world.writes() == before
