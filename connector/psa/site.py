"""Where the PSA answers: from the configured site to the addresses of login and API (api.md 2.1)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from connector.errors import ConfigError

_CLOUD = re.compile(r"(?:api-)?([a-z]+)(\.myconnectwise\.net|\.connectwisedev\.com)")


@dataclass(frozen=True, slots=True)
class Site:
    """``login`` and ``api`` are URLs without a slash at the end."""

    login: str
    api: str

    def company_info(self, company: str) -> str:
        """Where the codebase of ``company`` is told, without credentials."""
        return f"{self.login}/login/companyinfo/{company}"


def site_of(text: str) -> Site:
    """The addresses meant by ``psa.site``, a host or a full URL.

    The vendor's cloud needs ``api-`` before the host of the API and never before that of the login; every other host,
    vendor sandboxes and self-hosted servers included, is used as it is. Raises :class:`~connector.errors.ConfigError`.
    """
    given = text.strip()
    parts = urlsplit(given if "://" in given else f"https://{given}")
    plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise ConfigError(
            f"psa.site is {text!r}, which is neither a host nor a plain URL.",
            'Write the host you log in to, such as "na.myconnectwise.net".',
        )
    cloud = _CLOUD.fullmatch(parts.hostname)
    if cloud is None:
        base = f"{parts.scheme}://{parts.netloc}"
        return Site(base, base)
    host = cloud.group(1) + cloud.group(2)
    return Site(f"https://{host}", f"https://api-{host}")
