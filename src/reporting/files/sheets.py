"""Workbooks opened safely: what a sheet claims to hold is measured before anything is allocated for it.

A cell at XFD1048576 makes the reading library ask for hundreds of gigabytes and abort the process; so every part is
streamed through an XML parser first, with bounds on bytes, rows, columns and cells.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from reporting.files.messages import message
from reporting.files.problems import FileProblem, FileRefused, shown

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PARTS = 1_000
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 20_000, 500, 2_000_000
CHUNK = 1 << 16

EXCEL = message("workbook_saved_again")

Sheet = Sequence[Sequence[object]]
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def sheets(file: str, data: bytes) -> Iterator[tuple[str, Sheet]]:
    """(sheet name, rows of cells) of an .xlsx; FileRefused for anything that is not one, or not of sane size."""
    _guard(file, data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            yield name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except BaseException as wrong:  # a panic of the library is no Exception
        if not isinstance(wrong, CalamineError) and type(wrong).__name__ != "PanicException":
            raise
        raise _refused(file, "", message("unreadable_workbook"), EXCEL) from None


def _guard(file: str, data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise _refused(
            file,
            "",
            message("bytes", size=len(data)),
            message("bytes_at_most", most=MAX_BYTES),
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise _refused(
                    file, "", message("parts", count=len(parts)), message("parts_at_most", most=MAX_PARTS)
                )
            unpacked = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise _refused(file, part.filename, message("encrypted"), message("no_password"))
                if part.filename.lower().endswith("vbaproject.bin"):
                    raise _refused(file, part.filename, message("macros"), message("no_macros"))
                with archive.open(part) as stream:
                    unpacked += _measure(file, part.filename, stream, MAX_UNPACKED - unpacked)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError):
        raise _refused(file, "", message("no_workbook"), EXCEL) from None


def _measure(file: str, part: str, stream: IO[bytes], allowed: int) -> int:
    """Unpacked size of one part, refused when it is too much or describes too large a sheet."""
    size, parser = 0, _Extent(file, part) if part.lower().endswith((".xml", ".rels")) else None
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > allowed:
            raise _refused(
                file,
                part,
                message("bytes_more_than", most=MAX_UNPACKED),
                message("bytes_at_most", most=MAX_UNPACKED),
            )
        if parser is not None:
            parser.feed(chunk)
    return size


class _Extent:
    """How far the cells of a sheet reach; and that the workbook names no sheet which was not looked at for its ending."""

    def __init__(self, file: str, part: str) -> None:
        self._file, self._part = file, part
        self._lists_sheets = part.lower().endswith("workbook.xml.rels")
        self._row = self._column = self._rows = self._columns = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError:
            raise _refused(self._file, self._part, message("broken_part"), EXCEL) from None

    def _doctype(self, *declaration: object) -> None:
        raise _refused(self._file, self._part, "DOCTYPE", message("no_document_type"))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self._row = _number(attributes.get("r")) or self._row + 1
            self._column = 0
        elif tag == "c":
            place = REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = column_number(place[1]) if place else self._column + 1
            self._row = int(place[2]) if place else self._row
        elif tag == "Relationship" and self._lists_sheets:
            if not (target := attributes.get("Target", "")).lower().endswith(".xml"):
                raise _refused(self._file, self._part, shown(target), ".xml")
        else:
            return
        self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
        if self._rows > MAX_ROWS or self._columns > MAX_COLUMNS or self._rows * self._columns > MAX_CELLS:
            limit = message("rows_and_columns", rows=MAX_ROWS, columns=MAX_COLUMNS)
            raise _refused(self._file, self._part, f"{self._rows:,} × {self._columns:,}", limit)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def column_number(letters: str) -> int:
    """Of a column as spreadsheets name it, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _refused(file: str, part: str, there: str, expected: str) -> FileRefused:
    return FileRefused(file, [FileProblem(file, None, part, there, expected)])
