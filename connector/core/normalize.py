"""One form for each thing that is compared: names, mail addresses, distinguished names.

The keys are for comparing only; what is written to the PSA is always the directory's own spelling.
"""

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import takewhile

_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘‛ʼʻʹ′`´＇", ""))
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "dds", "esq"})
_SURROGATES = re.compile("[\ud800-\udfff]")
# Control, direction and zero-width characters (Unicode TR 36, section 3), without the white space among them. The
# joiners U+200C and U+200D are letters' business: Persian and Indic names are spelt with them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DN_PART = re.compile(r"((?:\\.|[^\\,;])*)[,;]?", re.DOTALL)
_DN_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_DN_SPECIAL = re.compile(r'[\\,+"<>;=#\x00-\x1f]')


def text(value: str) -> str:
    """The value without surrounding or doubled white space and without characters that show nothing, in Unicode NFC.
    Its spelling stays: what is written to the PSA goes through here. A lone surrogate, which no encoding can carry,
    becomes U+FFFD."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    shown = _HIDDEN.sub("", _SURROGATES.sub("\ufffd", value))
    return " ".join(unicodedata.normalize("NFC", shown).split())


@lru_cache(maxsize=65536)
def folded(value: str) -> str:
    """One form for names of accounts and addresses: letter case, width and invisible characters do not matter."""
    return unicodedata.normalize("NFKC", text(_JOINERS.sub("", unicodedata.normalize("NFKC", value)))).casefold()


def account_key(name: str) -> str:
    """A name by which people mean an account, for comparing: an account name, an address, or an objectGUID, which may
    stand in braces."""
    return folded(name).strip("{}")


def fits_any(name: str, patterns: Iterable[str]) -> str:
    """The first pattern (``*``, ``?``, ``[abc]``) that fits a whole name, or ``""``."""
    key = folded(name)
    return next((pattern for pattern in patterns if fnmatchcase(key, folded(pattern))), "")


def mail_key(address: str) -> str:
    """Two addresses with the same key are the same mailbox (letter case, width and stray blanks do not matter; accents
    and the dotless i do)."""
    return folded(address)


def is_guid(value: str) -> bool:
    """Whether a text is a GUID in its usual form, in lower case."""
    return bool(_GUID.fullmatch(value))


@lru_cache(maxsize=65536)
def same_text(one: str, other: str) -> bool:
    """Whether two identifiers or names of PSA records are the same but for letter case and blanks."""
    return text(one).casefold() == text(other).casefold()


def label_key(label: str) -> str:
    """Two labels (departments, sites, types) with the same key are the same: letter case, accents, apostrophes, hyphens
    and punctuation do not matter. ``""`` when nothing is left."""
    plain = folded(label.translate(_APOSTROPHES)).translate(_LETTERS)
    bare = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))
    return " ".join("".join(char if _in_word(char) else " " for char in bare).split())


def _in_word(char: str) -> bool:
    # The vowel signs of Indic scripts and Thai are marks: without them different names would be equal.
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def name_key(name: str) -> str:
    """Two names with the same key are the same name: as :func:`label_key`, and suffixes such as Jr. do not matter."""
    words = label_key(name).split()
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)


def split_name(first: str, last: str, display: str) -> tuple[str, str]:
    """Given name and surname; what is missing is taken from a display name such as ``Jane Doe`` or ``Doe, Jane``.

    Either part is ``""`` when nothing tells it: such a person is suspect and never written with an empty name.
    """
    first, last = text(first), text(last)
    if first and last:
        return first, last
    parts = [part for part in map(str.strip, text(display).split(",")) if label_key(part) not in _SUFFIXES]
    if len(parts) > 1:
        return first or parts[1], last or parts[0]
    words = parts[0].split() if parts else []
    known = label_key(first or last)
    if known:
        rest = _without(words, known, at_start=bool(first))
        return first or rest, last or rest
    return " ".join(words[:-1]), words[-1] if len(words) > 1 else ""


def _without(words: list[str], known: str, *, at_start: bool) -> str:
    """What a display name says beside the part that is known; ``""`` when it does not hold that part."""
    for cut in range(1, len(words)):
        head, tail = " ".join(words[:cut]), " ".join(words[cut:])
        part, rest = (head, tail) if at_start else (tail, head)
        if label_key(part) == known:
            return rest
    return ""


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


def dn_domain(dn: str) -> str:
    """The key of the domain that a DN is in: its last ``dc=`` parts; ``""`` without any. Raises ValueError when it is
    not a DN."""
    tail = takewhile(lambda part: part.startswith("dc="), reversed(dn_key(dn).split(",")))
    return ",".join(reversed(list(tail)))


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
        raw += value[at : escape.start()].encode(errors="surrogatepass")
        pair = escape.group(1)
        raw += bytes.fromhex(pair) if len(pair) == 2 else pair.encode(errors="surrogatepass")
        at = escape.end()
    raw += value[at:].encode(errors="surrogatepass")
    plain = unicodedata.normalize("NFC", raw.decode(errors="replace").casefold())
    return _DN_SPECIAL.sub(lambda char: f"\\{ord(char.group()):02x}", plain)
