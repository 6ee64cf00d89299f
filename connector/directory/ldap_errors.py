"""What a directory server's answers mean, in words for the person who has to act."""

import re
from collections.abc import Mapping
from typing import Any

from connector.errors import DirectoryError, DirectoryIncomplete, DirectoryRefused

# result codes of RFC 4511, appendix A
SUCCESS = 0
BUSY = 51
UNAVAILABLE = 52
_OPERATIONS_ERROR = 1
_TIME_LIMIT = 3
_SIZE_LIMIT = 4
_REFERRAL = 10
_ADMIN_LIMIT = 11
_NO_SUCH_OBJECT = 32
_INVALID_DN = 34
_INVALID_CREDENTIALS = 49
_INSUFFICIENT_RIGHTS = 50
UNSEEN = frozenset({_NO_SUCH_OBJECT, _REFERRAL, _INSUFFICIENT_RIGHTS})

_SUB_CODE = re.compile(r"\bdata ([0-9a-f]{3,8})\b", re.IGNORECASE)
# Microsoft, "LDAP error 49 sub-codes" (Win32 error codes in hexadecimal) and what to do about each
_LOGIN_FAULTS = {
    "525": ("the bind account does not exist", "Correct bind in the client's config."),
    "52e": ("wrong name or password", "Correct bind or password in the client's config."),
    "530": ("the bind account may not log on at this hour", "Allow it to log on at all hours."),
    "531": ("the bind account may not log on from this computer", "Allow it to log on from everywhere."),
    "532": ("the password of the bind account has expired", "Set a new one that does not expire."),
    "533": ("the bind account is disabled", "Enable it."),
    "701": ("the bind account has expired", "Extend it."),
    "773": ("the bind account must change its password first", "Set a password and clear that option."),
    "775": ("the bind account is locked out", "Unlock it, and find out what used a wrong password."),
}
_READ_AGAIN = "Nothing is changed for this client; it is read again at the next run."


def login_error(server: str, user: str, result: Mapping[str, Any]) -> DirectoryRefused:
    """The error for a refused bind, from the result ldap3 gives; Active Directory puts the true reason in its text."""
    code, text = _code_and_text(result)
    found = _SUB_CODE.search(text)
    if code == _INVALID_CREDENTIALS:
        reason, hint = _LOGIN_FAULTS.get(
            found.group(1).lower().lstrip("0") if found else "52e",
            (f"reason {found.group(1) if found else code}", "Look it up among the AD login sub-codes."),
        )
    else:
        reason, hint = _describe(code, text, result), "Check bind and password in the client's config."
    return DirectoryRefused(f"{server} refuses the login of {user}: {reason}.", hint)


def read_error(server: str, what: str, setting: str, result: Mapping[str, Any]) -> DirectoryError:
    """The error for a search that ended with a failure. ``what`` is what was read, such as ``"the base DC=…"``;
    ``setting`` is the config key that named it."""
    code, text = _code_and_text(result)
    if code in {_NO_SUCH_OBJECT, _INVALID_DN, _REFERRAL}:
        return missing(server, what, setting)
    if code == _INSUFFICIENT_RIGHTS or (code == _OPERATIONS_ERROR and "bind" in text.lower()):
        return DirectoryRefused(
            f"{server} does not let the bind account read {what}.", "Give it the right to read all user properties."
        )
    if code in {_SIZE_LIMIT, _TIME_LIMIT, _ADMIN_LIMIT}:
        return DirectoryIncomplete(
            f"{server} stopped reading {what} at a limit: {_describe(code, text, result)}.",
            "Raise the limits of the server's LDAP policy for the bind account, or choose a smaller base.",
        )
    return DirectoryIncomplete(f"{server} stopped reading {what}: {_describe(code, text, result)}.", _READ_AGAIN)


def missing(server: str, what: str, setting: str) -> DirectoryIncomplete:
    """The error for a named object that is not there, or that the bind account cannot see."""
    return DirectoryIncomplete(
        f"{server}: {what} is not there or may not be seen by the bind account.",
        f"Correct {setting} in the client's config, or give the bind account the right to read it.",
    )


def broken(server: str, what: str, cause: str) -> DirectoryIncomplete:
    """The error for a connection or an answer that broke while something was read."""
    return DirectoryIncomplete(f"{server}: reading {what} broke off ({one_line(cause)}).", _READ_AGAIN)


def one_line(text: str) -> str:
    """The text without line breaks and control characters, as a log line needs it."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _code_and_text(result: Mapping[str, Any]) -> tuple[int, str]:
    return int(result.get("result", -1)), str(result.get("message") or "")


def _describe(code: int, text: str, result: Mapping[str, Any]) -> str:
    words = f"{result.get('description') or 'unknown'} (LDAP result {code})"
    return f"{words}, {one_line(text)[:160]}" if text.strip() else words
