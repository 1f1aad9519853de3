"""Login through a provider: the whole way, and every way it must not go. No network: the provider is a function."""

from __future__ import annotations

import base64
import hmac
import html
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.response import addinfourl
from uuid import uuid4

import pytest
import structlog
import tiny
from dripping import WHOLE_HEAD, dripping
from fastapi import FastAPI
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from provider import CLERK, CLIENT, ISSUER, KEYS, METADATA, Provider, b64, jwks
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import SESSION_ISSUER, issue_token, load_key, read_token
from api.oidc import routes
from api.oidc.attempt import CookieSigner, Spent, checked_office
from api.oidc.errors import ProviderUnavailable, SeveralOffices
from api.oidc.fetch import MAX_BYTES, Fetched, HttpCall, ask, http_fetch
from api.oidc.offices import FRESH, choose
from api.oidc.routes import Login, login_routes
from api.oidc.settings import OidcSettings, is_safe_url
from api.settings import Settings
from projections.runner import Projector
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.directory import JAPAN
from reporting.errors import InvalidInput

HOME = "https://report.example"
OIDC = OidcSettings(ISSUER, CLIENT, f"{HOME}/callback")
KEY = OctKey.generate_key(256)
HEADER = {"X-Reporting": "1"}
NONE = '{"alg":"none"}'


def signing_input(head: str, claims: dict[str, Any]) -> str:
    return f"{b64(head)}.{b64(json.dumps(claims))}"


def browser(provider: Provider, settings: OidcSettings = OIDC, **more: Any) -> TestClient:
    """A person's browser at the login routes alone."""
    app = FastAPI()
    app.state.login = Login(settings, KEY, lambda: provider.now, fetch=provider, **more)
    app.include_router(login_routes())
    return TestClient(app, base_url=HOME, follow_redirects=False)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def person(provider: Provider) -> TestClient:
    return browser(provider)


def finish(one: TestClient, provider: Provider, query: str = "", **changes: Any) -> Any:
    """From /login to the answer of /callback."""
    started = one.get(f"/login{query}")
    assert started.status_code == 303, started.text
    given = {**provider.approve(started.headers["location"]), **changes}
    return one.get("/callback", params={name: value for name, value in given.items() if value is not None})


def refused(answer: Any, code: str, reason: str | None = None) -> None:
    """The typed answer, in both languages, without a session."""
    status = {"LOGIN_REFUSED": 401, "PROVIDER_UNAVAILABLE": 503}.get(code, 403)
    assert answer.status_code == status, answer.text
    extensions = answer.json()["errors"][0]["extensions"]
    assert extensions["code"] == code
    assert extensions["ja"]
    assert extensions["en"]
    if reason is not None:
        assert extensions["facts"]["reason"] == reason
    assert "reporting-session=ey" not in str(answer.headers)


def test_the_whole_way(provider: Provider, person: TestClient) -> None:
    started = person.get("/login")
    asked = dict(parse_qsl(urlsplit(started.headers["location"]).query))
    assert started.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert (asked["redirect_uri"], asked["client_id"], asked["scope"]) == (
        OIDC.redirect_uri,
        CLIENT,
        "openid",
    )
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    cookie = started.headers["set-cookie"]
    for part in ("__Host-reporting-login=", "HttpOnly", "Secure", "SameSite=lax", "Max-Age=600", "Path=/"):
        assert part in cookie
    back = person.get("/callback", params=provider.approve(started.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, "/graphql")
    assert back.headers["cache-control"] == "no-store"
    ours = next(one for one in back.headers.get_list("set-cookie") if "reporting-session" in one)
    for part in ("__Host-reporting-session=ey", "HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in ours
    assert "__Host-reporting-login" not in person.cookies
    token = person.cookies["__Host-reporting-session"]
    actor = read_token(KEY, token, now=int(provider.now), issuers=(SESSION_ISSUER,))
    assert actor == Actor("sato", "中央区選管", Role.WARD, "11")
    assert person.get("/session").status_code == 401
    assert person.get("/session", headers=HEADER).json()["person"] == "sato"
    refused(person.get("/session", headers={**HEADER, "Origin": "https://evil.example"}), "CROSS_SITE")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "x"}, "state"),
        ({"state": None}, "state"),
        ({"state": "é"}, "state"),
        ({"code": None}, "code"),
        ({"code": "other"}, "code"),
        ({"code": "x" * 2_001}, "code"),
        ({"code": "x" * 7_000}, "parameters"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"error": "access_denied"}, "access_denied"),
        ({"error": "<script>"}, "provider"),
        ({"state": ["a", "b"]}, "parameters"),
    ],
)
def test_what_comes_back_is_looked_at(
    provider: Provider, person: TestClient, changes: dict[str, Any], reason: str
) -> None:
    refused(finish(person, provider, **changes), "LOGIN_REFUSED", reason)


