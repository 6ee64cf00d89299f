"""Times as the state keeps them: text in UTC and in one width, so that texts sort as times do."""

from datetime import UTC, datetime


def as_text(moment: datetime) -> str:
    """An aware time as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_time(value: str) -> datetime:
    """The aware time that ``as_text`` wrote."""
    return datetime.fromisoformat(value)
