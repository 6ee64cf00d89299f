"""Days as directories write them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})([T ].*)?")
_GENERALIZED = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2,6}([.,]\d+)?(Z|[+-]\d{2,4})?)?")
_FILETIME = re.compile(r"\d{17,19}")
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def first_day(values: Sequence[str]) -> date | None:
    """The day in an attribute's first value: ``2026-12-01`` (ISO 8601, a time may follow), ``20261201000000.0Z``
    (RFC 4517 3.3.13) or a count of 100 nanoseconds since 1601 (FILETIME, MS-DTYP 2.3.3). None for anything else: an
    order such as 12/01/2026 would be a guess."""
    value = values[0].strip() if values else ""
    try:
        if _FILETIME.fullmatch(value):
            return (_EPOCH + timedelta(microseconds=int(value) // 10)).date()
        found = _ISO.fullmatch(value) or _GENERALIZED.fullmatch(value)
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except (ValueError, OverflowError):
        return None