def test_an_answer_serves_once_and_in_one_browser_only(provider: Provider, person: TestClient) -> None:
    started = person.get("/login")
    cookie = person.cookies["__Host-reporting-login"]
    given = provider.approve(started.headers["location"])
    refused(browser(provider).get("/callback", params=given), "LOGIN_REFUSED", "cookie")
    assert person.get("/callback", params=given).status_code == 303
    refused(person.get("/callback", params=given), "LOGIN_REFUSED", "cookie")
    again = {"Cookie": f"__Host-reporting-login={cookie}"}
    refused(person.get("/callback", params=given, headers=again), "LOGIN_REFUSED", "replay")
    elsewhere = browser(provider)  # another process does not know the state; the provider knows the code
    refused(elsewhere.get("/callback", params=given, headers=again), "LOGIN_REFUSED", "code")


def test_a_code_of_another_login_does_not_fit(provider: Provider, person: TestClient) -> None:
    other = provider.approve(browser(provider).get("/login").headers["location"])
    refused(finish(person, provider, code=other["code"]), "LOGIN_REFUSED", "code")


def test_the_cookie_is_ours_and_young(provider: Provider, person: TestClient) -> None:
    person.get("/login")
    cookie = person.cookies["__Host-reporting-login"]
    head, body, mark = cookie.split(".")
    token = issue_token(KEY, Actor("p", "o", Role.WARD, "1"), now=int(provider.now))
    for bad in (
        cookie[:-3],
        f"{b64(NONE)}.{body}.",
        f"{head}.{b64('{}')}.{mark}",
        token,
        "x" * 5_000,
    ):
        answer = browser(provider).get("/callback", headers={"Cookie": f"__Host-reporting-login={bad}"})
        refused(answer, "LOGIN_REFUSED", "cookie")
    provider.now += 601
    refused(person.get("/callback"), "LOGIN_REFUSED", "cookie")


def test_the_way_back_is_not_the_callers_to_choose(provider: Provider, person: TestClient) -> None:
    refused(person.get("/login?redirect_uri=https://evil.example/callback"), "LOGIN_REFUSED", "parameters")
    started = person.get("/login", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert dict(parse_qsl(urlsplit(started.headers["location"]).query))["redirect_uri"] == OIDC.redirect_uri


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nonce": "other"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": [ISSUER]}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": [CLIENT, "other"]}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ...}, "audience"),
        ({"azp": "other"}, "audience"),
        ({"azp": None}, "audience"),
        ({"exp": 1_800_000_000 - 60, "iat": 1_800_000_000 - 300}, "time"),
        ({"exp": 1e308}, "time"),
        ({"exp": "1800000300"}, "time"),
        ({"exp": True}, "time"),
        ({"exp": ...}, "time"),
        ({"exp": 1_800_000_000 + 86_401}, "time"),
        ({"iat": ...}, "time"),
        ({"iat": 1_800_000_000 + 61}, "time"),
        ({"iat": 1_800_000_000 - 601}, "time"),
        ({"nbf": 1_800_000_000 + 61}, "time"),
        ({"nbf": "0"}, "time"),
        ({"sub": ...}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": "a\nb"}, "subject"),
        ({"sub": "x" * 201}, "subject"),
        ({"pad": "x" * 9_000}, "size"),
    ],
)
def test_every_claim_is_looked_at(
    provider: Provider, person: TestClient, changes: dict[str, Any], reason: str
) -> None:
    provider.changes = changes
    refused(finish(person, provider), "LOGIN_REFUSED", reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [CLIENT]},
        {"azp": CLIENT},
        {"nbf": 1_800_000_060},
        {"iat": 1_800_000_060},
        {"exp": 1_799_999_941, "iat": 1_799_999_900},
    ],
)
def test_what_the_standard_allows_passes(
    provider: Provider, person: TestClient, changes: dict[str, Any]
) -> None:
    provider.changes = changes
    assert finish(person, provider).status_code == 303


