"""The reason to hold a profile's line, as an error inside the decision about it."""

from connector.core.plan import HeldKind


class HoldError(Exception):
    """A profile's line waits for a person: ``reason`` why, ``release`` how it goes on. It never leaves the decision."""

    def __init__(self, reason: str, release: str, kind: HeldKind = HeldKind.BILLING) -> None:
        super().__init__(reason)
        self.reason, self.release, self.kind = reason, release, kind
