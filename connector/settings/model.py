"""The two kinds of config file, and what they become. The rules tables are the dataclasses of core.rules themselves:
their keys, defaults, limits and descriptions are defined there and nowhere else."""

from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connector.core.rules import BillingProfile, ClientRules, ContactRules, GuardLimits, PeopleRules, RunLimits
from connector.core.tickets import DEFAULT_CAUSES, CauseName
from connector.settings.secrets import ClientId, Secret
from connector.settings.values import Cron, DistinguishedName, FilePath, Region, Server, Site, StateUrl, Text, TimeZone

ENV_PREFIX = "CONNECTOR_"
ENV_DELIMITER = "__"


class _Table(BaseModel):
    """A table of a config file: what it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PsaSettings(_Table):
    """[psa]: the ConnectWise PSA and the API member that works there."""

    site: Site = Field(
        description="Host name of the PSA, or its address. Plain http:// only to this machine.",
    )
    company: Text = Field(description="The company name used at login.")
    client_id: ClientId = Field(description="clientId of the integration: env:NAME, file:PATH, or the GUID itself.")
    public_key: Secret = Field(description="The API member's public key: env:NAME or file:PATH.")
    private_key: Secret = Field(description="The API member's private key: env:NAME or file:PATH.")
    requests_per_minute: int = Field(
        800, ge=1, description="Fastest pace, shared by all workers; it slows down by itself where the PSA throttles."
    )
    timeout_seconds: int = Field(30, ge=1, le=300, description="Longest wait for one answer, in seconds.")
    patience_seconds: int = Field(
        120, ge=1, le=3600, description="Longest time for one request with all its repeats, in seconds."
    )
    ca_file: FilePath | None = Field(
        None, description="Certificates (PEM) to trust instead of the system's. Relative to the config directory."
    )


class StateSettings(_Table):
    """[state]: the connector's own database."""

    location: StateUrl = Field(
        "sqlite:///var/connector.db",
        alias="url",
        repr=False,
        description="SQLAlchemy address of the database, or env:NAME or file:PATH when it holds a password. A relative "
        "SQLite path starts at the current directory.",
    )

    @property
    def url(self) -> str:
        """The address, read now when it is a reference. Raises ConfigError as :meth:`Secret.reveal` does."""
        if self.location.startswith(("env:", "file:")):
            return Secret(self.location).reveal()
        return self.location


class TicketSettings(_Table):
    """[tickets]: a ticket in the PSA for each client that failed or that something is held for."""

    board: str = Field("", description="Name of the service board. Empty: no tickets.")
    status_closed: str = Field(
        "",
        description="Name of the board's status that a ticket gets when its cause is gone. Empty: it is only noted.",
    )
    causes: tuple[CauseName, ...] = Field(
        DEFAULT_CAUSES,
        description="What there are tickets for: a client that failed, or something that is held for this reason.",
    )


class LdapDirectory(_Table):
    """[directory] with kind = "ldap": Active Directory, read over LDAP."""

    kind: Literal["ldap"] = Field(description="Read the directory over LDAP.")
    servers: tuple[Server, ...] = Field(
        min_length=1, description="Domain controllers, tried in order; one is used for a whole run."
    )
    base: DistinguishedName = Field(description="Where reading starts.")
    bind: Text = Field(description="The account that reads: its distinguished name or user principal name.")
    password: Secret = Field(description="Its password: env:NAME or file:PATH.")
    ca_file: FilePath | None = Field(
        None,
        description="Certificates (PEM) to trust instead of the system's. Relative to the client file's directory if "
        "it is there, else to the config directory.",
    )
    start_tls: bool = Field(False, description="Encrypt an ldap:// connection with StartTLS.")
    timeout_seconds: int = Field(30, ge=1, le=3600, description="Longest wait for one answer, in seconds.")


class FileDirectory(_Table):
    """[directory] with kind = "file": an export of Active Directory."""

    kind: Literal["file"] = Field(description="Read the directory from an export file.")
    path: FilePath = Field(
        description="Export of ldifde (.ldf, .ldif) or csvde (.csv). Relative to the config directory.",
    )


def _table_or_list(value: Any) -> str:
    return "list" if isinstance(value, list | tuple) else "table"


