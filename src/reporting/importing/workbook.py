"""The ministry's result workbooks (市区町村別得票数): one sheet for a district or prefecture, units down, choices across.

Names are matched to codes after NFKC and without spaces and brackets; what is stored are codes. Known misprints come
from a table of aliases. Published totals (rows and columns) are compared, and a difference is told, never repaired.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.definitions.problems import FileProblem, FileRefused, shown
from reporting.definitions.tables import read_table
from reporting.domain.actor import Actor
from reporting.domain.election import Contest, ItemKind
from reporting.domain.figures import Cell, format_value
from reporting.domain.typed import NotANumber, number_text
from reporting.importing.report import ImportReport, Progress, digest, quiet
from reporting.importing.returns import FigureRow, take_figures
from reporting.importing.sheets import Sheet, sheets

UNITS_HEAD, CANDIDATES_HEAD = "市区町村名＼政党名", "候補者名"
TOTAL_ROW, TOTAL_COLUMN = "合計", "得票数計"
_IGNORED = str.maketrans("", "", " \t\n()[]「」（）［］第　")


def import_workbook(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    election: str,
    form: str,
    slot: str,
    aliases: Path | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """Votes of one workbook into one form and slot. FileRefused naming sheet, row and column of every name or number
    that is not understood; `notes` of the report tell published totals that do not agree with their rows."""
    data = path.read_bytes()
    known = service.catalog.election(election)
    known.shape(form, slot)
    reader = _Reader(path.name, known, (election, form, slot), _aliases(aliases))
    for name, rows in sheets(path.name, data):
        progress(len(reader.figures), 0, f"read {name}")
        reader.sheet(name, rows)
    if reader.problems:
        raise FileRefused(path.name, reader.problems)
    if not reader.figures:
        raise FileRefused(
            path.name, [FileProblem(path.name, None, "", "0", f"{UNITS_HEAD} の表 / a result table")]
        )
    kind = f"workbook/{election}/{form}/{slot}"
    return take_figures(
        path.name,
        kind,
        digest(data),
        reader.figures,
        service,
        actor,
        dry_run=dry_run,
        progress=progress,
        notes=reader.notes,
    )


def plain(name: object) -> str:
    """A name as it is compared: NFKC, without spaces, brackets and 第; the stored name stays as typed."""
    return unicodedata.normalize("NFKC", str(name)).translate(_IGNORED)


class _Reader:
    def __init__(
        self, file: str, known: KnownElection, place: tuple[str, str, str], aliases: Mapping[str, str]
    ) -> None:
        self.figures: list[FigureRow] = []
        self.problems: list[FileProblem] = []
        self.notes: list[str] = []
        self._file, self._known, self._place, self._aliases = file, known, place, aliases
        self._contests = {plain(one.label.ja): one for one in known.definition.contests}
        self._item = next(
            item.code for item in known.definition.items if item.by_choice and item.kind is ItemKind.VOTES
        )

    def sheet(self, name: str, rows: Sheet) -> None:
        head = next(
            (row for row, cells in enumerate(rows) if cells and plain(cells[0]) == plain(UNITS_HEAD)), None
        )
        if head is None or head < 1:
            self.notes.append(f"{name}: 表がないため読み飛ばし / no table, passed over")
            return
        title = [plain(cell) for row in rows[:head] for cell in row if isinstance(cell, str) and cell.strip()]
        contest = next((self._contests[text] for text in title if text in self._contests), None)
        choices_row = head - 1 if plain(rows[head - 1][0]) == plain(CANDIDATES_HEAD) else head
        if contest is None:
            expected = "選挙区名 / the label of a contest of this election"
            self._problem(name, max(0, choices_row - 1), "A", " ".join(title)[-60:], expected)
            return
        columns = dict(self._columns(name, choices_row, rows[choices_row], contest))
        units = self._units(contest, title)
        sums = {column: Decimal(0) for column in columns}
        for number, cells in enumerate(rows[head + 1 :], head + 1):
            label = plain(cells[0])
            if not label:
                continue
            if label.endswith(TOTAL_ROW):
                self._compare(name, number, cells, sums, columns)
                continue
            found = units.get(label) or units.get(self._aliases.get(label, ""))
            if found is None or len(found) > 1:
                several = f"（{len(found)}）" if found else ""
                self._problem(
                    name,
                    number,
                    "A",
                    f"{cells[0]}{several}",
                    f"{contest.label.ja} の開票区 / one unit of the contest",
                )
                continue
            row_sum = Decimal(0)
            for column, choice in columns.items():
                value = self._votes(name, number, column, cells[column])
                if value is not None:
                    sums[column] += value
                    row_sum += value
                    cell = Cell(contest.code, self._item, "", choice)
                    self.figures.append(
                        FigureRow(number + 1, *self._place, found[0], cell, format_value(value))
                    )
            self._compare_row(name, number, rows[choices_row], cells, row_sum)

    def _columns(
        self, sheet: str, row: int, cells: Sequence[object], contest: Contest
    ) -> Iterator[tuple[int, str]]:
        by_name = {plain(choice.name): choice.code for choice in contest.choices}
        for column, cell in enumerate(cells[1:], 1):
            name = plain(cell)
            if not name or name == TOTAL_COLUMN:
                continue
            code = by_name.get(name) or by_name.get(self._aliases.get(name, ""))
            if code is None:
                self._problem(
                    sheet,
                    row,
                    _letter(column),
                    shown(cell),
                    f"{contest.label.ja} の候補者・政党 / a choice of the contest",
                )
            else:
                yield column, code

    def _units(self, contest: Contest, title: Sequence[str]) -> dict[str, list[str]]:
        """Names a unit may go by: its own, and its own behind that of any area above it. Where the sheet's title
        names an area, only units below that one."""
        roster = self._known.roster
        found: dict[str, list[str]] = {}
        for unit in roster.contest_units[contest.code]:
            above = {
                plain(roster.nodes[geography, code].name)
                for geography, path in roster.places[unit].items()
                for code in path
                if (geography, code) in roster.nodes
            }
            own = plain(roster.units[unit].name)
            for name in {own, *(area + own for area in above)}:
                found.setdefault(name, []).append(unit)
        titled = {
            unit
            for unit in roster.contest_units[contest.code]
            for geography, path in roster.places[unit].items()
            for code in path
            if (geography, code) in roster.nodes and plain(roster.nodes[geography, code].name) in title
        }
        if not titled:
            return found
        return {
            name: kept
            for name, units in found.items()
            if (kept := [unit for unit in units if unit in titled])
        }

    def _votes(self, sheet: str, row: int, column: int, cell: object) -> Decimal | None:
        if isinstance(cell, str) and cell not in ("", "-", "－"):
            try:
                votes = Decimal(number_text(cell))
            except NotANumber as strange:
                self._problem(sheet, row, _letter(column), shown(cell), str(strange.facts["expected"]))
                return None
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            votes = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
        else:
            if cell not in ("", None, "-", "－"):
                self._problem(sheet, row, _letter(column), shown(cell), "得票数 / a number of votes")
            return None
        if not votes.is_finite() or votes < 0 or votes != round(votes, 3):
            self._problem(
                sheet,
                row,
                _letter(column),
                shown(cell),
                "0 以上、小数 3 桁まで / at least 0, at most 3 decimals",
            )
            return None
        return votes.normalize() + 0

    def _compare(
        self,
        sheet: str,
        row: int,
        cells: Sequence[object],
        sums: Mapping[int, Decimal],
        columns: Mapping[int, str],
    ) -> None:
        for column in columns:
            published = cells[column]
            if isinstance(published, int | float) and round(Decimal(repr(published)), 3) != sums[column]:
                self._note(sheet, row, _letter(column), published, sums[column])

    def _compare_row(
        self, sheet: str, row: int, heads: Sequence[object], cells: Sequence[object], row_sum: Decimal
    ) -> None:
        for column, head in enumerate(heads):
            published = cells[column]
            if (
                plain(head) == TOTAL_COLUMN
                and isinstance(published, int | float)
                and round(Decimal(repr(published)), 3) != row_sum
            ):
                self._note(sheet, row, _letter(column), published, row_sum)

    def _note(self, sheet: str, row: int, column: str, published: float, found: Decimal) -> None:
        where = f"{sheet}!{column}{row + 1}"
        self.notes.append(
            f"{where}: 公表の合計 {published} ≠ 内訳の合計 {found} / published total differs from its parts"
        )

    def _problem(self, sheet: str, row: int, column: str, found: object, expected: str) -> None:
        self.problems.append(
            FileProblem(self._file, row + 1, f"{sheet}!{column}{row + 1}", shown(found), expected)
        )


def _aliases(path: Path | None) -> dict[str, str]:
    """`found,meant` rows: names as a file has them, and as the definition does."""
    if path is None:
        return {}
    return {
        plain(f["found"]): plain(f["meant"])
        for _, f in read_table(path.name, path.read_bytes(), ("found", "meant"))
    }


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
