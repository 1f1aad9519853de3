"""Names as they are printed: their proof sheet, where it stands, and the sign-off."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import TOKEN, change, readable
from api.graphql.arguments import ElectionCode
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.desk.paper import PaperDocument
from api.graphql.mutations import (
    ONLY_ONCE,
    AnyCommandRefused,
    VersionConflict,
)
from api.graphql.types import Label, described
from reporting.application import proofing
from reporting.application.proofing import Proofing, Proofreading
from reporting.kit.paper.fonts import fonts_of
from reporting.kit.paper.names import make_proof


@strawberry.type(description="Where the names of a contest stand.")
class ContestNames:
    contest: str = described("contest code")
    label: Label = described("the contest's label")
    choices: int = described("how many candidates or parties it has")
    names: str = described("digest of the names as they stand: send it as `names`")
    proofread: bool = described("whether these very names were signed off")
    position: int | None = described("ledger position of the last sign-off; null: nobody signed off yet")
    at: datetime | None = described("when that was")
    office: str | None = described("which office it was; who, tells the event to those who may read it")
    changed: list[str] = described("names that are others now than those signed off, and those that are gone")

    @classmethod
    def of(cls, stands: Proofreading) -> ContestNames:
        contest = stands.contest
        return cls(
            contest=contest.code, label=Label(ja=contest.label.ja, en=contest.label.en), choices=len(contest.choices),
            names=stands.names, proofread=stands.proofread, position=stands.position, at=stands.at,
            office=None if stands.by is None else stands.by.office, changed=list(stands.changed),
        )  # fmt: skip


@strawberry.type(description="Done, durably.")
class NamesProofreadDone:
    contest: str = described("contest code")
    position: int = described("ledger position of the sign-off")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: proofing.NamesDone) -> NamesProofreadDone:
        return cls(contest=done.contest, position=done.position, repeated=done.repeated)


@strawberry.input(description="The names of a contest were compared with the register and are right.")
class ProofreadNamesInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    contest: str = described("contest code")
    names: str = described("digest of the names that were looked at")


ProofreadOutcome = Annotated[
    NamesProofreadDone | VersionConflict | AnyCommandRefused,
    strawberry.union("ProofreadOutcome", description="Signed off, or refused for a named reason."),
]


@strawberry.type(description="Reads about names.")
class NamesQueries:
    @readable(TOKEN, "where the names of each contest stand")
    def names_proofread(self, info: Info, election: ElectionCode) -> list[ContestNames]:
        return [ContestNames.of(stands) for stands in Proofing(info.context.service).of(election)]

    @readable(TOKEN, "the proof sheet of names, as a PDF for A4")
    def names_sheet(self, info: Info, election: ElectionCode) -> PaperDocument:
        defined = info.context.service.catalog.election(election)
        made = make_proof(defined.definition, defined.versions[0], fonts_of(info.context.fonts))
        return PaperDocument.of(f"{election}-names-{defined.versions[0]}.pdf", made)


@strawberry.type(description="Changes about names.")
class NamesMutations:
    @change(
        "sign off the names of a contest, compared with the register: forms printed before say that they are unproofed"
    )
    def proofread_names(
        self,
        info: Info,
        input: Annotated[ProofreadNamesInput, strawberry.argument(description="which names")],
    ) -> ProofreadOutcome:
        return run(
            info,
            proofing.ProofreadNames,
            input,
            lambda desk, request, actor: NamesProofreadDone.of(
                Proofing(desk.reporting).sign_off(request, actor)
            ),
        )
