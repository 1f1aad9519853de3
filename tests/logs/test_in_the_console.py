"""What a clerk sees of an election that moves under their hands: where it is, what to do about it, and what they typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import night
import pytest
from forms import form_after, log_in
from several_logs import EAST, WEST, SeveralLogs
from site_under_test import settings_for
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.app import create_app
from api.console.elsewhere import moved_of
from api.console.words import words
from projections.runner import Projector
from reporting.logs import moving, whereabouts

ENTRY, WORK, ELECTION = "/entry/tiny/final/final/11", "/work/tiny", "/results/tiny"
VOTERS = "cell:pr|voters||"


@pytest.fixture
def clerk_at(logs: SeveralLogs, tmp_path: Path) -> Iterator[Callable[[str], TestClient]]:
    """The ward's clerk at the server of a log."""
    file = logs.written(tmp_path)
    with ExitStack() as stack:

        def at(name: str) -> TestClient:
            log = logs.installation.logs[name]
            Projector(log.at).catch_up()
            settings = settings_for(
                log.at.url, tmp_path / name, practice=(night.WARD,), publication=False, projector=False,
                logs_file=file, log_name=name,
            )  # fmt: skip
            client = stack.enter_context(TestClient(create_app(settings), follow_redirects=False))
            log_in(client, night.WARD.person)
            return client

        yield at


class Killed(Exception):
    """The machine that moved it is gone."""


def test_who_types_is_told_where_to_go_on_and_loses_nothing(
    logs: SeveralLogs, clerk_at: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.begin("tiny", EAST)
    clerk = clerk_at(EAST)
    shown = clerk.get(ENTRY).text
    assert "台帳 east" not in shown
    assert "台帳 east で記録しています" in clerk.get(WORK).text
    form = form_after(shown, "<main") | {VOTERS: "12345"}

    def ended(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(moving._Way, "_arrive", ended)
        with pytest.raises(Killed):
            logs.move("tiny", WEST, reason="負荷分散")
    for page in (ENTRY, WORK, "/board/tiny", ELECTION):
        assert "台帳 west へ移動中です" in clerk.get(page).text, page
    refused = clerk.post(ENTRY, data=form)
    assert refused.status_code == 409
    assert "BEING_MOVED" in refused.text
    assert "打った値は、この画面に残っています" in refused.text
    assert f'name="{VOTERS}" value="12345"' in refused.text

    monkeypatch.setattr(whereabouts, "AGAIN_S", 0.0)
    logs.move("tiny", WEST, reason="負荷分散")
    refused = clerk.post(ENTRY, data=form)
    assert refused.status_code == 409
    assert "https://west.example にログインし" in refused.text
    assert "graphql" not in refused.text.split("<footer")[0]
    assert f'name="{VOTERS}" value="12345"' in refused.text
    assert f'<a href="https://west.example{ENTRY}">' in clerk.get(ENTRY).text

    there = clerk_at(WEST)
    assert "移動中" not in there.get(ENTRY).text
    for at in (clerk, there):
        told = at.get(WORK).text
        assert "east から west へ" in told
        assert f"{SYSTEM.office} {SYSTEM.person}" in told
        assert "（理由：負荷分散）" in told
    assert "east から west へ" in there.get(ELECTION).text
    there.cookies.clear()
    assert "台帳" not in there.get(ELECTION).text.split("<footer")[0]  # no reader of results need know
    sent = form_after(clerk_page := at_west(there), "<main")
    assert clerk_page
    assert there.post(ENTRY, data=sent | {VOTERS: "12345"}).status_code == 303


def at_west(there: TestClient) -> str:
    log_in(there, night.WARD.person)
    return there.get(ENTRY).text


def test_what_a_person_does_is_said_in_both_languages() -> None:
    facts = {"log": "west", "address": "https://west.example:8443/graphql"}
    for code in ("HELD_ELSEWHERE", "BEING_MOVED"):
        ja, en = (
            moved_of({"code": code, "facts": facts}, words(language), changing=True)
            for language in ("ja", "en")
        )
        assert ja
        assert en
        assert ja != en
        assert (ja.count("https://west.example:8443"), en.count("https://west.example:8443")) == (
            (1, 1) if code == "HELD_ELSEWHERE" else (0, 0)
        )
        assert "graphql" not in ja + en
    assert moved_of({"code": "HELD_ELSEWHERE", "facts": facts | {"address": None}}, words("ja"), changing=True) is None  # fmt: skip
