"""Clients that keep a copy: whatever pages they read while figures change, their copy is what the server holds."""

from __future__ import annotations

import random
from typing import Any

import pytest
import tiny
from test_audit import correct, story
from test_graphql import enter
from tiny import AUDITOR, Ask

from projections.read import changes

QUERY = """query($p: Int!, $first: Int!, $after: String, $l: String, $at: Int) {
  changesSince(election: "tiny", position: $p, first: $first, after: $after, layer: $l, minPosition: $at) {
    nodes { position form slot unit contest item choice value absence } edges { cursor node { unit } }
    totals { geography area level slot item position } moreTotals pageInfo { hasNextPage endCursor } asOfPosition redefined } }"""


def since(
    ask: Ask, position: int, actor: Any = AUDITOR, first: int = 100, at: int = 0, after: str | None = None,
    layer: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    answer = ask(QUERY, actor, p=position, first=first, after=after, l=layer, at=at)
    assert "errors" not in answer, answer
    return dict(answer["data"]["changesSince"])


def test_figures_with_their_current_value_and_the_totals_that_moved(ask: Ask) -> None:
    at = story(ask)
    everything = since(ask, 0, at=at[-1])
    assert [(n["position"], n["unit"], n["item"], n["value"]) for n in everything["nodes"]] == [
        (at[0], "11", "electors", "20"),
        (at[1], "20", "voters", "5"),
        (at[3], "11", "voters", "9"),
        (at[4], "20", "electors", "10"),
    ]
    assert everything["redefined"]
    assert everything["asOfPosition"] == at[-1]
    later = since(ask, at[2])
    assert [(n["unit"], n["item"]) for n in later["nodes"]] == [("11", "voters"), ("20", "electors")]
    assert not later["redefined"]
    moved = {(t["geography"], t["area"], t["item"], t["position"]) for t in later["totals"]}
    assert {
        ("administrative", "JP", "voters", at[3]),
        ("administrative", "10", "voters", at[3]),
        ("electoral", "D1", "electors", at[4]),
        ("administrative", "20", "electors", at[4]),
    } <= moved
    assert not {area for _, area, _, _ in moved} & {"P2", "31", "12", "D2"}
    nothing = since(ask, at[-1])
    assert (nothing["nodes"], nothing["totals"], nothing["pageInfo"]["hasNextPage"]) == ([], [], False)
    for wrong in ({"p": 10**9}, {"p": -1}, {"p": 0, "first": 0}, {"p": 0, "after": "x"}):
        assert (
            ask(QUERY, AUDITOR, **{"first": 5, **wrong})["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
        )
    assert ask(QUERY, None, p=0, first=5)["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


@pytest.fixture(params=[changes.FAR, -1], ids=["from the log", "from the views"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "FAR", request.param)


def test_a_copy_is_whole_whatever_changes_while_it_is_read(ask: Ask) -> None:
    dice, versions, copy = random.Random(6), dict.fromkeys(tiny.UNITS, 0), dict[tuple[str, str], str]()

    def change() -> int:
        unit = dice.choice(tiny.UNITS)
        values = {"voters": dice.randrange(1_000), "electors": dice.randrange(1_000, 9_000)}
        versions[unit] += 1
        if versions[unit] == 1:
            return int(enter(ask, unit, tiny.SYSTEM, **values)["position"])
        return correct(ask, unit, versions[unit] - 1, tiny.SYSTEM, "x", **values)

    position, last = 0, 0
    for _ in range(6):
        last = max(change() for _ in range(3))
        after = None
        while True:
            answer = since(ask, position, first=2, after=after, at=last)
            copy |= {(n["unit"], n["item"]): n["value"] for n in answer["nodes"]}
            if not answer["pageInfo"]["hasNextPage"]:
                break
            after = answer["pageInfo"]["endCursor"]
            if dice.random() < 0.5:
                last = change()
        position = answer["asOfPosition"]
    now = """query($u: String!, $at: Int) { election(code: "tiny", minPosition: $at) { unitReturn(form: "final", slot: "final",
      unit: $u) { figures { item value } } } }"""
    held = {
        (unit, one["item"]): one["value"]
        for unit in tiny.UNITS
        for one in ask(now, AUDITOR, u=unit, at=last)["data"]["election"]["unitReturn"]["figures"]
    }
    assert copy == held
