"""Makes text from a directory or the PSA harmless to look at: names there are anybody's to choose.

Control characters can drive a terminal, bidirectional ones can show a name in another order than it is stored
(Unicode TR 36, section 3), and line breaks can forge lines of a report. What is shown keeps one place for each.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
SHOWN_FOR_UNSAFE = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """``text`` on one line, with a replacement character for each character that would not show itself. The joiners
    U+200C and U+200D stay: Persian and Indic names are spelt with them."""
    return _UNSAFE.sub(SHOWN_FOR_UNSAFE, _BREAKS.sub(" ", text))


def cleaned(value: T) -> T:
    """A copy of a value in which every text, at any depth of dataclasses, tuples, lists and mappings, is clean."""
    result: T = _cleaned(value)
    return result


def _cleaned(value: Any) -> Any:
    if isinstance(value, Enum | Decimal | date | int) or value is None:
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple | list):
        return type(value)(_cleaned(part) for part in value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(part) for key, part in value.items()}
    return replace(value, **{field.name: _cleaned(getattr(value, field.name)) for field in fields(value)})
