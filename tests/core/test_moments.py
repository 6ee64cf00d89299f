"""How moments are read."""

from datetime import UTC, datetime

import pytest

from connector.core import moments

MORNING = datetime(2026, 5, 4, 8, 10, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20260504081011.0Z", MORNING),
        ("20260504081011Z", MORNING),
        ("20260504081011,25Z", MORNING.replace(microsecond=250000)),
        ("20260504101011.0+0200", MORNING),
        ("20260504071011-01", MORNING),
        ("202605040810Z", MORNING.replace(second=0)),
        ("2026050408.5Z", MORNING.replace(minute=30, second=0)),
        ("2026050408Z", MORNING.replace(minute=0, second=0)),
    ],
)
def test_a_generalized_time_is_read_in_every_form(text: str, at: datetime) -> None:
    """RFC 4517, 3.3.13: minutes and seconds may be missing, fractions are of the smallest part, zones may differ."""
    assert moments.generalized(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20260504081011.0",
        "20260504",
        "2.02605E+13",
        "04/05/2026 08:10",
        "20260231000000.0Z",
        "20260504081061.0Z",
        "20260504081011.0+9900",
        "00010101000000.0+0200",
        "99991231235959.9-0100",
        "20260504081011.0Z ",
        "٢٠٢٦٠٥٠٤٠٨١٠١١Z",
    ],
)
def test_what_is_no_time_is_no_time(text: str) -> None:
    """A date that cannot be read is unknown; nothing is guessed and nothing fails."""
    assert moments.generalized(text) is None
