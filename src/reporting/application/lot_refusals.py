"""Why a lot is not taken: each cause by its own name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from reporting.application.messages import message
from reporting.domain.four_eyes import AloneWithOthersThere, FourEyes
from reporting.errors import ReportingError
from reporting.rules.lots import Wait
from reporting.words import Words

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
WAIT_WORDS = message.table("waits_for_lot")
"""By NOT_ASKED or the value of a Wait."""


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
        told_of = [self._told(why, units) for why, units in self.waiting.items()]
        super().__init__(
            waiting={why: list(units) for why, units in self.waiting.items()},
            detail_ja="。".join(words.ja for words in told_of),
            detail_en="; ".join(words.en for words in told_of),
        )

    @staticmethod
    def _told(why: str, units: tuple[str, ...]) -> Words:
        words, shown, rest = WAIT_WORDS[why], ", ".join(units[:TOLD]), len(units) - TOLD
        if rest <= 0:
            return message.words("units_wait", why_ja=words.ja, why_en=words.en, units=shown)
        return message.words("units_wait_and_more", why_ja=words.ja, why_en=words.en, units=shown, count=rest)


class NoTieCause(StrEnum):
    """Why there is nothing to draw for."""

    NONE = "none"
    QUOTIENTS = "quotients"
    BELOW_LINE = "below_line"
    MOVED = "moved"
    INTERIM = "interim"
    PARTIAL = "partial"


class NoTie(ReportingError):
    """facts: `cause`, and those that its words name."""

    code = "no_tie"

    def __init__(self, cause: NoTieCause, **facts: str) -> None:
        self.template_ja, self.template_en = message.table("no_tie")[cause]  # type: ignore[misc]
        super().__init__(cause=cause.value, **facts)
