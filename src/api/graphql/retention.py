"""What is kept how long, what is due, legal holds, and the two persons of a disposal, for whoever manages retention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

import strawberry

from api.graphql.access import TOKEN, change, readable
from api.graphql.context import Info
from api.graphql.desk.answers import FourEyes, run
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused, Refusal
from api.graphql.types import Label, described
from reporting.application import retention_commands as commands
from reporting.application.authority import allowed, reach_of
from reporting.application.retention import Due
from reporting.application.retention import Retention as Retained
from reporting.domain.actor import Actor
from reporting.domain.disposal import Disposal as DisposalRecord
from reporting.domain.disposal import KeptStill, UnderHold
from reporting.domain.retention_events import DisposalCertified, HoldOpened


@strawberry.type(
    description="An election's names and documents: how long the law keeps them, and what stands against their disposal."
)
class KeptElection:
    election: str = described("election code")
    kept_until: date = described("last day they are kept")
    over: bool = described("whether that is over today (in Japan)")
    law: Label = described("what keeps them so long")
    read: str = described("how the law's wording was come by: text, quoted or none")
    commands: int = described("commands that still hold names and words")
    holds: list[str] = described("legal holds on the names")
    documents: int = described("documents attached to its returns and not disposed of")
    document_holds: list[str] = described("legal holds on the documents")

    @classmethod
    def of(cls, row: Due) -> KeptElection:
        period = row.kept.period
        return cls(
            election=row.election, kept_until=row.kept.until, over=row.over, law=Label.of(period.source), read=period.read,
            commands=row.commands, holds=list(row.holds), documents=row.documents, document_holds=list(row.document_holds),
        )  # fmt: skip


@strawberry.type(description="A legal hold: nothing of it is disposed of.")
class LegalHold:
    name: str = described("its name")
    election: str | None = described("of this election; null: of everything")
    record: str | None = described("names, access, files or documents; null: every kind")

    @classmethod
    def of(cls, opened: HoldOpened) -> LegalHold:
        return cls(name=opened.hold, election=opened.election, record=opened.record)


@strawberry.type(description="What was erased, as the database counted it. It holds nobody's name.")
class DisposalCertificate:
    commands: int = described("commands whose names and words went")
    files: int = described("files that waited; of documents, files taken from their folder")
    documents: int = described("documents; another election may still keep the file of one")
    addresses: int = described("addresses to be told at")
    digest: str = described("SHA-256 over the commands' ids, or the documents' hashes, in order, in hex")
    proposed: int = described("ledger position of the proposal")
    confirmed: int = described("ledger position of the other person's word")

    @classmethod
    def of(cls, told: DisposalCertified) -> DisposalCertificate:
        return cls(
            commands=told.commands, files=told.files, documents=told.documents, addresses=told.addresses, digest=told.digest, proposed=told.proposed,
            confirmed=told.confirmed,
        )  # fmt: skip


@strawberry.type(description="A disposal of names or documents, which takes two persons.")
class Disposal:
    name: str = described("its name")
    record: str = described("names, access or documents")
    ground: str = described("period_over, data_protection or court_order")
    election: str | None = described("whose names, where a period is over")
    law: str = described("the source of the period or ground")
    kept_until: date | None = described("last day they were kept; null where no period counts")
    commands: int = described("commands that the proposal means")
    documents: int = described("documents that the proposal means")
    document: str | None = described(
        "before a period is over: SHA-256 of the one document; null: every other"
    )
    proposed_by: str = described("who proposed it")
    proposed_at: int = described("ledger position of that")
    confirmed_at: int | None = described("ledger position of the other person's word; null: it waits")
    certificate: DisposalCertificate | None = described("null before it is carried out")

    @classmethod
    def of(cls, disposal: DisposalRecord, document: str | None) -> Disposal:
        told = disposal.proposal
        return cls(
            name=told.disposal, record=told.record, ground=told.ground, election=told.election, law=told.law, kept_until=told.kept_until,
            commands=told.commands, documents=told.documents, document=document, proposed_by=disposal.proposed_by, proposed_at=disposal.proposed_at, confirmed_at=disposal.confirmed_at,
            certificate=None if disposal.certificate is None else DisposalCertificate.of(disposal.certificate),
        )  # fmt: skip


@strawberry.type(description="What is kept, held and disposed of.")
class Retention:
    elections: list[KeptElection] = described("elections, those due first")
    holds: list[LegalHold] = described("legal holds that are open")
    disposals: list[Disposal] = described("every disposal, newest first")


@strawberry.type(
    description="Nothing of it may be disposed of now: its period is not over, or a legal hold is open."
)
class NotDisposable(Refusal):
    pass


@strawberry.type(description="Recorded, durably.")
class RetentionDone:
    name: str = described("name of the hold or disposal")


RetentionOutcome = Annotated[
    RetentionDone | NotDisposable | FourEyes | AnyCommandRefused,
    strawberry.union("RetentionOutcome", description="Recorded, or refused for a named reason."),
]


@strawberry.input(description="A legal hold to open.")
class OpenHoldInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    reason: str = described("why, e.g. the number of the case")
    election: str | None = strawberry.field(default=None, description="of this election; none: of everything")
    record: str | None = strawberry.field(
        default=None, description="names, access, files or documents; none: every kind"
    )


@strawberry.input(description="A legal hold to lift.")
class LiftHoldInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    hold: str = described("its name")
    reason: str = described("why")


@strawberry.input(description="The first person's half of a disposal whose period is over.")
class ProposeDisposalInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    reason: str = described("number of the decision")
    election: str | None = strawberry.field(
        default=None, description="whose; none: names of no election, where old enough"
    )
    record: str = strawberry.field(default="names", description="names or documents")


@strawberry.input(description="The other person's half.")
class ConfirmDisposalInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    disposal: str = described("its name")


def _told(do: Callable[[], str]) -> RetentionDone | NotDisposable:
    try:
        return RetentionDone(name=do())
    except (KeptStill, UnderHold) as error:
        refused: NotDisposable = NotDisposable.of(error)
        return refused


def _lifted(retained: Retained, request: commands.LiftHold, actor: Actor) -> str:
    retained.lift(request.command_id, request.hold, request.reason, actor)
    return request.hold


def _proposed(retained: Retained, request: commands.ProposeDisposal, actor: Actor) -> str:
    asked = request.command_id, request.election, request.reason, actor
    if request.record == "documents":
        return retained.propose_documents(*asked).proposal.disposal
    return retained.propose_due(*asked).proposal.disposal


@strawberry.type(description="What the law keeps.")
class RetentionQueries:
    @readable(TOKEN, "what is kept how long, what is due, holds and disposals; for whoever manages retention")
    def retention(
        self,
        info: Info,
        every: Annotated[
            bool, strawberry.argument(description="also elections whose period is not over")
        ] = False,
    ) -> Retention:
        actor, retained = info.context.require_actor(), Retained(info.context.service)
        listed, holding = retained.due(actor, every), retained.holding()
        return Retention(
            elections=[KeptElection.of(row) for row in listed],
            holds=[LegalHold.of(hold) for hold in holding.holds.values()],
            disposals=[
                Disposal.of(disposal, retained.document_of(disposal))
                for disposal in reversed(holding.disposals.values())
            ],
        )

    @readable(TOKEN, "whether one may manage what is kept and disposed of")
    def may_manage_retention(self, info: Info) -> bool:
        actor = info.context.require_actor()
        return allowed("manage_retention", actor, reach_of(actor, None, None))


@strawberry.type(description="Holds and disposals.")
class RetentionMutations:
    @change("open a legal hold: nothing of it is disposed of until it is lifted")
    def open_hold(
        self, info: Info, input: Annotated[OpenHoldInput, strawberry.argument(description="the hold")]
    ) -> RetentionOutcome:
        return run(
            info, commands.OpenHold, input,
            lambda desk, request, actor: _told(lambda: Retained(info.context.service).hold(
                request.command_id, request.election, request.record, request.reason, actor
            )),
        )  # fmt: skip

    @change("lift a legal hold")
    def lift_hold(
        self, info: Info, input: Annotated[LiftHoldInput, strawberry.argument(description="which, and why")]
    ) -> RetentionOutcome:
        return run(
            info, commands.LiftHold, input,
            lambda desk, request, actor: _told(lambda: _lifted(Retained(info.context.service), request, actor)),
        )  # fmt: skip

    @change("propose a disposal of names or documents whose period is over; erases nothing")
    def propose_disposal(
        self, info: Info, input: Annotated[ProposeDisposalInput, strawberry.argument(description="of what")]
    ) -> RetentionOutcome:
        return run(
            info, commands.ProposeDisposal, input,
            lambda desk, request, actor: _told(lambda: _proposed(Retained(info.context.service), request, actor)),
        )  # fmt: skip

    @change(
        "confirm another person's proposal; who may act as the owner of the tables carries it out, or has the folder of documents"
    )
    def confirm_disposal(
        self, info: Info, input: Annotated[ConfirmDisposalInput, strawberry.argument(description="which")]
    ) -> RetentionOutcome:
        return run(
            info, commands.ConfirmDisposal, input,
            lambda desk, request, actor: _told(lambda: Retained(info.context.service).confirm(
                request.command_id, request.disposal, actor
            ).proposal.disposal),
        )  # fmt: skip
