"""The configuration: read, checked, and every fault told at once. The one place that reads files and the environment
for it."""

from connector.settings.loading import load
from connector.settings.model import (
    Client,
    Directory,
    FileDirectory,
    LdapDirectory,
    PsaSettings,
    Settings,
    StateSettings,
    TicketSettings,
)
from connector.settings.outline import schema
from connector.settings.secrets import Secret, config_dir

__all__ = [
    "Client",
    "Directory",
    "FileDirectory",
    "LdapDirectory",
    "PsaSettings",
    "Secret",
    "Settings",
    "StateSettings",
    "TicketSettings",
    "config_dir",
    "load",
    "schema",
]
