"""What is confirmed on any page is exactly what the page showed: by the POST itself, without a browser or a script."""

from __future__ import annotations

import re
from collections.abc import Mapping

import night
import pytest
from forms import fields, form_after, log_in
from starlette.testclient import TestClient

from api.console.pages import PAGES
from projections.runner import Projector
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import return_stream

CORRECTION, APPROVAL = "/correction/tiny/final/final/11", "/approval/tiny/final/final/11"
TOGETHER = "/together/tiny?1=final%2Ffinal%2F11&2=final%2Ffinal%2F12"
BOARD, RELEASE = "/board/tiny/final/final/administrative/ward", "/publication/tiny/final/final"
VOTES_A, VOTES_B, ELECTORS = "pr|votes||a", "pr|votes||b", "pr|electors||"
OTHER = {**night.BALANCED, "votes_a": 59, "votes_b": 39}
REASON = {"reason": "再点検", "reason-class": "recount"}


def values(service: Reporting, unit: str = "11", form: str = "final", slot: str = "final") -> dict[str, str]:
    cells = Desk(service).returns.open("tiny", form, slot, unit).case.cells
    return {key: cell.text for key, cell in cells.items()}


def events(service: Reporting, unit: str = "11") -> list[str]:
    return [one.event.type for one in service.ledger.stream(return_stream("tiny", "final", "final", unit))]


def changed_meanwhile(service: Reporting, database: Database, **more: object) -> None:
    night.submit(Desk(service), values={**OTHER, **more}, reason="照会", reason_class="query")
    Projector(database).catch_up()


def previewed(client: TestClient, address: str = CORRECTION, **typed: str) -> dict[str, str]:
    """The form that confirms, after these cells (field → text) were typed and looked at."""
    form = form_after(client.get(address).text, 'class="correction"') | typed
    answer = client.post(address, data=form | {"deed": "preview"})
    assert answer.status_code == 200, answer.text
    return form_after(answer.text, 'class="correction"') | REASON | {"deed": "correct"}


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


@pytest.mark.parametrize("page", [page for page in PAGES if page.deeds], ids=lambda page: page.name)
def test_every_deed_that_is_final_confirms_something_seen(page) -> None:  # type: ignore[no-untyped-def]
    """What counts nowhere is kept as it comes: a draft, a second entry, a file until it is taken; a practice night is opened. What is
    typed and chosen whole in the form that sends it is seen as it is sent; what was confirmed without the server lies sealed in the
    browser until it goes, and goes only where nothing else has moved."""
    kept = {
        ("entry", "save"),
        ("entry", "undivide"),
        ("second", "save"),
        ("behalf", "save"),
        ("behalf", "undivide"),
        ("files", "send"),
        ("training", "open"),
    }
    typed = {
        ("item", "remark"),
        ("incident_record", "record"),
        ("retention", "hold"),
        ("remark", "annotate"),
        ("documents", "attach"),
    }
    sealed = {("workbook", "queued")}
    final = [
        deed for deed in page.deeds if not deed.shows and (page.name, deed.name) not in kept | typed | sealed
    ]
    assert [deed.name for deed in final if deed.confirms is None] == []
    shows = {deed.name for deed in page.deeds if deed.shows} | {""}
    assert {deed.anew for deed in final} <= shows


ALTERED: Mapping[str, Mapping[str, str]] = {
    "a value": {f"cell:{ELECTORS}": "209"},
    "values more": {
        f"cell:{VOTES_A}": "61",
        f"was:{VOTES_A}": "60",
        f"cell:{VOTES_B}": "37",
        f"was:{VOTES_B}": "38",
    },
    "what stood": {f"was:{ELECTORS}": "203"},
    "the version": {"version": "999"},
    "the fingerprint of the rest": {"untouched": "0" * 64},
    "no stamp at all": {"stamp": ""},
    "another stamp": {"stamp": "印" * 64},
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED.keys())
def test_anything_else_than_was_shown_is_shown_and_not_done(
    ward: TestClient, service: Reporting, altered: Mapping[str, str]
) -> None:
    before = events(service)
    form = {**previewed(ward, **{f"cell:{ELECTORS}": "203"}), **altered}
    answer = ward.post(CORRECTION, data=form)
    assert answer.status_code == 409
    assert "NOT_AS_SHOWN" in answer.text
    assert events(service) == before
    if form[f"cell:{ELECTORS}"] == form[f"was:{ELECTORS}"]:
        return  # nothing to change is left
    again = form_after(answer.text, 'class="correction"')
    assert again[f"cell:{ELECTORS}"] == form[f"cell:{ELECTORS}"], "what is shown anew is what was sent"
    assert again["reason"] == REASON["reason"], "what was typed stays"
    assert f"electors 計 {form[f'cell:{ELECTORS}']}" in answer.text, "the button repeats the numbers"
    done = ward.post(CORRECTION, data=again | REASON | {"deed": "correct"})
    assert done.status_code == 303, done.text
    assert values(service)[ELECTORS] == form[f"cell:{ELECTORS}"]


