"""What is said of an incident in words: written, read back, and without persons; and by which codes it is told."""

from __future__ import annotations

import tomllib
from importlib import resources

import night
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from reporting.domain.incident_codes import DATA, SOURCES, codes_of
from reporting.domain.incident_words import HEADINGS, MASK, IncidentWords, masked, require_writable, words_of
from reporting.errors import InvalidInput

LETTERS = st.text(alphabet="山田ヤマダﾔﾏﾀﾞ Aａb\u3000\n", min_size=1, max_size=12)
WORDS = st.text(alphabet="山田ヤﾀﾞAａ ", min_size=1, max_size=4).filter(lambda word: bool(word.strip()))


@settings(max_examples=examples(200))
@given(LETTERS, st.lists(WORDS, min_size=1, max_size=4))
def test_nothing_of_a_marked_word_is_left_however_it_was_written(text: str, personal: list[str]) -> None:
    shown = masked(text, personal)
    for word in personal:
        assert word not in shown
        assert masked(shown, [word]) == shown, "nor in another width, or with a blank in it"


def test_words_that_are_not_marked_stay_as_they_were() -> None:
    text = "投票所の佐々木 花子が、ｻｻｷﾊﾅｺ氏に交付した。"
    assert masked(text, ["佐々木花子", "ササキハナコ"]) == f"投票所の{MASK}が、{MASK}氏に交付した。"
    assert masked(text, []) == text
    assert masked("山田山", ["山田", "田山"]) == MASK
    assert masked("山\u200b田が", ["山田"]) == f"{MASK}が", "what nobody sees hides nobody"


TEXTS = st.text(alphabet="経過【】措置\n個人 ", max_size=12).map(str.strip)


@settings(max_examples=examples(200))
@given(TEXTS.filter(bool), TEXTS, TEXTS, TEXTS, st.lists(WORDS, max_size=3))
def test_what_is_written_is_read_back(
    account: str, measure: str, prevention: str, correction: str, personal: list[str]
) -> None:
    words = IncidentWords(account, measure, prevention, correction, tuple(personal))
    try:
        require_writable(words)
    except InvalidInput:
        assert any(
            line in HEADINGS.values()
            for part in (account, measure, prevention, correction)
            for line in part.split("\n")
        )
    else:
        assert words_of(words.text()) == words


def test_erased_words_are_none() -> None:
    assert words_of(None) is None
    assert words_of("(erased)") is None


@pytest.mark.parametrize("word", ["  ", "〇", "山〇", "山\n田", "【措置】", "\u200b", "。"])
def test_a_mark_that_marks_nobody_is_refused(word: str) -> None:
    with pytest.raises(InvalidInput):
        require_writable(IncidentWords("経過", "", "", personal=(word,)))


def test_every_class_names_its_source_and_both_languages() -> None:
    for what in ("kinds", "phases", "sites", "validities"):
        codes = [row["code"] for row in DATA[what]]
        assert len(codes) == len(set(codes)) > 1
        for row in DATA[what]:
            assert row["source"] in SOURCES
            assert row["label"]["ja"]
            assert row["label"]["en"]
    assert all(source["title"] for source in SOURCES.values())


def test_the_phases_are_those_of_the_survey() -> None:
    text = (
        resources.files("reporting.definitions").joinpath("data/catalogue/dimensions.toml").read_text("utf-8")
    )
    (phases,) = (row for row in tomllib.loads(text)["dimensions"] if row["code"] == "incident_phase")
    told = [(row["code"], row["label"]) for row in DATA["phases"]]
    assert told == [(value["code"], value["label"]) for value in phases["values"]]


def test_an_election_brings_its_own_classes() -> None:
    plain = night.election()
    assert "ballot_issue" in codes_of(plain).kinds
    values = [{"code": "k1", "label": {"ja": "独自の区分"}}]
    dimension = {"code": "incident_kind", "label": {"ja": "区分"}, "values": values}
    dimensions = [*(held.model_dump(mode="json") for held in plain.dimensions), dimension]
    codes = codes_of(night.election(dimensions=dimensions))
    assert list(codes.kinds) == ["k1"]
    assert "polling" in codes.phases
