"""Scans of records attached to a return, and which of its cells they show. Whoever may enter for the unit may attach; whoever may read
the return before release may read them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from reporting.application.authority import authorise
from reporting.application.called_otherwise import require_called_so
from reporting.application.commands import Fingerprint, Named, Request, Text
from reporting.application.kept_documents import Attachment, covering, decided_in
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.documents import Documents, Kind, kind_of, stripped
from reporting.domain.actor import Actor, By, Channel, Role
from reporting.domain.document_events import (
    DocumentAttached,
    DocumentLink,
    DocumentLinked,
    DocumentWithdrawn,
)
from reporting.domain.events import Event
from reporting.domain.figures import Cell
from reporting.domain.labels import Code
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, TypedCell
from reporting.errors import InvalidInput, ReportingError, UnknownReference, VersionConflict
from reporting.ledger import Command, NewEvent
from reporting.ledger.streams import document_stream

MOST = 100
"""Documents of one return, withdrawn ones included."""


class DocumentTakenBack(InvalidInput):
    """facts: those of InvalidInput. Somebody of the authority that attaches withdrew it: auditors alone read it."""

    code = "document_withdrawn"
    template_ja = "書類 {found} は、誤って添付されたものとして取り下げられています。いつ・だれが・なぜ取り下げたかは、書類の画面と報告の履歴にあります。"
    template_en = "The document {found} was withdrawn as attached by mistake. When, by whom and why stands with the return's documents and history."

    @classmethod
    def of(cls, document: str) -> Self:
        return cls(field="document", found=document[:12], expected=message("document_that_stands"))


class DocumentDisposed(ReportingError):
    """facts: `document`. Two people disposed of it; its hash and size stay in the log."""

    code = "document_disposed"
    template_ja = (
        "書類 {document} は、二人の判断で廃棄されました。台帳には SHA-256 と廃棄の証明が残っています。"
    )
    template_en = "The document {document} was disposed of by two people. The ledger keeps its SHA-256 and the certificate."


class _OfReturn(Request):
    command_id: UUID
    election: Code
    form: Code
    slot: Code
    unit: Code

    @property
    def place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.unit)


class _Showing(_OfReturn, Named):
    links: tuple[DocumentLink, ...] = Field((), max_length=500)


class AttachDocument(_Showing):
    """`upload`: the file, sent before; `title`: what it is called; `strip`: its metadata are taken out before it is kept."""

    upload: UUID
    title: Text
    strip: bool = False


class LinkDocument(_Showing):
    """`links`: all that the document has in this return from now on; `seen`: of the document, as they stood before the sender."""

    document: Fingerprint
    seen: int | None = None


class WithdrawDocument(_OfReturn):
    """`reason`: why it should never have been here."""

    document: Fingerprint
    reason: Text


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`reason`: None where the words were erased."""

    position: int
    at: datetime
    by: By
    reason: str | None


