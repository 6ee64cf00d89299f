"""Several directories of one client, such as two domains after a merger, read as one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from connector.core.model import DirectorySnapshot
from connector.core.normalize import dn_key
from connector.directory.snapshot import Membership, Reading, group_key
from connector.errors import DirectoryIncomplete


class Part(Protocol):
    """One of the directories."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    def holding(self, groups: Collection[str]) -> list[str]:
        """Those of the groups (distinguished names) that are its own."""

    def reading(self, groups: Collection[str], attributes: Collection[str] = ()) -> Reading:
        """All that it holds; raises as port ``Directory`` says."""


class SeveralDirectories:
    """The directories of one client, joined. Fits port ``Directory``.

    Each group is asked of the one directory it is in; an account of another directory that it lists as a member is a
    member too. When one directory cannot be read, nothing is.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)

    def __repr__(self) -> str:
        return f"SeveralDirectories({list(self._parts)})"

    def read(self, groups: Collection[str], attributes: Collection[str] = ()) -> DirectorySnapshot:
        """The accounts of all directories, sorted by DN (port ``Directory``)."""
        owned = self._owned(groups)
        readings = [part.reading(own, attributes) for part, own in zip(self._parts, owned, strict=True)]
        memberships: Mapping[str, Membership] = {key: each for one in readings for key, each in one.memberships.items()}
        admins = Membership.union(one.admins for one in readings)
        return _joined([replace(one, memberships=memberships, admins=admins).snapshot() for one in readings])

    def _owned(self, groups: Collection[str]) -> list[list[str]]:
        """The groups to ask of each directory."""
        for group in groups:
            group_key(group)
        held = [part.holding(groups) if groups else [] for part in self._parts]
        for group in groups:
            owners = [part.name for part, own in zip(self._parts, held, strict=True) if group in own]
            if len(owners) != 1:
                raise _misplaced(group, owners, [part.name for part in self._parts])
        return held


def _misplaced(group: str, owners: Sequence[str], names: Sequence[str]) -> DirectoryIncomplete:
    where = "in more than one directory" if owners else "in none of the client's directories"
    return DirectoryIncomplete(
        f"The group {group} is {where}: {' and '.join(owners or names)}.",
        "Correct its name in the client's config, or see to it that exactly one directory has it.",
    )


def _joined(snapshots: Sequence[DirectorySnapshot]) -> DirectorySnapshot:
    seen: dict[str, tuple[str, str]] = {}
    for snapshot in snapshots:
        for account in snapshot.accounts:
            if account.guid in seen:
                source, dn = seen[account.guid]
                raise DirectoryIncomplete(
                    f"{dn} in {source} and {account.dn} in {snapshot.source} have the same objectGUID {account.guid}.",
                    "Two of the client's directories hold the same accounts: correct base or path of one of them.",
                )
            seen[account.guid] = snapshot.source, account.dn
    accounts = [account for snapshot in snapshots for account in snapshot.accounts]
    return DirectorySnapshot(
        accounts=tuple(sorted(accounts, key=lambda account: (dn_key(account.dn), account.guid))),
        complete=True,
        source=" and ".join(snapshot.source for snapshot in snapshots),
        warnings=tuple(f"{one.source}: {warning}" for one in snapshots for warning in one.warnings),
    )
