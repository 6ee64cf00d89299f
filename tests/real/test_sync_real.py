"""The main job, end to end: a real Active Directory over LDAPS, the PSA over HTTP, the command in its own process."""

import json
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import ldap3
import pytest

from connector.sandbox import Sandbox
from tests.real.ad.edit import editing
from tests.real.ad.lab import Ad

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("ad")]

COMPANY, AGREEMENT, CONTRACTORS_LINE, STAFF_LINE = 412, 77, 3301, 3302
CONNECTOR = """
[psa]
site = "{url}"
company = "bluefjord"
client_id = "11111111-2222-4333-8444-555555555555"
public_key = "env:TEST_PSA_KEY"
private_key = "env:TEST_PSA_KEY"
requests_per_minute = 1000000
[state]
url = "sqlite:///{folder}/state.db"
[guard]
create_count = 5000
quantity_count = 5000
money_per_month = 10000000
"""
CLIENT = """
company = "HarborDental"
region = "GB"
[directory]
kind = "ldap"
servers = ["{server}"]
base = "{base}"
bind = "{bind}"
password = "env:TEST_AD_PASSWORD"
ca_file = "{ca}"
[people]
include_ous = ["{scope}"]
exclude_accounts = [{excluded}]
[[billing]]
name = "Contractor"
agreement = {{ type = "User Based Agreement" }}
product = "MS-CONTRACTOR"
groups = ["CN=Contractors,OU=Groups,{root}"]
[[billing]]
name = "Managed user"
agreement = {{ type = "User Based Agreement" }}
product = "MS-USER"
groups = ["CN=All Staff,OU=Groups,{root}"]
[guard]
create_count = 5000
quantity_percent = 1000000
money_per_month = 10000000
"""


