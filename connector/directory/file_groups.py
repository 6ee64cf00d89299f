"""Who is a member of a group, from the objects of an export alone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from connector.core import normalize
from connector.directory import attributes
from connector.directory.snapshot import Entry, Membership, group_key
from connector.errors import DirectoryIncomplete

_WHOLE_EXPORT = "Export users and groups together, with all attributes, from the top of the domain."


@dataclass
class _Group:
    """A group of the export: keys of its direct members, its SID, and whether its list of members is whole."""

    dn: str
    sid: str
    members: set[str]
    whole: bool


@dataclass
class GroupsOfFile:
    """The groups of an export, fed with every entry once, then asked."""

    source: str
    _groups: dict[str, _Group] = field(default_factory=dict)
    _belongs: dict[str, set[str]] = field(default_factory=dict)
    _any_membership: bool = False

    def add(self, entry: Entry) -> None:
        """Take in a group's members, and the groups any object says it is a member of. Raises ValueError."""
        own = entry.attributes
        parents = _keys(attributes.dn_values(own, "memberOf"))
        if parents:
            self._any_membership = True
            for parent in parents:
                self._belongs.setdefault(parent, set()).add(entry.key)
        if attributes.is_group(own):
            members, whole = _members(entry)
            self._any_membership = self._any_membership or bool(members)
            self._groups[entry.key] = _Group(entry.dn, attributes.sid_from(own), members, whole)

    def memberships(self, asked: Collection[str]) -> dict[str, Membership]:
        """The membership of each asked group (DN) by its key.

        Raises DirectoryIncomplete when a group is not in the export (in one of users alone: when nobody says to be a
        member of it), its list of members is cut, or the export was made without memberships.
        """
        found = {group_key(group): self._membership(group) for group in asked}
        if found and not self._any_membership:
            raise DirectoryIncomplete(
                f"{self.source} holds no group memberships at all (neither member nor memberOf).", _WHOLE_EXPORT
            )
        return found

    def admins(self, sids: Collection[str]) -> Membership:
        """Who belongs to the groups with these SIDs: the members of those that are in the export. An account whose
        primary group is one of them belongs to it, exported or not."""
        parts = [self._membership(group.dn) for group in self._groups.values() if group.sid in sids]
        return Membership.union([Membership(frozenset(), frozenset(sids)), *parts])

    def holds(self, group: str) -> bool:
        """Whether a group (DN) is in the export, or in one of users alone, whether somebody is a member of it."""
        return group_key(group) in (self._belongs if self.holds_no_groups else self._groups)

    @property
    def holds_no_groups(self) -> bool:
        """Whether the export is one of users alone: then only their own ``memberOf`` tells who belongs to what."""
        return not self._groups

    def _membership(self, group: str) -> Membership:
        key = group_key(group)
        if self.holds_no_groups and key in self._belongs:
            return Membership(frozenset(self._belongs[key]), frozenset())
        if key not in self._groups:
            raise DirectoryIncomplete(f"{self.source}: the group {group} is not in the export.", _WHOLE_EXPORT)
        members: set[str] = set()
        seen: set[str] = set()
        waiting = [key]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            direct = self._direct(current)
            members |= direct
            waiting += [member for member in direct if member in self._groups]
        return Membership.of(members, [self._groups[one].sid for one in seen])

    def _direct(self, key: str) -> set[str]:
        group = self._groups[key]
        if not group.whole:
            raise DirectoryIncomplete(
                f"{self.source}: the export holds only the first {len(group.members)} members of {group.dn}.",
                "Read this client over LDAP instead, or split the group.",
            )
        return group.members | self._belongs.get(key, set())


def _members(entry: Entry) -> tuple[set[str], bool]:
    """The keys of the members, and whether they are all: a tool may have written only a first range of values."""
    values = attributes.dn_values(entry.attributes, "member")
    ranges = [name for name in entry.attributes if name.startswith("member;range=")]
    for name in ranges:
        values += attributes.dn_values(entry.attributes, name)
    whole = not ranges or any(name.endswith("-*") for name in ranges)
    return _keys(values), whole


def _keys(dns: Iterable[str]) -> set[str]:
    return {normalize.dn_key(dn) for dn in dns}
