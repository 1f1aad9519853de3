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
COUNTED = STATES | {"approved": ("✓", said("承認（途中を含む）"))}
"""Of many returns together: a board counts as approved what the first level has approved."""

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
NOTES = {
    "ballot_found": said("後に見つかった投票用紙"),
    "decision": said("異議・訴訟の結果"),
    "not_corrected": said("誤りを訂正しないという決定"),
    "remark": said("そのほかの注記"),
}
"""Classes of remarks that the console offers."""
NOTES_OF_ITS_OWN = {"taken_back": said("公表した注記の取り消し")}
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

UNITS = {
    "persons": said("人数"),
    "ballots": said("枚"),
    "votes": said("票"),
    "percent": said("％"),
    "places": said("か所"),
    "yen": said("円"),
    "minutes": said("分"),
    "times": said("延べ回数"),
    "copies": said("部"),
    "cases": said("件"),
}
CONTESTS = {
    "single_member": said("小選挙区"),
    "proportional": said("比例代表"),
    "constituency": said("選挙区"),
    "retention": said("国民審査"),
    "governor": said("知事"),
    "mayor": said("市区町村長"),
    "assembly": said("議会の議員"),
    "council": said("議会・長"),
}
"""Kinds of contests of the shipped catalogue; elections may have others."""


DRILL_STATES = {
    "PLAYING": said("夜の途中"),
    "OVER": said("夜が終わった"),
    "ENDED": said("途中で終えた"),
    "INTERRUPTED": said("サーバーが止まり中断"),
}
DRILL_OUTCOMES = {
    "corrected": said("直った"),
    "not_corrected": said("直っていない"),
    "never_typed": said("入力されなかった"),
    "declared": said("申告され、別の人が確認"),
    "not_declared": said("申告されていない"),
    "falsified": said("数が書き換えられた"),
}
"""What becomes of a mistake that a rehearsal puts in; the last three of a true difference."""


ELECTIONS = {
    "upper_house": said("参議院議員通常選挙"),
    "lower_house": said("衆議院議員総選挙・国民審査"),
    "governor": said("都道府県知事選挙"),
    "prefectural_assembly": said("都道府県議会議員選挙"),
    "designated_city_assembly": said("指定都市議会議員選挙"),
    "mayor": said("市区町村長選挙"),
    "municipal_assembly": said("市区町村議会議員選挙"),
}
"""Kinds of elections of the shipped templates; elections may have others."""
OCCASIONS = {
    "by_election": said("補欠選挙"),
    "repeat_election": said("再選挙"),
}


def election_kind(code: str, words: Words) -> str:
    """In words, with its occasion where it is none of the regular ones; the code of one that has no name here."""
    kind, _, occasion = code.partition(".")
    told = in_words(ELECTIONS, kind, words)
    return f"{told} · {in_words(OCCASIONS, occasion, words)}" if occasion else told


def in_words(names: Mapping[str, str], code: str, words: Words) -> str:
    """A role, a channel, a unit, a kind of contest; the code of one that has no name here."""
    return words.of(names[code]) if code in names else code


LOT_STATES = {
    "RECORDED": said("記録のみ（別の人の確認待ち）"),
    "CONFIRMED": said("確認済み（まだ公表に入っていない）"),
    "IN_FORCE": said("有効（公表済み）"),
    "OVERTAKEN": said("失効（得票が変わった、または別の記録がある）"),
}
LOT_SOURCES = {
    "election_meeting_record": said("選挙会の選挙録"),
    "chair_notice": said("選挙長の通知"),
    "other_document": said("その他の書類"),
}
"""Kinds of documents that say how a lot fell; each a stable code."""


def lot_source(code: str, words: Words) -> str:
    """In words; of a kind that somebody else made up, the code."""
    return words.of(LOT_SOURCES[code]) if code in LOT_SOURCES else code


def note_class(code: str, words: Words) -> str:
    """In words; of a class that somebody else made up, the code."""
    told = NOTES | NOTES_OF_ITS_OWN
    return words.of(told[code]) if code in told else code


def reason_class(code: str, words: Words) -> str:
    """In words; of a class that somebody else made up, the code."""
    classes = NOTES | NOTES_OF_ITS_OWN | dict((*REASONS, *OTHER_REASONS))
    return words.of(classes[code]) if code in classes else code


def state(code: str, words: Words, waits_for: str | None = None) -> Markup:
    """Of one return. `waits_for`: the level that has not approved yet: what the first has approved is not through."""
    mark, word = STATES[code]
    told = words.of(word)
    if code == "approved" and waits_for:
        told = words.of("途中まで承認済み（次は{level}）", level=waits_for)
    return _marked(code, mark, told)


def counted_state(code: str, words: Words) -> Markup:
    """Above a number of returns."""
    mark, word = COUNTED[code]
    return _marked(code, mark, words.of(word))


def _marked(code: str, mark: str, told: str) -> Markup:
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(
        code, mark, told
    )
