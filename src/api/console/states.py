"""Where a return stands: one mark and one word each, never by colour alone."""

from __future__ import annotations

from markupsafe import Markup

from api.console.words import Words, said

STATES = {
    "missing": ("○", said("未入力")),
    "draft": ("◔", said("入力中")),
    "entered": ("◑", said("入力のみ（未提出）")),
    "submitted": ("●", said("提出済み")),
    "sent_back": ("↩", said("差し戻し")),
    "approved": ("✓", said("承認済み")),
    "certified": ("■", said("確定")),
    "withdrawn": ("×", said("取り下げ")),
}


REASONS = (
    ("typing_error", said("入力の誤り")),
    ("missed_station", said("投票所・開票所の計上漏れ")),
    ("recount", said("再点検の結果")),
    ("query", said("照会を受けての見直し")),
    ("other", said("その他（言葉で書く）")),
)
"""Classes of reasons that the console offers."""


def reason_class(code: str, words: Words) -> str:
    """In words; of a class that somebody else made up, the code."""
    known = dict(REASONS)
    return words.of(known[code]) if code in known else code


def state(code: str, words: Words) -> Markup:
    mark, word = STATES[code]
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(
        code, mark, words.of(word)
    )
