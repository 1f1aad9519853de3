"""Let in beside the ordinary login: an emergency while the provider is away, and accounts of systems, as people and software use them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from click.testing import CliRunner
from forms import TOKEN
from provider import CLIENT, ISSUER
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from tiny import SYSTEM, Ask

from api.app import create_app
from api.auth import ACCOUNT_ISSUER, SESSION_ISSUER, issue_token, load_key
from api.cli.group import root
from api.observe.metrics import WhereItStands
from api.oidc.errors import ProviderUnavailable
from api.oidc.fetch import Fetched, HttpCall
from api.oidc.settings import OidcSettings
from api.settings import Settings
from projections.runner import Projector
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.ledger import Ledger

pytestmark = pytest.mark.begins.with_args(night.define)

HOME = "https://report.example"
OFFICE, LABEL = "ward11", "十一区選挙管理委員会"
ME = "{ me { person office jurisdiction } }"
SAVE = """mutation($input: SaveDraftInput!) { saveDraft(input: $input) { __typename
  ... on DraftSaved { version } ... on Refusal { code messageEn } } }"""


def away(call: HttpCall) -> Fetched:
    raise ProviderUnavailable(detail="time")


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ours(settings: Settings) -> Settings:
    """Nothing goes out by itself meanwhile: it would be the last event of the log, at some moment or other."""
    return replace(settings, oidc=OidcSettings(ISSUER, CLIENT, f"{HOME}/callback"), publication=False)


@pytest.fixture
def browser(database: Database, ours: Settings, service: Reporting, clock: Clock) -> Iterator[TestClient]:
    """At an installation whose provider does not answer."""
    Offices(service).register(uuid4(), OFFICE, LABEL, Role.WARD, "11", SYSTEM)
    projector = Projector(database)
    projector.catch_up()
    app = create_app(ours, clock, fetch=away)
    with TestClient(app, base_url=HOME, follow_redirects=False) as one:
        app.state.service.clock = lambda: datetime.fromtimestamp(clock(), UTC)
        yield one


@pytest.fixture
def run(ours: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`run("access", …)` → what the command prints on stdout."""
    monkeypatch.setenv("REPORTING_DATABASE_URL", str(ours.database_url))
    monkeypatch.setenv("REPORTING_DATA_DIR", str(ours.data_dir))
    for name, value in (("ISSUER", ISSUER), ("CLIENT_ID", CLIENT), ("REDIRECT_URI", f"{HOME}/callback")):
        monkeypatch.setenv(f"REPORTING_OIDC_{name}", value)

    def said(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(root, words)
        assert result.exit_code == code, result.output
        return str(result.stdout if code == 0 else result.output)

    return said


def emergency(run: Callable[..., str], hours: str = "2") -> tuple[str, str]:
    """(its name, what is to be pasted)"""
    token = run(
        "access",
        "emergency",
        OFFICE,
        "--person",
        "a.sato",
        "--hours",
        hours,
        "--reason",
        "認証サービスの停止",
    )
    (one,) = [json.loads(line) for line in run("access", "list", "--json").splitlines()]
    return one["access"], token.strip()


def paste(browser: TestClient, token: str) -> str:
    """Where the login page leads."""
    page = browser.get("/sign-in").text
    assert "非常時のログイン" in page
    found = TOKEN.search(page)
    assert found
    answer = browser.post("/sign-in", data={"token": found[1], "back": "/work", "emergency": token})
    return str(answer.headers["location"])


def asked(browser: TestClient, token: str, query: str = ME, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return browser.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})


def drafted() -> dict[str, Any]:
    cells = [{"contest": "pr", "item": "votes", "choice": "a", "value": "10"}]
    return {
        "commandId": str(uuid4()),
        "election": "tiny",
        "form": "final",
        "slot": "final",
        "unit": "11",
        "cells": cells,
    }


