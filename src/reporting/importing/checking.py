"""Rows of a file to returns, checked row by row and then unit by unit; on disk in between."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID

from reporting.application.authority import allowed, authorise, reach_of
from reporting.application.batch import BatchPart, ComparedReturn, ReturnFigures
from reporting.application.called_otherwise import problems_since
from reporting.application.catalog import KnownElection
from reporting.application.cell_words import RowWords
from reporting.application.entry import require_begun
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.case import ReturnCase
from reporting.domain.figures import Cell, Value, format_value, parse_value
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, FormShape, TypedCell
from reporting.domain.typed import read_value
from reporting.domain.units import AmbiguousCode, NotAUnit, Roster
from reporting.errors import InvalidInput, UnknownReference, expected_instead
from reporting.files.problems import FileProblem, Problems, shown
from reporting.files.spool import SortedRows
from reporting.importing.control import Controls
from reporting.importing.messages import message
from reporting.importing.report import Progress
from reporting.importing.stated import StatedWords
from reporting.ledger import return_stream
from reporting.wording import is_in_words

EVERY = 2_000
VALUE_PROBLEMS = {"derived": "item", "negative": "value", "fraction": "value"}

TOGETHER = 10_000
"""Rows that are compared, decided and appended in one go; of one unit there may be more."""


class FigureInFile(NamedTuple):
    """One cell of one return, as it stands in a file. `place`: sheet and cell, where the file has sheets. A tuple: there is one
    for each of a file's cells."""

    row: int
    election: str
    form: str
    slot: str
    unit: str
    cell: Cell
    value: str
    reason: str = ""
    place: str = ""
    said: RowWords | None = None

    @property
    def return_place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.unit)


class _Checked(NamedTuple):
    """A row that is in order by itself. `text`: the value; `typed`: as it stands in the file, where that differs."""

    row: int
    key: str
    text: str
    typed: str | None
    reason: str
    place: str


class _Run(NamedTuple):
    """Rows of one return that stand behind one another in the file, as they are kept on disk. `unit`, `number`: of the return,
    see there; `rows`: fields of `_Checked`, pickled."""

    unit: int
    number: int
    first: int
    rows: bytes


RUN = 500
"""Rows of a run at most."""


@dataclass(slots=True)
class _Return:
    """A return that the file speaks of: what its cells are checked by, and its number and its unit's among those of the
    file."""

    place: Place
    shape: FormShape
    contests: frozenset[str]
    unit: int
    number: int


@dataclass(slots=True)
class _Figures:
    """What the file says about one return: cell key → row."""

    stream: UUID
    place: Place
    cells: dict[str, _Checked] = field(default_factory=dict)


class AreaKeys:
    """Files may name areas by the authorities' codes."""

    def __init__(self, service: Reporting) -> None:
        self._service, self._rosters = service, dict[str, Roster | None]()

    def of(self, row: FigureInFile) -> FigureInFile:
        """The row with the key of its area. What is not found, or is that of several, stays, to be told with its return."""
        if row.election not in self._rosters:
            try:
                self._rosters[row.election] = self._service.catalog.election(row.election).roster
            except UnknownReference:
                self._rosters[row.election] = None
        if (roster := self._rosters[row.election]) is None or not roster.official:
            return row
        try:
            unit = roster.key(row.unit, roster.units)
        except AmbiguousCode:
            return row
        return row if unit == row.unit else row._replace(unit=unit)


def require_reach(election: KnownElection, actor: Actor, unit: str) -> None:
    """NotAuthorised before anything is compared: what stands in a return, and even whether a guess is it, is not for
    everybody."""
    if not allowed("correct_certified", actor, reach_of(actor, election.roster, unit), "certified"):
        authorise("import", actor, election.roster, unit)