@pytest.mark.unchanged
def test_a_seal_is_good_for_its_own_page_alone(ward: TestClient, service: Reporting) -> None:
    form = previewed(ward, **{f"cell:{ELECTORS}": "203"})
    before = values(service, "11", "flash", "2200")
    answer = ward.post("/correction/tiny/flash/2200/11", data=form)
    assert answer.status_code == 409
    assert values(service, "11", "flash", "2200") == before


def test_of_two_tabs_the_second_is_told_at_its_cell_and_shown_anew(
    ward: TestClient, service: Reporting, database: Database
) -> None:
    first, second = (previewed(ward, **{f"cell:{ELECTORS}": text}) for text in ("203", "207"))
    assert ward.post(CORRECTION, data=first).status_code == 303
    Projector(database).catch_up()
    answer = ward.post(CORRECTION, data=second)
    assert answer.status_code == 409
    assert "VERSION_CONFLICT" in answer.text
    assert f'id="why:{ELECTORS}"' in answer.text
    assert values(service)[ELECTORS] == "203"
    assert 'data-plain="203"' in answer.text.split("訂正する欄")[1].split("動く合計")[0], "what stands by now"
    again = form_after(answer.text, 'class="correction"') | REASON | {"deed": "correct"}
    assert ward.post(CORRECTION, data=again).status_code == 303
    assert values(service)[ELECTORS] == "207"


def test_another_cell_that_moved_since_is_no_part_of_what_was_seen(
    ward: TestClient, service: Reporting, database: Database
) -> None:
    form = previewed(ward, **{f"cell:{ELECTORS}": "203"})
    changed_meanwhile(service, database)
    answer = ward.post(CORRECTION, data=form)
    assert answer.status_code == 409
    assert "OTHER_CELLS_MOVED" in answer.text
    again = form_after(answer.text, 'class="correction"') | REASON | {"deed": "correct"}
    assert ward.post(CORRECTION, data=again).status_code == 303
    assert (values(service)[ELECTORS], values(service)[VOTES_A]) == ("203", "59")


def test_a_cell_nobody_touched_never_takes_back_what_a_colleague_changed(
    ward: TestClient, service: Reporting, database: Database
) -> None:
    """The page had been open since before the colleague's change, and holds the old value of that cell, too."""
    opened = form_after(ward.get(CORRECTION).text, 'class="correction"')
    changed_meanwhile(service, database)
    typed = opened | {f"cell:{ELECTORS}": "203", "deed": "preview"}
    page = ward.post(CORRECTION, data=typed).text
    form = form_after(page, 'class="correction"')
    assert f"cell:{VOTES_A}" not in form
    back = ward.post(CORRECTION, data=form | {"deed": "edit"}).text
    grid = fields(back)
    assert (grid[f"cell:{ELECTORS}"], grid[f"cell:{VOTES_A}"], grid[f"was:{VOTES_A}"]) == ("203", "59", "59")
    assert ward.post(CORRECTION, data=form | REASON | {"deed": "correct"}).status_code == 303
    assert values(service)[VOTES_A] == "59"


def test_a_correction_takes_nothing_from_the_draft(ward: TestClient, service: Reporting) -> None:
    draft = SaveDraft(
        **night.of("11"), cells=(CellInput(contest="pr", item="votes", choice="a", value="77"),)
    )
    Desk(service).save_draft(draft, night.WARD)
    form = previewed(ward, **{f"cell:{ELECTORS}": "203"})
    assert ward.post(CORRECTION, data=form).status_code == 303
    assert values(service)[VOTES_A] == "60"
    assert Desk(service).returns.draft("tiny", "final", "final", "11").cells == {VOTES_A: "77"}


