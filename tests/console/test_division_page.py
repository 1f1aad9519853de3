"""按分 on its page: every step from the API, exact; the votes land in the draft, the division in the submission."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

import night
import pytest
import tiny
from forms import form_after, log_in
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from starlette.testclient import TestClient

from api.console.divisions import Common, TypedDivision, as_input, digits, kept_fields
from api.console.pages.division.page import typed
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.workflow_events import CommonBallots, Divided, ReturnSubmitted
from reporting.ledger import return_stream

PLACE = "/division/tiny/flash/2300/11/pr"
FIELDS = {"own:a": "１，２００", "own:b": "34", "of:1:a": "on", "of:1:b": "on", "ballots:1": "165"}


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


@pytest.mark.unchanged
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
    review = ward.get(sent.headers["location"]).text
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
    assert Desk(service).returns.draft("tiny", "flash", "2300", "11").divisions == {}, (
        "the draft is empty again"
    )


def test_a_kept_division_is_there_again_and_its_page_filled(ward: TestClient) -> None:
    """Whoever closes the browser between dividing and sending finds both votes and division."""
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    ward.post(PLACE, data=form_after(page, "4. 報告に入れる"))
    review = ward.get("/entry/tiny/flash/2300/11?review=1").text
    assert "共通する投票 165" in review
    assert PLACE in review
    fields = form_after(ward.get(PLACE).text, '<form method="get"')
    assert (fields["own:a"], fields["ballots:1"]) == ("1200", "165")


def test_a_drafts_division_stands_in_the_history(ward: TestClient) -> None:
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    assert ward.post(PLACE, data=form_after(page, "4. 報告に入れる")).status_code == 303
    history = ward.get("/history/tiny/flash/2300/11").text
    assert re.search(r"<p>按分: [^<]*・[^<]* [0-9,]+ 票", history)


def test_who_is_named_is_of_the_contest_that_was_divided(
    ward: TestClient, service: Reporting, database: Database
) -> None:
    """Of two contests with the same codes the second told both divisions by its names."""
    given = night.election().model_dump(mode="json")
    others = [{**choice, "name": f"別の{choice['name']}"} for choice in given["contests"][0]["choices"]]
    given["contests"].append({**given["contests"][0], "code": "q1", "choices": others})
    changed = night.election(contests=given["contests"])
    service.define_election(changed, tiny.SYSTEM, uuid4(), reason="選挙区を加える")
    Projector(database).catch_up()
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    assert ward.post(PLACE, data=form_after(page, "4. 報告に入れる")).status_code == 303
    review = ward.get("/entry/tiny/flash/2300/11?review=1").text
    assert '<span class="part">甲党</span>' in review
    assert "按分: 甲党・乙党 165" in ward.get("/history/tiny/flash/2300/11").text


def test_a_colleagues_division_is_not_sent_unseen(ward: TestClient, service: Reporting) -> None:
    """Divided anew by somebody else after the review was shown: it is shown again before anything goes out."""
    page = ward.get(f"{PLACE}?{urlencode(FIELDS)}").text
    ward.post(PLACE, data=form_after(page, "4. 報告に入れる"))
    form = form_after(ward.get("/entry/tiny/flash/2300/11?review=1").text, "提出する内容") | {
        "deed": "submit"
    }
    other = Divided(own={"a": 1200, "b": 34}, common=(CommonBallots(choices=("a", "b"), ballots=166),))
    Desk(service).save_draft(
        SaveDraft(**night.of("11", "flash", "2300"), divisions={"pr": other}, draft_version=1), night.WARD_2
    )
    answer = ward.post("/entry/tiny/flash/2300/11", data=form)
    assert answer.status_code == 409
    assert "共通する投票 166" in answer.text
    assert "比例代表 の按分" in answer.text
    assert night.WARD_2.person in answer.text


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
@pytest.mark.unchanged
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


@pytest.mark.unchanged
def test_kept_fractions_do_not_fit_the_form(ward: TestClient) -> None:
    page = ward.get(f"{PLACE}?{urlencode({**FIELDS, 'exact': 'yes', 'reason': '僅差'})}").text
    assert "839400/617" in page
    assert "端数のある票は様式に入りません" in page
    assert "途中保存に入れて" not in page


@pytest.mark.unchanged
def test_nobody_else_divides_for_a_ward(client: TestClient) -> None:
    assert client.get(PLACE).status_code == 303
    log_in(client, night.TOWN.person)
    page = client.get(f"{PLACE}?{urlencode(FIELDS)}").text
    if "4. 報告に入れる" in page:
        assert client.post(PLACE, data=form_after(page, "4. 報告に入れる")).status_code >= 400


@given(
    own=st.dictionaries(st.sampled_from("abc"), st.integers(0, 10**12 - 1), min_size=2),
    ballots=st.integers(0, 10**12 - 1),
)
def test_a_division_survives_the_draft(own: dict[str, int], ballots: int) -> None:
    """From fields to the API, and from what the draft keeps back into the fields."""
    division = TypedDivision(own, {1: Common(tuple(own), ballots)}, exact=False, reason="")
    kept = as_input(division, "pr")
    again = typed(kept_fields(kept))
    assert (again.own, again.common) == (own, {1: Common(tuple(own), ballots)})
    assert as_input(again, "pr") == kept


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
