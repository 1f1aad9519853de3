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


def state(code: str, words: Words) -> Markup:
    mark, word = STATES[code]
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(
        code, mark, words.of(word)
    )
