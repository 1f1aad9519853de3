"""The board as it stood at a moment is what the board said at that moment; of nobody's units beyond one's reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import night
import pytest
from night import CITY, NATION, PREFECTURE, WARD
from starlette.testclient import TestClient
from test_desk import ANALYST, figures, mutate
from tiny import Ask

from api.app import create_app
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.database.connect import Database

pytestmark = pytest.mark.begins.with_args(night.define)

FIELDS = "area units missing entered submitted sentBack approved certified withdrawn changedAt"
NOW = f"""query($l: String!, $at: Int) {{ board: statusBoard(election: "tiny", form: "final", slot: "final",
  geography: "administrative", level: $l, minPosition: $at) {{ {FIELDS} }} }}"""
THEN = f"""query($l: String!, $at: Int!) {{ board: boardThen(election: "tiny", form: "final", slot: "final",
  geography: "administrative", level: $l, asOf: {{position: $at}}, minPosition: $at) {{ {FIELDS} }} }}"""


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def board(ask: Ask, query: str, reader: Any, level: str, at: int) -> Any:
    answer = ask(query, reader, l=level, at=at)
    return answer["data"]["board"] if answer.get("data") else answer["errors"][0]["extensions"]["code"]


def test_it_is_what_the_board_said(ask: Ask) -> None:
    sent = {"figures": figures(**night.BALANCED)}
    deeds: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("submitReturn", "SubmitInput", WARD, {"unit": "11", **sent}),
        ("submitReturn", "SubmitInput", night.OTHER_WARD, {"unit": "12", **sent}),
        ("approveReturn", "ApproveInput", CITY, {"unit": "11"}),
        ("sendBack", "SendBackInput", CITY, {"unit": "12", "cells": ["pr|voters||"], "reasonClass": "query", "reason": "確認"}),
        ("approveReturn", "ApproveInput", PREFECTURE, {"unit": "11"}),
        ("withdrawReturn", "WithdrawInput", night.OTHER_WARD, {"unit": "12", "reason": "やり直し"}),
        ("approveReturn", "ApproveInput", NATION, {"unit": "11"}),
        ("certifyReturn", "CertifyInput", NATION, {"unit": "11"}),
    ]  # fmt: skip
    start = ask("{ asOfPosition }", NATION)["data"]["asOfPosition"]
    told: dict[int, dict[str, Any]] = {}
    for name, kind, actor, given in deeds:
        done = mutate(ask, actor, name, kind, **given)
        assert "position" in done, (name, done)
        at = int(done["position"])
        told[at] = {level: board(ask, NOW, NATION, level, at) for level in ("ward", "city", "prefecture")}
    for at, levels in told.items():
        for level, rows in levels.items():
            assert board(ask, THEN, NATION, level, at) == rows, (at, level)
    states = {row["area"]: row for row in board(ask, THEN, NATION, "ward", max(told))}
    assert (states["11"]["certified"], states["12"]["withdrawn"]) == (1, 1)
    assert all(row["missing"] == row["units"] for row in board(ask, THEN, NATION, "ward", start))


def test_nobody_sees_more_of_then_than_of_now(ask: Ask) -> None:
    at = int(
        mutate(ask, WARD, "submitReturn", "SubmitInput", unit="11", figures=figures(**night.BALANCED))[
            "position"
        ]
    )
    for reader in (None, ANALYST, WARD, night.OTHER_WARD, CITY):
        now, then = (board(ask, query, reader, "ward", at) for query in (NOW, THEN))
        assert then == now
    assert [row["area"] for row in board(ask, THEN, CITY, "ward", at)] == ["11", "12"]
