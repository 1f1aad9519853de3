"""The head of a wide table: which row it is, whose figures its columns hold, and which units its rows may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from reporting.domain.election import Contest
from reporting.domain.items import ItemKind
from reporting.files.problems import FileProblem, Problems, shown
from reporting.importing.mapping import CellSource, ContestSource, FileMapping, Wide
from reporting.importing.messages import message
from reporting.importing.resolving import ElectionWords, Misread
from reporting.importing.titles import TitleCell, joined
from reporting.importing.totals import TotalWords
from reporting.importing.wide_table import Cells, FiguresBelow, TableInFile, Telling, WideTable, listed
from reporting.importing.words import plain, said
from reporting.suggest import with_hint

MAX_ABOVE = 1_000
"""Rows in which the row of headings is looked for: what stands above it is held."""


@dataclass(frozen=True, slots=True)
class Head:
    """`title`: what stands above the table; `below`: index of the first row beneath it; `table`: None where the head was not
    understood, which was told."""

    title: Sequence[TitleCell]
    below: int
    table: WideTable | None


class HeadReader:
    """Every column is read, compared or ignored; what is none of these is told."""

    def __init__(
        self,
        file: str,
        mapping: FileMapping,
        words: ElectionWords,
        place: tuple[str, str, str],
        aliases: Mapping[str, str],
        total_words: TotalWords,
        problems: Problems,
        told: Telling,
    ) -> None:
        assert mapping.wide is not None
        self._file, self._mapping, self._wide, self._words = file, mapping, mapping.wide, words
        self._election, self._place, self._problems, self._told = words.election, place, problems, told
        self._aliases, self._total_words = aliases, total_words
        self._contests = {plain(contest.label.ja): contest for contest in self._election.definition.contests}
        self._item = _item_of(self._wide, words, place)

    def read(self, given: TableInFile) -> Head | None:
        """Of one sheet, or of the whole text, up to the last row of headings; None where it has no table."""
        head_text = self._mapping.file.head or self._mapping.unit.column or ""
        above_it, wanted = list[Cells](), plain(head_text)
        for cells in islice(given.rows, MAX_ABOVE):
            if any(plain(cell) == wanted for cell in cells):
                break
            above_it.append(cells)
        else:
            return None
        head = len(above_it)
        heading_rows = [cells, *islice(given.rows, self._wide.head_rows - 1)]
        rows, choices = self._wide.head_rows, self._wide.choices
        above = choices is not None and choices.row is not None and head > 0
        starts_so = above and plain(next(iter(above_it[-1]), "")) == plain(choices.row if choices else "")
        first, below = head - 1 if starts_so else head, head + rows
        headings = [said(cell) for cell in above_it[-1]] if starts_so else _headings(heading_rows)
        heads = [said(cell) for cell in heading_rows[0]] if rows == 1 else headings
        title = [
            TitleCell(given.lines[row], self._told.at(given, column, row), text)
            for row, cells in enumerate(above_it[:first])
            for column, cell in enumerate(cells)
            if (text := joined(cell))
        ]
        unit = next(
            (place for place, heading in enumerate(heads) if plain(heading) == plain(self._mapping.unit.column)), None
        )  # fmt: skip
        if unit is None:
            self._told.problem(
                given, head, 0, head_text, message("column_of_units", name=self._mapping.unit.column)
            )
            return Head(title, below, None)
        return Head(title, below, self._begun(given, title, headings, unit, first))

    def _begun(
        self, given: TableInFile, title: Sequence[TitleCell], headings: Sequence[str], unit: int, head: int
    ) -> WideTable | None:
        titled = None
        if any(source.title for source in self._contest_sources()):
            titled = self._titled(given, title, max(0, head - 1))
            if titled is None:
                return None
        if self._wide.choices is not None and self._item is None:
            self._told.problem(given, head, 0, self._place[1], message("form_by_choice"))
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
        return WideTable(given, unit, headings, labels, contests, titled, columns, sums, units, areas)

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
        self._told.problem(given, row, 0, there[-60:], message("one_contest"))
        return None

    def _says(self, text: str, stated: Mapping[str, Contest]) -> bool:
        name = plain(text)
        contest = self._contests.get(name) or self._contests.get(self._aliases.get(name, ""))
        return contest is not None and contest.code in stated

    def _columns(
        self, given: TableInFile, headings: Sequence[str], unit: int, head: int, titled: Contest | None
    ) -> tuple[dict[int, FiguresBelow], dict[int, Sequence[int]]]:
        """What each column holds, and what the columns of sums add up."""
        fixed = {plain(column.heading): column.cell for column in self._wide.columns}
        stated = {plain(column.heading): column for column in self._wide.sums}
        words = (source.column for source in self._mapping.said())
        ignored = {plain(heading) for heading in (*self._mapping.ignored, *filter(None, words))}
        columns: dict[int, FiguresBelow] = {}
        sums: dict[int, Sequence[str] | None] = {}
        places: dict[str, int] = {}
        for place, heading in enumerate(headings):
            name = plain(heading)
            if place == unit or not name:
                continue
            if name in places and name not in ignored:
                self._told.problem(given, head, place, shown(heading), message("one_column_each"))
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
            self._told.problem(given, head, 0, message("no_column"), message("column_of", name=heading))
        named = [place for place, column in columns.items() if column.named]
        return columns, {
            place: named if parts is None else [places[part] for part in parts if part in places]
            for place, parts in sums.items()
        }

    def _choice_column(
        self, given: TableInFile, columns: dict[int, FiguresBelow], head: int, place: int, heading: str, titled: Contest | None
    ) -> None:  # fmt: skip
        choices = self._wide.choices
        if choices is None or self._item is None:
            headings = [column.heading for column in self._wide.columns] + [
                *(column.heading for column in self._wide.sums), *self._mapping.ignored
            ]  # fmt: skip
            self._told.problem(
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
            self._told.problem(given, head, place, shown(heading), expected)
        elif taken:
            self._told.problem(given, head, place, shown(heading), message("one_column_each"))
        else:
            columns[place] = FiguresBelow(choices.contest, self._item, "", name, named=True)

    def _code(self, contest: Contest, name: str) -> str | None:
        assert self._wide.choices is not None
        try:
            return self._words.choice(contest.code, name, self._wide.choices)
        except Misread:
            return None

    def _tell_without_column(
        self, given: TableInFile, columns: Mapping[int, FiguresBelow], titled: Contest | None
    ) -> None:
        choices = self._wide.choices
        if choices is None:
            return
        for contest in self._of(choices.contest, titled):
            there = {self._code(contest, column.choice) for column in columns.values() if column.named}
            lacking = [choice.name for choice in contest.choices if choice.code not in there]
            if lacking and len(lacking) < len(contest.choices):
                told = message("choices_without_column", count=len(lacking), names=listed(lacking))
                self._told.notes.append(f"{given.name or self._file}: {told}")

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
        above: dict[str, list[str]] = {}
        for area, inside in below.items():
            for unit in inside:
                above.setdefault(unit, []).append(area)
        titled = set().union(*(below[name] for name in title if name in below))
        taken = titled or set(asked)
        units: dict[str, list[str]] = {}
        for unit in (unit for unit in asked if unit in taken):
            own = plain(roster.units[unit].name)
            official = roster.official_codes.get(unit)
            own_names = {own} if official is None else {own, plain(official)}
            for name in {*own_names, *(area + own for area in above.get(unit, ()))}:
                units.setdefault(name, []).append(unit)
        return units, {name: frozenset(inside & taken) for name, inside in below.items()}


def _fixed(cell: CellSource) -> FiguresBelow:
    return FiguresBelow(
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
