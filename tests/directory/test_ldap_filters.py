"""A name in a filter is a name: no distinguished name, from the config or the directory, changes what is searched."""

import re
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.operation.search import parse_filter

from connector.directory.ldap_groups import read_admins, read_memberships
from connector.directory.snapshot import Entry
from connector.errors import DirectoryIncomplete

GROUP = "CN=Staff,DC=harbor,DC=example"
HOSTILE = ["*", ")(objectClass=*", "Staff)(|(cn=*", r"\2a", "\0", r"\)", "é*", "(", "Ä)(memberOf=*"]


@dataclass
class Server:
    """Answers every search for one object with a group, and keeps the filters of the others. ``seen`` is the DN that
    the directory gives the group."""

    seen: str = GROUP
    filters: list[str] = field(default_factory=list)
    url: str = "ldaps://dc1.harbor.example"

    def search(self, _base: str, query: str, _names: object, **how: Any) -> Iterator[Entry]:
        """One object as a group, and for a list the group too, the first time."""
        if how.get("below", True):
            self.filters.append(query)
            if "objectSid=" not in query:
                return
        yield Entry(self.seen, {"objectsid": [], "member": []})


def leaves(query: str) -> list[tuple[str, ...]]:
    """The comparisons of a filter, as ldap3 would send them: what is compared, and with which bytes."""
    found: list[tuple[str, ...]] = []
    todo = [parse_filter(query, None, False, False, None, False)]
    while todo:
        node = todo.pop()
        todo += node.elements
        if node.assertion:
            found.append(tuple(f"{key}={value!r}" for key, value in sorted(node.assertion.items())))
    return found


def values(query: str) -> list[bytes]:
    """The values of the comparisons, their escapes undone (RFC 4515, section 3)."""
    told = [
        literal_eval(part.partition("=")[2]) for leaf in leaves(query) for part in leaf if part.startswith("value=")
    ]
    return [re.sub(rb"\\([0-9a-fA-F]{2})", lambda found: bytes.fromhex(found[1].decode()), one) for one in told]


def shape(query: str) -> list[tuple[str, ...]]:
    """The comparisons without the values."""
    return sorted(tuple(part.partition("=")[0] for part in leaf) for leaf in leaves(query))


PLAIN = Server()
read_memberships(PLAIN, [GROUP])  # type: ignore[arg-type]
SHAPE = shape(PLAIN.filters[0])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_group_of_the_config_is_compared_as_a_whole(name: str) -> None:
    """The filter has the same comparisons as for any group, and the value is the name."""
    server, group = Server(), f"CN={name},DC=harbor,DC=example"
    read_memberships(server, [group])  # type: ignore[arg-type]
    (query,) = server.filters
    assert shape(query) == SHAPE
    assert group.encode() in values(query)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_no_name_of_a_group_changes_the_filter(name: str) -> None:
    """Whatever is in it."""
    server = Server()
    try:
        read_memberships(server, [f"CN={name},DC=harbor,DC=example"])  # type: ignore[arg-type]
    except (DirectoryIncomplete, ValueError):
        return  # no distinguished name at all, which is said before anything is asked
    assert [shape(query) for query in server.filters] == [SHAPE] * len(server.filters)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_group_that_the_directory_names_is_compared_as_a_whole(name: str) -> None:
    """Its administrators chose its name, and it goes into the next filter."""
    server = Server(seen=f"CN={name},DC=harbor,DC=example")
    read_admins(server, "DC=harbor,DC=example", ["S-1-5-21-1-2-3-512"])  # type: ignore[arg-type]
    _, query = server.filters
    assert shape(query) == SHAPE
    assert server.seen.encode() in values(query)