def _mac(provider: Provider, claims: dict[str, Any], secret: bytes) -> str:
    """HS256 keyed with what everybody knows (RFC 8725 §2.1)."""
    signed = signing_input('{"alg":"HS256","kid":"one"}', claims)
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _own_key(provider: Provider, claims: dict[str, Any], jwk: bool = False, **header: Any) -> str:
    """Rightly signed, with a key the provider never published."""
    own = RSAKey.generate_key(2048)
    if jwk:
        header["jwk"] = own.as_dict(private=False)
    signed = signing_input(json.dumps({"alg": "RS256", **header}), claims)
    algorithm = JWSRegistry.algorithms["RS256"]
    return f"{signed}.{b64(algorithm.sign(signed.encode(), own))}"


TOKENS: dict[str, tuple[Callable[[Provider, dict[str, Any]], Any], str]] = {
    "public key as a secret": (lambda p, c: _mac(p, c, KEYS["one"].as_pem(private=False)), "algorithm"),
    "n as a secret": (
        lambda p, c: _mac(p, c, str(KEYS["one"].as_dict(private=False)["n"]).encode()),
        "algorithm",
    ),
    "none": (lambda p, c: signing_input('{"alg":"none"}', c) + ".", "form"),
    "none, signed": (lambda p, c: signing_input('{"alg":"none"}', c) + ".eA", "algorithm"),
    "NONE": (lambda p, c: signing_input('{"alg":"nOnE"}', c) + ".eA", "algorithm"),
    "no algorithm": (lambda p, c: signing_input('{"kid":"one"}', c) + ".eA", "algorithm"),
    "two algorithms": (lambda p, c: signing_input('{"alg":"none","alg":"RS256"}', c) + ".eA", "form"),
    "another algorithm": (
        lambda p, c: jws.serialize_compact(
            {"alg": "PS256", "kid": "one"}, json.dumps(c), KEYS["one"], ["PS256"]
        ),
        "algorithm",
    ),
    "unknown kid": (lambda p, c: p.sign(c, kid="other"), "key"),
    "kid is no text": (lambda p, c: _own_key(p, c, kid=["one"]), "form"),
    "path in kid": (lambda p, c: p.sign(c, kid="../../dev/null"), "key"),
    "key in the header": (lambda p, c: _own_key(p, c, kid="one", jwk=True), "signature"),
    "own key": (lambda p, c: _own_key(p, c, kid="one"), "signature"),
    "crit": (lambda p, c: _own_key(p, c, kid="one", crit=["b64"], b64=False), "form"),
    "access token": (lambda p, c: p.sign(c, typ="at+jwt"), "form"),
    "logout token": (lambda p, c: p.sign(c, typ="logout+jwt"), "form"),
    "doubled sub": (lambda p, c: p.sign(json.dumps(c)[:-1] + ',"sub":"king"}'), "form"),
    "doubled, escaped": (lambda p, c: p.sign(json.dumps(c)[:-1] + ',"s\\u0075b":"king"}'), "form"),
    "NaN": (lambda p, c: p.sign(json.dumps({**c, "exp": float("nan")})), "form"),
    "a list": (lambda p, c: p.sign("[1]"), "form"),
    "deep": (lambda p, c: p.sign("[" * 5_000), "form"),
    "not UTF-8": (lambda p, c: _resigned(p, b"\xff{}"), "form"),
    "padding": (lambda p, c: p.sign(c) + "=", "form"),
    "a line more": (lambda p, c: p.sign(c) + "\n", "form"),
    "four parts": (lambda p, c: p.sign(c) + ".x", "form"),
    "five parts": (lambda p, c: p.sign(c) + ".x.x", "form"),
    "changed body": (lambda p, c: ".".join((p.sign(c).split(".")[0], b64(json.dumps(c)), "eA")), "signature"),
    "empty": (lambda p, c: "", "form"),
    "huge": (lambda p, c: "x" * 100_000, "size"),
}


def _resigned(provider: Provider, payload: bytes) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "one"}, payload, KEYS["one"], algorithms=["RS256"])


@pytest.mark.parametrize("name", TOKENS)
def test_forged_tokens_are_refused_and_not_repeated(
    provider: Provider, person: TestClient, name: str
) -> None:
    make, reason = TOKENS[name]
    seen: list[str] = []

    def made(claims: dict[str, Any]) -> str:
        seen.append(make(provider, claims))
        return seen[0]

    provider.make = made
    with structlog.testing.capture_logs() as lines:
        answer = finish(person, provider)
    refused(answer, "LOGIN_REFUSED", reason)
    told = json.dumps(lines, default=repr) + answer.text
    assert "exc_info" not in told
    for secret in (*(part for part in seen[0].split(".") if len(part) > 5), "sato", "code_verifier"):
        assert secret not in told


