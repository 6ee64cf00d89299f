"""Telephone numbers at the border: one canonical form, whatever way they were typed."""

from functools import lru_cache

from connector.core.model import Phone


@lru_cache(maxsize=65536)
def parse(text: str, region: str, extension: str = "") -> Phone | None:
    """The number in ``text``, or None when it holds no digit.

    ``region`` is the ISO country whose numbers may be written without a country code. A number that libphonenumber
    cannot parse is compared by its digits. ``extension`` is one that was given apart; one inside the text wins.
    """
    import phonenumbers  # noqa: PLC0415 - half of the start-up time, and many commands need no number

    text = " ".join(text.split())
    digits = "".join(char for char in text if char.isdigit())
    if not digits:
        return None
    extension = "".join(char for char in extension if char.isdigit())
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return Phone(text, digits, extension)
    canonical = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not number.extension:
        return Phone(text, canonical, extension)
    style = phonenumbers.PhoneNumberFormat
    own = phonenumbers.region_code_for_number(number) == region and not text.startswith("+")
    number_alone = phonenumbers.PhoneNumber(
        country_code=number.country_code,
        national_number=number.national_number,
        italian_leading_zero=number.italian_leading_zero,
        number_of_leading_zeros=number.number_of_leading_zeros,
    )
    return Phone(
        phonenumbers.format_number(number_alone, style.NATIONAL if own else style.INTERNATIONAL),
        phonenumbers.format_number(number_alone, style.E164),
        number.extension,
    )
