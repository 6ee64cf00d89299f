"""Who is a member of a group: nested groups, more members than one answer holds, and primary groups."""

from collections.abc import Collection

from ldap3.utils.conv import escape_filter_chars

from connector.core import normalize
from connector.directory import attributes, ldap_errors
from connector.directory.ldap_connection import Session
from connector.directory.ldap_ranges import whole
from connector.directory.snapshot import Entry, Membership, group_key

_SETTING = "the group's DN"
# LDAP_MATCHING_RULE_IN_CHAIN (Microsoft, "Search Filter Syntax")
_IN_CHAIN = "1.2.840.113556.1.4.1941"
_IS_GROUP = "(objectClass=group)"
_NAMES = ("objectSid", "member")


def read_memberships(session: Session, groups: Collection[str]) -> dict[str, Membership]:
    """The membership of each asked group (DN) by its key. Raises DirectoryIncomplete when one is missing."""
    reader = _GroupReader(session)
    return {group_key(group): reader.membership(group) for group in groups}


def read_admins(session: Session, base: str, sids: Collection[str]) -> Membership:
    """Who belongs to the groups with these SIDs in the domain of ``base``: the members of those that can be seen, in
    two searches. An account whose primary group is one of them belongs to it, seen or not."""
    own = Membership(frozenset(), frozenset(sids))
    domain = normalize.dn_domain(base)
    if not domain:
        return own
    groups = _groups(session, domain, "".join(f"(objectSid={sid})" for sid in sorted(sids)))
    if not groups:
        return own
    chains = "".join(f"(memberOf:{_IN_CHAIN}:={escape_filter_chars(group.dn)})" for group in groups)
    nested = _groups(session, domain, chains)
    return Membership.union([own, *(_direct(session, group) for group in (*groups, *nested))])


def _groups(session: Session, domain: str, alternatives: str) -> list[Entry]:
    """The groups of the domain that fit one of the filters, with all their members."""
    query = f"(&(objectCategory=group){_IS_GROUP}(|{alternatives}))"
    what = "the administrator groups"
    found = session.search(domain, query, _NAMES, what=what, setting="base", optional=True)
    return [whole(session, entry, "base") for entry in list(found)]


class _GroupReader:
    """Reads groups, each one once: asked groups often share nested ones."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._groups: dict[str, Membership] = {}

    def membership(self, group: str) -> Membership:
        what = f"the group {group}"
        own = self._group(group)
        if own is None:
            raise ldap_errors.missing(self._session.url, what, _SETTING)
        parts = [own]
        for nested in self._nested(group, what):
            part = self._group(nested.dn)
            if part is None:
                raise ldap_errors.missing(self._session.url, f"the group {nested.dn} inside {group}", _SETTING)
            parts.append(part)
        return Membership.union(parts)

    def _nested(self, group: str, what: str) -> list[Entry]:
        query = f"(&(objectCategory=group){_IS_GROUP}(memberOf:{_IN_CHAIN}:={escape_filter_chars(group)}))"
        # a nested group may lie outside the client's base, but the search must stay in the group's domain
        domain = normalize.dn_domain(group)
        return list(self._session.search(domain, query, ["objectSid"], what=what, setting=_SETTING))

    def _group(self, dn: str) -> Membership | None:
        key = normalize.dn_key(dn)
        if key not in self._groups:
            found = self._read(dn)
            if found is None:
                return None
            self._groups[key] = _direct(self._session, found)
        return self._groups[key]

    def _read(self, dn: str) -> Entry | None:
        found = self._session.search(dn, _IS_GROUP, _NAMES, what=f"the group {dn}", setting=_SETTING, below=False)
        entries = [whole(self._session, entry, _SETTING) for entry in list(found)]
        return entries[0] if entries else None


def _direct(session: Session, found: Entry) -> Membership:
    try:
        members = set(map(normalize.dn_key, attributes.dn_values(found.attributes, "member")))
        return Membership.of(members, [attributes.sid_from(found.attributes)])
    except ValueError as fault:
        raise ldap_errors.broken(session.url, f"the group {found.dn}", str(fault)) from None
