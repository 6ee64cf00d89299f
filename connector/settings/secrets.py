"""Secrets are references, read at the moment of use. This package is the one place that reads the environment."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from connector.errors import ConfigError

REFERENCE = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"
_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


@dataclass(frozen=True)
class Secret:
    """Where a secret is kept: ``env:NAME`` or ``file:PATH``. Printing it shows the reference, never the value."""

    reference: str

    def reveal(self) -> str:
        """The value, read now; a file's trailing line break is dropped. Raises ConfigError naming the variable or the
        file that is missing or empty."""
        kind, _, name = self.reference.partition(":")
        if kind == "env":
            return _variable(name)
        if kind == "file":
            return _content(Path(name))
        return self.reference

    def below(self, folder: Path) -> "Secret":
        """The same secret, with a relative file path taken from ``folder``."""
        kind, _, name = self.reference.partition(":")
        return replace(self, reference=f"file:{folder / name}") if kind == "file" else self

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Reads a reference from TOML or the environment; a literal is refused without repeating it."""
        return core_schema.no_info_after_validator_function(_reference, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """What an editor accepts for a secret."""
        return {"type": "string", "pattern": REFERENCE}


@dataclass(frozen=True)
class ClientId(Secret):
    """The PSA's clientId: a reference, or the GUID itself, since it names the integration and is no secret
    (api.md 2.2)."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Reads a reference or a GUID."""
        return core_schema.no_info_after_validator_function(_client_id, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """What an editor accepts for a clientId."""
        return {"type": "string", "anyOf": [{"pattern": REFERENCE}, {"pattern": _GUID.pattern}]}


def config_dir(option: Path | None) -> Path:
    """The config directory: the command line's, else ``$CONNECTOR_CONFIG``, else ``./config``."""
    return option or Path(os.environ.get("CONNECTOR_CONFIG") or "config")


def _reference(value: str) -> Secret:
    if not re.match(REFERENCE, value):
        raise PydanticCustomError("secret", "write env:NAME or file:PATH; secrets do not belong in config files")
    return Secret(value)


def _client_id(value: str) -> ClientId:
    if not re.match(REFERENCE, value) and not _GUID.match(value):
        raise PydanticCustomError("secret", "write env:NAME, file:PATH, or the GUID of your integration")
    return ClientId(value)


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(
            f"The environment variable {name} is not set.", f"Set it, or change env:{name} in the config files."
        )
    return value


def _content(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(
            f"The secret file {path} cannot be read: {cause}.", "Put the secret there and let this user read it."
        ) from None
    if not value:
        raise ConfigError(f"The secret file {path} is empty.", "Put the secret there.")
    return value
