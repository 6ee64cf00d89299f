"""The forms of single values."""

import pytest

from connector.settings.values import check_cron, check_dn, check_server


@pytest.mark.parametrize(
    "text",
    ["15 2 * * *", "*/5 * * * *", "0 2 1,15 * *", "0 22-23 * jan-mar MON-FRI", "0 0-20/4 * * 7", "5/10 * * * sun", ""],
)
def test_cron_text_of_five_fields_is_taken(text: str) -> None:
    """Lists, ranges, steps and names; nothing means no schedule."""
    assert check_cron(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("15 2 * *", "must have five fields"),
        ("0 15 2 * * *", "must have five fields"),
        ("60 2 * * *", "the minute '60' is not a cron value from 0 to 59"),
        ("0 24 * * *", "the hour '24'"),
        ("0 0 0 * *", "the day of the month '0'"),
        ("0 0 * 13 *", "the month '13'"),
        ("0 0 * * 8", "the day of the week '8'"),
        ("0 0 * * mo", "the day of the week 'mo'"),
        ("*/0 * * * *", "the minute '\\*/0'"),
        ("5-1 * * * *", "the minute '5-1'"),
        ("1,,2 * * * *", "the minute ''"),
    ],
)
def test_cron_text_that_never_or_wrongly_fires_is_refused(text: str, words: str) -> None:
    """The field is named."""
    with pytest.raises(ValueError, match=words):
        check_cron(text)


@pytest.mark.parametrize("server", ["ldaps://dc1.harbor.example:3269", "LDAP://10.0.0.5", "ldaps://[fd00::1]:636/"])
def test_a_server_is_an_ldap_address(server: str) -> None:
    """By name or number, with or without a port."""
    assert check_server(server) == server


@pytest.mark.parametrize("name", ["OU=Staff\\, old,DC=harbor,DC=example", "cn=a+uid=b, dc=x"])
def test_a_distinguished_name_may_hold_escapes(name: str) -> None:
    """RFC 4514."""
    assert check_dn(name) == name
