"""Enter and correct figures of single cells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk.answers import NotNow, RulesRefused, run
from api.graphql.mutations import (
    AnyCommandRefused,
    CellInput,
    FiguresRefused,
    OtherCellsMoved,
    ReasonForInput,
    ReceiptInput,
    VersionConflict,
    seen_names,
)
from api.graphql.types import described
from reporting.application import commands
from reporting.application.desk import Desk
from reporting.application.figures import FigureDoor
from reporting.domain.actor import Actor, Channel

Given = TypeVar("Given", commands.EnterFigures, commands.CorrectFigures)


@strawberry.input(description="First values for cells that hold nothing.")
class EnterFiguresInput:
    command_id: strawberry.ID = described("a UUID made by the sender; sending it again is safe")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    expected_version: int = described("version of the return the sender has seen; 0 = nothing yet")
    figures: list[CellInput] = described("at most 2,000 cells")
    channel: Channel = strawberry.field(default=Channel.API, description="how the figure arrived")
    receipt: ReceiptInput | None = strawberry.field(
        default=None, description="how and when they arrived: FAX, TELEPHONE and PAPER need it"
    )
    on_behalf_of: str | None = strawberry.field(
        default=None,
        description="the unit's own office, when they are entered for it; another name is refused",
    )
    reason: str | None = strawberry.field(default=None, description="a remark")
    untouched: str | None = strawberry.field(
        default=None,
        description="a preview's fingerprint of every other cell: refused when one of them moved since",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Other values for cells that hold one.")
class CorrectFiguresInput:
    command_id: strawberry.ID = described("a UUID made by the sender; sending it again is safe")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    expected_version: int = described("version of the return the sender has seen")
    figures: list[CellInput] = described("at most 2,000 cells")
    reason_class: str = described("stable code of the reason, e.g. typing_error")
    reason: str = described("the reason in words")
    channel: Channel = strawberry.field(default=Channel.API, description="how the figure arrived")
    receipt: ReceiptInput | None = strawberry.field(
        default=None, description="how and when they arrived: FAX, TELEPHONE and PAPER need it"
    )
    on_behalf_of: str | None = strawberry.field(
        default=None,
        description="the unit's own office, when they are entered for it; another name is refused",
    )
    reasons: list[ReasonForInput] = strawberry.field(
        default_factory=list, description="of cells that have one of their own; reason is the rest's"
    )
    untouched: str | None = strawberry.field(
        default=None,
        description="a preview's fingerprint of every other cell: refused when one of them moved since",
    )
    seen_at: int | None = seen_names()


@strawberry.type(description="Recorded, durably. Ask with minPosition = position to read your own write.")
class FiguresRecorded:
    unit: str = described("code of the reporting unit")
    version: int = described("version of the return now")
    position: int = described("ledger position of the event")
    recorded_at: datetime = described("server time of recording")
    repeated: bool = described("whether this command had been recorded before")


Outcome = Annotated[
    FiguresRecorded
    | FiguresRefused
    | RulesRefused
    | NotNow
    | VersionConflict
    | OtherCellsMoved
    | AnyCommandRefused,
    strawberry.union("FiguresOutcome", description="Recorded, or refused for a named reason."),
]


Entry = Annotated[EnterFiguresInput, strawberry.argument(description="what to enter")]
Correction = Annotated[CorrectFiguresInput, strawberry.argument(description="what to correct, and why")]


def _record(info: Info, kind: type[Given], given: EnterFiguresInput | CorrectFiguresInput) -> FiguresRecorded:
    def do(desk: Desk, request: Given, actor: Actor) -> FiguresRecorded:
        context = info.context
        done = FigureDoor(context.service, desk).record(request, actor, context.request_id)
        return FiguresRecorded(
            unit=done.unit,
            version=done.version,
            position=done.position,
            recorded_at=done.recorded_at,
            repeated=done.repeated,
        )

    return run(info, kind, given, do)


@strawberry.type(
    description="Changes. Each is one command: appended whole or not at all, safe to send again."
)
class FigureMutations:
    @change("enter first values; needs a token whose jurisdiction covers the unit")
    def enter_figures(self, info: Info, input: Entry) -> Outcome:
        return _record(info, commands.EnterFigures, input)

    @change("correct values, with a reason; needs a token whose jurisdiction covers the unit")
    def correct_figures(self, info: Info, input: Correction) -> Outcome:
        return _record(info, commands.CorrectFigures, input)
