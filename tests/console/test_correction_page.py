"""What a correction moves is told in the words of the election: its slots, layers, contests and candidates, never their codes."""

from __future__ import annotations

import night
from forms import form_after, log_in
from starlette.testclient import TestClient

PLACE = "/correction/tiny/flash/2200/11"


def test_what_a_correction_moves_is_told_in_words(client: TestClient) -> None:
    log_in(client, night.NATION.person)
    form = form_after(client.get(PLACE).text, f'action="{PLACE}"')
    told = client.post(PLACE, data=form | {"cell:pr|votes||a": "500", "deed": "preview"}).text
    holders = told.split("この値を持つ回・承認・公表")[1].split("</ul>")[0]
    assert "速報 · 22時 · 公表済み · 甲党 得票数" in holders
    assert "速報 · 22時 · cityの承認 · 甲党 得票数" in holders
    assert "flash/2200" not in holders
    assert "比例代表: 乙党 → 甲党" in told
