"""Which documents the log knows, which of them two people disposed of, and what became of each in the folder where they are kept."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Self

from reporting.documents import Documents
from reporting.domain.disposal import Disposal, Holding
from reporting.domain.document_events import DocumentAttached
from reporting.domain.place import Place
from reporting.ledger import Ledger
from reporting.ledger.streams import retention_stream

State = Literal["missing", "changed", "disposed", "left"]
"""`disposed`: gone, as two people decided; `left`: they decided it and it is certified, and it is there all the same."""
WRONG = ("missing", "changed", "left")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document of a return, at the ledger position of its attachment."""

    place: Place
    document: str
    position: int


@dataclass(frozen=True, slots=True)
class DocumentState:
    """`state` None: it is in the folder as it was."""

    attachment: Attachment
    state: State | None


@dataclass(frozen=True, slots=True)
class MeantDocuments:
    """What a disposal means: `documents`, by their SHA-256 in order; `digest`: over these."""

    documents: tuple[str, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(b"documents\n" + "\n".join(self.documents).encode()).hexdigest()

    def documents_but(self, needed: Collection[str]) -> tuple[str, ...]:
        """Without those that an attachment still needs."""
        return tuple(document for document in self.documents if document not in needed)


def means(disposal: Disposal, attachment: Attachment) -> bool:
    """Whether a disposal of documents is about an attachment: of its election, from before it was proposed (what is attached later is
    another's decision); before its period is over, of the one document that its digest names."""
    told = disposal.proposal
    return (
        told.election == attachment.place.election
        and attachment.position < disposal.proposed_at
        and (told.ground == "period_over" or told.digest == MeantDocuments((attachment.document,)).digest)
    )


class KeptDocuments:
    """As of now."""

    def __init__(self, attachments: Iterable[Attachment], holding: Holding) -> None:
        self.attachments = tuple(attachments)
        self._decided = _decided(holding)

    @classmethod
    def of(cls, ledger: Ledger, holding: Holding | None = None) -> Self:
        """Reads the log once through. `holding`: as it stands, where it is at hand."""
        attachments = (
            Attachment(Place(event.election, event.form, event.slot, event.unit), event.document, recorded.position)
            for recorded in ledger.every([DocumentAttached.type])
            if isinstance(event := recorded.event, DocumentAttached)
        )  # fmt: skip
        return cls(attachments, holding or holding_of(ledger))

    def meant(self, election: str, disposal: Disposal | None = None) -> MeantDocuments:
        """By a disposal, as it stands or stood; without one, by whoever proposed one now."""
        names = self.decided()
        name = None if disposal is None else disposal.proposal.disposal
        before = self._decided[: names.index(name)] if name in names else self._decided
        meant = {
            row.document
            for row in self.attachments
            if row.place.election == election
            and covering(before, row) is None
            and (disposal is None or means(disposal, row))
        }
        return MeantDocuments(tuple(sorted(meant)))

    def disposal_of(self, attachment: Attachment) -> Disposal | None:
        """The first that two people decided and that covers it."""
        return covering(self._decided, attachment)

    def decided(self) -> list[str]:
        """Names of the disposals of documents that two people decided."""
        return [row.proposal.disposal for row in self._decided]

    def needed(self) -> frozenset[str]:
        """Documents that an attachment still needs: of others, the bytes may go."""
        return frozenset(row.document for row in self.attachments if self.disposal_of(row) is None)

    def states(self, store: Documents) -> Iterator[DocumentState]:
        """Of every attachment; each file is read once."""
        needed, looked = self.needed(), dict[str, Literal["missing", "changed"] | None]()
        for attachment in self.attachments:
            if (document := attachment.document) not in looked:
                looked[document] = store.state(document)
            disposal = self.disposal_of(attachment)
            yield DocumentState(attachment, _state(looked[document], disposal, document in needed))


def covering(decided: Iterable[Disposal], attachment: Attachment) -> Disposal | None:
    """Of disposals of documents that two people decided, the first that covers an attachment."""
    return next((row for row in decided if means(row, attachment)), None)


def _state(
    looked: Literal["missing", "changed"] | None, disposal: Disposal | None, needed: bool
) -> State | None:
    if disposal is None:
        return looked
    if looked == "missing" or needed:
        return "disposed"
    return None if disposal.certificate is None else "left"


def holding_of(ledger: Ledger) -> Holding:
    """Every hold that is open and every disposal, as of now."""
    holding = Holding()
    for deed in ledger.deeds([retention_stream()]):
        holding = holding.after(deed.recorded.event, deed.recorded.position, deed.person)
    return holding


def decided_in(ledger: Ledger) -> list[Disposal]:
    """Disposals of documents that two people decided, in the order in which they did."""
    return _decided(holding_of(ledger))


def _decided(holding: Holding) -> list[Disposal]:
    """Disposals of documents that two people decided, in the order in which they did."""
    of_documents = [
        row for row in holding.disposals.values() if row.proposal.record == "documents" and row.confirmed_at
    ]
    return sorted(of_documents, key=lambda row: row.confirmed_at or 0)


def by_election(kept: KeptDocuments) -> dict[str, int]:
    """How many documents of each election are not disposed of."""
    counted: dict[str, set[str]] = defaultdict(set)
    for row in kept.attachments:
        if kept.disposal_of(row) is None:
            counted[row.place.election].add(row.document)
    return {election: len(documents) for election, documents in counted.items()}
