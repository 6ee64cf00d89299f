"""The people of the three sample clients, last month and now: what happened in between is the demo's plot."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

NAMESPACE = uuid.UUID("8c5b1d0e-3f41-4d6a-9a57-0b6f3f5f7c21")
GIVEN = (
    "Anna Ben Carla David Elena Frank Grace Hugo Irene Jonas Karin Liam Maria Nils Olivia Paul Quinn Rosa Simon Tara "
    "Ursula Victor Wanda Xavier Yara Zoe Amir Beate Chloé Dmitri Eva Felix Gina Hassan Ines Jamal Katja Leon Mina Noah"
).split()
FAMILY = (
    "Adler Berg Castillo Dahl Eriksen Fischer Grant Hansen Iversen Jensen Keller Lund Meyer Nilsson O'Brien Pohl Quist "
    "Rossi Sato Torres Ulrich Vogel Weber Young Zimmer Arnold Brandt Cohen Duarte Ekholm Farkas Garcia Holm Ibrahim "
    "Jovic Kraft Lindgren Moreau Novak Olsen"
).split()


@dataclass(frozen=True, slots=True)
class Someone:
    """A user account of a sample client. ``kind`` is ``person | service | shared``."""

    key: str
    first: str
    last: str
    title: str
    groups: tuple[str, ...] = ("All Staff",)
    department: str = ""
    enabled: bool = True
    kind: str = "person"
    account: str = ""
    extension: int = 0

    @property
    def sam(self) -> str:
        """The account name."""
        return self.account or _ascii(f"{self.first[0]}{self.last}").lower()

    def mail(self, domain: str) -> str:
        """The mail address."""
        local = _ascii(f"{self.first}.{self.last}").lower() if self.kind == "person" else self.sam
        return f"{local}@{domain}"

    @property
    def guid(self) -> uuid.UUID:
        """The objectGUID; it stays when everything else changes."""
        return uuid.uuid5(NAMESPACE, self.key)


@dataclass(frozen=True, slots=True)
class SampleClient:
    """A sample client: its names, its mail domain, its people last month and now."""

    name: str
    company: str
    title: str
    domain: str
    before: tuple[Someone, ...]
    now: tuple[Someone, ...]

    @property
    def base(self) -> str:
        """The naming context of its directory."""
        return ",".join(f"DC={part}" for part in self.domain.split("."))


def _ascii(text: str) -> str:
    return text.replace("é", "e").replace("'", "")


def _crowd(client: str, count: int, start: int, titles: Sequence[str], department: str = "") -> Iterator[Someone]:
    """Different people in a fixed order: every pair of names comes up once."""
    for number in range(start, start + count):
        given = GIVEN[number % len(GIVEN)]
        family = FAMILY[(number * 7 + number // len(GIVEN)) % len(FAMILY)]
        title = titles[number % len(titles)]
        yield Someone(f"{client}/{number}", given, family, title, department=department, extension=100 + number)


def law_office() -> SampleClient:
    """An office of 14: one joiner and one promotion in a quiet month."""
    staff = tuple(_crowd("law", 13, 0, ("Paralegal", "Associate", "Legal Secretary"), "Legal"))
    promoted = replace(staff[4], title="Partner")
    joiner = Someone("law/new", "Sofia", "Lindqvist", "Paralegal", department="Legal", extension=160)
    return SampleClient(
        "lindqvist", "LindqvistLaw", "Lindqvist Law, an office of 14", "lindqvist.example",
        staff, (*staff[:4], promoted, *staff[5:], joiner),
    )  # fmt: skip


def clinic() -> SampleClient:
    """A clinic of 38 on two profiles: one nurse becomes a manager (and the dearer product), one leaves, one joins."""
    doctors = [
        replace(one, groups=("All Staff", "M365 E3"))
        for one in _crowd("clinic", 24, 40, ("Physician", "Practice Manager", "Physiotherapist"), "Clinical")
    ]
    frontline = [
        replace(one, groups=("All Staff", "Frontline"))
        for one in _crowd("clinic", 14, 64, ("Nurse", "Receptionist"), "Reception")
    ]
    moved = replace(frontline[0], groups=("All Staff", "M365 E3"), title="Practice Manager")
    left = replace(frontline[5], enabled=False)
    joiner = Someone("clinic/new", "Milan", "Petrov", "Nurse", ("All Staff", "Frontline"), "Reception", extension=170)
    return SampleClient(
        "harbor", "HarborClinic", "Harbor Clinic, 38 people on two billing profiles", "harbor.example",
        (*doctors, *frontline), (*doctors, moved, *frontline[1:5], left, *frontline[6:], joiner),
    )  # fmt: skip


def freight() -> SampleClient:
    """A company of 120 with trouble in it."""
    staff = list(_crowd("freight", 120, 100, ("Dispatcher", "Driver", "Accountant", "Warehouse Lead"), "Operations"))
    now = list(staff)
    now[7] = replace(staff[7], last=f"{staff[7].last}-Larsen", account=staff[7].sam)  # married; account and GUID stay
    for number in (20, 21, 22):
        now[number] = replace(staff[number], enabled=False)
    now[0] = replace(staff[0], enabled=False)  # the company's default contact
    joiners = [
        Someone("freight/new/1", "Leila", "Haddad", "Dispatcher", department="Operations", extension=181),
        Someone("freight/new/2", "Oscar", "Bloom", "Driver", department="Operations", extension=182),
        Someone("freight/new/3", "Priya", "Raman", "Accountant", department="Operations", extension=183),
        Someone("freight/double", "Nora", "Winther", "Key Account Manager", department="Operations", extension=185),
    ]
    others = (
        Someone("freight/svc", "Backup", "Service", "", (), kind="service", account="svc-backup"),
        Someone("freight/info", "Info", "Northwind", "", (), kind="shared", account="info"),
    )
    return SampleClient(
        "northwind", "NorthwindFreight", "Northwind Freight, a company of 120 with trouble in it", "northwind.example",
        (*staff, *others), (*now, *joiners, *others),
    )  # fmt: skip


def sample_clients() -> tuple[SampleClient, ...]:
    """The three of them, smallest first."""
    return law_office(), clinic(), freight()
