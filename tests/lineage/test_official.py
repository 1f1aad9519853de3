"""The official change list of 1970–2024 against its own end state, and what its days hide."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from japan_lineage import official_lineage

from reporting.errors import UnknownReference
from reporting.files.problems import FileRefused
from reporting.lineage.graph import Lineage
from reporting.lineage.official import START, read_changes, read_state
from reporting.lineage.problems import LineageRefused, NotAlive
from reporting.lineage.shares import WHOLE, Share

END = date(2024, 5, 26)
EVE, REFORM = date(2023, 12, 31), date(2024, 1, 1)
DAYS = st.dates(START, END)

EIGHT = {"08342", "08344", "08405", "08406", "08423", "23428", "23521", "23621"}
"""Codes a replay of each day as one set leaves alive: each was absorbed into (or renamed to) and became a city under a
new code on one day, and the set's additions bring the ended code back."""


def test_replaying_the_list_gives_exactly_the_end_state(lineage: Lineage, history: Path) -> None:
    found, official = lineage.alive(END), read_state(history / "areacode_end.csv")
    assert len(official) == 2244
    assert {code: area.name for code, area in found.items()} == {
        code: area.name for code, area in official.items()
    }
    assert {code: area.level for code, area in found.items()} == {
        code: area.level for code, area in official.items()
    }


LISTS = {
    date(2017, 10, 22): "20220225015750",
    date(2021, 10, 31): "20220225015648",
    date(2024, 1, 31): "20250210024619",
}


@pytest.mark.parametrize("day", LISTS)
def test_three_lists_of_codes_from_elsewhere_agree(lineage: Lineage, shared: Path, day: date) -> None:
    path = shared / "data" / "jp-yhoriuchi-smd-codes" / f"FEA_hyoujun-{LISTS[day]}.utf8.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    official = {row[0]: row[4] or row[2] for row in rows}
    found = lineage.alive(day)
    assert {code: area.name for code, area in found.items() if area.level != "county"} == official
    assert [code for code, area in found.items() if area.level == "group"] == ["13100"]


