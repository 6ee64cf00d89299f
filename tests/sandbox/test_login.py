"""Discovery, login and codebases (api.md 2, 5.1, 12.2)."""

from __future__ import annotations

import base64

import httpx
import pytest

from connector.sandbox import Sandbox
from tests.sandbox.conftest import API, HEADERS, Client


def test_company_info_gives_the_codebase(sandbox: Sandbox) -> None:
    """No login is needed."""
    info = httpx.get(f"{sandbox.url}/login/companyinfo/bluefjord").json()
    assert (info["Codebase"], info["CompanyID"]) == ("v2026_4/", "bluefjord")


def test_unknown_company_is_null_or_404(psa: Client) -> None:
    """Which of both is a switch."""
    assert psa.http.get("/login/companyinfo/nobody").json() is None
    psa.switch(unknown_company="404")
    assert psa.http.get("/login/companyinfo/nobody").status_code == 404


def test_a_site_url_in_companyinfo_is_a_switch(psa: Client) -> None:
    """It was seen only once; no client may need it, or send its keys there unasked."""
    assert "SiteUrl" not in psa.http.get("/login/companyinfo/bluefjord").json()
    psa.switch(company_site_url="present")
    assert psa.http.get("/login/companyinfo/bluefjord").json()["SiteUrl"] == "api-na.myconnectwise.net"


def test_current_codebase_and_router_both_answer(psa: Client) -> None:
    """``v2026_4/`` and ``v4_6_release/`` lead to the same API."""
    assert psa.http.get("/v2026_4/apis/3.0/company/contacts/8123").status_code == 200
    assert psa.get("/company/contacts/8123").status_code == 200


def test_other_release_is_not_found(psa: Client) -> None:
    """A codebase of another release is 404, so that a client fetches the codebase again."""
    assert psa.http.get("/v2019_1/apis/3.0/company/contacts").status_code == 404


@pytest.mark.parametrize("path", ["/nonsense/apis/3.0/company/contacts", API + API + "/company/contacts", "/"])
def test_path_without_codebase_cannot_be_routed(psa: Client, path: str) -> None:
    """No codebase or a doubled one is a plain-text 400."""
    response = psa.http.get(path)
    assert response.status_code == 400
    assert response.text == "Cannot route. Codebase/company is invalid"
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("user", ["bluefjord+demo:wrong", "bluefjord+other:demo", "another+demo:demo", "demo:demo"])
def test_wrong_login_is_401(sandbox: Sandbox, user: str) -> None:
    """Company, public and private key must all be right."""
    headers = {**HEADERS, "Authorization": "Basic " + base64.b64encode(user.encode()).decode()}
    response = httpx.get(f"{sandbox.url}{API}/company/contacts", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "Unauthorized")


def test_client_id_is_required(psa: Client) -> None:
    """Without it 401, or 403 by switch."""
    del psa.http.headers["clientId"]
    assert psa.get("/company/contacts").status_code == 401
    psa.switch(missing_client_id=403)
    assert psa.get("/company/contacts").status_code == 403


def test_system_info_is_the_login_test(psa: Client) -> None:
    """It needs a login, unless switched."""
    assert psa.get("/system/info").json()["version"].startswith("v2026.4")
    del psa.http.headers["Authorization"]
    assert psa.get("/system/info").status_code == 401
    psa.switch(info_without_login=True)
    assert psa.get("/system/info").status_code == 200


def test_answer_names_the_version_asked_for(psa: Client) -> None:
    """The media type repeats the version of the Accept header; a header tells the current one."""
    media = "application/vnd.connectwise.com+json; version=2025.1"
    response = psa.get("/company/contacts", headers={"Accept": media})
    assert response.headers["content-type"].startswith(media)
    assert response.headers["api-current-version"] == "2026.4"


def test_unknown_endpoint_and_wrong_method(psa: Client) -> None:
    """404 says that the endpoint does not exist; 405 that the method does not."""
    response = psa.get("/company/contact/1")
    assert response.status_code == 404
    assert response.json() == {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}
    assert psa.post("/company/contacts/8123", {}).status_code == 405
    assert psa.delete("/system/members/243").status_code == 405
    assert psa.post("/company/contacts/8123/usages", {}).status_code == 405


def test_what_the_psa_works_out_has_no_count_and_no_info(psa: Client) -> None:
    """Recaps and usages are records without ``_info``; the published document knows no ``/count`` of them."""
    recap, usage = "/finance/agreementrecap", "/company/contacts/8123/usages"
    shown = [*psa.get(recap).json(), psa.get(f"{recap}/77").json(), *psa.get(usage).json()]
    assert [record for record in shown if "_info" in record] == []
    assert [psa.get(f"{path}/count").status_code for path in (recap, usage)] == [404, 404]
    assert psa.get(f"{usage}/1").status_code == 404


def test_body_must_be_json(psa: Client) -> None:
    """Another media type is 415, broken JSON 400."""
    assert psa.http.post(API + "/company/contacts", data={"firstName": "x"}).status_code == 415
    broken = psa.http.post(API + "/company/contacts", content=b"{", headers={"content-type": "application/json"})
    assert broken.status_code == 400
