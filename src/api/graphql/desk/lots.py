"""Who won by lot where votes were equal: recorded, confirmed by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk.answers import FourEyes, run
from api.graphql.mutations import (
    ONLY_ONCE,
    AnyCommandRefused,
    FiguresRefused,
    Refusal,
    VersionConflict,
    seen_names,
)
from api.graphql.types import described
from reporting.application import lot_refusals, lots
from reporting.application.lots import LotDone as DoneRecord
from reporting.application.lots import Lots


@strawberry.type(description="Done, durably. Ask with minPosition = position to read your own write.")
class LotDone:
    recorded: int = described("ledger position of the record, which its confirmation names")
    confirmed: bool = described("whether this command confirmed it")
    position: int = described("ledger position of this command's event")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: DoneRecord) -> LotDone:
        return cls(
            recorded=done.recorded,
            confirmed=done.confirmed,
            position=done.position,
            repeated=done.repeated,
        )


@strawberry.input(description="Who won by lot, from the record of the election meeting.")
class RecordLotInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    contest: str = described("contest code")
    item: str = described("item whose votes were equal")
    among: list[str] = described("every choice of these votes")
    winners: list[str] = described("those of them the lot gave a seat")
    source_class: str = described(
        "stable code of the kind of document that says so, e.g. election_meeting_record"
    )
    reference: str = described(
        "number and date of the document; no person's name: it is shown to everybody with the lot"
    )
    votes: str | None = strawberry.field(
        default=None,
        description="votes that each of `among` had as the sender saw them: refused where they have others by now",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="A recorded lot that a second person found right.")
class ConfirmLotInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    contest: str = described("contest code")
    item: str = described("item whose votes were equal")
    recorded: int = described("ledger position of the record that is confirmed")
    override: str | None = strawberry.field(
        default=None,
        description="reason why one who typed or submitted these votes, or recorded the lot, may confirm it here",
    )
    seen_at: int | None = seen_names()


@strawberry.type(description="Units whose votes are not final, for one reason.")
class WaitingVotes:
    reason: str = described("not_asked, missing, no_number, sent_back or unapproved")
    units: list[str] = described("codes of the units")


@strawberry.type(description="The votes of the contest are not final: nobody draws a lot between them yet.")
class VotesOpen(Refusal):
    waiting: list[WaitingVotes] = described("what they wait for, by the reason")


@strawberry.type(description="There is nothing to draw a lot for.")
class NoTie(Refusal):
    cause: str = described(
        "none: no equal votes at the last seat; quotients: seats go by quotients, which are not computed here; below_line: "
        "the equal votes elect nobody; moved: they are not those recorded"
    )


LotOutcome = Annotated[
    LotDone | FiguresRefused | VotesOpen | NoTie | FourEyes | VersionConflict | AnyCommandRefused,
    strawberry.union("LotOutcome", description="Recorded or confirmed, or refused for a named reason."),
]


def _told(do: Callable[[], DoneRecord]) -> LotDone | VotesOpen | NoTie:
    try:
        return LotDone.of(do())
    except lot_refusals.VotesOpen as error:
        waiting = [WaitingVotes(reason=why, units=list(units)) for why, units in error.waiting.items()]
        told: VotesOpen = VotesOpen.of(error, waiting=waiting)
        return told
    except lot_refusals.NoTie as error:
        none: NoTie = NoTie.of(error, cause=str(error.facts["cause"]))
        return none


@strawberry.type(description="Lots drawn between equal votes.")
class LotMutations:
    @change(
        "record who won by lot where votes are equal at the last seat in what the top has approved (Public Offices Election "
        "Act, art. 95(2)) and reach the statutory minimum; a second person confirms it"
    )
    def record_lot(
        self, info: Info, input: Annotated[RecordLotInput, strawberry.argument(description="the lot")]
    ) -> LotOutcome:
        return run(
            info,
            lots.RecordLot,
            input,
            lambda desk, request, actor: _told(lambda: Lots(info.context.service).record(request, actor)),
        )

    @change(
        "confirm a recorded lot, as a second person who had no hand in the votes; the next release of the slot holds it"
    )
    def confirm_lot(
        self, info: Info, input: Annotated[ConfirmLotInput, strawberry.argument(description="which record")]
    ) -> LotOutcome:
        return run(
            info,
            lots.ConfirmLot,
            input,
            lambda desk, request, actor: _told(lambda: Lots(info.context.service).confirm(request, actor)),
        )
