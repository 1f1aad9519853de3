"""Registries that do not hold together are refused with the records named; those that do resolve on every day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.areas import AreaRecord, GeographyRecord, LevelRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.expansion import expand
from reporting.domain.labels import Label
from reporting.domain.registry import AreaRegistry, RegistryRefused
from reporting.errors import UnknownReference

D0 = date(2000, 1, 1)
GEOGRAPHY = GeographyRecord(
    code="g",
    label=Label(ja="地"),
    levels=tuple(LevelRecord(code=code, label=Label(ja=code)) for code in ("top", "middle", "leaf")),
)


def area(
    code: str,
    level: str = "leaf",
    parent: str | None = "T",
    start: date = D0,
    end: date | None = None,
    geography: str = "g",
) -> AreaRecord:
    return AreaRecord(
        geography=geography, code=code, level=level, name=code, parent=parent, valid_from=start, valid_to=end
    )


def registry(*areas: AreaRecord) -> AreaRegistry:
    made = AreaRegistry()
    made.declare([GEOGRAPHY])
    made.register([area("T", "top", None), *areas])
    return made


@pytest.mark.parametrize(
    ("areas", "kind", "code"),
    [
        ([area("a", geography="h")], "unknown_geography", "a"),
        ([area("a", level="hamlet")], "unknown_level", "a"),
        ([area("a", parent="nobody")], "orphan", "a"),
        ([area("a", start=date(1999, 1, 1))], "orphan", "a"),
        ([area("M", "middle", end=date(2010, 1, 1)), area("a", parent="M")], "orphan", "a"),
        ([area("a"), area("b", parent="a")], "parent_level", "b"),
        ([area("M", "middle", parent="a"), area("a", parent="M")], "cycle", "M"),
        ([area("a", end=date(2010, 1, 1)), area("a", start=date(2009, 12, 31))], "overlap", "a"),
    ],
)
def test_what_is_wrong_is_named(areas: list[AreaRecord], kind: str, code: str) -> None:
    with pytest.raises(RegistryRefused) as refused:
        registry(*areas).check()
    assert (kind, code) in {(problem.kind, problem.code) for problem in refused.value.problems}
    assert code in refused.value.message_ja


def test_a_parent_may_change_hands_without_a_gap() -> None:
    turn = date(2010, 4, 1)
    made = registry(
        area("M", "middle", end=turn), area("M", "middle", start=turn), area("N", "middle"),
        area("a", parent="M", end=date(2015, 1, 1)), area("a", parent="N", start=date(2015, 1, 1)),
    )  # fmt: skip
    made.check()
    assert made.at(date(2014, 12, 31)).ancestors("g", "a") == ("a", "M", "T")
    assert made.at(date(2015, 1, 1)).ancestors("g", "a") == ("a", "N", "T")


spans = st.lists(st.integers(1, 400), min_size=1, max_size=8, unique=True).map(sorted)


@given(spans, st.integers(0, 500))
def test_exactly_one_record_of_a_chain_is_valid_on_any_day(turns: list[int], day: int) -> None:
    starts = [D0, *(D0 + timedelta(days=turn) for turn in turns)]
    chain = [
        area("a", start=start, end=end).model_copy(update={"name": str(number)})
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True))
    ]
    made = registry(*chain)
    made.check()
    when = D0 + timedelta(days=day)
    expected = max(number for number, start in enumerate(starts) if start <= when)
    assert made.at(when).areas["g"]["a"].name == str(expected)


def definition(**changes: object) -> ElectionDefinition:
    label = {"ja": "x"}
    values: dict[str, object] = {
        "code": "e",
        "label": label,
        "kind": "k",
        "polling_date": "2020-01-01",
        "registry": "r",
        "geographies": ["g"],
        "units": {"geography": "g", "levels": ["leaf", "middle"]},
        "items": [{"code": "voters", "label": label, "kind": "count"}],
        "contests": [
            {"code": "c", "label": label, "kind": "k", "area": {"geography": "g", "area": "M"}},
        ],
        "forms": [
            {"code": "f", "label": label, "items": ["voters"], "slots": [{"code": "s", "label": label}]}
        ],
    }
    return ElectionDefinition.model_validate({**values, **changes})


def test_units_are_leaves_and_contests_reach_down() -> None:
    made = registry(
        area("M", "middle"), area("a", parent="M"), area("b", parent="M"), area("N", "middle"), area("c")
    )
    roster = expand(definition(), made.at(date(2020, 1, 1)))
    assert set(roster.units) == {"a", "b", "c", "N"}  # M has children, N has none
    assert roster.contest_units["c"] == ("a", "b")
    assert roster.places["a"]["g"] == ("a", "M", "T")
    assert [roster.covers(place, "a") for place in ("*", "T", "M", "a", "b", "N", "")] == [True] * 4 + [
        False
    ] * 3


@pytest.mark.parametrize(
    "changes",
    [
        {"geographies": ["nowhere"]},
        {"units": {"geography": "nowhere", "levels": ["leaf"]}},
        {
            "contests": [
                {"code": "c", "label": {"ja": "x"}, "kind": "k", "area": {"geography": "g", "area": "Z"}}
            ]
        },
    ],
)
def test_a_definition_that_names_what_is_not_there(changes: dict[str, object]) -> None:
    made = registry(area("M", "middle"))
    with pytest.raises(UnknownReference):
        expand(definition(**changes), made.at(date(2020, 1, 1)))
