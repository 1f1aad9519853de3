"""A ballot is found after certification: the office says so beside the figure, and everybody reads it with the figure and in notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import night
import pytest
from forms import form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient
from tiny import AUDITOR

from api.app import create_app
from projections.runner import Projector
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.desk_commands import Annotate, TakeBackRemark
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.domain.workflow_events import RemarkPublished
from reporting.errors import InvalidInput, NotAuthorised
from reporting.publication.release import Publication

PAGE, WORDS = "/remark/tiny/final/final/11", "11月3日、投票箱から1票が見つかったが、確定した票数は変えない。"
WHY = "<b>隣の区の話でした"
VALID = "pr|valid_votes||"
SEEN_BY_ALL = ("/results/tiny", "/notice/tiny/final/final/1", "/results/tiny/pr/final/final/administrative/11", "/results/tiny/pr/final/final/administrative/10")  # fmt: skip


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return night.certified(service)


@pytest.fixture
def client(desk: Desk, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    Projector(database).catch_up()
    people = (night.WARD, night.CITY)
    settings = settings_for(database.url, tmp_path, practice=people, publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as serving:
        yield serving


def test_everybody_reads_it_once_the_slot_is_released(
    client: TestClient, desk: Desk, service: Reporting, database: Database
) -> None:
    projector = Projector(database)
    log_in(client, night.WARD.person)
    assert f'href="{PAGE}"' in client.get("/history/tiny/final/final/11").text
    form = form_after(client.get(PAGE).text, 'id="remark"')
    ticked = {name: text for name, text in form.items() if not name.startswith("about:") and name != "public"}
    typed = {"note-class": "ballot_found", "note": WORDS, f"about:{VALID}": "1", "public": "1"}
    answer = client.post(PAGE, data=ticked | typed)
    assert answer.status_code == 303, answer.text
    projector.catch_up()
    client.cookies.clear()
    for page in SEEN_BY_ALL[:1]:
        assert WORDS not in client.get(page).text, "nothing of the slot is public yet"

    Publication(service, desk).tick("tiny", datetime.fromisoformat(night.ELEVEN))
    projector.catch_up()
    for page in SEEN_BY_ALL:
        shown = client.get(page).text
        assert WORDS in shown, page
        assert "後に見つかった投票用紙" in shown, page
    nation = client.get("/results/tiny/pr/final/final/administrative/JP").text
    assert WORDS not in nation
    assert "ほかの区域の注記 1" in nation
    feed = client.get("/notices.atom?election=tiny").text
    assert WORDS in feed
    assert 'term="remark"' in feed
    assert verify(database).differences == []

    log_in(client, night.WARD.person)
    form = form_after(client.get(PAGE).text, 'class="taking-back"') | {"deed": "take_back", "reason": WHY}
    assert client.post(PAGE, data=form | {"remark": "1"}).status_code != 303, "another than was shown"
    form = form_after(client.get(PAGE).text, 'class="taking-back"') | {"deed": "take_back", "reason": WHY}
    assert client.post(PAGE, data=form).status_code == 303
    projector.catch_up()
    assert 'class="taking-back"' not in client.get(PAGE).text
    history = client.get("/history/tiny/final/final/11").text
    assert WORDS in history
    assert "公表した注記の取り消し" in history
    client.cookies.clear()
    for page in (*SEEN_BY_ALL, "/notices.atom?election=tiny", f"/proof/{form['remark']}"):
        shown = client.get(page).text
        assert WORDS not in shown, page
        assert ("&lt;b&gt;隣の区の話" in shown) == ("/proof" not in page), page
    assert 'term="remark_taken_back"' in client.get("/notices.atom?election=tiny").text
    assert verify(database).differences == []


def test_a_remark_among_offices_stays_among_them(client: TestClient, desk: Desk, service: Reporting) -> None:
    desk.annotate(Annotate(**night.of("11"), note_class="remark", note="内部の注記"), night.WARD)
    Publication(service, desk).tick("tiny", datetime.fromisoformat(night.ELEVEN))
    assert [row for row in service.ledger.read(0, 1_000) if isinstance(row.event, RemarkPublished)] == []


def test_only_beside_a_figure_that_is_certified(desk: Desk) -> None:
    """Before that the figure itself is put right; and a cell that the return does not hold shows no remark."""
    night.submit(desk, "12", night.OTHER_WARD)
    asked = {"note_class": "remark", "note": "x", "public": True}
    with pytest.raises(NotAuthorised):
        desk.annotate(Annotate(**night.of("12"), **asked), night.OTHER_WARD)
    with pytest.raises(InvalidInput, match="nothing"):
        desk.annotate(Annotate(**night.of("11"), **asked, cells=("pr|nothing||",)), night.WARD)
    one = Annotate(**{**night.of("11"), "command_id": uuid4()}, **asked)
    assert desk.annotate(one, night.WARD).position == desk.annotate(one, night.WARD).position


def test_it_is_taken_back_once_and_by_whose_it_is(desk: Desk) -> None:
    asked = Annotate(**night.of("11"), note_class="remark", note="x", public=True)
    position = desk.annotate(asked, night.PREFECTURE).position
    inner = desk.annotate(Annotate(**night.of("11"), note_class="remark", note="y"), night.WARD).position

    def back(actor: Actor, remark: int = position, unit: str = "11", **more: str) -> int:
        given = {**night.of(unit), "remark": remark, "reason": "誤り", **more}
        return desk.take_back_remark(TakeBackRemark(**given), actor).position

    for stranger in (night.OTHER_WARD, night.WARD, AUDITOR):  # the ward's return, and not its remark
        with pytest.raises(NotAuthorised):
            back(stranger)
    for nothing in (inner, position - 1, position + 1_000):
        with pytest.raises(InvalidInput):
            back(night.PREFECTURE, nothing)
    with pytest.raises((InvalidInput, NotAuthorised)):
        back(night.PREFECTURE, unit="12")
    back(night.PREFECTURE)
    with pytest.raises(InvalidInput):
        back(night.PREFECTURE)
    again = desk.annotate(
        Annotate(**{**night.of("11")}, note_class="remark", note="z", public=True), night.WARD
    )
    back(night.NATION, again.position)


def test_where_the_views_are_late_the_page_is_shown_and_says_so(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.WARD.person)
    late = client.get(f"{PAGE}?done={service.ledger.position() + 1}")
    assert late.status_code == 200
    assert "NOT_YET_PROJECTED" in late.text
    assert 'id="remark"' in late.text
