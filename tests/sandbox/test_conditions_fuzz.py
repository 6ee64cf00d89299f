"""Whatever a client writes into the parameters of a list, the sandbox answers (api.md 3.1, 5)."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.application import Application
from connector.sandbox.messages import Request, Response
from tests.sandbox.conftest import API, tenant

LOGIN = {"authorization": "Basic " + base64.b64encode(b"bluefjord+demo:demo").decode(), "clientid": "1111"}
APPLICATION = Application(tenant())
LISTS = """
    /company/contacts /company/contacts/count /company/contacts/8123 /company/contacts/8123/communications
    /company/contacts/8123/usages /company/companies /company/companies/412/sites /finance/agreements
    /finance/agreements/77/additions /finance/agreementrecap/ /service/tickets/count /system/members /system/audittrail
""".split()
FILTERS = ["conditions", "childConditions", "customFieldConditions", "childconditions", "CONDITIONS"]
PARAMETERS = [*FILTERS, "orderBy", "fields", "page", "pageSize", "pageId", "type"]
WORDS = """
    id company/id firstName title lastUpdated _info/lastUpdated communicationItems/value communicationItems/type/name
    types/id caption value agreementStatus inactiveFlag customFields foo company/foo = != < <= > >= and AND or not in
    like contains ( ) , 'x' "J*" '%' '' " ' [2026-01-01] [2026-02-30] [ ] [[] null true False -1 1.5 007 1e5 \\ * % _
    asc desc id,company/name / // 25 1000 1001 2147483647 99999999999 \ud800 é 名 \u202e \x00
""".split()
WHOLE = """
    id>8123 | company/id=412 | firstName like "J*" | inactiveFlag = False | title != null | lastUpdated >= [2026-01-01]
    | agreementStatus = 'Active' | id in (8123, 77) | (id = 1 or id = 8123) | identifier contains 'e' | quantity < 40.5
    | communicationItems/value like '%@%' | types/name = 'End User' | caption = 'Note' | value = null | name like "*"
""".split("|")
SOUP = st.lists(st.sampled_from(WORDS), max_size=12)
TEXT = st.one_of(
    st.builds(str.join, st.sampled_from([" and ", " OR "]), st.lists(st.sampled_from(WHOLE), min_size=1, max_size=4)),
    st.builds(str.join, st.sampled_from([" ", "", "\t"]), SOUP),
    st.text(max_size=40),
    st.builds("{0} {1} {2}".format, st.sampled_from(WORDS), st.sampled_from(WORDS), st.text(max_size=10)),
    st.builds(lambda word, times: word * times, st.sampled_from(WORDS), st.integers(1, 300)),
)
QUERIES = st.dictionaries(st.sampled_from(PARAMETERS), TEXT, max_size=4)
HEADERS = st.sampled_from([{}, {"pagination-type": "forward-only"}])


def ask(path: str, query: dict[str, str], headers: dict[str, str], body: Any = None) -> tuple[Response, float]:
    """The answer, and the processor time it took."""
    content = b"" if body is None else json.dumps(body).encode()
    sent = LOGIN | headers | {"content-type": "application/json"}
    request = Request("GET" if body is None else "POST", API + path, query, sent, content)
    started = time.thread_time()
    return APPLICATION.handle(request), time.thread_time() - started


def check(response: Response) -> None:
    """200 with JSON and a header that can be sent, or 400 in the envelope."""
    answer = json.loads(response.body)
    assert response.headers.get("Link", "").isascii()
    assert response.status in {200, 400}
    if response.status == 400:
        assert answer["code"] in {"ApiFindCondition", "InvalidObject"}
        assert isinstance(answer["message"], str)
        for error in answer.get("errors", []):
            assert error.keys() == {"code", "message", "resource", "field"}


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(LISTS), QUERIES, HEADERS)
def test_any_list_parameters_are_answered(path: str, query: dict[str, str], headers: dict[str, str]) -> None:
    """With 200, or 400 and the reason; never with an exception, and in no more time than the text explains."""
    response, seconds = ask(path, query, headers)
    check(response)
    assert seconds < 1 + 1e-5 * sum(map(len, query.values()))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*FILTERS[:3], "orderBy", "x"]), TEXT | st.none() | st.integers()), QUERIES)
def test_any_search_is_answered(body: dict[str, Any], query: dict[str, str]) -> None:
    """Conditions in the body of a ticket search as well (api.md 3.2)."""
    check(ask("/service/tickets/search", query, {}, body)[0])


LONG = 50_000
LONG_CONDITIONS = [
    "(" * LONG,
    "(" * (LONG // 2) + "id=1" + ")" * (LONG // 2),
    "'" * LONG,
    "[" * LONG,
    "id " * (LONG // 3),
    "not " * (LONG // 4),
    "id=1 and " * (LONG // 9),
    " or ".join(["firstName like '*x*y*'"] * (LONG // 26)),
    "id in (" + ",".join(["1"] * (LONG // 2)) + ")",
    "id=" + "9" * LONG,
    "id=1" + "/x" * (LONG // 2),
    "company" + "/id" * (LONG // 3) + "=1",
    "title='" + "\\'" * (LONG // 2) + "'",
    "title='" + "x" * LONG,
    "title like '" + "*" * LONG + "'",
    "title like '" + "a*" * (LONG // 2) + "b'",
    "title contains '" + "[[]" * (LONG // 3) + "'",
    "lastUpdated>[" + "1" * LONG + "]",
    " " * LONG,
    "é" * LONG,
]
LONG_TEXTS = [("conditions", text) for text in LONG_CONDITIONS]
LONG_TEXTS += [("childConditions", " or ".join(["types/id=1"] * (LONG // 14))), ("childConditions", "(" * LONG)]
LONG_TEXTS += [("customFieldConditions", " and ".join(["value='x'"] * (LONG // 14)))]
LONG_TEXTS += [
    (name, text * (LONG // 5)) for name in ("orderBy", "fields") for text in ("id,", "a,", "id/x", ",", "id ")
]


@pytest.mark.parametrize(("parameter", "text"), LONG_TEXTS, ids=lambda text: text[:21])
def test_fifty_thousand_letters_are_answered(parameter: str, text: str) -> None:
    """Long or deeply nested, in time that grows with the length and no faster."""
    response, seconds = ask("/company/contacts", {parameter: text}, {})
    check(response)
    assert seconds < 2
