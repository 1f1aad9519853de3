"""A form that two people type: what each of them may see of it, and their two changes."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk import inputs
from api.graphql.desk.answers import DraftKept, FourEyes, NotNow, run
from api.graphql.mutations import (
    AnyCommandRefused,
    FiguresRefused,
    VersionConflict,
)
from reporting.application import desk_commands as commands

SecondEntryOutcome = Annotated[
    DraftKept | FiguresRefused | FourEyes | NotNow | VersionConflict | AnyCommandRefused,
    strawberry.union("SecondEntryOutcome", description="Kept, or refused for a named reason."),
]


@strawberry.type(description="What the second of two people does, and what both do afterwards.")
class SecondEntryMutations:
    @change(
        "keep what a second person typed of a form that two people type, who does not see the first's; with `done` the two are "
        "compared from there on"
    )
    def save_second_entry(
        self,
        info: Info,
        input: Annotated[inputs.SaveSecondEntryInput, strawberry.argument(description="what was typed")],
    ) -> SecondEntryOutcome:
        return run(
            info,
            commands.SaveSecondEntry,
            input,
            lambda desk, request, actor: DraftKept(
                unit=request.unit, version=desk.save_second_entry(request, actor)
            ),
        )

    @change("put right the cells in which two entries differ; the others stay as they are typed")
    def settle_entry(
        self,
        info: Info,
        input: Annotated[
            inputs.SettleEntryInput, strawberry.argument(description="the cells as on the paper")
        ],
    ) -> SecondEntryOutcome:
        return run(
            info,
            commands.SettleEntry,
            input,
            lambda desk, request, actor: DraftKept(
                unit=request.unit, version=desk.settle_entry(request, actor)
            ),
        )
