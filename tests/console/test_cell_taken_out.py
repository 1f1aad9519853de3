"""The definition takes a candidate out while somebody types: what was typed there stands nowhere else than in the draft, is shown with
its value, and can be taken out by who typed it; nothing of it is sent or lost unseen."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

import night
import pytest
import tiny
from forms import form_after, log_in
from httpx2 import Response
from starlette.testclient import TestClient
from two_typists import ENTRY, SECOND, VOTES_A, VOTES_B

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import DraftMoved

TOLD = "様式が聞いていない欄に値があります：比例代表 得票数 c"
VOTES_C = "pr|votes||c"
PARTY = {"code": "c", "name": "丙党"}


def define(service: Reporting, database: Database, entry: str, *choices: dict[str, str]) -> None:
    given = night.election().model_dump(mode="json")
    given["contests"][0]["choices"] += choices
    forms = [{**form, "entry": entry if form["code"] == "flash" else "single"} for form in given["forms"]]
    changed = night.election(contests=given["contests"], forms=forms)
    service.define_election(changed, tiny.SYSTEM, uuid4(), reason="名簿の訂正")
    Projector(database).catch_up()


def typed(client: TestClient, address: str, then: str, *texts: str) -> None:
    form = form_after(client.get(address).text, f'action="{address}"')
    cells = {f"cell:{key}": text for key, text in zip((VOTES_A, VOTES_B, VOTES_C), texts, strict=True)}
    answer = client.post(address, data=form | cells | {"deed": "save", "then": then})
    assert answer.status_code == 303, answer.text


def submit(client: TestClient) -> tuple[int, str]:
    form = form_after(client.get(f"{ENTRY}?review=1").text, 'class="review"')
    answer = client.post(ENTRY, data={name: text for name, text in form.items() if name != "whole"})
    return answer.status_code, answer.text


def cleared(client: TestClient, address: str, then: str = "") -> None:
    form = form_after(client.get(address).text, f'action="{address}"')
    assert form[f"cell:{VOTES_C}"], "it is shown, to be taken out"
    answer = client.post(address, data=form | {f"cell:{VOTES_C}": "", "deed": "save", "then": then})
    assert answer.status_code == 303, answer.text


def sent_without_it(client: TestClient, service: Reporting) -> None:
    status, refused = submit(client)
    assert status == 303, refused
    stands = Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts
    assert stands == {VOTES_A: "41", VOTES_B: "50"}


def test_it_is_told_before_it_is_sent_and_can_be_taken_out(
    client: TestClient, service: Reporting, database: Database
) -> None:
    define(service, database, "single", PARTY)
    log_in(client, night.WARD.person)
    typed(client, ENTRY, "", "41", "50", "9")
    assert "が聞いていない欄" not in client.get(ENTRY).text
    define(service, database, "single")
    assert TOLD in client.get(f"{ENTRY}?review=1").text
    status, refused = submit(client)
    assert (status, "FIGURES_REFUSED" in refused) == (409, True), "nothing typed is left out unseen"
    page = client.get(ENTRY).text
    assert "が聞いていない欄（消してから提出します）</caption>" in page
    cleared(client, ENTRY)
    assert "が聞いていない欄" not in client.get(ENTRY).text
    assert TOLD not in client.get(f"{ENTRY}?review=1").text
    sent_without_it(client, service)


def test_of_two_entries_each_is_taken_out_by_who_typed_it(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """Before the two are compared, with the second done afterwards."""
    define(service, database, "double", PARTY)
    log_in(client, night.WARD.person)
    typed(client, ENTRY, "", "41", "50", "9")
    log_in(client, night.WARD_2.person)
    typed(client, SECOND, "", "41", "50", "9")
    define(service, database, "double")
    log_in(client, night.WARD.person)
    cleared(client, ENTRY)
    log_in(client, night.WARD_2.person)
    cleared(client, SECOND, "done")
    assert "二度の入力はすべて一致しています" in client.get(SECOND).text
    sent_without_it(client, service)


def test_of_two_entries_that_were_compared_it_is_taken_out_on_the_page_of_the_entry(
    client: TestClient, service: Reporting, database: Database
) -> None:
    define(service, database, "double", PARTY)
    log_in(client, night.WARD.person)
    typed(client, ENTRY, "", "41", "50", "9")
    log_in(client, night.WARD_2.person)
    typed(client, SECOND, "done", "41", "50", "8")
    define(service, database, "double")
    assert "二度の入力はすべて一致しています" in client.get(SECOND).text, "of the cells that the form asks"
    assert TOLD in client.get(f"{ENTRY}?review=1").text
    cleared(client, ENTRY)
    assert TOLD not in client.get(f"{ENTRY}?review=1").text
    sent_without_it(client, service)


def divided(client: TestClient, contest: str, *choices: str) -> None:
    """165 ballots that fit both, into the draft."""
    page = f"{ENTRY.replace('entry', 'division')}/{contest}"
    fields = {f"own:{choice}": own for choice, own in zip(choices, ("1200", "34"), strict=True)}
    fields |= {f"of:1:{choice}": "on" for choice in choices} | {"ballots:1": "165"}
    answer = client.get(f"{page}?{urlencode(fields)}").text
    assert client.post(page, data=form_after(answer, "4. 報告に入れる")).status_code == 303


def test_a_division_that_was_made_by_mistake_is_taken_out_and_the_votes_stay(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.WARD.person)
    divided(client, "pr", "a", "b")
    page = client.get(f"{ENTRY}?review=1").text
    assert "様式が聞いていない選挙区・候補者" not in page
    assert undivided(client, page).status_code == 303
    draft = Desk(service).returns.draft("tiny", "flash", "2300", "11")
    assert (draft.divisions, draft.cells[VOTES_A]) == ({}, "1360.453")
    assert "添える按分の内訳" not in client.get(f"{ENTRY}?review=1").text


@pytest.mark.parametrize("gone", ["choice", "contest"])
def test_a_division_of_what_the_definition_took_out_is_told_and_taken_out(
    client: TestClient, service: Reporting, database: Database, gone: str
) -> None:
    """A colleague's: nothing of it could be sent, and nothing of it be cleared."""
    if gone == "choice":
        define(service, database, "single", PARTY)
    else:
        define_contests(service, database, "q1")
    log_in(client, night.WARD_2.person)
    divided(client, *(("pr", "a", "c") if gone == "choice" else ("q1", "a", "b")))
    define(service, database, "single")
    log_in(client, night.WARD.person)
    form = form_after(client.get(ENTRY).text, f'action="{ENTRY}"')
    unasked = {
        name: ""
        for name in form
        if name.startswith("cell:") and name.endswith(("|c", "q1|votes||a", "q1|votes||b"))
    }
    texts = unasked | {f"cell:{VOTES_A}": "41", f"cell:{VOTES_B}": "50", "deed": "save", "then": ""}
    assert client.post(ENTRY, data=form | texts).status_code == 303
    page = client.get(f"{ENTRY}?review=1").text
    assert "この内訳には、様式が聞いていない選挙区・候補者があります" in page
    status, refused = submit(client)
    assert (status, "UNKNOWN_REFERENCE" in refused) == (409, True)
    elsewhere = Submit(**night.of("11", "flash", "2300"), figures=night.cells(votes_a="41", votes_b="50"))
    with pytest.raises(DraftMoved, match="按分"):
        Desk(service).submit(elsewhere, night.WARD)
    assert undivided(client, page).status_code == 303
    status, refused = submit(client)
    assert status == 303, refused


def test_an_entry_in_which_nothing_stands_is_not_offered_to_be_submitted(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    page = client.get(f"{ENTRY}?review=1").text.split('class="review"')[1]
    assert "提出する値がまだありません" in page
    assert "提出する</button>" not in page


def undivided(client: TestClient, page: str) -> Response:
    return client.post(ENTRY, data=form_after(page, 'id="undivide-1"'))


def define_contests(service: Reporting, database: Database, *codes: str) -> None:
    """With contests more, like the first."""
    given = night.election().model_dump(mode="json")
    given["contests"] += [{**given["contests"][0], "code": code} for code in codes]
    service.define_election(
        night.election(contests=given["contests"]), tiny.SYSTEM, uuid4(), reason="選挙区を加える"
    )
    Projector(database).catch_up()
