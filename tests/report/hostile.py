"""A plan whose every text was chosen by somebody who wishes harm."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from connector.core.plan import Plan
from tests.report.samples import busy

ATTACKS = (
    '<script>alert("x")</script>',
    '=HYPERLINK("http://evil.example","pay here")',
    "[red]red[/red] [link=http://evil.example]x[/link]",
    "a|b\n# Heading\n- item",
    "\u202egnp.exe\u2066 \x1b[2J\x07",
    "![x](http://evil.example/x.png) **bold** `code`",
)
HIDDEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\x00\x07\x08\x1b\x7f\x9b\u200b\ufeff"


def hostile(attack: str) -> Plan:
    """The busy plan with ``attack`` as every text in it."""
    plan: Plan = _attacked(busy(), attack)
    return plan


def _attacked(value: Any, attack: str) -> Any:
    if isinstance(value, Enum | Decimal | date | int) or value is None:
        return value
    if isinstance(value, str):
        return attack
    if isinstance(value, tuple | list):
        return type(value)(_attacked(part, attack) for part in value)
    if isinstance(value, dict):
        return {key: _attacked(part, attack) for key, part in value.items()}
    return replace(value, **{field.name: _attacked(getattr(value, field.name), attack) for field in fields(value)})
