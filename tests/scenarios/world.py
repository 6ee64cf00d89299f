"""A provider's world in a temporary folder: a sandbox PSA, directories, a config, and the real command line."""

import contextlib
import io
import json
import ssl
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from connector.cli import main
from connector.sandbox import Sandbox
from tests.scenarios.directory import Entry
from tests.scenarios.records import CLIENT_ID, PRIVATE_KEY, PUBLIC_KEY, Record
from tests.scenarios.sources import Exports, Source

CONNECTOR = """\
[psa]
site = "{url}"
company = "bluefjord"
client_id = "{client_id}"
public_key = "file:public.key"
private_key = "file:private.key"
requests_per_minute = 1000000

[state]
url = "sqlite:///{folder}/state.db"
"""
# the sandbox speaks plain HTTP; to load the authorities of this computer would take longer than many a command
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CLIENT = 'company = "{company}"\n\n[directory]\n{directory}\n\n'


@dataclass(frozen=True)
class Ran:
    """What one command did: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout."""
        assert self.out.startswith("{"), self.err
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def plan(self) -> dict[str, Any]:
        """The only plan of the document."""
        assert not self.failures, self.failures
        (plan,) = self.document["plans"]
        found: dict[str, Any] = plan
        return found

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Kind and account (or billing profile) of each change, in order."""
        return [
            (change["kind"], change["person"]["account"] if change["person"] else change["label"])
            for change in self.plan["changes"]
        ]

    @property
    def held(self) -> list[tuple[str, str]]:
        """Kind and subject of what waits for a person."""
        return [(item["kind"], item["what"]) for item in self.plan["held"]]

    @property
    def why(self) -> str:
        """The reasons of everything that is held, in one text."""
        return "\n".join(item["reason"] for item in self.plan["held"])

    @property
    def warnings(self) -> str:
        """All warnings in one text."""
        return "\n".join(self.plan["warnings"])

    @property
    def failures(self) -> dict[str, str]:
        """The cause for each client that failed."""
        return {one["client"]: one["message"] for one in self.document.get("failures", [])}

    @property
    def refused(self) -> dict[str, tuple[str, str]]:
        """Rule and reason for each account that is not counted."""
        return {one["account"]: (one["rule"], one["reason"]) for one in self.plan["not_counted"]}

    def billing(self, name: str) -> dict[str, Any]:
        """The billing line of one profile."""
        found: dict[str, Any] = next(line for line in self.plan["billing"] if line["profile"] == name)
        return found

    def counted(self, name: str) -> list[str]:
        """The accounts counted on one profile."""
        return sorted(one["account"] for one in self.billing(name)["people"])


class World:
    """One provider with its clients; ``harbor`` is the one that the short calls are about."""

    def __init__(self, folder: Path, sandbox: Sandbox, source: Source | None = None) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.source: Source = source or Exports(folder)
        self.now: datetime | None = None
        (folder / "clients").mkdir()
        (folder / "public.key").write_text(PUBLIC_KEY, encoding="utf-8")
        (folder / "private.key").write_text(PRIVATE_KEY, encoding="utf-8")
        text = CONNECTOR.format(url=sandbox.url, client_id=CLIENT_ID, folder=folder)
        (folder / "connector.toml").write_text(text, encoding="utf-8")

    def client(self, name: str, company: str, rules: str = "", directory: str = "") -> None:
        """Write a client's file anew; ``rules`` are its TOML tables, ``directory`` are the keys of its directory where
        that is not its own."""
        text = CLIENT.format(company=company, directory=directory or self.source.table(name)) + rules
        (self.folder / "clients" / f"{name}.toml").write_text(text, encoding="utf-8")

    def rules(self, *tables: str, company: str = "HarborDental") -> None:
        """Write the client's rules anew."""
        self.client("harbor", company, "\n".join(tables))

    def people(self, *entries: Entry, client: str = "harbor", groups: Iterable[str] = ()) -> None:
        """Make the directory anew; ``groups`` exist even without a member."""
        self.source.people(client, entries, groups)

    # time

    def on(self, day: date, hour: int = 2) -> None:
        """Let it be a day, for the connector and for the PSA, until the next call."""
        self.now = datetime(day.year, day.month, day.day, hour, 15, tzinfo=UTC)
        self.sandbox.control("POST", "clock", {"now": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "frozen": True})

    def _clock(self, zone: tzinfo) -> datetime:
        return self.now.astimezone(zone) if self.now else datetime.now(zone)

    def invoice(self, number: int = 77) -> Record:
        """Finance makes the next invoice of an agreement."""
        made: Record = self.sandbox.control("POST", "invoice", {"agreement": number})
        return made

    def lines(self, number: int = 77) -> list[Record]:
        """The lines of an agreement in the order in which they were made."""
        return [row for row in self.sandbox.state()["additions"] if row["agreementId"] == number]

    # commands

    def run(self, *arguments: str) -> Ran:
        """The real command line, in this process."""
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with (
            patch.object(sys, "argv", ["connector", "--config", str(self.folder), *arguments]),
            patch("connector.psa.http._trust", return_value=NO_TLS),
            patch("connector.wiring.wall_clock", self._clock),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as exit_:
                code = int(exit_.code or 0)
        return Ran(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The installed command, in a process of its own."""
        command = [str(Path(sys.executable).with_name("connector")), "--config", str(self.folder), *arguments]
        environment = {"PATH": "/usr/bin:/bin"}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def plan(self, *clients: str) -> Ran:
        """A dry run."""
        return self.run("plan", "--format", "json", *clients)

    def sync(self, *arguments: str) -> Ran:
        """Plan, guard, apply."""
        return self.run("sync", "--format", "json", *arguments)

    def settled(self, *, held: bool = False) -> None:
        """Another dry run and another sync find nothing to change, and the PSA sees no write. What waits for a person
        may go on waiting (``held``)."""
        before, code = self.writes(), 3 if held else 0
        for again in (self.plan(), self.sync()):
            plans = again.document["plans"]
            assert [change for plan in plans for change in plan["changes"]] == []
            assert again.code == code, [item["reason"] for plan in plans for item in plan["held"]]
        assert self.writes() == before

    # the PSA, as it stands

    def fault(self, effect: str, **rule: Any) -> None:
        """Let chosen requests of the PSA go wrong."""
        self.sandbox.control("POST", "faults", {"effect": effect, **rule})

    def writes(self) -> int:
        """How many requests that write the PSA has seen."""
        return sum(one["method"] != "GET" for one in self.sandbox.requests()["requests"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What a technician does in the PSA: one call of its REST API."""
        login = httpx.BasicAuth(f"bluefjord+{PUBLIC_KEY}", PRIVATE_KEY)
        url = f"{self.sandbox.url}/v4_6_release/apis/3.0{path}"
        headers = {"clientId": CLIENT_ID}
        answer = httpx.request(method, url, auth=login, headers=headers, json=body, trust_env=False, verify=NO_TLS)
        return answer.raise_for_status().json() if answer.content else None

    def edit(self, path: str, **values: Any) -> None:
        """Set fields of a record by hand; the edit is not counted among the writes."""
        self.call("PATCH", path, [{"op": "replace", "path": name, "value": value} for name, value in values.items()])
        self.sandbox.control("DELETE", "requests")

    def contact(self, number: int) -> Record:
        """One contact, read through the REST API."""
        record: Record = self.call("GET", f"/company/contacts/{number}")
        return record

    def mails(self, number: int) -> list[tuple[str, bool]]:
        """The mail addresses of a contact, and which is the default."""
        items = self.contact(number).get("communicationItems", [])
        return [(item["value"], item["defaultFlag"]) for item in items if item["communicationType"] == "Email"]

    def link_of(self, number: int, link: str) -> str:
        """What the link field of a contact holds; ``link`` is the setting ``contacts.link``."""
        record, caption = self.contact(number), link.removeprefix("custom:")
        if caption == link:
            return str(record.get(link) or "")
        return str(next(one.get("value") for one in record["customFields"] if one["caption"] == caption) or "")

    def set_link(self, number: int, link: str, value: str) -> None:
        """Write the link field of a contact by hand."""
        caption = link.removeprefix("custom:")
        if caption == link:
            return self.edit(f"/company/contacts/{number}", **{link: value})
        fields = self.contact(number)["customFields"]
        wanted = [{"id": one["id"], "value": value or None} for one in fields if one["caption"] == caption]
        return self.edit(f"/company/contacts/{number}", customFields=wanted)

    def lose_state(self) -> None:
        """The state database is gone."""
        for path in self.folder.glob("state.db*"):
            path.unlink()

    def active(self, company: int = 412) -> list[str]:
        """The names of a company's active contacts."""
        rows = self._contacts(company)
        return sorted(_name(row) for row in rows if not row["inactiveFlag"])

    def inactive(self, company: int = 412) -> list[str]:
        """The names of a company's inactive contacts."""
        return sorted(_name(row) for row in self._contacts(company) if row["inactiveFlag"])

    def quantity(self, number: int) -> float:
        """The quantity of a line, read through the REST API."""
        return float(self.line(number)["quantity"])

    def line(self, number: int) -> Record:
        """One line, read through the REST API."""
        (owner,) = (row["agreementId"] for row in self.sandbox.state()["additions"] if row["id"] == number)
        record: Record = self.call("GET", f"/finance/agreements/{owner}/additions/{number}")
        return record

    def _contacts(self, company: int) -> list[Record]:
        rows: list[Record] = self.call("GET", f"/company/contacts?pageSize=1000&conditions=company/id={company}")
        return rows


def _name(row: Record) -> str:
    return f"{row['firstName']} {row.get('lastName', '')}".strip()
