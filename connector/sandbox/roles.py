"""Security roles: what a member may do in which part of the PSA (api.md 2.4)."""

from __future__ import annotations

from typing import Any

from connector.sandbox.errors import ApiError
from connector.sandbox.resources import MODULES
from connector.sandbox.store import Record, Store, dig

ACTIONS = {"GET": "inquire", "HEAD": "inquire", "POST": "add", "PATCH": "edit", "PUT": "edit", "DELETE": "delete"}
RIGHTS = ("inquire", "add", "edit", "delete")


def read_permissions(role: Record) -> dict[str, list[str]]:
    """A role's permissions from the data: rights by module, ``"all"`` for all of them; raises ``ValueError``."""
    given = role["permissions"]
    if not isinstance(given, dict):
        raise ValueError("permissions are rights by module")
    return {module: read_rights(module, rights) for module, rights in given.items()}


def read_rights(module: str, given: Any) -> list[str]:
    """The rights in one module; raises ``ValueError`` naming what is not known."""
    if module not in MODULES:
        raise ValueError(f"there is no module {module!r}; known: {', '.join(MODULES)}")
    rights = list(RIGHTS) if given == "all" else given
    if not isinstance(rights, list) or not set(rights) <= set(RIGHTS):
        raise ValueError(f'{module}: the rights are {", ".join(RIGHTS)} or "all", not {given!r}')
    return rights


def check_role(store: Store, member: Record, module: str, right: str) -> None:
    """Whether the member's role gives a right in a module; raises ``ApiError`` 403 (api.md 5.1).

    A role without ``permissions`` may do everything; with them, what is not listed is forbidden. A switch that names
    the module may say ``none``.
    """
    module = store.switches.get(module, module)
    role = store.get("securityRoles", dig(member, "securityRole/id")) or {}
    permissions = role.get("permissions")
    if module in {"", "none"} or permissions is None or right in permissions.get(module, ()):
        return
    code = store.switches["forbidden_code"]
    raise ApiError(403, code, "You do not have security permission to perform this action.")