def test_while_the_provider_is_away_somebody_is_let_in_and_all_of_it_is_told(
    browser: TestClient, run: Callable[..., str]
) -> None:
    assert browser.get("/login", headers={"accept": "text/html"}).status_code == 503
    name, token = emergency(run)
    with capture_logs() as told:
        assert paste(browser, token) == "/work"
    assert ("emergency_login", "warning") in [(line["event"], line["log_level"]) for line in told]
    page = browser.get("/work")
    assert page.status_code == 200
    assert name in page.text
    assert LABEL in page.text
    me = asked(browser, token).json()["data"]["me"]
    assert me == {"person": "a.sato", "office": LABEL, "jurisdiction": "11"}
    done = asked(browser, token, SAVE, input=drafted()).json()["data"]["saveDraft"]
    assert done["__typename"] == "DraftSaved", done
    at = browser.app.state.service.ledger.position()  # type: ignore[attr-defined]
    first, *deeds = [json.loads(line) for line in run("access", "report", name, "--json").splitlines()]
    assert (first["person"], first["office"], first["reason"]) == ("a.sato", LABEL, "認証サービスの停止")
    assert [deed["positions"] for deed in deeds] == [f"{at}-{at}"]


def test_when_it_is_closed_nobody_is_in_any_more(browser: TestClient, run: Callable[..., str]) -> None:
    name, token = emergency(run)
    paste(browser, token)
    assert browser.post("/kept-key").status_code == 200
    run("access", "close", name, "--reason", "認証サービスの復旧")
    assert browser.post("/kept-key").status_code == 401, "nor does what they kept open for them again"
    assert asked(browser, token).status_code == 401
    assert browser.get("/work").status_code != 200 or "a.sato" not in browser.get("/work").text
    assert paste(browser, token).endswith("emergency=no")
    assert run("access", "list") == ""
    assert "認証サービスの復旧" in run("access", "list", "--all")


def test_when_its_time_is_over_nobody_is_in_any_more(
    browser: TestClient, run: Callable[..., str], clock: Clock
) -> None:
    _, token = emergency(run, "0.5")
    paste(browser, token)
    clock.ahead = 1_801
    assert asked(browser, token).status_code == 401
    assert paste(browser, token).endswith("emergency=no")


def test_a_session_that_was_left_is_over_whatever_is_taken_from_the_browser_and_by_whichever_door(
    browser: TestClient, run: Callable[..., str], clock: Clock
) -> None:
    def by_cookie() -> int:
        headers = {"x-reporting": "1", "sec-fetch-site": "same-origin"}
        return browser.post("/graphql", json={"query": ME}, headers=headers).status_code

    _, token = emergency(run, "3")
    paste(browser, token)
    clock.ahead = 25 * 60
    assert by_cookie() == 200  # somebody is there, at this door, too
    clock.ahead = 50 * 60
    assert (browser.get("/work").status_code, by_cookie()) == (200, 200)
    clock.ahead = 81 * 60
    assert (browser.get("/work").status_code, by_cookie()) == (303, 401)
    browser.cookies.delete("reporting-seen")  # whoever sits down at the machine can do so much
    assert (browser.get("/work").status_code, by_cookie()) == (303, 401)
    assert paste(browser, token) == "/work"
    assert browser.get("/work").status_code == 200


