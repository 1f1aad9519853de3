"""Scans of records attached to a return (投票録・開票録): listed, attached, linked to cells. Their bytes go by
`GET /documents/{election}/{form}/{slot}/{unit}/{sha256}`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import UNIT_IN_REACH, change, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode, UnitCode
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused, FiguresRefused, VersionConflict, seen_names
from api.graphql.types import Typist, described
from reporting.application import documents as commands
from reporting.application.authority import allowed, reach_of
from reporting.domain.actor import Actor
from reporting.domain.place import Place

OneCell = Annotated[
    str | None,
    strawberry.argument(description="only documents that show this cell: contest|item|breakdown|choice"),
]


@strawberry.type(description="Where a document shows a cell of its return.")
class DocumentLink:
    cell: str = described("contest|item|breakdown|choice")
    page: int = described("page, from 1")
    line: int | None = described("line, from 1; null: not said")


@strawberry.type(description="A scan or photograph of a record, attached to a return.")
class AttachedDocument:
    document: str = described("SHA-256 of its bytes, hex: what it is called by")
    title: str | None = described("what it is called in words; null where they were erased")
    kind: str = described("pdf, jpeg or png, by its content")
    size: int = described("bytes")
    stripped: bool = described("whether its metadata were taken out before it was kept")
    position: int = described("ledger position of its attachment")
    at: datetime = described("when it was attached")
    by: Typist = described("who attached it")
    links: list[DocumentLink] = described("cells it shows")
    seen: int = described("send it to `linkDocument`: ledger position of what its links stand by")
    path: str = described("path on this server; it comes as an attachment, to whoever may read the return")
    disposed: bool = described("whether two people disposed of it: its bytes are gone, its hash stays")

    @classmethod
    def of(cls, place: Place, held: commands.AttachedDocument) -> AttachedDocument:
        return cls(
            document=held.document, title=held.title, kind=held.kind, size=held.size, stripped=held.stripped,
            position=held.position, at=held.at, by=Typist.of(held.by),
            links=[DocumentLink(cell=link.cell, page=link.page, line=link.line) for link in held.links], seen=held.seen,
            path=_path(place, held), disposed=held.disposed,
        )  # fmt: skip


@strawberry.type(
    description="A scan that was attached by mistake and withdrawn: auditors alone have its bytes."
)
class WithdrawnDocument:
    document: str = described("SHA-256 of its bytes, hex: what it is called by")
    title: str | None = described("what it is called in words; null where they were erased")
    attached_at: datetime = described("when it was attached")
    attached_by: Typist = described("who attached it")
    attached_position: int = described("ledger position of its attachment")
    at: datetime = described("when it was withdrawn")
    by: Typist = described("who withdrew it")
    reason: str | None = described("why; null where the words were erased")
    position: int = described("ledger position of its withdrawal")
    disposed: bool = described("whether two people disposed of it: its bytes are gone, its hash stays")
    path: str | None = described("path on this server, for auditors; else null")

    @classmethod
    def of(
        cls, place: Place, held: commands.AttachedDocument, told: commands.TakenBack, actor: Actor
    ) -> WithdrawnDocument:
        return cls(
            document=held.document, title=held.title, attached_at=held.at, attached_by=Typist.of(held.by),
            attached_position=held.position, at=told.at, by=Typist.of(told.by), reason=told.reason, position=told.position,
            disposed=held.disposed, path=_path(place, held) if held.open_to(actor) else None,
        )  # fmt: skip


def _path(place: Place, held: commands.AttachedDocument) -> str:
    return "/".join(("/documents", *place, held.document))


@strawberry.type(description="The documents of a return.")
class ReturnDocuments:
    documents: list[AttachedDocument] = described("in the order in which they came")
    withdrawn: list[WithdrawnDocument] = described("those withdrawn, in the order in which they came")
    may_attach: bool = described("whether one's own office may attach documents to the return")


@strawberry.type(description="Recorded, durably; the document is kept.")
class DocumentDone:
    document: str = described("SHA-256 of its bytes as they are kept, hex")
    position: int = described("ledger position of the event")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: commands.DocumentDone) -> DocumentDone:
        return cls(document=done.document, position=done.position, repeated=done.repeated)


DocumentOutcome = Annotated[
    DocumentDone | FiguresRefused | VersionConflict | AnyCommandRefused,
    strawberry.union("DocumentOutcome", description="Recorded, or refused for a named reason."),
]


@strawberry.input(description="Where a document shows a cell of its return.")
class DocumentLinkInput:
    cell: str = described("contest|item|breakdown|choice")
    page: int = described("page, from 1")
    line: int | None = strawberry.field(default=None, description="line, from 1; null: not said")


@strawberry.input(description="A document for a return: a file that was sent before.")
class AttachDocumentInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    upload: strawberry.ID = described("one of the asker's own `uploads`: PDF, JPEG or PNG, at most 20 MB")
    title: str = described("what the document is called")
    strip: bool = strawberry.field(
        default=False, description="take out place, time, device and author before it is kept"
    )
    links: list[DocumentLinkInput] = strawberry.field(
        default_factory=list, description="cells of the return that it shows"
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Which cells of its return a document shows: all of them, from now on.")
class LinkDocumentInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    document: str = described("SHA-256 of its bytes, hex: what it is called by")
    links: list[DocumentLinkInput] = described("cells of the return that it shows")
    seen: int | None = strawberry.field(
        default=None,
        description="`seen` of the document as the sender saw it: refused where others came since; none: whatever stands",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="A document that was attached by mistake.")
class WithdrawDocumentInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    document: str = described("SHA-256 of its bytes, hex: what it is called by")
    reason: str = described("why it should not be here")


@strawberry.type(description="Reads about documents of returns.")
class DocumentQueries:
    @readable(UNIT_IN_REACH, "scans of records attached to a return; of one cell, where that is asked for")
    def documents(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        cell: OneCell = None,
    ) -> ReturnDocuments:
        service, place = info.context.service, Place(election, form, slot, unit)
        defined, actor = service.catalog.election(election), info.context.require_actor()
        defined.shape(form, slot, unit)
        every = [
            held
            for held in info.context.documents.every(place)
            if cell is None or any(link.cell == cell for link in held.links)
        ]
        return ReturnDocuments(
            documents=[AttachedDocument.of(place, held) for held in every if held.withdrawn is None],
            withdrawn=[
                WithdrawnDocument.of(place, held, told, actor)
                for held in every
                if (told := held.withdrawn) is not None
            ],
            may_attach=allowed("attach_document", actor, reach_of(actor, defined.roster, unit)),
        )


@strawberry.type(description="Changes of documents of returns.")
class DocumentMutations:
    @change("attach a scan of a record to a return; it is checked by its content, and no figure moves")
    def attach_document(
        self,
        info: Info,
        input: Annotated[AttachDocumentInput, strawberry.argument(description="which, and what")],
    ) -> DocumentOutcome:
        uploads = info.context.uploads

        def attached(request: commands.AttachDocument) -> DocumentDone:
            actor = info.context.require_actor()
            done = info.context.documents.attach(
                request, actor, lambda: uploads.read(uploads.upload(actor, request.upload))
            )
            for upload in uploads.waiting(actor):
                if upload.upload_id == request.upload:
                    uploads.remove(upload)
            return DocumentDone.of(done)

        return run(info, commands.AttachDocument, input, lambda desk, request, actor: attached(request))

    @change("say which cells of its return a document shows")
    def link_document(
        self, info: Info, input: Annotated[LinkDocumentInput, strawberry.argument(description="which")]
    ) -> DocumentOutcome:
        return run(
            info, commands.LinkDocument, input,
            lambda desk, request, actor: DocumentDone.of(info.context.documents.link(request, actor)),
        )  # fmt: skip

    @change(
        "withdraw a scan that was attached by mistake: auditors alone see it from then on; its hash stays in the log"
    )
    def withdraw_document(
        self,
        info: Info,
        input: Annotated[WithdrawDocumentInput, strawberry.argument(description="which, and why")],
    ) -> DocumentOutcome:
        return run(
            info, commands.WithdrawDocument, input,
            lambda desk, request, actor: DocumentDone.of(info.context.documents.withdraw(request, actor)),
        )  # fmt: skip
