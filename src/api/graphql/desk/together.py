"""Several returns by one command: joint correction and joint approval."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk import together_inputs
from api.graphql.desk.answers import FourEyes, NotNow, RulesRefused, run
from api.graphql.mutations import (
    AnyCommandRefused,
    FiguresRefused,
    OtherCellsMoved,
    VersionConflict,
)
from api.graphql.types import described
from reporting.application import desk_commands as commands
from reporting.application.together import DoneTogether as DoneRecord
from reporting.application.together import Together


@strawberry.type(description="Where one of the returns stands after the command.")
class ReturnStands:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    status: str = described("missing, entered, submitted, sent_back, approved, certified or withdrawn")
    version: int = described("version of the return now")


@strawberry.type(
    description="All of them, done durably. Ask with minPosition = position to read your own write."
)
class DoneTogether:
    returns: list[ReturnStands] = described("in the order asked")
    position: int = described("ledger position of the last event")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: DoneRecord) -> DoneTogether:
        returns = [
            ReturnStands(
                form=return_.form,
                slot=return_.slot,
                unit=return_.unit,
                status=return_.status.value,
                version=return_.version,
            )
            for return_ in done.returns
        ]
        return cls(returns=returns, position=done.position, repeated=done.repeated)


JointOutcome = Annotated[
    DoneTogether
    | FiguresRefused
    | RulesRefused
    | FourEyes
    | NotNow
    | VersionConflict
    | OtherCellsMoved
    | AnyCommandRefused,
    strawberry.union("JointOutcome", description="All done, or nothing for a named reason."),
]


@strawberry.type(description="Changes to several returns at once.")
class TogetherMutations:
    @change(
        "a joint correction: several returns changed at once, checked on the state after all of them, all or none"
    )
    def correct_together(
        self,
        info: Info,
        input: Annotated[
            together_inputs.CorrectTogetherInput,
            strawberry.argument(description="which returns, as they are to be"),
        ],
    ) -> JointOutcome:
        return run(
            info,
            commands.CorrectTogether,
            input,
            lambda desk, request, actor: DoneTogether.of(
                Together(info.context.service, desk).correct(request, actor)
            ),
        )

    @change("approve several returns at one's level, all or none")
    def approve_together(
        self,
        info: Info,
        input: Annotated[
            together_inputs.ApproveTogetherInput, strawberry.argument(description="which returns")
        ],
    ) -> JointOutcome:
        return run(
            info,
            commands.ApproveTogether,
            input,
            lambda desk, request, actor: DoneTogether.of(
                Together(info.context.service, desk).approve(request, actor)
            ),
        )