@pytest.mark.unchanged
def test_a_cell_that_was_emptied_is_told_and_not_left_out_silently(ward: TestClient) -> None:
    form = form_after(ward.get(CORRECTION).text, 'class="correction"')
    typed = {f"cell:{ELECTORS}": "203", f"cell:{VOTES_A}": ""}
    answer = ward.post(CORRECTION, data=form | typed | {"deed": "preview"})
    assert answer.status_code == 409
    assert f'id="why:{VOTES_A}"' in answer.text
    assert f'id="why:{ELECTORS}"' not in answer.text


def test_together_a_retyped_number_is_shown_before_it_goes_out(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.CITY.person)
    typed = {f"1.cell:{ELECTORS}": "203", f"2.cell:{ELECTORS}": "204"}
    form = previewed(client, TOGETHER, **typed) | {f"2.cell:{ELECTORS}": "209"}
    answer = client.post(TOGETHER, data=form)
    assert answer.status_code == 409
    assert "NOT_AS_SHOWN" in answer.text
    assert (values(service)[ELECTORS], values(service, "12")[ELECTORS]) == ("200", "200")
    assert '<td class="number"><span class="figure" data-plain="209">209</span></td>' in answer.text
    elsewhere = client.post(TOGETHER.replace("12", "20"), data=form)
    assert elsewhere.status_code in (403, 409)
    again = form_after(answer.text, 'class="correction"') | REASON | {"deed": "correct"}
    assert client.post(TOGETHER, data=again).status_code == 303
    assert (values(service)[ELECTORS], values(service, "12")[ELECTORS]) == ("203", "209")


def test_together_a_conflict_stands_at_its_return(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.CITY.person)
    typed = {f"1.cell:{ELECTORS}": "203", f"2.cell:{ELECTORS}": "204"}
    form = previewed(client, TOGETHER, **typed)
    night.submit(
        Desk(service), "12", values={**night.BALANCED, "electors": 201}, reason="照会", reason_class="query"
    )
    Projector(database).catch_up()
    answer = client.post(TOGETHER, data=form)
    assert answer.status_code == 409
    assert f'id="why:2.{ELECTORS}"' in answer.text
    assert f'id="why:1.{ELECTORS}"' not in answer.text
    form = form_after(answer.text, 'class="correction"') | REASON | {"deed": "correct"}
    changed_meanwhile(service, database)
    answer = client.post(TOGETHER, data=form)
    assert "OTHER_CELLS_MOVED" in answer.text
    assert 'id="why:1."' in answer.text, "of the whole return: beneath its heading"
    assert 'id="why:2."' not in answer.text
    again = form_after(answer.text, 'class="correction"') | REASON | {"deed": "correct"}
    assert client.post(TOGETHER, data=again).status_code == 303


