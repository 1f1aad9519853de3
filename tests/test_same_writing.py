"""Names that are written otherwise are found; names that are other names are not the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.same_writing import VARIANTS, folded, words_of


@pytest.mark.parametrize(
    "alike",
    [
        ("髙﨑　タロウ", "高崎たろう", "高崎タロウ"),
        ("渡邉", "渡邊", "渡辺", "渡邉\U000e0100"),
        ("鎌ヶ谷", "鎌ケ谷"),
        ("濵田", "濱田", "浜田"),
        ("はままつし", "ハママツシ", "ﾊﾏﾏﾂｼ"),
        ("Hamamatsu", "ＨＡＭＡＭＡＴＳＵ"),
        ("葛城", "葛\U000e0101城"),
        ("𠮷田", "吉田"),
    ],
)
def test_alike(alike: tuple[str, ...]) -> None:
    assert len({folded(name) for name in alike}) == 1


@pytest.mark.parametrize(("one", "other"), [("佐藤", "加藤"), ("太田", "大田"), ("川", "河"), ("11", "12")])
def test_other_names(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_every_variant_leads_to_a_form_that_stays() -> None:
    assert [
        (chr(code), usual) for code, usual in VARIANTS.items() if ord(usual) in VARIANTS or chr(code) == usual
    ] == []
    assert [usual for usual in VARIANTS.values() if unicodedata.normalize("NFKC", usual) != usual] == []


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert all(words_of(text))
