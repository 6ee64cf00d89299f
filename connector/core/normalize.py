"""One form for each thing that is compared: names, mail addresses, distinguished names.

The keys are for comparing only; what is written to the PSA is always the directory's own spelling.
"""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ`´", ""))
_NOT_WORDS = re.compile(r"[\W_]+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "dds", "esq"})
_DN_PART = re.compile(r"((?:\\.|[^\\,;])*)[,;]?", re.DOTALL)
_DN_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_DN_SPECIAL = re.compile(r'[\\,+"<>;=#\x00-\x1f]')


def text(value: str) -> str:
    """The value without surrounding or doubled white space, in Unicode NFKC."""
    return " ".join(unicodedata.normalize("NFKC", value).split())


def mail_key(address: str) -> str:
    """Two addresses with the same key are the same mailbox (letter case and stray blanks do not matter)."""
    return text(address).casefold()


def name_key(name: str) -> str:
    """Two names with the same key are the same name: letter case, accents, apostrophes, hyphens and suffixes such as
    Jr. do not matter. ``""`` when nothing is left."""
    flat = unicodedata.normalize("NFKD", text(name).casefold().translate(_APOSTROPHES).translate(_LETTERS))
    plain = "".join(char for char in flat if not unicodedata.combining(char))
    words = _NOT_WORDS.sub(" ", plain).split()
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)


def split_name(first: str, last: str, display: str) -> tuple[str, str]:
    """Given name and surname; what is missing is taken from a display name such as ``Jane Doe`` or ``Doe, Jane``.

    Either part is ``""`` when nothing tells it: such a person is suspect and never written with an empty name.
    """
    first, last, display = text(first), text(last), text(display)
    if first and last:
        return first, last
    surname, comma, given = (part.strip() for part in display.partition(","))
    if not comma:
        given, _, surname = display.rpartition(" ")
    return first or given, last or surname


@lru_cache(maxsize=65536)
def dn_key(dn: str) -> str:
    """A distinguished name in one spelling (RFC 4514): no blanks around separators, case folded, every special
    character as a hexadecimal pair. So a comma is always a separator. Raises ValueError when it is not a DN."""
    parts: list[str] = []
    at = 0
    while at < len(dn):
        found = _DN_PART.match(dn, at)
        if found is None or found.end() == at:
            raise ValueError(f"{dn!r} is not a distinguished name")
        parts.append(_rdn_key(found.group(1), dn))
        at = found.end()
    return ",".join(parts)


def dn_is_below(key: str, ancestor: str) -> bool:
    """Whether one DN lies below another (or is it); both given as keys."""
    return key == ancestor or key.endswith("," + ancestor)


def _rdn_key(part: str, dn: str) -> str:
    attribute, equals, value = part.partition("=")
    if not equals or not attribute.strip():
        raise ValueError(f"{dn!r} is not a distinguished name")
    return f"{attribute.strip().casefold()}={_value_key(value)}"


def _value_key(value: str) -> str:
    value = value.lstrip(" ")
    while value.endswith(" ") and not value.endswith("\\ "):
        value = value[:-1]
    raw = bytearray()
    at = 0
    for escape in _DN_ESCAPE.finditer(value):
        raw += value[at : escape.start()].encode()
        pair = escape.group(1)
        raw += bytes.fromhex(pair) if len(pair) == 2 else pair.encode()
        at = escape.end()
    raw += value[at:].encode()
    plain = unicodedata.normalize("NFC", raw.decode(errors="replace").casefold())
    return _DN_SPECIAL.sub(lambda char: f"\\{ord(char.group()):02x}", plain)