class Checker:
    """Rows to returns. Everything wrong is collected in `problems`; nothing else is raised."""

    def __init__(
        self,
        file: str,
        service: Reporting,
        actor: Actor,
        control: bool = False,
        problems: Problems | None = None,
        seen_at: int | None = None,
    ) -> None:
        self._seen_at = seen_at
        self.problems = Problems(file) if problems is None else problems
        self.count = self.unchanged = 0
        self._file, self._service, self._actor = file, service, actor
        self._controls = Controls(file) if control else None
        self._causes: dict[Place, FileProblem] = {}
        self._elections: dict[str, KnownElection | None] = {}
        self._returns: dict[Place, _Return | None] = {}
        self._units: dict[tuple[str, str], int] = {}
        self._rows = SortedRows(_Run, by=3)
        self.stated = StatedWords()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.__exit__(kind, error, trace)
        if self._controls:
            self._controls.close()

    @property
    def has_workflow(self) -> bool:
        return any(
            election is not None and election.definition.workflow is not None
            for election in self._elections.values()
        )

    def places(self) -> Iterator[Place]:
        return (place for place, return_ in self._returns.items() if return_ is not None)

    def check(self, rows: Iterable[FigureInFile], expected: int, progress: Progress) -> None:
        """Each row by itself."""
        self._rows.put(_runs(self._in_order(rows, expected, progress)))

    def _in_order(
        self, rows: Iterable[FigureInFile], expected: int, progress: Progress
    ) -> Iterator[tuple[_Return, _Checked]]:
        for row in rows:
            if self.count % EVERY == 0:
                progress(self.count, max(expected, self.count), "check")
            self.count += 1
            place = row.return_place
            if (return_ := self._returns.get(place)) is None:
                if place not in self._returns:
                    return_ = self._returns[place] = self._place(row, place)
                elif place in self._causes:
                    self.problems.add(replace(self._causes[place], row=row.row))
                if return_ is None:
                    if place not in self._causes:
                        self._take_control(row)
                    continue
            value = return_.shape.problem(TypedCell(row.cell, row.value), return_.contests)
            if isinstance(value, CellProblem):
                column = VALUE_PROBLEMS.get(value.kind, value.kind)
                self._problem(row, column, value.found, f"{value.expected_ja} / {value.expected_en}")
                continue
            if (wrong := self.stated.put(place, row.cell.key, row.said)) is not None:
                self._problem(row, wrong.column, wrong.stands, wrong.expected)
                continue
            for renamed in self._renamed(return_, row):
                called = f"{renamed.expected_ja} / {renamed.expected_en}"
                self._problem(row, "choice" if row.cell.choice else "item", renamed.found, called)
            text = format_value(value)
            typed = None if text == row.value else row.value
            yield return_, _Checked(row.row, row.cell.key, text, typed, row.reason, row.place)

    def _renamed(self, return_: _Return, row: FigureInFile) -> list[CellProblem]:
        if self._seen_at is None:
            return []
        renamed, texts = self._service.renamed, {row.cell.key: row.value}
        return problems_since(renamed, return_.shape, return_.place, texts, self._seen_at)

    def _place(self, row: FigureInFile, place: Place) -> _Return | None:
        try:
            if row.election not in self._elections:
                self._elections[row.election] = None
                self._elections[row.election] = self._service.catalog.election(row.election)
            election = self._elections[row.election]
            if election is None:
                every = self._service.catalog.codes()
                raise UnknownReference(kind="election", found=row.election, among=every)
            election.form(row.form, row.slot)
            election.roster.require_unit(row.unit)
            shape = election.shape(row.form, row.slot, row.unit)
            require_begun(election, row.form, row.slot, self._service.clock())
            require_reach(election, self._actor, row.unit)
        except AmbiguousCode as several:
            self._cause(row, "unit", row.unit, str(several.facts["expected"]))
            return None
        except InvalidInput as early:
            self._cause(row, "slot", row.slot, str(early.facts["expected"]))
            return None
        except NotAUnit as area:
            if self._controls is None:
                self._cause(row, str(area.facts["kind"]), area.facts["found"], expected_instead(area))
            return None
        except UnknownReference as unknown:
            self._cause(row, str(unknown.facts["kind"]), unknown.facts["found"], expected_instead(unknown))
            return None
        unit = self._units.setdefault((row.election, row.unit), len(self._units))
        return _Return(place, shape, election.contests_of_unit[row.unit], unit, len(self._returns))

    def _cause(self, row: FigureInFile, column: str, found: object, expected: str) -> None:
        """What is wrong with the return itself: told once, whatever number of rows it has."""
        problem = FileProblem(self._file, row.row, row.place or column, shown(found), expected)
        self._causes[row.return_place] = problem
        self.problems.add(problem)

    def _take_control(self, row: FigureInFile) -> None:
        """A row of an area above the units: its number is kept to compare with."""
        try:
            value = read_value(row.value)
        except InvalidInput as wrong:
            self._problem(row, "value", row.value, str(wrong.facts["expected"]))
            return
        if isinstance(value, Decimal) and self._controls is not None:
            self._controls.put(row.row, (row.election, row.form, row.slot), row.unit, row.cell.key, value)

    def control_notes(self) -> Iterator[str]:
        """Where a control total is not the sum of its units, as they stand after the file."""
        rosters = {
            code: election.roster for code, election in self._elections.items() if election is not None
        }
        if self._controls is not None:
            yield from self._controls.differences(rosters)

    def compare(self, progress: Progress) -> Iterator[BatchPart]:
        """What is to be recorded, some units at a time."""
        seen = 0
        for returns in self._together():
            progress(seen, self.count, "compare")
            seen += sum(len(return_.cells) for return_ in returns)
            cases = self._service.return_cases([return_.stream for return_ in returns])
            figures = [
                part for return_ in returns for part in self._changes(return_, cases.get(return_.stream))
            ]
            concerned = cases.keys() & {given.stream for given in figures}
            checked_by = [self._elections[code] for code in {given.election for given in figures}]
            stands = tuple(
                condition for election in checked_by if election is not None for condition in election.stands
            )
            yield BatchPart(
                figures, {stream: ComparedReturn.of(cases[stream]) for stream in concerned}, stands
            )

    def _together(self) -> Iterator[list[_Figures]]:
        """Whole units, of about so many rows as are looked at together."""
        places = {return_.number: return_ for return_ in self._returns.values() if return_ is not None}
        returns: list[_Figures] = []
        rows, last = 0, (-1, -1)
        for run in self._rows:
            if run.unit != last[0] and rows >= TOGETHER:
                yield returns
                returns, rows = [], 0
            if run[:2] != last:
                at, last = places[run.number].place, run[:2]
                returns.append(_Figures(return_stream(*at), at))
            cells = returns[-1].cells
            for given in map(_Checked._make, pickle.loads(run.rows)):
                first = cells.setdefault(given.key, given)
                if first is not given:
                    told = message("cell_once", row=first.row)
                    self.problems.add(
                        FileProblem(self._file, given.row, given.place or "item", shown(given.key), told)
                    )
                rows += 1
        if returns:
            yield returns

    def _changes(self, figures: _Figures, case: ReturnCase | None) -> list[ReturnFigures]:
        """What is to be recorded of one return; a cell that holds the value already is counted."""
        held = {} if case is None else case.cells
        changes: dict[str, dict[str, Value]] = {}
        for key, given in figures.cells.items():
            before = held.get(key)
            if before is None:
                changes.setdefault("", {})[key] = parse_value(given.text)
            elif before.text == given.text:
                self.unchanged += 1
            elif is_in_words(given.reason):
                changes.setdefault(given.reason, {})[key] = parse_value(given.text)
            else:
                changed = f"{before.text} → {given.typed or given.text}"
                wanted = message("reason_for_change")
                self.problems.add(
                    FileProblem(self._file, given.row, given.place or "reason", shown(changed), wanted)
                )
        if self._controls is not None:
            standing = {key: cell.value for key, cell in held.items()}
            standing |= {key: parse_value(given.text) for key, given in figures.cells.items()}
            self._controls.stand(figures.place, standing)
        return [
            ReturnFigures(figures.stream, *figures.place, values, reason)
            for reason, values in changes.items()
        ]

    def _problem(self, row: FigureInFile, column: str, found: object, expected: str) -> None:
        self.problems.add(FileProblem(self._file, row.row, row.place or column, shown(found), expected))


def _runs(checked: Iterable[tuple[_Return, _Checked]]) -> Iterator[_Run]:
    """A table's row, or a return's rows that follow one another, is one piece of work for the disk."""
    held: _Return | None = None
    rows: list[_Checked] = []
    for return_, row in checked:
        if return_ is not held or len(rows) >= RUN:
            if held is not None:
                yield _run(held, rows)
            held, rows = return_, []
        rows.append(row)
    if held is not None:
        yield _run(held, rows)


def _run(return_: _Return, rows: Sequence[_Checked]) -> _Run:
    kept = pickle.dumps([tuple(row) for row in rows], pickle.HIGHEST_PROTOCOL)
    return _Run(return_.unit, return_.number, rows[0].row, kept)
