"""Continuity checks, breaks and citations on small series."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from whole_series import mark

from reporting.domain.figures import Absence
from reporting.errors import InvalidInput
from reporting.lineage.graph import Lineage
from reporting.robust import robust_z
from reporting.series.breaks import find_breaks
from reporting.series.checks import Limits, check_series
from reporting.series.declared import Cause, ItemVersion, declared_breaks
from reporting.series.errata import Erratum
from reporting.series.model import Citation, Observation, ObsStatus, statuses
from reporting.series.report import ContinuityCheck

Make = Callable[..., Observation]


def test_gaps(make: Make) -> None:
    members = [
        make("22131", 2022, "1"),
        make("22132", 2022, None),
        make("22133", 2022, Absence.NONE),
    ]
    report = check_series(members, expected={"e2022": ["22131", "22132", "22133", "22134"]})
    assert [(one.check, one.area) for one in report.findings] == [
        (ContinuityCheck.GAP, "22132"),
        (ContinuityCheck.GAP, "22134"),
    ]
    assert report.findings[0].evidence == {"have": "2", "expected": "4"}


def test_codes_that_never_were_or_not_then(lineage: Lineage, make: Make) -> None:
    members = [make("99999", 2022, "1"), make("08342", 2022, "2"), make("22138", 2022, "3")]
    report = check_series(members, lineage=lineage)
    assert [(one.check, one.area) for one in report.findings] == [
        (ContinuityCheck.UNKNOWN_CODE, "99999"),
        (ContinuityCheck.NOT_ALIVE, "08342"),
        (ContinuityCheck.NOT_ALIVE, "22138"),
    ]
    assert "2005-01-21" in report.findings[1].evidence["lives"]


def test_an_area_beside_its_successor_is_an_overlap(lineage: Lineage, make: Make) -> None:
    report = check_series([make("08342", 2022, "2"), make("08226", 2022, "9")], lineage=lineage)
    (found,) = report.findings
    assert (found.check, found.area, found.evidence["also"]) == (ContinuityCheck.OVERLAP, "08342", "08226")


def test_an_erratum_explains_the_two_figures_that_it_names_and_no_other_difference(make: Make) -> None:
    told = {
        "id": "e1", "election": "e2022", "date": date(2022, 10, 27), "contest": "smd", "area": "T", "item": "electors",
        "publication": "結果調", "published": "53", "other_publication": "速報", "other": "54", "difference": "-1", "source": "県",
    }  # fmt: skip
    erratum = Erratum.model_validate(told)
    parents = {"A": "T", "B": "T"}
    for whole, part, explained in (
        ("53", "24", True),
        ("54", "23", True),
        ("54", "25", False),
        ("90", "61", False),
    ):
        values = {"T": whole, "A": "30", "B": part}
        members = [make(area, 2022, value, contest="smd") for area, value in values.items()]
        (finding,) = check_series(members, parents=parents, errata=[erratum]).findings
        assert (finding.check, "erratum" in finding.evidence) == (ContinuityCheck.SUM, explained)


def test_two_figures_for_one_cell_are_an_overlap(make: Make) -> None:
    (found,) = check_series([make("A", 2022, "2"), make("A", 2022, "3")]).findings
    assert (found.check, found.evidence["values"]) == (ContinuityCheck.OVERLAP, "2, 3")


def test_sexes_that_do_not_add_up(make: Make) -> None:
    members = [
        make("A", 2022, "10"),
        make("A", 2022, "4", breakdown="sex=m"),
        make("A", 2022, "5", breakdown="sex=f"),
    ]
    (found,) = check_series(members).findings
    assert (found.check, found.evidence["by"], found.evidence["difference"]) == (
        ContinuityCheck.SUM,
        "sex",
        "1",
    )


def test_a_jump_stands_out_with_its_robust_z(make: Make) -> None:
    members = [
        make(f"A{number}", year, str(10_000 + 37 * number + (year - 2020) * (50 + number * 3)))
        for number in range(20)
        for year in (2020, 2022)
    ]
    assert check_series(members).findings == ()
    wrong = [*members, make("B", 2020, "10000"), make("B", 2022, "10910")]
    (found,) = check_series(wrong).findings
    assert (found.check, found.area, found.evidence["before"], found.evidence["change"]) == (
        ContinuityCheck.JUMP,
        "B",
        "10000",
        "+9.1%",
    )
    assert float(found.evidence["z"]) > 6
    assert check_series(wrong, limits=Limits(z=1000)).findings == ()


def test_a_jump_stands_out_among_contests_of_one_kind_whatever_their_codes(make: Make) -> None:
    """Districts of one election, and towns that elect their mayors on one day, each by a code of its own."""

    def district(number: int, year: int, value: int, alike: str) -> Observation:
        held = {"contest": f"d{number}", "election": f"town{number}-{year}", "alike": alike}
        return make(f"A{number}", year, str(value), **held)

    def of(alike: str) -> list[Observation]:
        steady = [
            district(number, year, 10_000 + 37 * number + (year - 2020) * (50 + number * 3), alike)
            for number in range(20)
            for year in (2020, 2022)
        ]
        return [*steady, district(20, 2020, 10_000, alike), district(20, 2022, 10_910, alike)]

    (found,) = check_series(of("local/mayor")).findings
    assert (found.check, found.area, found.evidence["among"], found.evidence["peers"]) == (
        ContinuityCheck.JUMP,
        "A20",
        "areas",
        "21",
    )
    assert check_series(of("")).findings == ()
    others = [replace(one, alike="local/governor", area=f"{one.area}b") for one in of("")]
    assert [one.area for one in check_series([*of("local/mayor"), *others]).findings] == ["A20", "A20b"]


def test_a_jump_along_one_series(make: Make) -> None:
    values = [1000, 1010, 1019, 1031, 1040, 1052, 1061, 1070, 2140, 2161]
    found = check_series([make("A", 1990 + year, str(value)) for year, value in enumerate(values)]).findings
    assert [(one.election, one.evidence["among"]) for one in found] == [("e1998", "series")]


def test_a_fall_is_a_jump_too(make: Make) -> None:
    values = [1000, 1010, 1019, 1031, 1040, 1052, 1061, 1070, 535, 541]
    (found,) = check_series(
        [make("A", 1990 + year, str(value)) for year, value in enumerate(values)]
    ).findings
    assert (found.election, found.evidence["change"]) == ("e1998", "-50.0%")


def test_a_break_on_the_day_of_an_election_counts_for_that_election(make: Make) -> None:
    day = next(known for known in declared_breaks() if known.id == "voting-age-18").date
    members = [make("JP", 2014, "1"), make("JP", 2016, "2", day=day), make("JP", 2017, "3")]
    assert [one.after for one in find_breaks(members, declared=declared_breaks())] == ["e2016"]


def test_robust_z_is_not_moved_by_outliers() -> None:
    assert robust_z([]) == ()
    assert robust_z([3.0, 3.0, 3.0]) == (0.0, 0.0, 0.0)
    z = robust_z([1.0, 2.0, 3.0, 4.0, 1000.0])
    assert z[2] == 0
    assert z[1] == pytest.approx(-0.6745)
    assert z[4] > 600
    assert robust_z([0.0] * 9 + [1.0])[9] == pytest.approx(1 / (1.253314 * 0.1))


def test_identical_repeats(make: Make) -> None:
    members = [make("A", 2020, "12345"), make("A", 2022, "12345"), make("B", 2020, "7"), make("B", 2022, "7")]
    (found,) = check_series(members).findings
    assert (found.check, found.area, found.evidence["previous"]) == (ContinuityCheck.REPEAT, "A", "e2020")


def test_the_report_reads_as_text_and_as_json(lineage: Lineage, make: Make) -> None:
    report = check_series([make("99999", 2022, "1")], lineage=lineage)
    text = report.to_text()
    assert "存在したことのないコード / a code that never existed" in text
    assert "未実施: gap" in text
    data = json.loads(report.to_json())
    assert data["examined"] == 1
    assert data["counts"]["unknown_code"] == 1
    assert data["findings"][0]["evidence"] == {"value": "1"}


def test_clean_data_give_no_finding(lineage: Lineage, upper_house: list[Observation]) -> None:
    days = {one.election: one.day for one in upper_house}
    units = {one.area for one in upper_house}
    report = check_series(upper_house, lineage=lineage, expected=dict.fromkeys(days, units))
    assert report.examined == 2 * 2 * 1896
    counts = report.counts()
    assert [counts[check] for check in ("gap", "overlap", "unknown_code", "not_alive", "sum")] == [0] * 5


def test_as_reported_series_break_where_land_moved(lineage: Lineage, make: Make) -> None:
    members = [
        make("08211", year, str(value)) for year, value in ((2003, 30000), (2004, 30100), (2009, 50000))
    ]
    (found,) = find_breaks(members, lineage)  # 水海道市 absorbs 石下町 on 2006-01-01
    assert (found.cause, found.date, found.before, found.after) == (
        Cause.AREA,
        date(2006, 1, 1),
        "e2004",
        "e2009",
    )
    assert found.bridge == "boundaries=2009-06-01"
    assert "石下町" in found.ja
    marked = mark(members, [found])
    assert [one.obs_status for one in marked] == ["A", "A", "B"]
    assert marked[2].pre_break_value == 30100


def test_a_renamed_town_does_not_break(lineage: Lineage, make: Make) -> None:
    assert find_breaks([make("28221", 2018, "1"), make("28221", 2020, "2")], lineage) == ()  # 丹波篠山市


def test_a_new_definition_breaks_unless_it_declares_a_bridge(make: Make) -> None:
    members = [make("A", 2020, "1"), make("A", 2022, "2", definition=2)]
    version = ItemVersion(item="electors", version=2, ja="在外を含む", en="overseas included", source="law")
    (found,) = find_breaks(members, versions={("electors", 2): version})
    assert (found.cause, found.en, found.bridge) == (Cause.ITEM_DEFINITION, "overseas included", "")
    assert mark(members, [found])[1].obs_status == "B"
    bridged = version.model_copy(update={"bridge": "subtract electors_overseas"})
    (found,) = find_breaks(members, versions={("electors", 2): bridged})
    assert mark(members, [found])[1].obs_status == "D"
    later = [members[0], make("A", 2024, "2", definition=3)]
    third = version.model_copy(update={"version": 3, "bridge": "add electors_overseas"})
    (found,) = find_breaks(later, versions={("electors", 3): third})
    assert found.bridge == ""  # nobody said how 2 compares with 1
    (found,) = find_breaks(later, versions={("electors", 2): bridged, ("electors", 3): third})
    assert found.bridge == "subtract electors_overseas; add electors_overseas"


def test_redistricting_breaks_districts_and_not_blocks(make: Make) -> None:
    def members(area: str) -> list[Observation]:
        return [make(area, year, "1", geography="lower_house", item="voters") for year in (2021, 2024)]

    known = declared_breaks()
    assert [one.change for one in find_breaks(members("13-1"), declared=known)] == ["smd-2022"]
    assert find_breaks(members("B05"), declared=known) == ()


def test_status_codes_stand_once_and_in_order() -> None:
    a, b, e, p = ObsStatus.NORMAL, ObsStatus.BREAK, ObsStatus.ESTIMATED, ObsStatus.PROVISIONAL
    assert statuses([p, a], [e, b, p]) == (b, e, p)
    assert statuses([a], []) == (a,)


@pytest.mark.parametrize("text", ["", "x", "reporting:series?area=A", "reporting:series?boundaries=nope"])
def test_a_bad_citation_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Citation.parse(text)


def test_citations_differ_where_anything_differs(make: Make) -> None:
    one = make("A", 2020, "1", breakdown="sex=f")
    assert Citation.parse(one.citation).boundaries is None
    assert "breakdown=sex%3Df" in one.citation
    others = [
        make("A", 2020, "1"),
        make("A", 2020, "1", boundaries=date(2020, 1, 1)),
        make("A", 2020, "1", position=3),
    ]
    assert len({one.citation, *(other.citation for other in others)}) == 4
    assert Citation.of(make("A", 2020, "2")) == Citation.of(make("A", 2020, "1"))
