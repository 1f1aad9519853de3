"""Where a return stands: one mark and one word each, never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping

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
OTHER_REASONS = (
    ("resubmission", said("再提出")),
    ("altered", said("表示された不突合が値の変更でなくなった")),
    ("withdrawn", said("取り下げ")),
    ("import", said("ファイルの取り込み")),
    ("workbook", said("ワークブックの提出")),
    ("drill", said("訓練の筋書き")),
)
"""Classes that the program gives by itself."""
ROLES = {
    "ward": said("区"),
    "municipality": said("市区町村"),
    "prefecture": said("都道府県"),
    "ministry": said("国"),
    "auditor": said("監査"),
    "analyst": said("分析"),
    "system": said("運用"),
}
CHANNELS = {
    "api": said("画面・API"),
    "import": said("ファイルの取り込み"),
    "fax": said("ファクス"),
    "telephone": said("電話"),
    "paper": said("紙"),
    "workbook": said("ワークブック"),
    "simulation": said("訓練の筋書き"),
}


def in_words(names: Mapping[str, str], code: str, words: Words) -> str:
    """A role or a channel; the code of one that has no name here."""
    return words.of(names[code]) if code in names else code


def reason_class(code: str, words: Words) -> str:
    """In words; of a class that somebody else made up, the code."""
    classes = dict((*REASONS, *OTHER_REASONS))
    return words.of(classes[code]) if code in classes else code


def state(code: str, words: Words) -> Markup:
    mark, word = STATES[code]
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(
        code, mark, words.of(word)
    )
