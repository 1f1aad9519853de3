"""One word for one thing: `docs/glossary.md` over every text of the product, and both languages of every message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from product_texts import JAPANESE, ROOT, Pair, Text, code_free, console, pairs, texts

GLOSSARY = ROOT / "docs" / "glossary.md"

QUOTED: Mapping[str, tuple[str, str]] = {
    "届出": (
        "届出番号|届出順|届出のない政党|事前の届出|立候補の届出",
        "公職選挙法86条・86条の2: a candidacy is filed (届出), its number and order with it; 41条: places are announced before",
    ),
    "職務": (
        "職務・業務|職務の分離|職務又は業務",
        "公職選挙法48条の2の事由; 職務の分離 is the security guideline's own term",
    ),
    "枠": ("特定枠", "公職選挙法86条の3: the priority places of a list"),
    "規則": ("施行規則|最高裁判所規則", "names of statutes"),
    "政令指定都市": ("政令指定都市施行", "the kind of change in e-Stat's own list"),
    "立会い": ("開票立会い|投票立会い", "the election observers' work, 公職選挙法38条・62条"),
    "discrepancy": ("ANALYZE return_case, discrepancy", "the table's name in a statement"),
    "mismatch": ("string_pattern_mismatch", "the validator's name of an error"),
}
"""Where a word that we do not use stands all the same: the words around it, and why they stay."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the glossary; terms in the same order in both languages."""

    ja: tuple[str, ...]
    en: tuple[str, ...]
    not_ja: tuple[str, ...]
    not_en: tuple[str, ...]


def glossary() -> list[Row]:
    table = [line for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("| ")]
    rows = []
    for line in table[1:]:
        ja, en, _, not_ja, not_en = (part.strip() for part in line.strip("|").split("|"))
        rows.append(Row(_each(ja, " / "), _each(en, " / "), _each(not_ja, "、"), _each(not_en, ", ")))
    return rows


def _each(cell: str, between: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(between) if part.strip())


def instead_of(rows: Iterable[Row]) -> dict[str, str]:
    """Word that is not used → the one that is."""
    return {word: " / ".join(row.ja) for row in rows for word in row.not_ja} | {
        word: " / ".join(row.en) for row in rows for word in row.not_en
    }


def not_ours(every: Iterable[Text], instead: Mapping[str, str]) -> Iterator[str]:
    """English words are looked for in sentences, not in code: whole words, outside backticks."""
    patterns = {
        word: re.compile(
            re.escape(word) if JAPANESE.search(word) else rf"(?i)(?<![\w.]){_inflected(word)}(?![\w(])"
        )
        for word in instead
    }
    # Nearly every text has none of them, and half of the texts stand elsewhere, too.
    stems = [_stem(word).lower() for word in instead]
    standing = [*every]
    having = {words for words in {text.words for text in standing} if _any_of(stems, words.lower())}
    for text in (text for text in standing if text.words in having):
        for word, pattern in patterns.items():
            words = re.sub(QUOTED[word][0], " ", text.words) if word in QUOTED else text.words
            if not JAPANESE.search(word):
                words = code_free(_sentence(text, words))
            if pattern.search(words):
                yield f"{text.place}: {word} → {instead[word]}: {text.words.strip()[:80]}"


def _any_of(stems: Iterable[str], words: str) -> bool:
    return any(stem in words for stem in stems)


def _stem(word: str) -> str:
    """What every form of it begins with."""
    return word.removesuffix("y")


def _inflected(word: str) -> str:
    return re.escape(_stem(word)) + ("(?:y|ies)" if word.endswith("y") else "(?:s|ed|ing)?")


def _sentence(text: Text, words: str) -> str:
    """What of it is language: of SQL the comments, of a schema the descriptions, nothing of a name or a query."""
    file = text.place.rsplit(":", 1)[0]
    if file.endswith(".sql"):
        return re.sub(r"^ name: \w+", "", words.partition("--")[2])
    if file.endswith(".graphql") and re.match(r" *(\w+[:(]|[)}]|(type|input|enum|union|interface) )", words):
        return ""
    return words if " " in words.strip() and not re.search(r"[{}]\s*$|^\s*\w+\(", words) else ""


def test_the_glossary_has_one_word_of_each_language_for_each_thing() -> None:
    rows = glossary()
    for row in rows:
        assert len(row.ja) == len(row.en), row
    for terms in ([one for row in rows for one in row.ja], [one for row in rows for one in row.en]):
        assert len(set(terms)) == len(terms), sorted(one for one in terms if terms.count(one) > 1)
    unused = set(instead_of(rows)) & {one for row in rows for one in (*row.ja, *row.en)}
    assert unused == set(), "a word is used or it is not"
    assert set(QUOTED) <= set(instead_of(rows)), "an exception from nothing"


def test_every_term_of_the_glossary_stands_somewhere() -> None:
    everything = "\n".join(text.words for text in texts())
    terms = {part for row in glossary() for term in row.ja for part in term.split("・")}
    assert {term for term in terms if term not in everything} == set()


def test_no_text_has_a_word_that_the_glossary_does_not_use() -> None:
    assert list(not_ours(texts(), instead_of(glossary()))) == []


@pytest.mark.parametrize("word", sorted(instead_of(glossary())))
def test_each_of_these_words_would_be_found(word: str) -> None:
    sentence = f"この{word}を見てください" if JAPANESE.search(word) else f"Look at the {word} of this unit."
    assert len(list(not_ours([Text("bad", sentence)], instead_of(glossary())))) >= 1


