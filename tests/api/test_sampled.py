"""A return that rests on a sample says so, n of N, in every answer that holds it: desk, totals, series, as of any position."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from uuid import uuid4

import night
import pytest
from test_desk import RELEASE, approve, client, mutate, submit
from tiny import AUDITOR, SYSTEM, Ask

from projections import versions
from projections.rebuild import rebuild
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.publication.release import Publication

pytestmark = pytest.mark.begins.with_args(night.define)

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
    return release(ask)


def release(ask: Ask) -> int:
    made = ask(RELEASE, SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})["data"]
    return int(made["releaseSlot"]["release"]["position"])


def package_rows(service: Reporting, number: int) -> dict[str, list[dict[str, str]]]:
    """File → rows of a release's package, made again."""
    _, package = Publication(service, Desk(service)).package("tiny", "final", "final", number)
    return {
        name: list(csv.DictReader(io.StringIO(held.decode())))
        for name, held in package.files.items()
        if name.endswith(".csv")
    }


def methods_of(service: Reporting, number: int) -> set[tuple[str, ...]]:
    """Unit, method, places, of_places of a release's figures."""
    rows = package_rows(service, number)["figures.csv"]
    return {(row["unit"], row["method"], row["places"], row["of_places"]) for row in rows}


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


COUNTED_WHOLE: dict[str, Any] = {
    "figures": [{"contest": "pr", "item": "electors", "value": "201"}],
    "reason": "全数の集計",
    "method": "full",
}


def count_whole(ask: Ask) -> int:
    """The ward counts the rest, and sends what changed: nothing of it is approved."""
    return int(mutate(ask, night.WARD, "submitReturn", "SubmitInput", unit="11", **COUNTED_WHOLE)["position"])


def in_order(database: Database, ask: Ask, at: int) -> None:
    """Followed, rebuilt and folded by hand, they say the same, and so does the log as of now."""
    live = sampled(ask, at), statuses(ask, at)
    assert statuses(ask, at, at) == live[1]
    assert not verify(database).differences
    rebuild(database)
    assert not verify(database).differences
    assert (sampled(ask, at), statuses(ask, at)) == live


def test_what_is_public_rests_on_the_sample_until_the_whole_count_is_released(
    ask: Ask, service: Reporting, database: Database
) -> None:
    submit(ask, **SAMPLE)
    submit(ask, night.OTHER_WARD, "12")
    then = released(ask)
    assert statuses(ask, then)["10"] == ["E"]
    at = count_whole(ask)
    assert sampled(ask, at, "entered") == []
    assert [one["unit"] for one in sampled(ask, at)] == ["11"]
    assert (statuses(ask, at)["10"], statuses(ask, at)["12"]) == (["E"], ["A"])
    in_order(database, ask, at)
    # A notice about the other ward goes out meanwhile: its package says that 11 is a sample still.
    other = {"figures": [{"contest": "pr", "item": "electors", "value": "202"}], "reason": "入力の誤り"}
    mutate(ask, night.OTHER_WARD, "submitReturn", "SubmitInput", unit="12", **other)
    for actor in (night.CITY, night.PREFECTURE):
        approve(ask, actor, "12")
    at = release(ask)
    assert methods_of(service, 2) == {("11", "sample", "12", "39"), ("12", "full", "", "")}
    assert statuses(ask, at)["10"] == ["E"]
    # A level's figures follow that level's approval, the public's follow the release.
    approve(ask, night.CITY)
    at = approve(ask, night.PREFECTURE)["position"]
    assert statuses(ask, at)["10"] == ["E"]
    at = release(ask)
    assert sampled(ask, at) == []
    assert statuses(ask, at)["10"] == ["A"]
    assert methods_of(service, 3) == {("11", "full", "", ""), ("12", "full", "", "")}
    assert methods_of(service, 2) == {("11", "sample", "12", "39"), ("12", "full", "", "")}
    assert statuses(ask, at, then)["10"] == ["E"]
    assert statuses(ask, at, then)["12"] == ["A"]
    in_order(database, ask, at)


def test_what_a_level_approved_rests_on_the_sample_until_it_approves_the_whole_count(
    ask: Ask, database: Database
) -> None:
    submit(ask, **SAMPLE)
    submit(ask, night.OTHER_WARD, "12")
    approve(ask, night.CITY)
    at = count_whole(ask)
    assert [one["unit"] for one in sampled(ask, at, "city")] == ["11"]
    assert sampled(ask, at, "entered") == []
    in_order(database, ask, at)
    at = approve(ask, night.CITY)["position"]
    assert sampled(ask, at, "city") == []
    in_order(database, ask, at)


def test_a_whole_count_that_became_a_sample_is_public_as_it_was(ask: Ask, database: Database) -> None:
    submit(ask)
    submit(ask, night.OTHER_WARD, "12")
    released(ask)
    changed = COUNTED_WHOLE | SAMPLE | {"reason": "標本での数え直し"}
    at = mutate(ask, night.WARD, "submitReturn", "SubmitInput", unit="11", **changed)["position"]
    assert [one["unit"] for one in sampled(ask, at, "entered")] == ["11"]
    assert sampled(ask, at) == []
    assert statuses(ask, at)["10"] == ["A"]
    in_order(database, ask, at)