def test_a_rotated_key_is_fetched_once_and_unknown_ones_once_a_minute(
    provider: Provider, person: TestClient
) -> None:
    assert finish(person, provider).status_code == 303
    provider.published, provider.signer = ["two"], "two"
    refused(finish(person, provider), "LOGIN_REFUSED", "key")  # read this very minute
    provider.now += 60
    assert finish(person, provider).status_code == 303
    assert provider.count("/keys") == 2
    provider.signer = "one"
    for _ in range(50):
        refused(finish(person, provider), "LOGIN_REFUSED", "key")
    assert provider.count("/keys") == 2
    provider.now += 60
    refused(finish(person, provider), "LOGIN_REFUSED", "key")
    assert provider.count("/keys") == 3
    assert provider.count("/.well-known/openid-configuration") == 1


def test_without_a_key_id_only_a_single_key_serves(provider: Provider, person: TestClient) -> None:
    provider.make = lambda claims: provider.sign(claims, kid=None)
    assert finish(person, provider).status_code == 303
    provider.published = ["one", "two"]
    refused(finish(browser(provider), provider), "LOGIN_REFUSED", "key")
    provider.published, provider.make = ["one", "one"], provider.sign
    refused(finish(browser(provider), provider), "LOGIN_REFUSED", "key")


def _late() -> Fetched:
    raise TimeoutError


def _gone() -> Fetched:
    raise ConnectionRefusedError


BAD: dict[str, Callable[[], Fetched]] = {
    "500": lambda: Fetched(500, b"{}"),
    "302": lambda: Fetched(302, b""),
    "garbage": lambda: Fetched(200, b"<html>\xff"),
    "another shape": lambda: Fetched(200, b'{"keys":7}'),
    "doubled": lambda: Fetched(200, b'{"issuer":"a","issuer":"b","keys":[],"keys":[]}'),
    "deep": lambda: Fetched(200, b"[" * 100_000),
    "huge": lambda: Fetched(200, b" " * 200_000),
    "late": _late,
    "gone": _gone,
}


@pytest.mark.parametrize("end", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize("kind", BAD)
def test_a_provider_out_of_order_is_said_so(
    provider: Provider, person: TestClient, end: str, kind: str
) -> None:
    provider.answers[end] = BAD[kind]
    if end.startswith("/."):
        refused(person.get("/login"), "PROVIDER_UNAVAILABLE")
        person.get("/login")
        assert len(provider.calls) == 1  # nobody asks again at once
        provider.now += 5
    else:
        refused(finish(person, provider), "PROVIDER_UNAVAILABLE")
        provider.now += 5
    provider.answers.clear()
    assert finish(person, provider).status_code == 303


def test_a_slow_provider_does_not_hold_the_answer(
    provider: Provider, person: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WITHIN_S", 0.1)

    def slow() -> Fetched:
        time.sleep(0.5)
        return Fetched(200, b"{}")

    provider.answers["/.well-known/openid-configuration"] = slow
    refused(person.get("/login"), "PROVIDER_UNAVAILABLE")


def test_old_keys_serve_when_the_provider_does_not_answer(provider: Provider, person: TestClient) -> None:
    assert finish(person, provider).status_code == 303
    provider.answers["/keys"] = provider.answers["/.well-known/openid-configuration"] = _gone
    provider.now += 3_601
    assert finish(person, provider).status_code == 303
    provider.now += 24 * 3_600
    refused(person.get("/login"), "PROVIDER_UNAVAILABLE")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"issuer": ISSUER + "/"},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "http://id.example/keys"},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
def test_a_description_of_someone_else_is_refused(
    provider: Provider, person: TestClient, changes: dict[str, Any]
) -> None:
    provider.metadata.update(changes)
    refused(person.get("/login"), "PROVIDER_UNAVAILABLE")


def test_a_provider_that_names_itself_must_do_so(provider: Provider, person: TestClient) -> None:
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    refused(finish(person, provider), "LOGIN_REFUSED", "issuer")
    refused(finish(person, provider, iss="https://evil.example"), "LOGIN_REFUSED", "issuer")
    assert provider.count("/token") == 0
    assert finish(person, provider, iss=ISSUER).status_code == 303


PUBLIC = KEYS["one"].as_dict(private=False)


@pytest.mark.parametrize(
    "body",
    [
        jwks(KEYS["one"].as_dict(private=True)),
        jwks({**PUBLIC, "use": "enc"}),
        jwks({**PUBLIC, "alg": "RS512"}),
        jwks({"kty": "oct", "kid": "one", "k": b64("x" * 32)}),
        jwks(ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=False)),
        jwks({**PUBLIC, "n": b64(b"\xc1" * 128)}),
        jwks({**PUBLIC, "n": "!"}),
        jwks(*[PUBLIC] * 51),
        jwks("x", 7, None),
        jwks(),
    ],
)
def test_only_public_keys_of_the_algorithm_serve(provider: Provider, person: TestClient, body: bytes) -> None:
    provider.answers["/keys"] = lambda: Fetched(200, body)
    refused(finish(person, provider), "PROVIDER_UNAVAILABLE")
    provider.answers.clear()