@pytest.mark.unchanged
def test_together_what_the_preview_cannot_read_stands_at_its_cell(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    form = form_after(client.get(TOGETHER).text, 'class="correction"')
    typed = {f"1.cell:{VOTES_B}": "三八", f"2.cell:{VOTES_B}": "三八", f"2.cell:{VOTES_A}": "60①"}
    answer = client.post(TOGETHER, data=form | typed | {"deed": "preview"})
    assert answer.status_code == 409
    wrong = set(re.findall(r'<small class="why" id="why:([^"]+)"', answer.text))
    assert wrong == {f"1.{VOTES_B}", f"2.{VOTES_B}", f"2.{VOTES_A}"}
    assert answer.text.count('aria-invalid="true"') == 3


@pytest.mark.parametrize("deed", ["approve", "send_back", "certify"])
def test_an_approver_acts_upon_what_stands_on_the_page(
    client: TestClient, service: Reporting, database: Database, deed: str
) -> None:
    log_in(client, night.CITY.person)
    form = form_after(client.get(APPROVAL).text, f'action="{APPROVAL}"')
    ticks = {name: text for name, text in form.items() if name.startswith("tick:")}
    assert ticks
    if deed == "approve":
        form = {name: text for name, text in form.items() if name not in ticks}
    if deed == "send_back":
        form = {name: text for name, text in form.items() if name not in ticks} | {f"tick:{VOTES_A}": "1"}
    changed_meanwhile(service, database)
    before = events(service)
    answer = client.post(APPROVAL, data=form | REASON | {"deed": deed})
    assert answer.status_code == 409
    assert events(service) == before
    if deed == "certify":
        return  # not this office's, and no reason to look again
    assert "VERSION_CONFLICT" in answer.text
    assert f'id="why:{VOTES_A}"' in answer.text
    assert not re.search(r'name="tick:[^"]+" value="1" checked', answer.text), (
        "the tick was for another value"
    )
    assert 'data-plain="59"' in answer.text
    if deed == "send_back":
        again = form_after(answer.text, f'action="{APPROVAL}"')
        assert client.post(APPROVAL, data=again | REASON | {"deed": deed}).status_code == 303


def test_green_is_what_the_list_named_as_it_stood(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.CITY.person)
    form = form_after(client.get(BOARD).text, f'action="{BOARD}"')
    changed_meanwhile(service, database)
    answer = client.post(BOARD, data=form)
    assert answer.status_code == 200
    told = answer.text.split('id="results"')[1].split("</div>")[0]
    assert "1 件を承認しました" in told
    assert "/approval/tiny/final/final/11" in told, "what was left is one click away"
    case = Desk(service).returns.open("tiny", "final", "final", "11").case
    assert not case.approved_by("city")
    assert Desk(service).returns.open("tiny", "final", "final", "12").case.approved_by("city")
    widened = form | {"units": '["11"]'}
    assert "NOT_AS_SHOWN" in client.post(BOARD, data=widened).text


def test_what_is_released_by_hand_is_what_the_desk_showed(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.NATION.person)
    desk = Desk(service)
    for actor in (night.PREFECTURE, night.NATION):
        night.approve(desk, actor, "20")
    Projector(database).catch_up()
    form = form_after(client.get(RELEASE).text, f'action="{RELEASE}"') | {"deed": "release"}
    for actor in (night.CITY, night.PREFECTURE, night.NATION):
        night.approve(desk, actor, "11")
    Projector(database).catch_up()
    answer = client.post(RELEASE, data=form)
    assert answer.status_code == 409
    assert "RELEASE_MOVED" in answer.text
    assert "いま公表する（5 単位中 2 単位）" in answer.text
    assert client.get("/results/tiny").text.count("▲") == 1
    again = form_after(answer.text, f'action="{RELEASE}"') | {"deed": "release"}
    assert client.post(RELEASE, data=again).status_code == 303


def test_values_of_another_form_are_taken_as_they_were_shown(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """The final count offers what the flash of 23:00 holds; that moves between the look and the click."""
    log_in(client, night.HARBOUR.person)
    desk, address = Desk(service), "/entry/tiny/final/final/31"
    night.submit(desk, "31", night.HARBOUR, "flash", "2300")
    figures = {name: str(value) for name, value in night.BALANCED.items() if not name.startswith("votes")}
    cells = tuple(CellInput(contest="pr", item=name, value=value) for name, value in figures.items())
    desk.save_draft(SaveDraft(**night.of("31"), cells=cells), night.HARBOUR)
    Projector(database).catch_up()
    form = form_after(client.get(f"{address}?review=1").text, 'class="review"')
    assert (form[f"offer:{VOTES_A}"], form["fill"]) == ("60", "yes")
    moved = {"values": {"votes_a": 59, "votes_b": 39}, "reason": "照会", "reason_class": "query"}
    night.submit(desk, "31", night.HARBOUR, "flash", "2300", **moved)
    answer = client.post(address, data=form)
    assert answer.status_code == 409
    assert values(service, "31") == {}
    again = form_after(answer.text, 'class="review"')
    done = client.post(address, data=again)
    assert done.status_code == 303, done.text.split('role="alert"')[1][:400]
    assert values(service, "31")[VOTES_A] == "59"


def test_a_draft_that_grew_after_the_look_is_not_submitted(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    address = "/entry/tiny/flash/2300/11"
    form = form_after(client.get(f"{address}?review=1").text, 'class="review"')
    cells = (CellInput(contest="pr", item="votes", choice="a", value="77"),)
    Desk(service).save_draft(
        SaveDraft(**night.of("11", "flash", "2300"), cells=cells, draft_version=0), night.WARD_2
    )
    answer = client.post(address, data=form)
    assert answer.status_code == 409
    assert values(service, "11", "flash", "2300") == {}
    assert "NOT_AS_SHOWN" in client.post(address, data=form | {"draft-version": "1"}).text
    assert values(service, "11", "flash", "2300") == {}
