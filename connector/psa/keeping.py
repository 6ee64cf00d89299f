"""How the contacts of one client are kept, as far as reading and writing them in the PSA depends on it."""

from dataclasses import dataclass
from typing import Literal

from connector.core.rules import ContactRules
from connector.psa.contact_field import ContactField

NOWHERE = ContactField()
"""No field of the PSA."""

Creatable = Literal["department", "relationship"]


@dataclass(frozen=True, slots=True)
class Keeping:
    """``region`` is the country of the phone numbers, ``link`` and ``keep`` are the fields for the link and the
    keep-as-is mark, ``old_mail`` says what becomes of a former address, ``create_missing`` what may be made in the
    setup tables."""

    region: str
    link: ContactField = NOWHERE
    keep: ContactField = NOWHERE
    old_mail: Literal["replace", "keep"] = "replace"
    create_missing: tuple[Creatable, ...] = ()

    @classmethod
    def of(cls, rules: ContactRules, region: str) -> "Keeping":
        """As the client's rules say."""
        return cls(
            region,
            ContactField.of(rules.link),
            ContactField.of(rules.keep_mark),
            rules.old_mail,
            rules.create_missing,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that must be read of a contact because of these rules."""
        return tuple(dict.fromkeys((*self.link.names, *self.keep.names)))
