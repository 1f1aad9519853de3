"""On a form of one's own, through GraphQL: the rates that it implies are asked about, explained, and then taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import night
import pytest
from starlette.testclient import TestClient
from test_desk import figures, mutate
from tiny import Ask

from api.app import create_app
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.database.connect import Database

SLIP = {
    **night.BALANCED, "electors": 2_000, "voters": 1_100, "ballots_counted": 1_100, "valid_votes": 400, "invalid_votes": 700,
    "votes_a": 200, "votes_b": 200,
}  # fmt: skip
"""63.6 % invalid votes, and everything adds up."""


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    rules = [
        {"code": code} for code in ("J01", "J08", "J09", "J10", "J11", "J14", "J26", "J27", "J28", "J29")
    ]
    night.define(service, rules=rules)
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def submit(ask: Ask, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return mutate(
        ask, night.WARD, "submitReturn", "SubmitInput", unit="11", figures=figures(**values), **more
    )


def test_so_many_invalid_votes_are_explained_before_they_are_taken(ask: Ask) -> None:
    """No neighbour, no previous election, and no rate of them declared."""
    refused = submit(ask, SLIP)
    (finding,) = refused["findings"]
    assert (finding["rule"], finding["severity"]) == ("J28", "warning")
    assert set(finding["cells"]) == {"pr|invalid_votes||", "pr|ballots_counted||"}
    assert "63.64%" in finding["messageJa"]
    taken = submit(ask, SLIP, explanations=[{"key": finding["key"], "text": "白票の呼びかけがあった"}])
    assert taken["status"] == "submitted", taken


@pytest.mark.parametrize(
    ("wrong", "cells"),
    [
        ({"electors": 20_000}, {"pr|voters||", "pr|electors||"}),  # 5.5 % turnout
        ({"ballots_counted": 800, "valid_votes": 790, "invalid_votes": 10, "ballots_not_deposited": 300, "votes_a": 500,
          "votes_b": 290}, {"pr|ballots_counted||", "pr|voters||"}),  # 300 ballots taken away
    ],
)  # fmt: skip
def test_other_rates_too(ask: Ask, wrong: dict[str, int], cells: set[str]) -> None:
    sound = {**SLIP, "valid_votes": 1_080, "invalid_votes": 20, "votes_a": 600, "votes_b": 480}
    refused = submit(ask, {**sound, **wrong})
    assert cells in [set(one["cells"]) for one in refused["findings"] if one["rule"] == "J28"], refused
    assert submit(ask, sound)["status"] == "submitted"