Directory = LdapDirectory | FileDirectory
_OneDirectory = Annotated[Directory, Field(discriminator="kind")]
_Directories = Annotated[
    Annotated[_OneDirectory, Tag("table")] | Annotated[tuple[_OneDirectory, ...], Field(min_length=1), Tag("list")],
    Discriminator(_table_or_list),
]


def _optional(field: FieldInfo) -> FieldInfo:
    """The field, no longer required."""
    field = copy(field)
    if field.is_required():
        field.default = None
    return field


_DIRECTORY_FIELDS: dict[str, Any] = {
    "kind": (Literal["ldap", "file"], Field(None, description="Kind of directory of clients that name none.")),
} | {
    name: (field.annotation, _optional(field))
    for name, field in (LdapDirectory.model_fields | FileDirectory.model_fields).items()
    if name != "kind"
}
DirectoryDefaults = create_model(
    "DirectoryDefaults",
    __base__=_Table,
    __doc__="[defaults.directory]: any key of either kind; a client takes those that its kind has.",
    **_DIRECTORY_FIELDS,
)


class ClientFile(_Table):
    """clients/NAME.toml: one client."""

    company: Text = Field(description="The client's company identifier in the PSA.")
    schedule: Cron = Field("", description="When to run: five cron fields. Empty: only when asked.")
    time_zone: TimeZone = Field("UTC", description="Time zone of the schedule and of the client's dates.")
    region: Region = Field(
        "US", description="Country, in two capital letters, of phone numbers without a country code."
    )
    count_day: int = Field(
        0, ge=0, le=28, description="Day of the month whose counts the next bill takes. 0: the last reading."
    )
    directory: _Directories = Field(description="Where people are read. As a list: all of them are read and joined.")
    people: PeopleRules = Field(PeopleRules(), description="Who is a human that could count.")
    contacts: ContactRules = Field(ContactRules(), description="How contacts are paired and kept.")
    billing: tuple[BillingProfile, ...] = Field((), description="The lines to keep, in order.")
    guard: GuardLimits = Field(GuardLimits(), description="How much one run may do without a person's consent.")


BillingDefaults = Annotated[
    Annotated[BillingProfile, Tag("table")] | Annotated[tuple[BillingProfile, ...], Tag("list")],
    Discriminator(_table_or_list),
]


class Defaults(_Table):
    """[defaults]: what every client starts from; the client's own file wins, key by key."""

    schedule: Cron = Field("", description="Schedule of clients that name none.")
    time_zone: TimeZone = Field("UTC", description="Time zone of clients that name none.")
    region: Region = Field("US", description="Region of clients that name none.")
    count_day: int = Field(0, ge=0, le=28, description="Counting day of clients that name none.")
    directory: DirectoryDefaults = Field(
        DirectoryDefaults(), description="Defaults for [directory]; a client takes the keys that its kind has."
    )
    people: PeopleRules = Field(PeopleRules(), description="Defaults for [people].")
    contacts: ContactRules = Field(ContactRules(), description="Defaults for [contacts].")
    billing: BillingDefaults = Field(
        BillingProfile(),
        description="As a table: defaults for every [[billing]] entry. As a list: the profiles of clients without any.",
    )
    guard: GuardLimits = Field(GuardLimits(), description="Defaults for [guard].")


class ConnectorFile(BaseSettings):
    """connector.toml: the PSA, the state, and what all clients have in common. Environment variables win over it."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        env_ignore_empty=True,
    )

    psa: PsaSettings = Field(description="The ConnectWise PSA.")
    state: StateSettings = Field(StateSettings(), description="The connector's own database.")
    guard: RunLimits = Field(RunLimits(), description="How much one run may do to all its clients together.")
    tickets: TicketSettings = Field(TicketSettings(), description="Tickets for held and failed clients.")
    defaults: Defaults = Field(Defaults(), description="What every client starts from.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file's values; no other source."""
        return env_settings, init_settings


@dataclass(frozen=True)
class Client:
    """One client, ready for use: paths are resolved, defaults are in. ``schedule`` is cron text in ``time_zone``, or
    None when the client runs only on request. ``directories`` are one or more, in the order of the file."""

    name: str
    company: str
    schedule: str | None
    time_zone: str
    region: str
    directories: tuple[Directory, ...]
    rules: ClientRules


@dataclass(frozen=True)
class Settings:
    """The whole configuration. ``clients`` are in the order of their names."""

    psa: PsaSettings
    state: StateSettings
    guard: RunLimits
    tickets: TicketSettings
    clients: dict[str, Client]
