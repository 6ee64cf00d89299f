"""The names, offices and odd cases a seeded directory is made of. Standard library only: Samba's own Python runs it."""

import datetime
import unicodedata
from typing import Any

ACCOUNT_DISABLED = 0x0002
PASSWORD_NOT_REQUIRED = 0x0020
NORMAL_ACCOUNT = 0x0200
WORKSTATION_TRUST = 0x1000
PASSWORD_NEVER_EXPIRES = 0x10000
SMARTCARD_REQUIRED = 0x40000
NEVER = 0x7FFFFFFFFFFFFFFF


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


GIVEN = _words(
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph "
    "Jessica Thomas Sarah Charles Karen Zoë François Jürgen Łukasz Søren Ólafur Chloé José Núria Štěpán Иван Анна "
    "Ελένη Nguyễn Aşkın محمد 伟 さくら 민준 Siobhán"
)
FAMILY = _words(
    "Smith|Johnson|Williams|Brown|Jones|Garcia|Miller|Davis|Rodriguez|Martinez|Hernandez|Lopez|Gonzalez|Wilson|"
    "Anderson|Thomas|Taylor|Moore|Jackson|Martin|Lee|O'Brien|O'Neill|Müller|Schröder|Weiß|Ångström|Dvořák|Çelik|"
    "Øvergård|Kowalski-Łęcki|Петров|Παπαδόπουλος|Trần|الأحمد|王|田中|김|van der Berg|de la Cruz|St. John",
    "|",
)
TITLES = (
    "Account Executive",
    "Software Engineer",
    "Financial Analyst",
    "Recruiter",
    "Support Specialist",
    "Product Manager",
    "Office Manager",
    "Legal Counsel",
)
# department -> the short name of its group
DEPARTMENTS = {
    "Sales": "Sales",
    "Engineering": "Engineering",
    "Finance": "Finance",
    "Human Resources": "HR",
    "Support": "Support",
    "Marketing": "Marketing",
    "R&D, Labs": "RnD",
    "Vertrieb Zürich": "Zurich",
}
# office, the beginning of its telephone numbers
OFFICES = (("HQ 4F", "+1 217 555"), ("London 2", "+44 20 7946"), ("Zürich", "+41 44 555"), ("東京", "+81 3 5550"))


def rdn_escape(value: str) -> str:
    """An attribute value as it must stand in a DN (RFC 4514)."""
    text = "".join(_escape(char) for char in value)
    if text[:1] in {" ", "#"}:
        text = "\\" + text
    return text[:-1] + "\\ " if text.endswith(" ") else text


def _escape(char: str) -> str:
    if char in ',+"\\<>;=':
        return "\\" + char
    return f"\\{ord(char):02X}" if ord(char) < 32 else char


def slug(text: str) -> str:
    """ASCII letters and digits of a name, or "" where nothing is left."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(char for char in flat.lower() if char.isalnum())


def filetime(year: int, month: int = 1, day: int = 1) -> int:
    """A date in ticks of 100 nanoseconds since 1601."""
    return (datetime.date(year, month, day) - datetime.date(1601, 1, 1)).days * 864_000_000_000


_BARE = (
    "mail proxyAddresses sn givenName userPrincipalName displayName title department telephoneNumber mobile "
    "physicalDeliveryOfficeName manager description"
)
# Odd people: name of the oddity -> what is different from an ordinary person; None removes an attribute.
ODD: dict[str, dict[str, Any]] = {
    "comma-cn": {"cn": "Doe, Jane (Contractor)"},
    "quote-cn": {"cn": 'Robert "Bob" Stone'},
    "plus-equals-cn": {"cn": "A+B=C <x>; y"},
    "hash-cn": {"cn": "#1 Fan"},
    "backslash-cn": {"cn": "back\\slash/and slash"},
    "space-cn": {"cn": " leading and trailing "},
    "newline-cn": {"cn": "Line\nBreak"},
    "cjk-cn": {"cn": "山田 太郎"},
    "rtl-cn": {"cn": "محمد الأحمد"},
    "emoji-cn": {"cn": "Sam 🚀 Rocket"},
    "nfd-cn": {"cn": unicodedata.normalize("NFD", "Zoë Núñez")},
    "long-cn": {"cn": "L" * 64},
    "star-paren-cn": {"cn": "Star (*) Paren \u00a0 nbsp"},
    "no-mail": {"mail": None, "proxyAddresses": None},
    "no-sn": {"sn": None},
    "no-given": {"givenName": None},
    "no-upn": {"userPrincipalName": None},
    "bare": dict.fromkeys(_words(_BARE)),
    "mail-upper": {"mail": "MAIL.UPPER@CONTOSO.TEST"},
    "mail-padded": {"mail": " mail.padded@contoso.test "},
    "mail-dup-1": {"mail": "shared.mailbox@contoso.test"},
    "mail-dup-2": {"mail": "Shared.Mailbox@contoso.test"},
    "mail-not-primary": {
        "mail": "old.address@contoso.test",
        "proxyAddresses": ["SMTP:new.address@contoso.test", "smtp:old.address@contoso.test"],
    },
    "many-proxies": {
        "proxyAddresses": ["SMTP:many@contoso.test", *(f"smtp:many{i:03d}@contoso.test" for i in range(199))]
    },
    "uac-disabled-dontexpire": {"userAccountControl": NORMAL_ACCOUNT | ACCOUNT_DISABLED | PASSWORD_NEVER_EXPIRES},
    "uac-smartcard": {"userAccountControl": NORMAL_ACCOUNT | SMARTCARD_REQUIRED},
    "uac-notreqd": {"userAccountControl": NORMAL_ACCOUNT | PASSWORD_NOT_REQUIRED},
    "uac-shared-mailbox": {"userAccountControl": NORMAL_ACCOUNT | ACCOUNT_DISABLED, "title": None},
    "expires-zero": {"accountExpires": 0},
    "expires-past": {"accountExpires": filetime(2021, 6, 30)},
    "expires-1601": {"accountExpires": 1},
    "expires-future": {"accountExpires": filetime(2099, 12, 31)},
    "self-manager": {},
    "manager-cycle-a": {},
    "manager-cycle-b": {},
    "long-description": {"description": "d" * 1024},
    "html-name": {"displayName": '<b>Bobby</b> "; DROP TABLE users;--', "title": '=HYPERLINK("x")'},
    "csv-name": {"displayName": "X'4142'; semi\\;colon, \"quoted\"", "title": "a;b\\\\c"},
    "inetorgperson": {"objectClass": "inetOrgPerson"},
    "in-users-container": {"parent": "CN=Users"},
    "dept-trailing-space": {"department": "Sales "},
    "phone-extension": {"telephoneNumber": "+1 217 555 0100 x123"},
    "more-phones": {"otherTelephone": ["+1 217 555 0199", "+1 217 555 0198; at night"]},
}
