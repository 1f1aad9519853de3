"""按分 on its page: every step from the API, exact; the votes land in the draft, the division in the submission."""

from __future__ import annotations

import html
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import night
import pytest
from forms import form_after, log_in
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from starlette.testclient import TestClient

from api.console.divisions import Common, TypedDivision, digits, taken, told
from api.console.pages.division.page import typed
from reporting.application.service import Reporting
from reporting.domain.workflow_events import ReturnSubmitted
from reporting.ledger import return_stream

PLACE = "/division/tiny/flash/2300/11/pr"
FIELDS = {"own:a": "１，２００", "own:b": "34", "of:1:a": "on", "of:1:b": "on", "ballots:1": "165"}


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


def test_each_step_is_shown_exactly(ward: TestClient) -> None:
    """165 × 1,200 ÷ 1,234 = 99,000/617, cut off 160.453; 165 × 34 ÷ 1,234 = 2,805/617, cut off 4.546; 0.001 is left."""
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    for text in ("99000/617", "160.453", "2805/617", "4.546", "165 × 1,200 ÷ 1,234", "切り捨てた票 0.001"):
        assert text in page
    assert 'value="1360.453"' in page
    assert 'value="38.546"' in page


def test_it_lands_in_the_draft_and_goes_with_the_submission(ward: TestClient, service: Reporting) -> None:
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    sent = ward.post(PLACE, data=form_after(page, "4. 報告に入れる"))
    assert sent.status_code == 303
    onward = sent.headers["location"]
    assert taken(parse_qs(urlsplit(onward).query)["division"][0])
    review = ward.get(onward).text
    assert "添える按分の内訳" in review
    assert "共通する投票 165" in review
    assert "1360.453" in review
    done = ward.post(
        "/entry/tiny/flash/2300/11", data=form_after(review, "提出する内容") | {"deed": "submit"}
    )
    assert done.status_code == 303, done.text
    stored = [record.event for record in service.ledger.stream(return_stream("tiny", "flash", "2300", "11"))]
    divisions = [
        event.divisions for event in stored if isinstance(event, ReturnSubmitted) and event.divisions
    ]
    assert divisions
    assert divisions[-1]["pr"].own == {"a": 1200, "b": 34}
    assert divisions[-1]["pr"].common[0].ballots == 165


def test_what_is_sent_with_a_return_is_what_its_page_showed(ward: TestClient) -> None:
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    review = ward.get(ward.post(PLACE, data=form_after(page, "4. 報告に入れる")).headers["location"]).text
    fields = form_after(review, "提出する内容")
    assert "1200" in fields["division"]
    forged = {**fields, "division": fields["division"].replace("1200", "1100")}
    assert ward.post("/entry/tiny/flash/2300/11", data=forged).status_code == 409


@pytest.mark.parametrize(
    ("changed", "field", "why"),
    [
        ({"ballots:1": "一"}, "ballots:1", "整数"),
        ({"of:1:b": ""}, "ballots:1", "二人"),
        ({"own:b": ""}, "own:b", "固有の得票"),
        ({"own:b": "-1"}, "own:b", "整数"),
        ({"own:b": "9" * 13}, "own:b", "整数"),
        ({"exact": "yes"}, "reason", "理由"),
    ],
)
def test_what_cannot_be_divided_is_said_at_its_field_and_stays(
    ward: TestClient, changed: dict[str, str], field: str, why: str
) -> None:
    fields = {name: text for name, text in (FIELDS | changed).items() if text}
    answer = ward.get(f"{PLACE}?{urlencode(fields)}")
    assert answer.status_code == 200
    assert f'id="why:{field}"' in answer.text
    assert why in answer.text.split(f'id="why:{field}"', 1)[1].split("</small>", 1)[0]
    assert "計算</h2>" not in answer.text.split("</form>", 3)[-1]
    for name, text in fields.items():
        if not name.startswith("of:"):
            assert html.escape(text) in answer.text


def test_what_lands_is_what_was_shown(ward: TestClient, service: Reporting) -> None:
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    fields = form_after(page, "4. 報告に入れる")
    forged = {**fields, "cell:pr|votes||a": "1361.453"}
    assert ward.post(PLACE, data=forged).status_code == 409
    assert service.ledger.stream_version(return_stream("tiny", "flash", "2300", "11")) == 0
    assert ward.post(PLACE, data=fields).status_code == 303


def test_kept_fractions_do_not_fit_the_form(ward: TestClient) -> None:
    page = ward.get(f"{PLACE}?{urlencode({**FIELDS, 'exact': 'yes', 'reason': '僅差'})}").text
    assert "839400/617" in page
    assert "端数のある票は様式に入りません" in page
    assert "途中保存に入れて" not in page


def test_nobody_else_divides_for_a_ward(client: TestClient) -> None:
    assert client.get(PLACE).status_code == 303
    log_in(client, night.TOWN.person)
    page = client.get(f"{PLACE}?{urlencode(FIELDS)}").text
    if "4. 報告に入れる" in page:
        assert client.post(PLACE, data=form_after(page, "4. 報告に入れる")).status_code >= 400


@given(
    own=st.dictionaries(st.sampled_from("abc"), st.integers(0, 10**12 - 1), min_size=2),
    ballots=st.integers(0, 10**12 - 1),
    exact=st.booleans(),
    reason=st.text(max_size=20),
)
def test_a_division_survives_its_address(own: dict[str, int], ballots: int, exact: bool, reason: str) -> None:
    division = TypedDivision(own, {1: Common(tuple(own), ballots)}, exact, reason)
    read = taken(told(division, "pr"))
    assert read is not None
    assert {each["choice"]: each["votes"] for each in read["own"]} == own
    assert (read["common"][0]["ballots"], read["exact"], read["reason"]) == (ballots, exact, reason)
    query = {f"own:{choice}": str(votes) for choice, votes in own.items()}
    query |= {f"of:1:{choice}": "on" for choice in own} | {"ballots:1": str(ballots)}
    assert (typed(query).own, typed(query).common) == (own, {1: Common(tuple(own), ballots)})


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"own":1}', '{"contest":"pr","own":[{}]}'])
def test_what_is_no_division_is_none(text: str) -> None:
    assert taken(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("１，２３４", 1234),
        (" 12 ", 12),
        ("1.5", None),
        ("-1", None),
        ("", None),
        ("²", None),
        ("٣", None),
        ("1234①", None),
        ("1,2,3", None),
    ],
)
def test_numbers_as_people_type_them(text: str, number: int | None) -> None:
    assert digits(text) == number


def test_by_keyboard_and_for_everybody(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.WARD)
    page.goto(site.at("/entry/tiny/flash/2300/11"))
    page.get_by_role("link", name="比例代表").focus()
    page.keyboard.press("Enter")
    page.get_by_label("甲党 の固有の得票").fill("10")
    page.get_by_label("乙党 の固有の得票").fill("5")
    group = page.get_by_role("group", name="組 1")
    for name in ("甲党", "乙党"):
        group.get_by_label(name).focus()
        page.keyboard.press("Space")
    group.get_by_label("投票の数").fill("4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="計算")).to_contain_text("2.666")
    assert complaints(page) == []
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="3. Reckoning")).to_be_visible()
    assert complaints(page) == []
    page.get_by_role("button", name="Into the draft").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Division that goes with it")).to_be_visible()
    assert complaints(page) == []
