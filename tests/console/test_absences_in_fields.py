"""An absence stands in a field as somebody types it, and a page that nobody typed into changes nothing."""

from __future__ import annotations

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

from reporting.application.desk import Desk
from reporting.application.service import Reporting

PLACE = ("tiny", "flash", "2300", "11")
PAGE, CORRECTION = (f"/{page}/tiny/flash/2300/11" for page in ("entry", "correction"))
A, B = "cell:pr|votes||a", "cell:pr|votes||b"


@pytest.mark.parametrize(("language", "word"), [("ja", "該当なし"), ("en", "none")])
def test_typed_in_words_and_shown_in_words(
    client: TestClient, service: Reporting, language: str, word: str
) -> None:
    desk = Desk(service)
    log_in(client, night.WARD.person)
    client.post("/language", data={"language": language, "back": "/"})
    entry = form_after(client.get(PAGE).text, 'id="entry"')
    assert client.post(PAGE, data=entry | {A: word, B: "50"}).status_code == 303
    review = form_after(client.get(f"{PAGE}?review=1").text, 'class="review"')
    sent = client.post(PAGE, data={name: text for name, text in review.items() if name != "whole"})
    assert sent.status_code == 303, sent.text
    assert desk.returns.open(*PLACE).case.texts == {"pr|votes||a": "!none", "pr|votes||b": "50"}

    shown = form_after(client.get(PAGE).text, 'id="entry"')
    assert (shown[A], shown[B]) == (word, "50")
    client.post(PAGE, data=shown)
    assert not any(held.text for held in desk.returns.open(*PLACE).draft.typed.values())
    correction = form_after(client.get(CORRECTION).text, f'action="{CORRECTION}"')
    assert correction[A] == word
    told = client.post(CORRECTION, data=correction | {B: "51", "deed": "preview"}).text
    changes = told.split('class="correction"')[1]
    assert "51" in changes
    assert word not in changes.split("</table>")[0]
