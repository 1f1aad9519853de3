"""What is typed is read alike by every way in, and nothing that only looks like a number becomes one."""

from __future__ import annotations

import re
import sys
import unicodedata
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numbers_like import DIGITS, number_like

from reporting.domain.figures import Absence, format_value
from reporting.domain.typed import NotANumber, character_named, number_text, read_cell, read_value
from reporting.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1234", "1234"), ("１２３４", "1234"), ("1２3", "123"), ("1,234", "1234"), ("１，２３４，５６７", "1234567"),
        ("1'234.5", "1234.5"), ("12’345", "12345"), ("56．789", "56.789"), (" 100 ", "100"), ("　7　", "7"), ("△118", "-118"),
        ("▲ １１８", "-118"), ("－3", "-3"), ("−3", "-3"), ("-3", "-3"), ("△０", "0"), ("1.50", "1.5"),
    ],
)  # fmt: skip
def test_what_clerks_type(typed: str, meant: str) -> None:
    assert format_value(read_value(typed)) == meant


@pytest.mark.parametrize("typed", ["!none", "！ｎｏｎｅ", " !none "])
def test_absences_are_words(typed: str) -> None:
    assert read_value(typed) is Absence.NONE
    with pytest.raises(InvalidInput):
        read_value(typed.replace("n", "m").replace("ｎ", "ｍ"))


@pytest.mark.parametrize("typed", [*"-－−―–—", "　－ ", "該当なし", " 該当なし", "none"])
def test_a_dash_alone_states_that_there_is_nothing(typed: str) -> None:
    assert read_value(typed) is Absence.NONE
    with pytest.raises(NotANumber):
        number_text(typed)  # where a number is needed there is no absence


def test_absences_are_read_in_the_words_of_the_forms() -> None:
    assert {words: read_value(words) for words in ("未報告", "非公表")} == {
        "未報告": Absence.NOT_REPORTED,
        "非公表": Absence.SUPPRESSED,
    }


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (12, "12"), (12.0, "12"), (-3.0, "-3"), (-0.0, "0"), (30611.123, "30611.123"), (10.1 + 4.2, "14.3"),
        (0.1 + 0.2, "0.3"), (1e5, "100000"), ("１２，３４５", "12345"), ("△1", "-1"), ("－", "!none"),
    ],
)  # fmt: skip
def test_a_cell_of_a_spreadsheet_is_read_as_what_it_shows(cell: object, meant: str) -> None:
    value = read_cell(cell)
    assert value is not None
    assert format_value(value) == meant


@pytest.mark.parametrize("cell", [None, "", " ", "　"])
def test_a_blank_cell_says_nothing(cell: object) -> None:
    assert read_cell(cell) is None


@pytest.mark.parametrize(
    "cell",
    [True, False, date(2024, 10, 27), datetime(2024, 10, 27), 1.2345, float("nan"), float("inf"), 1e16, "\t"],
)
def test_a_cell_that_only_looks_like_a_number_is_none(cell: object) -> None:
    with pytest.raises(NotANumber):
        read_cell(cell)


@pytest.mark.parametrize(
    ("typed", "told_ja", "told_en"),
    [
        ("1234①", "「①」（U+2460、丸数字）", "“①” (U+2460, circled digit one)"),
        ("5678²", "「²」（U+00B2、上付きの数字）", "“²” (U+00B2, superscript two)"),
        ("五百", "「五」（U+4E94、漢数字）", "U+4E94"),
        ("١٢", "「١」（U+0661、他の文字体系の数字）", "arabic-indic digit one"),
        ("#N/A", "「#」（U+0023、番号記号（#N/A", "“#” (U+0023, number sign)"),
        ("12O", "英字のオー", "U+004F"),
        ("1ー2", "長音記号", "U+30FC"),
        ("12、345", "読点", "U+3001"),
        ("1\u200b2", "（U+200B、見えない文字）", "a character (U+200B"),
        ("½", "分数", "U+00BD"),
        ("Ⅻ", "ローマ数字", "roman numeral twelve"),
        ("+1", "プラス記号", "U+002B"),
        ("12\n", "改行", "U+000A"),
        ("1e3", "英字", "U+0065"),
        ("12-", "負号は先頭", "sign once and in front"),
        ("△△1", "負号は先頭", "sign once"),
        ("1 234", "空白", "no blanks inside"),
        ("1,00", "3 桁ごと", "three digits"),
        ("1,234'567", "3 桁ごと", "three digits"),
        ("1234,567", "3 桁ごと", "three digits"),
        (",123", "3 桁ごと", "three digits"),
        ("0.5,000", "3 桁ごと", "three digits"),
        ("1..2", "小数点", "decimal point"),
        (".5", "小数点", "decimal point"),
        ("5.", "小数点", "decimal point"),
        ("007", "余分な 0", "no zeros in front"),
        ("1.2345", "小数は3桁まで", "at most 3 decimals"),
        ("9" * 16, "15 桁以内", "15 digits"),
        ("△", "該当なし", "none"),
        ("--", "該当なし", "none"),
        ("ー", "長音記号", "U+30FC"),
        ("", "該当なし", "none"),
    ],
)
def test_what_is_refused_says_which_character_and_why(typed: str, told_ja: str, told_en: str) -> None:
    with pytest.raises(NotANumber) as refused:
        read_value(typed, "voters")
    assert told_ja in refused.value.message_ja
    assert told_en in refused.value.message_en


def test_no_other_character_of_unicode_is_a_digit() -> None:
    """1234① was 12341 and 5678² was 56782 when digits were folded by compatibility."""
    assert len(number_like()) > 1_500
    for character in number_like():
        for typed in (character, f"1234{character}", f"{character}1", f"1{character}2"):
            with pytest.raises(NotANumber) as refused:
                read_value(typed)
            assert f"U+{ord(character):04X}" in refused.value.message_ja
            assert f"U+{ord(character):04X}" in refused.value.message_en


@given(st.text(min_size=1, max_size=6))
def test_a_text_is_its_own_number_or_refused(typed: str) -> None:
    try:
        text = number_text(typed)
    except NotANumber:
        return
    kept = [one for one in typed if one in DIGITS]
    assert [unicodedata.digit(one) for one in kept] == [int(one) for one in text if one.isdigit()]
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)


@given(
    st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=3),
    st.booleans(),
    st.sampled_from("△▲－−-"),
)
def test_grouped_full_width_and_signed_forms_mean_the_number(value: Decimal, wide: bool, sign: str) -> None:
    typed = f"{abs(value):,}"
    if wide:
        typed = typed.translate({ord(one): ord(one) + 0xFEE0 for one in "0123456789,."})
    assert read_value(f"{sign}{typed}" if value < 0 else typed) == value


def test_every_character_has_a_name_in_both_languages() -> None:
    for code in [*range(0x3000), 0x30FC, 0xFF01, 0x1F600, 0xE0001, sys.maxunicode]:
        ja, en = character_named(chr(code))
        assert f"U+{code:04X}、" in ja
        assert not ja.endswith("、）")
        assert f"U+{code:04X}, " in en
