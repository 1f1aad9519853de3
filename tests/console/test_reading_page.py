"""Reading together: a tick for each row, both people's names with the return, and nothing that is not what stands."""

from __future__ import annotations

from collections.abc import Callable

import night
import pytest
from forms import form_after, log_in
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from starlette.testclient import TestClient

from projections.runner import Projector
from projections.verify import verify
from reporting.application.commands import CellInput, OtherCellsMoved
from reporting.application.desk import Desk
from reporting.application.desk_commands import ReadOut, SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.four_eyes import ReadAlone
from reporting.domain.status import NotNow
from reporting.errors import NotAuthorised
from reporting.ledger import return_stream

ADDRESS = "/reading/tiny/flash/2300/11"
PLACE = ("11", "flash", "2300")
VOTES_A, VOTES_B = "pr|votes||a", "pr|votes||b"


def drafted(service: Reporting, a: str = "４１", b: str = "50") -> None:
    cells = tuple(
        CellInput(contest="pr", item="votes", choice=choice, value=value)
        for choice, value in (("a", a), ("b", b))
    )
    Desk(service).save_draft(SaveDraft(**night.of(*PLACE), cells=cells), night.WARD)


def figures(a: str = "４１", b: str = "50") -> tuple[CellInput, ...]:
    return tuple(
        CellInput(contest="pr", item="votes", choice=choice, value=value)
        for choice, value in (("a", a), ("b", b))
    )


def form_of(client: TestClient) -> dict[str, str]:
    form = form_after(client.get(ADDRESS).text, f'action="{ADDRESS}"')
    return {name: text for name, text in form.items() if not name.startswith("tick:")}


def test_what_is_read_out_stands_in_words(client: TestClient, service: Reporting) -> None:
    """Beside the paper: 非公表 and not `!suppressed`, in the rows and in what another has read."""
    night.submit(
        Desk(service), *PLACE[:1], None, *PLACE[1:], values={"votes_a": "!suppressed", "votes_b": "12345.5"}
    )
    for person, told in ((night.WARD, 1), (night.WARD_2, 2)):
        log_in(client, person.person)
        page = client.get(ADDRESS).text
        assert "!suppressed</" not in page
        assert page.count('class="absent withheld"') == told, "in the rows, and in what another has read"
        assert page.count(">12,345.5<") == told
        form = form_of(client) | {"deed": "read", f"tick:{VOTES_A}": "1", f"tick:{VOTES_B}": "1"}
        assert client.post(ADDRESS, data=form).status_code == 303


def test_both_names_stand_with_the_return(client: TestClient, service: Reporting) -> None:
    drafted(service)
    log_in(client, night.WARD.person)
    form = form_of(client) | {"deed": "read", f"tick:{VOTES_A}": "1", f"tick:{VOTES_B}": "1"}
    first = client.post(ADDRESS, data=form)
    assert first.status_code == 303
    assert client.post(ADDRESS, data=form).headers["location"] == first.headers["location"], "twice is once"
    assert "もう一人の確認待ち" in client.get(ADDRESS).text
    assert "立ち会い、この" not in client.get(ADDRESS).text, "not for who read it out"
    log_in(client, night.WARD_2.person)
    form = form_of(client) | {"deed": "confirm"}
    assert client.post(ADDRESS, data=form).status_code == 303
    page = client.get(ADDRESS).text
    assert f"{night.WARD.office} {night.WARD.person}、{night.WARD_2.office} {night.WARD_2.person}" in page
    stream = return_stream("tiny", "flash", "2300", "11")
    stored = service.ledger.stream(stream)
    assert [one.event.type for one in stored] == ["ReadTogether", "ReadTogether"]
    assert night.WARD.person not in str([one.event for one in stored]), "names stand with the commands"
    drafted(service, a="44")
    assert "そのあとで値が変わりました" in client.get(ADDRESS).text
    history = client.get("/history/tiny/flash/2300/11").text
    assert history.count("読み合わせ") >= 2


def test_only_rows_with_a_tick_are_recorded_and_only_what_was_shown(
    client: TestClient, service: Reporting
) -> None:
    drafted(service)
    log_in(client, night.WARD.person)
    form = form_of(client) | {"deed": "read", f"tick:{VOTES_A}": "1"}
    assert "NOT_AS_SHOWN" in client.post(ADDRESS, data=form | {f"read:{VOTES_A}": "99"}).text
    assert client.post(ADDRESS, data=form | {"deed": "read"}).status_code == 303
    (reading,) = Desk(service).returns.open("tiny", "flash", "2300", "11").case.readings
    assert dict(reading.cells) == {VOTES_A: "４１"}
    form = form_of(client) | {"deed": "read", f"tick:{VOTES_B}": "1"}
    drafted(service, b="51")
    answer = client.post(ADDRESS, data=form)
    assert answer.status_code == 409
    assert "OTHER_CELLS_MOVED" in answer.text
    assert ">51<" in answer.text


def test_who_may_not_is_refused(service: Reporting, client: TestClient) -> None:
    desk = Desk(service)
    drafted(service)
    read = desk.read_out(ReadOut(**night.of(*PLACE), figures=figures()), night.WARD)
    with pytest.raises(ReadAlone):
        desk.read_out(ReadOut(**night.of(*PLACE), figures=figures(), confirms=read.position), night.WARD)
    with pytest.raises(NotNow):
        desk.read_out(
            ReadOut(**night.of(*PLACE), figures=figures()[:1], confirms=read.position), night.WARD_2
        )
    with pytest.raises(OtherCellsMoved):
        desk.read_out(ReadOut(**night.of(*PLACE), figures=figures("42")), night.WARD_2)
    with pytest.raises(NotAuthorised):
        desk.read_out(ReadOut(**night.of(*PLACE), figures=figures()), night.OTHER_WARD)


def test_a_reading_moves_no_figure_and_the_views_are_what_the_log_says(
    service: Reporting, database: Database, client: TestClient
) -> None:
    desk = Desk(service)
    before = desk.returns.open("tiny", "final", "final", "11").case.cells
    cells = tuple(
        CellInput(contest="pr", item="votes", choice=key[-1], value=cell.text)
        for key, cell in before.items()
        if key in (VOTES_A, VOTES_B)
    )
    read = desk.read_out(ReadOut(**night.of("11"), figures=cells), night.WARD)
    desk.read_out(ReadOut(**night.of("11"), figures=cells, confirms=read.position), night.WARD_2)
    assert desk.returns.open("tiny", "final", "final", "11").case.cells == before
    Projector(database).catch_up()
    assert verify(database).equal
    assert client.get("/results/tiny").status_code == 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_one_row_at_a_time_by_keyboard_in_large_type(
    enter: Callable[..., Page], site: Site, service: Reporting, language: str
) -> None:
    drafted(service)
    page = enter(night.WARD)
    if language == "en":
        page.goto(site.at("/work"))
        page.get_by_role("button", name="English").click()
    page.goto(site.at(ADDRESS))
    assert complaints(page) == []
    expect(page.locator("li.now")).to_have_count(1)
    page.locator("li.row input").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("li.row input").nth(1)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("button[value=read]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_be_visible()
    case = Desk(service).returns.open("tiny", "flash", "2300", "11").case
    assert dict(case.readings[0].cells) == {VOTES_A: "４１", VOTES_B: "50"}
    other = enter(night.WARD_2)
    other.goto(site.at(ADDRESS))
    assert complaints(other) == []
