"""Files of other systems: what a mapping makes of their rows is checked and taken like every import of figures."""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput, UnknownReference
from reporting.files.problems import FileProblem, FileRefused, Problems, shown
from reporting.files.sheets import MAX_BYTES as MAX_WORKBOOK
from reporting.files.sheets import MAX_CELLS, sheets
from reporting.files.tables import (
    Line,
    checked_header,
    read_lines,
    read_table,
    same_width,
)
from reporting.importing.long import GivenPlace, LongReader
from reporting.importing.mapping import FileMapping
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, quiet, taken_file
from reporting.importing.resolving import ElectionWords
from reporting.importing.rows import RowInFile
from reporting.importing.shipped import NamedMapping
from reporting.importing.taking import take_figures
from reporting.importing.titles import TitleCell, check_title, joined
from reporting.importing.totals import total_words
from reporting.importing.wide import WideReader
from reporting.importing.wide_table import TableInFile
from reporting.importing.words import plain, said

MAX_TITLE = 100
"""Rows in which the row of headings is looked for."""


def import_mapped(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    mapping: NamedMapping,
    kind: str | None = None,
    election: str | None = None,
    form: str | None = None,
    slot: str | None = None,
    encoding: str | None = None,
    aliases: Path | None = None,
    totals: Path | None = None,
    confirm_title: Sequence[str] = (),
    control: bool = False,
    submit: bool = False,
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
    seen_at: int | None = None,
    reason: str | None = None,
) -> ImportReport:
    """Take the figures of a file that a mapping reads. `kind`: what the file is taken as, which with its SHA-256 makes it
    known again; default: the mapping, the text of which is part of it. `encoding` instead of the mapping's. Everything else
    as in `take_figures`. Errors: FileRefused naming row and column of every word, number or title that is not
    understood, InvalidInput for a place that is not said or said twice, UnknownReference, those of `take_figures`."""
    given = _place(mapping.mapping, GivenPlace(election, form, slot))
    where = "/".join(word or "" for word in (given.election, given.form, given.slot))
    taken_as = kind or f"mapped/{mapping.mapping.mapping}/{mapping.sha256}/{where}"
    read = _wide if mapping.mapping.wide is not None else _long
    with taken_file(path) as taken:
        problems, notes = Problems(path.name), list[str]()
        reading = _Reading(
            path.name, taken.content, mapping.mapping, given, encoding or mapping.mapping.file.encoding, service,
            _aliases(aliases), totals, tuple(confirm_title), problems, notes, progress,
        )  # fmt: skip
        with closing(read(reading)) as rows:
            return take_figures(
                path.name, taken_as, taken.sha256, rows, service, actor,
                expected=taken.lines - 1, control=control, submit=submit, named=named, dry_run=dry_run,
                progress=progress, notes=notes, confirmed=confirm_title, problems=problems,
                by="" if kind else mapping.told, seen_at=seen_at, reason=reason,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file with all that it is read by; what is wrong with it and what is only told is added as it is read."""

    file: str
    content: BinaryIO
    mapping: FileMapping
    given: GivenPlace
    encoding: str
    service: Reporting
    aliases: Mapping[str, str]
    totals: Path | None
    confirmed: tuple[str, ...]
    problems: Problems
    notes: list[str]
    progress: Progress

    def words_of(self, election: str) -> ElectionWords:
        """UnknownReference; InvalidInput for a form or slot that it does not have."""
        opened = self.service.catalog.election(election)
        if self.given.form is not None and self.given.slot is not None:
            opened.shape(self.given.form, self.given.slot)
        return ElectionWords(opened)

    @property
    def head(self) -> str:
        """What stands in the row of headings."""
        return self.mapping.file.head or self.mapping.unit.column or ""


def _long(reading: _Reading) -> Generator[RowInFile, None, None]:
    words: dict[str, ElectionWords | None] = {}
    if reading.given.election is not None:  # of one that is not there, nothing need be read
        words[reading.given.election] = reading.words_of(reading.given.election)

    def words_of(election: str) -> ElectionWords | None:
        if election not in words:
            try:
                words[election] = reading.words_of(election)
            except UnknownReference:  # told with its return
                words[election] = None
        return words[election]

    reader = LongReader(
        reading.file, reading.mapping, reading.given, words_of, reading.problems, reading.notes
    )
    with closing(_lines(reading)) as lines:
        title, headings = _header(reading, lines)
        header = checked_header(reading.file, headings, *reading.mapping.headings())
        if reading.given.election is not None and (said_of := words[reading.given.election]) is not None:
            check_title(
                reading.file, title, said_of.election.definition, reading.confirmed, reading.mapping.agrees.title,
                reading.problems,
            )  # fmt: skip
        yield from reader.rows(header, same_width(reading.file, len(header), lines, reading.problems))


def _lines(reading: _Reading) -> Generator[Line, None, None]:
    """Rows of a text, or of the sheets of a workbook, one after the other, as texts."""
    form = reading.mapping.file
    if form.kind == "text":
        named = form.head is not None or form.delimiter != ","
        delimiter = form.delimiter if named else None
        yield from read_lines(reading.file, reading.content, reading.encoding, delimiter)
        return
    for _, rows in sheets(reading.file, _whole(reading)):
        for number, cells in enumerate(rows, 1):
            yield number, [said(cell) for cell in cells]


def _header(reading: _Reading, lines: Iterator[Line]) -> tuple[list[TitleCell], list[str]]:
    """What stands above the row of headings, and that row. FileRefused where there is none."""
    title: list[TitleCell] = []
    for n, (number, cells) in enumerate(lines):
        if reading.mapping.file.head is None or reading.mapping.file.head in cells:
            return title, cells
        if n == MAX_TITLE:
            break
        title += [TitleCell(number, "", text) for cell in cells if (text := joined(cell))]
    if reading.mapping.file.head is None:
        return title, []
    there = " ".join(cell.text for cell in title)[:60]
    expected = message("a_table", head=reading.head)
    raise FileRefused(reading.file, [FileProblem(reading.file, None, "", shown(there), expected)])


def _wide(reading: _Reading) -> Generator[RowInFile, None, None]:
    wide, where = reading.mapping.wide, reading.mapping.where
    assert wide is not None
    given, said_in = reading.given, (where.election, where.form, where.slot)
    place = [
        (source.value if source is not None else word) or ""
        for source, word in zip(said_in, (given.election, given.form, given.slot), strict=True)
    ]
    words = reading.words_of(place[0])
    reader = WideReader(
        reading.file, reading.mapping, words, (place[0], place[1], place[2]), reading.aliases,
        total_words(wide, reading.totals), reading.problems,
    )  # fmt: skip
    with closing(_tables(reading)) as tables:
        for table in tables:
            reading.progress(0, 0, f"read {table.name}")
            yield from reader.table(table)
    reader.check(reading.confirmed)
    reading.notes.extend(reader.notes)


def _tables(reading: _Reading) -> Generator[TableInFile, None, None]:
    """FileRefused for what is too much for one table. Of a text, a row is in memory at a time."""
    if reading.mapping.file.kind == "workbook":
        for name, sheet in sheets(reading.file, _whole(reading)):
            yield TableInFile(name, iter(sheet), range(1, len(sheet) + 1))
        return
    numbers = array("q")

    def rows(lines: Iterator[Line]) -> Iterator[list[str]]:
        cells = 0
        for number, row in lines:
            cells += len(row)
            if cells > MAX_CELLS:
                most = message("cells_at_most", most=MAX_CELLS)
                raise FileRefused(reading.file, [FileProblem(reading.file, number, "", f"{cells:,}", most)])
            numbers.append(number)
            yield row

    with closing(_lines(reading)) as lines:
        yield TableInFile("", rows(lines), numbers)


def _whole(reading: _Reading) -> bytes:
    """A workbook's bytes, one more than are allowed at most."""
    reading.content.seek(0)
    return reading.content.read(MAX_WORKBOOK + 1)


def _place(mapping: FileMapping, given: GivenPlace) -> GivenPlace:
    """InvalidInput for a word that neither the file nor whoever imports says, and for one that both say."""
    for name in ("election", "form", "slot"):
        source, word = getattr(mapping.where, name), getattr(given, name)
        if source is None and not word:
            raise InvalidInput.at(f"--{name}", "", message("say_where", name=name))
        if source is not None and word:
            raise InvalidInput.at(f"--{name}", word, message("file_says_where", name=name))
    return given


def _aliases(path: Path | None) -> dict[str, str]:
    """`found,meant` rows: names as a file has them, and as the definition does."""
    if path is None:
        return {}
    return {
        plain(f["found"]): plain(f["meant"])
        for _, f in read_table(path.name, path.read_bytes(), ("found", "meant"))
    }
