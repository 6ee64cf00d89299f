"""From directory objects to a snapshot: what every source has in common."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connector.core import normalize
from connector.core.model import Account, DirectorySnapshot
from connector.directory import attributes
from connector.errors import DirectoryIncomplete

_FOREIGN = re.compile(r"cn=(s-1-5-21-[0-9-]+),cn=foreignsecurityprincipals,")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as a source gives it: its DN, its attributes under lower-case names, and where it was found, such as
    ``"record 12"`` or ``""``."""

    dn: str
    attributes: Mapping[str, list[bytes]]
    place: str = ""

    @property
    def key(self) -> str:
        """Its DN for comparing. Raises ValueError when it is not a DN."""
        return normalize.dn_key(self.dn)


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs to one group: DN keys of the members of it and of every group nested in it; and the SIDs of all these
    groups, for those whose primary group is one of them, and of members from other forests."""

    members: frozenset[str]
    sids: frozenset[str]

    @classmethod
    def of(cls, members: Collection[str], sids: Collection[str]) -> "Membership":
        """From DN keys and the SIDs of the groups. A member from a trusted forest stands in a group as a foreign
        security principal, whose name is its SID (MS-ADTS, 6.1.1.4.10)."""
        foreign = (found.group(1).upper() for key in members if (found := _FOREIGN.match(key)))
        return cls(frozenset(members), frozenset({*sids, *foreign}) - {""})

    def holds(self, key: str, sid: str, primary_group: str) -> bool:
        """Whether an account is a member, given its DN key, its SID and that of its primary group."""
        return key in self.members or sid in self.sids or primary_group in self.sids

    @classmethod
    def union(cls, parts: Iterable["Membership"]) -> "Membership":
        """Who belongs to any of several groups."""
        each = list(parts)
        members = frozenset().union(*(part.members for part in each))
        return cls(members, frozenset().union(*(part.sids for part in each)))


@dataclass(frozen=True)
class Reading:
    """What one source gave: its user accounts as they stand there, the membership of each asked group by its key, who
    administers the domain, and the names of the ``further`` attributes asked for. ``region`` is the ISO country of its
    telephone numbers, ``source`` names the server or file."""

    entries: Sequence[Entry]
    memberships: Mapping[str, Membership]
    admins: Membership
    further: Collection[str]
    region: str
    source: str
    warnings: Collection[str] = ()

    def snapshot(self) -> DirectorySnapshot:
        """The snapshot of all its user accounts, sorted by DN.

        Raises DirectoryIncomplete when an account cannot be read, when two have the same objectGUID, or when there is
        none.
        """
        accounts: dict[str, tuple[str, Account]] = {}
        for entry in self.entries:
            key, account = self._account(entry)
            if account.guid in accounts:
                other = accounts[account.guid][1].dn
                raise DirectoryIncomplete(
                    f"{self.source}: {other} and {entry.dn} have the same objectGUID {account.guid}.",
                    "The directory changed while it was read, or the export is damaged: read it again.",
                )
            accounts[account.guid] = key, account
        if not accounts:
            raise DirectoryIncomplete(
                f"{self.source}: not a single user account was found.",
                "Check that the base is right and that the bind account may read it (or that the export holds users).",
            )
        ordered = tuple(account for _, account in sorted(accounts.values(), key=lambda pair: (pair[0], pair[1].guid)))
        return DirectorySnapshot(accounts=ordered, complete=True, source=self.source, warnings=tuple(self.warnings))

    def _account(self, entry: Entry) -> tuple[str, Account]:
        try:
            key, sid = entry.key, attributes.sid_from(entry.attributes)
            primary = attributes.primary_group_sid(entry.attributes)
            account = attributes.account_from(
                entry.dn,
                entry.attributes,
                [group for group, membership in self.memberships.items() if membership.holds(key, sid, primary)],
                self.region,
                further=self.further,
                admin=self.admins.holds(key, sid, primary),
            )
        except ValueError as fault:
            raise unreadable(entry, self.source, fault) from None
        return key, account


def group_key(group: str) -> str:
    """The key of an asked group. Raises DirectoryIncomplete when the config does not hold a distinguished name."""
    try:
        return normalize.dn_key(group)
    except ValueError:
        raise DirectoryIncomplete(
            f"The group {group!r} is not a distinguished name.",
            "Write it in the client's config as CN=…,OU=…,DC=….",
        ) from None


def unreadable(entry: Entry, source: str, fault: ValueError) -> DirectoryIncomplete:
    """The error for an object that cannot be read, naming the object, its place and what to do."""
    place = f", {entry.place}" if entry.place else ""
    return DirectoryIncomplete(
        f"{source}{place}: the account {entry.dn} cannot be read: {fault}.",
        "Let the bind account read all its attributes, or export it again with all attributes and untouched by Excel.",
    )