@pytest.mark.parametrize(
    "given",
    [{"method": "sample"}, {"method": "sample", "places": 40, "ofPlaces": 39}, {"places": 1, "ofPlaces": 2}],
)
def test_a_sample_says_of_how_many(ask: Ask, given: dict[str, Any]) -> None:
    refused = submit(ask, **given)
    assert refused["__typename"] == "InvalidRequest"
    assert "places" in refused["messageJa"]
    assert "should" not in refused["messageEn"]


EVERYWHERE = """query($at: Int) { election(code: "tiny", minPosition: $at) {
    unitReturn(form: "final", slot: "final", unit: "11") { figures { unit partial { method places ofPlaces } } }
    contest(code: "pr") { totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], layer: "entered") {
      nodes { code estimated figures { nodes { unit partial { method places ofPlaces } } } } } } }
  board: statusBoard(election: "tiny", form: "final", slot: "final", geography: "administrative", level: "nation") { sampled places ofPlaces }
  workList(election: "tiny", kind: AWAITING_APPROVAL, form: "final") { nodes { unit method places ofPlaces } }
  previewCorrection(election: "tiny", form: "final", slot: "final", unit: "12",
    figures: [{contest: "pr", item: "voters", value: "99"}]) { sampled { unit method places ofPlaces areas } }
  previewTogether(election: "tiny", returns: [{form: "final", slot: "final", unit: "12",
    figures: [{contest: "pr", item: "voters", value: "99"}]}]) { slots { sampled { unit places ofPlaces areas } } } }"""


def test_figures_boards_work_lists_and_previews_say_n_of_n(ask: Ask) -> None:
    submit(ask, **SAMPLE)
    at = submit(ask, night.OTHER_WARD, "12")["position"]
    answer = ask(EVERYWHERE, night.CITY, at=at)
    assert "errors" not in answer, answer
    told = answer["data"]
    n_of_n = {"method": "sample", "places": 12, "ofPlaces": 39}
    held = told["election"]["unitReturn"]["figures"]
    assert held
    assert all(one["partial"] == n_of_n for one in held)
    totals = {one["code"]: one for one in told["election"]["contest"]["totals"]["nodes"]}
    assert {code: one["estimated"] for code, one in totals.items()} == {"10": True, "11": True, "12": False}
    below = {one["unit"]: one["partial"] for one in totals["10"]["figures"]["nodes"]}
    assert below == {"11": n_of_n, "12": None}
    waiting = {one.pop("unit"): one for one in told["workList"]["nodes"]}
    assert waiting == {"11": n_of_n, "12": {"method": "full", "places": None, "ofPlaces": None}}
    # The other ward's correction moves the city's totals, which hold the sample: 12 of 39 places of 11.
    (part,) = told["previewCorrection"]["sampled"]
    assert part == {"unit": "11", **n_of_n, "areas": ["10"]}
    (slot,) = told["previewTogether"]["slots"]
    assert [one["unit"] for one in slot["sampled"]] == ["11"]
    (nation,) = ask(EVERYWHERE, AUDITOR, at=at)["data"]["board"]
    assert nation == {"sampled": 1, "places": 12, "ofPlaces": 39}


def test_a_release_says_which_of_it_is_a_sample(ask: Ask, service: Reporting) -> None:
    submit(ask, **SAMPLE)
    submit(ask, night.OTHER_WARD, "12")
    released(ask)
    count_whole(ask)
    rows = package_rows(service, 1)  # made again, after it was counted whole
    assert methods_of(service, 1) == {("11", "sample", "12", "39"), ("12", "full", "", "")}
    sampled = {
        row["area"]: (row["reported"], row["sampled"])
        for row in rows["totals.csv"]
        if (row["geography"], row["item"]) == ("administrative", "turnout") and row["contest"] == "pr"
    }
    assert sampled["10"] == ("2", "1")
    assert sampled["11"] == ("1", "1")
    assert sampled["12"] == ("1", "0")


def test_the_independent_fold_finds_a_method_that_the_views_lost(ask: Ask, database: Database) -> None:
    submit(ask, **SAMPLE)
    count_whole(ask)
    at = submit(ask, night.OTHER_WARD, "12", **SAMPLE)["position"]
    sampled(ask, at, "entered")
    found = verify(database)
    assert not found.differences
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
        assert live is not None
        connection.execute(
            f"UPDATE {versions.schema_name(live.number)}.return_method SET of_places = 40".encode()
        )
    told = verify(database).differences
    assert sum("in the fold, not live: methods" in one for one in told) == 2, told


