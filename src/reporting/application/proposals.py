"""Changes of definitions and registries that wait for a second person: who proposed what, why, and whether it still may be
confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from reporting.application.commands import Touched
from reporting.application.messages import message
from reporting.domain.definition_events import ChangeProposed
from reporting.domain.events import Event
from reporting.domain.four_eyes import FourEyes
from reporting.errors import ReportingError, UnknownReference
from reporting.ledger import Deed, DeedFacts, Ledger, election_stream, registry_stream
from reporting.ledger.registry import decode
from reporting.ledger.streams import proposals_stream
from reporting.words import Words

STANDS_FOR = timedelta(days=7)
"""Who confirms looks at what is in force now; a proposal nobody confirmed for so long is made again."""

TOLD = 5
State = Literal["open", "confirmed", "superseded", "expired"]
STATE_WORDS = message.table("state_of_proposal")


class ReasonNeeded(ReportingError):
    """facts: `code`, `touched` (list: what is said otherwise, and of how many figures), `first_ja`, `first_en`."""

    code = "reason_needed"
    template_ja = (
        "{subject} の変更は、報告済みの数値の呼び名、集計先、または扱い（検算・審査・公表）を変えます: {first_ja}。"
        "理由（--reason）を付けてもう一度実行してください。"
    )
    template_en = (
        "The change of {subject} calls figures that stand something else, counts them elsewhere, or has them checked, looked at or "
        "published otherwise: {first_en}. "
        "Run it again with a reason (--reason)."
    )

    def __init__(self, subject: str, touched: Sequence[Touched]) -> None:
        more = message.words("and_more", count=len(touched) - TOLD) if len(touched) > TOLD else Words("", "")
        super().__init__(
            subject=subject,
            touched=[touch.told(1) for touch in touched],
            first_ja="、".join(touch.told(0) for touch in touched[:TOLD]) + more.ja,
            first_en=", ".join(touch.told(1) for touch in touched[:TOLD]) + more.en,
        )


class OwnProposal(FourEyes):
    """facts: `person`, `number`. There is no override."""

    template_ja = "提案 {number} は {person} 本人によるものです。別の人が確認してください。"
    template_en = "Proposal {number} was made by {person}. Ask someone else to confirm it."


class ProposalClosed(ReportingError):
    """facts: `number`, `status`."""

    code = "proposal_closed"
    template_ja = (
        "提案 {number} は確認できません（{status_ja}）。必要なら、もう一度取り込んで提案してください。"
    )
    template_en = (
        "Proposal {number} cannot be confirmed: it is {status}. Where it is still needed, import it again."
    )

    def __init__(self, number: int, status: State) -> None:
        super().__init__(number=number, status=status, status_ja=STATE_WORDS[status].ja)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(DeedFacts):
    """Who proposed it, by its first event."""

    subject: str
    code: str
    based_on: int
    command_id: UUID
    events: tuple[Event, ...]
    state: State

    @property
    def number(self) -> int:
        """What it is called by: where it begins in the ledger."""
        return self.position

    @property
    def stream(self) -> UUID:
        return election_stream(self.code) if self.subject == "election" else registry_stream(self.code)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a proposal would do as things stand now: `touched`; or why it could not be carried out any more, figures having come in
    since it was made."""

    touched: tuple[Touched, ...] = ()
    refused: ReportingError | None = None

    def told(self) -> tuple[Words, ...]:
        if self.refused is None:
            return tuple(Words(touch.told(0), touch.told(1)) for touch in self.touched)
        why_ja, why_en = self.refused.message_ja, self.refused.message_en
        return (message.words("cannot_be_confirmed", why_ja=why_ja, why_en=why_en),)


def proposals(ledger: Ledger, now: datetime) -> tuple[Proposal, ...]:
    """All there ever were, oldest first, with what became of each."""
    by_command: dict[UUID, list[Deed]] = {}
    for deed in ledger.deeds([proposals_stream()]):
        by_command.setdefault(deed.recorded.command_id, []).append(deed)
    latest = {_target(deeds[0]): command for command, deeds in by_command.items()}
    return tuple(
        _proposal(ledger, deeds, now, latest[_target(deeds[0])] == command)
        for command, deeds in by_command.items()
    )


def require_open(proposed: Sequence[Proposal], code: str, number: int) -> Proposal:
    """UnknownReference for a number that is no proposal of this code; ProposalClosed for one that may not be confirmed."""
    proposal = next(
        (proposal for proposal in proposed if proposal.number == number and proposal.code == code), None
    )
    if proposal is None:
        among = {str(proposal.number): proposal.code for proposal in proposed if proposal.state == "open"}
        raise UnknownReference(kind="proposal", found=str(number), among=among, within=code)
    if proposal.state != "open":
        raise ProposalClosed(number, proposal.state)
    return proposal


def _target(deed: Deed) -> tuple[str, str]:
    event = deed.recorded.event
    assert isinstance(event, ChangeProposed)
    return event.subject, event.code


def _proposal(ledger: Ledger, deeds: Sequence[Deed], now: datetime, latest: bool) -> Proposal:
    first = deeds[0].recorded
    event = first.event
    assert isinstance(event, ChangeProposed)
    events = tuple(
        decode(part.proposes, part.proposes_version, part.state.encode(), first.position)
        for part in (deed.recorded.event for deed in deeds)
        if isinstance(part, ChangeProposed)
    )
    stream = election_stream(event.code) if event.subject == "election" else registry_stream(event.code)
    state: State = "open"
    if after := ledger.stream(stream, event.based_on):
        record = ledger.command(after[0].command_id)
        state = "confirmed" if record is not None and record.cause == first.command_id else "superseded"
    elif not latest:
        state = "superseded"
    elif now - first.recorded_at > STANDS_FOR:
        state = "expired"
    return Proposal(
        **asdict(deeds[0].facts), subject=event.subject, code=event.code, based_on=event.based_on,
        command_id=first.command_id, events=events, state=state,
    )  # fmt: skip
