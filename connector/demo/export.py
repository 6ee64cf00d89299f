"""Writes a sample client's directory as ``ldifde`` would export it."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from connector.demo.people import SampleClient, Someone

SHARED_MAILBOX = 4


def write_export(path: Path, client: SampleClient, people: Iterable[Someone]) -> None:
    """An LDIF export with one entry per account and per group."""
    from ldif import LDIFWriter  # type: ignore[import-untyped]  # noqa: PLC0415

    people = list(people)
    buffer = BytesIO()
    writer = LDIFWriter(buffer)
    for someone in people:
        writer.unparse(_dn(client, someone), _account(client, someone))
    for group in sorted({group for someone in people for group in someone.groups}):
        members = [_dn(client, someone) for someone in people if group in someone.groups]
        writer.unparse(f"CN={group},OU=Groups,{client.base}", _group(group, members))
    path.write_bytes(buffer.getvalue())


def _dn(client: SampleClient, someone: Someone) -> str:
    place = {"person": "OU=Staff", "service": "OU=Service Accounts", "shared": "OU=Mailboxes"}[someone.kind]
    return f"CN={someone.first} {someone.last},{place},{client.base}"


def _account(client: SampleClient, someone: Someone) -> dict[str, list[bytes]]:
    mail = someone.mail(client.domain)
    values: dict[str, str | bytes] = {
        "givenName": someone.first,
        "sn": someone.last,
        "displayName": f"{someone.first} {someone.last}",
        "sAMAccountName": someone.sam,
        "userPrincipalName": f"{someone.sam}@{client.domain}",
        "title": someone.title,
        "department": someone.department,
        "mail": "" if someone.kind == "service" else mail,
        "proxyAddresses": "" if someone.kind == "service" else f"SMTP:{mail}",
        "telephoneNumber": f"(217) 555-0{someone.extension:03d}" if someone.extension else "",
        "primaryGroupID": "513",
        "userAccountControl": "512" if someone.enabled else "514",
        "accountExpires": "9223372036854775807",
        "msExchRecipientTypeDetails": str(SHARED_MAILBOX if someone.kind == "shared" else 1),
        "objectGUID": someone.guid.bytes_le,
        "objectCategory": f"CN=Person,CN=Schema,CN=Configuration,{client.base}",
    }
    entry = {name: [value.encode() if isinstance(value, str) else value] for name, value in values.items() if value}
    return {"objectClass": [b"top", b"person", b"organizationalPerson", b"user"], **entry}


def _group(name: str, members: Iterable[str]) -> dict[str, list[bytes]]:
    return {
        "objectClass": [b"top", b"group"],
        "sAMAccountName": [name.encode()],
        "member": [member.encode() for member in members],
    }