def test_a_sample_stays_one_on_other_boundaries(ask: Ask, service: Reporting) -> None:
    """11 and 12 became 10 on a day after: its figure is made of a sample of the one and the whole count of the other."""
    submit(ask, **SAMPLE)
    submit(ask, night.OTHER_WARD, "12")
    released(ask)
    start = {code: AreaName(code=code, name=f"地域{code}", level="ward") for code in ("11", "12", "31")}
    merged = AreaChange(
        id="m", date=date(2025, 4, 1), kind="merged", source="test", from_areas=(start["11"], start["12"]),
        to_areas=(AreaName(code="13", name="新区", level="ward"),),
    )  # fmt: skip
    done = register_lineage(service, "tinyland", date(2000, 1, 1), start, [merged], SYSTEM, uuid4())
    query = SERIES.replace('item: "voters"', 'item: ["voters", "turnout"], boundaries: "2025-06-01"')
    nodes = ask(query, AUDITOR, areas=["13", "31"], at=done.position)["data"]["series"]["nodes"]
    assert [one["obsStatus"] for one in nodes if one["area"] == "13"] == [["E"], ["E"]]
    for one in nodes:  # the same from the log, as of then
        again = "query($c: String!) { observation(citation: $c) { area value obsStatus citation } }"
        assert ask(again, AUDITOR, c=one["citation"])["data"]["observation"] == one


def whole_with_equal_figures(ask: Ask) -> int:
    """All is counted, and every figure is what the sample said."""
    answer = mutate(ask, night.WARD, "submitReturn", "SubmitInput", unit="11", method="full")
    assert answer["__typename"] == "ReturnDone", answer
    return int(answer["position"])


def test_a_whole_count_of_equal_figures_is_approved_released_and_told(
    ask: Ask, service: Reporting, database: Database
) -> None:
    """What figures rest on is no cell: it has to be looked at all the same, and goes out as a notice of its own."""
    submit(ask, **SAMPLE)
    submit(ask, night.OTHER_WARD, "12")
    then = released(ask)
    at = whole_with_equal_figures(ask)
    assert sampled(ask, at, "entered") == []
    assert [one["unit"] for one in sampled(ask, at)] == ["11"], (
        "public as before until it is approved and released"
    )
    in_order(database, ask, at)
    plan = Publication(service, Desk(service)).plan("tiny", "final", "final")
    assert plan.under_correction == ("11",)
    assert not plan.moves
    assert approve(ask, night.PREFECTURE)["__typename"] != "ReturnDone", "the level below looks first"
    assert approve(ask, night.CITY)["__typename"] == "ReturnDone"
    assert not Publication(service, Desk(service)).plan("tiny", "final", "final").moves, (
        "the publishing level has not"
    )
    assert approve(ask, night.PREFECTURE)["__typename"] == "ReturnDone"
    at = release(ask)
    assert sampled(ask, at) == []
    assert (statuses(ask, at)["10"], statuses(ask, at, then)["10"]) == (["A"], ["E"])
    assert methods_of(service, 1) == {("11", "sample", "12", "39"), ("12", "full", "", "")}
    assert methods_of(service, 2) == {("11", "full", "", ""), ("12", "full", "", "")}
    assert package_rows(service, 2)["changes.csv"] == []
    in_order(database, ask, at)
    (told, first) = notices(ask)
    assert (told["kinds"], told["correction"], told["changes"]) == (["BASIS"], None, [])
    assert told["notice"]["ja"] == "集計の範囲の変更"
    assert first["bases"] == []
    (basis,) = told["bases"]
    assert (basis["unit"], basis["before"], basis["after"]["method"]) == ("11", SAMPLE, "full")
    assert (basis["office"], basis["approvedBy"]) == (night.WARD.office, night.PREFECTURE.office)


NOTICES = """{ releases(election: "tiny", form: "final", slot: "final") { kinds correction notice { ja } changes { cell }
  bases { unit before { method places ofPlaces } after { method places ofPlaces } office approvedBy } } }"""


def notices(ask: Ask) -> list[dict[str, Any]]:
    """As anybody reads them, newest first."""
    answer = ask(NOTICES)
    assert "errors" not in answer, answer
    return list(answer["data"]["releases"])


@pytest.mark.parametrize(
    "later", [{"method": "sample", "places": 20, "ofPlaces": 39}, {"method": "estimate"}, {}]
)
def test_what_figures_rest_on_changes_only_by_somebodys_word(
    ask: Ask, service: Reporting, database: Database, later: dict[str, Any]
) -> None:
    """A whole count that turns out to be a sample, or an estimate, likewise; who says nothing changes nothing."""
    submit(ask)
    submit(ask, night.OTHER_WARD, "12")
    released(ask)
    at = int(mutate(ask, night.WARD, "submitReturn", "SubmitInput", unit="11", **later)["position"])
    again = approve(ask, night.CITY)["__typename"] == "ReturnDone"
    assert again is bool(later)
    if later:
        assert sampled(ask, at) == []
        approve(ask, night.PREFECTURE)
        at = release(ask)
        assert [(one["method"], one["places"]) for one in sampled(ask, at)] == [
            (later["method"], later.get("places"))
        ]
        assert notices(ask)[0]["kinds"] == ["BASIS"]
    in_order(database, ask, at)
