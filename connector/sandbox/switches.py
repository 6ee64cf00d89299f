"""Facts of the PSA that nobody has settled, each as a switch (api.md, everything tagged [unsure])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Switch:
    """One unsettled fact: the allowed ``values`` (the first is the default; ``None`` allows any whole number)."""

    values: tuple[Any, ...]
    fact: str
    any_number: bool = False

    def allows(self, value: Any) -> bool:
        """Whether ``value`` may be set."""
        if self.any_number:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return any(value == allowed and type(value) is type(allowed) for allowed in self.values)


SWITCHES: Mapping[str, Switch] = {
    "page_size_over_max": Switch(("cap", "refuse"), "pageSize above 1000 (api.md 3.3)"),
    "max_url_length": Switch((1745,), "longest path and query answered; 0 = no limit (api.md 3.2)", any_number=True),
    "throttle_requests": Switch((0,), "requests answered in a window; 0 = no limit (api.md 5.1)", any_number=True),
    "throttle_seconds": Switch((60,), "length of that window in seconds of real time (api.md 5.1)", any_number=True),
    "order_by_several": Switch(("accept", "refuse"), "orderBy with several keys by comma (api.md 3.1)"),
    "forward_only": Switch(("supported", "ignored"), "forward-only pages, which old releases do not know (api.md 3.3)"),
    "forward_only_end": Switch(("absent", "empty"), "the Link header after the last forward-only page (api.md 3.3)"),
    "string_case": Switch(("insensitive", "sensitive"), "letter case when conditions compare text (api.md 3.2)"),
    "like_without_wildcard": Switch(("exact", "contains"), "`like` without a wildcard (api.md 3.2)"),
    "wildcard_in_equals": Switch((False, True), "`=` with `*` or `%` in the text is a pattern (api.md 3.2)"),
    "underscore_wildcard": Switch((False, True), "`_` in `like` stands for any one letter, as in SQL"),
    "lower_bound_today": Switch(
        ("exact", "nothing"), "`>=` or `>` with a time of the present day finds what it says, or nothing (api.md 3.2)"
    ),
    "quote_escape": Switch(("backslash", "doubled", "none"), "how a quote inside a string is written (api.md 3.2)"),
    "null_not_equal": Switch((False, True), "`field != value` is true where the field is empty"),
    "child_same_element": Switch((False, True), "child clauses must hold for the same element (api.md 3.2)"),
    "child_in": Switch(("refuse", "accept"), "`in` inside child and custom-field conditions (api.md 3.2)"),
    "unknown_path": Switch(("refuse", "ignore"), "a patch of a name that the record does not have (api.md 4.1)"),
    "reference_subpath": Switch(("ignore", "apply"), "a patch of `company/id` and the like (api.md 4.1)"),
    "patch_types": Switch(("ignore", "apply", "refuse"), "a patch of a contact's `types` (api.md 4.5)"),
    "custom_fields": Switch(("merge", "replace", "strict"), "custom fields left out of a patch (api.md 4.6)"),
    "named_setup": Switch(("refuse", "create"), "a department or relationship by a name that is new (api.md 4.3)"),
    "default_phone": Switch(("none", "site"), "defaultPhone of a contact without phone: the site's (api.md 4.3)"),
    "keep_newlines": Switch((False, True), "line breaks in text are stored instead of becoming spaces (api.md 2.3)"),
    "promote_default_item": Switch((False, True), "a kind left without a default item gets one (api.md 4.4)"),
    "items_per_type": Switch(("many", "one"), "two communication items of one type (api.md 4.4)"),
    "contact_duplicates": Switch(("accept", "refuse"), "a second contact of one name in one company (api.md 4.3)"),
    "inactivate_default_contact": Switch(("accept", "refuse"), "inactivating a company's default contact"),
    "inactivate_with_tickets": Switch(("accept", "refuse"), "inactivating a contact with open tickets (api.md 4.3)"),
    "closed_agreement_additions": Switch(("accept", "refuse"), "writes to lines of an agreement not Active (4.8)"),
    "invoiced_lines": Switch(("accept", "refuse"), "changes to a line that is on the invoice of today's period (4.8)"),
    "computed_fields": Switch(("ignore", "refuse"), "fields of a line that the server works out, when sent (4.8)"),
    "line_status": Switch(("agreement", "absent"), "agreementStatus of a line: its agreement's, or not there (4.8)"),
    "billed_quantity": Switch(("less_included", "quantity"), "billedQuantity: without or with included units (4.8)"),
    "ext_price": Switch(("quantity", "billed"), "extPrice and extCost: all units, or billed units (api.md 4.8)"),
    "arrears": Switch(("Current", "none"), "the periodType billed in arrears, if any; others are in advance (4.7)"),
    "child_invoices": Switch(("with_parent", "alone"), "an active parent's invoice bills its child agreements (4.7)"),
    "invoice_ahead": Switch(("accept", "refuse"), "invoicing an agreement more than 90 days ahead of today (4.7)"),
    "delete_in_use": Switch(("refuse", "accept"), "deleting a record that others refer to: 409 or done (api.md 5.1)"),
    "missing_client_id": Switch((401, 403), "status of a request without clientId (api.md 2.2)"),
    "login_refusal": Switch(("unauthorized", "user_not_authenticated"), "body of a refused login (api.md 5.1)"),
    "forbidden_code": Switch(("Security", "Unauthorized"), "code of a 403 by the security role (api.md 5.1)"),
    "wrong_company": Switch((401, 404), "status of a login with another company (api.md 5.1)"),
    "unknown_company": Switch(("null", "404"), "companyinfo of a company that does not exist (api.md 2.1)"),
    "callback_duplicates": Switch(("with_url", "any_url"), "what makes callback entries duplicates (api.md 6.1)"),
    "callback_site_type": Switch(("refuse", "accept"), "callbacks of type Site (api.md 6.1)"),
    "callback_additions": Switch((False, True), "an addition's change fires an Agreement callback (api.md 6.1)"),
    "callback_moved_records": Switch(("new", "both"), "a record that moves fires for where it was, too"),
    "callback_url_tail": Switch(("glued", "query"), "a callback URL without `?recordId=` or the like (api.md 6.2)"),
    "callback_key_login": Switch((False, True), "the key to a callback's signature takes a login (api.md 6.3)"),
    "callback_right": Switch(("none", "System: Table Setup"), "right needed to make callbacks (api.md 2.4)"),
    "company_site_url": Switch(("absent", "present"), "companyinfo also names a host for the API (api.md 2.1)"),
    "info_without_login": Switch((False, True), "/system/info answers without credentials (api.md 2.2)"),
}


def default_switches() -> dict[str, Any]:
    """Every switch at its default."""
    return {name: switch.values[0] for name, switch in SWITCHES.items()}


def merge_switches(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``current`` with ``changes``; raises ``ValueError`` naming an unknown switch or a value not allowed."""
    for name, value in changes.items():
        if name not in SWITCHES:
            raise ValueError(f"there is no switch {name!r}; known: {', '.join(SWITCHES)}")
        if not SWITCHES[name].allows(value):
            raise ValueError(f"switch {name!r} cannot be {value!r}; allowed: {SWITCHES[name].values}")
    return {**current, **changes}
