"""Lineages made by hand: what is refused, and how shares run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from reporting.domain.area_changes import KINDS, AreaChange, AreaName, ShareRecord
from reporting.lineage.graph import Lineage
from reporting.lineage.problems import LineageRefused
from reporting.lineage.shares import UNKNOWN, WHOLE

DAY = date(2000, 1, 1)


def area(code: str) -> AreaName:
    return AreaName(code=code, name=f"{code}町")


def change(kind: str, day: str, of: str, into: str, **more: Any) -> AreaChange:
    return AreaChange(
        id=more.pop("id", f"{day}.{kind}.{of or into}".replace(" ", "_")),
        date=date.fromisoformat(day),
        kind=kind,
        from_areas=tuple(map(area, of.split())),
        to_areas=tuple(map(area, into.split())),
        source="test",
        **more,
    )


def share(of: str, into: str, weight: str) -> ShareRecord:
    return ShareRecord(of=of, into=into, weight=Decimal(weight), method="census", source="test")


def build(*changes: AreaChange, start: str = "A B C") -> Lineage:
    return Lineage({code: area(code) for code in start.split()}, DAY, changes)


def refused(*changes: AreaChange) -> set[tuple[str, str]]:
    with pytest.raises(LineageRefused) as found:
        build(*changes)
    return {(problem.kind, problem.change) for problem in found.value.problems}


CASES = {
    "unknown_code": [change("merged", "2001-01-01", "A Z", "D", id="bad")],
    "orphan": [
        change("merged", "2001-01-01", "A B", "D"),
        change("absorbed", "2002-01-01", "A", "C", id="bad"),
    ],
    "date_reversal": [
        change("renamed", "2001-01-01", "D", "D", id="bad"),
        change("merged", "2002-01-01", "A B", "D"),
    ],
    "overlap": [change("established", "2001-01-01", "", "A", id="bad")],
    "unknown_kind": [change("conquered", "2001-01-01", "A", "B", id="bad")],
    "duplicate": [
        change("renamed", "2001-01-01", "A", "A", id="bad"),
        change("renamed", "2002-01-01", "B", "B", id="bad"),
    ],
    "weights": [change("split", "2001-01-01", "A", "D E", id="bad", weights=(share("A", "D", "0.5"),))],
}


@pytest.mark.parametrize("kind", CASES)
def test_a_bad_lineage_is_refused_with_the_change_named(kind: str) -> None:
    assert refused(*CASES[kind]) == {(kind, "bad")}


def test_a_change_before_the_start_is_refused() -> None:
    assert refused(change("renamed", "2000-01-01", "A", "A", id="bad")) == {("date_reversal", "bad")}


def test_a_circle_on_one_day_is_refused_with_both_named() -> None:
    one = change("status_change", "2001-01-01", "A", "B", id="one")
    other = change("status_change", "2001-01-01", "B", "A", id="other")
    assert refused(one, other) == {("cycle", "one"), ("cycle", "other")}


def test_links_and_weights_must_fit_the_areas() -> None:
    bad = change("split", "2001-01-01", "A", "D E", id="bad", links=(("A", "F"),))
    assert ("unknown_code", "bad") in refused(bad)
    short = change(
        "split", "2001-01-01", "A", "D E", id="bad", weights=(share("A", "D", "0.5"), share("A", "E", "0.4"))
    )
    assert refused(short) == {("weights", "bad")}
    half = change(
        "split", "2001-01-01", "A", "D E", id="bad", weights=(share("A", "D", "0.5"), share("A", "F", "0.5"))
    )
    assert refused(half) == {("weights", "bad")}


def test_messages_come_in_both_languages() -> None:
    with pytest.raises(LineageRefused, match="地域の変遷に 1 件") as found:
        build(change("merged", "2001-01-01", "A Z", "D", rows=(7,)))
    assert "rows 7" in found.value.message_en
    assert found.value.facts["count"] == 1


def test_split_with_weights_and_back() -> None:
    lineage = build(
        change("split", "2001-01-01", "A", "D E", weights=(share("A", "D", "0.25"), share("A", "E", "0.75"))),
        change("merged", "2002-01-01", "D B", "F"),
    )
    shares = lineage.successors("A", DAY, date(2002, 1, 1))
    assert {code: (found.weight, found.exact) for code, found in shares.items()} == {
        "E": (Fraction(3, 4), False),
        "F": (Fraction(1, 4), False),
    }
    assert shares["F"].method == "census"
    assert lineage.predecessors("E", date(2002, 1, 1), DAY) == {"A": WHOLE}
    assert lineage.predecessors("F", date(2002, 1, 1), DAY) == {"A": UNKNOWN, "B": UNKNOWN}


def test_split_and_merged_again_is_whole_without_weights() -> None:
    lineage = build(change("split", "2001-01-01", "A", "D E"), change("merged", "2002-01-01", "D E", "F"))
    assert lineage.successors("A", DAY, date(2001, 6, 1)) == {"D": UNKNOWN, "E": UNKNOWN}
    assert lineage.successors("A", DAY, date(2003, 1, 1)) == {"F": WHOLE}


def test_weights_backwards() -> None:
    lineage = build(
        change("merged", "2001-01-01", "A B", "D", weights=(share("D", "A", "0.9"), share("D", "B", "0.1")))
    )
    back = lineage.predecessors("D", date(2001, 1, 1), DAY)
    assert {code: found.weight for code, found in back.items()} == {
        "A": Fraction(9, 10),
        "B": Fraction(1, 10),
    }


def test_a_boundary_change_without_shares_is_passed_over_as_an_estimate() -> None:
    lineage = build(change("boundary_change", "2001-01-01", "A", "B"))
    (found,) = lineage.successors("A", DAY, date(2001, 1, 1)).items()
    assert found[0] == "A"
    assert (found[1].weight, found[1].exact) == (1, False)
    assert "境界変更" in found[1].method


def test_a_separated_area_leaves_its_parent_alive() -> None:
    lineage = build(change("separated", "2001-01-01", "A", "D"))
    assert lineage.alive(date(2001, 1, 1)).keys() == {"A", "B", "C", "D"}
    assert lineage.successors("A", DAY, date(2001, 1, 1)) == {"A": UNKNOWN, "D": UNKNOWN}
    assert lineage.predecessors("D", date(2001, 1, 1), DAY) == {"A": WHOLE}
    assert [one.kind for one in lineage.changes("A", DAY, date(2001, 1, 1))] == ["separated"]


def test_a_code_used_again_is_another_area() -> None:
    lineage = build(
        change("merged", "2001-01-01", "A B", "A"),
        change("renamed", "2002-01-01", "A", "A"),
        change("absorbed", "2003-01-01", "A", "C"),
        change("established", "2004-01-01", "", "A"),
    )
    assert [(life.begins.year, life.ends and life.ends.year) for life in lineage.lives("A")] == [
        (2000, 2001),
        (2001, 2002),
        (2002, 2003),
        (2004, None),
    ]
    assert lineage.successors("A", DAY, date(2004, 1, 1)) == {"C": WHOLE}
    assert lineage.predecessors("A", date(2004, 1, 1), DAY) == {}
    assert [one.kind for one in lineage.changes("A", DAY, date(2002, 1, 1))] == ["merged"]


def test_another_countrys_kinds_are_data() -> None:
    kinds = {**KINDS, "eingemeindet": KINDS["absorbed"].model_copy(update={"code": "eingemeindet"})}
    lineage = Lineage(
        {code: area(code) for code in "AB"}, DAY, [change("eingemeindet", "2001-01-01", "A", "B")], kinds
    )
    assert lineage.successors("A", DAY, date(2001, 1, 1)) == {"B": WHOLE}


def test_a_change_is_the_same_after_json() -> None:
    one = change(
        "split", "2001-01-01", "A", "D E", weights=(share("A", "D", "0.384"), share("A", "E", "0.616"))
    )
    assert AreaChange.model_validate_json(one.model_dump_json()) == one
    assert one.model_dump(mode="json")["weights"][0]["weight"] == "0.384"


def test_electoral_districts_are_areas_like_any() -> None:
    """13-1 gives part to 13-2 on the day the law comes into force."""
    lineage = build(
        change(
            "redistricted",
            "2022-12-28",
            "13-1 13-2",
            "13-1 13-2",
            links=(("13-1", "13-1"), ("13-1", "13-2"), ("13-2", "13-2")),
            weights=(share("13-1", "13-1", "0.8"), share("13-1", "13-2", "0.2")),
        ),
        start="13-1 13-2",
    )
    day = date(2024, 10, 27)
    assert {code: found.weight for code, found in lineage.successors("13-1", DAY, day).items()} == {
        "13-1": Fraction(4, 5),
        "13-2": Fraction(1, 5),
    }
    assert lineage.successors("13-2", DAY, day) == {"13-2": WHOLE}


def test_what_ended_is_not_made_up_for() -> None:
    lineage = build(change("split", "2001-01-01", "A", "D E"), change("abolished", "2002-01-01", "E", ""))
    assert lineage.successors("A", DAY, date(2003, 1, 1)) == {"D": UNKNOWN}
    assert lineage.successors("E", date(2001, 1, 1), date(2003, 1, 1)) == {}


def test_an_estimate_stays_one_after_a_boundary_change_and_a_reunion() -> None:
    lineage = build(
        change("boundary_change", "2001-01-01", "A", "B"),
        change("split", "2002-01-01", "A", "D E"),
        change("merged", "2003-01-01", "D E", "F"),
    )
    (found,) = lineage.successors("A", DAY, date(2004, 1, 1)).values()
    assert (found.weight, found.exact) == (1, False)
