"""A wide table: one row is one unit, its figures stand side by side; in the sheets of a workbook, or as text.

Every row is a unit, a total or a note, and every column is read, compared or ignored; what is none of these and has a number is
refused, for its votes would vanish. Published totals are compared, and a difference is told, never repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Self

from reporting.domain.election import Contest, ItemKind
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.typed import NotANumber, cell_text, is_blank
from reporting.files.problems import FileProblem, Problems, shown
from reporting.files.spool import Spool
from reporting.importing.checking import FigureInFile
from reporting.importing.long import figure_of
from reporting.importing.mapping import CellSource, ContestSource, FileMapping, Numbers, Wide
from reporting.importing.messages import message
from reporting.importing.resolving import ElectionWords, Misread
from reporting.importing.titles import TitleCell, check_title, joined
from reporting.importing.totals import Published, TotalWords, UnitVotes
from reporting.importing.words import letter, plain, said
from reporting.suggest import with_hint

NAMED = 8
"""Units without a row that are named in a note; more are counted."""

Cells = Sequence[object]


@dataclass(frozen=True, slots=True)
class TableInFile:
    """`name`: of its sheet, empty of a text. `lines`: number of each row in the file, from 1."""

    name: str
    rows: Sequence[Cells]
    lines: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Column:
    """Figures below one heading. `choice`: a code, or (`named`) the name of a candidate or party that the heading is. `form`,
    `slot`: where they are not the file's."""

    contest: ContestSource
    item: str
    breakdown: str
    choice: str
    named: bool
    form: str | None = None
    slot: str | None = None


@dataclass(slots=True)
class _Table:
    """One table: `headings`: as joined from their rows; `sums`: column → the columns it sums; `units`: name → codes it may
    mean; `areas`: name of an area above → the units below it; `blank`: cells of units' rows, in columns of figures, with
    nothing in them, not even a dash."""

    given: TableInFile
    unit: int
    headings: Sequence[str]
    labels: Sequence[int]
    contests: Sequence[Contest]
    titled: Contest | None
    columns: Mapping[int, _Column]
    sums: Mapping[int, Sequence[int]]
    units: Mapping[str, Sequence[str]]
    areas: Mapping[str, frozenset[str]]
    votes: UnitVotes = field(default_factory=UnitVotes)
    blank: list[str] = field(default_factory=list)
    totals: list[tuple[int, str, Cells]] = field(default_factory=list)

    @property
    def parts(self) -> dict[int, Sequence[int]]:
        return {**{column: (column,) for column in self.columns}, **self.sums}


