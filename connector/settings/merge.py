"""Defaults below a client's own values, and which of the two a value came from."""

from collections.abc import Mapping
from typing import Any

from connector.settings.lines import KeyPath
from connector.settings.model import FileDirectory, LdapDirectory

_DIRECTORY_KEYS = {"ldap": LdapDirectory.model_fields.keys(), "file": FileDirectory.model_fields.keys()}


def merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """``upper`` over ``lower``; tables are merged key by key, everything else is replaced."""
    result = dict(lower)
    for key, value in upper.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def with_defaults(client: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A client's values over [defaults]. Below each directory go the keys of [defaults.directory] that its kind has;
    [defaults.billing] goes below each profile, [[defaults.billing]] stands in for a client without profiles."""
    rest = {key: value for key, value in defaults.items() if key not in ("directory", "billing")}
    result = merged(rest, client)
    directory = _directory(client.get("directory", {}), defaults.get("directory", {}))
    if directory or "directory" in client:
        result["directory"] = directory
    profiles, lower = client.get("billing"), defaults.get("billing")
    if isinstance(lower, list) and profiles is None:
        result["billing"] = lower
    elif isinstance(lower, dict) and isinstance(profiles, list):
        result["billing"] = [merged(lower, one) if isinstance(one, dict) else one for one in profiles]
    return result


def default_path(path: KeyPath, defaults: Mapping[str, Any]) -> KeyPath:
    """Where the default of a client's value stands in connector.toml."""
    if path[:1] == ("billing",) and isinstance(defaults.get("billing"), dict):
        return ("defaults", "billing", *path[2:])
    if path[:1] == ("directory",) and any(isinstance(part, int) for part in path[1:2]):
        return ("defaults", "directory", *path[2:])
    return ("defaults", *path)


def depth(values: Any, path: KeyPath) -> int:
    """How many parts of the path the values hold, from its start."""
    for count, part in enumerate(path):
        inner = dict(enumerate(values)) if isinstance(values, list) else values
        if not isinstance(inner, dict) or part not in inner:
            return count
        values = inner[part]
    return len(path)


def _directory(client: Any, defaults: Any) -> Any:
    if isinstance(client, list):
        return [_directory(one, defaults) for one in client]
    if not isinstance(client, dict) or not isinstance(defaults, dict):
        return client
    kind = client.get("kind", defaults.get("kind"))
    known = _DIRECTORY_KEYS.get(kind, defaults.keys()) if isinstance(kind, str) else defaults.keys()
    lower = {key: value for key, value in defaults.items() if key in known}
    return merged(lower, client)
