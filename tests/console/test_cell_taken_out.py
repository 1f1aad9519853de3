"""The definition takes a candidate out while somebody types: what was typed there stands nowhere else than in the draft, is shown with
its value, and can be taken out by who typed it; nothing of it is sent or lost unseen."""

from __future__ import annotations

from uuid import uuid4

import night
import tiny
from forms import form_after, log_in
from starlette.testclient import TestClient
from two_typists import ENTRY, SECOND, VOTES_A, VOTES_B

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

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
    status, refused = submit(client)
    assert status == 303, refused
    assert Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts == {
        VOTES_A: "41",
        VOTES_B: "50",
    }


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
    status, refused = submit(client)
    assert status == 303, refused
    assert Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts == {
        VOTES_A: "41",
        VOTES_B: "50",
    }


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
    status, refused = submit(client)
    assert status == 303, refused
    assert Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts == {
        VOTES_A: "41",
        VOTES_B: "50",
    }
