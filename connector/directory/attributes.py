"""What we read of a directory object, and how it becomes an account: one mapping for every source.

Values are raw bytes, as LDAP carries them. The attributes are those of Microsoft's "Active Directory Schema" pages.
"""

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from connector import phones
from connector.core import moments, normalize
from connector.core.model import Account, Phone

Attributes = Mapping[str, list[bytes]]

ATTRIBUTES = (
    "objectClass",
    "objectGUID",
    "objectSid",
    "primaryGroupID",
    "sAMAccountName",
    "userAccountControl",
    "accountExpires",
    "lastLogonTimestamp",
    "givenName",
    "sn",
    "displayName",
    "userPrincipalName",
    "mail",
    "proxyAddresses",
    "title",
    "department",
    "physicalDeliveryOfficeName",
    "telephoneNumber",
    "mobile",
    "facsimileTelephoneNumber",
    "manager",
    "msExchRecipientTypeDetails",
    "whenCreated",
    "whenChanged",
)
MANAGED_SERVICE_CLASSES = (
    "msDS-GroupManagedServiceAccount",
    "msDS-ManagedServiceAccount",
    "msDS-DelegatedManagedServiceAccount",
)
# ACCOUNTDISABLE and the three kinds of trust account (Microsoft, "UserAccountControl property flags")
DISABLED = 0x0002
TRUSTS = (0x0800, 0x1000, 0x2000)

_MANAGED = frozenset(name.lower() for name in MANAGED_SERVICE_CLASSES)
# Administrator, Guest and krbtgt (Microsoft, "Well-known SIDs")
_BUILT_IN_RIDS = frozenset({"500", "501", "502"})
_ADMINISTRATORS = "S-1-5-32-544"
# Domain Admins, Schema Admins and Enterprise Admins (Microsoft, "Well-known SIDs"); the last two in the forest's first
# domain only
_ADMIN_RIDS = ("512", "518", "519")
# RecipientTypeDetails of Exchange, and of mailboxes in Exchange Online ("remote")
_MAILBOXES = {
    1: "user",
    2: "user",
    4: "shared",
    16: "room",
    32: "equipment",
    2147483648: "user",
    8589934592: "room",
    17179869184: "equipment",
    34359738368: "shared",
}
_SID_TEXT = re.compile(r"S-1(-\d+)+")


def fold(attributes: Attributes) -> dict[str, list[bytes]]:
    """The same attributes under lower-case names: LDAP does not tell letter case apart (RFC 4512, 2.5)."""
    return {name.lower(): values for name, values in attributes.items()}


def account_from(
    dn: str,
    attributes: Attributes,
    groups: Collection[str],
    region: str,
    *,
    further: Collection[str] = (),
    admin: bool = False,
) -> Account:
    """The account behind one directory object.

    ``attributes`` maps names in any letter case to raw values; ``groups`` are the keys of the asked groups it belongs
    to, ``further`` the further attributes to keep, ``admin`` whether it is a domain administrator; ``region`` is the
    ISO country of telephone numbers without a country code. Raises ValueError, with a reason for people, when an
    attribute that decides about the account is missing or cannot be read.
    """
    own = fold(attributes)
    flags = account_control(own)
    return Account(
        guid=guid_from(own),
        dn=dn,
        account=_required_text(own, "sAMAccountName"),
        first_name=text_from(own, "givenName"),
        last_name=text_from(own, "sn"),
        display_name=text_from(own, "displayName"),
        upn=text_from(own, "userPrincipalName"),
        mail=text_from(own, "mail"),
        proxy_addresses=_smtp_addresses(own),
        title=text_from(own, "title"),
        department=text_from(own, "department"),
        office=text_from(own, "physicalDeliveryOfficeName"),
        phone=_phone(own, "telephoneNumber", region),
        mobile=_phone(own, "mobile", region),
        fax=_phone(own, "facsimileTelephoneNumber", region),
        manager_dn=_decode(own["manager"][0]) if own.get("manager") else "",
        enabled=not flags & DISABLED,
        expires_at=moments.filetime(_number(own, "accountExpires")),
        last_logon_at=moments.filetime(_number(own, "lastLogonTimestamp")),
        mailbox=_MAILBOXES.get(_number(own, "msExchRecipientTypeDetails") or 0, ""),
        managed_service=is_managed_service(own),
        built_in=sid_from(own).rpartition("-")[2] in _BUILT_IN_RIDS,
        admin=admin,
        created_at=moments.generalized(text_from(own, "whenCreated")),
        changed_at=moments.generalized(text_from(own, "whenChanged")),
        groups=frozenset(groups),
        attributes={name.lower(): values for name in further if (values := texts_from(own, name))},
    )


def is_managed_service(folded: Attributes) -> bool:
    """Whether the object is a group, standalone or delegated managed service account."""
    return not _MANAGED.isdisjoint(classes_of(folded))


def is_user_account(folded: Attributes) -> bool:
    """Whether the object is a user account: ``(&(objectCategory=person)(objectClass=user))`` without trust accounts, or
    a managed service account. The category may be missing, as in a shortened export; the class then decides."""
    if is_managed_service(folded):
        return True
    classes = classes_of(folded)
    # csvde writes only the last class, so a subclass of user has to be named here
    if classes.isdisjoint({"user", "inetorgperson"}) or "computer" in classes:
        return False
    category = text_from(folded, "objectCategory").partition(",")[0].casefold()
    if category not in {"", "person", "cn=person"}:
        return False
    return not any(account_control(folded) & flag for flag in TRUSTS)


