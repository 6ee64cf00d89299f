"""The operations that the sandbox claims to have: those of its resources table."""

from dataclasses import dataclass

from connector.sandbox.resources import BOARD_STATUSES, COMMUNICATIONS, RESOURCES, USAGES, Resource

ROWS = (*RESOURCES, COMMUNICATIONS, USAGES, BOARD_STATUSES)
STEPS = {
    "list": ("GET", 200),
    "count": ("GET", 200),
    "get": ("GET", 200),
    "post": ("POST", 201),
    "patch": ("PATCH", 200),
    "put": ("PUT", 200),
    "delete": ("DELETE", 204),
}
"""Each way to ask for a resource: its method and the status of success."""

WITHOUT_RECORD = {"auditTrail", "usages", "boardStatuses"}
"""Collections whose records have no path of their own (api.md 4.3, 4.9)."""


@dataclass(frozen=True)
class Claim:
    """One operation of one resource."""

    row: Resource
    step: str

    @property
    def method(self) -> str:
        """The HTTP method."""
        return STEPS[self.step][0]

    @property
    def success(self) -> int:
        """The status when it is done."""
        return STEPS[self.step][1]

    def path(self, parent: object, record: object) -> str:
        """The path below ``apis/3.0``."""
        below = {"list": "", "post": "", "count": "/count"}.get(self.step, f"/{record}")
        return "/" + self.row.path.format(parent=parent) + below

    def __str__(self) -> str:
        return f"{self.step} {self.row.path}"


def claims() -> list[Claim]:
    """Every operation claimed."""
    return [Claim(row, step) for row in ROWS for step in STEPS if _has(row, step)]


def _has(row: Resource, step: str) -> bool:
    if step == "count":
        return row.counted
    if step == "get":
        return row.collection not in WITHOUT_RECORD
    return STEPS[step][0] in row.methods