def test_keys_and_description_from_files(provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(jwks({"kty": "future"}, PUBLIC))
    (tmp_path / "provider.json").write_text(json.dumps(METADATA))
    (tmp_path / "secret").write_text("p:ß w\n")
    settings = replace(
        OIDC,
        jwks=str(tmp_path / "keys.json"),
        metadata=str(tmp_path / "provider.json"),
        client_secret_file=tmp_path / "secret",
    )
    one = browser(provider, settings)
    assert finish(one, provider).status_code == 303
    assert [call.url for call in provider.calls] == [METADATA["token_endpoint"]]
    sent = base64.b64decode(provider.calls[0].headers["Authorization"].removeprefix("Basic ")).decode()
    assert sent == "reporting:p%3A%C3%9F+w"
    assert "client_secret" not in (provider.calls[0].form or {})
    assert "code_verifier" not in repr(provider.calls)
    (tmp_path / "keys.json").unlink()
    provider.now += 24 * 3_600
    refused(finish(one, provider), "PROVIDER_UNAVAILABLE")


def test_a_public_client_sends_its_name_and_a_form_client_its_secret(
    provider: Provider, tmp_path: Path
) -> None:
    finish(browser(provider), provider)
    assert (provider.calls[1].form or {})["client_id"] == CLIENT
    assert provider.calls[1].headers == {}
    (tmp_path / "secret").write_text("s3")
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert (
        finish(browser(provider, replace(OIDC, client_secret_file=tmp_path / "secret")), provider).status_code
        == 303
    )
    form = [call.form or {} for call in provider.calls if call.form][-1]
    assert (form["client_id"], form["client_secret"]) == (CLIENT, "s3")


def test_elliptic_keys(provider: Provider) -> None:
    key = ECKey.generate_key("P-256", {"kid": "e"})
    provider.answers["/keys"] = lambda: Fetched(200, jwks(PUBLIC, key.as_dict(private=False)))
    provider.make = lambda claims: jws.serialize_compact(
        {"alg": "ES256", "kid": "e"}, json.dumps(claims), key, ["ES256"]
    )
    assert finish(browser(provider, replace(OIDC, algorithm="ES256")), provider).status_code == 303


def test_a_second_factor_can_be_demanded(provider: Provider) -> None:
    one = browser(provider, replace(OIDC, acr="gold silver"))
    assert "acr_values=gold+silver" in one.get("/login").headers["location"]
    refused(finish(one, provider), "LOGIN_REFUSED", "acr")
    provider.changes = {"acr": "silver"}
    assert finish(one, provider).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [{"role": "king"}, {"role": "system"}, {"role": ["ward"]}, {"office": ...}, {"jurisdiction": ""}],
)
def test_a_person_without_an_office_is_told(
    provider: Provider, person: TestClient, changes: dict[str, Any]
) -> None:
    provider.changes = changes
    refused(finish(person, provider), "NO_OFFICE")


class Several:
    def roles_of(self, subject: str, *_: Any) -> list[Actor]:
        mine = [Actor(subject, office, Role.WARD, office) for office in ("11", "12")]
        return [*mine, Actor("other", "13", Role.WARD, "13")]


def test_several_offices_are_chosen_from(provider: Provider) -> None:
    one = browser(provider, offices=Several())
    refused(finish(one, provider), "SEVERAL_OFFICES")
    refused(finish(one, provider, "?office=13"), "NO_OFFICE")
    assert finish(one, provider, "?office=12").status_code == 303
    assert one.get("/session", headers=HEADER).json()["jurisdiction"] == "12"


def test_offices_that_are_called_alike_are_told_apart_and_one_registered_twice_is_one() -> None:
    name = checked_office("府中市　選管")
    tokyo, hiroshima = (Actor("a.sato", name, Role.MUNICIPALITY, area) for area in ("13206", "34208"))
    assert choose([tokyo, tokyo], "a.sato", "") == choose([tokyo, tokyo], "a.sato", name) == tokyo
    for asked in ("", name):
        with pytest.raises(SeveralOffices, match="府中市　選管 municipality 34208") as refused:
            choose([tokyo, hiroshima], "a.sato", asked)
        first, second = str(refused.value.facts["offices"]).split("、")
        assert [choose([tokyo, hiroshima], "a.sato", each) for each in (first, second)] == [tokyo, hiroshima]


