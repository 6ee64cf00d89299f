"""The demo's config files, in the form every user writes."""

from pathlib import Path

from connector.demo.people import SampleClient
from connector.demo.psa import CLIENT_ID

CONNECTOR = """\
[psa]
site = "{url}"
company = "bluefjord"
client_id = "{client_id}"
public_key = "file:demo-key"
private_key = "file:demo-key"
requests_per_minute = 100000

[state]
url = "sqlite:///{state}"

[defaults.people]
exclude_accounts = ["svc-*"]
"""
CLIENT = """\
company = "{company}"

[directory]
kind = "file"
path = "../exports/{name}.ldf"
"""
PROFILE = """
[[billing]]
name = "{name}"
agreement = {{ type = "User Based Agreement" }}
product = "{product}"
groups = [{groups}]
"""


def write_config(directory: Path, url: str, state: Path, clients: tuple[SampleClient, ...]) -> None:
    """Write connector.toml, the sandbox's key and one file per client below ``directory``."""
    (directory / "clients").mkdir(parents=True, exist_ok=True)
    (directory / "demo-key").write_text("demo\n", encoding="utf-8")
    text = CONNECTOR.format(url=url, client_id=CLIENT_ID, state=state)
    (directory / "connector.toml").write_text(text, encoding="utf-8")
    for client in clients:
        text = CLIENT.format(company=client.company, name=client.name) + "".join(_profiles(client))
        (directory / "clients" / f"{client.name}.toml").write_text(text, encoding="utf-8")


def _profiles(client: SampleClient) -> list[str]:
    if client.name != "harbor":
        return [PROFILE.format(name="Managed user", product="MS-USER", groups="")]
    return [
        PROFILE.format(name=name, product=product, groups=f'"CN={group},OU=Groups,{client.base}"')
        for name, product, group in (
            ("Managed user", "MS-USER", "M365 E3"),
            ("Frontline user", "MS-FRONTLINE", "Frontline"),
        )
    ]
