"""Figures from one long tidy table: checked whole, taken whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from reporting.application.batch import ReturnFigures, Source, open_questions, record_batch, recorded_before
from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.definitions.problems import FileProblem, FileRefused, shown
from reporting.definitions.tables import read_table
from reporting.domain.actor import Actor
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.returns import CellInput, CellProblem, ReturnState
from reporting.errors import UnknownReference, expected_instead
from reporting.importing.report import ImportReport, Progress, command_id, digest, quiet
from reporting.ledger import return_stream

COLUMNS = ("election", "form", "slot", "unit", "contest", "item", "value")
OPTIONAL = ("breakdown", "choice", "reason")
EVERY = 2_000
VALUE_PROBLEMS = {"derived": "item", "negative": "value", "fraction": "value"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One cell of one return, as it stands in a file. `place`: sheet and cell, where the file has sheets."""

    row: int
    election: str
    form: str
    slot: str
    unit: str
    cell: Cell
    value: str
    reason: str = ""
    place: str = ""


@dataclass(slots=True)
class _Return:
    """What a file says about one return: cell key → (row, value, reason)."""

    stream: UUID
    place: tuple[str, str, str, str]
    cells: dict[str, tuple[FigureRow, Value]] = field(default_factory=dict)


def import_returns(
    path: Path, service: Reporting, actor: Actor, *, dry_run: bool = False, progress: Progress = quiet
) -> ImportReport:
    """Take a tidy CSV. A cell that holds the same value is passed over; one that holds another needs a `reason` and
    becomes a correction. FileRefused naming every bad row, NotAuthorised, VersionConflict when someone wrote between."""
    data = path.read_bytes()
    rows = [
        FigureRow(
            row,
            f["election"],
            f["form"],
            f["slot"],
            f["unit"],
            Cell(f["contest"], f["item"], f.get("breakdown", ""), f.get("choice", "")),
            f["value"],
            f.get("reason", ""),
        )
        for row, f in read_table(path.name, data, COLUMNS, OPTIONAL)
    ]
    return take_figures(
        path.name, "returns", digest(data), rows, service, actor, dry_run=dry_run, progress=progress
    )


def take_figures(
    file: str,
    kind: str,
    file_digest: str,
    rows: Sequence[FigureRow],
    service: Reporting,
    actor: Actor,
    *,
    dry_run: bool = False,
    progress: Progress = quiet,
    notes: Iterable[str] = (),
) -> ImportReport:
    """The common end of every figure import: check all, compare with what stands, append in one transaction."""
    source = Source(kind, file, file_digest, command_id(kind, file_digest))
    if before := recorded_before(service, source):
        return ImportReport(len(rows), 0, len(rows), before.position, True, tuple(notes))
    checker = _Checker(file, service)
    checker.check(rows, progress)
    returns = checker.returns()
    states = service.return_states([one.stream for one in returns])
    figures, unchanged = checker.compare(returns, states)
    if checker.problems:
        raise FileRefused(file, sorted(checker.problems, key=lambda problem: problem.row or 0))
    notes = (*notes, *open_questions(service, figures, actor))
    if dry_run or not figures:
        return ImportReport(len(rows), 0, unchanged, notes=tuple(notes))
    progress(len(rows), len(rows), "append")
    done = record_batch(service, source, figures, states, actor)
    return ImportReport(len(rows), done.events, unchanged, done.position, done.repeated, tuple(notes))


class _Checker:
    """Rows to returns. Everything wrong is collected in `problems`; nothing is raised."""

    def __init__(self, file: str, service: Reporting) -> None:
        self.problems: list[FileProblem] = []
        self._file, self._service = file, service
        self._elections: dict[str, KnownElection | None] = {}
        self._returns: dict[tuple[str, str, str, str], _Return | None] = {}

    def returns(self) -> list[_Return]:
        return [one for one in self._returns.values() if one is not None]

    def check(self, rows: Sequence[FigureRow], progress: Progress) -> None:
        for count, row in enumerate(rows):
            if count % EVERY == 0:
                progress(count, len(rows), "check")
            place = (row.election, row.form, row.slot, row.unit)
            if place not in self._returns:
                self._returns[place] = self._place(row)
            elif self._returns[place] is None:
                self._problem(row, "unit", row.unit, "上の行と同じ誤り / as in the row above")
            if one := self._returns[place]:
                self._cell(row, one)

    def _place(self, row: FigureRow) -> _Return | None:
        try:
            if row.election not in self._elections:
                self._elections[row.election] = None
                self._elections[row.election] = self._service.catalog.election(row.election)
            known = self._elections[row.election]
            if known is None:
                raise UnknownReference(kind="election", found=row.election)
            known.form(row.form, row.slot)
            known.roster.require_unit(row.unit)
            known.shape(row.form, row.slot, row.unit)
        except UnknownReference as unknown:
            kind = str(unknown.facts["kind"])
            self._problem(row, kind, unknown.facts["found"], expected_instead(unknown))
            return None
        place = (row.election, row.form, row.slot, row.unit)
        return _Return(return_stream(*place), place)

    def _cell(self, row: FigureRow, one: _Return) -> None:
        known = self._elections[row.election]
        assert known is not None
        outcome = known.shape(row.form, row.slot, row.unit).problem(
            CellInput(row.cell, row.value), known.contests_of_unit[row.unit]
        )
        if isinstance(outcome, CellProblem):
            column = VALUE_PROBLEMS.get(outcome.kind, outcome.kind)
            self._problem(row, column, outcome.found, f"{outcome.expected_ja} / {outcome.expected_en}")
        elif first := one.cells.get(row.cell.key):
            self._problem(
                row,
                "item",
                row.cell.key,
                f"{first[0].row} 行目と同じ欄 / each cell once; see row {first[0].row}",
            )
        else:
            one.cells[row.cell.key] = (row, outcome)

    def compare(
        self, returns: Sequence[_Return], states: Mapping[UUID, ReturnState]
    ) -> tuple[list[ReturnFigures], int]:
        """What is to be recorded, and how many cells hold the value already."""
        figures: list[ReturnFigures] = []
        unchanged = 0
        for one in returns:
            held = states[one.stream].cells if one.stream in states else {}
            changes: dict[str, dict[str, Value]] = {}
            for key, (row, value) in one.cells.items():
                before = held.get(key)
                if before is None:
                    changes.setdefault("", {})[key] = value
                elif before.value == value and type(before.value) is type(value):
                    unchanged += 1
                elif row.reason:
                    changes.setdefault(row.reason, {})[key] = value
                else:
                    found = f"{format_value(before.value)} → {row.value}"
                    self._problem(
                        row, "reason", found, "訂正の理由 / the reason for changing the value that stands"
                    )
            figures += [
                ReturnFigures(one.stream, *one.place, values, reason) for reason, values in changes.items()
            ]
        return figures, unchanged

    def _problem(self, row: FigureRow, column: str, found: object, expected: str) -> None:
        self.problems.append(FileProblem(self._file, row.row, row.place or column, shown(found), expected))
