"""What is repeated, what is in doubt, and when to give up."""

from collections.abc import Callable

import httpx
import pytest
import respx

from connector.errors import PsaError, PsaInDoubt, PsaRejected, PsaUnreachable
from connector.psa.rest import PsaRest, Record
from tests.psa.helpers import API, Clock, connect, discovery, refusal

OPERATIONS = [{"op": "replace", "path": "title", "value": "x"}]
CONTACT = f"{API}/company/contacts/1"
CONTACTS = f"{API}/company/contacts"

WRITES: dict[str, Callable[[PsaRest], Record | None]] = {
    "PATCH": lambda http: http.patch("/company/contacts/1", OPERATIONS),
    "POST": lambda http: http.post("/company/contacts", {"firstName": "x"}),
    "DELETE": lambda http: http.delete("/company/contacts/1"),
}


def write(http: PsaRest, method: str) -> Record | None:
    """Send one write."""
    return WRITES[method](http)


def route(method: str) -> respx.Route:
    """Where that write arrives."""
    return respx.route(method=method, url=CONTACTS if method == "POST" else CONTACT)


@respx.mock
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_read_is_repeated_after_a_passing_failure(status: int) -> None:
    """Throttling, a slow list and a gateway in trouble pass by themselves (api.md 5.1)."""
    discovery(respx.mock)
    asked = respx.get(CONTACT).mock(side_effect=[httpx.Response(status), httpx.Response(200, json={"id": 1})])
    assert connect().get("/company/contacts/1") == {"id": 1}
    assert asked.call_count == 2


@respx.mock
@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError])
def test_a_read_is_repeated_after_a_lost_connection(error: type[httpx.TransportError]) -> None:
    """Reading twice harms nobody."""
    discovery(respx.mock)
    respx.get(CONTACT).mock(side_effect=[error("lost"), httpx.Response(200, json={"id": 1})])
    assert connect().get("/company/contacts/1") == {"id": 1}


@respx.mock
@pytest.mark.parametrize("status", [400, 401, 403, 409, 501])
def test_a_refused_read_is_not_repeated(status: int) -> None:
    """The answer would be the same (api.md 5.3)."""
    discovery(respx.mock)
    asked = respx.get(CONTACT).mock(return_value=refusal(status, "x", "no"))
    with pytest.raises(PsaError):
        connect().get("/company/contacts/1")
    assert asked.call_count == 1


@respx.mock
def test_reads_are_given_up_when_the_budget_is_used_up() -> None:
    """A PSA that stays away ends as unreachable, within the seconds that were allowed."""
    clock = Clock()
    discovery(respx.mock)
    respx.get(CONTACT).mock(return_value=httpx.Response(502, html="<html><title>Bad Gateway</title></html>"))
    with pytest.raises(PsaUnreachable, match=r"HTTP 502.*Bad Gateway"):
        connect(clock).get("/company/contacts/1")
    assert 5 < clock.now <= 20.1


@respx.mock
def test_the_pause_that_the_psa_asks_for_is_kept() -> None:
    """Retry-After is honoured, with a little on top so that not all come back at once."""
    clock = Clock()
    discovery(respx.mock)
    throttled = httpx.Response(
        429, json={"error": "ConnectWiseAPI", "message": "Too many requests."}, headers={"Retry-After": "7"}
    )
    respx.get(CONTACT).mock(side_effect=[throttled, httpx.Response(200, json={"id": 1})])
    connect(clock).get("/company/contacts/1")
    assert 7 <= clock.now <= 8.1


@respx.mock
@pytest.mark.parametrize(
    ("date", "after", "low", "high"),
    [
        ("Wed, 25 Nov 2026 10:00:00 GMT", "Wed, 25 Nov 2026 10:00:07 GMT", 7, 8.1),
        ("Wed, 25 Nov 2026 10:00:00 GMT", "Wed, 25 Nov 2026 09:00:00 GMT", 0, 1.1),
        ("", "Wed, 25 Nov 2026 10:00:07 GMT", 0, 1.1),
        ("Wed, 25 Nov 2026 10:00:00 GMT", "soon", 0, 1.1),
    ],
)
def test_a_pause_may_be_named_as_a_time(date: str, after: str, low: float, high: float) -> None:
    """It is measured from the answer's own Date (RFC 9110 10.2.3); one that cannot be read means backing off."""
    clock = Clock()
    discovery(respx.mock)
    busy = httpx.Response(503, headers={"Retry-After": after, "Date": date})
    respx.get(CONTACT).mock(side_effect=[busy, httpx.Response(200, json={"id": 1})])
    connect(clock).get("/company/contacts/1")
    assert low <= clock.now <= high


