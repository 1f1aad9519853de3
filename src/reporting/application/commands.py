"""What a client may ask for. Bodies are hashed in canonical form, so equal requests are equal whatever their layout."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from reporting.application.messages import message
from reporting.domain.actor import Channel
from reporting.domain.figures import Cell
from reporting.domain.labels import Code
from reporting.domain.place import Within
from reporting.domain.relabelled import Change
from reporting.domain.returns import TypedCell
from reporting.domain.workflow_events import Receipt
from reporting.errors import InvalidInput, ReportingError
from reporting.ledger.registry import canonical
from reporting.wording import IN_WORDS, hidden, is_in_words

Fingerprint = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
LONGEST_SOURCE = 200
"""Characters by which a document is named."""


def says_something(text: str) -> bool:
    """Whether a name can be seen: blanks and characters that nobody sees name nothing, whatever alphabet they are from."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


def in_words(text: str) -> str:
    """ValueError for what holds no letter and no number, and for what is shown otherwise than it was written."""
    if not is_in_words(as_shown(text)):
        raise ValueError(IN_WORDS)
    return text


def as_shown(text: str) -> str:
    """ValueError for characters that nobody sees, or that move others."""
    if (character := hidden(text)) is not None:
        raise ValueError(message("words_without_hidden", point=f"U+{ord(character):04X}"))
    return text


def _in_words_if_any(text: str) -> str:
    return in_words(text) if text.strip() else text


def is_name(text: str) -> bool:
    """A name is compared letter by letter: nothing stands around it, and nothing in it that nobody sees."""
    unseen = any(unicodedata.category(character)[0] == "C" for character in text)
    return bool(text) and text == text.strip() and not unseen


def _by_itself(text: str) -> str:
    if not is_name(text):
        raise ValueError(message("name_without_blanks"))
    return text


Worded = AfterValidator(in_words)
WordedIfAny = AfterValidator(_in_words_if_any)
ByItself = AfterValidator(_by_itself)
Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000), Worded]


def require_words(field: str, text: str, expected: str) -> None:
    """InvalidInput for a reason that is none."""
    try:
        in_words(text)
    except ValueError as refused:
        raise InvalidInput.at(field, text, str(refused) if says_something(text) else expected) from None


def require_words_if_any(field: str, text: str | None) -> None:
    """InvalidInput for a reason that is given and is none."""
    if text is not None:
        require_words(field, text, IN_WORDS)


class Request(BaseModel):
    """`later`: names of fields that came later: where nothing is said in them, the body is what it was before there was one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    later: ClassVar[frozenset[str]] = frozenset()

    def told(self) -> dict[str, Any]:
        """Every field by its name, but those that came later and say nothing."""
        told = self.model_dump(mode="json")
        return {name: given for name, given in told.items() if name not in self.later or given is not None}

    def body(self) -> bytes:
        return canonical({"kind": type(self).__name__, **self.told()})


class Named(Request):
    """Of cells whose names stood before the sender's eyes."""

    later = frozenset({"seen_at"})
    seen_at: int | None = Field(
        None, ge=0, description="position at which the sender saw what the cells are called"
    )


class CellInput(Request):
    """One cell and its value text: `"123"`, `"56.789"`, `"!none"`, `"!not_reported"`, `"!suppressed"`."""

    contest: Code
    item: Code
    breakdown: str = Field("", max_length=200)
    choice: str = Field("", max_length=64)
    value: str = Field(max_length=40)

    @property
    def key(self) -> str:
        return self.cell().cell.key

    def cell(self) -> TypedCell:
        return TypedCell(Cell(self.contest, self.item, self.breakdown, self.choice), self.value)


def _each_cell_once(cells: tuple[CellInput, ...]) -> tuple[CellInput, ...]:
    keys = [cell.key for cell in cells]
    if len(set(keys)) != len(keys):
        raise ValueError(message("cell_once", key=next(key for key in keys if keys.count(key) > 1)))
    return cells


CellsOnce = Annotated[tuple[CellInput, ...], AfterValidator(_each_cell_once)]
"""Of two values for one cell nobody can say which is meant."""


class ReasonFor(Request):
    """Why these cells (keys `contest|item|breakdown|choice`) get other values, where that is not the request's reason."""

    cells: tuple[str, ...] = Field(min_length=1, max_length=2_000)
    reason_class: Code
    reason: Text


def fingerprint(cells: Mapping[str, str]) -> str:
    """SHA-256 over cells as they stand (key → canonical text): what a correction must leave alone."""
    return hashlib.sha256(canonical(dict(sorted(cells.items())))).hexdigest()


class OtherCellsMoved(ReportingError):
    """facts: `expected`, `found`; `form`, `slot`, `unit` of its return. A cell the sender did not name is not what the sender
    has seen."""

    code = "other_cells_moved"
    template_ja = (
        "指定していない欄が、確認した時点から変わっています。もう一度内容を確認してから送信してください。"
    )
    template_en = "Cells you did not name have changed since you looked. Look again before you send."


def require_untouched(expected: str | None, others: Mapping[str, str], within: Within) -> None:
    """OtherCellsMoved unless the other cells of a return are as the sender has seen them; None: the sender did not say."""
    if expected is not None and fingerprint(others) != expected:
        raise OtherCellsMoved(expected=expected, found=fingerprint(others), **within._asdict())


class _ReturnRequest(Named):
    command_id: UUID
    election: Code
    form: Code
    slot: Code
    unit: Code
    expected_version: int = Field(
        ge=0, description="the version of the return the sender has seen; 0 = nothing yet"
    )
    figures: tuple[CellInput, ...] = Field(min_length=1, max_length=2_000)
    channel: Channel = Channel.API
    on_behalf_of: Text | None = None
    receipt: Receipt | None = None
    untouched: Fingerprint | None = Field(
        None, description="fingerprint of every other cell as the sender has seen it (a preview's)"
    )


class EnterFigures(_ReturnRequest):
    """First values for cells that hold nothing."""

    reason: Text | None = None


class CorrectFigures(_ReturnRequest):
    """Other values for cells that hold one. `reason_class` is a stable code, `reason` the words; `reasons`: of cells that
    have one of their own."""

    reason_class: Code
    reason: Text
    reasons: tuple[ReasonFor, ...] = Field((), max_length=50)


@dataclass(frozen=True, slots=True)
class FiguresRecorded:
    """`version`: the return's version now; `position`: of its event; `repeated`: the command had been recorded before."""

    stream_id: UUID
    unit: str
    version: int
    position: int
    recorded_at: datetime
    repeated: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """A change that says something else of `figures` figures of an election."""

    election: str
    change: Change
    figures: int

    def told(self, language: int) -> str:
        """0 Japanese, 1 English."""
        count = message.words("of_figures", count=self.figures)[language]
        return f"{self.election} {self.change.told(language)}{count}"


@dataclass(frozen=True, slots=True)
class DefinitionRecorded:
    """Where a definition's `events` stand in the log; None when it equals what was already there, or only became proposal
    number `proposal`. `touched`: what it says otherwise of figures that stand; `removed`: what it takes away that holds none;
    `needs_second`: another person has to confirm it."""

    events: int
    position: int | None
    repeated: bool
    touched: tuple[Touched, ...] = ()
    removed: tuple[str, ...] = ()
    proposal: int | None = None
    needs_second: bool = False
