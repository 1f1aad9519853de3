"""Why a lot is not taken: each cause by its own name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from reporting.domain.case import AloneWithOthersThere, FourEyes
from reporting.errors import ReportingError
from reporting.rules.lots import Wait

TOLD = 20
"""Units named of each cause."""


class RecorderConfirms(FourEyes):
    """facts: `person`. Who recorded a lot does not confirm it."""

    template_ja = (
        "{person} がこのくじの結果を記録しました。確認は別の人が行ってください。ほかに担当者がいない場合は、"
        "理由を付けた特例で確認できます。"
    )
    template_en = (
        "{person} recorded this lot. Ask someone else to confirm it; where there is nobody else, an override with a "
        "reason does it, too."
    )


class RecorderAlone(AloneWithOthersThere):
    """facts: `person`, `office`. Who recorded a lot does not confirm it by override while the office has somebody else."""

    template_ja = "{person} だけでくじの記録と確認はできません。{office} にはほかの担当者が登録されています。その人が確認してください。"
    template_en = "{person} alone may not record and confirm a lot: {office} has other members. Have one of them confirm it."


NOT_ASKED = "not_asked"
"""The slot does not ask the unit, and it votes on the contest."""
WAIT_WORDS: Mapping[str, tuple[str, str]] = {
    NOT_ASKED: ("この回の報告を求めていない単位", "not asked in this slot"),
    Wait.MISSING: ("得票が未入力の単位", "without a figure"),
    Wait.NO_NUMBER: ("未報告・非公表の欄がある単位", "with a cell that is not reported or withheld"),
    Wait.SENT_BACK: ("差し戻し中の単位", "sent back"),
    Wait.UNAPPROVED: (
        "現在の値が最終段階で承認されていない単位",
        "whose present value lacks the last approval",
    ),
}


class VotesOpen(ReportingError):
    """facts: `waiting` (reason → units), `detail_ja`, `detail_en`."""

    code = "votes_open"
    template_ja = "得票の承認がすべて済んでいないため、くじの記録・確認はできません。{detail_ja}。各単位の処理を終えてください。"
    template_en = "Not all votes of this contest are approved, so that no lot is recorded or confirmed. {detail_en}. See to these units first."

    def __init__(self, waiting: Mapping[Wait, tuple[str, ...]], asked: Collection[str]) -> None:
        """`asked`: units that the slot asks."""
        told = {why.value: units for why, units in waiting.items()}
        silent = tuple(unit for unit in told.get(Wait.MISSING, ()) if unit not in asked)
        told[Wait.MISSING] = tuple(unit for unit in told.get(Wait.MISSING, ()) if unit in asked)
        self.waiting = {why: units for why, units in {NOT_ASKED: silent, **told}.items() if units}
        ja, en = [], []
        for why, units in self.waiting.items():
            shown, rest = ", ".join(units[:TOLD]), len(units) - TOLD
            words = WAIT_WORDS[why]
            ja.append(f"{words[0]}：{shown}" + (f" ほか {rest} 単位" if rest > 0 else ""))
            en.append(f"Units {words[1]}: {shown}" + (f" and {rest} more" if rest > 0 else ""))
        super().__init__(
            waiting={why: list(units) for why, units in self.waiting.items()},
            detail_ja="。".join(ja),
            detail_en="; ".join(en),
        )


class NoTieCause(StrEnum):
    """Why there is nothing to draw for."""

    NONE = "none"
    QUOTIENTS = "quotients"
    BELOW_LINE = "below_line"
    MOVED = "moved"


TIE_WORDS: Mapping[NoTieCause, tuple[str, str]] = {
    NoTieCause.NONE: (
        "{contest} の最後の議席では、得票数は同じではありません。得票を確かめてください。",
        "No votes are equal at the last seat of {contest}. Check the votes.",
    ),
    NoTieCause.QUOTIENTS: (
        "{contest} の議席は商（ドント式）で配分されます。このシステムは議席の配分を計算しないため、商が同じときのくじ"
        "（公職選挙法第95条の2第3項、第95条の3）は記録できません。選挙会の記録によってください。",
        "Seats of {contest} go by quotients (d'Hondt). This system does not allot seats, so that a lot between equal "
        "quotients (Public Offices Election Act, art. 95-2(3), 95-3) is not recorded here. Keep to the election meeting's "
        "record.",
    ),
    NoTieCause.BELOW_LINE: (
        "同数の {votes} 票は{line_ja}に達しないため、誰も当選しません。くじは行いません。得票を確かめてください。",
        "The equal {votes} votes do not reach the {line_en}: none of them is elected and no lot is drawn. Check the votes.",
    ),
    NoTieCause.MOVED: (
        "記録したときの同数（{votes} 票）は、今の得票（最後の議席で {now} 票）と異なります。今の得票でもう一度記録してください。",
        "The equal votes that were recorded ({votes}) are not those of now ({now} at the last seat). Record the lot again.",
    ),
}


class NoTie(ReportingError):
    """facts: `cause`, and those that its words name."""

    code = "no_tie"

    def __init__(self, cause: NoTieCause, **facts: str) -> None:
        self.template_ja, self.template_en = TIE_WORDS[cause]  # type: ignore[misc]
        super().__init__(cause=cause.value, **facts)
