"""Login, discovery, addresses and what never leaves."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import respx

from connector.errors import ConfigError, PsaMissing, PsaRefused, PsaRejected
from connector.psa.site import site_of
from tests.psa.helpers import API, INFO, PRIVATE, SITE, Clock, connect, discovery, refusal


@respx.mock
def test_every_request_carries_login_client_id_version_and_agent() -> None:
    """Basic company+public:private, the clientId, the API version and who we are (api.md 2.2, 2.3)."""
    discovery(respx.mock)
    route = respx.get(f"{API}/system/info").respond(json={"version": "v2026.4"})
    assert connect().get("/system/info") == {"version": "v2026.4"}
    headers = route.calls.last.request.headers
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == (
        f"bluefjord+public-key:{PRIVATE}"
    )
    assert headers["clientId"] == "client-guid"
    assert headers["Accept"] == "application/vnd.connectwise.com+json; version=2026.4"
    assert headers["User-Agent"].startswith("connector/")


@respx.mock
def test_the_codebase_is_asked_for_once_and_without_credentials() -> None:
    """Discovery is open to everybody, so it gets no login, and one answer serves all calls."""
    route = discovery(respx.mock)
    respx.get(f"{API}/system/info").respond(json={})
    http = connect()
    http.get("/system/info")
    http.get("/system/info")
    assert route.call_count == 1
    assert not {"Authorization", "clientId"} & set(route.calls.last.request.headers)


@respx.mock
def test_threads_that_start_together_discover_once() -> None:
    """The codebase is shared by all threads of the process."""
    route = discovery(respx.mock)
    respx.get(f"{API}/system/info").respond(json={})
    http = connect()
    threads = [threading.Thread(target=http.get, args=("/system/info",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize(
    "gone",
    [
        refusal(404, "ConnectWiseApi", "The endpoint does not exist."),
        httpx.Response(404, text="<html><title>404</title></html>"),
        httpx.Response(400, text="Cannot route. Codebase/company is invalid"),
    ],
)
def test_a_moved_codebase_is_found_again_and_the_request_repeated_once(gone: httpx.Response) -> None:
    """An upgrade of the cloud changes the path; a write that met the old path was not carried out (api.md 2.1)."""
    discovery(respx.mock, "v2026_4/", "v2026_5/")
    old = respx.patch(f"{API}/company/contacts/1").mock(return_value=gone)
    new = respx.patch(f"{SITE}/v2026_5/apis/3.0/company/contacts/1").respond(json={"id": 1})
    assert connect().patch("/company/contacts/1", [{"op": "replace", "path": "title", "value": "x"}]) == {"id": 1}
    assert (old.call_count, new.call_count) == (1, 1)


@respx.mock
def test_an_unknown_address_under_the_same_codebase_is_not_a_missing_record() -> None:
    """Only the PSA's own NotFound says that a record is gone; a contact must not be made anew for less."""
    discovery(respx.mock, "v2026_4/", "v2026_4/")
    route = respx.get(f"{API}/company/contacts/1").mock(
        return_value=refusal(404, "ConnectWiseApi", "The endpoint does not exist.")
    )
    with pytest.raises(PsaRejected, match="does not know the address"):
        connect().get("/company/contacts/1")
    assert route.call_count == 1


@respx.mock
def test_a_missing_record_is_said_so_without_a_new_discovery() -> None:
    """NotFound is about the record, not about the path."""
    route = discovery(respx.mock)
    respx.get(f"{API}/company/contacts/9").mock(return_value=refusal(404, "NotFound", "Contact 9 not found"))
    with pytest.raises(PsaMissing, match="Contact 9 not found"):
        connect().get("/company/contacts/9")
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize("answer", [httpx.Response(200, json=None, text="null"), httpx.Response(404, text="")])
def test_an_unknown_company_names_the_settings_to_check(answer: httpx.Response) -> None:
    """The PSA answers null or 404 for a company it does not have (api.md 2.1)."""
    respx.get(INFO).mock(return_value=httpx.Response(answer.status_code, text=answer.text))
    with pytest.raises(PsaRefused, match=r"psa\.company"):
        connect().get("/system/info")


@respx.mock
@pytest.mark.parametrize("codebase", ["//evil.test/", "../x/", "v1", "", 7, None])
def test_a_codebase_that_is_no_path_segment_is_refused(codebase: object) -> None:
    """The codebase becomes part of the address that gets the login."""
    respx.get(INFO).respond(json={"Codebase": codebase})
    with pytest.raises(PsaRejected, match="where its API is"):
        connect().get("/system/info")


@respx.mock
def test_a_redirect_is_not_followed() -> None:
    """The login goes to the configured host and to no other."""
    discovery(respx.mock)
    elsewhere = respx.get("http://elsewhere.test/").respond(json={})
    respx.get(f"{API}/system/info").respond(302, headers={"Location": "http://elsewhere.test/"})
    with pytest.raises(PsaRejected, match="302"):
        connect().get("/system/info")
    assert not elsewhere.called