def test_a_machine_whose_clock_is_fast_opens_it_for_as_long_as_it_is_told(
    browser: TestClient, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve hours at most, by the database's clock, which is an hour behind here."""
    true = Ledger.time
    monkeypatch.setattr(Ledger, "time", lambda ledger: true(ledger) - timedelta(hours=1))
    name, token = emergency(run, "12")
    assert paste(browser, token) == "/work"
    assert name in run("access", "list")


def test_nothing_else_is_let_in(browser: TestClient, run: Callable[..., str], ours: Settings) -> None:
    name, token = emergency(run)
    key, now = load_key(ours.token_key), int(time.time())
    clerk = Actor("a.sato", LABEL, Role.WARD, "11")
    forged = [
        issue_token(key, clerk, now=now, issuer=SESSION_ISSUER),
        issue_token(key, replace(clerk, access="e-none"), now=now, issuer=SESSION_ISSUER),
        issue_token(key, replace(clerk, access=name, jurisdiction="*"), now=now, issuer=SESSION_ISSUER),
        issue_token(key, replace(clerk, access=name, role=Role.MINISTRY), now=now, issuer=SESSION_ISSUER),
        issue_token(key, replace(clerk, access=name, person="b.suzuki"), now=now, issuer=SESSION_ISSUER),
        token[:-2],
        "",
        "x" * 10_000,
        "😀",
    ]
    for one in forged:
        assert paste(browser, one).endswith("emergency=no"), one[:40]
    for one in forged[1:5]:
        assert asked(browser, one).status_code == 401


ACCESSES = "{ accesses(every: true) { name kind now person reason openedBy { office } whyClosed done { firstPosition } } }"


def test_its_office_and_the_auditors_see_who_was_let_in(
    browser: TestClient, run: Callable[..., str], ours: Settings
) -> None:
    name, token = emergency(run)
    asked(browser, token, SAVE, input=drafted())
    run("access", "close", name, "--reason", "認証サービスの復旧")
    key, now = load_key(ours.token_key), int(time.time())

    def seen_by(actor: Actor) -> Any:
        bearer = issue_token(key, actor, now=now, issuer=SESSION_ISSUER)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(browser.app.state.login, "check_held", lambda actor: None)  # type: ignore[attr-defined]
            return asked(browser, bearer, ACCESSES).json()["data"]["accesses"]

    (one,) = seen_by(tiny.AUDITOR)
    assert (one["name"], one["now"], one["person"]) == (name, False, "a.sato")
    assert (one["reason"], one["whyClosed"]) == ("認証サービスの停止", "認証サービスの復旧")
    assert one["openedBy"] == {"office": "command line"}
    assert len(one["done"]) == 1
    assert seen_by(Actor("x", LABEL, Role.WARD, "11")) == [one]
    assert seen_by(Actor("x", "ほか", Role.WARD, "12")) == []
    assert seen_by(Actor("x", "県", Role.PREFECTURE, "P1")) == []


def test_of_many_the_newest_are_told(browser: TestClient, run: Callable[..., str], ours: Settings) -> None:
    """Tokens of an exercise alone would make the list longer than any page."""
    older, _ = credentials(run)
    newer, _ = credentials(run)
    _, token = emergency_beside(run)
    told = asked(browser, token, "{ accesses(first: 2) { name } }").json()["data"]["accesses"]
    assert [one["name"] for one in told][1:] == [newer]
    assert older not in str(told)
    refused = asked(browser, token, "{ accesses(first: 501) { name } }").json()
    assert refused["errors"]


def emergency_beside(run: Callable[..., str]) -> tuple[str, str]:
    """(its name, what is to be pasted) of one beside others."""
    token = run("access", "emergency", OFFICE, "--person", "a.sato", "--reason", "認証サービスの停止").strip()
    *_, last = [json.loads(line)["access"] for line in run("access", "list", "--json").splitlines()]
    return last, token


def test_the_page_of_offices_tells_it(browser: TestClient, run: Callable[..., str]) -> None:
    name, token = emergency(run)
    paste(browser, token)
    page = browser.get("/offices").text
    for words in (name, "認証サービスの停止", "認証サービスによらない利用許可", "有効"):
        assert words in page


def test_the_alarm_counts_those_that_count(
    browser: TestClient, run: Callable[..., str], clock: Clock
) -> None:
    state = browser.app.state  # type: ignore[attr-defined]
    told = WhereItStands(state)._let_in
    assert told() == 0
    name, _ = emergency(run, "1")
    credentials(run)
    assert told() == 1
    clock.ahead = 3_601
    assert told() == 0
    clock.ahead = 0
    run("access", "close", name, "--reason", "復旧")
    assert told() == 0


def test_a_token_of_the_command_line_stands_in_the_log_and_can_be_ended(
    ask: Ask, run: Callable[..., str], client: TestClient
) -> None:
    token = run(
        "token", "--person", "a.sato", "--office", "十一区", "--role", "ward", "--jurisdiction", "11"
    ).strip()
    assert asked(client, token).json()["data"]["me"]["person"] == "a.sato"
    (one,) = [json.loads(line) for line in run("access", "list", "--json").splitlines()]
    assert (one["kind"], one["office"], one["area"]) == ("token", "十一区", "11")
    run("access", "close", one["access"], "--reason", "退職")
    assert asked(client, token).status_code == 401


@pytest.mark.begins(None)
@pytest.mark.parametrize("field", ["--person", "--office", "--jurisdiction"])
def test_a_token_that_could_not_count_is_not_recorded(
    run: Callable[..., str], client: TestClient, service: Reporting, field: str
) -> None:
    before = service.ledger.position()
    for text in ("", "x" * 201):
        assert field in run("token", field, text, code=1)
    assert service.ledger.position() == before


@pytest.mark.begins(None)
def test_without_a_provider_there_is_no_emergency(
    run: Callable[..., str], database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    Offices(service).register(uuid4(), OFFICE, LABEL, Role.WARD, "11", SYSTEM)
    for name in ("ISSUER", "CLIENT_ID", "REDIRECT_URI"):
        monkeypatch.delenv(f"REPORTING_OIDC_{name}")
    before = service.ledger.position()
    told = run("access", "emergency", OFFICE, "--person", "a.sato", "--reason", "x", code=1)
    assert "reporting token" in told
    assert service.ledger.position() == before


def credentials(run: Callable[..., str], *operations: str) -> tuple[str, str]:
    chosen = [word for operation in operations for word in ("--operation", operation)]
    told = run("access", "account", OFFICE, "--system", "開票集計システム", *chosen, "--reason", "連携")
    name, secret = (line.partition("=")[2] for line in told.split())
    return name, secret


def granted(browser: TestClient, name: str, secret: str, **more: Any) -> Any:
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret, **more}
    return browser.post("/token", data=form)


def test_a_system_logs_in_and_does_what_its_account_was_opened_for(
    browser: TestClient, run: Callable[..., str]
) -> None:
    name, secret = credentials(run, "save_draft", "read_unreleased")
    answer = granted(browser, name, secret)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
    done = asked(browser, told["access_token"], SAVE, input=drafted()).json()["data"]["saveDraft"]
    assert done["__typename"] == "DraftSaved", done
    other = "mutation($input: SubmitInput!) { submitReturn(input: $input) { __typename ... on Refusal { code messageEn } } }"
    draft = {key: value for key, value in drafted().items() if key != "cells"}
    refused = asked(browser, told["access_token"], other, input=draft).json()["data"]["submitReturn"]
    assert refused["code"] == "not_authorised", refused
    assert "who opened this account" in refused["messageEn"]


def test_both_ways_to_send_its_name_and_secret(browser: TestClient, run: Callable[..., str]) -> None:
    name, secret = credentials(run)
    header = base64.b64encode(f"{name}:{secret}".encode()).decode()
    answer = browser.post(
        "/token", data={"grant_type": "client_credentials"}, headers={"authorization": f"Basic {header}"}
    )
    assert answer.status_code == 200
    assert asked(browser, answer.json()["access_token"]).json()["data"]["me"]["person"] == "開票集計システム"


@pytest.mark.parametrize("how", ["closed", "over"])
def test_its_token_ends_with_the_account(
    browser: TestClient, run: Callable[..., str], clock: Clock, how: str
) -> None:
    name, secret = credentials(run)
    token = granted(browser, name, secret).json()["access_token"]
    assert asked(browser, token).status_code == 200
    if how == "closed":
        run("access", "close", name, "--reason", "契約の終了")
    else:
        clock.ahead = timedelta(days=366).total_seconds()
    assert asked(browser, token).status_code == 401
    assert granted(browser, name, secret).status_code == 401


def test_what_is_no_account_gets_no_token(
    browser: TestClient, run: Callable[..., str], ours: Settings
) -> None:
    name, secret = credentials(run)
    assert [json.loads(line)["access"] for line in run("access", "list", "--json").splitlines()] == [name]
    for wrong in ((name, ""), (name, "x"), ("", ""), ("s-none", secret), ("\u202e", secret)):
        answer = granted(browser, *wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"]
        assert "シークレット" in answer.json()["messageJa"]
    with capture_logs() as told:
        assert granted(browser, "x" * 300_000, secret).status_code == 401
    assert [len(line["account"]) for line in told if line["event"] == "account_refused"] == [64]
    answer = granted(browser, name, secret, grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    for header in ("Basic !", "Basic /w==", "Basic", "Bearer x"):
        answer = browser.post(
            "/token", data={"grant_type": "client_credentials"}, headers={"authorization": header}
        )
        assert answer.status_code == 401
    nobody = Actor("x", LABEL, Role.WARD, "11")
    forged = issue_token(load_key(ours.token_key), nobody, now=int(time.time()), issuer=ACCOUNT_ISSUER)
    assert asked(browser, forged).status_code == 401
