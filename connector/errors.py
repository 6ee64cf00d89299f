"""The tree of errors, by what the caller does next.

ConnectorError
├── ConfigError            fix the config; nothing was read or written
├── ClientError            this client fails, others go on; nothing of it is written
│   ├── DirectoryError
│   │   ├── DirectoryUnreachable     network, name or certificate: fix or try later
│   │   ├── DirectoryRefused         login or rights refused: fix the account
│   │   └── DirectoryIncomplete      read stopped, empty, or a named base or group is missing
│   ├── PsaError
│   │   ├── PsaUnreachable           no answer, throttled or 5xx for too long: try later
│   │   ├── PsaRefused               keys, clientId or security role: fix the API member
│   │   ├── PsaRejected              the PSA refuses this record or request, with its own words
│   │   ├── PsaMissing               the record is not there
│   │   └── PsaInDoubt               a write was sent and its answer lost: read back before anything else
│   └── Busy                         another run of this client is under way
└── StateError             the connector's own database cannot be used; writes stop first
"""


class ConnectorError(Exception):
    """What happened, to whom, and what to do, in one sentence; ``hint`` is what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(ConnectorError):
    """The configuration is wrong. ``faults`` lists every fault found, one line each, with file and line."""

    def __init__(self, message: str, hint: str = "", faults: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.faults = faults


class ClientError(ConnectorError):
    """One client cannot be worked on; the others can."""


class DirectoryError(ClientError):
    """The client's directory could not be read."""


class DirectoryUnreachable(DirectoryError):
    """No server could be reached over a trusted connection."""


class DirectoryRefused(DirectoryError):
    """The server refuses the login or the rights."""


class DirectoryIncomplete(DirectoryError):
    """Less than everything was read."""


class PsaError(ClientError):
    """ConnectWise did not do what was asked. ``status`` is the HTTP status, or 0."""

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class PsaUnreachable(PsaError):
    """No usable answer in time."""


class PsaRefused(PsaError):
    """The API member may not do this."""


class PsaRejected(PsaError):
    """The PSA refuses the record or the request."""


class PsaMissing(PsaError):
    """The record does not exist."""


class PsaInDoubt(PsaError):
    """A write may or may not have happened. ``answered`` is True when the PSA's API itself said that it had failed, so
    that nothing of it is under way any more; else it may still be carried out."""

    def __init__(self, message: str, hint: str = "", *, answered: bool = False) -> None:
        super().__init__(message, hint)
        self.answered = answered


class Busy(ClientError):
    """Another run of the client is under way."""


class StateError(ConnectorError):
    """The connector's own database cannot be used."""