@dataclass(frozen=True)
class Case:
    """One client between the real directory and a sandbox."""

    folder: Path
    sandbox: Sandbox
    ad: Ad

    def configure(self, excluded: list[str], **changes: Any) -> None:
        """Write the config; ``changes`` replace parts of the directory settings."""
        ad, base = self.ad, changes.pop("base", self.ad.base_dn)
        values = {"server": ad.ldaps_url, "bind": ad.bind_dn, "ca": ad.ca_file, "scope": f"OU=Staff,{base}", **changes}
        names = ", ".join(json.dumps(name) for name in ["svc-*", *excluded])
        (self.folder / "clients").mkdir(exist_ok=True)
        top = CONNECTOR.format(url=self.sandbox.url, folder=self.folder)
        (self.folder / "connector.toml").write_text(top, encoding="utf-8")
        text = CLIENT.format(base=base, root=ad.base_dn, excluded=names, **values)
        (self.folder / "clients" / "harbor.toml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
        """The command in a process of its own."""
        command = [Path(sys.executable).with_name("connector"), "--config", self.folder, *arguments]
        environment = {
            "TEST_PSA_KEY": "demo",
            "TEST_AD_PASSWORD": password or self.ad.password,
            "PATH": "/usr/bin:/bin",
        }
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)

    def plan(self) -> tuple[int, dict[str, Any]]:
        """The exit code and the plan of a dry run."""
        done = self.run("plan", "--format", "json")
        assert done.stderr == "", done.stderr
        (plan,) = json.loads(done.stdout)["plans"]
        return done.returncode, plan

    def api(self, path: str, **params: str) -> list[dict[str, Any]]:
        """All records of a list of the PSA's REST API, read page by page."""
        auth = httpx.BasicAuth("bluefjord+demo", "demo")
        headers = {"clientId": "11111111-2222-4333-8444-555555555555"}
        rows: list[dict[str, Any]] = []
        with httpx.Client(base_url=f"{self.sandbox.url}/v4_6_release/apis/3.0", auth=auth, headers=headers) as client:
            while True:
                page = {"pageSize": "1000", "page": str(1 + len(rows) // 1000), "orderBy": "id", **params}
                answer = client.get(path, params=page).raise_for_status().json()
                rows += answer
                if len(answer) < 1000:
                    return rows

    def contacts(self) -> Counter[tuple[str, str, str]]:
        """First name, last name and default mail of every active contact."""
        rows = self.api("/company/contacts", conditions=f"company/id={COMPANY} and inactiveFlag=false")
        return Counter((row["firstName"], row.get("lastName", ""), _default_mail(row)) for row in rows)

    def quantities(self) -> dict[int, float]:
        """The quantity of each line."""
        return {row["id"]: row["quantity"] for row in self.api(f"/finance/agreements/{AGREEMENT}/additions")}

    def writes(self) -> int:
        """How many requests that write the PSA has seen."""
        return sum(1 for one in self.sandbox.requests()["requests"] if one["method"] != "GET")


def _default_mail(row: dict[str, Any]) -> str:
    items = [item for item in row.get("communicationItems", []) if item["communicationType"] == "Email"]
    assert sum(item["defaultFlag"] for item in items) == len(items[:1])
    return items[0]["value"] if items else ""


@pytest.fixture
def case(ad: Ad, tmp_path: Path) -> Iterator[Case]:
    """The client with an empty company and two lines that are far off."""
    data = {
        "company": "bluefjord",
        "keys": {"public": "demo", "private": "demo"},
        "client_id": "11111111-2222-4333-8444-555555555555",
        "companies": [{"id": COMPANY, "identifier": "HarborDental", "name": "Harbor Dental"}],
        "agreements": [{"id": AGREEMENT, "name": "Managed Users", "type": {"name": "User Based Agreement"},
                        "company": {"id": COMPANY}}],
        "catalog": [{"id": 55, "identifier": "MS-USER"}, {"id": 56, "identifier": "MS-CONTRACTOR"}],
        "additions": [
            {"id": CONTRACTORS_LINE, "agreementId": AGREEMENT, "product": {"id": 56}, "quantity": 1, "unitPrice": 20},
            {"id": STAFF_LINE, "agreementId": AGREEMENT, "product": {"id": 55}, "quantity": 5, "unitPrice": 42.5},
        ],
    }  # fmt: skip
    with Sandbox(data) as sandbox:
        yield Case(tmp_path, sandbox, ad)


def _unclear(ad: Ad, people: dict[str, dict[str, Any]]) -> list[str]:
    """The people of whom it cannot be said which contact is theirs, or how they are called: a shared address, no name
    at all, or no address and a name that others have too."""
    names = Counter(row["displayName"] for row in people.values())
    twins = [name for name, row in people.items() if not row["mail"] and names[row["displayName"]] > 1]
    return sorted({*twins, *(ad.expectation["odd"][name] for name in ("bare", "mail-dup-1", "mail-dup-2"))})


def _staff(ad: Ad) -> dict[str, dict[str, Any]]:
    """Who works there by account, read with ldap3 alone: enabled, not expired, below OU=Staff."""
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(ad.ca_file), valid_names=[ad.host, ad.ip])
    server = ldap3.Server(ad.direct_url, tls=tls, get_info=ldap3.NONE)
    names = ["sAMAccountName", "givenName", "sn", "displayName", "mail", "userAccountControl", "accountExpires"]
    with ldap3.Connection(server, ad.bind_dn, ad.password) as connection:
        rows = connection.extend.standard.paged_search(
            f"OU=Staff,{ad.base_dn}", "(&(objectCategory=person)(objectClass=user))", attributes=names, generator=False
        )
    found = {row["raw_attributes"]["sAMAccountName"][0].decode(): row["raw_attributes"] for row in rows}
    return {
        account: {name: b"".join(values[:1]).decode() for name, values in row.items()}
        for account, row in found.items()
        if not int(row["userAccountControl"][0]) & 2 and not _expired(int(row["accountExpires"][0]))
    }


def _expired(ticks: int) -> bool:
    return 0 < ticks < 9223372036854775807 and ticks / 10_000_000 - 11_644_473_600 < datetime.now(UTC).timestamp()


def _expected(people: dict[str, dict[str, Any]], without: list[str]) -> Counter[tuple[str, str, str]]:
    """The contacts these people should have: names from the directory, missing ones from ``Family, Given``."""
    contacts: Counter[tuple[str, str, str]] = Counter()
    for account, row in people.items():
        if account not in without:
            family, _, given = row["displayName"].partition(", ")
            contacts[(row["givenName"] or given, row["sn"] or family, row["mail"].strip())] += 1
    return contacts


def test_a_real_directory_brings_the_company_to_exactly_its_people_and_stays_there(case: Case) -> None:
    """Contacts and quantities, read back over REST, equal the directory; a second plan finds nothing; edits in the
    directory change exactly those people."""
    ad, people = case.ad, _staff(case.ad)
    unclear = _unclear(ad, people)
    case.configure(unclear)
    synced = case.run("sync", "--format", "json")
    assert (synced.returncode, synced.stderr) == (0, "")
    assert len(people) > 900
    assert case.contacts() == _expected(people, unclear)
    billed = [account for account in people if account not in unclear]
    contractors = set(ad.expectation["groups"][ad.group("Contractors")]) & set(billed)
    staff = set(ad.expectation["groups"][ad.group("All Staff")]) & set(billed)
    assert case.quantities() == {CONTRACTORS_LINE: len(contractors), STAFF_LINE: len(staff - contractors)}
    before = case.writes()
    assert case.plan()[0] == 0
    assert case.run("sync").returncode == 0
    assert case.writes() == before
    _edit_and_follow(case, people, staff - contractors)


def _edit_and_follow(case: Case, people: dict[str, dict[str, Any]], staff: set[str]) -> None:
    """One marries, one leaves, one joins: three contact changes, and one line that ends where it began."""
    ad = case.ad
    dns = {account: one["dn"] for account, one in ad.expectation["people"].items()}
    plain = [name for name in sorted(staff) if people[name]["sn"].isalpha() and people[name]["mail"]]
    married, left = [name for name in plain if name not in ad.expectation["odd"].values()][:2]
    contacts = case.contacts()
    with editing(ad) as editor:
        editor.modify(dns[married], sn="Berg-Larsen")
        editor.rename(dns[married], "Somebody Berg-Larsen")
        editor.set_enabled(dns[left], False)
        joined = editor.add_user("zjoiner", givenName="Zora", sn="Joiner", mail="zora.joiner@contoso.test")
        editor.add_member(ad.group("All Staff"), joined)
    code, plan = case.plan()
    kinds = [(change["kind"], change["person"]["account"]) for change in plan["changes"]]
    assert (code, kinds) == (
        2,
        [("contact.create", "zjoiner"), ("contact.update", married), ("contact.inactivate", left)],
    )
    assert case.run("sync").returncode == 0
    first, mail = people[married]["givenName"], people[married]["mail"]
    moved = Counter({(first, "Berg-Larsen", mail): 1, ("Zora", "Joiner", "zora.joiner@contoso.test"): 1})
    gone = _expected({name: people[name] for name in (married, left)}, [])
    assert case.contacts() == contacts + moved - gone
    assert case.quantities()[STAFF_LINE] == len(staff)
    assert case.plan()[0] == 0


def test_people_of_whom_it_is_unclear_who_they_are_are_held_and_named(case: Case) -> None:
    """Two people with one address and one without any name get no contact; each is named, the exit code is 3."""
    case.configure([])
    code, plan = case.plan()
    held = {item["what"].rpartition("(")[2].rstrip(")") for item in plan["held"] if item["kind"] == "conflict"}
    assert (code, held) == (3, set(_unclear(case.ad, _staff(case.ad))))
    created = {change["person"]["account"] for change in plan["changes"] if change["kind"] == "contact.create"}
    assert not created & held


@pytest.mark.parametrize(
    ("changes", "password", "cause"),
    [
        ({}, "wrong", "refuses the login"),
        ({"ca": "wrong"}, "", "certificate"),
        ({"server": "ldaps://dc9.nowhere.invalid"}, "", "dc9.nowhere.invalid"),
        ({"base": "OU=Nowhere,DC=ad,DC=contoso,DC=test"}, "", "OU=Nowhere"),
        ({"base": "empty"}, "", "not a single user account"),
    ],
    ids=["wrong password", "untrusted certificate", "unknown host", "bad base", "empty result"],
)
def test_a_directory_that_cannot_be_read_is_one_clear_line_and_nothing_is_written(
    case: Case, changes: dict[str, Any], password: str, cause: str
) -> None:
    """Each trouble names its cause in one line, exits with 1, and the PSA sees no write."""
    if changes.get("ca") == "wrong":
        changes = {"ca": case.ad.wrong_ca_file}
    if changes.get("base") == "empty":
        changes = {"base": f"OU=Groups,{case.ad.base_dn}"}
    case.configure([], **changes)
    for command in ("plan", "sync"):
        done = case.run(command, "--format", "json", password=password)
        (failure,) = json.loads(done.stdout)["failures"]
        assert done.returncode == 1
        assert cause in failure["message"]
        assert "\n" not in failure["message"]
        assert case.ad.password not in done.stdout + done.stderr
    assert case.writes() == 0