@respx.mock
@pytest.mark.parametrize("page", [httpx.Response(200, html="<html>Log in</html>"), httpx.Response(200, content=b"")])
def test_a_page_instead_of_an_answer_is_asked_for_again(page: httpx.Response) -> None:
    """A gateway that shows its own page for a moment does not end a night's run."""
    discovery(respx.mock)
    respx.get(CONTACT).mock(side_effect=[page, httpx.Response(200, json={"id": 1})])
    assert connect().get("/company/contacts/1") == {"id": 1}


@respx.mock
def test_giving_up_says_how_often_was_tried() -> None:
    """Whoever reads the report sees that it was not one unlucky request."""
    discovery(respx.mock)
    respx.get(CONTACT).mock(return_value=httpx.Response(503))
    with pytest.raises(PsaUnreachable, match=r"Tried \d+ times in \d+ seconds\."):
        connect().get("/company/contacts/1")


@respx.mock
def test_a_pause_beyond_the_budget_is_not_waited_for() -> None:
    """The run ends in words instead of hanging."""
    clock = Clock()
    discovery(respx.mock)
    respx.get(CONTACT).mock(return_value=refusal(429, "x", "Too many requests.", **{"Retry-After": "3600"}))
    with pytest.raises(PsaUnreachable, match="Too many requests"):
        connect(clock).get("/company/contacts/1")
    assert clock.now < 1


@respx.mock
@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_throttled_write_is_repeated(method: str) -> None:
    """429 says that nothing was done."""
    discovery(respx.mock)
    sent = route(method).mock(side_effect=[httpx.Response(429), httpx.Response(200, json={"id": 1})])
    assert write(connect(), method) == {"id": 1}
    assert sent.call_count == 2


@respx.mock
@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_write_that_found_no_connection_is_repeated(method: str) -> None:
    """What was never sent cannot have been carried out."""
    discovery(respx.mock)
    route(method).mock(side_effect=[httpx.ConnectError("refused"), httpx.Response(200, json={"id": 1})])
    assert write(connect(), method) == {"id": 1}


@respx.mock
@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_write_without_a_clear_answer_is_in_doubt_and_sent_once(method: str, status: int) -> None:
    """It may have been carried out before the failure: there is no idempotency key (api.md 4.1, 5.3)."""
    discovery(respx.mock)
    sent = route(method).mock(return_value=refusal(status, "ConnectWiseApi", "A timeout has occured."))
    with pytest.raises(PsaInDoubt, match="A timeout has occured"):
        write(connect(), method)
    assert sent.call_count == 1


@respx.mock
@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError])
def test_a_write_whose_connection_is_lost_is_in_doubt_and_sent_once(
    method: str, error: type[httpx.TransportError]
) -> None:
    """Sent, and no answer: nobody knows."""
    discovery(respx.mock)
    sent = route(method).mock(side_effect=error("lost"))
    with pytest.raises(PsaInDoubt, match=f"{method} /company/contacts"):
        write(connect(), method)
    assert sent.call_count == 1


@respx.mock
@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        (refusal(500, "ConnectWiseApi", "A timeout has occured."), True),
        (httpx.Response(502, html="<html><title>Bad Gateway</title></html>"), False),
        (httpx.Response(503), False),
    ],
)
def test_a_doubt_says_whether_the_api_itself_answered(answer: httpx.Response, answered: bool) -> None:
    """After the API's own error nothing is under way any more; behind a gateway it may still be."""
    discovery(respx.mock)
    route("POST").mock(return_value=answer)
    with pytest.raises(PsaInDoubt) as raised:
        write(connect(), "POST")
    assert raised.value.answered is answered


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, html="<html/>"), httpx.Response(200, json=[]), httpx.Response(200, json={"code": "x"})],
)
def test_a_write_answered_with_something_else_than_the_record_is_in_doubt(answer: httpx.Response) -> None:
    """A good status without the record proves nothing."""
    discovery(respx.mock)
    route("PATCH").mock(return_value=answer)
    with pytest.raises(PsaInDoubt):
        write(connect(), "PATCH")


@respx.mock
def test_a_write_is_not_in_doubt_when_discovery_fails() -> None:
    """Nothing of it was sent."""
    respx.get(url__regex=".*companyinfo.*").respond(json={"Codebase": "//"})
    with pytest.raises(PsaRejected):
        write(connect(), "POST")


@respx.mock
def test_a_delete_needs_no_body_in_its_answer() -> None:
    """204 is enough (api.md 4.3)."""
    discovery(respx.mock)
    sent = route("DELETE").respond(204)
    assert write(connect(), "DELETE") is None
    assert sent.call_count == 1
