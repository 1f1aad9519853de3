"""Facts about documents of a return: scans of 投票録 and 開票録. As in `events`: field names are stored names. The document itself stands
beside the log, by its hash; what it is called stands with the command, where it can be erased. No figure is moved by them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from reporting.domain.events import Event
from reporting.domain.labels import Definition


class DocumentLink(Definition):
    """Where a document shows a cell (key) of the return: page from 1, and the line where that is said."""

    cell: str = Field(max_length=400)
    page: int = Field(ge=1, le=5_000)
    line: int | None = Field(None, ge=1, le=1_000)


class _OfDocument(Event):
    election: str
    form: str
    slot: str
    unit: str
    document: str
    """SHA-256 of its bytes as they are kept, hex."""
    links: tuple[DocumentLink, ...] = ()


class DocumentAttached(_OfDocument):
    """`kind`: by its content; `size`: bytes; `stripped`: its metadata were taken out before it was kept."""

    type: ClassVar[str] = "DocumentAttached"
    kind: Literal["pdf", "jpeg", "png"]
    size: int
    stripped: bool


class DocumentLinked(_OfDocument):
    """`links` take the place of all that the document had in this return."""

    type: ClassVar[str] = "DocumentLinked"


class DocumentWithdrawn(_OfDocument):
    """It was attached by mistake: from now on auditors alone see it. Its bytes stay, and why stands with the command. `links`: none."""

    type: ClassVar[str] = "DocumentWithdrawn"


DOCUMENT_EVENTS: tuple[type[Event], ...] = (DocumentAttached, DocumentLinked, DocumentWithdrawn)
