"""Moments and days as directories write them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

_NEVER = frozenset({0, 0x7FFFFFFFFFFFFFFF})
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS = re.compile(r"\d{17,19}", re.ASCII)
_GENERALIZED = re.compile(
    r"(?P<hour>\d{10})(?:(?P<minute>\d\d)(?P<second>\d\d)?)?(?:[.,](?P<part>\d+))?"
    r"(?:Z|(?P<sign>[+-])(?P<ahead>\d\d)(?P<ahead_minutes>\d\d)?)",
    re.ASCII,
)


def filetime(ticks: int | None) -> datetime | None:
    """A FILETIME: 100 nanoseconds since 1601; 0 and the largest number mean never. A tiny number is a date in 1601."""
    if ticks is None or ticks in _NEVER:
        return None
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None


def generalized(text: str) -> datetime | None:
    """A generalized time (RFC 4517, 3.3.13) such as ``20260504081011.0Z``; None when the text is none."""
    found = _GENERALIZED.fullmatch(text)
    if found is None:
        return None
    minute, second = found["minute"] or "00", found["second"] or "00"
    # the fraction is one of the smallest part that is written
    unit = 3600 if found["minute"] is None else 60 if found["second"] is None else 1
    part = timedelta(seconds=unit) * (float(f"0.{found['part'] or 0}"))
    ahead = timedelta(hours=int(found["ahead"] or 0), minutes=int(found["ahead_minutes"] or 0))
    try:
        zone = timezone(-ahead if found["sign"] == "-" else ahead)
        at = datetime.strptime(f"{found['hour']}{minute}{second}", "%Y%m%d%H%M%S").replace(tzinfo=zone)
        return (at + part).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def first_day(values: Sequence[str]) -> date | None:
    """The day in an attribute's first value: ``2026-12-01`` (ISO 8601, a time may follow), a generalized time or a
    FILETIME, these two in UTC. None for anything else: an order such as 12/01/2026 would be a guess."""
    value = values[0].strip() if values else ""
    moment = filetime(int(value)) if _TICKS.fullmatch(value) else generalized(value) or _iso(value)
    return moment.date() if moment else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
