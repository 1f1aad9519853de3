"""Who won by lot where votes were equal: recorded, confirmed by another."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk.mutations import FourEyes, run
from api.graphql.mutations import (
    CommandIdReused,
    InvalidRequest,
    NotAuthenticated,
    NotAuthorised,
    Unavailable,
    UnknownReference,
    VersionConflict,
)
from api.graphql.types import text
from reporting.application import lots
from reporting.application.lots import LotDone as DoneRecord
from reporting.application.lots import Lots


@strawberry.type(description="Done, durably. Ask with minPosition = position to read your own write.")
class LotDone:
    recorded: int = text("ledger position of the record, which its confirmation names")
    confirmed: bool = text("whether this command confirmed it")
    position: int = text("ledger position of this command's event")
    repeated: bool = text("whether this command had been recorded before")

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
    command_id: strawberry.ID = text("a UUID made by the sender; the same id again changes nothing twice")
    election: str = text("election code")
    form: str = text("form code")
    slot: str = text("slot code")
    contest: str = text("contest code")
    item: str = text("item whose votes were equal")
    among: list[str] = text("every choice of these votes")
    winners: list[str] = text("those of them the lot gave a seat")
    source_class: str = text("stable code of the kind of document that says so, e.g. election_meeting_record")
    reference: str = text("number and date of the document; no person's name: it stays for ever")


@strawberry.input(description="A recorded lot that a second person found right.")
class ConfirmLotInput:
    command_id: strawberry.ID = text("a UUID made by the sender; the same id again changes nothing twice")
    election: str = text("election code")
    form: str = text("form code")
    slot: str = text("slot code")
    contest: str = text("contest code")
    item: str = text("item whose votes were equal")
    recorded: int = text("ledger position of the record that is confirmed")


LotOutcome = Annotated[
    LotDone
    | FourEyes
    | VersionConflict
    | CommandIdReused
    | NotAuthorised
    | NotAuthenticated
    | UnknownReference
    | InvalidRequest
    | Unavailable,
    strawberry.union("LotOutcome", description="Recorded or confirmed, or refused for a named reason."),
]


@strawberry.type(description="Lots drawn between equal votes.")
class LotMutations:
    @change(
        "record who won by lot where votes are equal at the last seat in what the top has approved (Public Offices Election "
        "Act, art. 95(2)); a second person confirms it"
    )
    def record_lot(
        self, info: Info, input: Annotated[RecordLotInput, strawberry.argument(description="the lot")]
    ) -> LotOutcome:
        return run(
            info,
            lots.RecordLot,
            input,
            lambda desk, request, actor: LotDone.of(Lots(info.context.service, desk).record(request, actor)),
        )

    @change("confirm a recorded lot as a second person; public once the equal votes are released")
    def confirm_lot(
        self, info: Info, input: Annotated[ConfirmLotInput, strawberry.argument(description="which record")]
    ) -> LotOutcome:
        return run(
            info,
            lots.ConfirmLot,
            input,
            lambda desk, request, actor: LotDone.of(Lots(info.context.service, desk).confirm(request, actor)),
        )
