"""A return that rests on a sample says so, n of N, in every answer that holds it: desk, totals, series, as of any position."""

from __future__ import annotations

from typing import Any

import night
import pytest
from test_desk import RELEASE, approve, client, mutate, submit
from tiny import AUDITOR, SYSTEM, Ask

from projections.rebuild import rebuild
from projections.verify import verify
from reporting.database.connect import Database

__all__ = ["client"]

SAMPLE: dict[str, Any] = {"method": "sample", "places": 12, "ofPlaces": 39}
TOTALS = """query($l: String, $a: [String!], $at: Int) { election(code: "tiny", minPosition: $at) { contest(code: "pr") {
  totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], layer: $l, areas: $a) {
    sampled { unit unitName method places ofPlaces areas } } } } }"""
SERIES = """query($areas: [String!], $at: Int, $then: AsOfInput) {
  series(item: "voters", areas: $areas, minPosition: $at, asOf: $then, includeTests: true, contest: "pr") {
    nodes { area value obsStatus citation } } }"""


def sampled(ask: Ask, at: int, layer: str | None = None, areas: list[str] | None = None) -> Any:
    answer = ask(TOTALS, AUDITOR, l=layer, a=areas, at=at)
    assert "errors" not in answer, answer
    return answer["data"]["election"]["contest"]["totals"]["sampled"]


def statuses(ask: Ask, at: int, then: int | None = None) -> dict[str, list[str]]:
    answer = ask(
        SERIES,
        AUDITOR,
        areas=["11", "12", "10", "JP", "31"],
        at=at,
        then=None if then is None else {"position": then},
    )
    assert "errors" not in answer, answer
    return {one["area"]: one["obsStatus"] for one in answer["data"]["series"]["nodes"]}


def released(ask: Ask) -> int:
    for actor in (night.CITY, night.PREFECTURE):
        for unit in ("11", "12"):
            assert approve(ask, actor, unit)["__typename"] == "ReturnDone"
    made = ask(RELEASE, SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})["data"]
    return int(made["releaseSlot"]["release"]["position"])


def test_a_sample_is_told_by_every_answer_that_holds_it(ask: Ask, database: Database) -> None:
    entered = submit(ask, **SAMPLE)["position"]
    submit(ask, night.OTHER_WARD, "12")
    (part,) = sampled(ask, entered, "entered")
    assert (part["unit"], part["method"], part["places"], part["ofPlaces"]) == ("11", "sample", 12, 39)
    assert part["areas"] == ["11", "10", "P1", "JP"]
    assert sampled(ask, entered) == []  # nothing released: nothing told
    assert all("E" not in one for one in statuses(ask, entered).values())
    at = released(ask)
    assert [one["unit"] for one in sampled(ask, at)] == ["11"]
    assert sampled(ask, at, areas=["12"]) == []
    assert [one["unit"] for one in sampled(ask, at, areas=["P1"])] == ["11"]
    status = statuses(ask, at)
    assert status["11"] == status["10"] == ["E"]
    assert status["JP"] == ["E", "P"]  # 2 of its 5 units have reported
    assert status["12"] == ["A"]
    desk = ask(
        '{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { method places ofPlaces } }',
        night.CITY,
    )
    assert desk["data"]["desk"] == {"method": "sample", "places": 12, "ofPlaces": 39}
    rebuild(database)
    assert not verify(database).differences


def test_counted_whole_it_is_no_estimate_any_more_and_was_one_then(ask: Ask) -> None:
    submit(ask, **SAMPLE)
    submit(ask, night.OTHER_WARD, "12")
    then = released(ask)
    assert statuses(ask, then)["10"] == ["E"]
    changed = {"figures": [{"contest": "pr", "item": "electors", "value": "201"}], "reason": "全数の集計"}
    at = mutate(ask, night.WARD, "submitReturn", "SubmitInput", unit="11", **changed)["position"]
    assert sampled(ask, at, "entered") == []
    assert statuses(ask, at)["10"] == ["A"]
    assert statuses(ask, at, then)["10"] == ["E"]
    assert statuses(ask, at, then)["12"] == ["A"]


@pytest.mark.parametrize(
    "given",
    [{"method": "sample"}, {"method": "sample", "places": 40, "ofPlaces": 39}, {"places": 1, "ofPlaces": 2}],
)
def test_a_sample_says_of_how_many(ask: Ask, given: dict[str, Any]) -> None:
    refused = submit(ask, **given)
    assert refused["__typename"] == "InvalidRequest"
    assert "places" in refused["messageJa"]
    assert "should" not in refused["messageEn"]