def test_the_eight_extras_come_from_days_taken_as_sets(lineage: Lineage, history: Path) -> None:
    with (history / "absorption_separation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2803
    days: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        days[row["date"]].append(row)
    kept = {"編入合併": "to_city_code", "分離": "from_city_code"}
    alive = set(read_state(history / "areacode_start.csv"))
    for _day, changes in sorted(days.items()):
        stay = {row[kept[row["type"]]] for row in changes if row["type"] in kept}
        gone = {row["from_city_code"] for row in changes if row["type"] != "分離"}
        come = {row["to_city_code"] for row in changes} | stay
        alive = (alive - gone) | come
    alive.discard("")
    official = set(read_state(history / "areacode_end.csv"))
    assert alive - official == EIGHT
    assert official <= alive
    ends = {code: lineage.lives(code)[-1].ends for code in EIGHT}
    assert ends["08342"] == date(2005, 1, 21)
    assert ends["23521"] == date(2010, 1, 4)
    assert not EIGHT & lineage.alive(END).keys()


def test_naka_absorbs_its_neighbour_before_it_becomes_a_city(lineage: Lineage) -> None:
    before, day = date(2005, 1, 20), date(2005, 1, 21)
    assert lineage.successors("08343", before, day) == {"08226": WHOLE}  # 瓜連町 → 那珂町 → 那珂市
    assert lineage.successors("08342", before, day) == {"08226": WHOLE}
    assert lineage.alive(day)["08226"].name == "那珂市"
    assert set(lineage.predecessors("08226", day, before)) == {"08342", "08343"}


def test_every_code_resolves_at_every_date_of_its_life_and_at_no_other(
    lineage: Lineage, history: Path
) -> None:
    with (history / "absorption_separation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    named = {row[side] for row in rows for side in ("from_city_code", "to_city_code")} - {""}
    assert lineage.codes == named | set(read_state(history / "areacode_start.csv"))
    boundaries = sorted({START, END, *(effect.change.date for effect in lineage.effects)})
    for code in lineage.codes:
        lives = lineage.lives(code)
        for life in lives:
            last = (life.ends or END + timedelta(days=1)) - timedelta(days=1)
            middle = life.begins + (last - life.begins) / 2
            for day in (life.begins, middle, last):
                assert lineage.resolve(code, day) == life
        for earlier, later in itertools.pairwise(lives):
            assert earlier.ends is not None
            assert earlier.ends <= later.begins
    # between two days of change nothing changes, so these days stand for every date
    for day in boundaries:
        alive = lineage.alive(day)
        assert {code for code in lineage.codes if lineage.is_alive(code, day)} == alive.keys()


def test_a_code_outside_its_life_says_when_it_lived(lineage: Lineage) -> None:
    with pytest.raises(NotAlive, match="2007-04-01/2024-01-01"):
        lineage.resolve("22131", REFORM)
    with pytest.raises(UnknownReference):
        lineage.resolve("99999", REFORM)
    with pytest.raises(NotAlive):
        lineage.successors("22138", EVE, REFORM)


def _wards(lineage: Lineage, day: date) -> list[str]:
    return [
        code for code, area in lineage.alive(day).items() if area.within == "浜松市" and area.level == "ward"
    ]


def test_hamamatsu_has_seven_wards_and_then_three(lineage: Lineage) -> None:
    assert _wards(lineage, EVE) == [f"2213{number}" for number in range(1, 8)]
    assert _wards(lineage, REFORM) == ["22138", "22139", "22140"]
    whole = {code: lineage.successors(code, EVE, REFORM) for code in _wards(lineage, EVE)}
    # the official list puts 西区 and 南区 into 中央区 (an open-source table has them in 浜名区)
    for code in ("22131", "22132", "22133", "22134"):
        assert whole[code] == {"22138": WHOLE}
    assert whole["22136"] == {"22139": WHOLE}
    assert whole["22137"] == {"22140": WHOLE}


def test_hamamatsus_kita_ku_is_split_with_an_estimate_that_says_so(lineage: Lineage) -> None:
    shares = lineage.successors("22135", EVE, REFORM)
    assert {code: share.weight for code, share in shares.items()} == {
        "22138": Fraction("0.384"),
        "22139": Fraction("0.616"),
    }
    for share in shares.values():
        assert not share.exact
        assert "住民基本台帳" in share.method
        assert "mu373/election-202602-shugiin" in share.source
    # the numbers it rests on: 608,145 − 572,525 and 155,996 − 98,779 persons
    assert round(Fraction(608145 - 572525, 608145 - 572525 + 155996 - 98779), 3) == Fraction("0.384")
    back = lineage.predecessors("22138", REFORM, EVE)
    assert set(back) == {"22131", "22132", "22133", "22134", "22135"}
    assert all(share.weight is None for share in back.values())
    assert lineage.predecessors("22140", REFORM, EVE) == {"22137": WHOLE}


def test_a_partial_split_told_as_two_mergers_is_found(lineage: Lineage) -> None:
    """上九一色村 went in part to 甲府市, in part to 富士河口湖町."""
    shares = lineage.successors("19341", date(2006, 2, 28), date(2006, 3, 1))
    assert {code: share.weight for code, share in shares.items()} == {"19201": None, "19430": None}


def test_new_wards_lead_back_to_their_city(lineage: Lineage) -> None:
    assert lineage.predecessors("01101", date(1975, 1, 1), START) == {"01201": WHOLE}
    assert lineage.successors("01201", START, END) == {"01100": WHOLE}


def test_towns_renamed_with_their_county_keep_apart(lineage: Lineage) -> None:
    day = date(2005, 3, 1)
    assert lineage.successors("17421", date(2005, 2, 28), day) == {"17461": WHOLE}  # 穴水町
    assert lineage.successors("17422", date(2005, 2, 28), day) == {"17462": WHOLE}  # 門前町
    assert lineage.successors("17420", date(2005, 2, 28), day) == {}  # 鳳至郡 ended


@settings(deadline=None, max_examples=40)
@given(first=DAYS, second=DAYS, data=st.data())
def test_shares_add_up_to_the_whole_area(
    lineage: Lineage, first: date, second: date, data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from(sorted(lineage.alive(first))))
    shares = lineage.shares(code, first, second)
    assert set(shares) <= lineage.alive(second).keys()
    weights = [share.weight for share in shares.values()]
    known = [weight for weight in weights if weight is not None]
    if shares and len(known) == len(weights):
        assert sum(known) == 1 or (sum(known) < 1 and first > second)
    assert all(share.weight == 1 for share in shares.values() if share.exact)
    for other in shares if first <= second else ():
        assert code in lineage.shares(other, second, first)


@settings(deadline=None, max_examples=25)
@given(days=st.lists(DAYS, min_size=3, max_size=3).map(sorted), data=st.data())
def test_two_steps_forward_are_one(lineage: Lineage, days: list[date], data: st.DataObject) -> None:
    first, between, last = days
    code = data.draw(st.sampled_from(sorted(lineage.alive(first))))
    direct = lineage.successors(code, first, last)
    reached = {
        into
        for step in lineage.successors(code, first, between)
        for into in lineage.successors(step, between, last)
    }
    assert reached == set(direct)


@settings(deadline=None, max_examples=5)
@given(boundaries=DAYS, days=st.lists(DAYS, min_size=3, max_size=3))
def test_one_table_re_bases_every_day(lineage: Lineage, boundaries: date, days: list[date]) -> None:
    table = list(lineage.table(boundaries))
    for day in days:
        found: dict[str, dict[str, Share]] = {code: {} for code in lineage.alive(day)}
        for of, life, into, share in table:
            if life.begins <= day and (life.ends is None or day < life.ends):
                found[of][into] = share
        assert found == {code: lineage.shares(code, day, boundaries) for code in found}


Edit = Callable[[str], str]


def _write(folder: Path, history: Path, edit: Edit) -> tuple[Path, Path]:
    path = folder / "changes.csv"
    path.write_text(
        edit((history / "absorption_separation.csv").read_text(encoding="utf-8")), encoding="utf-8"
    )
    return history / "areacode_start.csv", path


@pytest.mark.parametrize(
    ("edit", "row", "column"),
    [
        (lambda text: text.replace('"1970-04-20"', '"1970-04-31"', 1), 2, "date"),
        (lambda text: text.replace('"名称変更"', '"改名"', 1), 2, "type"),
        (lambda text: text.replace('"12304","千葉県"', '"1230","千葉県"', 1), 3, "from_city_code"),
        (lambda text: text.replace(',"12222",', ',"",', 1), 3, "to_city_code"),
        (lambda text: text.replace('"奥明方村","おく', f'"{"長" * 201}","おく', 1), 2, "from_city_name"),
        (
            lambda text: text.replace(
                '"門前町","もんぜんまち","17461"', '"門外町","もんぜんまち","17461"', 1
            ).replace('"門前町","もんぜんまち","17462"', '"門外町","もんぜんまち","17462"', 1),
            1272,
            "from_city_name",
        ),
    ],
    ids=["date", "type", "from", "to", "name", "pair"],
)
def test_a_bad_row_is_named(tmp_path: Path, history: Path, edit: Edit, row: int, column: str) -> None:
    with pytest.raises(FileRefused) as refused:
        official_lineage(*_write(tmp_path, history, edit))
    problem = refused.value.problems[0]
    assert (problem.file, problem.row, problem.column) == ("changes.csv", row, column)
    assert problem.expected


def test_a_row_that_contradicts_another_is_named(tmp_path: Path, history: Path) -> None:
    """A town becomes a city that it became long before."""
    last = '"2024-04-01","市制施行","x","12304","千葉県",,,"我孫子町","x","12222","千葉県",,,"我孫子市","x"\n'
    with pytest.raises(LineageRefused) as refused:
        official_lineage(*_write(tmp_path, history, lambda text: text + last))
    assert {problem.kind for problem in refused.value.problems} == {"orphan", "overlap"}
    assert all(problem.rows == (2805,) for problem in refused.value.problems)
    assert "2805" in refused.value.message_ja
    assert "2805" in refused.value.message_en


def test_changes_are_named_by_what_happened_not_by_their_place(history: Path) -> None:
    changes = read_changes(history / "absorption_separation.csv", history / "areacode_start.csv")
    names = [change.id for change in changes]
    assert len(names) == len(set(names)) == 1292
    assert "2024-01-01.wards_rearranged.22131" in names
    assert sorted(row for change in changes for row in change.rows) == list(range(2, 2805))
