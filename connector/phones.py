"""Telephone numbers at the border: one canonical form, whatever way they were typed."""

import unicodedata
from functools import lru_cache

from connector.core import normalize
from connector.core.model import Phone


@lru_cache(maxsize=65536)
def parse(text: str, region: str, extension: str = "") -> Phone | None:
    """The number in ``text``, or None when it holds no digit.

    ``region`` is the ISO country whose numbers may be written without a country code. A number that libphonenumber
    cannot parse is compared by its digits. ``extension`` is one that was given apart; one inside the text wins.
    """
    import phonenumbers  # noqa: PLC0415 - half of the start-up time, and many commands need no number

    text = normalize.text(text)
    digits, extension = _digits(text), _digits(extension)
    if not digits:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return Phone(text, digits, extension)
    style = phonenumbers.PhoneNumberFormat
    if not number.extension:
        return Phone(text, phonenumbers.format_number(number, style.E164), extension)
    own = phonenumbers.region_code_for_number(number) == region and not text.startswith(("+", "＋"))
    inside, number.extension = number.extension, None
    return Phone(
        phonenumbers.format_number(number, style.NATIONAL if own else style.INTERNATIONAL),
        phonenumbers.format_number(number, style.E164),
        inside,
    )


def _digits(text: str) -> str:
    """Its decimal digits as 0 to 9, in whatever script they are written."""
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())