@dataclass(frozen=True, slots=True)
class AttachedDocument:
    """As it stands. `position`: of its attachment; `title`: None where the words were erased; `seen`: position of what its links
    stand by; `withdrawn`: None where it stands; `disposed`: two people decided that its bytes go."""

    document: str
    kind: Kind
    size: int
    stripped: bool
    title: str | None
    position: int
    at: datetime
    by: By
    links: tuple[DocumentLink, ...]
    seen: int
    withdrawn: TakenBack | None = None
    disposed: bool = False

    def open_to(self, actor: Actor) -> bool:
        """Whether somebody who may read the return may have its bytes."""
        return not self.disposed and (self.withdrawn is None or actor.role is Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class DocumentDone:
    document: str
    position: int
    repeated: bool


class AttachedDocuments:
    """`store`: where their bytes are."""

    def __init__(self, reporting: Reporting, store: Documents) -> None:
        self._reporting, self._store = reporting, store

    def attach(self, request: AttachDocument, actor: Actor, content: Callable[[], bytes]) -> DocumentDone:
        """`content`: of the upload, read only where the command is new. DocumentRefused; NotAuthorised; UnknownReference; InvalidInput
        for a link to no cell of the return, and for a document that it has already. It is on disk before the log says so."""
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=request.title)
        ledger = self._reporting.ledger
        if repeat := ledger.repeat_of(command.command_id, command.body_hash):
            (recorded,) = ledger.read(repeat.last_position - 1, 1)
            assert isinstance(recorded.event, DocumentAttached)
            return DocumentDone(recorded.event.document, repeat.last_position, True)
        self._authorised(request, actor)
        original = content()
        kind = kind_of(original, trailing=request.strip)
        kept = stripped(original, kind) if request.strip else original
        kind_of(kept)
        digest = hashlib.sha256(kept).hexdigest()

        def event() -> Event:
            every = self.every(request.place)
            if any(row.document == digest and _stands(row) for row in every):
                raise InvalidInput.at("upload", digest[:12], message("document_not_attached_yet"))
            if len(every) >= MOST:
                raise InvalidInput.at("upload", len(every), message("documents_at_most", most=MOST))
            return DocumentAttached(
                **request.place._asdict(), document=digest, links=request.links, kind=kind, size=len(kept),
                stripped=request.strip,
            )  # fmt: skip

        event()
        self._store.keep(kept)
        done = self._append(request, command, actor, event, digest)
        self._store.keep(kept)  # a disposal of the same bytes that looked before may have taken them since
        return done

    def link(self, request: LinkDocument, actor: Actor) -> DocumentDone:
        """NotAuthorised; UnknownReference for a document that the return does not have, DocumentTakenBack for one that was withdrawn;
        InvalidInput, also where nothing changes; VersionConflict where its links are others than `seen`."""
        command = Command(request.command_id, request.body(), actor, Channel.API, ())

        def event() -> Event:
            held = self._held(request.place, request.document)
            if request.seen not in (None, held.seen):
                raise VersionConflict(
                    stream_id=str(document_stream(*request.place)),
                    expected=request.seen, actual=held.seen, **request.place._asdict(),
                )  # fmt: skip
            if request.links == held.links:
                raise InvalidInput.at("links", len(held.links), message("links_that_change"))
            return DocumentLinked(**request.place._asdict(), document=request.document, links=request.links)

        return self._append(request, command, actor, event, request.document)

    def withdraw(self, request: WithdrawDocument, actor: Actor) -> DocumentDone:
        """By the authority that attaches. NotAuthorised; UnknownReference for a document that the return never had;
        DocumentTakenBack for one that is withdrawn already. Its bytes stay in the folder, its hash in the log."""
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=request.reason)

        def event() -> Event:
            self._held(request.place, request.document)
            return DocumentWithdrawn(**request.place._asdict(), document=request.document)

        return self._append(request, command, actor, event, request.document)

    def every(self, place: Place) -> list[AttachedDocument]:
        """Of a return, in the order in which they came: withdrawn and disposed of ones, too; one that was attached anew after that
        stands here twice."""
        every: list[AttachedDocument] = []
        for deed in self._reporting.ledger.deeds([document_stream(*place)]):
            event, position = deed.recorded.event, deed.recorded.position
            if isinstance(event, DocumentAttached):
                every.append(
                    AttachedDocument(
                        event.document,
                        event.kind,
                        event.size,
                        event.stripped,
                        deed.reason,
                        position,
                        deed.recorded.recorded_at,
                        deed.by,
                        event.links,
                        position,
                    )
                )
                continue
            assert isinstance(event, DocumentLinked | DocumentWithdrawn)
            at = max(at for at, row in enumerate(every) if row.document == event.document)
            if isinstance(event, DocumentLinked):
                every[at] = replace(every[at], links=event.links, seen=position)
            else:
                told = TakenBack(position, deed.recorded.recorded_at, deed.by, deed.reason)
                every[at] = replace(every[at], withdrawn=told)
        decided = decided_in(self._reporting.ledger) if every else []
        return [
            replace(
                row, disposed=covering(decided, Attachment(place, row.document, row.position)) is not None
            )
            for row in every
        ]

    def of(self, place: Place) -> dict[str, AttachedDocument]:
        """SHA-256 → document of a return, in the order in which they came, as far as they were not withdrawn."""
        return {row.document: row for row in self.every(place) if row.withdrawn is None}

    def read(self, place: Place, document: str, actor: Actor) -> tuple[AttachedDocument, bytes]:
        """NotAuthorised for who may not read the return before release; UnknownReference; DocumentTakenBack for all but auditors;
        DocumentDisposed; DocumentLost."""
        defined = self._reporting.catalog.election(place.election)
        defined.roster.require_unit(place.unit)
        authorise("read_unreleased", actor, defined.roster, place.unit)
        rows = [row for row in self.every(place) if row.document == document]
        if not rows:
            raise _unknown(place, document, self.of(place))
        held = next((row for row in reversed(rows) if row.open_to(actor)), rows[-1])
        if held.disposed:
            raise DocumentDisposed(document=document)
        if not held.open_to(actor):
            raise DocumentTakenBack.of(document)
        return held, self._store.read(document)

    def _held(self, place: Place, document: str) -> AttachedDocument:
        every = self.every(place)
        rows = [row for row in every if row.document == document]
        if not rows:
            raise _unknown(place, document, (row.document for row in every if row.withdrawn is None))
        if rows[-1].withdrawn is not None:
            raise DocumentTakenBack.of(document)
        return rows[-1]

    def _authorised(self, request: _OfReturn, actor: Actor) -> None:
        defined = self._reporting.catalog.election(request.election)
        defined.roster.require_unit(request.unit)
        authorise("attach_document", actor, defined.roster, request.unit)
        shape = defined.shape(request.form, request.slot, request.unit)
        contests = defined.contests_of_unit[request.unit]
        for link in request.links if isinstance(request, _Showing) else ():
            problem = shape.problem(TypedCell(Cell.from_key(link.cell), "!not_reported"), contests)
            if isinstance(problem, CellProblem):
                raise InvalidInput.at("links", link.cell, f"{problem.expected_ja} / {problem.expected_en}")

    def _append(
        self, request: _OfReturn, command: Command, actor: Actor, event: Callable[[], Event], digest: str
    ) -> DocumentDone:
        ledger, stream = self._reporting.ledger, document_stream(*request.place)

        def decided() -> Command:
            self._authorised(request, actor)
            version, defined = (
                ledger.stream_version(stream),
                self._reporting.catalog.election(request.election),
            )
            new = NewEvent(stream, version + 1, event())
            if isinstance(request, _Showing):
                shape, texts = (
                    defined.shape(*request.place.within),
                    {shown.cell: "" for shown in request.links},
                )
                require_called_so(self._reporting.renamed, shape, request.place, texts, request.seen_at)
            return command.deciding([new], defined.stands)

        appended = once(ledger, command, decided, self._reporting.appender.append)
        return DocumentDone(digest, appended.last_position, appended.repeated)


def _stands(held: AttachedDocument) -> bool:
    return held.withdrawn is None and not held.disposed


def _unknown(place: Place, document: str, among: Iterable[str]) -> UnknownReference:
    return UnknownReference(kind="document", found=document[:64], among=among, within=place.unit)