def test_a_browser_gets_a_page(provider: Provider, person: TestClient) -> None:
    answer = person.get("/callback?error=<script>", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "もう一度ログイン" in answer.text
    assert "<script" not in answer.text


def test_an_unforeseen_failure_is_an_answer_without_traceback(provider: Provider) -> None:
    class Broken:
        def roles_of(self, *_: Any) -> list[Actor]:
            raise KeyError("sato")

    with structlog.testing.capture_logs() as lines:
        answer = finish(browser(provider, offices=Broken()), provider)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert "sato" not in str(lines) + answer.text


def test_logging_out_ends_the_session_also_for_a_kept_copy(provider: Provider, person: TestClient) -> None:
    finish(person, provider)
    copy = {"Cookie": f"__Host-reporting-session={person.cookies['__Host-reporting-session']}", **HEADER}
    refused(person.post("/logout"), "CROSS_SITE")
    refused(person.post("/logout", headers={**HEADER, "Origin": "https://evil.example"}), "CROSS_SITE")
    refused(person.post("/logout", headers={**HEADER, "Sec-Fetch-Site": "same-site"}), "CROSS_SITE")
    assert person.get("/session", headers=copy).status_code == 200
    answer = person.post("/logout", headers={**HEADER, "Origin": HOME, "Sec-Fetch-Site": "same-origin"})
    assert answer.json() == {"loggedOut": True, "providerLogout": f"{ISSUER}/logout?client_id={CLIENT}"}
    assert "__Host-reporting-session" not in person.cookies
    assert person.get("/session", headers=copy).status_code == 401


def test_what_is_spent_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.oidc.attempt.REMEMBERED", 3)
    spent = Spent()
    assert [spent.add(text, 10, now=0) for text in "aab"] == [True, False, True]
    assert spent.add("a", 20, now=10)
    assert [spent.add(text, 20, now=10) for text in "cde"] == [True] * 3
    assert [spent.holds(text, 11) for text in "acde"] == [False, True, True, True]


@pytest.fixture
def api(
    database: Database, settings: Settings, service: Reporting, provider: Provider
) -> Iterator[Callable[..., TestClient]]:
    tiny.define(service)
    projector = Projector(database)
    projector.catch_up()
    provider.now = time.time()
    opened: list[TestClient] = []

    def with_settings(**changes: Any) -> TestClient:
        app = create_app(replace(settings, oidc=OIDC, **changes), lambda: provider.now, fetch=provider)
        opened.append(TestClient(app, base_url=HOME, follow_redirects=False))
        return opened[-1].__enter__()

    yield with_settings
    for one in opened:
        one.__exit__(None, None, None)


def test_the_api_knows_the_session(
    api: Callable[..., TestClient], provider: Provider, settings: Settings
) -> None:
    one = api()
    private = {"query": "{ event(position: 1) { type } }"}

    def post(**headers: str) -> tuple[int, str]:
        answer = one.post("/graphql", json=private, headers=headers)
        return answer.status_code, answer.json().get("errors", [{"extensions": {"code": ""}}])[0][
            "extensions"
        ]["code"]

    assert finish(one, provider).status_code == 303
    assert post() == (200, "NOT_AUTHENTICATED")  # the cookie alone is nobody
    assert post(**HEADER) == (200, "")
    assert post(**HEADER, Origin="https://evil.example") == (403, "CROSS_SITE")
    assert post(**HEADER, Origin=HOME) == (200, "")
    token = one.cookies["__Host-reporting-session"]
    assert one.post("/logout", headers=HEADER).status_code == 200
    assert post(Authorization=f"Bearer {token}") == (401, "NOT_AUTHENTICATED")
    finish(one, provider)
    token = one.cookies["__Host-reporting-session"]
    one.cookies.clear()
    assert post(Authorization=f"Bearer {token}") == (200, "")
    provider.now += OIDC.session_s
    assert post(Authorization=f"Bearer {token}") == (401, "NOT_AUTHENTICATED")
    drill = issue_token(load_key(settings.token_key), tiny.AUDITOR, now=int(provider.now))
    assert post(Authorization=f"Bearer {drill}") == (401, "NOT_AUTHENTICATED")
    both = api(dev_tokens=True)
    answer = both.post("/graphql", json=private, headers={"Authorization": f"Bearer {drill}"})
    assert "errors" not in answer.json()


def test_who_left_an_office_is_out_within_seconds(
    api: Callable[..., TestClient], provider: Provider, service: Reporting
) -> None:
    """By cookie and by a kept copy of its token; until somebody registers an office the provider's word counts."""
    one, offices = api(), Offices(service)
    private = {"query": "{ event(position: 1) { type } }"}

    def post(**headers: str) -> tuple[int, str]:
        answer = one.post("/graphql", json=private, headers=headers)
        errors = answer.json().get("errors", [{"extensions": {"code": ""}}])
        return answer.status_code, errors[0]["extensions"]["code"]

    finish(one, provider)
    assert post(**HEADER) == (200, "")
    day = datetime.fromtimestamp(provider.now, JAPAN).date()
    offices.register(uuid4(), "ward11", CLERK["office"], Role.WARD, CLERK["jurisdiction"], tiny.SYSTEM)
    offices.grant(uuid4(), "ward11", "sato", day, None, tiny.SYSTEM)
    provider.now += FRESH.total_seconds()
    assert post(**HEADER) == (200, "")
    offices.end(uuid4(), "ward11", "sato", day, tiny.SYSTEM)
    provider.now += FRESH.total_seconds()
    assert post(**HEADER) == (401, "NOT_AUTHENTICATED")
    token = one.cookies["__Host-reporting-session"]
    assert one.get("/series.csv?item=voters", headers=HEADER).status_code == 401
    one.cookies.clear()
    assert post(Authorization=f"Bearer {token}") == (401, "NOT_AUTHENTICATED")
    offices.grant(uuid4(), "ward11", "sato", day, None, tiny.SYSTEM)
    provider.now += FRESH.total_seconds()
    assert post(Authorization=f"Bearer {token}") == (200, "")


def test_an_import_needs_a_session_of_our_own_pages(
    api: Callable[..., TestClient], provider: Provider
) -> None:
    """As a change by GraphQL does: without our header a cookie is nobody's, and another site's page is refused."""
    one = api()
    finish(one, provider)

    def post(**headers: str) -> int:
        sent = {"Content-Type": "text/csv", **headers}
        return one.post("/import/returns", content=b"not a table", headers=sent).status_code

    assert post() == 401
    assert post(**HEADER, Origin="https://elsewhere.example") != 200
    assert post(**HEADER, **{"Sec-Fetch-Site": "cross-site"}) != 200
    assert post(**HEADER) == 200
    assert one.get("/import/uploads").status_code == 401
    (kept,) = one.get("/import/uploads", headers=HEADER).json()["uploads"]
    address = f"/import/uploads/{kept['upload']}"
    assert one.delete(address).status_code == 401
    assert one.delete(address, headers={**HEADER, "Origin": "https://elsewhere.example"}).status_code != 204
    assert one.delete(address, headers=HEADER).status_code == 204


def test_without_a_provider_there_is_no_login(client: TestClient) -> None:
    assert client.get("/login").status_code == 404


ENV = {
    "REPORTING_OIDC_ISSUER": ISSUER,
    "REPORTING_OIDC_CLIENT_ID": CLIENT,
    "REPORTING_OIDC_REDIRECT_URI": f"{HOME}/callback",
}


def test_settings_are_read() -> None:
    assert Settings.from_env({}).accepts_dev_tokens
    found = Settings.from_env(
        {**ENV, "REPORTING_OIDC_SESSION_MINUTES": "60", "REPORTING_OIDC_JWKS": "/k.json"}
    )
    assert found.oidc == replace(OIDC, session_s=3600, jwks="/k.json")
    assert not found.accepts_dev_tokens
    assert Settings.from_env({**ENV, "REPORTING_DEV_TOKENS": "yes"}).accepts_dev_tokens
    assert not Settings.from_env({"REPORTING_DEV_TOKENS": "no"}).accepts_dev_tokens


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "http://id.example"),
        ("ISSUER", ""),
        ("ISSUER", f"{ISSUER}?x=1"),
        ("CLIENT_ID", ""),
        ("REDIRECT_URI", f"{HOME}/elsewhere"),
        ("REDIRECT_URI", "http://report.example/callback"),
        ("ALGORITHM", "HS256"),
        ("ALGORITHM", "none"),
        ("SCOPE", "profile"),
        ("SESSION_MINUTES", "4"),
        ("SESSION_MINUTES", "²"),
        ("JWKS", "http://id.example/keys"),
        ("METADATA", "ftp://id.example/keys"),
        ("ISUER", "x"),
    ],
)
def test_settings_name_the_variable_that_is_wrong(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=f"REPORTING_OIDC_{name}"):
        Settings.from_env({**ENV, f"REPORTING_OIDC_{name}": value})