def is_group(folded: Attributes) -> bool:
    """Whether the object is a group."""
    return "group" in classes_of(folded)


def classes_of(folded: Attributes) -> frozenset[str]:
    """Its object classes in lower case."""
    return frozenset(_decode(value).strip().lower() for value in folded.get("objectclass", ()))


def account_control(folded: Attributes) -> int:
    """userAccountControl. Raises ValueError when it is missing: an account of unknown state is not an enabled one."""
    flags = _number(folded, "userAccountControl")
    if flags is None:
        raise ValueError("userAccountControl is missing")
    return flags


def guid_from(folded: Attributes) -> str:
    """objectGUID in its usual text form; AD keeps the first three parts little-endian (MS-DTYP 2.3.4.2). Raises
    ValueError."""
    values = folded.get("objectguid")
    if not values:
        raise ValueError("objectGUID is missing")
    raw = values[0]
    if len(raw) == 16:
        return str(uuid.UUID(bytes_le=raw))
    try:
        return str(uuid.UUID(_decode(raw)))
    except ValueError:
        raise ValueError(f"objectGUID has {len(raw)} bytes instead of 16") from None


def sid_from(folded: Attributes) -> str:
    """objectSid as ``S-1-5-…`` (MS-DTYP 2.4.2), or ``""`` when there is none. Raises ValueError."""
    values = folded.get("objectsid")
    return _sid(values[0]) if values else ""


def primary_group_sid(folded: Attributes) -> str:
    """The SID of the account's primary group, which is not in ``member`` of that group, or ``""``. Raises
    ValueError."""
    rid = _number(folded, "primaryGroupID")
    domain = sid_from(folded).rpartition("-")[0]
    return f"{domain}-{rid}" if domain and rid is not None else ""


def admin_group_sids(accounts: Iterable[Attributes]) -> frozenset[str]:
    """The SIDs of the groups that administer the domains of these accounts (folded attributes)."""
    domains = {sid.rpartition("-")[0] for own in accounts if (sid := _sid_or_blank(own)).startswith("S-1-5-21-")}
    return frozenset({_ADMINISTRATORS, *(f"{domain}-{rid}" for domain in domains for rid in _ADMIN_RIDS)})


def text_from(folded: Attributes, name: str) -> str:
    """The first value as clean text, or ``""``."""
    values = folded.get(name.lower())
    return _clean(values[0]) if values else ""


def texts_from(folded: Attributes, name: str) -> tuple[str, ...]:
    """Every value that is not blank as clean text, sorted: a server keeps no order. Bytes that are no text become
    U+FFFD."""
    # photos and certificates are too long to be remembered
    clean = (_clean(raw) if len(raw) < 256 else _clean.__wrapped__(raw) for raw in folded.get(name.lower(), ()))
    return tuple(sorted(filter(None, clean)))


def dn_values(folded: Attributes, name: str) -> list[str]:
    """Every value as a distinguished name, in the directory's spelling."""
    return [_decode(value) for value in folded.get(name.lower(), ())]


@lru_cache(maxsize=8192)
def _clean(raw: bytes) -> str:
    return normalize.text(_decode(raw))


def _decode(raw: bytes) -> str:
    # one broken byte in a job title must not hide a whole person
    return raw.decode(errors="replace")


def _required_text(folded: Attributes, name: str) -> str:
    value = text_from(folded, name)
    if not value:
        raise ValueError(f"{name} is missing")
    return value


def _number(folded: Attributes, name: str) -> int | None:
    value = text_from(folded, name)
    if not value:
        return None
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{name} is {value!r}, which is not a whole number") from None


def _phone(folded: Attributes, name: str, region: str) -> Phone | None:
    value = text_from(folded, name)
    return phones.parse(value, region) if value else None


def _smtp_addresses(folded: Attributes) -> tuple[str, ...]:
    """Addresses with the prefix SMTP: (the primary one) or smtp:. A server keeps no order, so the rest is sorted."""
    primary: set[str] = set()
    others: set[str] = set()
    for raw in folded.get("proxyaddresses", ()):
        kind, _, address = _clean(raw).partition(":")
        if kind.casefold() == "smtp" and address.strip():
            (primary if kind == "SMTP" else others).add(address.strip())
    return (*sorted(primary), *sorted(others - primary, key=lambda address: (address.casefold(), address)))


def _sid_or_blank(folded: Attributes) -> str:
    try:
        return sid_from(folded)
    except ValueError:
        return ""  # told when the account itself is made


@lru_cache(maxsize=8192)
def _sid(raw: bytes) -> str:
    as_text = _decode(raw)
    if _SID_TEXT.fullmatch(as_text):
        return as_text
    if len(raw) < 8 or len(raw) != 8 + 4 * raw[1]:
        raise ValueError(f"objectSid cannot be read ({len(raw)} bytes)")
    parts = [str(int.from_bytes(raw[at : at + 4], "little")) for at in range(8, len(raw), 4)]
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big")), *parts])
