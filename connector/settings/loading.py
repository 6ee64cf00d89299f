"""From the config directory to :class:`Settings`, or to one list of everything that is wrong."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from connector.core.rules import ClientRules
from connector.errors import ConfigError
from connector.settings.checks import check_client
from connector.settings.faults import Problem, problems, shown, without_conversion
from connector.settings.files import Fault, TomlFile, client_places, read_toml
from connector.settings.lines import KeyPath, nearest_line
from connector.settings.merge import default_path, depth, merged, with_defaults
from connector.settings.model import (
    ENV_DELIMITER,
    ENV_PREFIX,
    Client,
    ClientFile,
    ConnectorFile,
    Directory,
    LdapDirectory,
    PsaSettings,
    Settings,
    StateSettings,
)
from connector.settings.secrets import Secret
from connector.settings.values import holds_password

_TOP = "connector.toml"


def load(config_dir: Path) -> Settings:
    """The configuration in ``config_dir``: ``connector.toml`` under the environment's ``CONNECTOR_…`` variables, and
    each ``clients/NAME.toml`` over the defaults. Secrets are not read yet. Raises ConfigError whose ``faults`` lists
    everything that is wrong in any file."""
    if not config_dir.is_dir():
        raise ConfigError(
            f"There is no config directory {config_dir}.",
            "Write a first one with `connector init`, or name yours with --config or CONNECTOR_CONFIG.",
        )
    loading = _Loading(config_dir)
    settings = loading.settings()
    if settings is None:
        count = len(loading.listed())
        raise ConfigError(
            f"The configuration in {config_dir} has {count} {'fault' if count == 1 else 'faults'}.",
            "Correct the lines named, then run `connector check`.",
            tuple(str(fault) for fault in loading.listed()),
        )
    return settings


@dataclass(frozen=True)
class _ClientSource:
    """A client file and its values over the defaults."""

    file: TomlFile
    values: dict[str, Any]


class _Loading:
    """One reading of a config directory; gathers faults and goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.top = read_toml(folder, _TOP, self.faults)
        self.environment = self._environment()
        self.top_values = merged(without_conversion(self.top.values, "connector"), self.environment) if self.top else {}
        defaults = self.top_values.get("defaults")
        self.defaults: dict[str, Any] = defaults if isinstance(defaults, dict) else {}

    def settings(self) -> Settings | None:
        """Everything, or None when there are faults."""
        top = self._connector()
        files = [read_toml(self.folder, place, self.faults) for place in client_places(self.folder, self.faults)]
        sources = [self._source(file) for file in files if file is not None]
        clients = {Path(source.file.place).stem: self._client(source) for source in sources}
        self._refuse_shared_companies(sources)
        ready = {name: client for name, client in clients.items() if client is not None}
        if top is None or self.faults:
            return None
        return Settings(self._located_psa(top), self._located_state(top), top.guard, top.tickets, ready)

    def listed(self) -> list[Fault]:
        """The faults, each once, connector.toml first, in the order of files and lines."""
        return sorted(dict.fromkeys(self.faults), key=lambda fault: (fault.place != _TOP, fault.place, fault.line))

    def _environment(self) -> dict[str, Any]:
        try:
            return EnvSettingsSource(ConnectorFile)()
        except SettingsError as error:
            named = re.search(r'field "(\w+)"', str(error))
            table = f"{ENV_PREFIX}{named[1].upper() if named else '…'}"
            example = f"{ENV_PREFIX}PSA{ENV_DELIMITER}SITE"
            text = f"a whole table or a list is not valid JSON; set single keys, such as {example}"
            self.faults.append(Fault(f"environment variable {table}", 0, text))
            return {}

    def _connector(self) -> ConnectorFile | None:
        if self.top is None:
            return None
        state = self.top.values.get("state")
        if isinstance(state, dict) and isinstance(state.get("url"), str) and holds_password(state["url"]):
            text = f"holds a password; write env:NAME or file:PATH, or set {ENV_PREFIX}STATE{ENV_DELIMITER}URL"
            self._report([Problem(("state", "url"), text)], None)
        try:
            return ConnectorFile(**without_conversion(self.top.values, "connector"))
        except ValidationError as error:
            self._report(problems(error, "connector"), None)
        except SettingsError:
            pass  # told when the environment was read
        return None

    def _source(self, file: TomlFile) -> _ClientSource:
        return _ClientSource(file, with_defaults(without_conversion(file.values, "client"), self.defaults))

    def _client(self, source: _ClientSource) -> Client | None:
        self._report(check_client(source.values), source.file)
        try:
            parsed = ClientFile.model_validate(source.values)
        except ValidationError as error:
            self._report(problems(error, "client"), source.file)
            return None
        name = Path(source.file.place).stem
        directories = parsed.directory if isinstance(parsed.directory, tuple) else (parsed.directory,)
        return Client(
            name=name,
            company=parsed.company,
            schedule=parsed.schedule or None,
            time_zone=parsed.time_zone,
            region=parsed.region,
            directories=tuple(map(self._located, directories)),
            rules=ClientRules(
                name, parsed.company, parsed.people, parsed.contacts, parsed.billing, parsed.guard, parsed.count_day
            ),
        )

    def _refuse_shared_companies(self, sources: Iterable[_ClientSource]) -> None:
        owners: dict[str, str] = {}
        for source in sources:
            company = source.values.get("company")
            if not isinstance(company, str) or not company:
                continue
            owner = owners.setdefault(company.casefold(), source.file.place)
            if owner != source.file.place:
                text = f"{company} is the company of {owner} already; a company has one client file"
                self._report([Problem(("company",), text)], source.file)

    def _report(self, found: Iterable[Problem], file: TomlFile | None) -> None:
        """Without connector.toml nobody knows its defaults, so nothing can be called missing."""
        for problem in found:
            if not (problem.absent and self.top is None):
                self.faults.append(self._fault(problem, file))

    def _fault(self, problem: Problem, file: TomlFile | None) -> Fault:
        path = problem.path
        if file is not None and not self._is_default(problem, file):
            return Fault(file.place, nearest_line(file.lines, path), f"{shown(path)}: {problem.text}")
        if file is not None:
            path = default_path(path, self.defaults)
        if depth(self.environment, path) == len(path):
            return Fault(_variable(path), 0, f"{shown(path)}: {problem.text}")
        lines: Mapping[KeyPath, int] = self.top.lines if self.top else {}
        return Fault(_TOP, nearest_line(lines, path), f"{shown(path)}: {problem.text}")

    def _is_default(self, problem: Problem, file: TomlFile) -> bool:
        """Whether the value came from [defaults]. What is missing is missing in the client's file, unless the whole
        profile is a default."""
        path = problem.path
        if problem.absent:
            return path[0] == "billing" and "billing" not in file.values
        at = default_path(path, self.defaults)
        return len(at) - depth(self.top_values, at) < len(path) - depth(file.values, path)

    def _located_psa(self, top: ConnectorFile) -> PsaSettings:
        psa = top.psa
        keys = {name: getattr(psa, name).below(self.folder) for name in ("client_id", "public_key", "private_key")}
        return psa.model_copy(update={**keys, "ca_file": psa.ca_file and self.folder / psa.ca_file})

    def _located_state(self, top: ConnectorFile) -> StateSettings:
        return top.state.model_copy(update={"location": Secret(top.state.location).below(self.folder).reference})

    def _located(self, directory: Directory) -> Directory:
        if not isinstance(directory, LdapDirectory):
            return directory.model_copy(update={"path": (self.folder / directory.path).resolve()})
        beside = self.folder / "clients" / (directory.ca_file or "")
        ca_file = directory.ca_file and (beside if beside.is_file() else self.folder / directory.ca_file)
        return directory.model_copy(update={"password": directory.password.below(self.folder), "ca_file": ca_file})


def _variable(path: KeyPath) -> str:
    return "environment variable " + ENV_PREFIX + ENV_DELIMITER.join(str(part) for part in path).upper()