def test_which_addresses_are_safe() -> None:
    for good in ("https://a.example/x?y=1", "http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:1/"):
        assert is_safe_url(good)
    for bad in (
        "http://a.example",
        "https://u@a.example",
        "https://a.example/#f",
        "https://",
        "file:///x",
        "https://a b",
        "https://a\\b",
        "https://é",
        "http://127.0.0.1.evil.example",
        "https://a:x",
    ):
        assert not is_safe_url(bad)


class Line(BytesIO):
    """What arrives, a little at a time."""

    taken = 0

    def read1(self, size: int | None = -1, /) -> bytes:
        part = super().read(min(size or 1, 16_384))
        Line.taken += len(part)
        return part


def test_the_network_is_read_with_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network: the place where urllib would open the connection answers."""
    sent: list[urllib.request.Request] = []
    arriving = {"status": 200, "size": 10}

    def open_connection(_: Any, request: urllib.request.Request) -> addinfourl:
        sent.append(request)
        headers = Message()
        headers["Location"] = "https://evil.example/"
        line = addinfourl(Line(b" " * arriving["size"]), headers, request.full_url, arriving["status"])
        line.msg = "said"  # type: ignore[attr-defined]
        return line

    monkeypatch.setattr("reporting.timed_calls.TimedCalls.https_open", open_connection)
    call = HttpCall(f"{ISSUER}/token", {"code": "é&"}, {"Authorization": "Basic x"})
    assert ask(http_fetch, call) == Fetched(200, b" " * 10)
    assert (sent[0].data, sent[0].get_header("Authorization")) == (b"code=%C3%A9%26", "Basic x")
    for status in (302, 307, 308, 400, 500):
        arriving["status"] = status
        assert ask(http_fetch, call).status == status
    assert {request.full_url for request in sent} == {call.url}
    arriving.update(status=200, size=10 * MAX_BYTES)
    Line.taken = 0
    with pytest.raises(ProviderUnavailable, match="size"):
        ask(http_fetch, call)
    assert Line.taken < 2 * MAX_BYTES
    with pytest.raises(ProviderUnavailable, match="address"):
        ask(http_fetch, HttpCall("file:///etc/passwd"))


@pytest.mark.parametrize("begins", [WHOLE_HEAD[:-2], WHOLE_HEAD], ids=["head", "body"])
def test_a_provider_that_drips_holds_no_thread(monkeypatch: pytest.MonkeyPatch, begins: bytes) -> None:
    monkeypatch.setattr("api.oidc.fetch.TOTAL_S", 0.3)
    with dripping(begins) as address, pytest.raises(ProviderUnavailable, match="time"):
        ask(http_fetch, HttpCall(address))


BACK = "/correction/tiny/final/final/11?x=%2Fa&y=1"


def test_who_comes_back_goes_on_to_the_page_that_was_asked_for(
    provider: Provider, person: TestClient
) -> None:
    """By a page of ours: with the provider's own redirect no browser sends a cookie that is SameSite=Strict."""
    answer = finish(person, provider, "?" + urlencode({"back": BACK}))
    assert answer.status_code == 200
    assert f'content="0;url={html.escape(BACK)}"' in answer.text
    assert "reporting-session=ey" in str(answer.headers)
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "work", "", "/login",
        "/callback?x=1", "/logout", "/a\nb", "/選挙", "/" + "a" * 1_500,
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_the_login(provider: Provider, person: TestClient, back: str) -> None:
    answer = finish(person, provider, "?" + urlencode({"back": back}))
    assert (answer.status_code, answer.headers["location"]) == (303, "/graphql")


def test_an_address_is_text_on_the_page_that_leads_there(provider: Provider, person: TestClient) -> None:
    answer = finish(person, provider, "?" + urlencode({"back": '/"><script>alert(1)</script>'}))
    assert "<script" not in answer.text


def test_a_login_begun_before_an_upgrade_is_finished(provider: Provider, person: TestClient) -> None:
    """Its cookie knows no page to go back to."""
    started = person.get("/login")
    signer = CookieSigner(KEY)
    attempt = signer.open(person.cookies["__Host-reporting-login"], provider.now)
    older = {name: value for name, value in asdict(attempt).items() if name != "back"}
    signed = signer.signed(json.dumps(older))
    person.cookies.set("__Host-reporting-login", signed, domain="report.example", path="/")
    back = person.get("/callback", params=provider.approve(started.headers["location"]))
    assert back.status_code == 303, back.text
