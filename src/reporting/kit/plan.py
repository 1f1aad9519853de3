"""What a sheet holds: one return's cells, each in a row, and what the workbook must know of itself when it comes back. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from reporting.application.asked import AskedCell, AskedContest
from reporting.domain.figures import Absence, format_value
from reporting.domain.place import Place
from reporting.domain.typed import DASHES, SPOKEN
from reporting.kit.messages import message
from reporting.ledger.registry import canonical
from reporting.words import Words

FORMAT = 1
TOTAL = message.words("total").ja
CLASSES = {code: words.ja for code, words in message.table("declared").items()}
"""Reason class of a declaration → as it is chosen in a sheet."""
FIRST_ROW = 9
"""Row of the first contest's heading, from 1."""
HEADINGS_ROW = FIRST_ROW - 1
INDEX = "目次"
"""Name of the sheet in front."""
NONE, UNKNOWN, WITHHELD = (
    SPOKEN[absence] for absence in (Absence.NONE, Absence.NOT_REPORTED, Absence.SUPPRESSED)
)
ABSENCES = {format_value(absence): words for absence, words in SPOKEN.items()}
"""Canonical text → as it is typed in a sheet."""
NONE_TYPED = (NONE, *DASHES, format_value(Absence.NONE))
UNKNOWN_TYPED = (UNKNOWN, WITHHELD, format_value(Absence.NOT_REPORTED), format_value(Absence.SUPPRESSED))
"""Every way in which a cell states that there is nothing, or that a number is not given: as it is read when it comes back."""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A cell of the form in its row (from 1). `base`: what stands (canonical; empty: nothing); `start`: what the sheet
    starts with; `origin`: the form and slot that a value was taken from, where it was."""

    row: int
    asked: AskedCell
    base: str
    start: str
    origin: str

    @property
    def heading(self) -> Words:
        """As it stands in column B, in both languages."""
        return heading_of(self.asked)

    @property
    def labels(self) -> tuple[str, str, str]:
        """As columns A, C and D."""
        return labels_of(self.asked)


def heading_of(asked: AskedCell) -> Words:
    """What a row is called: its choice, or else its item."""
    return Words(asked.choice.name, asked.choice.name) if asked.choice else asked.item


def labels_of(asked: AskedCell) -> tuple[str, str, str]:
    """Number, party, and breakdown or item. With the heading they tell the row from every other."""
    choice = asked.choice
    number = "" if choice is None or choice.number is None else str(choice.number)
    broken = asked.breakdown.ja if asked.breakdown else "" if choice else TOTAL
    return (
        number,
        (choice.party or "") if choice else "",
        f"{asked.item.ja} {broken}".strip() if choice else broken,
    )


@dataclass(frozen=True, slots=True)
class Section:
    """A contest and its lines; `row`: of its heading."""

    row: int
    contest: Words
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """One return as a sheet. `number`: in the workbook, from 1; `last`: row of its last line."""

    number: int
    place: Place
    version: int
    titles: tuple[Words, ...]
    cut_off: datetime | None
    sections: tuple[Section, ...]

    @property
    def name(self) -> str:
        """Of the sheet: nothing that a spreadsheet refuses in a name."""
        return f"{self.number:03d}_{self.place.unit}"[:31]

    @property
    def lines(self) -> tuple[SheetLine, ...]:
        return tuple(line for section in self.sections for line in section.lines)

    @property
    def rows(self) -> dict[str, int]:
        """Cell key → row."""
        return {line.asked.key: line.row for line in self.lines}

    @property
    def last(self) -> int:
        return max(line.row for line in self.lines)

    @property
    def first_check(self) -> int:
        """Row of the first check: under the lines and a heading."""
        return self.last + 4


def sections_of(
    contests: tuple[AskedContest, ...], standing: Mapping[str, str], offered: Mapping[str, tuple[str, str]]
) -> tuple[Section, ...]:
    """`standing`: cell key → canonical text; `offered`: cell key → (text, form/slot) that another form holds."""
    row, sections = FIRST_ROW, []
    for contest in contests:
        lines = []
        for n, asked in enumerate(contest.cells, row + 1):
            base = standing.get(asked.key, "")
            text, origin = ("", "") if base else offered.get(asked.key, ("", ""))
            lines.append(SheetLine(n, asked, base, base or text, origin))
        label = contest.contest.label
        sections.append(Section(row, label.words, tuple(lines)))
        row += len(contest.cells) + 2
    return tuple(sections)


class MadeCell(BaseModel):
    """A cell as the workbook remembers it: its row, what stood, how its row is headed, and what another form offered (`offered`,
    canonical; empty: nothing) for a cell in which nothing stood."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    row: int = Field(ge=1)
    key: str
    base: str
    heading: str
    labels: tuple[str, ...] = ()
    offered: str = ""

    @property
    def told(self) -> str:
        return " ".join(text for text in (self.heading, *self.labels) if text)


class MadeCheck(BaseModel):
    """A check's row in which words can be said: an explanation, or (`declared`) an open declaration with its class."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    row: int = Field(ge=1)
    rule: str
    contest: str
    declared: bool


class MadeSheet(BaseModel):
    """`titles`: what stands in column A from its first row on, the unit last; `headings`: of the columns from A on, above the cells."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    form: str
    slot: str
    unit: str
    version: int
    cells: tuple[MadeCell, ...] = Field(min_length=1)
    checks: tuple[MadeCheck, ...] = ()
    titles: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    @classmethod
    def of(cls, plan: SheetPlan, checks: tuple[MadeCheck, ...], headings: tuple[str, ...]) -> MadeSheet:
        place = plan.place
        cells = tuple(
            MadeCell(
                row=line.row,
                key=line.asked.key,
                base=line.base,
                heading=line.heading.ja,
                labels=line.labels,
                offered=line.start if line.origin else "",
            )
            for line in plan.lines
        )
        return cls(
            name=plan.name, form=place.form, slot=place.slot, unit=place.unit, version=plan.version, cells=cells, checks=checks,
            titles=tuple(title.ja for title in plan.titles), headings=headings,
        )  # fmt: skip


class MadeBook(BaseModel):
    """What stands in the workbook's hidden sheet. `definition`: version of the election's definition when it was
    made; `made_at`: then."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    election: str
    definition: int
    made_at: datetime
    sheets: tuple[MadeSheet, ...] = Field(min_length=1)

    def text(self) -> str:
        return canonical(self.model_dump(mode="json")).decode()


def digest_of(text: str) -> str:
    """SHA-256 (hex) of a hidden sheet's text."""
    return hashlib.sha256(text.encode()).hexdigest()
