"""Both Upper House elections on today's municipalities by one query, and everything that says how far to trust it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sources
from asking import OBSERVATION, SERIES, WARDS, WHY, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import SYSTEM
from whole_series import build
from world import World

from projections.read import Sees, ViewReader
from projections.rebuild import rebuild
from projections.series.breaks import observation_of
from projections.series.rows import SeriesRow
from projections.verify import verify
from reporting.application.commands import CellInput, CorrectFigures
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.lineage.graph import Lineage
from reporting.series.rebase import RateItem

TODAY = date(2024, 5, 1)
TURNOUT = RateItem("turnout", "voters", "electors")


def test_turnout_of_todays_municipalities_by_one_query(
    japan: World, reader: ViewReader, lineage: Lineage
) -> None:
    """Equal, value by value and flag by flag, to the same figures re-based one by one."""
    nodes = japan.ask(SERIES, item="turnout", boundaries=TODAY.isoformat())["series"]["nodes"]
    reported = [
        observation_of(row, "administrative")
        for row in rows(reader, "electors", "voters", levels=("municipality", "ward"))
    ]
    assert len(reported) == 2 * 2 * 1896
    wanted = build(reported, lineage=lineage, boundaries=TODAY, rates=[TURNOUT])
    expected = {
        (row.observation.election, row.observation.area): row
        for row in wanted.rows
        if row.observation.item == "turnout"
    }
    found = {(node["election"], node["area"]): node for node in nodes}
    assert found.keys() == expected.keys()
    for key, node in found.items():
        one = expected[key].observation
        assert Decimal(node["value"]) == one.value, key
        assert "".join(node["obsStatus"]) == one.obs_status, (key, node, one)
        assert node["coverage"] == str(one.coverage), key
        assert node["method"] == one.method
        difference = expected[key].difference
        assert (node["difference"] and Decimal(node["difference"])) == difference


def test_hamamatsu_carries_e_and_b_where_it_must(japan: World) -> None:
    """Today's wards: 2019 and 2022 are estimates alike, so no break between them; 天竜区 is whole. On the seven wards of
    2023 nothing is estimated."""
    nodes = japan.ask(SERIES, item="electors", areas=["22138", "22139", "22140"], boundaries="2024-01-01")
    found = {(node["area"], node["election"]): node for node in nodes["series"]["nodes"]}
    assert len(found) == 6
    assert {key: node["obsStatus"] for key, node in found.items() if "E" in node["obsStatus"]} == {
        (area, election): ["E"]
        for area in ("22138", "22139")
        for election in ("sangiin-2019", "sangiin-2022")
    }
    assert found["22140", "sangiin-2022"]["obsStatus"] == ["A"]
    assert found["22138", "sangiin-2022"]["coverage"] == "5/5"
    assert "推計" in found["22138", "sangiin-2022"]["method"]
    wards = japan.ask(
        SERIES, item="electors", areas=[f"2213{n}" for n in range(1, 8)], boundaries="2023-12-31"
    )
    seven = wards["series"]["nodes"]
    assert len(seven) == 14
    assert all(node["obsStatus"] == ["A"] for node in seven)
    total = sum(Decimal(node["value"]) for (_, election), node in found.items() if election == "sangiin-2022")
    assert total == sum(Decimal(node["value"]) for node in seven if node["election"] == "sangiin-2022")


@pytest.mark.parametrize(("day", "wards"), [("2023-12-31", 7), ("2024-01-01", 3)])
def test_wards_of_hamamatsu_on_both_sides_of_the_new_year(japan: World, day: str, wards: int) -> None:
    ((city,),) = [data["contest"]["totals"]["nodes"] for data in japan.ask(WARDS, day=day).values()]
    assert len(city["children"]["nodes"]) == wards


def test_area_changes_move_and_remove_no_figure(japan: World, reader: ViewReader) -> None:
    """As reported is the same before and after the lineage was registered."""
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        before = snapshot.position - 11
    told: dict[str, Any] = {"levels": ("municipality", "ward")}
    then, now = (rows(reader, "electors", "voters", position=at, **told) for at in (before, None))
    assert [(row.election, row.area, row.item, row.value, row.coverage) for row in then] == [
        (row.election, row.area, row.item, row.value, row.coverage) for row in now
    ]
    assert len(now) == 2 * 2 * 1896


def test_what_was_known_before_equals_what_is_known_now(japan: World, reader: ViewReader) -> None:
    """The same position from the log and from the views: every field, as reported and re-based."""
    ward = Actor("山本", "選管", Role.SYSTEM, "*")
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        position = snapshot.position
    asked: list[dict[str, Any]] = [
        {"levels": ("prefecture", "ward")},
        {"boundaries": TODAY, "levels": ("municipality", "ward", "designated_city", "prefecture")},
        {"boundaries": date(2005, 4, 1)},
    ]
    live = [rows(reader, "turnout", "electors", **one) for one in asked]
    correction = CorrectFigures(
        command_id=uuid4(), election="sangiin-2022", form="final", slot="final", unit="01101", expected_version=1,
        figures=(CellInput(contest="pr", item="electors", value="1"),), reason_class="typing_error", reason="試験",
    )  # fmt: skip
    japan.service.correct_figures(correction, ward)
    japan.projector.catch_up()
    for one, expected in zip(asked, live, strict=True):
        assert rows(reader, "turnout", "electors", position=position, **one) == expected
    assert rows(reader, "electors", areas=("01101",))[-1].value == "1"
    back = correction.model_copy(
        update={
            "command_id": uuid4(),
            "expected_version": 2,
            "figures": (CellInput(contest="pr", item="electors", value=_value(live[0], "01101")),),
        }
    )
    japan.service.correct_figures(back, ward)
    japan.projector.catch_up()


def _value(found: list[SeriesRow], area: str) -> str:
    (row,) = [
        one for one in found if (one.area, one.election, one.item) == (area, "sangiin-2022", "electors")
    ]
    assert row.value
    return row.value


def test_a_citation_gives_the_very_observation_again(japan: World) -> None:
    asked: list[dict[str, Any]] = [
        {"item": "turnout", "areas": ["22138", "13101", "01101"], "boundaries": "2024-01-01"},
        {"item": "turnout", "areas": ["22135", "JP"]},
        {"item": "votes", "areas": ["22138"], "boundaries": "2024-01-01", "choice": "ldp"},
    ]
    found = [node for one in asked for node in japan.ask(SERIES, **one)["series"]["nodes"]]
    assert len(found) == 12
    for node in found:
        assert japan.ask(OBSERVATION, citation=node["citation"])["observation"] == node


DAYS = st.dates(date(1970, 4, 1), date(2024, 5, 26))


@given(DAYS)
@settings(
    max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_totals_are_the_same_on_any_days_boundaries(
    japan: World, reader: ViewReader, lineage: Lineage, day: date
) -> None:
    """Reported amounts, less those of areas whose way to that day holds a share (an estimate or an unknown one)."""
    told: dict[str, Any] = {"until": date(2022, 7, 10), "since": date(2022, 7, 10)}
    rebased = rows(reader, "electors", boundaries=day, **told)
    reported = rows(reader, "electors", levels=("municipality", "ward"), **told)
    mixed: set[str] = set()
    left = Decimal(0)
    for row in reported:
        shares = lineage.shares(row.area, row.date, day)
        if not all(share.weight == 1 for share in shares.values()) or not shares:
            mixed.update(shares)
    whole = Decimal(0)
    for row in reported:
        shares = lineage.shares(row.area, row.date, day)
        if shares and mixed.isdisjoint(shares):
            whole += Decimal(row.value or 0)
        else:
            left += Decimal(row.value or 0)
    assert sum(Decimal(row.value or 0) for row in rebased if row.area not in mixed) == whole
    assert whole + left == 105_019_203


def test_the_first_counted_after_the_estimates_is_a_break(japan: World, shared: Path) -> None:
    """A made-up election on the three new wards, marked as a test."""
    source = sources.UpperHouse(shared, 2022)
    definition = source.definition().model_copy(
        update={"code": "sangiin-2025", "polling_date": date(2025, 7, 20), "is_test": True}
    )
    items = [item.model_copy(update={"version": 1 + (item.code == "voters")}) for item in definition.items]
    definition = definition.model_copy(update={"items": tuple(items)})
    japan.service.define_election(definition, SYSTEM, uuid4())
    where = {
        "election": "sangiin-2025",
        "form": "final",
        "slot": "final",
        "contest": "pr",
        "item": "electors",
    }
    wards = {"22138": "490000", "22139": "130000", "22140": "22000"}
    voters = {**where, "item": "voters", "unit": "22140", "value": "9000"}
    japan.take(
        "made-up", [voters, *({**where, "unit": unit, "value": value} for unit, value in wards.items())]
    )
    areas = list(wards)
    answer = japan.ask(WHY, areas=areas, boundaries="2024-01-01")["series"]
    found = {(node["area"], node["election"]): node for node in answer["nodes"]}
    for area in ("22138", "22139"):
        new, before = found[area, "sangiin-2025"], found[area, "sangiin-2022"]
        assert (new["value"], new["obsStatus"]) == (wards[area], ["B"])
        assert new["preBreakValue"] == before["value"]
    assert found["22140", "sangiin-2025"]["obsStatus"] == ["A"]
    assert {(one["area"], one["cause"], one["before"]) for one in answer["breaks"]} == {
        (area, "area", "sangiin-2022") for area in ("22138", "22139")
    }
    assert answer["unplaced"] == []
    reported = japan.ask(WHY, areas=["22130"], boundaries="AS_REPORTED")["series"]
    assert [node["value"] for node in reported["nodes"]][-1] == str(sum(map(int, wards.values())))


def test_another_definition_of_the_item_is_a_break(japan: World) -> None:
    answer = japan.ask(WHY, item="voters", areas=["22140"], boundaries="2024-01-01")["series"]
    assert [(node["election"], node["obsStatus"]) for node in answer["nodes"]][1:] == [
        ("sangiin-2022", ["A"]),
        ("sangiin-2025", ["B"]),
    ]
    assert [(one["cause"], one["change"], one["after"]) for one in answer["breaks"]] == [
        ("item_definition", "voters-2", "sangiin-2025")
    ]


def test_what_cannot_be_placed_is_told(japan: World) -> None:
    """On the boundaries of 2000 there is no way to say what of today's 浜松市 was in which town: no number, and the amount is
    in the list."""
    answer = japan.ask(WHY, areas=["22202", "22211"], boundaries="2000-01-01")["series"]
    assert answer["nodes"]
    assert {(node["value"], tuple(node["obsStatus"])) for node in answer["nodes"]} == {(None, ("O",))}
    lost = [one for one in answer["unplaced"] if one["area"] == "22131"]
    assert {one["reason"] for one in lost} == {"unknown_share"}
    assert "22202" in lost[0]["into"]


def test_the_views_are_still_what_the_log_says(japan: World, module_database: Database) -> None:
    """Events of the lineage pass through projection, rebuilding and verification."""
    assert verify(module_database).differences == []
    rebuild(module_database)
    assert verify(module_database).differences == []
