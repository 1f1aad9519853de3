"""Holds and disposals as they stand, and what may become of them: nothing before its time, nothing under hold, nobody alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from reporting.domain.events import Event
from reporting.domain.four_eyes import FourEyes
from reporting.domain.retention_events import (
    DisposalCertified,
    DisposalConfirmed,
    DisposalProposed,
    Ground,
    HeldKind,
    HoldLifted,
    HoldOpened,
)
from reporting.errors import ReportingError


class KeptStill(ReportingError):
    """facts: `until`, `law`. Its period is not over."""

    code = "kept_still"
    template_ja = "保存期間が終わっていません（{until} まで。根拠: {law}）。消去できません。"
    template_en = "Its period is not over (kept until {until}; {law}). It cannot be disposed of."


class UnderHold(ReportingError):
    """facts: `holds`. A hold is lifted, with a reason, before anything of it is disposed of; a court's order passes it."""

    code = "under_hold"
    template_ja = "廃棄停止中です（{holds}）。解除するまで消去できません。"
    template_en = "Under legal hold ({holds}). It cannot be disposed of until that is lifted."


class DisposedAlone(FourEyes):
    """facts: `person`. There is no override."""

    template_ja = "{person} はこの廃棄を提案した本人です。別の人が、自分でログインして確認してください。"
    template_en = "{person} proposed this disposal. Another person has to log in and confirm it."


@dataclass(frozen=True, slots=True)
class Disposal:
    """`proposed_by`: the person of its proposal."""

    proposal: DisposalProposed
    proposed_at: int
    proposed_by: str
    confirmed_at: int | None = None
    certificate: DisposalCertified | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Open holds by name, and every disposal by name, in the order of the log."""

    holds: dict[str, HoldOpened] = field(default_factory=dict)
    disposals: dict[str, Disposal] = field(default_factory=dict)

    def after(self, event: Event, position: int, person: str) -> Self:
        """With one event more."""
        holds, disposals = self.holds, self.disposals
        match event:
            case HoldOpened():
                holds = {**holds, event.hold: event}
            case HoldLifted():
                holds = {name: hold for name, hold in holds.items() if name != event.hold}
            case DisposalProposed():
                disposals = {**disposals, event.disposal: Disposal(event, position, person)}
            case DisposalConfirmed():
                waiting = disposals[event.disposal]
                disposals = {**disposals, event.disposal: replace(waiting, confirmed_at=position)}
            case DisposalCertified():
                done = disposals[event.disposal]
                disposals = {**disposals, event.disposal: replace(done, certificate=event)}
        return replace(self, holds=holds, disposals=disposals)

    def over(self, record: HeldKind, elections: Collection[str]) -> list[str]:
        """Names of the holds on a kind of these elections; of none where there are none."""
        return [
            name
            for name, hold in self.holds.items()
            if hold.record in (None, record) and (hold.election is None or hold.election in elections)
        ]

    def require_free(self, ground: Ground, record: HeldKind, elections: Collection[str]) -> None:
        """UnderHold, unless a court ordered it."""
        if ground != "court_order" and (held := self.over(record, elections)):
            raise UnderHold(holds="、".join(held))

    def require_confirmable(
        self, disposal: Disposal, person: str, today: date, elections: Collection[str]
    ) -> None:
        """DisposedAlone; KeptStill; UnderHold: the state of today decides, not that of the proposal."""
        if person == disposal.proposed_by:
            raise DisposedAlone(person=person)
        require_over(disposal.proposal.ground, disposal.proposal.kept_until, disposal.proposal.law, today)
        self.require_free(disposal.proposal.ground, disposal.proposal.record, elections)


def require_over(ground: Ground, kept_until: date | None, law: str, today: date) -> None:
    """KeptStill where only a period allows it, and that is not over: the last day belongs to it."""
    if ground == "period_over" and (kept_until is None or today <= kept_until):
        raise KeptStill(until="—" if kept_until is None else kept_until.isoformat(), law=law)