class WideReader:
    """`table` by table to `figures`, on disk; `problems` and `notes` as they come. `check` when all were read."""

    def __init__(
        self,
        file: str,
        mapping: FileMapping,
        words: ElectionWords,
        place: tuple[str, str, str],
        aliases: Mapping[str, str],
        total_words: TotalWords,
        problems: Problems,
    ) -> None:
        assert mapping.wide is not None
        self.figures = Spool[FigureInFile]()
        self.notes: list[str] = []
        self._file, self._mapping, self._wide, self._words = file, mapping, mapping.wide, words
        self._election, self._place, self._problems = words.election, place, problems
        table = mapping.tables.get(mapping.unit.table or "", {})
        self._aliases = {plain(there): plain(meant) for there, meant in table.items()} | dict(aliases)
        self._total_words = total_words
        self._title: list[TitleCell] = []
        self._tables = 0
        self._contests = {plain(contest.label.ja): contest for contest in self._election.definition.contests}
        self._item = _item_of(self._wide, words, place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.figures.__exit__(kind, error, trace)

    def table(self, given: TableInFile) -> None:
        """One sheet, or the whole text."""
        head_text = self._mapping.file.head or self._mapping.unit.column or ""
        head = next(
            (row for row, cells in enumerate(given.rows) if any(plain(cell) == plain(head_text) for cell in cells)), None
        )  # fmt: skip
        if head is None:
            self.notes.append(f"{given.name or self._file}: {message('no_table')}")
            return
        self._tables += 1
        rows, choices = self._wide.head_rows, self._wide.choices
        above = choices is not None and choices.row is not None and head > 0
        starts_so = above and plain(next(iter(given.rows[head - 1]), "")) == plain(
            choices.row if choices else ""
        )
        first = head - 1 if starts_so else head
        headings = (
            [said(cell) for cell in given.rows[first]]
            if starts_so
            else _headings(given.rows[head : head + rows])
        )
        heads = [said(cell) for cell in given.rows[head]] if rows == 1 else headings
        title = [
            TitleCell(given.lines[row], self._at(given, column, row), text)
            for row, cells in enumerate(given.rows[:first])
            for column, cell in enumerate(cells)
            if (text := joined(cell))
        ]
        self._title += title
        unit = next(
            (place for place, heading in enumerate(heads) if plain(heading) == plain(self._mapping.unit.column)), None
        )  # fmt: skip
        if unit is None:
            self._problem(
                given, head, 0, head_text, message("column_of_units", name=self._mapping.unit.column)
            )
            return
        table = self._begun(given, title, headings, unit, first)
        if table is None:
            return
        for row in range(head + rows, len(given.rows)):
            self._row(table, row, given.rows[row])
        self._compare(table)

    def check(self, confirmed: Sequence[str]) -> None:
        """Whether there was a table, and day and name in the titles of all of them."""
        if not self._tables:
            head = self._mapping.file.head or self._mapping.unit.column or ""
            self._problems.add(FileProblem(self._file, None, "", "0", message("a_table", head=head)))
            return
        check_title(
            self._file, self._title, self._election.definition, confirmed, self._mapping.agrees.title, self._problems
        )  # fmt: skip

    def _begun(
        self, given: TableInFile, title: Sequence[TitleCell], headings: Sequence[str], unit: int, head: int
    ) -> _Table | None:
        titled = None
        if any(source.title for source in self._contest_sources()):
            titled = self._titled(given, title, max(0, head - 1))
            if titled is None:
                return None
        if self._wide.choices is not None and self._item is None:
            self._problem(given, head, 0, self._place[1], message("form_by_choice"))
            return None
        contests = self._asked(titled)
        columns, sums = self._columns(given, headings, unit, head, titled)
        names = [plain(cell.text) for cell in title] if titled is not None else []
        units, areas = self._units(contests, names)
        ignored = {plain(heading) for heading in self._mapping.ignored}
        labels = [
            unit,
            *(place for place, heading in enumerate(headings) if plain(heading) in ignored and place != unit),
        ]
        self._tell_without_column(given, columns, titled)
        return _Table(given, unit, headings, labels, contests, titled, columns, sums, units, areas)

    def _contest_sources(self) -> Iterator[ContestSource]:
        if self._wide.choices is not None:
            yield self._wide.choices.contest
        yield from (column.cell.contest for column in self._wide.columns)

    def _asked(self, titled: Contest | None) -> list[Contest]:
        """Contests of which a table may hold figures."""
        contests: dict[str, Contest] = {}
        for source in self._contest_sources():
            contests |= {contest.code: contest for contest in self._of(source, titled)}
        return list(contests.values())

    def _of(self, source: ContestSource, titled: Contest | None) -> Sequence[Contest]:
        if source.title:
            return () if titled is None else (titled,)
        if source.kind is not None:
            return self._words.contests_of_kind(source.kind)
        if source.value is not None:
            try:
                return (self._words.contest(source.value),)
            except Misread as wrong:
                self._problems.add(FileProblem(self._file, None, "contest", wrong.stands, wrong.expected))
                return ()
        return self._election.definition.contests

    def _titled(self, given: TableInFile, title: Sequence[TitleCell], row: int) -> Contest | None:
        """The one contest that title and sheet name speak of; its label, or an alias of it."""
        stated: dict[str, Contest] = {}
        for text in (*(plain(cell.text) for cell in title), plain(given.name)):
            contest = self._contests.get(text) or self._contests.get(self._aliases.get(text, ""))
            if contest is not None:
                stated[contest.code] = contest
        if len(stated) == 1 and any(self._says(cell.text, stated) for cell in title):
            return next(iter(stated.values()))
        there = " / ".join(contest.label.ja for contest in stated.values()) or " ".join(
            cell.text for cell in title
        )
        self._problem(given, row, 0, there[-60:], message("one_contest"))
        return None

    def _says(self, text: str, stated: Mapping[str, Contest]) -> bool:
        name = plain(text)
        contest = self._contests.get(name) or self._contests.get(self._aliases.get(name, ""))
        return contest is not None and contest.code in stated

    def _columns(
        self, given: TableInFile, headings: Sequence[str], unit: int, head: int, titled: Contest | None
    ) -> tuple[dict[int, _Column], dict[int, Sequence[int]]]:
        """What each column holds, and what the columns of sums add up."""
        fixed = {plain(column.heading): column.cell for column in self._wide.columns}
        stated = {plain(column.heading): column for column in self._wide.sums}
        ignored = {plain(heading) for heading in self._mapping.ignored}
        columns: dict[int, _Column] = {}
        sums: dict[int, Sequence[str] | None] = {}
        places: dict[str, int] = {}
        for place, heading in enumerate(headings):
            name = plain(heading)
            if place == unit or not name:
                continue
            if name in places and name not in ignored:
                self._problem(given, head, place, shown(heading), message("one_column_each"))
            elif name in fixed:
                columns[place] = _fixed(fixed[name])
            elif name in stated:
                sums[place] = [plain(part) for part in stated[name].of] or None
            elif name in self._total_words.columns and self._wide.choices is not None:
                sums[place] = None
            elif name not in ignored:
                self._choice_column(given, columns, head, place, heading, titled)
            places.setdefault(name, place)
        for lacking in fixed.keys() - places.keys():
            heading = next(
                column.heading for column in self._wide.columns if plain(column.heading) == lacking
            )
            self._problem(given, head, 0, message("no_column"), message("column_of", name=heading))
        named = [place for place, column in columns.items() if column.named]
        return columns, {
            place: named if parts is None else [places[part] for part in parts if part in places]
            for place, parts in sums.items()
        }

    def _choice_column(
        self, given: TableInFile, columns: dict[int, _Column], head: int, place: int, heading: str, titled: Contest | None
    ) -> None:  # fmt: skip
        choices = self._wide.choices
        if choices is None or self._item is None:
            headings = [column.heading for column in self._wide.columns] + [
                *(column.heading for column in self._wide.sums), *self._mapping.ignored
            ]  # fmt: skip
            self._problem(
                given,
                head,
                place,
                shown(heading),
                with_hint(message("column_said", ignored="ignored"), heading, headings),
            )
            return
        asked = self._of(choices.contest, titled)
        written = [
            plain(heading),
            plain(heading.rpartition("/")[2]),
        ]  # 得票数/甲党: a name below a common heading
        names = [self._aliases.get(text, text) for text in written]
        name = next((text for text in names if any(self._code(contest, text) for contest in asked)), names[0])
        codes = [code for contest in asked if (code := self._code(contest, name)) is not None]
        taken = [
            column.choice
            for column in columns.values()
            if column.named and len(asked) == 1 and self._code(asked[0], column.choice) in codes
        ]
        if not codes:
            label = asked[0].label if len(asked) == 1 else None
            ja, en = (
                (label.ja, label.en or label.ja)
                if label
                else (choices.contest.kind or "", choices.contest.kind or "")
            )
            expected = message("a_choice", contest_ja=ja, contest_en=en)
            self._problem(given, head, place, shown(heading), expected)
        elif taken:
            self._problem(given, head, place, shown(heading), message("one_column_each"))
        else:
            columns[place] = _Column(choices.contest, self._item, "", name, named=True)

    def _code(self, contest: Contest, name: str) -> str | None:
        assert self._wide.choices is not None
        try:
            return self._words.choice(contest.code, name, self._wide.choices)
        except Misread:
            return None

    def _tell_without_column(
        self, given: TableInFile, columns: Mapping[int, _Column], titled: Contest | None
    ) -> None:
        choices = self._wide.choices
        if choices is None:
            return
        for contest in self._of(choices.contest, titled):
            there = {self._code(contest, column.choice) for column in columns.values() if column.named}
            lacking = [choice.name for choice in contest.choices if choice.code not in there]
            if lacking and len(lacking) < len(contest.choices):
                told = message("choices_without_column", count=len(lacking), names=_list(lacking))
                self.notes.append(f"{given.name or self._file}: {told}")

    def _units(
        self, contests: Sequence[Contest], title: Sequence[str]
    ) -> tuple[dict[str, list[str]], dict[str, frozenset[str]]]:
        """Names a unit may go by (its own, and its own behind that of any area above it), and the areas above with the
        units below each. Where the title names an area, only units below that one."""
        roster = self._election.roster
        asked = list(
            dict.fromkeys(unit for contest in contests for unit in roster.contest_units[contest.code])
        )
        below: dict[str, set[str]] = {}
        for unit in asked:
            for geography, path in roster.places[unit].items():
                for code in path:
                    if (geography, code) in roster.nodes:
                        below.setdefault(plain(roster.nodes[geography, code].name), set()).add(unit)
        titled = set().union(*(below[name] for name in title if name in below))
        taken = titled or set(asked)
        units: dict[str, list[str]] = {}
        for unit in (unit for unit in asked if unit in taken):
            own = plain(roster.units[unit].name)
            official = roster.official_codes.get(unit)
            own_names = {own} if official is None else {own, plain(official)}
            above = {area for area, inside in below.items() if unit in inside}
            for name in {*own_names, *(area + own for area in above)}:
                units.setdefault(name, []).append(unit)
        return units, {name: frozenset(inside & taken) for name, inside in below.items()}

    def _row(self, table: _Table, row: int, cells: Cells) -> None:
        cells = [*cells, *[""] * (len(table.headings) - len(cells))]
        looked_at = [*table.columns, *table.sums, *(n for n in range(len(cells)) if self._unheaded(table, n))]
        numbers = [place for place in sorted(looked_at) if holds_number(cells[place], self._mapping.numbers)]
        text = said(cells[table.unit])
        label = plain(text)
        units, wrong = self._named(table, text) if label else ((), None)
        if len(units) == 1:
            self._unit(table, row, cells, units[0])
            return
        words = next(
            (plain(said(cells[n])) for n in table.labels if self._total(table, plain(said(cells[n])), row)),
            "",
        )
        if units:
            self._unknown(table, row, f"{text}（{len(units)}）")
        elif words:
            table.votes.breaks.append(row)
            table.totals.append((row, words, cells))
        elif numbers and not label:
            place = numbers[0]
            where = letter(table.unit) if table.given.name else self._mapping.unit.column or ""
            expected = message("unit_in_column_a", column=where, row=table.given.lines[row])
            self._problem(table.given, row, place, shown(cells[place]), expected, table)
        elif label and (numbers or any(cells[place] not in ("", None) for place in table.columns)):
            self._unknown(table, row, text, wrong)
        elif told := " ".join(said(cell) for cell in cells if cell not in ("", None)):
            at = self._at(table.given, table.unit, row, table)
            self.notes.append(f"{at}: {message('note_passed_over', text=shown(told))}")

    def _unheaded(self, table: _Table, place: int) -> bool:
        return place != table.unit and (place >= len(table.headings) or not plain(table.headings[place]))

    def _total(self, table: _Table, label: str, row: int) -> bool:
        return bool(label) and self._meant(table, label, row) is not None

    def _named(self, table: _Table, text: str) -> tuple[Sequence[str], str | None]:
        """Codes of the units that a row may be, and what is expected where it is none."""
        if self._mapping.unit.by == "name":
            label = plain(text)
            return table.units.get(label) or table.units.get(self._aliases.get(label, ""), ()), None
        try:
            unit = self._words.unit(self._aliases.get(plain(text), text), self._mapping.unit)
        except Misread as wrong:
            return (), wrong.expected
        asked = {unit for units in table.units.values() for unit in units}
        return ((unit,), None) if unit in asked else ((), None)

    def _unknown(self, table: _Table, row: int, there: str, expected: str | None = None) -> None:
        labels = [contest.label for contest in table.contests[:3]]
        told = expected or message(
            "one_unit",
            contest_ja="、".join(label.ja for label in labels),
            contest_en=", ".join(label.en or label.ja for label in labels),
        )
        self._problem(table.given, row, table.unit, there, told, table)

    def _unit(self, table: _Table, row: int, cells: Cells, unit: str) -> None:
        if (first := table.votes.rows.get(unit)) is not None:
            expected = message("unit_once", row=table.given.lines[first])
            self._problem(table.given, row, table.unit, said(cells[table.unit]), expected, table)
            return
        table.votes.rows[unit] = row
        votes = table.votes.votes.setdefault(unit, {})
        for place, cell in enumerate(cells):
            if (column := table.columns.get(place)) is not None:
                value = self._value(table, row, place, cell)
                if value is None:
                    continue
                if isinstance(value, Decimal):
                    votes[place] = value
                self._take(table, row, place, unit, column, value)
            elif self._unheaded(table, place) and holds_number(cell, self._mapping.numbers):
                self._problem(table.given, row, place, shown(cell), message("choice_above"), table)
        for place, published in self._published(table, row, cells, tuple(table.sums)).items():
            whole = sum((votes.get(part, Decimal(0)) for part in table.sums[place]), Decimal(0))
            if published != whole:
                self._differs(table, row, place, published, whole)

    def _take(self, table: _Table, row: int, place: int, unit: str, column: _Column, value: Value) -> None:
        """A cell of a contest on which the unit does not report belongs to nobody."""
        source = column.contest
        try:
            if source.title:
                assert table.titled is not None
                contest = table.titled.code
            elif source.kind is not None:
                contest = self._words.contest_of_kind(unit, source.kind)
            else:
                contest = self._words.contest(source.value or "").code
            choice = column.choice
            if column.named:
                assert self._wide.choices is not None
                choice = self._words.choice(contest, column.choice, self._wide.choices)
        except Misread as wrong:
            self._problem(table.given, row, place, wrong.stands, wrong.expected, table)
            return
        cell = Cell(contest, column.item, column.breakdown, choice)
        at = self._at(table.given, place, row, table)
        election, form, slot = self._place
        where = (election, column.form or form, column.slot or slot)
        self.figures.put(
            FigureInFile(table.given.lines[row], *where, unit, cell, format_value(value), place=at)
        )

    def _value(self, table: _Table, row: int, place: int, cell: object) -> Value | None:
        """None for a cell that says nothing, or nothing that is understood."""
        if is_blank(cell):
            if self._mapping.numbers.blank == "refused":
                self._problem(table.given, row, place, "", message("number_or_absence"), table)
            else:
                table.blank.append(self._short(table, place, row))
            return None
        try:
            return figure_of(cell_text(cell), self._mapping.numbers)
        except NotANumber as strange:
            self._problem(table.given, row, place, shown(cell), str(strange.facts["expected"]), table)
        except Misread as wrong:
            self._problem(table.given, row, place, shown(cell), wrong.expected, table)
        return None

    def _meant(self, table: _Table, label: str, row: int) -> list[frozenset[str]] | None:
        """The sets of units a total row may sum, the likeliest first; None for a label that is no total's."""
        heads = {plain(cell.text) for cell in self._title}
        heads |= {plain(contest.label.ja) for contest in table.contests}
        everything = frozenset(table.votes.rows)
        for before, word in self._total_words.readings(label):
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
        roster = self._election.roster
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
        at = table.given.name or self._file
        totals = [
            Published(
                row,
                self._published(table, row, cells, tuple(table.parts)),
                self._meant(table, label, row) or [],
            )
            for row, label, cells in table.totals
        ]
        for difference in table.votes.differences(totals, table.parts):
            self._differs(table, difference.row, difference.column, difference.published, difference.summed)
        if not any(total.values for total in totals):
            self.notes.append(f"{at}: {message('no_total_row')}")
        if table.blank:
            told = message("cells_without_votes", count=len(table.blank), cells=_list(table.blank))
            self.notes.append(f"{at}: {told}")
        expected = sorted({unit for units in table.units.values() for unit in units})
        if lacking := [unit for unit in expected if unit not in table.votes.rows]:
            names = _list([self._election.roster.units[unit].name for unit in lacking])
            there = len(expected) - len(lacking)
            told = message("units_without_row", there=there, all=len(expected), names=names)
            self.notes.append(f"{at}: {told}")

    def _published(self, table: _Table, row: int, cells: Cells, columns: Sequence[int]) -> dict[int, Decimal]:
        """Column → published total; what cannot be read is told."""
        values: dict[int, Decimal] = {}
        for place in columns:
            if is_blank(cells[place]):
                continue
            try:
                total = figure_of(cell_text(cells[place]), self._mapping.numbers)
            except (NotANumber, Misread):
                at = self._at(table.given, place, row, table)
                self.notes.append(f"{at}: {message('total_unread', text=shown(cells[place]))}")
                continue
            if isinstance(total, Decimal):
                values[place] = total
        return values

    def _differs(self, table: _Table, row: int, place: int, published: Decimal, summed: Decimal) -> None:
        told = message("total_differs", published=format_value(published), summed=format_value(summed))
        self.notes.append(f"{self._at(table.given, place, row, table)}: {told}")

    def _at(self, given: TableInFile, place: int, row: int, table: _Table | None = None) -> str:
        """Sheet and cell of a workbook; of a text the column's heading, for its row is told beside it."""
        if given.name:
            return f"{given.name}!{letter(place)}{given.lines[row]}"
        heading = "" if table is None or place >= len(table.headings) else table.headings[place]
        return heading or letter(place)

    def _short(self, table: _Table, place: int, row: int) -> str:
        line = table.given.lines[row]
        return f"{letter(place)}{line}" if table.given.name else f"{line} {table.headings[place]}"

    def _problem(
        self, given: TableInFile, row: int, place: int, there: object, expected: str, table: _Table | None = None
    ) -> None:  # fmt: skip
        at = self._at(given, place, row, table)
        self._problems.add(FileProblem(self._file, given.lines[row], at, shown(there), expected))


def holds_number(cell: object, numbers: Numbers) -> bool:
    if is_blank(cell):
        return False
    try:
        return isinstance(figure_of(cell_text(cell), numbers), Decimal)
    except (NotANumber, Misread):
        return False


def _fixed(cell: CellSource) -> _Column:
    return _Column(
        cell.contest, cell.item.value or "", cell.breakdown.value or "", cell.choice.value or "", False, cell.form, cell.slot
    )  # fmt: skip


def _item_of(wide: Wide, words: ElectionWords, place: tuple[str, str, str]) -> str | None:
    """The item of candidates' and parties' columns: as the mapping says, else the form's own."""
    if wide.choices is None or wide.choices.item is not None:
        return None if wide.choices is None else wide.choices.item
    asked = words.election.form(place[1], place[2]).items
    items = (
        item.code
        for item in words.election.definition.items
        if item.by_choice and item.kind is ItemKind.VOTES and item.code in asked
    )
    return next(items, None)


def _headings(rows: Sequence[Cells]) -> list[str]:
    """Rows of headings, joined from above with `/`; above a heading, a blank goes on with what stands to its left."""
    width = max((len(row) for row in rows), default=0)
    joined_headings: list[list[str]] = [[] for _ in range(width)]
    for level, row in enumerate(rows):
        last = ""
        for place in range(width):
            text = said(row[place]).strip() if place < len(row) else ""
            below = [said(under[place]).strip() for under in rows[level + 1 :] if place < len(under)]
            if not text and any(below):
                text = last
            last = text or last
            if text:
                joined_headings[place].append(text)
    return ["/".join(parts) for parts in joined_headings]


def _list(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
