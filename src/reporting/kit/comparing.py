"""One sheet beside the return as it stands: its cells three ways, and what became of the return since the workbook was made. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from reporting.application.asked import asked_contests
from reporting.application.opened import OpenReturn
from reporting.domain.figures import Cell
from reporting.domain.status import STATUS_WORDS, Status
from reporting.kit.merge import MergedCell, merge
from reporting.kit.messages import message
from reporting.kit.plan import ABSENCES, MadeCell, MadeSheet, heading_of, labels_of
from reporting.kit.reading import ReadSheet
from reporting.words import Words

MOST_NAMED = 10
"""Cells that a note names; of more it says how many."""


@dataclass(frozen=True, slots=True)
class SheetBeside:
    """`cells` in the sheet's order; `names`: cell key → its words now; `notes`: what whoever hands in ought to know of them."""

    cells: tuple[MergedCell, ...]
    names: Mapping[str, Words]
    notes: tuple[Words, ...]

    @property
    def taken(self) -> dict[str, str]:
        """Cell key → canonical text."""
        return {cell.key: cell.sheet for cell in self.cells if cell.outcome == "taken"}

    @property
    def told(self) -> tuple[MergedCell, ...]:
        """Cells that are not simply unchanged."""
        return tuple(cell for cell in self.cells if cell.outcome != "unchanged")


def untouched(sheet: ReadSheet) -> dict[str, MadeCell]:
    """Cell key → the cell, of those that hold what another form offered, and nothing else stood there."""
    return {
        cell.key: cell
        for cell in sheet.made.cells
        if cell.offered and not cell.base and sheet.typed.get(cell.key) == cell.offered
    }


def compared(
    opened: OpenReturn,
    sheet: ReadSheet,
    definition: int,
    offered: Mapping[str, str],
    take: Collection[str],
    keep: Collection[str],
) -> SheetBeside:
    """`definition`: version of the election's when the workbook was made; `offered`: by other forms and places now, at least for the
    `untouched`; `take`, `keep`: keys of cells that somebody has settled."""
    made, now = sheet.made, opened.defined.versions[0]
    others = {} if definition == now else renamed(opened, made)
    outdated = {
        key for key, cell in untouched(sheet).items() if offered.get(key, cell.offered) != cell.offered
    }
    base = {cell.key: cell.base for cell in made.cells}
    cells = tuple(
        merge(base, opened.case.texts, sheet.typed, take=take, keep=keep, renamed=others, outdated=outdated)
    )
    shape = opened.shape
    names = {cell.key: shape.named(Cell.from_key(cell.key)) for cell in cells}
    notes = list(sheet.notes)
    if definition != now:
        notes.append(message.words("older_definition", made=definition, now=now))
    notes += [others[cell.key] for cell in cells if cell.key in others and cell.outcome != "unchanged"]
    notes += [
        message.words(
            "offer_changed", cell_ja=names[cell.key].ja, cell_en=names[cell.key].en, made=_figure(cell.sheet),
            now=_figure(offered[cell.key]),
        )
        for cell in cells
        if cell.outcome == "outdated"
    ]  # fmt: skip
    if made.version != opened.case.version:
        notes += _since(opened, made, cells, names)
    return SheetBeside(cells, names, tuple(notes))


def renamed(opened: OpenReturn, made: MadeSheet) -> dict[str, Words]:
    """Cell key → what its row was called in the sheet and is called now: a number typed beside one name is not another's because the
    definition has exchanged them. A number or a party that changed matters only where a name stands twice."""
    asked = {cell.key: cell for contest in asked_contests(opened) for cell in contest.cells}
    now = {key: (heading_of(cell).ja, labels_of(cell)) for key, cell in asked.items()}
    then = {cell.key: (cell.heading, cell.labels) for cell in made.cells}
    twice = {
        place
        for rows in (now, then)
        for place, times in Counter((_column(key), row[0]) for key, row in rows.items()).items()
        if times > 1
    }
    others: dict[str, Words] = {}
    for key, (heading, labels) in then.items():
        if key not in now:
            others[key] = message.words("row_gone", made=_row(heading, labels))
            continue
        heading_now, labels_now = now[key]
        alike = not {(_column(key), heading), (_column(key), heading_now)} & twice
        if heading != heading_now or not (alike or not labels or labels == labels_now):
            others[key] = message.words(
                "row_renamed", made=_row(heading, labels), now=_row(heading_now, labels_now)
            )
    return others


def _figure(text: str) -> str:
    return ABSENCES.get(text, text)


def _column(key: str) -> str:
    """All of a cell's place but its choice."""
    return key.rpartition("|")[0]


def _row(heading: str, labels: tuple[str, ...]) -> str:
    return " ".join(text for text in (*labels[:1], heading, *labels[1:]) if text)


def _since(
    opened: OpenReturn, made: MadeSheet, cells: tuple[MergedCell, ...], names: Mapping[str, Words]
) -> Iterator[Words]:
    """What happened to the return since the workbook was made, as far as the cells alone do not show it."""
    case = opened.case
    status = case.status(opened.levels)
    ja, en = STATUS_WORDS[status.value]
    yield message.words("since_made", made=made.version, now=case.version, status_ja=ja, status_en=en)
    taken = {cell.key for cell in cells if cell.outcome == "taken"}
    if status is Status.SENT_BACK and (open_ := [key for key in case.sent_back() if key not in taken]):
        told = _listed(open_, opened)
        yield message.words("still_sent_back", cells_ja=told.ja, cells_en=told.en)
    if looked_at := [key for key in taken if key in case.cells and case.cells[key].approvers]:
        told = _listed(looked_at, opened)
        yield message.words("approved_again", cells_ja=told.ja, cells_en=told.en)


def _listed(keys: list[str], opened: OpenReturn) -> Words:
    told = [opened.shape.named(Cell.from_key(key)) for key in sorted(keys)[:MOST_NAMED]]
    if len(keys) > MOST_NAMED:
        told.append(message.words("cells_left_out", count=len(keys) - MOST_NAMED))
    return Words("、".join(words.ja for words in told), ", ".join(words.en for words in told))
