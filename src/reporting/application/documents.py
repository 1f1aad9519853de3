"""Scans of records attached to a return, and which of its cells they show. Whoever may enter for the unit may attach; whoever may read
the return before release may read them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from reporting.application.authority import authorise
from reporting.application.commands import Fingerprint, Request, Text
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.documents import Documents, Kind, kind_of, stripped
from reporting.domain.actor import Actor, By, Channel
from reporting.domain.document_events import DocumentAttached, DocumentLink, DocumentLinked
from reporting.domain.events import Event
from reporting.domain.figures import Cell
from reporting.domain.labels import Code
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, TypedCell
from reporting.errors import InvalidInput, UnknownReference, VersionConflict
from reporting.ledger import Command, Ledger, NewEvent
from reporting.ledger.streams import document_stream

MOST = 100
"""Documents of one return."""
READ = 1_000


class _OfReturn(Request):
    command_id: UUID
    election: Code
    form: Code
    slot: Code
    unit: Code
    links: tuple[DocumentLink, ...] = Field((), max_length=500)

    @property
    def place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.unit)


class AttachDocument(_OfReturn):
    """`upload`: the file, sent before; `title`: what it is called; `strip`: its metadata are taken out before it is kept."""

    upload: UUID
    title: Text
    strip: bool = False


class LinkDocument(_OfReturn):
    """`links`: all that the document has in this return from now on; `seen`: of the document, as they stood before the sender."""

    document: Fingerprint
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class AttachedDocument:
    """As it stands. `position`: of its attachment; `title`: None where the words were erased; `seen`: position of what its links
    stand by."""

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


@dataclass(frozen=True, slots=True)
class DocumentDone:
    document: str
    position: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class LostDocument:
    """A document of a return that is not in the store as it was."""

    place: Place
    document: str
    position: int
    state: Literal["missing", "changed"]


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
        digest = hashlib.sha256(kept).hexdigest()

        def event() -> Event:
            held = self.of(request.place)
            if digest in held:
                raise InvalidInput.at("upload", digest[:12], message("document_not_attached_yet"))
            if len(held) >= MOST:
                raise InvalidInput.at("upload", len(held), message("documents_at_most", most=MOST))
            return DocumentAttached(
                **request.place._asdict(), document=digest, links=request.links, kind=kind, size=len(kept),
                stripped=request.strip,
            )  # fmt: skip

        event()
        self._store.keep(kept)
        return self._append(request, command, actor, event, digest)

    def link(self, request: LinkDocument, actor: Actor) -> DocumentDone:
        """NotAuthorised; UnknownReference for a document that the return does not have; InvalidInput; VersionConflict where its links
        are others than `seen`."""
        command = Command(request.command_id, request.body(), actor, Channel.API, ())

        def event() -> Event:
            held = self._held(request.place, request.document)
            if request.seen not in (None, held.seen):
                raise VersionConflict(
                    stream_id=str(document_stream(*request.place)),
                    expected=request.seen, actual=held.seen, **request.place._asdict(),
                )  # fmt: skip
            return DocumentLinked(**request.place._asdict(), document=request.document, links=request.links)

        return self._append(request, command, actor, event, request.document)

    def of(self, place: Place) -> dict[str, AttachedDocument]:
        """SHA-256 → document of a return, in the order in which they came."""
        held: dict[str, AttachedDocument] = {}
        for deed in self._reporting.ledger.deeds([document_stream(*place)]):
            event = deed.recorded.event
            if isinstance(event, DocumentAttached):
                held[event.document] = AttachedDocument(
                    event.document, event.kind, event.size, event.stripped, deed.reason, deed.recorded.position,
                    deed.recorded.recorded_at, deed.by, event.links, deed.recorded.position,
                )  # fmt: skip
            elif isinstance(event, DocumentLinked):
                held[event.document] = replace(
                    held[event.document], links=event.links, seen=deed.recorded.position
                )
        return held

    def read(self, place: Place, document: str, actor: Actor) -> tuple[AttachedDocument, bytes]:
        """NotAuthorised for who may not read the return before release; UnknownReference; DocumentLost."""
        defined = self._reporting.catalog.election(place.election)
        defined.roster.require_unit(place.unit)
        authorise("read_unreleased", actor, defined.roster, place.unit)
        return self._held(place, document), self._store.read(document)

    def _held(self, place: Place, document: str) -> AttachedDocument:
        held = self.of(place)
        if document not in held:
            raise UnknownReference(kind="document", found=document[:64], among=held, within=place.unit)
        return held[document]

    def _authorised(self, request: _OfReturn, actor: Actor) -> None:
        defined = self._reporting.catalog.election(request.election)
        defined.roster.require_unit(request.unit)
        authorise("attach_document", actor, defined.roster, request.unit)
        shape = defined.shape(request.form, request.slot, request.unit)
        contests = defined.contests_of_unit[request.unit]
        for link in request.links:
            problem = shape.problem(TypedCell(Cell.from_key(link.cell), "!not_reported"), contests)
            if isinstance(problem, CellProblem):
                raise InvalidInput.at("links", link.cell, f"{problem.expected_ja} / {problem.expected_en}")

    def _append(
        self, request: _OfReturn, command: Command, actor: Actor, event: Callable[[], Event], digest: str
    ) -> DocumentDone:
        ledger, stream = self._reporting.ledger, document_stream(*request.place)

        def decided() -> Command:
            self._authorised(request, actor)
            version = ledger.stream_version(stream)
            new = NewEvent(stream, version + 1, event())
            return command.deciding([new], self._reporting.catalog.election(request.election).stands)

        appended = once(ledger, command, decided, self._reporting.appender.append)
        return DocumentDone(digest, appended.last_position, appended.repeated)


def lost_documents(ledger: Ledger, store: Documents) -> Iterator[LostDocument | None]:
    """Every document that the log knows: None where it is in the store as it was."""
    position, head = 0, ledger.position()
    while position < head:
        for recorded in ledger.read(position, READ):
            event = recorded.event
            if isinstance(event, DocumentAttached):
                state = store.state(event.document)
                place = Place(event.election, event.form, event.slot, event.unit)
                lost = state and LostDocument(place, event.document, recorded.position, state)
                yield lost or None
            position = recorded.position
