"""Codes that somebody may have meant: one edit away, without its leading zeros, in other letters or widths."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from reporting.messages import message
from reporting.words import Words, in_both

SUGGESTED, LISTED = 3, 12
"""At most so many suggestions; where there are none, so many codes at most are listed whole."""


def near(word: str, among: Iterable[str]) -> tuple[str, ...]:
    """Codes like `word`, likeliest first."""
    plain = _plain(word)
    ranked = sorted(
        (rank, code) for code in among if (rank := _rank(plain, _plain(code))) is not None and code != word
    )
    return tuple(code for _, code in ranked[:SUGGESTED])


def hint(word: str, among: Iterable[str]) -> Words:
    """What to say besides, in Japanese and English: what was meant, or what there is when that is little; else "".
    `among`: codes, or code → name."""
    named = among.items() if isinstance(among, Mapping) else ()
    names = {code: name for code, name in named if isinstance(name, str) and name}
    codes = list(among)
    if meant := near(word, codes):
        ja = "、".join(f"{code}（{names[code]}）" if code in names else code for code in meant)
        en = ", ".join(f"{code} ({names[code]})" if code in names else code for code in meant)
        return message.words("did_you_mean", codes_ja=ja, codes_en=en)
    if 0 < len(codes) <= LISTED:
        return message.words("there_are", codes_ja="、".join(codes), codes_en=", ".join(codes))
    return Words("", "")


def with_hint(expected: str, word: str, among: Iterable[str]) -> str:
    """What is expected, `日本語 / English`, with what was meant or what there is, in brackets: the sentence goes on after it."""
    codes = among if isinstance(among, Mapping) else list(among)
    said, meant = in_both(expected), hint(word, codes)
    if not meant.ja or (not near(word, codes) and all(code in said.ja for code in codes)):
        return expected
    ja, en = meant.ja.rstrip("。"), meant.en.rstrip(".")
    return str(Words(f"{said.ja.rstrip('。')}（{ja}）", f"{said.en.rstrip('.')} ({en})"))


def listed(codes: Iterable[str]) -> Words:
    """Codes in brackets for a sentence, the first of many: `（a、b ほか 3）`, ` (a, b and 3 more)`."""
    every = list(codes)
    some, more = every[:LISTED], len(every) - LISTED
    if not some:
        return Words("", "")
    rest = message.words("and_more", more=more) if more > 0 else Words("", "")
    return Words(f"（{'、'.join(some)}{rest.ja}）", f" ({', '.join(some)}{rest.en})")


def _plain(code: str) -> str:
    return unicodedata.normalize("NFKC", code).strip().casefold()


def _rank(word: str, code: str) -> int | None:
    """0: the same but for letters, widths, leading zeros or separators; 1: two characters exchanged; 2: one character
    more, less or another; None: something else. A code of one or two characters is only ever itself."""
    if word == code or (word.isascii() and word.isdigit() and word == code.lstrip("0") != ""):
        return 0
    if word.replace("-", "_") == code.replace("-", "_"):
        return 0
    if min(len(word), len(code)) < 3 or abs(len(word) - len(code)) > 1:
        return None
    start = next((n for n, (a, b) in enumerate(zip(word, code, strict=False)) if a != b), None)
    if start is None:
        return 2
    mine, theirs = word[start:], code[start:]
    if len(mine) > 1 and mine[:2] == theirs[1::-1] and mine[2:] == theirs[2:]:
        return 1
    if theirs == mine[1:] or mine == theirs[1:] or mine[1:] == theirs[1:]:
        return 2
    return None