@respx.mock
def test_keys_never_reach_a_message() -> None:
    """Even a server that repeats the keys does not bring them into an error."""
    discovery(respx.mock)
    respx.get(f"{API}/system/info").mock(return_value=refusal(401, "Unauthorized", f"bad key {PRIVATE}"))
    with pytest.raises(PsaRefused) as caught:
        connect().get("/system/info")
    assert PRIVATE not in str(caught.value)
    assert "public-key" not in str(caught.value)
    assert PRIVATE not in repr(connect())


@respx.mock
def test_a_page_of_html_is_not_taken_for_an_answer() -> None:
    """A gateway's page with status 200 is no record."""
    discovery(respx.mock)
    respx.get(f"{API}/company/contacts/1").respond(200, html="<html>Sign in</html>")
    with pytest.raises(PsaRejected, match="not JSON"):
        connect().get("/company/contacts/1")


@respx.mock
def test_an_error_envelope_is_not_taken_for_a_list() -> None:
    """A list must be a list."""
    discovery(respx.mock)
    respx.get(f"{API}/company/contacts").respond(json={"code": "x", "message": "y"})
    with pytest.raises(PsaRejected, match="not a list"):
        list(connect().pages("/company/contacts"))


@respx.mock
def test_requests_and_repeats_are_counted() -> None:
    """The report tells how often the PSA had to be asked again."""
    discovery(respx.mock)
    throttled = httpx.Response(429, headers={"Retry-After": "3"})
    respx.get(f"{API}/system/info").mock(side_effect=[httpx.Response(503), throttled, httpx.Response(200, json={})])
    clock = Clock()
    http = connect(clock)
    http.get("/system/info")
    total = http.meter.total
    assert (total.requests, total.repeated, total.throttled) == (4, 2, 1)
    assert 3 <= total.seconds_waited == pytest.approx(clock.now, abs=0.1)


@respx.mock
def test_each_thread_counts_its_own_requests() -> None:
    """A run works in one thread, so what it cost can be told apart from what others did meanwhile."""
    discovery(respx.mock)
    respx.get(f"{API}/system/info").respond(json={})
    http = connect()
    http.get("/system/info")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(http.get, "/system/info").result()
        other = pool.submit(http.meter.of_this_thread).result()
    assert (http.meter.of_this_thread().requests, other.requests, http.meter.total.requests) == (2, 1, 3)


@respx.mock
@pytest.mark.parametrize(
    ("server", "asked"), [("v2025.1", "2025.1"), ("v2026.4", "2026.4"), ("v2027.2", "2026.4"), ("odd", "2026.4")]
)
def test_no_newer_version_is_asked_for_than_the_server_has(server: str, asked: str) -> None:
    """A self-hosted server may be older than this connector; a newer one keeps to the version that is known here."""
    respx.get(INFO).respond(json={"Codebase": "v2026_4/", "VersionCode": server})
    route = respx.get(f"{API}/system/info").respond(json={})
    connect().get("/system/info")
    assert route.calls.last.request.headers["Accept"].endswith(f"version={asked}")


@respx.mock
def test_query_values_arrive_as_they_were_given() -> None:
    """A plus, an ampersand or a percent sign in a value stays what it is (api.md 3.2)."""
    discovery(respx.mock)
    route = respx.get(f"{API}/company/contacts").respond(json=[])
    condition = """communicationItems/value="o'neil+a&b%*@harbor.example" """
    connect().rows("/company/contacts", {"conditions": condition})
    url = route.calls.last.request.url
    assert dict(url.params) == {"conditions": condition}
    assert not set("+'*\" ") & set(url.query.decode())


@pytest.mark.parametrize(
    ("site", "login", "api"),
    [
        ("na.myconnectwise.net", "https://na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("api-na.myconnectwise.net", "https://na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://EU.myconnectwise.net/", "https://eu.myconnectwise.net", "https://api-eu.myconnectwise.net"),
        ("staging.connectwisedev.com", "https://staging.connectwisedev.com", "https://api-staging.connectwisedev.com"),
        (
            "sandbox-na.myconnectwise.net",
            "https://sandbox-na.myconnectwise.net",
            "https://sandbox-na.myconnectwise.net",
        ),
        ("psa.bluefjord.example:8443", "https://psa.bluefjord.example:8443", "https://psa.bluefjord.example:8443"),
        ("http://127.0.0.1:8899", "http://127.0.0.1:8899", "http://127.0.0.1:8899"),
    ],
)
def test_a_site_gives_the_login_and_the_api_host(site: str, login: str, api: str) -> None:
    """The cloud's API has api- before its host, once; other hosts are used as they are (api.md 2.1)."""
    assert (site_of(site).login, site_of(site).api) == (login, api)


@pytest.mark.parametrize("site", ["", "ftp://x", "https://x/v4_6_release/apis/3.0", "https://user:pw@x", "https://"])
def test_a_site_that_is_no_address_is_a_config_error(site: str) -> None:
    """A path in the site would be doubled in every request (api.md 9)."""
    with pytest.raises(ConfigError, match=r"psa\.site"):
        site_of(site)
