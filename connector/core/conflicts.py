"""Why a pairing is in conflict, in words: the reason, the way out, and the contacts it is about."""

from collections.abc import Mapping, Sequence

from connector.core.model import Account, Contact

WORDS: Mapping[str, str] = {
    "link": "link",
    "pairs": "contacts.pairs",
    "mail": "mail address",
    "proxy_addresses": "secondary mail address",
    "upn": "user principal name",
    "name": "name",
}

LISTED = 5
"""How many rivals or contacts one sentence names."""


def _few(words: Sequence[str], joint: str) -> str:
    more = "" if len(words) <= LISTED else f"{joint}more"
    return joint.join(words[:LISTED]) + more


def _in_words(contacts: Sequence[Contact]) -> str:
    return _few([f"{contact.name} (contact {contact.id})" for contact in contacts[: LISTED + 1]], " and ")


Conflict = tuple[str, str, Sequence[Contact]]
"""The reason, how to release it, and the contacts it is about."""


def shared(key: str, rivals: Sequence[str], found: Sequence[Contact]) -> Conflict:
    """Several accounts have one value of a key; ``found`` are the contacts it fits."""
    whose = f"; it fits {_in_words(found)}" if found else ""
    own = "a mail address that tells them apart" if key == "name" else f"its own {WORDS[key]}"
    return (
        f"shares the {WORDS[key]} with {_few(rivals, ', ')}{whose}",
        f"Give each account {own} in the directory, or exclude the account that is not a person.",
        found,
    )


def several(key: str, found: Sequence[Contact]) -> Conflict:
    """Several contacts fit one account."""
    return (
        f"{len(found)} contacts fit by {WORDS[key]}: {_in_words(found)}",
        "Merge the contacts in the PSA, take the address off the wrong one, or name the right one in [contacts.pairs].",
        found,
    )


def unusable(contact_id: int, contact: Contact | None) -> Conflict:
    """A pair of the config whose contact is not the company's, or is another pair's."""
    if contact is None:
        return (
            f"contacts.pairs names contact {contact_id}, which is not a contact of the company (or is to be ignored)",
            "Mend the contact id in [contacts.pairs].",
            (),
        )
    return (
        f"contacts.pairs names contact {contact_id} ({contact.name}) for two accounts",
        "Leave one of them in [contacts.pairs].",
        (contact,),
    )


def two(linked: Contact, second: Contact) -> Conflict:
    """The linked contact is inactive, and another one is active with the same address."""
    return (
        f"the linked contact {linked.id} is inactive, and {second.name} (contact {second.id}) is active with the same "
        "mail address",
        f"Merge the two in the PSA, make contact {second.id} inactive, or name the right one in [contacts.pairs].",
        (linked, second),
    )


def disputed(contact: Contact, key: str) -> Conflict:
    """A contact that accounts in conflict fit as well."""
    return (
        f"the {WORDS[key]} fits {contact.name} (contact {contact.id}), which another account in conflict fits as well",
        "Settle the other conflict first.",
        (contact,),
    )


def copied(carriers: Sequence[Contact]) -> Conflict:
    """Several contacts carry the link to one account."""
    return (
        f"{len(carriers)} contacts carry the link to this account: {_in_words(carriers)}",
        "Empty the link field of all but the right contact in the PSA.",
        carriers,
    )


def taken_over(account: Account, contact: Contact, key: str) -> Conflict:
    """A key leads to the contact of another human."""
    whose = f"the {WORDS[key]} belongs to {contact.name} (contact {contact.id}), who was linked to another account"
    if key == "name":
        release = (
            f"If {account.name} is the same person, give contact {contact.id} the account's mail address in the PSA; "
            "or pair them in [contacts.pairs]; if it is a new person, make a contact with that address there."
        )
    else:
        release = (
            f"If {account.name} is a new person, take the address off contact {contact.id} in the PSA; "
            "if it is the same person, give the contact the new name, or pair them in [contacts.pairs]."
        )
    return whose, release, (contact,)


def moved(contact: Contact) -> Conflict:
    """The linked contact is another company's now."""
    return (
        f"the linked contact {contact.id} ({contact.name}) now belongs to another company of the PSA "
        f"(company {contact.company_id}); no second contact is made here",
        "Move the contact back in the PSA, or remove the account from this client's rules.",
        (contact,),
    )
