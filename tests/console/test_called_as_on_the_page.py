"""What is refused is called as on the page: somebody who presses 差し戻す without a word has never seen a `reason`."""

from __future__ import annotations

import html
import re

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

pytestmark = pytest.mark.unchanged

ALERT = re.compile(r'role="alert">(.*?)</div>', re.DOTALL)
REFUSED = (
    ("/approval/tiny/flash/2300/11", "<form", {"deed": "send_back", "tick:pr|votes||a": "1"}, "理由", "Reason"),
    ("/remark/tiny/flash/2200/11", 'id="remark"', {"note": "。", "note-class": "other"}, "注記", "Remark"),
    ("/incidents/tiny/11", 'class="record"',
     {"kind": "other", "phase": "polling", "site": "polling_place", "place": "三", "validity": "valid", "account": "…記録"},
     "投票所の番号", "Number of the polling place"),
)  # fmt: skip


@pytest.mark.parametrize(("address", "mark", "typed", "japanese", "english"), REFUSED)
def test_a_refusal_calls_a_field_as_its_page_does(
    client: TestClient, address: str, mark: str, typed: dict[str, str], japanese: str, english: str
) -> None:
    log_in(client, night.PREFECTURE.person)
    for language, told in (("ja", f"「{japanese}」の値"), ("en", f"of “{english}” is not accepted")):
        client.post("/language", data={"language": language, "back": "/"})
        page = client.get(address).text
        form = form_after(page[page.index("<main") :], mark) | typed
        alert = ALERT.search(client.post(address, data=form, headers={"accept": "text/html"}).text)
        assert alert
        assert told in html.unescape(alert[1])


def test_that_no_cell_is_ticked_is_told_as_the_page_asks_for_it(client: TestClient) -> None:
    log_in(client, night.PREFECTURE.person)
    page = client.get("/approval/tiny/flash/2300/11").text
    form = form_after(page[page.index("<main") :], "<form") | {"reason": "照会"}
    for deed in ("send_back", "answer"):
        told = client.post("/approval/tiny/flash/2300/11", data=form | {"deed": deed}).text
        assert "差し戻す欄、答える欄に印を付けてください。" in told
        assert "「cells」" not in told
