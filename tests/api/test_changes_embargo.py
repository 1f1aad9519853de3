"""The same where figures are embargoed: released ones for everybody, others for the offices that reach them."""

from __future__ import annotations

from typing import Any

import night
import pytest
import test_desk
from night import CITY, PREFECTURE, WARD
from starlette.testclient import TestClient
from test_changes import QUERY, _way, since
from test_desk import RELEASE, approve, figures, submit
from tiny import AUDITOR, Ask

client, pytestmark, way = test_desk.client, test_desk.pytestmark, _way


def test_readers_without_rights_get_what_is_released(ask: Ask, client: TestClient) -> None:
    submit(ask)
    approve(ask, CITY)
    at = approve(ask, PREFECTURE)["position"]
    for actor in (None, test_desk.ANALYST, WARD):
        found = since(ask, 0, actor, at=at)
        assert (found["nodes"], found["totals"]) == ([], []), actor
    for actor, code in ((None, "NOT_AUTHENTICATED"), (test_desk.ANALYST, "NOT_AUTHORISED")):
        for layer in ("entered", "city"):
            refused = ask(QUERY, actor, p=0, first=5, l=layer)
            assert refused["errors"][0]["extensions"]["code"] == code
    released = ask(RELEASE, night.tiny.SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})
    out = released["data"]["releaseSlot"]["release"]["position"]
    found = since(ask, at, None, at=out)
    assert len(found["nodes"]) == len(night.BALANCED)
    assert {(n["unit"], n["slot"]) for n in found["nodes"]} == {("11", "final")}
    again = submit(ask, figures=figures(**{**night.BALANCED, "votes_a": 61, "votes_b": 37}), reason="訂正")[
        "position"
    ]
    assert since(ask, found["asOfPosition"], None, at=again)["nodes"] == []
    inside = since(ask, found["asOfPosition"], WARD, at=again, layer="entered")
    assert {(n["item"], n["choice"], n["value"]) for n in inside["nodes"]} == {
        ("votes", "a", "61"),
        ("votes", "b", "37"),
    }
    assert {total["area"] for total in inside["totals"]} == {"11"}


@pytest.mark.parametrize(
    ("actor", "units"), [(WARD, {"11"}), (CITY, {"11"}), (night.TOWN, {"20"}), (AUDITOR, {"11", "20"})]
)
def test_offices_get_what_they_reach(ask: Ask, client: TestClient, actor: Any, units: set[str]) -> None:
    submit(ask)
    at = submit(ask, night.TOWN, "20")["position"]
    found = since(ask, 0, actor, at=at, layer="entered")
    assert {n["unit"] for n in found["nodes"]} == units
    if actor is night.TOWN:
        assert {total["area"] for total in found["totals"]} == {"20"}
