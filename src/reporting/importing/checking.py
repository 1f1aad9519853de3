"""Rows of a file to returns, checked row by row and then unit by unit; on disk in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import TracebackType
from typing import Self

from reporting.application.authority import allowed, authorise, reach_of
from reporting.application.batch import BatchPart, ComparedReturn, ReturnFigures
from reporting.application.called_otherwise import problems_since
from reporting.application.catalog import KnownElection
from reporting.application.cell_words import MOST_REASON
from reporting.application.entry import require_begun
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.case import ReturnCase
from reporting.domain.cell_case import CellCase
from reporting.domain.figures import parse_value
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, FormShape
from reporting.domain.typed import read_value
from reporting.domain.units import AmbiguousCode, NotAUnit, Roster
from reporting.errors import InvalidInput, UnknownReference, expected_instead
from reporting.files.problems import FileProblem, Problems, shown
from reporting.files.spool import SortedRows
from reporting.importing.checked import (
    ByNumber,
    CheckedReturn,
    CheckedRow,
    ReturnInFile,
    RunOfRows,
    TextsTaken,
    in_runs,
)
from reporting.importing.control import Controls
from reporting.importing.messages import message
from reporting.importing.report import Progress
from reporting.importing.rows import RowInFile
from reporting.importing.stated import StatedWords
from reporting.ledger import return_stream
from reporting.wording import is_in_words

EVERY = 2_000
VALUE_PROBLEMS = {"derived": "item", "negative": "value", "fraction": "value"}

TOGETHER = 10_000
"""Rows that are compared, decided and appended in one go; of one unit there may be more."""


class AreaKeys:
    """Files may name areas by the authorities' codes."""

    def __init__(self, service: Reporting) -> None:
        self._service, self._rosters = service, dict[str, Roster | None]()

    def of(self, row: RowInFile) -> RowInFile:
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
        reason: str = "",
    ) -> None:
        self._seen_at, self._reason = seen_at, reason
        self.problems = Problems(file) if problems is None else problems
        self.count = self.unchanged = 0
        self._file, self._service, self._actor = file, service, actor
        self._controls = Controls(file) if control else None
        self._causes: dict[Place, FileProblem] = {}
        self._elections: dict[str, KnownElection | None] = {}
        self._returns: dict[Place, ReturnInFile | None] = {}
        self._units: dict[tuple[str, str], int] = {}
        self._taken: dict[tuple[int, frozenset[str]], TextsTaken] = {}
        self._by_number: ByNumber = {}
        self._rows = SortedRows(RunOfRows, by=3)
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

    def check(self, rows: Iterable[RowInFile], expected: int, progress: Progress) -> None:
        """Each row by itself."""
        self._rows.put(in_runs(self._in_order(rows, expected, progress)))

    def _in_order(
        self, rows: Iterable[RowInFile], expected: int, progress: Progress
    ) -> Iterator[tuple[ReturnInFile, CheckedRow]]:
        due = 0
        for row in rows:
            if self.count >= due:
                progress(self.count, max(expected, self.count), "check")
                due += EVERY
            self.count += len(row.cells)
            place = row.return_place
            return_ = self._returns.get(place)
            if return_ is None:
                return_ = self._not_taken_yet(row, place)
            if return_ is not None and (checked := self._checked(row, return_)):
                yield return_, checked

    def _not_taken_yet(self, row: RowInFile, place: Place) -> ReturnInFile | None:
        """The return of a row, of which there was no row or which is none; what is wrong with it is told of each of its figures."""
        figures = len(row.cells)
        if place not in self._returns:
            return_ = self._returns[place] = self._place(row, place)
            if return_ is not None:
                return return_
            figures -= 1
        if place not in self._causes:
            self._take_control(row)
            return None
        for _ in range(figures):
            self.problems.add(replace(self._causes[place], row=row.row))
        return None

    def _checked(self, row: RowInFile, return_: ReturnInFile) -> CheckedRow | None:
        """What of a row is in order by itself; None where nothing is."""
        texts = return_.taken.texts(row.cells, row.values)
        every = row.said is not None or self._seen_at is not None
        if every or None in texts:
            texts = [
                self._text(row, n, return_, text) if every or text is None else text
                for n, text in enumerate(texts)
            ]
        checked = CheckedRow.of(row, return_.taken.keys, texts)
        return checked if checked.keys else None

    def _text(self, row: RowInFile, n: int, return_: ReturnInFile, text: str | None) -> str | None:
        """A value's canonical text, by which it may be had already; None where something is wrong with it, which is told."""
        cell = row.cells[n]
        if text is None:
            judged = return_.taken.judge(n, row.values[n])
            if isinstance(judged, CellProblem):
                column = VALUE_PROBLEMS.get(judged.kind, judged.kind)
                self._problem(row, n, column, judged.found, f"{judged.expected_ja} / {judged.expected_en}")
                return None
            text = judged
        if (wrong := self.stated.put(return_.place, cell.key, row.said)) is not None:
            self._problem(row, n, wrong.column, wrong.stands, wrong.expected)
            return None
        for renamed in self._renamed(return_, cell.key, row.values[n]):
            called = f"{renamed.expected_ja} / {renamed.expected_en}"
            self._problem(row, n, "choice" if cell.choice else "item", renamed.found, called)
        return text

    def _renamed(self, return_: ReturnInFile, key: str, value: str) -> list[CellProblem]:
        if self._seen_at is None:
            return []
        shape, texts = return_.taken.shape, {key: value}
        return problems_since(self._service.renamed, shape, return_.place, texts, self._seen_at)

    def _place(self, row: RowInFile, place: Place) -> ReturnInFile | None:
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
        taken = self._texts_of(shape, election.contests_of_unit[row.unit])
        return ReturnInFile(place, taken, unit, len(self._returns))

    def _texts_of(self, shape: FormShape, contests: frozenset[str]) -> TextsTaken:
        """By identity: an election has one shape for all units that are asked a form alike."""
        page = id(shape), contests
        if page not in self._taken:
            self._taken[page] = TextsTaken(shape, contests, self._by_number)
        return self._taken[page]

    def _cause(self, row: RowInFile, column: str, found: object, expected: str) -> None:
        """What is wrong with the return itself: told once, whatever number of rows it has."""
        problem = FileProblem(self._file, row.row, row.places[0] or column, shown(found), expected)
        self._causes[row.return_place] = problem
        self.problems.add(problem)

    def _take_control(self, row: RowInFile) -> None:
        """A row of an area above the units: its numbers are kept to compare with."""
        for n, cell in enumerate(row.cells):
            try:
                value = read_value(row.values[n])
            except InvalidInput as wrong:
                self._problem(row, n, "value", row.values[n], str(wrong.facts["expected"]))
                continue
            if isinstance(value, Decimal) and self._controls is not None:
                where = (row.election, row.form, row.slot)
                self._controls.put(row.row, where, row.unit, cell.key, value)

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
            seen += sum(len(return_.texts) for return_ in returns)
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

    def _together(self) -> Iterator[list[CheckedReturn]]:
        """Whole units, of about so many figures as are looked at together."""
        places = {return_.number: return_ for return_ in self._returns.values() if return_ is not None}
        returns: list[CheckedReturn] = []
        figures, last = 0, (-1, -1)
        for run in self._rows:
            if run.unit != last[0] and figures >= TOGETHER:
                yield returns
                returns, figures = [], 0
            if run[:2] != last:
                at, last = places[run.number].place, run[:2]
                returns.append(CheckedReturn(return_stream(*at), at))
            for row in run.unpacked():
                for key, cell, first in returns[-1].add(row):
                    told = message("cell_once", row=first.row)
                    self.problems.add(
                        FileProblem(self._file, cell.row, cell.place or "item", shown(key), told)
                    )
                figures += len(row.keys)
        if returns:
            yield returns

    def _changes(self, given: CheckedReturn, case: ReturnCase | None) -> list[ReturnFigures]:
        """What is to be recorded of one return; a cell that holds the value already is counted."""
        held = {} if case is None else case.cells
        changes = self._against(given, held) if held else {"": given.texts}
        if self._controls is not None:
            standing = {key: cell.value for key, cell in held.items()}
            standing |= {key: parse_value(text) for key, text in given.texts.items()}
            self._controls.stand(given.place, standing)
        return [ReturnFigures(given.stream, *given.place, texts, reason) for reason, texts in changes.items()]

    def _against(self, given: CheckedReturn, held: Mapping[str, CellCase]) -> dict[str, dict[str, str]]:
        """By reason (the row's own, else that of the whole file), which new cells need none, what is to be recorded of a return that holds something."""
        changes: dict[str, dict[str, str]] = {}
        for key, cell in given.cells().items():
            before = held.get(key)
            if before is None:
                changes.setdefault("", {})[key] = cell.text
            elif before.text == cell.text:
                self.unchanged += 1
            elif is_in_words(reason := cell.reason or self._reason):
                if len(reason) > MOST_REASON:
                    wanted = message("words_at_most", most=MOST_REASON)
                    self.problems.add(FileProblem(self._file, cell.row, "reason", shown(reason), wanted))
                changes.setdefault(reason, {})[key] = cell.text
            else:
                changed = f"{before.text} → {cell.typed}"
                wanted = message("reason_for_change")
                self.problems.add(
                    FileProblem(self._file, cell.row, cell.place or "reason", shown(changed), wanted)
                )
        return changes

    def _problem(self, row: RowInFile, n: int, column: str, found: object, expected: str) -> None:
        """Of the row's nth figure."""
        self.problems.add(FileProblem(self._file, row.row, row.places[n] or column, shown(found), expected))
