"""Which contacts must stay as they are, and why: asked before anything is compared."""

from dataclasses import dataclass

from connector.core.model import Contact, PsaSnapshot
from connector.core.normalize import label_key
from connector.core.rules import ContactRules

SHOWN = 5
"""How many tickets one sentence names."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a leaver's contact must stay: what it is, what releases it, and whether it is so as the company's default
    contact, whose place another can take."""

    reason: str
    release: str
    default: bool = False


class Protection:
    """What the PSA and the rules say about touching contacts."""

    def __init__(self, psa: PsaSnapshot, rules: ContactRules) -> None:
        self.psa, self.rules = psa, rules
        self.types = {label_key(name) for name in rules.protected_types}
        self.agreements = [one for one in psa.agreements if one.status == "Active"]

    def mark(self, contact: Contact) -> str:
        """Why the contact is never changed, as the end of a sentence, or ``""``."""
        if contact.keep:
            return "has the keep-as-is mark"
        found = next((one.name for one in contact.types if label_key(one.name) in self.types), "")
        return f"has the protected type {found}" if found else ""

    def obstacle(self, contact: Contact) -> Obstacle | None:
        """Why a leaver's contact must stay: finance first, then protection, then the company's default contact."""
        company = self.psa.company
        if contact.default_billing or contact.id == company.billing_contact_id:
            return Obstacle(
                "is the company's billing contact (a finance matter)", "Name another billing contact in the PSA."
            )
        for one in self.agreements:
            if contact.id == one.billing_contact_id:
                return Obstacle(
                    f"gets the invoices of {one.name} (a finance matter)", "Name another bill-to contact there."
                )
            if contact.id == one.contact_id:
                return Obstacle(f"is the contact of agreement {one.name}", "Name another contact on the agreement.")
        if mark := self.mark(contact):
            return Obstacle(mark, "Take the mark off, or inactivate the contact by hand.")
        if contact.default or contact.id == company.default_contact_id:
            return Obstacle(
                "is the company's default contact",
                "Make another contact the company's default in the PSA, or name one in contacts.default_contact.",
                default=True,
            )
        return None

    def open_items(self, contact: Contact) -> str:
        """What is open on a leaver's contact, in words; ``""`` when nothing is, or before it was asked for."""
        work = self.psa.work
        if work is None:
            return ""
        parts = []
        if tickets := work.tickets.get(contact.id, ()):
            more = f" and {len(tickets) - SHOWN} more" if len(tickets) > SHOWN else ""
            words = "an open ticket" if len(tickets) == 1 else f"{len(tickets)} open tickets"
            parts.append(f"{words} ({', '.join(tickets[:SHOWN])}{more})")
        if contact.portal:
            parts.append("access to the customer portal")
        if work.problem:
            parts.append(f"an unknown number of open tickets, for they could not be read ({work.problem})")
        return ", ".join(parts)

    def hanging(self, contact: Contact) -> str:
        """What is open, and what else in the PSA refers to the contact."""
        usages = self.psa.work.usages.get(contact.id, ()) if self.psa.work else ()
        uses = f"further uses ({', '.join(usages)})" if usages else ""
        return ", ".join(part for part in (self.open_items(contact), uses) if part)
