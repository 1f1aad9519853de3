"""The definition exchanges two candidates' names while somebody types: no figure lands at the other's name."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

import night
import pytest
import tiny
from forms import fields, form_after, log_in
from kept_in_browser import keys, kinds
from playwright.sync_api import Page, expect
from site_under_test import Site
from standing import stands
from starlette.testclient import TestClient
from waiting import until

from projections.runner import Projector
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.returns import FiguresRefused

PAGE = "/entry/tiny/flash/2300/11"
A, B = "cell:pr|votes||a", "cell:pr|votes||b"


def exchange(service: Reporting, database: Database) -> None:
    contests = night.election().model_dump(mode="json")["contests"]
    first, second, *_ = contests[0]["choices"]
    first["name"], second["name"] = second["name"], first["name"]
    service.define_election(night.election(contests=contests), tiny.SYSTEM, uuid4(), reason="名簿の訂正")
    Projector(database).catch_up()


def entry(client: TestClient) -> dict[str, str]:
    return form_after(client.get(PAGE).text, 'id="entry"')


def review(client: TestClient) -> dict[str, str]:
    form = form_after(client.get(f"{PAGE}?review=1").text, 'class="review"')
    return {name: text for name, text in form.items() if name != "whole"}


def test_a_draft_is_typed_anew_before_it_is_sent(
    client: TestClient, service: Reporting, database: Database
) -> None:
    desk, place = Desk(service), ("tiny", "flash", "2300", "11")
    log_in(client, night.WARD.person)
    assert client.post(PAGE, data=entry(client) | {A: "100", B: "50"}).status_code == 303
    shown, open_page = review(client), entry(client)
    exchange(service, database)
    refused = client.post(PAGE, data=shown)
    assert refused.status_code == 409, "what was shown for confirmation had other names"
    assert "甲党" in refused.text
    assert desk.returns.open(*place).case.texts == {}
    assert not stands("100", client.get(f"{PAGE}?review=1").text.split('<section class="review"')[1])

    page = client.get(PAGE).text
    assert "ここが「甲党」の欄だったときに入力されました。いまは「乙党」の欄です" in page
    assert "「100」" in page, "what was typed is told"
    form = entry(client)
    assert (form[A], form[B]) == ("", ""), "and stands beside nobody's name"
    late = client.post(PAGE, data=open_page | {A: "101"})
    assert late.status_code == 409, "a page that was opened before"

    assert client.post(PAGE, data=form | {A: "50", B: "100"}).status_code == 303
    assert "欄だったときに入力されました" not in client.get(PAGE).text
    sent = client.post(PAGE, data=review(client))
    assert sent.status_code == 303, sent.text
    assert desk.returns.open(*place).case.texts == {"pr|votes||a": "50", "pr|votes||b": "100"}


def test_names_that_are_as_they_were_again_are_asked_of_nobody(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.WARD.person)
    client.post(PAGE, data=entry(client) | {A: "100", B: "50"})
    exchange(service, database)
    service.define_election(night.election(), tiny.SYSTEM, uuid4(), reason="名簿の訂正")
    Projector(database).catch_up()
    form = entry(client)
    assert (form[A], form[B]) == ("100", "50")
    assert client.post(PAGE, data=review(client)).status_code == 303


def test_digits_that_the_browser_kept_are_told_until_somebody_types_there(
    enter: Callable[..., Page], site: Site, service: Reporting, database: Database
) -> None:
    page = enter(night.WARD)
    page.goto(site.at(PAGE))
    until(lambda: keys(page), "it can keep")
    page.context.set_offline(True)
    page.locator("input.cell").first.fill("100")
    until(lambda: kinds(page).count("typed"), "kept")
    exchange(service, database)
    page.context.set_offline(False)
    for _ in range(2):
        page.goto(site.at(PAGE))
        expect(page.get_by_text("欄だったときに 100 と打たれました")).to_be_visible()
    expect(page.locator("input.cell").first).to_have_value("")


OTHER_PAGES = {
    "/approval/tiny/final/final/11": ("approve", {}),
    "/approval/tiny/final/final/11?": ("send_back", {"tick:pr|votes||a": "1", "reason": "確認"}),
    "/correction/tiny/final/final/11": ("preview", {A: "61"}),
    "/together/tiny?1=final/final/11": ("preview", {f"1.{A}": "61"}),
    "/reading/tiny/final/final/11": ("read", {"tick:pr|votes||a": "1"}),
    "/remark/tiny/final/final/11": (
        "annotate",
        {"note-class": "remark", "note": "点検した", "about:pr|votes||a": "1"},
    ),
}
"""Address → deed and what is typed."""


def test_a_page_left_open_is_shown_anew_by_the_names_of_now(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.CITY.person)
    shown: list[tuple[str, dict[str, str]]] = []
    for address, (deed, typed) in OTHER_PAGES.items():
        page = client.get(address).text
        form = fields(page[page.index("<main") :])
        shown.append((address, form | typed | {"deed": deed}))
    for address, form in shown[2:4]:
        preview = fields(client.post(address, data=form).text.split("<main", 1)[1])
        shown.append((address, preview | {"deed": "correct", "reason": "再点検"}))
    exchange(service, database)
    before = Desk(service).returns.open("tiny", "final", "final", "11").case.version
    for address, form in shown:
        answer = client.post(address, data=form)
        assert (address, answer.status_code) == (address, 409)
        assert "見たときは「甲党」の欄でした。いまは「乙党」の欄です" in answer.text, address
    assert Desk(service).returns.open("tiny", "final", "final", "11").case.version == before


def test_a_division_is_made_anew_before_it_is_sent(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """What was divided beside one name, and a page of it that was left open."""
    division = "/division/tiny/flash/2300/11/pr"
    parts = {"own:a": "1200", "own:b": "34", "of:1:a": "on", "of:1:b": "on", "ballots:1": "165"}
    log_in(client, night.WARD.person)
    shown = form_after(client.get(f"{division}?{urlencode(parts)}").text, "4. 報告に入れる")
    assert client.post(division, data=shown).status_code == 303
    assert 'value="1200"' in client.get(division).text
    exchange(service, database)
    assert client.post(division, data=shown | {"command": str(uuid4())}).status_code == 409
    assert 'value="1200"' not in client.get(division).text
    cells = [
        CellInput(contest="pr", item="votes", choice=c, value=v)
        for c, v in (("a", "1360.453"), ("b", "38.546"))
    ]
    desk, place = Desk(service), ("tiny", "flash", "2300", "11")
    version = desk.returns.open(*place).draft.version
    desk.save_draft(
        SaveDraft(**night.of("11", "flash", "2300"), cells=tuple(cells), draft_version=version), night.WARD
    )
    with pytest.raises(FiguresRefused) as refused:  # the votes are typed anew, the division is not
        desk.submit(Submit(**night.of("11", "flash", "2300")), night.WARD)
    assert {problem.kind for problem in refused.value.problems} == {"renamed"}
