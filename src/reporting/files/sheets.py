"""Workbooks opened safely: what a sheet claims to hold is measured before anything is allocated for it.

A cell at XFD1048576 makes the reading library ask for hundreds of gigabytes and abort the process; so every part is
streamed through an XML parser first, with bounds on bytes, rows, columns and cells.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from reporting.files.messages import message
from reporting.files.problems import FileProblem, FileRefused, shown

MAX_BYTES = 20 * 1024 * 1024
MAX_PARTS = 1_000
CHUNK = 1 << 16
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a file of the old Excel begins, and one that a password keeps."""
PROTECTED = "EncryptedPackage".encode("utf-16-le")

EXCEL = message("workbook_saved_again")

Sheet = Sequence[Sequence[object]]
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """What a workbook may hold: bytes unpacked, rows and columns of a sheet, cells of a sheet and of all of them together, as its
    outermost cells span them."""

    unpacked: int = 200 * 1024 * 1024
    rows: int = 20_000
    columns: int = 500
    cells: int = 2_000_000
    cells_together: int = 20_000_000


ORDINARY = WorkbookLimits()
MAX_CELLS = ORDINARY.cells


class Workbook:
    """An .xlsx that was measured before it is read, a sheet at a time."""

    def __init__(self, file: str, data: bytes, limits: WorkbookLimits = ORDINARY) -> None:
        """FileRefused for anything that is not one, or not of sane size."""
        self._file = file
        _guard(file, data, limits)
        with self._reading():
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            self.names: tuple[str, ...] = tuple(self._book.sheet_names)
        if twice := _twice(self.names):
            raise _refused(file, shown(twice), message("twice"), EXCEL)

    def rows(self, name: str) -> Sheet:
        """Of the sheet, from its first row and column on."""
        with self._reading():
            return self._book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except BaseException as wrong:  # a panic of the library is no Exception
            if not isinstance(wrong, CalamineError) and type(wrong).__name__ != "PanicException":
                raise
            raise _refused(self._file, "", message("unreadable_workbook"), EXCEL) from None


def sheets(file: str, data: bytes) -> Iterator[tuple[str, Sheet]]:
    """(sheet name, rows of cells) of an .xlsx; FileRefused for anything that is not one, or not of sane size."""
    book = Workbook(file, data)
    for name in book.names:
        yield name, book.rows(name)


def _twice(names: Sequence[str]) -> str | None:
    """A name that stands twice, whatever its case: which of them is meant, readers would not agree on."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            return name
        seen.add(name.casefold())
    return None


def _guard(file: str, data: bytes, limits: WorkbookLimits) -> None:
    if len(data) > MAX_BYTES:
        raise _refused(
            file,
            "",
            message("bytes", size=len(data)),
            message("bytes_at_most", most=MAX_BYTES),
        )
    if data.startswith(OLE2):
        if PROTECTED in data:
            raise _refused(file, "", message("encrypted"), message("no_password"))
        raise _refused(file, "", message("old_excel"), EXCEL)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise _refused(
                    file, "", message("parts", count=len(parts)), message("parts_at_most", most=MAX_PARTS)
                )
            if twice := _twice([part.filename for part in parts]):
                raise _refused(file, shown(twice), message("twice"), EXCEL)
            _require_of_excel(file, {part.filename.lower() for part in parts})
            if (
                sum(part.file_size for part in parts) > limits.unpacked
            ):  # nothing is read beyond what a part declares
                told = (
                    message("bytes_more_than", most=limits.unpacked),
                    message("bytes_at_most", most=limits.unpacked),
                )
                raise _refused(file, "", *told)
            unpacked = cells = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise _refused(file, part.filename, message("encrypted"), message("no_password"))
                if MACROS.search(part.filename.lower()):
                    raise _refused(file, part.filename, message("macros"), message("no_macros"))
                with archive.open(part) as stream:
                    size, extent = _measure(file, part.filename, stream, unpacked, limits)
                unpacked, cells = unpacked + size, cells + extent
                if cells > limits.cells_together:
                    told = message("cells", count=cells), message("cells_at_most", most=limits.cells_together)
                    raise _refused(file, part.filename, *told)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError):
        raise _refused(file, "", message("no_workbook"), EXCEL) from None


def _require_of_excel(file: str, parts: Set[str]) -> None:
    """The reading library takes other programs' workbooks, too, in parts that nothing here measures: a cell of OpenDocument that says
    it is there a million times, the binary sheets of an .xlsb."""
    if parts & {"content.xml", "mimetype"}:
        raise _refused(file, "", message("open_document"), EXCEL)
    if "xl/workbook.bin" in parts:
        raise _refused(file, "", message("binary_workbook"), EXCEL)
    if "xl/workbook.xml" not in parts:
        raise _refused(file, "", message("no_workbook"), EXCEL)


MACROS = re.compile(r"vbaproject\.bin$|/(macrosheets|dialogsheets)/")
"""Programs in a workbook: of today, and of Excel 4."""


def _measure(file: str, part: str, stream: IO[bytes], before: int, limits: WorkbookLimits) -> tuple[int, int]:
    """Unpacked size of one part and the cells it spans, refused when it is too much or describes too large a sheet. `before`:
    bytes of the parts before it."""
    size, parser = 0, _Extent(file, part, limits) if part.lower().endswith((".xml", ".rels")) else None
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if before + size > limits.unpacked:
            raise _refused(
                file,
                part,
                message("bytes_more_than", most=limits.unpacked),
                message("bytes_at_most", most=limits.unpacked),
            )
        if parser is not None:
            parser.feed(chunk)
    return size, 0 if parser is None else parser.cells


class _Extent:
    """How far the cells of a sheet reach; and that the workbook names no sheet which was not looked at for its ending."""

    def __init__(self, file: str, part: str, limits: WorkbookLimits) -> None:
        self._file, self._part, self._limits = file, part, limits
        self._lists_sheets = part.lower().endswith("workbook.xml.rels")
        self._row = self._column = self._rows = self._columns = self._held = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._doctype

    @property
    def cells(self) -> int:
        """That the part spans; or, where one place is filled again and again, or texts stand by themselves, that it holds."""
        return max(self._rows * self._columns, self._held)

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
        elif tag == "si":
            self._held += 1
        elif tag == "c":
            self._held += 1
            place = REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = column_number(place[1]) if place else self._column + 1
            self._row = int(place[2]) if place else self._row
        elif tag == "Relationship" and self._lists_sheets:
            if not (target := attributes.get("Target", "")).lower().endswith(".xml"):
                raise _refused(self._file, self._part, shown(target), ".xml")
        else:
            return
        self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
        most = self._limits
        if self._held > most.cells:
            told = message("cells", count=self._held), message("cells_at_most", most=most.cells)
            raise _refused(self._file, self._part, *told)
        if self._rows > most.rows or self._columns > most.columns or self.cells > most.cells:
            limit = message("rows_and_columns", rows=most.rows, columns=most.columns)
            raise _refused(self._file, self._part, f"{self._rows:,} × {self._columns:,}", limit)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def column_number(letters: str) -> int:
    """Of a column as spreadsheets name it, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """A column, from 1, as spreadsheets name it."""
    letters = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _refused(file: str, part: str, there: str, expected: str) -> FileRefused:
    return FileRefused(file, [FileProblem(file, None, part, there, expected)])
