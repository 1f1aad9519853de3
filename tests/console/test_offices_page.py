"""Offices and people: everybody their own rights, an office its own people, who registers begins and ends memberships."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import night
import pytest
from forms import TOKEN, form_after, log_in
from kept import Kept
from site_under_test import signed_out
from starlette.testclient import TestClient
from tiny import AUDITOR, SYSTEM

from api.console.render import JAPAN
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role

REGISTRAR = Actor("登録係", "総務省選挙課", Role.MINISTRY, "*")
PEOPLE = (REGISTRAR, night.TOWN, night.WARD, night.PREFECTURE, AUDITOR)
TOWN = "/offices/town"
TODAY = date.today()


def registered(service: Reporting) -> None:
    night.define(service)
    offices = Offices(service)
    offices.register(uuid4(), "town", "町選挙管理委員会", Role.MUNICIPALITY, "20", SYSTEM)
    offices.register(uuid4(), "central", "中央区選挙管理委員会", Role.WARD, "11", SYSTEM)
    offices.grant(uuid4(), "town", "kobayashi", date(2024, 4, 1), None, SYSTEM)
    offices.grant(uuid4(), "town", "former", date(2020, 4, 1), date(2024, 4, 1), SYSTEM)


pytestmark = pytest.mark.begins.with_args(registered)


@pytest.fixture
def client(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, kept: Kept
) -> Iterator[TestClient]:
    with signed_out(request, database, tmp_path, kept, PEOPLE) as made:
        yield made


def members(service: Reporting) -> dict[str, date | None]:
    return {one.subject: one.valid_to for one in Offices(service).memberships()["town"]}


def granting(client: TestClient, **typed: str) -> dict[str, str]:
    """The form that confirms, after these fields were typed and looked at."""
    form = form_after(client.get(TOWN).text, 'id="grant"') | typed
    shown = client.post(TOWN, data=form).text
    return form_after(shown, 'id="confirm"') | {"deed": "grant"}


def ending(client: TestClient, person: str, until: str) -> dict[str, str]:
    page = client.get(TOWN).text
    form = form_after(page[page.index(f'<th scope="row">{person}') :], 'class="inline ending"')
    shown = client.post(TOWN, data=form | {"until": until, "deed": "edit"}).text
    return form_after(shown, 'id="confirm-ending"') | {"deed": "end"}


def registering(client: TestClient, **typed: str) -> dict[str, str]:
    form = form_after(client.get("/offices").text, 'id="register"') | typed
    shown = client.post("/offices", data=form).text
    return form_after(shown, 'id="confirm"') | {"deed": "register"}


@pytest.mark.unchanged
def test_ones_own_rights_stand_on_the_page(client: TestClient) -> None:
    log_in(client, night.TOWN.person)
    page = client.get("/offices").text
    assert "小林 · 町選管 · 市区町村 · 受け持ち 20" in page
    rights = page.split("この権限でできること")[1].split("</table>")[0]
    assert "差し戻し" in rights
    assert "委員会と人の登録" not in rights
    assert 'id="register"' not in page


@pytest.mark.unchanged
def test_an_office_sees_its_own_people_and_nobody_elses(client: TestClient) -> None:
    log_in(client, night.TOWN.person)
    page = client.get(TOWN).text
    for told in ("kobayashi", "2024-04-01", "期限なし", SYSTEM.person, "終わった"):
        assert told in page
    log_in(client, night.WARD.person)
    page = client.get(TOWN).text
    assert "kobayashi" not in page
    assert "非公表" in client.get("/offices").text
    log_in(client, night.PREFECTURE.person)
    assert "kobayashi" not in client.get(TOWN).text
    log_in(client, AUDITOR.person)
    assert "kobayashi" in client.get(TOWN).text


def test_somebody_begins_and_ends(client: TestClient, service: Reporting) -> None:
    log_in(client, REGISTRAR.person)
    form = granting(client, subject="ogawa", **{"from": TODAY.isoformat()})
    first, again = client.post(TOWN, data=form), client.post(TOWN, data=form)
    assert (first.status_code, again.headers["location"]) == (303, first.headers["location"])
    page = client.get(first.headers["location"]).text
    assert "総務省選挙課 登録係" in page
    later = (TODAY + timedelta(days=30)).isoformat()
    assert client.post(TOWN, data=ending(client, "ogawa", later)).status_code == 303
    assert members(service) == {
        "former": date(2024, 4, 1),
        "kobayashi": None,
        "ogawa": date.fromisoformat(later),
    }
    changed = client.post(TOWN, data=ending(client, "ogawa", later) | {"person": "kobayashi"})
    assert changed.status_code == 409, "another person than the form was shown for"
    assert members(service)["kobayashi"] is None


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "  "},
        {"subject": "x" * 300},
        {"from": ""},
        {"from": "2024-13-01"},
        {"until": "2020-01-01"},
        {"subject": "kobayashi"},
    ],
)
def test_what_is_wrong_is_told_and_stays(
    client: TestClient, service: Reporting, wrong: dict[str, str]
) -> None:
    log_in(client, REGISTRAR.person)
    form = granting(client, **{"subject": "ogawa", "from": "2025-04-01"} | wrong)
    answer = client.post(TOWN, data=form, headers={"accept": "text/html"})
    assert answer.status_code in (400, 409, 200)
    assert 'role="alert"' in answer.text
    assert set(members(service)) == {"former", "kobayashi"}


def test_ending_makes_nothing_longer(client: TestClient, service: Reporting) -> None:
    log_in(client, REGISTRAR.person)
    soon, later = ((TODAY + timedelta(days=days)).isoformat() for days in (30, 60))
    form, again = ending(client, "kobayashi", soon), ending(client, "kobayashi", later)
    assert client.post(TOWN, data=form).status_code == 303
    answer = client.post(TOWN, data=again)
    assert answer.status_code == 409
    assert soon in answer.text
    assert members(service)["kobayashi"] == date.fromisoformat(soon)


def test_ending_is_looked_at_first(client: TestClient, service: Reporting) -> None:
    """A press beside a name ends nothing: who it is, from when on, and who is left stand there before it is done."""
    log_in(client, REGISTRAR.person)
    form = form_after(client.get(TOWN).text, 'class="inline ending"')
    day = (TODAY + timedelta(days=30)).isoformat()
    assert client.post(TOWN, data=form | {"until": day, "deed": "end"}).status_code == 409
    shown = client.post(TOWN, data=form | {"until": day, "deed": "edit"}).text
    assert members(service)["kobayashi"] is None
    look = shown.split('id="confirm-ending"')[1].split("</form>")[0]
    for told in ("kobayashi", day, "だれもいなくなります", "取り消せません"):
        assert told in look
    confirmed = form_after(shown, 'id="confirm-ending"') | {"deed": "end"}
    other = client.post(TOWN, data=confirmed | {"until": TODAY.isoformat()})
    assert (other.status_code, "NOT_AS_SHOWN" in other.text) == (409, True), "another day than was shown"
    assert client.post(TOWN, data=confirmed).status_code == 303
    assert members(service)["kobayashi"] == date.fromisoformat(day)
    past = form_after(client.get(TOWN).text, 'class="inline ending"')
    assert "日前の日です" in client.post(TOWN, data=past | {"until": "2024-05-01", "deed": "edit"}).text


def test_an_office_is_registered_and_found(client: TestClient) -> None:
    log_in(client, REGISTRAR.person)
    typed = {"office": "harbour", "label": "港町選挙管理委員会", "role": "municipality", "jurisdiction": "31"}
    form = registering(client, **typed)
    assert "NOT_AS_SHOWN" in client.post("/offices", data=form | {"jurisdiction": "*"}).text
    assert client.post("/offices", data=form).headers["location"].startswith("/offices/harbour?")
    assert "港町選挙管理委員会" in client.get("/offices?q=港町").text
    for wrong in (
        {"role": "system"},
        {"office": "no code!"},
        {"label": "　"},
        {"office": "dock", "jurisdiction": "3l"},
    ):
        answer = client.post("/offices", data=registering(client, **typed | wrong))
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    again = client.post(
        "/offices", data=form_after(client.get("/offices").text, 'id="register"') | typed
    ).text
    assert "上書きされます" in again
    assert "登録されていません" in client.get("/offices/nowhere").text


@pytest.mark.unchanged
def test_who_may_not_register_does_not(client: TestClient, service: Reporting) -> None:
    log_in(client, night.TOWN.person)
    page = client.get(TOWN).text
    assert 'id="grant"' not in page
    token = TOKEN.search(page)
    assert token
    form = {"token": token[1], "deed": "grant", "subject": "friend", "from": "2025-04-01"}
    answer = client.post(TOWN, data=form | {"command": str(uuid4())})
    assert answer.status_code == 409
    assert "NOT_AS_SHOWN" in answer.text, "nobody showed them a form to confirm"
    assert "friend" not in members(service)


HAND_OVER = f"{TOWN}/hand-over"
IN_APRIL = f"{TODAY.year + 1}-04-01"


def handing_over(client: TestClient, **typed: str) -> dict[str, str]:
    """What was typed, looked at: the form that confirms."""
    form = form_after(client.get(HAND_OVER).text, 'id="typing"') | {"day": IN_APRIL} | typed
    for name in [name for name in form if name.startswith("leaves:") and name not in typed]:
        del form[name]
    return form_after(client.post(HAND_OVER, data=form).text, 'id="confirm"') | {"deed": "hand_over"}


def test_april_is_one_deed_looked_at_before(client: TestClient, service: Reporting) -> None:
    log_in(client, REGISTRAR.person)
    typed = {"leaves:kobayashi": "yes", "coming": "ogawa\r\n  ogawa \n<b>mori</b>\n"}
    form = handing_over(client, **typed)
    page = client.post(HAND_OVER, data=form_after(client.get(HAND_OVER).text, 'id="typing"') | typed).text
    assert "トークン" in page
    assert "&lt;b&gt;mori" in page
    assert "NOT_AS_SHOWN" in client.post(HAND_OVER, data=form | {"leaves:ghost": "yes"}).text
    assert "NOT_AS_SHOWN" in client.post(HAND_OVER, data=form | {"day": TODAY.isoformat()}).text
    assert set(members(service)) == {"former", "kobayashi"}
    first, again = client.post(HAND_OVER, data=form), client.post(HAND_OVER, data=form)
    assert first.headers["location"] == again.headers["location"]
    assert first.headers["location"].startswith(f"{TOWN}?done=")
    assert members(service)["kobayashi"] == date.fromisoformat(IN_APRIL)
    assert {"ogawa", "<b>mori</b>"} <= set(members(service))
    empty = client.post(HAND_OVER, data=handing_over(client))
    assert 'role="alert"' in empty.text
    assert "「離れる人」の値" in empty.text
    unknown = client.post(HAND_OVER, data=handing_over(client, **{"leaves:former": "yes"}))
    assert 'role="alert"' in unknown.text, "who left long ago does not leave"


def test_a_day_that_is_over_is_pointed_out_before_it_is_recorded(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, REGISTRAR.person)
    for at, mark, fields in (
        (HAND_OVER, 'id="typing"', {"day": "", "coming": "ogawa"}),
        (TOWN, 'id="grant"', {"from": "", "subject": "ogawa"}),
    ):
        day = next(iter(fields))
        for days, told in ((3660, True), (0, False), (-30, False)):
            typed = fields | {day: (datetime.now(JAPAN).date() - timedelta(days=days)).isoformat()}
            page = client.post(at, data=form_after(client.get(at).text, mark) | typed).text
            assert 'id="confirm"' in page
            assert (f"{days} 日前の日です" in page) is told
    assert 'min="2024-04-01"' in client.get(TOWN).text, "nobody's time ends before it began"
    assert set(members(service)) == {"former", "kobayashi"}


@pytest.mark.unchanged
def test_who_registers_nobody_hands_nothing_over(client: TestClient, service: Reporting) -> None:
    for person in (night.TOWN, AUDITOR):
        log_in(client, person.person)
        page = client.get(HAND_OVER).text
        assert 'id="typing"' not in page
        token = TOKEN.search(page)
        assert token
        form = {"token": token[1], "deed": "hand_over", "day": IN_APRIL, "coming": "friend"}
        assert client.post(HAND_OVER, data=form | {"command": str(uuid4())}).status_code == 409
    assert "friend" not in members(service)
    assert "登録されていません" in client.get("/offices/nowhere/hand-over").text


def test_a_deputy_is_recorded_for_whom_and_until_when(client: TestClient, service: Reporting) -> None:
    log_in(client, REGISTRAR.person)
    days = {"from": TODAY.isoformat(), "until": (TODAY + timedelta(days=9)).isoformat()}
    form = granting(client, subject="ogawa", stead="kobayashi", **days)
    assert (
        "kobayashi の代理"
        in client.post(
            TOWN,
            data=form_after(client.get(TOWN).text, 'id="grant"')
            | {"subject": "ogawa", "stead": "kobayashi", **days},
        ).text
    )
    assert client.post(TOWN, data=form).status_code == 303
    assert "kobayashi の代理" in client.get(TOWN).text
    assert {one.subject: one.deputy_for for one in Offices(service).memberships()["town"]}[
        "ogawa"
    ] == "kobayashi"
    endless = granting(client, subject="mori", stead="kobayashi", **{"from": TODAY.isoformat()})
    assert 'role="alert"' in client.post(TOWN, data=endless).text
    assert "mori" not in members(service)
    log_in(client, night.WARD.person)
    assert "の代理" not in client.get(TOWN).text, "who stands in for whom is the office's own"
