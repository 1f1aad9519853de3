"""Figures from one long tidy table: checked whole, taken whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from reporting.application.batch import (
    BatchRecorded,
    ReturnFigures,
    Source,
    Submitted,
    decide_batch,
    open_questions,
    record_batch,
    recorded_before,
    submit_all,
)
from reporting.application.catalog import KnownElection
from reporting.application.entry import require_begun
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.case import ReturnCase
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.place import Place
from reporting.domain.returns import CellInput, CellProblem
from reporting.domain.typed import read_value
from reporting.domain.units import NotAUnit
from reporting.errors import InvalidInput, UnknownReference, expected_instead
from reporting.files.problems import FileProblem, FileRefused, by_cause, shown
from reporting.files.tables import read_table
from reporting.importing.control import Control, differences
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

    @property
    def return_place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.unit)


@dataclass(slots=True)
class _Return:
    """What a file says about one return: cell key → (row, value, reason)."""

    stream: UUID
    place: Place
    cells: dict[str, tuple[FigureRow, Value]] = field(default_factory=dict)


def import_returns(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    encoding: str = "utf-8",
    control: bool = False,
    submit: bool = False,
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """Take a tidy CSV. A cell that holds the same value is passed over; one that holds another needs a `reason` and
    becomes a correction. `control`: rows of areas above the units are compared with their sums and not imported;
    `submit`: returns of which nothing is open are handed in, as at the desk. FileRefused naming every bad row,
    NotAuthorised, VersionConflict when someone wrote between."""
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
        for row, f in read_table(path.name, data, COLUMNS, OPTIONAL, encoding)
    ]
    return take_figures(
        path.name, "returns", digest(data), rows, service, actor,
        control=control, submit=submit, named=named, dry_run=dry_run, progress=progress,
    )  # fmt: skip


def take_figures(
    file: str,
    kind: str,
    file_digest: str,
    rows: Sequence[FigureRow],
    service: Reporting,
    actor: Actor,
    *,
    control: bool = False,
    submit: bool = False,
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
    notes: Iterable[str] = (),
    confirmed: Sequence[str] = (),
) -> ImportReport:
    """The common end of every figure import: check all, compare with what stands, append in one transaction; then, where
    asked, hand in what has nothing open. A file taken before is handed in all the same. `named`: whether the actor is a
    person: InvalidInput for an election with a workflow otherwise, whose history must say who did it. `confirmed`: see
    Source."""
    source = Source(kind, file, file_digest, command_id(kind, file_digest), tuple(confirmed))
    checker = _Checker(file, service, control)
    if before := recorded_before(service, source):
        places = dict.fromkeys(row.return_place for row in rows)
        told = submit_all(service, source, places, actor) if submit and not dry_run else Submitted()
        return ImportReport(
            len(rows), 0, len(rows), before.position, True, (*notes, *told.refused), told.count
        )
    checker.check(rows, progress)
    if not named and checker.has_workflow:
        expected = "だれが取り込むか（reporting token が出すもの） / who imports, from `reporting token`"
        raise InvalidInput(field="--token", found="", expected=expected)
    returns = checker.returns()
    cases = service.return_cases([one.stream for one in returns])
    figures, unchanged = checker.compare(returns, cases)
    if checker.problems:
        raise FileRefused(file, by_cause(checker.problems))
    notes = (*notes, *checker.control_notes(returns, cases), *open_questions(service, figures, actor))
    if dry_run:
        if figures:  # who may not, and what certified returns would be refused for, is told as it would be
            decide_batch(service, source, figures, cases, actor)
        return ImportReport(len(rows), 0, unchanged, notes=notes)
    done = BatchRecorded(0, None, False)
    if figures:
        progress(len(rows), len(rows), "append")
        done = record_batch(service, source, figures, cases, actor)
    told = submit_all(service, source, [one.place for one in returns], actor) if submit else Submitted()
    return ImportReport(
        len(rows), done.events, unchanged, done.position, done.repeated, (*notes, *told.refused), told.count
    )


class _Checker:
    """Rows to returns. Everything wrong is collected in `problems`; nothing is raised."""

    def __init__(self, file: str, service: Reporting, control: bool = False) -> None:
        self.problems: list[FileProblem] = []
        self._file, self._service = file, service
        self._control, self._controls = control, list[Control]()
        self._causes: dict[Place, FileProblem] = {}
        self._elections: dict[str, KnownElection | None] = {}
        self._returns: dict[Place, _Return | None] = {}

    @property
    def has_workflow(self) -> bool:
        return any(
            one is not None and one.definition.workflow is not None for one in self._elections.values()
        )

    def returns(self) -> list[_Return]:
        return [one for one in self._returns.values() if one is not None]

    def check(self, rows: Sequence[FigureRow], progress: Progress) -> None:
        for count, row in enumerate(rows):
            if count % EVERY == 0:
                progress(count, len(rows), "check")
            place = row.return_place
            if place not in self._returns:
                self._returns[place] = self._place(row)
            elif place in self._causes:
                self.problems.append(replace(self._causes[place], row=row.row))
            if self._returns[place] is None and place not in self._causes:
                self._take_control(row)
            elif one := self._returns[place]:
                self._cell(row, one)

    def _place(self, row: FigureRow) -> _Return | None:
        try:
            if row.election not in self._elections:
                self._elections[row.election] = None
                self._elections[row.election] = self._service.catalog.election(row.election)
            known = self._elections[row.election]
            if known is None:
                raise UnknownReference(
                    kind="election", found=row.election, among=self._service.catalog.codes()
                )
            known.form(row.form, row.slot)
            known.roster.require_unit(row.unit)
            known.shape(row.form, row.slot, row.unit)
            require_begun(known, row.form, row.slot, self._service.clock())
        except InvalidInput as early:
            self._problem(row, "slot", row.slot, str(early.facts["expected"]))
            self._causes[row.return_place] = self.problems[-1]
            return None
        except NotAUnit as area:
            if not self._control:
                self._cause(row, area)
            return None
        except UnknownReference as unknown:
            self._cause(row, unknown)
            return None
        place = row.return_place
        return _Return(return_stream(*place), place)

    def _cause(self, row: FigureRow, unknown: UnknownReference) -> None:
        """What is wrong with the return itself: told once, whatever number of rows it has."""
        self._problem(row, str(unknown.facts["kind"]), unknown.facts["found"], expected_instead(unknown))
        self._causes[row.return_place] = self.problems[-1]

    def _take_control(self, row: FigureRow) -> None:
        """A row of an area above the units: its number is kept to compare with."""
        try:
            value = read_value(row.value)
        except InvalidInput as wrong:
            self._problem(row, "value", row.value, str(wrong.facts["expected"]))
            return
        if isinstance(value, Decimal):
            self._controls.append(
                Control(row.row, row.election, row.form, row.slot, row.unit, row.cell.key, value)
            )

    def control_notes(self, returns: Sequence[_Return], cases: Mapping[UUID, ReturnCase]) -> Iterator[str]:
        """Where a control total is not the sum of its units, as they stand after the file."""
        values: dict[Place, dict[str, Value]] = {}
        for one in returns:
            held = cases[one.stream].cells if one.stream in cases else {}
            values[one.place] = {key: cell.value for key, cell in held.items()}
            values[one.place] |= {key: value for key, (_, value) in one.cells.items()}
        rosters = {code: known.roster for code, known in self._elections.items() if known is not None}
        yield from differences(self._file, self._controls, rosters, values)

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
        self, returns: Sequence[_Return], cases: Mapping[UUID, ReturnCase]
    ) -> tuple[list[ReturnFigures], int]:
        """What is to be recorded, and how many cells hold the value already."""
        figures: list[ReturnFigures] = []
        unchanged = 0
        for one in returns:
            held = cases[one.stream].cells if one.stream in cases else {}
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