def test_words_in_code_and_quoted_words_are_not_meant() -> None:
    harmless = ("`discrepancies` is the register", "discrepancies", "届出番号", "特定枠の得票")
    assert list(not_ours([Text("fine", one) for one in harmless], instead_of(glossary()))) == []


SAYS_ALSO: tuple[tuple[str, str], ...] = (
    ("不突合", r"\bdiffer|one that waits|an open one"),
    ("(?:不突合.{0,12}|として)申告", r"\bdeclar|why the figures differ|Report an error"),
    ("差し戻", r"\bsen[dt] (?:\w+ )?back|sending back"),
    ("途中保存", r"\bdraft"),
    ("督促", r"\bremind"),
    ("訂正", r"\bcorrect|the reason for changing|went from|later −1"),
    ("取り下げ", r"\bwithdraw"),
    ("(?<!非)公表", r"\bpubli[sc]|\breleas|\bnotice|\bmissed"),
    ("特例", r"\boverrid"),
    ("代行入力", r"on behalf|for another office|entered for"),
    ("承認(?!の流れ|の段階|段階)", r"\bapprov"),
    ("投票率", r"\bturnout|share of invalid votes|invalid votes"),
    ("投票者数|投票者総数", r"\bvoters"),
    ("有権者", r"\belectors?\b|number of the day|a ward of"),
    ("投票総数", r"\bballots\b"),
    ("棄権", r"\babsten|blank ballots"),
    ("有効投票", r"\bvalid\b"),
    ("無効投票", r"\binvalid"),
    ("期日前", r"\bearly[ -]vot|\bearly\b"),
    ("不在者", r"\babsentee"),
    ("在外", r"\boverseas|residence"),
    ("按分", r"\bdivi[ds]|proportional|\bshares?\b"),
    ("持帰り", r"not deposited|−118"),
    ("開票区", r"counting district|\bunits?\b"),
    ("投票区", r"polling district|\bdistricts?\b"),
    ("投票所", r"polling place|\bplaces?\b|early-voting place|by sex"),
    ("開票所(?!要)", r"counting place"),
    ("指定都市", r"designated"),
    ("国民審査", r"retention"),
    ("速報", r"flash"),
    ("法定得票", r"statutory minimum"),
    ("供託物没収点", r"deposit line"),
    ("未報告", r"not reported|has reported"),
    ("台帳", r"\bledger"),
    ("証人", r"\bwitness"),
    ("運用担当者", r"\boperator|who opened this account"),
    ("ログイン(?!済み)", r"\blog(?:ged)? (?:in|out)|\blogin"),
)
"""Where the Japanese has a term, the English has ours for it (or what a label says in its stead)."""
SAYS_IT_TOO: tuple[tuple[str, str], ...] = (
    (r"\bdrafts?\b", "途中保存"),
    (r"\bsen[dt] back\b(?! in)", "差し戻"),
    (r"\bcertif(?:y|ied)\b", "確定"),
    (r"\bapprov(?:e|ed|al)\b", "承認"),
    (r"\bdeclared? (?:the |this |a )?difference", "不突合"),
    (r"\bwithdraw(?:s|n|al)?\b", "取り下げ|立候補|withdrawn"),
    (r"\boverride\b", "特例"),
    (r"\bturnout\b", "投票率|投票|有権者と投票者"),
    (r"\belectors\b", "有権者|選挙人"),
    (r"\bballots counted\b", "投票総数|開票済み"),
    (r"\bcounting district", "開票区"),
    (r"\bpolling district", "投票区|投票所"),
    (r"\bpolling place", "投票所|投票"),
    (r"\breporting unit", "報告単位"),
    (r"\boperator\b", "運用担当者"),
    (r"\bledger\b", "台帳|記録"),
    (r"\bslots?\b", "回|時刻"),
)


def at_odds(every: Iterable[Pair]) -> Iterator[str]:
    """Pairs in which one language has a term and the other has not."""
    for pair in map(_spoken, every):
        for ja, en in SAYS_ALSO:
            if re.search(ja, pair.ja) and not re.search(en, pair.en, re.IGNORECASE):
                yield f"{pair.place}: {ja} is not {en}: {pair.ja[:70]} | {pair.en[:90]}"
        for en, ja in SAYS_IT_TOO:
            if re.search(en, pair.en, re.IGNORECASE) and not re.search(ja, pair.ja):
                yield f"{pair.place}: {en} is not {ja}: {pair.ja[:70]} | {pair.en[:90]}"


def _spoken(pair: Pair) -> Pair:
    """Without the names of what is put in."""
    return Pair(pair.place, *(re.sub(r"\{\w*\}", "…", code_free(said)) for said in (pair.ja, pair.en)))


def test_both_languages_of_a_message_say_the_same_term() -> None:
    assert sum(1 for _ in pairs()) > 1000, "the catalogues are not read"
    assert list(at_odds(pairs())) == []


def test_a_pair_that_says_something_else_would_be_found() -> None:
    bad = (
        Pair("x", "差し戻してください。", "Return it."),
        Pair("x", "不突合があります。", "The figures are odd."),
        Pair("x", "値を直してください。", "Approve it."),
        Pair("x", "開票区", "counting area"),
    )
    assert [len(list(at_odds([one]))) for one in bad] == [1, 1, 1, 1]
    assert [one.en for one in console('msgid "承認"\nmsgstr "Approve"\n')] == ["Approve"]
