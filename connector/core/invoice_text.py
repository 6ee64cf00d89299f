"""The names of the people in a line's invoice description: one block of our own between markers (api.md 4.8)."""

import re
from collections.abc import Sequence

from connector.core.holding import HoldError
from connector.core.normalize import text
from connector.core.plan import Counted
from connector.core.quantity import plain

LIMIT = 6000
"""Characters that an invoice description may have (api.md 4.8), counted as UTF-16 does."""

_START = "[Users ("
_BLOCK = re.compile(r"\[Users \([0-9]+\): [^\[\]]*\]")
_OFF = "names_on_invoice = false leaves the description alone."


def with_names(description: str, people: Sequence[Counted]) -> str:
    """The description with the block of these people in place of the one that is there, else at its end; whatever else
    it says stays. Raises HoldError where the block cannot be told from the rest, or where there is no room for it."""
    found = _BLOCK.findall(description)
    if len(found) > 1 or description.count(_START) != len(found):
        raise HoldError(
            f"the invoice description holds a list of users ({_START}…) that was edited or doubled, so it is not known "
            "which part is ours",
            f"Remove the list from the description in the PSA; the next run writes it anew. {_OFF}",
        )
    if not (found or people):
        return description
    around = _BLOCK.sub("", description) if found else f"{description} " if description else ""
    wanted = _block(people, LIMIT - _length(around))
    if wanted is None:
        raise HoldError(
            f"the invoice description leaves no room for names: it has {_length(around):,} of {LIMIT:,} characters",
            f"Shorten the description in the PSA. {_OFF}",
        )
    merged = description.replace(found[0], wanted) if found else around + wanted
    if merged != description and re.search(r"[\b\r\n\f\v]", merged):
        raise HoldError(
            "the invoice description has line breaks or the like, which ConnectWise does not keep in what a program "
            "writes",
            f"Write the description on one line in the PSA. {_OFF}",
        )
    return merged


def names_in(description: str) -> str:
    """The block of names in a description, ``""`` where there is none."""
    found = _BLOCK.search(description)
    return found.group() if found else ""


def without_names(description: str) -> str:
    """What a description says beside the block of names."""
    return _BLOCK.sub("", description)


def _block(people: Sequence[Counted], room: int) -> str | None:
    """The block, cut with a count of the rest; None when not even one name fits."""
    names = [_name(person) for person in sorted(people, key=lambda one: (one.name.casefold(), one.guid))]
    start = f"{_START}{len(names)}): "
    whole = f"{start}{'; '.join(names) or '-'}]"
    if _length(whole) <= room:
        return whole
    shown: list[str] = []
    best = None
    for name in names:
        shown.append(name)
        cut = f"{start}{'; '.join(shown)} and {len(names) - len(shown)} more]"
        if _length(cut) > room:
            break
        best = cut
    return best


def _name(person: Counted) -> str:
    name = (text(person.name) or person.account).translate(str.maketrans("[];", "(),"))
    return name if person.units == 1 else f"{name} x {plain(person.units)}"


def _length(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2
