"""What somebody may have meant: suggested where it is plain, listed where there is little, silent otherwise."""

from __future__ import annotations

import string

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.areas import AreaRecord
from reporting.domain.expansion import expand
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import NotAUnit, Roster
from reporting.errors import UnknownReference
from reporting.suggest import LISTED, SUGGESTED, hint, listed, near, with_hint

CODES = ("01101", "01102", "28100", "voters", "electors", "sangiin-2022", "final_count")
codes = st.text(string.ascii_lowercase + string.digits, min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("1101", "01101"), ("０１１０１", "01101"), ("voter", "voters"), ("votres", "voters"), ("VOTERS", "voters"),
        ("electrs", "electors"), ("sangiin_2022", "sangiin-2022"), ("final-count", "final_count"), ("28010", "28100"),
        ("xoters", "voters"), ("votersx", "voters"),
    ],
)  # fmt: skip
def test_what_was_meant(found: str, meant: str) -> None:
    assert near(found, CODES)[0] == meant


@pytest.mark.parametrize("found", ["", "x", "turnout", "99999", "municipal"])
def test_nothing_is_guessed(found: str) -> None:
    assert near(found, CODES) == ()


@given(codes, st.data())
def test_every_single_edit_finds_its_code(code: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from(string.ascii_lowercase))
    wrong = data.draw(
        st.sampled_from(
            [
                code[:at] + code[at + 1 :], code[:at] + other + code[at:], code[:at] + other + code[at + 1 :],
                code[:at] + code[at : at + 2][::-1] + code[at + 2 :],
            ]
        )
    )  # fmt: skip
    assert wrong == code or near(wrong, [code, "zzzzzzzzzzzzzzzz"]) == (code,)


@given(st.text(max_size=8), st.lists(codes, max_size=40))
def test_suggestions_are_few_and_there(found: str, among: list[str]) -> None:
    meant = near(found, among)
    assert len(meant) <= SUGGESTED
    assert set(meant) <= set(among)


def test_what_there_is_is_listed_when_it_is_little() -> None:
    assert hint("nothing", {"a": "甲", "b": "乙"}) == ("次のものがあります: a、b。", "There are: a, b.")
    assert hint("nothing", [str(n) * 6 for n in range(LISTED + 1)]) == ("", "")
    assert hint("1101", {"01101": "中央区"}) == (
        "01101（中央区） のことではありませんか。",
        "Did you mean 01101 (中央区)?",
    )
    assert listed(map(str, range(14))) == (
        "（0、1、2、3、4、5、6、7、8、9、10、11 ほか 2）",
        " (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more)",
    )


def roster() -> Roster:
    registry = AreaRegistry()
    registry.declare(tiny.GEOGRAPHIES)
    empty = AreaRecord(
        geography="electoral", code="L01", level="unit", name="第1投票区", parent="D1", valid_from=tiny.AREAS[0].valid_from
    )  # fmt: skip
    registry.register((*tiny.AREAS, empty))
    return expand(tiny.election(), registry.at(tiny.election().polling_date))


def test_an_area_that_is_no_unit_is_told_as_one_with_the_units_in_it() -> None:
    """28100 is a city whose wards report: it is not “not registered”."""
    with pytest.raises(NotAUnit) as city:
        roster().require_unit("10")
    assert "10 地域10 は地域ですが、この選挙の報告単位ではありません" in city.value.message_ja
    assert "11 地域11、12 地域12" in city.value.message_ja
    assert "登録されていません" not in city.value.message_ja
    assert city.value.facts["suggestions"] == ["11", "12"]
    with pytest.raises(NotAUnit) as place:
        roster().require_unit("L01")
    assert "第1投票区 は地域ですが" in place.value.message_ja
    assert "no reporting unit" in place.value.message_en
    with pytest.raises(UnknownReference) as unknown:
        roster().require_unit("999")
    assert not isinstance(unknown.value, NotAUnit)
    assert "報告単位 999 は登録されていません" in unknown.value.message_ja


def test_a_hint_stands_within_the_sentence_and_lists_nothing_twice() -> None:
    expected = "次のいずれか: alpha, beta / one of: alpha, beta"
    assert with_hint(expected, "gamma", ["alpha", "beta"]) == expected
    assert with_hint(expected, "alpa", ["alpha", "beta"]) == (
        "次のいずれか: alpha, beta（alpha のことではありませんか） / one of: alpha, beta (Did you mean alpha?)"
    )
