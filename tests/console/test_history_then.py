"""From a submission in the history to what stood then: judged by the rules of then and of now; and what to do, for one's role."""

from __future__ import annotations

import re

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

from reporting.rules.catalogue import load_rules

PLACE = "/entry/tiny/final/final/11"
HISTORY = "/history/tiny/final/final/11"


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


def test_the_history_leads_to_what_stood_then(ward: TestClient) -> None:
    page = ward.get(HISTORY).text
    (at, *_) = re.findall(r'href="/history/tiny/final/final/11\?at=(\d+)">ルール集 第1版', page)
    told = ward.get(f"{HISTORY}?at={at}").text
    for words in (
        f"台帳 {int(at):,} の時点",
        "ルール集 第1版の点検を通っています",
        "そのときのルールの指摘",
        "今のルールなら",
    ):
        assert words in told
    assert "そのときのルールの指摘" not in page
    assert ward.get(f"{HISTORY}?at=999999999").status_code == 404


def test_a_finding_says_what_this_role_does(ward: TestClient) -> None:
    page = ward.get(PLACE).text
    fields = form_after(page, 'class="entry"')
    cells = [name for name in fields if name.startswith("cell:") and "|voters|" in name]
    kept = ward.post(
        PLACE, data=fields | dict.fromkeys(cells, "999") | {"then": ""}, follow_redirects=True
    ).text
    rules = {rule.code: rule for rule in load_rules()}
    shown = set(re.findall(r'href="/rules/tiny#(J\d\d)"', kept))
    assert shown
    for code in shown:
        assert f"すること：{rules[code].instruction.ward.ja}" in kept
