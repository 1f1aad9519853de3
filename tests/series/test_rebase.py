"""Re-basing: totals stay, estimates say so, and nothing is lost in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from thorough import examples
from whole_series import build

from reporting.domain.figures import Absence
from reporting.lineage.graph import Lineage
from reporting.lineage.official import START
from reporting.series.amounts import exact_decimal, number_of
from reporting.series.model import Citation, ConfStatus, Coverage, Observation, ObsStatus
from reporting.series.rebase import RateItem, Rebased, rate_of, rebase

END = date(2024, 5, 26)
EVE, REFORM = date(2023, 12, 31), date(2024, 1, 1)
TURNOUT = RateItem("turnout", "voters", "electors")
Make = Callable[..., Observation]


def leaves(lineage: Lineage, day: date, prefecture: str) -> list[str]:
    """Municipalities and wards; a designated city only by its wards."""
    return [
        code
        for code, area in lineage.alive(day).items()
        if area.level in ("municipality", "ward") and code.startswith(prefecture)
    ]


def total(result: Rebased) -> Fraction:
    return sum((number_of(one.value) for one in result.observations), Fraction(0))


@settings(deadline=None, max_examples=examples(60))
@given(
    first=st.dates(START, END),
    second=st.dates(START, END),
    prefecture=st.integers(1, 47).map("{:02d}".format),
    seed=st.randoms(use_true_random=False),
)
def test_totals_over_reported_areas_are_totals_over_rebased_areas(
    lineage: Lineage, first: date, second: date, prefecture: str, seed: object
) -> None:
    areas = leaves(lineage, first, prefecture)
    assume(areas)
    draw = seed.randrange  # type: ignore[attr-defined]
    reported = [
        Observation(area=code, election="e", day=first, item="electors", value=Decimal(draw(0, 500_000)))
        for code in areas
    ]
    result = rebase(reported, lineage, second)
    everything = sum((number_of(one.value) for one in reported), Fraction(0))
    assert total(result) + sum((one.amount for one in result.unplaced), Fraction(0)) == everything
    partial = any(
        not share.exact for code in areas for share in lineage.shares(code, first, second).values()
    ) or any(not lineage.shares(code, first, second) for code in areas)
    if not partial:
        assert result.unplaced == ()
        assert total(result) == everything
        assert all(one.status == (ObsStatus.NORMAL,) for one in result.observations)
    assert {one.area for one in result.observations} <= lineage.alive(second).keys()


def test_without_partial_splits_even_the_whole_country_keeps_its_total(
    lineage: Lineage, upper_house: list[Observation]
) -> None:
    result = rebase(upper_house, lineage, date(2021, 1, 1))
    assert len(result.observations) == len(upper_house)
    assert total(result) == total(Rebased(tuple(upper_house), ()))


def test_turnout_of_todays_municipalities_in_both_upper_house_elections(
    lineage: Lineage, upper_house: list[Observation]
) -> None:
    result = rebase(upper_house, lineage, END, rates=[TURNOUT])
    by_item = {
        item: {(one.election, one.area): one for one in result.observations if one.item == item}
        for item in ("electors", "voters", "turnout")
    }
    assert {item: len(found) for item, found in by_item.items()} == dict.fromkeys(by_item, 2 * 1892)
    assert result.unplaced == ()
    sums = {
        item: [
            sum(number_of(one.value) for key, one in by_item[item].items() if key[0] == f"sangiin-{year}")
            for year in (2019, 2022)
        ]
        for item in ("electors", "voters")
    }
    assert sums == {"electors": [105_886_064, 105_019_203], "voters": [51_669_961, 54_655_446]}
    estimated = {key for key, one in by_item["turnout"].items() if ObsStatus.ESTIMATED in one.status}
    assert estimated == {(f"sangiin-{year}", code) for year in (2019, 2022) for code in ("22138", "22139")}


def test_hamamatsu_carries_e_with_method_and_source(lineage: Lineage, upper_house: list[Observation]) -> None:
    reported = {
        (one.area, one.item): one.value
        for one in upper_house
        if one.election == "sangiin-2022" and isinstance(one.value, Decimal)
    }
    result = rebase(upper_house, lineage, REFORM, rates=[TURNOUT])
    found = {(one.area, one.item): one for one in result.observations if one.election == "sangiin-2022"}
    central, hamana, tenryu = (found[code, "electors"] for code in ("22138", "22139", "22140"))
    kita = reported["22135", "electors"]
    assert central.value == sum(
        reported[f"2213{number}", "electors"] for number in range(1, 5)
    ) + kita * Decimal("0.384")
    assert hamana.value == reported["22136", "electors"] + kita * Decimal("0.616")
    assert (tenryu.value, tenryu.obs_status, tenryu.method) == (reported["22137", "electors"], "A", "")
    assert central.obs_status == hamana.obs_status == "E"
    assert "住民基本台帳" in central.method
    assert "mu373/election-202602-shugiin" in central.source
    assert "UC_inoue2" in central.source
    assert (central.coverage, hamana.coverage) == (Coverage(5, 5), Coverage(2, 2))
    assert found["22138", "turnout"].obs_status == "E"


def test_the_first_election_after_the_reform_breaks_the_series(
    lineage: Lineage, upper_house: list[Observation], make: Make
) -> None:
    wards = ("22138", "22139", "22140")
    later = [
        make(code, 2025, "100000", day=date(2025, 7, 20), election="sangiin-2025", contest="pr")
        for code in wards
    ]
    members = [one for one in upper_house if one.item == "electors"]
    series = build([*members, *later], lineage=lineage, boundaries=REFORM, areas=wards)
    flags = {(row.observation.area, row.observation.election): row.observation for row in series.rows}
    assert {key: one.obs_status for key, one in flags.items()} == {
        **{(code, f"sangiin-{year}"): "E" for code in wards[:2] for year in (2019, 2022)},
        **{(wards[2], f"sangiin-{year}"): "A" for year in (2019, 2022)},
        ("22138", "sangiin-2025"): "B",
        ("22139", "sangiin-2025"): "B",
        ("22140", "sangiin-2025"): "A",
    }
    after = flags["22138", "sangiin-2025"]
    assert after.pre_break_value == flags["22138", "sangiin-2022"].value
    causes = {(one.key.area, one.cause.value, one.after) for one in series.breaks}
    assert causes == {(code, "area", "sangiin-2025") for code in wards[:2]}


def test_back_to_the_seven_wards_is_no_number_and_is_told(lineage: Lineage, make: Make) -> None:
    after = [make(code, 2025, "1000", day=date(2024, 5, 1)) for code in ("22138", "22139", "22140")]
    result = rebase(after, lineage, EVE)
    found = {one.area: one for one in result.observations}
    assert found["22137"].value == 1000
    for code in ("22131", "22135", "22136"):
        assert (found[code].value, found[code].obs_status) == (None, "O")
    assert [(one.observation.area, one.amount, one.reason) for one in result.unplaced] == [
        ("22138", 1000, "unknown_share"),
        ("22139", 1000, "unknown_share"),
    ]


def test_a_missing_part_shows_in_the_coverage(lineage: Lineage, make: Make) -> None:
    day = date(2005, 1, 20)
    one = make("08342", 2005, "40000", day=day)  # 那珂町 without 瓜連町
    (found,) = rebase([one], lineage, date(2005, 1, 21)).observations
    assert (found.area, found.value, found.coverage) == ("08226", 40000, Coverage(1, 2))
    none = make("08343", 2005, Absence.NOT_REPORTED, day=day, coverage=Coverage(0, 1))
    (found,) = rebase([one, none], lineage, date(2005, 1, 21)).observations
    assert (found.value, found.coverage) == (40000, Coverage(1, 2))


@pytest.mark.parametrize(
    ("values", "expected", "status"),
    [
        ((Absence.NONE, Absence.NONE), Absence.NONE, "M"),
        ((Absence.NONE, Absence.NOT_REPORTED), Absence.NOT_REPORTED, "L"),
        ((Absence.SUPPRESSED, Absence.NOT_REPORTED), Absence.SUPPRESSED, "Q"),
        ((None, Absence.NONE), None, "O"),
        (("7", Absence.SUPPRESSED), Decimal(7), "A"),
    ],
)
def test_absences_stay_absences(
    lineage: Lineage, make: Make, values: tuple[object, ...], expected: object, status: str
) -> None:
    parts = [
        make(code, 2005, value, day=date(2005, 1, 20))
        for code, value in zip(("08342", "08343"), values, strict=True)
    ]
    (found,) = rebase(parts, lineage, date(2005, 1, 21)).observations
    assert (found.value, found.obs_status) == (expected, status)


@pytest.mark.parametrize(
    ("top", "bottom", "expected"),
    [
        ("5", "0", "M"),
        (Absence.NONE, "9", "M"),
        (Absence.NOT_REPORTED, "9", "O"),
        (None, "9", "O"),
        ("0", "9", "A"),
    ],
)
def test_a_rate_of_nothing_cannot_exist(make: Make, top: Any, bottom: Any, expected: str) -> None:
    voters, electors = make("A", 2020, top, item="voters"), make("A", 2020, bottom)
    found = rate_of(RateItem("turnout", "voters", "electors"), voters, electors)
    assert found.obs_status == expected
    assert found.versions == {"turnout": 1, "voters": 1, "electors": 1}


@pytest.mark.parametrize(
    ("top", "bottom", "reported", "value"),
    [
        ("79997", "80000", 2, "99.99"),
        ("1", "80000", 2, "0.01"),
        ("80000", "80000", 2, "100.00"),
        ("0", "80000", 2, "0.00"),
        ("80000", "80000", 1, None),
    ],
)
def test_a_progress_reads_an_end_only_when_it_is_there(
    make: Make, top: str, bottom: str, reported: int, value: str | None
) -> None:
    counts = [
        make("A", 2020, number, item=item, coverage=Coverage(reported, 2))
        for number, item in ((top, "ballots_counted"), (bottom, "voters"))
    ]
    found = rate_of(RateItem("count_progress", "ballots_counted", "voters", progress=True), *counts).value
    assert found == (None if value is None else Decimal(value))


def test_areas_asked_for_come_even_when_nothing_was_reported(lineage: Lineage, make: Make) -> None:
    result = rebase([make("01201", 1970, "5")], lineage, date(1970, 7, 1), areas=["01202"])
    (found,) = result.observations
    assert (found.area, found.value, found.obs_status, found.coverage) == ("01202", None, "O", Coverage(0, 1))
    assert [(one.reason, one.amount) for one in result.unplaced] == [("not_asked_for", 5)]


def test_codes_that_cannot_be_placed_are_told(lineage: Lineage, make: Make) -> None:
    result = rebase([make("99999", 2020, "1"), make("08342", 2020, "2")], lineage, END)
    assert result.observations == ()
    assert {one.observation.area: one.reason for one in result.unplaced} == {
        "99999": "unknown_reference",
        "08342": "area_not_alive",
    }


def test_a_county_that_ended_is_told(lineage: Lineage, make: Make) -> None:
    county = make("13340", 1970, "12")  # 北多摩郡, no municipality left in it
    (left,) = rebase([county], lineage, END).unplaced
    assert (left.reason, left.amount, left.into) == ("ended", 12, ())


def test_a_sum_takes_the_strictest_and_the_latest_of_its_parts(lineage: Lineage, make: Make) -> None:
    day = date(2005, 1, 20)
    parts = [
        make(
            "08342",
            2005,
            "1",
            day=day,
            definition=2,
            position=7,
            status=(ObsStatus.BREAK, ObsStatus.UNRELIABLE),
        ),
        make("08343", 2005, "2", day=day, position=5, conf_status=ConfStatus.CONFIDENTIAL, source="paper"),
    ]
    (found,) = rebase(parts, lineage, date(2005, 1, 21)).observations
    assert (found.definition, found.position, found.conf_status) == (2, 7, ConfStatus.CONFIDENTIAL)
    assert (found.obs_status, found.source) == ("U", "paper")


def test_flash_results_stay_provisional(lineage: Lineage, make: Make) -> None:
    flash = make("22135", 2022, "10", status=(ObsStatus.PROVISIONAL,))
    assert {one.obs_status for one in rebase([flash], lineage, REFORM).observations} == {"EP"}


def test_a_citation_reads_back(lineage: Lineage, upper_house: list[Observation]) -> None:
    whole = [replace(one, geography="administrative") for one in upper_house[:20]]
    found = rebase(whole, lineage, END).observations[0]
    assert found.citation == (
        "reporting:series?geography=administrative&area=01101&election=sangiin-2019&contest=pr&item=electors"
        "&breakdown=&definition=1&boundaries=2024-05-26&position=1000"
    )
    assert Citation.parse(found.citation) == Citation.of(found)


@given(
    st.fractions(min_value=-10, max_value=10, max_denominator=1).flatmap(
        lambda whole: st.tuples(st.just(whole), st.integers(0, 6), st.integers(0, 6))
    )
)
def test_exact_decimals(parts: tuple[Fraction, int, int]) -> None:
    whole, twos, fives = parts
    number = whole + Fraction(1, 2**twos * 5**fives)
    assert Fraction(exact_decimal(number)) == number
    with pytest.raises(ValueError, match="finite"):
        exact_decimal(number + Fraction(1, 3))
