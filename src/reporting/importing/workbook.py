"""The ministry's result workbooks (市区町村別得票数): one sheet for a district or prefecture, units down, choices across.

Every row is a unit, a total or a note; a row with numbers that is none of them is refused, for its votes would vanish.
Names are matched to codes after NFKC and without spaces and brackets; what is stored are codes. Known misprints come
from a table of aliases. Published totals are compared, and a difference is told, never repaired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.election import Contest, ItemKind
from reporting.domain.figures import Cell, format_value
from reporting.domain.typed import NotANumber
from reporting.files.problems import FileProblem, FileRefused, shown
from reporting.files.sheets import Sheet, sheets
from reporting.files.tables import read_table
from reporting.importing.checking import FigureInFile
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, digest, quiet
from reporting.importing.returns import take_figures
from reporting.importing.titles import TitleCell, disagreements, joined, unsaid
from reporting.importing.totals import Published, TotalWords, UnitVotes, total_words
from reporting.importing.words import NOTHING, holds_number, letter, number, plain

UNITS_HEAD, CANDIDATES_HEAD = "市区町村名＼政党名", "候補者名"
NAMED = 8
"""Units without a row that are named in a note; more are counted."""


def import_workbook(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    election: str,
    form: str,
    slot: str,
    aliases: Path | None = None,
    totals: Path | None = None,
    confirm_title: Sequence[str] = (),
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """Votes of one workbook into one form and slot. `totals`: more words of total rows; `confirm_title`: words of the
    title that do not agree with the election and are right nevertheless. FileRefused naming sheet, row and column of
    every name, number or title that is not understood; `notes` of the report tell published totals that do not agree
    with their rows, and rows that were passed over."""
    content = path.read_bytes()
    known = service.catalog.election(election)
    known.shape(form, slot)
    reader = _Reader(path.name, known, (election, form, slot), _aliases(aliases), total_words(totals))
    for name, rows in sheets(path.name, content):
        progress(len(reader.figures), 0, f"read {name}")
        reader.sheet(name, rows)
    reader.check_title(confirm_title)
    if reader.problems:
        raise FileRefused(path.name, reader.problems)
    if not reader.figures:
        raise FileRefused(
            path.name, [FileProblem(path.name, None, "", "0", message("a_table", head=UNITS_HEAD))]
        )
    kind = f"workbook/{election}/{form}/{slot}"
    return take_figures(
        path.name,
        kind,
        digest(content),
        reader.figures,
        service,
        actor,
        expected=len(reader.figures),
        named=named,
        dry_run=dry_run,
        progress=progress,
        notes=reader.notes,
        confirmed=confirm_title,
    )


@dataclass(slots=True)
class _Table:
    """One sheet's table: `heads`: the row of the choices' names; `choices`: column → code; `units`: name → codes it may
    mean; `areas`: name of an area above → the units below it; `blank`: cells of units' rows, below a choice, with nothing in
    them, not even a dash."""

    sheet: str
    contest: Contest
    heads: Sequence[object]
    choices: Mapping[int, str]
    row_totals: Sequence[int]
    units: Mapping[str, Sequence[str]]
    areas: Mapping[str, frozenset[str]]
    votes: UnitVotes = field(default_factory=UnitVotes)
    blank: list[str] = field(default_factory=list)
    totals: list[tuple[int, str, Sequence[object]]] = field(default_factory=list)


class _Reader:
    def __init__(
        self,
        file: str,
        known: KnownElection,
        place: tuple[str, str, str],
        aliases: Mapping[str, str],
        words: TotalWords,
    ) -> None:
        self.figures: list[FigureInFile] = []
        self.problems: list[FileProblem] = []
        self.notes: list[str] = []
        self._file, self._known, self._place, self._aliases, self._words = file, known, place, aliases, words
        self._title: list[TitleCell] = []
        self._contests = {plain(contest.label.ja): contest for contest in known.definition.contests}
        asked = known.form(place[1], place[2]).items
        self._item = next(
            (
                item.code
                for item in known.definition.items
                if item.by_choice and item.kind is ItemKind.VOTES and item.code in asked
            ),
            None,
        )

    def sheet(self, name: str, rows: Sheet) -> None:
        head = next(
            (row for row, cells in enumerate(rows) if cells and plain(cells[0]) == plain(UNITS_HEAD)), None
        )
        if head is None or head < 1:
            self.notes.append(f"{name}: {message('no_table')}")
            return
        choices_row = head - 1 if plain(rows[head - 1][0]) == plain(CANDIDATES_HEAD) else head
        title = [
            TitleCell(row + 1, f"{name}!{letter(column)}{row + 1}", text)
            for row, cells in enumerate(rows[:choices_row])
            for column, cell in enumerate(cells)
            if (text := joined(cell))
        ]
        self._title += title
        contest = self._contest(name, title, max(0, choices_row - 1))
        if self._item is None:
            expected = message("form_by_choice")
            self._problem(name, head, 0, self._place[1], expected)
        if contest is None or self._item is None:
            return
        table = self._table(name, contest, title, rows[choices_row], choices_row)
        for row, cells in enumerate(rows[head + 1 :], head + 1):
            self._row(table, row, cells)
        self._compare(table)

    def check_title(self, confirmed: Sequence[str]) -> None:
        """Day and name in the titles of all sheets with a table."""
        if not self._title:
            return
        for wrong in disagreements(self._title, self._known.definition, confirmed):
            self.problems.append(
                FileProblem(self._file, wrong.row, wrong.place, shown(wrong.found), wrong.expected)
            )
        for text in unsaid(self._title, confirmed):
            expected = message("words_of_title")
            self.problems.append(FileProblem(self._file, None, "--confirm-title", shown(text), expected))

    def _contest(self, sheet: str, title: Sequence[TitleCell], row: int) -> Contest | None:
        """The one contest that title and sheet name speak of; its label, or an alias of it."""
        stated: dict[str, Contest] = {}
        for text in (*(plain(cell.text) for cell in title), plain(sheet)):
            contest = self._contests.get(text) or self._contests.get(self._aliases.get(text, ""))
            if contest is not None:
                stated[contest.code] = contest
        if len(stated) == 1 and any(self._says(cell.text, stated) for cell in title):
            return next(iter(stated.values()))
        found = " / ".join(contest.label.ja for contest in stated.values()) or " ".join(
            cell.text for cell in title
        )
        expected = message("one_contest")
        self._problem(sheet, row, 0, found[-60:], expected)
        return None

    def _says(self, text: str, stated: Mapping[str, Contest]) -> bool:
        name = plain(text)
        contest = self._contests.get(name) or self._contests.get(self._aliases.get(name, ""))
        return contest is not None and contest.code in stated

    def _table(
        self, sheet: str, contest: Contest, title: Sequence[TitleCell], heads: Sequence[object], row: int
    ) -> _Table:
        by_name = {plain(choice.name): choice.code for choice in contest.choices}
        choices: dict[int, str] = {}
        row_totals: list[int] = []
        for column, cell in enumerate(heads[1:], 1):
            name = plain(cell)
            code = by_name.get(name) or by_name.get(self._aliases.get(name, ""))
            if code is not None and code in choices.values():
                self._problem(sheet, row, column, shown(cell), message("one_column_each"))
            elif code is not None:
                choices[column] = code
            elif name in self._words.columns:
                row_totals.append(column)
            elif name:
                expected = message(
                    "a_choice", contest_ja=contest.label.ja, contest_en=contest.label.en or contest.label.ja
                )
                self._problem(sheet, row, column, shown(cell), expected)
        if lacking := [choice.name for choice in contest.choices if choice.code not in choices.values()]:
            told = message("choices_without_column", count=len(lacking), names=_list(lacking))
            self.notes.append(f"{sheet}: {told}")
        units, areas = self._units(contest, [plain(cell.text) for cell in title])
        return _Table(sheet, contest, heads, choices, row_totals, units, areas)

    def _units(
        self, contest: Contest, title: Sequence[str]
    ) -> tuple[dict[str, list[str]], dict[str, frozenset[str]]]:
        """Names a unit may go by (its own, and its own behind that of any area above it), and the areas above with the
        units below each. Where the sheet's title names an area, only units below that one."""
        roster = self._known.roster
        below: dict[str, set[str]] = {}
        for unit in roster.contest_units[contest.code]:
            for geography, path in roster.places[unit].items():
                for code in path:
                    if (geography, code) in roster.nodes:
                        below.setdefault(plain(roster.nodes[geography, code].name), set()).add(unit)
        titled = set().union(*(below[name] for name in title if name in below))
        taken = titled or set(roster.contest_units[contest.code])
        units: dict[str, list[str]] = {}
        for unit in (unit for unit in roster.contest_units[contest.code] if unit in taken):
            own = plain(roster.units[unit].name)
            official = roster.official_codes.get(unit)
            own_names = {own} if official is None else {own, plain(official)}
            for name in {*own_names, *(area + own for area, inside in below.items() if unit in inside)}:
                units.setdefault(name, []).append(unit)
        return units, {name: frozenset(inside & taken) for name, inside in below.items()}

    def _row(self, table: _Table, row: int, cells: Sequence[object]) -> None:
        label = plain(cells[0])
        numbers = [column for column, cell in enumerate(cells) if column and holds_number(cell)]
        units = table.units.get(label) or table.units.get(self._aliases.get(label, ""), ())
        if len(units) == 1:
            self._unit(table, row, cells, units[0])
        elif units:
            self._unknown(table, row, f"{cells[0]}（{len(units)}）")
        elif label and self._meant(table, label, row) is not None:
            table.votes.breaks.append(row)
            table.totals.append((row, label, cells))
        elif numbers and not label:
            column = numbers[0]
            expected = message("unit_in_column_a", row=row + 1)
            self._problem(table.sheet, row, column, shown(cells[column]), expected)
        elif label and (numbers or any(cells[column] not in ("", None) for column in table.choices)):
            self._unknown(table, row, str(cells[0]))
        elif text := " ".join(str(cell) for cell in cells if cell not in ("", None)):
            self.notes.append(f"{table.sheet}!A{row + 1}: {message('note_passed_over', text=shown(text))}")

    def _unknown(self, table: _Table, row: int, found: str) -> None:
        label = table.contest.label
        expected = message("one_unit", contest_ja=label.ja, contest_en=label.en or label.ja)
        self._problem(table.sheet, row, 0, found, expected)

    def _unit(self, table: _Table, row: int, cells: Sequence[object], unit: str) -> None:
        if (first := table.votes.rows.get(unit)) is not None:
            expected = message("unit_once", row=first + 1)
            self._problem(table.sheet, row, 0, str(cells[0]), expected)
            return
        table.votes.rows[unit] = row
        votes = table.votes.votes.setdefault(unit, {})
        for column, cell in enumerate(cells[1:], 1):
            if column in table.choices:
                count = self._votes(table.sheet, row, column, cell)
                if count is not None:
                    votes[column] = count
                    self._take(table, row, column, unit, count)
                elif not plain(cell or ""):
                    table.blank.append(f"{letter(column)}{row + 1}")
            elif not plain(table.heads[column]) and holds_number(cell):
                expected = message("choice_above")
                self._problem(table.sheet, row, column, shown(cell), expected)
        whole = sum(votes.values(), Decimal(0))
        for column, published in self._published(table, row, cells, table.row_totals).items():
            if published != whole:
                self._differs(table.sheet, row, column, published, whole)

    def _take(self, table: _Table, row: int, column: int, unit: str, count: Decimal) -> None:
        assert self._item is not None
        cell = Cell(table.contest.code, self._item, "", table.choices[column])
        place = f"{table.sheet}!{letter(column)}{row + 1}"
        self.figures.append(FigureInFile(row + 1, *self._place, unit, cell, format_value(count), place=place))

    def _votes(self, sheet: str, row: int, column: int, cell: object) -> Decimal | None:
        try:
            votes = number(cell)
        except NotANumber as strange:
            self._problem(sheet, row, column, shown(cell), str(strange.facts["expected"]))
            return None
        if votes is None:
            if cell not in NOTHING and str(cell).strip() not in NOTHING:
                self._problem(sheet, row, column, shown(cell), message("votes"))
        elif not votes.is_finite() or votes < 0 or votes != round(votes, 3):
            expected = message("number_of_votes")
            self._problem(sheet, row, column, shown(cell), expected)
        else:
            return votes.normalize() + 0
        return None

    def _meant(self, table: _Table, label: str, row: int) -> list[frozenset[str]] | None:
        """The sets of units a total row may sum, the likeliest first; None for a label that is no total's."""
        heads = {plain(table.contest.label.ja), *(plain(cell.text) for cell in self._title)}
        everything = frozenset(table.votes.rows)
        for before, word in self._words.readings(label):
            inside = table.areas.get(before)
            if before and before not in heads and inside is None and word.sums != ("neighbours",):
                continue
            within = everything & inside if inside is not None else everything
            meant: list[frozenset[str]] = []
            if "sheet" in word.sums or (inside is not None and "neighbours" in word.sums):
                meant.append(within)
            if "ending" in word.sums:
                meant.append(frozenset(unit for unit in within if self._ends(unit, word.endings)))
            if "neighbours" in word.sums and inside is None:
                meant += table.votes.neighbours(row)
            return meant
        return None

    def _ends(self, unit: str, endings: Sequence[str]) -> bool:
        """By the municipality: 高松市第1区 and the wards of a city count as 市; 区 are what no city stands above."""
        roster = self._known.roster
        names = {plain(roster.units[unit].name)}
        for geography, path in roster.places[unit].items():
            names |= {
                plain(roster.nodes[geography, code].name)
                for code in path
                if (geography, code) in roster.nodes
            }
        city = any(name.endswith("市") for name in names)
        return any(
            any(name.endswith(ending) for name in names) and not (ending == "区" and city)
            for ending in endings
        )

    def _compare(self, table: _Table) -> None:
        columns = [*table.choices, *table.row_totals]
        totals = [
            Published(row, self._published(table, row, cells, columns), self._meant(table, label, row) or [])
            for row, label, cells in table.totals
        ]
        for difference in table.votes.differences(totals, list(table.choices), table.row_totals):
            self._differs(
                table.sheet, difference.row, difference.column, difference.published, difference.summed
            )
        if not any(total.values for total in totals):
            self.notes.append(f"{table.sheet}: {message('no_total_row')}")
        if table.blank:
            told = message("cells_without_votes", count=len(table.blank), cells=_list(table.blank))
            self.notes.append(f"{table.sheet}: {told}")
        expected = sorted({unit for units in table.units.values() for unit in units})
        if lacking := [unit for unit in expected if unit not in table.votes.rows]:
            names = _list([self._known.roster.units[unit].name for unit in lacking])
            there = len(expected) - len(lacking)
            told = message("units_without_row", there=there, all=len(expected), names=names)
            self.notes.append(f"{table.sheet}: {told}")

    def _published(
        self, table: _Table, row: int, cells: Sequence[object], columns: Sequence[int]
    ) -> dict[int, Decimal]:
        """Column → published total, at most 3 decimals; what cannot be read is told."""
        values: dict[int, Decimal] = {}
        for column in columns:
            try:
                total = number(cells[column])
            except NotANumber:
                place = f"{table.sheet}!{letter(column)}{row + 1}"
                self.notes.append(f"{place}: {message('total_unread', text=shown(cells[column]))}")
                continue
            if total is not None and total.is_finite():
                values[column] = round(total, 3)
        return values

    def _differs(self, sheet: str, row: int, column: int, published: Decimal, summed: Decimal) -> None:
        told = message("total_differs", published=format_value(published), summed=format_value(summed))
        self.notes.append(f"{sheet}!{letter(column)}{row + 1}: {told}")

    def _problem(self, sheet: str, row: int, column: int, found: object, expected: str) -> None:
        place = f"{sheet}!{letter(column)}{row + 1}"
        self.problems.append(FileProblem(self._file, row + 1, place, shown(found), expected))


def _list(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _aliases(path: Path | None) -> dict[str, str]:
    """`found,meant` rows: names as a file has them, and as the definition does."""
    if path is None:
        return {}
    return {
        plain(f["found"]): plain(f["meant"])
        for _, f in read_table(path.name, path.read_bytes(), ("found", "meant"))
    }
