"""The forms of single values: cron text, time zones, regions, addresses of servers, distinguished names."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints

from connector.core.normalize import dn_key
from connector.settings.secrets import REFERENCE

_CRON_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_CRON_PART = re.compile(r"^(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?$")
_STATE_URL = re.compile(rf"^sqlite:///?\S*$|^postgresql(\+psycopg)?://\S+$|{REFERENCE}")
# RFC 4512, 2.5: a short name or an OID, and options
_ATTRIBUTE = re.compile(r"([A-Za-z][A-Za-z0-9-]*|(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+)(;[A-Za-z0-9-]+)*")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"^(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*$")


def check_cron(text: str) -> str:
    """Five fields: minute, hour, day of the month, month, day of the week; or nothing. ValueError names the field that
    is wrong."""
    fields = text.split()
    if not fields:
        return ""
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError('must have five fields (minute hour day month weekday), such as "15 2 * * *"')
    for field, (name, low, high, names) in zip(fields, _CRON_FIELDS, strict=True):
        for part in field.split(","):
            if not _cron_part_fits(part, low, high, names):
                raise ValueError(f"the {name} {part!r} is not a cron value from {low} to {high}")
    return text


def _cron_part_fits(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    found = _CRON_PART.match(part.lower())
    if found is None or found["step"] == "0":
        return False
    if found["low"] is None:
        return True
    bounds = [_cron_number(value, low, names) for value in (found["low"], found["high"] or found["low"])]
    return all(low <= bound <= high for bound in bounds) and bounds[0] <= bounds[1]


def _cron_number(value: str, low: int, names: tuple[str, ...]) -> int:
    if value in names:
        return names.index(value) + low
    return int(value) if value.isascii() and value.isdigit() else -1


def check_time_zone(name: str) -> str:
    """A zone of the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError('is not a known time zone; write one such as "America/New_York" or "UTC"') from None
    return name


def check_region(region: str) -> str:
    """A country that has telephone numbers, by its ISO 3166 code."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - slow to import, and most files name no region

    if region not in SUPPORTED_REGIONS:
        raise ValueError("must be a country in two capital letters, such as US, or GB for the United Kingdom")
    return region


def check_state_url(url: str) -> str:
    """A SQLite or PostgreSQL address in SQLAlchemy's form, or a reference to one."""
    if not _STATE_URL.match(url):
        raise ValueError('must be an address such as "sqlite:///var/connector.db" or "postgresql+psycopg://host/name"')
    return url


def holds_password(url: str) -> bool:
    """Whether a database address carries a password."""
    try:
        parts = urlsplit(url)
        return bool(parts.password) or "password=" in parts.query
    except ValueError:
        return False


def check_site(site: str) -> str:
    """A host name (https is meant) or an http(s) address without a path; plain http only to this machine."""
    parts = _split(site if "://" in site else f"https://{site}")
    if parts is None or parts.scheme not in ("http", "https") or not _is_host(parts.hostname or ""):
        raise ValueError('must be a host name such as "na.myconnectwise.net", or an https:// address')
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be the address of the server alone, without a path or a login")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must be https:// (the keys would travel readable); http:// is for this machine only")
    return site


def check_server(server: str) -> str:
    """``ldap://host[:port]`` or ``ldaps://host[:port]``."""
    parts = _split(server)
    if parts is None or parts.scheme not in ("ldap", "ldaps") or not _is_host(parts.hostname or ""):
        raise ValueError('must be an address such as "ldaps://dc1.harbor.example"')
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be the address of the server alone, without a path or a login")
    return server


def check_dn(name: str) -> str:
    """A distinguished name (RFC 4514) that is not empty."""
    try:
        key = dn_key(name)
    except ValueError:
        key = ""
    if not key:
        raise ValueError('must be a distinguished name such as "OU=Staff,DC=harbor,DC=example"')
    return name


def check_attribute(name: str) -> str:
    """The name of a directory attribute (RFC 4512, 2.5)."""
    if not _ATTRIBUTE.fullmatch(name):
        raise ValueError('must be the name of a directory attribute, such as "extensionAttribute3"')
    return name


def check_path(path: Path) -> Path:
    """The path of a file, not an empty text."""
    if path == Path():
        raise ValueError("must name a file")
    return path


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_host(host: str) -> bool:
    return bool(_HOST.match(host)) or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


FilePath = Annotated[Path, AfterValidator(check_path)]
Text = Annotated[str, StringConstraints(min_length=1)]
Cron = Annotated[str, AfterValidator(check_cron)]
TimeZone = Annotated[str, AfterValidator(check_time_zone)]
Region = Annotated[str, AfterValidator(check_region)]
StateUrl = Annotated[str, AfterValidator(check_state_url)]
Site = Annotated[str, AfterValidator(check_site)]
Server = Annotated[str, AfterValidator(check_server)]
DistinguishedName = Annotated[str, AfterValidator(check_dn)]
